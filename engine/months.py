"""Month arithmetic shared by sources and analytics; weekdays stand in for exchange sessions.

A weekday count never misses a session, so a month or a data set is never called complete or
fresh that is not; around holidays it may be called incomplete or old one day too early.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

_DAY = np.timedelta64(1, "D")

JOINED = 3
"""Rows up to this many weekdays apart follow each other (a long weekend, two days of mourning in 2007)."""

OPENING_HOLIDAYS = (1, 9)
"""Months whose first weekday may be an exchange holiday: New Year, Labor Day."""


@dataclass(frozen=True)
class MonthRows:
    """The calendar months of a run of dates.

    Attributes
    ----------
    first, last : ndarray of int, shape (m,)
        Row of each month's first and last date.
    begun, ended : ndarray of bool, shape (m,)
        Whether no session can be missing before the first, or after the last, row of the month.
    ends : DatetimeIndex, shape (m,)
        Calendar month ends.
    """

    first: np.ndarray
    last: np.ndarray
    begun: np.ndarray
    ended: np.ndarray
    ends: pd.DatetimeIndex


def month_rows(dates: pd.DatetimeIndex) -> MonthRows:
    """Months of increasing dates, and which of them are whole.

    Inside the data a month begins and ends well if its neighbours follow within ``JOINED``
    weekdays. At the start of the data no weekday may be missing, save the one holiday that can
    open a month; at the end none may be missing at all.
    """
    days = _days(dates)
    span = days[[0, -1]].astype("datetime64[M]")
    begins = np.arange(span[0], span[1] + 2).astype("datetime64[D]")
    rows = np.searchsorted(days, begins)
    present = np.flatnonzero(rows[1:] > rows[:-1])
    first, last = rows[present], rows[present + 1] - 1
    joined = np.busday_count(days[last[:-1]], days[first[1:]]) <= JOINED
    missed = int(np.busday_count(begins[:1], days[:1])[0])
    opened = missed == 0 or (missed == 1 and dates[0].month in OPENING_HOLIDAYS)
    ends = begins[present + 1] - _DAY
    left = int(np.busday_count(days[-1:] + _DAY, ends[-1:] + _DAY)[0])
    return MonthRows(first, last, np.r_[opened, joined], np.r_[joined, left == 0], pd.DatetimeIndex(ends))


def month_end(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Calendar month end of each date."""
    return pd.DatetimeIndex((_days(dates).astype("datetime64[M]") + 1).astype("datetime64[D]") - _DAY)


def weekdays_left(dates: pd.DatetimeIndex) -> np.ndarray:
    """Weekdays after each date up to its month end, counted; shape (n,)."""
    return np.asarray(np.busday_count(_days(dates) + _DAY, _days(month_end(dates)) + _DAY))


def weekdays_between(earlier: date, later: date) -> int:
    """Weekdays after ``earlier`` up to and including ``later``; never fewer than the sessions."""
    return int(np.busday_count(np.datetime64(earlier, "D") + _DAY, np.datetime64(later, "D") + _DAY))


def _days(dates: pd.DatetimeIndex) -> np.ndarray:
    return np.asarray(dates.to_numpy().astype("datetime64[D]"))
