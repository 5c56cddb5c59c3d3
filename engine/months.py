"""Month arithmetic shared by sources and analytics; weekdays stand in for exchange sessions.

A weekday count never misses a session, so a month or a data set is never called complete or
fresh that is not; around holidays it may be called incomplete or old one day too early.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd


def month_end(dates: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Calendar month end of each date."""
    return pd.DatetimeIndex(dates + pd.offsets.MonthEnd(0))


def reaches_month_end(dates: pd.DatetimeIndex) -> np.ndarray:
    """True where at most one weekday (a holiday) lies between the date and its month end; shape (n,)."""
    ends = month_end(dates) + pd.Timedelta(days=1)
    return np.asarray(weekdays_apart(dates + pd.Timedelta(days=1), ends) <= 1)


def starts_month(dates: pd.DatetimeIndex) -> np.ndarray:
    """True where at most one weekday (a holiday) lies between the first of the month and the date; shape (n,)."""
    first = pd.DatetimeIndex(dates.to_period("M").to_timestamp())
    return np.asarray(weekdays_apart(first, dates) <= 1)


def weekdays_between(earlier: date, later: date) -> int:
    """Weekdays after ``earlier`` up to and including ``later``; never fewer than the sessions."""
    day = np.timedelta64(1, "D")
    return int(np.busday_count(np.datetime64(earlier, "D") + day, np.datetime64(later, "D") + day))


def weekdays_apart(begin: pd.DatetimeIndex, end: pd.DatetimeIndex) -> np.ndarray:
    """Weekdays from each ``begin``, counted, to its ``end``, not counted; shape (n,)."""
    return np.asarray(np.busday_count(begin.to_numpy().astype("datetime64[D]"), end.to_numpy().astype("datetime64[D]")))
