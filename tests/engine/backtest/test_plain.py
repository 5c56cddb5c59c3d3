"""The uncompiled path answers as the compiled one does."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest import rebalance_dates, simulate
from engine.backtest.plain import simulate_plain
from engine.errors import BadInput
from engine.paths import ROOT
from engine.sources import load


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 6),
    st.sampled_from([0.0, 10.0, 300.0]),
    st.sampled_from(["same_close", "next_close"]),
)
def test_both_paths_agree(seed, assets, cost, fill):
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2020-01-01", periods=30)
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.05, (30, assets)).cumsum(axis=0)), index=index)
    rows = index[np.sort(rng.choice(29, size=5, replace=False))]
    weights = pd.DataFrame(rng.dirichlet(np.ones(assets + 1), size=5)[:, :assets], index=rows)
    plain = simulate_plain(prices, weights, cost_bps=cost, fill=fill)
    compiled = simulate(prices, weights, cost_bps=cost, fill=fill)
    for name in ("value", "turnover", "cost"):
        ours, theirs = getattr(plain, name), getattr(compiled, name)
        assert ours.index.equals(theirs.index)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_33_years_agree():
    prices = load("us_large_caps").frame
    weights = pd.DataFrame(0.05, index=rebalance_dates(prices.index, "monthly"), columns=prices.columns)
    plain, compiled = simulate_plain(prices, weights, cost_bps=5), simulate(prices, weights, cost_bps=5)
    np.testing.assert_allclose(plain.value, compiled.value, rtol=1e-12)


def test_it_loads_no_compiler():
    program = "import sys; from engine.lines import line; line('etf_equal_weight'); line('ai_etf'); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("level", [np.nan, 0.0, -1.0, np.inf])
def test_a_price_that_is_no_price_is_refused(level):
    index = pd.bdate_range("2020-01-01", periods=3)
    prices = pd.DataFrame({"A": [1.0, level, 1.0]}, index=index)
    with pytest.raises(BadInput, match="2020-01-02"):
        simulate_plain(prices, pd.DataFrame({"A": [1.0]}, index=index[:1]))


@pytest.mark.parametrize("weights", [{"B": [1.0]}, {"A": [1.2]}, {"A": [-0.1]}])
def test_targets_that_cannot_be_used_are_refused(weights):
    index = pd.bdate_range("2020-01-01", periods=3)
    prices = pd.DataFrame({"A": [1.0, 1.0, 1.0]}, index=index)
    with pytest.raises(BadInput):
        simulate_plain(prices, pd.DataFrame(weights, index=index[:1]))
