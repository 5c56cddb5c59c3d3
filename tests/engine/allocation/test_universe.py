"""The real universe: twins, all-world funds, the curated list, explanations that follow their solution."""

import re

import numpy as np
import pandas as pd
import pytest

from engine.allocation import (
    MODELS,
    TEMPLATES,
    Case,
    answer,
    contributions,
    covariance,
    curve,
    explain,
    funds,
    implied_tracking,
    in_won,
    question,
    rate_sensitivity,
    sentences,
)  # fmt: skip
from engine.allocation.universe import CURATED, measured
from engine.errors import BadInput
from engine.paths import ROOT
from engine.sources import DATASETS, load
from engine.universe import BLOCKS

WORLD = {"VTI": 0.60, "VEA": 0.29, "VWO": 0.11}
REALISED = {"SPGM": 0.010, "VT": 0.004, "ACWI": 0.009}
ASSUMED = "capital_market_assumptions" in DATASETS
METHODS = ["measured", pytest.param("assumptions", marks=pytest.mark.skipif(not ASSUMED, reason="table not bundled"))]


@pytest.fixture(scope="module", params=METHODS)
def matrix(request):
    return covariance(list(funds("all").tickers), request.param, blocks=True)


def test_the_covariance_is_symmetric_and_positive_definite(matrix):
    values = matrix.to_numpy()
    np.testing.assert_array_equal(values, values.T)
    assert np.linalg.eigvalsh(values).min() > 1e-7


def test_twins_are_as_far_apart_as_measured(matrix):
    known, checked = measured(), 0
    for name, row in known.tracking.items():
        if row.basis in ("same_index", "near_index") and name in matrix.index and row.reference in matrix.index:
            implied = implied_tracking(matrix, {name: 1.0}, {row.reference: 1.0})
            assert row.tracking_error / 1.3 <= implied <= row.tracking_error * 1.3, name
            checked += 1
    assert checked > 60


@pytest.mark.parametrize("fund", list(REALISED))
def test_all_world_funds_track_the_three_markets_within_a_factor_of_two(matrix, fund):
    implied = implied_tracking(matrix, {fund: 1.0}, WORLD)
    assert REALISED[fund] / 2 <= implied <= REALISED[fund] * 2


def test_the_shrunk_table_alone_would_fail():
    table = load("etf_correlations").frame.set_index("ticker")
    names = ["SPGM", "VT", "ACWI", *WORLD]
    volatility = measured().volatility[names].to_numpy()
    shrunk = table.loc[names, names].astype(float) * np.outer(volatility, volatility)
    assert all(implied_tracking(shrunk, {fund: 1.0}, WORLD) > 2 * figure for fund, figure in REALISED.items())


def test_measured_volatilities_are_kept():
    matrix, volatility = covariance(list(funds("all").tickers)), measured().volatility
    for name in ("VTI", "QQQ", "BND", "TLT", "EMB", "VNQ", "IGF", "GLD", "SGOV"):
        assert np.sqrt(matrix.at[name, name]) == pytest.approx(volatility[name], rel=0.02, abs=0.0006)


def test_an_unknown_method_or_fund_is_named():
    with pytest.raises(BadInput, match="guess"):
        covariance(["VTI"], "guess")
    with pytest.raises(BadInput, match="NOPE"):
        covariance(["NOPE"])


def test_universes_hold_listed_funds_and_the_model():
    everything, ranked, curated = funds("all"), funds("ranked"), funds("curated", ["QQQ"])
    assert set(curated.tickers) == ({*CURATED} & set(everything.tickers)) | {"QQQ"}
    assert set(ranked.tickers) < set(everything.tickers)
    assert "QRFT" not in everything.tickers
    assert funds("curated", ["QRFT"]).delisted == {"QRFT"}
    np.testing.assert_allclose(everything.lookthrough.sum(axis=1), 1.0, atol=0.02)
    with pytest.raises(BadInput):
        funds("some")


@pytest.mark.parametrize("name", list(MODELS))
def test_won_200_000_is_proved_on_the_real_universe(name):
    asked = question(200_000, currency="KRW", fx=1380.0, model=name, seconds=5.0)
    found = asked.case.allocate()
    assert found.status == "optimal"
    assert found.tracking_error < 0.25 * found.naive_tracking_error
    assert found.account == pytest.approx(200_000 / 1380.0)


def test_a_model_of_blocks_is_bought_with_funds():
    found = answer(question(2_000, model=pd.Series({"us_equity": 0.6, "us_bond": 0.4}))).allocation
    assert found.basket.sum() > 0
    assert not set(BLOCKS) & set(found.basket.index)
    assert found.tracking_error < 0.01
    assert found.resolution > 0.95


def test_the_preset_follows_prices_rates_and_rules():
    base = question(200_000, currency="KRW", fx=1200.0, model="eq3", universe="curated")
    first = answer(base)
    assert {"SPGM", "VT", "ACWI"} & set(first.allocation.basket.index)
    forbidden = answer(
        question(200_000, currency="KRW", fx=1200.0, model="eq3", universe="curated", forbidden=("SPGM", "VT", "ACWI"))
    )
    moved = answer(question(200_000, currency="KRW", fx=1500.0, model="eq3", universe="curated"))
    prices = base.case.prices.copy()
    prices["VT"] = 250.0
    dearer = Case(prices, base.case.model_weights, base.case.covariance, base.case.account, base.case.options)
    changed = dearer.allocate()
    told = [tuple(sentences(item.facts)) for item in (first, forbidden, moved)] + [
        tuple(sentences(explain(dearer, changed)))
    ]
    baskets = [tuple(item.allocation.basket.items()) for item in (first, forbidden, moved)] + [
        tuple(changed.basket.items())
    ]
    assert len(set(told)) == 4
    assert baskets[0] not in baskets[1:]
    assert not {"SPGM", "VT", "ACWI"} & set(forbidden.allocation.basket.index)


@pytest.mark.parametrize("name", ["world11", "eq3", "costly9"])
@pytest.mark.parametrize("fx", [1200.0, 1500.0])
def test_every_number_of_an_explanation_comes_from_the_solution(name, fx):
    found = answer(question(200_000, currency="KRW", fx=fx, model=name))
    case, money = found.question.case, found.allocation
    model = dict(case.model_weights)

    def error(shares):
        weights = {ticker: n * float(case.prices[ticker]) / money.account for ticker, n in shares.items()}
        return implied_tracking(case.covariance, weights, model)

    seen = set()
    for fact in found.facts:
        values = fact.details
        seen.add(fact.code)
        if fact.code in ("optimal", "bounded"):
            assert values["tracking_error"] == pytest.approx(error(money.basket), abs=1e-9)
            naive = {t: np.floor(w * money.account / float(case.prices[t]) + 1e-9) for t, w in model.items()}
            assert values["naive_tracking_error"] == pytest.approx(error(naive), abs=1e-9)
        elif fact.code in ("merged", "cheaper", "replaced"):
            lines = list(values["lines"])
            weight = case.model_weights[lines].sum()
            assert values["weight"] == pytest.approx(weight)
            apart = implied_tracking(case.covariance, {values["fund"]: 1.0}, dict(case.model_weights[lines] / weight))
            assert values["tracking_volatility"] == pytest.approx(apart)
            assert not set(lines) & set(money.basket.index)
            if fact.code == "cheaper":
                assert case.prices[values["fund"]] == values["price"] < values["line_price"] == case.prices[lines[0]]
        elif fact.code == "forbidden":
            again = case.allocate(forbidden=(values["fund"],), seconds=2.0)
            assert values["fund"] not in again.basket
            assert values["tracking_error"] >= again.lower_bound - 1e-9
            assert values["cost"] == pytest.approx(values["tracking_error"] - money.tracking_error)
        elif fact.code == "runner_up":
            assert values["tracking_error"] == pytest.approx(error(values["basket"]), abs=1e-9)
            assert values["fund"] not in values["basket"]
        elif fact.code.startswith("cash"):
            left = money.account - sum(n * float(case.prices[t]) for t, n in money.basket.items())
            assert values["cash"] == pytest.approx(left, abs=1e-6)
    assert "runner_up" in seen
    assert len(sentences(found.facts)) == len(found.facts)
    assert not any(re.search(r"[{}]|nan|None", text) for text in sentences(found.facts))


def test_templates_are_for_codes_that_exist():
    files = [ROOT / "engine" / "allocation" / f"{name}.py" for name in ("explain", "allocator")]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert all(f'"{code}"' in text for code in TEMPLATES)


def test_the_curve_runs_from_small_to_large_with_bounds():
    asked = question(1_000, model="seed4")
    points = curve(asked.case, [50, 145, 1_000, 20_000])
    assert [point.account for point in points] == [50, 145, 1_000, 20_000]
    assert all(0 <= point.lower_bound <= point.tracking_error + 1e-12 for point in points)
    assert points[-1].tracking_error < 0.001 < points[0].tracking_error
    assert points[-1].resolution > 0.99
    assert points[0].changed is False


def test_rates_change_what_the_same_won_buys():
    asked = question(200_000, currency="KRW", fx=1380.0, model="seed4")
    found = rate_sensitivity(asked.case, 200_000.0, [1200.0, 1500.0])
    assert [item.rate for item in found] == [1200.0, 1500.0]
    assert found[0].point.account == pytest.approx(200_000 / 1200.0)
    assert found[0].point.shares != found[1].point.shares


def test_contributions_only_buy():
    asked = question(1e-6, model="eq3", universe="curated")
    months = contributions(asked.case, 145.0, 6)
    assert len(months) == 6
    assert all(shares > 0 for month in months for shares in month.bought.values())
    assert months[-1].tracking_error < months[0].tracking_error
    assert months[-1].account == pytest.approx(6 * 145.0)


def test_cash_in_won_makes_uninvested_money_matter():
    matrix = covariance(["VTI", "BND"])
    won = in_won(matrix, pd.Series({"VTI": 1.0, "BND": 0.0}), 0.10, -0.45, 0.17)
    assert np.linalg.eigvalsh(won.to_numpy()).min() > 0.0
    assert won.at["BND", "BND"] == pytest.approx(matrix.at["BND", "BND"] + 0.01)
    assert won.at["VTI", "VTI"] == pytest.approx(matrix.at["VTI", "VTI"] + 0.01 - 2 * 0.45 * 0.10 * 0.17)
    full = implied_tracking(won, {"VTI": 1.0}, {"BND": 1.0})
    assert full == pytest.approx(implied_tracking(matrix, {"VTI": 1.0}, {"BND": 1.0}))
