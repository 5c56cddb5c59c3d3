"""Falls of lines in crises, against a yardstick of the same basis, currency and frequency.

Crises are data: a table of past falls, falls found in the index by rule, or a reader's own range.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from engine.analytics import Fall, episodes, thin, underwater, worst_fall_between
from engine.analytics.drawdown import window_positions
from engine.errors import BadInput
from engine.lines import line, specs
from engine.sources import Basis, Frequency, Line, load, require_comparable
from engine.sources.derived import month_ends, to_currency

DEFENDED_MARGIN = 0.01
"""A line defended if its fall was shallower than the yardstick's by at least this much (one point)."""

YARDSTICKS = ("sp500_total_return", "sp500_price", "market")
"""Ids of the lines that others are compared with."""

BENCHMARKS = ("sp500", "market")
"""Yardsticks a reader can choose: the S&P 500, or the whole US market (monthly, to 2017-03)."""

CURRENCIES = ("USD", "KRW")

FUND_COLUMNS = {"QRFT": "qrft_pct", "AMOM": "amom_pct", "MTUM": "mtum_pct", "LQAI": "lqai_pct"}


@dataclass(frozen=True)
class Crisis:
    """A stretch from a high to a low.

    Attributes
    ----------
    kind : str
        ``cycle`` (from an all-time high), ``leg`` (below an older high), ``rule`` or ``custom``.
    index_drawdown : float or None
        The S&P 500's fall as the crisis table gives it, on ``index_basis``; a negative decimal.
    """

    name: str
    kind: str
    peak: date
    trough: date
    recovery: date | None = None
    index_drawdown: float | None = None
    index_basis: Basis | None = None

    @property
    def slug(self) -> str:
        """The name as it stands in addresses."""
        return slug(self.name)

    def to_dict(self) -> dict[str, object]:
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class CrisisRow:
    """One line in one crisis; fields are None where the line does not cover the crisis.

    Attributes
    ----------
    drawdown, return_ : float or None
        Deepest fall inside the window, and value at its end over value at its start - 1; decimals.
    yardstick : str or None
        Id of the line it is compared with; None when nothing comparable covers the crisis.
    compared_frequency : Frequency or None
        Frequency of the comparison: the coarser of the two.
    excess_drawdown, excess_return : float or None
        The line minus the yardstick, both at ``compared_frequency``; above zero is better.
    capture : float or None
        ``return_`` over the yardstick's, both at ``compared_frequency``.
    verdict : str or None
        ``defended``, ``level`` or ``deeper``, by ``DEFENDED_MARGIN``.
    """

    id: str
    kind: str
    basis: Basis
    frequency: Frequency
    currency: str
    first: date
    last: date
    covered: bool
    drawdown: float | None = None
    return_: float | None = None
    peak: date | None = None
    trough: date | None = None
    days_down: int | None = None
    days_to_recover: int | None = None
    yardstick: str | None = None
    compared_frequency: Frequency | None = None
    yardstick_drawdown: float | None = None
    excess_drawdown: float | None = None
    excess_return: float | None = None
    capture: float | None = None
    verdict: str | None = None

    @property
    def recovery(self) -> date | None:
        """Day on which the line was back at its peak; None while open."""
        if self.trough is None or self.days_to_recover is None:
            return None
        return self.trough + timedelta(days=self.days_to_recover)

    @property
    def shallower(self) -> bool:
        """Whether the line fell less than its yardstick; False without one."""
        return self.excess_drawdown is not None and self.excess_drawdown > 0

    @property
    def days_under(self) -> int:
        """Calendar days from the peak to the recovery, or to the end of the line while open."""
        return ((self.recovery or self.last) - self.peak).days if self.peak else 0

    @property
    def compared_drawdown(self) -> float | None:
        """The line's fall at the frequency of the comparison."""
        if self.excess_drawdown is None or self.yardstick_drawdown is None:
            return None
        return self.yardstick_drawdown + self.excess_drawdown

    def to_dict(self) -> dict[str, object]:
        raw = {k.removesuffix("_"): v for k, v in asdict(self).items() if k != "id"}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in raw.items()}


@dataclass(frozen=True)
class CrisisReport:
    """One crisis with a row for each line."""

    crisis: Crisis
    rows: tuple[CrisisRow, ...]

    def row(self, line_id: str) -> CrisisRow:
        return next(row for row in self.rows if row.id == line_id)

    def to_dict(self) -> dict[str, object]:
        """The object the command line prints for one crisis."""
        return self.crisis.to_dict() | {"series": {row.id: row.to_dict() for row in self.rows}}


@dataclass(frozen=True)
class FundFall:
    """A live fund between the S&P 500's peak and trough, against SPY over the same days.

    Attributes
    ----------
    return_, spy_return : float
        Total return after fees, end to end, decimals: not a fall, which may have been deeper.
    verdict : str
        As for lines: by ``DEFENDED_MARGIN``.
    """

    crisis: str
    fund: str
    return_: float
    spy_return: float
    verdict: str


@dataclass(frozen=True)
class Record:
    """How often one line defended, over all crises it can be compared in."""

    id: str
    defended: int
    level: int
    deeper: int
    not_covered: int

    @property
    def compared(self) -> int:
        return self.defended + self.level + self.deeper


def slug(name: str) -> str:
    """A name in lower case with hyphens, for addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


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
    """Falls of the daily S&P 500 price index of at least ``threshold`` from an all-time high, oldest first.

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
    span = f"{begin} to {stop}"
    if stop < begin:
        raise BadInput("range_reversed", field="range", value=span)
    if stop == begin:
        raise BadInput("range_too_short", field="range", value=span)
    first, last = min(item.first for item in lines), max(item.last for item in lines)
    windows = [_window(item, begin, stop) for item in lines]
    if not any(windows):
        raise BadInput("range_outside", field="range", value=span, first=first, last=last)
    if not any(last - first > 0 for first, last in filter(None, windows)):
        raise BadInput("range_too_short", field="range", value=span)
    return Crisis("custom", "custom", begin, stop)


def _window(item: Line, start: date, end: date) -> tuple[int, int] | None:
    return window_positions(pd.DatetimeIndex(item.levels.index), pd.Timestamp(start), pd.Timestamp(end))


def _day(value: date | str, field: str) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise BadInput("bad_date", field=field, value=value) from error


def choose_lines(ids: Sequence[str] | None = None) -> list[Line]:
    """The lines of those ids, or every registered one.

    Raises
    ------
    BadInput
        An id is not registered, or the list is empty.
    """
    if ids is not None and not ids:
        raise BadInput("empty_choice", field="series", accepted=", ".join(specs()))
    return [line(line_id) for line_id in (specs() if ids is None else ids)]


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
            not_covered=sum(row.verdict is None for row in rows),
        )
        for line_id, rows in counts.items()
    ]


def fund_falls() -> list[FundFall]:
    """Every live fund in every fall of the fund table that it lived through, oldest first."""
    rows = load("fund_returns_in_crises").frame.to_dict("records")
    return [
        FundFall(
            row["name"],
            fund,
            row[column] / 100.0,
            row["spy_pct"] / 100.0,
            _verdict((row[column] - row["spy_pct"]) / 100.0),
        )
        for row in rows
        for fund, column in FUND_COLUMNS.items()
        if not pd.isna(row[column])
    ]


def _verdict(excess: float) -> str:
    if excess >= DEFENDED_MARGIN:
        return "defended"
    return "deeper" if excess <= -DEFENDED_MARGIN else "level"


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
    shown = _in_currency(source, item, currency)
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
    fall = _fall(shown, item)
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
        compared = _against(row, shown, _in_currency(line(yardstick_id), item, shown.currency), item)
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
    fall, mark = _fall(ours, window), _fall(theirs, window)
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
        verdict=_verdict(excess),
    )


def _fall(item: Line, window: Crisis) -> Fall | None:
    return worst_fall_between(item.levels, pd.Timestamp(window.peak), pd.Timestamp(window.trough))


def _in_currency(item: Line, window: Crisis, currency: str) -> Line:
    """The line in the currency asked for where rates cover the crisis, else as it is."""
    if item.currency == currency:
        return item
    converted = _converted(item, currency)
    return converted if converted is not None and _fall(converted, window) is not None else item


@lru_cache(maxsize=64)
def _converted(item: Line, currency: str) -> Line | None:
    try:
        return to_currency(item, currency, load("usdkrw_monthly"))
    except BadInput:
        return None


@dataclass(frozen=True)
class Path:
    """One line through a crisis, counted from the row at or before the crisis' peak.

    Attributes
    ----------
    fall : Fall
        The deepest fall inside the crisis, at the frequency of the path.
    dates : tuple of date
    days : tuple of int
        Calendar days since the crisis' peak.
    change : tuple of float
        Value / value at the first row - 1, decimals.
    underwater : tuple of float
        Value / highest value since the first row - 1, decimals.
    """

    id: str
    fall: Fall
    last: date
    dates: tuple[date, ...]
    days: tuple[int, ...]
    change: tuple[float, ...]
    underwater: tuple[float, ...]

    @property
    def days_under(self) -> int:
        """Calendar days from the peak to the recovery, or to the end of the line while open."""
        end = self.last if self.fall.recovery is None else self.fall.recovery.date()
        return (end - self.fall.peak.date()).days


@dataclass(frozen=True)
class Comparison:
    """Paths that may be drawn and ranked together: one basis, one currency, one frequency."""

    basis: Basis
    currency: str
    frequency: Frequency
    paths: tuple[Path, ...]


def comparisons(item: CrisisReport, lines: Sequence[Line], *, currency: str = "USD") -> list[Comparison]:
    """The covered lines from the crisis' peak until they have recovered, in groups that compare.

    A group that mixes daily and monthly lines is read at month ends. A path ends with the
    latest recovery of its group, or the end of the data while one is open, but at most ten
    times the length of the fall after the trough; 2,000 points with their extremes kept.
    """
    shown = {row.id for row in item.rows if row.covered}
    groups: dict[tuple[Basis, str], list[Line]] = {}
    for source in lines:
        if source.id in shown:
            line_ = _in_currency(source, item.crisis, currency)
            groups.setdefault((line_.basis, line_.currency), []).append(line_)
    return [_comparison(item.crisis, group) for group in groups.values()]


def _comparison(window: Crisis, lines: Sequence[Line]) -> Comparison:
    mixed = len({item.frequency for item in lines}) > 1
    same = [month_ends(item) for item in lines] if mixed else list(lines)
    falls = {item.id: fall for item in same if (fall := _fall(item, window)) is not None}
    latest = window.trough + 10 * (window.trough - window.peak)
    recoveries = [fall.recovery.date() if fall.recovery else latest for fall in falls.values()]
    until = min(latest, max([*recoveries, window.trough]))
    paths = tuple(_path(item, falls[item.id], window, until) for item in same if item.id in falls)
    return Comparison(same[0].basis, same[0].currency, same[0].frequency, paths)


def _path(item: Line, fall: Fall, window: Crisis, until: date) -> Path:
    index = pd.DatetimeIndex(item.levels.index)
    begin = int(index.searchsorted(pd.Timestamp(window.peak), side="right")) - 1
    end = int(index.searchsorted(pd.Timestamp(until), side="right"))
    stretch = item.levels.iloc[begin : max(end, begin + 2)]
    below = underwater(stretch)
    kept = thin(stretch, 1000).index.union(thin(below, 1000).index)
    stamps = pd.DatetimeIndex(kept)
    return Path(
        id=item.id,
        fall=fall,
        last=item.last,
        dates=tuple(stamp.date() for stamp in stamps),
        days=tuple(int(day) for day in (stamps - pd.Timestamp(window.peak)).days),
        change=tuple((stretch.loc[kept] / stretch.iloc[0] - 1.0).tolist()),
        underwater=tuple(below.loc[kept].tolist()),
    )
