"""Covariance of funds as look-through factors and residuals that know twins.

The published correlations are shrunk, which caps every pair at 0.968: two funds on one index would
look 4 % a year apart. Here each group of near-identical funds has one anchor; the others move with
it plus an own noise of the measured tracking error. Only the residuals of anchors against the
ten block funds are shrunk, where it costs little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.allocation.universe import Measured, block_assumptions, measured
from engine.errors import BadInput
from engine.universe import BLOCKS

METHODS = ("measured", "assumptions")
BASIS = dict(zip(BLOCKS, ("VTI", "VEA", "VWO", "BND", "BNDX", "EMB", "VNQ", "IGF", "GLD", "DBC"), strict=True))
"""The fund that stands for each look-through block."""

FLOOR = 0.0005
"""Own volatility every row keeps, so that the matrix is positive definite: 5 basis points a year."""

_TWINS = ("same_index", "near_index")


@dataclass(frozen=True)
class Twin:
    """A fund that moves with others: weights on anchors, and own noise a year."""

    ticker: str
    anchors: tuple[tuple[str, float], ...]
    noise: float


def covariance(tickers: list[str], method: str = "measured", *, blocks: bool = False) -> pd.DataFrame:
    """Covariance of yearly returns of the funds, decimals squared; positive definite.

    Parameters
    ----------
    tickers : list of str
        Funds of the table of correlations.
    method : {"measured", "assumptions"}
        Where the covariance of the ten blocks comes from: weekly returns since 2016, or published
        capital market assumptions. Residuals are measured either way.
    blocks : bool
        Add one row for each look-through block, so that a model may be given in blocks.

    Raises
    ------
    BadInput
        Unknown method or fund.
    """
    if method not in METHODS:
        raise BadInput("unknown_choice", field="covariance", value=method, accepted=", ".join(METHODS))
    known = measured()
    unknown = [name for name in tickers if name not in known.correlation.index]
    if unknown:
        raise BadInput("no_covariance", field="tickers", value=", ".join(unknown))
    found = twins(known)
    anchors = [name for name in known.correlation.index if found[name].anchors == ((name, 1.0),)]
    core, unmixed = _anchored(known, anchors, method)
    place = {name: k for k, name in enumerate(anchors)}
    loading, noise = np.zeros((len(tickers), len(anchors))), np.zeros(len(tickers))
    for row, name in enumerate(tickers):
        noise[row] = found[name].noise
        for anchor, weight in found[name].anchors:
            loading[row, place[anchor]] += weight
    names = list(tickers)
    if blocks:
        loading, noise, names = (
            np.vstack([loading, unmixed]),
            np.append(noise, np.zeros(len(BLOCKS))),
            [*names, *BLOCKS],
        )
    values = loading @ core @ loading.T + np.diag(noise**2 + FLOOR**2)
    return pd.DataFrame((values + values.T) / 2.0, names, names)


def twins(known: Measured) -> dict[str, Twin]:
    """For every fund what it moves with: itself, or the anchor of its group plus noise, or a mix of two anchors.

    A group is a fund with its reference where both hold the same or a near index and the measured
    tracking error is one (quality A or B); of a pair that name each other the group's reference leads.
    """
    parent = {
        name: row.reference
        for name, row in known.tracking.items()
        if row.basis in _TWINS and row.reference in known.correlation.index
    }
    leads = {name for name, other in parent.items() if parent.get(other) == name and _leads(name, other, parent, known)}
    found = {str(name): _follow(str(name), parent, leads, known) for name in known.correlation.index}
    for name, row in known.tracking.items():
        mix = _mix(row.reference) if row.basis == "composite" else ()
        if mix and all(part in found for part, _ in mix):
            found[name] = Twin(
                name, tuple((found[part].anchors[0][0], weight) for part, weight in mix), row.tracking_error
            )
    return found


def _leads(name: str, other: str, parent: dict[str, str], known: Measured) -> bool:
    """Whether of two funds that name each other this one leads: the group's reference, else the more named one."""
    mine, yours = known.tracking[name].is_group_reference, known.tracking[other].is_group_reference
    if mine != yours:
        return mine
    named = list(parent.values())
    return (named.count(name), other) > (named.count(other), name)


def _follow(name: str, parent: dict[str, str], leads: set[str], known: Measured) -> Twin:
    variance, at, seen = 0.0, name, {name}
    while at in parent and at not in leads:
        variance += known.tracking[at].tracking_error ** 2
        at = parent[at]
        if at in seen:
            break
        seen.add(at)
    return Twin(name, ((at, 1.0),), variance**0.5)


def _mix(text: str) -> tuple[tuple[str, float], ...]:
    """``0.5*BND+0.5*BNDX`` as parts; empty when it is something else."""
    try:
        return tuple((part.split("*")[1], float(part.split("*")[0])) for part in text.split("+"))
    except (IndexError, ValueError):
        return ()


def _anchored(known: Measured, anchors: list[str], method: str) -> tuple[np.ndarray, np.ndarray]:
    """Covariance of the anchors, and the ten blocks as mixes of anchors (blocks x anchors)."""
    found = twins(known)
    volatility = known.volatility.loc[anchors].to_numpy()
    sample = _definite(known.correlation.loc[anchors, anchors].to_numpy()) * np.outer(volatility, volatility)
    picks = np.zeros((len(BLOCKS), len(anchors)))
    for row, fund in enumerate(BASIS.values()):
        picks[row, anchors.index(found[fund].anchors[0][0])] = 1.0
    mixes = known.lookthrough.loc[list(BASIS.values())].fillna(0.0).to_numpy()
    unmixed = np.linalg.solve(mixes, picks)
    if method == "measured":
        basis = picks @ sample @ picks.T
        loading = np.linalg.solve(basis, picks @ sample).T
        explained, rest = loading @ basis @ loading.T, np.eye(len(anchors)) - loading @ picks
    else:
        mix = known.lookthrough.loc[anchors].fillna(0.0).to_numpy()
        proxy = mix @ unmixed
        with np.errstate(divide="ignore", invalid="ignore"):
            # How much of its own mix a fund holds in effect: duration, cash, leverage of the sector.
            beta = np.einsum("ij,ij->i", proxy @ sample, np.eye(len(anchors))) / np.einsum(
                "ij,ij->i", proxy @ sample, proxy
            )
        loading = np.nan_to_num(beta)[:, None] * mix
        explained, rest = loading @ block_assumptions().to_numpy() @ loading.T, np.eye(len(anchors)) - loading @ unmixed
    residual = rest @ sample @ rest.T
    return explained + (1.0 - known.shrinkage) * residual + known.shrinkage * np.diag(np.diag(residual)), unmixed


def _definite(correlation: np.ndarray) -> np.ndarray:
    """Rounding to four decimals can leave eigenvalues a little below zero; they are lifted and the diagonal restored."""
    roots, vectors = np.linalg.eigh(correlation)
    lifted = (vectors * np.maximum(roots, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(scale, scale))


def implied_tracking(matrix: pd.DataFrame, weights: dict[str, float], against: dict[str, float]) -> float:
    """Standard deviation a year of one mix less another under a covariance, decimal."""
    difference = pd.Series(weights).reindex(matrix.index).fillna(0.0) - pd.Series(against).reindex(matrix.index).fillna(
        0.0
    )
    return float(np.sqrt(difference.to_numpy() @ matrix.to_numpy() @ difference.to_numpy()))


def in_won(
    matrix: pd.DataFrame, betas: pd.Series, rate_volatility: float, correlation: float, market: float
) -> pd.DataFrame:
    """The covariance for someone whose cash is won: every fund, but not cash, carries the exchange rate.

    r_won = r + e, so that Sigma_won = Sigma + c 1' + 1 c' + v 11' with c_i = cov(r_i, e) through the
    fund's beta to the market and v the variance of the rate.

    Parameters
    ----------
    betas : Series
        Of each row of the matrix to the market.
    rate_volatility, correlation : float
        Of the dollar in won, and with the market.
    market : float
        Volatility of the market.
    """
    shared = betas.reindex(matrix.index).fillna(0.0).to_numpy() * correlation * rate_volatility * market
    values = matrix.to_numpy() + shared[:, None] + shared[None, :] + rate_volatility**2
    return pd.DataFrame(values, matrix.index, matrix.index)
