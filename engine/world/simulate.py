"""The equilibrium played out: draws of payoffs, signals and supply that confirm its closed form."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from engine.world.checks import root, whole
from engine.world.equilibrium import Equilibrium

STATES = 100_000
SEED = 19_800
MIN_STATES, MAX_STATES = 1_000, 5_000_000
MAX_SEED = 2**32 - 1
RANK = 1e-10
"""Directions in which prices move less than this share of the largest are left out of a regression."""


@dataclass(frozen=True, eq=False)
class Confirmed:
    """A simulated figure beside its exact value; arrays of one shape.

    Attributes
    ----------
    standard_error : ndarray
        Of the simulated figure; zero where it cannot vary.
    """

    simulated: np.ndarray
    exact: np.ndarray
    standard_error: np.ndarray

    @property
    def deviations(self) -> np.ndarray:
        """Simulated minus exact in standard errors; zero where both are equal and nothing varies."""
        apart = self.simulated - self.exact
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(np.abs(apart) < 1e-12, 0.0, apart / self.standard_error))

    @property
    def worst(self) -> float:
        """Largest absolute deviation, in standard errors."""
        return float(np.abs(self.deviations).max())

    def to_dict(self) -> dict[str, object]:
        return {key: np.asarray(value).tolist() for key, value in vars(self).items()}


@dataclass(frozen=True, eq=False)
class Simulation:
    """Figures over simulated states, each beside its closed form.

    Attributes
    ----------
    mean_given_price : Confirmed, shape (n,)
        E[v | p] at the mean price, by regression of payoffs on prices.
    slope_given_price : Confirmed, shape (n, n)
        Change of E[v | p] with prices; row: payoff, column: price.
    variance_given_price, variance_given_signal : Confirmed, shape (n, n)
        Covariance of what is left of payoffs after regression on prices, and on signals.
    certainty_informed, certainty_uninformed : Confirmed, shape ()
        Certainty equivalents of realised utility by type; per head, units of payoff.
    value_of_information : Confirmed, shape ()
        What the signal is worth to one uninformed investor: informed minus uninformed certainty equivalent in the same
        states, both at the uninformed risk aversion.
    effective_states : float
        States that would give the same error of mean utility if all weighed alike; far fewer than ``states`` when rare
        states decide utility, and then its standard errors are themselves uncertain.
    clearing_residual : float
        Largest over all states.
    """

    states: int
    seed: int
    mean_given_price: Confirmed
    slope_given_price: Confirmed
    variance_given_price: Confirmed
    variance_given_signal: Confirmed
    certainty_informed: Confirmed
    certainty_uninformed: Confirmed
    value_of_information: Confirmed
    effective_states: float
    clearing_residual: float

    @property
    def worst(self) -> float:
        """Largest deviation of any figure from its closed form, in standard errors."""
        return max(item.worst for item in self._confirmed().values())

    def _confirmed(self) -> dict[str, Confirmed]:
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if isinstance(value, Confirmed)}

    def to_dict(self) -> dict[str, object]:
        plain = {key: value for key, value in vars(self).items() if not isinstance(value, Confirmed)}
        return plain | {name: value.to_dict() for name, value in self._confirmed().items()} | {"worst": self.worst}


def simulate(found: Equilibrium, states: int = STATES, seed: int = SEED) -> Simulation:
    """Draw states and compare what happens in them with the closed form.

    Parameters
    ----------
    states : int
        Number of draws, ``MIN_STATES`` to ``MAX_STATES``.
    seed : int
        Of NumPy's default generator; equal seeds give equal figures.

    Raises
    ------
    BadInput
        A number of states or a seed outside its range.
    """
    states, seed = whole("states", states, MIN_STATES, MAX_STATES), whole("seed", seed, 0, MAX_SEED)
    inputs = found.inputs
    draws = np.random.default_rng(seed).standard_normal((3, states, inputs.size))
    payoff = draws[0] @ root(inputs.sigma).T
    signal = payoff + draws[1] @ root(inputs.sigma_eps).T + inputs.mu
    supply = draws[2] @ root(inputs.sigma_q).T + inputs.q_bar
    price = found.price(signal, supply) - found.mean_price
    mean, slope, by_price = _regress(payoff, price, _slope(found), found.variance_given_price)
    informed, uninformed, worth, effective = _utility(found, payoff, signal, supply)
    *_, by_signal = _regress(payoff, signal - inputs.mu, None, found.variance_given_signal)
    return Simulation(
        states=states,
        seed=seed,
        mean_given_price=Confirmed(mean.simulated + inputs.mu, inputs.mu, mean.standard_error),
        slope_given_price=slope,
        variance_given_price=by_price,
        variance_given_signal=by_signal,
        certainty_informed=informed,
        certainty_uninformed=uninformed,
        value_of_information=worth,
        effective_states=effective,
        clearing_residual=found.clearing_residual(signal, supply),
    )


def _slope(found: Equilibrium) -> np.ndarray:
    """Exact change of E[v | p] with p: what a price reveals, times how much of it is believed."""
    if found.D is None:
        return np.zeros_like(found.K)
    return np.asarray(found.variance_given_price @ found.T_z @ np.linalg.inv(found.B))


def _regress(
    payoff: np.ndarray, seen: np.ndarray, slope: np.ndarray | None, variance: np.ndarray
) -> tuple[Confirmed, Confirmed, Confirmed]:
    """Least squares of payoffs (less their mean) on what is seen (less its mean): intercept, slope, covariance of the rest.

    Directions in which nothing is seen to vary get a slope of zero, which is exact: they tell nothing.
    """
    states, size = payoff.shape
    columns = np.column_stack([np.ones(states), seen])
    left, scale, right = np.linalg.svd(columns, full_matrices=False)
    kept = scale > RANK * scale[0]
    back = (right[kept].T / scale[kept]) @ left[:, kept].T
    coefficients = back @ payoff
    rest = payoff - columns @ coefficients
    spread = rest.T @ rest / (states - int(kept.sum()))
    errors = np.sqrt(np.outer((back * back).sum(axis=1), np.diag(spread)))
    noise = np.sqrt((np.outer(np.diag(spread), np.diag(spread)) + spread**2) / states)
    exact = coefficients[1:].T if slope is None else slope
    return (
        Confirmed(coefficients[0], np.zeros(size), errors[0]),
        Confirmed(coefficients[1:].T, exact, errors[1:].T),
        Confirmed(spread, variance, noise),
    )


def _utility(
    found: Equilibrium, payoff: np.ndarray, signal: np.ndarray, supply: np.ndarray
) -> tuple[Confirmed, Confirmed, Confirmed, float]:
    """Certainty equivalents of what both types realise, and their difference in the same states.

    Absolute risk aversion times gain does not depend on risk aversion (demand falls as it rises), so one path serves the
    informed investor at both.
    """
    inputs = found.inputs
    excess = payoff - found.excess(signal, supply)[0]
    informed = _Utility(inputs.gamma_informed * (found.demand_informed(signal, supply) * excess).sum(axis=1))
    uninformed = _Utility(inputs.gamma_uninformed * (found.demand_uninformed(signal, supply) * excess).sum(axis=1))
    exact, states = found.certainty, len(excess)
    apart = (uninformed.relative - informed.relative).std() / np.sqrt(states) / inputs.gamma_uninformed
    worth = (informed.certainty - uninformed.certainty) / inputs.gamma_uninformed
    return (
        informed.confirmed(exact.informed, inputs.gamma_informed),
        uninformed.confirmed(exact.uninformed, inputs.gamma_uninformed),
        Confirmed(np.asarray(worth), exact.value_of_information, np.asarray(apart)),
        min(informed.effective, uninformed.effective),
    )


class _Utility:
    """-log of mean exp(-x), from its largest term so that nothing overflows, and each state's share of that mean."""

    def __init__(self, gains: np.ndarray) -> None:
        largest = float((-gains).max())
        raw = np.exp(-gains - largest)
        self.certainty = -(largest + float(np.log(raw.mean())))
        self.relative = raw / raw.mean()
        self.effective = float(raw.sum() ** 2 / (raw * raw).sum())

    def confirmed(self, exact: np.ndarray, gamma: float) -> Confirmed:
        error = self.relative.std() / np.sqrt(len(self.relative)) / gamma
        return Confirmed(np.asarray(self.certainty / gamma), exact, np.asarray(error))
