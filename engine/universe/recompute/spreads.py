"""The bid-ask spread where nobody measured it: one tick, and what volume and volatility add.

A model fitted by maximum likelihood to 39 dated spreads of 35 tickers, each with price, dollar volume and
volatility of its own date. Estimators from daily highs and lows were tried on the same funds and read the
index's path within the day, not the spread: they are not used.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL, OF_VOLUME, OF_VOLATILITY = -5.7966, -0.4212, 1.1392
"""ln f = LEVEL + OF_VOLUME ln(USD million a day) + OF_VOLATILITY ln(volatility a year, %)."""

TICK = 0.01
"""Smallest step of a price, USD."""

RECENT, RECENT_THIN, THIN = "2025-01-01", "2021-01-01", 10.0
"""From when on a quoted spread counts; from when on for funds that trade less than USD 10m a day."""


@dataclass(frozen=True)
class Quote:
    """A spread that somebody measured: the range that its printed figure stands for, in percent of the price.

    ``source`` is an id of ``data/README.md``, or the quotes it was taken from.
    """

    low: float
    high: float
    day: str
    source: str


_QUOTES = "consolidated quotes, last ten minutes of 20 sessions"

QUOTED: dict[str, Quote] = {
    "SPYM": Quote(0.005, 0.015, "2025-12-31", "S9"),
    "SIZE": Quote(0.075, 0.085, "2022-09-29", "S15"),
    "SPDW": Quote(0.015, 0.025, "2026-01-31", "S9"),
    "IEFA": Quote(0.005, 0.015, "2026-04-28", "S10"),
    "VEU": Quote(0.005, 0.015, "2025-12-31", "S9"),
    "VWO": Quote(0.015, 0.025, "2025-10-31", "S9"),
    "IEMG": Quote(0.015, 0.025, "2025-06-30", "S9"),
    "SPEM": Quote(0.015, 0.025, "2025-11-30", "S9"),
    "EWY": Quote(0.015, 0.025, "2026-09-15", "S17"),
    "FLKR": Quote(0.165, 0.175, "2026-02-28", "S9"),
    "VT": Quote(0.005, 0.015, "2026-01-31", "S9"),
    "AGG": Quote(0.005, 0.015, "2026-07-28", "S17"),
    "TLT": Quote(0.005, 0.015, "2025-06-30", "S9"),
    "GII": Quote(0.085, 0.095, "2021-03-31", "S9"),
    "GLD": Quote(0.004881, 0.005183, "2026-10-01", _QUOTES),
    "IAU": Quote(0.01197, 0.01271, "2026-10-01", _QUOTES),
    "SGOL": Quote(0.02365, 0.02511, "2026-10-01", _QUOTES),
    "SLV": Quote(0.01669, 0.01772, "2026-10-01", _QUOTES),
    "TQQQ": Quote(0.005, 0.015, "2026-09-15", "S17"),
}
"""The newest measured spread of each fund that is recent enough to count."""


def one_tick(price: float) -> float:
    """One cent in percent of the price."""
    return 100.0 * TICK / price


def proxy(volume: float, volatility: float, price: float) -> float:
    """Fitted spread in percent of the price: sqrt(tick^2 + f^2).

    Good to a factor of 1.4 above USD 100m a day, of 2.4 below.

    Parameters
    ----------
    volume : float
        Median dollar volume a day over two years, USD million.
    volatility : float
        Of daily returns over two years, percent a year.
    price : float
        USD a share.
    """
    rest = np.exp(LEVEL + OF_VOLUME * np.log(volume) + OF_VOLATILITY * np.log(volatility))
    return float(np.hypot(one_tick(price), rest))


def score(ticker: str, fitted: float, volume: float, price: float) -> tuple[float, str]:
    """The spread to rank by, and its basis: the fitted one, moved into the range of a recent measured one.

    A measured range that lies below one tick of today's price is of another price, and does not count.
    """
    quote = QUOTED.get(ticker)
    if quote is None or one_tick(price) > quote.high:
        return fitted, "proxy"
    if quote.day < RECENT and not (quote.day >= RECENT_THIN and volume < THIN):
        return fitted, "proxy"
    return min(max(fitted, quote.low), quote.high), f"measured {quote.day}"
