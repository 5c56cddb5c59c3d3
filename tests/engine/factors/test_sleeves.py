"""The sleeves are the portfolios they name; low volatility is chosen from the past only; both match the study."""

import numpy as np
import pandas as pd
import pytest

from engine.analytics import metrics
from engine.factors import SLEEVES, low_volatility, sleeve_returns
from engine.factors.sleeves import INDUSTRIES
from engine.lines import line
from engine.sources import load


def french():
    return load("french_portfolios").frame


def slow_low_volatility(industries):
    """Each January, and first after 36 months: the four industries with the lowest deviation of the 36 months before."""
    months, chosen, result = list(industries.index), None, {}
    for place, month in enumerate(months):
        if place < 36:
            continue
        if chosen is None or month.month == 1:
            past = {name: np.std(industries[name].iloc[place - 36 : place], ddof=1) for name in industries}
            chosen = sorted(past, key=past.get)[:4]
        result[month] = np.mean([industries.loc[month, name] for name in chosen])
    return pd.Series(result)


def test_there_are_eight_sleeves():
    returns = sleeve_returns(french())
    assert list(returns.columns) == list(SLEEVES)
    assert len(SLEEVES) == 8
    assert returns.index.equals(french().index)


@pytest.mark.parametrize(("name", "column"), [item for item in SLEEVES.items() if item[0] != "low_volatility"])
def test_a_sleeve_is_the_portfolio_it_names(name, column):
    pd.testing.assert_series_equal(sleeve_returns(french())[name], french()[column], check_names=False)


def test_low_volatility_is_the_mean_of_the_four_calmest_industries():
    ours = low_volatility(french()[INDUSTRIES])
    theirs = slow_low_volatility(french()[INDUSTRIES])
    assert ours.iloc[:36].isna().all()
    assert ours.index[36] == pd.Timestamp("1952-01-31")
    np.testing.assert_allclose(ours.iloc[36:], theirs, rtol=1e-12)


def test_the_twelve_industries_are_those_of_the_library():
    assert len(set(INDUSTRIES)) == 12
    assert set(INDUSTRIES) <= set(french().columns)
    assert french()[INDUSTRIES].mean(axis=1).corr(french()["Market"]) > 0.95


@pytest.mark.parametrize("cut", [36, 37, 48, 100, 500, 818])
def test_later_months_change_no_earlier_choice(cut):
    whole = low_volatility(french()[INDUSTRIES])
    part = low_volatility(french()[INDUSTRIES].iloc[:cut])
    pd.testing.assert_series_equal(part, whole.iloc[:cut], check_freq=False)


@pytest.mark.parametrize("cut", [40, 300, 700])
def test_a_poisoned_future_changes_no_earlier_month(cut):
    poisoned = french()[INDUSTRIES].copy()
    poisoned.iloc[cut:] = np.random.default_rng(cut).normal(0, 5, poisoned.iloc[cut:].shape)
    pd.testing.assert_series_equal(low_volatility(poisoned).iloc[:cut], low_volatility(french()[INDUSTRIES]).iloc[:cut])


def test_the_month_that_is_earned_does_not_enter_the_choice():
    industries = french()[INDUSTRIES]
    january = industries.index.get_loc(pd.Timestamp("1990-01-31"))
    shock = np.linspace(-0.3, 0.3, 12)
    changed = industries.copy()
    changed.iloc[january] += shock
    calmest = np.argsort(industries.iloc[january - 36 : january].std().to_numpy())[:4]
    gain = low_volatility(changed).iloc[january] - low_volatility(industries).iloc[january]
    assert gain == pytest.approx(shock[calmest].mean(), abs=1e-14)


STUDY = [  # the feasibility study, sections 2 and 3: 1975-01 to 2017-03, against the market
    ("big_value", 0.17, 52.1),
    ("big_momentum", 0.25, 54.4),
    ("big_growth", -0.16, 46.7),
    ("mid_value", 0.58, 56.2),
    ("mid_momentum", 0.61, 58.4),
    ("small_value", 0.56, 55.2),
    ("low_volatility", 0.08, 52.3),  # the study says 52.5: it counts June 2015, a tie, as won by 2e-18
    ("equal_weight", 0.82, 60.2),
]


def since_1975(name):
    bill = french()["RF"].loc["1975":]
    returns = line(name).returns.loc["1975":]
    return metrics(returns, line("market").returns.loc["1975":], periods_per_year=12, risk_free=bill)


@pytest.mark.parametrize(("name", "ratio", "hit_percent"), STUDY)
def test_information_ratio_and_hit_ratio_are_those_of_the_study(name, ratio, hit_percent):
    found = since_1975(name)
    assert found.information_ratio == pytest.approx(ratio, abs=0.0051)
    assert found.hit_ratio * 100 == pytest.approx(hit_percent, abs=0.051)


@pytest.mark.parametrize(
    ("name", "annual_return", "volatility", "sharpe", "drawdown"),
    [("market", 12.3, 15.4, 0.54, -50), ("equal_weight", 15.6, 15.8, 0.71, -49)],
)
def test_risk_and_return_are_those_of_the_study(name, annual_return, volatility, sharpe, drawdown):
    found = since_1975(name)
    assert found.cagr * 100 == pytest.approx(annual_return, abs=0.051)
    assert found.volatility * 100 == pytest.approx(volatility, abs=0.051)
    assert found.sharpe == pytest.approx(sharpe, abs=0.0051)
    assert found.max_drawdown * 100 == pytest.approx(drawdown, abs=0.51)


def test_the_equal_mix_differs_from_the_market_by_what_the_study_says():
    assert since_1975("equal_weight").tracking_error * 100 == pytest.approx(3.7, abs=0.051)


def test_the_market_against_itself_has_no_information_ratio():
    found = since_1975("market")
    assert (found.tracking_error, found.information_ratio, found.hit_ratio) == (0.0, None, 0.0)
