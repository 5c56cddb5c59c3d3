"""Closed form of the noisy rational expectations equilibrium with many assets, over stacks of parameters.

Payoffs v ~ N(mu, S); the informed share of investors sees s = v + e, e ~ N(0, S_e); supply per head q ~ N(q_bar, S_q);
utility -exp(-g W). Prices are linear, p = A + B s + C q. With Pi, T, T_z the precisions of payoff, signal and of what the
price reveals, and t_i, t_u the risk tolerance of both groups per head::

    z = s + D (q - q_bar),  D = -S_e / t_i,  T_z = (S_e + D S_q D')^-1
    K = (t_i + t_u) Pi + t_i T + t_u T_z
    R B = K^-1 (t_i T + t_u T_z),  R C = K^-1 (t_u T_z D - I),  premium of the mean state = K^-1 q_bar

Sources: Grossman and Stiglitz (1980), American Economic Review; Admati (1985), Econometrica. The derivation here is a
reconstruction: market clearing reveals ``t_i T s - q`` to the uninformed, and both groups hold
``x = (1/g) Var(v|F)^-1 (E[v|F] - R p)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.errors import BadInput
from engine.world.checks import inverse
from engine.world.inputs import Inputs

LEAST_TOLERANCE = 1e-100
"""``t_i`` below this is raised to it in ``D``, whose square would overflow; prices and demands do not change by a digit."""


class ClosedForm(NamedTuple):
    """Arrays of the equilibrium; leading axes are those of the parameters varied.

    ``signal_weight`` (R B), ``supply_weight`` (R C) and ``prior_weight`` (I - R B) have shape (..., n, n); all precisions
    and conditional variances too; ``supply`` is the covariance of supply used. ``premium``, ``mean_price``, ``mean_informed`` and ``mean_uninformed`` have (..., n).
    """

    supply: np.ndarray
    D: np.ndarray
    K: np.ndarray
    T_z: np.ndarray
    payoff_precision: np.ndarray
    noise_precision: np.ndarray
    signal_weight: np.ndarray
    supply_weight: np.ndarray
    prior_weight: np.ndarray
    premium: np.ndarray
    variance_given_price: np.ndarray
    variance_given_signal: np.ndarray
    mean_price: np.ndarray
    mean_informed: np.ndarray
    mean_uninformed: np.ndarray


def solved(inputs: Inputs, informed_fraction: object = None, sigma_q: np.ndarray | None = None) -> ClosedForm:
    """Solve for the inputs, or for arrays of informed shares, shape (...), and supply covariances, shape (..., n, n).

    Where nobody is informed ``T_z`` is zero, and ``D`` (which would divide by zero) is not a number.

    Raises
    ------
    BadInput
        The numbers are so unequal in size that the system cannot be solved in double precision.
    """
    given = inputs.informed_fraction if informed_fraction is None else informed_fraction
    fraction = np.asarray(given, dtype=float)[..., None, None]
    supply = inputs.sigma_q if sigma_q is None else sigma_q
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            found = _solved(inputs, fraction, supply)
    except np.linalg.LinAlgError as error:
        raise BadInput("world_unsolved", field="input", value="K is not positive definite") from error
    if not all(np.isfinite(part).all() for name, part in found._asdict().items() if name != "D"):
        raise BadInput("world_unsolved", field="input", value="overflow")
    return found


def _solved(inputs: Inputs, fraction: np.ndarray, supply: np.ndarray) -> ClosedForm:
    size, noise = inputs.size, inputs.sigma_eps
    t_i, t_u = fraction / inputs.gamma_informed, (1.0 - fraction) / inputs.gamma_uninformed
    prior, signal = inverse(np.stack([inputs.sigma, noise]))
    some = fraction > 0
    safe = -noise / np.maximum(t_i, LEAST_TOLERANCE)
    heard = np.where(some, inverse(noise + safe @ supply @ np.swapaxes(safe, -1, -2)), 0.0)
    mixed = t_i * signal + t_u * heard
    known = (t_i + t_u) * prior
    K = known + mixed
    np.linalg.cholesky(K)  # raises unless positive definite
    identity = np.broadcast_to(np.eye(size), K.shape)
    mean = np.broadcast_to(inputs.q_bar[:, None], (*K.shape[:-1], 1))
    sides = np.concatenate([mixed, t_u * heard @ safe - identity, np.broadcast_to(known, K.shape), mean], axis=-1)
    parts = np.linalg.solve(K, sides)
    premium = parts[..., 3 * size]
    precisions = np.stack([prior + heard, np.broadcast_to(prior + signal, K.shape)])
    remaining = inverse(precisions)
    held = (precisions @ premium[..., None])[..., 0]
    return ClosedForm(
        supply=supply,
        D=np.where(some, safe, np.nan),
        K=K,
        T_z=heard,
        payoff_precision=prior,
        noise_precision=signal,
        signal_weight=parts[..., :size],
        supply_weight=parts[..., size : 2 * size],
        prior_weight=parts[..., 2 * size : 3 * size],
        premium=premium,
        variance_given_price=remaining[0],
        variance_given_signal=remaining[1],
        mean_price=(inputs.mu - premium) / inputs.gross_riskless,
        mean_informed=held[1] / inputs.gamma_informed,
        mean_uninformed=held[0] / inputs.gamma_uninformed,
    )


def value_weights(price: np.ndarray, quantity: np.ndarray) -> np.ndarray:
    """Shares of value, shape (..., n); not numbers where a price or a quantity is negative, or nothing is held."""
    value = price * quantity
    total = value.sum(axis=-1, keepdims=True)
    defined = ((price >= 0) & (quantity >= 0)).all(axis=-1, keepdims=True) & (total > 0)
    return np.asarray(np.where(defined, value / np.where(defined, total, 1.0), np.nan))


def active_share(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Half the sum of absolute differences of two weights, shape (...)."""
    return np.asarray(np.abs(one - other).sum(axis=-1) / 2)


def off_market(held: np.ndarray, market: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Best factor c of ``held = c * market`` by least squares, and what is left as a share of the length of ``held``.

    The share is the sine of the angle between the two: zero where the market is an eigenvector of
    ``(Pi + T_z) K^-1``, the matrix that turns mean supply into what the uninformed hold.
    """
    scale = (held * market).sum(axis=-1) / (market * market).sum(axis=-1)
    left = np.linalg.norm(held - scale[..., None] * market, axis=-1)
    return scale, np.asarray(left / np.linalg.norm(held, axis=-1))


class Certainty(NamedTuple):
    """Certainty equivalents of trading, and what the signal is worth; per head, units of payoff, shape (...)."""

    informed: np.ndarray
    uninformed: np.ndarray
    value_of_information: np.ndarray


def excess_covariance(inputs: Inputs, found: ClosedForm) -> np.ndarray:
    """Covariance of the excess payoff v - R p before anything is seen, shape (..., n, n)."""
    parts = (
        (found.prior_weight, inputs.sigma),
        (found.signal_weight, inputs.sigma_eps),
        (found.supply_weight, found.supply),
    )
    return np.asarray(sum(weight @ spread @ np.swapaxes(weight, -1, -2) for weight, spread in parts))


def certainty(inputs: Inputs, found: ClosedForm) -> Certainty:
    """What trading is worth before anything is seen, on top of the riskless return on wealth.

    With Q the covariance and a the mean of the excess payoff, and V the variance that remains after what is seen::

        (1 / 2g) (log det Q - log det V + a' Q^-1 a)

    At unchanged prices the signal is worth ``(1 / 2 g_u) log (det V_u / det V_i)`` to one uninformed investor. For one
    asset this is the ratio of utilities in Grossman and Stiglitz (1980); with many it follows from the same integral.
    """
    excess = excess_covariance(inputs, found)
    carried = (found.premium * np.linalg.solve(excess, found.premium[..., None])[..., 0]).sum(axis=-1)
    whole, price, signal = (
        np.linalg.slogdet(part)[1] for part in (excess, found.variance_given_price, found.variance_given_signal)
    )
    return Certainty(
        (whole - signal + carried) / (2.0 * inputs.gamma_informed),
        (whole - price + carried) / (2.0 * inputs.gamma_uninformed),
        (price - signal) / (2.0 * inputs.gamma_uninformed),
    )
