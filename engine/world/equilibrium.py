"""Noisy rational expectations equilibrium: prices, what the informed and the uninformed hold, and when they hold the market."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.errors import BadInput
from engine.world.checks import SIGN
from engine.world.closed_form import Certainty, ClosedForm, active_share, certainty, solved, value_weights
from engine.world.inputs import Flag, Inputs

CLEARING = 1e-10
"""A larger residual of market clearing, in units per head, is flagged; only nearly singular covariances lead to one."""

UNHEARD = 1e-9
"""Supply may lie this far outside what its covariance allows (rounding) before the state counts as impossible."""


@dataclass(frozen=True, eq=False)
class State:
    """One state of the market.

    Attributes
    ----------
    s, q, price, z : ndarray, shape (n,)
        Signal, supply per head, price, and the noisy signal that the price reveals (not a number if it reveals none).
    demand_informed, demand_uninformed : ndarray, shape (n,)
        Units held per head of each group.
    clearing_residual : float
        Largest absolute difference between what is held and what there is.
    weights_market, weights_informed, weights_uninformed : ndarray or None
        Shares of value at this price; None where a price or a quantity is negative.
    active_share : float or None
        Of the uninformed against the market.
    """

    s: np.ndarray
    q: np.ndarray
    price: np.ndarray
    z: np.ndarray
    demand_informed: np.ndarray
    demand_uninformed: np.ndarray
    clearing_residual: float
    weights_market: np.ndarray | None
    weights_informed: np.ndarray | None
    weights_uninformed: np.ndarray | None
    active_share: float | None
    findings: tuple[Flag, ...]

    def to_dict(self) -> dict[str, object]:
        plain = {key: _plain(value) for key, value in vars(self).items() if key != "findings"}
        return plain | {"findings": [flag.to_dict() for flag in self.findings]}


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean, shape (..., n), and covariance, shape (n, n), of payoffs after something is seen."""

    mean: np.ndarray
    variance: np.ndarray

    def to_dict(self) -> dict[str, object]:
        return {"mean": self.mean.tolist(), "variance": self.variance.tolist()}


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """The linear equilibrium ``p = A + B s + C q`` and what follows from it. Arrays are read-only.

    Methods that take a state accept ``s`` and ``q`` of shape (n,) or stacks of shape (..., n).

    Attributes
    ----------
    A : ndarray, shape (n,)
    B, C, K, T_z : ndarray, shape (n, n)
        ``T_z`` is the precision of what the price reveals; ``K`` is symmetric and positive definite.
    D : ndarray, shape (n, n), or None
        Weight of supply in ``z = s + D (q - q_bar)``; None when nobody is informed.
    premium : ndarray, shape (n,)
        Mean excess payoff, ``mu - R E[p]``.
    mean_price, mean_demand_informed, mean_demand_uninformed : ndarray, shape (n,)
    mean_clearing_residual : float
        In the mean state; flagged ``loose_clearing`` above ``CLEARING``.
    variance_given_price, variance_given_signal : ndarray, shape (n, n)
        Covariance of payoffs that remains for the uninformed and for the informed.
    weights_market, weights_informed, weights_uninformed : ndarray or None
        Shares of value at mean prices and quantities; None where one of them is negative.
    findings : tuple of Flag
        What was done to the input and what to know about the result.
    """

    inputs: Inputs
    A: np.ndarray
    B: np.ndarray
    C: np.ndarray
    D: np.ndarray | None
    K: np.ndarray
    T_z: np.ndarray
    payoff_precision: np.ndarray
    noise_precision: np.ndarray
    prior_weight: np.ndarray
    premium: np.ndarray
    mean_price: np.ndarray
    mean_demand_informed: np.ndarray
    mean_demand_uninformed: np.ndarray
    mean_clearing_residual: float
    variance_given_price: np.ndarray
    variance_given_signal: np.ndarray
    weights_market: np.ndarray | None
    weights_informed: np.ndarray | None
    weights_uninformed: np.ndarray | None
    closed: ClosedForm
    findings: tuple[Flag, ...]

    def __post_init__(self) -> None:
        for value in (*vars(self).values(), *self.closed):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @property
    def active_share(self) -> float | None:
        """Of the uninformed against the market, by value at mean prices."""
        return _active(self.weights_uninformed, self.weights_market)

    @cached_property
    def certainty(self) -> Certainty:
        """Certainty equivalents of trading and the value of the signal before anything is seen."""
        return certainty(self.inputs, self.closed)

    def price(self, s: object, q: object) -> np.ndarray:
        """Prices, shape (..., n)."""
        signal, supply = self._state(s, q)
        return np.asarray(self.A + signal @ self.B.T + supply @ self.C.T)

    def excess(self, s: object, q: object) -> tuple[np.ndarray, np.ndarray]:
        """``R p - mu`` and ``s - R p``, shape (..., n).

        Both are found from deviations, not as differences of prices: where a signal is nearly exact, demand divides the
        second by the tiny variance of its noise, and a price's sixteenth digit would matter.
        """
        signal, supply = self._state(s, q)
        gross = self.inputs.gross_riskless
        news, extra = signal - self.inputs.mu, supply - self.inputs.q_bar
        moved = gross * extra @ self.C.T - self.premium
        return gross * news @ self.B.T + moved, news @ self.prior_weight.T - moved

    def demand_informed(self, s: object, q: object) -> np.ndarray:
        """Units per head of an investor who sees the signal, shape (..., n)."""
        dear, cheap = self.excess(s, q)
        return np.asarray((cheap @ self.noise_precision - dear @ self.payoff_precision) / self.inputs.gamma_informed)

    def demand_uninformed(self, s: object, q: object) -> np.ndarray:
        """Units per head of an investor who sees prices only, shape (..., n); of ``s`` and ``q`` only p is used."""
        dear, cheap = self.excess(s, q)
        revealed = cheap if self.D is None else cheap + (self._state(s, q)[1] - self.inputs.q_bar) @ self.D.T
        return np.asarray((revealed @ self.T_z - dear @ self.payoff_precision) / self.inputs.gamma_uninformed)

    def clearing_residual(self, s: object, q: object) -> float:
        """Largest absolute difference between what both groups hold and supply, over all states given."""
        share = self.inputs.informed_fraction
        held = share * self.demand_informed(s, q) + (1.0 - share) * self.demand_uninformed(s, q)
        return float(np.abs(held - self._state(s, q)[1]).max())

    def signal_from_price(self, price: object) -> np.ndarray:
        """The signal z that a price reveals, shape (..., n); not a number when nobody is informed."""
        given = self.inputs.state("price", price)
        if self.D is None:
            return np.full(given.shape, np.nan)
        known = (given - self.A - self.C @ self.inputs.q_bar).reshape(-1, self.inputs.size)
        return np.asarray(np.linalg.solve(self.B, known.T).T.reshape(given.shape))

    def posterior_uninformed(self, price: object) -> Moments:
        """Payoffs given a price."""
        given = self.inputs.state("price", price)
        if self.D is None:
            return Moments(np.broadcast_to(self.inputs.mu, given.shape), self.variance_given_price)
        news = self.signal_from_price(given) - self.inputs.mu
        return Moments(self.inputs.mu + news @ self.T_z @ self.variance_given_price, self.variance_given_price)

    def posterior_informed(self, s: object) -> Moments:
        """Payoffs given a signal; a price adds nothing to it."""
        news = self.inputs.state("s", s) - self.inputs.mu
        return Moments(
            self.inputs.mu + news @ self.noise_precision @ self.variance_given_signal, self.variance_given_signal
        )

    def state(self, s: object, q: object) -> State:
        """Everything about one state, shape (n,) each, with weights where they are defined."""
        signal, supply = self._state(s, q)
        if signal.ndim != 1 or supply.ndim != 1:
            raise BadInput("world_shape", field="s", value=f"shape {signal.shape}", accepted="one state")
        price, informed, uninformed = self.price(s, q), self.demand_informed(s, q), self.demand_uninformed(s, q)
        weights = [_defined(row) for row in value_weights(price, np.stack([supply, informed, uninformed]))]
        extra = np.full(supply.shape, np.nan) if self.D is None else self.D @ (supply - self.inputs.q_bar)
        findings = _signs(self.inputs, price, informed, uninformed, supply)
        possible = _possible(self.inputs, supply)
        return State(
            s=signal,
            q=supply,
            price=price,
            z=signal + extra,
            demand_informed=informed,
            demand_uninformed=uninformed,
            clearing_residual=self.clearing_residual(s, q),
            weights_market=weights[0],
            weights_informed=weights[1],
            weights_uninformed=weights[2],
            active_share=_active(weights[2], weights[0]),
            findings=findings if possible else (*findings, Flag("impossible_supply")),
        )

    def to_dict(self, s: object = None, q: object = None) -> dict[str, object]:
        """Plain numbers and lists; ``state`` is None without one."""
        kept = {
            key: value for key, value in vars(self).items() if key not in ("inputs", "closed", "certainty", "findings")
        }
        return {
            "inputs": self.inputs.to_dict(),
            **{key: _plain(value) for key, value in kept.items()},
            "certainty": {key: float(value) for key, value in self.certainty._asdict().items()},
            "active_share": self.active_share,
            "findings": [flag.to_dict() for flag in self.findings],
            "state": None if s is None or q is None else self.state(s, q).to_dict(),
        }

    def _state(self, s: object, q: object) -> tuple[np.ndarray, np.ndarray]:
        return self.inputs.state("s", s), self.inputs.state("q", q)


def solve(
    mu: object,
    sigma: object,
    sigma_eps: object,
    q_bar: object,
    sigma_q: object,
    informed_fraction: float,
    gamma_informed: float,
    gamma_uninformed: float,
    gross_riskless: float,
    *,
    assets: object = None,
) -> Equilibrium:
    """Solve for the linear equilibrium of n assets in closed form.

    Parameters
    ----------
    mu, q_bar : array-like, shape (n,)
        Mean payoff of a unit, and mean supply in units per head. Lists, arrays or labelled series; labels must agree.
    sigma, sigma_eps, sigma_q : array-like, shape (n, n)
        Covariances of payoffs, of the noise in the signal and of supply. ``sigma`` must be regular; a variance of noise
        below 1e-8 is raised to it (finding ``floored_noise``); ``sigma_q`` may be singular or zero (finding
        ``fully_revealing``).
    informed_fraction : float
        Share of investors who see the signal. At 0 prices reveal nothing, and the informed demand is a shadow demand
        (nobody trades on it); at 1 the uninformed demand is.
    gamma_informed, gamma_uninformed : float
        Absolute risk aversion per unit of payoff.
    gross_riskless : float
        Riskless payoff of one unit invested; 1.02 is two per cent.
    assets : sequence of str, optional
        Names, for findings and output.

    Raises
    ------
    BadInput
        Risk aversion or riskless return not above zero (utility has no maximum), an informed share outside 0 to 1,
        anything not finite, wrong shapes, unequal labels, a covariance that is not symmetric or not positive
        semi-definite, ``sigma`` with a condition number above 1e10 (demand would not be unique), or numbers so unequal
        in size that there is no solution in double precision.
    """
    return solve_inputs(
        Inputs.of(
            mu,
            sigma,
            sigma_eps,
            q_bar,
            sigma_q,
            informed_fraction,
            gamma_informed,
            gamma_uninformed,
            gross_riskless,
            assets,
        )
    )


def solve_inputs(inputs: Inputs) -> Equilibrium:
    """Solve for inputs that are checked already.

    Raises
    ------
    BadInput
        There is no solution in double precision.
    """
    found = solved(inputs)
    gross, share = inputs.gross_riskless, inputs.informed_fraction
    slope, supply_slope = found.signal_weight / gross, found.supply_weight / gross
    residual = share * found.mean_informed + (1.0 - share) * found.mean_uninformed - inputs.q_bar
    quantities = np.stack([inputs.q_bar, found.mean_informed, found.mean_uninformed])
    weights = [_defined(row) for row in value_weights(found.mean_price, quantities)]
    return Equilibrium(
        inputs=inputs,
        A=found.mean_price - slope @ inputs.mu - supply_slope @ inputs.q_bar,
        B=slope,
        C=supply_slope,
        D=found.D if share > 0 else None,
        K=found.K,
        T_z=found.T_z,
        payoff_precision=found.payoff_precision,
        noise_precision=found.noise_precision,
        prior_weight=found.prior_weight,
        premium=found.premium,
        mean_price=found.mean_price,
        mean_demand_informed=found.mean_informed,
        mean_demand_uninformed=found.mean_uninformed,
        mean_clearing_residual=float(np.abs(residual).max()),
        variance_given_price=found.variance_given_price,
        variance_given_signal=found.variance_given_signal,
        weights_market=weights[0],
        weights_informed=weights[1],
        weights_uninformed=weights[2],
        closed=found,
        findings=_findings(inputs, found, float(np.abs(residual).max())),
    )


def _findings(inputs: Inputs, found: ClosedForm, residual: float) -> tuple[Flag, ...]:
    """Flags of the equilibrium: those of the input first."""
    limits = [Flag("loose_clearing", value=residual)] if residual > CLEARING else []
    if not inputs.sigma_q.any() and inputs.informed_fraction > 0:
        limits.append(Flag("fully_revealing"))
    if inputs.informed_fraction == 0:
        limits.append(Flag("shadow_demand_informed"))
    if inputs.informed_fraction == 1:
        limits.append(Flag("shadow_demand_uninformed"))
    signs = _signs(inputs, found.mean_price, found.mean_informed, found.mean_uninformed, inputs.q_bar)
    return (*inputs.findings, *limits, *signs)


def _signs(inputs: Inputs, price: np.ndarray, *held: np.ndarray) -> tuple[Flag, ...]:
    """Flags of negative prices and quantities (informed, uninformed, supply), asset by asset."""
    codes = ("negative_price", "negative_demand_informed", "negative_demand_uninformed", "negative_supply")
    return tuple(
        Flag(code, asset, float(value))
        for code, values in zip(codes, (price, *held), strict=True)
        for asset, value in zip(inputs.assets, values, strict=True)
        if value < 0
    )


def _possible(inputs: Inputs, supply: np.ndarray) -> bool:
    """Whether supply can be reached: a direction in which it never moves must stay at its mean."""
    values, vectors = np.linalg.eigh(inputs.sigma_q)
    fixed = vectors[:, values <= SIGN * max(float(values[-1]), np.finfo(float).tiny)]
    return bool((np.abs((supply - inputs.q_bar) @ fixed) <= UNHEARD * max(1.0, float(np.abs(supply).max()))).all())


def _defined(weights: np.ndarray) -> np.ndarray | None:
    return weights if np.isfinite(weights).all() else None


def _active(held: np.ndarray | None, market: np.ndarray | None) -> float | None:
    return None if held is None or market is None else float(active_share(held, market))


def _plain(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value
