"""Solving: local search, certified pruning, branch and bound, then fewer lines and lower cost.

The search is deterministic as long as the deadline does not cut it short (``Outcome.cut``).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.allocation.problem import TOLERANCE_FLOOR, Problem, Rules
from engine.errors import Infeasible

if TYPE_CHECKING:
    from engine.allocation.kernels import Task

SCALE = 1e4
UNLIMITED = 10**6
RELATIVE = 1e-9
"""A basket counts as proved when nothing can beat its variance by more than this share of the model's."""

NEAR = 48
"""Funds that kicks may touch in the first round; every round adds ten."""

SMALL = 70
"""Up to this many survivors the time goes to branching, above to searching."""

BRANCHED = 3_000.0
"""Accounts of more cheapest-units than this are not branched: the bound there is that of the relaxation."""


@dataclass(frozen=True)
class Effort:
    """How much work a solve may do, in counts rather than in time."""

    first_kicks: int
    kicks: int
    rounds: int
    patience: int
    nodes: int


EFFORTS = {"full": Effort(2, 60, 20, 3, 4_000), "quick": Effort(1, 20, 6, 2, 200)}


@dataclass(frozen=True)
class Outcome:
    """What a solve found, in units.

    Attributes
    ----------
    units : array of int
    tracking_error, lower_bound : float
        Decimals a year; no basket within the rules is below the bound.
    proved : bool
    nodes : int
    cut : bool
        The deadline ended the search before its counts did.
    """

    units: np.ndarray
    tracking_error: float
    lower_bound: float
    proved: bool
    nodes: int
    cut: bool


@dataclass(frozen=True)
class _Core:
    """The task of the kernels for some of the funds; ``rows`` are their places in the problem."""

    rows: np.ndarray
    task: Task
    H: np.ndarray
    b: np.ndarray

    def take(self, units: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(units[self.rows])

    def put(self, units: np.ndarray, size: int) -> np.ndarray:
        full = np.zeros(size, np.int64)
        full[self.rows] = units
        return full


def _core(problem: Problem, rows: np.ndarray, *, cost: float = 0.0, max_lines: int | None = None) -> _Core:
    from engine.allocation.kernels import Task

    step = problem.step[rows]
    H = np.ascontiguousarray(problem.H[np.ix_(rows, rows)] * SCALE)
    b = problem.b[rows] * SCALE
    rules = problem.rules
    lines = rules.max_lines if max_lines is None else max_lines
    task = Task(
        A=np.ascontiguousarray(H * np.outer(step, step)),
        c=b * step,
        step=np.ascontiguousarray(step),
        low=problem.low[rows],
        high=problem.high[rows],
        held=problem.held[rows],
        least=problem.least[rows],
        cost=problem.cost[rows] * step * SCALE * cost,
        line_cost=0.0,
        max_lines=UNLIMITED if lines is None else int(lines),
        max_trades=UNLIMITED if rules.max_trades is None else int(rules.max_trades),
        cash_max=float(rules.cash_max),
    )
    return _Core(rows, task, H, b)


class _Clock:
    """CPU seconds of this thread since the start, against a deadline."""

    def __init__(self, seconds: float) -> None:
        self.begun = time.thread_time()
        self.seconds = seconds
        self.cut = False

    def over(self, share: float = 1.0) -> bool:
        late = time.thread_time() - self.begun > self.seconds * share
        self.cut |= late and share == 1.0
        return late


def relaxed_weights(problem: Problem, *, unlimited: bool = False) -> np.ndarray:
    """Weights of least tracking error when shares may be cut freely; ``unlimited`` ignores prices altogether."""
    from engine.allocation.kernels import relax

    n = len(problem.tickers)
    w = np.zeros(n)
    lower = np.zeros(n) if unlimited else problem.step * problem.low
    upper = np.ones(n) if unlimited else problem.step * problem.high
    cash = 1.0 if unlimited else problem.rules.cash_max
    relax(np.ascontiguousarray(problem.H * SCALE), problem.b * SCALE, lower, upper, cash, w, np.zeros(n), np.inf, 2_000)
    return w


def naive_units(problem: Problem) -> np.ndarray:
    """The model's weights rounded down to whole units, without any substitution; never above the budget."""
    target = problem.model.reindex(list(problem.tickers)).fillna(0.0).to_numpy()
    units = np.floor(target / problem.step + 1e-9).astype(np.int64)
    return np.asarray(np.clip(units, 0, problem.high))


def repaired(problem: Problem, units: np.ndarray, max_lines: int | None = None) -> np.ndarray:
    """The basket moved to one that keeps the budget, the bounds and the counts where that is easy."""
    units = np.clip(units, problem.low, problem.high)
    lines = problem.rules.max_lines if max_lines is None else max_lines
    small = (np.abs(units - problem.held) < problem.least) & (units != problem.held)
    units = np.where(small, np.clip(problem.held, problem.low, problem.high), units)
    if problem.rules.max_trades is not None:
        size = np.abs(units - problem.held) * problem.step
        units = np.where(np.argsort(np.argsort(-size)) < problem.rules.max_trades, units, problem.held)
    if lines is not None:
        weight = np.where(problem.low > 0, np.inf, units * problem.step)
        units = np.where(np.argsort(np.argsort(-weight)) < lines, units, problem.low)
    for k in np.argsort(-problem.step):
        over = float(problem.step @ units) - 1.0
        if over <= 1e-12:
            break
        units[k] -= min(units[k] - problem.low[k], int(np.ceil(over / problem.step[k] - 1e-9)))
    return np.asarray(units)


def _starts(problem: Problem, relaxed: np.ndarray, extra: tuple[np.ndarray, ...]) -> Iterator[np.ndarray]:
    floor = np.floor(relaxed / problem.step + 1e-9).astype(np.int64)
    yield repaired(problem, floor)
    yield from (repaired(problem, units) for units in extra)
    yield repaired(problem, naive_units(problem))
    if problem.rules.holdings is not None or problem.rules.max_lines is not None:
        yield repaired(problem, problem.held.copy())


@cache
def warm() -> None:
    """Compile the kernels, or load them from numba's cache, so that no deadline pays for it."""
    from engine.allocation.problem import build

    names = ["a", "b", "c"]
    matrix = pd.DataFrame(np.diag([0.04, 0.03, 0.02]) + 0.01, names, names)
    model = pd.Series([0.5, 0.3, 0.2], names)
    for account in (10.0, 100.0):
        small = build(pd.Series([3.0, 4.0, 7.0], names), model, matrix, account, Rules(seconds=1e9, max_lines=3))
        solve(small)


def solve(problem: Problem, extra: tuple[np.ndarray, ...] = ()) -> Outcome:
    """Stage 1: least tracking error. ``extra`` are further starts, in units.

    Raises
    ------
    Infeasible
        No basket keeps all rules (as far as the search could find).
    """
    clock, effort = _Clock(problem.rules.seconds), EFFORTS[problem.rules.effort]
    n = len(problem.tickers)
    whole = _core(problem, np.flatnonzero(problem.high > 0))
    if len(whole.rows) == 0:
        return _finish(problem, np.zeros(n, np.int64), None, 0, clock)
    relaxed = relaxed_weights(problem)
    units, value = _first(problem, whole, relaxed, effort, extra, clock)
    units, value = _rounds(whole, n, units, value, effort, clock, 0.3, 0)
    core, bound = _pruned(whole, units, value, clock, deep=True)
    if len(core.rows):
        units, value = _rounds(core, n, units, value, effort, clock, 0.5 if len(core.rows) <= SMALL else 0.85, 100)
    units, value, bound, nodes = _branched(problem, core, units, value, bound, effort.nodes, clock)
    if not np.isfinite(value):
        raise Infeasible("no_basket", field="rules", value=problem.account)
    return _finish(problem, units, bound, nodes, clock)


def _first(
    problem: Problem, whole: _Core, relaxed: np.ndarray, effort: Effort, extra: tuple[np.ndarray, ...], clock: _Clock
) -> tuple[np.ndarray, float]:
    from engine.allocation.kernels import search

    best, value, n = problem.low.copy(), np.inf, len(problem.tickers)
    for start in _starts(problem, relaxed, extra):
        found, reached = search(whole.task, whole.take(start), 0, 3, False, 60, 1)
        if reached < value or not np.isfinite(value):
            best, value = whole.put(found, n), reached
        if clock.over(0.3):
            break
    target = problem.model.reindex(list(problem.tickers)).fillna(0.0).to_numpy()
    lines = np.flatnonzero((target > 0) | (problem.low > 0) | (problem.held > 0))
    own = _core(problem, lines[problem.high[lines] > 0])
    if len(own.rows):
        found, reached = search(own.task, own.take(repaired(problem, naive_units(problem))), 2, 3, True, 60, 1)
        if reached < value:
            best, value = own.put(found, n), reached
    found, reached = search(whole.task, whole.take(best), effort.first_kicks, 3, False, 60, 1)
    return (whole.put(found, n), reached) if reached < value else (best, value)


def _rounds(
    core: _Core, size: int, units: np.ndarray, value: float, effort: Effort, clock: _Clock, share: float, seed: int
) -> tuple[np.ndarray, float]:
    """Rounds of kicks until three in a row bring nothing or the share of the time is spent."""
    idle = 0
    for turn in range(effort.rounds):
        before = value
        units, value = _improve(core, size, units, value, effort.kicks, seed + turn, idle, clock, share)
        idle = 0 if value < before else idle + 1
        if clock.over(share) or idle == effort.patience:
            break
    return units, value


def _pruned(core: _Core, units: np.ndarray, value: float, clock: _Clock, *, deep: bool) -> tuple[_Core, float]:
    """The core without the funds that cannot stand in anything better, and the bound of what is left."""
    from engine.allocation.kernels import open_node

    if not np.isfinite(value):
        return core, -np.inf
    k = len(core.rows)
    low, high, w = core.task.low.copy(), core.task.high.copy(), np.zeros(k)
    work = np.zeros(k), np.zeros(k), np.zeros(k)
    bound = open_node(core.task, core.H, core.b, low, high, w, *work, value, 4)
    if not np.isfinite(bound):
        return _shrunk(core, np.array([], int), high), value
    if deep:
        _probed(core, low, high, w, value, clock)
    keep = np.flatnonzero((high > 0) | (core.take(units) > 0) | (core.task.held > 0))
    return _shrunk(core, keep, high), bound


def _probed(core: _Core, low: np.ndarray, high: np.ndarray, w: np.ndarray, value: float, clock: _Clock) -> None:
    """Probe funds, the dearest first; given up when the first ones show that few would go."""
    from engine.allocation.kernels import probe

    order = np.argsort(-core.task.step, kind="stable")
    order = order[high[order] > low[order]]
    tried = gone = 0
    for part in np.array_split(order, max(len(order) // 20, 1)):
        gone += int(probe(core.task, core.H, core.b, low, high, w, value, part))
        tried += len(part)
        if (tried >= 40 and gone < 0.2 * tried) or clock.over(0.6):
            break


def _shrunk(core: _Core, keep: np.ndarray, high: np.ndarray) -> _Core:
    grid = np.ix_(keep, keep)
    task = core.task
    small = task._replace(
        A=np.ascontiguousarray(task.A[grid]),
        **{name: getattr(task, name)[keep] for name in ("c", "step", "low", "high", "held", "least", "cost")},
    )
    return _Core(core.rows[keep], small, np.ascontiguousarray(core.H[grid]), core.b[keep])


def _improve(
    core: _Core,
    size: int,
    units: np.ndarray,
    value: float,
    kicks: int,
    seed: int,
    idle: int,
    clock: _Clock,
    share: float,
) -> tuple[np.ndarray, float]:
    """Kicks among the funds whose moves cost least at the best basket so far, then changes of three funds."""
    from engine.allocation.kernels import appeal, search

    now = core.take(units)
    # What is held stays in: leaving it out of a smaller task would be a sale that nobody counts.
    stay = (now > 0) | (core.task.held > 0)
    order = np.argsort(np.where(stay, -np.inf, appeal(core.task, now)), kind="stable")
    near = _shrunk(core, np.sort(order[: max(NEAR + 16 * idle, int(stay.sum()))]), core.task.high)
    now = near.take(units)
    for part in range(max(kicks // 10, 1)):
        found, reached = search(near.task, now, 10, 3 + idle, False, 60, 1000 * seed + part)
        if reached < value:
            now, value = found, reached
        if clock.over(share):
            break
    found, reached = search(near.task, now, 0, 3, True, 20, seed)
    if reached < value:
        now, value = found, reached
    return near.put(now, size), value


def _branched(
    problem: Problem, core: _Core, units: np.ndarray, value: float, bound: float, nodes: int, clock: _Clock
) -> tuple[np.ndarray, float, float, int]:
    from engine.allocation.kernels import branch, open_node, probe

    k = len(core.rows)
    margin = RELATIVE * problem.constant * SCALE
    if k == 0 or not bound < value - margin:
        return units, value, value if np.isfinite(value) and (k == 0 or bound >= value - margin) else bound, 0
    if 1.0 / float(problem.step.min()) > BRANCHED:
        return units, value, bound, 0
    low, high, w = core.task.low.copy(), core.task.high.copy(), np.zeros(k)
    work = np.zeros(k), np.zeros(k), np.zeros(k)
    root = open_node(core.task, core.H, core.b, low, high, w, *work, value - margin, 4)
    if k < 60 and np.isfinite(root):
        probe(core.task, core.H, core.b, low, high, w, value - margin, np.arange(k))
        root = open_node(core.task, core.H, core.b, low, high, w, *work, value - margin, 4)
    if not np.isfinite(root):
        return units, value, value, 0
    slots = 2 * nodes + 3
    lows, highs, points = np.empty((slots, k), np.int64), np.empty((slots, k), np.int64), np.empty((slots, k))
    bounds, heap, counts = np.empty(slots), np.empty(slots, np.int64), np.array([1, 1, 0])
    lows[0], highs[0], points[0], bounds[0], heap[0] = low, high, w, root, 0
    best, chunk = core.take(units), 25 if k <= SMALL else 4
    while counts[0] > 0 and counts[2] < nodes and not clock.over():
        value = branch(
            core.task, core.H, core.b, lows, highs, points, bounds, heap, counts, best, value, margin, chunk, 10
        )
    proved = value if counts[0] == 0 else max(bound, float(bounds[heap[0]]))
    return core.put(best, len(problem.tickers)), value, proved, int(counts[2])


def _finish(problem: Problem, units: np.ndarray, bound: float | None, nodes: int, clock: _Clock) -> Outcome:
    """The outcome in decimals; everything is computed again from the units."""
    error = problem.tracking_error(problem.weights(units))
    if bound is None:
        return Outcome(units, error, error, True, nodes, clock.cut)
    variance = max(bound / SCALE + problem.constant, 0.0)
    proved = variance >= error**2 - 2.0 * RELATIVE * problem.constant
    return Outcome(units, error, error if proved else float(min(np.sqrt(variance), error)), proved, nodes, clock.cut)


def simplify(problem: Problem, best: Outcome) -> np.ndarray:
    """Stage 2: within the tolerance of stage 1, the fewest lines, then the lowest cost.

    Never worse than the model rounded down, where that keeps the rules.
    """
    limit = best.tracking_error * (1.0 + problem.rules.tolerance)
    if problem.rules.tolerance > 0.0:
        limit = max(limit, best.tracking_error + TOLERANCE_FLOOR)
        naive = naive_units(problem)
        if (repaired(problem, naive) == naive).all():
            limit = min(limit, max(problem.tracking_error(problem.weights(naive)), best.tracking_error))
    units = best.units
    if problem.rules.tolerance > 0.0:
        units = _fewer_lines(problem, units, limit)
        units = _cheaper(problem, units, limit)
    return units


def _fewer_lines(problem: Problem, units: np.ndarray, limit: float) -> np.ndarray:
    least = int((problem.low > 0).sum())
    lines = int((units > 0).sum()) - 1
    while lines >= max(least, 1):
        found = few_lines(problem, units, lines)
        if found is None or problem.tracking_error(problem.weights(found)) > limit:
            break
        units, lines = found, int((found > 0).sum()) - 1
    return units


def few_lines(problem: Problem, units: np.ndarray, lines: int) -> np.ndarray | None:
    """A good basket of at most ``lines`` funds: the given one with each fund left out in turn, then searched."""
    from engine.allocation.kernels import search

    core = _core(problem, np.flatnonzero(problem.high > 0), max_lines=lines)
    best, value = None, np.inf
    for out in np.flatnonzero((units > 0) & (problem.low == 0)):
        start = units.copy()
        start[out] = 0
        found, reached = search(core.task, core.take(repaired(problem, start, lines)), 0, 2, False, 40, 1)
        if reached < value:
            best, value = found, reached
    if best is None:
        return None
    found, reached = search(core.task, best, 10, 3, False, 40, 7)
    return core.put(found if reached < value else best, len(problem.tickers))


def _cheaper(problem: Problem, units: np.ndarray, limit: float) -> np.ndarray:
    """Lower cost at no more lines: the cost enters with growing weight while the limit is kept."""
    from engine.allocation.kernels import search

    if not problem.cost.any():
        return units
    rows = np.flatnonzero(problem.high > 0)
    lines = int((units > 0).sum())
    best, cost = units, float(problem.cost @ problem.weights(units))
    for weight in np.geomspace(1e-4, 1.0, 9):
        core = _core(problem, rows, cost=float(weight), max_lines=lines)
        found, reached = search(core.task, core.take(best), 0, 3, False, 40, 1)
        full = core.put(found, len(units))
        weights = problem.weights(full)
        # Cash has no fee: a lower cost bought with more cash is no saving.
        spent = float(problem.cost @ weights)
        less_cash = weights.sum() >= problem.weights(best).sum() - 1e-12
        if np.isfinite(reached) and problem.tracking_error(weights) <= limit and spent < cost - 1e-12 and less_cash:
            best, cost = full, spent
    return best


def with_rules(problem: Problem, **changes: Any) -> Problem:
    """The same instance under other rules that do not change its arrays."""
    return replace(problem, rules=replace(problem.rules, **changes))
