"""Our engine under the signatures that outside scripts time: arrays and frames in, plain answers out.

Each one goes through the public calls, checks and result objects included. Rebalancing dates are the first
session of each month; the first purchase pays cost like every other trade.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from benchmarks.data import month_starts
from engine.backtest import kernels  # noqa: F401  (numba counts as loaded, as it does for peers that import it)


def _dates(prices: pd.DataFrame) -> pd.DatetimeIndex:
    index = pd.DatetimeIndex(prices.index)
    return index[month_starts(index)]


def one(prices: pd.DataFrame, weights: np.ndarray, cost: float) -> np.ndarray:
    """Daily wealth, shape (T,), of fixed weights bought back each month."""
    from engine.backtest import simulate

    dates = _dates(prices)
    table = np.broadcast_to(np.asarray(weights, dtype=float), (len(dates), prices.shape[1]))
    targets = pd.DataFrame(table, index=dates, columns=prices.columns)
    return simulate(prices, targets, cost_bps=cost * 1e4).value.to_numpy()


def band(prices: pd.DataFrame, weights: np.ndarray, cost: float, width: float) -> np.ndarray:
    """Daily wealth, shape (T,), of weights bought back when one is further than a share of it from its target."""
    from engine.backtest import Terms, simulate

    targets = pd.DataFrame(np.asarray(weights)[None, :], index=prices.index[:1], columns=prices.columns)
    return simulate(
        prices, targets, cost_bps=cost * 1e4, terms=Terms(band=width, band_kind="relative")
    ).value.to_numpy()


def sweep(prices: pd.DataFrame, weights: np.ndarray, cost: float) -> np.ndarray:
    """Final wealth of each row of weights, shape (P,); daily wealth of all is worked out."""
    from engine.backtest import simulate_many

    return simulate_many(prices, weights, dates=_dates(prices), cost_bps=cost * 1e4).final.to_numpy()


def band_sweep(prices: pd.DataFrame, weights: np.ndarray, cost: float, width: float) -> np.ndarray:
    """Final wealth of each row of weights under a relative band, shape (P,)."""
    from engine.backtest import Terms, simulate_many

    terms = Terms(band=width, band_kind="relative")
    return simulate_many(prices, weights, dates="once", cost_bps=cost * 1e4, terms=terms).final.to_numpy()


def mean_variance(returns: np.ndarray, starts: np.ndarray, window: int, risk_aversion: float) -> np.ndarray:
    """Long-only weights that maximise mean'w - gamma w'Cov w on the rows before each start, shape (k, n)."""
    from engine import optimise

    return optimise.mean_variance(returns, starts, window, risk_aversion)


def fact_sheet(returns: pd.Series, index: pd.Series) -> dict[str, object]:
    """Everything on the fact sheet of daily returns against an index, the falls and every named crisis included."""
    from engine.analytics import fact_sheet as sheet

    return vars(sheet(returns, index, periods_per_year=252, crises=_crises()))


@cache
def _crises() -> tuple[tuple[str, date, date], ...]:
    """The named crises; read once, as the product does."""
    from engine.crises import named_crises

    return tuple((crisis.name, crisis.peak, crisis.trough) for crisis in named_crises())


def overfit(trials: np.ndarray, n_blocks: int) -> float:
    """Probability of backtest overfitting in blocks of one length."""
    from engine.analytics import overfitting

    return overfitting(trials, n_blocks, equal=True)
