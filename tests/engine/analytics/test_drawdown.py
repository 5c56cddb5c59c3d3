"""Falls against quantstats, against slow loops, and against what must hold for any series."""

import numpy as np
import pandas as pd
import pytest
import quantstats as qs
from hypothesis import given
from hypothesis import strategies as st

from engine.analytics import drawdowns, episodes, underwater, worst_fall_between
from engine.analytics.drawdown import wealth, window_positions
from engine.errors import BadInput
from engine.sources import load

MOVES = [0.5, 0.8, 0.9, 1.0, 1.1, 1.25, 2.0]  # few values, so that highs are met again exactly
LEVELS = st.lists(st.sampled_from(MOVES), min_size=1, max_size=50).map(np.cumprod)


def dated(levels, first="2000-01-03"):
    return pd.Series(np.asarray(levels, dtype=float), index=pd.bdate_range(first, periods=len(levels), name="date"))


def total_return():
    return load("sp500_total_return").frame["sp500_total_return"]


def slow_episodes(levels):
    """(peak, trough, recovery or None, depth) of each fall, day by day."""
    found, peak, low = [], 0, None
    for day in range(1, len(levels)):
        if levels[day] >= levels[peak]:
            if low is not None:
                found.append((peak, low, day, levels[low] / levels[peak] - 1))
            peak, low = day, None
        elif low is None or levels[day] < levels[low]:
            low = day
    if low is not None:
        found.append((peak, low, None, levels[low] / levels[peak] - 1))
    return found


# --- episodes


@given(LEVELS)
def test_falls_are_those_a_reader_would_find_day_by_day(levels):
    values = dated(levels)
    table = episodes(values)
    position = {day: place for place, day in enumerate(values.index)}
    ours = {
        (position[row.peak], position[row.trough], None if row.open else position[row.recovery], row.depth)
        for row in table.itertuples()
    }
    assert ours == set(slow_episodes(levels))
    assert len(ours) == len(table)


@given(LEVELS)
def test_falls_keep_their_order_of_dates_and_depth(levels):
    table = episodes(dated(levels))
    assert (table["depth"].between(-1, 0, inclusive="left")).all()
    assert table["depth"].is_monotonic_increasing
    assert (table["peak"] < table["trough"]).all()
    closed = table[~table["open"]]
    assert (closed["recovery"] > closed["trough"]).all()
    assert (closed["days_down"] + closed["days_to_recover"] == closed["days_total"]).all()


@given(LEVELS)
def test_at_most_one_fall_is_open_and_it_is_the_last(levels):
    table = episodes(dated(levels))
    is_open = bool(levels[-1] < levels.max())
    assert int(table["open"].sum()) == int(is_open)
    if is_open:
        last = table[table["open"]].iloc[0]
        assert pd.isna(last["recovery"])
        assert pd.isna(last["days_to_recover"])
        assert last["peak"] == table["peak"].max()
        assert last["days_total"] == (dated(levels).index[-1] - last["peak"]).days


@given(LEVELS, st.floats(1e-3, 1e6))
def test_the_unit_of_the_level_does_not_matter(levels, unit):
    one, other = underwater(dated(levels)), underwater(dated(levels * unit))
    np.testing.assert_allclose(one, other, atol=1e-12)


@given(LEVELS)
def test_the_deepest_fall_is_the_lowest_point_under_water(levels):
    values = dated(levels)
    table = episodes(values)
    deepest = table["depth"].iloc[0] if len(table) else 0.0
    assert deepest == underwater(values).min()
    assert ((underwater(values) >= -1) & (underwater(values) <= 0)).all()


def test_a_line_that_only_rises_has_no_fall():
    table = episodes(dated([1, 1, 2, 3]))
    assert len(table) == 0
    assert list(table.columns) == [
        "peak",
        "trough",
        "recovery",
        "depth",
        "days_down",
        "days_to_recover",
        "open",
        "days_total",
    ]


def test_a_fall_starts_at_the_last_day_of_its_high():
    fall = episodes(dated([1, 2, 2, 1, 2])).iloc[0]
    assert (fall["peak"], fall["recovery"]) == (pd.Timestamp("2000-01-05"), pd.Timestamp("2000-01-07"))


# --- drawdowns against quantstats


@pytest.mark.parametrize("name", ["sp500_total_return", "sp500_price", "MTUM", "SIZE"])
def test_all_falls_agree_with_quantstats(name):
    """quantstats names the first and the last day below the high; our fall starts at the high and ends at the recovery."""
    frame = load("factor_etfs" if name.isupper() else name).frame
    returns = (frame[name] if name in frame else frame.iloc[:, 0]).pct_change().iloc[1:]
    theirs = qs.stats.drawdown_details(qs.stats.to_drawdown_series(returns))
    ours = drawdowns(returns).sort_values("peak", ignore_index=True)
    days = wealth(returns).index
    assert len(ours) == len(theirs)
    assert len(ours) > 20
    np.testing.assert_allclose(ours["depth"], theirs["max drawdown"] / 100, rtol=1e-10)
    assert list(ours["trough"]) == list(pd.to_datetime(theirs["valley"]))
    below = days.get_indexer(pd.to_datetime(theirs["start"]))
    assert list(ours["peak"]) == list(days[below - 1])
    closed = (~ours["open"]).to_numpy()
    last = days.get_indexer(pd.to_datetime(theirs["end"]))
    assert list(ours["recovery"][closed]) == list(days[last[closed] + 1])
    assert closed.sum() >= len(ours) - 1


def test_a_loss_in_the_first_row_is_a_fall():
    returns = dated([-0.1, 0.05, 0.2], "2020-01-06")
    fall = drawdowns(returns).iloc[0]
    assert fall["depth"] == pytest.approx(-0.1)
    assert (fall["peak"], fall["trough"]) == (pd.Timestamp("2020-01-03"), pd.Timestamp("2020-01-06"))
    assert fall["days_to_recover"] == 2


def test_monthly_returns_start_at_the_month_end_before():
    returns = pd.Series([0.1, -0.2], index=pd.DatetimeIndex(["2020-02-29", "2020-03-31"]))
    growth = wealth(returns)
    assert growth.index[0] == pd.Timestamp("2020-01-31")
    np.testing.assert_allclose(growth, [1, 1.1, 0.88])


def test_the_great_falls_of_the_total_return_index():
    table = drawdowns(total_return().pct_change().iloc[1:]).head(4)
    assert [day.strftime("%Y-%m-%d") for day in table["trough"]] == [
        "2009-03-09",
        "2002-10-09",
        "2020-03-23",
        "2022-10-12",
    ]
    assert list(table["open"]) == [False, False, False, True]
    assert table["days_to_recover"].iloc[0] == 1120


def test_bad_returns_are_refused():
    returns = dated([0.1, np.nan, 0.1])
    with pytest.raises(BadInput, match="2000-01-04"):
        drawdowns(returns)
    with pytest.raises(BadInput):
        drawdowns(returns.dropna().iloc[::-1])


# --- the deepest fall between two dates


def brute_force(levels, first, last):
    """The deepest pair high-then-low of rows first..last, the earliest low and the latest high for it."""
    best = (0.0, first, first)
    for low in range(first, last + 1):
        high = max(levels[first : low + 1])
        depth = levels[low] / high - 1
        if depth < best[0]:
            peak = max(day for day in range(first, low + 1) if levels[day] == high)
            best = (depth, peak, low)
    return best


@st.composite
def windows(draw):
    levels = draw(LEVELS)
    first = draw(st.integers(0, len(levels) - 1))
    return levels, first, draw(st.integers(first, len(levels) - 1))


@given(windows())
def test_the_deepest_fall_of_a_window_is_that_of_all_pairs(window):
    levels, first, last = window
    values = dated(levels)
    fall = worst_fall_between(values, values.index[first], values.index[last])
    depth, peak, low = brute_force(levels, first, last)
    assert fall.depth == depth
    assert fall.trough == values.index[low]
    assert fall.change == levels[last] / levels[first] - 1
    if depth < 0:
        assert fall.peak == values.index[peak]
        later = [day for day in range(low, len(levels)) if levels[day] >= levels[peak]]
        assert fall.recovery == (values.index[later[0]] if later else None)
        assert fall.days_down == (fall.trough - fall.peak).days > 0
        assert fall.days_to_recover == ((fall.recovery - fall.trough).days if later else None)


@given(windows())
def test_a_window_without_fall_says_zero(window):
    levels, first, last = window
    values = dated(np.maximum.accumulate(levels))
    fall = worst_fall_between(values, values.index[first], values.index[last])
    assert (fall.depth, fall.days_down, fall.days_to_recover) == (0.0, 0, 0)


@given(windows(), st.floats(1e-3, 1e6))
def test_a_window_does_not_see_the_unit(window, unit):
    levels, first, last = window
    values = dated(levels)
    days = values.index[first], values.index[last]
    assert worst_fall_between(values, *days).depth == pytest.approx(
        worst_fall_between(values * unit, *days).depth, abs=1e-12
    )


@pytest.mark.parametrize(
    ("start", "end", "positions"),
    [
        ("2020-01-31", "2020-03-31", (0, 2)),
        ("2020-02-10", "2020-03-10", (0, 2)),
        ("2020-02-29", "2020-03-01", (1, 2)),
        ("2020-02-10", "2020-04-30", (0, 3)),
        ("2020-01-30", "2020-03-31", None),
        ("2020-01-31", "2020-05-01", None),
    ],
)
def test_a_window_opens_at_or_before_and_closes_at_or_after(start, end, positions):
    index = pd.date_range("2020-01-31", periods=4, freq="ME")
    assert window_positions(index, pd.Timestamp(start), pd.Timestamp(end)) == positions
    values = pd.Series([4.0, 3.0, 2.0, 1.0], index=index)
    assert (worst_fall_between(values, pd.Timestamp(start), pd.Timestamp(end)) is None) == (positions is None)


@pytest.mark.parametrize(
    ("levels", "peak", "trough"),
    [
        ([2, 2, 1, 2], 1, 2),
        ([2, 1, 2, 2, 1, 3], 0, 1),
        ([2, 3, 3, 2.9, 3, 1, 1, 3], 4, 5),
        ([1, 2, 1.5, 4, 4, 3, 3], 1, 2),
    ],
)
def test_of_equal_highs_the_last_counts_and_of_equal_lows_the_first(levels, peak, trough):
    values = dated(levels)
    fall = worst_fall_between(values, values.index[0], values.index[-1])
    assert (fall.peak, fall.trough) == (values.index[peak], values.index[trough])


def test_the_recovery_is_looked_for_beyond_the_window():
    values = dated([10, 8, 9, 9.5, 10, 11])
    fall = worst_fall_between(values, values.index[0], values.index[2])
    assert fall.recovery == values.index[4]
    assert fall.change == pytest.approx(-0.1)
    cut = worst_fall_between(values.iloc[:4], values.index[0], values.index[2])
    assert cut.recovery is None
    assert cut.days_to_recover is None
