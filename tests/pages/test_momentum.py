"""The page of AI momentum: its numbers are the engine's, and what rests on hindsight stays on the screen."""

import io

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine.errors import BadInput
from engine.momentum import Config, run
from engine.momentum.live import live_record
from engine.momentum.views import View
from engine.products import products
from tests.pages.test_pages import charts, text
from tests.ui.test_headless import run as noted
from ui.format import percent
from ui.i18n import Translator
from ui.record import Cards
from ui.registry import ROOT
from ui.reports import build

LOUD = "Chosen with hindsight"


def sound(at):
    assert not at.exception, [error.value for error in at.exception]
    assert not at.error, [error.value for error in at.error]
    return at


def cards(at):
    return {metric.label: metric.value for metric in at.metric}


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


def opened(**query):
    """The page in one session, with time for networks to learn."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=300).run()
    for name, value in query.items():
        at.query_params[name] = value
    return at.switch_page("pages/momentum/page.py").run()


@pytest.fixture(scope="module")
def view():
    return View(run(Config(panel="french_portfolios")))


# --- what it holds, why, under which rules


def test_holdings_rules_and_answer_are_the_engines(open_page, view):
    at = sound(open_page("momentum"))
    shown = table(at, "Residual momentum")
    found = view.found
    assert list(shown["Weight"]) == pytest.approx([one.weight for one in view.holdings], abs=1e-12)
    assert sorted(shown["Weight"], reverse=True) == pytest.approx(list(found.holdings), abs=1e-12)
    assert list(shown["Residual momentum"]) == pytest.approx(
        [found.scores.loc[one.name, "residual"] for one in view.holdings]
    )
    assert list(shown["Total momentum (12-1)"]) == pytest.approx(
        [found.scores.loc[one.name, "total"] for one in view.holdings]
    )
    assert cards(at)["Largest position"] == percent(found.holdings.max())
    assert cards(at)["Names held"] == str(len(found.holdings))
    assert "kept: at most 10 %" in [metric.delta for metric in at.metric]
    said = text(at)
    assert f"**{percent(found.strategies['momentum'].annual_return)} a year**" in said
    assert "cannot be told from chance" in said
    assert "not executable" in said


def test_ranks_explain_the_order(view):
    places = [one.place for one in view.holdings]
    assert view.holdings[0].place == min(places)
    for one, two in zip(view.holdings, view.holdings[1:], strict=False):
        assert (-round(one.weight, 9), one.place) < (-round(two.weight, 9), two.place)


# --- look-back: the method is a choice of the address


@pytest.mark.parametrize("method", ["ic", "blend", "fixed"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_method_answers_in_both_languages(open_page, method, language):
    at = sound(open_page("momentum", method=method, lang=language))
    assert at.query_params["method"] == method
    t = Translator(language)
    assert t(f"momentum.method_{method}_long", months=12) in text(at)
    expected = View(run(Config(panel="french_portfolios", method=method)))
    assert t("momentum.lookback_axis") in "".join(chart.proto.alt for chart in charts(at))
    assert cards(at)[t("metric.cagr")] == percent(expected.found.strategies["momentum"].annual_return)


def test_a_fixed_look_back_is_set_by_the_slider_and_told_as_the_rival_itself(open_page):
    at = sound(open_page("momentum", method="fixed"))
    assert "nothing to compare with" in text(at)
    at.slider(key="months").set_value(6.0).run()
    assert at.query_params["months"] == "6"
    expected = run(Config(panel="french_portfolios", method="fixed", fixed=6))
    assert cards(sound(at))["Return a year"] == percent(expected.strategies["momentum"].annual_return)


def test_the_network_method_learns_when_it_is_asked_for():
    at = sound(opened(method="net", panel="us_large_caps"))
    assert "small network" in text(at)
    assert LOUD in at.warning[0].value


def test_what_each_look_back_has_done_uses_known_outcomes_only(view):
    decided = pd.Timestamp(view.used[0][-1])
    history = view.found.history.dropna()
    known = history.loc[history.index < decided]
    assert view.past["all"][12] == pytest.approx(12.0 * known[12].mean())
    assert view.past["recent"][12] == pytest.approx(12.0 * known[12].iloc[-120:].mean())
    assert view.past_months == len(known) < len(history) + 1


# --- did it pay


def test_growth_by_month_gives_the_figures_of_the_cards(view):
    years = len(view.table) / 12.0
    for name, key in (
        ("net", "momentum"),
        ("fixed_12_1", "fixed_12_1"),
        ("market", "market"),
        ("equal_weight", "equal_weight"),
    ):
        end = view.growth.levels[name][-1]
        assert end ** (1.0 / years) - 1.0 == pytest.approx(view.found.strategies[key].annual_return, abs=1e-12)
    assert view.won["market"].share == pytest.approx(view.found.strategies["momentum"].hit_ratio)
    assert view.won["market"].low < view.won["market"].share < view.won["market"].high
    assert view.won["market"].least <= view.won["market"].median <= view.won["market"].most
    assert view.drag > 0


def test_the_cost_slider_moves_cost_but_not_ranks(open_page):
    at = sound(open_page("momentum"))
    before, held = cards(at), list(table(at, "Rank")["Rank"])
    at.slider(key="cost").set_value(50.0).run()
    after = cards(sound(at))
    assert at.query_params["cost"] == "50"
    expected = View(run(Config(panel="french_portfolios", cost_bps=50.0)))
    assert after["Return given up to cost"] == percent(expected.drag, 2) != before["Return given up to cost"]
    assert after["Return a year"] == percent(expected.found.strategies["momentum"].annual_return)
    assert list(table(at, "Rank")["Rank"]) == held


def test_no_chart_holds_a_live_fund_beside_a_simulation():
    for state in ({}, {"panel": "us_large_caps"}):
        for block in noted("momentum", state).charts():
            kinds = {trace.kind for trace in block.spec.traces}
            assert not {"live", "simulated"} <= kinds, block.key
    keys = [block.key for block in noted("momentum", {}).charts()]
    assert "beside-simulated" in keys
    assert "beside-live" in keys


# --- the real fund


def test_the_live_record_is_that_of_the_study():
    found = live_record()
    assert (found.months, f"{found.first:%Y-%m}", f"{found.last:%Y-%m}") == (85, "2019-06", "2026-06")
    wanted = {
        ("AMOM", "SPY"): (0.529, 0.27, 0.108, 6.2, 10, 0.014),
        ("AMOM", "MTUM"): (0.529, 0.12, 0.096, 6.6, 10, 0.027),
        ("MTUM", "SPY"): (0.529, 0.18, 0.098, 6.3, 9, 0.0),
    }
    for (fund, against), (won, ratio, error, mean, most, ten) in wanted.items():
        pair = found.pair(fund, against)
        assert pair.won.share == pytest.approx(won, abs=6e-4)
        assert pair.information_ratio == pytest.approx(ratio, abs=6e-3)
        assert pair.tracking_error == pytest.approx(error, abs=6e-4)
        assert pair.mean_12 == pytest.approx(mean, abs=0.06)
        assert pair.won.most == most
        assert pair.won.ten == pytest.approx(ten, abs=6e-4)
    assert [found.annual[fund] for fund in ("AMOM", "MTUM", "SPY")] == pytest.approx([0.193, 0.184, 0.169], abs=6e-4)
    assert found.years[2020]["SPY"] == 10


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_live_record_alone_may_leave_whatever_panel_was_chosen(language):
    made = noted("momentum", {"look": "live", "panel": "us_large_caps", "lang": language})
    assert made.survivors == ""
    assert made.problems == [] or all("panel" in told or "us_large_caps" in told for told in made.problems)
    alone = noted("momentum", {"look": "live", "lang": language})
    assert build.page(alone).sections
    assert all(trace.kind == "live" for block in alone.charts() for trace in block.spec.traces)
    assert all(card.kind == "live" for block in alone.blocks if isinstance(block, Cards) for card in block.cards)


# --- hindsight


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_rests_on_survivors_is_loud_and_refused(open_page, language):
    t = Translator(language)
    made = noted("momentum", {"panel": "us_large_caps", "lang": language})
    assert made.survivors == t("momentum.survivors")
    with pytest.raises(BadInput) as caught:
        build.page(made)
    assert caught.value.code == "export_survivors"
    at = sound(open_page("momentum", panel="us_large_caps", lang=language))
    assert t("momentum.survivors") in at.warning[0].value
    assert not at.get("download_button"), "a table of survivors can be downloaded"


def test_an_honest_panel_leaves_with_its_tables(open_page):
    made = noted("momentum", {})
    assert made.survivors == ""
    assert build.page(made).sections
    at = sound(open_page("momentum"))
    assert at.get("download_button")
    assert not at.warning


def test_a_story_refuses_the_survivors_and_takes_the_live_record():
    from ui.stories import deck

    t = Translator("en")
    assert deck.refusal(noted("momentum", {"panel": "us_large_caps"}), t)
    assert not deck.refusal(noted("momentum", {}), t)
    assert not deck.refusal(noted("momentum", {"look": "live"}), t)


# --- products


def test_a_fund_is_a_configuration():
    at = sound(opened(product="forecast_spread", panel="us_large_caps"))
    said = text(at)
    assert at.query_params["product"] == "forecast_spread"
    assert "highest mean forecast" in said
    shown = table(at, "Spread")
    expected = run(Config(**{**vars(products()["forecast_spread"].config), "panel": "us_large_caps"}))
    rows = View(expected)
    assert list(shown["Forecast"]) == pytest.approx([one.mean for one in rows.holdings])
    assert list(shown["Spread"]) == pytest.approx([one.spread for one in rows.holdings])
    assert all(one.spread > 0 for one in rows.forecasts)
    assert [one.mean for one in rows.forecasts] == sorted((one.mean for one in rows.forecasts), reverse=True)
    assert "Which look-back is in use" not in [part.value for part in at.subheader], "the product does not publish it"
    assert not [control for control in at.get("segmented_control") if control.key == "method"]


# --- own panels


def prices(names=20, months=130, *, ended=True, seed=0):
    """Monthly prices of chance; one name ends early where wished."""
    random = np.random.default_rng(seed)
    index = pd.date_range("2005-01-31", periods=months, freq="ME")
    table = pd.DataFrame(
        100.0 * np.exp(np.cumsum(random.normal(0.006, 0.05, (months, names)), axis=0)), index=index,
        columns=[f"N{order:02d}" for order in range(names)],
    )  # fmt: skip
    if ended:
        table.iloc[-10:, 0] = np.nan
    return table.rename_axis("date")


def csv(table):
    return table.to_csv(date_format="%Y-%m-%d").encode()


def uploaded(content, name="own.csv"):
    at = opened()
    at.file_uploader(key="momentum-own").upload(name, content, "application/octet-stream").run()
    assert not at.exception, [error.value for error in at.exception]
    return at


def test_an_own_panel_without_hindsight_answers_and_may_leave():
    table_ = prices()
    at = sound(uploaded(csv(table_)))
    assert at.selectbox(key="panel").value == "own"
    assert not at.warning
    assert at.get("download_button")
    assert "1 of them end before" in text(at)
    from engine.momentum import from_bytes

    found = run(Config(), from_bytes(csv(table_), name="own"))
    assert cards(at)["Return a year"] == percent(found.strategies["momentum"].annual_return)
    assert "names end before the panel does" in text(at)


def test_a_parquet_file_gives_the_same_fund():
    table_ = prices()
    content = io.BytesIO()
    table_.to_parquet(content)
    assert cards(uploaded(content.getvalue(), "own.parquet")) == cards(uploaded(csv(table_)))


def test_an_own_panel_of_survivors_is_marked():
    at = sound(uploaded(csv(prices(ended=False))))
    assert "no name of this panel ends" in at.warning[0].value
    assert not at.get("download_button")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not a table", "cannot be read as a CSV table"),
        (b"date,A,A\n2020-01-31,1,2\n2020-02-29,1,2\n", "the column A comes twice"),
        (csv(prices().assign(N01=-1.0)), "-1 of N01 on 2005-01-31 is not accepted"),
        (csv(prices()).replace(b"2005-03-31", b"someday"), "row 4: 'someday' is not a date"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_the_page_stays(content, told):
    at = uploaded(content)
    assert told in at.error[0].value
    assert at.selectbox(key="panel").value == "french_portfolios"
    assert cards(at)["Return a year"]


@pytest.mark.parametrize("table_", [prices(names=12), prices(months=60)])
def test_a_panel_too_small_or_too_short_says_what_it_needs(table_):
    at = uploaded(csv(table_))
    assert "16" in at.error[0].value
    assert "AMOM" in text(at), "the live record stands all the same"


def test_won_is_said_to_be_other_than_the_prices(open_page):
    assert "All figures of the fund are in USD" in text(open_page("momentum", currency="KRW"))


# --- elsewhere: the lab and the crisis page


def test_the_lab_lays_the_lines_beside_a_rule_and_marks_the_one_on_survivors():
    honest = noted("lab", {"panel": "sleeves", "look": "compare", "with": "momentum_portfolios"})
    names = [trace.name for block in honest.charts() for trace in block.spec.traces]
    assert Translator("en")("series.momentum_portfolios") in names
    assert honest.problems == []
    assert honest.survivors == ""
    marked = noted("lab", {"look": "compare", "with": "momentum"})
    assert marked.problems == []
    assert marked.survivors


def test_nothing_on_the_overview_can_be_the_line_on_survivors():
    from pages.overview.charts import CHOICES

    assert "momentum" not in CHOICES
