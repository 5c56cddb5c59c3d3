"""Terms are complete, in both languages, and one source for tooltips and page."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from engine.analytics import DEFINITIONS
from ui import glossary
from ui.i18n import LANGUAGES, Translator, catalogue
from ui.registry import PAGES, ROOT

TERMS = glossary.terms()
HANGUL = re.compile(r"[가-힣]")
USED = re.compile(r'glossary\.help\((?:ctx\.)?t,\s*f?"([a-z_0-9]+)(\{?)')


def test_every_figure_of_the_engine_is_a_term_and_uses_the_words_of_the_catalogue():
    assert set(DEFINITIONS) <= set(TERMS)
    for code in DEFINITIONS:
        assert TERMS[code].names == catalogue()[f"metric.{code}"]
        assert TERMS[code].meanings == catalogue()[f"metric.{code}_help"]


@pytest.mark.parametrize("code", TERMS)
def test_a_term_is_whole(code):
    term = TERMS[code]
    for language in LANGUAGES:
        assert term.names[language]
        assert term.meanings[language].endswith((".", "다.", "요."))
        assert "~" not in term.meanings[language]
    assert HANGUL.search(term.meanings["ko"])
    assert "`" not in term.formula
    assert term.formula
    assert re.search(r"\d{4}|^engine\.|^ui\.|SEC|S&P|Morningstar|Settlements", term.source), term.source
    assert set(term.pages) <= {spec.key for spec in PAGES}
    assert term.pages


def test_a_source_in_the_engine_exists():
    import importlib

    for term in TERMS.values():
        if re.fullmatch(r"(engine|ui)(\.\w+)+", term.source):
            try:
                importlib.import_module(term.source)
            except ModuleNotFoundError:
                module, name = term.source.rsplit(".", 1)
                assert hasattr(importlib.import_module(module), name), term.source


def test_every_term_asked_for_by_a_page_exists():
    asked = [
        (code, bool(open_))
        for path in ROOT.glob("pages/*/*.py")
        for code, open_ in USED.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(asked) > 20
    for code, open_ in asked:
        assert any(known.startswith(code) for known in TERMS) if open_ else code in TERMS, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_tooltip_holds_meaning_formula_source_and_a_link_to_the_term(language):
    told = glossary.help(Translator(language), "sharpe", "Here.")
    term = TERMS["sharpe"]
    assert told.startswith("Here.")
    for part in (term.meanings[language], f"`{term.formula}`", term.source, f"glossary?lang={language}#sharpe"):
        assert part in told


def test_a_search_finds_by_words_of_either_language_in_any_order():
    assert TERMS["sharpe"].found("샤프")
    assert TERMS["deflated_sharpe"].found("sharpe deflated")
    assert not TERMS["cagr"].found("sharpe")


def test_the_page_shows_what_is_searched_for_and_says_when_there_is_nothing():
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    at.switch_page("pages/glossary/page.py").run()
    assert {item.value for item in at.subheader} == {term.names["en"] for term in TERMS.values()}
    at.text_input(key="glossary-find").set_value("drawdown bogus").run()
    assert not at.subheader
    assert any(item.value == Translator("en")("glossary.none") for item in at.info)
    at.text_input(key="glossary-find").set_value("running maximum").run()
    assert {item.value for item in at.subheader} == {
        term.names["en"] for term in TERMS.values() if term.found("running maximum")
    }
