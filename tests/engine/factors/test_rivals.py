"""Rivals decide from the past, sum to one, and earn what the study found."""

import numpy as np
import pandas as pd
import pytest

from engine.factors.evidence import outcome, scorecard
from engine.factors.features import panel
from engine.factors.rivals import constant_mix, factor_momentum, random_mixes, rivals
from engine.factors.walkforward import windows


@pytest.fixture(scope="module")
def found(full, used):
    return rivals(full, used)


@pytest.fixture(scope="module")
def cards(full, found):
    return {name: scorecard(full, outcome(full, weights), "1975-01") for name, weights in found.items()}


def test_equal_weight_earns_what_the_study_found(full, found, cards):
    card = cards["equal_weight"]
    assert card.hit_ratio == pytest.approx(305 / 507)
    assert card.hit_ratio == pytest.approx(0.6016, abs=5e-5)
    assert card.information_ratio == pytest.approx(0.82, abs=0.005)
    assert card.max_drawdown == pytest.approx(-0.49, abs=0.005)
    assert card.annual_return == pytest.approx(0.156, abs=0.0005)
    assert card.turnover == pytest.approx(0.107, abs=0.005)
    assert card.years_10_of_12 == pytest.approx(4 / 42)
    returns = outcome(full, found["equal_weight"]).returns.loc["1975-01":]
    assert (returns.index[0], returns.index[-1], len(returns)) == (
        pd.Timestamp("1975-01-31"),
        pd.Timestamp("2017-03-31"),
        507,
    )


def test_equal_weight_before_and_after_1996(full, found):
    done = outcome(full, found["equal_weight"])
    assert scorecard(full, done, "1975-01", "1995-12").hit_ratio == pytest.approx(0.631, abs=0.0005)
    assert scorecard(full, done, "1996-01").hit_ratio == pytest.approx(0.573, abs=0.0005)


def test_the_other_rivals_earn_what_the_study_found(cards):
    assert 0.592 <= cards["risk_parity"].hit_ratio <= 0.594
    assert cards["risk_parity"].information_ratio == pytest.approx(0.80, abs=0.006)
    assert cards["static_best"].hit_ratio == pytest.approx(0.584, abs=0.0005)
    assert cards["static_best"].information_ratio == pytest.approx(0.61, abs=0.005)
    assert cards["factor_momentum"].information_ratio == pytest.approx(0.76, abs=0.005)
    assert cards["factor_momentum"].turnover == pytest.approx(1.84, abs=0.01)


def test_the_market_is_not_scored_against_itself(cards):
    card = cards["market"]
    assert (card.hit_ratio, card.information_ratio, card.tracking_error, card.years_10_of_12) == (None,) * 4
    assert card.annual_return == pytest.approx(0.123, abs=0.0005)
    assert card.turnover == pytest.approx(0.0, abs=1e-12)


def test_equal_weight_of_the_large_cap_universe(panels):
    data = panels["large_cap"]
    weights = rivals(data, windows(pd.DatetimeIndex(data.returns.index)))["equal_weight"]
    card = scorecard(data, outcome(data, weights), "1975-01")
    assert card.hit_ratio == pytest.approx(0.544, abs=0.0005)
    assert card.information_ratio == pytest.approx(0.12, abs=0.005)


def test_rows_sum_to_one_and_cover_every_decision(full, used, found):
    rows = np.concatenate([window.decide for window in used])
    for name, weights in found.items():
        assert weights.index.equals(full.returns.index[rows]), name
        np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-12)
        assert weights.to_numpy().min() >= 0.0


@pytest.mark.parametrize("cut", ["1987-09-30", "2008-10-31"])
def test_no_rival_looks_ahead(history, found, cut):
    part = panel("full", history.until(pd.Timestamp(cut)))
    early = rivals(part, windows(pd.DatetimeIndex(part.returns.index)))
    for name, weights in early.items():
        assert weights.index[-1] == pd.Timestamp(cut)
        pd.testing.assert_frame_equal(weights, found[name].loc[:cut], check_exact=True, check_freq=False, obj=name)


def test_risk_parity_by_hand(full, used, found):
    window = used[30]
    known = full.returns.iloc[window.train - 119 : window.train + 1]
    assert known.index[-1] == full.returns.index[window.decide[0]] - pd.offsets.MonthEnd(1)
    inverse = 1.0 / np.std(known.to_numpy(), axis=0, ddof=1)
    np.testing.assert_allclose(found["risk_parity"].loc[full.returns.index[window.decide[0]]], inverse / inverse.sum())


def test_factor_momentum_holds_the_three_that_did_best(full):
    weights = factor_momentum(full)
    month = pd.Timestamp("2008-10-31")
    year = full.returns.loc[:month].iloc[-12:]
    ahead = year.sub(year["market"], axis=0).sum()
    assert set(weights.columns[weights.loc[month] > 0]) == set(ahead.nlargest(3).index)
    assert weights.loc[month].max() == pytest.approx(1 / 3)


def test_the_constant_mix_is_the_average_held(found):
    mix = constant_mix(found["factor_momentum"])
    np.testing.assert_allclose(mix.iloc[0], found["factor_momentum"].mean())
    assert (mix == mix.iloc[0]).to_numpy().all()


def test_random_mixes_are_constant_and_reproducible(found):
    first, again = random_mixes(found["market"], 5), random_mixes(found["market"], 5)
    for one, other in zip(first, again, strict=True):
        pd.testing.assert_frame_equal(one, other)
        assert (one == one.iloc[0]).to_numpy().all()
        assert one.iloc[0].sum() == pytest.approx(1.0)
    assert not np.allclose(first[0], first[1])
