"""Sessions, half days, nights in which clocks change, and the days on which a product trades."""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.momentum.hold import four_weeks
from engine.rebalance.calendar import (
    last_closed,
    last_scheduled,
    next_scheduled,
    scheduled,
    session_after,
    session_on,
    sessions,
    window,
)

DAYS = st.dates(date(1990, 1, 1), date(2029, 12, 31))


def test_a_half_day_closes_at_one_and_says_so():
    found = window(date(2024, 11, 29))
    assert found.session.half
    assert found.to_dict()["close"]["new_york"] == "2024-11-29T13:00:00-05:00"
    assert found.to_dict()["next_open"]["seoul"] == "2024-12-02T23:30:00+09:00"


def test_a_holiday_belongs_to_the_session_before_it():
    assert session_on(date(2024, 7, 4)).day == date(2024, 7, 3)
    assert session_after(date(2024, 7, 4)).day == date(2024, 7, 5)
    assert session_on(date(2012, 10, 30)).day == date(2012, 10, 26)  # the storm closed the exchange for two days


@pytest.mark.parametrize(
    ("friday", "hours", "seoul_close", "seoul_open"),
    [
        ("2024-03-08", 64.5, "2024-03-09T06:00:00+09:00", "2024-03-11T22:30:00+09:00"),  # an hour is lost
        ("2024-11-01", 66.5, "2024-11-02T05:00:00+09:00", "2024-11-04T23:30:00+09:00"),  # an hour comes twice
        ("2024-06-14", 65.5, "2024-06-15T05:00:00+09:00", "2024-06-17T22:30:00+09:00"),
    ],
)
def test_a_weekend_is_as_long_as_the_clocks_make_it(friday, hours, seoul_close, seoul_open):
    found = window(date.fromisoformat(friday))
    told = found.to_dict(found.session.closes + timedelta(hours=1))
    assert found.seconds == hours * 3600
    assert (told["close"]["seoul"], told["next_open"]["seoul"]) == (seoul_close, seoul_open)
    assert told["remaining_seconds"] == hours * 3600 - 3600
    assert found.remaining(found.following.opens + timedelta(seconds=1)) == 0.0


def test_the_last_closed_session_follows_the_clock_of_new_york():
    assert last_closed(datetime(2024, 3, 8, 20, 59, tzinfo=UTC)).day == date(2024, 3, 7)
    assert last_closed(datetime(2024, 3, 8, 21, 0, tzinfo=UTC)).day == date(2024, 3, 8)
    assert last_closed(datetime(2024, 3, 11, 20, 0, tzinfo=UTC)).day == date(2024, 3, 11)  # summer time began
    assert last_closed(datetime(2024, 11, 29, 18, 0, tzinfo=UTC)).day == date(2024, 11, 29)  # a half day
    with pytest.raises(BadInput, match="time zone"):
        last_closed(datetime(2024, 3, 8, 21, 0))


def test_four_weeks_are_those_of_the_momentum_fund():
    every = sessions(date(1999, 1, 4), date(2026, 12, 31))
    ours = [day for day in every if scheduled("four_weeks", day.date())]
    assert ours == list(four_weeks(every))
    assert scheduled("four_weeks", date(2021, 4, 1)) == (pd.Timestamp("2021-04-01") in four_weeks(every))


def test_quarters_end_with_their_last_session():
    quarters = [
        day.date() for day in sessions(date(2023, 1, 1), date(2024, 1, 5)) if scheduled("quarterly", day.date())
    ]
    assert quarters == [date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 29), date(2023, 12, 29)]


@given(DAYS, st.sampled_from(["four_weeks", "quarterly"]))
def test_the_next_day_of_a_rule_is_after_and_the_last_one_is_not(day, rule):
    ahead, behind = next_scheduled(rule, day), last_scheduled(rule, day)
    assert behind <= day < ahead
    assert scheduled(rule, ahead)
    assert scheduled(rule, behind)
    assert not any(
        scheduled(rule, one.date()) for one in sessions(behind + timedelta(days=1), ahead - timedelta(days=1))
    )


@given(DAYS)
def test_windows_follow_each_other(day):
    found = window(day)
    assert found.session.opens < found.session.closes < found.following.opens
    assert window(found.following.day).session == found.following


def test_an_unknown_rule_and_a_day_out_of_reach_are_refused():
    with pytest.raises(BadInput, match="four_weeks"):
        scheduled("weekly", date(2024, 1, 2))
    with pytest.raises(BadInput, match="1960"):
        session_on(date(1950, 1, 2))
