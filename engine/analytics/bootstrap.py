"""How far figures could have come out otherwise: the stationary bootstrap (Politis and Romano 1994).

Resampled histories are runs of consecutive periods, of geometric length, taken from the history wrapped
into a circle, so that dependence within about a block survives. Equal seeds give equal answers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.analytics.drawdown import check_returns
from engine.analytics.hits import TIE, require_aligned
from engine.analytics.metrics import riskless_returns
from engine.errors import BadInput
from engine.months import month_rows

BLOCK = 6
RESAMPLES = 2000
SEED = 7
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MONTHS_A_YEAR = 12


def resampled_rows(periods: int, draws: int = RESAMPLES, block: float = BLOCK, seed: int = SEED) -> np.ndarray:
    """Rows of the stationary bootstrap, shape (draws, periods): runs of geometric length, wrapped around.

    Parameters
    ----------
    block : float
        Mean length of a run, in periods; 1 draws every period by itself.

    Raises
    ------
    BadInput
        Fewer than one period or draw, or a block below one.
    """
    for field, value in (("periods", periods), ("draws", draws), ("block", block)):
        if not 1 <= value < np.inf:
            raise BadInput("bad_number", field=field, value=value, accepted="one or more")
    random = np.random.default_rng(seed)
    starts = random.integers(periods, size=(draws, periods))
    fresh = random.random((draws, periods)) < 1.0 / block
    fresh[:, 0] = True
    steps = np.arange(periods)
    begun = np.maximum.accumulate(np.where(fresh, steps, 0), axis=1)
    return np.asarray((np.take_along_axis(starts, begun, axis=1) + steps - begun) % periods)


def optimal_block(returns: pd.Series) -> float:
    """Mean length of a run that suits the dependence in the returns, in periods, at least 1.

    Politis and White (2004) as corrected by Patton, Politis and White (2009), for the stationary
    bootstrap: minimises the error of the variance of the mean. Autocorrelations count up to the
    lag after which ``max(5, log10 n)`` of them in a row are insignificant.

    Raises
    ------
    BadInput
        Missing values, fewer than ten returns, or returns that never vary.
    """
    check_returns(returns, "returns")
    values = returns.to_numpy(dtype=float)
    n = len(values)
    d = values - values.mean()
    if n < 10 or float(np.abs(d).max()) <= 1e-15:
        raise BadInput("bad_number", field="returns", value=f"{n} returns", accepted="ten or more that vary")
    run = max(5, int(np.log10(n)))
    most = min(int(np.ceil(np.sqrt(n))) + run, n - 2)
    cross = np.array([d[lag:] @ d[: n - lag] for lag in range(most + 1)])
    size = np.array(
        [np.sqrt((d[lag + 1 :] @ d[lag + 1 :]) * (d[: n - lag - 1] @ d[: n - lag - 1])) for lag in range(most + 1)]
    )
    small = np.abs(cross) < 2.0 * np.sqrt(np.log10(n) / n) * size
    quiet = [first for first in range(most + 1 - run) if small[first : first + run].all()]
    reach = min(2 * max(quiet[0], 1), most) if quiet else most
    lags = np.arange(1, reach + 1)
    weight = np.minimum(1.0, 2.0 * (1.0 - lags / reach)) * cross[1 : reach + 1] / n
    spread = cross[0] / n + 2.0 * weight.sum()
    length = float((abs(2.0 * (lags * weight).sum() / spread) ** 2 * n) ** (1.0 / 3.0)) if spread else 1.0
    return float(np.clip(length, 1.0, np.ceil(min(3.0 * np.sqrt(n), n / 3.0))))


def bands(
    returns: pd.Series,
    *,
    draws: int = 1000,
    block: float | None = None,
    levels: Sequence[float] = LEVELS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Quantiles, date by date, of the growth of 1.0 over resampled histories.

    Parameters
    ----------
    returns : Series, shape (n,)
        Simple returns per period.
    draws : int
        Resampled histories. Memory is about 40 bytes a draw and period.
    block : float, optional
        Mean length of a run; by :func:`optimal_block` when not given.
    levels : sequence of float
        Quantiles between 0 and 1.

    Returns
    -------
    DataFrame, shape (n, len(levels))
        Dates of the returns, one column a level. A band holds each date by itself, not whole paths.

    Raises
    ------
    BadInput
        Missing values, dates out of order, or numbers out of range.
    """
    check_returns(returns, "returns")
    for level in levels:
        if not 0.0 <= level <= 1.0:
            raise BadInput("bad_number", field="levels", value=level, accepted="quantiles from 0 to 1")
    length = optimal_block(returns) if block is None else block
    growth = 1.0 + returns.to_numpy(dtype=float)
    paths = growth[resampled_rows(len(growth), draws, length, seed)].T.copy()
    np.cumprod(paths, axis=0, out=paths)
    return pd.DataFrame(np.quantile(paths, list(levels), axis=1).T, returns.index, list(levels))


def intervals(
    returns: pd.Series,
    benchmark: pd.Series | None = None,
    *,
    risk_free: float | pd.Series = 0.0,
    draws: int = 1000,
    block: float | None = None,
    coverage: float = 0.95,
    seed: int = SEED,
) -> dict[str, tuple[float, float]]:
    """Percentile intervals of figures of monthly returns over resampled histories.

    Months of both series, and of the riskless return, are drawn together. The figures are those of
    :data:`engine.analytics.DEFINITIONS`. A draw in which a ratio is not defined leaves that ratio's
    interval nan.

    Parameters
    ----------
    returns, benchmark : Series, shape (n,)
        One simple return a month (see :func:`engine.analytics.to_monthly`), on the same dates.
    risk_free : float or Series
        As in :func:`engine.analytics.metrics`.
    block : float, optional
        Mean length of a run in months; by :func:`optimal_block` of ``returns`` when not given.
    coverage : float
        Share of the draws inside the interval.

    Returns
    -------
    dict of str to (float, float)
        ``cagr``, ``volatility``, ``sharpe``, ``max_drawdown``; with a benchmark also
        ``information_ratio`` and ``hit_ratio``.

    Raises
    ------
    BadInput
        Several returns in a month, missing values, dates that differ, or numbers out of range.
    """
    check_returns(returns, "returns")
    if len(returns) < 2 or len(month_rows(pd.DatetimeIndex(returns.index)).first) < len(returns):
        raise BadInput(
            "bad_number", field="returns", value=f"{len(returns)} returns", accepted="two or more, one a month"
        )
    if not 0.0 < coverage < 1.0:
        raise BadInput("bad_number", field="coverage", value=coverage, accepted="a share between 0 and 1")
    r = returns.to_numpy(dtype=float)
    excess = r - riskless_returns(returns, risk_free, MONTHS_A_YEAR)
    length = optimal_block(returns) if block is None else block
    rows = resampled_rows(len(r), draws, length, seed)
    drawn = r[rows]
    found = {
        "cagr": np.maximum(1.0 + drawn, 0.0).prod(axis=1) ** (MONTHS_A_YEAR / len(r)) - 1.0,
        "volatility": drawn.std(axis=1, ddof=1) * np.sqrt(MONTHS_A_YEAR),
        "sharpe": _ratios(excess[rows]),
        "max_drawdown": _deepest(drawn),
    }
    if benchmark is not None:
        check_returns(benchmark, "benchmark")
        require_aligned(returns, benchmark, "benchmark")
        active = (r - benchmark.to_numpy(dtype=float))[rows]
        found |= {"information_ratio": _ratios(active), "hit_ratio": (active > TIE).mean(axis=1)}
    edges = [(1.0 - coverage) / 2.0, (1.0 + coverage) / 2.0]
    return {name: tuple(np.quantile(values, edges).tolist()) for name, values in found.items()}


def _ratios(drawn: np.ndarray) -> np.ndarray:
    """Mean over deviation of each row, annual; nan where a row never varies."""
    deviation = drawn.std(axis=1, ddof=1)
    sound = deviation > 1e-15
    return np.where(sound, drawn.mean(axis=1) / np.where(sound, deviation, 1.0) * np.sqrt(MONTHS_A_YEAR), np.nan)


def _deepest(drawn: np.ndarray) -> np.ndarray:
    paths = np.cumprod(1.0 + drawn, axis=1)
    high = np.maximum(np.maximum.accumulate(paths, axis=1), 1.0)
    return np.asarray(np.minimum((paths / high).min(axis=1) - 1.0, 0.0))
