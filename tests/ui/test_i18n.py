"""Every sentence exists in both languages, with the same placeholders, and is used."""

import ast
import re
import string
from pathlib import Path

import pytest

from engine.crises import named_crises
from engine.errors import MESSAGES, BadInput
from engine.lines import specs
from ui.i18n import LANGUAGES, Translator, catalogue
from ui.registry import DISCLAIMERS, PAGES, ROOT

HANGUL = re.compile(r"[가-힣]")
SAME_IN_BOTH = {"frame.language_en", "frame.language_ko", "frame.benchmark_sp500"}


def placeholders(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_entry_has_both_languages_and_the_same_placeholders():
    for key, entry in catalogue().items():
        if not key.startswith("errors."):
            assert set(entry) == set(LANGUAGES), key
            assert placeholders(entry["en"]) == placeholders(entry["ko"]), key


def test_korean_is_korean():
    for key, entry in catalogue().items():
        words = re.search(r"[A-Za-z]{2}", re.sub(r"\{[^}]*\}", "", entry["ko"]))
        if key not in SAME_IN_BOTH and words:
            assert HANGUL.search(entry["ko"]), key


def test_every_error_of_the_engine_has_a_korean_sentence_with_the_same_placeholders():
    korean = {key.removeprefix("errors."): entry for key, entry in catalogue().items() if key.startswith("errors.")}
    assert set(korean) == set(MESSAGES)
    for code, message in MESSAGES.items():
        assert placeholders(korean[code]["ko"]) == placeholders(message), code


def test_no_entry_trips_over_markdown():
    for key, entry in catalogue().items():
        for text in entry.values():
            assert "~" not in text, f"{key}: two tildes on a page strike text through"
            for bold in re.findall(r"\*\*[^*]+\*\*(.?)", text):
                assert not HANGUL.match(bold), f"{key}: bold does not close before a Korean particle"


def test_every_registered_line_crisis_and_page_has_its_words():
    known = catalogue()
    assert {f"series.{line_id}" for line_id in specs()} <= set(known)
    assert {f"crisis_names.{crisis.slug}" for crisis in named_crises()} <= set(known)
    for spec in PAGES:
        assert {f"{spec.key}.{part}" for part in ("nav", "title", "question")} <= set(known)
        assert {f"disclaimer.{kind}" for kind in (*DISCLAIMERS, *spec.disclaimers)} <= set(known)


def test_crisis_names_in_english_are_the_tables_own():
    for crisis in named_crises():
        assert catalogue()[f"crisis_names.{crisis.slug}"]["en"] == crisis.name


def literal_keys():
    """Keys that the code asks for with a literal, by file."""
    for path in [*ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/*/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            translates = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "t"
            if translates and node.args and isinstance(node.args[0], ast.Constant):
                yield path, node.args[0].value


def test_every_key_asked_for_exists():
    asked = list(literal_keys())
    assert len(asked) > 50
    for path, key in asked:
        assert key in catalogue(), f"{path.name}: {key}"


def test_every_entry_is_used_somewhere():
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in [*ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/*/*.py")]
    )
    families = re.findall(r'f"([a-z_]+\.[a-z_]*)\{', code)
    composed = tuple(
        {
            *families,
            *(f"{spec.key}." + part for spec in PAGES for part in ("nav", "title", "question")),
            "errors.",
            "metric.",
            "series.",
            "crisis_names.",
            "field.",
            "feature.",
            "phrase.",
            "nav.",
            "disclaimer.",
        }
    )
    for key in catalogue():
        assert f'"{key}"' in code or f"'{key}'" in code or key.startswith(composed), f"{key} is never used"


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_texts_exist_in_both_languages(language):
    for spec in PAGES:
        if spec.key != "about":
            assert spec.about(language).read_text(encoding="utf-8").strip()
    assert (Path(ROOT) / "pages" / "about" / f"text.{language}.md").is_file()


def test_an_error_is_told_in_the_readers_language():
    error = BadInput("range_reversed", field="range", value="2020-03-02 to 2020-03-01")
    assert (
        Translator("en").error(error)
        == "Range: 2020-03-02 to 2020-03-01 ends before it begins. The end must come after the start."
    )
    assert Translator("ko").error(error).startswith("기간: 2020-03-02 to 2020-03-01 기간은 끝이 시작보다 앞섭니다")
