"""The 10/5/40 rule of a diversified fund as an exact projection.

Given wishes ``v``: the nearest ``w`` (Euclidean) with ``sum w = 1``, ``0 <= w <= 0.10`` and the sum of all weights
above 0.05 at most 0.40 (the rule that QRFT and AMOM state). The last rule
is combinatorial, but the set is symmetric in its names, so an answer keeps the order of ``v``: for m = 0..7 let the m
largest wishes lie in [0.05, 0.10] with a sum of at most 0.40 and the others in [0, 0.05]; each is a convex problem
with a closed answer, and the nearest of the eight is the projection. Eight or more above 0.05 would exceed 0.40.
"""

from __future__ import annotations

import numpy as np

from engine.errors import BadInput, Infeasible

ISSUER = 0.10
LARGE = 0.05
TOGETHER = 0.40
FEWEST = 16
"""4 x 10 % + 12 x 5 % = 100 %: with fewer names no weights keep the rules."""

_MOST_LARGE = 7


def project(wishes: np.ndarray) -> np.ndarray:
    """The nearest weights that keep the 10/5/40 rule.

    Parameters
    ----------
    wishes : ndarray, shape (n,) or (B, n)
        Wished weights, any finite numbers; rows are projected side by side.

    Returns
    -------
    ndarray of the same shape.

    Raises
    ------
    Infeasible
        Fewer than 16 names.
    BadInput
        A wish that is not a number.
    """
    rows = np.atleast_2d(np.asarray(wishes, dtype=float))
    count = rows.shape[1]
    if count < FEWEST:
        raise Infeasible("fund_rules_names", field="names", value=count, accepted=FEWEST)
    if not np.isfinite(rows).all():
        raise BadInput("bad_number", field="wishes", value="a weight that is no number", accepted="finite numbers")
    order = np.argsort(-rows, axis=1, kind="stable")
    wanted = np.take_along_axis(rows, order, axis=1)
    best = np.full(len(rows), np.inf)
    chosen = np.zeros(rows.shape)
    for large in range(_MOST_LARGE + 1):
        weights = _with(wanted, large)
        if weights is None:
            continue
        distance = ((weights - wanted) ** 2).sum(axis=1)
        nearer = distance < best
        best = np.where(nearer, distance, best)
        chosen[nearer] = weights[nearer]
    answer = np.empty(rows.shape)
    np.put_along_axis(answer, order, chosen, axis=1)
    return answer if np.ndim(wishes) == 2 else answer[0]


def _with(wanted: np.ndarray, large: int) -> np.ndarray | None:
    """The nearest weights with the ``large`` first in [0.05, 0.10] and the rest in [0, 0.05]; None if there are none."""
    count = wanted.shape[1]
    if min(large * ISSUER, TOGETHER) + (count - large) * LARGE < 1.0 - 1e-12:
        return None
    low = np.where(np.arange(count) < large, LARGE, 0.0)
    high = np.where(np.arange(count) < large, ISSUER, LARGE)
    weights = _fill(wanted, low, high, 1.0)
    over = weights[:, :large].sum(axis=1) > TOGETHER
    if over.any():
        weights[over, :large] = _fill(wanted[over, :large], low[:large], high[:large], TOGETHER)
        weights[over, large:] = _fill(wanted[over, large:], low[large:], high[large:], 1.0 - TOGETHER)
    return weights


def _fill(wanted: np.ndarray, low: np.ndarray, high: np.ndarray, total: float) -> np.ndarray:
    """Nearest weights inside [low, high] with a given sum: ``clip(wanted - x)``, x from the sorted breakpoints."""
    breaks = np.concatenate([wanted - high, wanted - low], axis=1)
    slope = np.concatenate([-np.ones(wanted.shape), np.ones(wanted.shape)], axis=1)
    order = np.argsort(breaks, axis=1, kind="stable")
    at = np.take_along_axis(breaks, order, axis=1)
    slopes = np.cumsum(np.take_along_axis(slope, order, axis=1), axis=1)
    drop = slopes[:, :-1] * np.diff(at, axis=1)
    sums = high.sum() + np.concatenate([np.zeros((len(wanted), 1)), np.cumsum(drop, axis=1)], axis=1)
    left = np.clip((sums > total).sum(axis=1) - 1, 0, at.shape[1] - 1)
    rows = np.arange(len(wanted))
    free = slopes[rows, left]
    with np.errstate(divide="ignore", invalid="ignore"):
        shift = np.where(free < 0, at[rows, left] + (total - sums[rows, left]) / free, at[rows, left])
    weights = np.clip(wanted - shift[:, None], low, high)
    return _settled(weights, low, high, total)


def _settled(weights: np.ndarray, low: np.ndarray, high: np.ndarray, total: float) -> np.ndarray:
    """The same weights with rounding in the sum shared by those that can still move."""
    inside = (weights > low) & (weights < high)
    gap = total - weights.sum(axis=1)
    share = gap / np.maximum(inside.sum(axis=1), 1)
    return np.where(inside, np.clip(weights + share[:, None], low, high), weights)


def breaches(weights: np.ndarray) -> dict[str, float]:
    """Largest weight and the sum of all above 5 %, decimals, of one row of weights."""
    return {
        "largest": float(weights.max(initial=0.0)),
        "large_together": float(weights[weights > LARGE + 1e-9].sum()),
    }
