"""Figures of a strategy by hand, and the statistics against known values and slow direct versions."""

from itertools import combinations
from math import sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors.evidence import (
    BLOCK_MONTHS,
    at_least,
    deflated_sharpe,
    differences,
    mean_gain,
    needed_hit_ratio,
    needed_information_ratio,
    outcome,
    overfitting,
    resampled_rows,
    scorecard,
)


def series(values):
    return pd.Series(values, pd.date_range("1975-01-31", periods=len(values), freq="ME"))


def noise(seed, months=240, mean=0.0):
    return series(np.random.default_rng(seed).normal(mean, 0.02, months))


def weights_of(panel, rows):
    return pd.DataFrame(rows, panel.returns.index[: len(rows)], panel.returns.columns, dtype=float)


@pytest.mark.parametrize(
    ("probability", "chance"), [(0.5, 0.0193), (0.6, 0.0834), (0.7, 0.2528), (0.8, 0.5583), (0.0, 0.0), (1.0, 1.0)]
)
def test_ten_of_twelve(probability, chance):
    assert at_least(10, 12, probability) == pytest.approx(chance, abs=5e-5)


@given(st.integers(1, 24), st.floats(0.0, 1.0))
def test_winning_or_losing_is_certain(months, probability):
    for wins in range(months + 2):
        lost = at_least(months - wins + 1, months, 1 - probability)
        assert at_least(wins, months, probability) + lost == pytest.approx(1.0)


def test_the_hit_ratio_that_ten_of_twelve_needs():
    assert needed_hit_ratio() == pytest.approx(0.7833, abs=5e-5)
    assert at_least(10, 12, needed_hit_ratio()) == pytest.approx(0.5)
    assert needed_hit_ratio(7, 12) < needed_hit_ratio(8, 12) < needed_hit_ratio()


def test_the_information_ratio_that_a_hit_ratio_needs():
    assert needed_information_ratio(10 / 12) == pytest.approx(3.35, abs=0.005)
    assert needed_information_ratio(0.5) == pytest.approx(0.0)


def probabilistic_sharpe(values):
    """Bailey and Lopez de Prado 2012, against zero, with population moments of the standardised values."""
    ratio = np.mean(values) / np.std(values, ddof=1)
    standard = (values - np.mean(values)) / np.std(values, ddof=1)
    skew, kurtosis = np.mean(standard**3), np.mean(standard**4)
    spread = sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2)
    return NormalDist().cdf(ratio * sqrt(len(values) - 1) / spread)


@pytest.mark.parametrize("seed", range(3))
def test_with_one_trial_the_deflated_ratio_is_the_probabilistic_one(seed):
    active = noise(seed, mean=0.002)
    assert deflated_sharpe(active, np.array([0.1])) == pytest.approx(probabilistic_sharpe(active.to_numpy()), abs=1e-12)


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


def slow_overfitting(table, parts):
    blocks = np.array_split(table, parts)
    low = []
    for chosen in combinations(range(parts), parts // 2):
        inside = np.concatenate([blocks[i] for i in chosen])
        outside = np.concatenate([blocks[i] for i in range(parts) if i not in chosen])
        best = int(np.argmax(inside.mean(0) / inside.std(0)))
        ratios = outside.mean(0) / outside.std(0)
        rank = sorted(ratios).index(ratios[best]) + 1
        low.append(np.log(rank / (len(ratios) + 1) / (1 - rank / (len(ratios) + 1))) <= 0)
    return float(np.mean(low))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("months", "trials"), [(97, 5), (60, 2), (24, 9)])
def test_overfitting_equals_the_slow_direct_way(seed, months, trials):
    table = np.random.default_rng(seed).normal(0.002, 0.02, (months, trials))
    assert overfitting(pd.DataFrame(table), parts=6) == pytest.approx(slow_overfitting(table, 6), abs=1e-12)


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


def test_resampled_rows_run_on_for_about_a_block():
    rows = resampled_rows(507, draws=200)
    assert rows.shape == (200, 507)
    assert (rows.min(), rows.max()) == (0, 506)
    broken = (np.diff(rows, axis=1) % 507) != 1
    assert 1 / broken.mean() == pytest.approx(BLOCK_MONTHS, rel=0.05)
    counts = np.bincount(rows.ravel(), minlength=507)
    assert counts.min() > 0.5 * counts.mean()
    np.testing.assert_array_equal(rows, resampled_rows(507, draws=200))
    assert not np.array_equal(rows, resampled_rows(507, draws=200, seed=8))


def test_a_series_is_not_better_than_itself():
    for found in differences(noise(0), noise(0)).values():
        assert (found.value, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)


def test_differences_of_a_better_series():
    rival = noise(0)
    found = differences(rival + 0.01, rival)
    ratio = (rival.mean() + 0.01) / rival.std() * sqrt(12) - rival.mean() / rival.std() * sqrt(12)
    assert found["information_ratio"].value == pytest.approx(ratio)
    assert found["hit_ratio"].value == pytest.approx(((rival + 0.01) > 0).mean() - (rival > 0).mean())
    for figure in found.values():
        assert figure.low <= figure.value <= figure.high
        assert figure.p_value < 0.001
    worse = differences(rival, rival + 0.01)
    assert worse["information_ratio"].value == pytest.approx(-found["information_ratio"].value)
    assert worse["information_ratio"].p_value > 0.999


def test_the_mean_gain_and_its_interval():
    rival = noise(0, months=600)
    gain = noise(1, months=600, mean=0.001)
    found = mean_gain(rival + gain, rival)
    assert found.value == pytest.approx(gain.mean() * 12)
    assert found.low < found.value < found.high
    assert found.high - found.low == pytest.approx(2 * 1.96 * gain.std() * 12 / sqrt(600), rel=0.25)


def test_turnover_is_half_the_sum_of_absolute_changes_a_year(make_panel):
    data = make_panel({"market": [0.0] * 25, "other": [0.0] * 25})
    weights = weights_of(data, [[0.5, 0.5], [0.75, 0.25]] * 12)
    card = scorecard(data, outcome(data, weights, cost_bps=0))
    assert card.turnover == pytest.approx(0.5 / 2 * 12)


def test_turnover_counts_drift(make_panel):
    data = make_panel({"market": [0.0] * 13, "other": [0.1] * 13})
    done = outcome(data, weights_of(data, [[0.5, 0.5]] * 12), cost_bps=0)
    drifted = 0.55 / 1.05
    assert scorecard(data, done).turnover == pytest.approx((drifted - 0.5) * 2 / 2 * 12)


def test_a_months_return_is_that_of_the_weights_decided_before_it(make_panel):
    random = np.random.default_rng(0)
    data = make_panel({name: random.normal(0.01, 0.04, 40) for name in ("market", "a", "b")})
    weights = weights_of(data, random.dirichlet(np.ones(3), 39))
    done = outcome(data, weights, cost_bps=0)
    expected = (weights.to_numpy() * data.returns.to_numpy()[1:]).sum(axis=1)
    np.testing.assert_allclose(done.returns, expected, atol=1e-12)
    assert done.returns.index.equals(data.returns.index[1:])


def test_a_delay_shifts_every_decision_by_a_month(make_panel):
    random = np.random.default_rng(1)
    data = make_panel({name: random.normal(0.01, 0.04, 40) for name in ("market", "a", "b")})
    weights = weights_of(data, random.dirichlet(np.ones(3), 39))
    late = outcome(data, weights, cost_bps=0, delay=1)
    expected = (weights.to_numpy()[:-1] * data.returns.to_numpy()[2:]).sum(axis=1)
    np.testing.assert_allclose(late.returns, expected, atol=1e-12)
    assert late.returns.index.equals(data.returns.index[2:])


def test_cost_is_paid_on_what_is_traded(make_panel):
    data = make_panel({"market": [0.0] * 25, "other": [0.0] * 25})
    weights = weights_of(data, [[1.0, 0.0], [0.0, 1.0]] * 12)
    free, paid = (outcome(data, weights, cost_bps=bps).returns for bps in (0, 10))
    np.testing.assert_allclose(free, 0.0, atol=1e-15)
    np.testing.assert_allclose(paid.iloc[:-1], -0.002, atol=1e-5)  # paid at the close, so in the month it ends
    assert paid.iloc[-1] == 0.0  # nothing is traded at the last close


def test_dearer_trading_earns_less(full, used):
    from engine.factors.rivals import rivals

    weights = rivals(full, used)["factor_momentum"]
    earned = [scorecard(full, outcome(full, weights, cost_bps=bps), "1975-01").annual_return for bps in (0, 10, 50)]
    assert earned[0] > earned[1] > earned[2]
    assert earned[0] - earned[1] == pytest.approx(1.836 * 2 * 0.001, rel=0.3)


def test_months_and_years_won_by_hand(make_panel):
    ahead = [0.01] * 10 + [-0.01] * 2 + [0.01] * 6 + [-0.01] * 6
    data = make_panel({"market": [0.02] * 25, "other": [0.0] + [0.02 + step for step in ahead]})
    late = pd.date_range("1999-12-31", periods=25, freq="ME")
    for frame in (data.features, data.returns):
        frame.index = late
    data.riskless.index = late
    card = scorecard(data, outcome(data, weights_of(data, [[0.0, 1.0]] * 24), cost_bps=0))
    assert card.hit_ratio == pytest.approx(16 / 24)
    assert card.years_10_of_12 == pytest.approx(0.5)
    runs = [sum(step > 0 for step in ahead[start : start + 12]) >= 7 for start in range(13)]
    assert card.rolling_12_won == pytest.approx(np.mean(runs))
