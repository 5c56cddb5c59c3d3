"""Thinned series: short enough for the screen, no extreme lost."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.analytics import thin, underwater
from engine.sources import load


def dated(values):
    return pd.Series(values, index=pd.bdate_range("1950-01-02", periods=len(values)), dtype=float)


@given(st.integers(1, 4000), st.integers(0, 10_000), st.sampled_from([10, 11, 100, 999, 2000]))
def test_first_last_lowest_and_highest_stay(count, seed, most):
    values = dated(np.random.default_rng(seed).normal(size=count))
    kept = thin(values, most)
    assert len(kept) <= most
    assert (kept.index[0], kept.index[-1]) == (values.index[0], values.index[-1])
    assert (kept.min(), kept.max()) == (values.min(), values.max())
    assert (values.loc[kept.index] == kept).all()
    assert kept.index.is_monotonic_increasing
    assert kept.index.is_unique


@pytest.mark.parametrize("count", [1, 2, 1999, 2000])
def test_a_short_series_stays_as_it_is(count):
    values = dated(np.arange(count))
    assert thin(values) is values


@pytest.mark.parametrize("count", [2001, 2002, 8313, 20_000])
def test_a_long_series_keeps_at_most_two_thousand_points_and_uses_most_of_them(count):
    kept = thin(dated(np.random.default_rng(1).normal(size=count)))
    assert 1000 <= len(kept) <= 2000


def test_the_extremes_of_every_stretch_are_among_the_points():
    values = dated(np.random.default_rng(2).normal(size=10_000))
    kept = thin(values, 200)
    for start in range(0, 9_000, 500):
        stretch = values.iloc[start : start + 300]  # holds at least one whole bucket of about 101
        near = kept.loc[stretch.index[0] : stretch.index[-1]]
        assert len(near) >= 4
    assert len(kept) >= 190


def test_the_depth_of_every_crisis_is_exact_on_a_thinned_chart():
    depth = underwater(load("sp500_price").frame["SP500"])
    kept = thin(depth)
    assert len(kept) <= 2000
    for year in (1998, 2002, 2009, 2020, 2022):
        assert kept.loc[str(year)].min() == depth.loc[str(year)].min()
