"""Target weights without compiled code: for lines and small answers that a page shows at once.

Loading numba costs half a second that a first paint should not pay. Between two trades the holdings are
constant, so their values come from one matrix product; the loop runs over trades, not over days. Answers
equal those of ``simulate`` (a test holds them to 1e-12), which also knows every other term.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from engine.backtest.market import as_dates, check_table, check_weights
from engine.backtest.terms import check_cost
from engine.errors import BadInput


@dataclass(frozen=True, eq=False)
class PlainResult:
    """``value``, ``turnover`` and ``cost`` as in ``BacktestResult``."""

    value: pd.Series
    turnover: pd.Series
    cost: pd.Series


def simulate_plain(
    prices: pd.DataFrame,
    target_weights: pd.DataFrame,
    *,
    cost_bps: float = 0.0,
    fill: Literal["same_close", "next_close"] = "same_close",
) -> PlainResult:
    """Follow target weights on prices that are complete.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        Closing prices or total-return levels without a gap.
    target_weights : DataFrame, shape (k, m), m <= n
        As for ``simulate``; every row can be filled or lies at the end.

    Raises
    ------
    BadInput
        A price that is missing or not above zero, unknown dates or assets, or weights out of range.
    """
    check_cost(cost_bps)
    check_table("prices", prices)
    check_table("target_weights", target_weights)
    close = prices.to_numpy(dtype=float)
    sound = (close > 0) & np.isfinite(close)
    if not sound.all():
        day = as_dates(prices.index)[~sound.all(axis=1)][0].date()
        raise BadInput("missing_value", field="prices of a held asset", value=day)
    rows = prices.index.get_indexer(target_weights.index)
    unknown = target_weights.columns.difference(prices.columns)
    if (rows < 0).any() or len(unknown):
        value = unknown[0] if len(unknown) else target_weights.index[rows < 0][0]
        raise BadInput("bad_number", field="target_weights", value=value, accepted="dates and assets of the prices")
    targets = target_weights.reindex(columns=prices.columns, fill_value=0.0).to_numpy(dtype=float)
    check_weights(targets, 1.0, lambda row: as_dates(target_weights.index[row : row + 1])[0].date())
    rows = np.asarray(rows + (fill == "next_close"))
    filled = rows < len(close)
    value, turnover, cost = _run(close, rows[filled], targets[filled], cost_bps / 1e4)
    traded = prices.index[rows[filled]]
    return PlainResult(
        pd.Series(value, index=prices.index[rows[0] :], name="value"),
        pd.Series(turnover, index=traded, name="turnover"),
        pd.Series(cost, index=traded, name="cost"),
    )


def _run(close: np.ndarray, rows: np.ndarray, targets: np.ndarray, rate: float) -> tuple[np.ndarray, ...]:
    begin = int(rows[0])
    value, turnover, cost = np.empty(len(close) - begin), np.empty(len(rows)), np.empty(len(rows))
    units, cash = np.zeros(close.shape[1]), 1.0
    for order, row in enumerate(rows):
        held = units * close[row]
        before = float(held.sum()) + cash
        after = _value_after_cost(held, targets[order], before, rate)
        turnover[order], cost[order] = np.abs(targets[order] - held / before).sum(), before - after
        wanted = targets[order] * after
        units, cash = wanted / close[row], after - float(wanted.sum())
        stop = int(rows[order + 1]) + 1 if order + 1 < len(rows) else len(close)
        value[row - begin : stop - begin] = close[row:stop] @ units + cash
    return value, turnover, cost


def _value_after_cost(held: np.ndarray, target: np.ndarray, before: float, rate: float) -> float:
    """Solve ``after + rate * sum |target * after - held| = before`` by Newton's steps: convex, piecewise linear."""
    after = before
    for _ in range(len(held) + 1):
        trade = target * after - held
        gap = after + rate * np.abs(trade).sum() - before
        step = gap / (1.0 + rate * float(target @ np.sign(trade)))
        after -= step
        if abs(step) <= 1e-16 * before:
            break
    return after
