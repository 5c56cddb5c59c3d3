"""What a share's month was beyond market, size and value: the newest residual of a rolling regression.

Blitz, Huij, Martens (2011), "Residual momentum", Journal of Empirical Finance 18(3), 506-521: each month, excess
returns of the last 36 months are regressed on a constant, the market, SMB and HML; the residual of month t is that of
the window that ends with t.

The fitted value of a window's last month is a fixed weighted sum of the window's returns, and the weights (a row of
the hat matrix) are the same for every name that has all of them. So one banded matrix serves a whole market. It comes
from a QR factorisation of each window, which does not square the condition number as the normal equations do. Names
with months missing in the window have weights of their own, from a factorisation of the months that are there, in
batches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import BadInput

WINDOW = 36
LEAST_WINDOW = 12
SINGULAR = 1e-8
"""A window whose R has a diagonal entry below this share of its largest cannot tell its factors apart."""

BATCH = 20_000


@dataclass(frozen=True, eq=False)
class Residuals:
    """What the regressions left.

    Attributes
    ----------
    returns : ndarray, shape (m, n)
        Residual returns, decimals a month; NaN where there is none.
    short : ndarray of bool, shape (m, n)
        A return, but fewer than ``least`` months of the window.
    partial : int
        Residuals from windows with months missing.
    singular : int
        Months whose factors cannot be told apart.
    """

    returns: np.ndarray
    short: np.ndarray
    partial: int
    singular: int


def residuals(
    returns: np.ndarray, factors: np.ndarray, riskless: np.ndarray, *, window: int = WINDOW, least: int | None = None
) -> Residuals:
    """Residuals of excess returns, each from the window that ends with its month.

    Parameters
    ----------
    returns : ndarray, shape (m, n)
        Simple returns a month, decimals; NaN where missing.
    factors : ndarray, shape (m, k)
        Spreads a month, decimals; a month with a missing factor counts as missing for every name.
    riskless : ndarray, shape (m,)
    window : int
        Months of a regression.
    least : int, optional
        Months that must be there in a window, the newest among them; all of them when left out. As
        ``statsmodels`` ``RollingOLS(window=window, min_nobs=least, missing="drop")``.

    Raises
    ------
    BadInput
        A window below twelve months, or ``least`` outside of parameters + 2 to ``window``.
    """
    least = window if least is None else least
    if window < LEAST_WINDOW:
        raise BadInput("bad_number", field="window", value=window, accepted=f"{LEAST_WINDOW} months or more")
    if not factors.shape[1] + 3 <= least <= window:
        raise BadInput("bad_number", field="least", value=least, accepted=f"{factors.shape[1] + 3} to {window} months")
    good = np.isfinite(factors).all(axis=1) & np.isfinite(riskless)
    design = np.where(good[:, None], np.column_stack([np.ones(len(factors)), factors]), 0.0)
    excess = np.where(good[:, None], returns - riskless[:, None], np.nan)
    known = np.isfinite(excess)
    filled = np.where(known, excess, 0.0)
    count = _rolling_count(known, window)
    values = np.full(excess.shape, np.nan)
    singular = 0
    if len(excess) >= window:
        hat, singular = _hat(design, good, window)
        whole = known & (count == window) & np.isfinite(hat[:, -1:])
        band = _banded(np.nan_to_num(hat), len(excess), window)
        values = np.where(whole, filled - band @ filled, np.nan)
    partial = known & (count >= least) & (count < window)
    partial[: window - 1] = False
    if partial.any():
        _fill_partial(values, partial, design, filled, known, window)
    short = np.isfinite(returns) & ~np.isfinite(values)
    return Residuals(values, short, int((partial & np.isfinite(values)).sum()), singular)


def _rolling_count(known: np.ndarray, window: int) -> np.ndarray:
    total = np.cumsum(known, axis=0)
    total[window:] = total[window:] - total[:-window]
    return total


def _hat(design: np.ndarray, good: np.ndarray, window: int) -> tuple[np.ndarray, int]:
    """Weights of each window's months in its last fitted value, shape (m, window); NaN where there is none."""
    windows = np.lib.stride_tricks.sliding_window_view(design, window, axis=0).transpose(0, 2, 1)
    q, r = np.linalg.qr(windows)
    size = np.abs(np.diagonal(r, axis1=1, axis2=2))
    sound = size.min(axis=1) > SINGULAR * size.max(axis=1)
    full = np.lib.stride_tricks.sliding_window_view(good, window).all(axis=1)
    weights = np.einsum("twk,tk->tw", q, q[:, -1])
    weights[~(sound & full)] = np.nan
    return np.vstack([np.full((window - 1, window), np.nan), weights]), int((full & ~sound).sum())


def _banded(hat: np.ndarray, count: int, window: int) -> np.ndarray:
    band = np.zeros((count, count))
    rows = np.arange(window - 1, count)
    band[rows[:, None], rows[:, None] - window + 1 + np.arange(window)[None, :]] = hat[rows]
    return band


def _fill_partial(
    values: np.ndarray, partial: np.ndarray, design: np.ndarray, filled: np.ndarray, known: np.ndarray, window: int
) -> None:
    """Residuals of windows with holes, batch by batch; weights of missing months are zero."""
    where = np.argwhere(partial)
    back = np.arange(window - 1, -1, -1)
    for start in range(0, len(where), BATCH):
        month, name = where[start : start + BATCH].T
        rows = month[:, None] - back[None, :]
        there = known[rows, name[:, None]]
        q, r = np.linalg.qr(design[rows] * there[:, :, None])
        size = np.abs(np.diagonal(r, axis1=1, axis2=2))
        fitted = np.einsum("pk,pwk,pw->p", q[:, -1], q, filled[rows, name[:, None]])
        sound = size.min(axis=1) > SINGULAR * size.max(axis=1)
        values[month, name] = np.where(sound, filled[month, name] - fitted, np.nan)
