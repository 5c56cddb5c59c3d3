"""Overlays do what they say, keep weights at or above zero, and say when they cannot be used."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors.defence import stress as monthly_stress
from engine.factors.features import panel as factor_panel
from engine.lab import (
    OVERLAYS,
    CashOverlay,
    EqualWeight,
    FactorMomentum,
    LowVolatilityDefence,
    Tilt,
    VolatilityTarget,
    overlaid,
    overlay,
    panel,
)
from tests.engine.lab.lookahead import staggered

SLEEVES = panel("sleeves")


def refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    return caught.value


def momentum(whole, every=12):
    return FactorMomentum().targets(whole, whole.dates[::every])


@pytest.mark.parametrize("kind", OVERLAYS.values())
def test_settings_are_checked_and_survive_json(kind):
    made = kind()
    assert overlay(json.loads(json.dumps(made.to_dict()))) == made
    for parameter in kind.parameters():
        assert getattr(made, parameter.name) == parameter.default
        bad = "none of them" if parameter.kind == "choice" else parameter.low - 1
        assert refused(lambda bad=bad, parameter=parameter: kind(**{parameter.name: bad})).field == parameter.name


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=8, max_size=8).filter(lambda row: sum(row) > 0.01),
    st.floats(0.1, 1.0),
    st.sampled_from([Tilt(strength=0.3), Tilt("market", 2.5), LowVolatilityDefence(1.0), Tilt(strength=3.0)]),
)
def test_what_only_moves_weights_keeps_their_sum(row, total, item):
    weights = np.array(row) / sum(row) * total
    dates = SLEEVES.dates[[300, 500, 690]]
    targets = pd.DataFrame([weights] * 3, index=dates, columns=SLEEVES.prices.columns)
    made = item.applied(SLEEVES, targets)
    np.testing.assert_allclose(made.sum(axis=1), total, atol=1e-12)
    assert (made.to_numpy() >= 0).all()


def test_a_tilt_moves_between_the_core_and_beyond():
    targets = momentum(SLEEVES)
    pd.testing.assert_frame_equal(Tilt(strength=1.0).applied(SLEEVES, targets), targets)
    np.testing.assert_allclose(Tilt(strength=0.0).applied(SLEEVES, targets), 1 / 8, atol=1e-15)
    assert (Tilt("market", 0.0).applied(SLEEVES, targets)["market"] == 1.0).all()
    row = pd.DataFrame([[0.5, 0.3, 0.2, 0, 0, 0, 0, 0]], index=SLEEVES.dates[-1:], columns=SLEEVES.prices.columns)
    moved = np.array([0.125 + 2 * (w - 0.125) for w in row.iloc[0]]).clip(0)
    np.testing.assert_allclose(Tilt(strength=2.0).applied(SLEEVES, row).iloc[0], moved / moved.sum(), atol=1e-15)


def test_a_tilt_to_a_market_needs_one():
    etfs = panel("factor_etfs")
    assert refused(lambda: Tilt("market").applied(etfs, EqualWeight().targets(etfs, etfs.dates[:1]))).field == "core"


@pytest.mark.parametrize("name", ["sleeves", "factor_etfs"])
def test_a_volatility_target_is_met_or_the_cap_is(name):
    whole = panel(name)
    targets = FactorMomentum(held=2).targets(whole, whole.dates[300::50])
    made = VolatilityTarget(0.10, window=60).applied(whole, targets)
    for date, row in made.iterrows():
        past = whole.returns.loc[:date].iloc[-60:] @ row
        reached = past.std() * np.sqrt(whole.periods_per_year)
        full = row.sum() == pytest.approx(1.0)
        assert reached == pytest.approx(0.10, rel=1e-9) or (full and reached < 0.10)
    assert (made.sum(axis=1) < 0.999).any()


def test_leverage_must_be_allowed():
    assert refused(lambda: VolatilityTarget(cap=1.5)).field == "cap"
    whole = panel("classes")
    targets = EqualWeight().targets(whole, whole.dates[100::50])
    made = VolatilityTarget(1.0, 24, 1.5, leverage=True).applied(whole, targets)
    np.testing.assert_allclose(made, 1.5 * targets, atol=1e-15)


def test_a_row_that_cannot_be_measured_is_left_out_and_a_new_asset_counts_as_the_rest():
    whole = staggered()
    targets = EqualWeight().targets(whole, whole.dates[[10, 100, 710]])
    made = VolatilityTarget(0.05, window=60).applied(whole, targets)
    assert list(made.index) == list(whole.dates[[100, 710]])
    rest = targets.iloc[-1].drop("d") / 0.8
    spread = (whole.returns.loc[: whole.dates[710]].iloc[-60:][rest.index] @ rest).std() * np.sqrt(252)
    assert made.iloc[-1].sum() == pytest.approx(0.05 / spread, rel=1e-9)


def slow_stress(returns, row, months):
    """Stress at one month, every moment computed anew from what was known."""
    growth = np.log1p(returns.iloc[: row + 1].to_numpy())
    ends = range(12, len(growth) + 1)
    trend = [growth[end - 12 : end - 1].sum() for end in ends]
    volatility = [growth[end - 6 : end].std(ddof=1) for end in range(6, len(growth) + 1)]

    def score(values):
        return (values[-1] - np.mean(values)) / np.std(values, ddof=1) if len(values) >= months else np.nan

    return 0.5 * (score(volatility) > 1.0) + 0.5 * (score(trend) < -0.5)


def test_stress_is_its_slow_twin_and_rises_in_2008():
    stress = LowVolatilityDefence().stress(SLEEVES)
    market = SLEEVES.returns["market"]
    for row in range(30, len(market), 11):
        assert stress.loc[market.index[row]] == slow_stress(market, row, 60), market.index[row]
    assert stress.loc["2008-11-30"] == 1.0
    assert stress.loc["1995-12-31"] == 0.0
    assert (stress.iloc[:60] == 0.0).all()


def test_the_trend_half_agrees_with_the_defence_of_the_factor_page():
    data = factor_panel("full")
    page = data.features["market_12_1"] < -0.5
    market = SLEEVES.of(["market"])
    ours = LowVolatilityDefence().stress(market).loc[page.index]
    # Half of ours may be volatility, so only months without any stress, and full stress, decide the trend.
    decided = ours != 0.5
    assert ((ours == 1.0) == page)[decided].mean() > 0.97
    assert monthly_stress(data).corr(ours) > 0.5


def test_the_defence_moves_to_the_calm_asset_by_stress():
    dates = pd.DatetimeIndex(["1995-12-31", "2008-11-30"])
    targets = EqualWeight().targets(SLEEVES, dates)
    made = LowVolatilityDefence(0.4).applied(SLEEVES, targets)
    np.testing.assert_allclose(made.iloc[0], 1 / 8)
    assert made.iloc[1]["low_volatility"] == pytest.approx(0.6 / 8 + 0.4)
    assert made.iloc[1]["market"] == pytest.approx(0.6 / 8)


def test_without_a_calm_asset_the_least_volatile_takes_its_place():
    caps = panel("us_large_caps")
    item = LowVolatilityDefence(1.0)
    stressed = item.stress(caps)
    dates = pd.DatetimeIndex(stressed.index[stressed == 1.0][::40])
    made = item.applied(caps, EqualWeight().targets(caps, dates))
    for date in dates:
        calm = caps.returns.loc[:date].iloc[-126:].std().idxmin()
        assert made.loc[date, calm] == pytest.approx(1.0)


def test_cash_and_order():
    targets = momentum(SLEEVES)
    np.testing.assert_allclose(CashOverlay(0.25).applied(SLEEVES, targets), 0.75 * targets)
    both = overlaid(SLEEVES, targets, (CashOverlay(0.5), VolatilityTarget(0.02, 24)))
    other = overlaid(SLEEVES, targets, (VolatilityTarget(0.02, 24), CashOverlay(0.5)))
    assert both.sum(axis=1).mean() > 1.5 * other.sum(axis=1).mean()
    pd.testing.assert_frame_equal(overlaid(SLEEVES, targets, ()), targets)


def test_targets_must_be_those_of_the_panel():
    targets = momentum(SLEEVES)
    assert refused(lambda: CashOverlay().applied(SLEEVES, targets[["market"]])).code == "wrong_labels"
    stray = targets.set_axis(targets.index + pd.Timedelta(days=1))
    assert refused(lambda: CashOverlay().applied(SLEEVES, stray)).code == "range_outside"
