"""The figures of a return series, with their definitions.

Libraries differ in most of these; ours are printed beside every number (``DEFINITIONS``).
Where definitions agree, tests hold them to empyrical and quantstats at 1e-10.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from engine.analytics.drawdown import check_returns, underwater, wealth
from engine.analytics.hits import require_aligned, to_monthly, won_months
from engine.errors import BadInput

DEFINITIONS: dict[str, str] = {
    "total_return": "product of (1 + r) - 1, not annualised",
    "cagr": "(product of (1 + r)) ^ (periods a year / number of periods) - 1",
    "volatility": "standard deviation of r (n - 1) x sqrt(periods a year)",
    "sharpe": "mean of (r - riskless r) / its standard deviation (n - 1) x sqrt(periods a year)",
    "sortino": "mean of (r - riskless r) x periods a year / (root mean square of its negative part x sqrt(periods a year))",
    "calmar": "cagr / |max_drawdown|",
    "max_drawdown": "lowest value / running maximum - 1, the starting value included; open falls count",
    "ulcer": "root mean square over all periods of (value / running maximum - 1), not annualised",
    "var_95": "5 % quantile of r, linear between neighbours: a return, below zero for a loss; per period",
    "cvar_95": "mean of the r at or below var_95; per period",
    "skew": "adjusted Fisher-Pearson skewness of r",
    "kurtosis": "adjusted excess kurtosis of r (a normal law has 0)",
    "best_period": "highest r",
    "worst_period": "lowest r",
    "best_month": "highest return of a complete calendar month",
    "worst_month": "lowest return of a complete calendar month",
    "positive_months": "share of complete calendar months with r above zero",
    "hit_ratio": "share of complete calendar months with r above the benchmark's; a tie is no win",
    "beta": "covariance of (r - riskless r) with (benchmark r - riskless r) / the variance of the latter",
    "alpha": "(mean of (r - riskless r) - beta x mean of (benchmark r - riskless r)) x periods a year",
    "tracking_error": "standard deviation of (r - benchmark r) (n - 1) x sqrt(periods a year)",
    "information_ratio": "mean of (r - benchmark r) x periods a year / tracking_error",
    "up_capture": "annualised growth over the months in which the benchmark rose / the benchmark's own",
    "down_capture": "annualised growth over the months in which the benchmark fell / the benchmark's own",
}


@dataclass(frozen=True)
class Metrics:
    """Figures of one return series; ratios and returns in decimals, None where not defined.

    ``cagr``, ``volatility``, ``tracking_error`` and the ratios are annual. Figures against a
    benchmark are None without one. Formulas: ``DEFINITIONS``.
    """

    cagr: float
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    tracking_error: float | None
    information_ratio: float | None
    hit_ratio: float | None
    max_drawdown: float
    up_capture: float | None
    down_capture: float | None
    skew: float | None
    worst_month: float | None

    def to_dict(self) -> dict[str, float | None]:
        return asdict(self)


def metrics(
    returns: pd.Series,
    benchmark: pd.Series | None = None,
    *,
    periods_per_year: float,
    risk_free: float | pd.Series = 0.0,
) -> Metrics:
    """Figures of a series of simple returns.

    Parameters
    ----------
    returns : Series, shape (n,)
        Simple returns per period, decimals, dated.
    benchmark : Series, shape (n,), optional
        On exactly the same dates.
    periods_per_year : float
        252 for sessions, 12 for months.
    risk_free : float or Series
        A number is an annual rate, turned into ``(1 + rate) ** (1 / periods_per_year) - 1`` a
        period; a series holds the riskless return of each period, on the same dates.

    Raises
    ------
    BadInput
        Missing values, dates out of order, dates that differ, or ``periods_per_year`` not above zero.
    """
    check_returns(returns, "returns")
    check_periods(periods_per_year)
    r = returns.to_numpy(dtype=float)
    excess = r - riskless_returns(returns, risk_free, periods_per_year)
    root = float(np.sqrt(periods_per_year))
    deepest = float(underwater(wealth(returns)).min())
    growth = annual_growth(r, periods_per_year)
    monthly = to_monthly(returns)
    against = _against(returns, benchmark, periods_per_year) if benchmark is not None else {}
    return Metrics(
        cagr=growth,
        volatility=_scaled(sample_deviation(r), root),
        sharpe=_ratio(float(excess.mean()) * root, sample_deviation(excess)),
        sortino=_ratio(float(excess.mean()) * root, float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2)))),
        calmar=_ratio(growth, abs(deepest)),
        tracking_error=against.get("tracking_error"),
        information_ratio=against.get("information_ratio"),
        hit_ratio=against.get("hit_ratio"),
        max_drawdown=deepest,
        up_capture=against.get("up_capture"),
        down_capture=against.get("down_capture"),
        skew=_skew(r),
        worst_month=float(monthly.min()) if len(monthly) else None,
    )


def _against(returns: pd.Series, benchmark: pd.Series, periods: float) -> dict[str, float | None]:
    check_returns(benchmark, "benchmark")
    require_aligned(returns, benchmark, "benchmark")
    r, b = returns.to_numpy(dtype=float), benchmark.to_numpy(dtype=float)
    active = r - b
    error = _scaled(sample_deviation(active), float(np.sqrt(periods)))
    won = won_months(returns, benchmark)
    ours, theirs = to_monthly(returns).to_numpy(), to_monthly(benchmark).to_numpy()
    return {
        "tracking_error": error,
        "information_ratio": _ratio(float(active.mean()) * periods, error),
        "hit_ratio": float(won.mean()) if len(won) else None,
        "up_capture": _capture(ours, theirs, theirs > 0),
        "down_capture": _capture(ours, theirs, theirs < 0),
    }


def check_periods(periods_per_year: float) -> None:
    """Refuse periods a year that are not above zero."""
    if not periods_per_year > 0:
        raise BadInput("bad_number", field="periods_per_year", value=periods_per_year, accepted="a number above zero")


def riskless_returns(returns: pd.Series, risk_free: float | pd.Series, periods: float) -> np.ndarray | float:
    """Riskless return of each period, decimals; see :func:`metrics`."""
    if isinstance(risk_free, pd.Series):
        check_returns(risk_free, "risk_free")
        require_aligned(returns, risk_free, "risk_free")
        return risk_free.to_numpy(dtype=float)
    if not risk_free > -1:
        raise BadInput(
            "bad_number", field="risk_free", value=risk_free, accepted="an annual rate above -1, in decimals"
        )
    return float((1.0 + risk_free) ** (1.0 / periods) - 1.0)


def annual_growth(r: np.ndarray, periods: float) -> float:
    """Growth a year of returns that follow each other; -1.0 after a total loss."""
    total = float(np.prod(1.0 + r))
    return float(total ** (periods / len(r)) - 1.0) if total > 0 else -1.0


def _capture(ours: np.ndarray, theirs: np.ndarray, chosen: np.ndarray) -> float | None:
    """By whole months: on single days the growth of the good ones alone is beyond any sense."""
    if not chosen.any():
        return None
    return _ratio(annual_growth(ours[chosen], 12), annual_growth(theirs[chosen], 12))


def sample_deviation(r: np.ndarray) -> float | None:
    """Sample deviation; None for one value, and 0.0 when all values are equal up to rounding."""
    if len(r) < 2:
        return None
    deviation = float(np.std(r, ddof=1))
    return 0.0 if deviation <= 1e-15 * max(1.0, float(np.abs(r).max())) else deviation


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _skew(r: np.ndarray) -> float | None:
    return _finite(float(pd.Series(r).skew())) if len(r) > 2 else None  # type: ignore[arg-type]


def _ratio(numerator: float, denominator: float | None) -> float | None:
    return None if not denominator else _finite(numerator / denominator)


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
