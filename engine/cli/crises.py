"""``crises``: falls of every line against the yardstick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from engine import crises as crises_room
from engine.cli.show import AsJson, console, percent, print_json
from engine.errors import MissingData
from engine.sources import snapshot_id


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
        print_json(
            {
                "snapshot": snapshot_id(),
                "benchmark": benchmark,
                "currency": currency,
                "crises": _with_funds(reports),
            }
        )
    else:
        _print_crises(reports)


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
    screen = console()
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
                compared = f"{percent(row.compared_drawdown)} {row.compared_frequency}" if row.yardstick else ""
                marked = f"{percent(row.yardstick_drawdown)} {row.yardstick}" if row.yardstick else ""
                figures = (percent(row.drawdown), str(row.days_down), recover, compared, marked)
                table.add_row(row.id, f"{row.frequency} {row.basis} {row.currency}", *figures, row.verdict or "")
        if table.rows:
            screen.print(table)
        else:
            screen.print(f"{table.title} (no line covers it)")
        if crisis.index_drawdown is not None:
            screen.print(f"S&P 500 by the crisis table: {percent(crisis.index_drawdown)} ({crisis.index_basis})")
        missing = [row.id for row in item.rows if not row.covered]
        if missing:
            screen.print(f"Not covered: {', '.join(missing)}")
        live = ", ".join(
            f"{fund.fund} {percent(fund.return_)} (SPY {percent(fund.spy_return)})"
            for fund in funds
            if fund.crisis == crisis.name
        )
        if live:
            screen.print(f"Live funds, end to end (not a fall): {live}")
        screen.print()
