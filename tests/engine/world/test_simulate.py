"""Simulated states agree with the closed form within their own errors, and the check can fail."""

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import BadInput
from engine.world.equilibrium import solve, solve_inputs
from engine.world.inputs import EXAMPLE
from engine.world.simulate import simulate
from tests.engine.world.conftest import arguments

ERRORS = 4.0


@pytest.mark.parametrize("seed", [0, 1])
def test_moments_utility_and_the_value_of_the_signal_agree(found, seed):
    done = simulate(found, seed=seed)
    assert (done.states, done.seed) == (100_000, seed)
    assert done.worst < ERRORS
    assert done.clearing_residual < 1e-10
    assert done.effective_states > 10_000
    assert done.value_of_information.standard_error < 0.02 * done.value_of_information.exact
    assert float(done.variance_given_price.standard_error.max()) < 1e-4


@pytest.mark.parametrize(
    "change",
    [
        {"informed_fraction": 0.0},
        {"informed_fraction": 1.0},
        {"supply_noise": 0.0},
        {"informed_fraction": 0.0, "supply_noise": 0.0},
        {"gamma_informed": 2.0, "gamma_uninformed": 6.0},
        {"signal_precision": 1e9},
    ],
)
def test_limits_agree_too(change):
    done = simulate(solve_inputs(EXAMPLE.changed(**change)), states=40_000)
    assert done.worst < ERRORS


def test_a_wrong_closed_form_is_found_out(found):
    wrong = replace(found, variance_given_price=found.variance_given_price * 1.05)
    assert simulate(wrong).worst > ERRORS
    louder = replace(found, C=found.C * 1.1)
    assert simulate(louder).worst > ERRORS


def test_uninformed_demand_is_best_among_linear_rules(found):
    """No scaled or tilted version of what the uninformed hold gives a higher certainty equivalent."""
    rng = np.random.default_rng(5)
    inputs, states = found.inputs, 200_000
    v = rng.multivariate_normal(inputs.mu, inputs.sigma, states)
    s = v + rng.multivariate_normal(np.zeros(3), inputs.sigma_eps, states)
    q = rng.multivariate_normal(inputs.q_bar, inputs.sigma_q, states)
    excess = v - inputs.gross_riskless * found.price(s, q)
    held = found.demand_uninformed(s, q)

    def worth(x):
        return -np.log(np.exp(-4.0 * (x * excess).sum(axis=1)).mean()) / 4.0

    best = worth(held)
    assert best == pytest.approx(found.certainty.uninformed, abs=0.002)
    more = np.array([0.15, 0, 0])
    for other in (held * 0.8, held * 1.2, held + more, held - more, np.tile(inputs.q_bar, (states, 1))):
        assert worth(other) < best


def test_equal_seeds_give_equal_figures(found):
    one, other, third = simulate(found, 2_000, 7), simulate(found, 2_000, 7), simulate(found, 2_000, 8)
    assert one.to_dict() == other.to_dict()
    assert one.certainty_informed.simulated != third.certainty_informed.simulated


def test_the_signal_is_worth_nothing_where_prices_reveal_it():
    done = simulate(solve(**arguments(sigma_q=np.zeros((3, 3)))), 5_000)
    assert done.value_of_information.simulated == pytest.approx(0, abs=1e-12)


def test_the_closed_form_for_one_asset_is_the_published_ratio():
    found = solve(1.0, 0.04, 0.01, 0.5, 0.01, 0.3, 2, 2, 1)
    ratio = np.sqrt(found.variance_given_signal[0, 0] / found.variance_given_price[0, 0])
    gap = np.exp(-2 * found.certainty.informed) / np.exp(-2 * found.certainty.uninformed)
    assert gap == pytest.approx(ratio, rel=1e-12)
    assert found.certainty.value_of_information == pytest.approx(-np.log(ratio) / 2, rel=1e-12)


@pytest.mark.parametrize(("states", "seed", "field"), [(10, 0, "states"), (10**9, 0, "states"), (1000, -1, "seed")])
def test_bad_settings_are_refused(found, states, seed, field):
    with pytest.raises(BadInput) as raised:
        simulate(found, states, seed)
    assert raised.value.field == field
