"""The solver beside complete enumeration, SCIP and its own rules."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from engine.allocation import allocate
from engine.allocation.adapter import shares as adapted
from engine.errors import BadInput, Infeasible
from tests.engine.allocation.cases import enumerated, market, tracking_error

SEEDS = range(12)


def counts(found, names):
    return found.basket.reindex(names).fillna(0).to_numpy()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("account", [60.0, 145.0])
def test_small_accounts_equal_complete_enumeration(seed, account):
    prices, weights, covariance, _ = market(seed, 8, cheapest=15.0)
    best, _ = enumerated(prices, weights, covariance, account)
    found = allocate(prices, weights, covariance, account, seconds=5.0)
    assert found.tracking_error == pytest.approx(best, abs=1e-9)
    assert found.lower_bound <= best + 1e-9
    assert found.status == ("optimal" if len(found.basket) else "all_cash")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("options", "keep"),
    [
        ({"max_lines": 2}, lambda x: (x > 0).sum(axis=1) <= 2),
        ({"minimum_order": 60.0}, None),
        ({"cash_max": 0.1}, None),
        ({"required": ("F01",)}, lambda x: x[:, 1] >= 1),
        ({"forbidden": ("F00", "F02")}, lambda x: (x[:, 0] == 0) & (x[:, 2] == 0)),
    ],
    ids=["max_lines", "minimum_order", "cash_max", "required", "forbidden"],
)
def test_rules_equal_complete_enumeration(seed, options, keep):
    prices, weights, covariance, _ = market(seed, 6, cheapest=15.0, dearest=90.0)
    account, money = 150.0, prices.to_numpy()
    if keep is None and "cash_max" in options:
        keep = lambda x: x @ money >= account * 0.9 - 1e-9  # noqa: E731
    elif keep is None:
        keep = lambda x: ((x == 0) | (x * money >= 60.0 - 1e-9)).all(axis=1)  # noqa: E731
    best, at = enumerated(prices, weights, covariance, account, keep)
    if at is None:
        with pytest.raises(Infeasible):
            allocate(prices, weights, covariance, account, seconds=5.0, **options)
        return
    found = allocate(prices, weights, covariance, account, seconds=5.0, **options)
    assert keep(counts(found, prices.index)[None, :]).all()
    assert found.tracking_error == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_holdings_trades_and_no_sell_equal_complete_enumeration(seed):
    prices, weights, covariance, _ = market(seed, 6, cheapest=25.0, dearest=60.0)
    held = pd.Series([1.0, 0.0, 2.0], prices.index[:3])
    start = held.reindex(prices.index).fillna(0).to_numpy()
    account = float(start @ prices.to_numpy()) + 90.0
    for options, keep in (
        ({"no_sell": True}, lambda x: (x >= start).all(axis=1)),
        ({"max_trades": 2}, lambda x: (x != start).sum(axis=1) <= 2),
        ({"no_sell": True, "max_trades": 1}, lambda x: (x >= start).all(axis=1) & ((x != start).sum(axis=1) <= 1)),
    ):
        best, _ = enumerated(prices, weights, covariance, account, keep)
        found = allocate(prices, weights, covariance, account, holdings=held, seconds=5.0, **options)
        assert keep(counts(found, prices.index)[None, :]).all()
        assert found.tracking_error == pytest.approx(best, abs=1e-9)


@settings(max_examples=120)
@given(
    seed=st.integers(0, 10**6),
    funds=st.integers(1, 25),
    account=st.floats(5.0, 50_000.0),
    no_sell=st.booleans(),
    lines=st.none() | st.integers(1, 6),
    fractional=st.booleans(),
    tolerance=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_random_instances_keep_every_rule(seed, funds, account, no_sell, lines, fractional, tolerance):
    prices, weights, covariance, mix = market(seed, funds)
    rng = np.random.default_rng(seed)
    held = pd.Series(np.floor(rng.random(funds) * 2 * account / funds / prices.to_numpy()), prices.index)
    assume(lines is None or not no_sell or (held > 0).sum() <= lines)
    options = {
        "holdings": held,
        "no_sell": no_sell,
        "max_lines": lines,
        "fractional": fractional,
        "tolerance": tolerance,
    }
    if float(held @ prices) > account:
        with pytest.raises(BadInput):
            allocate(prices, weights, covariance, account, **options)
        return
    found = allocate(prices, weights, covariance, account, lookthrough=mix, seconds=0.05, **options)
    after = counts(found, prices.index)
    units = after * 1000 if fractional else after
    assert np.abs(units - np.rint(units)).max() < 1e-6
    assert fractional or found.basket.dtype == np.int64
    assert after @ prices.to_numpy() <= account * (1 + 1e-9)
    assert not no_sell or (after >= held.to_numpy() - 1e-9).all()
    assert lines is None or len(found.basket) <= lines
    assert found.tracking_error == pytest.approx(tracking_error(after, prices, weights, covariance, account), abs=1e-9)
    assert found.lower_bound <= found.best_tracking_error <= found.tracking_error + 1e-12
    assert found.cash_weight == pytest.approx(1 - after @ prices.to_numpy() / account, abs=1e-9)
    assert found.utility_loss == pytest.approx(1.5 * found.tracking_error**2)
    assert 0.0 <= found.resolution <= 1.0 + 1e-9
    if lines is None and not held.any():
        assert found.tracking_error <= found.naive_tracking_error + 1e-12


@pytest.mark.parametrize("seed", [3, 5, 8])
def test_lower_bounds_hold_against_a_long_search(seed):
    prices, weights, covariance, _ = market(seed, 18)
    quick = allocate(prices, weights, covariance, 700.0, effort="quick", seconds=0.02)
    long = allocate(prices, weights, covariance, 700.0, seconds=3.0)
    assert quick.lower_bound <= long.tracking_error + 1e-12


def test_the_answer_does_not_depend_on_the_run():
    prices, weights, covariance, _ = market(4, 20)
    first, second = (allocate(prices, weights, covariance, 400.0, seconds=20.0) for _ in range(2))
    pd.testing.assert_series_equal(first.shares, second.shares)


def test_the_second_stage_gives_up_tracking_error_for_lines_within_its_tolerance():
    fewer = 0
    for seed in SEEDS:
        prices, weights, covariance, _ = market(seed, 15)
        best = allocate(prices, weights, covariance, 900.0)
        simple = allocate(prices, weights, covariance, 900.0, tolerance=0.5)
        assert simple.tracking_error <= max(best.tracking_error * 1.5, best.tracking_error + 0.0005) + 1e-9
        assert len(simple.basket) <= len(best.basket)
        fewer += len(simple.basket) < len(best.basket)
    assert fewer >= 6


def test_among_equal_funds_the_second_stage_takes_the_cheaper_one():
    names = ["line", "dear", "cheap"]
    covariance = pd.DataFrame(np.full((3, 3), 0.04) + np.diag([1e-6, 1e-6, 2e-6]), names, names)
    fees, prices = pd.Series([0.0, 0.005, 0.0003], names), pd.Series([1000.0, 10.0, 10.0], names)
    model = pd.Series({"line": 1.0})
    best = allocate(prices, model, covariance, 100.0, fees=fees)
    cheap = allocate(prices, model, covariance, 100.0, fees=fees, tolerance=0.5)
    assert best.basket["dear"] >= best.basket.get("cheap", 0)
    assert dict(cheap.basket) == {"cheap": 10}
    assert cheap.cost < best.cost


def test_the_utility_loss_is_that_of_an_investor_for_whom_the_model_is_best():
    prices, weights, covariance, _ = market(11, 8)
    found = allocate(prices, weights, covariance, 500.0, risk_aversion=4.0)
    w, m, sigma = found.weights.reindex(prices.index).fillna(0).to_numpy(), weights.to_numpy(), covariance.to_numpy()
    expected = 4.0 * sigma @ m
    utility = [expected @ v - 2.0 * v @ sigma @ v for v in (m, w)]
    assert found.utility_loss == pytest.approx(utility[0] - utility[1], rel=1e-9)


def test_the_adapter_answers_in_the_order_of_the_tickers():
    prices, weights, covariance, _ = market(2, 9)
    found = allocate(prices, weights, covariance, 300.0)
    told = adapted(list(prices.index), prices.to_numpy(), weights.to_numpy(), covariance.to_numpy(), 300.0)
    assert dict(zip(prices.index[told > 0], told[told > 0], strict=True)) == dict(found.basket)


def test_a_model_of_rows_that_nobody_can_buy():
    prices, _, covariance, _ = market(6, 8)
    sleeves = pd.DataFrame(covariance.to_numpy() + 0.0, prices.index, prices.index)
    model = pd.Series([0.5, 0.5], ["F00", "F01"])
    found = allocate(prices.drop(["F00", "F01"]), model, sleeves, 1_000.0, sleeves=("F00", "F01"))
    assert not {"F00", "F01"} & set(found.basket.index)
    assert found.tracking_error > 0.0
    assert not [note for note in found.notes if note.code == "model_line_without_price"]


@pytest.mark.parametrize("account", [145.0, 400.0])
def test_scip_agrees(account):
    pytest.importorskip("pyscipopt")
    import cvxpy as cp

    prices, weights, covariance, _ = market(21, 12)
    step = prices.to_numpy() / account
    x = cp.Variable(len(prices), integer=True)
    root = np.linalg.cholesky(covariance.to_numpy()).T * 100.0
    problem = cp.Problem(
        cp.Minimize(cp.norm(root @ (cp.multiply(step, x) - weights.to_numpy()))), [x >= 0, step @ x <= 1]
    )
    problem.solve(solver=cp.SCIP, scip_params={"limits/time": 10})
    found = allocate(prices, weights, covariance, account, seconds=5.0)
    assert found.tracking_error <= problem.value / 100.0 + 1e-7
    assert found.lower_bound <= problem.value / 100.0 + 1e-7


def test_a_tracking_error_near_zero_is_not_lost_in_rounding():
    names = ["a", "b"]
    covariance = pd.DataFrame([[0.04, 0.039], [0.039, 0.04]], names, names)
    prices, model = pd.Series([3.0, 7.0], names), pd.Series([0.3, 0.7], names)
    found = allocate(prices, model, covariance, 10.0 * (1 + 1e-11))
    assert dict(found.basket) == {"b": 1, "a": 1}
    plain = tracking_error(counts(found, names), prices, model, covariance, 10.0 * (1 + 1e-11))
    assert found.tracking_error == pytest.approx(plain, rel=1e-4)
    assert 0.0 < found.tracking_error < 1e-10
