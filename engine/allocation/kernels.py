"""Compiled kernels of the whole-share problem. Importing this module imports numba; only ``solve`` does.

The problem: integers x, ``low <= x <= high``, that minimise

    f(x) = x' A x - 2 c' x + line_cost * #{x > 0} + cost' x

subject to ``1 - cash_max <= sum(step * x) <= 1``, at most ``max_lines`` funds above zero, at most
``max_trades`` funds away from ``held``, and no trade of fewer than ``least`` units. ``step[i]`` is
the weight of one tradeable unit of fund i; ``A = step step' * covariance`` and
``c = step * covariance with the model``, so f is the tracking variance less a constant.

``descend`` and ``search`` are an iterated local search (Lourenço, Martin and Stützle 2003).
``relax`` solves the relaxation over a box by sequential minimal optimisation (Platt 1998) and
certifies it with the value of the Lagrangian dual. ``branch`` is a best-first branch and bound
that rests on it, with variables fixed by their reduced costs.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

compiled = njit(cache=True, error_model="numpy")
SLACK = 1e-12
# Constants that are handed on, typed: a bare number would compile its callee a second time.
_NONE: Any = np.int64(-1)
_ZERO: Any = np.int64(0)
_ONCE: Any = np.int64(1)
_FEW: Any = np.int64(4)
_STEPS: Any = np.int64(200)
_POLISH: Any = np.int64(40)
_PAIRS: Any = np.bool_(False)
GAIN = 1e-13


class Task(NamedTuple):
    """One problem in units; the fields are those of the module's text."""

    A: Any
    c: Any
    step: Any
    low: Any
    high: Any
    held: Any
    least: Any
    cost: Any
    line_cost: float
    max_lines: int
    max_trades: int
    cash_max: float


@compiled
def allowed(units: int, held: int, least: int) -> bool:
    """Whether a trade from ``held`` to ``units`` is none or large enough."""
    change = abs(units - held)
    return change == 0 or change >= least


@compiled
def _onward(start: int, units: int, held: int, least: int) -> int:
    """``units``, or the next number of units that may be held, going away from ``start``."""
    if allowed(units, held, least):
        return units
    if units > start:
        return held if units <= held else held + least
    return held if units >= held else held - least


@compiled
def _charge(task: Task, i: int, old: int, new: int) -> float:
    """Change of the separable costs when fund i goes from ``old`` to ``new`` units."""
    change: float = task.cost[i] * (new - old) + task.line_cost * ((new > 0) - (old > 0))
    return change


@compiled
def _set(task: Task, x: Any, pull: Any, i: int, units: int) -> None:
    """Set fund i to ``units`` and carry the change into ``pull`` = A x - c."""
    move = units - x[i]
    if move != 0:
        x[i] = units
        for k in range(len(x)):
            pull[k] += task.A[i, k] * move


@compiled
def value_of(task: Task, x: Any) -> float:
    """f(x), from scratch."""
    total = 0.0
    for i in range(len(x)):
        if x[i] != 0:
            row = 0.0
            for k in range(len(x)):
                row += task.A[i, k] * x[k]
            total += x[i] * (row - 2.0 * task.c[i]) + _charge(task, i, _ZERO, x[i])
    return total


@compiled
def feasible(task: Task, x: Any) -> bool:
    """Whether the basket keeps every rule."""
    for i in range(len(x)):
        if x[i] < task.low[i] or x[i] > task.high[i] or not allowed(x[i], task.held[i], task.least[i]):
            return False
    cash, lines, trades = _room(task, x)
    return -SLACK <= cash <= task.cash_max + SLACK and lines >= 0 and trades >= 0


@compiled
def _last(
    task: Task, x: Any, pull: Any, i: int, s: int, j: int, u: int, cash: float, force: float, lines: int, trades: int
) -> tuple[float, int, int]:
    """Best third change after fund i moved by s and fund j by u (j < 0: none): value, fund (-1: none), units.

    ``cash`` is what is left after the first moves, ``force`` their value, ``lines`` and ``trades``
    how many more of each are allowed.
    """
    A, step, low, high = task.A, task.step, task.low, task.high
    held, least, cost = task.held, task.least, task.cost
    cash_max, line_cost = task.cash_max, task.line_cost
    best, who, to = 1e300, -1, 0
    if -SLACK <= cash <= cash_max + SLACK and lines >= 0 and trades >= 0:
        best = force
    for k in range(len(x)):
        if k == i or k == j or high[k] <= low[k]:
            continue
        slope = pull[k] + A[i, k] * s
        if j >= 0:
            slope += A[j, k] * u
        curve = A[k, k]
        wish = np.floor(0.5 - (slope + 0.5 * cost[k]) / curve)
        fewest = max(np.ceil((cash - cash_max - SLACK) / step[k]), low[k] - x[k])
        most = min(np.floor((cash + SLACK) / step[k]), high[k] - x[k])
        t = int(min(max(wish, fewest), most))
        for attempt in range(2):
            if attempt == 1:
                if x[k] == 0 or (line_cost == 0.0 and lines >= 0):
                    break
                t = -x[k]
            if t == 0:
                continue
            units = x[k] + t
            if least[k] > 1:
                units = _onward(x[k], units, held[k], least[k])
            if units < low[k] or units > high[k]:
                continue
            t = units - x[k]
            left = cash - step[k] * t
            if left < -SLACK or left > cash_max + SLACK:
                continue
            if (units > 0) - (x[k] > 0) > lines or (units != held[k]) - (x[k] != held[k]) > trades:
                continue
            value = force + t * (2.0 * slope + t * curve) + _charge(task, k, x[k], units)
            if value < best:
                best, who, to = value, k, units
    return best, who, to


@compiled
def _targets(task: Task, x: Any, i: int, out: Any) -> int:
    """Units to try for fund i: one more, one fewer, as few as allowed; how many stand in ``out``."""
    count = 0
    for wanted in (x[i] + 1, x[i] - 1, task.low[i]):
        units = _onward(x[i], wanted, task.held[i], task.least[i])
        if units < task.low[i] or units > task.high[i] or units == x[i] or (count > 0 and out[count - 1] == units):
            continue
        out[count] = units
        count += 1
    return count


@compiled
def _room(task: Task, x: Any) -> tuple[float, int, int]:
    """Cash left, and how many more lines and trades the rules allow."""
    lines, trades, cash = task.max_lines, task.max_trades, 1.0
    for i in range(len(x)):
        lines -= x[i] > 0
        trades -= x[i] != task.held[i]
        cash -= task.step[i] * x[i]
    return cash, lines, trades


@compiled
def _used(task: Task, x: Any, i: int, to: int) -> tuple[int, int]:
    """How many more lines and trades there are when fund i goes to ``to`` units."""
    return (to > 0) - (x[i] > 0), (to != task.held[i]) - (x[i] != task.held[i])


@compiled
def _pair_from(
    task: Task, x: Any, pull: Any, i: int, cash: float, lines: int, trades: int, targets: Any
) -> tuple[float, int, int, int]:
    """Best move that begins with fund i: value, its units, the other fund (-1: none) and its units."""
    best, to, who, other = np.inf, x[i], _NONE, _ZERO
    if task.high[i] > task.low[i]:
        for m in range(_targets(task, x, i, targets)):
            units = targets[m]
            s = units - x[i]
            force = s * (2.0 * pull[i] + s * task.A[i, i]) + _charge(task, i, x[i], units)
            more_lines, more_trades = _used(task, x, i, units)
            left = cash - task.step[i] * s
            value, k, units_k = _last(
                task, x, pull, i, s, _NONE, _ZERO, left, force, lines - more_lines, trades - more_trades
            )
            if value < best:
                best, to, who, other = value, units, k, units_k
    return best, to, who, other


@compiled
def _triple(task: Task, x: Any, pull: Any, cash: float, lines: int, trades: int, targets: Any, move: Any) -> float:
    """Best change of three funds of which one goes down by a unit; written into ``move``, value returned."""
    best = -GAIN
    for i in range(len(x)):
        to = _onward(x[i], x[i] - 1, task.held[i], task.least[i])
        if x[i] <= task.low[i] or to < task.low[i]:
            continue
        s = to - x[i]
        base = s * (2.0 * pull[i] + s * task.A[i, i]) + _charge(task, i, x[i], to)
        lines_i, trades_i = _used(task, x, i, to)
        for j in range(len(x)):
            if j == i or task.high[j] <= task.low[j]:
                continue
            for m in range(_targets(task, x, j, targets)):
                u = targets[m] - x[j]
                if u < 0 and j < i:
                    continue
                force = base + u * (2.0 * (pull[j] + task.A[i, j] * s) + u * task.A[j, j])
                force += _charge(task, j, x[j], targets[m])
                lines_j, trades_j = _used(task, x, j, targets[m])
                left = cash - task.step[i] * s - task.step[j] * u
                value, k, to_k = _last(
                    task, x, pull, i, s, j, u, left, force, lines - lines_i - lines_j, trades - trades_i - trades_j
                )
                if value < best:
                    best = value
                    move[0], move[1], move[2], move[3], move[4], move[5] = i, to, j, targets[m], k, to_k
    return best


@compiled
def descend(task: Task, x: Any, pull: Any, triples: bool, limit: int) -> float:
    """Steepest descent over changes of one or two funds, then of three; changes x and pull in place.

    Returns the change of f, zero or negative.
    """
    gained = 0.0
    targets, move = np.empty(3, np.int64), np.empty(6, np.int64)
    for _ in range(limit):
        cash, lines, trades = _room(task, x)
        best = -GAIN
        move[:] = -1
        for i in range(len(x)):
            value, to, k, to_k = _pair_from(task, x, pull, i, cash, lines, trades, targets)
            if value < best:
                best = value
                move[0], move[1], move[2], move[3] = i, to, k, to_k
        if move[0] < 0 and triples:
            best = _triple(task, x, pull, cash, lines, trades, targets, move)
        if move[0] < 0:
            break
        for part in range(3):
            if move[2 * part] >= 0:
                _set(task, x, pull, move[2 * part], move[2 * part + 1])
        gained += best
    return gained


@compiled
def appeal(task: Task, x: Any) -> Any:
    """For each fund the least change of f by a move of one or two funds that begins with it; infinite without one."""
    pull = pull_of(task, x)
    targets = np.empty(3, np.int64)
    out = np.full(len(x), np.inf)
    cash, lines, trades = _room(task, x)
    for i in range(len(x)):
        out[i] = _pair_from(task, x, pull, i, cash, lines, trades, targets)[0]
    return out


@compiled
def pull_of(task: Task, x: Any) -> Any:
    """A x - c."""
    out = -task.c.copy()
    for i in range(len(x)):
        if x[i] != 0:
            for k in range(len(x)):
                out[k] += task.A[i, k] * x[i]
    return out


@compiled
def _kick(task: Task, x: Any, pull: Any, strength: int) -> None:
    """Take up to ``strength`` random holdings down (one unit, or all of it) and add up to two random units."""
    n = len(x)
    for _ in range(1 + np.random.randint(strength)):
        count = 0
        for i in range(n):
            count += x[i] > task.low[i]
        if count == 0:
            break
        pick = np.random.randint(count)
        for i in range(n):
            if x[i] > task.low[i]:
                if pick == 0:
                    wanted = x[i] - 1 if np.random.random() < 0.6 else task.low[i]
                    units = _onward(x[i], wanted, task.held[i], task.least[i])
                    if units >= task.low[i]:
                        _set(task, x, pull, i, units)
                    break
                pick -= 1
    for _ in range(2):
        i = np.random.randint(n)
        units = _onward(x[i], x[i] + 1, task.held[i], task.least[i])
        cash, lines, trades = _room(task, x)
        more_lines, more_trades = _used(task, x, i, units)
        fits = task.step[i] * (units - x[i]) <= cash and more_lines <= lines and more_trades <= trades
        if fits and units <= task.high[i]:
            _set(task, x, pull, i, units)


@compiled
def search(task: Task, x: Any, kicks: int, strength: int, triples: bool, limit: int, seed: int) -> tuple[Any, float]:
    """Local search from x with ``kicks`` perturbations of the best found; returns it and f, from scratch.

    A start that breaks a rule is left as soon as a move leads to one that keeps all; if none
    is found the start comes back with an infinite value.
    """
    np.random.seed(seed)
    best_x, best_pull, best = x.copy(), pull_of(task, x), np.inf
    now, pull = best_x.copy(), best_pull.copy()
    for turn in range(kicks + 1):
        now[:] = best_x
        pull[:] = best_pull
        if turn > 0:
            _kick(task, now, pull, strength)
        descend(task, now, pull, triples, limit)
        if feasible(task, now):
            found = value_of(task, now)
            if found < best - GAIN:
                best = found
                best_x[:] = now
                best_pull[:] = pull
        elif turn == 0:
            best_x[:] = now
            best_pull[:] = pull
    return best_x, best


@compiled
def _into_box(w: Any, lower: Any, upper: Any, cash_max: float) -> bool:
    """Move w into the box and the budget, changing as little as is easy; False when that is impossible."""
    total, least, most = 0.0, 0.0, 0.0
    for i in range(len(w)):
        w[i] = min(max(w[i], lower[i]), upper[i])
        total += w[i]
        least += lower[i]
        most += upper[i]
    if least > 1.0 + SLACK or most < 1.0 - cash_max - SLACK:
        return False
    excess = total - 1.0
    if excess > 0.0:
        room = total - least
        for i in range(len(w)):
            w[i] -= (w[i] - lower[i]) * min(excess / room, 1.0) if room > 0.0 else 0.0
    lack = 1.0 - cash_max - total
    if lack > 0.0:
        room = most - total
        for i in range(len(w)):
            w[i] += (upper[i] - w[i]) * min(lack / room, 1.0) if room > 0.0 else 0.0
    return True


@compiled
def _dual(g: Any, w: Any, lower: Any, upper: Any, cash: float, cash_max: float, mu: float) -> float:
    """Least value of the linearised Lagrangian over the box, less its value at w; zero at an optimum."""
    gap = min(mu * (0.0 - cash), mu * (cash_max - cash))
    for i in range(len(w)):
        rate = g[i] + mu
        gap += min(rate * (lower[i] - w[i]), rate * (upper[i] - w[i]))
    return gap


@compiled
def _newton(H: Any, g: Any, free: Any, count: int, summed: bool, L: Any, d: Any, e: Any) -> float:
    """Newton step d of the free variables, with sum(d) = 0 when ``summed``; returns the budget's multiplier.

    L, d and e are work space; the factor is Cholesky's.
    """
    for r in range(count):
        for q in range(r + 1):
            total = H[free[r], free[q]]
            for k in range(q):
                total -= L[r, k] * L[q, k]
            L[r, q] = np.sqrt(max(total, 1e-14)) if r == q else total / L[q, q]
    for r in range(count):
        first, second = -g[free[r]], 1.0
        for k in range(r):
            first -= L[r, k] * d[k]
            second -= L[r, k] * e[k]
        d[r], e[r] = first / L[r, r], second / L[r, r]
    for back in range(count):
        r = count - 1 - back
        for k in range(r + 1, count):
            d[r] -= L[k, r] * d[k]
            e[r] -= L[k, r] * e[k]
        d[r] /= L[r, r]
        e[r] /= L[r, r]
    mu = 0.0
    if summed and count > 0:
        above, below = 0.0, 0.0
        for r in range(count):
            above += d[r]
            below += e[r]
        mu = above / below
        for r in range(count):
            d[r] -= mu * e[r]
    return mu


@compiled
def _residual(H: Any, b: Any, w: Any, g: Any) -> float:
    """Write g = H w - b; returns the cash left by w."""
    cash = 1.0
    for k in range(len(w)):
        g[k] = -b[k]
    for i in range(len(w)):
        if w[i] != 0.0:
            cash -= w[i]
            for k in range(len(w)):
                g[k] += H[i, k] * w[i]
    return cash


@compiled
def _line_search(
    w: Any, lower: Any, upper: Any, cash: float, cash_max: float, cash_free: bool, free: Any, count: int, d: Any
) -> tuple[float, int, float]:
    """Share of the step d that stays in the box, what blocks it (-1: nothing, n: cash), and the sum of d."""
    share, block, spent = 1.0, -1, 0.0
    for r in range(count):
        i = free[r]
        spent += d[r]
        if d[r] < 0.0 and (lower[i] - w[i]) > share * d[r]:
            share, block = (lower[i] - w[i]) / d[r], i
        elif d[r] > 0.0 and (upper[i] - w[i]) < share * d[r]:
            share, block = (upper[i] - w[i]) / d[r], i
    if cash_free and spent > 0.0 and cash < share * spent:
        share, block = cash / spent, len(w)
    elif cash_free and spent < 0.0 and cash - cash_max > share * spent:
        share, block = (cash - cash_max) / spent, len(w)
    return share, block, spent


@compiled
def _entering(
    H: Any, g: Any, w: Any, lower: Any, upper: Any, cash: float, cash_max: float, cash_free: bool, is_free: Any,
    count: int, mu: float,
) -> int:  # fmt: skip
    """The variable at a bound whose release gains most (n: cash); -1 at the optimum."""
    n = len(w)
    worst, enter = 1e-20, -1
    for i in range(n):
        if is_free[i] or upper[i] - lower[i] <= SLACK:
            continue
        rate = g[i] + mu
        wrong = -rate if w[i] - lower[i] <= SLACK else rate
        if wrong > 0.0 and wrong * wrong / H[i, i] > worst:
            worst, enter = wrong * wrong / H[i, i], i
    if not cash_free and cash_max > 0.0:
        wrong = -mu if cash <= 0.0 else mu
        if wrong > 0.0 and (enter < 0 or count == 0 or worst < wrong * wrong / H[enter, enter]):
            enter = n
    return enter


@compiled
def relax(
    H: Any, b: Any, lower: Any, upper: Any, cash_max: float, w: Any, g: Any, stop_above: float, limit: int
) -> tuple[float, float, float]:
    """Least value of w'Hw - 2b'w over lower <= w <= upper, 1 - cash_max <= sum(w) <= 1.

    A primal active-set method (Nocedal and Wright 2006, section 16.5) with cash as a variable
    without risk. Ends at the optimum, when the bound exceeds ``stop_above``, or after ``limit``
    steps; the bound is valid wherever it ends.

    Returns
    -------
    tuple of float
        A certified lower bound (infinite when the box is empty), the value at w, and the
        multiplier of the budget. ``w`` and ``g`` = H w - b are changed in place.
    """
    n = len(w)
    if not _into_box(w, lower, upper, cash_max):
        return np.inf, np.inf, 0.0
    cash = min(max(_residual(H, b, w, g), 0.0), cash_max)
    is_free = np.zeros(n, np.bool_)
    for i in range(n):
        is_free[i] = lower[i] + SLACK < w[i] < upper[i] - SLACK
    cash_free = SLACK < cash < cash_max - SLACK
    free = np.empty(n, np.int64)
    L, d, e = np.empty((n, n)), np.empty(n), np.empty(n)
    best, best_mu, value = -np.inf, 0.0, np.inf
    for turn in range(limit):
        count = 0
        for i in range(n):
            if is_free[i]:
                free[count] = i
                count += 1
        mu = _newton(H, g, free, count, not cash_free, L, d, e)
        share, block, spent = _line_search(w, lower, upper, cash, cash_max, cash_free, free, count, d)
        for r in range(count):
            move = share * d[r]
            if move != 0.0:
                w[free[r]] += move
                for k in range(n):
                    g[k] += H[free[r], k] * move
        cash -= share * spent if cash_free else 0.0
        if block == n:
            cash_free = False
            cash = 0.0 if spent > 0.0 else cash_max
        elif block >= 0:
            is_free[block] = False
            w[block] = lower[block] if w[block] - lower[block] < upper[block] - w[block] else upper[block]
        if block >= 0 and turn < limit - 1:
            continue
        if count == 0 and not cash_free:
            mu = _free_multiplier(g, w, lower, upper, cash, cash_max)
        value = 0.0
        for i in range(n):
            value += w[i] * (g[i] - b[i])
        bound = value + 2.0 * _dual(g, w, lower, upper, cash, cash_max, mu)
        if bound > best:
            best, best_mu = bound, mu
        if best > stop_above or value - best <= 1e-11 * max(1.0, abs(value)):
            break
        enter = _entering(H, g, w, lower, upper, cash, cash_max, cash_free, is_free, count, mu)
        if enter < 0:
            break
        if enter == n:
            cash_free = True
        else:
            is_free[enter] = True
            if count == 0 and not cash_free:
                cash_free = cash_max > 0.0
    return best, value, best_mu


@compiled
def _free_multiplier(g: Any, w: Any, lower: Any, upper: Any, cash: float, cash_max: float) -> float:
    """A multiplier for a point where nothing is free: between what holds funds down and what holds them up."""
    below, above = -np.inf, np.inf
    for i in range(len(w)):
        if w[i] < upper[i] - SLACK:
            below = max(below, -g[i])
        if w[i] > lower[i] + SLACK:
            above = min(above, -g[i])
    if cash < cash_max:
        below = max(below, 0.0)
    if cash > 0.0:
        above = min(above, 0.0)
    if below == -np.inf:
        return min(above, 0.0) if above < np.inf else 0.0
    return below


@compiled
def _tighten(task: Task, low: Any, high: Any) -> bool:
    """Shrink a node's box by the budget and by the counts; False when nothing is left in it."""
    n = len(low)
    spent, lines, trades = 0.0, 0, 0
    for i in range(n):
        if low[i] > high[i]:
            return False
        spent += task.step[i] * low[i]
        lines += low[i] > 0
        trades += task.held[i] < low[i] or task.held[i] > high[i]
    if spent > 1.0 + SLACK or lines > task.max_lines or trades > task.max_trades:
        return False
    for i in range(n):
        most = low[i] + int(np.floor((1.0 - spent + SLACK) / task.step[i]))
        high[i] = min(high[i], most)
        if lines == task.max_lines and low[i] == 0:
            high[i] = 0
        if trades == task.max_trades and low[i] <= task.held[i] <= high[i]:
            low[i] = high[i] = task.held[i]
        if not allowed(low[i], task.held[i], task.least[i]):
            low[i] = task.held[i] if low[i] < task.held[i] else task.held[i] + task.least[i]
        if not allowed(high[i], task.held[i], task.least[i]):
            high[i] = task.held[i] if high[i] > task.held[i] else task.held[i] - task.least[i]
        if low[i] > high[i]:
            return False
    return True


@compiled
def _shave(task: Task, low: Any, high: Any, w: Any, g: Any, mu: float, bound: float, best: float) -> bool:
    """Fix by reduced cost: drop the units whose least Lagrangian value exceeds the best known; True when any went."""
    cut = False
    for i in range(len(low)):
        rate = 2.0 * (g[i] + mu) * task.step[i]
        if rate > 0.0:
            most = np.floor((best - bound) / rate + 1e-9)
            if low[i] + most < high[i]:
                high[i] = low[i] + int(most)
                cut = True
        elif rate < 0.0:
            most = np.floor((best - bound) / -rate + 1e-9)
            if high[i] - most > low[i]:
                low[i] = high[i] - int(most)
                cut = True
    return cut


@compiled
def open_node(
    task: Task, H: Any, b: Any, low: Any, high: Any, w: Any, g: Any, lower: Any, upper: Any, best: float, rounds: int
) -> float:
    """Bound one node and shrink its box in place; infinite when it cannot hold anything better than ``best``."""
    bound = np.inf
    for _ in range(rounds):
        if not _tighten(task, low, high):
            return np.inf
        for i in range(len(low)):
            lower[i] = task.step[i] * low[i]
            upper[i] = task.step[i] * high[i]
        bound, _, mu = relax(H, b, lower, upper, task.cash_max, w, g, best, _STEPS)
        if bound >= best:
            return np.inf
        if not _shave(task, low, high, w, g, mu, bound, best):
            break
    return bound


@compiled
def probe(task: Task, H: Any, b: Any, low: Any, high: Any, w: Any, best: float, which: Any) -> int:
    """Drop those funds of ``which`` of which no unit beyond the least can stand in a better basket; how many went."""
    n = len(low)
    g, lower, upper, point = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    node_low, node_high = np.empty_like(low), np.empty_like(high)
    gone = 0
    for i in which:
        if high[i] <= low[i]:
            continue
        node_low[:] = low
        node_high[:] = high
        node_low[i] = low[i] + 1
        point[:] = w
        if open_node(task, H, b, node_low, node_high, point, g, lower, upper, best, _ONCE) >= best:
            high[i] = low[i]
            gone += 1
    return gone


@compiled
def _push(heap: Any, bounds: Any, count: int, node: int) -> None:
    heap[count] = node
    child = count
    while child > 0:
        parent = (child - 1) // 2
        if bounds[heap[parent]] <= bounds[heap[child]]:
            break
        heap[parent], heap[child] = heap[child], heap[parent]
        child = parent


@compiled
def _pop(heap: Any, bounds: Any, count: int) -> int:
    """Smallest bound off a heap of ``count``."""
    top = heap[0]
    heap[0] = heap[count - 1]
    parent, left = 0, count - 1
    while True:
        child = 2 * parent + 1
        if child >= left:
            break
        if child + 1 < left and bounds[heap[child + 1]] < bounds[heap[child]]:
            child += 1
        if bounds[heap[parent]] <= bounds[heap[child]]:
            break
        heap[parent], heap[child] = heap[child], heap[parent]
        parent = child
    return int(top)


@compiled
def _branching(task: Task, H: Any, low: Any, high: Any, w: Any) -> tuple[int, int]:
    """Fund and number of units k to split at (x <= k or x >= k + 1); fund -1 when the point is a legal basket."""
    best, who, at = 1e-7, -1, 0
    for i in range(len(low)):
        if high[i] > low[i]:
            units = w[i] / task.step[i]
            k = np.floor(units)
            distance = min(units - k, k + 1.0 - units)
            score = distance * task.step[i] * np.sqrt(H[i, i])
            if distance > 1e-7 and score > best:
                best, who, at = score, i, int(k)
    if who >= 0:
        return who, at
    lines, trades = 0, 0
    for i in range(len(low)):
        units = int(np.floor(w[i] / task.step[i] + 0.5))
        if not allowed(units, task.held[i], task.least[i]):
            return i, units if units < task.held[i] else units - 1
        lines += units > 0
        trades += units != task.held[i]
    for i in range(len(low)):
        units = int(np.floor(w[i] / task.step[i] + 0.5))
        if lines > task.max_lines and low[i] == 0 and units > 0:
            return i, 0
        if trades > task.max_trades and low[i] <= task.held[i] <= high[i] and units != task.held[i]:
            return i, task.held[i] if units > task.held[i] else task.held[i] - 1
    return -1, 0


@compiled
def branch(
    task: Task, H: Any, b: Any, lows: Any, highs: Any, points: Any, bounds: Any, heap: Any, counts: Any,
    best_x: Any, best: float, margin: float, nodes: int, polish: int,
) -> float:  # fmt: skip
    """Best-first branch and bound; call again with the same arrays to go on.

    ``counts`` holds [open nodes, slots used, nodes done]; slot 0 must hold the opened root.
    Every ``polish``-th node is rounded and improved by local search. Returns the best value;
    ``best_x`` is changed in place. Nothing better than ``best - margin`` is missed when no node stays open.
    """
    n = lows.shape[1]
    g, lower, upper = np.empty(n), np.empty(n), np.empty(n)
    done = 0
    while counts[0] > 0 and done < nodes and counts[1] + 2 <= len(bounds):
        node = _pop(heap, bounds, counts[0])
        counts[0] -= 1
        if bounds[node] >= best - margin:
            counts[0] = 0
            break
        done += 1
        counts[2] += 1
        who, at = _branching(task, H, lows[node], highs[node], points[node])
        if who < 0 or counts[2] % polish == 1:
            x = np.empty(n, np.int64)
            for i in range(n):
                units = points[node, i] / task.step[i]
                x[i] = int(np.floor(units + (0.5 if who < 0 else 1e-7)))
                x[i] = min(max(x[i], task.low[i]), task.high[i])
                if not allowed(x[i], task.held[i], task.least[i]):
                    x[i] = task.held[i]
            pull = pull_of(task, x)
            descend(task, x, pull, _PAIRS, _POLISH)
            if feasible(task, x):
                found = value_of(task, x)
                if found < best:
                    best = found
                    best_x[:] = x
        if who < 0:
            continue
        for side in range(2):
            slot = counts[1]
            lows[slot] = lows[node]
            highs[slot] = highs[node]
            points[slot] = points[node]
            if side == 0:
                highs[slot, who] = at
            else:
                lows[slot, who] = at + 1
            bound = open_node(task, H, b, lows[slot], highs[slot], points[slot], g, lower, upper, best - margin, _FEW)
            if bound < best - margin:
                bounds[slot] = max(bound, bounds[node])
                _push(heap, bounds, counts[0], slot)
                counts[0] += 1
                counts[1] += 1
    return best
