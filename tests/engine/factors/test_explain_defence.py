"""Reasons add up to the change of the weights; the defence moves what it says and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors.defence import SPREAD_WIDE, TREND_DOWN, defended, defended_outcome, stress
from engine.factors.evidence import outcome
from engine.factors.explain import contributions
from engine.factors.rivals import rivals
from engine.factors.walkforward import windows


class LinearPolicy:
    def __init__(self, slopes, base):
        self.slopes, self.base = slopes, base

    def weights(self, features):
        return features @ self.slopes + self.base


class FirstSquared:
    """Uses the first two features, with an interaction, and ignores the rest."""

    def weights(self, features):
        first = features[:, 0] ** 2 + features[:, 0] * features[:, 1]
        return np.column_stack([first, -first])


@pytest.mark.parametrize("name", ["ridge", "trees", "active", "ratio", "mean"])
def test_contributions_add_up_to_the_change(policies, full, name):
    policy, state = policies[name], full.features.to_numpy()[-1]
    shared = contributions(policy, state, orders=4)
    assert shared.shape == (34, 8)
    change = policy.weights(state[None, :])[0] - policy.weights(np.zeros((1, 34)))[0]
    np.testing.assert_allclose(shared.sum(axis=0), change, atol=1e-12)
    np.testing.assert_allclose(shared.sum(axis=1), 0.0, atol=1e-12)
    assert np.abs(shared).max() > 1e-4


@given(seed=st.integers(0, 1000))
def test_contributions_to_a_linear_policy_are_its_coefficients(seed):
    random = np.random.default_rng(seed)
    slopes, base, state = random.normal(size=(6, 3)), random.normal(size=3), random.normal(size=6)
    found = contributions(LinearPolicy(slopes, base), state, orders=2, seed=seed)
    np.testing.assert_allclose(found, state[:, None] * slopes, atol=1e-12)


def test_a_feature_that_is_not_used_contributes_nothing():
    shared = contributions(FirstSquared(), np.array([2.0, 3.0, -1.0, 5.0]), orders=8)
    assert (shared[2:] == 0.0).all()
    np.testing.assert_allclose(shared[:2, 0], [4.0 + 3.0, 3.0], atol=1e-12)  # an interaction is shared equally


def test_a_feature_that_no_tree_splits_on_contributes_nothing(policies, full):
    forest, layout = policies["trees"].forecaster.forest, policies["trees"].forecaster.layout
    inner = forest.left != np.arange(forest.left.shape[1])
    split = {int(column) for column in forest.feature[inner]}
    idle = [int(column) for place, column in enumerate(layout.common) if place not in split]
    assert idle
    shared = contributions(policies["trees"], full.features.to_numpy()[-1], orders=4)
    assert np.abs(shared[idle]).max() == 0.0


def test_a_feature_at_its_mean_contributes_nothing(policies, full):
    state = full.features.to_numpy()[-1].copy()
    state[[3, 8]] = 0.0
    assert np.abs(contributions(policies["mean"], state, orders=2)[[3, 8]]).max() == 0.0


def test_the_same_seed_gives_the_same_reasons(policies, full):
    state = full.features.to_numpy()[-1]
    first, again, other = (contributions(policies["ratio"], state, orders=2, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() < 0.02


def level(data):
    return rivals(data, windows(pd.DatetimeIndex(data.returns.index), 1977))["equal_weight"]


def test_stress_is_graded_from_none_to_full(panels):
    for universe, values in (("full", {0.0, 0.5, 1.0}), ("large_cap", {0.0, 0.5, 1.0}), ("factor_etf", {0.0, 1.0})):
        assert set(stress(panels[universe])) == values
    assert stress(panels["full"]).loc["2008-11-30"] == 1.0
    assert stress(panels["full"]).loc["2006-06-30"] == 0.0


def test_stress_by_hand(full):
    calm = full.features * 0.0
    wide, widening = SPREAD_WIDE + 0.01, SPREAD_WIDE + 0.01
    for changes, value in (
        ({}, 0.0),
        ({"default_spread": wide}, 0.5),
        ({"default_spread_3m": widening}, 0.5),
        ({"default_spread": wide, "default_spread_3m": widening}, 0.5),
        ({"market_12_1": TREND_DOWN - 0.01}, 0.5),
        ({"default_spread": wide, "market_12_1": TREND_DOWN - 0.01}, 1.0),
        ({"default_spread": SPREAD_WIDE, "market_12_1": TREND_DOWN}, 0.0),
    ):
        assert (stress(replace(full, features=calm.assign(**changes))) == value).all(), changes


@pytest.mark.parametrize("universe", ["full", "large_cap", "factor_etf"])
def test_no_tilt_and_no_cash_leave_the_weights(panels, universe):
    data = panels[universe]
    found = defended(data, level(data), tilt=0.0, cash=0.0)
    np.testing.assert_array_equal(found["cash"], 0.0)
    np.testing.assert_allclose(found.drop(columns="cash"), level(data), atol=1e-15)
    plain = outcome(data, level(data)).returns
    unmoved = defended_outcome(data, level(data), tilt=0.0, cash=0.0).returns
    np.testing.assert_allclose(unmoved, plain, atol=1e-12)


@pytest.fixture(scope="module")
def equal(full):
    return level(full)


@given(tilt=st.floats(0.0, 1.0), cash=st.floats(0.0, 1.0))
def test_weights_with_cash_sum_to_one(full, equal, tilt, cash):
    found = defended(full, equal, tilt=tilt, cash=cash)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    assert found.to_numpy().min() >= 0.0
    calm = stress(full).loc[found.index] == 0.0
    np.testing.assert_allclose(found.loc[calm].drop(columns="cash"), equal.loc[calm], atol=1e-15)


def test_full_stress_moves_the_shares_asked_for(full):
    found = defended(full, level(full), tilt=0.5, cash=0.4).loc["2008-11-30"]
    assert found["cash"] == pytest.approx(0.4)
    assert found["low_volatility"] == pytest.approx((0.5 / 8 + 0.5) * 0.6)
    assert found["big_value"] == pytest.approx(0.5 / 8 * 0.6)


def test_cash_earns_the_bill(full):
    stressed = replace(full, features=(full.features * 0.0).assign(default_spread=3.0, market_12_1=-3.0))
    returns = defended_outcome(stressed, level(full), tilt=0.0, cash=1.0, cost_bps=0).returns
    np.testing.assert_allclose(returns, full.riskless.loc[returns.index], atol=1e-12)


@pytest.mark.parametrize(("field", "share"), [("tilt", -0.1), ("tilt", 1.1), ("cash", -0.1), ("cash", float("nan"))])
def test_a_share_outside_zero_to_one_is_refused(full, field, share):
    with pytest.raises(BadInput) as raised:
        defended(full, level(full), **({"tilt": 0.5, "cash": 0.0} | {field: share}))
    assert (raised.value.code, raised.value.field) == ("bad_number", field)
