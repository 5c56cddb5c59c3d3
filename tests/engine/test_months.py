"""Month arithmetic against the calendar and against real sessions."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.months import month_end, reaches_month_end, starts_month, weekdays_between
from engine.sources import load

DAYS = st.dates(date(1926, 1, 1), date(2060, 12, 31))


def index(*days):
    return pd.DatetimeIndex(days)


@pytest.mark.parametrize(
    ("day", "end"),
    [("2020-02-03", "2020-02-29"), ("2021-02-28", "2021-02-28"), ("2022-12-28", "2022-12-31"), ("1990-04-30",) * 2],
)
def test_month_end_is_the_calendar_month_end(day, end):
    assert month_end(index(day)).equals(index(end))


@pytest.mark.parametrize(
    ("day", "reached", "why"),
    [
        ("2020-01-31", True, "Friday the 31st"),
        ("2021-07-30", True, "a Friday; the 31st is a Saturday"),
        ("2021-05-28", True, "Memorial Day is the 31st"),
        ("2022-12-28", False, "two weekdays to go"),
        ("2020-01-29", False, "two weekdays to go"),
        ("2026-05-02", False, "the last rate of the KRW table"),
    ],
)
def test_a_month_is_reached_with_at_most_one_weekday_to_go(day, reached, why):
    assert reaches_month_end(index(day))[0] == reached, why


@pytest.mark.parametrize(
    ("day", "starts", "why"),
    [
        ("2020-06-01", True, "the first, a Monday"),
        ("2020-01-02", True, "after New Year"),
        ("2022-05-02", True, "the first is a Sunday"),
        ("2020-01-03", False, "a session is missing before it"),
        ("1990-01-03", False, "the first return of the S&P 500 file"),
    ],
)
def test_a_month_is_begun_with_at_most_one_weekday_before(day, starts, why):
    assert starts_month(index(day))[0] == starts, why


@pytest.mark.parametrize(
    ("earlier", "later", "count"),
    [
        (date(2022, 12, 28), date(2022, 12, 31), 2),
        (date(2024, 3, 1), date(2024, 3, 4), 1),
        (date(2024, 3, 1), date(2024, 3, 3), 0),
        (date(2024, 3, 4), date(2024, 3, 4), 0),
        (date(2024, 3, 4), date(2024, 3, 11), 5),
    ],
)
def test_weekdays_between_leaves_out_the_first_day_and_counts_the_last(earlier, later, count):
    assert weekdays_between(earlier, later) == count


@given(DAYS, st.integers(0, 400))
def test_weekdays_between_counts_like_a_calendar(earlier, days):
    later = earlier + timedelta(days)
    slow = sum((earlier + timedelta(step)).weekday() < 5 for step in range(1, days + 1))
    assert weekdays_between(earlier, later) == slow


@given(st.data())
def test_weekdays_are_never_fewer_than_the_sessions(data):
    sessions = load("sp500_price").frame.index
    first = data.draw(st.integers(0, len(sessions) - 2))
    last = data.draw(st.integers(first, min(first + 300, len(sessions) - 1)))
    assert weekdays_between(sessions[first].date(), sessions[last].date()) >= last - first
