"""``momentum``: residual momentum under fund rules, its look-back, its audit, and the products made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from engine.cli.show import AsJson, console, number, percent, print_json, share

app = typer.Typer(no_args_is_help=True, help="AI momentum.")

PanelName = Annotated[str, typer.Option("--panel", help="A data set: us_large_caps, french_portfolios, etf_prices.")]
PanelFile = Annotated[
    Path | None,
    typer.Option("--file", help="CSV or Parquet: a date column and one column a name, or date, ticker, adj close."),
]
ProductKey = Annotated[str, typer.Option("--product", help="residual_momentum or forecast_spread, or a TOML file.")]
MethodName = Annotated[str, typer.Option("--method", help="top, ic, blend, net or fixed; the product's when empty.")]
CostBps = Annotated[float | None, typer.Option("--cost", help="Basis points on each unit traded.")]
Starts = Annotated[str, typer.Option("--start", help="First decision, YYYY-MM-DD.")]
Ends = Annotated[str, typer.Option("--end", help="Last decision, YYYY-MM-DD.")]


@app.command("run")
def momentum_run(
    panel: PanelName = "",
    file: PanelFile = None,
    product: ProductKey = "residual_momentum",
    method: MethodName = "",
    cost: CostBps = None,
    start: Starts = "",
    end: Ends = "",
    as_json: AsJson = False,
) -> None:
    """The fund: look-back, holdings, figures beside its rivals."""
    from engine.momentum import run

    config, prices = _asked(product, panel, file, method, cost, start, end)
    found = run(config, prices)
    if as_json:
        return print_json(found.to_dict())
    screen = console()
    span = f"{found.panel['name']}, {found.first} to {found.last}, simulated, {config.cost_bps:g} bp a trade"
    if found.hindsight:
        screen.print(f"HINDSIGHT: {found.survivors}. Nothing here could have been earned by a reader.", style="bold")
    table = Table(title=span, title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("strategy", "return", "Sharpe", "hit ratio", "information ratio", "worst fall", "turnover"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for name, card in found.strategies.items():
        figures = (number(card.sharpe), share(card.hit_ratio), number(card.information_ratio))
        table.add_row(name, share(card.annual_return), *figures, percent(card.max_drawdown), share(card.turnover))
    screen.print(table)
    screen.print(f"Look-back now {found.lookback['months'].iloc[-1]:.1f} months; {found.held} names:")
    screen.print(", ".join(f"{name} {weight:.1%}" for name, weight in found.holdings.items()), soft_wrap=True)
    rules = found.concentration
    kept = "kept on every rebalancing day" if rules.kept else "BROKEN"
    screen.print(f"Fund rules {kept}: largest {rules.largest:.1%}, above 5 % together {rules.large_together:.1%}.")
    for finding in found.findings:
        screen.print(f"{finding.text} ({finding.severity})", soft_wrap=True, style="dim")
    return None


@app.command("lookback")
def momentum_lookback(
    panel: PanelName = "",
    file: PanelFile = None,
    product: ProductKey = "residual_momentum",
    method: MethodName = "",
    start: Starts = "",
    end: Ends = "",
    as_json: AsJson = False,
) -> None:
    """The look-back in use from each rebalancing day."""
    from engine.momentum import run

    config, prices = _asked(product, panel, file, method, None, start, end)
    found = run(config, prices)
    if as_json:
        return print_json(
            {
                "panel": found.panel["name"],
                "method": config.method if config.signal == "residual" else None,
                "hindsight": found.hindsight,
                "survivors": found.survivors or None,
                "lookback": found.lookback_rows,
                "holdings": {str(name): float(weight) for name, weight in found.holdings.items()},
                **found.strategies["momentum"].to_dict(),
            }
        )
    screen = console()
    for row in found.lookback_rows:
        screen.print(f"{row['date']}  {row['months']:g}")
    return None


@app.command("audit")
def momentum_audit(
    panel: PanelName = "",
    file: PanelFile = None,
    product: ProductKey = "residual_momentum",
    method: MethodName = "",
    cut: Annotated[list[str] | None, typer.Option("--cut", help="Month ends, YYYY-MM-DD.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look-ahead audit of look-back and holdings: truncation, poison, planted mistakes."""
    from engine.momentum import audit, factors
    from engine.momentum import panel as bundled

    config, prices = _asked(product, panel, file, method, None, "", "")
    found = audit.run(prices or bundled(config.panel), factors(), config, cut or ["2008-10-31", "2012-12-31"])
    if as_json:
        print_json(found.to_dict())
    else:
        screen = console()
        screen.print(
            f"Truncation moved a past weight by {found.truncation_holdings:.1e}; poison by {found.poison_holdings:.1e}."
        )
        for leak in found.leaks:
            screen.print(f"planted leak {leak.name}: {'caught' if leak.caught else 'MISSED'}")
    if not found.passed:
        raise typer.Exit(1)


@app.command("products")
def momentum_products(as_json: AsJson = False) -> None:
    """The products that come along, with their settings."""
    from engine.products import products

    rows = [item.to_dict() for item in products().values()]
    if as_json:
        return print_json({"products": rows})
    screen = console()
    for row in rows:
        settings = ", ".join(f"{name}={value}" for name, value in row["config"].items() if value not in (None, []))
        screen.print(f"{row['key']}: {settings}", soft_wrap=True)
    return None


def _asked(
    product: str, panel: str, file: Path | None, method: str, cost: float | None, start: str, end: str
) -> tuple[Any, Any]:
    from engine.errors import BadInput
    from engine.momentum import Config, from_file
    from engine.products import product as known
    from engine.products import read

    if panel and file:
        raise BadInput("bad_command", field="panel", value="--panel and --file together")
    config = (read(product) if product.endswith(".toml") else known(product)).config
    changes: dict[str, Any] = {"panel": panel} if panel else {}
    if method:
        changes["method"] = method
    if cost is not None:
        changes["cost_bps"] = cost
    dates = Config.of({name: day for name, day in (("start", start), ("end", end)) if day})
    return replace(config, **changes, start=dates.start or config.start, end=dates.end or config.end), (
        from_file(file) if file else None
    )
