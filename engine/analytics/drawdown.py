"""Falls from a high: depth, length, recovery.

A fall runs from the last date at the old high to the first date at or above it again. One that
has not recovered by the end of the data is open: its recovery is missing, never guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from engine.errors import BadInput


@dataclass(frozen=True)
class Fall:
    """The deepest fall inside a window.

    Attributes
    ----------
    depth : float
        Lowest value / running maximum - 1, a negative decimal (0.0: no fall).
    days_down, days_to_recover : int or None
        Calendar days from peak to trough, and from trough back to the peak's level; the latter
        is None while open.
    change : float
        Value at the window's end / value at its start - 1, decimal.
    """

    depth: float
    peak: pd.Timestamp
    trough: pd.Timestamp
    recovery: pd.Timestamp | None
    change: float

    @property
    def days_down(self) -> int:
        return (self.trough - self.peak).days

    @property
    def days_to_recover(self) -> int | None:
        return (self.recovery - self.trough).days if self.recovery is not None else None


def underwater(values: pd.Series) -> pd.Series:
    """Value / running maximum - 1 on each date, decimals at or below zero."""
    return values / values.cummax() - 1.0


def window_positions(index: pd.DatetimeIndex, start: pd.Timestamp, end: pd.Timestamp) -> tuple[int, int] | None:
    """Rows from the date at or before ``start`` to the one at or after ``end``; None if either lies outside."""
    return windows_positions(index, [start], [end])[0]


def windows_positions(
    index: pd.DatetimeIndex, starts: Sequence[date], ends: Sequence[date]
) -> list[tuple[int, int] | None]:
    """The rows of many windows; see :func:`window_positions`."""
    dates = index.to_numpy()
    first = dates.searchsorted(np.array(starts, dtype=dates.dtype), side="right") - 1
    last = dates.searchsorted(np.array(ends, dtype=dates.dtype), side="left")
    return [(a, b) if a >= 0 and b < len(dates) else None for a, b in zip(first.tolist(), last.tolist(), strict=True)]


def worst_fall_between(values: pd.Series, start: pd.Timestamp, end: pd.Timestamp) -> Fall | None:
    """The deepest fall between two dates; None unless the values cover the whole window.

    The window opens at the row at or before ``start`` and closes at the row at or after ``end``.
    The recovery is looked for in all later rows, also beyond the window.
    """
    where = window_positions(pd.DatetimeIndex(values.index), start, end)
    if where is None:
        return None
    return fall_of_rows(values.to_numpy(dtype=float), pd.DatetimeIndex(values.index).to_numpy(), *where)


def fall_of_rows(level: np.ndarray, dates: np.ndarray, first: int, last: int) -> Fall:
    """The deepest fall between two rows, both included; as :func:`worst_fall_between`."""
    window = level[first : last + 1]
    high = np.maximum.accumulate(window)
    depth = window / high - 1.0
    low = int(depth.argmin())
    peak = low - int((window[low::-1] == high[low]).argmax())
    back = level[first + low :] >= high[low]
    recovery = pd.Timestamp(dates[first + low + int(back.argmax())]) if back.any() else None
    return Fall(
        depth=float(depth[low]),
        peak=pd.Timestamp(dates[first + peak]),
        trough=pd.Timestamp(dates[first + low]),
        recovery=recovery,
        change=float(window[-1] / window[0] - 1.0),
    )


def episodes(values: pd.Series, top: int | None = None) -> pd.DataFrame:
    """Every fall of a level series, or the ``top`` deepest, deepest first.

    Returns
    -------
    DataFrame
        One row a fall: ``peak``, ``trough``, ``recovery`` (NaT while open), ``depth`` (negative
        decimal), ``days_down``, ``days_to_recover`` (missing while open), ``days_total`` (to the
        recovery, or to the last date while open), ``open``.
    """
    level = values.to_numpy(dtype=float)
    dates = values.index.to_numpy()
    high = np.maximum.accumulate(level)
    edges = np.diff((level < high).astype(np.int8), prepend=0, append=0)
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    # Up to the next start no level is below the high it fell from, so the lowest of that run is the fall's own.
    depth = (np.minimum.reduceat(level, starts) if len(starts) else level[:0]) / high[starts] - 1.0
    order = np.argsort(depth, kind="stable")[:top]
    starts, ends = starts[order], ends[order]
    lows = np.array([a + int(np.argmin(level[a:b])) for a, b in zip(starts, ends, strict=True)], dtype=int)
    still = ends == len(level)
    peak, trough = dates[starts - 1], dates[lows]
    recovery = np.where(still, np.datetime64("NaT"), dates[np.minimum(ends, len(level) - 1)])
    back = pd.array(_days(trough, recovery), dtype="Int64")
    back[still] = pd.NA
    return pd.DataFrame(
        {
            "peak": peak,
            "trough": trough,
            "recovery": recovery,
            "depth": depth[order],
            "days_down": _days(peak, trough),
            "days_to_recover": back,
            "open": still,
            "days_total": _days(peak, np.where(still, dates[-1], recovery)),
        }
    )


def _days(begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Calendar days from each date to the other; meaningless where one is missing."""
    return np.asarray((end.astype("datetime64[D]") - begin.astype("datetime64[D]")).astype(np.int64))


def drawdowns(returns: pd.Series) -> pd.DataFrame:
    """Every fall of a series of simple returns, deepest first; columns as in :func:`episodes`.

    The level before the first return is 1.0, dated one step earlier (the month end before, or
    the weekday before), so that a loss in the first row counts.

    Raises
    ------
    BadInput
        Missing values, or dates that are not unique and increasing.
    """
    return episodes(wealth(returns))


def wealth(returns: pd.Series) -> pd.Series:
    """Growth of 1.0 with its starting row; see :func:`drawdowns`."""
    index = check_returns(returns, "returns")
    monthly = len(index) > 1 and (index[-1] - index[0]).days / (len(index) - 1) > 20
    before = index[0] - (pd.offsets.MonthEnd(1) if monthly else pd.offsets.BusinessDay(1))
    growth = np.r_[1.0, np.cumprod(1.0 + returns.to_numpy(dtype=float))]
    return pd.Series(growth, index=index.insert(0, before), name=returns.name)


def check_returns(returns: pd.Series, field: str) -> pd.DatetimeIndex:
    """The dates of a series; missing values and dates that are not tz-naive, unique and increasing are refused."""
    if not len(returns):
        raise BadInput("bad_number", field=field, value="an empty series", accepted="at least one return")
    index = check_dates(returns.index, field)
    gaps = ~np.isfinite(returns.to_numpy(dtype=float))
    if gaps.any():
        raise BadInput("missing_value", field=field, value=index[gaps][0].date())
    return index


def check_dates(index: pd.Index, field: str) -> pd.DatetimeIndex:
    """The index as dates, if they are tz-naive, unique and increasing."""
    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
        raise BadInput("bad_index", field=field, value=f"an index of type {index.dtype}")
    late = np.flatnonzero(np.diff(index.to_numpy()) <= np.timedelta64(0))
    if len(late):
        raise BadInput("bad_index", field=field, value=index[late[0] + 1].date())
    return index
