"""Shared by the tests of the world room: the published test vector, and random markets."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st

from engine.world.equilibrium import solve

VECTOR = json.loads((Path(__file__).parent / "nree_test_vector.json").read_text(encoding="utf-8"))

ARGUMENTS = ("mu", "sigma", "sigma_eps", "q_bar", "sigma_q")


def arguments(**changes):
    """Arguments of ``solve`` for the test vector, some of them replaced."""
    given = VECTOR["inputs"]
    plain = {key: given[key] for key in (*ARGUMENTS, "gamma_informed", "gamma_uninformed")}
    return plain | {"informed_fraction": given["lambda_informed"], "gross_riskless": given["R"]} | changes


@pytest.fixture
def vector():
    return VECTOR


@pytest.fixture
def found():
    return solve(**arguments())


def covariance(rng, size, scale):
    """A random covariance with standard deviations up to ``scale`` and correlations of any sign."""
    factor = rng.normal(size=(size, size))
    raw = factor @ factor.T + 0.3 * size * np.eye(size)
    deviation = rng.uniform(0.2, 1.0, size) * scale / np.sqrt(np.diag(raw))
    return raw * np.outer(deviation, deviation)


@st.composite
def markets(draw, least_informed=0.0):
    """Arguments of ``solve`` for one to five assets, and a state three deviations wide.

    Numbers next to zero that are not zero have tests of their own: with supply that moves by 1e-17 and one informed in
    1e16, what the price reveals hangs on the last digit of supply.
    """
    fraction = st.floats(max(least_informed, 1e-6), 1)
    size, seed = draw(st.integers(1, 5)), draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    given = {
        "mu": rng.uniform(0.9, 1.2, size),
        "sigma": covariance(rng, size, 0.3),
        "sigma_eps": covariance(rng, size, draw(st.floats(0.02, 1))),
        "q_bar": rng.uniform(0.05, 1, size),
        "sigma_q": covariance(rng, size, draw(st.just(0.0) | st.floats(1e-4, 0.5))),
        "informed_fraction": draw(fraction if least_informed else st.just(0.0) | fraction),
        "gamma_informed": draw(st.floats(0.5, 10)),
        "gamma_uninformed": draw(st.floats(0.5, 10)),
        "gross_riskless": draw(st.floats(0.95, 1.2)),
    }
    s = given["mu"] + rng.uniform(-3, 3, size) * np.sqrt(np.diag(given["sigma"] + given["sigma_eps"]))
    q = given["q_bar"] + rng.uniform(-3, 3, size) * np.sqrt(np.diag(given["sigma_q"]))
    return given, s, q
