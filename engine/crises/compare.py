"""Lines in crises, against a yardstick of the same basis, currency and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pandas as pd

from engine import lines as lines_room
from engine.analytics import Fall, worst_fall_between
from engine.crises.named import custom_range, named_crises
from engine.crises.types import Crisis, CrisisReport, CrisisRow, Record, verdict
from engine.errors import BadInput
from engine.lines import line, specs
from engine.sources import Basis, Frequency, Line, require_comparable
from engine.sources.derived import month_ends

YARDSTICKS = ("sp500_total_return", "sp500_price", "market")
"""Ids of the lines that others are compared with."""

BENCHMARKS = ("sp500", "market")
"""Yardsticks a reader can choose: the S&P 500, or the whole US market (monthly, to 2017-03)."""

CURRENCIES = ("USD", "KRW")


def choose_lines(ids: Sequence[str] | None = None) -> list[Line]:
    """The lines of those ids, or every registered one.

    Raises
    ------
    BadInput
        An id is not registered, or the list is empty.
    """
    if ids is not None and not ids:
        raise BadInput("empty_choice", field="series")
    return [line(line_id) for line_id in dict.fromkeys(specs() if ids is None else ids)]


def ask(
    *,
    series: Sequence[str] | None = None,
    own: Sequence[Line] = (),
    start: date | str = "",
    end: date | str = "",
    benchmark: str = "sp500",
    currency: str = "USD",
) -> list[CrisisReport]:
    """What the page and the command line ask: every named crisis, or one own range.

    Parameters
    ----------
    series : sequence of str, optional
        Ids of registered lines; all of them by default.
    own : sequence of Line
        Uploaded lines, shown after the registered ones.
    start, end : date or str
        Both for an own range, none for the named crises.

    Raises
    ------
    BadInput
        An unknown id, yardstick or currency, or a range that cannot be used.
    """
    lines = [*choose_lines(series), *own]
    if start or end:
        if not (start and end):
            raise BadInput("missing_end", field="range", value=start or end)
        return report([custom_range(start, end, lines)], lines, benchmark=benchmark, currency=currency)
    return report(named_crises(), lines, benchmark=benchmark, currency=currency)


def report(
    crises: Sequence[Crisis],
    lines: Sequence[Line],
    *,
    benchmark: str = "sp500",
    currency: str = "USD",
) -> list[CrisisReport]:
    """Every line in every crisis.

    Parameters
    ----------
    benchmark : {"sp500", "market"}
        The yardstick. With ``sp500`` a price index is compared with the price index and a total
        return with the total return; monthly lines before 1990 with the US market, the only
        total return there. A daily line against a monthly yardstick is compared at month ends.
    currency : {"USD", "KRW"}
        In won every line is monthly, each month end at its own rate; a crisis without rates
        stays in dollars, and the row says so.
    """
    if benchmark not in BENCHMARKS:
        raise BadInput("unknown_choice", field="benchmark", value=benchmark, accepted=", ".join(BENCHMARKS))
    if currency not in CURRENCIES:
        raise BadInput("unknown_choice", field="currency", value=currency, accepted=", ".join(CURRENCIES))
    return [CrisisReport(c, tuple(_row(c, item, benchmark, currency) for item in lines)) for c in crises]


def records(reports: Sequence[CrisisReport]) -> list[Record]:
    """How often each line defended over the crises reported."""
    ids = [row.id for row in reports[0].rows] if reports else []
    counts = {line_id: [item.row(line_id) for item in reports] for line_id in ids}
    return [
        Record(
            line_id,
            **{verdict: sum(row.verdict == verdict for row in rows) for verdict in ("defended", "level", "deeper")},
            not_covered=sum(not row.covered for row in rows),
            not_compared=sum(row.covered and row.verdict is None for row in rows),
        )
        for line_id, rows in counts.items()
    ]


def comparable(item: Line, other: Line) -> tuple[Line, Line]:
    """Both lines at the coarser of their frequencies.

    Raises
    ------
    BadInput
        Their basis or currency differs.
    """
    if item.frequency != other.frequency:
        item, other = month_ends(item), month_ends(other)
    require_comparable(item, other)
    return item, other


def _row(item: Crisis, source: Line, benchmark: str, currency: str) -> CrisisRow:
    shown = in_currency(source, item, currency)
    facts = CrisisRow(
        id=shown.id,
        kind=shown.kind,
        basis=shown.basis,
        frequency=shown.frequency,
        currency=shown.currency,
        first=shown.first,
        last=shown.last,
        covered=False,
    )
    fall = fall_in(shown, item)
    if fall is None:
        return facts
    row = replace(
        facts,
        covered=True,
        drawdown=fall.depth,
        return_=fall.change,
        peak=fall.peak.date(),
        trough=fall.trough.date(),
        days_down=fall.days_down,
        days_to_recover=fall.days_to_recover,
    )
    for yardstick_id in yardsticks(shown, benchmark):
        compared = _against(row, shown, in_currency(line(yardstick_id), item, shown.currency), item)
        if compared is not None:
            return compared
    return row


def yardsticks(item: Line, benchmark: str) -> list[str]:
    """Ids to compare with, in order of preference; a line is never its own yardstick."""
    if item.basis == Basis.PRICE_INDEX:
        wanted = ["sp500_price"]
    elif benchmark == "market":
        wanted = ["market"]
    else:
        wanted = ["sp500_total_return", "market"] if item.frequency == Frequency.MONTHLY else ["sp500_total_return"]
    return [] if item.id in wanted[:1] else [line_id for line_id in wanted if line_id != item.id]


def _against(row: CrisisRow, item: Line, yardstick: Line, window: Crisis) -> CrisisRow | None:
    if item.currency != yardstick.currency:
        return None
    ours, theirs = comparable(item, yardstick)
    fall, mark = fall_in(ours, window), fall_in(theirs, window)
    if fall is None or mark is None:
        return None
    excess = fall.depth - mark.depth
    return replace(
        row,
        yardstick=yardstick.id,
        compared_frequency=ours.frequency,
        yardstick_drawdown=mark.depth,
        excess_drawdown=excess,
        excess_return=fall.change - mark.change,
        capture=fall.change / mark.change if mark.change else None,
        verdict=verdict(excess),
    )


def fall_in(item: Line, window: Crisis) -> Fall | None:
    """The line's deepest fall inside the crisis; None unless it covers the crisis."""
    return worst_fall_between(item.levels, pd.Timestamp(window.peak), pd.Timestamp(window.trough))


def in_currency(item: Line, window: Crisis, currency: str) -> Line:
    """The line in the currency asked for where rates cover the crisis, else as it is."""
    converted = lines_room.in_currency(item, currency)
    return converted if fall_in(converted, window) is not None else item
