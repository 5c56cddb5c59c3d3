"""Proportional Denton in closed form against the quadratic programme, by hand, and by its invariants."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.world.denton import denton, leave_one_out, log_linear, smoothed

START = pd.Timestamp("2017-12-29")


def day(*numbers):
    return pd.DatetimeIndex([START + pd.Timedelta(days=number) for number in numbers])


SIZES = pd.Series([8500.0, 8900.0, 9600.0], index=day(0, 367, 732))
INDICATOR = pd.Series([100.0, 104.0, 96.0, 103.0, 112.0], index=day(0, 90, 367, 500, 732), name="listed")


def daily_indicator(days=733, seed=3):
    """A random walk through the worked example's levels on the days of the sizes."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, days)
    path = 100.0 * np.exp(np.cumsum(steps) - steps[0])
    return pd.Series(path, index=day(*range(days)), name="listed")


# --- the worked example


@pytest.mark.parametrize(("number", "ratio", "value"), [(90, 86.890327, 9036.594), (500, 90.159817, 9286.461)])
def test_the_worked_example(number, ratio, value):
    path = denton(SIZES, INDICATOR).path
    made = path[day(number)[0]]
    assert made / INDICATOR[day(number)[0]] == pytest.approx(ratio, abs=1e-6)
    assert made == pytest.approx(value, abs=5e-4)
    first, last = (85.0, 8900 / 96) if number < 367 else (8900 / 96, 9600 / 112)
    share = number / 367 if number < 367 else (number - 367) / 365
    assert made == pytest.approx((first + (last - first) * share) * INDICATOR[day(number)[0]], abs=1e-6)


@pytest.mark.parametrize("step", [1, 3])
def test_it_is_the_answer_of_the_quadratic_programme(step):
    import cvxpy as cp

    indicator = daily_indicator()
    keep = sorted({*range(0, 733, step), 0, 367, 732})
    levels = indicator.iloc[keep]
    gaps = np.diff(keep)
    ratio = cp.Variable(len(keep))
    met = [
        ratio[keep.index(n)] * levels.iloc[keep.index(n)] == size for n, size in zip((0, 367, 732), SIZES, strict=True)
    ]
    steps = cp.multiply(cp.diff(ratio), 1 / np.sqrt(gaps))
    cp.Problem(cp.Minimize(cp.sum_squares(steps)), met).solve(solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_feas=1e-12)
    np.testing.assert_allclose(denton(SIZES, levels).path, ratio.value * levels, rtol=0, atol=1e-6)


# --- invariants


@given(
    st.lists(st.floats(10.0, 1e5), min_size=1, max_size=6),
    st.integers(0, 10_000),
    st.floats(0.01, 100.0),
)
def test_sizes_are_met_and_the_unit_of_the_indicator_does_not_matter(values, seed, unit):
    rng = np.random.default_rng(seed)
    numbers = np.sort(rng.choice(733, size=len(values), replace=False))
    sizes = pd.Series(values, index=day(*numbers))
    levels = daily_indicator(seed=seed)
    made = denton(sizes, levels)
    assert list(made.path[sizes.index]) == values
    assert not made.extrapolated[sizes.index].any()
    pd.testing.assert_series_equal(made.path, denton(sizes, levels * unit).path, rtol=1e-9)
    straight = log_linear(sizes, pd.DatetimeIndex(levels.index))
    assert list(straight.path[sizes.index]) == values
    inside = straight.path[~straight.extrapolated]
    assert inside.min() >= min(values) * (1 - 1e-12)
    assert inside.max() <= max(values) * (1 + 1e-12)


def test_outside_the_sizes_the_first_and_last_ratio_are_held_and_marked():
    levels = daily_indicator()
    sizes = pd.Series([8500.0, 8900.0], index=day(100, 400))
    made = denton(sizes, levels)
    early, late = made.path[day(0)[0]], made.path[day(732)[0]]
    assert early == pytest.approx(8500 / levels[day(100)[0]] * levels[day(0)[0]], rel=1e-12)
    assert late == pytest.approx(8900 / levels[day(400)[0]] * levels[day(732)[0]], rel=1e-12)
    assert list(np.flatnonzero(~made.extrapolated)) == list(range(100, 401))


def test_one_size_is_a_point_with_an_extrapolated_path():
    made = denton(SIZES.iloc[:1], daily_indicator())
    assert made.extrapolated.sum() == 732
    made = log_linear(SIZES.iloc[:1], day(0, 10))
    assert list(made.path) == [8500.0, 8500.0]
    assert list(made.extrapolated) == [False, True]


def test_nothing_is_interpolated_across_a_level_break():
    sizes = pd.Series(
        [8900.0, 9600.0, 13869.0, 13300.0],
        index=pd.to_datetime(["2018-12-31", "2019-12-31", "2021-12-31", "2022-12-31"]),
    )
    days = pd.date_range("2018-12-31", "2023-12-31", freq="ME")
    marks = [pd.Timestamp("2021-12-31").date()]
    made = log_linear(sizes, days, breaks=marks)
    gap = (days > "2019-12-31") & (days < "2021-12-31")
    assert (made.path[gap] == 9600.0).all()
    assert made.extrapolated[gap].all()
    assert set(made.segment[days < "2021-12-31"]) == {0}
    assert set(made.segment[days >= "2021-12-31"]) == {1}
    assert made.path["2021-12-31"] == 13869.0
    bridged = log_linear(sizes, days)
    assert (bridged.path[gap] > 9600.0).all()
    levels = pd.Series(np.linspace(100, 150, len(days)), index=days)
    held = denton(sizes, levels, breaks=marks).path
    np.testing.assert_allclose(held[gap] / levels[gap], 9600 / levels["2019-12-31"], rtol=1e-12)


def test_log_linear_grows_at_a_constant_rate():
    path = log_linear(SIZES, day(*range(368))).path
    np.testing.assert_allclose(path.pct_change().iloc[1:], (8900 / 8500) ** (1 / 367) - 1, rtol=1e-9)


def test_a_size_between_two_dates_of_the_indicator_takes_the_last_level():
    levels = pd.Series([100.0, 110.0], index=day(0, 30), name="month ends")
    sizes = pd.Series([1000.0], index=day(10))
    made = denton(sizes, levels)
    assert list(made.path) == [1000.0, 1000.0, 1100.0]


# --- leave one out, smoothing


def test_a_size_left_out_is_guessed_from_the_others():
    first, middle, last = leave_one_out(SIZES)
    assert (first.estimate, first.extrapolated) == (8900.0, True)
    assert first.error == pytest.approx(8900 / 8500 - 1)
    assert middle.estimate == pytest.approx(8500 * (9600 / 8500) ** (367 / 732))
    assert (middle.extrapolated, last.estimate) == (False, 8900.0)
    guessed = leave_one_out(SIZES, INDICATOR)[1]
    assert guessed.estimate == pytest.approx((85 + (9600 / 112 - 85) * 367 / 732) * 96)
    assert leave_one_out(SIZES.iloc[:1]) == ()


def test_a_break_parts_the_sizes_that_guess_each_other():
    marks = [day(732)[0].date()]
    assert [item.day for item in leave_one_out(SIZES, breaks=marks)] == [stamp.date() for stamp in SIZES.index[:2]]


def test_smoothing_is_an_exponential_mean_of_logs_and_uses_nothing_later():
    levels = daily_indicator().drop(day(5, 6, 90))
    expected = np.exp(np.log(levels).ewm(halflife=pd.Timedelta(days=30), times=levels.index.to_series()).mean())
    np.testing.assert_allclose(smoothed(levels, 30), expected, rtol=1e-12)
    np.testing.assert_array_equal(smoothed(levels, 30).iloc[:200], smoothed(levels.iloc[:200], 30))
    calm = denton(SIZES, daily_indicator(), halflife_days=60)
    assert calm.halflife_days == 60
    assert np.log(calm.path).diff().std() < np.log(denton(SIZES, daily_indicator()).path).diff().std() / 2
    assert list(calm.path[SIZES.index]) == list(SIZES)


# --- bad input


def with_value(series, place, value):
    changed = series.astype(object)
    changed.iloc[place] = value
    return changed.astype(float)


BAD = {
    "no dates": (pd.Series([1.0]), INDICATOR, "bad_index"),
    "no sizes": (SIZES.iloc[:0], INDICATOR, "bad_index"),
    "sizes twice": (pd.concat([SIZES, SIZES.iloc[2:]]), INDICATOR, "bad_index"),
    "sizes backwards": (SIZES.iloc[::-1], INDICATOR, "bad_index"),
    "a time zone": (SIZES.tz_localize("UTC"), INDICATOR, "bad_index"),
    "a size of zero": (with_value(SIZES, 1, 0.0), INDICATOR, "bad_number"),
    "a negative size": (with_value(SIZES, 1, -1.0), INDICATOR, "bad_number"),
    "a size missing": (with_value(SIZES, 1, np.nan), INDICATOR, "bad_number"),
    "an endless size": (with_value(SIZES, 1, np.inf), INDICATOR, "bad_number"),
    "an indicator of zero": (SIZES, with_value(INDICATOR, 0, 0.0), "bad_number"),
    "an indicator with a hole": (SIZES, with_value(INDICATOR, 1, np.nan), "bad_number"),
    "an indicator that ends early": (SIZES, INDICATOR.iloc[:3], "indicator_gap"),
    "an indicator that starts late": (SIZES, INDICATOR.iloc[1:], "range_outside"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_refused(case):
    sizes, levels, code = BAD[case]
    with pytest.raises(BadInput) as caught:
        denton(sizes, levels, INDICATOR.index)
    assert caught.value.code == code


@pytest.mark.parametrize("halflife", [0.0, -5.0, float("nan"), float("inf")])
def test_a_half_life_is_above_zero(halflife):
    with pytest.raises(BadInput, match="halflife_days"):
        smoothed(INDICATOR, halflife)


def test_dates_before_the_indicator_are_refused():
    with pytest.raises(BadInput, match="lies outside"):
        denton(SIZES, INDICATOR, day(-5, 0))
