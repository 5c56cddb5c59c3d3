from datetime import date

import pytest

from ui.frame import freshness
from ui.i18n import Translator
from ui.registry import PAGES


@pytest.mark.parametrize(
    ("oldest", "today", "colour"),
    [
        (date(2026, 11, 20), date(2026, 11, 21), "green"),
        (date(2026, 11, 13), date(2026, 11, 20), "green"),
        (date(2026, 11, 12), date(2026, 11, 20), "orange"),
        (date(2022, 12, 28), date(2026, 11, 21), "orange"),
    ],
)
def test_today_is_said_only_within_five_sessions(oldest, today, colour):
    words, shown = freshness(oldest, today, Translator("en"))
    assert shown == colour
    assert ("today" in words) == (colour == "green")
    assert (f"{oldest:%Y-%m}" in words) == (colour == "orange")


def test_a_date_in_the_future_is_never_called_today():
    assert freshness(date(2026, 12, 24), date(2026, 11, 21), Translator("en"))[1] == "orange"


def test_pages_are_complete_and_live_below_a_folder():
    assert len({spec.key for spec in PAGES}) == len(PAGES)
    for spec in PAGES:
        assert spec.file.is_file()
        assert spec.file.parent.parent.name == "pages"
