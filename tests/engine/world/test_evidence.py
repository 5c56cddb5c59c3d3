"""Passive beside active: published figures as they stand, arithmetic against slow loops."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.lines import line
from engine.sources import Frequency, load
from engine.world.evidence import (
    buffett,
    claims,
    fee_compounding,
    fund_status,
    spiva,
    trading_drag,
    winner_odds,
)
from engine.world.holding import HORIZONS, Horizon, holding_periods, monthly_line, share_of_gains, wilson

# --- published


@pytest.mark.parametrize(
    ("region", "day", "category", "basis", "years", "share"),
    [
        ("US", "2021-12-31", "Large-cap mutual funds", "net of fees, absolute", 10, 0.83),
        ("US", "2021-12-31", "Large-cap mutual funds", "gross of fees, absolute", 10, 0.78),
        ("US", "2024-12-31", "All large-cap funds", "absolute", 10, 0.84),
        ("US", "2015-12-31", "Large-cap funds", "absolute", 10, 0.8214),
        ("US", "2021-12-31", "All domestic equity funds", "absolute", 20, 0.90),
        ("US", "2021-12-31", "All domestic equity funds", "absolute", 10, None),
        ("US", "2024-12-31", "All small-cap funds", "absolute", 1, 0.30),
        ("Europe", "2020-12-31", "Europe Equity (EUR)", "absolute", 10, 0.86),
        ("Canada", "2021-12-31", "U.S. Equity funds (Canadian domiciled)", "absolute", 10, 0.90),
    ],
)
def test_shares_of_funds_behind_their_index_as_published(region, day, category, basis, years, share):
    (found,) = [
        item
        for item in spiva(region, years)
        if (item.as_of.isoformat(), item.category, item.basis) == (day, category, basis)
    ]
    assert found.share == (pytest.approx(share) if share is not None else None)
    assert found.source


def test_every_row_of_the_scorecards_is_there_and_filters_hold():
    assert len(spiva()) == 36
    assert {item.region for item in spiva("India")} == {"India"}
    assert {item.years for item in spiva(years=20)} == {20}
    assert sum(item.share is None for item in spiva()) == 3
    json.dumps([item.to_dict() for item in spiva()], allow_nan=False)


@pytest.mark.parametrize(("region", "years"), [("Mars", None), ("", 7), ("US", 0)])
def test_an_unknown_region_or_horizon_is_refused(region, years):
    with pytest.raises(BadInput) as caught:
        spiva(region, years)
    assert caught.value.code == "unknown_choice"


def test_the_bet_as_published():
    bet = buffett()
    assert bet.nine_years["index_fund"] == pytest.approx(0.071)
    assert round(bet.nine_years["funds_of_funds"], 3) == 0.022
    assert bet.final_annual == pytest.approx(
        {"a": 0.02, "b": 0.036, "c": 0.065, "d": 0.003, "e": 0.024, "index_fund": 0.085}
    )
    assert bet.final_gain == pytest.approx(
        {"a": 0.217, "b": 0.423, "c": 0.877, "d": 0.028, "e": 0.27, "index_fund": 1.258}
    )
    assert bet.years_funds_ahead == 1
    assert bet.years[0].funds_mean > bet.years[0].index_fund
    json.dumps(bet.to_dict(), allow_nan=False)


def test_the_years_compound_to_the_published_result():
    bet = buffett()
    assert [item.year for item in bet.years] == list(range(2008, 2018))
    last = bet.years[-1]
    assert last.index_wealth - 1 == pytest.approx(bet.final_gain["index_fund"], abs=0.002)
    assert last.index_wealth ** (1 / 10) - 1 == pytest.approx(0.085, abs=5e-4)
    assert bet.years[8].index_wealth ** (1 / 9) - 1 == pytest.approx(0.071, abs=5e-4)
    for name, gain in bet.final_gain.items():
        if name != "index_fund":
            returns = [item.funds[name] for item in bet.years if item.funds[name] is not None]
            assert np.prod([1 + r for r in returns]) - 1 == pytest.approx(gain, abs=0.003)
    mean = np.mean([1 + gain for name, gain in bet.final_gain.items() if name != "index_fund"])
    assert last.funds_wealth == pytest.approx(mean, abs=0.002)


def test_a_fund_that_ended_has_no_return():
    last = buffett().years[-1]
    assert last.funds["d"] is None
    assert last.funds_mean == pytest.approx(np.mean([0.122, 0.106, 0.156, 0.18]))


def test_each_funds_growth_ends_at_its_published_gain_and_stops_with_the_fund():
    bet = buffett()
    last, before = bet.years[-1].fund_wealth, bet.years[-2].fund_wealth
    assert last["d"] is None
    assert before["d"] - 1 == pytest.approx(bet.final_gain["d"], abs=0.002)
    for name in "abce":
        assert last[name] - 1 == pytest.approx(bet.final_gain[name], abs=0.004)
    json.dumps(bet.to_dict(), allow_nan=False)


def test_claims_carry_what_was_found():
    found = {item.claim: item for item in claims()}
    assert found["seven_of_ten_funds_behind"].status == "partly"
    assert found["seven_of_ten_funds_behind"].found == 83
    assert (found["etf_market_size"].status, found["etf_market_size"].claimed) == ("not_found", None)
    assert found["buffett_nine_years_funds_of_funds"].status == "confirmed"
    assert all(item.source and item.found_source for item in found.values())
    bet = buffett()
    assert found["buffett_nine_years_index_fund"].found == pytest.approx(bet.nine_years["index_fund"] * 100)
    assert found["buffett_nine_years_funds_of_funds"].found == pytest.approx(
        bet.nine_years["funds_of_funds"] * 100, abs=0.05
    )
    json.dumps([item.to_dict() for item in found.values()], allow_nan=False)


def test_both_ai_funds_are_active_funds():
    qrft, amom = fund_status()
    assert (qrft.ticker, amom.ticker) == ("QRFT", "AMOM")
    assert qrft.active
    assert amom.active
    assert qrft.fee == pytest.approx(0.0075)
    with pytest.raises(BadInput, match="fund"):
        fund_status(["SPY"])


# --- arithmetic


@given(st.floats(0.0, 0.02), st.floats(0.0, 0.03), st.floats(-0.05, 0.15), st.integers(1, 60))
def test_fees_compound_as_a_loop_says(low, extra, growth, years):
    found = fee_compounding(low, low + extra, gross_return=growth, years=years)
    for fee, path in ((low, found.wealth_low), (low + extra, found.wealth_high)):
        wealth = 1.0
        for year in range(years + 1):
            assert path[year] == pytest.approx(wealth, rel=1e-9)
            wealth = wealth * (1 + growth)
            wealth -= wealth * fee
    assert found.share_lost == pytest.approx(1 - ((1 - low - extra) / (1 - low)) ** years, abs=1e-9)
    assert len(found.years) == years + 1


@pytest.mark.parametrize(("behind", "picks"), [(0.83, 1), (0.83, 3), (0.6, 4), (0.0, 2), (1.0, 5)])
def test_chances_of_picking_winners_by_listing_every_outcome(behind, picks):
    found = winner_odds(behind, picks)
    chance = {"one": 0.0, "all": 0.0, "most": 0.0}
    for outcome in product([0, 1], repeat=picks):
        p = float(np.prod([(1 - behind) if ahead else behind for ahead in outcome]))
        chance["one"] += p * (sum(outcome) >= 1)
        chance["all"] += p * (sum(outcome) == picks)
        chance["most"] += p * (sum(outcome) > picks / 2)
    assert (found.at_least_one, found.all_ahead, found.most_ahead) == pytest.approx(tuple(chance.values()))
    assert found.independent


@pytest.mark.parametrize(("trades", "cost", "part"), [(0, 10, 1.0), (12, 10, 1.0), (250, 5, 0.5), (4, 0, 1.0)])
def test_the_drag_of_trading_as_a_loop_says(trades, cost, part):
    found = trading_drag(trades, cost, share_traded=part, gross_return=0.07, years=3)
    wealth = 1.0
    for _ in range(3):
        wealth *= 1.07
        for _ in range(trades):
            wealth -= wealth * part * cost / 10_000
    assert found.wealth == pytest.approx(wealth)
    assert found.wealth_untraded == pytest.approx(1.07**3)
    assert found.annual_drag == pytest.approx(1 - (wealth / 1.07**3) ** (1 / 3), abs=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fee_compounding(-0.01, 0.01),
        lambda: fee_compounding(0.02, 0.01),
        lambda: fee_compounding(0.0, float("nan")),
        lambda: fee_compounding(0.0, 0.01, years=0),
        lambda: fee_compounding(0.0, 0.01, years=2.5),
        lambda: fee_compounding(0.0, 0.01, gross_return=-1.0),
        lambda: fee_compounding(0.0, 0.01, amount=0.0),
        lambda: winner_odds(1.2),
        lambda: winner_odds(-0.1),
        lambda: winner_odds(0.5, 0),
        lambda: trading_drag(-1, 10),
        lambda: trading_drag(12, 10_000),
        lambda: trading_drag(12, 10, share_traded=1.5),
        lambda: trading_drag(float("inf"), 10),
        lambda: trading_drag(12, 10, years=1000),
    ],
)
def test_numbers_out_of_range_are_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.code == "bad_number"
    assert caught.value.params["accepted"]


def test_the_share_that_trading_takes_is_that_of_the_wealth():
    found = trading_drag(12, 20, gross_return=0.05, years=10)
    assert found.wealth == pytest.approx(found.wealth_untraded * (1 - found.share_lost))
    assert found.share_lost == pytest.approx(1 - (1 - 0.002) ** 120)
    assert trading_drag(0, 20).share_lost == 0.0


def test_what_fees_take_is_counted_from_the_amount_put_in():
    found = fee_compounding(0.001, 0.01, gross_return=0.05, years=10, amount=1_000.0)
    unit = fee_compounding(0.001, 0.01, gross_return=0.05, years=10)
    assert found.wealth_free[-1] == pytest.approx(1_000 * 1.05**10)
    assert found.wealth_high[-1] + found.lost_high == pytest.approx(found.wealth_free[-1])
    assert found.lost_low == pytest.approx(1_000 * unit.lost_low)
    assert found.share_lost == pytest.approx(unit.share_lost)
    assert fee_compounding(0.0, 0.01, amount=5.0).lost_low == 0.0


# --- holding periods


def slow_share(levels, rows):
    values, won, seen = list(levels), 0, 0
    for start in range(len(values) - rows):
        seen += 1
        won += values[start + rows] > values[start]
    return won / seen, seen


@pytest.mark.parametrize("horizon", HORIZONS, ids=lambda item: item.id)
def test_shares_in_dollars_against_a_slow_loop(horizon):
    (found,) = [item for item in holding_periods() if item.horizon == horizon.id]
    daily = horizon.frequency is Frequency.DAILY
    levels = line("sp500_total_return").levels if daily else monthly_line().levels
    share, windows = slow_share(levels, horizon.rows)
    assert found.share == pytest.approx(share)
    assert found.windows == windows
    assert found.low <= share <= found.high
    assert found.independent_windows == pytest.approx((len(levels) - 1) / horizon.rows)


def test_shares_in_won_use_each_month_end_at_its_own_rate():
    rates = load("usdkrw_monthly").frame["krw_per_usd_month_end"].iloc[:-1]
    levels = (monthly_line().levels * rates).dropna()
    assert levels.index[0] == pd.Timestamp("2003-12-31")
    for found in holding_periods("KRW"):
        if found.absent:
            continue
        share, windows = slow_share(levels, found.rows)
        assert (found.share, found.windows) == (pytest.approx(share), windows)
        assert found.first.isoformat() == "2003-12-31"


def test_days_in_won_are_absent_and_so_is_what_the_history_cannot_hold():
    absent = {item.horizon: item for item in holding_periods("KRW") if item.absent}
    assert {item: found.absent for item, found in absent.items()} == dict.fromkeys(("1d", "5d"), "no_daily_rates")
    assert all(found.share is None and found.low is None for found in absent.values())
    long = share_of_gains(monthly_line().levels, Horizon("40y", 480, Frequency.MONTHLY))
    assert (long.absent, long.share, long.windows) == ("history_too_short", None, 0)
    json.dumps([item.to_dict() for item in (*absent.values(), long)], allow_nan=False)


def test_months_are_those_of_the_index_alone():
    levels = monthly_line().levels
    assert (levels.index[0], levels.index[-1]) == (pd.Timestamp("1989-12-31"), pd.Timestamp("2026-04-30"))
    table = load("sp500_monthly_total_return").frame["tr_pct"]
    assert levels.pct_change().loc["2008-10-31"] == pytest.approx(table["2008-10-31"] / 100)


def test_longer_is_surer_on_average_and_windows_of_one_length_grow_fewer():
    found = [item for item in holding_periods() if item.frequency == "monthly"]
    assert found[0].share < found[-1].share
    assert [item.windows for item in found] == sorted((item.windows for item in found), reverse=True)
    assert next(item for item in found if item.horizon == "10y").share < 1, "the years 1999 to 2009 ended with a loss"


def test_the_interval_is_wilsons():
    assert wilson(0.5, 100) == pytest.approx((0.403832, 0.596168), abs=1e-6)
    assert wilson(1.0, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)
    low, high = wilson(1.0, 1.8)
    assert low < 0.35
    assert high == 1.0


def test_the_interval_covers_the_truth_of_overlapping_windows():
    rng = np.random.default_rng(4)
    truth, covered = 0.5 * (1 + 0.6826894921), 0  # a mean of one deviation a year: gains in 84 % of years
    days = pd.date_range("1990-01-31", periods=361, freq="ME")
    year = Horizon("1y", 12, Frequency.MONTHLY)
    for _ in range(200):
        steps = rng.normal(1 / 12, 1 / np.sqrt(12), 360)
        levels = pd.Series(np.exp(np.r_[0.0, steps.cumsum()]), index=days)
        found = share_of_gains(levels, year)
        covered += found.low <= truth <= found.high
    assert covered >= 186


@pytest.mark.parametrize("currency", ["EUR", "", "krw"])
def test_other_currencies_are_refused(currency):
    with pytest.raises(BadInput, match="currency"):
        holding_periods(currency)


def test_levels_are_above_zero():
    with pytest.raises(BadInput, match="levels"):
        share_of_gains(pd.Series([1.0, 0.0], index=pd.date_range("2000-01-31", periods=2, freq="ME")), HORIZONS[2])
