"""What every measurement of the lab works on: 20 shares over 33 years of days, and the peers' conventions."""

from __future__ import annotations

import numpy as np
import pandas as pd

COST = 5e-4
"""Cost a unit of value traded (5 basis points)."""

BAND = 0.20
"""Relative: a weight of 5 % is traded below 4 % and above 6 %."""

WINDOW, RISK_AVERSION = 756, 5.0
"""Rows of a walk-forward window, and gamma in ``mean'w - gamma w'Cov w`` of daily moments."""

POINTS, FEW, BLOCKS = 1_000, 10, 16


def prices() -> pd.DataFrame:
    """Daily total-return levels, shape (8313, 20)."""
    from engine.sources import load

    return load("us_large_caps").frame


def month_starts(index: pd.DatetimeIndex) -> np.ndarray:
    """Rows of the first session of every month, the first row included."""
    months = index.to_numpy().astype("datetime64[M]")
    return np.flatnonzero(np.r_[True, months[1:] != months[:-1]])


def points(count: int, assets: int = 20, seed: int = 0) -> np.ndarray:
    """Random long-only weights with a sum of one, shape (count, assets)."""
    return np.random.default_rng(seed).dirichlet(np.ones(assets), size=count)


def equal(assets: int = 20) -> np.ndarray:
    return np.full(assets, 1.0 / assets)


def series() -> tuple[pd.Series, pd.Series]:
    """Daily simple returns of equal weights (held so each day) and of the S&P 500 price index."""
    from engine.sources import load

    table = prices()
    index = load("sp500_price").frame.iloc[:, 0].reindex(table.index)
    return table.pct_change().iloc[1:].mean(axis=1).rename("portfolio"), index.pct_change().iloc[1:].rename("index")


def refits(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Daily returns (T, n), and for each refit the row of the first day held; 360 of them."""
    levels = table.to_numpy()
    starts = month_starts(pd.DatetimeIndex(table.index))[1:] - 1
    return levels[1:] / levels[:-1] - 1.0, starts[starts >= WINDOW]


def trials(count: int) -> np.ndarray:
    """Daily returns of random weights, shape (8312, count)."""
    table = prices()
    return table.pct_change().iloc[1:].to_numpy() @ points(count, table.shape[1]).T


def loop_wealth(table: pd.DataFrame, weights: np.ndarray, rows: np.ndarray, band: float | None = None) -> np.ndarray:
    """Daily wealth of a plain loop over days, with the cost paid from the portfolio (a fixed point).

    Without ``band`` trades happen on ``rows``; with it, when a weight is further from its target than that
    share of it.
    """
    close = table.to_numpy()
    due = np.zeros(len(close), dtype=bool)
    due[rows] = True
    units, wealth = np.zeros(close.shape[1]), np.empty(len(close))
    for day in range(len(close)):
        held = units * close[day]
        value = float(held.sum()) if day else 1.0
        out = band is not None and bool((np.abs(held - weights * value) > band * weights * value + 1e-13 * value).any())
        if due[day] or out:
            before = value
            for _ in range(40):
                value = before - COST * float(np.abs(weights * value - held).sum())
            units = weights * value / close[day]
        wealth[day] = value
    return wealth
