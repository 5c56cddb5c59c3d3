"""The overview: its numbers are the engine's, its states are told in sentences, and it carries its context on."""

import json
from datetime import date

import pytest
import streamlit as st

from engine.factors import results
from engine.lines import specs
from engine.months import weekdays_between
from engine.overview import beside, headline, today
from engine.sources import registry
from pages.overview import charts
from tests.pages.test_pages import charts as drawn
from tests.pages.test_pages import text
from ui.format import day, percent, points
from ui.i18n import Translator
from ui.registry import PAGES
from ui.specs import ChartSpec

LINES = ["etf_equal_weight", "MTUM", "QUAL", "USMV", "VLUE"]


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize(("line", "fee"), [("ai_etf", 0.0), ("ai_etf", 0.0075), ("ai", 0.0), ("MTUM", 0.0)])
def test_the_sentence_and_the_cards_are_the_engines_numbers(open_page, language, currency, line, fee):
    at = open_page(lang=language, currency=currency, line=line, **({"fund_fee": str(fee)} if fee else {}))
    assert not at.exception
    assert not at.error
    t, found = Translator(language), headline(line, currency=currency, fee=fee)
    unit = t("frame.points")
    excess, hit, fall, cost, age = at.metric
    assert excess.value == points(found.excess, unit)
    assert percent(found.shown.metrics.cagr) in excess.delta
    assert percent(found.benchmark.metrics.cagr) in excess.delta
    assert hit.value == f"{found.hits.last}/12"
    assert f"{found.hits.least} · {found.hits.median:g} · {found.hits.most}" in hit.delta
    assert fall.value == percent(found.falls.own.depth)
    assert percent(found.falls.index.depth) in fall.delta
    assert cost.value == percent(fee, 2)
    assert (percent(found.cost.taken) in cost.delta) == bool(fee)
    assert age.value == found.as_of.isoformat()
    assert f"{weekdays_between(found.as_of, date.today()):,}" in age.delta
    sentence = at.session_state["_record"].blocks[0].text
    for said in (
        f"{abs(found.excess) * 100:.1f}",
        f"{found.hits.last}",
        percent(found.falls.own.depth),
        percent(found.falls.index.depth),
        day(found.as_of, language),
        t("overview.tag_simulated") if found.shown.kind == "walk_forward" else t("overview.tag_fund").split()[0],
    ):
        assert said in sentence
    for note in [card.note for card in at.session_state["_record"].blocks[1].cards[:3]]:
        assert currency in note
        assert t("frame.total_return") in note
        assert t(f"overview.tag_{found.shown.kind}") in note
        assert (t("overview.gross_short") in note) == (not fee)


def test_facts_are_named_as_the_engine_gave_them(open_page):
    at = open_page(fund_fee="0.005")
    found, facts = headline("ai_etf", fee=0.005), at.session_state["_record"].facts
    assert facts["excess"].value == found.excess
    assert facts["excess"].text == points(found.excess, "points")
    assert facts["hit"].value == found.hits.last
    assert facts["hit_median"].value == found.hits.median
    assert facts["max_drawdown"].value == found.falls.own.depth
    assert facts["sp500_drawdown"].value == found.falls.index.depth
    assert facts["as_of"].value == found.as_of
    assert facts["fee_taken"].value == found.cost.taken
    assert {facts[key].kind for key in ("excess", "cagr", "hit", "max_drawdown", "fee")} == {"simulated"}
    assert facts["sp500_drawdown"].kind == "index"
    assert at.session_state["_record"].as_of == found.as_of


def test_a_fund_is_called_live_and_an_index_an_index(open_page):
    live, index = open_page(line="MTUM"), open_page(line="sp500_total_return", benchmark="market")
    assert "**live** fund" in text(live)
    assert "an **index**, which cannot be bought" in text(index)
    kinds = {trace.kind for block in live.session_state["_record"].charts() for trace in block.spec.traces}
    assert kinds == {"live", "index"}


def test_korean_losses_are_blue_and_english_ones_red_and_both_have_an_arrow(open_page):
    def cards(language):
        at = open_page(lang=language)
        return at.metric[2].proto, at.metric[1].proto

    (english, level), (korean, _) = cards("en"), cards("ko")
    assert english.color != korean.color
    assert english.direction == korean.direction
    assert english.direction != level.direction, "six of twelve is neither"


def test_growth_falls_and_months_are_drawn_from_the_engines_numbers(open_page):
    at, found = open_page(), headline("ai_etf")
    growth, under, heat = (block.spec for block in at.session_state["_record"].charts())
    assert all(isinstance(spec, ChartSpec) for spec in (growth, under, heat))
    assert growth.log
    assert growth.traces[0].x == under.traces[0].x, "one range of dates for growth and falls"
    assert growth.traces[0].y == found.shown.growth
    assert [trace.kind for trace in growth.traces] == ["simulated", "index"]
    assert [trace.name for trace in heat.traces] == [str(year) for year in range(2022, 2013, -1)]
    cells = [(value, mark) for trace in heat.traces[::-1] for value, mark in zip(trace.y, trace.marks, strict=True)]
    months = [(value, mark == "full") for value, mark in cells if value is not None]
    assert months == list(zip(found.hits.excess, found.hits.won, strict=True))
    counts = {trace.name: trace.names[-1] for trace in heat.traces}
    assert counts["2022"] == f"{sum(found.hits.won[-11:])}/11", "December 2022 is cut off"
    assert counts["2021"] == f"{sum(found.hits.won[-23:-11])}/12"
    assert not open_page(scale="linear").session_state["_record"].charts()[0].spec.log


def test_what_is_held_today_is_the_artifacts(open_page):
    at = open_page()
    shown, held, made = text(at), today(), results.weights_on("factor_etf")
    for weight in made["weights"].values():
        assert percent(weight) in shown
    assert day(date.fromisoformat(made["date"]), "en") in shown
    for ticker, count in held.basket.shares:
        assert f"{count} {ticker}" in shown
    assert "KRW 200,000" in shown
    assert percent(held.basket.tracking_error) in shown
    picks = at.table[0].value
    assert picks["Highest score"].tolist() == [item.ticker for item in held.picks]
    assert "best" not in shown.lower().replace("the best basket is", "")


def test_each_series_shows_the_weights_of_its_own_model(open_page):
    full = results.weights_on("full")
    assert day(date.fromisoformat(full["date"]), "en") in text(open_page(line="ai"))


def test_the_table_is_the_engines_and_only_the_first_row_pays_the_fee(open_page):
    at = open_page(fund_fee="0.01", lines="MTUM.USMV", period="2000")
    items = beside("ai_etf", ["MTUM", "USMV"], since=date(2000, 1, 1), fee=0.01)
    table = next(frame.value for frame in at.dataframe if "Sharpe" in frame.value)
    assert table["Return a year"].tolist() == [percent(item.metrics.cagr) for item in items]
    assert table["Series"].tolist() == ["AI on factor ETFs", "S&P 500 total return", "MTUM momentum", "USMV low vol"]
    assert "after a fund fee of 1.00 % a year" in table["What it is"][0]
    assert not any("after a fund fee of" in what for what in table["What it is"][1:])
    assert beside("ai_etf", ["MTUM"])[1:] == beside("ai_etf", ["MTUM"], fee=0.02)[1:]


def test_links_carry_the_context(open_page):
    at = open_page(lang="ko", currency="KRW", benchmark="market", period="2010", line="MTUM", fund_fee="0.005")
    links = at.get("page_link")
    assert len(links) >= len(PAGES) - 1 + 3
    for link in links:
        for part in ("lang=ko", "benchmark=market", "period=2010", "currency=KRW"):
            assert part in link.proto.query_string
    dollars = [link.proto for link in open_page().get("page_link") if "currency=KRW" in link.proto.query_string]
    assert len(dollars) == 1, "the basket opens in won"


def test_choices_stand_in_the_address(open_page):
    at = open_page(line="MTUM", fund_fee="0.005", lines="USMV")
    assert {key: at.query_params[key] for key in ("line", "fund_fee", "lines")} == {
        "line": "MTUM",
        "fund_fee": "0.005",
        "lines": "USMV",
    }
    assert open_page().query_params == {}


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"line": "nope"}, "'nope'"),
        ({"line": "sp500_price"}, "'sp500_price'"),
        ({"line": "<script>alert(1)</script>"}, r"'\<script\>"),
        ({"fund_fee": "9"}, "'9'"),
        ({"fund_fee": "-0.01"}, "'-0.01'"),
        ({"fund_fee": "nan"}, "'nan'"),
        ({"fund_fee": "half"}, "'half'"),
        ({"lines": "MTUM.nope"}, "'nope'"),
        ({"lines": "sp500_price.MTUM"}, "'sp500_price'"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_and_the_page_goes_on(open_page, query, sentence):
    at = open_page(**query)
    assert not at.exception
    assert not at.error
    assert sentence in at.warning[0].value
    assert len(at.metric) == 5
    assert "S&P 500 price" not in [
        trace["name"] for chart in drawn(at) for trace in json.loads(chart.proto.spec)["data"] if "name" in trace
    ]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_benchmark_against_itself_is_told_and_the_rest_goes_on(open_page, language):
    at = open_page(line="sp500_total_return", lang=language)
    assert not at.exception
    t = Translator(language)
    assert len(at.error) == 1
    assert "sp500_total_return" in at.error[0].value
    assert not at.metric
    assert t("overview.picks_fund") in at.table[0].value
    assert any(t("metric.cagr") in frame.value for frame in at.dataframe)


def test_fewer_than_twelve_months_are_told(open_page, monkeypatch):
    from ui import context

    monkeypatch.setattr(context, "PERIODS", ("all", "2022"))
    at = open_page(period="2022")
    assert not at.error
    assert "Only 11 complete months are shared" in text(at)
    assert at.metric[1].value == "–"
    assert "Fewer than 24 complete months" in text(at)


def test_series_without_common_dates_take_only_the_table(open_page):
    at = open_page(line="ai", period="2010", lines="MTUM")
    assert not at.error, "they meet from 2014 to 2017"
    at = open_page(line="ai_etf", benchmark="market", lines="big_value")
    assert not at.exception
    assert len(at.metric) == 5


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_missing_index_takes_the_headline_and_leaves_the_rest(open_page, broken_facts, language):
    (broken_facts / "sp500_monthly_total_return.csv").unlink()
    at = open_page(lang=language)
    assert not at.exception
    assert "sp500_monthly_total_return.csv" in at.error[0].value
    t = Translator(language)
    assert t("overview.today") in [heading.value for heading in at.subheader]
    assert "1 USHY" in text(at)
    assert t("disclaimer.research") in text(at)


def test_missing_rates_take_only_what_is_in_won(open_page, broken_facts):
    (broken_facts / "usdkrw_monthly.csv").unlink()
    at = open_page(currency="KRW")
    assert not at.exception
    assert "usdkrw_monthly.csv" in at.error[0].value
    assert percent(results.weights_on("factor_etf")["weights"]["big_momentum"]) in text(at)
    st.cache_data.clear()
    assert len(open_page(currency="USD").metric) == 5


def test_a_broken_fund_table_takes_only_the_basket_and_the_scores(open_page, broken_facts):
    (broken_facts / "etf_universe.csv").write_text("ticker\nVT\n", encoding="utf-8")
    at = open_page()
    assert not at.exception
    assert len(at.error) == 1
    assert "etf_universe.csv" in at.error[0].value
    assert len(at.metric) == 5
    assert len(drawn(at)) == 3


def test_every_choice_can_be_judged(open_page):
    at = open_page()
    for line in charts.CHOICES:
        if line != "sp500_total_return":
            at.get_by_key("line").set_value(line).run()
            assert not at.exception, line
            assert not at.error, line
            assert len(at.metric) == 5, line


def test_nothing_that_rests_on_the_panel_chosen_with_hindsight_can_be_chosen(monkeypatch):
    def refuse():
        raise AssertionError("the survivors' panel is read")

    monkeypatch.setitem(registry.DATASETS, "us_large_caps", refuse)
    registry._load.cache_clear()
    for name in charts.CHOICES:
        specs()[name].load()


def test_the_page_is_noted_without_a_screen_in_the_order_it_is_read(open_page):
    record = open_page().session_state["_record"]
    keys = [block.key for block in record.blocks]
    assert keys == [
        "headline", "overview-cards", "evidence", "growth", "overview-underwater", "heat", "weights", "basket", "picks", "performance",
    ]  # fmt: skip
    assert record.survivors == ""


def test_the_fee_slider_moves_every_figure(open_page):
    at = open_page()
    before = [metric.value for metric in at.metric]
    at.get_by_key("fund_fee").set_value(0.02).run()
    after = [metric.value for metric in at.metric]
    assert before[0] != after[0]
    assert before[2] != after[2]
    assert after[3] == "2.00 %"
    assert int(after[1].split("/")[0]) <= int(before[1].split("/")[0])
