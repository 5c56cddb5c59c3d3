"""Fewer points for the screen, with every extreme kept."""

from __future__ import annotations

from itertools import pairwise

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
    keep = {0, len(level) - 1}
    for begin, end in pairwise(edges):
        bucket = level[begin:end]
        keep.update((begin + int(np.argmin(bucket)), begin + int(np.argmax(bucket))))
    return values.iloc[sorted(keep)]
