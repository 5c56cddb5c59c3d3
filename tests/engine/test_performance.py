"""Figures over a period: common dates, like with like, and the chart's own extremes."""

from datetime import date

import pytest

from engine.analytics import metrics, underwater
from engine.errors import BadInput
from engine.lines import line
from engine.performance import summary
from engine.sources import Frequency, load
from engine.sources.derived import riskless


def test_all_lines_share_their_dates():
    items = summary(["sp500_total_return", "MTUM", "etf_equal_weight"])
    assert {(item.first, item.last) for item in items} == {(date(2014, 1, 3), date(2022, 12, 28))}


def test_figures_are_those_of_the_metrics_function():
    (item,) = summary(["MTUM"])
    fund, index = line("MTUM").returns, line("sp500_total_return").returns
    bill = riskless(fund.index, load("bill_rate"))
    assert item.metrics == metrics(fund, index.loc[fund.index], periods_per_year=252, risk_free=bill)
    assert item.yardstick == "sp500_total_return"


def test_a_price_index_has_no_total_return_yardstick():
    (item,) = summary(["sp500_price"])
    assert item.yardstick is None
    assert item.metrics.hit_ratio is None


def test_the_yardstick_chosen_is_the_one_used():
    (sleeve,) = summary(["equal_weight"])
    assert (sleeve.yardstick, sleeve.first) == ("sp500_total_return", date(1990, 2, 28))
    (sleeve,) = summary(["equal_weight"], benchmark="market")
    assert (sleeve.yardstick, sleeve.first) == ("market", date(1952, 1, 31))


def test_rows_have_one_frequency_and_the_same_dates():
    items = summary(["sp500_total_return", "market", "MTUM"])
    assert {item.frequency for item in items} == {Frequency.MONTHLY}
    assert len({(item.first, item.last, item.dates[0], item.dates[-1]) for item in items}) == 1


def test_a_price_index_beside_total_returns_is_refused():
    with pytest.raises(BadInput) as raised:
        summary(["sp500_total_return", "sp500_price"])
    assert raised.value.code == "basis_mismatch"


def test_a_line_asked_for_twice_is_one_row():
    assert len(summary(["MTUM", "MTUM"])) == 1


def test_a_daily_line_against_the_monthly_market_is_monthly():
    (item,) = summary(["MTUM"], benchmark="market")
    assert (item.frequency, item.yardstick) == (Frequency.MONTHLY, "market")
    assert item.last == date(2017, 3, 31)


def test_won_are_monthly_and_have_no_sharpe():
    (item,) = summary(["sp500_total_return"], currency="KRW")
    assert (item.currency, item.frequency) == ("KRW", Frequency.MONTHLY)
    assert item.first == date(2004, 1, 31)
    assert item.metrics.sharpe is None
    assert item.metrics.sortino is None


def test_the_drawn_path_keeps_the_exact_depth_at_two_thousand_points():
    (item,) = summary(["sp500_total_return"])
    assert len(item.dates) == len(item.growth) == len(item.underwater) <= 2000
    assert min(item.underwater) == underwater(line("sp500_total_return").levels).min()
    assert min(item.underwater) == pytest.approx(item.metrics.max_drawdown, abs=1e-12)


def test_lines_without_common_dates_are_refused():
    with pytest.raises(BadInput) as raised:
        summary(["equal_weight", "MTUM"], since=date(2018, 1, 1))
    assert raised.value.code == "no_overlap"
