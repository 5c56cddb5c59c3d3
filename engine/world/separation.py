"""When the uninformed hold the market portfolio, and how far off they are otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.world.closed_form import off_market
from engine.world.equilibrium import Equilibrium
from engine.world.inputs import Inputs

NEAR = 1e-6
"""A limiting case counts as reached when what separates it from the limit is this small, as a share."""

EVERY_STATE = ("no_informed", "useless_signal", "fully_revealing")


@dataclass(frozen=True)
class Separation:
    """Whether the uninformed hold the market portfolio, and how far off they are.

    Attributes
    ----------
    cases : tuple of str
        All that apply, in this order: ``no_informed`` (a), ``useless_signal`` (b), ``fully_revealing`` (c),
        ``proportional_precisions`` (d), ``eigenvector`` (e). Empty when the uninformed are tilted. A limiting case
        counts as reached within ``NEAR``; by numbers, (a) to (d) imply (e).
    holds : str
        ``every_state`` (that can occur: with fully revealing prices supply is at its mean), ``on_average`` (mean demand
        only) or ``no``.
    same_size : bool
        The uninformed also hold as much per head as there is, not only in the same proportions.
    scale : float
        Their holdings over the market's, by least squares over mean quantities.
    active_share : float or None
        Against the market by value at mean prices; None where weights are not defined.
    eigenvector_residual : float
        Sine of the angle between mean holdings and mean supply; 0 where they are proportional.
    utility_loss : float
        Certainty equivalent that an uninformed investor loses in the mean state by holding the market in its best size
        instead; per head, units of payoff.
    """

    cases: tuple[str, ...]
    holds: str
    same_size: bool
    scale: float
    active_share: float | None
    eigenvector_residual: float
    utility_loss: float

    def to_dict(self) -> dict[str, object]:
        return vars(self) | {"cases": list(self.cases)}


def separation(found: Equilibrium) -> Separation:
    """Which of the five cases apply, and the distance from the market where none does.

    Prices give the uninformed no worse a picture than the average investor when nobody is informed, when the signal is
    useless, when prices reveal it, or (on average) when all precisions are proportional or mean supply happens to be an
    eigenvector. Otherwise they hold less of what the informed know most about (winner's curse).
    """
    inputs, held = found.inputs, found.mean_demand_uninformed
    scale, angle = off_market(held, inputs.q_bar)
    tests = {
        "no_informed": inputs.informed_fraction == 0,
        "useless_signal": _useless(found),
        "fully_revealing": _revealing(found),
        "proportional_precisions": _proportional(inputs),
        "eigenvector": bool(angle < NEAR),
    }
    cases = tuple(code for code, applies in tests.items() if applies)
    always = bool(set(cases) & set(EVERY_STATE))
    return Separation(
        cases=cases,
        holds="every_state" if always else "on_average" if cases else "no",
        same_size=bool(cases) and abs(float(scale) - 1.0) < NEAR,
        scale=float(scale),
        active_share=found.active_share,
        eigenvector_residual=float(angle),
        utility_loss=_loss(found),
    )


def _useless(found: Equilibrium) -> bool:
    """The signal adds next to nothing to what is known: its precision, measured in payoffs' own, is near zero."""
    return bool(np.abs(np.linalg.eigvals(found.inputs.sigma @ found.noise_precision)).max() < NEAR)


def _revealing(found: Equilibrium) -> bool:
    """Supply hides next to nothing: the noise it adds to the signal, measured in the signal's own, is near zero."""
    if found.D is None:
        return False
    hidden = found.D @ found.inputs.sigma_q @ found.D.T @ found.noise_precision
    return bool(np.abs(np.linalg.eigvals(hidden)).max() < NEAR)


def _proportional(inputs: Inputs) -> bool:
    """S_e = k S and S_q = h S^-1 for some k and h (the second read as S S_q being a multiple of the identity)."""
    return _multiple(inputs.sigma_eps, inputs.sigma) and _multiple(inputs.sigma @ inputs.sigma_q, np.eye(inputs.size))


def _multiple(matrix: np.ndarray, of: np.ndarray) -> bool:
    factor = (matrix * of).sum() / (of * of).sum()
    return bool(np.linalg.norm(matrix - factor * of) <= NEAR * np.linalg.norm(matrix))


def _loss(found: Equilibrium) -> float:
    """(g/2) x'V x over what the market in its best size leaves of it: the projection is in the metric of V."""
    held, market, spread = found.mean_demand_uninformed, found.inputs.q_bar, found.variance_given_price
    against = market @ spread @ market
    best = (market @ spread @ held) / against if against > 0 else 0.0
    apart = held - best * market
    return float(found.inputs.gamma_uninformed / 2.0 * (apart @ spread @ apart))
