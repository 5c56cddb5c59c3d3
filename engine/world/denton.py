"""From a few dated sizes to a path: proportional Denton with an indicator, log-linear without one.

A market size is a stock, known at single dates. Proportional Denton (Denton 1971, first
differences) asks for the path closest to the indicator's movement: it minimises the squared steps
of the ratio size / indicator while every dated size is met. For a stock the answer needs no
solver: the ratio is a straight line in time between dated sizes and constant outside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from engine.errors import BadInput

LOG_LINEAR = "log-linear"
"""Name of the path that needs no indicator."""

STALE_DAYS = 31
"""An indicator's level may be this many calendar days old on the day of a size (a month end serves its next month)."""


@dataclass(frozen=True, eq=False)
class Disaggregated:
    """A path through dated sizes.

    Attributes
    ----------
    path : Series, shape (n,)
        Unit of the dated sizes.
    extrapolated : Series of bool, shape (n,)
        True outside the dated sizes of a segment: the first or the last ratio held.
    segment : Series of int, shape (n,)
        Rises by one at each level break; no line may be drawn from one segment to the next.
    indicator : str
        Name of the indicator, or ``"log-linear"``.
    halflife_days : float or None
        Smoothing of the indicator, where there was any.
    """

    path: pd.Series
    extrapolated: pd.Series
    segment: pd.Series
    indicator: str
    halflife_days: float | None = None


@dataclass(frozen=True)
class LeftOut:
    """One dated size guessed from the others: ``error`` = estimate / actual - 1, decimal."""

    day: date
    actual: float
    estimate: float
    error: float
    extrapolated: bool

    def to_dict(self) -> dict[str, object]:
        return {
            "date": self.day.isoformat(),
            "actual": self.actual,
            "estimate": self.estimate,
            "error": self.error,
            "extrapolated": self.extrapolated,
        }


def denton(
    sizes: pd.Series,
    indicator: pd.Series,
    dates: pd.DatetimeIndex | None = None,
    *,
    breaks: Sequence[date] = (),
    halflife_days: float | None = None,
) -> Disaggregated:
    """A stock on every date of an indicator, by proportional Denton in closed form.

    Parameters
    ----------
    sizes : Series, shape (k,)
        Dated sizes, above zero. One is enough: the ratio is then constant, the path extrapolated.
    indicator : Series, shape (m,)
        Levels above zero of something that moves with the size; between its dates the last level
        counts. Its name becomes the name of the indicator.
    dates : DatetimeIndex, shape (n,), optional
        Where the path is wanted; the dates of indicator and sizes by default.
    breaks : sequence of date
        Days on which a new coverage begins. Nothing is interpolated across one: until the first
        size of the new coverage the last ratio of the old one is held.
    halflife_days : float, optional
        Smooth the indicator first (``smoothed``), for appraised assets with a listed indicator.

    Raises
    ------
    BadInput
        Sizes or indicator not dated, not increasing, not above zero; no indicator level within
        31 days before a size; dates before the indicator begins.
    """
    known, levels = _checked(sizes, "sizes"), _checked(indicator, "indicator")
    if halflife_days is not None:
        levels = smoothed(levels, halflife_days)
    wanted = levels.index.union(known.index) if dates is None else dates
    if len(wanted) and wanted.min() < levels.index[0]:
        first, last = levels.index[0].date(), levels.index[-1].date()
        raise BadInput("range_outside", field="indicator", value=wanted.min().date(), first=first, last=last)
    ratio = pd.Series(known.to_numpy() / _levels_on(levels, pd.DatetimeIndex(known.index)), index=known.index)
    line, outside, segment = _straight(ratio, pd.DatetimeIndex(wanted), breaks)
    path = line * levels.reindex(wanted, method="ffill").to_numpy()
    path = np.where(wanted.isin(known.index), known.reindex(wanted).to_numpy(), path)
    name = str(indicator.name or "indicator")
    return _result(path, outside, segment, pd.DatetimeIndex(wanted), name, halflife_days)


def log_linear(sizes: pd.Series, dates: pd.DatetimeIndex, *, breaks: Sequence[date] = ()) -> Disaggregated:
    """A stock without an indicator: constant growth between dated sizes, constant outside them.

    Raises
    ------
    BadInput
        Sizes not dated, not increasing or not above zero.
    """
    known = _checked(sizes, "sizes")
    logs, outside, segment = _straight(pd.Series(np.log(known.to_numpy()), index=known.index), dates, breaks)
    held = _straight(known, dates, breaks)[0]
    exact = outside | np.asarray(dates.isin(known.index))  # no rounding where a size is met or held
    return _result(np.where(exact, held, np.exp(logs)), outside, segment, dates, LOG_LINEAR, None)


def leave_one_out(
    sizes: pd.Series, indicator: pd.Series | None = None, *, breaks: Sequence[date] = ()
) -> tuple[LeftOut, ...]:
    """Each dated size guessed from the others of its segment; empty where a segment has only one.

    The first and the last size of a segment test extrapolation, the others interpolation.
    """
    known = _checked(sizes, "sizes")
    segments = _segments(pd.DatetimeIndex(known.index), breaks)
    found = []
    for place, (day, actual) in enumerate(known.items()):
        own = known[segments == segments[place]]
        rest, when = own.drop(day), pd.DatetimeIndex([day])
        if rest.empty:
            continue
        made = log_linear(rest, when) if indicator is None else denton(rest, indicator, when)
        guess = float(made.path.iloc[0])
        stamp = pd.Timestamp(str(day)).date()
        found.append(LeftOut(stamp, float(actual), guess, guess / float(actual) - 1, bool(made.extrapolated.iloc[0])))
    return tuple(found)


def smoothed(indicator: pd.Series, halflife_days: float) -> pd.Series:
    """Exponentially weighted mean of the log levels up to each date (calendar days): uses nothing later.

    Raises
    ------
    BadInput
        The half-life is not above zero.
    """
    if not halflife_days > 0 or not np.isfinite(halflife_days):
        raise BadInput("bad_number", field="halflife_days", value=halflife_days, accepted="days above zero")
    logs = np.log(indicator.to_numpy(dtype=float))
    fade = 0.5 ** (np.diff(_number(pd.DatetimeIndex(indicator.index)), prepend=np.nan) / halflife_days)
    total = weight = 0.0
    means = np.empty(len(logs))
    for row, value in enumerate(logs):
        keep = fade[row] if row else 0.0
        total, weight = total * keep + value, weight * keep + 1.0
        means[row] = total / weight
    return pd.Series(np.exp(means), index=indicator.index, name=indicator.name)


def _checked(values: pd.Series, field: str) -> pd.Series:
    """Dated, increasing, without gaps, above zero; as floats."""
    index = values.index
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None or not index.is_monotonic_increasing:
        raise BadInput("bad_index", field=field, value=index[0] if len(index) else "no dates")
    if not index.is_unique or not len(index):
        raise BadInput("bad_index", field=field, value=index[index.duplicated()][0] if len(index) else "no dates")
    numbers = values.astype(float)
    wrong = ~(np.isfinite(numbers.to_numpy()) & (numbers.to_numpy() > 0))
    if wrong.any():
        place = int(np.argmax(wrong))
        told = f"{numbers.iloc[place]} on {index[place].date()}"
        raise BadInput("bad_number", field=field, value=told, accepted="numbers above zero")
    return numbers


def _levels_on(levels: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """Level of the indicator on each day: the last one, at most 31 days old."""
    tolerance = pd.Timedelta(days=STALE_DAYS)
    found = levels.reindex(days, method="ffill", tolerance=tolerance).to_numpy()
    if np.isnan(found).any():
        day = days[np.isnan(found)][0]
        raise BadInput("indicator_gap", field="indicator", value=day.date(), accepted=STALE_DAYS)
    return np.asarray(found)


def _segments(days: pd.DatetimeIndex, breaks: Sequence[date]) -> np.ndarray:
    """Coverage that each day belongs to: the number of breaks up to it."""
    marks = pd.DatetimeIndex([pd.Timestamp(day) for day in sorted(breaks)])
    return np.asarray(marks.searchsorted(days, side="right"))


def _straight(
    values: pd.Series, dates: pd.DatetimeIndex, breaks: Sequence[date]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Straight lines between dated values of one segment, constant outside; the mask of outside; the segments."""
    days = pd.DatetimeIndex(values.index)
    own = _segments(days, breaks)
    last = np.clip(days.searchsorted(dates, side="right") - 1, 0, None)
    segment = own[last]
    line, outside = np.empty(len(dates)), np.empty(len(dates), dtype=bool)
    for number in np.unique(own):
        anchors, rows = days[own == number], segment == number
        at, x = _number(dates[rows]), _number(anchors)
        line[rows] = np.interp(at, x, values.to_numpy()[own == number])
        outside[rows] = (at < x[0]) | (at > x[-1])
    return line, outside, segment


def _number(days: pd.DatetimeIndex) -> np.ndarray:
    """Days since 1970, with fractions."""
    return np.asarray(days.to_numpy().astype("datetime64[s]").astype(float) / 86_400.0)


def _result(
    path: np.ndarray,
    outside: np.ndarray,
    segment: np.ndarray,
    dates: pd.DatetimeIndex,
    name: str,
    halflife_days: float | None,
) -> Disaggregated:
    return Disaggregated(
        pd.Series(path, index=dates, name="value"),
        pd.Series(outside, index=dates, name="extrapolated"),
        pd.Series(segment, index=dates, name="segment"),
        name,
        halflife_days,
    )
