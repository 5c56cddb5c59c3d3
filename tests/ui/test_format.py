from datetime import date

import pytest

from ui import format as f


@pytest.mark.parametrize(
    ("value", "text"), [(-0.33925, "−33.9 %"), (0.0, "0.0 %"), (1.234, "123.4 %"), (None, "–"), (-0.0004, "0.0 %")]
)
def test_percent(value, text):
    assert f.percent(value) == text


def test_a_signed_percent_shows_its_plus():
    assert f.percent(0.021, sign=True) == "+2.1 %"


@pytest.mark.parametrize(("value", "text"), [(0.0081, "+0.8 points"), (-0.02, "−2.0 points"), (None, "–")])
def test_points_always_carry_a_sign(value, text):
    assert f.points(value, "points") == text


def test_days_in_both_languages():
    assert f.day(date(2020, 2, 19), "en") == "19 Feb 2020"
    assert f.day(date(2020, 2, 19), "ko") == "2020년 2월 19일"
    assert f.day(None, "en") == "–"


def test_ratio_and_whole():
    assert f.ratio(-0.5) == "−0.50"
    assert f.whole(12345) == "12,345"
    assert f.ratio(None) == f.whole(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0원"), (9_999.4, "9,999원"), (9_999.6, "1만 원"), (200_000, "20만 원"), (212_345, "21만 2,345원"),
        (100_000_000, "1억 원"), (99_999_999, "9,999만 9,999원"), (123_456_789, "1억 2,346만 원"),
        (199_999_999, "2억 원"), (1_234_500_000_000, "12,345억 원"), (-50_000, "−5만 원"), (-0.2, "0원"),
    ],
)  # fmt: skip
def test_won_are_counted_in_eok_and_man(value, text):
    assert f.won(value) == text
