"""What moves with the informed share, the signal and supply: sweeps and surfaces for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.errors import BadInput
from engine.world.checks import at_least_zero, numbers, share, whole
from engine.world.closed_form import active_share, certainty, off_market, solved, value_weights
from engine.world.equilibrium import Equilibrium
from engine.world.inputs import Inputs

SPREAD = 3.0
"""Charts reach this many standard deviations to either side of the mean."""

MIN_POINTS, MAX_POINTS = 2, 401
"""Points along one axis."""

FRACTIONS = tuple(round(step / 50, 2) for step in range(51))
SUPPLY_NOISE = tuple(round(step / 10, 1) for step in range(0, 31))


class _Told:
    """``to_dict`` of a result: arrays as lists."""

    def to_dict(self) -> dict[str, object]:
        return {key: item.tolist() if isinstance(item, np.ndarray) else item for key, item in vars(self).items()}


@dataclass(frozen=True, eq=False)
class InformedSweep(_Told):
    """The equilibrium over the informed share; rows are shares, columns assets. Weights are NaN where not defined.

    Attributes
    ----------
    revealed : ndarray, shape (m, n)
        Share of the signal's news about a payoff (the fall in its variance) that prices pass on to the uninformed.
    active_share, eigenvector_residual : ndarray, shape (m,)
        Of the uninformed against the market, by value and by quantity.
    certainty_informed, certainty_uninformed, value_of_information : ndarray, shape (m,)
        Per head, units of payoff; see :func:`engine.world.closed_form.certainty`.
    """

    assets: tuple[str, ...]
    informed_fraction: np.ndarray
    mean_price: np.ndarray
    mean_demand_informed: np.ndarray
    mean_demand_uninformed: np.ndarray
    weights_market: np.ndarray
    weights_informed: np.ndarray
    weights_uninformed: np.ndarray
    active_share: np.ndarray
    eigenvector_residual: np.ndarray
    revealed: np.ndarray
    certainty_informed: np.ndarray
    certainty_uninformed: np.ndarray
    value_of_information: np.ndarray


def over_informed_fraction(inputs: Inputs, fractions: Sequence[float] = FRACTIONS) -> InformedSweep:
    """Solve for every informed share given.

    Raises
    ------
    BadInput
        A share outside 0 to 1, or none.
    """
    lam = _shares(fractions)
    found = solved(inputs, lam)
    worth = certainty(inputs, found)
    held = (inputs.q_bar, found.mean_informed, found.mean_uninformed)
    market, informed, uninformed = (value_weights(found.mean_price, quantity) for quantity in held)
    before, after, most = (
        np.diagonal(part, axis1=-2, axis2=-1)
        for part in (inputs.sigma, found.variance_given_price, found.variance_given_signal)
    )
    return InformedSweep(
        assets=inputs.assets,
        informed_fraction=lam,
        mean_price=found.mean_price,
        mean_demand_informed=found.mean_informed,
        mean_demand_uninformed=found.mean_uninformed,
        weights_market=market,
        weights_informed=informed,
        weights_uninformed=uninformed,
        active_share=active_share(uninformed, market),
        eigenvector_residual=off_market(found.mean_uninformed, inputs.q_bar)[1],
        revealed=(before - after) / (before - most),
        certainty_informed=worth.informed,
        certainty_uninformed=worth.uninformed,
        value_of_information=worth.value_of_information,
    )


@dataclass(frozen=True, eq=False)
class MarketMap(_Told):
    """Where the market portfolio is right for the uninformed.

    Attributes
    ----------
    supply_noise : ndarray, shape (r,)
        Factor on the standard deviation of supply; rows.
    informed_fraction : ndarray, shape (c,)
        Columns.
    active_share, eigenvector_residual : ndarray, shape (r, c)
        Of the uninformed against the market; the active share is NaN where a mean price or quantity is negative.
    """

    supply_noise: np.ndarray
    informed_fraction: np.ndarray
    active_share: np.ndarray
    eigenvector_residual: np.ndarray


def market_map(
    inputs: Inputs, fractions: Sequence[float] = FRACTIONS, supply_noise: Sequence[float] = SUPPLY_NOISE
) -> MarketMap:
    """Distance of the uninformed from the market over informed share and supply noise.

    Raises
    ------
    BadInput
        A share outside 0 to 1, a negative factor, or an empty axis.
    """
    lam, factors = _shares(fractions), _line("supply_noise", supply_noise)
    at_least_zero("supply_noise", float(factors.min()))
    found = solved(inputs, lam[None, :], factors[:, None, None, None] ** 2 * inputs.sigma_q)
    held, market = (value_weights(found.mean_price, item) for item in (found.mean_uninformed, inputs.q_bar))
    return MarketMap(factors, lam, active_share(held, market), off_market(found.mean_uninformed, inputs.q_bar)[1])


@dataclass(frozen=True, eq=False)
class PriceSurface(_Told):
    """Price of one asset over its own signal and supply, the others at their means.

    Attributes
    ----------
    price : ndarray, shape (len(supply), len(signal))
        A plane: the equilibrium is linear.
    """

    asset: str
    signal: np.ndarray
    supply: np.ndarray
    price: np.ndarray


def price_surface(found: Equilibrium, asset: str, points: int = 41) -> PriceSurface:
    """Price over three standard deviations of the asset's signal and supply to either side.

    Where supply does not vary, its axis is one point.

    Raises
    ------
    BadInput
        The asset is not one of the inputs', or too few or too many points.
    """
    step, inputs = _step(found.inputs, asset), found.inputs
    seen = np.sqrt(inputs.sigma[step, step] + inputs.sigma_eps[step, step])
    signal = _around(inputs.mu[step], float(seen), points)
    supply = _around(inputs.q_bar[step], float(np.sqrt(inputs.sigma_q[step, step])), points)
    news, extra = signal - inputs.mu[step], supply - inputs.q_bar[step]
    price = found.mean_price[step] + found.B[step, step] * news[None, :] + found.C[step, step] * extra[:, None]
    return PriceSurface(inputs.assets[step], signal, supply, price)


@dataclass(frozen=True, eq=False)
class DemandLines(_Told):
    """Demand for one asset over its own price, other prices and the signal as they are in a state.

    Attributes
    ----------
    informed, uninformed : ndarray, shape (m,)
        Units per head of each group. The uninformed read news into a price: their line is flatter than it would be, and
        may rise.
    uninformed_deaf : ndarray, shape (m,)
        What the uninformed would hold if they kept the beliefs of the state and read nothing into a price.
    together : ndarray, shape (m,)
        Both groups by their shares; meets ``supply`` at ``equilibrium_price``.
    """

    asset: str
    price: np.ndarray
    informed: np.ndarray
    uninformed: np.ndarray
    uninformed_deaf: np.ndarray
    together: np.ndarray
    supply: float
    equilibrium_price: float


def demand_lines(found: Equilibrium, asset: str, s: object = None, q: object = None, points: int = 41) -> DemandLines:
    """Demand over three standard deviations of the asset's price to either side of a state's (the mean state by default).

    Raises
    ------
    BadInput
        The asset is not one of the inputs', a state of the wrong shape, or too few or too many points.
    """
    inputs, step = found.inputs, _step(found.inputs, asset)
    signal, supply = inputs.mu if s is None else s, inputs.q_bar if q is None else q
    here = found.state(signal, supply)
    axis = _around(here.price[step], _price_spread(found, step), points)
    moved = inputs.gross_riskless * (axis - here.price[step])
    believed = found.payoff_precision[step, step] + found.T_z[step, step]
    learned = (found.T_z @ _reading(found))[step, step]
    slopes = (
        -(found.payoff_precision + found.noise_precision)[step, step] / inputs.gamma_informed,
        -(believed - learned) / inputs.gamma_uninformed,
        -believed / inputs.gamma_uninformed,
    )
    starts = (here.demand_informed[step], here.demand_uninformed[step], here.demand_uninformed[step])
    informed, uninformed, deaf = (start + slope * moved for start, slope in zip(starts, slopes, strict=True))
    lam = inputs.informed_fraction
    together = lam * informed + (1.0 - lam) * uninformed
    chosen = float(here.q[step]), float(here.price[step])
    return DemandLines(inputs.assets[step], axis, informed, uninformed, deaf, together, *chosen)


def _reading(found: Equilibrium) -> np.ndarray:
    """Change of the revealed signal z with R p, (R B)^-1; nothing is read when nobody is informed."""
    if found.D is None:
        return np.zeros_like(found.K)
    return np.asarray(np.linalg.inv(found.B * found.inputs.gross_riskless))


def _price_spread(found: Equilibrium, step: int) -> float:
    """Standard deviation of an asset's price; a hundredth of the price where it never moves."""
    inputs, slope, supply_slope = found.inputs, found.B[step], found.C[step]
    variance = slope @ (inputs.sigma + inputs.sigma_eps) @ slope + supply_slope @ inputs.sigma_q @ supply_slope
    return float(np.sqrt(variance)) or 0.01 * abs(float(found.mean_price[step])) or 0.01


def _around(centre: float, deviation: float, points: int) -> np.ndarray:
    points = whole("points", points, MIN_POINTS, MAX_POINTS)
    if deviation == 0:
        return np.array([centre])
    return np.linspace(centre - SPREAD * deviation, centre + SPREAD * deviation, points)


def _step(inputs: Inputs, asset: str) -> int:
    if asset not in inputs.assets:
        raise BadInput("unknown_choice", field="asset", value=asset, accepted=", ".join(inputs.assets))
    return inputs.assets.index(asset)


def _line(field: str, values: Sequence[float]) -> np.ndarray:
    line = np.atleast_1d(numbers(field, values))
    if line.ndim != 1 or not 1 <= len(line) <= MAX_POINTS:
        raise BadInput("world_shape", field=field, value=f"shape {line.shape}", accepted=f"1 to {MAX_POINTS} numbers")
    return line


def _shares(fractions: Sequence[float]) -> np.ndarray:
    line = _line("informed_fraction", fractions)
    share("informed_fraction", float(line.min()))
    share("informed_fraction", float(line.max()))
    return line
