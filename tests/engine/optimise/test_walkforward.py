"""Walk-forward weights: the study's answer, other solvers' answers, and what must not change them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput, Infeasible
from engine.optimise import mean_variance, minimum_variance, risk_parity, rolling_moments, walkforward
from tests.engine.optimise.test_quadratic import clarabel_weights


@pytest.fixture(scope="module")
def study():
    """Daily returns of 20 shares, 1990 to 2022, and the first session of each month with 756 rows before it."""
    from skfolio.datasets import load_sp500_dataset

    prices = load_sp500_dataset()
    month = prices.index.year * 12 + prices.index.month
    starts = np.flatnonzero(np.diff(month, prepend=month[0]))
    returns = prices.to_numpy()[1:] / prices.to_numpy()[:-1] - 1.0
    ends = starts - 1
    return returns, ends[ends >= 756]


def market(seed, rows=300, assets=8):
    rng = np.random.default_rng(seed)
    common = rng.normal(0.0003, 0.008, (rows, 1))
    return common * rng.uniform(0.3, 1.5, assets) + rng.normal(0, rng.uniform(0.003, 0.02, assets), (rows, assets))


def test_the_study_of_360_refits_is_met(study):
    returns, ends = study
    assert len(ends) == 360
    weights = mean_variance(returns, ends, 756, 5.0)
    assert (weights**2).sum(axis=1).mean() == pytest.approx(0.236, abs=5e-6)
    mean, covariance = rolling_moments(returns, ends, 756)
    for t in range(0, 360, 15):
        np.testing.assert_allclose(weights[t], clarabel_weights(10 * covariance[t], mean[t]), atol=1e-6)


def test_minimum_variance_is_clarabels(study):
    returns, ends = study
    chosen = ends[::30]
    weights = minimum_variance(returns, chosen, 756, cap=0.15)
    covariance = rolling_moments(returns, chosen, 756)[1]
    for t in range(len(chosen)):
        np.testing.assert_allclose(weights[t], clarabel_weights(covariance[t], np.zeros(20), 0.15), atol=1e-6)


def test_skfolio_gives_the_same_weights(study):
    from skfolio.optimization import MeanRisk, ObjectiveFunction, RiskBudgeting

    returns, ends = study
    chosen = ends[[0, 200]]
    ours = (
        mean_variance(returns, chosen, 756, 5.0),
        minimum_variance(returns, chosen, 756),
        risk_parity(returns, chosen, 756),
    )
    # Daily variances are near the solver's tolerance; scaled up and held tighter, its weights can be compared.
    exact = {
        "solver_params": {"tol_gap_abs": 1e-13, "tol_gap_rel": 1e-13, "tol_feas": 1e-13},
        "scale_objective": 1e4,
    }
    models = (
        MeanRisk(objective_function=ObjectiveFunction.MAXIMIZE_UTILITY, risk_aversion=5.0, **exact),
        MeanRisk(**exact),
        RiskBudgeting(**exact),
    )
    for weights, model in zip(ours, models, strict=True):
        for t, end in enumerate(chosen):
            np.testing.assert_allclose(weights[t], model.fit(returns[end - 756 : end]).weights_, atol=1e-6)


def test_risk_contributions_are_equal_in_the_study(study):
    returns, ends = study
    weights = risk_parity(returns, ends[::6], 756)
    covariance = rolling_moments(returns, ends[::6], 756)[1]
    part = weights * np.einsum("kij,kj->ki", covariance, weights)
    np.testing.assert_allclose(part / part.sum(axis=1, keepdims=True), 1 / 20, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), assets=st.integers(1, 12))
def test_risk_parity_shares_the_risk_and_stands_on_the_simplex(seed, assets):
    returns = market(seed, assets=assets)
    weights = risk_parity(returns, np.array([120, 300]), 100)
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
    for w, end in zip(weights, (120, 300), strict=True):
        part = w * (np.atleast_2d(np.cov(returns[end - 100 : end], rowvar=False)) @ w)
        np.testing.assert_allclose(part, part.mean(), rtol=1e-9)


def test_two_assets_share_by_the_inverse_of_their_volatility():
    returns = market(3, assets=2)
    inverse = 1 / returns[50:300].std(axis=0)
    np.testing.assert_allclose(risk_parity(returns, np.array([300]), 250)[0], inverse / inverse.sum(), rtol=1e-9)


RULES = {
    "mean_variance": lambda returns, ends, window: mean_variance(returns, ends, window, 4.0, cap=0.5),
    "minimum_variance": minimum_variance,
    "risk_parity": risk_parity,
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_the_order_of_the_assets_orders_the_weights(rule, seed, data):
    order = data.draw(st.permutations(range(8)))
    returns, ends = market(seed), np.array([150, 200, 300])
    np.testing.assert_allclose(rule(returns[:, order], ends, 120), rule(returns, ends, 120)[:, order], atol=1e-9)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rows_after_the_end_never_matter(rule):
    returns, ends = market(9), np.array([150, 200, 260])
    whole = rule(returns, ends, 120)
    poisoned = returns.copy()
    poisoned[200:] = np.random.default_rng(0).normal(0, 10, poisoned[200:].shape)
    np.testing.assert_array_equal(rule(returns[:200], ends[:2], 120), whole[:2])
    np.testing.assert_array_equal(rule(poisoned, ends, 120)[:2], whole[:2])


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_dates_taken_in_turns_give_the_same_weights(rule, monkeypatch):
    returns, ends = market(9), np.arange(130, 300, 10)
    whole = rule(returns, ends, 120)
    monkeypatch.setattr(walkforward, "CELLS", 3 * 64)
    np.testing.assert_allclose(rule(returns, ends, 120), whole, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), unit=st.floats(0.01, 100.0))
def test_the_unit_of_returns_does_not_matter(seed, unit):
    returns, ends = market(seed), np.array([150, 300])
    wanted = mean_variance(returns, ends, 120, 3.0)
    np.testing.assert_allclose(mean_variance(returns * unit, ends, 120, 3.0 / unit), wanted, atol=1e-9)
    np.testing.assert_allclose(
        minimum_variance(returns * unit, ends, 120), minimum_variance(returns, ends, 120), atol=1e-9
    )
    np.testing.assert_allclose(risk_parity(returns * unit, ends, 120), risk_parity(returns, ends, 120), atol=1e-9)


def test_who_fears_risk_alone_holds_the_least_of_it():
    returns, ends = market(4), np.array([150, 220, 300])
    np.testing.assert_allclose(mean_variance(returns, ends, 120, 1e9), minimum_variance(returns, ends, 120), atol=1e-7)


def test_who_fears_none_holds_the_highest_mean():
    returns, ends = market(4), np.array([150, 220, 300])
    best = [int(np.argmax(returns[end - 120 : end].mean(axis=0))) for end in ends]
    np.testing.assert_allclose(mean_variance(returns, ends, 120, 1e-9), np.eye(8)[best], atol=1e-9)


@pytest.mark.parametrize("gamma", [0.0, -1.0, np.nan, np.inf])
def test_risk_aversion_must_be_above_zero(gamma):
    with pytest.raises(BadInput) as caught:
        mean_variance(market(0), np.array([200]), 100, gamma)
    assert (caught.value.code, caught.value.field) == ("bad_number", "risk_aversion")


def test_an_asset_without_risk_cannot_bear_its_share():
    returns = market(0)
    returns[:, 3] = 0.0001
    with pytest.raises(BadInput, match="asset 3") as caught:
        risk_parity(returns, np.array([200]), 100)
    assert caught.value.field == "returns"


def test_assets_that_hedge_each_other_fully_have_no_equal_risks():
    returns = market(0, assets=2)
    returns[:, 1] = -2.0 * returns[:, 0]
    with pytest.raises(Infeasible):
        risk_parity(returns, np.array([200]), 100)


def test_every_rule_checks_its_rows():
    for rule in RULES.values():
        with pytest.raises(BadInput) as caught:
            rule(market(0), np.array([99]), 100)
        assert caught.value.code == "range_outside"
