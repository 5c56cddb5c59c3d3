"""Lines through a crisis, in groups that may be drawn and ranked together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from engine.analytics import Fall, thin, underwater
from engine.crises.compare import fall_in, in_currency
from engine.crises.types import Crisis, CrisisReport
from engine.sources import Basis, Frequency, Line
from engine.sources.derived import month_ends


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
            line_ = in_currency(source, item.crisis, currency)
            groups.setdefault((line_.basis, line_.currency), []).append(line_)
    return [_comparison(item.crisis, group) for group in groups.values()]


def _comparison(window: Crisis, lines: Sequence[Line]) -> Comparison:
    mixed = len({item.frequency for item in lines}) > 1
    same = [month_ends(item) for item in lines] if mixed else list(lines)
    falls = {item.id: fall for item in same if (fall := fall_in(item, window)) is not None}
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
