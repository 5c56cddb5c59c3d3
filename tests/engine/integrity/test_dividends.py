"""Which of three contradicting figures is wrong: the amount, the adjustment or the date."""

import numpy as np
import pytest

from engine import integrity
from tests.engine.integrity.market import kinds, quiet


def step(table, at, factor):
    table.loc[: at - 1, "Adj Close"] *= factor


def test_a_large_dividend_that_the_price_followed_is_left_alone():
    table = quiet(paid=0.09, noise=0.02)
    assert not kinds(integrity.check(table))


def test_a_variable_payer_may_pay_a_hundredth():
    """A hundredth of the usual amount with a quiet price is a small dividend, not an error."""
    table = quiet(paid=0.02, noise=0.02, seed=3)
    at = 103
    before = table.loc[at - 1, "Close"]
    lift = (1 - 0.0002) / (1 - 0.02)
    table.loc[at:, ["Open", "High", "Low", "Close"]] *= lift
    table.loc[at:, "Adj Close"] *= lift
    table.loc[at, "Dividends"] = 0.0002 * before
    step(table, at, lift)
    report = integrity.check(table)
    assert report.log.empty, report.findings


def test_an_adjustment_made_in_the_other_unit_is_the_wrong_one_for_a_usual_yield():
    """Every adjustment a hundredth of a 5 % dividend: the dividend is usual, 0.05 % would not be."""
    table = quiet(paid=0.05, noise=0.004)
    truth = table["Adj Close"].copy()
    for at in np.flatnonzero(table["Dividends"]):
        step(table, at, (1 - 0.0005) / (1 - 0.05))
    report = integrity.check(table)
    assert kinds(report) == {"adjustment_100x"}
    np.testing.assert_allclose(report.repaired["Adj Close"], truth, rtol=1e-9)
    assert report.repaired["Dividends"].equals(table["Dividends"])


def test_amounts_in_pence_beside_adjustments_in_pounds():
    table = quiet(paid=0.01)
    truth = table.copy()
    table["Dividends"] *= 100
    report = integrity.check(table)
    assert kinds(report) == {"dividend_100x"}
    np.testing.assert_allclose(report.repaired["Dividends"], truth["Dividends"])
    np.testing.assert_allclose(report.repaired["Adj Close"], truth["Adj Close"], rtol=1e-9)


def test_more_than_the_price_paid_out_made_adjusted_closes_negative():
    table = quiet(paid=0.02)
    truth = table.copy()
    for at in np.flatnonzero(table["Dividends"]):
        step(table, at, (1 - 2.0) / (1 - 0.02))
    table["Dividends"] *= 100
    assert (table["Adj Close"] < 0).any()
    report = integrity.check(table)
    np.testing.assert_allclose(report.repaired["Adj Close"], truth["Adj Close"], rtol=1e-6)
    np.testing.assert_allclose(report.repaired["Dividends"], truth["Dividends"])


def test_a_missing_price_before_the_ex_day_lost_the_adjustment():
    table = quiet(paid=0.07, noise=0.01, every=500)
    truth = table.copy()
    step(table, 40, 1 / (1 - 0.07))
    table.loc[39, ["Open", "High", "Low", "Close", "Adj Close", "Volume"]] = np.nan
    report = integrity.check(table)
    assert {"dividend_not_applied", "blank_row"} <= kinds(report)
    last = truth.loc[38, "Close"]
    expected = truth.loc[:38, "Adj Close"] * (1 - table.loc[40, "Dividends"] / last) / (1 - 0.07)
    np.testing.assert_allclose(report.repaired.loc[:38, "Adj Close"], expected, rtol=1e-9)
    assert report.repaired.loc[39].isna().sum() == 6  # stays blank


def test_the_second_of_two_payments_in_a_week_is_taken_out():
    table = quiet(paid=0.06, noise=0.01)
    truth = table.copy()
    paid = 0.95 * table.loc[40, "Dividends"]
    table.loc[42, "Dividends"] = paid
    step(table, 42, 1 - paid / table.loc[41, "Close"])
    report = integrity.check(table)
    assert kinds(report) == {"dividend_phantom"}
    np.testing.assert_allclose(report.repaired["Dividends"], truth["Dividends"])
    np.testing.assert_allclose(report.repaired["Adj Close"], truth["Adj Close"], rtol=1e-9)


def test_a_dividend_on_the_wrong_day_moves_to_the_fall():
    table = quiet(paid=0.15, noise=0.02, every=500)
    truth = table.copy()
    table.loc[40, "Volume"] *= 6
    truth.loc[40, "Volume"] *= 6
    before = table.loc[38, "Close"]
    table.loc[[39, 40], "Dividends"] = [table.loc[40, "Dividends"], 0.0]
    step(table, 40, 1 / (1 - 0.15))
    step(table, 39, 1 - table.loc[39, "Dividends"] / before)
    report = integrity.check(table)
    assert kinds(report) == {"dividend_wrong_day"}
    np.testing.assert_allclose(report.repaired["Adj Close"], truth["Adj Close"], rtol=1e-6)
    np.testing.assert_allclose(report.repaired["Dividends"], truth["Dividends"])


@pytest.mark.parametrize("falls", [0.5, 1.2])
def test_a_step_of_adj_close_without_a_dividend_is_named(falls):
    table = quiet()
    truth = table["Adj Close"].copy()
    step(table, 150, falls)
    report = integrity.check(table)
    kind = "adjustment_without_dividend" if falls < 1 else "adjustment_falls"
    assert kinds(report) == {kind}
    np.testing.assert_allclose(report.repaired["Adj Close"], truth, rtol=1e-6)
