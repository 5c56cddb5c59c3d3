"""The same answers without the dashboard: ``python -m engine VERB``, with ``--json`` for machines.

Exit codes: 0 success, 2 bad input, 3 data missing or a source unavailable.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, NoReturn

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from engine import crises as crises_room
from engine.errors import BadInput, LodestarError, MissingData
from engine.sources import snapshot_id, status

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
data = typer.Typer(no_args_is_help=True, help="The data sets behind every answer.")
app.add_typer(data, name="data")
factors = typer.Typer(no_args_is_help=True, help="AI factor weights.")
app.add_typer(factors, name="factors")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@data.command("status")
def data_status(as_json: AsJson = False) -> None:
    """Every data set with its source, basis, dates and findings."""
    rows = status()
    snapshot = snapshot_id()
    if as_json:
        _print_json({"snapshot": snapshot, "datasets": rows})
    else:
        _print_status(snapshot, rows)
    broken = [row for row in rows if row["error"]]
    if broken:
        raise typer.Exit(MissingData.exit_code)


@factors.command("train")
def factors_train(
    universe: Annotated[str, typer.Option(help="full, large_cap, factor_etf, or all.")] = "all",
    seeds: Annotated[int, typer.Option(help="Networks an ensemble.", min=1, max=64)] = 8,
    as_json: AsJson = False,
) -> None:
    """Train the default AI and write its artifact; an interrupted run resumes."""
    from rich.progress import Progress

    from engine.factors.sleeves import UNIVERSES
    from engine.factors.train import train

    done = []
    with Progress(console=Console(stderr=True)) as bar:
        for name in UNIVERSES if universe == "all" else (universe,):
            task = bar.add_task(name, total=1.0)
            made = train(name, seeds, partial(_tell, bar, task, name))
            bar.update(task, completed=1.0, description=name)
            done.append(
                {"universe": name, "seconds": made.report["provenance"]["seconds"], "headline": made.report["headline"]}
            )
    if as_json:
        _print_json({"trained": done})


@factors.command("weights")
def factors_weights(
    universe: Annotated[str, typer.Option(help="full, large_cap or factor_etf.")] = "full",
    date: Annotated[str, typer.Option(help="A month of the record, YYYY-MM-DD; the newest when empty.")] = "",
    as_json: AsJson = False,
) -> None:
    """Weights of the AI at a month end, and why."""
    from engine.factors.results import weights_on

    found = weights_on(universe, date)
    if as_json:
        return _print_json(found)
    table = Table(title=f"{universe}, {found['date']}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("sleeve", "weight", "month before", "equal weight"):
        table.add_column(column, justify="left" if column == "sleeve" else "right")
    for name, weight in found["weights"].items():
        before = (found["previous"] or {}).get(name)
        table.add_row(name, _share(weight), _share(before), _share(found["equal_weight"][name]))
    console = _console()
    console.print(table)
    for row in found["contributions"][:8]:
        largest = max(row["contribution"].items(), key=lambda item: abs(item[1]))
        console.print(f"{row['feature']} ({row['value']:+.1f} deviations): {largest[0]} {_percent(largest[1])}")
    return None


@factors.command("report")
def factors_report(
    universe: Annotated[str, typer.Option(help="full, large_cap or factor_etf.")] = "full",
    least: Annotated[float, typer.Option(help="Least weight of a sleeve, decimal.")] = 0.0,
    most: Annotated[float, typer.Option(help="Most weight of a sleeve, decimal.")] = 1.0,
    tracking_error: Annotated[float | None, typer.Option(help="Most expected tracking error a year, decimal.")] = None,
    as_json: AsJson = False,
) -> None:
    """The evidence: the AI beside its rivals, with intervals, trials and stresses; bounds add a bounded AI."""
    from engine.factors.results import bounded_price, report

    found = report(universe)
    if (least, most, tracking_error) != (0.0, 1.0, None):
        price = bounded_price(universe, least=least, most=most, tracking_error=tracking_error)
        bounds = {"least": least, "most": most, "tracking_error": tracking_error}
        found = found | {
            "bounds": bounds,
            "strategies": found["strategies"] | {"ai_bounded": price.defended.to_dict()},
        }
    if as_json:
        return _print_json(found)
    span = f"{found['period']['first']} to {found['period']['last']}, {found['cost_bp']:g} bp per trade"
    table = Table(title=f"{universe}, {span}", title_justify="left", box=box.SIMPLE_HEAD)
    for column in ("strategy", "return", "Sharpe", "hit ratio", "information ratio", "worst fall", "turnover"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for name, row in found["strategies"].items():
        figures = (_plain_number(row["sharpe"]), _share(row["hit_ratio"]), _plain_number(row["information_ratio"]))
        table.add_row(
            name, _share(row["annual_return"]), *figures, _percent(row["max_drawdown"]), _share(row["turnover"])
        )
    console = _console()
    console.print(table)
    console.print(f"{found['headline']} {found['trials']} trials, deflated Sharpe {found['deflated_sharpe']:.2f}.")
    return None


@app.command("audit")
def audit(
    quick: Annotated[bool, typer.Option("--quick", help="One cut, one universe, three shuffles.")] = False,
    as_json: AsJson = False,
) -> None:
    """Look-ahead audit: truncation, poison, planted leaks, shuffled labels; minutes."""
    from engine.factors import audit as room

    tell = Console(stderr=True)
    settings: dict[str, Any] = {"cuts": room.CUTS[1:2], "universes": ("full",), "shuffles": 3} if quick else {}
    found = room.run(progress=lambda step: tell.print(step, style="dim"), **settings)
    if as_json:
        _print_json(found.to_dict())
    else:
        console = _console()
        console.print(
            f"Truncation moved a past weight by at most {found.truncation_max_diff:.1e}; poison by {found.poison_max_diff:.1e}."
        )
        console.print(
            f"Past values rewritten: {found.rewritten}. Shuffled labels: {found.shuffled_hit_ratio:.1%} of months won."
        )
        for leak in found.leaks:
            console.print(f"planted leak {leak.name}: {'caught' if leak.caught else 'MISSED'}")
    if not found.passed:
        raise typer.Exit(1)


@app.command("crises")
def crises(
    series: Annotated[str, typer.Option(help="Ids of the lines, with commas; all when empty.")] = "",
    start: Annotated[str, typer.Option(help="Own range: first date, YYYY-MM-DD.")] = "",
    end: Annotated[str, typer.Option(help="Own range: last date, YYYY-MM-DD.")] = "",
    benchmark: Annotated[str, typer.Option(help="Yardstick: sp500 or market.")] = "sp500",
    currency: Annotated[str, typer.Option(help="USD, or KRW at each month end's rate.")] = "USD",
    as_json: AsJson = False,
) -> None:
    """Falls of every line in every crisis, or in an own range, against the yardstick."""
    reports = crises_room.ask(
        series=[item.strip() for item in series.split(",")] if series else None,
        start=start,
        end=end,
        benchmark=benchmark,
        currency=currency,
    )
    if as_json:
        _print_json(
            {
                "snapshot": snapshot_id(),
                "benchmark": benchmark,
                "currency": currency,
                "crises": _with_funds(reports),
            }
        )
    else:
        _print_crises(reports)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit code; errors as a sentence, and as JSON when asked for."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given
    try:
        app(given, prog_name="python -m engine")
    except LodestarError as error:
        _print_error(error, as_json=as_json)
        sys.exit(error.exit_code)
    except SystemExit as leaving:
        if leaving.code == BadInput.exit_code and as_json:
            _print_error(BadInput("bad_command", field="command", value=" ".join(given)), as_json=True)
        raise
    sys.exit(0)


def _print_error(error: LodestarError, *, as_json: bool) -> None:
    print(error.message, file=sys.stderr)
    if as_json:
        _print_json({"error": error.to_dict()})


def _console() -> Console:
    """A console as wide as the terminal; 120 columns where there is none (a file, a pipe)."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def _print_json(value: object) -> None:
    print(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False))


def _plain(value: object) -> object:
    """The value with NaN and infinities as null: JSON has no word for them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _percent(value: object) -> str:
    return f"{value:+.1%}".replace("-", "\N{MINUS SIGN}") if isinstance(value, float) else ""


def _tell(bar: Any, task: Any, universe: str, step: str, share: float) -> None:
    bar.update(task, completed=share, description=f"{universe}: {step}")


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _plain_number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _print_status(snapshot: str, rows: list[dict[str, Any]]) -> None:
    console = _console()
    table = Table(title=f"Snapshot {snapshot}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("data set", "basis", "frequency", "first", "last", "as of", "rows"):
        table.add_column(column, no_wrap=column in ("data set", "first", "last", "as of"))
    for row in rows:
        keys = ("name", "basis", "frequency", "first", "last", "as_of", "rows")
        table.add_row(*[str(row[key] or "") for key in keys], style="red" if row["error"] else "")
    console.print(table)
    for row in rows:
        if row["error"]:
            console.print(f"[red]{row['name']}: {row['error']['message']}[/red]")
        for found in row["findings"]:
            console.print(f"{row['name']}: {found['text']} ({found['severity']})", soft_wrap=True)


def _live_funds() -> list[crises_room.FundFall] | None:
    """What live funds did; None when their table cannot be read (the falls do not need it)."""
    try:
        return crises_room.fund_falls()
    except MissingData as error:
        print(error.message, file=sys.stderr)
        return None


def _with_funds(reports: Sequence[crises_room.CrisisReport]) -> list[dict[str, object]]:
    """Each report with the end-to-end returns of live funds, which are not falls and so not series."""
    falls = _live_funds()
    live: dict[str, dict[str, float]] = {}
    for fund in falls or []:
        live.setdefault(fund.crisis, {"SPY": fund.spy_return})[fund.fund] = fund.return_
    return [
        item.to_dict() | {"live_funds_end_to_end": None if falls is None else live.get(item.crisis.name, {})}
        for item in reports
    ]


def _print_crises(reports: Sequence[crises_room.CrisisReport]) -> None:
    console = _console()
    funds = _live_funds() or []
    for item in reports:
        crisis = item.crisis
        table = Table(
            title=f"{crisis.name}: {crisis.peak} to {crisis.trough}", title_justify="left", box=box.SIMPLE_HEAD
        )
        for column in ("series", "data"):
            table.add_column(column, no_wrap=True)
        for column in ("fall", "days down", "to recover", "compared", "yardstick fell"):
            table.add_column(column, justify="right")
        table.add_column("verdict")
        for row in item.rows:
            if row.covered:
                recover = "open" if row.days_to_recover is None else str(row.days_to_recover)
                compared = f"{_percent(row.compared_drawdown)} {row.compared_frequency}" if row.yardstick else ""
                marked = f"{_percent(row.yardstick_drawdown)} {row.yardstick}" if row.yardstick else ""
                figures = (_percent(row.drawdown), str(row.days_down), recover, compared, marked)
                table.add_row(row.id, f"{row.frequency} {row.basis} {row.currency}", *figures, row.verdict or "")
        if table.rows:
            console.print(table)
        else:
            console.print(f"{table.title} (no line covers it)")
        if crisis.index_drawdown is not None:
            console.print(f"S&P 500 by the crisis table: {_percent(crisis.index_drawdown)} ({crisis.index_basis})")
        missing = [row.id for row in item.rows if not row.covered]
        if missing:
            console.print(f"Not covered: {', '.join(missing)}")
        live = ", ".join(
            f"{fund.fund} {_percent(fund.return_)} (SPY {_percent(fund.spy_return)})"
            for fund in funds
            if fund.crisis == crisis.name
        )
        if live:
            console.print(f"Live funds, end to end (not a fall): {live}")
        console.print()
