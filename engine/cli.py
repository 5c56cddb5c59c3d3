"""The same answers without the dashboard: ``python -m engine VERB``, with ``--json`` for machines.

Exit codes: 0 success, 2 bad input, 3 data missing or a source unavailable.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
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


def _with_funds(reports: Sequence[crises_room.CrisisReport]) -> list[dict[str, object]]:
    """Each report with the end-to-end returns of live funds, which are not falls and so not series."""
    live: dict[str, dict[str, float]] = {}
    for fund in crises_room.fund_falls():
        live.setdefault(fund.crisis, {"SPY": fund.spy_return})[fund.fund] = fund.return_
    return [item.to_dict() | {"live_funds_end_to_end": live.get(item.crisis.name, {})} for item in reports]


def _print_crises(reports: Sequence[crises_room.CrisisReport]) -> None:
    console = _console()
    funds = crises_room.fund_falls()
    for item in reports:
        crisis = item.crisis
        table = Table(
            title=f"{crisis.name}: {crisis.peak} to {crisis.trough}", title_justify="left", box=box.SIMPLE_HEAD
        )
        for column in ("series", "data"):
            table.add_column(column, no_wrap=True)
        for column in ("fall", "days down", "to recover", "vs yardstick"):
            table.add_column(column, justify="right")
        table.add_column("verdict")
        for row in item.rows:
            if row.covered:
                recover = "open" if row.days_to_recover is None else str(row.days_to_recover)
                figures = (_percent(row.drawdown), str(row.days_down), recover, _percent(row.excess_drawdown))
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
