"""The active-set method beside Clarabel and beside its optimality conditions."""

import itertools

import clarabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from engine.errors import BadInput, Infeasible
from engine.optimise import quadratic, solve_each


def clarabel_weights(quad, linear, cap=1.0):
    """The same programme by an interior point, called without a modelling layer."""
    n = len(linear)
    scale = np.abs(quad).max() + np.ptp(linear)
    options = clarabel.DefaultSettings()
    options.verbose = False
    options.tol_gap_abs = options.tol_gap_rel = options.tol_feas = 1e-13
    rows = sparse.csc_matrix(np.vstack((np.ones(n), -np.eye(n), np.eye(n))))
    bound = np.r_[1.0, np.zeros(n), np.broadcast_to(cap, n)]
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * n)]
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(np.triu(quad / scale)), -linear / scale, rows, bound, cones, options
    )
    return np.asarray(solver.solve().x)


def plain(quad, linear, cap):
    """Every combination of assets at zero, at the cap and between is tried: the best feasible answer."""
    n, best, answer = len(linear), np.inf, None
    for state in itertools.product((0, 1, 2), repeat=n):
        held, free = np.where(np.array(state) == 1, cap, 0.0), np.flatnonzero(np.array(state) == 2)
        w = held.copy()
        if len(free):
            k = len(free)
            system = np.zeros((k + 1, k + 1))
            system[:k, :k], system[:k, k], system[k, :k] = quad[np.ix_(free, free)], 1.0, 1.0
            right = np.r_[linear[free] - quad[free] @ held, 1.0 - held.sum()]
            w[free] = np.linalg.solve(system, right)[:k]
        value = 0.5 * w @ quad @ w - linear @ w
        if abs(w.sum() - 1) < 1e-9 and (w > -1e-12).all() and (w < cap + 1e-12).all() and value < best:
            best, answer = value, w
    return answer


def problems(seed, dates, n, rows):
    """Covariances of ``rows`` random returns with common factors (singular when rows <= n), and means."""
    rng = np.random.default_rng(seed)
    load = rng.normal(0, 0.01, (3, n))
    quad, linear = np.empty((dates, n, n)), rng.normal(0, 0.0005, (dates, n))
    for t in range(dates):
        returns = rng.normal(size=(rows, 3)) @ load + rng.normal(0, 0.008, (rows, n))
        quad[t] = np.cov(returns, rowvar=False) * 10.0
    return quad, linear


def conditions(quad, linear, cap, w):
    """Largest gain per unit of moving weight between two assets; zero at the optimum (Karush 1939)."""
    gradient = quad @ w - linear
    return max(0.0, gradient[w > 0].max() - gradient[w < cap].min(initial=np.inf))


@pytest.mark.parametrize("seed", range(6))
def test_the_answer_is_the_best_of_all_combinations(seed):
    quad, linear = problems(seed, 4, 5, 60)
    for cap in (np.full(5, 1.0), np.full(5, 0.35), np.array([0.1, 0.5, 0.3, 0.2, 0.4])):
        found = solve_each(quad, linear, cap)
        for t in range(4):
            np.testing.assert_allclose(found.weights[t], plain(quad[t], linear[t], cap), atol=1e-10)
        assert not found.fallback.any()
        assert not found.ridged.any()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 25), spread=st.floats(0, 100), room=st.floats(1.0, 6.0))
def test_every_answer_keeps_bounds_budget_and_conditions(seed, n, spread, room):
    quad, linear = problems(seed, 3, max(n, 2), 80)
    quad, linear = np.ascontiguousarray(quad[:, :n, :n]), np.ascontiguousarray(linear[:, :n] * spread)
    cap = min(1.0, room / n)
    found = solve_each(quad, linear, cap)
    assert not found.fallback.any()
    assert (found.weights >= 0).all()
    assert (found.weights <= cap).all()
    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0, atol=1e-12)
    for t in range(3):
        size = quad[t].max() + np.ptp(linear[t])
        assert conditions(quad[t], linear[t], cap, found.weights[t]) <= 1e-11 * size


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), rows=st.integers(3, 12))
def test_a_singular_covariance_is_solved_and_reported(seed, rows):
    quad, linear = problems(seed, 3, 15, rows)
    found = solve_each(quad, linear * 0.1, 0.3)
    for t in range(3):
        rival = clarabel_weights(quad[t], linear[t] * 0.1, 0.3)
        value, best = (0.5 * w @ quad[t] @ w - 0.1 * linear[t] @ w for w in (found.weights[t], rival))
        assert value <= best + 1e-9 * quad[t].max()


def test_twins_share_and_the_ridge_is_reported():
    quad, linear = problems(1, 1, 3, 60)
    twice = quad[0][np.ix_([0, 1, 2, 2], [0, 1, 2, 2])]
    plain_answer = solve_each(quad, linear * 0).weights[0]
    found = solve_each(twice[None], np.zeros((1, 4)))
    assert found.weights[0][2] + found.weights[0][3] == pytest.approx(plain_answer[2], abs=1e-8)
    both = solve_each(np.full((1, 2, 2), 1e-4), np.zeros((1, 2)), start=np.array([0.3, 0.7]))
    assert both.ridged[0]
    np.testing.assert_allclose(both.weights[0], 0.5, atol=1e-5)  # rounding over a ridge of 1e-10


@pytest.mark.parametrize("linear", [[0.0, 0.0, 0.0], [1.0, 3.0, 2.0]])
def test_without_any_risk_the_highest_mean_is_held(linear):
    found = solve_each(np.zeros((1, 3, 3)), np.array([linear]), 0.6)
    assert found.weights[0].sum() == pytest.approx(1.0)
    if linear[1]:
        np.testing.assert_allclose(found.weights[0], [0.0, 0.6, 0.4], atol=1e-9)


def test_caps_that_leave_one_portfolio_give_it():
    quad, linear = problems(2, 3, 10, 60)
    np.testing.assert_allclose(solve_each(quad, linear, 0.1).weights, 0.1, atol=1e-15)


def test_ties_everywhere_end():
    quad = np.tile(np.eye(12) * 1e-4, (3, 1, 1))
    found = solve_each(quad, np.zeros((3, 12)), 0.25)
    np.testing.assert_allclose(found.weights, 1 / 12, atol=1e-12)
    assert not found.fallback.any()


def test_a_start_changes_the_path_and_not_the_answer():
    quad, linear = problems(4, 1, 20, 200)
    cold, warm = solve_each(quad, linear), solve_each(quad, linear, start=np.full(20, 0.05))
    np.testing.assert_allclose(warm.weights, cold.weights, atol=1e-10)
    again = solve_each(quad, linear, start=cold.weights[0])
    assert again.steps[0] == 1


def test_an_answer_that_did_not_finish_is_solved_by_clarabel(monkeypatch):
    quad, linear = problems(7, 5, 20, 200)
    wanted = solve_each(quad, linear, 0.4)
    monkeypatch.setattr(quadratic, "STEPS_PER_ASSET", 0)
    found = solve_each(quad, linear, 0.4)
    assert found.fallback.all()
    assert (found.steps < 0).all()
    np.testing.assert_allclose(found.weights, wanted.weights, atol=1e-6)
    assert (found.error < 1e-7).all()


def test_an_answer_that_misses_its_conditions_is_solved_by_clarabel(monkeypatch):
    quad, linear = problems(7, 2, 20, 200)
    monkeypatch.setattr(quadratic, "TOLERANCE", -1.0)
    assert solve_each(quad, linear).fallback.all()


def test_an_answer_that_neither_method_reaches_is_refused(monkeypatch):
    quad, linear = problems(7, 1, 20, 200)
    monkeypatch.setattr(quadratic, "STEPS_PER_ASSET", 0)
    monkeypatch.setattr(quadratic, "INTERIOR_TOLERANCE", 1e-300)
    with pytest.raises(Infeasible):
        solve_each(quad, linear)


@pytest.mark.parametrize(
    ("quad", "linear", "cap", "field"),
    [
        (np.zeros((1, 2, 2)), np.zeros((1, 3)), 1.0, "quad"),
        (np.zeros((2, 2)), np.zeros(2), 1.0, "quad"),
        (np.full((1, 2, 2), np.nan), np.zeros((1, 2)), 1.0, "quad"),
        (np.zeros((1, 2, 2)), np.full((1, 2), np.inf), 1.0, "linear"),
        (np.zeros((1, 2, 2)), np.zeros((1, 2)), 0.49, "cap"),
        (np.zeros((1, 2, 2)), np.zeros((1, 2)), 1.01, "cap"),
        (np.zeros((1, 2, 2)), np.zeros((1, 2)), np.nan, "cap"),
        (np.zeros((1, 2, 2)), np.zeros((1, 2)), np.ones(3), "cap"),
    ],
)
def test_what_cannot_be_used_is_named(quad, linear, cap, field):
    with pytest.raises(BadInput) as caught:
        solve_each(quad, linear, cap)
    assert (caught.value.code, caught.value.field) == ("bad_number", field)
