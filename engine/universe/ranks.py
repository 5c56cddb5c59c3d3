"""Average ranks, many draws at once."""

from __future__ import annotations

import numpy as np

PAIRWISE_UP_TO = 40
"""Beyond so many funds sorting is cheaper than comparing every pair."""


def average_ranks(values: np.ndarray) -> np.ndarray:
    """Rank of each fund among its peers, 1 for the lowest value, ties sharing their average.

    Parameters
    ----------
    values : ndarray, shape (..., n, draws)
        No NaN.

    Returns
    -------
    ndarray, same shape
    """
    return _by_pairs(values) if values.shape[-2] <= PAIRWISE_UP_TO else _by_sorting(values)


def _by_pairs(values: np.ndarray) -> np.ndarray:
    n = values.shape[-2]
    ahead = np.zeros(values.shape, dtype=np.int16)
    for one in range(n):
        for other in range(one + 1, n):
            a, b = values[..., one, :], values[..., other, :]
            sign = (a > b).view(np.int8) - (a < b).view(np.int8)
            ahead[..., one, :] += sign
            ahead[..., other, :] -= sign
    ranks: np.ndarray = (n + 1) / 2 + ahead / 2
    return ranks


def _by_sorting(values: np.ndarray) -> np.ndarray:
    rows = np.moveaxis(values, -2, -1)
    order = np.argsort(rows, axis=-1)
    sorted_ = np.take_along_axis(rows, order, -1)
    n = rows.shape[-1]
    starts = np.ones(rows.shape, dtype=bool)
    starts[..., 1:] = sorted_[..., 1:] != sorted_[..., :-1]
    ends = np.ones(rows.shape, dtype=bool)
    ends[..., :-1] = starts[..., 1:]
    place = np.arange(n)
    first = np.maximum.accumulate(np.where(starts, place, 0), axis=-1)
    last = np.minimum.accumulate(np.where(ends, place, n)[..., ::-1], axis=-1)[..., ::-1]
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, -1)
    return np.moveaxis(ranks, -1, -2)
