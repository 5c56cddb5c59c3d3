"""Settings from the environment: what is accepted, what is refused and in which words, and when a review holds."""

import re
from dataclasses import FrozenInstanceError, fields
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors.artifacts import artifacts_dir
from engine.paths import facts_dir
from ui.i18n import Translator
from ui.registry import ROOT
from ui.settings import Review, Settings, read, settings

REVIEW = {
    "LODESTAR_REVIEWER": "김하늘",
    "LODESTAR_REVIEW_NUMBER": "2026-0117",
    "LODESTAR_REVIEW_VALID_FROM": "2026-01-05",
    "LODESTAR_REVIEW_VALID_UNTIL": "2026-12-31",
}
VARIABLES = {one.metadata["variable"]: one for one in fields(Settings)}


def test_an_empty_environment_gives_the_defaults():
    assert read({}) == Settings()
    assert read(dict.fromkeys(VARIABLES, " ")) == Settings()
    assert (Settings().address, Settings().port, Settings().sign_in) == ("localhost", 8501, False)


def test_the_engine_finds_its_folders_where_the_settings_say(monkeypatch, tmp_path):
    assert (facts_dir(), artifacts_dir()) == (Settings().facts, Settings().artifacts / "factors")
    for name in ("LODESTAR_FACTS", "LODESTAR_ARTIFACTS"):
        monkeypatch.setenv(name, "")
    assert (facts_dir(), artifacts_dir()) == (Settings().facts, Settings().artifacts / "factors")
    for name in ("LODESTAR_FACTS", "LODESTAR_ARTIFACTS"):
        monkeypatch.setenv(name, str(tmp_path))
    assert (facts_dir(), artifacts_dir()) == (settings().facts, settings().artifacts / "factors")


def test_values_are_read_as_what_they_are(tmp_path):
    found = read(
        REVIEW
        | {
            "LODESTAR_ADDRESS": "192.0.2.7",
            "LODESTAR_PORT": " 8080 ",
            "LODESTAR_BASE_URL": "https://lodestar.example.com/desk/",
            "LODESTAR_SIGN_IN": "on",
            "LODESTAR_SIGN_IN_DOMAINS": "Example.com, example.co.kr",
            "LODESTAR_FACTS": str(tmp_path),
        }
    )
    assert (found.address, found.port, found.sign_in, found.facts) == ("192.0.2.7", 8080, True, tmp_path)
    assert found.base_url == "https://lodestar.example.com/desk"
    assert found.sign_in_domains == ("example.com", "example.co.kr")
    assert found.review_on(date(2026, 6, 1)) == Review("김하늘", "2026-0117", date(2026, 1, 5), date(2026, 12, 31))
    with pytest.raises(FrozenInstanceError):
        found.port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LODESTAR_PORT", "0"),
        ("LODESTAR_PORT", "65536"),
        ("LODESTAR_PORT", "8501.0"),
        ("LODESTAR_PORT", "٨٥٠١"),
        ("LODESTAR_ADDRESS", "not a host"),
        ("LODESTAR_ADDRESS", "-lodestar"),
        ("LODESTAR_BASE_URL", "lodestar.example.com"),
        ("LODESTAR_BASE_URL", "ftp://example.com"),
        ("LODESTAR_BASE_URL", "https://name:word@example.com"),
        ("LODESTAR_BASE_URL", "https://example.com/?q=1"),
        ("LODESTAR_BASE_URL", "https://example.com:99999"),
        ("LODESTAR_BASE_URL", "https://"),
        ("LODESTAR_SIGN_IN", "yes"),
        ("LODESTAR_SIGN_IN", "ON"),
        ("LODESTAR_SIGN_IN_DOMAINS", "@example.com"),
        ("LODESTAR_SIGN_IN_DOMAINS", "example.com,"),
        ("LODESTAR_SIGN_IN_DOMAINS", "example"),
        ("LODESTAR_SECRETS", "/no/such/file"),
        ("LODESTAR_FACTS", "/no/such/folder"),
        ("LODESTAR_ARTIFACTS", "/no/such/folder"),
        ("LODESTAR_YAHOO_URL", "example"),
        ("LODESTAR_REVIEWER", "two\nlines"),
        ("LODESTAR_REVIEWER", "n" * 121),
        ("LODESTAR_REVIEW_NUMBER", "a\tb"),
        ("LODESTAR_REVIEW_VALID_UNTIL", "31.12.2026"),
        ("LODESTAR_REVIEW_VALID_UNTIL", "2026-02-30"),
        ("LODESTAR_REVIEW_VALID_FROM", "20260105"),
    ],
)
def test_a_bad_value_is_named_with_its_variable_and_what_is_accepted(name, value):
    with pytest.raises(BadInput) as caught:
        read({name: value})
    assert (caught.value.field, caught.value.value) == (name, value)
    for word in (name, value, VARIABLES[name].metadata["accepted"]):
        assert word in caught.value.message
    assert name in Translator("ko").error(caught.value)


def test_a_review_that_ends_before_it_begins_is_refused():
    with pytest.raises(BadInput, match="LODESTAR_REVIEW_VALID_UNTIL: 2027-01-05 to 2026-12-31 ends before"):
        read(REVIEW | {"LODESTAR_REVIEW_VALID_FROM": "2027-01-05"})


@pytest.mark.parametrize("gap", ["LODESTAR_REVIEWER", "LODESTAR_REVIEW_NUMBER", "LODESTAR_REVIEW_VALID_UNTIL"])
def test_a_review_with_a_gap_is_none(gap):
    found = read(REVIEW | {gap: ""})
    assert found.review_state(date(2026, 6, 1)) == "missing"
    assert found.review_on(date(2026, 6, 1)) is None
    assert found.review_gaps() == (gap,)


@given(day=st.dates(), first=st.none() | st.dates(), length=st.integers(0, 4000))
def test_a_review_holds_on_the_days_of_its_validity_and_on_no_other(day, first, length):
    begin = first or date(2026, 1, 1)
    last = begin + timedelta(length) if (date.max - begin).days > length else date.max
    found = Settings(reviewer="n", review_number="1", review_valid_from=first, review_valid_until=last)
    holds = (first is None or first <= day) and day <= last
    assert (found.review_on(day) is not None) == holds
    assert found.review_state(day) == ("valid" if holds else "expired" if day > last else "not_yet")


def test_the_environment_of_the_moment_is_read(monkeypatch):
    monkeypatch.setenv("LODESTAR_PORT", "9000")
    assert settings().port == 9000
    assert settings() is settings()
    monkeypatch.setenv("LODESTAR_PORT", "9001")
    assert settings().port == 9001


def test_every_variable_in_the_code_is_a_setting():
    files = [file for folder in ("engine", "ui", "pages", "scripts") for file in (ROOT / folder).rglob("*.py")]
    named = {name for file in files for name in re.findall(r"LODESTAR_[A-Z_]+[A-Z]", file.read_text(encoding="utf-8"))}
    assert named == set(VARIABLES)
