"""Our figures against empyrical and quantstats on real series, and why they differ where they do."""

from dataclasses import fields
from functools import cache

import empyrical as em
import numpy as np
import pandas as pd
import pytest
import quantstats as qs
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from engine.analytics import DEFINITIONS, FIGURES, Metrics, metrics, to_monthly
from engine.errors import BadInput
from engine.sources import load

EXACT = {"rel": 1e-10, "abs": 1e-13}
NAMES = ("S&P TR daily", "S&P TR monthly", "MTUM daily", "MTUM monthly", "big value")


@cache
def series(name):
    """Returns of a real series, its benchmark, periods a year, and empyrical's word for them."""
    spx = load("sp500_total_return").frame["sp500_total_return"].pct_change().iloc[1:]
    large = load("us_large_caps").frame.pct_change().iloc[1:].mean(axis=1)
    mtum = load("factor_etfs").frame["MTUM"].pct_change().iloc[1:]
    french = load("french_portfolios").frame
    months = to_monthly(spx).loc[: french.index[-1]]
    return {
        "S&P TR daily": (spx, large, 252, "daily"),
        "S&P TR monthly": (months, french["Market"].loc[months.index], 12, "monthly"),
        "MTUM daily": (mtum, spx.loc[mtum.index], 252, "daily"),
        "MTUM monthly": (to_monthly(mtum), to_monthly(spx.loc[mtum.index]), 12, "monthly"),
        "big value": (french["S5V5"], french["Market"], 12, "monthly"),
    }[name]


@cache
def ours(name):
    returns, benchmark, periods, _ = series(name)
    return metrics(returns, benchmark, periods_per_year=periods)


EMPYRICAL = {
    "cagr": lambda r, b, p: em.annual_return(r, period=p),
    "volatility": lambda r, b, p: em.annual_volatility(r, period=p),
    "sharpe": lambda r, b, p: em.sharpe_ratio(r, period=p),
    "sortino": lambda r, b, p: em.sortino_ratio(r, period=p),
    "calmar": lambda r, b, p: em.calmar_ratio(r, period=p),
    "max_drawdown": lambda r, b, p: em.max_drawdown(r),
    "up_capture": lambda r, b, p: em.up_capture(to_monthly(r), to_monthly(b), period="monthly"),
    "down_capture": lambda r, b, p: em.down_capture(to_monthly(r), to_monthly(b), period="monthly"),
    "tracking_error": lambda r, b, p: em.annual_volatility(r - b, period=p),
}

QUANTSTATS = {
    "cagr": lambda r, b, n: qs.stats.cagr(r, periods=n),
    "volatility": lambda r, b, n: qs.stats.volatility(r, periods=n),
    "sharpe": lambda r, b, n: qs.stats.sharpe(r, periods=n),
    "sortino": lambda r, b, n: qs.stats.sortino(r, periods=n),
    "calmar": lambda r, b, n: qs.stats.calmar(r, periods=n),
    "max_drawdown": lambda r, b, n: qs.stats.max_drawdown(r),
    "skew": lambda r, b, n: qs.stats.skew(r),
    "tracking_error": lambda r, b, n: qs.stats.volatility(r - b, periods=n),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("figure", EMPYRICAL)
def test_figures_agree_with_empyrical(name, figure):
    returns, benchmark, _, period = series(name)
    assert getattr(ours(name), figure) == pytest.approx(EMPYRICAL[figure](returns, benchmark, period), **EXACT)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("figure", QUANTSTATS)
def test_figures_agree_with_quantstats(name, figure):
    returns, benchmark, periods, _ = series(name)
    assert getattr(ours(name), figure) == pytest.approx(QUANTSTATS[figure](returns, benchmark, periods), **EXACT)


def by_hand(returns, benchmark, periods):
    """Every figure from its definition, with plain loops where a library might hide a choice."""
    r, b, n = returns.to_numpy(), benchmark.to_numpy(), len(returns)
    mean = sum(r) / n
    deviation = (sum((r - mean) ** 2) / (n - 1)) ** 0.5
    active = r - b
    error = (sum((active - sum(active) / n) ** 2) / (n - 1)) ** 0.5 * periods**0.5
    level, high, deepest = 1.0, 1.0, 0.0
    for value in r:
        level *= 1 + value
        high = max(high, level)
        deepest = min(deepest, level / high - 1)
    growth = level ** (periods / n) - 1
    below = [value**2 for value in r if value < 0]

    rm, bm = to_monthly(returns).to_numpy(), to_monthly(benchmark).to_numpy()

    def annual(values):
        return np.prod(1 + values) ** (12 / len(values)) - 1

    return {
        "cagr": growth,
        "volatility": deviation * periods**0.5,
        "sharpe": mean / deviation * periods**0.5,
        "sortino": mean * periods / ((sum(below) / n) ** 0.5 * periods**0.5),
        "calmar": growth / -deepest,
        "tracking_error": error,
        "information_ratio": sum(active) / n * periods / error,
        "max_drawdown": deepest,
        "up_capture": annual(rm[bm > 0]) / annual(bm[bm > 0]),
        "down_capture": annual(rm[bm < 0]) / annual(bm[bm < 0]),
        "skew": (n / ((n - 1) * (n - 2))) * sum(((r - mean) / deviation) ** 3),
    }


@pytest.mark.parametrize("name", NAMES)
def test_figures_agree_with_their_definitions(name):
    returns, benchmark, periods, _ = series(name)
    for figure, value in by_hand(returns, benchmark, periods).items():
        assert getattr(ours(name), figure) == pytest.approx(value, rel=1e-10), figure


@pytest.mark.parametrize(
    ("name", "figure", "value"),
    [
        ("S&P TR daily", "cagr", 0.0965),
        ("S&P TR daily", "volatility", 0.183),
        ("S&P TR daily", "max_drawdown", -0.5525),
        ("S&P TR monthly", "worst_month", -0.1679),
        ("S&P TR monthly", "max_drawdown", -0.5095),
        ("MTUM daily", "max_drawdown", -0.3408),
        ("MTUM daily", "hit_ratio", 58 / 106),
    ],
)
def test_figures_that_are_known(name, figure, value):
    assert getattr(ours(name), figure) == pytest.approx(value, abs=5e-5)


# --- where definitions differ


@pytest.mark.parametrize("name", ["MTUM daily", "MTUM monthly", "big value"])
def test_peers_do_not_annualise_the_information_ratio(name):
    returns, benchmark, periods, _ = series(name)
    for theirs in (qs.stats.information_ratio(returns, benchmark), em.excess_sharpe(returns, benchmark)):
        assert ours(name).information_ratio == pytest.approx(theirs * periods**0.5, **EXACT)
        assert abs(ours(name).information_ratio - theirs) > 0.01


def test_empyrical_counts_days_won_where_we_count_months():
    daily, benchmark, _, _ = series("MTUM daily")
    monthly = em.batting_average(*series("MTUM monthly")[:2])["batting average"]
    days = em.batting_average(daily, benchmark)["batting average"]
    assert ours("MTUM daily").hit_ratio == ours("MTUM monthly").hit_ratio == pytest.approx(monthly)
    assert abs(days - monthly) > 0.01


def test_empyrical_takes_the_riskless_rate_per_period_and_we_a_year():
    returns, _, _, _ = series("S&P TR monthly")
    annual = metrics(returns, periods_per_year=12, risk_free=0.03)
    period = 1.03 ** (1 / 12) - 1
    assert annual.sharpe == pytest.approx(em.sharpe_ratio(returns, risk_free=period, period="monthly"), **EXACT)
    assert annual.sortino == pytest.approx(em.sortino_ratio(returns, required_return=period, period="monthly"), **EXACT)
    assert abs(annual.sharpe - em.sharpe_ratio(returns, risk_free=0.03, period="monthly")) > 1


@pytest.mark.parametrize(("name", "periods"), [("S&P TR daily", 252), ("S&P TR monthly", 12)])
def test_quantstats_takes_the_riskless_rate_a_year_as_we_do(name, periods):
    returns = series(name)[0]
    annual = metrics(returns, periods_per_year=periods, risk_free=0.03)
    assert annual.sharpe == pytest.approx(qs.stats.sharpe(returns, rf=0.03, periods=periods), **EXACT)
    assert annual.sortino == pytest.approx(qs.stats.sortino(returns, rf=0.03, periods=periods), **EXACT)


def test_the_bill_rate_is_taken_off_period_by_period():
    french = load("french_portfolios").frame
    bill = metrics(french["Market"], periods_per_year=12, risk_free=french["RF"])
    excess = french["Market"] - french["RF"]
    assert bill.sharpe == pytest.approx(em.sharpe_ratio(excess, period="monthly"), **EXACT)
    assert bill.sortino == pytest.approx(em.sortino_ratio(excess, period="monthly"), **EXACT)
    constant = metrics(french["Market"], periods_per_year=12, risk_free=float((1 + french["RF"].mean()) ** 12 - 1))
    assert abs(bill.sharpe - constant.sharpe) > 1e-4


def test_the_riskless_rate_moves_nothing_else():
    returns, benchmark, periods, _ = series("MTUM daily")
    other = metrics(returns, benchmark, periods_per_year=periods, risk_free=0.05).to_dict()
    same = ours("MTUM daily").to_dict()
    assert {key for key in same if same[key] != other[key]} == {"sharpe", "sortino"}


def test_skewness_is_adjusted_for_the_sample_size_unlike_scipys_default():
    returns = series("MTUM monthly")[0].to_numpy()
    n = len(returns)
    plain = scipy_stats.skew(returns)
    assert ours("MTUM monthly").skew == pytest.approx(plain * (n * (n - 1)) ** 0.5 / (n - 2), **EXACT)
    assert ours("MTUM monthly").skew == pytest.approx(scipy_stats.skew(returns, bias=False), **EXACT)
    assert abs(ours("MTUM monthly").skew - plain) > 1e-3


def test_a_loss_in_the_first_row_counts_here_and_at_the_peers():
    returns = pd.Series([-0.1, 0.05, 0.02], index=pd.bdate_range("2020-01-01", periods=3))
    assert metrics(returns, periods_per_year=252).max_drawdown == pytest.approx(-0.1)
    assert em.max_drawdown(returns) == pytest.approx(-0.1)
    assert qs.stats.max_drawdown(returns) == pytest.approx(-0.1)


def test_months_of_empyrical_include_the_incomplete_ones():
    daily = series("S&P TR daily")[0]
    theirs = em.aggregate_returns(daily, "monthly")
    months = to_monthly(daily)
    assert len(theirs) == len(months) + 2  # 1990-01 lacks its first session, 2022-12 its last two
    np.testing.assert_allclose(months, theirs.iloc[1:-1], rtol=1e-10, atol=1e-14)
    assert ours("S&P TR daily").worst_month == pytest.approx(theirs.iloc[1:-1].min())


# --- what is promised for any series


def dated(values, first="2000-01-31"):
    return pd.Series(values, index=pd.date_range(first, periods=len(values), freq="ME"), dtype=float)


RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=2, max_size=60).map(dated)


@given(RETURNS)
def test_a_series_against_itself_has_no_error_and_wins_no_month(returns):
    same = metrics(returns, returns.copy(), periods_per_year=12)
    assert (same.tracking_error, same.information_ratio, same.hit_ratio) == (0.0, None, 0.0)
    assert same.up_capture in (None, pytest.approx(1.0))
    assert same.down_capture in (None, pytest.approx(1.0))


@given(RETURNS)
def test_figures_stay_in_their_bounds(returns):
    found = metrics(returns, periods_per_year=12)
    assert -1 <= found.max_drawdown <= 0
    assert found.volatility >= 0
    assert found.worst_month == returns.min()
    assert min(returns.min(), 0) >= found.max_drawdown - 1e-12
    assert all(value is None or np.isfinite(value) for value in found.to_dict().values())


@given(RETURNS, st.floats(0.001, 0.2))
def test_one_point_more_each_month_wins_every_month(returns, more):
    better = metrics(returns + more, returns, periods_per_year=12)
    assert better.hit_ratio == 1.0
    assert better.tracking_error == pytest.approx(0.0, abs=1e-12)


@given(RETURNS, st.floats(1.5, 4))
def test_leverage_scales_the_deviation_and_leaves_the_sharpe_ratio(returns, leverage):
    returns = returns * 0.2
    one, more = metrics(returns, periods_per_year=12), metrics(returns * leverage, periods_per_year=12)
    assert more.volatility == pytest.approx(one.volatility * leverage, rel=1e-9, abs=1e-12)
    if one.sharpe is not None and one.volatility > 1e-6:
        assert more.sharpe == pytest.approx(one.sharpe, rel=1e-9, abs=1e-9)


@given(RETURNS)
def test_hits_of_both_sides_never_exceed_all_months(returns):
    other = returns.iloc[::-1].set_axis(returns.index)
    one = metrics(returns, other, periods_per_year=12)
    two = metrics(other, returns, periods_per_year=12)
    ties = float(((returns - other).abs() <= 1e-12).mean())
    assert one.hit_ratio + two.hit_ratio + ties == pytest.approx(1.0)


# --- edges


def test_one_return_has_growth_but_no_deviation():
    found = metrics(dated([0.01]), periods_per_year=12)
    assert found.cagr == pytest.approx(1.01**12 - 1)
    assert (found.volatility, found.sharpe, found.skew) == (None, None, None)
    assert (found.max_drawdown, found.calmar) == (0.0, None)


@pytest.mark.parametrize("value", [0.0, 0.01, 0.1, -0.003])
def test_equal_returns_have_no_sharpe_ratio(value):
    found = metrics(dated([value] * 24), periods_per_year=12)
    assert found.volatility == 0.0
    assert found.sharpe is None


def test_a_total_loss_is_a_growth_of_minus_one():
    found = metrics(dated([0.1, -1.0, 0.2]), periods_per_year=12)
    assert (found.cagr, found.max_drawdown, found.worst_month) == (-1.0, -1.0, -1.0)


def test_without_falls_of_the_benchmark_there_is_no_down_capture():
    found = metrics(dated([0.01, 0.02, 0.03]), dated([0.02, 0.01, 0.02]), periods_per_year=12)
    assert found.down_capture is None
    assert found.up_capture > 1


def test_half_a_month_of_days_has_no_worst_month_and_no_hit_ratio():
    days = pd.Series([0.01, -0.02, 0.01], index=pd.bdate_range("2020-01-13", periods=3))
    found = metrics(days, days * 0.5, periods_per_year=252)
    assert (found.worst_month, found.hit_ratio) == (None, None)
    assert found.max_drawdown == pytest.approx(-0.02)


def test_without_a_benchmark_nothing_is_compared():
    found = metrics(series("MTUM daily")[0], periods_per_year=252)
    against = ("tracking_error", "information_ratio", "hit_ratio", "up_capture", "down_capture")
    assert all(getattr(found, figure) is None for figure in against)
    alone = {key: value for key, value in found.to_dict().items() if key not in against}
    assert alone == {key: value for key, value in ours("MTUM daily").to_dict().items() if key in alone}


def test_every_figure_has_a_definition():
    assert [field.name for field in fields(Metrics)] == list(ours("MTUM daily").to_dict())
    assert set(ours("MTUM daily").to_dict()) < set(DEFINITIONS)
    assert tuple(DEFINITIONS) == FIGURES


def test_figures_cannot_be_changed():
    with pytest.raises(AttributeError):
        ours("MTUM daily").cagr = 1.0


def refused(*args, **options):
    with pytest.raises(BadInput) as caught:
        metrics(*args, **({"periods_per_year": 12} | options))
    return caught.value.code, caught.value.field


GOOD = dated([0.01, -0.02, 0.03])


@pytest.mark.parametrize(
    ("returns", "code"),
    [
        (GOOD.iloc[:0], "bad_number"),
        (GOOD.where(GOOD > 0), "missing_value"),
        (GOOD.replace(0.03, np.inf), "missing_value"),
        (GOOD.iloc[::-1], "bad_index"),
        (GOOD.set_axis(GOOD.index[[0, 1, 1]]), "bad_index"),
        (GOOD.tz_localize("UTC"), "bad_index"),
        (GOOD.reset_index(drop=True), "bad_index"),
    ],
    ids=["empty", "hole", "infinite", "backwards", "twice", "time zone", "no dates"],
)
def test_returns_that_cannot_be_used_are_refused(returns, code):
    assert refused(returns) == (code, "returns")
    assert refused(GOOD, returns)[0] == code
    assert refused(GOOD, risk_free=returns) == (code, "risk_free")


def test_the_place_of_a_hole_is_named():
    with pytest.raises(BadInput, match="2000-02-29"):
        metrics(GOOD.where(GOOD > 0), periods_per_year=12)


@pytest.mark.parametrize("places", [[0, 2, 1], [0, 1, 1, 2]])
def test_the_first_date_out_of_order_is_named(places):
    with pytest.raises(BadInput, match=r"the problem is at 2000-02-29"):
        metrics(GOOD.iloc[places], periods_per_year=12)


@pytest.mark.parametrize("periods", [0, -12, float("nan")])
def test_periods_a_year_must_be_above_zero(periods):
    assert refused(GOOD, periods_per_year=periods) == ("bad_number", "periods_per_year")


@pytest.mark.parametrize("rate", [-1.0, -2.0, float("nan")])
def test_a_riskless_rate_must_be_above_minus_one(rate):
    assert refused(GOOD, risk_free=rate) == ("bad_number", "risk_free")


def test_a_benchmark_or_a_bill_on_other_dates_is_refused_with_the_date():
    shorter = GOOD.iloc[:2]
    assert refused(GOOD, shorter) == ("not_aligned", "benchmark")
    assert refused(GOOD, risk_free=shorter) == ("not_aligned", "risk_free")
    with pytest.raises(BadInput, match="2000-03-31"):
        metrics(GOOD, shorter, periods_per_year=12)


def test_daily_capture_is_by_whole_months_because_single_days_say_nothing():
    fund, index, _, _ = series("MTUM daily")
    ours_daily = metrics(fund, index, periods_per_year=252)
    ours_monthly = metrics(to_monthly(fund), to_monthly(index), periods_per_year=12)
    assert ours_daily.up_capture == pytest.approx(ours_monthly.up_capture, abs=1e-12)
    assert em.annual_return(index[index > 0], period="daily") > 4, "the up days alone would grow by 400 % a year"
