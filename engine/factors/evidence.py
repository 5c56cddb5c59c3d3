"""How good a strategy is, and how sure that is.

Differences to equal weight carry intervals from the stationary bootstrap; the deflated Sharpe ratio and
the probability of backtest overfitting ask whether the best of all trials was luck (both from
``engine.analytics``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from engine.analytics import calendar_hits, metrics, resampled_rows, rolling_hits
from engine.analytics.bootstrap import BLOCK
from engine.backtest.plain import simulate_plain
from engine.factors.features import Panel

COST_BPS = 10.0
"""Cost per unit traded, buys and sells, in basis points."""

BLOCK_MONTHS = BLOCK


@dataclass(frozen=True)
class Scorecard:
    """Figures of one strategy against the market; decimals a year where not said otherwise.

    Attributes
    ----------
    turnover : float
        Sum of absolute weight changes / 2, a year.
    years_10_of_12 : float or None
        Share of complete calendar years with at least ten months ahead of the market.
    rolling_12_won : float or None
        Share of runs of twelve months with at least seven months ahead.
    """

    annual_return: float
    volatility: float | None
    sharpe: float | None
    tracking_error: float | None
    information_ratio: float | None
    hit_ratio: float | None
    max_drawdown: float
    turnover: float
    years_10_of_12: float | None
    rolling_12_won: float | None

    def to_dict(self) -> dict[str, float | None]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Monthly net returns a strategy earned, and the weight it traded in each month."""

    returns: pd.Series
    turnover: pd.Series


def outcome(panel: Panel, weights: pd.DataFrame, *, cost_bps: float = COST_BPS, delay: int = 0) -> Outcome:
    """What weights decided at each month end earned, net of cost.

    Parameters
    ----------
    delay : int
        Months by which every decision is carried out late (a stress).
    """
    decided = weights.shift(delay).dropna()
    levels = (1.0 + panel.returns.loc[decided.index[0] :]).cumprod()
    result = simulate_plain(levels, decided, cost_bps=cost_bps)
    return Outcome(result.value.pct_change(fill_method=None).iloc[1:], result.turnover)


def scorecard(panel: Panel, done: Outcome, start: str | None = None, end: str | None = None) -> Scorecard:
    """Figures of an outcome between two months, both included."""
    returns = done.returns.loc[start:end]
    market, bill = panel.returns.iloc[:, 0].loc[returns.index], panel.riskless.loc[returns.index]
    figures = metrics(returns, market, periods_per_year=12, risk_free=bill)
    same = bool(np.allclose(returns, market, atol=1e-12))
    years = calendar_hits(returns, market)
    full = years.loc[years["complete"], "won"]
    rolling = rolling_hits(returns, market)
    traded = done.turnover.loc[start:end]
    return Scorecard(
        annual_return=figures.cagr,
        volatility=figures.volatility,
        sharpe=figures.sharpe,
        tracking_error=None if same else figures.tracking_error,
        information_ratio=None if same else figures.information_ratio,
        hit_ratio=None if same else figures.hit_ratio,
        max_drawdown=figures.max_drawdown,
        turnover=float(traded.iloc[1:].mean() * 6.0) if len(traded) > 1 else 0.0,
        years_10_of_12=None if same or not len(full) else float((full >= 10).mean()),
        rolling_12_won=None if same or not len(rolling) else float((rolling >= 7).mean()),
    )


@dataclass(frozen=True)
class Difference:
    """A strategy minus a rival, with a 95 % interval and the share of resamples at or below zero."""

    value: float
    low: float
    high: float
    p_value: float

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


def differences(active: pd.Series, rival: pd.Series) -> dict[str, Difference]:
    """Hit ratio and information ratio of one series of active returns minus another's, same months."""
    ours, theirs = active.to_numpy(), rival.loc[active.index].to_numpy()
    rows = resampled_rows(len(ours))

    def ratio(values: np.ndarray) -> np.ndarray:
        return np.asarray(values.mean(-1) / values.std(-1, ddof=1) * sqrt(12))

    def hits(values: np.ndarray) -> np.ndarray:
        return np.asarray((values > 0).mean(-1))

    found = {}
    for name, figure in (("hit_ratio", hits), ("information_ratio", ratio)):
        spread = figure(ours[rows]) - figure(theirs[rows])
        low, high = np.percentile(spread, [2.5, 97.5])
        value = float(figure(ours) - figure(theirs))
        found[name] = Difference(value, float(low), float(high), float((spread <= 0).mean()))
    return found


def mean_gain(returns: pd.Series, rival: pd.Series) -> Difference:
    """Annual return of one series minus another's (arithmetic), with its interval."""
    gain = (returns - rival.loc[returns.index]).to_numpy()
    spread = gain[resampled_rows(len(gain))].mean(1) * 12
    low, high = np.percentile(spread, [2.5, 97.5])
    return Difference(float(gain.mean() * 12), float(low), float(high), float((spread <= 0).mean()))


def at_least(wins: int, months: int, probability: float) -> float:
    """Chance of at least ``wins`` of ``months`` independent months, each won with ``probability``."""
    return float(
        sum(comb(months, k) * probability**k * (1 - probability) ** (months - k) for k in range(wins, months + 1))
    )


def needed_hit_ratio(wins: int = 10, months: int = 12, chance: float = 0.5) -> float:
    """Monthly hit ratio at which ``wins`` of ``months`` happen with ``chance`` (bisection)."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if at_least(wins, months, middle) < chance else (low, middle)
    return (low + high) / 2


def needed_information_ratio(hit_ratio: float) -> float:
    """Annual information ratio with that monthly hit ratio, if active returns are normal and independent."""
    return NormalDist().inv_cdf(hit_ratio) * sqrt(12)


def active_returns(panel: Panel, outcomes: Mapping[str, Outcome], start: str) -> pd.DataFrame:
    """Returns above the market of every outcome, one column each."""
    market = panel.returns.iloc[:, 0]
    return pd.DataFrame({name: done.returns - market.loc[done.returns.index] for name, done in outcomes.items()}).loc[
        start:
    ]
