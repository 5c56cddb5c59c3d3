"""The backtest lab: its numbers are the engine's, its address is the run, and what it cannot show it says."""

import base64
import json
import tomllib
from datetime import date

import numpy as np
import pytest

from engine import cli, lab
from engine.lab import views
from engine.lab.config import from_dict
from pages.lab import controls
from pages.lab.live import VIEWS
from tests.pages.test_pages import charts, text
from ui.format import percent
from ui.i18n import Translator

TWO = lab.FixedWeights((("MTUM", 0.5), ("USMV", 0.5)))
OFF_GRID = lab.Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3)


def shown(at, name):
    """Data of a chart by the name of one of its lines."""
    for chart in charts(at):
        for trace in json.loads(chart.proto.spec)["data"]:
            if trace.get("name") == name:
                yield trace


def numbers(values):
    """Numbers of a trace, also where they travel as bytes."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return np.array(values, dtype=float)


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


def cards(at):
    return {metric.label: metric.value for metric in at.metric}


def sound(at):
    assert not at.exception
    assert not at.error, [error.value for error in at.error]
    return at


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("look", list(VIEWS))
def test_every_view_stands_in_both_languages(open_page, look, language):
    at = sound(open_page("lab", look=look, lang=language, cells="6"))
    assert Translator(language)("lab.tag_simulated") in text(at)
    assert charts(at) or at.dataframe


@pytest.mark.parametrize("prices", list(lab.PANELS))
def test_every_light_rule_answers_on_every_panel_it_suits(open_page, prices):
    at = open_page("lab", panel=prices)
    for name in controls.suited(lab.panel(prices)):
        if not lab.STRATEGIES[name].heavy:
            at.selectbox(key="strategy").set_value(name).run()
            if name == "factor_momentum":
                at.slider(key="p_held").set_value(2.0).run()
            sound(at)
            assert at.query_params.get("strategy", "fixed_weights") == name


def test_an_off_grid_setting_in_the_address_is_the_engines_run_to_the_last_digit(open_page):
    at = sound(open_page("lab", cost="7.3", rule="band", band="0.037"))
    found = lab.run(OFF_GRID)
    drawn = next(shown(at, "This rule"))
    assert numbers(drawn["y"])[-1] == pytest.approx(found.levels.iloc[-1], abs=1e-12)
    assert max(numbers(drawn["y"])) == pytest.approx(found.levels.max(), abs=1e-12)
    assert cards(at)["Return a year"] == percent(found.sheet.cagr)
    assert cards(at)["Worst fall"] == percent(found.sheet.max_drawdown)
    assert at.query_params["cost"] == "7.3"
    assert at.query_params["band"] == "0.037"


def test_the_command_line_gives_the_same_values(open_page, capsys, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text(OFF_GRID.to_toml(), encoding="utf-8")
    with pytest.raises(SystemExit):
        cli.main(["backtest", "run", "--config", str(file), "--json"])
    told = json.loads(capsys.readouterr().out)
    drawn = next(shown(open_page("lab", cost="7.3", rule="band", band="0.037"), "This rule"))
    value = told["value"][-1][1]
    assert numbers(drawn["y"])[-1] == pytest.approx(value, abs=1e-12)


def test_weights_and_dates_stand_in_the_address_and_come_back(open_page):
    query = {"w": "MTUM:33.3.QUAL:12.5.VLUE:20", "from": "2016-03-01", "to": "2020-12-31", "fill": "same_close"}
    at = sound(open_page("lab", **query, o_tilt="1", tilt_strength="1.35", rule="quarterly"))
    expected = lab.Config(
        strategy=lab.FixedWeights((("MTUM", 0.333), ("QUAL", 0.125), ("VLUE", 0.2))), rule="quarterly", fill="same_close",
        start=date(2016, 3, 1), end=date(2020, 12, 31), overlays=(lab.Tilt(strength=1.35),),
    )  # fmt: skip
    drawn = next(shown(at, "This rule"))
    assert numbers(drawn["y"])[-1] == pytest.approx(lab.run(expected).levels.iloc[-1], abs=1e-12)
    for key, value in query.items():
        assert at.query_params[key] == value
    assert "34 % is left in cash" in text(at)


@pytest.mark.parametrize("wrong", ["MTUM", "MTUM:x", "MTUM:150", "NOPE:50", "MTUM:50,USMV:50"])
def test_weights_that_cannot_be_are_named(open_page, wrong):
    at = open_page("lab", w=wrong)
    assert f"'{wrong}'" in at.warning[0].value.replace("\\", "")
    assert cards(at)["Return a year"] == percent(lab.run(lab.Config(strategy=TWO)).sheet.cagr)


def test_headline_rivals_and_cards_are_the_engines(open_page):
    at = sound(open_page("lab"))
    found = lab.run(lab.Config(strategy=TWO))
    mark, words = views.benchmark_sheet(found), text(at)
    assert f"**{percent(found.sheet.cagr)} a year**" in words
    assert percent(mark.cagr) in words
    assert f"**{percent(found.sheet.max_drawdown)}**, the benchmark's {percent(mark.max_drawdown)}" in words
    assert f"a month late: {percent(lab.late(found.config).sheet.cagr)} a year" in words
    assert f"on the same terms earned {percent(views.rival(found).sheet.cagr)} a year" in words
    judged = lab.evidence(found, [lab.ratio(found)])
    assert cards(at)["Deflated Sharpe"] == percent(judged.deflated, 0)
    assert cards(at)["Information ratio"] == f"{found.sheet.information_ratio:.2f}"
    assert "daily, total return, USD" in words
    assert "As of 28 Dec 2022" in words


def test_a_fill_at_the_signals_own_close_is_marked(open_page):
    tag = "Not executable"
    assert tag not in text(open_page("lab"))
    assert tag in text(open_page("lab", fill="same_close"))
    assert tag in text(open_page("lab", panel="sleeves"))
    assert tag not in text(open_page("lab", panel="sleeves", fill="next_close"))


def test_hindsight_and_survivors_are_said(open_page):
    assert "Looks ahead" in text(open_page("lab", panel="classes", strategy="world_portfolio"))
    assert "Survivors only" in text(open_page("lab", panel="us_large_caps", strategy="equal_weight"))
    assert "생존 편향" in text(open_page("lab", panel="us_large_caps", strategy="equal_weight", lang="ko"))


def test_every_distinct_run_counts_once(open_page):
    at = open_page("lab")
    assert "Runs tried: 1" in text(at)
    at.slider(key="cost").set_value(20.0).run()
    assert "Runs tried: 2" in text(at)
    at.slider(key="cost").set_value(10.0).run()
    assert "Runs tried: 2" in text(at)
    assert "Tuned on" not in text(at)
    at.slider(key="cost").set_value(30.0).run()
    assert "Runs tried: 3" in text(at)
    assert "Tuned on 100 % of this period" in text(at)
    ratios = [lab.ratio(lab.run(lab.Config(strategy=TWO, cost_bps=cost))) for cost in (10.0, 20.0, 30.0)]
    found = lab.run(lab.Config(strategy=TWO, cost_bps=30.0))
    assert cards(at)["Deflated Sharpe"] == percent(lab.evidence(found, ratios).deflated, 0)


def test_cells_of_a_surface_count_as_tries(open_page):
    at = sound(open_page("lab", look="surface", cells="6", strategy="factor_momentum"))
    assert "Runs tried: 31" in text(at)
    assert "Leading of 30 cells" in text(at)
    assert "Probability of backtest overfitting" in text(at)


def test_tuning_on_other_years_is_out_of_sample(open_page):
    at = open_page("lab", **{"from": "2014-01-02", "to": "2017-12-29"})
    at.session_state["from"], at.session_state["to"] = date(2018, 1, 2), None
    at.run()
    assert "Not tuned on this period" in text(at)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"w": "MTUM:80.USMV:40"}, "Weights: a sum of 1.2 is not accepted"),
        ({"strategy": "mean_variance", "p_window": "2500"}, "never has the history it needs"),
        ({"from": "2022-12-27"}, "Period: 2 dates found"),
        ({"from": "2020-01-02", "to": "2019-01-02"}, "ends before it begins"),
        ({"strategy": "factor_momentum", "p_held": "9"}, "1 to 5 assets"),
        ({"o_volatility_target": "1", "volatility_target_cap": "2"}, "without leverage"),
    ],
)
def test_settings_that_cannot_be_are_told_in_a_sentence_and_the_page_goes_on(open_page, query, sentence):
    at = open_page("lab", **query)
    assert not at.exception
    assert sentence in "\n".join(error.value for error in at.error)
    assert at.slider(key="cost")
    assert Translator("en")("disclaimer.research") in text(at)


def test_a_window_longer_than_the_data_is_told_in_korean(open_page):
    at = open_page("lab", lang="ko", strategy="mean_variance", p_window="2500")
    assert "거래가 한 번도 일어나지 않습니다" in at.error[0].value


def test_the_control_of_a_bad_setting_can_be_moved_back(open_page):
    at = open_page("lab", w="MTUM:80.USMV:40")
    at.slider(key="w:USMV").set_value(0.2).run()
    sound(at)


def test_a_saved_run_is_compared_opened_and_offered_as_a_basket(open_page):
    at = open_page("lab", cost="25")
    at.text_input(key="lab-name").set_value("dear").run()
    at.button(key="lab-save").click().run()
    at.slider(key="cost").set_value(0.0).run()
    at.session_state["look"] = "compare"
    sound(at.run())
    rows = table(at, "Name").set_index("Name")
    dear, free = (lab.run(lab.Config(strategy=TWO, cost_bps=cost)).sheet.cagr for cost in (25.0, 0.0))
    assert rows.loc["dear", "Return a year"] == percent(dear)
    assert rows.loc["This rule", "Return a year"] == percent(free)
    assert (
        "basket:dear" in at.selectbox(key="strategy").options or "Basket: dear" in at.selectbox(key="strategy").options
    )
    at.button(key="lab-load-dear").click().run()
    assert at.slider(key="cost").value == 25.0
    at.button(key="lab-forget-dear").click().run()
    assert "dear" not in table(sound(at), "Name")["Name"].tolist()


def test_a_basket_chosen_among_the_rules_becomes_weights_that_a_link_can_carry(open_page):
    at = open_page("lab", w="MTUM:70.VLUE:30")
    at.text_input(key="lab-name").set_value("mine").run()
    at.button(key="lab-save").click().run()
    at.selectbox(key="strategy").set_value("equal_weight").run()
    assert at.query_params["strategy"] == "equal_weight"
    at.selectbox(key="strategy").set_value("basket:mine").run()
    assert "strategy" not in at.query_params
    assert at.query_params["w"] == "MTUM:70.VLUE:30"


def test_rules_and_lines_stand_beside_each_other_over_shared_dates(open_page):
    at = sound(open_page("lab", look="compare", beside="equal_weight.risk_parity", **{"with": "sp500_total_return"}))
    rows = table(at, "Name")
    expected = lab.compare(
        {
            "a": lab.run(lab.Config(strategy=TWO)),
            "b": lab.run(lab.Config(strategy=lab.EqualWeight())),
            "c": lab.run(lab.Config(strategy=lab.RiskParity())),
        }
    )
    assert rows["Return a year"].tolist()[:3] == [percent(item.metrics.cagr) for item in expected]
    assert rows["Name"].tolist()[3] == "S&P 500 total return"


def test_settings_come_from_a_file_and_what_the_controls_cannot_show_is_said(open_page):
    at = open_page("lab")
    upload = next(item for item in at.file_uploader if item.key == "lab-config")
    upload.upload("exact.toml", OFF_GRID.to_toml().encode(), "application/toml").run()
    sound(at)
    drawn = next(shown(at, "This rule"))
    assert numbers(drawn["y"])[-1] == pytest.approx(lab.run(OFF_GRID).levels.iloc[-1], abs=1e-12)
    assert session_of(at, "saved") == {"exact": OFF_GRID}
    dear = lab.Config(strategy=TWO, cost_bps=250.0).to_toml()
    upload = next(item for item in at.file_uploader if item.key == "lab-config")
    upload.upload("dear.toml", dear.encode(), "application/toml").run()
    assert "cannot show: Cost in basis points" in text(at)
    at.session_state["look"] = "compare"
    sound(at.run())
    upload = next(item for item in at.file_uploader if item.key == "lab-config")
    upload.upload("bad.toml", b"[strategy]\nname = 'nope'\n", "application/toml").run()
    assert "'nope' is not known" in at.error[0].value


def session_of(at, name):
    return at.session_state[f"_lab_{name}"]


@pytest.mark.parametrize(
    "config",
    [
        OFF_GRID,
        lab.Config(panel="sleeves", strategy=lab.MeanVariance(window=60, cap=0.4, risk_aversion=3.5), overlays=(lab.CashOverlay(0.2),)),
        lab.Config(panel="us_large_caps", assets=("AAPL", "KO"), strategy=lab.FactorMomentum(held=1), start=date(2001, 1, 2)),
        lab.Config(
            strategy=TWO, overlays=(lab.Tilt(strength=1.5), lab.VolatilityTarget(cap=1.5, leverage=True)), leverage=2.0,
            band=0.1, band_kind="relative", buffer=0.01, fixed_cost=2.5, capital=10_000.0, whole_shares=True, cash_earns=False,
            benchmark="equal_weight", fill="same_close", rule="quarterly",
        ),
    ],
)  # fmt: skip
def test_what_the_controls_show_is_the_config_of_the_file(open_page, config):
    at = open_page("lab")
    upload = next(item for item in at.file_uploader if item.key == "lab-config")
    upload.upload("given.toml", config.to_toml().encode(), "application/toml").run()
    sound(at)
    assert config in [key[0] for key in session_of(at, "tried")]


def test_the_exported_settings_read_back():
    assert from_dict(tomllib.loads(OFF_GRID.to_toml())) == OFF_GRID


MONTHS = [f"{year}-{month:02d}" for year in (2019, 2020, 2021) for month in range(1, 13)]


def prices_file():
    rng = np.random.default_rng(7)
    paths = 100 * np.cumprod(1 + rng.normal(0.006, 0.04, (36, 2)), axis=0)
    rows = [f"{month},{a:.4f},{b:.4f}" for month, (a, b) in zip(MONTHS, paths, strict=True)]
    return ("date,Fund A,Fund-B\n" + "\n".join(rows)).encode()


def upload(at, key, name, content):
    item = next(item for item in at.file_uploader if item.key == key)
    return item.upload(name, content, "text/csv").run()


def test_own_prices_become_the_panel_and_stay_in_the_session(open_page):
    at = sound(upload(open_page("lab"), "lab-prices", "mine.csv", prices_file()))
    assert "Read 36 rows of 2 column(s)" in text(at)
    own = lab.from_csv(prices_file(), basis="total_return")
    config = lab.Config(panel="own", strategy=lab.FixedWeights((("Fund A", 0.5), ("Fund-B", 0.5))))
    assert numbers(next(shown(at, "This rule"))["y"])[-1] == pytest.approx(
        lab.run(config, own).levels.iloc[-1], abs=1e-12
    )
    assert "There is no benchmark to beat" in text(at)
    other = open_page("lab", panel="own")
    assert "'own'" in other.warning[0].value
    for look in VIEWS:
        at.session_state["look"] = look
        at.session_state["lang"] = "ko"
        sound(at.run())


def test_opens_offer_the_next_open(open_page):
    at = upload(open_page("lab"), "lab-prices", "mine.csv", prices_file())
    assert "next_open" not in at.selectbox(key="fill").options
    at = sound(upload(at, "lab-opens", "opens.csv", prices_file()))
    at.selectbox(key="fill").set_value("next_open").run()
    sound(at)
    own = lab.from_csv(prices_file(), opens=prices_file(), basis="total_return")
    config = lab.Config(
        panel="own", strategy=lab.FixedWeights((("Fund A", 0.5), ("Fund-B", 0.5))), fill="next_open"
    )  # fmt: skip
    assert numbers(next(shown(at, "This rule"))["y"])[-1] == pytest.approx(
        lab.run(config, own).levels.iloc[-1], abs=1e-12
    )


def test_bad_prices_are_named_with_row_and_column(open_page):
    at = upload(open_page("lab"), "lab-prices", "bad.csv", b"date,A,B\n2020-01,1,2\n2020-02,-1,2\n2020-03,1,2\n")
    assert "row 3, column A" in at.error[0].value
    assert cards(at)["Return a year"]


def test_an_own_series_is_the_benchmark_and_a_line_to_compare_with(open_page):
    found = lab.run(lab.Config(panel="sleeves", strategy=lab.EqualWeight()))
    levels = found.levels * np.exp(0.001 * np.arange(len(found.levels)))
    rows = "\n".join(f"{day:%Y-%m-%d},{value:.10f}" for day, value in levels.items())
    at = open_page("lab", panel="sleeves", strategy="equal_weight")
    sound(upload(at, "lab-series", "fund.csv", f"date,value\n{rows}".encode()))
    assert "Your own series" in text(at)
    assert cards(at)["Months won"] == "0.0 %"
    at.session_state["look"] = "compare"
    sound(at.run())
    assert "Your own series" in table(at, "Name")["Name"].tolist()


def test_an_own_series_that_misses_dates_of_the_run_is_refused(open_page):
    at = upload(
        open_page("lab", panel="sleeves"), "lab-series", "short.csv", b"date,value\n2000-01,1\n2000-02,2\n2000-03,3\n"
    )
    assert "is outside the data" in at.error[0].value or "2000-01-31 to 2000-03-31" in at.error[0].value


def test_a_slow_rule_waits_for_the_button_and_trades_on_other_terms_at_once(open_page, monkeypatch):
    made = []
    decide = lab.EnhancedPassive.decide
    monkeypatch.setattr(lab.EnhancedPassive, "decide", lambda self, *a: made.append(1) or decide(self, *a))
    at = sound(open_page("lab", panel="classes", strategy="enhanced_passive", p_window="60"))
    assert len(made) == 1
    before = cards(at)["Return a year"]
    at.slider(key="cost").set_value(100.0).run()
    assert len(made) == 1
    assert cards(at)["Return a year"] != before
    at.selectbox(key="rule").set_value("quarterly").run()
    assert len(made) == 1
    assert "press Run for these settings" in text(at)
    at.button(key="FormSubmitter:lab-form-Run").click().run()
    assert len(made) == 2
    assert "press Run" not in text(at)


def test_choosing_a_slow_rule_does_not_start_it(open_page):
    at = open_page("lab", panel="classes")
    at.selectbox(key="strategy").set_value("enhanced_passive").run()
    assert "Press Run to see it" in text(at)
    assert not at.metric


def test_won_are_not_converted_and_that_is_said(open_page):
    assert "Figures are in USD" in text(open_page("lab", currency="KRW"))


def test_figures_table_holds_the_engines_figures_and_intervals(open_page):
    at = sound(open_page("lab", look="figures"))
    rows = table(at, "Figure").set_index("Figure")
    found = lab.run(lab.Config(strategy=TWO))
    low, high = lab.evidence(found).intervals["cagr"]
    assert rows.loc["Return a year", "This rule"] == percent(found.sheet.cagr)
    assert rows.loc["Return a year", "95 % interval"] == f"{percent(low)} – {percent(high)}"
    assert rows.loc["Up capture", "This rule"] == percent(found.sheet.up_capture)


def test_falls_costs_and_folds_are_the_engines(open_page):
    found = lab.run(lab.Config(strategy=TWO))
    falls = table(open_page("lab", look="falls"), "Depth")
    assert falls["Depth"].tolist() == [percent(depth) for depth in found.sheet.drawdowns["depth"]]
    years = table(open_page("lab", look="costs"), "Trading dates")
    expected = views.yearly(found)
    assert years["This rule"].tolist() == [percent(value) for value in expected["return"]]
    assert years["Trading dates"].tolist() == expected["trades"].tolist()
    at = open_page("lab", look="folds", cells="6", train="5")
    assert len(table(at, "Test months")) >= 3


def test_the_band_of_luck_is_drawn_on_demand(open_page):
    assert not list(shown(open_page("lab"), "Resampled, 5 to 95 %"))
    band = list(shown(open_page("lab", spread="1"), "Resampled, 5 to 95 %"))
    bands = lab.evidence(lab.run(lab.Config(strategy=TWO))).bands
    assert numbers(band[0]["y"])[-1] == pytest.approx(bands[0.95].iloc[-1])
    assert numbers(band[1]["y"])[-1] == pytest.approx(bands[0.05].iloc[-1])


def test_no_trace_has_more_than_two_thousand_points(open_page):
    at = open_page("lab", panel="us_large_caps", strategy="equal_weight")
    for chart in charts(at):
        for trace in json.loads(chart.proto.spec)["data"]:
            assert len(numbers(trace["y"])) <= 2000


def test_choices_are_kept_between_pages(open_page):
    at = open_page("lab", cost="33", o_cash="1")
    at.switch_page("pages/data/page.py").run()
    at.switch_page("pages/lab/page.py").run()
    assert at.query_params["cost"] == "33"
    assert at.query_params["o_cash"] == "1"


def test_a_folder_that_is_closed_keeps_its_values(open_page):
    at = open_page("lab", o_tilt="1", tilt_strength="1.7", buffer="0.02")
    at.slider(key="cost").set_value(5.0).run()
    assert at.query_params["tilt_strength"] == "1.7"
    expected = lab.Config(strategy=TWO, cost_bps=5.0, buffer=0.02, overlays=(lab.Tilt(strength=1.7),))
    assert expected in [key[0] for key in session_of(at, "tried")]
