"""How arrays lie in memory decides neither what is compiled nor what an answer holds."""

import numpy as np
import pandas as pd
import pytest

from engine.analytics import SheetPlan, fact_sheet
from engine.backtest import Terms, simulate, simulate_many


@pytest.fixture
def prices():
    dates = pd.bdate_range("2020-01-01", periods=300)
    steps = np.random.default_rng(3).normal(0.0003, 0.01, (300, 3))
    return pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), dates, list("abc"))


def in_pieces(frame):
    """The same frame with a block a column."""
    return pd.concat([frame[[name]] for name in frame], axis=1)


def test_kernels_are_compiled_once_however_inputs_lie_in_memory(prices):
    from engine.backtest import kernels

    dates = prices.index[::40]
    weights = pd.DataFrame(1 / 3, dates, prices.columns)
    simulate(prices, weights)
    simulate_many(prices, weights.iloc[:2], dates=dates)
    before = len(kernels.one.signatures), len(kernels.many.signatures)
    for table in (prices, in_pieces(prices), prices.astype("float32"), prices * 1.0):
        simulate(table, weights, terms=Terms(band=0.1))
        simulate(table, weights.iloc[:1], fill="next_open", opens=table)
        simulate(table, in_pieces(weights), terms=Terms(dividends=prices * 0.0, expense_ratio={"a": 0.01}))
        for count in (1, 2):
            each = np.full(count, 0.1)
            fixed = np.full((count, 3), 1 / 3)
            fixed.flags.writeable = False
            simulate_many(table, fixed, dates=dates, band=each, buffer=each / 2, fixed_cost=0.0)
            simulate_many(table, weights.iloc[:count], dates=dates, cost_bps=each, band=0.1)
    assert (len(kernels.one.signatures), len(kernels.many.signatures)) == before


def test_sheet_kernels_are_compiled_once_with_and_without_a_benchmark(prices):
    from engine.analytics import kernels

    returns = prices.pct_change().iloc[1:]
    fact_sheet(returns["a"], periods_per_year=252)
    SheetPlan.make(prices.index, periods_per_year=252).figures(prices.to_numpy().T)
    before = len(kernels.single.signatures), len(kernels.batch.signatures)
    fact_sheet(returns["a"], returns["b"], periods_per_year=252, risk_free=returns["c"] * 0.0)
    fact_sheet(in_pieces(returns)["b"] * 1.0, returns["a"].astype("float32"), periods_per_year=252)
    plan = SheetPlan.make(prices.index, periods_per_year=252, benchmark=prices["a"])
    plan.figures(prices.to_numpy().T.copy())
    plan.figures(prices.to_numpy().T[:1])
    assert (len(kernels.single.signatures), len(kernels.batch.signatures)) == before


def test_a_result_does_not_change_with_its_callers_frame(prices):
    weights = pd.DataFrame(1 / 3, prices.index[:1], prices.columns)
    result, same = simulate(prices, weights), simulate(prices.copy(), weights)
    prices.iloc[:, 0] *= 2.0
    prices.iloc[10, 1] = 1e6
    pd.testing.assert_frame_equal(result.weights, same.weights)
