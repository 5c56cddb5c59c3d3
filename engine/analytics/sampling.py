"""Fewer points for the screen, with every extreme kept."""

from __future__ import annotations

import numpy as np
import pandas as pd


def thin(values: pd.Series, most: int = 2000) -> pd.Series:
    """At most ``most`` points of a series: first, last, and the lowest and highest of each bucket.

    The minimum and the maximum of the whole series are always among them, so the depth of a
    fall on a thinned chart is exact.
    """
    if len(values) <= most:
        return values
    level = values.to_numpy(dtype=float)
    edges = np.linspace(0, len(level), (most - 2) // 2 + 1).astype(int)
    starts, sizes = edges[:-1], np.diff(edges)
    keep = [np.array([0, len(level) - 1])]
    for extreme in (np.minimum, np.maximum):
        hits = np.flatnonzero(level == np.repeat(extreme.reduceat(level, starts), sizes))
        _, first = np.unique(np.searchsorted(starts, hits, side="right"), return_index=True)
        keep.append(hits[first])
    return values.iloc[np.unique(np.concatenate(keep))]
