"""Buffer zones, wishes and the four-week calendar."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.momentum.hold import four_weeks, select, under_rules, wishes


def test_the_calendar_is_every_fourth_friday_or_the_session_before():
    days = pd.bdate_range("2019-01-01", "2020-12-31").drop(["2019-05-24"])
    found = four_weeks(days)
    gaps = np.diff(found.to_numpy()) / np.timedelta64(1, "D")
    assert set(gaps) <= {27.0, 28.0, 29.0}
    assert len(found) == 26
    assert sum(day.day_name() == "Friday" for day in found) >= 25


@given(st.integers(0, 400), st.integers(30, 500))
@settings(max_examples=50, deadline=None)
def test_neither_more_data_nor_another_start_moves_a_date(start, count):
    days = pd.bdate_range("2010-01-01", periods=1000)
    part = days[start : start + count]
    whole = four_weeks(days)
    inside = whole[(whole >= part[0]) & (whole <= part[-1])]
    assert four_weeks(part).equals(inside)


def ranks(count, seed=0):
    return np.random.default_rng(seed).permutation(count) / count


def test_the_highest_ranks_are_bought_first():
    rank = ranks(200)
    chosen = select(rank, np.zeros(200, dtype=bool), 50, 0.5)
    assert chosen.sum() == 50
    assert rank[chosen].min() > rank[~chosen].max()


def test_a_held_name_stays_inside_the_buffer_and_leaves_outside_of_it():
    rank = np.linspace(1, 0.005, 200)  # the place is the column
    held = np.zeros(200, dtype=bool)
    held[[60, 74, 75, 150]] = True
    chosen = select(rank, held, 50, 0.5)
    assert chosen[[60, 74]].all()
    assert not chosen[[75, 150]].any()
    assert chosen[:48].all()
    assert not chosen[48:60].any()


def test_without_a_buffer_only_ranks_count():
    rank = ranks(200, 3)
    held = ranks(200, 4) > 0.7
    assert np.array_equal(select(rank, held, 50, 0.0), select(rank, np.zeros(200, dtype=bool), 50, 0.0))


@given(st.integers(16, 300), st.integers(0, 2**31), st.floats(0, 2))
@settings(max_examples=60, deadline=None)
def test_the_count_is_right_and_only_ranked_names_are_held(count, seed, buffer):
    g = np.random.default_rng(seed)
    rank = g.random(count)
    rank[g.random(count) < 0.3] = np.nan
    able = int(np.isfinite(rank).sum())
    chosen = select(rank, g.random(count) < 0.2, 50, buffer)
    assert chosen.sum() == min(able, 50, max(16, able // 2))
    assert np.isfinite(rank[chosen]).all()


def test_wishes_fall_with_the_rank_or_follow_market_value():
    names = np.array([4, 1, 3])
    assert wishes(names, "equal", None) == pytest.approx([1 / 3] * 3)
    assert wishes(names, "rank", None) == pytest.approx(np.array([2.5, 1.5, 0.5]) / 4.5)
    caps = np.array([1.0, 10.0, 5.0, np.nan, 30.0])
    assert wishes(names, "cap", caps) == pytest.approx(np.array([30, 10, 10]) / 50)


def test_rows_of_different_lengths_come_back_in_order():
    rows = [np.full(20, 0.05), np.full(50, 0.02), np.full(20, 0.05)]
    found = under_rules(rows)
    assert [len(row) for row in found] == [20, 50, 20]
    assert all(row.sum() == pytest.approx(1.0) for row in found)
