"""Month arithmetic against the calendar and against real sessions."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.months import month_end, month_rows, weekdays_between, weekdays_left
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
    ("day", "left", "why"),
    [
        ("2020-01-31", 0, "Friday the 31st"),
        ("2021-07-30", 0, "a Friday; the 31st is a Saturday"),
        ("2021-05-28", 1, "Memorial Day is the 31st"),
        ("2022-12-28", 2, "Thursday and Friday"),
        ("2026-05-02", 20, "the last rate of the KRW table"),
    ],
)
def test_weekdays_left_in_the_month(day, left, why):
    assert weekdays_left(index(day))[0] == left, why


def sessions(first, last, *holidays):
    return pd.bdate_range(first, last).difference(pd.DatetimeIndex(holidays))


@pytest.mark.parametrize(
    ("first", "begun", "why"),
    [
        ("2020-06-01", True, "the first, a Monday"),
        ("2020-06-02", False, "the first session is missing"),
        ("2020-01-02", True, "after New Year"),
        ("2020-09-01", True, "a Tuesday"),
        ("2025-09-02", True, "after Labor Day"),
        ("2022-05-02", True, "the first is a Sunday"),
        ("2020-01-03", False, "a session is missing before it"),
        ("1990-01-03", False, "the first return of the S&P 500 file"),
    ],
)
def test_the_first_month_is_begun_if_only_a_holiday_can_be_missing(first, begun, why):
    assert month_rows(sessions(first, "2026-01-30")).begun[0] == begun, why


@pytest.mark.parametrize(
    ("last", "ended", "why"),
    [
        ("2020-07-31", True, "Friday the 31st"),
        ("2020-07-30", False, "one session to go"),
        ("2022-09-29", False, "one session to go"),
        ("2021-05-28", False, "Memorial Day follows, but the data cannot know that nothing was traded"),
    ],
)
def test_the_last_month_is_ended_only_if_no_weekday_is_left(last, ended, why):
    assert month_rows(sessions("2019-01-02", last)).ended[-1] == ended, why


def test_inside_the_data_holidays_do_not_cut_a_month_and_gaps_do():
    days = sessions("2006-12-01", "2007-03-30", "2006-12-25", "2007-01-01", "2007-01-02")
    assert month_rows(days).begun.all()
    assert month_rows(days).ended.all()
    hole = days[(days < "2007-01-25") | (days > "2007-02-06")]
    assert month_rows(hole).ended.tolist() == [True, False, True, True]
    assert month_rows(hole).begun.tolist() == [True, True, False, True]


def test_month_rows_point_at_first_and_last_rows():
    days = sessions("2020-01-02", "2020-03-31")
    months = month_rows(days)
    assert days[months.first].tolist() == [pd.Timestamp(d) for d in ("2020-01-02", "2020-02-03", "2020-03-02")]
    assert days[months.last].tolist() == [pd.Timestamp(d) for d in ("2020-01-31", "2020-02-28", "2020-03-31")]
    assert months.ends.tolist() == [pd.Timestamp(d) for d in ("2020-01-31", "2020-02-29", "2020-03-31")]


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
