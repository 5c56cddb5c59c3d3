"""What holds on every page of the register: states of the data, words beside numbers, alternatives of charts, links."""

import logging
import re
import warnings
from datetime import date

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine.sources import snapshot_id
from ui import frame, url
from ui.i18n import Translator
from ui.registry import PAGES, ROOT

KEYS = [spec.key for spec in PAGES]
COMBINATIONS = [(language, currency) for language in ("en", "ko") for currency in ("USD", "KRW")]

LONGEST_LINK = 2_000

WITHOUT_FIGURES = {"about", "glossary", "stories"}
"""Definitions and disclaimers: no figure of a market, a portfolio or a model stands there."""

AS_OF = re.compile(r"\d{4}-\d{2}|\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}|\d{4}년 \d{1,2}월")
UNIT = {
    "en": re.compile(r"%|\bbp\b|\bpoints\b|\bUSD\b|\bKRW\b|\$|\bdollars?\b"),
    "ko": re.compile(r"%|\bbp\b|%p|달러|원|USD|KRW"),
}
FREQUENCY = {
    "en": re.compile(r"\b(?:daily|weekly|monthly|quarterly|yearly|annual|annually|month ends?|(?:a|per|each) (?:day|month|year)|one-period)\b", re.I),
    "ko": re.compile(r"일간|주간|월간|월별|월말|매월|분기|연간|연별|매년|연율|연 [\d−+]|일별|하루|해마다|한 기간"),
}  # fmt: skip
KIND = {
    "en": re.compile(
        r"simulat|\blive\b|estimat|reported|\bmodel|published|measured|hypothetical|in-sample|out-of-sample|assum", re.I
    ),
    "ko": re.compile(r"시뮬레이션|모의|실제|실거래|추정|발표|보고|모델|모형|측정|가상|표본|가정"),
}


@pytest.fixture(autouse=True)
def _cold():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(key, **query):
    """One session on a page; later runs of it set its widgets."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    if key != KEYS[0]:
        at.run()
    for name, value in query.items():
        at.query_params[name] = value
    return at.run() if key == KEYS[0] else at.switch_page(f"pages/{key}/page.py").run()


def combined(at, language, currency):
    at.session_state["lang"], at.session_state["currency"] = language, currency
    return at.run()


def words(at):
    """All that a person can read: sentences, badges, cards, controls, tables, and the titles on the charts."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    told = [str(element.value) for kind in kinds for element in getattr(at, kind)]
    told += [f"{card.label} {card.value} {card.delta}" for card in at.metric]
    told += [chart.proto.alt for chart in at.get("plotly_chart")]
    for table in [*at.dataframe, *at.table]:
        told += [*map(str, table.value.columns), *(str(cell) for cell in table.value.to_numpy().ravel())]
    return "\n".join(told)


def holds_frame(at, key, language):
    """Nothing broke, and the page says what it is."""
    t = Translator(language)
    assert not at.exception, [error.value for error in at.exception]
    said = words(at)
    assert "Traceback" not in said
    assert t("frame.unexpected") not in said
    assert at.title[0].value == t(f"{key}.title")
    assert t(f"{key}.question") in said
    assert t("disclaimer.research") in said
    return said


# --- states: ok, stale, data that are missing


class Later(date):
    @classmethod
    def today(cls):
        return cls(2040, 1, 2)


@pytest.mark.parametrize("key", KEYS)
def test_a_page_says_what_its_numbers_are_and_how_old(key, caplog, monkeypatch):
    """Every language and currency, today and long after: tags beside the numbers, alternatives of the charts,
    and nothing in use that Streamlit or pandas will take away."""
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        at = opened(key)
        for language, currency in COMBINATIONS:
            said = holds_frame(combined(at, language, currency), key, language)
            assert not at.error
            tagged(at, key, language, said)
            charts_are_told(at, language)
        monkeypatch.setattr(frame, "date", Later)
        for language, currency in COMBINATIONS:
            holds_frame(combined(at, language, currency), key, language)
            assert not at.error
            ages = [mark.value for mark in at.markdown if ":material/schedule:" in mark.value]
            assert all(mark.startswith(":orange-badge") for mark in ages)
    ours = [item for item in caught if str(ROOT) in item.filename and ".venv" not in item.filename]
    old = [item for item in ours if issubclass(item.category, DeprecationWarning | FutureWarning)]
    assert not old, [str(item.message) for item in old]
    told = [record.getMessage() for record in caplog.records if record.name.startswith("streamlit")]
    assert not [line for line in told if re.search("deprecat|will be removed", line, re.I)]


def tagged(at, key, language, said):
    """As-of, snapshot, and beside figures a unit, a frequency and what kind of numbers they are."""
    t = Translator(language)
    badges = [mark.value for mark in at.markdown if "-badge[" in mark.value]
    assert any(snapshot_id() in badge for badge in badges)
    if key in WITHOUT_FIGURES:
        return
    assert any(AS_OF.search(badge) or t("frame.undated") in badge for badge in badges), f"{key} {language}: no as-of"
    for what, pattern in (("unit", UNIT), ("frequency", FREQUENCY), ("kind", KIND)):
        assert pattern[language].search(said), f"{key} {language}: no {what}"


def charts_are_told(at, language):
    """Each chart has an alternative in the reader's language that is not its title and carries figures."""
    titles = {mark.value.replace("**", "") for mark in at.markdown}
    for chart in at.get("plotly_chart"):
        alt = chart.proto.alt
        assert alt.strip(), chart.proto.id
        assert alt not in titles
        assert re.search(r"\d", alt), alt
        assert "<br>" not in alt
        assert bool(re.search("[가-힣]", alt)) == (language == "ko"), alt


@pytest.mark.parametrize("key", KEYS)
def test_without_its_fact_tables_a_page_says_what_is_missing(key, tmp_path, monkeypatch):
    """An empty folder of facts: what rests on it is a sentence with a way out, in its place."""
    monkeypatch.setenv("LODESTAR_FACTS", str(tmp_path / "none"))
    (tmp_path / "none").mkdir()
    at = opened(key)
    for language, currency in COMBINATIONS:
        holds_frame(combined(at, language, currency), key, language)
        for error in at.error:
            assert re.search(r"[.]csv|\d", error.value), error.value


# --- links


def spied(monkeypatch):
    """Record the controls whose value stands in the address: key to kind and what it accepts."""
    seen = {}

    def spy(name):
        real = getattr(url, name)

        def call(*args, **kwargs):
            shift = 0 if name == "day_or_none" else 1
            key = args[shift] if len(args) > shift else kwargs["key"]
            seen[key] = (name, args, kwargs)
            return real(*args, **kwargs)

        monkeypatch.setattr(url, name, call)

    for name in ("choice", "several", "number", "amounts", "flag", "day_or_none"):
        spy(name)
    return seen


HOSTILE = ("x" * 3_000, "<script>alert(1)</script>", "NaN", "-1e308", "![x](http://127.0.0.1:9/x.png)")


@pytest.mark.parametrize("key", KEYS)
def test_hostile_values_fall_back_and_are_named(key, monkeypatch):
    at = opened(key)
    seen = spied(monkeypatch)
    at.run()
    plain = [chart.proto.spec for chart in at.get("plotly_chart")]
    names = sorted(seen)
    other = "about" if key != "about" else "data"
    for value in HOSTILE:
        at.switch_page(f"pages/{other}/page.py").run()
        for name in names:
            at.query_params[name] = value
        at.switch_page(f"pages/{key}/page.py").run()
        holds_frame(at, key, "en")
        taken = {name: at.query_params[name] for name in names if name in at.query_params}
        assert not taken, f"{value!r} was taken: {taken}"
        rejected = [warning.value for warning in at.warning if "The link asks for" in warning.value]
        assert len(rejected) == len(names), set(names) - set(at.session_state["_url"].rejected)
        assert all(len(warning) < 400 for warning in rejected)
        assert not any(sign in warning.replace("\\" + sign, "") for warning in rejected for sign in "![<")
        assert [chart.proto.spec for chart in at.get("plotly_chart")] == plain, "a rejected value changed the page"


@pytest.mark.parametrize("key", KEYS)
def test_the_link_of_the_fullest_view_stays_short(key, monkeypatch):
    at = opened(key)
    seen = spied(monkeypatch)
    at.run()
    assert not [name for name in at.query_params if name != "lang"], "a default stands in the address"
    for name, (kind, args, kwargs) in list(seen.items()):
        if kind == "several":
            at.session_state[name] = list(args[3])
        elif kind == "choice" and name not in ("panel", "strategy", "view", "crisis", "falls"):
            at.session_state[name] = max(args[3], key=len)
        elif kind == "amounts":
            for asset in args[2]:
                at.session_state[url.amount(name, asset)] = 1 / 7
        elif kind == "flag":
            at.session_state[name] = not (args[3] if len(args) > 3 else kwargs.get("default", False))
        elif kind == "number":
            low, high = kwargs["low"], kwargs["high"]
            at.session_state[name] = low + (high - low) / 3
    at.run()
    assert not at.exception
    link = next((code.value for code in at.code if "://" in code.value or code.value.startswith(("/", "?"))), "")
    assert len(link) <= LONGEST_LINK, f"{key}: {len(link)} characters"
