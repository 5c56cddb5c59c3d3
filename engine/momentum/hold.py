"""From ranks to weights: buffer zones, wishes, fund rules, and the days on which they are set."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.momentum.caps import FEWEST, project
from engine.momentum.lookback import hold_count
from engine.momentum.settings import Weighting

FIRST_FRIDAY = pd.Timestamp("1970-01-02")
"""The grid of four-week dates is fixed, so that neither a start date nor more data moves it."""

FOUR_WEEKS = 28


def four_weeks(sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Every fourth Friday, or the last session before it; a Friday after the last session does not count."""
    first = int(np.ceil((sessions[0] - FIRST_FRIDAY).days / FOUR_WEEKS))
    last = int(np.floor((sessions[-1] - FIRST_FRIDAY).days / FOUR_WEEKS))
    grid = FIRST_FRIDAY + pd.to_timedelta(np.arange(first, last + 1) * FOUR_WEEKS, unit="D")
    rows = sessions.searchsorted(grid, side="right") - 1
    return sessions[np.unique(rows[rows >= 0])]


def select(rank: np.ndarray, held: np.ndarray, hold: int, buffer: float) -> np.ndarray:
    """Which names to hold, bool, shape (n,): held ones inside the buffer stay, the highest ranks fill the rest.

    Parameters
    ----------
    rank : ndarray, shape (n,)
        Higher is better; NaN for a name that may not be held.
    held : ndarray of bool, shape (n,)
    hold : int
        Names wanted; ``hold_count`` tells how many that is here.
    """
    able = np.isfinite(rank)
    count = int(able.sum())
    wanted = min(int(hold_count(count, hold, FEWEST)), count)
    order = np.argsort(np.where(able, -rank, np.inf), kind="stable")
    place = np.empty(len(rank), dtype=int)
    place[order] = np.arange(len(rank))
    zone = int(min(wanted * (1.0 + buffer), wanted + (count - wanted) * buffer))
    stays = held & able & (place < zone)
    first = np.where(able, place, len(rank)) - np.where(stays, len(rank), 0)
    chosen = np.zeros(len(rank), dtype=bool)
    chosen[np.argsort(first, kind="stable")[:wanted]] = True
    return chosen


def wishes(names: np.ndarray, weighting: Weighting, caps: np.ndarray | None) -> np.ndarray:
    """Wished weights before the fund rules, summing to one; shape (len(names),).

    ``names`` are columns of the panel, the highest rank first. A name without a market value gets the least one.
    """
    count = len(names)
    if weighting == "cap" and caps is not None and np.isfinite(caps[names]).any():
        wish = np.where(np.isfinite(caps[names]), caps[names], np.nanmin(caps[names]))
    elif weighting == "rank":
        wish = count - np.arange(count) - 0.5
    else:
        wish = np.ones(count)
    return np.asarray(wish / wish.sum())


def under_rules(rows: list[np.ndarray]) -> list[np.ndarray]:
    """Each row of wishes projected on the fund rules; rows of one length go side by side."""
    done: list[np.ndarray] = [np.empty(0)] * len(rows)
    for size in {len(row) for row in rows}:
        same = [order for order, row in enumerate(rows) if len(row) == size]
        for order, weights in zip(same, project(np.array([rows[order] for order in same])), strict=True):
            done[order] = weights
    return done
