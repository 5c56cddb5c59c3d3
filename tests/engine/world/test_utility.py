"""Implied returns and their inverse, the frontier against closed forms and another solver, and the price of deviating."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from engine.errors import BadInput
from engine.world.utility import (
    best_portfolio,
    certainty_equivalent,
    frontier,
    implied_returns,
    implied_weights,
    tracking_error,
    utility_loss,
)
from tests.engine.world.conftest import VECTOR, covariance

SIGMA = np.array(VECTOR["inputs"]["sigma"])
WORLD = np.array([0.5, 0.4, 0.1])


def simplex(rng, size):
    return rng.dirichlet(np.ones(size))


def test_the_certainty_equivalent_by_hand():
    assert certainty_equivalent([0.6, 0.4], [0.06, 0.02], np.diag([0.04, 0.0025]), 3) == pytest.approx(
        0.6 * 0.06 + 0.4 * 0.02 - 1.5 * (0.36 * 0.04 + 0.16 * 0.0025)
    )


def test_the_certainty_equivalent_is_that_of_exponential_utility():
    rng = np.random.default_rng(3)
    mean, gamma = np.array([0.06, 0.02, 0.04]), 4.0
    returns = rng.multivariate_normal(mean, SIGMA, 400_000) @ WORLD
    realised = -np.log(np.exp(-gamma * returns).mean()) / gamma
    assert certainty_equivalent(WORLD, mean, SIGMA, gamma) == pytest.approx(realised, abs=5e-4)


@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.floats(0.5, 12), st.floats(-0.02, 0.08))
def test_implied_returns_give_their_weights_back(seed, size, gamma, riskless):
    rng = np.random.default_rng(seed)
    weights, spread = simplex(rng, size), covariance(rng, size, 0.3)
    means = implied_returns(weights, spread, gamma, riskless)
    assert implied_weights(means, spread, gamma, riskless) == pytest.approx(weights, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.floats(0.5, 12))
def test_leaving_the_best_weights_costs_half_gamma_times_tracking_variance(seed, size, gamma):
    rng = np.random.default_rng(seed)
    best, other, spread = simplex(rng, size), simplex(rng, size), covariance(rng, size, 0.3)
    means = implied_returns(best, spread, gamma, 0.02)
    lost = certainty_equivalent(best, means, spread, gamma) - certainty_equivalent(other, means, spread, gamma)
    assert utility_loss(other, best, spread, gamma) == pytest.approx(lost, abs=1e-12)
    assert utility_loss(other, best, spread, gamma) == pytest.approx(
        gamma / 2 * tracking_error(other, best, spread) ** 2
    )


def test_the_market_is_best_for_the_returns_it_implies():
    means = implied_returns(WORLD, SIGMA, 4.0, 0.02)
    assert best_portfolio(means, SIGMA, 4.0) == pytest.approx(WORLD, abs=1e-7)
    drawn = frontier(means, SIGMA, 4.0, portfolios={"world": WORLD, "client": [0.2, 0.2, 0.6]})
    world, client = drawn.portfolios
    assert world.volatility_gap == pytest.approx(0, abs=1e-9)
    assert world.certainty_equivalent_gap == pytest.approx(0, abs=1e-10)
    assert client.certainty_equivalent_gap == pytest.approx(utility_loss([0.2, 0.2, 0.6], WORLD, SIGMA, 4.0), abs=1e-9)
    assert client.volatility_gap > 0.01


def test_two_assets_against_the_closed_form():
    """With two assets every mean has one portfolio, so the frontier is an arc of a hyperbola."""
    mean, spread = np.array([0.03, 0.07]), np.array([[0.01, 0.004], [0.004, 0.04]])
    drawn = frontier(mean, spread, 3.0, points=20)
    least = (0.04 - 0.004) / (0.01 + 0.04 - 2 * 0.004)
    assert drawn.weights[0] == pytest.approx([least, 1 - least], abs=1e-7)
    share = (drawn.mean - 0.03) / 0.04
    variance = (1 - share) ** 2 * 0.01 + share**2 * 0.04 + 2 * share * (1 - share) * 0.004
    assert drawn.volatility == pytest.approx(np.sqrt(variance), abs=1e-9)
    assert drawn.weights[-1] == pytest.approx([0, 1], abs=1e-7)
    best = least + (0.03 - 0.07) / (3.0 * (0.01 + 0.04 - 0.008))
    assert drawn.best.weights[0] == pytest.approx(best, abs=1e-7)


@settings(max_examples=6)
@given(st.integers(0, 2**32 - 1), st.integers(3, 9))
def test_the_frontier_against_another_solver(seed, size):
    rng = np.random.default_rng(seed)
    mean, spread = rng.uniform(0.01, 0.1, size), covariance(rng, size, 0.3)
    drawn = frontier(mean, spread, 3.0, points=7)
    assert (np.diff(drawn.mean) > 0).all()
    assert (np.diff(drawn.volatility) > -1e-9).all()
    assert drawn.weights.sum(axis=1) == pytest.approx(1)
    assert drawn.weights.min() >= 0
    for row in (0, 3, 5):
        floor = drawn.mean[row]
        other = minimize(
            lambda w: 50 * w @ spread @ w,
            drawn.weights[-1],
            jac=lambda w: 100 * spread @ w,
            bounds=[(0, 1)] * size,
            constraints=[
                {"type": "eq", "fun": lambda w: w.sum() - 1},
                {"type": "ineq", "fun": lambda w, floor=floor: w @ mean - floor},
            ],
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 2000},
        )
        assert drawn.volatility[row] == pytest.approx(np.sqrt(other.fun / 50), abs=1e-6)
    for gamma in (1.0, 8.0):
        top = best_portfolio(mean, spread, gamma)
        worth = certainty_equivalent(top, mean, spread, gamma)
        for mix in rng.dirichlet(np.full(size, 0.5), 300):
            assert certainty_equivalent(mix, mean, spread, gamma) <= worth + 1e-9


def test_awkward_cases_have_a_frontier():
    cash = frontier([0.02, 0.05, 0.05], np.diag([0, 0.04, 0.04]), 3.0)
    assert cash.volatility[0] == pytest.approx(0, abs=1e-6)
    assert cash.weights[-1] == pytest.approx([0, 0.5, 0.5], abs=1e-4)
    assert cash.best.weights == pytest.approx([0.5, 0.25, 0.25], abs=1e-6)
    level = frontier([0.05, 0.05], np.diag([0.01, 0.04]), 3.0)
    assert level.weights == pytest.approx(np.array([[0.8, 0.2]]), abs=1e-6)
    assert frontier([0.05], [[0.04]], 3.0).weights == pytest.approx(np.array([[1.0]]))


def test_labels_must_agree():
    names = ["a", "b", "c"]
    spread = pd.DataFrame(SIGMA, index=names, columns=names)
    held = pd.Series(WORLD, index=names)
    assert implied_returns(held, spread, 4.0) == pytest.approx(implied_returns(WORLD, SIGMA, 4.0))
    with pytest.raises(BadInput) as raised:
        implied_returns(held[["b", "a", "c"]], spread, 4.0)
    assert raised.value.code == "world_labels"
    assert frontier([0.05, 0.02, 0.04], spread, 3.0, points=2).assets == ("a", "b", "c")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: certainty_equivalent(WORLD, [0.1] * 3, SIGMA, 0), "gamma"),
        (lambda: certainty_equivalent(WORLD, [0.1] * 2, SIGMA, 3), "mean"),
        (lambda: implied_returns(WORLD, np.eye(2), 3), "covariance"),
        (lambda: implied_returns(WORLD, SIGMA, -1), "gamma"),
        (lambda: implied_returns(WORLD, SIGMA, 3, float("nan")), "riskless"),
        (lambda: implied_weights([0.1] * 3, np.ones((3, 3)), 3), "covariance"),
        (lambda: utility_loss(WORLD, [0.1], SIGMA, 3), "benchmark"),
        (lambda: utility_loss(WORLD, WORLD, -SIGMA, 3), "covariance"),
        (lambda: frontier([0.1] * 3, SIGMA, 3, points=1), "points"),
        (lambda: frontier([0.1] * 3, SIGMA, 0), "gamma"),
        (lambda: frontier([0.1] * 3, SIGMA, 3, portfolios={"own": [0.5, 0.5, 0.5]}), "portfolio own"),
        (lambda: frontier([0.1] * 3, SIGMA, 3, portfolios={"own": [1.5, -0.5, 0.0]}), "portfolio own"),
        (lambda: best_portfolio([0.1] * 3, SIGMA, float("nan")), "gamma"),
    ],
)
def test_bad_input_is_refused_by_name(call, field):
    with pytest.raises(BadInput) as raised:
        call()
    assert raised.value.field == field


def test_results_are_plain():
    import json

    drawn = frontier([0.05, 0.02, 0.04], SIGMA, 3.0, portfolios={"world": WORLD}, points=3)
    told = json.loads(json.dumps(drawn.to_dict()))
    assert told["portfolios"][0]["name"] == "world"
    assert len(told["weights"]) == 3
