"""Views: no strength without evidence, the factor mix inside US equity, closed forms."""

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.factors import results
from engine.factors.sleeves import ETF_OF
from engine.sources import load
from engine.world import prediction
from engine.world.prediction import skill, sleeves
from engine.world.tilt import tilt
from engine.world.wishes import SLEEVES, Wishes
from tests.engine.world.tilts import COVARIANCE, MARKET, S, W, small, world

HOST = MARKET["us_equity"]


@pytest.fixture
def evidence(monkeypatch):
    """Set the p-value of the evidence."""

    def put(p_value):
        found = results.report("large_cap")
        changed = found | {"vs_equal_weight": found["vs_equal_weight"] | {"p_value": p_value}}
        monkeypatch.setattr(results, "report", lambda universe: changed)

    return put


def test_the_evidence_shows_no_skill_so_the_prediction_is_the_market():
    found = world("prediction")
    assert (found.weights == MARKET).all()
    assert (found.strength, found.funds) == (0.0, None)
    (note,) = [item for item in found.notes if item["code"] == "strength_from_evidence"]
    p_value = results.report("large_cap")["vs_equal_weight"]["p_value"]
    assert p_value > 0.05
    assert (note["p_value"], note["threshold"], note["reason"]) == (p_value, 0.05, "skill_not_shown")
    assert (note["universe"], note["strength"], note["months"]) == ("large_cap", 0.0, 507)


def test_views_of_a_client_are_not_used_without_evidence_or_a_strength():
    assert (world("prediction", views={"gold": 0.05}).weights == MARKET).all()
    assert world("prediction", views={"gold": 0.05}, strength=0.5).weights["gold"] > MARKET["gold"]


@pytest.mark.parametrize(("p_value", "strength"), [(0.051, 0.0), (0.05, 1.0), (0.001, 1.0)])
def test_the_strength_follows_the_p_value(evidence, p_value, strength):
    evidence(p_value)
    assert skill().strength == strength
    assert world("prediction").strength == strength


def test_the_mix_is_the_ai_s_newest_in_the_names_of_the_funds():
    mix = sleeves().mix
    newest = results.weights_on("factor_etf")
    assert {ETF_OF[name]: weight for name, weight in newest["weights"].items()} == pytest.approx(mix.to_dict())
    assert list(mix.index) == list(SLEEVES)
    assert mix.sum() == pytest.approx(1.0)
    assert sleeves().equal.tolist() == [0.2] * 5
    assert sleeves().active.sum() == pytest.approx(0.0)
    assert sleeves().decided == newest["date"]


def test_the_risk_of_the_funds_is_that_of_their_monthly_active_returns():
    found = sleeves()
    daily = load("factor_etfs").frame.join(load("sp500_total_return").frame, how="inner")
    monthly = daily.groupby(daily.index.to_period("M")).last().loc["2014-01":"2022-11"].pct_change().dropna()
    active = monthly[list(SLEEVES)].sub(monthly["sp500_total_return"], axis=0)
    assert (found.first, found.last, found.months) == ("2014-02", "2022-11", 106)
    assert found.covariance.to_numpy() == pytest.approx(active.cov().to_numpy() * 12)
    error = (active @ found.mix.to_numpy()).std() * np.sqrt(12)
    assert found.tracking_error(found.mix) == pytest.approx(error)


@pytest.mark.parametrize("strength", [0.25, 0.5, 1.0])
def test_without_limits_the_strength_is_the_part_of_us_equity_in_the_mix(strength):
    found = world("prediction", strength=strength)
    assert found.funds.to_numpy() == pytest.approx(strength * HOST * sleeves().mix.to_numpy(), abs=2e-6)
    assert found.weights.to_numpy() == pytest.approx(W, abs=2e-6)
    assert found.tracking_error == pytest.approx(strength * HOST * sleeves().tracking_error(sleeves().mix), abs=1e-7)
    assert found.contributions["tracking_error"].sum() == pytest.approx(found.tracking_error)
    assert list(found.contributions.index[-5:]) == list(SLEEVES)


def test_the_mix_counts_against_the_budget():
    budget = 0.002
    found = world("prediction", strength=1.0, tracking_error_budget=budget)
    free = world("prediction", strength=1.0)
    assert found.tracking_error == pytest.approx(budget, abs=2e-9)
    assert found.funds.to_numpy() == pytest.approx((free.funds * budget / free.tracking_error).to_numpy(), abs=2e-5)
    assert found.binding == ("tracking_error_budget",)


def test_funds_never_exceed_us_equity():
    wanted = dict.fromkeys(SLEEVES, 0.3)
    found = world("prediction", strength=1.0, views=wanted, bounds=0.01)
    assert found.funds.sum() == pytest.approx(found.weights["us_equity"], abs=1e-7)
    assert found.weights["us_equity"] == pytest.approx(HOST + 0.01, abs=1e-7)
    gone = world("prediction", strength=1.0, exclude=("us_equity",))
    assert gone.funds.max() <= 1e-8


def test_views_on_blocks_have_a_closed_form_without_limits():
    market, spread = small()
    wishes = Wishes("prediction", gamma=4.0, strength=0.5, views={"us_equity": 0.004, "us_bond": -0.002})
    found = tilt(wishes, market, spread)
    views = pd.Series({"us_equity": 0.002, "us_bond": -0.001}).reindex(market.index).fillna(0.0)
    inverse = np.linalg.inv(spread)
    level = np.ones(4) @ inverse @ views / (np.ones(4) @ inverse @ np.ones(4))
    expected = inverse @ (views - level) / 4.0
    assert found.active.to_numpy() == pytest.approx(expected, abs=1e-7)
    assert found.views[market.index].to_numpy() == pytest.approx(views.to_numpy())
    assert found.own_gain == pytest.approx(found.utility_cost, abs=1e-9)  # half of what the views promise


def test_black_litterman_mixes_views_at_their_strength():
    wishes = {"views": {"gold": 0.02}, "strength": 1.0, "method": "black_litterman"}
    found = world("prediction", **wishes)
    at = list(MARKET.index).index("gold")
    expected = S[:, at] / S[at, at] * 0.02  # a certain view moves the others by their beta to it
    assert found.views.to_numpy() == pytest.approx(expected)
    assert world("prediction", **wishes | {"strength": 0.5}).views["gold"] == pytest.approx(0.01)


def test_strength_scales_the_tilt():
    views = {"us_equity": 0.004}
    market, spread = small()
    half, full = (tilt(Wishes("prediction", strength=strength, views=views), market, spread) for strength in (0.5, 1.0))
    assert (2 * half.active).to_numpy() == pytest.approx(full.active.to_numpy(), abs=1e-7)


def test_no_evidence_is_opened_for_other_types_or_a_given_strength(monkeypatch):
    monkeypatch.setattr(prediction, "skill", lambda: pytest.fail("the evidence was opened"))
    world("passive")
    world("prediction", strength=0.0)


def test_a_view_on_what_the_market_does_not_have_is_refused():
    market, spread = small()
    for views in ({"gold": 0.01}, {"us_equity": 0.01, "gold": 0.01}):
        with pytest.raises(BadInput) as raised:
            tilt(Wishes("prediction", views=views), market, spread)
        assert (raised.value.field, raised.value.value) == ("views", "gold")
    bonds = pd.Series([1.0], index=["us_bond"])
    with pytest.raises(BadInput) as raised:
        tilt(Wishes("prediction", views={"MTUM": 0.01}), bonds, COVARIANCE.loc[["us_bond"], ["us_bond"]])
    assert raised.value.value == "us_equity"


def test_the_results_as_plain_values():
    told = sleeves().to_dict()
    assert told["tracking_error"] == pytest.approx(0.0259, abs=5e-5)
    assert told["tracking_error_equal_weight"] == pytest.approx(0.0246, abs=5e-5)
    assert skill().to_dict()["code"] == "skill_not_shown"
    found = world("prediction", strength=1.0).to_dict()
    assert found["funds"].keys() == set(SLEEVES)
    (note,) = [item for item in found["notes"] if item["code"] == "factor_funds"]
    assert note["decided"] == "2022-11-30"
