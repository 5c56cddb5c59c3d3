"""Many portfolios on the same prices: one call of the kernel, one row a point."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.arrays import frozen
from engine.backtest.calendar import Rule, rebalance_dates
from engine.backtest.market import Prepared, check_table, check_weights, prepare
from engine.backtest.terms import Fill, Terms, check_cost
from engine.errors import BadInput

DONE = "done"
STATES = (DONE, "no_price", "ruined")
"""How a run ended, by the kernel's number."""


@dataclass(frozen=True, eq=False)
class Paths:
    """What many simulations did; P points, T dates from the first fill on.

    Attributes
    ----------
    values : ndarray, shape (P, T)
        As ``BacktestResult.value``; NaN for a run that did not end well.
    annual_turnover : ndarray, shape (P,)
        Sum of absolute weight changes / 2, a year, without the first purchase.
    cost : ndarray, shape (P,)
        Total paid, in units of ``value``; up to its end for a run that did not end well, as turnover and fills.
    fills : ndarray, shape (P,)
        Fill dates, those on which nothing had to move included.
    states : list of str
        ``done``, ``no_price`` (an asset was held or bought without one) or ``ruined``.
    ended : DatetimeIndex, shape (P,)
        Last date of each run.
    """

    index: pd.DatetimeIndex
    points: pd.Index
    values: np.ndarray
    annual_turnover: np.ndarray
    cost: np.ndarray
    fills: np.ndarray
    states: list[str]
    ended: pd.DatetimeIndex

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Values as a frame, shape (T, P)."""
        return pd.DataFrame(self.values.T, index=self.index, columns=self.points)

    @property
    def final(self) -> pd.Series:
        """Last value of each point."""
        return pd.Series(self.values[:, -1], index=self.points, name="final")

    @property
    def levels(self) -> np.ndarray:
        """Values with the first date at 1.0, before the cost of the first trade; shape (P, T). Flows are part of them."""
        levels = self.values.copy()
        levels[:, 0] = np.where(np.isnan(levels[:, 0]), np.nan, 1.0)
        return levels


@dataclass(frozen=True, eq=False)
class Points:
    """What differs between points; arrays of length P, or of length 1 where all agree.

    Attributes
    ----------
    weights : ndarray, shape (P, k, n) or (P, 1, n)
        Targets of each decision date, or the same for all of them.
    band : ndarray
        Below zero: none.
    """

    weights: np.ndarray
    cost_bps: np.ndarray
    band: np.ndarray
    buffer: np.ndarray
    fixed_cost: np.ndarray


def simulate_many(
    prices: pd.DataFrame,
    weights: pd.DataFrame | np.ndarray,
    *,
    dates: pd.DatetimeIndex | Rule = "monthly",
    cost_bps: float | np.ndarray = 0.0,
    band: float | np.ndarray | None = None,
    buffer: float | np.ndarray | None = None,
    fixed_cost: float | np.ndarray | None = None,
    fill: Fill = "same_close",
    opens: pd.DataFrame | None = None,
    terms: Terms | None = None,
) -> Paths:
    """``simulate`` for many points in one call.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        As for ``simulate``.
    weights : DataFrame, shape (P, m), or ndarray, shape (P, k, n)
        One row a point, held at every date; or targets by point and date, in the order of the columns.
    dates : DatetimeIndex of length k, or a rule of ``rebalance_dates``
        Decision dates, increasing.
    cost_bps, band, buffer, fixed_cost : float or ndarray, shape (P,)
        One for all or one a point; where None, that of ``terms``. A NaN band means none.

    Raises
    ------
    BadInput
        As ``simulate``; but a run that meets a missing price or loses everything is told in ``states``.
    """
    prepared = prepare(prices, opens=opens, fill=fill, terms=terms)
    own = prepared.terms
    index = rebalance_dates(prepared.index, dates) if isinstance(dates, str) else dates
    if isinstance(weights, pd.DataFrame):
        if not weights.columns.is_unique:
            twice = weights.columns[weights.columns.duplicated()][0]
            raise BadInput(
                "bad_number", field="weights", value=f"two columns named '{twice}'", accepted="every asset once"
            )
        table, names = prepared.targets(weights)[:, None, :], weights.index
    else:
        table, names = np.ascontiguousarray(weights, dtype=float), pd.RangeIndex(len(weights))
        table = table[:, None, :] if table.ndim == 2 else table
        if table.ndim != 3 or table.shape[1] not in (1, len(index)) or table.shape[2] != len(prepared.columns):
            accepted = f"(points, {len(index)}, {len(prepared.columns)})"
            raise BadInput("bad_number", field="weights", value=f"shape {np.shape(weights)}", accepted=accepted)
    count = len(table)
    bands = _each("band", own.band if band is None else band, count)
    if (bands < 0).any():
        raise BadInput("bad_number", field="band", value=bands[bands < 0][0], accepted="0 to 10")
    points = Points(
        table,
        _each("cost_bps", cost_bps, count),
        np.nan_to_num(bands, nan=-1.0),
        _each("buffer", own.buffer if buffer is None else buffer, count),
        _each("fixed_cost", own.fixed_cost if fixed_cost is None else fixed_cost, count),
    )
    return run_points(prepared, index, points, names)


def run_points(prepared: Prepared, dates: pd.DatetimeIndex, points: Points, names: pd.Index) -> Paths:
    """Points on prices made ready before; what a chunk of a sweep calls."""
    from engine.backtest import kernels

    _check(points, prepared, names)
    check_table("dates", pd.DataFrame(index=dates))
    rows = prepared.rows(dates)
    filled = rows < len(prepared.index)
    if not filled.any():
        raise BadInput(
            "bad_number", field="dates", value="none that can be filled", accepted="one before the last price"
        )
    weights = points.weights if points.weights.shape[1] == 1 else np.ascontiguousarray(points.weights[:, filled])
    rows, count = rows[filled], len(weights)
    prepared.check_flows(int(rows[0]))
    values = np.empty((count, len(prepared.index)))
    turnover, cost, fills = np.empty(count), np.empty(count), np.empty(count)
    state = np.empty((count, 2), dtype=np.int64)
    kernels.many(
        prepared.market, prepared.rates(points.cost_bps), _full(points.fixed_cost, count), _full(points.band, count),
        prepared.terms.band_kind == "relative", _full(points.buffer, count), prepared.lag, rows, frozen(weights),
        values, turnover, cost, fills, state,
    )  # fmt: skip
    begin, index = int(rows[0]), prepared.index
    years = (index[-1] - index[begin]).days / 365.25
    return Paths(
        index=index[begin:],
        points=names,
        values=values[:, begin:],
        annual_turnover=turnover / 2.0 / years if years > 0 else np.zeros(count),
        cost=cost,
        fills=fills.astype(np.int64),
        states=[STATES[code] for code in state[:, 0]],
        ended=index[np.minimum(state[:, 1], len(index) - 1)],
    )


def _each(field: str, value: float | np.ndarray | None, count: int) -> np.ndarray:
    """One number for all points, or one a point."""
    array = np.atleast_1d(np.asarray(np.nan if value is None else value, dtype=float))
    if array.shape not in ((1,), (count,)):
        raise BadInput("bad_number", field=field, value=f"shape {array.shape}", accepted=f"one number, or {count}")
    return array


def _full(array: np.ndarray, count: int) -> np.ndarray:
    return np.array(np.broadcast_to(array, count))  # a copy, so that the kernel always gets the same types


def _check(points: Points, prepared: Prepared, names: pd.Index) -> None:
    flat = points.weights.reshape(-1, points.weights.shape[2])
    each = points.weights.shape[1]

    def label(row: int) -> str:
        date = "" if each == 1 else f", date {row % each + 1}"
        return f"point {names[row // each]}{date}"

    check_weights(flat, prepared.terms.leverage, label)
    for value in (points.cost_bps.min(), points.cost_bps.max()):
        check_cost(float(value))
    limits: tuple[tuple[str, np.ndarray, Callable[[np.ndarray], np.ndarray], str], ...] = (
        ("band", points.band, lambda x: x <= 10.0, "0 to 10"),
        ("buffer", points.buffer, lambda x: (x >= 0.0) & (x <= 1.0), "0 to 1"),
        ("fixed_cost", points.fixed_cost, lambda x: (x >= 0.0) & np.isfinite(x), "an amount of 0 or more"),
    )
    for field, values, good, accepted in limits:
        bad = ~good(values)
        if bad.any():
            raise BadInput("bad_number", field=field, value=values[bad][0], accepted=accepted)
