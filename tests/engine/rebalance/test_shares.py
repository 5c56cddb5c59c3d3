"""Whole shares: cash, caps and the tickets' way back, whatever the prices and weights."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.momentum.caps import ISSUER, LARGE, TOGETHER, project
from engine.rebalance.shares import whole_shares


def cases(least=1, most=60):
    return st.tuples(st.integers(0, 2**31), st.integers(least, most), st.floats(1e3, 1e8), st.floats(0.0, 60.0))


def drawn(seed, count):
    random = np.random.default_rng(seed)
    prices = np.round(np.exp(random.uniform(0.0, 7.0, count)), 2)
    return random, prices


@given(cases())
def test_cash_is_never_negative_and_money_adds_up(case):
    seed, count, account, cost = case
    random, prices = drawn(seed, count)
    weights = random.dirichlet(np.ones(count)) * random.uniform(0.3, 1.0)
    held = random.integers(0, max(int(account / count / prices.max()), 1) + 1, count)
    fixed = random.uniform(size=count) < 0.2
    found = whole_shares(weights, prices, account, held=held, fixed=fixed, cost_bps=cost)
    assert (found.traded[fixed] == 0).all()
    before = float(prices @ held) + account
    assert found.cash >= -1e-6
    assert (found.shares >= 0).all()
    assert found.shares.dtype == np.int64
    assert abs(before - (float(prices @ found.shares) + found.cash + found.cost)) < 1e-6 * before
    assert (found.shares - held == found.traded).all()


@given(cases(least=16))
def test_caps_hold_after_rounding(case):
    seed, count, account, cost = case
    random, prices = drawn(seed, count)
    weights = project(random.exponential(1.0, count) ** 3)
    held = random.integers(0, 5, count)
    found = whole_shares(weights, prices, account, held=held, cost_bps=cost, capped=True)
    after = found.shares * prices / found.value
    assert after.max() <= ISSUER + 1e-12
    assert after[after > LARGE + 1e-12].sum() <= TOGETHER + 1e-12
    assert found.cash >= -1e-6


@given(cases())
def test_no_name_is_further_than_a_share_from_its_weight(case):
    seed, count, account, _ = case
    random, prices = drawn(seed, count)
    weights = random.dirichlet(np.ones(count))
    found = whole_shares(weights, prices, account)
    assert (np.abs(found.shares - weights * account / prices) < 1.0 + 1e-6).all()
    dearest = prices[weights > 0].max()
    assert found.cash < dearest + prices.sum() * 1e-9 or (found.shares >= weights * account / prices - 1e-6).all()


def test_the_largest_remainders_are_served_first():
    found = whole_shares(np.array([0.26, 0.37, 0.37]), np.array([10.0, 10.0, 10.0]), 100.0)
    assert found.shares.tolist() == [2, 4, 4]
    assert found.cash == 0.0


def test_names_that_may_not_be_traded_stay():
    found = whole_shares(
        np.array([0.5, 0.5, 0.0]), np.array([10.0, 20.0, 5.0]), 0.0,
        held=np.array([10, 10, 40]), fixed=np.array([False, False, True]), cost_bps=10.0,
    )  # fmt: skip
    assert found.shares[2] == 40
    assert found.traded[2] == 0
    assert found.cash >= 0.0


@pytest.mark.parametrize(
    ("weights", "prices"),
    [([-0.1, 0.5], [1, 1]), ([0.8, 0.8], [1, 1]), ([0.5, 0.5], [1, np.nan]), ([0.5, 0.5], [1, 0])],
)
def test_what_cannot_be_bought_is_refused(weights, prices):
    with pytest.raises(BadInput):
        whole_shares(np.array(weights, float), np.array(prices, float), 100.0)
