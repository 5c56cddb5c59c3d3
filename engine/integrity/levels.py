"""What the detectors measure prices with: the level of a row, jumps of it, and everyday noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.integrity.table import BARS, Bars, Floats, Ints

Flags = npt.NDArray[np.bool_]
FLOOR = 1e-3  # least noise a row: a price that never moves would make every move infinitely unlikely
MAD_TO_SD = 1.4826
TWO_UNITS = 3.0  # logs; no price moves twentyfold within a few bars


def logs(bars: Bars) -> Floats:
    """Natural logarithms of Open, High, Low, Close, one row a bar; NaN where not above zero. Shape (n, 4), read-only."""
    if "logs" not in bars.derived:
        prices = np.column_stack([bars[name] for name in BARS])
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.where(prices > 0, np.log(np.where(prices > 0, prices, 1.0)), np.nan)
        found.flags.writeable = False
        bars.derived["logs"] = found
    return bars.derived["logs"]


def levels(bars: Bars) -> Floats:
    """Middle of every bar (``row_level`` of its logs). Shape (n,), read-only."""
    if "levels" not in bars.derived:
        found = row_level(logs(bars))
        found.flags.writeable = False
        bars.derived["levels"] = found
    return bars.derived["levels"]


def row_level(prices: Floats) -> Floats:
    """Middle of a bar: the median of its log prices (of what is there). Shape (n,)."""
    ordered = np.sort(prices, axis=1)  # NaN go last
    there = np.sum(~np.isnan(prices), axis=1)
    index = np.arange(len(prices))
    low = ordered[index, np.maximum((there - 1) // 2, 0)]
    high = ordered[index, np.maximum(there // 2, 0).clip(max=3)]
    return np.where(there > 0, (low + high) / 2, np.nan)


def row_spread(prices: Floats) -> Floats:
    """Highest minus lowest log price of a bar. Shape (n,)."""
    filled = np.where(np.isnan(prices), -np.inf, prices).max(axis=1)
    least = np.where(np.isnan(prices), np.inf, prices).min(axis=1)
    return np.where(np.isfinite(filled), filled - least, np.nan)


def steps(levels: Floats) -> tuple[Ints, Floats]:
    """Rows that have a level, and the log change of each from the one before (the first: 0)."""
    there = np.flatnonzero(~np.isnan(levels))
    change = np.zeros(len(there))
    change[1:] = np.diff(levels[there])
    return there, change


def scale(changes: Floats) -> float:
    """Everyday size of a log change: the larger of MAD and a trimmed deviation, at least FLOOR.

    The MAD alone is zero for a price that stands still on most days.
    """
    if len(changes) < 2:
        return FLOOR
    middle = np.median(changes)
    mad = MAD_TO_SD * float(np.median(np.abs(changes - middle)))
    low, high = np.quantile(changes, [0.05, 0.95])
    trimmed = float(np.clip(changes, low, high).std())
    return max(mad, trimmed, FLOOR)


def local_scale(changes: Floats, at: int, reach: int = 40) -> float:
    """``scale`` of the changes around one position, without the position itself and its neighbours."""
    around = np.r_[changes[max(0, at - reach) : max(0, at - 1)], changes[at + 2 : at + 2 + reach]]
    return scale(around)


def rolling_scale(changes: Floats, reach: int = 30) -> Floats:
    """Mean absolute change around each position (the position and its neighbours left out), as a deviation.

    Changes above ten times the median are left out, so that an error does not hide the next.
    """
    size = np.abs(changes)
    usual = np.median(size[size > 0]) if (size > 0).any() else FLOOR
    used = size <= max(10 * usual, FLOOR)
    total = np.r_[0.0, np.cumsum(np.where(used, size, 0.0))]
    count = np.r_[0, np.cumsum(used)]
    index = np.arange(len(size))
    low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(size))
    near_low, near_high = np.maximum(index - 1, 0), np.minimum(index + 2, len(size))
    summed = (total[high] - total[low]) - (total[near_high] - total[near_low])
    number = (count[high] - count[low]) - (count[near_high] - count[near_low])
    deviation = 1.2533 * summed / np.maximum(number, 1)  # sqrt(pi/2): mean |x| of a normal to its deviation
    return np.asarray(np.maximum(deviation, FLOOR))


def neighbour_level(prices: Floats, levels: Floats, at: int, clean: Flags, reach: int = 5) -> float:
    """Level of the clean rows next to one (a real one of them, never a mean of two units).

    Where they stand in two units, the one that nearly the whole table is in, else that of the row's
    own Open, which was sent first; without a clean row near, the middle of all prices near.
    """
    near = np.arange(max(0, at - reach), min(len(levels), at + reach + 1))
    sound = near[clean[near] & ~np.isnan(levels[near])]
    values = np.sort(levels[sound] if sound.size else prices[near][~np.isnan(prices[near])])
    if not values.size:
        return float("nan")
    if sound.size and values[-1] - values[0] > TWO_UNITS and not np.isnan(prices[at, 0]):
        own = float(values[np.argmin(np.abs(values - prices[at, 0]))])
        usual = float(np.median(levels[clean & ~np.isnan(levels)]))
        rare = np.abs(levels[clean & ~np.isnan(levels)] - own) < TWO_UNITS / 2
        return float(values[np.argmin(np.abs(values - usual))]) if rare.mean() < 0.1 else own
    return float(values[len(values) // 2])


def runs(flags: Flags) -> list[Ints]:
    """Positions of each unbroken run of true."""
    there = np.flatnonzero(flags)
    return np.split(there, np.flatnonzero(np.diff(there) > 1) + 1) if there.size else []


def groups(at: Ints, apart: int = 1) -> list[Ints]:
    """Sorted positions as groups whose members are at most ``apart`` rows from the next."""
    return np.split(at, np.flatnonzero(np.diff(at) > apart) + 1) if at.size else []


def number(value: float, digits: int = 5) -> float:
    """A figure for the evidence, rounded to significant digits."""
    return float(f"{float(value):.{digits}g}")
