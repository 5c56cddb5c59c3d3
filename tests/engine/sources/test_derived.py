"""Series made from several sources: the daily total return, the bill rate, months and won."""

import numpy as np
import pandas as pd
import pytest

from engine.crises import comparable
from engine.errors import BadInput, LodestarError
from engine.lines import line
from engine.sources import Basis, Frequency, Line, load, require_comparable
from engine.sources.derived import month_ends, riskless, to_currency

PUBLISHED = {
    1991: 30.47,
    1992: 7.62,
    1993: 10.08,
    1994: 1.32,
    1995: 37.58,
    1996: 22.96,
    1997: 33.36,
    1998: 28.58,
    1999: 21.04,
    2000: -9.10,
    2001: -11.89,
    2002: -22.10,
    2003: 28.68,
    2004: 10.88,
    2005: 4.91,
    2006: 15.79,
    2007: 5.49,
    2008: -37.00,
    2009: 26.46,
    2010: 15.06,
    2011: 2.11,
    2012: 16.00,
    2013: 32.39,
    2014: 13.69,
    2015: 1.38,
    2016: 11.96,
    2017: 21.83,
    2018: -4.38,
    2019: 31.49,
    2020: 18.40,
    2021: 28.71,
}


def total_return():
    return load("sp500_total_return").frame["sp500_total_return"]


def price():
    return load("sp500_price").frame["SP500"]


def month_growth(levels):
    last = levels.groupby(levels.index.to_period("M")).last()
    return (last / last.shift(1)).dropna()


def table(column):
    frame = load("sp500_monthly_total_return").frame
    return frame[column].set_axis(frame.index.to_period("M"))


# --- the daily total-return index


@pytest.mark.parametrize(("year", "percent"), PUBLISHED.items())
def test_calendar_years_agree_with_the_published_total_return(year, percent):
    last = total_return().groupby(total_return().index.year).last()
    assert (last[year] / last[year - 1] - 1) * 100 == pytest.approx(percent, abs=0.05)


def test_it_has_the_sessions_of_the_price_index_and_starts_at_one():
    assert total_return().index.equals(price().index)
    assert total_return().iloc[0] == 1.0


def test_complete_months_agree_with_the_table():
    """Both table columns have four decimals of a percent (1e-4 points together); in 2016-05 the table's
    close is 2096.96 and the daily file's 2096.95: one cent, 5e-4 points, in that month and the next."""
    gap = ((month_growth(total_return()) - 1) * 100 - table("tr_pct")).abs().loc["1990-02":"2022-11"]
    cent = gap.index.isin([pd.Period("2016-05", "M"), pd.Period("2016-06", "M")])
    assert len(gap) == 394
    assert gap[~cent].max() < 1e-4
    assert gap[cent].max() < 6e-4


def test_a_month_grows_by_its_price_and_its_dividends_and_nothing_else():
    dividend = (1 + table("tr_pct") / 100) / (1 + table("sp500_price_pct") / 100)
    expected = (month_growth(price()) * dividend).loc["1990-02":"2022-11"]
    np.testing.assert_allclose(month_growth(total_return()).loc["1990-02":"2022-11"], expected, rtol=1e-12)


def test_the_cut_month_gets_only_its_sessions_share():
    cut = pd.Period("2022-12", "M")
    assert len(price().loc["2022-12"]) == 19  # 29 and 30 December are missing
    dividend = (1 + table("tr_pct")[cut] / 100) / (1 + table("sp500_price_pct")[cut] / 100)
    ours = month_growth(total_return())[cut] / month_growth(price())[cut]
    assert ours == pytest.approx(dividend ** (19 / 21), rel=1e-12)
    assert abs(ours - dividend) > 1e-4


def test_dividends_are_spread_evenly_and_never_negative():
    paid = (total_return() / price()).pct_change().iloc[1:]
    assert (paid > 0).all()
    within = paid.groupby(paid.index.to_period("M")).agg(lambda month: month.max() - month.min())
    assert within.max() < 1e-12


@pytest.mark.parametrize(
    ("peak", "trough", "fall"),
    [
        ("2007-10-09", "2009-03-09", -0.5525),
        ("2020-02-19", "2020-03-23", -0.3379),
        ("2000-09-01", "2002-10-09", -0.4741),
    ],
)
def test_falls_are_those_of_the_published_index(peak, trough, fall):
    """2007-09: the S&P 500 TR index closed at 2447.03 and at 1095.04."""
    assert total_return()[trough] / total_return()[peak] - 1 == pytest.approx(fall, abs=5e-4)


def test_a_month_that_the_table_lacks_is_named(facts):
    path = facts / "sp500_monthly_total_return.csv"
    rows = [row for row in path.read_text().splitlines() if not row.startswith("2010-05")]
    path.write_text("\n".join(rows) + "\n")
    with pytest.raises(LodestarError, match="2010-05") as caught:
        load("sp500_total_return")
    assert "sp500_monthly_total_return" in caught.value.message


# --- price index and total return


def test_a_price_index_is_not_compared_with_a_total_return():
    for check in (require_comparable, comparable):
        with pytest.raises(BadInput, match="price index") as caught:
            check(line("sp500_price"), line("sp500_total_return"))
        assert caught.value.code == "basis_mismatch"


def test_unequal_frequencies_meet_at_month_ends_only_when_asked_for():
    with pytest.raises(BadInput) as caught:
        require_comparable(line("MTUM"), line("market"))
    assert caught.value.code == "frequency_mismatch"
    ours, theirs = comparable(line("MTUM"), line("market"))
    assert ours.frequency == theirs.frequency == Frequency.MONTHLY


def test_equal_frequencies_are_left_alone():
    pair = line("MTUM"), line("sp500_total_return")
    assert comparable(*pair) == pair


# --- bill rate


def test_the_bill_is_french_before_the_handover_and_the_treasury_after_it():
    rate = load("bill_rate").frame["bill_rate"]
    bill = load("french_portfolios").frame["RF"]
    treasury = load("us_macro_monthly").frame["treasury_3m_pct_avg"]
    np.testing.assert_array_equal(rate.loc[:"2017-03-31"], bill)
    np.testing.assert_allclose(rate.loc["2017-04-01":], treasury.loc["2017-04-01":] / 1200, rtol=1e-15)


def test_the_bill_has_no_hole_and_is_a_monthly_decimal():
    rate = load("bill_rate").frame["bill_rate"]
    assert rate.index.equals(pd.date_range("1949-01-31", "2026-03-31", freq="ME"))
    assert rate["2017-03-31"] == 0.0003
    assert rate["2017-04-30"] == pytest.approx(0.808 / 1200)
    assert -0.001 < rate.min() < rate.max() < 0.0140


def test_the_riskless_return_of_sessions_compounds_to_the_month():
    sessions = price().index
    daily = riskless(sessions, load("bill_rate"))
    monthly = (1 + daily).groupby(sessions.to_period("M")).prod() - 1
    rate = load("bill_rate").frame["bill_rate"].loc["1990":"2022-11"]
    np.testing.assert_allclose(monthly.iloc[:-1], rate, rtol=1e-10, atol=1e-14)


def test_the_riskless_return_of_months_is_the_bill():
    months = pd.date_range("2010-01-31", "2019-12-31", freq="ME")
    rate = load("bill_rate").frame["bill_rate"].loc["2010":"2019"]
    np.testing.assert_allclose(riskless(months, load("bill_rate")), rate, rtol=1e-12, atol=1e-15)


def test_a_month_without_a_bill_is_refused():
    with pytest.raises(BadInput, match="2026-04"):
        riskless(pd.date_range("2026-01-31", periods=4, freq="ME"), load("bill_rate"))


# --- month ends


def test_month_ends_take_the_last_session_and_leave_the_cut_month_out():
    monthly = month_ends(line("sp500_price"))
    assert monthly.frequency == Frequency.MONTHLY
    assert monthly.levels["2008-12-31"] == price()["2008-12-31"]
    assert monthly.levels["2020-05-31"] == price()["2020-05-29"]
    assert monthly.levels.index[-1] == pd.Timestamp("2022-11-30")
    assert monthly.levels.index.equals(pd.date_range("1990-01-31", "2022-11-30", freq="ME"))


def test_month_ends_of_a_monthly_line_are_the_line():
    assert month_ends(line("market")) is line("market")


# --- won


def rates():
    return load("usdkrw_monthly").frame["krw_per_usd_month_end"]


def monthly_line(levels, currency="USD", name="a"):
    return Line(name, levels, Basis.TOTAL_RETURN, Frequency.MONTHLY, currency, "own", "by hand")


def test_each_month_end_has_its_own_rate():
    won = to_currency(line("sp500_total_return"), "KRW", load("usdkrw_monthly"))
    assert (won.currency, won.frequency, won.id) == ("KRW", Frequency.MONTHLY, "sp500_total_return")
    dollars = month_ends(line("sp500_total_return")).levels
    for month, value in won.levels.items():
        assert value == pytest.approx(dollars[month] * rates()[month], rel=1e-14)
    assert won.levels.index.equals(pd.date_range("2003-12-31", "2022-11-30", freq="ME"))


def test_no_constant_rate_is_put_on_a_path():
    won = to_currency(line("market"), "KRW", load("usdkrw_monthly"))
    ratio = won.levels / line("market").levels.reindex(won.levels.index)
    assert ratio.nunique() > 150
    assert ratio.pct_change().abs().max() > 0.05


def test_the_rate_of_a_partial_month_is_not_used():
    flat = monthly_line(pd.Series(1.0, index=pd.date_range("2025-10-31", "2026-05-31", freq="ME")))
    won = to_currency(flat, "KRW", load("usdkrw_monthly"))
    assert won.last.isoformat() == "2026-04-30"
    assert won.levels.iloc[-1] == 1474.01
    assert rates().index[-1] == pd.Timestamp("2026-05-31")


def test_a_month_without_rate_is_absent_and_not_filled(facts):
    path = facts / "usdkrw_monthly.csv"
    rows = [row for row in path.read_text().splitlines() if not row.startswith("2010-05")]
    path.write_text("\n".join(rows) + "\n")
    won = to_currency(line("market"), "KRW", load("usdkrw_monthly"))
    assert pd.Timestamp("2010-05-31") not in won.levels.index
    assert {pd.Timestamp("2010-04-30"), pd.Timestamp("2010-06-30")} <= set(won.levels.index)


def test_there_and_back_gives_the_month_ends():
    there = to_currency(line("sp500_total_return"), "KRW", load("usdkrw_monthly"))
    back = to_currency(there, "USD", load("usdkrw_monthly"))
    dollars = month_ends(line("sp500_total_return")).levels.reindex(back.levels.index)
    assert back.currency == "USD"
    np.testing.assert_allclose(back.levels, dollars, rtol=1e-14)


def test_the_own_currency_needs_no_rate():
    assert to_currency(line("market"), "USD", load("usdkrw_monthly")) is line("market")


def test_other_currencies_are_refused():
    with pytest.raises(BadInput, match="USD to EUR") as caught:
        to_currency(line("market"), "EUR", load("usdkrw_monthly"))
    assert caught.value.code == "unknown_choice"


def test_a_line_before_the_rates_is_refused_with_their_range():
    old = monthly_line(line("market").levels.loc[:"2003-12-31"], name="old")
    with pytest.raises(BadInput, match="2003-12-31 to 2026-04-30") as caught:
        to_currency(old, "KRW", load("usdkrw_monthly"))
    assert (caught.value.code, caught.value.field) == ("no_rate", "old")


def test_the_kind_and_the_basis_survive_the_conversion():
    won = to_currency(line("sp500_price"), "KRW", load("usdkrw_monthly"))
    assert (won.basis, won.kind, won.source) == (Basis.PRICE_INDEX, "index", line("sp500_price").source)
    assert won.findings == line("sp500_price").findings
