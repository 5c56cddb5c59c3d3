"""Months ahead of a benchmark: by month, calendar year and rolling twelve months."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.analytics.drawdown import check_returns
from engine.errors import BadInput
from engine.months import month_rows

TIE = 1e-12
"""Two monthly returns this close are equal."""


def to_monthly(returns: pd.Series) -> pd.Series:
    """Daily simple returns compounded to whole calendar months; monthly ones pass through.

    What is whole is told by :func:`engine.months.month_rows`; the rest is left out: half a month
    is no month to win.
    """
    check_returns(returns, "returns")
    index = pd.DatetimeIndex(returns.index)
    values = returns.to_numpy(dtype=float)
    months = month_rows(index)
    if len(months.first) == len(index):
        return pd.Series(values, index=months.ends, name=returns.name)
    whole = months.begun & months.ended
    growth = np.multiply.reduceat(1.0 + values, months.first) - 1.0
    return pd.Series(growth[whole], index=months.ends[whole], name=returns.name)


def won_months(returns: pd.Series, benchmark: pd.Series) -> pd.Series:
    """True for each complete month in which the return was above the benchmark's (a tie is no win).

    Published monthly returns have four decimals, so ties happen; ``TIE`` keeps rounding in the
    sixteenth digit from deciding them.
    """
    ours, theirs = to_monthly(returns), to_monthly(benchmark)
    require_aligned(ours, theirs, "benchmark")
    return ours - theirs > TIE


def calendar_hits(returns: pd.Series, benchmark: pd.Series) -> pd.DataFrame:
    """Months won per calendar year: columns ``won``, ``months``, ``complete`` (all twelve there); index year."""
    won = won_months(returns, benchmark)
    years = pd.Index(pd.DatetimeIndex(won.index).year, name="year")
    table = won.groupby(years).agg(["sum", "count"]).set_axis(["won", "months"], axis=1).astype(int)
    table["complete"] = table["months"] == 12
    return table


def rolling_hits(returns: pd.Series, benchmark: pd.Series, window: int = 12) -> pd.Series:
    """Months won in each run of ``window`` consecutive months, dated by its last month."""
    won = won_months(returns, benchmark)
    return won.astype(float).asfreq("ME").rolling(window).sum().dropna().astype(int)


def require_aligned(series: pd.Series, other: pd.Series, field: str) -> None:
    """Refuse two series whose dates differ.

    Raises
    ------
    BadInput
        Names the first date on which they differ.
    """
    if series.index.equals(other.index):
        return
    strangers = series.index.symmetric_difference(other.index)
    first = strangers[0] if len(strangers) else np.datetime64("NaT")
    raise BadInput("not_aligned", field=field, value=pd.Timestamp(first).date())
