"""The compiled pass leaves out only detectors that would have found nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.faults import FAULTS, clean
from engine.integrity.bits import BLANK, EVERYTHING
from engine.integrity.check import examine
from engine.integrity.registry import ALWAYS, DETECTORS
from engine.integrity.screen import suspicions
from engine.integrity.table import FREQUENCIES, read
from tests.engine.integrity.market import PRICES, quiet

SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw):
    """Anything between a clean table and one that is near every limit of the detectors."""
    table = quiet(
        draw(st.integers(60, 260)),
        seed=draw(st.integers(0, 10_000)),
        noise=draw(st.sampled_from([0.002, 0.01, 0.03, 0.08])),
        paid=draw(st.sampled_from([0.0, 0.0005, 0.004, 0.012, 0.039, 0.041])),
        every=draw(st.sampled_from([5, 21, 63])),
    )
    table["Capital Gains"] = 0.0
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    if draw(st.booleans()):
        table[PRICES] = table[PRICES].round(draw(st.integers(1, 4)))
    for move in draw(st.lists(st.sampled_from([1.1, 1.31, 1.46, 2.0, 3.01, 61.0, 100.0, 0.9, 0.66, 0.01]), max_size=3)):
        at, end = rng.integers(1, len(table)), draw(st.sampled_from([1, 5, 10_000]))
        table.loc[at : at + end - 1, PRICES] *= move
    if draw(st.booleans()):
        table.loc[rng.integers(20, len(table)), "Stock Splits"] = draw(st.sampled_from([1.25, 1.32, 1.5, 2.0, 0.1]))
    if draw(st.booleans()):
        at = rng.integers(1, len(table) - 8)
        table.loc[at : at + draw(st.integers(1, 7)), PRICES] = table.loc[at, PRICES].to_numpy(float)
    if draw(st.booleans()):
        faults = [fault for fault in FAULTS if not fault.funds]
        if len(table) > 200:
            table, _ = draw(st.sampled_from(faults)).make(table, rng)
    return table


@SLOW
@given(tables(), st.sampled_from(FREQUENCIES), st.booleans())
def test_the_result_is_the_same_without_the_pass(table, frequency, bare):
    if bare:
        table = table.drop(columns=["Dividends", "Stock Splits", "Capital Gains"])
    one = examine(read(table, frequency), screened=True).report()
    other = examine(read(table, frequency), screened=False).report()
    pd.testing.assert_frame_equal(one.findings, other.findings)
    pd.testing.assert_frame_equal(one.repaired, other.repaired)
    pd.testing.assert_frame_equal(one.log, other.log)


@SLOW
@given(tables(), st.sampled_from(FREQUENCIES))
def test_a_detector_whose_bit_is_not_set_finds_nothing(table, frequency):
    for bars in read(table, frequency).bars:
        suspected = suspicions(bars)
        for detector, bit in DETECTORS:
            if bit != ALWAYS and not bit & suspected:
                assert detector(bars) == [], detector.__name__


def test_most_detectors_rest_on_clean_tables():
    bits = {bit for _, bit in DETECTORS if bit != ALWAYS}
    assert BLANK in bits
    assert sum(bits) == EVERYTHING
    resting = []
    for table in clean().values():
        (bars,) = read(table.iloc[-2500:].reset_index(drop=True), "daily").bars
        resting.append(sum(not bit & suspicions(bars) for bit in bits) / len(bits))
    assert np.mean(resting) > 0.9


@pytest.mark.parametrize("column", PRICES)
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_a_price_that_is_none_sets_every_bit(column, value):
    table = quiet()
    table.loc[100, column] = value
    (bars,) = read(table, "daily").bars
    assert suspicions(bars) == EVERYTHING
