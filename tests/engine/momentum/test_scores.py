"""Scores equal the formula, ranks stay among peers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.momentum.scores import LOOKBACKS, percentiles, scores, size_buckets, total_return_scores

G = np.random.default_rng(5)


def formula(residual, month, back):
    part = residual[month - back : month - 1]  # t - back .. t - 2
    assert len(part) == back - 1
    return part.sum(axis=0) / (part.std(axis=0, ddof=1) * np.sqrt(back - 1))


def test_every_look_back_equals_the_formula_and_skips_the_last_month():
    residual = G.normal(0, 0.05, (60, 7))
    seen = []
    for back, score in scores(residual):
        seen.append(back)
        assert np.isnan(score[: back + 0]).all()
        for month in range(back, 60):
            assert score[month] == pytest.approx(formula(residual, month, back), rel=1e-9)
    assert tuple(seen) == LOOKBACKS == tuple(range(3, 37))


def test_the_decision_month_and_the_one_before_play_no_part():
    residual = G.normal(0, 0.05, (60, 7))
    other = residual.copy()
    other[-2:] = 99.0
    for (_, ours), (_, theirs) in zip(scores(residual), scores(other), strict=True):
        assert np.array_equal(ours[-1], theirs[-1])


def test_a_missing_month_has_no_score_at_look_backs_that_need_it():
    residual = G.normal(0, 0.05, (60, 2))
    residual[40, 0] = np.nan
    for back, score in scores(residual):
        needs = (np.arange(60) - back <= 40) & (np.arange(60) - 2 >= 40) & (np.arange(60) >= back)
        assert np.isnan(score[needs, 0]).all()
        assert np.isfinite(score[(np.arange(60) >= back) & ~needs, 0]).all()


def test_residuals_that_do_not_vary_have_no_score():
    assert all(np.isnan(score).all() for _, score in scores(np.full((50, 3), 0.01)))


def test_total_return_momentum_is_eleven_months_that_end_a_month_ago():
    returns = G.normal(0.01, 0.05, (30, 4))
    score = total_return_scores(returns)
    assert score[20] == pytest.approx(np.prod(1 + returns[9:20], axis=0) - 1)
    assert np.isnan(score[10]).all()


@given(st.integers(0, 2**31), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_ranks_are_shares_in_the_order_of_the_scores(seed, names):
    g = np.random.default_rng(seed)
    score = g.normal(size=(4, names))
    eligible = g.random((4, names)) < 0.8
    place = percentiles(score, eligible)
    assert (np.isfinite(place) == eligible).all()
    for row in range(4):
        inside = place[row, eligible[row]]
        assert ((inside > 0) & (inside < 1)).all()
        assert (np.argsort(inside) == np.argsort(score[row, eligible[row]])).all()
        if len(inside):
            assert inside.mean() == pytest.approx(0.5)


def test_names_are_ranked_among_names_of_their_size():
    caps = np.tile(np.arange(1.0, 201.0), (3, 1))
    eligible = np.ones(caps.shape, dtype=bool)
    bucket = size_buckets(caps, eligible)
    assert [int((bucket[0] == group).sum()) for group in range(5)] == [40] * 5
    place = percentiles(caps, eligible, bucket)  # a score that is size itself: no bucket may lead
    for group in range(5):
        assert place[0, bucket[0] == group].mean() == pytest.approx(0.5)


def test_below_a_hundred_names_with_a_market_value_there_is_one_bucket():
    eligible = np.ones((3, 200), dtype=bool)
    assert size_buckets(None, eligible) is None
    assert size_buckets(np.full((3, 99), 1.0), np.ones((3, 99), dtype=bool)) is None
    some = np.full((3, 200), np.nan)
    some[0] = np.arange(1, 201)
    bucket = size_buckets(some, eligible)
    assert set(bucket[0]) == {0, 1, 2, 3, 4}
    assert set(bucket[1]) == {0}
