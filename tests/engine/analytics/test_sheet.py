"""The kernel's figures against ``metrics``, peers, definitions by hand and windows of ``worst_fall_between``."""

import json
import subprocess
import sys
from datetime import date
from functools import cache

import empyrical as em
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from engine.analytics import (
    FIGURES,
    FactSheet,
    SheetPlan,
    episodes,
    fact_sheet,
    metrics,
    to_monthly,
    worst_fall_between,
)
from engine.analytics.drawdown import wealth
from engine.analytics.kernels import _select
from engine.errors import BadInput
from engine.paths import ROOT
from engine.sources import load

EXACT = {"rel": 1e-10, "abs": 1e-13}
NAMES = ("daily", "monthly", "part of a month")
AGAINST = ("hit_ratio", "beta", "alpha", "tracking_error", "information_ratio", "up_capture", "down_capture")


@cache
def case(name):
    """Returns, benchmark, riskless returns and periods a year of a real series."""
    spx = load("sp500_total_return").frame["sp500_total_return"].pct_change().iloc[1:]
    mtum = load("factor_etfs").frame["MTUM"].pct_change().iloc[1:]
    french = load("french_portfolios").frame
    if name == "monthly":
        return french["S5V5"], french["Market"], french["RF"], 12
    fund, index = (
        (mtum, spx.loc[mtum.index]) if name == "daily" else (mtum.iloc[40:52], spx.loc[mtum.index].iloc[40:52])
    )
    return fund, index, pd.Series(np.linspace(0, 2e-4, len(fund)), fund.index), 252


def levels_of(returns):
    return np.r_[1.0, np.cumprod(1.0 + returns.to_numpy())]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("free", ["none", "rate", "series"])
def test_the_sheet_is_metrics_where_both_have_a_figure(name, free):
    returns, benchmark, bill, periods = case(name)
    risk_free = {"none": 0.0, "rate": 0.03, "series": bill}[free]
    options = {"periods_per_year": periods, "risk_free": risk_free}
    sheet = fact_sheet(returns, benchmark, **options)
    for figure, value in metrics(returns, benchmark, **options).to_dict().items():
        assert getattr(sheet, figure) == (None if value is None else pytest.approx(value, **EXACT)), figure
    alone = fact_sheet(returns, **options)
    assert {key for key in FIGURES if getattr(alone, key) is None} >= set(AGAINST)
    for figure, value in metrics(returns, **options).to_dict().items():
        assert getattr(alone, figure) == (None if value is None else pytest.approx(value, **EXACT)), figure


@pytest.mark.parametrize("name", NAMES[:2])
def test_the_other_figures_are_those_of_independent_libraries(name):
    returns, benchmark, bill, periods = case(name)
    sheet = fact_sheet(returns, benchmark, periods_per_year=periods, risk_free=bill)
    r, excess, market = returns.to_numpy(), returns - bill, benchmark - bill
    months = to_monthly(returns).to_numpy()
    line = scipy_stats.linregress(market, excess)
    fall = levels_of(returns) / np.maximum.accumulate(levels_of(returns)) - 1
    expected = {
        "total_return": em.cum_returns_final(returns),
        "var_95": em.value_at_risk(returns, 0.05),
        "cvar_95": r[r <= np.quantile(r, 0.05)].mean(),
        "kurtosis": scipy_stats.kurtosis(r, bias=False),
        "skew": scipy_stats.skew(r, bias=False),
        "best_period": r.max(),
        "worst_period": r.min(),
        "best_month": months.max(),
        "worst_month": months.min(),
        "positive_months": (months > 0).mean(),
        "beta": em.beta(excess, market),
        "alpha": line.intercept * periods,
        "ulcer": np.sqrt(np.mean(fall[1:] ** 2)),
    }
    for figure, value in expected.items():
        assert getattr(sheet, figure) == pytest.approx(value, rel=1e-9), figure
    assert sheet.beta == pytest.approx(line.slope, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_many_series_at_once_are_the_single_sheets(name):
    returns, benchmark, bill, periods = case(name)
    mixes = [returns, benchmark, 0.5 * returns + 0.5 * benchmark, returns * 0.0 + 0.001, -returns]
    paths = np.array([levels_of(mix) * 100.0 for mix in mixes])
    index = wealth(returns).index
    mark = pd.Series(levels_of(benchmark) * 7.0, index)
    plan = SheetPlan.make(index, periods_per_year=periods, benchmark=mark, risk_free=bill)
    found = plan.figures(paths)
    assert found.shape == (len(mixes), 24)
    for row, mix in zip(found, mixes, strict=True):
        sheet = fact_sheet(mix, benchmark, periods_per_year=periods, risk_free=bill)
        expected = np.array([np.nan if getattr(sheet, key) is None else getattr(sheet, key) for key in FIGURES])
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(found[[0, 3]], plan.figures(paths[[0, 3]]))
    np.testing.assert_array_equal(found, plan.figures(np.asfortranarray(paths)))


def dated(values, first="2000-01-31"):
    return pd.Series(values, index=pd.date_range(first, periods=len(values), freq="ME"), dtype=float)


RETURN = st.integers(-500_000, 500_000).map(lambda millionths: millionths / 1e6)
RETURNS = st.lists(st.one_of(RETURN, st.sampled_from([0.0, 0.01, -0.01])), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(RETURNS.map(dated))
def test_any_series_has_the_figures_of_metrics_and_a_sorted_tail(returns):
    benchmark = returns.iloc[::-1].set_axis(returns.index)
    sheet = fact_sheet(returns, benchmark, periods_per_year=12)
    for figure, value in metrics(returns, benchmark, periods_per_year=12).to_dict().items():
        assert getattr(sheet, figure) == (None if value is None else pytest.approx(value, rel=1e-8, abs=1e-11)), figure
    r = returns.to_numpy()
    assert sheet.var_95 == pytest.approx(np.quantile(r, 0.05), abs=1e-15)
    assert sheet.worst_period - 1e-15 <= sheet.cvar_95 <= sheet.var_95 + 1e-15
    kurtosis = returns.kurt() if len(r) > 3 and metrics(returns, periods_per_year=12).volatility > 1e-6 else None
    if kurtosis is not None:
        assert sheet.kurtosis == pytest.approx(kurtosis, rel=1e-8, abs=1e-8)
    assert sheet.max_drawdown <= -sheet.ulcer + 1e-15


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=1, max_size=80), st.data())
def test_selection_puts_one_value_into_its_sorted_place(values, data):
    rank = data.draw(st.integers(0, len(values) - 1))
    shuffled = np.array(values)
    _select(shuffled, len(values), rank)
    assert shuffled[rank] == sorted(values)[rank]
    assert shuffled[:rank].max(initial=-2) <= shuffled[rank] <= shuffled[rank:].min()
    assert sorted(shuffled) == sorted(values)


@pytest.mark.parametrize("skewed", ["left", "right", "two values", "constant"])
def test_the_quantile_is_exact_whatever_the_shape(skewed):
    random = np.random.default_rng(0)
    values = {
        "left": 0.01 - random.pareto(1.1, 997) * 1e-4,
        "right": random.pareto(1.1, 997) * 1e-4,
        "two values": np.where(random.random(997) < 0.97, 0.01, -0.02),
        "constant": np.full(997, 0.01),
    }[skewed]
    values = np.maximum(values, -0.9)
    sheet = fact_sheet(pd.Series(values, pd.bdate_range("2000-01-03", periods=997)), periods_per_year=252)
    assert sheet.var_95 == pytest.approx(np.quantile(values, 0.05), abs=1e-15)
    assert sheet.cvar_95 == pytest.approx(values[values <= np.quantile(values, 0.05)].mean(), abs=1e-15)


def test_falls_and_crises_are_those_of_the_growth():
    returns, benchmark, _, _ = case("daily")
    windows = (
        ("covid", date(2020, 2, 19), date(2020, 3, 23)),
        ("before", date(2008, 1, 1), date(2009, 1, 1)),
        ("end", date(2022, 1, 3), date(2030, 1, 1)),
        ("flat", date(2016, 6, 1), date(2016, 6, 1)),
    )
    sheet = fact_sheet(returns, benchmark, periods_per_year=252, top=4, crises=windows)
    growth = wealth(returns)
    pd.testing.assert_frame_equal(sheet.drawdowns, episodes(growth).head(4))
    assert sheet.drawdowns["depth"].iloc[0] == sheet.max_drawdown
    for (name, fall), (asked, start, end) in zip(sheet.crises, windows, strict=True):
        assert (name, fall) == (asked, worst_fall_between(growth, pd.Timestamp(start), pd.Timestamp(end)))
    assert [fall is None for _, fall in sheet.crises] == [False, True, True, False]


def test_the_sheet_as_plain_values():
    returns, benchmark, _, _ = case("daily")
    window = ("covid", date(2020, 2, 19), date(2020, 3, 23))
    sheet = fact_sheet(
        returns, benchmark, periods_per_year=252, crises=(window, ("war", date(1940, 1, 1), date(1941, 1, 1)))
    )
    told = json.loads(json.dumps(sheet.to_dict(), allow_nan=False))
    assert tuple(told)[:24] == FIGURES
    assert len(told["drawdowns"]) == 10
    assert told["drawdowns"][0]["trough"] == str(sheet.drawdowns["trough"].iloc[0].date())
    still = [row for row in told["drawdowns"] if row["open"]]
    assert still
    assert all(row["recovery"] is None and row["days_to_recover"] is None for row in still)
    assert told["crises"][0]["fall"]["trough"] == "2020-03-23"
    assert told["crises"][1] == {"name": "war", "fall": None}


def test_a_series_without_falls_has_an_empty_table():
    sheet = fact_sheet(dated([0.01, 0.0, 0.02]), periods_per_year=12)
    assert (len(sheet.drawdowns), sheet.max_drawdown, sheet.ulcer, sheet.calmar) == (0, 0.0, 0.0, None)
    assert fact_sheet(dated([-0.1]), periods_per_year=12, top=0).drawdowns.empty


def test_a_total_loss_has_a_sheet_but_no_place_in_a_batch():
    returns = dated([0.1, -1.0, 0.2])
    sheet = fact_sheet(returns, periods_per_year=12)
    assert (sheet.cagr, sheet.total_return, sheet.max_drawdown, sheet.worst_month) == (-1.0, -1.0, -1.0, -1.0)
    plan = SheetPlan.make(wealth(returns).index, periods_per_year=12)
    with pytest.raises(BadInput, match=r"0\.0 in row 1 on 2000-02-29"):
        plan.figures(np.array([[1.0, 1.0, 1.0, 1.0], levels_of(returns)]))


def test_a_series_against_itself_ties_every_month():
    returns, _, bill, _ = case("daily")
    plan = SheetPlan.make(wealth(returns).index, periods_per_year=252, benchmark=wealth(returns), risk_free=bill)
    told = dict(zip(FIGURES, plan.figures(levels_of(returns)[None])[0], strict=True))
    assert (told["tracking_error"], told["hit_ratio"]) == (0.0, 0.0)
    assert np.isnan(told["information_ratio"])
    assert told["beta"] == pytest.approx(1.0, abs=1e-12)
    assert told["alpha"] == pytest.approx(0.0, abs=1e-12)
    assert told["up_capture"] == pytest.approx(1.0, abs=1e-12)


GOOD = dated([0.01, -0.02, 0.03])
DATES = wealth(GOOD).index


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: fact_sheet(GOOD, periods_per_year=0), "bad_number", "periods_per_year"),
        (lambda: fact_sheet(GOOD.where(GOOD > 0), periods_per_year=12), "missing_value", "returns"),
        (lambda: fact_sheet(GOOD, GOOD.iloc[:2], periods_per_year=12), "not_aligned", "benchmark"),
        (lambda: fact_sheet(GOOD, GOOD.where(GOOD > 0), periods_per_year=12), "missing_value", "benchmark"),
        (lambda: fact_sheet(GOOD, periods_per_year=12, risk_free=-1.0), "bad_number", "risk_free"),
        (lambda: fact_sheet(GOOD, periods_per_year=12, top=-1), "bad_number", "top"),
        (
            lambda: fact_sheet(GOOD, periods_per_year=12, crises=[("x", date(2001, 1, 1), date(2000, 1, 1))]),
            "range_reversed",
            "crises (x)",
        ),
        (lambda: SheetPlan.make(DATES[:1], periods_per_year=12), "bad_number", "index"),
        (lambda: SheetPlan.make(DATES[::-1], periods_per_year=12), "bad_index", "index"),
        (lambda: SheetPlan.make(DATES, periods_per_year=12, benchmark=GOOD), "not_aligned", "benchmark"),
        (
            lambda: SheetPlan.make(DATES, periods_per_year=12, benchmark=pd.Series([1.0, 0, 1, 1], DATES)),
            "bad_number",
            "benchmark",
        ),
        (lambda: SheetPlan.make(DATES, periods_per_year=12, risk_free=wealth(GOOD)), "not_aligned", "risk_free"),
        (lambda: SheetPlan.make(DATES, periods_per_year=12).figures(np.ones((2, 3))), "bad_number", "levels"),
        (lambda: SheetPlan.make(DATES, periods_per_year=12).figures(np.ones(4)), "bad_number", "levels"),
        (lambda: SheetPlan.make(DATES, periods_per_year=12).figures(np.full((1, 4), np.nan)), "bad_number", "levels"),
    ],
)
def test_what_cannot_be_used_is_refused(call, code, field):
    with pytest.raises(BadInput) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_figures_of_the_sheet_are_the_names_in_order():
    names = [name for name in FactSheet.__dataclass_fields__ if name not in ("drawdowns", "crises")]
    assert tuple(names) == FIGURES


def test_importing_the_sheet_loads_no_compiler():
    program = "import sys, engine.analytics.sheet; print({'numba', 'scipy', 'skfolio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
