"""The allocator page: what it says equals the engine, amounts stay out of the address, bad input is a sentence."""

import json
import string

import pytest

from engine import cli
from engine.allocation import TEMPLATES, answer, exposures, falls, question, variant
from ui.i18n import Translator, catalogue

SEED = {"currency": "KRW", "model": "seed4"}


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


def placeholders(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_the_orders_equal_the_command_line(open_page, capsys):
    at = open_page("allocator", matched="0", tolerance="0", **SEED)
    assert not at.exception
    with pytest.raises(SystemExit):
        cli.main(["allocate", "--account", "200000", "--currency", "KRW", "--model", "seed4", "--json"])
    told = json.loads(capsys.readouterr().out)
    shown = table(at, "Price, USD")
    assert dict(zip(shown["Fund"], shown["Shares"], strict=True)) == {
        order["ticker"]: order["shares"] for order in told["ticket"]["orders"]
    }
    assert list(shown["Value, USD"]) == [round(order["value"], 2) for order in told["ticket"]["orders"]]
    said = text(at)
    for sentence in told["explanation"]:
        assert sentence in said
    assert f"{told['tracking_error'] * 1e4:,.1f} bp" in [metric.value for metric in at.metric]


def test_every_code_of_an_explanation_has_its_sentence_in_both_languages():
    keys = {key.removeprefix("allocator.why_") for key in catalogue() if key.startswith("allocator.why_")}
    assert keys == set(TEMPLATES)
    for code, template in TEMPLATES.items():
        entry = catalogue()[f"allocator.why_{code}"]
        assert entry["en"] == template
        assert placeholders(entry["ko"]) == placeholders(template), code


@pytest.mark.parametrize(("currency", "value"), [("KRW", 1_000_000), ("USD", 5_000)])
def test_a_preset_sets_amount_and_currency_and_leaves_no_amount_in_the_address(open_page, currency, value):
    at = open_page("allocator")
    at.button(key=f"allocator-preset-{currency}-{value}").click().run()
    assert not at.exception
    assert not at.error
    assert f"{currency} {value:,}" in text(at)
    assert set(at.query_params) <= {"currency"}
    assert str(value) not in str(at.query_params)


def test_an_example_compares_universes_and_exchange_rates(open_page):
    at = open_page("allocator")
    at.button(key="allocator-example-seed4").click().run()
    assert not at.error
    asked = {"currency": "KRW", "model": "seed4", "classes": "model", "tolerance": 0.1}
    found = [variant(question(200_000, universe=name, **asked)) for name in ("all", "ranked", "curated")]
    shown = table(at, "All-world fund in it")
    assert list(shown["All-world fund in it"]) == [row.all_world or "no" for row in found]
    assert list(shown["Tracking error, bp a year"]) == [f"{row.tracking_error * 1e4:,.1f}" for row in found]
    assert "exchange rates tried from 1,100 to 1,600" in text(at)


def test_the_amount_typed_and_the_slider_follow_each_other(open_page):
    at = open_page("allocator")
    at.text_input(key="allocator-amount-USD").set_value("1,000").run()
    assert at.select_slider(key="allocator-slider-USD").value == 1_000
    at.select_slider(key="allocator-slider-USD").set_value(2_000).run()
    assert at.text_input(key="allocator-amount-USD").value == "2,000"
    assert "USD 2,000.00" in text(at)
    assert not at.query_params


@pytest.mark.parametrize("typed", ["0", "-5", "much", "", "nan"])
def test_an_amount_that_cannot_be_used_is_a_sentence(open_page, typed):
    at = open_page("allocator")
    at.text_input(key="allocator-amount-USD").set_value(typed).run()
    assert not at.exception
    assert "Amount" in at.error[0].value
    assert "a number above zero" in at.error[0].value
    at.text_input(key="allocator-amount-USD").set_value("300").run()
    assert not at.error


@pytest.mark.parametrize("typed", ["0", "-1400", "x"])
def test_an_exchange_rate_that_cannot_be_used_is_a_sentence(open_page, typed):
    at = open_page("allocator", **SEED)
    at.text_input(key="allocator-fx").set_value(typed).run()
    assert not at.exception
    assert "Exchange rate" in at.error[0].value


def test_an_exchange_rate_of_ones_own_moves_the_dollars(open_page):
    at = open_page("allocator", **SEED)
    at.text_input(key="allocator-fx").set_value("1,000").run()
    assert "1,000.00 won a dollar (your own figure), which leaves USD 200.00" in text(at)


def test_rules_that_cannot_be_kept_together_are_a_sentence(open_page):
    at = open_page("allocator", max_lines="1")
    at.multiselect(key="allocator-required").set_value(["BND", "VT"]).run()
    assert not at.exception
    assert at.error
    at = open_page("allocator")
    at.multiselect(key="allocator-required").set_value(["SPY"]).run()
    assert "SPY" in at.error[0].value
    assert not at.query_params


def test_holdings_are_read_and_unknown_tickers_named(open_page):
    at = open_page("allocator", model="eq3")
    at.file_uploader[0].upload("mine.csv", b"ticker,shares\nVEA,2\nSCHB,3\n", "text/csv").run()
    at.toggle(key="allocator-no-sell").set_value(True).run()
    assert not at.error
    assert not set(table(at, "Price, USD").query("Order == 'sell'")["Fund"])
    assert {"VEA", "SCHB"} <= set(table(at, "Stands for")["Fund"])
    assert set(at.query_params) == {"model"}
    at.file_uploader[0].upload("mine.csv", b"ticker,shares\nNOPE,2\n", "text/csv").run()
    assert not at.exception
    assert "NOPE" in at.error[0].value
    at.file_uploader[0].upload("mine.csv", b"ticker,shares\nVEA,-2\n", "text/csv").run()
    assert at.error
    at.file_uploader[0].upload("mine.csv", b"a,b\n1,2\n", "text/csv").run()
    assert "columns ticker and shares" in at.error[0].value


def test_rates_that_are_not_known_are_shown_as_unknown(open_page):
    at = open_page("allocator", broker="korea")
    rates = table(at, "Source").set_index("Rate")
    assert rates.loc["Commission, of an order", "Value"] == "not known"
    assert rates.loc["Tax on gains above that", "Value"] == "22.00 %"
    assert rates.loc["Tax on gains above that", "As of"] == "2025-01-01"
    at.number_input(key="allocator-own-commission").set_value(0.25).run()
    rates = table(at, "Source").set_index("Rate")
    assert rates.loc["Commission, of an order", "Value"] == "0.25 %"
    assert rates.loc["Commission, of an order", "Source"] == "your own figure"


def test_exposures_and_falls_add_up():
    found = answer(question(500, model="seed4", classes="model"))
    rows = exposures(found)
    assert sum(row.model for row in rows) == pytest.approx(1.0, abs=0.02)
    assert sum(row.basket for row in rows) == pytest.approx(1.0, abs=0.02)
    weights = found.allocation.weights[found.allocation.weights > 0]
    for row in falls(found):
        assert -1.0 <= row.fall <= 0.0
        assert row.covered == pytest.approx(float(weights.drop(list(row.missing)).sum()))


def test_curve_and_plan_on_demand(open_page):
    at = open_page("allocator", model="eq3")
    at.toggle(key="allocator-curve-on").set_value(True).run()
    assert len(table(at, "Kind of basket")) == 25
    at.toggle(key="allocator-plan-on").set_value(True).run()
    assert len(table(at, "Bought in the month (shares)")) == 12
    at.text_input(key="allocator-monthly-USD").set_value("none").run()
    assert not at.exception
    assert "Monthly amount" in at.error[0].value


@pytest.mark.parametrize("model", ["eq3", "world"])
def test_korean_pages_stand(open_page, model):
    at = open_page("allocator", lang="ko", currency="KRW", model=model)
    assert not at.exception
    assert not at.error
    assert Translator("ko")("allocator.title") in text(at)
    at.text_input(key="allocator-amount-KRW").set_value("abc").run()
    assert "0보다 큰 숫자" in at.error[0].value


def test_bad_values_of_the_address_are_named(open_page):
    at = open_page("allocator", model="nothing", tolerance="9")
    assert any("nothing" in warning.value for warning in at.warning)
    assert any("9" in warning.value for warning in at.warning)
