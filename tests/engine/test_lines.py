"""Every registered line loads, says what it is, and is made as its source says."""

import numpy as np
import pandas as pd
import pytest

from engine import lines
from engine.backtest import rebalance_dates
from engine.errors import BadInput, MissingData
from engine.factors import SLEEVES, sleeve_returns
from engine.factors.lines import MIX_COST_BPS
from engine.lines import line, specs
from engine.sources import Basis, Frequency, load, read_line

ETFS = ("MTUM", "QUAL", "SIZE", "USMV", "VLUE")
IDS = ("sp500_price", "sp500_total_return", *SLEEVES, "equal_weight", *ETFS, "etf_equal_weight")


def slow_mix(levels):
    """An equal mix, rebalanced at each month end that has ended, 10 bp on what is traded; row by row."""
    growth = (levels / levels.shift(1)).to_numpy()
    dates = set(rebalance_dates(levels.index, "monthly"))
    count, value, held, path = levels.shape[1], 1.0, np.zeros(levels.shape[1]), []
    for row, day in enumerate(levels.index):
        if row:
            held = held * growth[row]
            value = held.sum()
        if day in dates:
            after = value
            for _ in range(100):
                after = value - MIX_COST_BPS / 1e4 * np.abs(after / count - held).sum()
            value, held = after, np.full(count, after / count)
        path.append(value)
    return pd.Series(path, index=levels.index)


@pytest.mark.parametrize("line_id", IDS)
def test_the_lines_of_the_contract_are_registered(line_id):
    assert line(line_id).id == line_id
    assert specs()[line_id].group


@pytest.mark.parametrize("line_id", specs())
def test_levels_are_positive_and_dates_in_order(line_id):
    levels = line(line_id).levels
    assert levels.dtype == float
    assert np.isfinite(levels).all()
    assert (levels > 0).all()
    assert levels.index.is_unique
    assert levels.index.is_monotonic_increasing
    assert levels.index.tz is None


@pytest.mark.parametrize("line_id", specs())
def test_monthly_lines_stand_at_month_ends_without_a_gap(line_id):
    item = line(line_id)
    months = pd.date_range(item.first, item.last, freq="ME")
    assert item.levels.index.equals(months) == (item.frequency == Frequency.MONTHLY)
    assert len(item.levels) > 2000 or item.frequency == Frequency.MONTHLY


@pytest.mark.parametrize(
    ("line_id", "basis", "frequency", "kind", "first", "last"),
    [
        ("sp500_price", Basis.PRICE_INDEX, Frequency.DAILY, "index", "1990-01-02", "2022-12-28"),
        ("sp500_total_return", Basis.TOTAL_RETURN, Frequency.DAILY, "index", "1990-01-02", "2022-12-28"),
        ("market", Basis.TOTAL_RETURN, Frequency.MONTHLY, "paper", "1948-12-31", "2017-03-31"),
        ("small_value", Basis.TOTAL_RETURN, Frequency.MONTHLY, "paper", "1948-12-31", "2017-03-31"),
        ("low_volatility", Basis.TOTAL_RETURN, Frequency.MONTHLY, "paper", "1951-12-31", "2017-03-31"),
        ("equal_weight", Basis.TOTAL_RETURN, Frequency.MONTHLY, "simulated", "1951-12-31", "2017-03-31"),
        ("MTUM", Basis.TOTAL_RETURN, Frequency.DAILY, "fund", "2014-01-02", "2022-12-28"),
        ("etf_equal_weight", Basis.TOTAL_RETURN, Frequency.DAILY, "simulated", "2014-01-02", "2022-12-28"),
    ],
)
def test_a_line_says_what_it_is(line_id, basis, frequency, kind, first, last):
    item = line(line_id)
    assert (item.basis, item.frequency, item.kind, item.currency) == (basis, frequency, kind, "USD")
    assert (item.first.isoformat(), item.last.isoformat()) == (first, last)
    assert item.source


@pytest.mark.parametrize("line_id", specs())
def test_only_simulated_lines_have_paid_a_cost(line_id):
    item = line(line_id)
    assert item.cost_bps == (10.0 if item.kind in ("simulated", "walk_forward") else None)


@pytest.mark.parametrize("name", SLEEVES)
def test_the_returns_of_a_sleeve_are_those_of_its_portfolio(name):
    expected = sleeve_returns(load("french_portfolios").frame)[name].dropna()
    np.testing.assert_allclose(line(name).returns, expected, atol=1e-13)
    assert line(name).levels.iloc[0] == 1.0


@pytest.mark.parametrize("ticker", ETFS)
def test_a_fund_is_its_column(ticker):
    pd.testing.assert_series_equal(line(ticker).levels, load("factor_etfs").frame[ticker])


def test_the_equal_mix_of_sleeves_is_rebalanced_each_month_at_ten_basis_points():
    sleeves = pd.DataFrame({name: line(name).levels for name in SLEEVES}).dropna()
    np.testing.assert_allclose(line("equal_weight").levels, slow_mix(sleeves), rtol=1e-12)


def test_the_equal_mix_of_funds_drifts_between_month_ends():
    funds = pd.DataFrame({ticker: line(ticker).levels for ticker in ETFS})
    np.testing.assert_allclose(line("etf_equal_weight").levels, slow_mix(funds), rtol=1e-12)


def test_the_cost_makes_a_difference():
    sleeves = pd.DataFrame({name: line(name).returns for name in SLEEVES}).dropna()
    free = (1 + sleeves.mean(axis=1)).prod()
    paid = line("equal_weight").levels.iloc[-1]
    assert 0.9 * free < paid < free / 1.001


def test_an_unknown_line_lists_the_known_ones():
    with pytest.raises(BadInput, match="'SPY' is not known") as caught:
        line("SPY")
    assert caught.value.field == "series"
    assert all(line_id in caught.value.message for line_id in IDS)


def test_a_line_is_made_once():
    assert line("equal_weight") is line("equal_weight")


def test_a_broken_table_breaks_only_the_line_that_needs_it(facts):
    (facts / "sp500_monthly_total_return.csv").write_bytes(b"")
    with pytest.raises(MissingData, match=r"sp500_monthly_total_return\.csv"):
        line("sp500_total_return")
    assert len(line("sp500_price").levels) == 8313
    assert len(line("equal_weight").levels) == 784


def test_the_two_s_and_p_lines_differ_by_two_points_a_year():
    """The trap that the basis guards against: dividends, 1990 to 2022."""
    growth = line("sp500_total_return").levels.iloc[-1] / (
        line("sp500_price").levels.iloc[-1] / line("sp500_price").levels.iloc[0]
    )
    assert growth ** (1 / 33) - 1 == pytest.approx(0.0215, abs=0.001)


def test_a_readers_own_line_is_converted_but_never_kept():
    own = read_line(b"date,value\n2020-01,100\n2020-02,90\n2020-03,80\n", kind="prices", basis=Basis.TOTAL_RETURN)
    before = lines._kept.cache_info().currsize
    assert lines.in_currency(own, "KRW").currency == "KRW"
    assert lines._kept.cache_info().currsize == before
    registered = line("MTUM")
    assert lines.in_currency(registered, "KRW") is lines.in_currency(registered, "KRW")
