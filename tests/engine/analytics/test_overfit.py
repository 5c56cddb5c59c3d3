"""Sharpe ratios under many trials and the probability of overfitting, against the papers and slow direct versions."""

from itertools import combinations
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from engine.analytics import (
    deflated_sharpe,
    expected_best_sharpe,
    minimum_backtest_length,
    overfit,
    overfitting,
    probabilistic_sharpe,
)
from engine.errors import BadInput
from engine.sources import load


def series(values):
    return pd.Series(values, pd.date_range("1975-01-31", periods=len(values), freq="ME"))


def noise(seed, months=240, mean=0.0):
    return series(np.random.default_rng(seed).normal(mean, 0.02, months))


def by_the_paper(values):
    """Bailey and Lopez de Prado 2012, against zero, with population moments of the standardised values."""
    ratio = np.mean(values) / np.std(values, ddof=1)
    standard = (values - np.mean(values)) / np.std(values, ddof=1)
    skew, kurtosis = np.mean(standard**3), np.mean(standard**4)
    spread = sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2)
    return NormalDist().cdf(ratio * sqrt(len(values) - 1) / spread)


@pytest.mark.parametrize("seed", range(3))
def test_with_one_trial_the_deflated_ratio_is_the_probabilistic_one(seed):
    active = noise(seed, mean=0.002)
    assert deflated_sharpe(active, np.array([0.1])) == pytest.approx(by_the_paper(active.to_numpy()), abs=1e-12)
    assert probabilistic_sharpe(active) == deflated_sharpe(active, np.array([0.1]))


def test_more_trials_deflate_more():
    active = noise(1, mean=0.003)
    ratios = np.random.default_rng(0).normal(0, 0.05, 400)
    ratios = (ratios - ratios.mean()) / ratios.std()
    found = [deflated_sharpe(active, 0.05 * np.resize([-1.0, 1.0], count)) for count in (2, 4, 10, 60, 400)]
    assert deflated_sharpe(active, np.array([0.0])) > found[0]
    assert found[0] > found[1] > found[2] > found[3] > found[4]
    assert deflated_sharpe(active, 0.1 * ratios) < deflated_sharpe(active, 0.05 * ratios)


def test_the_deflated_ratio_of_a_known_case():
    """Expected best of 62 trials with deviation 0.05: 0.05 * 2.3421... by the formula of the paper."""
    normal, euler = NormalDist(), 0.5772156649015329
    best = (1 - euler) * normal.inv_cdf(1 - 1 / 62) + euler * normal.inv_cdf(1 - 1 / (62 * np.e))
    ratios = np.resize([-1.0, 1.0], 62)
    ratios = 0.05 * ratios / ratios.std(ddof=1)
    values = np.resize([-1.0, 1.0], 500) * 0.02
    values = values + 0.05 * best * np.std(values, ddof=1)
    assert deflated_sharpe(series(values), ratios) == pytest.approx(0.5, abs=1e-9)


def slow_overfitting(table, parts, equal=False):
    """Split by split, with rank averages and log odds as the paper writes them."""
    kept = len(table) // parts * parts if equal else len(table)
    blocks = np.array_split(table[:kept], parts)
    low = []
    for chosen in combinations(range(parts), parts // 2):
        inside = np.concatenate([blocks[i] for i in chosen])
        outside = np.concatenate([blocks[i] for i in range(parts) if i not in chosen])
        best = int(np.argmax(inside.mean(0) / inside.std(0, ddof=1)))
        rank = rankdata(np.round(outside.mean(0) / outside.std(0, ddof=1), 12))[best]
        share = rank / (table.shape[1] + 1)
        low.append(np.log(share / (1 - share)) <= 0)
    return float(np.mean(low))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("months", "trials"), [(97, 5), (60, 2), (24, 9)])
def test_overfitting_equals_the_slow_direct_way(seed, months, trials):
    table = np.random.default_rng(seed).normal(0.002, 0.02, (months, trials))
    for equal in (False, True):
        found = overfitting(pd.DataFrame(table), 6, equal=equal)
        assert found == pytest.approx(slow_overfitting(table, 6, equal), abs=1e-12)


def test_the_best_of_pure_noise_is_as_often_below_the_median_as_above():
    found = [
        overfitting(pd.DataFrame(np.random.default_rng(seed).normal(0, 0.02, (240, 20))), parts=8) for seed in range(40)
    ]
    assert np.mean(found) == pytest.approx(0.5, abs=0.1)


def test_a_trial_that_is_truly_better_is_not_overfitted():
    table = np.random.default_rng(0).normal(0, 0.02, (240, 20))
    table[:, 7] += 0.02
    assert overfitting(pd.DataFrame(table), parts=8) == 0.0


@pytest.mark.parametrize("shape", [(240, 1), (15, 5)])
def test_overfitting_needs_two_trials_and_enough_months(shape):
    with pytest.raises(BadInput) as raised:
        overfitting(pd.DataFrame(np.ones(shape)))
    assert (raised.value.code, raised.value.field) == ("bad_number", "trials")


def test_overfitting_of_daily_mixes_of_shares_is_the_peers_figure():
    """0.613287 by ffn 1.4.1 (16 equal blocks) on 100 mixes of 20 shares over 8,312 days."""
    daily = load("us_large_caps").frame.pct_change().iloc[1:].to_numpy()
    trials = daily @ np.random.default_rng(0).dirichlet(np.ones(20), size=100).T
    assert overfitting(trials, equal=True) == pytest.approx(0.613287, abs=5e-7)
    assert overfitting(trials) == pytest.approx(0.614375, abs=5e-7)


def test_pieces_of_any_size_give_the_same_answer(monkeypatch):
    table = np.random.default_rng(5).normal(0, 0.02, (60, 7))
    whole = overfitting(table, 10)
    for size in (1, 40, 701):
        monkeypatch.setattr(overfit, "CHUNK", size)
        assert overfitting(table, 10) == whole


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000), st.permutations(range(6)), st.floats(0.1, 50))
def test_neither_the_order_nor_the_scale_of_trials_matters(seed, order, scale):
    table = np.random.default_rng(seed).normal(0.001, 0.02, (40, 6))
    assert overfitting(table[:, order] * scale, 4) == overfitting(table, 4)


def test_trials_that_are_all_the_same_share_the_middle_rank():
    table = np.repeat(np.random.default_rng(0).normal(0, 0.02, (64, 1)), 5, axis=1)
    assert overfitting(table, 4) == slow_overfitting(table, 4) == 1.0


def test_cash_beside_losers_is_the_best_in_every_split():
    table = np.random.default_rng(0).normal(-0.01, 0.02, (64, 5))
    table[:, 2] = 0.0001
    assert overfitting(table, 4) == 0.0


def test_five_years_bear_no_more_than_45_trials():
    """Bailey, Borwein, Lopez de Prado and Zhu (2014): with five years, 45 independent trials make a ratio of 1."""
    assert minimum_backtest_length(45, 1.0) == pytest.approx(5.0, abs=0.05)
    assert minimum_backtest_length(45, 2.0) == pytest.approx(minimum_backtest_length(45, 1.0) / 4)
    assert minimum_backtest_length(1, 1.0) == 0.0
    for trials in (2, 10, 1000):
        assert minimum_backtest_length(trials, 1.0) < 2 * np.log(trials)


@pytest.mark.parametrize("trials", [10, 100, 1000])
def test_the_best_of_many_normal_draws_is_the_expected_best(trials):
    drawn = np.random.default_rng(0).normal(0, 0.3, (4000, trials)).max(axis=1)
    assert expected_best_sharpe(trials, 0.3) == pytest.approx(drawn.mean(), rel=0.025)


def test_one_trial_is_expected_to_reach_nothing():
    assert expected_best_sharpe(1, 0.3) == 0.0


def test_the_probability_falls_with_the_threshold_and_is_half_at_the_ratio_itself():
    active = noise(2, mean=0.003)
    ratio = active.mean() / active.std()
    assert probabilistic_sharpe(active, ratio) == pytest.approx(0.5)
    assert probabilistic_sharpe(active, 0.0) > 0.5 > probabilistic_sharpe(active, ratio + 0.05)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: expected_best_sharpe(0), "trials"),
        (lambda: expected_best_sharpe(3, -1.0), "deviation"),
        (lambda: minimum_backtest_length(0, 1.0), "trials"),
        (lambda: minimum_backtest_length(3, 0.0), "sharpe"),
        (lambda: probabilistic_sharpe(series([0.01])), "returns"),
        (lambda: probabilistic_sharpe(series([0.01, 0.01])), "returns"),
        (lambda: probabilistic_sharpe(series([0.01, np.nan, 0.02])), "returns"),
        (lambda: deflated_sharpe(noise(0), np.array([])), "trials"),
        (lambda: overfitting(np.ones((64, 3)), 5), "parts"),
        (lambda: overfitting(np.full((64, 3), np.nan), 4), "trials"),
        (lambda: overfitting(np.ones(64), 4), "trials"),
    ],
)
def test_what_cannot_be_used_is_refused(call, field):
    with pytest.raises(BadInput) as caught:
        call()
    assert (caught.value.code, caught.value.field) == ("bad_number", field)
