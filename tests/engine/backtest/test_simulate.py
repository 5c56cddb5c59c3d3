"""The kernel against a slow book-keeper, closed forms and its own accounting."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backtest import BacktestResult, rebalance_dates, simulate
from engine.errors import BadInput
from engine.sources import load

# --- a slow and obvious twin


def money_after_trade(held, target, before, rate):
    """The value after a trade, by bisection: value + rate x money traded = value before."""
    low, high = 0.0, before
    for _ in range(200):
        middle = (low + high) / 2
        traded = sum(abs(w * middle - h) for w, h in zip(target, held, strict=True))
        if middle + rate * traded > before:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def book_keeper(prices, targets, cost_bps=0.0, fill="same_close", opens=None):
    """Value at each close, turnover and cost of each fill, by units and cash, one day after the other."""
    closes, days = prices.to_numpy(), list(prices.index)
    at = opens.to_numpy() if fill == "next_open" else closes
    orders = {}
    for day, row in targets.iterrows():
        orders[days.index(day) + (fill != "same_close")] = [row.get(column, 0.0) for column in prices.columns]
    units, cash = [0.0] * closes.shape[1], 1.0
    value, turnover, cost = {}, {}, {}
    for day in range(len(days)):
        if day in orders:
            target = orders[day]
            held = [u * p for u, p in zip(units, at[day], strict=True)]
            before = sum(held) + cash
            after = money_after_trade(held, target, before, cost_bps / 1e4)
            turnover[days[day]] = sum(abs(w - h / before) for w, h in zip(target, held, strict=True))
            cost[days[day]] = before - after
            units = [w * after / p for w, p in zip(target, at[day], strict=True)]
            cash = after - sum(w * after for w in target)
        if turnover:
            value[days[day]] = sum(u * p for u, p in zip(units, closes[day], strict=True)) + cash
    return pd.Series(value), pd.Series(turnover), pd.Series(cost)


@st.composite
def cases(draw, fills=("same_close", "next_close", "next_open")):
    """Prices, opens, targets with cash and missing columns, cost and fill."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    days, assets = draw(st.integers(3, 40)), draw(st.integers(1, 5))
    index = pd.bdate_range("2020-01-01", periods=days)
    names = [f"A{k}" for k in range(assets)]
    prices = pd.DataFrame(100 * np.exp(rng.normal(0, 0.05, (days, assets)).cumsum(axis=0)), index=index, columns=names)
    opens = prices * np.exp(rng.normal(0, 0.02, (days, assets)))
    rows = sorted(draw(st.sets(st.integers(0, days - 2), min_size=1, max_size=8)))
    held = names[: draw(st.integers(1, assets))]
    raw = rng.exponential(size=(len(rows), len(held))) * (rng.random((len(rows), len(held))) > 0.2)
    invested = draw(st.sampled_from([0.3, 0.9, 1.0]))
    weights = invested * raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-9)
    targets = pd.DataFrame(weights, index=index[rows], columns=held)
    return prices, targets, draw(st.sampled_from([0.0, 5.0, 50.0, 500.0])), draw(st.sampled_from(fills)), opens


@given(cases())
def test_the_kernel_keeps_the_same_books_as_the_slow_twin(case):
    prices, targets, cost, fill, opens = case
    result = simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens)
    value, turnover, paid = book_keeper(prices, targets, cost, fill, opens)
    assert result.value.index.equals(value.index)
    np.testing.assert_allclose(result.value, value, rtol=1e-12)
    np.testing.assert_allclose(result.turnover, turnover, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(result.cost, paid, rtol=1e-10, atol=1e-13)


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.sampled_from([0.3, 0.03, 0.001]))
def test_a_trade_whose_cost_turns_buys_into_sales_is_solved_exactly(seed, assets, distance):
    """Targets near what is held, and a cost so high that paying it changes the side of some trades."""
    rng = np.random.default_rng(seed)
    prices = pd.DataFrame(np.exp(rng.normal(0, 0.1, (3, assets))), index=pd.bdate_range("2020-01-01", periods=3))
    first = simulate(prices, pd.DataFrame(1 / assets, index=prices.index[:1], columns=prices.columns))
    near = first.weights.iloc[1] * np.exp(rng.normal(0, distance, assets))
    rows = [np.full(assets, 1 / assets), near / near.sum() * rng.uniform(1 - distance, 1.0)]
    targets = pd.DataFrame(rows, index=prices.index[:2], columns=prices.columns)
    result = simulate(prices, targets, cost_bps=4000)
    value, turnover, cost = book_keeper(prices, targets, 4000)
    np.testing.assert_allclose(result.value, value, rtol=1e-12)
    np.testing.assert_allclose(result.turnover, turnover, rtol=1e-10)
    np.testing.assert_allclose(result.cost, cost, rtol=1e-10)


@given(cases(fills=("same_close", "next_close")))
def test_the_parts_sum_to_the_whole(case):
    """Each day's gain is that of the assets held; each cost is the rate on the money traded. Nothing else moves value."""
    prices, targets, cost, fill, _ = case
    result = simulate(prices, targets, cost_bps=cost, fill=fill)
    moves = prices.pct_change().reindex(result.value.index).iloc[1:]
    earned = (result.weights.shift(1).iloc[1:] * moves).sum(axis=1) * result.value.shift(1).iloc[1:]
    paid = result.cost.reindex(result.value.index).fillna(0.0)
    np.testing.assert_allclose(result.value.diff().iloc[1:], earned - paid.iloc[1:], atol=1e-12)
    assert result.value.iloc[0] == pytest.approx(1.0 - result.cost.iloc[0], abs=1e-15)
    before = result.value.loc[result.cost.index] + result.cost
    drifted = result.weights.loc[result.cost.index] * result.value.loc[result.cost.index].to_numpy()[:, None]
    for day in result.cost.index[1:]:
        yesterday = result.value.index[result.value.index.get_loc(day) - 1]
        held = result.weights.loc[yesterday] * result.value[yesterday] * (1 + moves.loc[day])
        traded = (drifted.loc[day] - held).abs().sum()
        assert result.cost[day] == pytest.approx(cost / 1e4 * traded, abs=1e-12)
        target = targets.reindex(columns=prices.columns, fill_value=0.0)
        known = day if fill == "same_close" else yesterday
        assert result.turnover[day] == pytest.approx((target.loc[known] - held / before[day]).abs().sum(), abs=1e-12)


@given(cases())
def test_weights_are_shares_of_the_value(case):
    prices, targets, cost, fill, opens = case
    result = simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens)
    total = result.weights.sum(axis=1)
    assert (result.weights >= 0).all(axis=None)
    assert (total <= 1 + 1e-12).all()
    if np.allclose(targets.sum(axis=1), 1.0):
        np.testing.assert_allclose(total, 1.0, atol=1e-12)


@given(cases(fills=("same_close", "next_close")))
def test_weights_after_a_fill_are_the_target(case):
    prices, targets, cost, fill, _ = case
    result = simulate(prices, targets, cost_bps=cost, fill=fill)
    wanted = targets.reindex(columns=prices.columns, fill_value=0.0)
    np.testing.assert_allclose(result.weights.loc[result.turnover.index], wanted, atol=1e-12)


@given(cases(fills=("same_close",)), st.data())
def test_rebalancing_to_what_is_held_changes_nothing(case, data):
    prices, targets, cost, _, _ = case
    plain = simulate(prices, targets, cost_bps=cost)
    free = [day for day in plain.value.index if day not in targets.index]
    if not free:
        return
    day = data.draw(st.sampled_from(free))
    wanted = targets.reindex(columns=prices.columns, fill_value=0.0)
    twice = pd.concat([wanted, plain.weights.loc[[day]]]).sort_index()
    again = simulate(prices, twice, cost_bps=cost)
    np.testing.assert_allclose(again.value, plain.value, rtol=1e-12)
    assert again.turnover[day] < 1e-12
    assert again.cost[day] < 1e-12


@given(cases())
def test_a_dearer_trade_never_leaves_more(case):
    prices, targets, _, fill, opens = case
    values = [simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens).value for cost in (0, 1, 10, 100, 1000)]
    for cheap, dear in pairwise(values):
        assert (dear <= cheap * (1 + 1e-12)).all()
    if targets.iloc[0].sum() > 0.1:
        assert values[-1].iloc[0] < values[0].iloc[0]


@given(cases(), st.integers(1, 39))
def test_data_that_come_later_change_nothing_before(case, cut):
    prices, targets, cost, fill, opens = case
    cut = min(cut, len(prices))
    known = prices.index[cut - 1]
    first = prices.index[prices.index.get_loc(targets.index[0]) + (fill != "same_close")]
    if first > known:
        return
    whole = simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens)
    part = simulate(prices.iloc[:cut], targets.loc[:known], cost_bps=cost, fill=fill, opens=opens.iloc[:cut])
    pd.testing.assert_series_equal(part.value, whole.value.loc[:known], rtol=1e-12, check_freq=False)
    pd.testing.assert_frame_equal(part.weights, whole.weights.loc[:known], atol=1e-12, check_freq=False)
    poisoned = prices.copy()
    poisoned.iloc[cut:] *= np.random.default_rng(cut).uniform(0.1, 9.0, poisoned.iloc[cut:].shape)
    after = simulate(poisoned, targets, cost_bps=cost, fill=fill, opens=opens)
    pd.testing.assert_series_equal(after.value.loc[:known], whole.value.loc[:known], rtol=1e-12)


@given(cases(), st.floats(0.01, 100))
def test_the_unit_of_a_price_does_not_matter(case, unit):
    prices, targets, cost, fill, opens = case
    one = simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens).value
    other = simulate(prices * unit, targets, cost_bps=cost, fill=fill, opens=opens * unit).value
    np.testing.assert_allclose(one, other, rtol=1e-11)


@given(cases())
def test_the_input_is_left_as_it_was(case):
    prices, targets, cost, fill, opens = case
    before = prices.copy(), targets.copy(), opens.copy()
    simulate(prices, targets, cost_bps=cost, fill=fill, opens=opens)
    for frame, copy in zip((prices, targets, opens), before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


# --- timing, by hand

DAYS = pd.DatetimeIndex(["2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09", "2020-01-10"])
CLOSE = pd.DataFrame({"a": [100.0, 110, 121, 133.1, 146.41], "b": [100.0, 100, 50, 50, 100]}, index=DAYS)
OPEN = pd.DataFrame({"a": [100.0, 105, 115, 125, 140], "b": [100.0, 100, 80, 50, 75]}, index=DAYS)


def weights(*rows):
    """Targets from (day, a, b)."""
    return pd.DataFrame([row[1:] for row in rows], index=DAYS[[row[0] for row in rows]], columns=["a", "b"])


@pytest.mark.parametrize(
    ("fill", "value"),
    [
        ("same_close", [1, 1.1, 1.21, 1.331, 1.4641]),
        ("next_close", [1, 1.1, 1.21, 1.331]),
        ("next_open", [110 / 105, 121 / 105, 133.1 / 105, 146.41 / 105]),
    ],
)
def test_the_first_return_earned_depends_on_the_fill(fill, value):
    result = simulate(CLOSE, weights((0, 1, 0)), fill=fill, opens=OPEN)
    assert result.value.index.equals(DAYS[-len(value) :])
    np.testing.assert_allclose(result.value, value, rtol=1e-13)
    assert result.turnover.to_dict() == {DAYS[0 if fill == "same_close" else 1]: 1.0}


@pytest.mark.parametrize(
    ("fill", "value"),
    [
        ("same_close", [1, 1.1, 1.1 * 0.5, 1.1 * 0.5, 1.1]),  # b from the close of day 1
        ("next_close", [1, 1.1, 1.1, 2.2]),  # a from day 1, b from the close of day 2
        ("next_open", [110 / 105, 115 / 105 * 50 / 80, 115 / 105 * 50 / 80, 115 / 105 * 100 / 80]),
    ],
)
def test_a_switch_takes_the_price_of_its_fill(fill, value):
    result = simulate(CLOSE, weights((0, 1, 0), (1, 0, 1)), fill=fill, opens=OPEN)
    np.testing.assert_allclose(result.value, value, rtol=1e-13)
    assert list(result.turnover) == pytest.approx([1.0, 2.0])


def test_drift_is_not_rebalanced_by_itself():
    result = simulate(CLOSE, weights((0, 0.5, 0.5)))
    np.testing.assert_allclose(result.value, 0.5 * CLOSE["a"] / 100 + 0.5 * CLOSE["b"] / 100, rtol=1e-13)
    assert result.weights.loc[DAYS[2], "a"] == pytest.approx(0.605 / 0.855)


def test_what_is_not_invested_is_cash_that_earns_nothing():
    result = simulate(CLOSE, weights((0, 0.25, 0.25)))
    np.testing.assert_allclose(result.value, 0.5 + 0.25 * CLOSE["a"] / 100 + 0.25 * CLOSE["b"] / 100, rtol=1e-13)
    assert result.weights.iloc[0].sum() == pytest.approx(0.5)


def test_no_weight_at_all_is_all_cash():
    result = simulate(CLOSE, weights((0, 0, 0)), cost_bps=50)
    assert list(result.value) == [1.0] * 5
    assert list(result.cost) == [0.0]


def test_selling_everything_leaves_cash():
    result = simulate(CLOSE, weights((0, 1, 0), (2, 0, 0)), cost_bps=100)
    bought = 1 / 1.01
    np.testing.assert_allclose(result.value.iloc[2:], bought * 1.21 * 0.99, rtol=1e-13)
    assert result.turnover.iloc[1] == pytest.approx(1.0)


def test_the_first_cost_is_paid_from_the_first_value():
    result = simulate(CLOSE, weights((0, 0.5, 0.5)), cost_bps=10)
    assert result.value.iloc[0] == pytest.approx(1 / 1.001, rel=1e-15)
    assert result.value.iloc[0] == 1.0 - result.cost.iloc[0]
    assert list(result.turnover) == [1.0]


def test_a_full_switch_costs_both_sides():
    result = simulate(CLOSE, weights((0, 1, 0), (1, 0, 1)), cost_bps=100)
    before = 1.1 / 1.01
    assert result.value.iloc[1] == pytest.approx(before * (1 - 0.01) / (1 + 0.01), rel=1e-14)
    assert result.cost.iloc[1] == pytest.approx(before - result.value.iloc[1], rel=1e-12)


def test_an_absent_column_is_a_weight_of_zero():
    one = simulate(CLOSE, weights((0, 0.7, 0)))
    other = simulate(CLOSE, weights((0, 0.7, 0))[["a"]])
    pd.testing.assert_series_equal(one.value, other.value)
    assert list(other.weights.columns) == ["a", "b"]


def test_the_order_of_target_columns_does_not_matter():
    one = simulate(CLOSE, weights((0, 0.7, 0.3), (2, 0.1, 0.9)), cost_bps=10)
    other = simulate(CLOSE, weights((0, 0.7, 0.3), (2, 0.1, 0.9))[["b", "a"]], cost_bps=10)
    pd.testing.assert_series_equal(one.value, other.value)


# --- pending


@pytest.mark.parametrize("fill", ["next_close", "next_open"])
def test_a_target_of_the_last_day_is_pending(fill):
    targets = weights((0, 1, 0), (4, 0, 1))
    result = simulate(CLOSE, targets, fill=fill, opens=OPEN)
    pd.testing.assert_frame_equal(result.pending, targets.iloc[[1]])
    pd.testing.assert_series_equal(result.value, simulate(CLOSE, targets.iloc[[0]], fill=fill, opens=OPEN).value)


def test_at_the_same_close_nothing_is_pending():
    result = simulate(CLOSE, weights((0, 1, 0), (4, 0, 1)), cost_bps=10)
    assert len(result.pending) == 0
    assert list(result.turnover.index) == [DAYS[0], DAYS[4]]
    assert result.weights.iloc[-1]["b"] == pytest.approx(1.0)


def test_when_everything_is_pending_nothing_can_be_simulated():
    with pytest.raises(BadInput, match="no row that can be filled"):
        simulate(CLOSE, weights((4, 1, 0)), fill="next_close")


# --- prices that are missing


def test_an_asset_that_is_not_held_needs_no_price():
    prices = CLOSE.copy()
    prices.loc[DAYS[:2], "b"] = np.nan
    result = simulate(prices, weights((0, 1, 0), (2, 0.5, 0.5)))
    assert np.isfinite(result.value).all()
    assert result.value.iloc[-1] == pytest.approx(1.21 * (0.5 * 146.41 / 121 + 0.5 * 2))
    assert (result.weights.loc[DAYS[:2], "b"] == 0).all()


@pytest.mark.parametrize("day", [0, 1, 4])
def test_a_held_asset_without_price_is_refused_with_the_date(day):
    prices = CLOSE.copy()
    prices.loc[DAYS[day], "a"] = np.nan
    with pytest.raises(BadInput, match=f"{DAYS[day]:%Y-%m-%d}") as caught:
        simulate(prices, weights((0, 0.5, 0.5)))
    assert caught.value.code == "missing_value"


@pytest.mark.parametrize("order", [0, 1])
def test_a_fill_without_opening_price_is_refused_with_the_date(order):
    opens = OPEN.copy()
    opens.iloc[2 * order + 1, 0] = np.nan
    with pytest.raises(BadInput, match=f"{DAYS[2 * order + 1]:%Y-%m-%d}"):
        simulate(CLOSE, weights((0, 0.5, 0.5), (2, 0.9, 0.1)), fill="next_open", opens=opens)


@pytest.mark.parametrize("price", [0.0, -1.0, np.inf])
@pytest.mark.parametrize("table", ["prices", "opens"])
def test_a_price_that_is_no_price_is_refused(table, price):
    frames = {"prices": CLOSE.copy(), "opens": OPEN.copy()}
    frames[table].iloc[2, 1] = price
    with pytest.raises(BadInput, match="2020-01-08") as caught:
        simulate(frames["prices"], weights((0, 1, 0)), fill="next_open", opens=frames["opens"])
    assert (caught.value.code, caught.value.field) == ("bad_number", table)


# --- refusals

GOOD = weights((0, 0.5, 0.5), (2, 0.4, 0.6))


@pytest.mark.parametrize(
    ("options", "code", "field", "text"),
    [
        ({"fill": "next_week"}, "unknown_choice", "fill", "next_open"),
        ({"cost_bps": -1}, "bad_number", "cost_bps", "-1"),
        ({"cost_bps": 10_000}, "bad_number", "cost_bps", "10000"),
        ({"cost_bps": float("nan")}, "bad_number", "cost_bps", "nan"),
        ({"fill": "next_open"}, "no_opens", "opens", "opening prices"),
        ({"fill": "next_open", "opens": OPEN.iloc[1:]}, "no_opens", "opens", "opening prices"),
        ({"fill": "next_open", "opens": OPEN[["b", "a"]]}, "no_opens", "opens", "same dates and columns"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, code, field, text):
    with pytest.raises(BadInput, match=text) as caught:
        simulate(CLOSE, GOOD, **options)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("targets", "code", "text"),
    [
        (GOOD.set_axis(pd.DatetimeIndex(["2020-01-06", "2020-01-11"])), "range_outside", "2020-01-11"),
        (GOOD.set_axis(pd.DatetimeIndex(["2020-01-03", "2020-01-08"])), "range_outside", "2020-01-06 to 2020-01-10"),
        (GOOD.rename(columns={"b": "c"}), "unknown_choice", "'c' is not known. Accepted: a, b"),
        (GOOD.replace(0.4, np.nan), "missing_value", "2020-01-08"),
        (GOOD.replace(0.4, -0.1), "bad_number", "2020-01-08"),
        (GOOD.replace(0.4, 0.41), "bad_number", "2020-01-08"),
        (GOOD.iloc[::-1], "bad_index", "target_weights"),
        (GOOD.iloc[[0, 0]], "bad_index", "target_weights"),
        (GOOD.iloc[:0], "bad_index", "target_weights"),
        (GOOD.reset_index(drop=True), "bad_index", "target_weights"),
        (GOOD.tz_localize("UTC"), "bad_index", "target_weights"),
    ],
    ids=["late", "early", "stranger", "hole", "short", "too much", "backwards", "twice", "empty", "no dates", "zone"],
)
def test_targets_that_cannot_be_used_are_refused(targets, code, text):
    with pytest.raises(BadInput, match=text) as caught:
        simulate(CLOSE, targets)
    assert (caught.value.code, caught.value.field) == (code, "target_weights")


@pytest.mark.parametrize(
    "prices",
    [CLOSE.iloc[::-1], CLOSE.iloc[[0, 0, 1]], CLOSE.iloc[:0], CLOSE.reset_index(drop=True), CLOSE.tz_localize("UTC")],
    ids=["backwards", "twice", "empty", "no dates", "zone"],
)
def test_prices_that_cannot_be_used_are_refused(prices):
    with pytest.raises(BadInput) as caught:
        simulate(prices, GOOD)
    assert (caught.value.code, caught.value.field) == ("bad_index", "prices")


def test_a_sum_of_one_up_to_rounding_is_accepted():
    thirds = pd.DataFrame(1 / 3, index=DAYS[:1], columns=["a", "b", "c"])
    prices = CLOSE.assign(c=1.0)
    assert simulate(prices, thirds).value.iloc[0] == pytest.approx(1.0, abs=1e-9)
    assert simulate(CLOSE, weights((0, 0.1 + 0.2, 0.7))).value.iloc[0] == pytest.approx(1.0, abs=1e-9)


def test_the_result_says_how_it_was_made():
    result = simulate(CLOSE, GOOD, cost_bps=7, fill="next_close")
    assert isinstance(result, BacktestResult)
    assert (result.fill, result.cost_bps) == ("next_close", 7)
    with pytest.raises(AttributeError):
        result.fill = "same_close"


# --- thirty-three years of twenty shares, closed forms


def shares():
    return load("us_large_caps").frame


def equal(rule):
    dates = rebalance_dates(shares().index, rule)
    return pd.DataFrame(1 / 20, index=dates, columns=shares().columns)


def test_buy_and_hold_is_the_mean_of_the_growths():
    result = simulate(shares(), equal("once"), cost_bps=10)
    growth = (shares() / shares().iloc[0]).mean(axis=1)
    np.testing.assert_allclose(result.value, growth / 1.001, rtol=1e-12)
    assert len(result.value) == 8313


def test_daily_rebalancing_without_cost_earns_the_mean_return():
    result = simulate(shares(), equal("daily"))
    earned = (1 + shares().pct_change().mean(axis=1)).cumprod().fillna(1.0)
    np.testing.assert_allclose(result.value, earned, rtol=1e-11)


def test_monthly_rebalancing_without_cost_is_a_chain_of_buy_and_hold():
    result = simulate(shares(), equal("monthly"))
    ends = equal("monthly").index
    chained = (1 + (shares().loc[ends].pct_change().iloc[1:]).mean(axis=1)).cumprod()
    np.testing.assert_allclose(result.value.loc[ends[1:]], chained, rtol=1e-12)


def test_monthly_rebalancing_with_cost_agrees_with_the_slow_twin():
    prices = shares().loc["2018":]
    dates = rebalance_dates(prices.index, "monthly")
    targets = pd.DataFrame(1 / 20, index=dates, columns=prices.columns)
    value, turnover, cost = book_keeper(prices, targets, 10.0)
    result = simulate(prices, targets, cost_bps=10)
    np.testing.assert_allclose(result.value, value, rtol=1e-12)
    np.testing.assert_allclose(result.turnover, turnover, rtol=1e-10)
    np.testing.assert_allclose(result.cost, cost, rtol=1e-8, atol=1e-15)


def test_a_fixed_mix_agrees_with_skfolio():
    from skfolio import Portfolio

    returns = shares().pct_change().iloc[1:]
    theirs = Portfolio(X=returns, weights=np.full(20, 1 / 20))
    ours = simulate(shares(), equal("daily")).value.pct_change().iloc[1:]
    np.testing.assert_allclose(ours, theirs.returns, rtol=1e-9, atol=1e-13)
