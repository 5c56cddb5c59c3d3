"""Standardised residual momentum for every look-back, ranked among peers.

Score of a name at month end t for look-back L: ``sum(e[t - k], k = 2..L) / (s * sqrt(L - 1))`` with ``s`` the standard
deviation (n - 1) of the same residuals. The last month is skipped as in Blitz, Huij, Martens (2011); at t the newest
residual used is that of t - 2, the newest month whose factors had been published.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

SHORTEST, LONGEST = 3, 36
LOOKBACKS = tuple(range(SHORTEST, LONGEST + 1))
SKIP = 2
"""Residuals of the newest months that a score leaves out, the decision month among them."""

BUCKETS = 5
BUCKETS_FROM = 100
"""Names with a market value below which everybody is ranked in one bucket."""

_FLAT = 1e-12


def scores(residual: np.ndarray, lookbacks: tuple[int, ...] = LOOKBACKS) -> Iterator[tuple[int, np.ndarray]]:
    """Look-back and its scores, shape (m, n), from the shortest to the longest.

    Each look-back adds one month to the sums of the one before (Welford's update), so all of them together cost one
    pass over the residuals a month of look-back, and memory does not grow with their number. NaN where a month is
    missing or the residuals do not vary.
    """
    mean, square = np.zeros(residual.shape), np.zeros(residual.shape)
    for back in range(SKIP, max(lookbacks) + 1):
        count = back - SKIP + 1
        shifted = _shift(residual, back)
        step = shifted - mean
        mean += step / count
        square += step * (shifted - mean)
        if back in lookbacks:
            deviation = np.sqrt(square / (count - 1)) if count > 1 else np.full(residual.shape, np.nan)
            with np.errstate(divide="ignore", invalid="ignore"):
                value = mean * np.sqrt(count) / deviation
            yield back, np.where(deviation > _FLAT, value, np.nan)


def total_return_scores(returns: np.ndarray, months: int = 12) -> np.ndarray:
    """Return from the end of t - months to the end of t - 1, decimal, shape (m, n): plain 12-1 momentum."""
    growth = np.zeros(returns.shape)
    for back in range(1, months):
        growth = growth + np.log1p(_shift(returns, back))
    return np.asarray(np.expm1(growth))


def _shift(values: np.ndarray, back: int) -> np.ndarray:
    moved = np.full(values.shape, np.nan)
    moved[back:] = values[:-back] if back else values
    return moved


def percentiles(score: np.ndarray, eligible: np.ndarray, bucket: np.ndarray | None = None) -> np.ndarray:
    """Rank of each eligible name by its score, as a share in (0, 1), shape (m, n); NaN for the others.

    (rank + 1/2) / count: the highest score is nearest to one. Equal scores rank by their order in the panel. With
    ``bucket`` (integers, -1 for none) each name is ranked among its own bucket only.
    """
    if bucket is None:
        return _ranked(score, eligible & np.isfinite(score))
    placed = np.full(score.shape, np.nan)
    for group in range(BUCKETS):
        inside = eligible & (bucket == group) & np.isfinite(score)
        placed = np.where(inside, _ranked(score, inside), placed)
    return placed


def _ranked(score: np.ndarray, inside: np.ndarray) -> np.ndarray:
    order = np.argsort(np.where(inside, score, np.inf), axis=1, kind="stable")
    rank = np.empty(score.shape)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(score.shape[1], dtype=float), score.shape), axis=1)
    count = inside.sum(axis=1, keepdims=True)
    return np.where(inside, (rank + 0.5) / np.maximum(count, 1), np.nan)


def size_buckets(caps: np.ndarray | None, eligible: np.ndarray) -> np.ndarray | None:
    """Quintile of market value among the eligible of each month, shape (m, n), -1 for none; None for one bucket.

    Buckets are used from the month on that has ``BUCKETS_FROM`` eligible names with a market value; in months
    with fewer everybody is in bucket 0. A name without a market value is in the lowest.
    """
    if caps is None:
        return None
    sized = eligible & np.isfinite(caps)
    enough = sized.sum(axis=1) >= BUCKETS_FROM
    if not enough.any():
        return None
    place = np.nan_to_num(_ranked(caps, sized))
    bucket = np.minimum((place * BUCKETS).astype(int), BUCKETS - 1)
    return np.where(eligible, np.where(enough[:, None], bucket, 0), -1)
