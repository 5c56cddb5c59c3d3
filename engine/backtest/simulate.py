"""One portfolio: target weights on given dates, drift in between, proportional cost.

Between two trades the holdings are constant, so their values come from one matrix product; the
loop runs over trades, not over days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from engine.errors import BadInput

Fill = Literal["same_close", "next_close", "next_open"]

_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What a simulation did.

    Attributes
    ----------
    value : Series, shape (T,)
        Portfolio value at each close from the first fill on; 1.0 just before the first trade,
        whose cost is paid.
    weights : DataFrame, shape (T, n)
        Weights at each close, after trades; what is missing to one is cash, which earns nothing.
    turnover : Series
        Sum of absolute weight changes on each fill date, target minus drifted weight.
    cost : Series
        Paid on each fill date, in units of ``value``.
    pending : DataFrame
        Rows of the targets that were still unfilled at the last price.
    """

    value: pd.Series
    weights: pd.DataFrame
    turnover: pd.Series
    cost: pd.Series
    pending: pd.DataFrame
    fill: Fill
    cost_bps: float


def simulate(
    prices: pd.DataFrame,
    target_weights: pd.DataFrame,
    *,
    cost_bps: float = 0.0,
    fill: Fill = "same_close",
    opens: pd.DataFrame | None = None,
) -> BacktestResult:
    """Follow target weights on prices.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        Closing prices or total-return levels, one column an asset; dates unique and increasing.
    target_weights : DataFrame, shape (k, m), m <= n
        One row a rebalancing date (a date of ``prices``), weights at or above zero with a sum of
        at most one; the rest is cash. A column that is absent means a weight of zero.
    cost_bps : float
        Cost on each unit of value traded, buys and sells, in basis points; paid from the
        portfolio at the fill.
    fill : {"same_close", "next_close", "next_open"}
        Price at which a row known at the close of its date is traded. ``same_close`` earns its
        first return on the next date, ``next_close`` on the one after it.
    opens : DataFrame, shape (T, n), optional
        Opening prices; needed for ``next_open``.

    Raises
    ------
    BadInput
        Unknown dates or assets, missing or non-positive prices of a held asset, weights below
        zero or above one in sum, a negative cost, or no opening prices for ``next_open``.
    """
    _check(prices, target_weights, cost_bps, fill, opens)
    targets = target_weights.reindex(columns=prices.columns, fill_value=0.0)
    rows = pd.DatetimeIndex(prices.index).get_indexer(pd.DatetimeIndex(targets.index))
    rows = rows + (0 if fill == "same_close" else 1)
    filled = rows < len(prices)
    pending = target_weights.loc[~filled]
    if not filled.any():
        raise BadInput(
            "bad_number",
            field="target_weights",
            value="no row that can be filled",
            accepted="a date before the last price",
        )
    book = _run(
        prices.to_numpy(dtype=float),
        (prices if opens is None else opens).to_numpy(dtype=float)
        if fill == "next_open"
        else prices.to_numpy(dtype=float),
        rows[filled],
        targets.to_numpy(dtype=float)[filled],
        cost_bps / 1e4,
    )
    index, traded = prices.index[rows[0] :], prices.index[rows[filled]]
    _check_value(book.value, index)
    return BacktestResult(
        value=pd.Series(book.value, index=index, name="value"),
        weights=pd.DataFrame(book.weights, index=index, columns=prices.columns),
        turnover=pd.Series(book.turnover, index=traded, name="turnover"),
        cost=pd.Series(book.cost, index=traded, name="cost"),
        pending=pending,
        fill=fill,
        cost_bps=cost_bps,
    )


@dataclass(frozen=True)
class _Book:
    value: np.ndarray
    weights: np.ndarray
    turnover: np.ndarray
    cost: np.ndarray


def _run(close: np.ndarray, at: np.ndarray, rows: np.ndarray, targets: np.ndarray, rate: float) -> _Book:
    """``at`` holds the fill prices; ``rows`` the row of each fill."""
    begin = int(rows[0])
    value, weights = np.empty(len(close) - begin), np.empty((len(close) - begin, close.shape[1]))
    turnover, cost = np.empty(len(rows)), np.empty(len(rows))
    units, cash = np.zeros(close.shape[1]), 1.0
    for order, row in enumerate(rows):
        held = _worth(units, at[row])
        before = float(held.sum()) + cash
        after = _value_after_cost(held, targets[order], before, rate)
        turnover[order] = np.abs(targets[order] - held / before).sum()
        cost[order] = before - after
        wanted = targets[order] * after
        units = np.divide(wanted, at[row], out=np.zeros_like(wanted), where=wanted > 0)
        cash = after - float(wanted.sum())
        stop = int(rows[order + 1]) + 1 if order + 1 < len(rows) else len(close)
        worth = _worth(units, close[row:stop])
        total = worth.sum(axis=1) + cash
        value[row - begin : stop - begin] = total
        weights[row - begin : stop - begin] = worth / total[:, None]
    return _Book(value, weights, turnover, cost)


def _worth(units: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Units x price, where an asset that is not held needs no price; one bought without a price is worth NaN."""
    return np.where(units != 0, units * price, 0.0)


def _value_after_cost(held: np.ndarray, target: np.ndarray, before: float, rate: float) -> float:
    """Solve ``after + rate * sum |target * after - held| = before``.

    The left side is convex, piecewise linear and rising in ``after``, so Newton's steps from
    ``before`` reach the root exactly after at most one step per kink.
    """
    after = before
    for _ in range(len(held) + 1):
        trade = target * after - held
        gap = after + rate * np.abs(trade).sum() - before
        step = gap / (1.0 + rate * float(target @ np.sign(trade)))
        after -= step
        if abs(step) <= 1e-16 * before:
            break
    return after


def _check(prices: pd.DataFrame, targets: pd.DataFrame, cost_bps: float, fill: str, opens: pd.DataFrame | None) -> None:
    if fill not in get_args(Fill):
        raise BadInput("unknown_choice", field="fill", value=fill, accepted=", ".join(get_args(Fill)))
    if not 0 <= cost_bps < 1e4:
        raise BadInput("bad_number", field="cost_bps", value=cost_bps, accepted="0 to below 10000 basis points")
    for name, frame in (("prices", prices), ("target_weights", targets)):
        index = frame.index
        if not (
            isinstance(index, pd.DatetimeIndex)
            and index.tz is None
            and index.is_monotonic_increasing
            and index.is_unique
            and len(index)
        ):
            raise BadInput("bad_index", field=name, value="its index")
    for name, frame in (("prices", prices), ("target_weights", targets)):
        if not frame.columns.is_unique:
            twice = frame.columns[frame.columns.duplicated()][0]
            raise BadInput("bad_number", field=name, value=f"two columns named '{twice}'", accepted="every asset once")
    stray = targets.index.difference(prices.index)
    if len(stray):
        raise BadInput(
            "range_outside",
            field="target_weights",
            value=stray[0].date(),
            first=prices.index[0].date(),
            last=prices.index[-1].date(),
        )
    unknown = targets.columns.difference(prices.columns)
    if len(unknown):
        raise BadInput(
            "unknown_choice", field="target_weights", value=unknown[0], accepted=", ".join(map(str, prices.columns))
        )
    _check_weights(targets)
    if fill == "next_open" and (
        opens is None or not (opens.index.equals(prices.index) and opens.columns.equals(prices.columns))
    ):
        raise BadInput("no_opens", field="opens", value=fill)
    for name, table in (("prices", prices), ("opens", opens)):
        if table is None:
            continue
        level = table.to_numpy(dtype=float)
        bad = (level <= 0) | np.isinf(level)
        if bad.any():
            raise BadInput(
                "bad_number",
                field=name,
                value=f"{level[bad][0]} on {table.index[bad.any(axis=1)][0].date()}",
                accepted="prices above zero",
            )


def _check_weights(targets: pd.DataFrame) -> None:
    w = targets.to_numpy(dtype=float)
    if not np.isfinite(w).all():
        raise BadInput(
            "missing_value", field="target_weights", value=targets.index[~np.isfinite(w).all(axis=1)][0].date()
        )
    if (w < 0).any() or (w.sum(axis=1) > 1 + _SUM_TOLERANCE).any():
        bad = targets.index[((w < 0).any(axis=1)) | (w.sum(axis=1) > 1 + _SUM_TOLERANCE)][0]
        raise BadInput(
            "bad_number",
            field="target_weights",
            value=f"the row of {bad.date()}",
            accepted="weights at or above 0 with a sum of at most 1",
        )


def _check_value(value: np.ndarray, index: pd.Index) -> None:
    gaps = ~np.isfinite(value)
    if gaps.any():
        raise BadInput("missing_value", field="prices of a held asset", value=index[gaps][0].date())
