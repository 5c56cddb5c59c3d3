"""Average ranks against scipy; both ways of counting agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import rankdata

from engine.universe import ranks

TIED = arrays(float, st.tuples(st.integers(1, 12), st.integers(1, 7)), elements=st.integers(-3, 3).map(float))
SPREAD = arrays(float, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=st.floats(-1e6, 1e6))


@given(st.one_of(TIED, SPREAD))
def test_ranks_are_those_of_scipy(values):
    np.testing.assert_array_equal(ranks.average_ranks(values), rankdata(values, axis=0))


@given(st.one_of(TIED, SPREAD))
def test_pairs_and_sorting_agree(values):
    np.testing.assert_array_equal(ranks._by_pairs(values), ranks._by_sorting(values))


@pytest.mark.parametrize("n", [ranks.PAIRWISE_UP_TO, ranks.PAIRWISE_UP_TO + 1, 300])
def test_either_side_of_the_switch_with_leading_axes(n):
    values = np.random.default_rng(3).integers(0, n // 2, size=(2, n, 5)).astype(float)
    np.testing.assert_array_equal(ranks.average_ranks(values), rankdata(values, axis=1))


def test_all_equal_share_the_middle():
    assert ranks.average_ranks(np.zeros((4, 1))).ravel().tolist() == [2.5] * 4
    assert ranks.average_ranks(np.zeros((1, 3))).tolist() == [[1.0, 1.0, 1.0]]
