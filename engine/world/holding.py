"""How often holding the S&P 500 for a while ended with a gain, from one day to twenty years.

Windows overlap, so their number says little about certainty: 197 windows of twenty years come from
36 years. The interval is Wilson's for a share, with the number of windows that do not overlap
(length of the history / length of the window) in place of the number counted. Overlapping windows
know a little more than that, so the interval is on the wide side; up to a year it agrees with a
block bootstrap of the returns, beyond it stays wide where a bootstrap of one lucky history
would claim certainty.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import Basis, Frequency, Line, load, snapshot_id
from engine.sources.derived import to_currency

CURRENCIES = ("USD", "KRW")


@dataclass(frozen=True)
class Horizon:
    """A holding period: its length in rows of the daily or the monthly series."""

    id: str
    rows: int
    frequency: Frequency


HORIZONS = (
    Horizon("1d", 1, Frequency.DAILY),
    Horizon("5d", 5, Frequency.DAILY),
    Horizon("1m", 1, Frequency.MONTHLY),
    Horizon("3m", 3, Frequency.MONTHLY),
    Horizon("6m", 6, Frequency.MONTHLY),
    *(Horizon(f"{years}y", 12 * years, Frequency.MONTHLY) for years in (1, 2, 3, 5, 7, 10, 15, 20)),
)
"""One day, one week of sessions, then months and years."""

LEVEL = 0.95
"""Coverage of the interval."""


@dataclass(frozen=True)
class HoldingShare:
    """Share of holding periods of one length that ended with a gain.

    Attributes
    ----------
    share : float or None
        Windows with a return above zero / all windows, decimal; None where there is no window.
    low, high : float or None
        95 % interval (Wilson, with the windows that do not overlap).
    windows : int
        Overlapping windows counted.
    independent_windows : float
        Length of the history / length of the window: how many windows do not overlap.
    worst, median, best : float or None
        Return over the whole window, decimals (not a year).
    absent : str
        Why there is no figure: ``"history_too_short"`` or ``"no_daily_rates"``; empty otherwise.
    """

    horizon: str
    rows: int
    frequency: str
    currency: str
    share: float | None
    low: float | None
    high: float | None
    windows: int
    independent_windows: float
    worst: float | None
    median: float | None
    best: float | None
    first: dt.date | None
    last: dt.date | None
    absent: str = ""

    def to_dict(self) -> dict[str, object]:
        days = {
            name: value.isoformat() if value else None for name, value in (("first", self.first), ("last", self.last))
        }
        return asdict(self) | days


def holding_periods(currency: str = "USD") -> tuple[HoldingShare, ...]:
    """Share of holding periods of the S&P 500 total return with a gain, every horizon of ``HORIZONS``.

    Days come from the daily total-return index (1990 to 2022), months and years from the monthly
    one (1990 on). In won, each month end at its own rate from 2003-12 on: what is longer than that,
    and days, is absent rather than estimated.

    Raises
    ------
    BadInput
        The currency is not USD or KRW.
    MissingData
        A table is missing or broken.
    """
    if currency not in CURRENCIES:
        raise BadInput("unknown_choice", field="currency", value=currency, accepted=", ".join(CURRENCIES))
    return _shares(currency, snapshot_id())


def share_of_gains(levels: pd.Series, horizon: Horizon, currency: str = "USD") -> HoldingShare:
    """Share of overlapping windows of one length in which a value path rose.

    Parameters
    ----------
    levels : Series, shape (n,)
        Values above zero, the starting value included; a window runs over ``horizon.rows`` rows.

    Raises
    ------
    BadInput
        The levels are not above zero.
    """
    values = levels.to_numpy(dtype=float)
    if not (np.isfinite(values) & (values > 0)).all():
        raise BadInput("bad_number", field="levels", value="a level", accepted="numbers above zero")
    rows, days = horizon.rows, pd.DatetimeIndex(levels.index)
    if len(values) <= rows:
        return _absent(horizon, currency, "history_too_short")
    gains = values[rows:] / values[:-rows] - 1.0
    share, apart = float((gains > 0).mean()), (len(values) - 1) / rows
    low, high = wilson(share, apart)
    return HoldingShare(
        horizon.id,
        rows,
        str(horizon.frequency),
        currency,
        share,
        low,
        high,
        len(gains),
        apart,
        float(gains.min()),
        float(np.median(gains)),
        float(gains.max()),
        days[0].date(),
        days[-1].date(),
    )


def wilson(share: float, count: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a share seen in ``count`` independent cases (need not be whole).

    Wilson (1927), Journal of the American Statistical Association 22, 209-212.
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = share + z**2 / (2 * count)
    spread = z * sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    scale = 1 + z**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def monthly_line() -> Line:
    """The S&P 500 total return by month as a line, 1.0 at the start; months of the index only, none of a fund."""
    data = load("sp500_monthly_total_return")
    table = data.frame
    levels = (1.0 + table.loc[table["tr_basis"] == "sp500tr_index", "tr_pct"] / 100.0).cumprod()
    levels.loc[levels.index[0] - pd.offsets.MonthEnd(1)] = 1.0
    origin = data.provenance
    return Line(
        "sp500_total_return_monthly",
        levels.sort_index(),
        Basis.TOTAL_RETURN,
        Frequency.MONTHLY,
        "USD",
        "index",
        origin.source,
        findings=data.findings,
    )


@lru_cache(maxsize=4)
def _shares(currency: str, snapshot: str) -> tuple[HoldingShare, ...]:
    months = monthly_line()
    if currency != "USD":
        months = to_currency(months, currency, load("usdkrw_monthly"))
    days = load("sp500_total_return").frame.iloc[:, 0]
    found = []
    for horizon in HORIZONS:
        if horizon.frequency is Frequency.MONTHLY:
            found.append(share_of_gains(months.levels, horizon, currency))
        elif currency == "USD":
            found.append(share_of_gains(days, horizon, currency))
        else:
            found.append(_absent(horizon, currency, "no_daily_rates"))
    return tuple(found)


def _absent(horizon: Horizon, currency: str, why: str) -> HoldingShare:
    empty = (None, None, None, 0, 0.0, None, None, None, None, None)
    return HoldingShare(horizon.id, horizon.rows, str(horizon.frequency), currency, *empty, absent=why)
