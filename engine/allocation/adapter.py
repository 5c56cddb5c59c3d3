"""The allocator as a function of arrays, for measurements that compare allocators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.allocation.allocator import allocate


def shares(
    tickers: Sequence[str], prices: np.ndarray, weights: np.ndarray, covariance: np.ndarray, account: float
) -> np.ndarray:
    """Whole shares of least tracking error, in the order of ``tickers``."""
    names = pd.Index(tickers)
    found = allocate(
        pd.Series(prices, index=names),
        pd.Series(weights, index=names),
        pd.DataFrame(covariance, index=names, columns=names),
        float(account),
    )
    return np.asarray(found.shares.reindex(names).fillna(0).to_numpy(np.int64))
