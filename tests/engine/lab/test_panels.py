"""Panels hold what their sources say, carry what must be known, and refuse what cannot be used."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import lines
from engine.errors import BadInput
from engine.factors.features import panel as factor_panel
from engine.lab import PANELS, PricePanel, from_csv, panel, with_line
from engine.lab.treasury import par_bond_returns
from engine.sources import Basis, Frequency, Line, load
from tests.engine.test_imports import HEAVY, third_party

PUBLISHED_10Y = {
    1990: 6.2354, 1991: 15.0045, 1992: 9.3616, 1993: 14.2110, 1994: -8.0367, 1995: 23.4808, 1996: 1.4286,
    1997: 9.9391, 1998: 14.9214, 1999: -8.2542, 2000: 16.6553, 2001: 5.5722, 2002: 15.1164, 2003: 0.3753,
    2004: 4.4907, 2005: 2.8675, 2006: 1.9610, 2007: 10.2099, 2008: 20.1013, 2009: -11.1167, 2010: 8.4629,
    2011: 16.0353, 2012: 2.9716, 2013: -9.1046, 2014: 10.7462, 2015: 1.2843, 2016: 0.6906, 2017: 2.8017,
    2018: -0.0167, 2019: 9.6356, 2020: 11.3319, 2021: -4.4160, 2022: -17.8282, 2023: 3.8800, 2024: -1.6372,
    2025: 7.7955,
}  # fmt: skip
"""Annual total return of the 10-year Treasury in percent (Damodaran, histretSP, January 2026; year-end yields)."""


def frame(values, start="2020-01-01", names=("a", "b")):
    dates = pd.bdate_range(start, periods=len(values))
    return pd.DataFrame(np.asarray(values, dtype=float), index=dates, columns=list(names))


def made(prices, **options):
    given = {"frequency": Frequency.DAILY, "basis": Basis.TOTAL_RETURN, "currency": "USD", "source": "a test"}
    return PricePanel("test", prices, **(given | options))


def refused(*arguments, **options):
    with pytest.raises(BadInput) as caught:
        made(*arguments, **options)
    return caught.value


# --- bundled panels


@pytest.mark.parametrize("name", PANELS)
def test_every_panel_keeps_its_promises(name):
    whole = panel(name)
    assert whole.name == name
    assert whole.dates.tz is None
    assert whole.dates.is_unique
    assert whole.dates.is_monotonic_increasing
    assert (whole.prices.to_numpy() > 0).all()
    assert whole.as_of == whole.dates[-1].date()
    assert whole.riskless.index.equals(whole.dates[1:])
    assert set(whole.to_dict()) >= {"name", "assets", "as_of", "benchmark", "findings"}
    if whole.benchmark:
        yardstick = lines.line(whole.benchmark)
        assert (yardstick.basis, yardstick.currency) == (whole.basis, whole.currency)
        assert yardstick.frequency == whole.frequency
        assert whole.dates.isin(yardstick.levels.index).all()


@pytest.mark.parametrize("name", ["factor_etfs", "us_large_caps"])
def test_daily_panels_are_their_data_sets(name):
    whole, data = panel(name), load(name)
    pd.testing.assert_frame_equal(whole.prices, data.frame, check_freq=False)
    assert set(data.findings) <= set(whole.findings)


def test_survivorship_travels_with_the_large_caps():
    found = {finding.kind: finding for finding in panel("us_large_caps").findings}
    assert found["survivorship"].severity == "warning"
    assert "hindsight" in found["survivorship"].text
    kept = with_line(panel("us_large_caps").of(["AAPL", "KO"]), lines.line("sp500_total_return"))
    assert found["survivorship"] in kept.findings


def test_sleeves_are_what_the_models_earn():
    whole = panel("sleeves")
    ours, theirs = whole.returns, factor_panel("full").returns
    np.testing.assert_allclose(ours.loc[theirs.index, theirs.columns], theirs, atol=1e-13)
    assert (whole.prices.iloc[0] == 1.0).all()
    assert (whole.market, whole.calm, whole.assets[0]) == ("market", "low_volatility", "market")


def test_classes_join_published_shares_and_estimated_bonds():
    whole = panel("classes")
    assert (str(whole.dates[0].date()), whole.as_of) == ("1989-12-31", date(2026, 3, 31))
    told = load("sp500_monthly_total_return").frame["tr_pct"] / 100
    np.testing.assert_allclose(whole.returns["us_equity"], told.loc[: whole.dates[-1]], atol=1e-13)
    assert {finding.kind for finding in whole.findings} >= {"estimate", "averages"}


def test_the_riskless_return_compounds_to_the_bill_of_the_month():
    rate = load("bill_rate").frame["bill_rate"]
    daily = panel("factor_etfs").riskless.loc["2019-05"]
    assert np.prod(1 + daily) - 1 == pytest.approx(rate.loc["2019-05"].iloc[0], abs=1e-12)


def test_an_unknown_panel_is_named():
    with pytest.raises(BadInput) as caught:
        panel("nothing")
    assert (caught.value.code, caught.value.value) == ("unknown_choice", "nothing")


# --- the estimated bond


def dirty_price(coupon, rate, half_years):
    """Cash flows one by one, at a rate compounded twice a year; the first coupon is a fraction of a half year away."""
    first = half_years % 1 or 1.0
    times = np.arange(first, half_years + 1e-9, 1.0)
    flows = np.full(len(times), coupon / 2)
    flows[-1] += 1.0
    return float((flows / (1 + rate / 2) ** times).sum())


@given(st.floats(0.003, 0.16), st.floats(-0.01, 0.01))
def test_the_formula_agrees_with_a_bond_priced_by_its_cash_flows(old, change):
    new = max(old + change, 0.002)
    ours = par_bond_returns(pd.Series([old, new], index=pd.date_range("2020-01-31", periods=2, freq="ME"))).iloc[0]
    theirs = dirty_price(old, new, 2 * (10 - 1 / 12)) - 1
    # The closed form counts interest for a fraction of a half year simply, the cash flows compound it.
    assert ours == pytest.approx(theirs, abs=0.02 * old**2 + 2e-6)


def test_an_unchanged_yield_earns_its_carry_and_a_yield_of_zero_is_no_trap():
    months = pd.date_range("2020-01-31", periods=3, freq="ME")
    assert par_bond_returns(pd.Series(0.06, index=months)).tolist() == pytest.approx([0.005, 0.005], abs=1e-15)
    zero = par_bond_returns(pd.Series([0.01, 0.0, 1e-9], index=months))
    assert zero.iloc[0] == pytest.approx(0.01 / 12 + 0.01 * (10 - 1 / 12), abs=1e-12)


def test_the_estimate_follows_the_published_annual_returns():
    monthly = panel("classes").returns["us_bond"]
    ours = (1 + monthly).groupby(monthly.index.year).prod() - 1
    theirs = pd.Series(PUBLISHED_10Y) / 100
    gap = ours.loc[theirs.index] - theirs
    assert np.corrcoef(ours.loc[theirs.index], theirs)[0, 1] > 0.98
    assert abs(gap.mean()) < 0.0025
    assert gap.abs().mean() < 0.015  # averages of December against its last day


def test_a_month_uses_no_later_yield():
    months = pd.date_range("2020-01-31", periods=6, freq="ME")
    rates = pd.Series([0.02, 0.021, 0.019, 0.025, 0.03, 0.01], index=months)
    pd.testing.assert_series_equal(par_bond_returns(rates).iloc[:3], par_bond_returns(rates.iloc[:4]))
    assert par_bond_returns(rates).index.equals(months[1:])


# --- a panel of one's own


def test_prices_are_copied_and_cannot_be_written_to():
    prices = frame([[1, 2], [3, 4], [5, 6]])
    whole = made(prices)
    prices.iloc[0, 0] = 99.0
    assert whole.prices.iloc[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        whole.prices.iloc[0, 0] = 5.0


def test_assets_may_start_later_and_end_earlier_but_have_no_hole():
    late = frame([[1, np.nan], [2, 5], [3, 6], [np.nan, 7]])
    assert made(late).returns.isna().to_numpy().sum() == 2
    error = refused(frame([[1, 5], [2, np.nan], [3, 6]]))
    assert (error.code, error.field, error.value) == ("missing_value", "prices of b", "2020-01-02")


@pytest.mark.parametrize(
    ("prices", "code"),
    [
        (frame([[1, 2], [0, 3]]), "bad_number"),
        (frame([[1, 2], [-1, 3]]), "bad_number"),
        (frame([[1, 2], [np.inf, 3]]), "bad_number"),
        (frame([[1, np.nan], [2, np.nan]]), "missing_value"),
        (frame([[1, 2]]), "bad_index"),
        (frame([[1, 2], [3, 4]]).iloc[::-1], "bad_index"),
        (frame([[1, 2], [3, 4]]).tz_localize("UTC"), "bad_index"),
        (frame([[1, 2], [3, 4]], names=("a", "a")), "bad_number"),
        (frame([[1, 2], [3, 4]])[[]], "empty_choice"),
    ],
)
def test_prices_that_cannot_be_used(prices, code):
    assert refused(prices).code == code


def test_roles_opens_and_riskless_must_fit():
    prices = frame([[1, 2], [3, 4], [5, 6]])
    assert refused(prices, market="c").field == "market"
    assert refused(prices, opens=prices.iloc[1:]).code == "no_opens"
    assert refused(prices, opens=prices.mask(prices == 5)).code == "missing_value"
    assert refused(prices, riskless=pd.Series(0.0, index=prices.index)).code == "not_aligned"
    assert refused(prices, riskless=pd.Series(np.nan, index=prices.index[1:])).code == "missing_value"


def test_a_part_of_a_panel():
    whole = panel("sleeves")
    part = whole.between("1990-01-01", "1999-12-31")
    assert (part.dates[0].date(), part.as_of) == (date(1990, 1, 31), date(1999, 12, 31))
    assert part.riskless.index.equals(part.dates[1:])
    few = part.of(["big_value", "market"])
    assert (few.assets, few.market, few.calm) == (["big_value", "market"], "market", "")
    with pytest.raises(BadInput):
        whole.of(["gold"])
    with pytest.raises(BadInput):
        whole.of([])
    with pytest.raises(BadInput):
        whole.between("2030-01-01")


def test_months_are_sessions_when_daily():
    assert (panel("factor_etfs").periods(12), panel("sleeves").periods(12)) == (252, 12)


# --- with a line


def test_a_line_joins_a_panel_of_its_kind():
    joined = with_line(panel("factor_etfs"), lines.line("sp500_total_return"))
    theirs = lines.line("sp500_total_return").returns.loc[joined.dates[1:]]
    np.testing.assert_allclose(joined.returns["sp500_total_return"], theirs, atol=1e-13)


@pytest.mark.parametrize(
    ("name", "line_id", "code"),
    [
        ("factor_etfs", "sp500_price", "basis_mismatch"),
        ("factor_etfs", "market", "frequency_mismatch"),
        ("sleeves", "market", "unknown_choice"),
        ("classes", "sp500_total_return", "frequency_mismatch"),
    ],
)
def test_a_line_that_does_not_fit_is_refused(name, line_id, code):
    with pytest.raises(BadInput) as caught:
        with_line(panel(name), lines.line(line_id))
    assert caught.value.code == code


def test_a_line_with_other_dates_is_refused():
    whole = panel("factor_etfs")
    level = whole.prices["MTUM"].rename("x")
    gap = Line("x", level.drop(level.index[100]), whole.basis, whole.frequency, "USD", "own", "a test")
    with pytest.raises(BadInput) as caught:
        with_line(whole, gap)
    assert (caught.value.code, caught.value.value) == ("not_aligned", str(level.index[100].date()))
    old = Line(
        "x", level.set_axis(level.index - pd.Timedelta(days=7000)), whole.basis, whole.frequency, "USD", "own", ""
    )
    with pytest.raises(BadInput) as caught:
        with_line(whole, old)
    assert caught.value.code == "no_overlap"


# --- a reader's own file


def read(text, **options):
    return from_csv(text.encode(), **({"basis": Basis.TOTAL_RETURN} | options))


OWN = "date,A,B\n2020-01-02,1,\n2020-01-03,2,5\n2020-01-06,3,6\n2020-01-07,,7\n"


def test_an_own_file_is_read_as_it_is():
    own = read(OWN, name="mine", currency="KRW")
    assert (own.name, own.assets, own.frequency, own.currency) == ("mine", ["A", "B"], Frequency.DAILY, "KRW")
    expected = [[1, np.nan], [2, 5], [3, 6], [np.nan, 7]]
    np.testing.assert_array_equal(own.prices, expected)
    assert own.riskless is None
    assert {finding.kind for finding in own.findings} == {"own", "starts_later", "ends_earlier", "no_riskless"}


def test_dollar_prices_get_the_bill_where_it_covers_them():
    assert read(OWN).riskless.shape == (3,)
    later = OWN.replace("2020", "2030").replace("-02,", "-02,").replace("-06,", "-07,").replace("-07,,", "-08,,")
    assert read(later).riskless is None


def test_monthly_files_are_stamped_at_month_ends():
    own = read("month,A\n2020-01,1\n2020-02,2\n2020-03,3\n")
    assert own.frequency == Frequency.MONTHLY
    assert [str(day.date()) for day in own.dates] == ["2020-01-31", "2020-02-29", "2020-03-31"]


def test_real_prices_are_read_back_exactly():
    whole = panel("factor_etfs")
    again = from_csv(whole.prices.to_csv(date_format="%Y-%m-%d").encode(), basis=whole.basis)
    np.testing.assert_array_equal(again.prices, whole.prices)
    pd.testing.assert_series_equal(again.riskless, whole.riskless, check_freq=False, check_index_type=False)


@pytest.mark.parametrize(
    ("text", "code", "row", "column"),
    [
        ("date,A,B\n2020-01-02,1,1\n2020-01-03,,2\n2020-01-06,3,3\n2020-01-07,3,3\n", "upload_cell", "3", "A"),
        ("date,A,B\n2020-01-02,1,1\n2020-01-03,1,x\n2020-01-06,3,3\n", "upload_cell", "3", "B"),
        ("date,A,B\n2020-01-02,1,1\n2020-01-03,1,0\n2020-01-06,3,3\n", "upload_cell", "3", "B"),
        ("date,A,B\n2020-01-02,1,1\n2020-01-03,1,-2\n2020-01-06,3,3\n", "upload_cell", "3", "B"),
        ("date,A,B\n2020-01-02,1,1\n2020-01-03,1,nan\n2020-01-06,3,3\n", "upload_cell", "3", "B"),
        ("date,A,B\n2020-01-02,1,\n2020-01-03,1,\n2020-01-06,3,3\n", "upload_cell", "2", "B"),
        ("date,A,A\n2020-01-02,1,1\n2020-01-03,1,2\n2020-01-06,3,3\n", "upload_duplicate", "1", None),
        ("date,A,\n2020-01-02,1,1\n2020-01-03,1,2\n2020-01-06,3,3\n", "upload_cell", "1", "2"),
        ("date\n2020-01-02\n2020-01-03\n2020-01-06\n", "upload_assets", None, None),
        ("date,A\n2020-01-02,1\n2020-01-02,2\n2020-01-06,3\n", "upload_order", "3", None),
        ("date,A\n2020-01-02,1\n2020-31-03,2\n2020-01-06,3\n", "upload_date", "3", None),
        ("date,A\n2020-01-02,1\n2020-02-03,2\n2020-06-06,3\n", "upload_frequency", None, None),
        ("date,A\n2020-01-02,1,7\n2020-01-03,2,7\n2020-01-06,3,7\n", "upload_assets", None, None),
        ("date,A\n2020-01-02,1\n", "upload_too_short", None, None),
        ("2020-01-01,5\n2020-01-02,1\n2020-01-03,1\n2020-01-06,1\n", "upload_header", None, None),
        ("date,A\n2020-01-15,1\n2020-02-15,2\n2020-03-15,3\n", "upload_month_end", "2", None),
    ],
)
def test_what_cannot_be_read_is_named_by_row_and_column(text, code, row, column):
    with pytest.raises(BadInput) as caught:
        read(text)
    assert (caught.value.code, caught.value.params.get("row"), caught.value.params.get("column")) == (code, row, column)


def test_opens_must_match_the_closes():
    assert read(OWN, opens=OWN.replace("2,5", "2.5,5").encode()).opens.iloc[1, 0] == 2.5
    for text, code in (
        (OWN.replace("A,B", "B,A"), "wrong_labels"),
        (OWN.replace("2020-01-02", "2020-01-01"), "not_aligned"),
        (OWN.replace("-02,1,", "-02,1,4"), "upload_cell"),
        (OWN.replace("2,5", "x,5"), "upload_cell"),
    ):
        with pytest.raises(BadInput) as caught:
            read(OWN, opens=text.encode())
        assert caught.value.code == code


def test_a_rate_is_no_price():
    with pytest.raises(BadInput) as caught:
        read(OWN, basis=Basis.RATE)
    assert caught.value.field == "basis"


def test_the_room_opens_without_heavy_libraries():
    code = "import engine.lab as lab; lab.EqualWeight().targets(lab.panel('classes'), lab.panel('classes').dates)"
    assert not third_party(code) & HEAVY
    assert third_party("import engine.lab") == third_party("import numpy, pandas")
