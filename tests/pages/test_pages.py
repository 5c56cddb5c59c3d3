"""Every page in every language and currency, and the states a reader can meet."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from engine import cli, crises
from engine.factors import results
from engine.sources import DATASETS
from ui.format import percent
from ui.i18n import Translator
from ui.registry import PAGES, ROOT


def text(at):
    """All words on the screen."""
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return (
        "\n".join(str(element.value) for element in parts)
        + "\n"
        + "\n".join(f"{m.label} {m.value} {m.delta}" for m in at.metric)
    )


def charts(at):
    return at.get("plotly_chart")


@pytest.mark.parametrize("currency", ["USD", "KRW"])
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_every_page_runs_with_frame_title_and_disclaimer(open_page, key, language, currency):
    at = open_page(key, lang=language, currency=currency)
    t = Translator(language)
    assert not at.exception
    assert not at.error
    assert at.title[0].value == t(f"{key}.title")
    shown = text(at)
    assert t("disclaimer.research") in shown
    assert t("disclaimer.loss") in shown
    assert "bundled-" in shown
    if key in ("overview", "crises"):
        assert len(charts(at)) >= 2
        assert currency in shown


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_korean_page_has_no_english_heading_left(open_page, language):
    at = open_page("crises", lang=language)
    for heading in [*at.title, *at.subheader]:
        assert any("가" <= letter <= "힣" for letter in heading.value) == (language == "ko")


def test_the_browsers_language_is_the_first_guess(open_page):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.context = {"locale": "ko-KR"}
    at.run()
    assert at.title[0].value == Translator("ko")("overview.title")


def test_the_crisis_page_prints_the_engines_numbers(open_page):
    at = open_page("crises", crisis="covid-19-2020", series="sp500_price.MTUM.VLUE")
    (report,) = crises.report([crises.crisis("covid-19-2020")], crises.choose_lines(["sp500_price", "MTUM", "VLUE"]))
    assert [metric.value for metric in at.metric] == [percent(row.drawdown) for row in report.rows]
    assert "**−33.9 %** in 33 days; it took 148 days" in text(at)


def test_page_and_command_line_print_the_same_numbers(open_page, capsys):
    at = open_page("crises", crisis="inflation-rate-bear-2022", series="sp500_total_return.USMV.MTUM", currency="KRW")
    with pytest.raises(SystemExit):
        cli.main(["crises", "--series", "sp500_total_return,USMV,MTUM", "--currency", "KRW", "--json"])
    told = {item["name"]: item["series"] for item in json.loads(capsys.readouterr().out)["crises"]}
    series = told["Inflation / rate bear 2022"]
    assert [metric.value for metric in at.metric] == [percent(row["drawdown"]) for row in series.values()]
    table = next(frame.value for frame in at.dataframe if "Verdict" in frame.value)
    assert table["Days down"].tolist() == [str(row["days_down"]) for row in series.values()]
    assert table["Return / benchmark's"].tolist() == [percent(row["capture"], 0) for row in series.values()]


def test_won_are_monthly_and_the_dollar_fall_stands_beside(open_page):
    at = open_page("crises", crisis="covid-19-2020", currency="KRW", series="sp500_total_return")
    assert "monthly, total return, KRW" in text(at)
    table = next(frame.value for frame in at.dataframe if "Fall (KRW)" in frame.value)
    assert table["Fall (USD, own frequency)"].tolist() == ["−33.8 %"]
    assert table["Fall (KRW)"].tolist() == ["−17.6 %"]


def test_a_crisis_without_won_rates_stays_in_dollars_and_says_so(open_page):
    at = open_page("crises", crisis="dot-com-bust-2000-02", currency="KRW", series="sp500_total_return.equal_weight")
    assert (
        "Not in KRW, because there is no exchange rate for this crisis: S&P 500 total return (USD), Equal mix of 8 (USD)."
        in text(at)
    )
    assert "daily, total return, USD" in text(at)


def test_before_1990_the_index_fall_is_the_crisis_tables(open_page):
    at = open_page("crises", crisis="oil-crisis-1973-74", series="equal_weight.low_volatility")
    assert "from the crisis table) fell **−48.2 %** in 630 days; it took 2114 days" in text(at)
    assert "vs US market" in text(at)


def test_a_line_that_does_not_cover_the_crisis_says_what_it_covers(open_page):
    at = open_page("crises", crisis="covid-19-2020", series="equal_weight.MTUM")
    assert "Equal mix of 8 (1951-12-31 to 2017-03-31)" in text(at)
    assert [metric.label for metric in at.metric] == ["MTUM momentum"]


def test_price_index_and_total_return_never_share_a_chart(open_page):
    at = open_page("crises", crisis="covid-19-2020", series="sp500_price.sp500_total_return.MTUM")
    names = [[trace["name"] for trace in json.loads(chart.proto.spec)["data"]] for chart in charts(at)]
    assert not [group for group in names if "S&P 500 price" in group and "MTUM momentum" in group]
    assert ["S&P 500 total return", "MTUM momentum"] in names


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"crisis": "custom", "start": "2020-03-23", "end": "2020-02-19"}, "ends before it begins"),
        ({"crisis": "custom", "start": "2020-02-19", "end": "2020-02-19"}, "is one day long"),
        ({"crisis": "custom", "start": "1901-01-02", "end": "1902-01-02"}, "lies outside the data, which cover"),
        ({"crisis": "nope"}, "Crisis 'nope'"),
        ({"series": "MTUM.nope"}, "Series 'nope'"),
        ({"currency": "EUR"}, "Currency 'EUR'"),
        ({"crisis": "custom", "start": "tomorrow"}, "Start 'tomorrow'"),
    ],
)
def test_bad_input_gets_a_clear_sentence(open_page, query, sentence):
    at = open_page("crises", **query)
    assert not at.exception
    assert sentence in text(at)
    assert at.title[0].value == "Crisis drawdowns"
    assert Translator("en")("disclaimer.research") in text(at)


def test_no_series_chosen_is_said(open_page):
    at = open_page("crises", series=".")
    assert "nothing is chosen" in text(at)


def test_a_custom_range_is_measured(open_page):
    at = open_page("crises", crisis="custom", start="2011-04-29", end="2011-12-30", series="sp500_total_return")
    assert "its largest fall was **−19.4 %**, from 29 Apr 2011 to 3 Oct 2011" in text(at)


def test_falls_found_by_rule_can_be_listed(open_page):
    at = open_page("crises", falls="20", crisis="2020-02-19", series="MTUM.sp500_total_return")
    assert not at.error
    assert "−33.9 % from 19 Feb 2020" in [heading.value for heading in at.subheader]


def test_a_missing_crisis_table_is_named_and_the_rest_works(open_page, broken_facts):
    (broken_facts / "crisis_periods.csv").unlink()
    at = open_page("crises")
    assert [error.value for error in at.error] == [
        "data/facts/crisis_periods.csv is missing. Restore the file from the repository; the other pages still work."
    ]
    assert Translator("en")("disclaimer.research") in text(at)
    assert not open_page("overview").error


def test_a_broken_column_is_named(open_page, broken_facts):
    path = broken_facts / "crisis_periods.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("-33.92", "minus 34"), encoding="utf-8")
    at = open_page("crises", lang="ko")
    (error,) = at.error
    assert "data/facts/crisis_periods.csv" in error.value
    assert "drawdown_pct" in error.value


def test_a_broken_fund_table_only_takes_its_own_panel(open_page, broken_facts):
    (broken_facts / "fund_returns_in_crises.csv").write_text("name\nx\n", encoding="utf-8")
    at = open_page("crises", crisis="covid-19-2020")
    assert len(at.error) == 1
    assert "fund_returns_in_crises.csv" in at.error[0].value
    assert "−33.9 %" in text(at)


def test_the_data_page_says_which_file_is_broken(open_page, broken_facts):
    (broken_facts / "usdkrw_monthly.csv").write_bytes(b"\xff\xfe\x00binary")
    at = open_page("data")
    assert f"1 of {len(DATASETS)} data sets could not be read" in at.error[0].value
    assert "usdkrw_monthly" in text(at)


def test_choices_survive_a_change_of_page_and_stand_in_the_url(open_page):
    at = open_page("crises", crisis="covid-19-2020", lang="ko", scale="linear")
    assert at.query_params["crisis"] == "covid-19-2020"
    at.switch_page("pages/data/page.py").run()
    assert "crisis" not in at.query_params
    assert at.title[0].value == Translator("ko")("data.title")
    at.switch_page("pages/crises/page.py").run()
    assert at.query_params["crisis"] == "covid-19-2020"
    assert at.query_params["scale"] == "linear"


def test_a_default_leaves_the_url_alone(open_page):
    assert open_page("crises").query_params == {}


def test_an_older_query_string_cannot_undo_a_choice(open_page):
    at = open_page("crises", crisis="covid-19-2020")
    at.get_by_key("crisis").set_value("volmageddon-feb-2018").run()
    at.query_params["crisis"] = "covid-19-2020"
    at.run()
    assert at.get_by_key("crisis").value == "volmageddon-feb-2018"
    assert at.query_params["crisis"] == "volmageddon-feb-2018"


def test_the_link_of_the_view_is_offered(open_page):
    at = open_page("crises", crisis="covid-19-2020", lang="ko")
    assert any("crisis=covid-19-2020" in code.value and "lang=ko" in code.value for code in at.code)


def test_korean_gains_are_red_and_losses_blue(open_page):
    def colours(language):
        at = open_page("crises", crisis="inflation-rate-bear-2022", series="USMV.MTUM", lang=language)
        return [metric.proto.color for metric in at.metric]

    english, korean = colours("en"), colours("ko")
    assert english[0] != english[1]
    assert english[1] == korean[0], "an English loss and a Korean gain are both red"


def test_an_own_series_is_compared(open_page):
    at = open_page("crises", crisis="covid-19-2020", series="sp500_total_return")
    rows = "\n".join(f"2020-{month:02d},{level}" for month, level in ((1, 100), (2, 95), (3, 60), (4, 70)))
    at.get_by_key("own-file").upload("mine.csv", f"date,value\n{rows}\n".encode(), "text/csv").run()
    assert not at.error
    assert "Read 4 rows" in at.success[0].value
    assert [metric.value for metric in at.metric] == ["−33.8 %", "−40.0 %"]


def test_an_unusable_own_series_names_the_row(open_page):
    at = open_page("crises", crisis="covid-19-2020")
    at.get_by_key("own-file").upload("mine.csv", b"date,value\n2020-01,1\n2020-02,\n2020-03,2\n", "text/csv").run()
    assert "mine.csv, row 3" in at.error[0].value


def test_a_date_beyond_the_calendar_is_named_and_the_page_goes_on(open_page):
    at = open_page("crises", crisis="custom", start="1899-01-01", end="0001-01-01")
    assert not at.exception
    assert "Start '1899-01-01'" in text(at)
    assert len(charts(at)) > 2


def test_a_crisis_outside_the_period_is_named(open_page):
    at = open_page("crises", crisis="gulf-war-1990", period="2010")
    assert "outside the period chosen" in text(at)
    assert not at.error


def test_a_line_named_twice_in_the_link_counts_once(open_page):
    at = open_page("crises", crisis="covid-19-2020", series="MTUM.MTUM.MTUM")
    assert len(at.metric) == 1
    assert "Of 1 series" in text(at)


def test_a_monthly_comparison_says_which_two_falls_it_compares(open_page):
    at = open_page("crises", crisis="global-financial-crisis-2007-09", series="sp500_total_return.equal_weight")
    assert "month ends: −49.2 % vs −50.9 %" in text(at)


def test_with_another_benchmark_what_cannot_be_compared_is_not_called_uncovered(open_page):
    at = open_page("crises", series="MTUM", benchmark="market")
    assert "25 not covered, 5 without a comparable benchmark" in text(at)


def test_a_fall_found_by_rule_is_open_until_the_data_end(open_page):
    at = open_page("crises", falls="20", crisis="2022-01-03", series="sp500_total_return")
    assert "by the end of these data (28 Dec 2022)" in text(at)


def test_won_and_dollars_are_told_apart_in_the_grid(open_page):
    at = open_page("crises", currency="KRW", series="equal_weight")
    assert "are not in KRW" in text(at)
    grid = next(frame.value for frame in at.dataframe if "Equal mix of 8 (monthly)" in frame.value)
    falls = grid.set_index("Crisis")["Equal mix of 8 (monthly)"]
    assert "(USD)" in falls["Oil crisis 1973-74"]
    assert "(USD)" not in falls["Global financial crisis 2007-09"]


def test_live_funds_stand_beside_a_crisis_that_the_lines_do_not_reach(open_page):
    at = open_page("crises", crisis="tariff-shock-2025")
    assert "QRFT −19.9 %, AMOM −28.0 %, MTUM −20.9 %, LQAI −21.1 %; SPY −18.8 %" in text(at)


def test_the_freshness_counts_the_yardstick(open_page):
    at = open_page("crises", crisis="china-oil-2015-16", series="MTUM", benchmark="market")
    assert "oldest input ends 31 Mar 2017" in text(at)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("universe", ["full", "large_cap", "factor_etf"])
def test_the_factor_page_prints_the_artifacts_numbers(open_page, universe, language):
    at = open_page("factors", universe=universe, lang=language)
    assert not at.exception
    assert not at.error
    report = results.report(universe)
    shown = text(at)
    assert percent(report["strategies"]["ai"]["hit_ratio"]) in shown
    assert percent(report["strategies"]["equal_weight"]["hit_ratio"]) in shown
    assert str(report["trials"]) in shown
    assert Translator(language)(f"factors.headline_{report['headline_code']}") in shown
    assert len(charts(at)) == 5
    evidence = next(
        frame.value for frame in at.dataframe if Translator(language)("factors.column_strategy") in frame.value
    )
    assert len(evidence) > 15
    assert (
        percent(report["strategies"]["ai"]["hit_ratio"]) == evidence.iloc[0][Translator(language)("metric.hit_ratio")]
    )


def test_quality_and_dividend_are_empty_rows_with_their_reason(open_page):
    at = open_page("factors")
    cards = {metric.label: metric.value for metric in at.metric}
    assert cards["Quality"] == cards["Dividend"] == "–"
    assert "not held: the data at hand have no portfolio for it" in text(at)


def test_what_if_moves_the_weights_and_warns_outside_what_was_seen(open_page):
    at = open_page("factors")
    at.get_by_key("factors-input").set_value("default_spread")
    at.get_by_key("factors-change").set_value(3.0).run()
    table = next(frame.value for frame in at.dataframe if "What-if weight" in frame.value)
    assert table["Change"].tolist() != ["+0.0 points"] * len(table)
    assert not at.exception


def test_defence_costs_hit_ratio_and_saves_the_fall(open_page):
    at = open_page("factors")
    at.get_by_key("factors-tilt").set_value(0.0)
    at.get_by_key("factors-cash").set_value(0.0).run()
    plain = at.metric[-1].value
    assert plain == percent(results.report("full")["strategies"]["ai"]["max_drawdown"])
    at.get_by_key("factors-cash").set_value(1.0).run()
    assert at.metric[-1].value != plain


def test_the_live_record_can_be_switched_off(open_page):
    at = open_page("factors")
    assert "QRFT won 46 of 85 whole months" in text(at)
    at.get_by_key("factors-live").set_value(False).run()
    assert "QRFT won" not in text(at)


def test_an_ai_line_runs_through_covid_by_default(open_page):
    at = open_page("crises", crisis="covid-19-2020")
    assert "AI on factor ETFs" in [metric.label for metric in at.metric]
    assert "simulated walk-forward, design known" in text(at)
