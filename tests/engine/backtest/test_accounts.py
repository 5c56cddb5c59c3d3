"""What must hold whatever the terms: sums of the accounts, no look-ahead, scales, limits and closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.backtest import Terms, rebalance_dates, simulate
from engine.errors import BadInput
from engine.sources import load
from tests.engine.backtest.book import keep_books
from tests.engine.backtest.worlds import worlds


def run(world):
    """A run that goes to the end; cases that are refused are compared elsewhere."""
    try:
        return simulate(world.prices, world.targets, **world.asked)
    except BadInput:
        assume(False)


def with_terms(world, **changes):
    return replace(world, terms=replace(world.terms, **changes))


def interest(terms, days, cash):
    """Earned on each date on the cash of the date before."""
    given = 0.0 if terms.cash_returns is None else terms.cash_returns.reindex(days[1:]).to_numpy()
    years = np.diff(days.to_numpy()) / np.timedelta64(365, "D")
    return cash[:-1] * (given + np.where(cash[:-1] < 0, years * terms.borrow_spread_bps / 1e4, 0.0))


@settings(max_examples=80)
@given(worlds(fills=("same_close", "next_close"), without=("fees",)))
def test_value_changes_by_gains_interest_and_flows_less_cost_and_by_nothing_else(world):
    result, terms = run(world), world.terms
    days = result.value.index
    price = world.prices.reindex(days).ffill()
    paid = 0.0 if terms.dividends is None else terms.dividends.reindex(days).iloc[1:]
    gains = (result.units.shift(1).iloc[1:] * (price.diff().iloc[1:] + paid)).sum(axis=1)
    money = result.value.to_numpy() * terms.capital
    cash = money - (result.units * price).sum(axis=1).to_numpy()
    flow, cost = (part.reindex(days, fill_value=0.0).to_numpy() * terms.capital for part in (result.flows, result.cost))
    expected = gains.to_numpy() + interest(terms, days, cash) + flow[1:] - cost[1:]
    np.testing.assert_allclose(np.diff(money), expected, atol=1e-11 * money.max())
    assert money[0] == pytest.approx(terms.capital + flow[0] - cost[0], rel=1e-12)


@settings(max_examples=30)
@given(worlds(without=("loan", "flows")))
def test_whole_shares_without_a_loan_never_owe(world):
    capital = 50_000.0
    given = {name: getattr(world.terms, name) for name in ("band", "buffer", "cash_returns", "dividends", "missing")}
    lent = given.pop("cash_returns")
    given["cash_returns"] = None if lent is None else lent.clip(lower=0.0)
    result = run(replace(world, terms=Terms(**given, whole_shares=True, capital=capital, fixed_cost=3.0)))
    assert (result.holdings.cash >= 0).all()
    assert (result.holdings.units % 1 == 0).all()
    bought = [row for row in range(len(result.holdings.since)) if result.holdings.units[row].any()]
    assert bought or result.value.iloc[-1] < 2


@settings(max_examples=60)
@given(worlds(without=("delisting",)), st.integers(1, 39))
def test_what_comes_later_changes_nothing_before(world, cut):
    """Truncated and poisoned: neither leaves a trace before the cut, in bands, buffers and all the rest."""
    whole, cut = run(world), min(cut, len(world.prices) - 1)
    assume(world.begin < cut)
    known = world.prices.index[cut - 1]
    flows = world.terms.flows
    past = with_terms(
        world,
        flows=None if flows is None else flows.loc[:known],
        dividends=None if world.terms.dividends is None else world.terms.dividends.loc[:known],
    )
    part = run(
        replace(past, prices=past.prices.iloc[:cut], opens=past.opens.iloc[:cut], targets=past.targets.loc[:known])
    )
    rng = np.random.default_rng(cut)
    poison = world.prices.copy(), world.opens.copy()
    for table in poison:
        table.iloc[cut:] *= rng.uniform(0.7, 1.4, table.iloc[cut:].shape)
    after = run(replace(world, prices=poison[0], opens=poison[1]))
    for other in (part, after):
        pd.testing.assert_series_equal(other.value.loc[:known], whole.value.loc[:known], rtol=1e-12, check_freq=False)
        pd.testing.assert_series_equal(other.cost.loc[:known], whole.cost.loc[:known], atol=1e-14, check_freq=False)
        pd.testing.assert_frame_equal(other.units.loc[:known], whole.units.loc[:known], rtol=1e-12, check_freq=False)


@settings(max_examples=30)
@given(worlds(fills=("next_open",), without=("delisting", "late start")), st.integers(0, 39))
def test_a_trade_at_the_open_knows_nothing_of_that_close(world, row):
    """Poison the closes from one date on: what was traded at its open stays."""
    assume(world.begin <= row < len(world.prices))
    whole, day = run(world), world.prices.index[row]
    prices = world.prices.copy()
    prices.iloc[row:] *= np.random.default_rng(row).uniform(0.7, 1.4, prices.iloc[row:].shape)
    after = run(replace(world, prices=prices))
    assert (day in after.turnover) == (day in whole.turnover)
    if day in whole.turnover:
        assert after.turnover[day] == pytest.approx(whole.turnover[day], abs=1e-12)
        assert after.cost[day] == pytest.approx(whole.cost[day], abs=1e-13)
        np.testing.assert_allclose(after.units.loc[day], whole.units.loc[day], rtol=1e-12)


@settings(max_examples=30)
@given(worlds(without=("whole shares",)), st.sampled_from([0.01, 7.0, 1e5]))
def test_the_unit_of_money_does_not_matter(world, scale):
    """Capital, fixed cost and flows in another currency: the same relative values."""
    terms = world.terms
    other = with_terms(
        world,
        capital=terms.capital * scale,
        fixed_cost=terms.fixed_cost * scale,
        flows=None if terms.flows is None else terms.flows * scale,
    )
    np.testing.assert_allclose(run(other).value, run(world).value, rtol=1e-9)


@settings(max_examples=30)
@given(worlds(), st.sampled_from([0.01, 3.0, 1e4]))
def test_the_unit_of_price_does_not_matter(world, scale):
    """A split at the beginning: prices, opens and dividends times a number. Whole units differ, so they stay out."""
    world = with_terms(world, whole_shares=False)
    paid = world.terms.dividends
    other = with_terms(
        replace(world, prices=world.prices * scale, opens=world.opens * scale),
        dividends=None if paid is None else paid * scale,
    )
    np.testing.assert_allclose(run(other).value, run(world).value, rtol=1e-9)


@settings(max_examples=30)
@given(worlds(fills=("same_close",), without=("absolute band", "relative band", "late start", "delisting", "flows")))
def test_a_band_of_zero_is_daily_rebalancing(world):
    days = world.prices.index
    daily = world.targets.reindex(days[days >= world.targets.index[0]]).ffill()
    banded = run(with_terms(world, band=0.0))
    np.testing.assert_allclose(banded.value, run(replace(world, targets=daily)).value, rtol=1e-11)


@settings(max_examples=30)
@given(worlds(without=("buffer", "absolute band", "relative band")))
def test_what_is_never_left_is_no_rule_at_all(world):
    """A buffer of nothing, and a band that no weight can leave, are as none."""
    plain = run(world)
    narrow, wide = run(with_terms(world, buffer=1e-15)), run(with_terms(world, band=10.0))
    np.testing.assert_allclose(narrow.value, plain.value, rtol=1e-11)
    pd.testing.assert_series_equal(wide.value, plain.value, rtol=1e-13)


@settings(max_examples=30)
@given(worlds(fills=("same_close",), without=("whole shares", "late start", "delisting")), st.floats(0.005, 0.2))
def test_a_buffer_holds_what_it_says(world, buffer):
    """After a trade every weight lies inside its buffer, what lay inside and need not move has stayed."""
    plain, result = run(with_terms(world, buffer=0.0)), run(with_terms(world, buffer=buffer))
    dates = result.turnover.index.intersection(world.targets.index)
    wanted = world.targets.reindex(columns=world.prices.columns, fill_value=0.0).loc[dates]
    assert ((result.weights.loc[dates] - wanted).abs() <= buffer + 1e-9).all(axis=None)
    total = (result.weights.loc[dates].sum(axis=1) - wanted.sum(axis=1)).abs()
    assert (total <= buffer + 1e-9).all()
    if world.terms.flows is None and world.terms.band is None and world.terms.dividends is None:
        assert result.turnover.iloc[0] <= plain.turnover.iloc[0] + 1e-9


# --- closed forms

DAYS = pd.bdate_range("2020-01-01", periods=6)
FLAT = pd.DataFrame({"a": 100.0, "b": 50.0}, index=DAYS)
HALF = pd.DataFrame({"a": [0.5], "b": [0.5]}, index=DAYS[:1])


def test_cash_compounds_at_its_rate():
    rates = pd.Series([0.5, 0.01, 0.02, -0.01, 0.0, 0.03], index=DAYS)
    nothing = HALF * 0.0
    value = simulate(FLAT, nothing, terms=Terms(cash_returns=rates)).value
    np.testing.assert_allclose(value, np.r_[1.0, np.cumprod(1 + rates.to_numpy()[1:])], rtol=1e-14)


def test_a_loan_costs_the_rate_and_the_spread_by_calendar_days():
    rates = pd.Series(1e-4, index=DAYS)
    value = simulate(FLAT, HALF * 3, terms=Terms(leverage=3, cash_returns=rates, borrow_spread_bps=365.0)).value
    gaps = np.diff(DAYS.to_numpy()) / np.timedelta64(1, "D")
    assert gaps.max() == 3
    np.testing.assert_allclose(value, 3 - 2 * np.r_[1.0, np.cumprod(1 + 1e-4 + gaps * 1e-4)], rtol=1e-14)


def test_a_fee_is_a_decay_by_calendar_days():
    value = simulate(FLAT, HALF, terms=Terms(expense_ratio={"a": 0.02})).value
    years = (DAYS - DAYS[0]).days / 365
    np.testing.assert_allclose(value, 0.5 * 0.98**years + 0.5, rtol=1e-14)


def test_half_the_spread_is_paid_on_each_side():
    targets = pd.DataFrame({"a": [1.0, 0.0]}, index=DAYS[:2])
    result = simulate(FLAT, targets, cost_bps=10, terms=Terms(spread_bps={"a": 40, "b": 900}))
    np.testing.assert_allclose(result.value.iloc[[0, 1]], [1 / 1.003, 0.997 / 1.003], rtol=1e-14)


def test_a_fixed_cost_is_paid_for_each_order():
    result = simulate(FLAT, HALF, terms=Terms(fixed_cost=20.0, capital=1000.0))
    assert result.value.iloc[0] == pytest.approx(0.96, rel=1e-14)
    np.testing.assert_allclose(result.units.iloc[0], [4.8, 9.6], rtol=1e-14)


def test_reinvested_dividends_are_a_total_return():
    rng = np.random.default_rng(0)
    price = pd.DataFrame({"a": 100 * np.exp(rng.normal(0, 0.02, 6).cumsum())}, index=DAYS)
    paid = pd.DataFrame({"a": [5.0, 0, 2.0, 0, 0, 1.0]}, index=DAYS)
    growth = ((price["a"] + paid["a"]) / price["a"].shift(1)).fillna(1.0).cumprod()
    one = pd.DataFrame({"a": [1.0]}, index=DAYS[:1])
    np.testing.assert_allclose(simulate(price, one, terms=Terms(dividends=paid)).value, growth, rtol=1e-14)
    kept = simulate(price, one, terms=Terms(dividends=paid, reinvest=False))
    np.testing.assert_allclose(
        kept.value, (price["a"] + paid["a"].where(paid.index > DAYS[0], 0).cumsum()) / price["a"].iloc[0]
    )


def test_whole_shares_by_hand():
    prices = pd.DataFrame({"a": 300.0, "b": 70.0}, index=DAYS)
    result = simulate(prices, HALF, cost_bps=100, terms=Terms(whole_shares=True, capital=2000.0))
    assert result.units.iloc[0].to_dict() == {"a": 3.0, "b": 14.0}  # 990.1 each after cost
    assert result.holdings.cash[0] == pytest.approx(2000 - 1880 * 1.01)
    assert result.cost.iloc[0] == pytest.approx(18.8 / 2000)


def test_thirds_that_are_whole_stay_whole():
    prices = pd.DataFrame({"a": 100.0, "b": 100.0, "c": 100.0}, index=DAYS)
    thirds = pd.DataFrame(1 / 3, index=DAYS[:1], columns=prices.columns)
    result = simulate(prices, thirds, terms=Terms(whole_shares=True, capital=9000.0))
    assert (result.units.iloc[0] == 30).all()


def test_a_flow_is_traded_to_the_current_target():
    money = pd.Series([1.0], index=DAYS[2:3])
    result = simulate(FLAT, HALF, cost_bps=100, terms=Terms(flows=money))
    np.testing.assert_allclose(result.value.iloc[[1, 2]], [1 / 1.01, 2 / 1.01], rtol=1e-14)
    assert list(result.turnover.index) == [DAYS[0], DAYS[2]]


def test_a_withdrawal_of_more_than_there_is_is_ruin():
    with pytest.raises(BadInput) as caught:
        simulate(FLAT, HALF, terms=Terms(flows=pd.Series([-1.5], index=DAYS[3:4])))
    assert (caught.value.code, caught.value.value) == ("ruined", str(DAYS[3].date()))


def test_a_levered_fall_is_ruin_on_its_day():
    fall = FLAT.copy()
    fall.loc[DAYS[2] :] *= 0.6
    with pytest.raises(BadInput) as caught:
        simulate(fall, HALF * 3, terms=Terms(leverage=3))
    assert (caught.value.code, caught.value.value) == ("ruined", str(DAYS[2].date()))


def test_a_late_start_waits_in_cash_until_the_next_trade():
    late = FLAT.copy()
    late.loc[DAYS[:2], "b"] = np.nan
    twice = pd.DataFrame(0.5, index=DAYS[[0, 3]], columns=["a", "b"])
    weights = simulate(late, twice, terms=Terms(missing="cash")).weights
    assert weights["b"].tolist() == [0, 0, 0, 0.5, 0.5, 0.5]
    with pytest.raises(BadInput, match=str(DAYS[0].date())):
        simulate(late, twice)


def test_an_ended_holding_is_paid_out_at_its_last_price_at_cost():
    ended = FLAT.copy()
    ended["b"] = [50.0, 60.0, 80.0, np.nan, np.nan, np.nan]
    result = simulate(ended, HALF, cost_bps=100, terms=Terms(missing="cash"))
    bought = 1 / 1.01
    np.testing.assert_allclose(result.value.iloc[[2, 3, 5]], bought * np.array([1.3, 1.292, 1.292]), rtol=1e-14)
    assert result.cost[DAYS[3]] == pytest.approx(0.008 * bought)
    assert list(result.turnover.index) == [DAYS[0]]
    with pytest.raises(BadInput, match=str(DAYS[3].date())):
        simulate(ended, HALF, cost_bps=100)


def test_a_hole_is_refused_while_it_is_held_and_only_then():
    hole = FLAT.copy()
    hole.loc[DAYS[2], "b"] = np.nan
    for missing in ("error", "cash"):
        with pytest.raises(BadInput, match=str(DAYS[2].date())) as caught:
            simulate(hole, HALF, terms=Terms(missing=missing))
        assert caught.value.code == "missing_value"
        assert len(simulate(hole, HALF * [1.0, 0.0], terms=Terms(missing=missing)).value) == 6


# --- thirty-three years


@pytest.mark.parametrize(
    ("rule", "terms"),
    [("monthly", Terms()), ("once", Terms(band=0.2, band_kind="relative"))],
    ids=["monthly", "relative band"],
)
def test_thirty_three_years_of_twenty_shares_agree_with_the_slow_twin(rule, terms):
    prices = load("us_large_caps").frame
    targets = pd.DataFrame(1 / 20, index=rebalance_dates(prices.index, rule), columns=prices.columns)
    books = keep_books(prices, targets, cost_bps=5.0, terms=terms)
    result = simulate(prices, targets, cost_bps=5.0, terms=terms)
    np.testing.assert_allclose(result.value, books.series("value"), rtol=1e-9)
    np.testing.assert_allclose(result.turnover, books.series("turnover"), rtol=1e-7, atol=1e-12)
    assert result.turnover.index.equals(books.series("turnover").index)
    assert len(result.turnover) > 300
