"""Every row of bad input has its stated outcome: a typed error, or a note beside an answer."""

import math

import numpy as np
import pandas as pd
import pytest

from engine.allocation import allocate
from engine.allocation.problem import FRACTION
from engine.errors import BadInput, Infeasible

NAMES = ["VOO", "SPYM", "VEA", "VWO", "BND"]
PRICES = pd.Series([552.0, 70.0, 52.0, 45.0, 73.0], NAMES)
MODEL = pd.Series({"VOO": 0.36, "VEA": 0.16, "VWO": 0.08, "BND": 0.40})
FACTORS = np.array([[0.16, 0.0, 0.0], [0.16, 0.0, 0.0], [0.13, 0.1, 0.0], [0.1, 0.16, 0.0], [0.01, 0.0, 0.05]])
SIGMA = pd.DataFrame(FACTORS @ FACTORS.T + np.diag([1e-6, 1e-6, 1e-5, 1e-5, 1e-6]), NAMES, NAMES)
MIX = pd.DataFrame([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1]], NAMES, ["us", "world", "bond"], dtype=float)


def codes(found):
    return [note.code for note in found.notes]


def priced(**changes):
    return pd.Series({**PRICES, **changes}, dtype=object)


@pytest.mark.parametrize("price", [0.0, -52.0, math.nan, math.inf, "52", None])
def test_a_bad_price_refuses_that_fund_by_name_and_goes_on(price):
    found = allocate(priced(SPYM=price), MODEL, SIGMA, 1000.0)
    note = next(note for note in found.notes if note.code == "refused")
    assert note.field == "SPYM"
    assert note.details["reason"] == "price"
    assert "SPYM" not in found.basket
    assert found.basket.sum() > 0


@pytest.mark.parametrize("price", [0.0, -52.0, math.nan, math.inf, "text", None])
def test_a_model_line_without_price_is_replaced_where_something_can_stand_in(price):
    found = allocate(priced(VOO=price), MODEL, SIGMA, 1000.0, lookthrough=MIX)
    assert {"refused", "model_line_without_price"} <= set(codes(found))
    assert found.basket["SPYM"] > 0


def test_a_missing_price_is_replaced_too_and_noted():
    found = allocate(PRICES.drop("VOO"), MODEL, SIGMA, 1000.0)
    assert "model_line_without_price" in codes(found)


@pytest.mark.parametrize("lookthrough", [MIX, None])
def test_a_model_line_that_nothing_replaces_is_an_error(lookthrough):
    bond = pd.Series({"BND": 1.0})
    with pytest.raises(Infeasible, match="BND") as caught:
        allocate(priced(BND=0.0), bond, SIGMA, 1000.0, lookthrough=lookthrough)
    assert caught.value.code == "no_substitute"


@pytest.mark.parametrize(
    ("prices", "model", "code"),
    [
        (PRICES.iloc[:0], MODEL, "no_investable"),
        (PRICES, MODEL.iloc[:0], "no_investable"),
        (PRICES * 0.0, MODEL, "no_investable"),
    ],
)
def test_nothing_to_invest_in_is_a_typed_error(prices, model, code):
    with pytest.raises(BadInput) as caught:
        allocate(prices, model, SIGMA, 1000.0)
    assert caught.value.code == code


def test_an_account_below_the_cheapest_share_is_all_cash_with_a_useful_deposit():
    found = allocate(PRICES, MODEL, SIGMA, 20.0)
    assert found.status == "all_cash"
    assert found.basket.empty
    assert found.cash_weight == 1.0
    weights = MODEL.reindex(NAMES).fillna(0.0).to_numpy()
    assert found.tracking_error == pytest.approx(math.sqrt(weights @ SIGMA.to_numpy() @ weights))
    deposit = next(note.details["useful_deposit"] for note in found.notes if note.code == "all_cash")
    assert allocate(PRICES, MODEL, SIGMA, deposit * 1.001).status == "optimal"
    assert allocate(PRICES, MODEL, SIGMA, deposit * 0.999).status == "all_cash"


@pytest.mark.parametrize("account", [0.0, -5.0, math.nan, math.inf, "many", None])
def test_an_account_that_is_no_amount_is_a_typed_error(account):
    with pytest.raises(BadInput) as caught:
        allocate(PRICES, MODEL, SIGMA, account)
    assert caught.value.field == "account"


def test_weights_below_one_leave_target_cash_and_say_so():
    found = allocate(PRICES, MODEL / 2.0, SIGMA, 5_000.0, lookthrough=MIX)
    note = next(note for note in found.notes if note.code == "target_cash")
    assert note.details["weight"] == pytest.approx(0.5)
    assert found.cash_weight == pytest.approx(0.5, abs=0.03)
    assert found.resolution > 0.95


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"VEA": 1.16}, "sum of weights"),
        ({"VEA": math.nan}, "weight of VEA"),
        ({"VEA": -0.16}, "weight of VEA"),
        ({"VEA": "some"}, "weight of VEA"),
        (dict.fromkeys(MODEL.index, 0.0), "sum of weights"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(change, field):
    with pytest.raises(BadInput) as caught:
        allocate(PRICES, pd.Series({**MODEL, **change}), SIGMA, 1000.0)
    assert caught.value.field == field


def test_a_sum_within_a_millionth_of_one_is_accepted_silently():
    assert "target_cash" not in codes(allocate(PRICES, MODEL * (1 + 9e-7), SIGMA, 1000.0))


def test_a_duplicate_that_agrees_is_merged_and_one_that_differs_is_refused():
    twice = pd.concat([PRICES, pd.Series({"VEA": 52.0})])
    assert "merged" in codes(allocate(twice, MODEL, SIGMA, 1000.0))
    differs = pd.concat([PRICES, pd.Series({"VEA": 50.0})])
    with pytest.raises(BadInput, match=r"VEA \(52.0, 50.0\)"):
        allocate(differs, MODEL, SIGMA, 1000.0)
    exposed = pd.concat([MIX, pd.DataFrame({"us": [1.0], "world": [0.0], "bond": [0.0]}, ["VEA"])])
    with pytest.raises(BadInput, match="VEA"):
        allocate(twice, MODEL, SIGMA, 1000.0, lookthrough=exposed)
    with pytest.raises(BadInput, match="VOO"):
        allocate(PRICES, pd.concat([MODEL, MODEL.iloc[:1]]), SIGMA, 1000.0)


def test_a_covariance_is_symmetrised_clipped_and_floored_with_notes():
    skewed = SIGMA.copy()
    skewed.iloc[0, 1] += 1e-9
    assert "symmetrised" in codes(allocate(PRICES, MODEL, skewed, 1000.0))
    singular = pd.DataFrame(FACTORS @ FACTORS.T, NAMES, NAMES)
    assert "own_risk_floor" in codes(allocate(PRICES, MODEL, singular, 1000.0))
    bent = SIGMA - 2e-5 * np.eye(5)
    note = next(n for n in allocate(PRICES, MODEL, bent, 1000.0).notes if n.code == "eigenvalues_clipped")
    assert note.details["count"] >= 1
    assert 0.0 < note.details["largest_change"] < 1e-4


@pytest.mark.parametrize(
    ("matrix", "code"),
    [
        (SIGMA - 0.01 * np.eye(5), "not_covariance"),
        (SIGMA.iloc[:3], "not_square"),
        (SIGMA.mask(SIGMA.iloc[0, 0] == SIGMA), "bad_number"),
        (SIGMA.drop(index="VEA", columns="VEA"), "no_covariance"),
        (pd.concat([SIGMA, SIGMA.iloc[[0]] * 2]).T.pipe(lambda t: pd.concat([t, t.iloc[[0]]]).T), "twice"),
    ],
)
def test_a_table_that_is_no_covariance_is_refused(matrix, code):
    with pytest.raises(BadInput) as caught:
        allocate(PRICES, MODEL, matrix, 1000.0)
    assert caught.value.code == code


def test_stale_prices_are_refused_by_name():
    days = pd.Series(["2026-08-20"] * 4 + ["2025-01-31"], NAMES)
    found = allocate(PRICES, MODEL, SIGMA, 1000.0, price_dates=days)
    note = next(note for note in found.notes if note.code == "refused")
    assert (note.field, note.details["reason"], note.details["value"]) == ("BND", "stale_price", "2025-01-31")


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, None])
def test_a_fund_in_won_needs_a_rate(rate):
    rates = {} if rate is None else {"KRW": rate}
    found = allocate(PRICES, MODEL, SIGMA, 1000.0, currencies={"VEA": "KRW"}, rates=rates)
    note = next(note for note in found.notes if note.code == "refused")
    assert (note.field, note.details["reason"]) == ("VEA", "rate")


def test_funds_in_won_mix_with_funds_in_dollars():
    won = priced(VEA=52.0 * 1380.0)
    mixed = allocate(won, MODEL, SIGMA, 1000.0, currencies={"VEA": "KRW"}, rates={"KRW": 1380.0})
    plain = allocate(PRICES, MODEL, SIGMA, 1000.0)
    assert dict(mixed.basket) == dict(plain.basket)


def test_lots_are_bought_whole():
    found = allocate(PRICES, MODEL, SIGMA, 5_000.0, lots={"BND": 10, "VEA": 5})
    assert found.basket.get("BND", 0) % 10 == 0
    assert found.basket.get("VEA", 0) % 5 == 0


@pytest.mark.parametrize("lot", [0, -1, 2.5, math.nan, "ten"])
def test_a_lot_that_is_no_lot_refuses_the_fund(lot):
    found = allocate(PRICES, MODEL, SIGMA, 1000.0, lots={"SPYM": lot})
    note = next(note for note in found.notes if note.code == "refused")
    assert (note.field, note.details["reason"]) == ("SPYM", "lot")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"tolerance": -0.1}, "tolerance"),
        ({"cash_max": 1.5}, "cash_max"),
        ({"max_lines": 0}, "max_lines"),
        ({"max_trades": 1.5}, "max_trades"),
        ({"minimum_order": -1.0}, "minimum_order"),
        ({"commission": 0.5}, "commission"),
        ({"effort": "huge"}, "effort"),
        ({"forbidden": ("QQQ",)}, "forbidden"),
        ({"required": ("QQQ",)}, "required"),
        ({"holdings": pd.Series({"BND": -1.0})}, "holding of BND"),
        ({"holdings": pd.Series({"BND": 0.5})}, "holding of BND"),
        ({"holdings": pd.Series({"QQQ": 1.0})}, "holdings"),
        ({"holdings": pd.Series({"BND": 100.0})}, "holdings"),
        ({"lookthrough": MIX.drop("BND")}, "lookthrough"),
    ],
)
def test_rules_that_cannot_be_used_name_their_field(options, field):
    with pytest.raises(BadInput) as caught:
        allocate(PRICES, MODEL, SIGMA, 1000.0, **options)
    assert caught.value.field == field


def test_required_funds_that_cost_too_much_are_infeasible():
    with pytest.raises(Infeasible):
        allocate(PRICES, MODEL, SIGMA, 300.0, required=("VOO",))


def test_fractions_are_thousandths_and_keep_the_minimum_order():
    found = allocate(PRICES, MODEL, SIGMA, 145.0, fractional=True, minimum_order=1.0)
    units = found.basket / FRACTION
    assert np.abs(units - np.rint(units)).max() < 1e-6
    assert ((found.basket * PRICES[found.basket.index]) >= 1.0 - 1e-9).all()
    assert found.tracking_error < allocate(PRICES, MODEL, SIGMA, 145.0).tracking_error


def test_commissions_are_set_aside():
    found = allocate(PRICES, MODEL, SIGMA, 1000.0, commission=0.0025)
    spent = float((found.basket * PRICES[found.basket.index]).sum())
    assert spent * 1.0025 <= 1000.0 + 1e-9
    assert found.account == pytest.approx(1000.0 / 1.0025)
