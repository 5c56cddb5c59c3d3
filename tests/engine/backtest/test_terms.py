"""Terms of trading: against the slow book-keeper, by identities, and by outcomes worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backtest import Terms, simulate
from engine.errors import BadInput
from tests.engine.backtest.book import Stopped, keep_books
from tests.engine.backtest.worlds import FEATURES, worlds


def run(world):
    return simulate(world.prices, world.targets, **world.asked)


def outcome(ask):
    """What came out, or why nothing did."""
    try:
        return ask(), None
    except BadInput as error:
        return None, (error.code, error.value)
    except Stopped as error:
        return None, (error.code, str(error.day.date()))


def agree(world):
    """Kernel and book-keeper give the same books, or stop for the same reason on the same day."""
    ours, why = outcome(lambda: run(world))
    books, reason = outcome(lambda: keep_books(world.prices, world.targets, **world.asked))
    assert why == reason
    if books is None:
        return
    value = books.series("value")
    assert ours.value.index.equals(value.index)
    np.testing.assert_allclose(ours.value, value, rtol=1e-9)
    assert ours.turnover.index.equals(books.series("turnover").index)
    np.testing.assert_allclose(ours.turnover, books.series("turnover"), rtol=1e-8, atol=1e-11)
    assert ours.cost.sum() == pytest.approx(books.series("cost").sum(), rel=1e-8, abs=1e-11)
    units = np.array(list(books.units.values()))
    np.testing.assert_allclose(ours.units, units, rtol=1e-9, atol=1e-11 * (1 + units.max()))


@pytest.mark.parametrize("feature", FEATURES)
@settings(max_examples=15)
@given(data=st.data())
def test_each_term_is_kept_as_the_slow_twin_keeps_it(feature, data):
    agree(data.draw(worlds([feature])))


@settings(max_examples=200)
@given(worlds())
def test_terms_in_any_combination_are_kept_as_the_slow_twin_keeps_them(world):
    agree(world)


# --- outcomes by hand

DAYS = pd.DatetimeIndex(["2020-01-06", "2020-01-07", "2020-01-08", "2020-01-09", "2020-01-10"])
CLOSE = pd.DataFrame({"a": [100.0, 110, 121, 110, 100], "b": [100.0, 100, 50, 50, 100]}, index=DAYS)
OPEN = pd.DataFrame({"a": [100.0, 100, 115, 120, 105], "b": [100.0, 100, 80, 50, 75]}, index=DAYS)


def weights(*rows):
    """Targets from (day, a, b)."""
    return pd.DataFrame([row[1:] for row in rows], index=DAYS[[row[0] for row in rows]], columns=["a", "b"])


def hole(table, asset, *days):
    """A copy without these prices."""
    out = table.copy()
    out.loc[DAYS[list(days)], asset] = np.nan
    return out


def test_a_dividend_does_not_let_a_trade_at_the_open_see_the_close():
    """With a fill at the open, the close of that day must not move what is traded; the dividend joins the trade."""
    paid = pd.DataFrame({"a": [10.0]}, index=DAYS[2:3])
    targets = weights((0, 1, 0), (1, 0.5, 0.5))
    terms = Terms(dividends=paid)
    result = simulate(CLOSE, targets, fill="next_open", opens=OPEN, terms=terms)
    brought = (115 + 10) / 100
    np.testing.assert_allclose(result.units.loc[DAYS[2]], [brought / 2 / 115, brought / 2 / 80], rtol=1e-13)
    later = CLOSE.copy()
    later.loc[DAYS[2], "a"] = 60.0
    again = simulate(later, targets, fill="next_open", opens=OPEN, terms=terms)
    pd.testing.assert_frame_equal(again.units.iloc[:2], result.units.iloc[:2])
    assert again.turnover[DAYS[2]] == result.turnover[DAYS[2]]


def test_a_dividend_buys_at_the_close_where_nothing_is_traded_at_the_open():
    paid = pd.DataFrame({"a": [11.0]}, index=DAYS[3:4])
    result = simulate(CLOSE, weights((0, 1, 0)), fill="next_open", opens=OPEN, terms=Terms(dividends=paid))
    np.testing.assert_allclose(result.units["a"], [0.01, 0.01, 0.01 * 1.1, 0.01 * 1.1], rtol=1e-13)


def test_dividends_of_a_model_portfolio_fall_with_its_fee():
    """A fee makes the holding smaller, so its dividends too: reinvested or not, the yield stays what it was."""
    flat = pd.DataFrame({"a": [100.0, 100.0]}, index=pd.DatetimeIndex(["2020-01-01", "2020-12-31"]))
    targets = pd.DataFrame({"a": [1.0]}, index=flat.index[:1])
    paid = pd.DataFrame({"a": [4.0]}, index=flat.index[1:])
    for reinvest in (True, False):
        terms = Terms(dividends=paid, reinvest=reinvest, expense_ratio={"a": 0.01})
        result = simulate(flat, targets, terms=terms)
        assert result.value.iloc[-1] == pytest.approx(0.99 * 1.04, rel=1e-13)


def test_a_holding_without_opening_price_is_never_lost():
    """It cannot be sold at a price that is not known, whatever becomes of weights that cannot be bought."""
    opens = hole(OPEN, "a", 3)
    targets = weights((0, 0.5, 0.5), (2, 0, 1))
    for missing in ("error", "cash"):
        with pytest.raises(BadInput, match="2020-01-09") as caught:
            simulate(CLOSE, targets, fill="next_open", opens=opens, terms=Terms(missing=missing))
        assert caught.value.code == "missing_value"


def test_a_band_does_not_look_at_an_asset_without_price():
    """Its weight cannot be moved; the others would be traded back every day for its sake."""
    prices = hole(CLOSE, "b", 0, 1, 2)
    prices["c"] = 100.0
    targets = pd.DataFrame({"a": [0.3], "b": [0.4], "c": [0.3]}, index=DAYS[:1])
    result = simulate(prices.iloc[:4], targets, terms=Terms(band=0.1, missing="cash"))
    assert list(result.turnover.index) == [DAYS[0], DAYS[3]]
    bought = 0.4 + 0.3 * 1.1 + 0.3
    np.testing.assert_allclose(result.weights.loc[DAYS[3]], [0.3, 0.4, 0.3], rtol=1e-13)
    assert result.value[DAYS[3]] == pytest.approx(bought)


def test_a_trade_that_no_value_pays_for_is_ruin():
    """Four times levered, half sold at a cost of 90 %: value + 0.9 |2 value - 4 before| is never the value before."""
    flat = pd.DataFrame({"a": 100.0}, index=DAYS)
    targets = pd.DataFrame({"a": [4.0, 2.0]}, index=DAYS[:2])
    with pytest.raises(BadInput, match="2020-01-07") as caught:
        simulate(flat, targets, cost_bps=9000, terms=Terms(leverage=4))
    assert caught.value.code == "ruined"


@pytest.mark.parametrize("fill", ["same_close", "next_close", "next_open"])
def test_money_that_flows_moves_no_return(fill):
    """Without cost and in one asset, the time-weighted growth is that of the asset, whatever flows and when."""
    money = pd.Series([0.5, -0.3, 2.0], index=DAYS[[1, 2, 4]])
    asked = {"fill": fill, "opens": OPEN}
    targets = weights((0, 1, 0)) if fill != "same_close" else weights((1, 1, 0))
    plain = simulate(CLOSE, targets, **asked)
    flowed = simulate(CLOSE, targets, **asked, terms=Terms(flows=money))
    np.testing.assert_allclose(flowed.returns, plain.returns, rtol=1e-12, atol=1e-15)
    assert flowed.value.iloc[-1] > 2 > plain.value.iloc[-1]
    assert flowed.flows.to_dict() == money.to_dict()


def test_an_amount_without_end_is_refused():
    with pytest.raises(BadInput, match="fixed_cost"):
        Terms(fixed_cost=float("inf"))


# --- the same target again


@settings(max_examples=250)
@given(
    seed=st.integers(0, 2**32 - 1),
    buffer=st.sampled_from([0.0, 0.002, 0.01, 0.05]),
    band=st.sampled_from([None, 0.0, 0.02]),
    whole=st.booleans(),
    fixed=st.sampled_from([0.0, 0.0002, 0.002]),
    leverage=st.sampled_from([1.0, 1.5]),
    cost=st.sampled_from([0.0, 5.0, 60.0, 300.0]),
)
def test_the_same_target_again_at_unchanged_prices_trades_nothing(seed, buffer, band, whole, fixed, leverage, cost):
    rng = np.random.default_rng(seed)
    assets, capital = int(rng.integers(1, 7)), float(rng.choice([1e3, 5e3, 1e5]))
    days = pd.bdate_range("2020-01-01", periods=4)
    path = rng.uniform(5, 300, assets) * np.exp(rng.normal(0, 0.15, (4, assets)))
    path[2:] = path[1]
    mix = rng.dirichlet(np.ones(assets), 2) * rng.choice([leverage, 0.9]) * (rng.random((2, assets)) > 0.1)
    prices = pd.DataFrame(path, index=days)
    targets = pd.DataFrame(mix[[0, 1, 1, 1]], index=days)
    terms = Terms(
        buffer=buffer, band=band, whole_shares=whole, fixed_cost=fixed * capital, leverage=leverage, capital=capital
    )
    result = simulate(prices, targets, cost_bps=cost, terms=terms)
    np.testing.assert_allclose(result.turnover.iloc[2:], 0.0, atol=1e-12)
    np.testing.assert_allclose(result.cost.reindex(days[2:]).fillna(0.0), 0.0, atol=1e-14)
    np.testing.assert_allclose(result.units.iloc[2:], result.units.iloc[[1, 1]], rtol=1e-12)
    if whole:
        assert (result.units % 1 == 0).all(axis=None)
    if whole and leverage == 1:
        assert (result.holdings.cash >= 0).all()
