"""Figures of a strategy by hand, and how sure they are."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.factors.evidence import (
    at_least,
    differences,
    mean_gain,
    needed_hit_ratio,
    needed_information_ratio,
    outcome,
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
