"""What becomes of a view: notices, review, refusals."""

from datetime import date

import pytest

from engine.errors import BadInput
from tests.ui.reports.conftest import NOW, everything, record, spec
from ui.i18n import Translator
from ui.record import Chart, Words
from ui.reports import build, palette, words
from ui.reports.model import section
from ui.specs import ChartSpec, Trace


def test_a_report_carries_date_snapshot_settings_notices_and_watermark():
    made = build.page(everything(), now=NOW)
    part = made.sections[0]
    assert made.snapshot == "bundled-0123456789ab"
    assert words.as_of(made) == date(2022, 12, 28)
    assert ("Benchmark", "S&P 500") in part.settings
    assert ("Series", "a.b") in part.settings
    assert part.address == "/overview?series=a.b&lang=en"
    assert made.watermark == "internal, not reviewed"
    assert made.review == ""
    assert made.disclaimers[0] == Translator("en")("disclaimer.research")
    assert Translator("en")("disclaimer.fx") in made.disclaimers


def test_a_valid_review_takes_the_watermark_away_and_an_expired_one_does_not(monkeypatch):
    monkeypatch.setenv("LODESTAR_REVIEWER", "Kim")
    monkeypatch.setenv("LODESTAR_REVIEW_NUMBER", "2026-01")
    monkeypatch.setenv("LODESTAR_REVIEW_VALID_UNTIL", "2026-03-02")
    made = build.page(everything("ko"), now=NOW)
    assert made.watermark == ""
    assert "Kim" in made.review
    assert "2026년 3월 2일" in made.review
    monkeypatch.setenv("LODESTAR_REVIEW_VALID_UNTIL", "2026-03-01")
    assert build.page(everything("ko"), now=NOW).watermark == "내부용, 심사 전"


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (record(Chart("x", spec("lines")), survivors="today's members."), "export_survivors"),
        (record(Chart("x", spec("lines")), problems=["Series: nothing is chosen."]), "export_problems"),
        (record(Words("w", "Only words.")), "export_empty"),
        (record(), "export_empty"),
        (None, "export_empty"),
    ],
)
def test_what_may_not_leave_is_refused_in_both_languages(made, code):
    with pytest.raises(BadInput) as caught:
        build.page(made)
    assert caught.value.code == code
    assert Translator("ko").error(caught.value) != Translator("en").error(caught.value)


def test_a_story_names_the_notices_of_all_its_pages_once():
    first, second = everything(), record(Chart("x", spec("bars")), page="universe")
    made = build.story("Two pages", [first, second], [section(first, ["lines"], "A message"), section(second)], now=NOW)
    assert [part.headline for part in made.sections] == ["A message", "What did each line earn?"]
    assert len(set(made.disclaimers)) == len(made.disclaimers)
    assert Translator("en")("disclaimer.rank") in made.disclaimers


def test_live_funds_and_simulations_leave_in_panels_of_their_own():
    both = ChartSpec(
        "x",
        "t",
        "bars",
        (Trace("L", [1.0], ["a"], 0, kind="live"), Trace("S", [1.0], ["a"], 1, kind="simulated")),
        "alt",
    )
    assert [one.key for one in section(record(Chart("x", both))).charts] == ["x-simulated", "x-live"]


@pytest.mark.parametrize(
    ("markdown", "told"),
    [
        ("**Bold** and *soft* and `code`", "Bold and soft and code"),
        ("[name](https://a.b) and [https://a.b](https://a.b)", "name (https://a.b) and https://a.b"),
        (":red[−3 %] :material/home: one_two_three", "−3 % one_two_three"),
        ("Large<br>US; 3 * 4 * 5", "Large, US; 3 * 4 * 5"),
    ],
)
def test_markdown_as_plain_text(markdown, told):
    assert words.plain(markdown) == told


def test_every_slot_has_its_colour_in_both_themes():
    for theme in ("light", "dark"):
        found = palette.palette(theme)
        assert len(found.slots) == 33
        assert found.line(None) == palette.GREY
        assert found.low_to_high(0.0, found.sequential).upper() == found.sequential[0].upper()
    assert palette.readable("#FFFFFF") == "#1B2430"
    assert palette.readable("#05305C") == "#FFFFFF"
