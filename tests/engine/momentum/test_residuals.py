"""Residuals equal those of statsmodels' rolling regression, with and without missing months."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.rolling import RollingOLS

from engine.errors import BadInput
from engine.momentum import factors, panel, residuals
from tests.engine.momentum import world


def reference(returns, spreads, bill, window, least):
    """The plain way: one rolling regression a name; its residual is that of each window's last month."""
    answer = np.full(returns.shape, np.nan)
    design = np.column_stack([np.ones(len(spreads)), spreads])
    for name in range(returns.shape[1]):
        excess = returns[:, name] - bill
        fit = RollingOLS(excess, design, window=window, min_nobs=least, missing="drop").fit()
        answer[:, name] = excess - (fit.params * design).sum(axis=1)
    answer[: window - 1] = np.nan
    return answer


def made(names=12, months=90, holes=0.0, seed=0):
    model = world.factors(pd.date_range("2000-01-31", periods=months, freq="ME"), seed)
    returns = world.monthly_returns(model, names, seed)
    if holes:
        returns[np.random.default_rng(seed).random(returns.shape) < holes] = np.nan
    return returns, model.table[["Mkt-RF", "SMB", "HML"]].to_numpy().copy(), model.table["RF"].to_numpy()


def difference(ours, theirs):
    assert (np.isnan(ours) == np.isnan(theirs)).all()
    return np.nanmax(np.abs(ours - theirs))


def test_complete_histories_equal_the_rolling_regression():
    returns, spreads, bill = made()
    found = residuals(returns, spreads, bill)
    assert difference(found.returns, reference(returns, spreads, bill, 36, 36)) < 1e-10
    assert found.partial == 0
    assert np.isnan(found.returns[:35]).all()
    assert np.isfinite(found.returns[35:]).all()


@pytest.mark.parametrize("least", [8, 24, 30])
def test_windows_with_missing_months_equal_the_rolling_regression(least):
    returns, spreads, bill = made(holes=0.15, seed=3)
    found = residuals(returns, spreads, bill, least=least)
    assert found.partial > 100
    assert difference(found.returns, reference(returns, spreads, bill, 36, least)) < 1e-10


def test_the_bundled_shares_equal_the_rolling_regression():
    months, model = panel().months, factors()
    spreads, bill = model.on(months.ends)
    found = residuals(months.returns, spreads, bill)
    inside = np.isfinite(spreads[:, 0])
    theirs = np.full(months.returns.shape, np.nan)
    begun = int(np.flatnonzero(np.isfinite(months.returns).all(axis=1))[0])
    rows = slice(begun, int(np.flatnonzero(inside)[-1]) + 1)
    theirs[rows] = reference(months.returns[rows], spreads[rows], bill[rows], 36, 36)
    assert difference(found.returns, theirs) < 1e-10
    assert np.isfinite(found.returns).sum() > 6000


def test_short_histories_and_missing_months_have_no_residual_and_are_counted():
    returns, spreads, bill = made()
    returns[:70, 0] = np.nan
    returns[60, 1] = np.nan
    found = residuals(returns, spreads, bill)
    assert np.isnan(found.returns[:, 0]).all()
    assert found.short[70:, 0].all()
    assert np.isnan(found.returns[60:, 1]).all()
    assert np.isfinite(found.returns[59, 1])
    assert found.short[61:, 1].all()
    assert not found.short[60, 1]


def test_a_month_without_factors_counts_as_missing_for_everybody():
    returns, spreads, bill = made()
    spreads[50] = np.nan
    found = residuals(returns, spreads, bill)
    assert np.isnan(found.returns[50:86]).all()
    assert np.isfinite(found.returns[86]).all()


def test_factors_that_cannot_be_told_apart_give_no_residual():
    returns, spreads, bill = made()
    spreads[:, 2] = spreads[:, 1]
    found = residuals(returns, spreads, bill)
    assert np.isnan(found.returns).all()
    assert found.singular == len(returns) - 35


@given(st.integers(0, 2**31), st.floats(-3, 3), st.floats(-3, 3))
@settings(max_examples=25, deadline=None)
def test_what_the_factors_explain_leaves_nothing(seed, beta, size):
    _, spreads, bill = made(seed=seed % 1000)
    explained = bill + 0.01 + spreads @ np.array([beta, size, -0.4])
    g = np.random.default_rng(seed)
    noise = g.normal(0, 0.05, len(bill))
    plain = residuals(noise[:, None] + bill[:, None], spreads, bill).returns[:, 0]
    both = residuals((explained + noise)[:, None], spreads, bill).returns[:, 0]
    nothing = residuals(explained[:, None], spreads, bill).returns[35:, 0]
    assert np.abs(nothing).max() < 1e-12
    assert np.nanmax(np.abs(plain - both)) < 1e-12


@pytest.mark.parametrize(("window", "least"), [(11, None), (36, 5), (36, 37)])
def test_windows_that_cannot_be_estimated_are_refused(window, least):
    returns, spreads, bill = made()
    with pytest.raises(BadInput):
        residuals(returns, spreads, bill, window=window, least=least)
