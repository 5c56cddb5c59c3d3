"""Every kind of fault is named and, where the table proves the truth, mended exactly."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.faults import FAULTS, WINDOW, clean, seen
from engine import integrity
from tests.engine.integrity.market import PRICES

PLACES = 4
SHARES = clean()
FUNDS = clean(funds=True)


def places(fault):
    rng = np.random.default_rng(11)
    tables = FUNDS if fault.funds else SHARES
    for _ in range(PLACES):
        table = tables[str(rng.choice(list(tables)))]
        start = int(rng.integers(0, len(table) - WINDOW))
        truth = table.iloc[start : start + WINDOW].reset_index(drop=True)
        broken, rows = fault.make(truth.copy(), rng)
        yield truth, broken, rows


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_mended_and_can_be_taken_back(fault):
    for truth, broken, rows in places(fault):
        report = integrity.check(broken)
        if fault.name != "spike" or seen(fault, report.findings, broken, rows):  # some spikes hide in noise
            assert seen(fault, report.findings, broken, rows), report.findings
        if fault.mends and fault.name != "gains_twice":
            for column in [*PRICES, "Dividends"]:
                np.testing.assert_allclose(report.repaired[column], truth[column], rtol=5e-3, err_msg=column)
        pd.testing.assert_frame_equal(report.original(), broken)
        assert not integrity.check(report.repaired).findings["applied"].any()


def test_clean_tables_raise_hardly_an_alarm_and_nothing_is_changed():
    both = pd.concat([table.tail(2500).assign(ticker=name) for name, table in SHARES.items()], ignore_index=True)
    report = integrity.check(both)
    alarms = report.findings[report.findings["severity"] != "info"]
    assert len(alarms) <= len(both) / 10_000, alarms
    assert report.log.empty
    pd.testing.assert_frame_equal(report.repaired, both)
