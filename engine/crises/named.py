"""Where crises come from: the table, a rule, a reader; and what live funds did in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from engine.analytics import episodes
from engine.analytics.drawdown import window_positions
from engine.crises.types import Crisis, FundFall, verdict
from engine.errors import BadInput
from engine.lines import line
from engine.sources import Basis, Line, load

FUND_COLUMNS = {"QRFT": "qrft_pct", "AMOM": "amom_pct", "MTUM": "mtum_pct", "LQAI": "lqai_pct"}


def named_crises() -> list[Crisis]:
    """The falls of the crisis table, oldest first."""
    rows = load("crisis_periods").frame.to_dict("records")
    return [
        Crisis(
            name=row["name"],
            kind=row["kind"],
            peak=row["peak_date"].date(),
            trough=row["trough_date"].date(),
            recovery=None if pd.isna(row["recovery_date"]) else row["recovery_date"].date(),
            index_drawdown=row["drawdown_pct"] / 100.0,
            index_basis=Basis.PRICE_INDEX if row["index_basis"] == "price" else Basis.TOTAL_RETURN,
        )
        for row in rows
    ]


def crisis(name: str) -> Crisis:
    """The crisis of that name or slug in the table.

    Raises
    ------
    BadInput
        The table has no such crisis.
    """
    known = named_crises()
    for item in known:
        if name in (item.name, item.slug):
            return item
    raise BadInput("unknown_choice", field="crisis", value=name, accepted=", ".join(item.name for item in known))


def falls_by_rule(threshold: float = 0.10) -> list[Crisis]:
    """Falls of the daily S&P 500 price index of at least ``threshold`` from its highest close so far, oldest first.

    The data begin on 1990-01-02; a fall that began before is counted from there.

    Raises
    ------
    BadInput
        The threshold is not above 0 and below 1.
    """
    if not 0 < threshold < 1:
        raise BadInput("bad_number", field="threshold", value=threshold, accepted="a decimal above 0 and below 1")
    table = episodes(line("sp500_price").levels)
    deep = table[table["depth"] <= -threshold].sort_values("peak")
    return [
        Crisis(
            name=f"{row['peak']:%Y-%m-%d}",
            kind="rule",
            peak=row["peak"].date(),
            trough=row["trough"].date(),
            recovery=None if row["open"] else row["recovery"].date(),
            index_drawdown=row["depth"],
            index_basis=Basis.PRICE_INDEX,
        )
        for row in deep.to_dict("records")
    ]


def custom_range(start: date | str, end: date | str, lines: Sequence[Line]) -> Crisis:
    """A reader's own range, checked against the data of the lines chosen.

    Raises
    ------
    BadInput
        Not a date, reversed, one day long, or not covered by any of the lines.
    """
    begin, stop = _day(start, "start"), _day(end, "end")
    span = f"{begin} – {stop}"
    if stop < begin:
        raise BadInput("range_reversed", field="range", value=span)
    if stop == begin:
        raise BadInput("range_too_short", field="range", value=span)
    first, last = min(item.first for item in lines), max(item.last for item in lines)
    windows = [_window(item, begin, stop) for item in lines]
    if not any(windows):
        raise BadInput("range_outside", field="range", value=span, first=first, last=last)
    return Crisis("custom", "custom", begin, stop)


def _window(item: Line, start: date, end: date) -> tuple[int, int] | None:
    return window_positions(pd.DatetimeIndex(item.levels.index), pd.Timestamp(start), pd.Timestamp(end))


def _day(value: date | str, field: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()
    except ValueError as error:
        raise BadInput("bad_date", field=field, value=value) from error


def fund_falls() -> list[FundFall]:
    """Every live fund in every fall of the fund table that it lived through, oldest first."""
    rows = load("fund_returns_in_crises").frame.to_dict("records")
    return [
        FundFall(
            row["name"],
            fund,
            row[column] / 100.0,
            row["spy_pct"] / 100.0,
            verdict((row[column] - row["spy_pct"]) / 100.0),
        )
        for row in rows
        for fund, column in FUND_COLUMNS.items()
        if not pd.isna(row[column])
    ]
