"""Months ahead: which months count, who wins them, and how many of twelve."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analytics import calendar_hits, rolling_hits, to_monthly
from engine.analytics.hits import require_aligned, won_months
from engine.errors import BadInput
from engine.lines import line
from engine.sources import load


def months(values, first="2019-01-31"):
    return pd.Series(values, index=pd.date_range(first, periods=len(values), freq="ME"), dtype=float)


def weekdays(first, last, value=0.001):
    return pd.Series(value, index=pd.bdate_range(first, last))


def spx():
    return load("sp500_total_return").frame["sp500_total_return"].pct_change().iloc[1:]


# --- months


def test_days_compound_to_months():
    days = weekdays("2020-01-01", "2020-02-28", 0.001)
    monthly = to_monthly(days)
    np.testing.assert_allclose(monthly, [1.001**23 - 1, 1.001**20 - 1], rtol=1e-12)
    assert monthly.index.equals(pd.DatetimeIndex(["2020-01-31", "2020-02-29"]))


@pytest.mark.parametrize(
    ("first", "last", "kept"),
    [
        ("2020-01-01", "2020-03-31", ["2020-01", "2020-02", "2020-03"]),
        ("2020-01-02", "2020-03-31", ["2020-01", "2020-02", "2020-03"]),
        ("2020-01-03", "2020-03-31", ["2020-02", "2020-03"]),
        ("2020-01-15", "2020-03-31", ["2020-02", "2020-03"]),
        ("2020-01-01", "2020-03-27", ["2020-01", "2020-02"]),
        ("2020-01-15", "2020-02-14", []),
    ],
)
def test_half_a_month_is_left_out(first, last, kept):
    assert [f"{month:%Y-%m}" for month in to_monthly(weekdays(first, last)).index] == kept


def test_a_month_with_a_hole_at_its_end_is_left_out_and_so_is_the_one_it_reaches_into():
    days = weekdays("2020-01-01", "2020-04-30").drop(pd.bdate_range("2020-02-20", "2020-03-10"))
    assert [f"{month:%Y-%m}" for month in to_monthly(days).index] == ["2020-01", "2020-04"]


def test_only_the_first_and_the_last_month_of_the_index_are_incomplete():
    monthly = to_monthly(spx())
    assert monthly.index.equals(pd.date_range("1990-02-28", "2022-11-30", freq="ME"))


def test_the_two_days_of_mourning_in_january_2007_do_not_cost_the_month():
    monthly = to_monthly(spx())
    table = load("sp500_monthly_total_return").frame["tr_pct"] / 100
    assert spx().loc["2007"].index[0] == pd.Timestamp("2007-01-03")
    assert monthly["2007-01-31"] == pytest.approx(table["2007-01-31"], abs=1e-6)


def test_monthly_returns_pass_through_at_their_month_end():
    returns = pd.Series([0.1, 0.2], index=pd.DatetimeIndex(["2020-01-01", "2020-02-15"]))
    monthly = to_monthly(returns)
    assert list(monthly) == [0.1, 0.2]
    assert monthly.index.equals(pd.DatetimeIndex(["2020-01-31", "2020-02-29"]))


# --- hits by hand


OURS = months([0.02, -0.01, 0.03, 0.0, 0.01, 0.02, -0.03, 0.01, 0.02, 0.0, 0.04, 0.01, 0.01, 0.02])
THEIRS = months([0.01, -0.02, 0.04, 0.0, 0.0, 0.03, -0.04, 0.02, 0.01, 0.01, 0.03, 0.02, 0.0, 0.03])
WON = [True, True, False, False, True, False, True, False, True, False, True, False, True, False]


def test_a_month_is_won_above_the_benchmark_and_a_tie_is_no_win():
    assert list(won_months(OURS, THEIRS)) == WON


def test_rounding_in_the_last_digit_wins_no_month():
    """In June 2015 low volatility and the market both lost 1.53 %; their difference is 2e-18."""
    sleeve, market = line("low_volatility").returns, line("market").returns.loc["1952":]
    assert abs(sleeve["2015-06-30"] - market["2015-06-30"]) < 1e-15
    noise = 1 + 1e-15 * np.sign(np.arange(len(sleeve)) % 2 - 0.5)
    for ours, theirs in ((sleeve, market), (sleeve * noise, market), (sleeve, market * noise)):
        assert not won_months(ours, theirs)["2015-06-30"]


def test_months_won_per_calendar_year():
    table = calendar_hits(OURS, THEIRS)
    assert table.loc[2019].to_dict() == {"won": 6, "months": 12, "complete": True}
    assert table.loc[2020].to_dict() == {"won": 1, "months": 2, "complete": False}
    assert table.index.name == "year"


def test_months_won_in_each_run_of_twelve():
    rolling = rolling_hits(OURS, THEIRS)
    assert list(rolling) == [6, 6, 5]
    assert [f"{month:%Y-%m}" for month in rolling.index] == ["2019-12", "2020-01", "2020-02"]


def test_a_run_with_a_hole_is_no_run():
    hole = OURS.index != pd.Timestamp("2019-06-30")
    assert len(rolling_hits(OURS[hole], THEIRS[hole])) == 0
    assert list(rolling_hits(OURS[hole], THEIRS[hole], window=5).index.month) == [5, 11, 12, 1, 2]
    assert not calendar_hits(OURS[hole], THEIRS[hole])["complete"].any()


def test_too_short_a_series_has_no_run():
    assert len(rolling_hits(OURS.iloc[:11], THEIRS.iloc[:11])) == 0


def test_incomplete_months_are_not_counted():
    days = weekdays("2020-01-15", "2020-12-17")
    table = calendar_hits(days, days - 0.0001)
    assert table.loc[2020].to_dict() == {"won": 10, "months": 10, "complete": False}


def test_days_are_compared_by_the_month_and_not_by_the_day():
    days = weekdays("2020-01-01", "2020-01-31", 0.0)
    ahead = days.copy()
    ahead.iloc[0], ahead.iloc[1:] = 0.05, -0.001  # one good day, twenty-two bad ones
    assert calendar_hits(ahead, days).loc[2020, "won"] == 1


def test_the_equal_mix_won_as_often_as_the_study_says():
    """the feasibility study, section 3: equal weight, 1975-2017: 9.5 % of years with 10 of 12, 45 % with 8 of 12."""
    table = calendar_hits(line("equal_weight").returns["1975":], line("market").returns["1975":])
    years = table[table["complete"]]
    assert len(years) == 42
    assert (years["won"] >= 10).mean() == pytest.approx(0.095, abs=5e-4)
    assert (years["won"] >= 8).mean() == pytest.approx(0.45, abs=5e-3)


# --- hits for any series


PAIRS = st.lists(st.tuples(*[st.sampled_from([-0.02, 0.0, 0.01, 0.03])] * 2), min_size=1, max_size=40)


@given(PAIRS)
def test_hits_lie_between_none_and_all_months(pairs):
    ours, theirs = (months(side) for side in zip(*pairs, strict=True))
    table = calendar_hits(ours, theirs)
    assert (table["won"].between(0, table["months"])).all()
    assert table["months"].sum() == len(pairs)
    assert (table["months"] <= 12).all()
    assert rolling_hits(ours, theirs).between(0, 12).all()


@given(PAIRS)
def test_a_run_counts_what_a_reader_counts(pairs):
    ours, theirs = (months(side) for side in zip(*pairs, strict=True))
    won = [a > b for a, b in pairs]
    assert list(rolling_hits(ours, theirs, window=3)) == [sum(won[k : k + 3]) for k in range(len(won) - 2)]


@given(PAIRS)
def test_a_series_never_wins_against_itself(pairs):
    ours = months([first for first, _ in pairs])
    assert calendar_hits(ours, ours.copy())["won"].sum() == 0


# --- refusals


def test_series_on_other_dates_are_refused_with_the_first_difference():
    with pytest.raises(BadInput, match="2020-02-29") as caught:
        calendar_hits(OURS, THEIRS.iloc[:-1])
    assert (caught.value.code, caught.value.field) == ("not_aligned", "benchmark")


def test_equal_dates_are_aligned():
    assert require_aligned(OURS, THEIRS, "benchmark") is None
