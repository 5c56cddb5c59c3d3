"""Which look-back to use, chosen at each month end from outcomes that were known.

The outcome of a decision at month end s is known at s + 1. A choice at t therefore uses decisions up to t - 1
(``known=1``); ``known=0`` would use the month that is being decided, and exists for the audit, which must catch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from engine.errors import BadInput
from engine.momentum.scores import LOOKBACKS, percentiles, scores, size_buckets

Method = Literal["top", "ic", "blend", "net", "fixed"]
METHODS: tuple[str, ...] = get_args(Method)

LEARNING_RATE = 0.15
"""Of the exponential weights: about sqrt(8 ln 34 / months remembered) over the range of a standardised outcome."""

HALF_LIFE = 36
"""Months after which an outcome counts half in the blend."""


@dataclass(frozen=True, eq=False)
class History:
    """How each look-back did, by decision month.

    Attributes
    ----------
    lookbacks : tuple of int
    top : ndarray, shape (m, L)
        Mean return over the next month of the names ranked highest, decimal; NaN before there are scores.
    ic : ndarray, shape (m, L)
        Rank correlation (Spearman) between score and next month's return.
    average : ndarray, shape (m,)
        Mean return over the next month of all eligible names.
    """

    lookbacks: tuple[int, ...]
    top: np.ndarray
    ic: np.ndarray
    average: np.ndarray


def hold_count(eligible: np.ndarray | int, hold: int, fewest: int) -> np.ndarray:
    """Names held of so many eligible: ``hold``, or half of them on a small panel, never below ``fewest``."""
    return np.asarray(np.minimum(hold, np.maximum(fewest, np.asarray(eligible) // 2)))


def history(
    residual: np.ndarray,
    outcome: np.ndarray,
    eligible: np.ndarray,
    *,
    hold: int,
    fewest: int,
    caps: np.ndarray | None = None,
    lookbacks: tuple[int, ...] = LOOKBACKS,
) -> History:
    """Outcomes of every look-back at every month; memory does not grow with the number of look-backs."""
    bucket = size_buckets(caps, eligible)
    count = eligible.sum(axis=1)
    share = hold_count(count, hold, fewest) / np.maximum(count, 1)
    earned = np.where(eligible, outcome, np.nan)
    settled = eligible & np.isfinite(earned)
    placed = percentiles(earned, settled) - 0.5
    gains = np.nan_to_num(earned)
    top, ic = np.full((len(residual), len(lookbacks)), np.nan), np.full((len(residual), len(lookbacks)), np.nan)
    for column, (_, score) in enumerate(scores(residual, lookbacks)):
        rank = percentiles(score, eligible, bucket)
        chosen = settled & (rank > (1.0 - share)[:, None])
        top[:, column] = _mean(gains, chosen)
        ic[:, column] = _correlation(rank - 0.5, placed, settled & np.isfinite(rank))
    return History(lookbacks, top, ic, _mean(gains, settled))


def _mean(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    count = mask.sum(axis=1)
    total = np.einsum("mn,mn->m", values, mask.astype(float))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _correlation(a: np.ndarray, b: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Correlation by row over the masked entries; both are ranks around zero."""
    a, b = np.where(mask, a, 0.0), np.where(mask, b, 0.0)
    count = np.maximum(mask.sum(axis=1), 1)
    ma, mb = a.sum(axis=1) / count, b.sum(axis=1) / count
    both = np.einsum("mn,mn->m", a, b) / count - ma * mb
    va, vb = (np.einsum("mn,mn->m", x, x) / count - m**2 for x, m in ((a, ma), (b, mb)))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = both / np.sqrt(va * vb)
    return np.where((va > 1e-15) & (vb > 1e-15), value, np.nan)


def choose(past: History, method: Method, *, least: int = 24, known: int = 1, fixed: int = 12) -> np.ndarray:
    """Weights over look-backs at each month end, shape (m, L); rows sum to one, or are NaN before ``least`` outcomes.

    Parameters
    ----------
    method : {"top", "ic", "blend", "fixed"}
        The look-back with the highest mean return of its top names; with the highest mean rank correlation;
        exponential weights on standardised past outcomes; or always ``fixed``. Equal ones: the shorter.
        ``"net"`` is in ``engine.momentum.net``.
    least : int
        Outcomes needed for a choice.
    known : int
        Months after which an outcome is known.
    """
    if method == "fixed":
        return _fixed(past, fixed)
    if method == "blend":
        return _blend(past, least, known)
    if method not in ("top", "ic"):
        raise BadInput("unknown_choice", field="method", value=method, accepted=", ".join(METHODS))
    outcome = past.top if method == "top" else past.ic
    there = np.isfinite(outcome).all(axis=1)
    count = _delayed(np.cumsum(there), known)
    total = _delayed(np.cumsum(np.where(there[:, None], outcome, 0.0), axis=0), known)
    chosen = np.argmax(total, axis=1)
    weights = np.zeros(outcome.shape)
    weights[np.arange(len(weights)), chosen] = 1.0
    weights[count < least] = np.nan
    return weights


def _fixed(past: History, fixed: int) -> np.ndarray:
    if fixed not in past.lookbacks:
        span = f"{past.lookbacks[0]} to {past.lookbacks[-1]} months"
        raise BadInput("bad_number", field="fixed", value=fixed, accepted=span)
    weights = np.zeros(past.top.shape)
    weights[:, past.lookbacks.index(fixed)] = 1.0
    return weights


def _blend(past: History, least: int, known: int) -> np.ndarray:
    """Weights proportional to exp(rate x sum of past standardised outcomes, each month counting less)."""
    spread = past.top.std(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = (past.top - past.top.mean(axis=1, keepdims=True)) / spread
    there = np.isfinite(past.top).all(axis=1)
    standard = np.where(np.isfinite(standard), standard, 0.0)
    decay = 0.5 ** (1.0 / HALF_LIFE)
    total = np.zeros(past.top.shape)
    running = np.zeros(past.top.shape[1])
    for month in range(len(total)):
        running = decay * running + standard[month]
        total[month] = running
    raised = LEARNING_RATE * _delayed(total, known)
    grown = np.exp(raised - raised.max(axis=1, keepdims=True))
    weights = grown / grown.sum(axis=1, keepdims=True)
    weights[_delayed(np.cumsum(there), known) < least] = np.nan
    return np.asarray(weights)


def _delayed(values: np.ndarray, months: int) -> np.ndarray:
    """Running sums as they were known: rows moved down, zero before."""
    if not months:
        return values
    moved = np.zeros(values.shape, dtype=values.dtype)
    moved[months:] = values[:-months]
    return moved


def months_of(weights: np.ndarray, lookbacks: Sequence[int]) -> np.ndarray:
    """Weighted mean look-back in months, shape (m,)."""
    return np.asarray(weights @ np.asarray(lookbacks, dtype=float))


def combined(
    residual: np.ndarray, eligible: np.ndarray, weights: np.ndarray, caps: np.ndarray | None, lookbacks: tuple[int, ...]
) -> np.ndarray:
    """Ranks as shares in (0, 1), weighted over look-backs, shape (m, n); only rows and look-backs in use are ranked."""
    bucket = size_buckets(caps, eligible)
    total = np.full(residual.shape, np.nan)
    for column, (_, score) in enumerate(scores(residual, lookbacks)):
        rows = np.flatnonzero(np.nan_to_num(weights[:, column]) > 0)
        if not len(rows):
            continue
        rank = percentiles(score[rows], eligible[rows], None if bucket is None else bucket[rows])
        total[rows] = np.nan_to_num(total[rows]) + weights[rows, column][:, None] * rank
    return total
