"""One compiled pass over a ticker's bars: which detectors could find anything at all.

Every test is at least as wide as that of the detector it stands for (limits a hair lower, the
everyday noise taken as its least), so that a detector whose bit is not set returns nothing. Bars
with a price that is blank or not above zero set every bit.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from engine.integrity.bits import (
    ADJUSTED_CELLS,
    DATES,
    DIVIDENDS,
    EVERYTHING,
    HIGH_LOW,
    JUMPS,
    REUSE,
    SPIKES,
    SPLITS,
    STALE,
    STRAY_STEPS,
    UNIT_CELLS,
    UNIT_STRETCHES,
    VOLUME,
)

compiled = njit(cache=True, error_model="numpy")

# Squared ratios of row levels (a row's level is the geometric mean of its two middle prices).
_UNIT_JUMP = 60.0**2
_SPLIT_JUMP = 1.44**2
_UNIT_SPREAD = 19.9
_LEAST_SPLIT = 0.26  # log 1.3, less a hair
_SPLIT_REACH = 12
_ROUNDING_REACH = 15
_WEEK = 7
_THREE_WEEKS = 21


@compiled
def suspicions(
    when: Any,
    day: Any,
    places: Any,
    opens: Any,
    high: Any,
    low: Any,
    close: Any,
    adjusted: Any,
    volume: Any,
    paid: Any,
    ratio: Any,
    gains: Any,
    relative: float,
    lists: bool,
    weekly: bool,
) -> int:
    """Bits of the detectors that may find something.

    Parameters
    ----------
    when, day, places : int64 arrays, shape (n,)
        Instants, days and order of the rows, as in ``Bars``.
    opens, high, low, close, adjusted, volume, paid, ratio, gains : float arrays, shape (n,)
    relative : float
        How far a step of Adj Close may be from its distribution.
    lists : bool
        The table has a column of dividends.
    """
    n = len(close)
    pays = False
    splits = False
    gained = False
    for i in range(n):
        if not (opens[i] > 0 and high[i] > 0 and low[i] > 0 and close[i] > 0 and adjusted[i] > 0):
            return EVERYTHING
        pays = pays or paid[i] > 0 or gains[i] > 0
        gained = gained or gains[i] > 0
        splits = splits or (ratio[i] > 0 and ratio[i] != 1.0)
    found = 0
    stray = 0.999 * (5e-3 if lists and pays else 2e-2)
    upward = downward = True
    level = np.empty(n)
    spread = np.empty(n)
    jump = np.ones(n)
    same = 0
    for i in range(n):
        first, second = max(opens[i], high[i]), min(opens[i], high[i])
        third, fourth = max(low[i], close[i]), min(low[i], close[i])
        level[i] = min(first, third) * max(second, fourth)
        spread[i] = max(first, third) / min(second, fourth)
        if not spread[i] < _UNIT_SPREAD:
            found |= UNIT_CELLS
        top = max(opens[i], low[i], close[i])
        bottom = min(opens[i], high[i], close[i])
        if (top - high[i]) > 0.999e-3 * top or (low[i] - bottom) > 0.999e-3 * bottom:
            found |= HIGH_LOW
        if volume[i] < 0:
            found |= VOLUME
        if i == 0:
            continue
        if when[i] == when[i - 1]:
            found |= DATES
        upward = upward and places[i] > places[i - 1]
        downward = downward and places[i] < places[i - 1]
        jump[i] = max(level[i] / level[i - 1], level[i - 1] / level[i])
        if not jump[i] < _SPLIT_JUMP:
            found |= JUMPS
            if not jump[i] < _UNIT_JUMP:
                found |= UNIT_STRETCHES
        # The same operations as the detector's, so that they agree to the last bit.
        here, before = adjusted[i] / close[i], adjusted[i - 1] / close[i - 1]
        if paid[i] == 0 and gains[i] == 0 and not abs(1.0 - before / here) <= stray:
            found |= STRAY_STEPS
        if i + 1 < n and abs(here - before) > 0.999e-2 * abs(before):
            after = adjusted[i + 1] / close[i + 1]
            if abs(after - before) < 2.001e-3 * abs(before):
                found |= ADJUSTED_CELLS
        if i + 1 == n and abs(here - 1.0) > 0.999e-2 and abs(before - 1.0) < 2.001e-3:
            found |= ADJUSTED_CELLS
        move = close[i] / close[i - 1]
        if move > 2.99 or move < 0.334 or (day[i] - day[i - 1] > 360 and (move > 1.49 or move < 0.671)):
            found |= REUSE
        gap = opens[i] / close[i - 1]
        if (gap > 1.105 or gap < 0.905) and i + 1 < n:
            out = opens[i + 1] / close[i]
            if (gap > 1.0 and out < 0.95) or (gap < 1.0 and out > 1.05):
                found |= SPIKES
        if (move > 1.105 or move < 0.905) and i + 1 < n:
            back = close[i + 1] / close[i]
            if back > 1.077 or back < 0.928:
                both = abs(math.log(close[i + 1] / close[i - 1]))
                if paid[i] != 0 or paid[i + 1] != 0 or both < 0.21 * abs(math.log(move)):
                    found |= SPIKES
        alike = (
            opens[i] == opens[i - 1] and high[i] == high[i - 1] and low[i] == low[i - 1] and close[i] == close[i - 1]
        )
        same = same + 1 if alike else 0
        if same >= 5:
            found |= STALE
    if not (upward or downward):
        found |= DATES
    if gained or (pays and _dividends(day, close, adjusted, paid, relative, weekly)):
        found |= DIVIDENDS
    if splits and _splits(ratio, jump, spread):
        found |= SPLITS
    return found


@compiled
def _splits(ratio: Any, jump: Any, spread: Any) -> bool:
    """A jump or a torn bar that may belong to a split of the table."""
    n = len(ratio)
    worst = 1.0
    for i in range(n):
        if not jump[i] <= worst:
            worst = jump[i]
    for at in range(n):
        if not ratio[at] > 0:
            continue
        size = abs(math.log(ratio[at]))
        if size < _LEAST_SPLIT:
            continue
        if not worst < math.exp(2 * 0.74 * size):
            return True
        for i in range(max(0, at - _SPLIT_REACH), min(n, at + _SPLIT_REACH + 1)):
            if not jump[i] < math.exp(2 * 0.49 * size) or not spread[i] < math.exp(0.74 * size):
                return True
    return False


@compiled
def _dividends(day: Any, close: Any, adjusted: Any, paid: Any, relative: float, weekly: bool) -> bool:
    """A distribution that is not adjusted for as it should be, or of an unusual size or date."""
    n = len(close)
    last = -1
    most = least = most_amount = least_amount = 0.0
    for at in range(n):
        if not paid[at] > 0:
            continue
        if last >= 0 and day[at] - day[last] <= (_THREE_WEEKS if weekly else _WEEK):
            return True
        last = at
        if at == 0:
            continue
        share = paid[at] / close[at - 1]
        step = 1.0 - (adjusted[at - 1] / close[at - 1]) / (adjusted[at] / close[at])
        if not share < 0.0399:
            return True
        rounding = _rounding(close, adjusted, paid, at)
        if not abs(step - share) <= 0.999 * max(relative * share, 0.999 * rounding):
            return True
        if abs(step) <= 1.01 * max(rounding, (0.2 if weekly else 0.02) * share) and share > 1.98 * rounding:
            return True
        most, most_amount = max(most, share), max(most_amount, paid[at])
        if share < 0.0021:
            least = share if least == 0.0 else min(least, share)
            least_amount = paid[at] if least_amount == 0.0 else min(least_amount, paid[at])
    return least > 0.0 and (most > 49.0 * least or most_amount > 97.0 * least_amount)


@compiled
def _rounding(close: Any, adjusted: Any, paid: Any, at: int) -> float:
    """How far a step is from zero by rounding (``distributions``), within a thousandth."""
    total = 0.0
    count = 0
    for i in range(max(1, at - _ROUNDING_REACH), min(len(close), at + _ROUNDING_REACH + 1)):
        step = abs(1.0 - (adjusted[i - 1] / close[i - 1]) / (adjusted[i] / close[i]))
        if step <= 5e-3 and not paid[i] > 0:
            total += step
            count += 1
    return 4.0 * total / max(count, 1) + 2e-5
