"""Orders of a product from any holdings to any target: what must hold whatever was drawn."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.momentum.caps import ISSUER, LARGE, TOGETHER, project
from engine.rebalance import accounts
from engine.rebalance.book import Prices, checks, moved, still, trade, weights_of
from engine.rebalance.history import Held
from engine.rebalance.tickets import order_files, read_orders, reimported

ACCOUNT = accounts(("ai_momentum",))[0]


@st.composite
def days(draw):
    """Prices, a capped target, holdings, cash, and names that may not be or cannot be traded today."""
    random = np.random.default_rng(draw(st.integers(0, 2**31)))
    count = draw(st.integers(18, 60))
    names = [f"T{at:02d}" for at in range(count)]
    last = {name: float(np.round(np.exp(random.uniform(0.5, 6.0)), 2)) for name in names}
    wanted = random.choice(count, size=int(random.integers(16, count + 1)), replace=False)
    target = dict(
        zip([names[at] for at in wanted], project(random.exponential(1.0, len(wanted)) ** 2).tolist(), strict=True)
    )
    held = random.choice(count, size=int(random.integers(0, count)), replace=False)
    shares = {names[at]: int(random.integers(1, 400_000 / last[names[at]] + 2)) for at in held}
    dark = {name for name in names if random.uniform() < draw(st.sampled_from([0.0, 0.1]))}
    restricted = frozenset(name for name in names if random.uniform() < draw(st.sampled_from([0.0, 0.1])))
    prices = Prices(last, frozenset(names) - dark, dict.fromkeys(names, 1e9))
    return target, shares, float(random.uniform(1e4, 1e7)), prices, restricted


@given(days())
def test_every_book_keeps_its_rules(case):
    target, shares, cash, prices, restricted = case
    book = trade(ACCOUNT, target, shares, cash, prices, restricted)
    tradable = prices.today - restricted
    assert all(order["ticker"] in tradable for order in book["orders"])
    assert all(isinstance(order["shares"], int) and order["shares"] != 0 for order in book["orders"])
    assert book["cash"] >= -1e-6
    assert all(count > 0 for count in book["holdings"].values())
    fixed = {name: count for name, count in shares.items() if name not in tradable}
    assert all(book["holdings"][name] == count for name, count in fixed.items())
    before = sum(count * prices.last[name] for name, count in shares.items()) + cash
    assert book["value"] + book["cost"] == pytest.approx(before, rel=1e-12)
    own = [weight for name, weight in book["after"].items() if name in tradable]
    assert max(own, default=0.0) <= ISSUER + 1e-12
    large = sum(weight for weight in own if weight > LARGE + 1e-12)
    stays = sum(weight for name, weight in book["after"].items() if name not in tradable and weight > LARGE + 1e-12)
    assert large == 0.0 or large + stays <= TOGETHER + 1e-9
    states = {gate.name: gate.state for gate in checks(ACCOUNT, book, prices, None, restricted)}
    assert "stopped" not in states.values()


@given(days())
def test_tickets_come_back_as_the_same_weights(case):
    target, shares, cash, prices, restricted = case
    book = trade(ACCOUNT, target, shares, cash, prices, restricted)
    files = order_files(ACCOUNT, book, date(2018, 11, 30), hindsight="")
    csv = files["ai_momentum-orders.csv"]
    assert read_orders(csv) == book["orders"]
    assert reimported(csv, shares, cash, book["cost"], book["prices"]) == pytest.approx(book["after"], abs=1e-12)


@given(days())
def test_trading_again_at_once_trades_next_to_nothing(case):
    target, shares, cash, prices, _ = case
    prices = replace(prices, today=frozenset(prices.last))
    first = trade(ACCOUNT, target, shares, cash, prices, frozenset())
    again = trade(ACCOUNT, target, first["holdings"], first["cash"], prices, frozenset())
    dearest = max(prices.last.values())
    assert again["turnover"] <= 0.004 + len(prices.last) * dearest / again["value"]


def test_equal_orders_have_equal_files():
    book = trade(ACCOUNT, {f"T{at:02d}": 1 / 20 for at in range(20)}, {}, 1e6,
                 Prices({f"T{at:02d}": 10.0 + at for at in range(20)}, frozenset(f"T{at:02d}" for at in range(20)), {}),
                 frozenset())  # fmt: skip
    one, other = (order_files(ACCOUNT, book, date(2018, 11, 30), hindsight="") for _ in range(2))
    assert one == other
    assert read_orders(one["ai_momentum-orders.xlsx"]) == book["orders"]


def test_what_is_held_without_a_price_is_an_error():
    with pytest.raises(BadInput, match="GONE"):
        weights_of({"GONE": 3}, 10.0, {"A": 1.0})


def test_a_book_without_orders_only_drifts():
    held = Held("r", date(2018, 10, 31), {"A": 10, "B": 10}, 0.0, {"A": 0.5, "B": 0.5}, {"A": 1.0, "B": 1.0})
    book = still(ACCOUNT, dict(held.shares), held.cash, held.target, {"A": 3.0, "B": 1.0})
    assert book["orders"] == []
    assert book["after"] == {"A": 0.75, "B": 0.25}
    assert moved(book["after"], held.target) == 0.25


@pytest.mark.parametrize(
    "broken",
    [b"ticker,shares\nA,1\n", b"ticker,side,shares,price\nA,buy,1.5,2\n", b"ticker,side,shares,price\nA,lend,1,2\n"],
)
def test_a_ticket_that_is_none_is_refused(broken):
    with pytest.raises(BadInput, match="row 2"):
        read_orders(broken)
