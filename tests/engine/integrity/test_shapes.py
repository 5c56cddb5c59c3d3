"""Vendors' faults in other shapes: near the ends, several at once, short files, other currencies, unusual ratios."""

import numpy as np
import pytest

from engine import integrity
from tests.engine.integrity.market import PRICES, kinds, quiet

BARS = PRICES[:4]
RATIOS = [1.5, 4 / 3, 7, 20, 1 / 7, 1 / 30]


def mended(broken, truth, **options):
    report = integrity.check(broken, **options)
    for column in [*PRICES, "Dividends"]:
        np.testing.assert_allclose(report.repaired[column], truth[column], rtol=5e-3, atol=1e-12, err_msg=column)
    return kinds(report)


def with_split(truth, at, ratio, rows):
    """The truth with a split listed, and the table whose rows were never restated for it."""
    truth.loc[at, "Stock Splits"] = ratio
    broken = truth.copy()
    broken.loc[rows, PRICES] *= ratio
    broken.loc[rows, "Volume"] /= ratio
    return truth, broken


@pytest.mark.parametrize("price", [0.8, 50.0, 3_500.0, 70_000.0])
@pytest.mark.parametrize("factor", [100.0, 0.01, 1_000.0, 0.001])
@pytest.mark.parametrize("rows", [[0], [0, 1], [259], [257, 258, 259], list(range(40)), [50, 51, 150]])
def test_a_unit_near_the_ends_and_in_any_currency(price, factor, rows):
    truth = quiet(price=price)
    broken = truth.copy()
    broken.loc[rows, PRICES] *= factor
    assert mended(broken, truth) == {"unit_1000x" if factor in (1_000.0, 0.001) else "unit_100x"}


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("rows", [range(150), range(60, 150), range(100, 120)])
def test_a_split_missing_on_part_of_the_past(ratio, rows):
    truth, broken = with_split(quiet(seed=6), 150, ratio, list(rows))
    assert mended(broken, truth) == {"split_not_applied"}


@pytest.mark.parametrize("at", [3, 258, 259])
def test_a_split_near_an_end(at):
    truth, broken = with_split(quiet(seed=7), at, 4.0, list(range(at)))
    assert mended(broken, truth) == {"split_not_applied"}


def test_two_splits_missing_do_not_touch_the_dividends():
    truth, broken = with_split(quiet(seed=8), 100, 2.0, list(range(100)))
    truth.loc[200, "Stock Splits"] = broken.loc[200, "Stock Splits"] = 5.0
    broken.loc[:199, PRICES] *= 5.0
    broken.loc[:199, "Volume"] /= 5.0
    assert mended(broken, truth) == {"split_not_applied"}


@pytest.mark.parametrize("rows", [6, 10, 20])
def test_a_short_file(rows):
    truth = quiet(rows, seed=3)
    broken = truth.copy()
    broken.loc[2, PRICES] *= 100
    assert mended(broken, truth) == {"unit_100x"}
    broken = truth.copy()
    broken.loc[2, ["Close", "Adj Close"]] *= 100
    assert mended(broken, truth) == {"unit_100x_cell"}
    truth, broken = with_split(truth, 4, 5.0, [0, 1, 2, 3])
    assert mended(broken, truth) == {"split_not_applied"}


def test_two_faults_at_once():
    truth, broken = with_split(quiet(seed=9), 150, 4.0, list(range(150)))
    broken.loc[20:30, PRICES] *= 100
    broken.loc[166, "Dividends"] *= 100
    assert mended(broken, truth) == {"split_not_applied", "unit_100x", "dividend_100x"}


def test_prices_in_pence_for_a_while_and_dividends_always():
    truth = quiet(seed=5)
    broken = truth.copy()
    broken.loc[:129, PRICES] *= 100
    broken["Dividends"] *= 100
    assert mended(broken, truth) == {"unit_100x", "dividend_100x"}


@pytest.mark.parametrize("factor", [100.0, 0.01])
def test_every_dividend_in_the_other_unit(factor):
    truth = quiet(seed=10)
    assert mended(truth.assign(Dividends=truth["Dividends"] * factor), truth) == {"dividend_100x"}


def test_no_dividend_adjusted_for():
    truth = quiet(seed=11)
    assert mended(truth.assign(**{"Adj Close": truth["Close"]}), truth) == {"dividend_not_applied"}


@pytest.mark.parametrize("factor", [4.0, 0.25])
def test_adj_close_alone_on_the_wrong_side_of_a_split(factor):
    truth = quiet(seed=12)
    truth.loc[150, "Stock Splits"] = 4.0
    broken = truth.copy()
    broken.loc[:149, "Adj Close"] *= factor
    assert mended(broken, truth) == {"adjustment_split"}


def test_prices_on_the_wrong_side_of_a_split_and_adj_close_on_the_right():
    truth = quiet(seed=12)
    truth.loc[150, "Stock Splits"] = 4.0
    broken = truth.copy()
    broken.loc[:149, BARS] *= 4.0
    broken.loc[:149, "Volume"] /= 4.0
    assert mended(broken, truth) == {"split_not_applied", "adjustment_split"}


@pytest.mark.parametrize(
    ("rows", "factor"),
    [
        (range(51), -1.0),
        (range(100, 111), -1.0),
        (range(100, 131), 100.0),
        (range(100, 103), 1.3),
        ([259], 0.5),
        ([0], 0.0),
    ],
)
def test_adj_close_off_while_prices_are_sound(rows, factor):
    truth = quiet(seed=13)
    broken = truth.copy()
    broken.loc[list(rows), "Adj Close"] *= factor
    assert mended(broken, truth)


def test_a_genuine_step_at_a_split_is_left_alone():
    table = quiet(seed=14)
    table.loc[103, "Stock Splits"] = 2.0  # the day of a dividend
    assert mended(table, table) == set()
