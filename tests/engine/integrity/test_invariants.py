"""What holds for any table and any mixture of faults."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.faults import FAULTS
from engine import integrity
from tests.engine.integrity.market import PRICES, quiet

MIXED = [fault for fault in FAULTS if not fault.funds]
FAST = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def broken_tables(draw):
    table = quiet(
        draw(st.integers(200, 300)),
        seed=draw(st.integers(0, 10_000)),
        noise=draw(st.sampled_from([0.005, 0.015, 0.03])),
        paid=0.0097,  # 100 times it must not be the whole price: no adjustment could be made for that
    )
    table["Capital Gains"] = 0.0
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    for fault in draw(st.lists(st.sampled_from(MIXED), min_size=0, max_size=3)):
        table, _ = fault.make(table, rng)
    if draw(st.booleans()):
        table = table.iloc[::-1].reset_index(drop=True)
    return table


@FAST
@given(broken_tables())
def test_rows_order_and_columns_stay_the_log_undoes_and_nothing_is_left_to_repair(table):
    before = table.copy()
    report = integrity.check(table)
    pd.testing.assert_frame_equal(table, before)  # the caller's table is not touched
    assert list(report.repaired.columns) == list(table.columns)
    assert report.repaired.index.equals(table.index)
    pd.testing.assert_series_equal(report.repaired["Date"], table["Date"])
    pd.testing.assert_frame_equal(report.original(), table)
    pd.testing.assert_frame_equal(integrity.undo(report.repaired, report.log), table)
    again = integrity.check(report.repaired)
    assert not again.findings["applied"].any(), again.findings
    pd.testing.assert_frame_equal(again.repaired, report.repaired)


@FAST
@given(broken_tables(), st.sampled_from([2.0**-10, 2.0**7, 0.37, 1350.0]))
def test_another_currency_changes_nothing(table, factor):
    money = [*PRICES, "Dividends", "Capital Gains"]
    other = table.copy()
    other[money] *= factor
    one, two = integrity.check(table), integrity.check(other)
    columns = ["kind", "first", "last", "rows", "applied"]
    pd.testing.assert_frame_equal(one.findings[columns], two.findings[columns])
    np.testing.assert_allclose(two.repaired[money], one.repaired[money] * factor, rtol=1e-7, atol=1e-12)


@FAST
@given(broken_tables())
def test_every_changed_cell_stands_in_the_log(table):
    report = integrity.check(table)
    numbers = [name for name in table.columns if name != "Date"]
    old, new = table[numbers].to_numpy(float), report.repaired[numbers].to_numpy(float)
    changed = ~((old == new) | (np.isnan(old) & np.isnan(new)))
    logged = {(row, column) for row, column in zip(report.log["row"], report.log["column"], strict=True)}
    assert {(row, numbers[column]) for row, column in zip(*np.nonzero(changed), strict=True)} <= logged
    assert set(report.log["finding"]) == set(np.flatnonzero(report.findings["applied"]))


def test_types_of_columns_come_back():
    table = quiet().astype({"Volume": "int64", "Close": "float32"})
    table.loc[99, "Stock Splits"] = 2.0
    table.loc[:98, PRICES] *= 2
    report = integrity.check(table.astype({"Close": "float32"}))
    assert len(report.log)
    assert report.repaired["Close"].dtype == np.float32
    pd.testing.assert_frame_equal(report.original(), table.astype({"Close": "float32"}))


def test_numbers_sent_as_text_go_back_as_that_text():
    table = quiet()
    table.loc[100, PRICES] *= 100
    table["Close"] = table["Close"].map("{:.4f}".format)
    report = integrity.check(table)
    assert report.findings["applied"].any()
    pd.testing.assert_frame_equal(report.original(), table)


def test_tickers_are_judged_apart():
    table = pd.concat(
        [quiet(seed=1).assign(ticker="A"), quiet(seed=2, price=5000).assign(ticker="B")], ignore_index=True
    )
    assert integrity.check(table).log.empty
    table.loc[300, PRICES] /= 100
    report = integrity.check(table)
    assert set(report.findings.loc[report.findings["applied"], "ticker"]) == {"B"}
    assert set(report.log["row"]) == {300}


@pytest.mark.parametrize("zone", ["", " 00:00:00+09:00"])
def test_newest_first_is_an_order(zone):
    table = quiet(zone=zone).iloc[::-1].reset_index(drop=True)
    assert "unordered" not in set(integrity.check(table).findings["kind"])
