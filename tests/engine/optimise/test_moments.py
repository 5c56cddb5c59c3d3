"""Rolling moments beside NumPy's own, one window at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.optimise import rolling_moments


def plain(returns, ends, window):
    """The obvious way."""
    cuts = [returns[end - window : end] for end in ends]
    mean = np.array([cut.mean(axis=0) for cut in cuts])
    return mean, np.array([np.atleast_2d(np.cov(cut, rowvar=False)) for cut in cuts])


def assert_same_moments(found, wanted, relative):
    """Covariances relative to the two deviations, so that those near zero count as well."""
    deviation = np.sqrt(np.diagonal(wanted[1], axis1=1, axis2=2))
    gap = np.abs(found[1] - wanted[1]) / (deviation[:, :, None] * deviation[:, None, :])
    assert gap.max() <= relative
    assert (np.abs(found[0] - wanted[0]) / (deviation + np.abs(wanted[0]))).max() <= relative


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(5, 300), assets=st.integers(1, 7), data=st.data())
def test_moments_are_numpys(seed, rows, assets, data):
    window = data.draw(st.integers(2, rows))
    ends = np.array(data.draw(st.lists(st.integers(window, rows), min_size=1, max_size=5)))
    returns = np.random.default_rng(seed).normal(0.0005, 0.01, (rows, assets))
    assert_same_moments(rolling_moments(returns, ends, window), plain(returns, ends, window), 1e-12)


@pytest.mark.parametrize("level", [1.0, 1e3, 1e6])
def test_a_large_common_level_costs_no_accuracy(level):
    # Steps of 2^-20 are exact at every level, so the covariance must not change at all in truth.
    steps = np.random.default_rng(3).integers(-9000, 9000, (900, 6)) / 2.0**20
    ends = np.array([756, 800, 871, 900])
    low, high = rolling_moments(steps, ends, 756), rolling_moments(steps + level, ends, 756)
    assert_same_moments(low, plain(steps, ends, 756), 1e-12)
    assert np.abs(high[0] - (low[0] + level)).max() <= np.spacing(level)  # no mean can be nearer
    deviation = np.sqrt(np.diagonal(low[1], axis1=1, axis2=2))
    assert (np.abs(high[1] - low[1]) / (deviation[:, :, None] * deviation[:, None, :])).max() < 1e-12


def test_a_calm_window_after_a_wild_one_keeps_its_digits():
    returns = np.random.default_rng(5).normal(0, 0.01, (600, 4))
    returns[:200] *= 1e7
    ends = np.array([200, 460, 600])
    assert_same_moments(rolling_moments(returns, ends, 200), plain(returns, ends, 200), 1e-12)


def test_only_the_rows_of_the_window_matter_to_the_last_bit():
    rng = np.random.default_rng(0)
    returns = rng.normal(0, 0.01, (700, 5))
    alone = rolling_moments(returns, np.array([431]), 250)
    poisoned = rng.normal(0, 1e6, returns.shape)
    poisoned[181:431] = returns[181:431]
    among = rolling_moments(poisoned, np.array([700, 431, 250]), 250)
    np.testing.assert_array_equal(among[0][1], alone[0][0])
    np.testing.assert_array_equal(among[1][1], alone[1][0])


def test_covariances_are_symmetric_and_constants_have_none():
    returns = np.random.default_rng(1).normal(0, 0.01, (120, 3))
    returns[:, 1] = 0.1
    mean, covariance = rolling_moments(returns, np.array([97, 120]), 90)
    np.testing.assert_array_equal(covariance, covariance.transpose(0, 2, 1))
    assert not covariance[:, 1].any()
    np.testing.assert_array_equal(mean[:, 1], 0.1)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"returns": np.zeros(9)}, "bad_number", "returns"),
        ({"returns": np.zeros((9, 0))}, "bad_number", "returns"),
        ({"returns": np.where(np.arange(18).reshape(9, 2) == 7, np.nan, 0.0)}, "missing_value", "returns"),
        ({"window": 1}, "bad_number", "window"),
        ({"window": 4.0}, "bad_number", "window"),
        ({"window": True}, "bad_number", "window"),
        ({"ends": np.array([], int)}, "empty_choice", "ends"),
        ({"ends": np.array([5.0])}, "bad_number", "ends"),
        ({"ends": np.array([3])}, "range_outside", "ends"),
        ({"ends": np.array([10])}, "range_outside", "ends"),
    ],
)
def test_what_cannot_be_used_is_named(change, code, field):
    good = {"returns": np.zeros((9, 2)), "ends": np.array([4, 9]), "window": 4}
    rolling_moments(**good)
    with pytest.raises(BadInput) as caught:
        rolling_moments(**{**good, **change})
    assert (caught.value.code, caught.value.field) == (code, field)
