"""Compiled kernels of the optimisers. Importing this module imports numba; only first use does.

``moments`` merges blocks of deviations (Chan, Golub and LeVeque 1983). ``solve_each`` is a primal
active-set method (Nocedal and Wright, Numerical Optimization, 2nd ed., section 16.5) for

    minimise  1/2 w'Qw - m'w   subject to  sum w = 1,  0 <= w <= cap

where a set of free assets is solved for by Cholesky, shrinks where a bound blocks the step, and
grows by the asset whose gradient promises most. ``parity_each`` is cyclical coordinate descent for
equal risk contributions (Griveau-Billion, Richard and Roncalli 2013).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

compiled = njit(cache=True, error_model="numpy")
# Sums whose terms may be added in any order, which is what lets them use vector instructions.
summing = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"})

BLOCK = 32
"""Rows that are summed once and for all; a window adds its ragged ends."""

ROOT = BLOCK**0.5

ENTER = 1e-13
"""A bound is left where that improves the objective by more than this, relative to the problem's scale."""

SINGULAR = 1e-12
"""A Cholesky pivot below this part of its own diagonal counts as zero."""

RIDGE = 1e-10
"""Part of its own variance that is added to each asset where the free assets' covariance is singular."""

UNFINISHED = -1
BREAKDOWN = -2


@summing
def _add_products(lines: Any, count: int, out: Any) -> None:
    """Add lines lines' over the first ``count`` columns to the flat ``out``, from its diagonal on."""
    n = len(lines)
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for r in range(count):
                total += lines[i, r] * lines[j, r]
            out[i * n + j] += total


@compiled
def _blocks(series: Any, first: int, last: int, shift: Any, scatter: Any) -> None:
    """Of each whole block: its mean less its first row, and the products of deviations from its mean."""
    n = len(series)
    lines = np.empty((n, BLOCK))
    for b in range(first, last):
        for i in range(n):
            base, total = series[i, b * BLOCK], 0.0
            for r in range(BLOCK):
                lines[i, r] = series[i, b * BLOCK + r] - base
                total += lines[i, r]
            total /= BLOCK
            shift[i, b - first] = total
            for r in range(BLOCK):
                lines[i, r] -= total
        _add_products(lines, BLOCK, scatter[b - first])


@compiled
def _deviations(series: Any, start: int, head: int, tail: int, end: int, shift: Any, first: int, line: Any) -> float:
    """One asset's ragged rows and block means less the window's mean, blocks times the root of their length.

    Whole blocks stand in rows ``head`` to ``tail``. ``series`` and ``shift`` are the asset's own.
    Returns the window's mean.
    """
    base, total, count = series[start], 0.0, 0
    for r in range(start, head):
        line[count] = series[r] - base
        total += line[count]
        count += 1
    for r in range(tail, end):
        line[count] = series[r] - base
        total += line[count]
        count += 1
    ragged = count
    for b in range(head // BLOCK, tail // BLOCK):
        line[count] = series[b * BLOCK] - base + shift[b - first]
        total += BLOCK * line[count]
        count += 1
    total /= end - start
    for r in range(ragged):
        line[r] -= total
    for r in range(ragged, count):
        line[r] = (line[r] - total) * ROOT
    mean: float = base + total
    return mean


@compiled
def moments(series: Any, ends: Any, window: int, mean: Any, covariance: Any) -> None:
    """Mean and sample covariance (ddof 1) of the ``window`` rows before each end, into the last two arguments.

    ``series`` is (n, T), ``covariance`` (k, n * n). Blocks stand at fixed rows, so an answer depends on its own window alone,
    to the last bit.
    """
    n = len(series)
    low, high = ends[0], ends[0]
    for t in range(len(ends)):
        low, high = min(low, ends[t]), max(high, ends[t])
    first = (low - window + BLOCK - 1) // BLOCK
    last = max(high // BLOCK, first)
    shift, scatter = np.empty((n, last - first)), np.zeros((last - first, n * n))
    _blocks(series, first, last, shift, scatter)
    lines = np.empty((n, 2 * BLOCK + window // BLOCK))
    for t in range(len(ends)):
        start, end = ends[t] - window, ends[t]
        head, tail = (start + BLOCK - 1) // BLOCK * BLOCK, end // BLOCK * BLOCK
        if head >= tail:  # no whole block
            head, tail = end, end
        for i in range(n):
            mean[t, i] = _deviations(series[i], start, head, tail, end, shift[i], first, lines[i])
        out = covariance[t]
        for i in range(n * n):
            out[i] = 0.0
        for b in range(head // BLOCK - first, tail // BLOCK - first):
            for i in range(n * n):
                out[i] += scatter[b, i]
        _add_products(lines, window - (tail - head) + (tail - head) // BLOCK, out)
        for i in range(n):
            for j in range(i, n):
                out[i * n + j] /= window - 1
                out[j * n + i] = out[i * n + j]


class Programme(NamedTuple):
    """One programme; the fields are those of the module's text, with what is added to Q's diagonal."""

    quad: Any
    linear: Any
    cap: Any
    ridge: Any


class Desk(NamedTuple):
    """Room to work in, kept from date to date."""

    gradient: Any
    index: Any
    upper: Any
    move: Any
    unit: Any


@compiled
def _factor(task: Programme, index: Any, k: int, upper: Any) -> bool:
    """Cholesky factor of the first ``k`` indexed rows and columns; False where they are singular."""
    for a in range(k):
        i = index[a]
        for b in range(a, k):
            upper[a, b] = task.quad[i, index[b]]
        upper[a, a] += task.ridge[i]
    for a in range(k):
        i = index[a]
        if not upper[a, a] > SINGULAR * (task.quad[i, i] + task.ridge[i]):
            return False
        root = np.sqrt(upper[a, a])
        for b in range(a, k):
            upper[a, b] /= root
        for c in range(a + 1, k):
            part = upper[a, c]
            for b in range(c, k):
                upper[c, b] -= part * upper[a, b]
    return True


@compiled
def _back(upper: Any, k: int, x: Any, y: Any) -> None:
    """Solve upper'upper x = x and the same for y, in place."""
    for a in range(k):
        x[a] /= upper[a, a]
        y[a] /= upper[a, a]
        for b in range(a + 1, k):
            x[b] -= upper[a, b] * x[a]
            y[b] -= upper[a, b] * y[a]
    for a in range(k - 1, -1, -1):
        for b in range(a + 1, k):
            x[a] -= upper[a, b] * x[b]
            y[a] -= upper[a, b] * y[b]
        x[a] /= upper[a, a]
        y[a] /= upper[a, a]


@compiled
def _gradient(task: Programme, x: Any, out: Any) -> None:
    """Qx + ridge x - m."""
    for i in range(len(x)):
        out[i] = task.ridge[i] * x[i] - task.linear[i]
    for j in range(len(x)):
        if x[j] != 0.0:
            for i in range(len(x)):
                out[i] += task.quad[j, i] * x[j]


@compiled
def _scale(task: Programme) -> float:
    """Size of the problem's gradients: largest variance plus largest mean."""
    variance, mean = 0.0, 0.0
    for i in range(len(task.linear)):
        variance = max(variance, task.quad[i, i])
        mean = max(mean, abs(task.linear[i]))
    return variance + mean


@compiled
def _violation(task: Programme, x: Any, gradient: Any) -> float:
    """How far an answer misses the conditions of Karush, Kuhn and Tucker; ``gradient`` is that of Q without ridge.

    The largest gain per unit from moving weight out of one asset into another, where bounds allow,
    relative to the scale; or the largest breach of a bound or of the budget, if that is larger.
    """
    above, below, budget, breach = -np.inf, np.inf, -1.0, 0.0
    for i in range(len(x)):
        if x[i] > 0.0:
            above = max(above, gradient[i])
        if x[i] < task.cap[i]:
            below = min(below, gradient[i])
        budget += x[i]
        breach = max(breach, -x[i], x[i] - task.cap[i])
    breach = max(breach, abs(budget))
    gain = above - below
    if not gain > 0.0:
        return breach
    return max(breach, gain / _scale(task))


@compiled
def _cold(task: Programme, x: Any, free: Any) -> None:
    """Fill the assets up to their caps in order of the utility each has alone; the last one is free."""
    for i in range(len(x)):
        x[i], free[i] = 0.0, False
    left, last = 1.0, -1
    taken = np.zeros(len(x), np.bool_)
    for _ in range(len(x)):
        best, who = np.inf, -1
        for i in range(len(x)):
            alone = 0.5 * task.quad[i, i] - task.linear[i]
            if not taken[i] and (who < 0 or alone < best):
                best, who = alone, i
        taken[who] = True
        x[who] = min(left, task.cap[who])
        left -= x[who]
        last = who
        if left <= 0.0:
            break
    free[last] = True


@compiled
def _advance(task: Programme, x: Any, free: Any, desk: Desk, k: int) -> int:
    """Move the free assets to their optimum, or to the first bound on the way.

    Returns the asset that a bound stopped, UNFINISHED if none did, or BREAKDOWN.
    """
    index, move, unit = desk.index, desk.move, desk.unit
    if not _factor(task, index, k, desk.upper):
        return BREAKDOWN
    left = 1.0
    for i in range(len(x)):
        left -= x[i]
    level = desk.gradient[index[0]]  # any level will do; this one keeps the numbers small
    for a in range(k):
        move[a] = level - desk.gradient[index[a]]
        unit[a] = 1.0
    _back(desk.upper, k, move, unit)
    total = 0.0
    for a in range(k):
        left -= move[a]
        total += unit[a]
    multiplier = left / total
    length, who, bound = 1.0, UNFINISHED, 0.0
    for a in range(k):
        i = index[a]
        move[a] += multiplier * unit[a]
        if x[i] + move[a] < 0.0 and -x[i] / move[a] < length:
            length, who, bound = -x[i] / move[a], i, 0.0
        elif x[i] + move[a] > task.cap[i] and (task.cap[i] - x[i]) / move[a] < length:
            length, who, bound = (task.cap[i] - x[i]) / move[a], i, task.cap[i]
    for a in range(k):
        i = index[a]
        x[i] = min(max(x[i] + length * move[a], 0.0), task.cap[i])
    if who >= 0:
        x[who] = bound
        free[who] = False
    return who


@compiled
def _entering(task: Programme, x: Any, free: Any, gradient: Any, slack: float) -> int:
    """The asset at a bound that gains most by leaving it, or UNFINISHED where none gains."""
    level, count = 0.0, 0
    for i in range(len(x)):
        if free[i]:
            level += gradient[i]
            count += 1
    level /= count
    worst, who = slack, UNFINISHED
    for i in range(len(x)):
        if not free[i]:
            gain = gradient[i] - level if x[i] > 0.0 else level - gradient[i]
            if gain > worst:
                worst, who = gain, i
    return who


@compiled
def _solve(task: Programme, x: Any, free: Any, desk: Desk, limit: int) -> int:
    """Bring a feasible ``x`` to the optimum; returns the steps taken, or UNFINISHED, or BREAKDOWN."""
    slack = ENTER * _scale(task)
    for step in range(limit):
        k = 0
        for i in range(len(x)):
            if free[i]:
                desk.index[k] = i
                k += 1
        _gradient(task, x, desk.gradient)
        if k > 1:
            stopped = _advance(task, x, free, desk, k)
            if stopped == BREAKDOWN:
                return BREAKDOWN
            if stopped >= 0:
                continue
            _gradient(task, x, desk.gradient)
        who = _entering(task, x, free, desk.gradient, slack)
        if who < 0:
            return step + 1
        free[who] = True
    return UNFINISHED


@compiled
def _strengthen(task: Programme) -> None:
    """Set the ridge; assets without variance get a trace of the largest one's."""
    largest = _scale(task)
    for i in range(len(task.ridge)):
        task.ridge[i] = RIDGE * task.quad[i, i] + 1e-4 * RIDGE * (largest if largest > 0.0 else 1.0)


@compiled
def solve_each(
    quad: Any, linear: Any, cap: Any, start: Any, limit: int, weights: Any, steps: Any, ridged: Any, error: Any
) -> None:
    """Solve the programmes one after the other, each from the answer before it (the first from ``start``, if it sums to one).

    ``quad`` is (k, n, n), ``linear`` (k, n); answers go into the last four arguments. ``steps`` is
    negative where the method did not finish; ``error`` is the violation of the optimality conditions.
    """
    n = len(cap)
    x, free, centred, ridge = np.empty(n), np.empty(n, np.bool_), np.empty(n), np.zeros(n)
    desk = Desk(np.empty(n), np.empty(n, np.int64), np.empty((n, n)), np.empty(n), np.empty(n))
    budget = 0.0
    for i in range(n):
        x[i] = start[i]
        budget += x[i]
    warm = abs(budget - 1.0) < 1e-9
    for t in range(len(linear)):
        level = 0.0
        for i in range(n):
            level += linear[t, i] / n
        some = False
        for i in range(n):
            centred[i] = linear[t, i] - level  # a common mean changes nothing but the rounding
            free[i] = 0.0 < x[i] < cap[i]
            some = some or free[i]
        task = Programme(quad[t], centred, cap, ridge)
        if not (warm and some):
            _cold(task, x, free)
        for _ in range(2):
            steps[t] = _solve(task, x, free, desk, limit)
            if steps[t] != BREAKDOWN or ridged[t]:
                break
            ridged[t] = True
            _strengthen(task)
        for i in range(n):
            weights[t, i], ridge[i] = x[i], 0.0
        _gradient(task, x, desk.gradient)
        error[t] = _violation(task, x, desk.gradient)
        warm = steps[t] >= 0


@compiled
def parity_each(
    covariance: Any, start: Any, limit: int, tolerance: float, weights: Any, sweeps: Any, error: Any
) -> None:
    """Weights of equal risk contributions, date by date, each from the answer before it.

    Minimises 1/2 y'Vy - (1/n) sum log y one coordinate at a time; then w = y / sum y. ``sweeps``
    is negative where ``limit`` sweeps do not do; ``error`` is the largest relative distance of a
    contribution from the n-th part of the variance.
    """
    n = covariance.shape[1]
    y, pull = np.empty(n), np.empty(n)
    for i in range(n):
        y[i] = start[i]
    for t in range(len(covariance)):
        cov = covariance[t]
        sweeps[t] = UNFINISHED
        for sweep in range(limit + 1):
            worst = _contributions(cov, y, pull)
            error[t] = worst
            if worst <= tolerance:
                sweeps[t] = sweep
                break
            if sweep < limit:
                _sweep(cov, y, pull)
        total = 0.0
        for i in range(n):
            total += y[i]
        for i in range(n):
            weights[t, i] = y[i] / total


@compiled
def _contributions(cov: Any, y: Any, pull: Any) -> float:
    """Scale y to a variance of one, set pull = cov y, and return the largest |n y pull - 1|."""
    n = len(y)
    for i in range(n):
        pull[i] = 0.0
    for j in range(n):
        for i in range(n):
            pull[i] += cov[j, i] * y[j]
    total, worst = 0.0, 0.0
    for i in range(n):
        total += y[i] * pull[i]
    root = np.sqrt(total)
    for i in range(n):
        worst = max(worst, abs(n * y[i] * pull[i] / total - 1.0))
        y[i] /= root
        pull[i] /= root
    return worst if total > 0.0 else np.inf


@compiled
def _sweep(cov: Any, y: Any, pull: Any) -> None:
    """Each coordinate in turn to its optimum given the others: the positive root of v y^2 + b y = 1/n."""
    n = len(y)
    for i in range(n):
        variance = cov[i, i]
        b = pull[i] - variance * y[i]
        root = np.sqrt(b * b + 4.0 * variance / n)
        # Of the two forms of the root, the one that does not cancel.
        new = 2.0 / (n * (b + root)) if b > 0.0 else (root - b) / (2.0 * variance)
        change = new - y[i]
        y[i] = new
        for k in range(n):
            pull[k] += cov[i, k] * change
