"""Factor room, crises and overview under a stored snapshot: the new month, its dates, the policy's age, what was unknown."""

from datetime import date

import pytest

from engine.factors import results
from engine.lines import line
from engine.overview import headline
from engine.sources import BUNDLED, using
from tests.engine.stored_world import LONG, refreshed
from tests.pages.test_pages import text
from ui.format import day, percent
from ui.i18n import Translator


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    with refreshed(tmp_path_factory.mktemp("stored")) as result:
        yield result.snapshot


def blocks(at):
    return {block.key: block for block in at.session_state["_record"].blocks if hasattr(block, "key")}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_factor_room_shows_the_newest_month(stored, open_page, language):
    at, t = open_page("factors", lang=language, universe="factor_etf"), Translator(language)
    assert not at.exception
    assert not at.error
    today, shown = results.weights_on("factor_etf"), text(at)
    assert today["snapshot"] == stored
    assert t("factors.as_of_weights", day=day(date(2026, 5, 31), language)) in shown
    age = blocks(at)["age"].text
    for said in ("2026-06", "2022-12", "2021-11", "54"):
        assert said in age
    assert t("feature.inflation_6m") in age
    assert t("factors.age_over") in age
    assert "2025-10" in shown  # the months in which inputs were unknown
    assert at.session_state["_record"].as_of == date(2026, 5, 31)
    weights = [card.value for card in blocks(at)["weights"].cards]
    assert percent(today["weights"]["big_momentum"]) in weights
    area = blocks(at)["area"].spec
    assert area.traces[0].x[-1] == date(2026, 5, 31)
    assert t("factors.live_since_item", since="2022-12", year=2022) in area.source
    assert blocks(at)["factor-growth"].spec.traces[0].x[-1] == date(2026, 5, 31)
    record = results.report("factor_etf")["live"]
    assert str(record["won"]["ai"]) in blocks(at)["live-months"].text
    options = at.selectbox(key="factors-input").options
    assert t("feature.inflation_6m") not in options
    assert t("feature.inflation_12m") in options


@pytest.mark.parametrize("universe", ["full", "large_cap"])
def test_the_other_universes_say_that_they_stay(stored, open_page, universe):
    at = open_page("factors", universe=universe)
    assert not at.exception
    age = blocks(at)["age"].text
    assert "stays as trained" in age
    assert "January 2017" in age
    assert "live-months" not in blocks(at)
    assert "2017-03" in text(at)


def test_bundled_data_say_how_old_the_fit_is(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "empty"))
    at = open_page("factors", universe="factor_etf")
    age = blocks(at)["age"].text
    assert "January 2022" in age
    assert "After a data refresh" in age
    assert "live-months" not in blocks(at)
    assert blocks(at)["area"].spec.traces[0].x[-1] == date(2022, 11, 30)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_overview_follows(stored, open_page, language):
    at, t = open_page(lang=language), Translator(language)
    assert not at.exception
    assert not at.error
    found, today = headline("ai_etf"), results.weights_on("factor_etf")
    assert found.as_of == LONG[-1].date()
    (age,) = [metric for metric in at.metric if metric.label == t("overview.card_age")]
    assert age.value == "2026-05-29"
    said = blocks(at)["weights"].text
    assert day(date(2026, 5, 31), language) in said
    assert percent(today["weights"]["big_momentum"]) in said
    assert t("overview.today_weights_due", months=54) in text(at)
    with using(BUNDLED):
        assert headline("ai_etf").as_of == date(2022, 12, 28)


@pytest.mark.parametrize("crisis", ["tariff-shock-2025", "custom"])
def test_the_crisis_page_reaches_the_new_sessions(stored, open_page, crisis):
    dates = {"start": "2026-05-04", "end": "2026-05-29"} if crisis == "custom" else {}
    at = open_page("crises", crisis=crisis, series="ai_etf,MTUM,sp500_total_return", **dates)
    assert not at.exception
    assert not at.error
    drawn = [block.spec for block in blocks(at).values() if hasattr(block, "spec") and block.spec.kind == "lines"]
    assert any(Translator("en")("series.ai_etf") in [trace.name for trace in spec.traces] for spec in drawn)
    kinds = {trace.name: trace.kind for spec in drawn for trace in spec.traces}
    assert kinds[Translator("en")("series.ai_etf")] == "simulated"  # no money followed it, however new its months
    assert line("ai_etf").last == date(2026, 5, 29)
    assert "policy frozen" in text(at)


def test_what_holds_the_newest_month_back_is_a_sentence(open_page, tmp_path):
    with refreshed(tmp_path, ["factor_etfs", "sp500_total_return"]):
        at = open_page("factors", universe="factor_etf")
    assert not at.exception
    age = blocks(at)["age"].text
    for said in ("us_macro_monthly", "2026-03-31", "2026-05-31"):
        assert said in age
