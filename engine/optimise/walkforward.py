"""Portfolios fitted again and again on the rows before each date: weights for a walk-forward test."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.errors import BadInput, Infeasible
from engine.optimise.moments import checked, rolling_moments
from engine.optimise.quadratic import caps_of, solve_each

Array = np.ndarray

CELLS = 4_000_000
"""Entries of covariance held at a time (32 MB); more dates are taken in turns."""

PARITY_TOLERANCE = 1e-10
"""Relative distance of a risk contribution from an equal one that is accepted."""

PARITY_SWEEPS = 10_000


def mean_variance(returns: Array, ends: Array, window: int, risk_aversion: float, *, cap: float | Array = 1.0) -> Array:
    """Weights that maximise mean'w - gamma w'Cov w (Markowitz 1952), long only and fully invested.

    To learn how each was solved, use :func:`rolling_moments` and :func:`solve_each` with
    ``2 * risk_aversion * covariance`` and ``mean``.

    Parameters
    ----------
    returns, ends, window
        As in :func:`rolling_moments`. The weights of an end are decided by the rows before it alone.
    risk_aversion : float
        gamma, above zero, for moments of the returns' own frequency.
    cap : float or array (n,)
        Largest weight, decimal above 0 and up to 1.

    Returns
    -------
    array (k, n)
        Decimals from 0 to ``cap``; rows sum to one.

    Raises
    ------
    BadInput
        As in :func:`rolling_moments`; gamma not above zero; caps that leave no portfolio.
    Infeasible
        A date could not be solved to the accuracy needed.
    """
    if not 0 < risk_aversion < np.inf:
        raise BadInput("bad_number", field="risk_aversion", value=risk_aversion, accepted="numbers above 0")
    return _optimise(returns, ends, window, 2.0 * risk_aversion, 1.0, cap)


def minimum_variance(returns: Array, ends: Array, window: int, *, cap: float | Array = 1.0) -> Array:
    """Weights of the least variance, long only and fully invested; otherwise as :func:`mean_variance`."""
    return _optimise(returns, ends, window, 1.0, 0.0, cap)


def risk_parity(returns: Array, ends: Array, window: int) -> Array:
    """Weights whose contributions to variance are equal (Maillard, Roncalli and Teiletche 2010).

    Cyclical coordinate descent (Griveau-Billion, Richard and Roncalli 2013), from the answer before;
    contributions w * (Cov w) are equal to 1e-10 of each.

    Parameters
    ----------
    returns, ends, window
        As in :func:`rolling_moments`.

    Returns
    -------
    array (k, n)
        Decimals above zero; rows sum to one.

    Raises
    ------
    BadInput
        As in :func:`rolling_moments`; an asset that does not vary in a window, so that it bears no risk.
    Infeasible
        No such weights (assets that hedge each other fully), or none to the accuracy needed.
    """
    from engine.optimise import kernels

    rows, stops, length = checked(returns, ends, window)
    weights, n = np.empty((len(stops), rows.shape[1])), rows.shape[1]
    y = np.zeros(n)
    for part in _parts(len(stops), n):
        covariance = rolling_moments(rows, stops[part], length)[1]
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        _check_risk(rows, stops[part], length, variance)
        if not y.any():
            y = 1.0 / np.sqrt(variance[0])
        sweeps, error = np.empty(len(covariance), np.int64), np.empty(len(covariance))
        kernels.parity_each(covariance, y, PARITY_SWEEPS, PARITY_TOLERANCE, weights[part], sweeps, error)
        if (sweeps < 0).any():
            worst = float(error[sweeps < 0][0])
            raise Infeasible("tilt_not_solved", field="risk_parity", value=f"{worst:.1g}")
        y = weights[part][-1]
    return weights


def _optimise(returns: Array, ends: Array, window: int, curve: float, pull: float, cap: float | Array) -> Array:
    rows, stops, length = checked(returns, ends, window)
    weights, n = np.empty((len(stops), rows.shape[1])), rows.shape[1]
    caps = caps_of(cap, n)
    start: Array | None = None
    for part in _parts(len(stops), n):
        mean, covariance = rolling_moments(rows, stops[part], length)
        covariance *= curve
        weights[part] = solve_each(covariance, pull * mean, caps, start).weights
        start = weights[part][-1]
    return weights


def _parts(dates: int, assets: int) -> Iterator[slice]:
    """Slices of the dates whose covariances fit in CELLS."""
    size = max(1, CELLS // assets**2)
    for first in range(0, dates, size):
        yield slice(first, min(first + size, dates))


def _check_risk(rows: Array, stops: Array, window: int, variance: Array) -> None:
    """Refuse an asset whose returns in a window are all equal."""
    still = variance <= 0.0
    if still.any():
        date, asset = np.argwhere(still)[0]
        raise BadInput(
            "bad_number",
            field="returns",
            value=f"asset {asset}, constant at {rows[stops[date] - 1, asset]} in the {window} rows before row {stops[date]}",
            accepted="returns that vary",
        )
