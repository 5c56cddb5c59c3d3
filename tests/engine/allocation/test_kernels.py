"""Compiled kernels beside slow NumPy and cvxpy."""

import numpy as np
import pytest

from engine.allocation.problem import Rules, build
from engine.allocation.solve import SCALE, _core, relaxed_weights, warm
from tests.engine.allocation.cases import market


@pytest.fixture(scope="module")
def kernels():
    warm()
    from engine.allocation import kernels as module

    return module


def task_of(seed, funds=9, account=300.0, **rules):
    prices, weights, covariance, _ = market(seed, funds)
    problem = build(prices, weights, covariance, account, Rules(**rules))
    return problem, _core(problem, np.arange(len(problem.tickers)))


def plain_value(task, x):
    return float(x @ task.A @ x - 2.0 * task.c @ x + task.cost @ x + task.line_cost * (x > 0).sum())


@pytest.mark.parametrize("seed", range(5))
def test_value_and_pull_are_plain_algebra(kernels, seed):
    _, core = task_of(seed)
    x = np.random.default_rng(seed).integers(0, 3, len(core.rows))
    assert kernels.value_of(core.task, x) == pytest.approx(plain_value(core.task, x))
    np.testing.assert_allclose(kernels.pull_of(core.task, x), core.task.A @ x - core.task.c)


@pytest.mark.parametrize("seed", range(8))
def test_descent_keeps_its_books_and_ends_where_no_pair_helps(kernels, seed):
    _, core = task_of(seed, max_lines=4)
    task = core.task
    x = np.zeros(len(core.rows), np.int64)
    pull = kernels.pull_of(task, x)
    before = plain_value(task, x)
    gained = kernels.descend(task, x, pull, True, 100)
    assert before + gained == pytest.approx(plain_value(task, x), abs=1e-9)
    np.testing.assert_allclose(pull, task.A @ x - task.c, atol=1e-9)
    assert kernels.feasible(task, x)
    here = plain_value(task, x)
    for i in range(len(x)):
        for j in range(len(x)):
            for s in (-1, 0, 1):
                for t in (-2, -1, 0, 1, 2):
                    other = x.copy()
                    other[i] += s
                    other[j] += t if i != j else 0
                    if kernels.feasible(task, other):
                        assert plain_value(task, other) >= here - 1e-9


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cash_max", [1.0, 0.05])
def test_the_relaxation_is_solved_and_certified(kernels, seed, cash_max):
    import cvxpy as cp

    problem, core = task_of(seed, funds=14, account=90.0)
    n = len(problem.tickers)
    lower, upper = np.zeros(n), problem.step * problem.high
    if upper.sum() < 1.0 - cash_max:
        pytest.skip("the box cannot be that full")
    w, g = np.zeros(n), np.zeros(n)
    bound, value, _ = kernels.relax(core.H, core.b, lower, upper, cash_max, w, g, np.inf, 1_000)
    v = cp.Variable(n)
    goal = cp.quad_form(v, cp.psd_wrap(core.H)) - 2.0 * core.b @ v
    reference = cp.Problem(cp.Minimize(goal), [v >= lower, v <= upper, cp.sum(v) <= 1, cp.sum(v) >= 1 - cash_max])
    reference.solve(solver=cp.CLARABEL)
    assert bound <= value + 1e-12
    assert value == pytest.approx(reference.value, abs=1e-4)
    assert bound == pytest.approx(reference.value, abs=1e-4)
    assert (w >= lower - 1e-12).all()
    assert (w <= upper + 1e-12).all()


def test_a_bound_is_valid_wherever_the_method_is_stopped(kernels):
    problem, core = task_of(3, funds=20, account=500.0)
    n = len(problem.tickers)
    box = np.zeros(n), problem.step * problem.high
    full, _, _ = kernels.relax(core.H, core.b, *box, 1.0, np.zeros(n), np.zeros(n), np.inf, 1_000)
    for limit in range(1, 12):
        early, _, _ = kernels.relax(core.H, core.b, *box, 1.0, np.zeros(n), np.zeros(n), np.inf, limit)
        assert early <= full + 1e-9


def test_an_empty_box_has_an_infinite_bound(kernels):
    _, core = task_of(1)
    n = len(core.rows)
    bound, _, _ = kernels.relax(core.H, core.b, np.full(n, 0.5), np.ones(n), 1.0, np.zeros(n), np.zeros(n), np.inf, 50)
    assert bound == np.inf


def test_relaxed_weights_without_prices_are_the_model():
    prices, weights, covariance, _ = market(9, 10)
    problem = build(prices, weights, covariance, 20.0, Rules())
    w = relaxed_weights(problem, unlimited=True)
    np.testing.assert_allclose(w, weights.to_numpy(), atol=1e-6)
    assert problem.tracking_error(w) < 1e-6 * SCALE
