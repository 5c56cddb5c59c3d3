"""References as the table writes them, and windows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.universe.recompute import parts, tracking
from engine.universe.recompute.tracking import LEAST_DAYS, NEW_INDEX
from tests.engine.universe.recompute.world import statistics


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("VOO", ((1.0, "VOO"),)),
        ("DDM/2", ((0.5, "DDM"),)),
        ("0.70*SPY+0.30*IDEV", ((0.7, "SPY"), (0.3, "IDEV"))),
        ("-0.5*VXX", ((-0.5, "VXX"),)),
        ("1.5*VXX", ((1.5, "VXX"),)),
        ("", ()),
        ("nan", ()),
        ("VOO-SPY*", ()),
        ("0.5*", ()),
    ],
)
def test_references(text, expected):
    assert parts(text) == expected


def test_every_reference_of_the_table_can_be_read():
    assert all(parts(text) for text in statistics()["tracking_reference"])
    assert set(NEW_INDEX) <= set(statistics().index)


def frame(returns):
    return pd.DataFrame(returns, index=pd.bdate_range("2020-01-01", periods=len(next(iter(returns.values())))))


@settings(max_examples=20)
@given(seed=st.integers(0, 99), leverage=st.sampled_from([-3.0, -1.0, 0.5, 2.0, 3.0]))
def test_a_perfect_multiple_has_no_tracking_error(seed, leverage):
    base = np.random.default_rng(seed).normal(0.0, 0.01, 900)
    found = tracking("LEV", f"{leverage:g}*SPY", frame({"LEV": leverage * base, "SPY": base}))
    assert found is not None
    assert max(found.weekly, found.monthly, found.monthly_3y, found.denoised_3y) < 1e-6
    assert abs(found.difference) < 1e-6


def test_closing_noise_is_taken_out_and_real_drift_is_not():
    draws = np.random.default_rng(3)
    base = draws.normal(0.0, 0.01, 1500)
    noise = draws.normal(0.0, 0.0004, 1501)
    noisy = tracking("A", "B", frame({"A": base + np.diff(noise), "B": base}))
    apart = tracking("A", "B", frame({"A": base + draws.normal(0.0, 0.0006, 1500), "B": base}))
    assert noisy is not None
    assert apart is not None
    assert noisy.weekly > 0.35
    assert noisy.denoised_3y < 0.15
    assert apart.denoised_3y == pytest.approx(0.0006 * np.sqrt(252) * 100, rel=0.25)


def test_too_little_data_is_none():
    base = np.random.default_rng(0).normal(0.0, 0.01, LEAST_DAYS - 1)
    assert tracking("A", "B", frame({"A": base, "B": base})) is None
    assert tracking("A", "C", frame({"A": base, "B": base})) is None
    assert tracking("A", "not a reference", frame({"A": base})) is None


def test_the_difference_is_of_compound_returns():
    days = 504
    found = tracking("A", "B", frame({"A": np.full(days, 0.0005), "B": np.full(days, 0.0004)}) + 0.0)
    assert found is not None
    assert found.difference == pytest.approx(100 * (1.0005**252 - 1.0004**252), rel=1e-9)
