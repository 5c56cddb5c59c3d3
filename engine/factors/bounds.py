"""Bounds on a strategy: least and most in a sleeve, and expected tracking error against the market."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.features import Panel
from engine.factors.walkforward import Window

STEPS = 60


def bounded(
    decided: pd.DataFrame,
    panel: Panel,
    windows: Sequence[Window],
    *,
    least: float = 0.0,
    most: float = 1.0,
    tracking_error: float | None = None,
) -> pd.DataFrame:
    """The nearest weights inside the bounds, rows on the simplex.

    Parameters
    ----------
    decided : DataFrame, shape (T, N)
        Weights at the decision months of ``windows``, in their order.
    least, most : float
        Bounds of each sleeve's weight.
    tracking_error : float, optional
        Most expected tracking error a year, decimal, from the active returns of the window's
        training months; where it is exceeded, the weights move toward the market in proportion.

    Raises
    ------
    BadInput
        Bounds that no portfolio can meet, or a tracking error that is not above zero.
    """
    sleeves = decided.shape[1]
    if not 0 <= least <= 1 / sleeves <= most <= 1:
        accepted = f"least from 0 to {1 / sleeves:.3f}, most from {1 / sleeves:.3f} to 1"
        raise BadInput("bad_number", field="bounds", value=f"{least:g} to {most:g}", accepted=accepted)
    if tracking_error is not None and not tracking_error > 0:
        raise BadInput("bad_number", field="tracking_error", value=tracking_error, accepted="a decimal above 0")
    inside = np.array([project(row, least, most) for row in decided.to_numpy()])
    if tracking_error is not None:
        inside = _limited(inside, panel, windows, tracking_error)
    return pd.DataFrame(inside, index=decided.index, columns=decided.columns)


def project(weights: np.ndarray, least: float, most: float) -> np.ndarray:
    """Euclidean projection onto ``least <= w <= most``, sum one: one shift for all, found by bisection."""
    low, high = float((least - weights).min()), float((most - weights).max())
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if np.clip(weights + middle, least, most).sum() < 1 else (low, middle)
    return np.asarray(np.clip(weights + (low + high) / 2, least, most))


def _limited(weights: np.ndarray, panel: Panel, windows: Sequence[Window], limit: float) -> np.ndarray:
    """Weights pulled toward the market (the first column) until their expected tracking error is within the limit."""
    market = np.eye(weights.shape[1])[0]
    active = panel.returns.sub(panel.returns.iloc[:, 0], axis=0).to_numpy()
    out, start = weights.copy(), 0
    for window in windows:
        rows = slice(start, start + len(window.decide))
        spread = np.cov(active[: window.train + 1].T) * 12
        error = np.sqrt(np.einsum("ti,ij,tj->t", out[rows] - market, spread, out[rows] - market))
        share = np.minimum(1.0, limit / np.maximum(error, 1e-12))[:, None]
        out[rows] = market + share * (out[rows] - market)
        start += len(window.decide)
    return out
