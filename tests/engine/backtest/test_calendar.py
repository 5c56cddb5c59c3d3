"""Rebalancing dates come from sessions that exist, and never move when data are added."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest import rebalance_dates
from engine.errors import BadInput
from engine.sources import load

DAYS = pd.bdate_range("2019-12-30", "2021-02-12")
RULES = ("once", "daily", "monthly", "quarterly", "yearly")


@pytest.mark.parametrize(
    ("rule", "dates"),
    [
        ("once", ["2019-12-30"]),
        ("yearly", ["2019-12-30", "2019-12-31", "2020-12-31"]),
        ("quarterly", ["2019-12-30", "2019-12-31", "2020-03-31", "2020-06-30", "2020-09-30", "2020-12-31"]),
    ],
)
def test_dates_of_a_rule(rule, dates):
    assert rebalance_dates(DAYS, rule).equals(pd.DatetimeIndex(dates))


def test_every_session_is_a_daily_date():
    assert rebalance_dates(DAYS, "daily").equals(DAYS)


def test_a_month_ends_at_its_last_session_and_the_open_month_waits():
    dates = rebalance_dates(DAYS, "monthly")
    assert len(dates) == 1 + 14
    assert pd.Timestamp("2020-05-29") in dates
    assert pd.Timestamp("2020-10-30") in dates
    assert dates[-1] == pd.Timestamp("2021-01-29")


def test_a_month_that_is_complete_but_last_waits_for_a_later_session():
    assert rebalance_dates(DAYS[DAYS <= "2020-01-31"], "monthly")[-1] == pd.Timestamp("2019-12-31")


def test_months_are_their_own_sessions():
    months = pd.date_range("2000-01-31", "2001-01-31", freq="ME")
    assert rebalance_dates(months, "monthly").equals(months[:-1])


@given(st.sampled_from(RULES), st.integers(1, len(DAYS)), st.integers(1, len(DAYS)))
def test_more_data_never_move_a_date(rule, one, other):
    short, long = sorted((one, other))
    before, after = rebalance_dates(DAYS[:short], rule), rebalance_dates(DAYS[:long], rule)
    assert after[: len(before)].equals(before)


@pytest.mark.parametrize("rule", RULES)
def test_dates_are_sessions(rule):
    sessions = load("sp500_price").frame.index
    dates = rebalance_dates(sessions, rule)
    assert dates.isin(sessions).all()
    assert dates.is_unique
    assert dates.is_monotonic_increasing
    assert dates[0] == sessions[0]


def test_thirty_three_years_have_as_many_months():
    assert len(rebalance_dates(load("sp500_price").frame.index, "monthly")) == 1 + 33 * 12 - 1


def test_an_unknown_rule_is_refused():
    with pytest.raises(BadInput, match="'weekly' is not known") as caught:
        rebalance_dates(DAYS, "weekly")
    assert caught.value.field == "rule"
