"""Every model gives weights on the simplex, from its training rows only, whatever it was batched with."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV

from engine.factors.models import Mean, Nets, Ridge, Trees, default_ai
from engine.factors.models.forecast import MOST, TEMPERATURE, SoftmaxPolicy
from engine.factors.models.nets import Ensemble, _Stack
from engine.factors.models.ridge import PENALTIES
from engine.factors.models.trees import Forest, Layout
from engine.factors.walkforward import labels, shrink

LEAST = {"ridge": 0.5, "trees": 0.5, "active": 0.5, "ratio": 0.65, "mean": 0.5375}
"""Share of equal weight that each model of the fixture keeps."""


def year(used, *wanted):
    return [window for window in used if window.year in wanted]


@given(states=arrays(float, (3, 34), elements=st.floats(-3.0, 3.0)))
def test_weights_lie_on_the_simplex_and_above_their_bound(policies, states):
    for name, policy in policies.items():
        weights = policy.weights(states)
        assert weights.shape == (3, 8)
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
        assert weights.min() >= LEAST[name] / 8 - 1e-12, name


@given(state=arrays(float, 34, elements=st.floats(-1e6, 1e6)))
def test_an_absurd_state_still_gives_weights(policies, state):
    for policy in policies.values():
        weights = policy.weights(state[None, :])
        assert np.isfinite(weights).all()
        assert weights.sum() == pytest.approx(1.0)


def test_the_policies_are_not_indifferent_to_the_state(policies, full):
    for name, policy in policies.items():
        moved = np.ptp(policy.weights(full.features.to_numpy()[-60:]), axis=0).max()
        assert moved > 0.01, name


@pytest.mark.parametrize("seed", range(4))
def test_trees_as_arrays_predict_what_the_library_predicts(seed):
    random = np.random.default_rng(seed)
    known = random.normal(size=(300, 5)).round(1)
    target = known[:, 0] * (known[:, 1] > 0) + random.normal(size=300)
    booster = HistGradientBoostingRegressor(
        max_iter=25, max_leaf_nodes=3 + 4 * seed, min_samples_leaf=8, random_state=0
    )
    booster.fit(known, target)
    asked = np.vstack([known, random.normal(size=(500, 5)) * 3])
    np.testing.assert_allclose(Forest.of(booster).predict(asked), booster.predict(asked), atol=1e-9, rtol=0)


def test_trees_know_each_sleeve_by_its_own_features(full):
    layout = Layout.of(full)
    names, values = list(full.features.columns), full.features.to_numpy()[:5]
    pooled = layout.pool(values)
    assert pooled.shape == (7 * 5, len(layout.common) + 3)
    for order, sleeve in enumerate(full.returns.columns[1:]):
        block = pooled[order * 5 : (order + 1) * 5]
        np.testing.assert_array_equal(block[:, -3], values[:, names.index(f"active_12m_{sleeve}")])
        np.testing.assert_array_equal(block[:, -2], values[:, names.index(f"active_1m_{sleeve}")])
        assert (block[:, -1] == order).all()
    assert not any(names[column].startswith("active_") for column in layout.common)


def test_pooled_forecasts_belong_to_their_sleeve_and_month(policies, full):
    pooled = policies["trees"].forecaster
    values = full.features.to_numpy()[-4:]
    together = pooled.predict(values)
    assert together.shape == (4, 7)
    for row in range(4):
        np.testing.assert_allclose(pooled.predict(values[row : row + 1])[0], together[row], atol=1e-15)


def test_ridge_forecasts_are_the_librarys(full, used):
    (window,) = year(used, 1990)
    policy = Ridge().fit(full, [window])[0]
    known, target = full.features.to_numpy()[: window.train], labels(full, window.train)
    asked = full.features.to_numpy()[window.decide]
    expected = np.column_stack([RidgeCV(PENALTIES).fit(known, column).predict(asked) for column in target.T])
    np.testing.assert_allclose(policy.forecaster.predict(asked), expected, atol=1e-12)


def test_forecasts_become_weights_by_the_softmax():
    class Fixed:
        def predict(self, features):
            return np.array([[0.001, -0.002], [9.0, -9.0]])

    volatility = np.array([0.02, 0.03])
    found = SoftmaxPolicy(Fixed(), volatility, 0.5).weights(np.zeros((2, 1)))
    scores = np.array([0.0, 0.001 / 0.02 * 4 * 12**0.5, -0.002 / 0.03 * 4 * 12**0.5])
    assert pytest.approx(4 * 12**0.5) == TEMPERATURE
    np.testing.assert_allclose(found[0], 0.5 * np.exp(scores) / np.exp(scores).sum() + 0.5 / 3)
    cut = np.exp([0.0, MOST, -MOST])
    np.testing.assert_allclose(found[1], 0.5 * cut / cut.sum() + 0.5 / 3)


NETS = Nets("nets", "active", 0.5, (0, 1), steps=100)


@pytest.fixture(scope="module")
def alone(full, used):
    return [NETS.fit(full, [window])[0] for window in year(used, 1973, 1990, 2016)]


@pytest.mark.parametrize("groups", [1, 2])
def test_networks_are_the_same_alone_and_batched(full, used, alone, groups):
    chosen = year(used, 1973, 1990, 2016)
    together = replace(NETS, groups=groups).fit(full, chosen)
    for one, other, window in zip(alone, together, chosen, strict=True):
        asked = full.features.to_numpy()[window.decide]
        assert np.abs(one.by_seed(asked) - other.by_seed(asked)).max() <= 1e-4


@pytest.mark.parametrize("objective", ["ratio_hit", "sharpe"])
def test_other_objectives_are_the_same_alone_and_batched(full, used, objective):
    chosen = year(used, 1975, 2015)
    nets = replace(NETS, objective=objective, seeds=(3,), steps=60)
    together = replace(nets, groups=1).fit(full, chosen)
    for window, other in zip(chosen, together, strict=True):
        asked = full.features.to_numpy()[window.decide]
        assert np.abs(nets.fit(full, [window])[0].weights(asked) - other.weights(asked)).max() <= 1e-4


def test_a_seeds_network_does_not_depend_on_the_other_seeds(full, used, alone):
    (window,) = year(used, 1990)
    asked = full.features.to_numpy()[window.decide]
    more = replace(NETS, seeds=(5, 1, 9)).fit(full, [window])[0]
    assert np.abs(more.by_seed(asked)[1] - alone[1].by_seed(asked)[1]).max() <= 1e-4
    assert np.abs(more.by_seed(asked)[0] - alone[1].by_seed(asked)[1]).max() > 1e-3


def test_fitting_again_gives_the_same_network(full, used, alone):
    again = NETS.fit(full, year(used, 1973))[0]
    for ours, theirs in zip(again.parameters, alone[0].parameters, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_networks_answer_without_torch_as_with_it(full, alone):
    asked = full.features.to_numpy()[-24:]
    for ensemble in alone:
        stack = _Stack(tuple(torch.from_numpy(parameter) for parameter in ensemble.parameters))
        raw = stack.forward(torch.from_numpy(asked.T.copy()), None).numpy().transpose(0, 2, 1)
        np.testing.assert_allclose(ensemble.by_seed(asked), shrink(raw, 0.5), atol=1e-12)
        np.testing.assert_allclose(ensemble.weights(asked), shrink(raw, 0.5).mean(axis=0), atol=1e-12)


def test_training_raises_what_it_is_asked_to_raise(full, used):
    """Mean active return in the training window: higher after training than at the start."""
    (window,) = year(used, 2000)
    rows = slice(0, window.train)

    def gain(steps):
        policy = Nets("nets", "active", 0.0, (0,), steps=steps, dropout=0.0, decay=0.0).fit(full, [window])[0]
        weights = policy.weights(full.features.to_numpy()[rows])
        return float(((weights[:, 1:]) * labels(full, window.train)).sum(axis=1).mean())

    assert gain(60) > gain(1) + 0.001


def test_training_needs_nothing_after_its_last_label(small_models, policies, full, used):
    (window,) = year(used, 2000)
    rows = window.train + 1
    part = replace(
        full, features=full.features.iloc[:rows], returns=full.returns.iloc[:rows], riskless=full.riskless.iloc[:rows]
    )
    asked = full.features.to_numpy()[window.decide]
    for name, model in small_models.items():
        found = model.fit(part, [window])[0].weights(asked)
        assert np.abs(found - policies[name].weights(asked)).max() <= 1e-5, name


def test_the_mean_is_the_mean_of_its_members(policies, full):
    asked = full.features.to_numpy()[-12:]
    members = [policies[name].weights(asked) for name in ("ridge", "trees", "active", "ratio")]
    np.testing.assert_allclose(policies["mean"].weights(asked), np.mean(members, axis=0), atol=1e-15)


def test_the_default_is_the_study_s():
    ai = default_ai()
    assert [member.name for member in ai.members] == ["ridge", "trees", "net_active", "net_ratio_hit"]
    assert all(isinstance(member, (Ridge, Trees, Nets)) for member in ai.members)
    assert min(member.shrink for member in ai.members) >= 0.5
    assert isinstance(ai, Mean)
    assert [member.seeds for member in default_ai(3).members[2:]] == [(0, 1, 2), (0, 1, 2)]


@pytest.mark.parametrize("universe", ["large_cap", "factor_etf"])
def test_every_model_fits_every_universe(panels, small_models, universe):
    from engine.factors.walkforward import windows

    data = panels[universe]
    chosen = windows(pd.DatetimeIndex(data.returns.index), 2010)[:1]
    weights = small_models["mean"].fit(data, chosen)[0].weights(data.features.to_numpy()[chosen[0].decide])
    assert weights.shape == (12, data.returns.shape[1])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_progress_counts_windows(full, used):
    told = []
    replace(NETS, seeds=(0,), steps=1, groups=2).fit(full, year(used, 1990, 1991, 1992), told.append)
    assert told == [2, 3]
    assert isinstance(replace(NETS, steps=1).fit(full, year(used, 1990))[0], Ensemble)
