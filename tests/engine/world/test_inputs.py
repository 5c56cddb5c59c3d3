"""Every row of bad input is refused by name, and nothing that should be accepted is."""

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.world.equilibrium import solve, solve_inputs
from engine.world.inputs import EXAMPLE, read
from tests.engine.world.conftest import VECTOR, arguments

NAN = float("nan")


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"gamma_informed": 0}, "gamma_informed", "bad_number"),
        ({"gamma_uninformed": -4.0}, "gamma_uninformed", "bad_number"),
        ({"gamma_informed": NAN}, "gamma_informed", "bad_number"),
        ({"gamma_informed": float("inf")}, "gamma_informed", "bad_number"),
        ({"gamma_informed": "4"}, "gamma_informed", "bad_number"),
        ({"gamma_informed": True}, "gamma_informed", "bad_number"),
        ({"gamma_informed": None}, "gamma_informed", "bad_number"),
        ({"gamma_informed": [4.0]}, "gamma_informed", "bad_number"),
        ({"gamma_informed": 10**400}, "gamma_informed", "bad_number"),
        ({"gross_riskless": 0}, "gross_riskless", "bad_number"),
        ({"informed_fraction": -0.1}, "informed_fraction", "bad_number"),
        ({"informed_fraction": 1.1}, "informed_fraction", "bad_number"),
        ({"mu": [1.0, NAN, 1.0]}, "mu", "bad_number"),
        ({"mu": [1.0, None, 1.0]}, "mu", "bad_number"),
        ({"mu": ["1", "1", "1"]}, "mu", "bad_number"),
        ({"mu": pd.Series(["a", "b", "c"])}, "mu", "bad_number"),
        ({"mu": []}, "mu", "world_shape"),
        ({"mu": [[1.0, 1.0, 1.0]]}, "mu", "world_shape"),
        ({"mu": [1.0, 1.0]}, "sigma", "world_shape"),
        ({"q_bar": [0.5, 0.5]}, "q_bar", "world_shape"),
        ({"sigma": [0.1, 0.1, 0.1]}, "sigma", "world_shape"),
        ({"sigma": [[1, 0, 0], [0, 1, 0], [0, 1]]}, "sigma", "bad_number"),
        ({"sigma_q": np.eye(2)}, "sigma_q", "world_shape"),
        ({"sigma": 0.04 * np.ones((3, 3))}, "sigma", "world_singular"),
        ({"sigma": np.diag([0.04, 0.04, 0.0])}, "sigma", "world_singular"),
        ({"sigma": np.diag([0.04, 0.04, 3e-12])}, "sigma", "world_singular"),
        ({"sigma": np.zeros((3, 3))}, "sigma", "world_singular"),
        ({"sigma": np.diag([0.04, 0.04, -0.01])}, "sigma", "world_definite"),
        ({"sigma": 0.04 * np.eye(3) + np.triu(np.full((3, 3), 0.001), 1)}, "sigma", "world_symmetric"),
        ({"sigma_eps": np.diag([0.01, -0.04, 0.09])}, "sigma_eps", "world_definite"),
        ({"sigma_eps": 0.04 * np.ones((3, 3))}, "sigma_eps", "world_singular"),
        ({"sigma_q": np.diag([0.09, 0.09, -0.09])}, "sigma_q", "world_definite"),
        ({"sigma_q": [[NAN, 0, 0], [0, 1, 0], [0, 0, 1]]}, "sigma_q", "bad_number"),
        ({"assets": ["a", "b"]}, "assets", "world_names"),
        ({"assets": ["a", "a", "b"]}, "assets", "world_names"),
        ({"assets": ["a", "b", 3]}, "assets", "world_names"),
        ({"assets": "abc"}, "assets", "world_names"),
        ({"gamma_informed": 1e-309}, "input", "world_unsolved"),
        ({"sigma_eps": 1e300 * np.eye(3)}, "input", "world_unsolved"),
    ],
)
def test_bad_input_is_refused_by_name(changes, field, code):
    with pytest.raises(BadInput) as raised:
        solve(**arguments(**changes))
    assert (raised.value.field, raised.value.code) == (field, code)


def test_where_a_number_is_missing_is_told():
    with pytest.raises(BadInput) as raised:
        solve(**arguments(sigma=[[0.1, 0, 0], [0, 0.1, NAN], [0, NAN, 0.1]]))
    assert raised.value.value == "nan at [1][2]"


def test_a_condition_number_below_the_limit_is_accepted():
    found = solve(**arguments(sigma=np.diag([0.04, 0.04, 5e-12])))
    assert np.isfinite(found.mean_price).all()


def test_rounding_across_the_diagonal_is_accepted():
    sigma = np.array(VECTOR["inputs"]["sigma"])
    sigma[0, 1] *= 1 + 1e-13
    assert solve(**arguments(sigma=sigma)).mean_price == pytest.approx(VECTOR["outputs"]["E_p"], abs=1e-9)


def test_inputs_are_copied():
    mu = np.array(VECTOR["inputs"]["mu"])
    found = solve(**arguments(mu=mu))
    mu[0] = 99
    assert found.inputs.mu[0] == 1.08


@pytest.mark.parametrize(("s", "q"), [([1, 1], [1, 1, 1]), ([1, 1, NAN], [1, 1, 1]), ([1, 1, 1], ["1", 1, 1])])
def test_a_bad_state_is_refused(found, s, q):
    for ask in (found.price, found.demand_informed, found.clearing_residual, found.state):
        with pytest.raises(BadInput):
            ask(s, q)


def test_a_state_is_one_state(found):
    with pytest.raises(BadInput):
        found.state(np.ones((2, 3)), np.ones((2, 3)))


def test_sliders_move_what_they_name():
    moved = EXAMPLE.changed(
        informed_fraction=0.0, gamma_informed=2, gamma_uninformed=8, signal_precision=4, supply_noise=0.5
    )
    assert (moved.informed_fraction, moved.gamma_informed, moved.gamma_uninformed) == (0.0, 2.0, 8.0)
    assert moved.sigma_eps == pytest.approx(EXAMPLE.sigma_eps / 4)
    assert moved.sigma_q == pytest.approx(EXAMPLE.sigma_q / 4)
    assert EXAMPLE.changed() is not EXAMPLE
    assert pytest.approx(solve_inputs(EXAMPLE).A, abs=0) == solve_inputs(EXAMPLE.changed()).A


def test_a_slider_that_makes_the_signal_exact_is_floored_and_marked():
    moved = EXAMPLE.changed(signal_precision=1e9)
    assert [flag.asset for flag in moved.findings] == ["equity", "bonds", "real_estate"]
    again = moved.changed(informed_fraction=0.5)
    assert [flag.code for flag in again.findings] == ["floored_noise"] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"gamma_informed": 0},
        {"gamma_uninformed": -1},
        {"informed_fraction": 2},
        {"signal_precision": 0},
        {"signal_precision": 1e-320},
        {"supply_noise": -0.1},
        {"supply_noise": NAN},
    ],
)
def test_sliders_outside_their_range_are_refused(change):
    with pytest.raises(BadInput) as raised:
        EXAMPLE.changed(**change)
    assert raised.value.field == next(iter(change))


def test_the_illustration_goes_through_a_file_and_back():
    document = EXAMPLE.to_dict()
    document.pop("origin")
    inputs, s, q = read(document)
    assert (s, q) == (None, None)
    assert inputs.sigma == pytest.approx(EXAMPLE.sigma, abs=0)
    assert (inputs.origin, inputs.assets) == ("own", EXAMPLE.assets)
