"""Presentation mode without a browser: pages and stories, step by step."""

import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ui.i18n import Translator
from ui.present.stage import lines, plain
from ui.registry import ROOT
from ui.stories import file


@pytest.fixture(autouse=True)
def _caches():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def present(page="overview", **query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if page != "overview":
        at.run()
    for name, value in ({"present": "1"} | query).items():
        at.query_params[name] = value
    if page != "overview":
        at.switch_page(f"pages/{page}/page.py")
    at.run()
    assert not at.exception, at.exception
    return at


def press(at, name):
    at.get_by_key(f"present-{name}").click().run()
    assert not at.exception, at.exception
    return at


def counter(at):
    return next(found for m in at.main.markdown if (found := re.fullmatch(r"Screen (\d+) of (\d+)", m.value)))


def headline(at):
    return at.main.title[0].value


def small(at):
    return at.main.caption[-1].value


def test_a_story_is_walked_from_its_first_screen_to_the_disclaimer():
    story = file.shipped()["pension"]
    at = present(story="pension")
    seen = [headline(at)]
    assert counter(at).groups() == ("1", str(len(story.steps) + 1))
    assert at.get_by_key("present-back").disabled
    for _ in story.steps:
        seen.append(headline(press(at, "next")))
    assert at.get_by_key("present-next").disabled
    assert at.query_params["step"] == str(len(story.steps) + 1)
    assert seen[-1] == Translator("en")("present.end")
    assert Translator("en")("disclaimer.loss") in [m.value for m in at.main.markdown]
    assert len(set(seen)) == len(seen)
    for step, said in zip(story.steps, seen[:-1], strict=True):
        for part in re.split(r"\{\w+\}", step.en):
            assert plain(part) in said
    assert headline(press(at, "back")) == seen[-2]


def test_figures_stay_those_of_the_deck_while_it_is_presented(monkeypatch):
    at = present(story="pension", step="3")
    before = headline(at)
    from ui.present import run

    monkeypatch.setattr(run, "snapshot_id", lambda: "another-snapshot")
    assert headline(at.run()) == before
    assert Translator("en")("present.moved") in small(at)
    assert "another-snapshot" not in small(at)
    assert "−56.8 %" in headline(press(press(at, "next"), "back"))


def test_a_step_too_far_shows_the_nearest_screen():
    for asked, shown in (("99", "10"), ("0", "1"), ("x", "1"), ("-3", "1")):
        assert counter(present(story="pension", step=asked))[1] == shown


def test_an_unknown_story_is_said_and_the_page_is_presented():
    at = present("crises", story="<b>none")
    assert any("no story" in warning.value for warning in at.warning)
    assert counter(at)


@pytest.mark.parametrize(("page", "least"), [("crises", 4), ("passive", 6), ("utility", 5)])
def test_a_page_shows_one_message_a_screen_then_the_disclaimer(page, least):
    at = present(page)
    count = int(counter(at)[2])
    assert count > least
    assert len(at.main.get("plotly_chart")) <= 2
    for _ in range(count - 1):
        press(at, "next")
    assert headline(at) == Translator("en")("present.end")


def test_the_controls_stand_in_the_drawer_and_move_the_screen():
    at = present("crises", crisis="covid-19-2020", step="2")
    assert "crisis" in [box.key for box in at.sidebar.selectbox]
    assert not at.main.selectbox
    before = at.main.get("plotly_chart")[0].proto.spec
    at.get_by_key("crisis").set_value("global-financial-crisis-2007-09").run()
    assert at.main.get("plotly_chart")[0].proto.spec != before
    assert at.query_params["crisis"] == "global-financial-crisis-2007-09"
    assert at.query_params["present"] == "1"


def test_the_lab_reruns_whole_so_that_the_screen_follows():
    at = present("lab", step="2")
    before = at.main.get("plotly_chart")[0].proto.spec
    assert "panel" in [box.key for box in at.sidebar.selectbox]
    at.get_by_key("panel").set_value("classes").run()
    assert not at.exception
    assert at.main.get("plotly_chart")[0].proto.spec != before
    at.get_by_key("panel").set_value("us_large_caps").run()
    assert headline(at) == Translator("en")("present.refused")
    assert not at.main.get("plotly_chart"), "members chosen with hindsight are not presented"


def test_a_step_can_be_adjusted_and_the_storys_figures_come_back():
    at = present(story="pension", step="3")
    frozen = headline(at)
    press(at, "adjust")
    assert headline(at) == frozen
    at.get_by_key("crisis").set_value("covid-19-2020").run()
    assert "−33.9 %" in headline(at)
    assert Translator("en")("present.adjusted") in small(at)
    press(at, "frozen")
    assert headline(at) == frozen
    assert Translator("en")("present.adjusted") not in small(at)


def test_what_was_chosen_before_does_not_reach_the_adjusted_step():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/crises/page.py").run()
    at.get_by_key("crisis").set_value("volmageddon-feb-2018").run()
    for name, value in {"present": "1", "story": "committee", "step": "6"}.items():
        at.query_params[name] = value
    at.run()
    press(at, "adjust")
    assert at.get_by_key("crisis").value == "inflation-rate-bear-2022"


def test_an_adjusted_step_whose_claim_turns_false_is_not_shown():
    at = press(present(story="pension", step="3"), "adjust")
    at.get_by_key("crisis").set_value("volmageddon-feb-2018").run()
    assert headline(at) == Translator("en")("present.refused")
    assert any("“fall < -0.3” with fall = −10" in m.value for m in at.main.markdown)
    assert not at.main.get("plotly_chart")


@pytest.mark.parametrize(("story", "home"), [("pension", "stories"), ("", "crises")])
def test_end_leads_back(story, home):
    at = present(story=story) if story else present("crises", crisis="covid-19-2020")
    press(at, "end")
    assert at.title[0].value == Translator("en")(f"{home}.title")
    assert "present" not in at.query_params
    assert story or at.query_params["crisis"] == "covid-19-2020"


def test_every_screen_is_marked_until_a_review_is_on_file(monkeypatch):
    def badges(at):
        return [m.value for m in at.main.markdown if "badge" in m.value]

    assert Translator("ko")("report.watermark") in badges(present(story="pension", lang="ko"))[0]
    monkeypatch.setenv("LODESTAR_REVIEWER", "J. Doe")
    monkeypatch.setenv("LODESTAR_REVIEW_NUMBER", "2026-001")
    monkeypatch.setenv("LODESTAR_REVIEW_VALID_UNTIL", "2099-01-01")
    assert badges(present(story="pension", lang="ko")) == []


def test_plain_text_stays_plain():
    assert plain("a_b *c* $d$ :red[x] 3:4") == r"a\_b \*c\* \$d\$ \:red\[x\] 3:4"


def test_long_texts_take_more_lines():
    assert lines("short", 1280, 32) == 1
    assert lines("가" * 40, 1280, 32) == 2
    assert lines("a" * 40, 1280, 32) == 1
