"""Units, splits, and moves that really happened."""

import numpy as np
import pandas as pd
import pytest

from engine import integrity
from tests.engine.integrity.market import PRICES, kinds, quiet


@pytest.mark.parametrize(
    ("move", "stays"),
    [(-0.608, True), (0.578, True), (0.87, True), (-0.539, True), (-0.44, True), (-0.92, True), (-0.3, False)],
)
def test_crashes_and_jumps_are_left_alone(move, stays):
    """Sizes of real one-day moves: AIG 2008-09-15, Citigroup 2008-11-24, Morgan Stanley 2008-10-13, ..."""
    table = quiet(noise=0.03)
    rows = slice(150, None) if stays else slice(150, 153)
    table.loc[rows, ["Open", "High", "Low", "Close", "Adj Close", "Dividends"]] *= 1 + move
    table.loc[150, "Open"] = table.loc[149, "Close"] * (1 + move / 2)
    table.loc[150, "High"] = table.loc[150, ["Open", "Close"]].max() * 1.01
    table.loc[150, "Low"] = table.loc[150, ["Open", "Close"]].min() * 0.99
    report = integrity.check(table)
    assert report.log.empty, report.findings
    pd.testing.assert_frame_equal(report.repaired, table)


def test_a_split_whose_prices_were_restated_is_no_finding():
    table = quiet()
    table.loc[150, "Stock Splits"] = 4.0
    assert not kinds(integrity.check(table))


def test_a_special_dividend_on_the_day_of_a_consolidation_is_no_missing_split():
    """Price halves for the dividend; the consolidation ratio is the same, and applied."""
    table = quiet(paid=0.0, noise=0.01)
    before = table.loc[149, "Close"]
    table.loc[150:, ["Open", "High", "Low", "Close", "Adj Close"]] *= 0.47
    table.loc[:149, "Adj Close"] *= 0.47
    table.loc[150, ["Dividends", "Stock Splits"]] = [0.53 * before, 0.47]
    assert integrity.check(table).log.empty


def test_newest_bars_of_a_suspended_share_take_the_unit_of_its_last_trades():
    table = quiet(40, paid=0.0)
    truth = table.copy()
    for frame in (table, truth):
        frame.loc[25:, PRICES] = frame.loc[24, "Close"]
        frame.loc[25:, "Volume"] = 0
    table.loc[30:, PRICES] /= 100
    report = integrity.check(table.iloc[::-1].reset_index(drop=True))
    assert "unit_100x" in kinds(report)
    np.testing.assert_allclose(report.repaired[PRICES], truth[PRICES].iloc[::-1])


def test_untraded_bars_of_a_dividend_payer_are_reported_and_left():
    table = quiet()
    table.loc[110:120, PRICES] = table.loc[109, "Close"] / 100
    table.loc[110:120, "Volume"] = 0
    table.loc[110:120, "Adj Close"] *= table.loc[109, "Adj Close"] / table.loc[109, "Close"]
    report = integrity.check(table)
    assert "unit_100x" in kinds(report)
    assert not (report.log["row"].between(110, 120)).any()


def test_low_and_close_of_an_intraday_bar_in_pounds():
    table = quiet(60, paid=0.0, price=60.0, noise=0.02)
    hours = pd.date_range("2024-10-21 09:00", periods=60, freq="h").strftime("%Y-%m-%d %H:%M:%S+01:00")
    table = table.rename(columns={"Date": "Datetime"}).assign(Datetime=hours)
    truth = table.copy()
    table.loc[30, ["Low", "Close", "Adj Close"]] /= 100
    report = integrity.check(table, frequency="hourly")
    assert "unit_100x_cell" in kinds(report)
    np.testing.assert_allclose(
        report.repaired.loc[30, ["Close", "Adj Close"]].astype(float),
        truth.loc[30, ["Close", "Adj Close"]].astype(float),
    )
    assert report.repaired.loc[30, "Low"] <= truth.loc[30, ["Open", "Close"]].min()


def test_a_weekly_bar_in_the_week_of_a_missing_split_holds_both_scales():
    table = quiet(120, paid=0.0, noise=0.02).assign(
        Date=pd.date_range("2019-01-07", periods=120, freq="7D").strftime("%Y-%m-%d")
    )
    truth = table.copy()
    truth.loc[80, "Stock Splits"] = table.loc[80, "Stock Splits"] = 5.0
    table.loc[:79, PRICES] *= 5
    table.loc[:79, "Volume"] /= 5
    table.loc[80, ["Open", "High"]] *= 5
    report = integrity.check(table, frequency="weekly")
    assert {"split_not_applied", "split_cell"} <= kinds(report)
    np.testing.assert_allclose(report.repaired[PRICES], truth[PRICES], rtol=1e-9)


def test_another_company_under_the_ticker_is_named_not_repaired():
    table = quiet(paid=0.0)
    table.loc[130:, PRICES] *= 15.4
    table.loc[130:, "Volume"] = np.rint(table.loc[130:, "Volume"] / 40)
    report = integrity.check(table)
    assert kinds(report) == {"ticker_reuse"}
    assert report.log.empty


def test_an_open_between_equal_high_and_low_is_known_other_zeros_are_blank():
    table = quiet()
    table.loc[50, ["Open", "High", "Low", "Close"]] = [0.0, 40.0, 40.0, 40.0]
    table.loc[90, "High"] = 0.0
    report = integrity.check(table)
    assert report.repaired.loc[50, "Open"] == 40.0
    assert np.isnan(report.repaired.loc[90, "High"])
    assert "zero_price" in kinds(report)
