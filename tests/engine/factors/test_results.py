"""What pages ask of a trained universe is what its artifact holds."""

import numpy as np
import pytest

from engine.errors import BadInput
from engine.factors import results
from engine.factors.artifacts import open_artifact
from engine.factors.evidence import at_least
from engine.factors.sleeves import UNIVERSES
from engine.factors.train import START

KEYS = {"date", "universe", "weights", "previous", "equal_weight", "contributions"}


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_newest_weights_come_with_their_reasons(universe):
    found = results.weights_on(universe)
    assert set(found) >= KEYS
    assert found["universe"] == universe
    assert list(found["weights"]) == list(found["previous"]) == list(found["equal_weight"]) == list(UNIVERSES[universe])
    for name in ("weights", "previous", "equal_weight"):
        assert sum(found[name].values()) == pytest.approx(1.0)
    assert all(set(row) == {"feature", "value", "contribution"} for row in found["contributions"])
    assert found == results.weights_on(universe, found["date"])


@pytest.mark.parametrize("day", ["2008-10-31", "2008-10-07", "2008-10"])
def test_an_older_month_comes_with_the_month_before(day):
    found, decided = results.weights_on("full", day), open_artifact("full").weights["ai"]
    assert (found["date"], set(found) >= KEYS) == ("2008-10-31", True)
    assert found["weights"] == decided.loc["2008-10-31"].to_dict()
    assert found["previous"] == decided.loc["2008-09-30"].to_dict()
    assert found["contributions"] == []
    assert "newest" in found["explained"]


def test_the_first_month_has_none_before_it():
    assert results.weights_on("full", "1971-12-31")["previous"] is None


@pytest.mark.parametrize("day", ["1960-01-31", "2030-01-31"])
def test_a_month_outside_the_record_is_refused(day):
    with pytest.raises(BadInput) as raised:
        results.weights_on("full", day)
    assert (raised.value.code, raised.value.field, raised.value.value) == ("range_outside", "date", day)


def test_what_is_no_date_is_refused():
    with pytest.raises(BadInput) as raised:
        results.weights_on("full", "soon")
    assert (raised.value.code, raised.value.value) == ("bad_date", "soon")


def test_any_day_of_the_newest_month_has_its_reasons():
    assert results.weights_on("full", "2017-03-15")["contributions"]


def test_an_unknown_universe_is_refused():
    for ask in (results.weights_on, results.report, results.growth, lambda name: results.what_if(name, "x", 0.0)):
        with pytest.raises(BadInput) as raised:
            ask("nope")
        assert (raised.value.field, raised.value.value) == ("universe", "nope")


@pytest.mark.parametrize("universe", UNIVERSES)
def test_named_factors_sum_to_one_and_two_are_empty(universe):
    found = results.by_factor(results.weights_on(universe)["weights"])
    assert list(found) == list(results.FACTORS)
    assert found["quality"] is None
    assert found["dividend"] is None
    assert sum(value for value in found.values() if value is not None) == pytest.approx(1.0)
    assert found["low_volatility"] == results.weights_on(universe)["weights"]["low_volatility"]


@pytest.mark.parametrize("universe", UNIVERSES)
def test_no_change_gives_todays_weights_for_every_input(universe):
    today = results.weights_on(universe)
    for entry in today["inputs"]:
        found = results.what_if(universe, entry["feature"], 0.0)
        assert found.weights == pytest.approx(today["weights"], abs=1e-9), entry["feature"]
        assert found.value == entry["raw"]


@pytest.mark.parametrize("universe", UNIVERSES)
def test_an_absurd_change_is_flagged_and_still_gives_weights(universe):
    for entry in results.weights_on(universe)["inputs"]:
        for sign in (-1, 1):
            found = results.what_if(universe, entry["feature"], sign * 50 * entry["deviation"])
            assert found.outside
            assert sum(found.weights.values()) == pytest.approx(1.0)
            assert min(found.weights.values()) > 0.0


def test_a_wider_credit_spread_moves_the_weights():
    today, found = results.weights_on("full")["weights"], results.what_if("full", "default_spread", 1.0)
    assert not found.outside
    assert found.value == pytest.approx(1.69)
    assert max(abs(found.weights[name] - today[name]) for name in today) > 0.001


def test_an_unknown_input_is_refused():
    with pytest.raises(BadInput) as raised:
        results.what_if("factor_etf", "default_spread", 1.0)
    assert (raised.value.field, raised.value.value) == ("feature", "default_spread")


def test_the_odds_of_ten_of_twelve():
    rows = results.odds_table()
    assert [round(row["hit_ratio"], 3) for row in rows] == [0.5, 0.55, 0.6, 0.65, 0.7, 0.783, 0.8, 0.833]
    for row in rows:
        assert row["ten_of_twelve"] == at_least(10, 12, row["hit_ratio"])
    assert rows[0] == {"hit_ratio": 0.5, "ten_of_twelve": pytest.approx(0.0193, abs=5e-5), "information_ratio": 0.0}
    assert rows[-1]["information_ratio"] == pytest.approx(3.35, abs=0.005)


def test_the_live_record_of_the_funds():
    found = results.live_record()
    assert (found.months, found.won) == (85, {"QRFT": 46, "AMOM": 45})
    assert found.by_year[2020] == {"QRFT": 11, "AMOM": 10, "months": 12}
    assert list(found.by_year) == list(range(2019, 2027))
    assert sum(row["months"] for row in found.by_year.values()) == 85
    assert all(row["months"] == 12 for year, row in found.by_year.items() if year not in (2019, 2026))
    rows = found.rows("Year", "Months")
    assert rows[1] == {"Year": 2020, "QRFT": 11, "AMOM": 10, "Months": 12}


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_defence_is_priced_against_the_plain_ai(universe):
    found, told = results.defence_price(universe, 0.5, 0.0), results.report(universe)["strategies"]
    assert found.none.to_dict() == pytest.approx(told["ai"], abs=1e-9)
    assert found.defended.to_dict() == pytest.approx(told["ai_defended"], abs=1e-9)
    same = results.defence_price(universe, 0.0, 0.0)
    assert same.none == same.defended


def test_cash_saves_drawdown_and_costs_months():
    found = results.defence_price("full", 0.0, 0.5)
    assert found.defended.max_drawdown > found.none.max_drawdown + 0.03
    assert found.defended.hit_ratio < found.none.hit_ratio


@pytest.mark.parametrize("universe", UNIVERSES)
def test_curves_rows_and_calendar_agree_with_the_returns(universe):
    returns = open_artifact(universe).returns.loc[START[universe] :]
    grown = results.growth(universe)
    assert grown.values["ai"][0] == 1.0
    assert grown.values["ai"][-1] == pytest.approx(float((1 + returns["ai"]).prod()))
    assert len(grown.dates) == len(returns) + 1
    years = results.months_ahead(universe)
    ahead = [value for row in years.values() for value in row if value is not None]
    np.testing.assert_allclose(ahead, returns["ai"] - returns["market"])
    assert np.mean(np.array(ahead) > 0) == pytest.approx(results.report(universe)["strategies"]["ai"]["hit_ratio"])
    assert len(results.record_rows(universe)) == len(set(grown.dates[1:]) | set(results.weight_history(universe).dates))


def test_the_report_leaves_todays_weights_out():
    assert "today" not in results.report("full")
