"""The fact sheet: 24 figures of one series with its falls, or of thousands of series at once.

One kernel computes both; :data:`engine.analytics.DEFINITIONS` holds the formulas. Numba is loaded by
the first call, not by importing this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.analytics.drawdown import (
    Fall,
    check_dates,
    check_returns,
    episodes,
    fall_of_rows,
    wealth,
    windows_positions,
)
from engine.analytics.hits import require_aligned
from engine.analytics.metrics import annual_growth, check_periods, riskless_returns, sample_deviation
from engine.arrays import frozen
from engine.errors import BadInput
from engine.months import month_rows

if TYPE_CHECKING:
    from engine.analytics.kernels import Frame

FIGURES: tuple[str, ...] = (
    "total_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "ulcer",
    "var_95",
    "cvar_95",
    "skew",
    "kurtosis",
    "best_period",
    "worst_period",
    "best_month",
    "worst_month",
    "positive_months",
    "hit_ratio",
    "beta",
    "alpha",
    "tracking_error",
    "information_ratio",
    "up_capture",
    "down_capture",
)
"""Names of the figures, in the order of the kernel's columns."""

MONTHS_A_YEAR = 12


@dataclass(frozen=True, eq=False)
class SheetPlan:
    """What the figures of many series on the same dates share, worked out once.

    Attributes
    ----------
    index : DatetimeIndex, shape (T,)
        Dates of the levels, the starting value included.
    periods_per_year : float
    frame : Frame
        Benchmark, riskless returns and complete months as the kernel reads them.
    """

    index: pd.DatetimeIndex
    periods_per_year: float
    frame: Frame

    @classmethod
    def make(
        cls,
        index: pd.DatetimeIndex,
        *,
        periods_per_year: float,
        benchmark: pd.Series | None = None,
        risk_free: float | pd.Series = 0.0,
    ) -> SheetPlan:
        """Plan for levels on those dates.

        Parameters
        ----------
        index : DatetimeIndex, shape (T,)
            Dates of the levels; the first is that of the starting value.
        periods_per_year : float
            252 for sessions, 12 for months.
        benchmark : Series, shape (T,), optional
            Levels on exactly the same dates. Without one its figures are nan.
        risk_free : float or Series
            A number is an annual rate, a series the riskless return of each period on ``index[1:]``;
            see :func:`engine.analytics.metrics`.

        Raises
        ------
        BadInput
            Fewer than two dates, dates that are not tz-naive, unique and increasing or that differ,
            missing values, levels not above zero, or ``periods_per_year`` not above zero.
        """
        check_periods(periods_per_year)
        dates = check_dates(index, "index")
        if len(dates) < 2:
            raise BadInput("bad_number", field="index", value=f"{len(dates)} dates", accepted="two dates or more")
        levels = None
        if benchmark is not None:
            check_returns(benchmark, "benchmark")
            require_aligned(pd.Series(0.0, index=dates), benchmark, "benchmark")
            levels = benchmark.to_numpy(dtype=float)
            if not (levels > 0).all():
                raise BadInput("bad_number", field="benchmark", value=levels.min(), accepted="levels above zero")
        returns = None if levels is None else levels[1:] / levels[:-1] - 1.0
        riskless = riskless_returns(pd.Series(0.0, index=dates[1:]), risk_free, periods_per_year)
        return cls(dates, periods_per_year, _frame(dates[1:], levels, returns, riskless, periods_per_year))

    def figures(self, levels: np.ndarray) -> np.ndarray:
        """All figures of many series.

        Parameters
        ----------
        levels : ndarray, shape (P, T)
            One series a row, on the dates of the plan; the first column is the starting value.

        Returns
        -------
        ndarray, shape (P, 24)
            Columns as :data:`FIGURES`, decimals; nan where a figure is not defined.

        Raises
        ------
        BadInput
            Another shape, or a level that is missing or not above zero (after a total loss there
            are no returns).
        """
        from engine.analytics.kernels import batch

        values = frozen(np.ascontiguousarray(levels, dtype=float))
        if values.ndim != 2 or values.shape[1] != len(self.index):
            raise BadInput("bad_number", field="levels", value=values.shape, accepted=f"rows of {len(self.index)}")
        found = np.asarray(batch(values, self.frame))
        unsound = np.flatnonzero(np.isnan(found[:, 0]))
        if len(unsound):
            row = values[unsound[0]]
            place = int(np.flatnonzero(~((row > 0) & np.isfinite(row)))[0])
            value = f"{row[place]} in row {unsound[0]} on {self.index[place].date()}"
            raise BadInput("bad_number", field="levels", value=value, accepted="levels above zero")
        return found


def _frame(
    dates: pd.DatetimeIndex,
    levels: np.ndarray | None,
    returns: np.ndarray | None,
    riskless: np.ndarray | float,
    periods: float,
) -> Frame:
    """The kernel's view of ``dates`` (those of the returns) and of the benchmark's levels and returns."""
    from engine.analytics.kernels import Frame

    opens, closes = _months(dates)
    free = np.broadcast_to(np.asarray(riskless, dtype=float), len(dates)).copy()
    if levels is None or returns is None:
        zero = frozen(np.zeros(len(dates)))
        return Frame(free, zero, zero, opens, closes, np.zeros(len(opens)), np.zeros(4), float(periods), False)
    excess = returns - free
    months = levels[closes] / levels[opens] - 1.0
    market = np.array(
        [
            excess.mean(),
            np.sum((excess - excess.mean()) ** 2) if sample_deviation(excess) else 0.0,
            _growth_of(months[months > 0]),
            _growth_of(months[months < 0]),
        ]
    )
    centred = frozen(excess - excess.mean())
    return Frame(free, frozen(returns), centred, opens, closes, months, market, float(periods), True)


def _months(dates: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the levels at which the months of :func:`engine.analytics.to_monthly` open and close."""
    rows = month_rows(dates)
    whole = rows.begun & rows.ended if len(rows.first) < len(dates) else np.ones(len(dates), dtype=bool)
    return rows.first[whole].astype(np.int64), rows.last[whole].astype(np.int64) + 1


def _growth_of(months: np.ndarray) -> float:
    return annual_growth(months, MONTHS_A_YEAR) if len(months) else 0.0


@dataclass(frozen=True, eq=False)
class FactSheet:
    """Figures and falls of one return series; decimals, None where a figure is not defined.

    The 24 figures are those of :data:`FIGURES`, with the formulas of
    :data:`engine.analytics.DEFINITIONS`; those against a benchmark are None without one.

    Attributes
    ----------
    drawdowns : DataFrame
        The deepest falls, columns as in :func:`engine.analytics.episodes`.
    crises : tuple of (str, Fall or None)
        The deepest fall in each window asked for; None where the series does not cover it.
    """

    total_return: float
    cagr: float
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    ulcer: float
    var_95: float
    cvar_95: float
    skew: float | None
    kurtosis: float | None
    best_period: float
    worst_period: float
    best_month: float | None
    worst_month: float | None
    positive_months: float | None
    hit_ratio: float | None
    beta: float | None
    alpha: float | None
    tracking_error: float | None
    information_ratio: float | None
    up_capture: float | None
    down_capture: float | None
    drawdowns: pd.DataFrame
    crises: tuple[tuple[str, Fall | None], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values: the figures, and lists of the falls with dates as YYYY-MM-DD."""
        figures: dict[str, Any] = {name: getattr(self, name) for name in FIGURES}
        falls = [{str(key): _plain(value) for key, value in row.items()} for row in self.drawdowns.to_dict("records")]
        return figures | {"drawdowns": falls, "crises": [_crisis(name, fall) for name, fall in self.crises]}


def fact_sheet(
    returns: pd.Series,
    benchmark: pd.Series | None = None,
    *,
    periods_per_year: float,
    risk_free: float | pd.Series = 0.0,
    top: int = 10,
    crises: Sequence[tuple[str, date, date]] = (),
) -> FactSheet:
    """All figures of a series of simple returns, its deepest falls, and its fall in each crisis.

    Parameters
    ----------
    returns, benchmark, periods_per_year, risk_free
        As in :func:`engine.analytics.metrics`.
    top : int
        How many of the deepest falls to list.
    crises : sequence of (name, first day, last day)
        Windows; measured as by :func:`engine.analytics.worst_fall_between` on the growth of 1.0.

    Raises
    ------
    BadInput
        As in :func:`engine.analytics.metrics`; ``top`` below zero, or a crisis that ends before it begins.
    """
    from engine.analytics.kernels import single

    check_periods(periods_per_year)
    if top < 0:
        raise BadInput("bad_number", field="top", value=top, accepted="zero or more")
    growth = wealth(returns)
    against = growth_of_benchmark = None
    if benchmark is not None:
        check_returns(benchmark, "benchmark")
        require_aligned(returns, benchmark, "benchmark")
        against = benchmark.to_numpy(dtype=float)
        growth_of_benchmark = np.r_[1.0, np.cumprod(1.0 + against)]
    free = riskless_returns(returns, risk_free, periods_per_year)
    frame = _frame(pd.DatetimeIndex(returns.index), growth_of_benchmark, against, free, periods_per_year)
    levels = growth.to_numpy()
    found = single(frozen(levels), frozen(np.ascontiguousarray(returns.to_numpy(dtype=float))), frame).tolist()
    figures: dict[str, Any] = {
        name: None if isnan(value) else value for name, value in zip(FIGURES, found, strict=True)
    }
    return FactSheet(**figures, drawdowns=episodes(growth, top), crises=_falls(growth, crises))


def _falls(growth: pd.Series, crises: Sequence[tuple[str, date, date]]) -> tuple[tuple[str, Fall | None], ...]:
    level, index = growth.to_numpy(), pd.DatetimeIndex(growth.index)
    dates = index.to_numpy()
    for name, start, end in crises:
        if end < start:
            raise BadInput("range_reversed", field=f"crises ({name})", value=f"{start} to {end}")
    where = windows_positions(index, [start for _, start, _ in crises], [end for _, _, end in crises])
    return tuple(
        (name, fall_of_rows(level, dates, *rows) if rows else None)
        for (name, _, _), rows in zip(crises, where, strict=True)
    )


def _crisis(name: str, fall: Fall | None) -> dict[str, Any]:
    if fall is None:
        return {"name": name, "fall": None}
    kept = {key: _plain(value) for key, value in vars(fall).items()}
    return {"name": name, "fall": kept | {"days_down": fall.days_down, "days_to_recover": fall.days_to_recover}}


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return value.strftime("%Y-%m-%d") if isinstance(value, pd.Timestamp) else value
