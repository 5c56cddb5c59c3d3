"""A page run without a screen notes what the screen would show."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ui.record import Cards
from ui.registry import PAGES, ROOT


def script(page, state):
    import time

    import streamlit as st

    from ui import headless

    before = dict(st.query_params)
    began = time.perf_counter()
    st.session_state["made"] = headless.run(page, state)
    st.session_state["seconds"] = time.perf_counter() - began
    assert dict(st.query_params) == before
    st.text("done")


def run(page, state):
    at = AppTest.from_function(script, args=(page, state), default_timeout=60).run()
    assert not at.exception, at.exception
    assert [element.value for element in at.text] == ["done"]
    return at.session_state["made"]


@pytest.fixture(autouse=True)
def _caches():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_every_page_can_be_noted_in_both_languages(key):
    english, korean = run(key, {"lang": "en"}), run(key, {"lang": "ko"})
    assert english.problems == korean.problems == []
    assert english.title != korean.title
    assert [block.key for block in english.blocks] == [block.key for block in korean.blocks]
    assert len({block.key for block in english.blocks}) == len(english.blocks)
    for made in (english, korean):
        assert made.charts() or made.tables() or key in ("about", "stories")
        for card in (card for block in made.blocks if isinstance(block, Cards) for card in block.cards):
            assert "glossary?lang=" in card.help, card.label


def test_no_two_charts_of_a_page_share_a_key_and_a_number():
    made = run("passive", {})
    keys = [block.key for block in made.charts()]
    assert [key for key in keys if key.endswith("-2")] == []
    assert {block.spec.key for block in made.charts()} == set(keys)


def test_a_view_of_survivors_is_marked_and_others_are_not():
    assert "hindsight" in run("lab", {"panel": "us_large_caps"}).survivors
    assert run("lab", {}).survivors == ""


def test_a_line_on_survivors_marks_the_crisis_page_and_no_other_choice_does():
    assert "hindsight" in run("crises", {"series": "momentum.MTUM"}).survivors
    assert run("crises", {}).survivors == ""
    assert run("crises", {"series": "momentum_portfolios"}).survivors == ""


@pytest.mark.parametrize("key", ["factors", "momentum", "allocator", "universe", "world", "enhanced", "utility", "lab"])
def test_every_model_output_says_why_and_how_sure_with_numbers(key):
    made = run(key, {})
    (said,) = [block.text for block in made.blocks if block.key == "why-sure"]
    why, sure = said.split("**How sure:**")
    assert why.startswith("**Why:**")
    assert any(letter.isdigit() for letter in why)
    assert any(letter.isdigit() for letter in sure)


def test_the_note_holds_the_charts_of_the_page_under_its_state():
    state = {"crisis": "covid-19-2020", "series": "sp500_total_return.MTUM"}
    noted = run("crises", state)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in state.items():
        at.query_params[name] = value
    at.switch_page("pages/crises/page.py").run()
    titles = [block.spec.title for block in noted.charts()]
    shown = [element.value.strip("*") for element in at.markdown]
    assert titles
    assert set(titles) <= set(shown)
    assert noted.params == state


def test_what_the_address_says_wrongly_is_a_problem():
    assert any("no-such-crisis" in told for told in run("crises", {"crisis": "no-such-crisis"}).problems)
