"""The look-back is chosen from outcomes that were known, and the choice is the one the rule says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.momentum.lookback import History, choose, combined, history, hold_count, months_of
from engine.momentum.scores import LOOKBACKS, percentiles, scores

G = np.random.default_rng(11)


def past(months=80, seed=0, first=20):
    g = np.random.default_rng(seed)
    top, ic = g.normal(0.01, 0.03, (months, 34)), g.normal(0.02, 0.1, (months, 34))
    top[:first], ic[:first] = np.nan, np.nan
    top[-1], ic[-1] = np.nan, np.nan
    return History(LOOKBACKS, top, ic, np.zeros(months))


@pytest.mark.parametrize("method", ["top", "ic"])
def test_the_choice_has_the_highest_mean_of_all_outcomes_known(method):
    found = past()
    outcome = getattr(found, method)
    weights = choose(found, method, least=10)
    assert np.isnan(weights[:30]).all()
    for month in range(30, 80):
        mean = outcome[20:month].mean(axis=0)  # decisions to month - 1
        assert weights[month].sum() == 1.0
        assert weights[month].argmax() == mean.argmax()


def test_equal_outcomes_choose_the_shorter():
    flat = past()
    flat.top[20:-1] = 0.01
    assert (months_of(choose(flat, "top")[50:], LOOKBACKS) == 3).all()


def test_the_blend_grows_with_past_outcomes_and_forgets():
    found = past()
    found.top[20:-1, 5] += 0.05
    weights = choose(found, "blend", least=10)
    assert np.nansum(weights[30:], axis=1) == pytest.approx(1.0)
    assert (weights[31:].argmax(axis=1) == 5).all()
    assert weights[70, 5] > weights[31, 5]
    late = past(months=300)
    late.top[20:100, 5] += 0.05
    late.top[200:-1, 9] += 0.05
    assert choose(late, "blend")[-1].argmax() == 9


@pytest.mark.parametrize("method", ["top", "ic", "blend"])
@given(seed=st.integers(0, 10_000), cut=st.integers(45, 78))
@settings(max_examples=20, deadline=None)
def test_outcomes_that_were_not_known_change_no_choice(method, seed, cut):
    whole, other = past(seed=seed), past(seed=seed)
    other.top[cut:] = np.random.default_rng(seed + 1).normal(0, 1, other.top[cut:].shape)
    other.ic[cut:] = np.random.default_rng(seed + 2).normal(0, 1, other.ic[cut:].shape)
    assert np.array_equal(choose(whole, method)[: cut + 1], choose(other, method)[: cut + 1], equal_nan=True)


def test_the_outcome_of_the_decision_itself_would_change_it():
    whole, other = past(), past()
    other.top[60, 7] += 5.0
    assert not np.array_equal(choose(whole, "top", known=0)[60], choose(other, "top", known=0)[60])
    assert np.array_equal(choose(whole, "top")[60], choose(other, "top")[60])
    assert not np.array_equal(choose(whole, "top")[61], choose(other, "top")[61])


def test_a_fixed_look_back_needs_no_outcome():
    weights = choose(past(), "fixed", fixed=6)
    assert (months_of(weights, LOOKBACKS) == 6).all()
    with pytest.raises(BadInput):
        choose(past(), "fixed", fixed=40)
    with pytest.raises(BadInput):
        choose(past(), "guess")


def test_history_is_the_mean_of_the_highest_and_their_rank_correlation():
    residual = G.normal(0, 0.05, (70, 60))
    outcome = G.normal(0.01, 0.06, (70, 60))
    outcome[-1] = np.nan
    eligible = np.zeros((70, 60), dtype=bool)
    eligible[40:, :50] = True
    found = history(residual, outcome, eligible, hold=20, fewest=16)
    for column, (_, score) in enumerate(scores(residual)):
        for month in (40, 55, 68):
            s, r = score[month, :50], outcome[month, :50]
            assert found.top[month, column] == pytest.approx(r[np.argsort(-s)[:20]].mean())
            a, b = (np.argsort(np.argsort(x)) for x in (s, r))
            assert found.ic[month, column] == pytest.approx(np.corrcoef(a, b)[0, 1])
    assert np.isnan(found.top[:40]).all()
    assert np.isnan(found.top[-1]).all()
    assert found.average[50] == pytest.approx(outcome[50, :50].mean())


@pytest.mark.parametrize(("eligible", "held"), [(500, 50), (101, 50), (100, 50), (60, 30), (33, 16), (20, 16)])
def test_fewer_names_are_held_on_a_small_panel(eligible, held):
    assert hold_count(eligible, 50, 16) == held


def test_ranks_are_combined_by_weight():
    residual = G.normal(0, 0.05, (45, 30))
    eligible = np.ones((45, 30), dtype=bool)
    weights = np.full((45, 34), np.nan)
    weights[-1] = 0.0
    weights[-1, [3, 9]] = 0.25, 0.75
    found = combined(residual, eligible, weights, None, LOOKBACKS)
    ranks = {back: percentiles(score, eligible)[-1] for back, score in scores(residual)}
    assert found[-1] == pytest.approx(0.25 * ranks[6] + 0.75 * ranks[12])
    assert np.isnan(found[:-1]).all()
