"""Compiled figures of many level series. Importing this module imports numba; only ``sheet`` does, when asked.

``batch`` takes level series row by row, ``single`` returns and levels of one. Both fill one row of
24 figures in the order of :data:`engine.analytics.sheet.FIGURES`; nan where a figure is not defined.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

compiled = njit(cache=True, error_model="numpy")
TIE = 1e-12
EQUAL = 1e-15


class Frame(NamedTuple):
    """What all series of a plan share; shapes with n returns and m complete months.

    Attributes
    ----------
    riskless, benchmark, excess : ndarray, shape (n,)
        Riskless and benchmark return of each period; benchmark minus riskless, centred.
    opens, closes : ndarray of int, shape (m,)
        Rows, in the levels, where a month opens (the close before it) and closes.
    months : ndarray, shape (m,)
        The benchmark's monthly returns.
    market : ndarray, shape (4,)
        Of the benchmark: mean excess return, sum of squares of ``excess``, and growth a year over
        the months it rose and over those it fell.
    against : bool
        Whether there is a benchmark.
    """

    riskless: Any
    benchmark: Any
    excess: Any
    opens: Any
    closes: Any
    months: Any
    market: Any
    periods: float
    against: bool


@compiled
def _select(values: Any, count: int, rank: int) -> None:
    """Reorder so that ``values[rank]`` is in its sorted place, none larger before it (Hoare 1961)."""
    left, right = 0, count - 1
    while left < right:
        a, b, c = values[left], values[(left + right) // 2], values[right]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = left, right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                values[i], values[j] = values[j], values[i]
                i += 1
                j -= 1
        if rank <= j:
            right = j
        elif rank >= i:
            left = i
        else:
            return


@compiled
def _tail(r: Any, spare: Any, mean: float, deviation: float, out: Any) -> None:
    """The 5 % quantile (linear between neighbours) and the mean at or below it.

    Only returns below a guess are gathered and ordered; the guess moves up until enough are.
    """
    n = len(r)
    place = 0.05 * (n - 1)
    rank = int(place)
    count = 0
    guess = mean - 1.2 * deviation
    while count < rank + 2 and count < n:
        count = 0
        for t in range(n):
            spare[count] = r[t]
            count += r[t] < guess
        guess = mean if guess < mean else np.inf
    _select(spare, count, rank)
    cutoff = spare[rank]
    if rank + 1 < n:
        following = spare[rank + 1]
        for i in range(rank + 2, count):
            following = min(following, spare[i])
        cutoff += (following - cutoff) * (place - rank)
    total, below = 0.0, 0
    for i in range(count):
        if spare[i] <= cutoff:
            total += spare[i]
            below += 1
    out[8] = cutoff
    out[9] = total / below


@compiled
def _deviation(squares: float, n: int, largest: float) -> float:
    """Sample deviation from a sum of squares; 0.0 when all values are equal up to rounding, nan for one value."""
    if n < 2:
        return np.nan
    deviation = (squares / (n - 1)) ** 0.5
    return 0.0 if deviation <= EQUAL * max(1.0, largest) else deviation


@compiled
def _ratio(numerator: float, denominator: float) -> float:
    value = numerator / denominator if denominator != 0.0 else np.nan
    return value if np.isfinite(value) else np.nan


@compiled
def _growth(total: float, years: float) -> float:
    return total ** (1.0 / years) - 1.0 if total > 0.0 else -1.0


@compiled
def _moments(r: Any, frame: Frame, spare: Any, out: Any) -> None:
    """Figures that need the returns only, not the path."""
    n = len(r)
    root = frame.periods**0.5
    mean, over, active = 0.0, 0.0, 0.0
    best, worst = r[0], r[0]
    for t in range(n):
        mean += r[t]
        over += r[t] - frame.riskless[t]
        active += r[t] - frame.benchmark[t]
        best, worst = max(best, r[t]), min(worst, r[t])
    mean, over, active = mean / n, over / n, active / n
    second, third, fourth, spread, below, joint, error = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    high, far = 0.0, 0.0
    for t in range(n):
        d = r[t] - mean
        square = d * d
        second += square
        third += square * d
        fourth += square * square
        e = r[t] - frame.riskless[t]
        high = max(high, abs(e))
        low = min(e, 0.0)
        below += low * low
        e -= over
        spread += e * e
        joint += e * frame.excess[t]
        a = r[t] - frame.benchmark[t]
        far = max(far, abs(a))
        a -= active
        error += a * a
    deviation = _deviation(second, n, max(abs(best), abs(worst)))
    out[2] = deviation * root
    out[3] = _ratio(over * root, _deviation(spread, n, high))
    out[4] = _ratio(over * root, (below / n) ** 0.5)
    out[12], out[13] = best, worst
    if n > 2 and deviation > 0.0:
        out[10] = n**0.5 * n * (n - 1) ** 0.5 / (n - 2) * third / second**1.5 / n**0.5
    if n > 3 and deviation > 0.0:
        adjusted = n * (n + 1) * (n - 1) / ((n - 2) * (n - 3)) * fourth / second**2
        out[11] = adjusted - 3.0 * (n - 1) ** 2 / ((n - 2) * (n - 3))
    if frame.against:
        out[18] = _ratio(joint, frame.market[1])
        out[19] = (over - out[18] * frame.market[0]) * frame.periods
        out[20] = _deviation(error, n, far) * root
        out[21] = _ratio(active * frame.periods, out[20])
    _tail(r, spare, mean, (second / n) ** 0.5, out)


@compiled
def _path(levels: Any, frame: Frame, out: Any) -> None:
    """Total growth and falls."""
    n = len(levels) - 1
    high, deepest, squares = levels[0], 0.0, 0.0
    for t in range(1, n + 1):
        high = max(high, levels[t])
        fall = levels[t] / high - 1.0
        deepest = min(deepest, fall)
        squares += fall * fall
    total = levels[n] / levels[0]
    out[0] = total - 1.0
    out[1] = _growth(total, n / frame.periods)
    out[5] = _ratio(out[1], abs(deepest))
    out[6] = deepest
    out[7] = (squares / n) ** 0.5


@compiled
def _calendar(levels: Any, frame: Frame, out: Any) -> None:
    """Figures of complete calendar months."""
    m = len(frame.opens)
    if m == 0:
        return
    best, worst, positive, won = -np.inf, np.inf, 0, 0
    up, down, rises, falls = 1.0, 1.0, 0, 0
    for i in range(m):
        month = levels[frame.closes[i]] / levels[frame.opens[i]] - 1.0
        best, worst = max(best, month), min(worst, month)
        positive += month > TIE
        if frame.against:
            theirs = frame.months[i]
            won += month - theirs > TIE
            if theirs > 0.0:
                up *= 1.0 + month
                rises += 1
            elif theirs < 0.0:
                down *= 1.0 + month
                falls += 1
    out[14], out[15], out[16] = best, worst, positive / m
    if frame.against:
        out[17] = won / m
        if rises:
            out[22] = _ratio(_growth(up, rises / 12.0), frame.market[2])
        if falls:
            out[23] = _ratio(_growth(down, falls / 12.0), frame.market[3])


@compiled
def single(levels: Any, returns: Any, frame: Frame) -> Any:
    """Figures of one series from its n + 1 levels and n returns; shape (24,)."""
    out = np.full(24, np.nan)
    _moments(returns, frame, np.empty(len(returns)), out)
    _path(levels, frame, out)
    _calendar(levels, frame, out)
    return out


@compiled
def batch(levels: Any, frame: Frame) -> Any:
    """Figures of level series, shape (P, 24), from levels of shape (P, n + 1); a row of nan if a level is not above zero."""
    many, n = levels.shape[0], levels.shape[1] - 1
    out = np.full((many, 24), np.nan)
    r, spare = np.empty(n), np.empty(n)
    for p in range(many):
        row = levels[p]
        sound = row[0] > 0.0 and row[0] < np.inf
        for t in range(n):
            r[t] = row[t + 1] / row[t] - 1.0
            sound &= row[t + 1] > 0.0 and row[t + 1] < np.inf
        if sound:
            _moments(r, frame, spare, out[p])
            _path(row, frame, out[p])
            _calendar(row, frame, out[p])
    return out
