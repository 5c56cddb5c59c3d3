"""``backtest``: run, sweep and compare backtests described in TOML files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from engine.cli.show import AsJson, console, number, percent, print_json, share

app = typer.Typer(no_args_is_help=True, help="Backtests from a TOML file.")

ConfigFile = Annotated[Path, typer.Option("--config", help="A TOML file; README.md shows one.")]
FIGURES = ("cagr", "volatility", "sharpe", "max_drawdown", "information_ratio", "hit_ratio")


@app.command("run")
def backtest_run(config: ConfigFile, as_json: AsJson = False) -> None:
    """One backtest: figures, value by date, turnover and cost."""
    from engine.lab import read_config, run

    job = read_config(config)
    found = run(job.config, job.panel)
    if as_json:
        return print_json(found.to_dict())
    screen = console()
    figures = found.metrics.to_dict()
    tag = "" if found.executable else "; NOT EXECUTABLE: fills at the close its signal is read from"
    screen.print(f"{found.config.strategy.name} on {found.panel.name}, {found.first} to {found.last}, simulated{tag}")
    table = Table(box=box.SIMPLE_HEAD, show_header=False)
    for name in figures:
        table.add_row(name, _figure(name, figures[name]))
    table.add_row("turnover a year (one way)", share(found.result.annual_turnover))
    table.add_row("cost paid, of the first value", share(float(found.result.cost.sum())))
    screen.print(table)
    basis = f"{found.panel.basis}, {found.panel.frequency}, {found.panel.currency}, after {found.config.cost_bps:g} bp"
    screen.print(f"{basis}; benchmark {found.benchmark_id or 'none'}; prices: {found.panel.source}")
    for finding in found.findings:
        screen.print(f"{finding.text} ({finding.severity})", soft_wrap=True, style="dim")
    return None


@app.command("sweep")
def backtest_sweep(
    config: ConfigFile,
    out: Annotated[
        Path | None, typer.Option(help="Folder for results as Parquet; an interrupted sweep resumes.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes on this machine.", min=1, max=256)] = 1,
    scheduler: Annotated[str, typer.Option(help="Address of a Dask scheduler, tcp://host:port.")] = "",
    as_json: AsJson = False,
) -> None:
    """Many settings of one backtest, and how likely the best of them is luck."""
    from rich.progress import Progress

    from engine.lab import read_config
    from engine.lab.sweeps import sweep_job

    job = read_config(config)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("points", total=None)

        def tell(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        found = sweep_job(job, out=out, workers=workers, scheduler=scheduler or None, progress=tell)
    if as_json:
        return print_json(found.to_dict())
    screen = console()
    screen.print(f"{found.trials} points, {found.first} to {found.last}; best by {found.figure}:")
    _print_rows(screen, found.rows(10))
    screen.print(found.words())
    return None


@app.command("compare")
def backtest_compare(
    config: Annotated[list[Path], typer.Option("--config", help="A TOML file; more than one may be given.")],
    lines: Annotated[str, typer.Option(help="Registered lines to stand beside, commas between.")] = "",
    as_json: AsJson = False,
) -> None:
    """Backtests beside each other and beside lines, over the dates that all of them have."""
    from engine.lab import compare, read_config, run
    from engine.lab.config import compared
    from engine.lines import line

    runs, ids = {}, [item for item in lines.split(",") if item]
    for path in config:
        for name, job in compared(path):
            runs[name] = run(job.config, job.panel)
        ids += read_config(path).document.get("compare", {}).get("lines", [])
    found = compare(runs, [line(item) for item in dict.fromkeys(ids)])
    rows = [{"name": item.id, "kind": item.kind} | item.metrics.to_dict() for item in found]
    first, last = found[0].first, found[0].last
    if as_json:
        return print_json(
            {
                "first": first.isoformat(), "last": last.isoformat(), "basis": str(found[0].basis),
                "frequency": str(found[0].frequency), "currency": found[0].currency, "yardstick": found[0].yardstick,
                "rows": rows,
            }
        )  # fmt: skip
    screen = console()
    screen.print(f"{first} to {last}, {found[0].frequency}, {found[0].basis}, {found[0].currency}")
    _print_rows(screen, [{"name": row["name"]} | {name: row[name] for name in FIGURES} for row in rows])
    return None


def _print_rows(screen: Console, rows: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    for name in rows[0]:
        table.add_column(name, justify="left" if name in ("name", "state") else "right")
    for row in rows:
        table.add_row(*(_figure(name, value) for name, value in row.items()))
    screen.print(table)


def _figure(name: str, value: Any) -> str:
    if not isinstance(value, float):
        return "" if value is None else str(value)
    if name in ("cagr", "max_drawdown", "worst_month"):
        return percent(value)
    return share(value) if name in ("volatility", "tracking_error", "hit_ratio") else number(value)
