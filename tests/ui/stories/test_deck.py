"""Stories with their figures: every shipped one whole in both languages, and what may not be shown is blocked."""

from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.crises import named_crises
from engine.factors import results
from ui.format import percent, ratio
from ui.i18n import LANGUAGES
from ui.record import Chart
from ui.specs import panels
from ui.stories import file
from ui.stories.model import PLACEHOLDER, Claim, Step, Story


@pytest.fixture(autouse=True)
def _caches():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def script(story, languages):
    import streamlit as st

    from ui.stories import deck

    st.session_state["decks"] = {language: deck.make(story, language) for language in languages}
    st.session_state["reports"] = {name: deck.report(made) for name, made in st.session_state["decks"].items()}
    st.text("done")


def decks(story, languages=("en",)):
    at = AppTest.from_function(script, args=(story, languages), default_timeout=300).run()
    assert not at.exception, at.exception
    assert [element.value for element in at.text] == ["done"]
    return at.session_state["decks"], at.session_state["reports"]


@pytest.mark.parametrize("key", sorted(file.shipped()))
def test_a_shipped_story_can_be_told_in_both_languages(key):
    story = file.shipped()[key]
    found, reports = decks(story, LANGUAGES)
    assert 6 <= len(story.steps) <= 9
    for language, deck in found.items():
        assert [slide.blocked for slide in deck.slides] == [""] * len(story.steps)
        assert len(deck.disclaimers) >= 3
        for slide in deck.slides:
            said = slide.step.sentence(language)
            assert file.loose_figures(said) == ()
            assert "{" not in slide.headline
            for name in PLACEHOLDER.findall(said):
                assert slide.facts[name].text in slide.headline
                assert slide.facts[name].text.strip("–")
            assert [block.key for block in slide.blocks] == list(slide.step.blocks)
        report = reports[language]
        assert len(report.sections) == len(story.steps)
        assert report.watermark
        assert not report.review
    english, korean = found["en"].slides, found["ko"].slides
    for one, other in zip(english, korean, strict=True):
        assert {name: fact.value for name, fact in one.facts.items() if isinstance(fact.value, int | float)} == {
            name: fact.value for name, fact in other.facts.items() if isinstance(fact.value, int | float)
        }


def test_both_languages_name_the_same_figures():
    for story in file.shipped().values():
        for step in story.steps:
            assert set(PLACEHOLDER.findall(step.en)) == set(PLACEHOLDER.findall(step.ko)), step.en


@pytest.mark.parametrize("key", sorted(file.shipped()))
def test_a_live_fund_never_shares_a_panel_with_a_simulation(key):
    found, reports = decks(file.shipped()[key])
    specs = [
        spec
        for slide in found["en"].slides
        for block in slide.blocks
        if isinstance(block, Chart)
        for spec in panels(block.spec)
    ]
    specs += [spec for part in reports["en"].sections for spec in part.charts]
    assert specs
    for spec in specs:
        assert not {"live", "simulated"} <= {trace.kind for trace in spec.traces}


def test_figures_are_those_of_the_engine():
    found, _ = decks(file.shipped()["committee"])
    report = results.report("full")
    facts = found["en"].slides[0].facts
    against = report["vs_equal_weight"]
    assert facts["gap"].value == against["information_ratio"]
    assert (facts["gap_low"].value, facts["gap_high"].value) == tuple(against["information_ratio_ci"])
    assert facts["p_value"].text == ratio(against["p_value"], 3)
    assert facts["deflated"].value == report["deflated_sharpe"]
    assert facts["late_ratio"].value == report["delay_one_month"]["information_ratio"]
    live = results.live_record()
    assert found["en"].slides[6].facts["qrft_won"].value == live.won["QRFT"]
    deepest = min(crisis.index_drawdown for crisis in named_crises() if crisis.index_drawdown is not None)
    found, _ = decks(file.shipped()["pension"])
    assert found["en"].slides[3].facts["deepest"].value == deepest
    assert percent(deepest) in found["en"].slides[3].headline


ABOUT = Step("crises", (("crisis", "covid-19-2020"),), ("pairs",), "It fell {fall}.", "{fall} 떨어졌습니다.")


def story(*steps):
    return Story("planted", "Planted", "심은 이야기", steps)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (replace(ABOUT, claims=(Claim("fall", ">", -0.1),)), "“fall > -0.1” with fall = −33.9 %"),
        (replace(ABOUT, claims=(Claim("fall", "<", "deepest"),)), "fall = −33.9 %, deepest = −86.2 %"),
        (replace(ABOUT, claims=(Claim("name", "=", 1.0),)), "cannot be checked"),
        (replace(ABOUT, en="{nothing}"), "'nothing' is not known"),
        (replace(ABOUT, claims=(Claim("nothing", "=", 1.0),)), "'nothing' is not known"),
        (replace(ABOUT, blocks=("nothing",)), "'nothing' is not known. Accepted: answer"),
        (replace(ABOUT, state=(("colour", "red"),)), "'colour' is not known. Accepted: benchmark"),
        (replace(ABOUT, state=(("crisis", "nothing"),)), "The page tells an error"),
    ],
)
def test_what_may_not_be_said_is_blocked_with_its_reason(step, reason):
    found, reports = decks(story(step, ABOUT))
    first, second = found["en"].slides
    assert reason in first.blocked
    assert first.blocks == ()
    assert first.section is None
    assert not second.blocked
    assert second.headline == "It fell −33.9 %."
    assert [slide.step for slide in found["en"].shown] == [ABOUT]
    assert [part.headline for part in reports["en"].sections] == ["It fell −33.9 %."]


def test_members_chosen_with_hindsight_stay_on_their_page():
    from ui.i18n import Translator
    from ui.record import Record
    from ui.stories.deck import slide

    made = Record("crises", None, title="x", survivors="chosen today")
    found = slide(Step("crises", en="a", ko="b"), made, Translator("en"))
    assert "chosen today" in found.blocked
    assert found.section is None
