"""Returns, macro series and fund facts."""

import numpy as np
import pandas as pd
import pytest

from engine import integrity
from engine.errors import BadInput
from engine.sources.bundled import core_cpi, french_portfolios, moodys_yields

MONTHS = pd.date_range("2015-01-31", "2026-03-31", freq="ME")


def cpi():
    return pd.DataFrame({"CPI": 230 * 1.002 ** np.arange(len(MONTHS))}, index=MONTHS)


def test_bundled_series_are_clean():
    assert integrity.series(french_portfolios().frame, measure="return").findings.empty
    assert integrity.series(core_cpi().frame, measure="level").findings.empty
    assert integrity.series(moodys_yields().frame, measure="rate").findings.empty


def test_a_month_that_was_never_published_stays_a_hole():
    """US consumer prices have no figure for October 2025."""
    frame = cpi()
    frame.loc["2025-10-31"] = np.nan
    report = integrity.series(frame, measure="level")
    assert list(report.findings["kind"]) == ["hole"]
    assert report.findings.loc[0, "first"] == "2025-10-31"
    assert np.isnan(report.repaired.loc["2025-10-31", "CPI"])
    assert report.log.empty


def test_a_row_left_out_is_found_too():
    report = integrity.series(cpi().drop(pd.Timestamp("2025-10-31")), measure="level")
    assert list(report.findings["kind"]) == ["missing_period"]
    assert report.findings.loc[0, "evidence"]["months"] == ["2025-10"]


def test_zeros_at_the_end_of_a_level_are_not_yet_known():
    frame = cpi()
    frame.iloc[-3:] = 0.0
    report = integrity.series(frame, measure="level")
    assert list(report.findings["kind"]) == ["zero_for_missing"]
    assert report.repaired.iloc[-3:].isna().all().all()
    pd.testing.assert_frame_equal(report.original(), frame)


def test_a_rate_may_be_zero():
    frame = pd.DataFrame({"rate": np.where(np.arange(len(MONTHS)) < 60, 0.0, 4.0)}, index=MONTHS)
    assert integrity.series(frame, measure="rate").findings.empty


@pytest.mark.parametrize(("low", "high"), [(0, 819), (200, 300), (700, 819)])
def test_percent_among_decimals(low, high):
    truth = french_portfolios().frame[["Market"]]
    frame = truth.copy()
    frame.iloc[low:high] *= 100
    report = integrity.series(frame, measure="return")
    assert set(report.findings["kind"]) == {"percent_for_fraction"}
    np.testing.assert_allclose(report.repaired, truth, atol=2e-3)
    pd.testing.assert_frame_equal(report.original(), frame)


def test_fund_facts_in_percent_and_unknown_as_zero():
    frame = pd.DataFrame({"fee": [0.0003, 0.2, 0.0, 9.0], "turnover": [0.03, 0.08, 0.0, 0.1]}, index=list("ABCD"))
    report = integrity.facts(frame, {"fee": (0.0, 0.05), "turnover": (0.0, 5.0)})
    assert sorted(report.findings["kind"]) == [
        "out_of_bounds",
        "percent_for_fraction",
        "zero_for_missing",
        "zero_for_missing",
    ]
    np.testing.assert_allclose(report.repaired["fee"], [0.0003, 0.002, np.nan, 9.0])
    pd.testing.assert_frame_equal(report.original(), frame)


def test_bad_frames():
    with pytest.raises(BadInput, match="measure"):
        integrity.series(cpi(), measure="price")
    with pytest.raises(BadInput, match="frame"):
        integrity.series(cpi().reset_index(drop=True), measure="level")
    with pytest.raises(BadInput, match="row 2: 'x' is not a number"):
        integrity.series(cpi().astype(object).assign(CPI="x"), measure="level")
    with pytest.raises(BadInput, match="spread"):
        integrity.facts(pd.DataFrame({"fee": [0.1]}), {"spread": (0.0, 0.1)})
