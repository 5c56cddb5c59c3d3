"""The convex programme behind a tilt, compiled once for a set of blocks and solved with new numbers.

In active weights d = w - w_market (n blocks, then k factor funds inside one of them):

    minimise   1/2 d'V d - q'd + M * sum_g miss_g / size_g
    subject to sum of block weights = 1,  w >= 0,  w = 0 where excluded,
               |A d| <= b                       bounds of blocks, classes and regions
               d'V d <= budget^2                tracking error
               1/2 sum |w - held| <= limit      turnover
               |A d - t| <= miss                preferences
               sum of factor funds <= weight of their block

V is the covariance and q the pull away from the market, in units of the mean block's variance for
the solver's sake. M is far above what a wish can cost in utility, so a wish is missed only where it
cannot be met: an exact penalty (Nocedal and Wright, Numerical Optimization, 2nd ed., section 17.2).
The sum of relative misses is made least, and utility decides among what is left. The ``elastic``
form puts such a price on excess over bounds, budget and turnover limit instead, and has no
preferences.
"""

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

import numpy as np

from engine.errors import Infeasible

PENALTY = 100.0
"""Price of missing a wish wholly, beside a utility gradient of at most one."""

LEAST_SIZE = 0.01
"""A relaxation is measured relative to what was asked, or to this where less was asked."""

FREE = 4.0
"""A limit that cannot bind: active weights sum to zero and none exceeds one."""

SLACK = 1e-9
"""Room left to the solver where a limit leaves a single point."""

DUST = 1e-9
"""Weights below this are the solver's."""

NOTICED = 1e-6
"""A wish counts as met, and a limit as binding, within this."""

AIMS = (1e-12, 1e-9, 1e-7)
"""Duality gaps to aim at, the next where the solver fails on one. The first is so small because utility is flat near its
top: a gap of 1e-9 leaves weights uncertain by 1e-4. Limits are made to hold exactly afterwards."""

ONE_AT_A_TIME = Lock()
"""Parameters of a compiled problem are shared by all threads of the process."""

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Limits:
    """What must hold; ``FREE`` stands for no limit.

    Attributes
    ----------
    market, held : array, shape (n,)
        Market weights, and the weights that turnover is counted from.
    excluded : array of bool, shape (n,)
        Blocks that must not be held.
    bounds : array, shape (rows,)
        Largest absolute tilt of each named group: blocks, classes, regions.
    budget : float
        Largest tracking error, decimal a year.
    turnover : float
        Largest half sum of absolute weight changes.
    """

    market: Array
    held: Array
    excluded: Array
    bounds: Array
    budget: float
    turnover: float


@dataclass(frozen=True, eq=False)
class Question:
    """One problem: limits, risk, pull and wanted tilts.

    Attributes
    ----------
    members : array, shape (rows, n)
        One where a block belongs to a group.
    covariance : array, shape (n + k, n + k)
        Of blocks, then of the active returns of the factor funds.
    host : int
        Block that holds the factor funds.
    pull : array, shape (n + k,)
        q of the module's formula, in the units of ``covariance``.
    wanted : array, shape (rows,)
        Active weight asked for; zero is no wish.
    anchor : array, shape (n + k,)
        Active weights that keep the limits. No wish is missed by more than the anchor misses it,
        or than its own size: a relaxed wish is the same wish, made smaller.
    """

    limits: Limits
    members: Array
    covariance: Array
    host: int
    pull: Array
    wanted: Array
    anchor: Array

    @property
    def blocks(self) -> int:
        return len(self.limits.market)

    def tilts(self, active: Array) -> Array:
        """Active weight of each group."""
        return np.asarray(self.members @ active[: self.blocks])

    def excess(self, active: Array) -> dict[str, Any]:
        """How far active weights go over each limit (negative: room left)."""
        blocks, limits = active[: self.blocks], self.limits
        held = np.abs(limits.market + blocks - limits.held).sum() / 2
        return {
            "bounds": np.abs(self.tilts(active)) - limits.bounds,
            "budget": self.tracking_error(active) - limits.budget,
            "turnover": held - limits.turnover,
            "excluded": np.abs((limits.market + blocks)[limits.excluded]).max(initial=0.0),
            "short": -min((limits.market + blocks).min(), active[self.blocks :].min(initial=0.0)),
            "funds": active[self.blocks :].sum() - (limits.market + blocks)[self.host],
        }

    def worst(self, active: Array) -> float:
        """The largest excess over any limit."""
        return float(max(np.max(value) for value in self.excess(active).values()))

    def tracking_error(self, active: Array) -> float:
        """Standard deviation of the active return, decimal a year."""
        return float(np.sqrt(max(active @ self.covariance @ active, 0.0)))


def solve(question: Question, *, elastic: bool = False) -> Array:
    """Active weights of the best portfolio, shape (n + k,).

    Raises
    ------
    Infeasible
        The solver found no answer of the accuracy needed.
    """
    rows, blocks = question.members.shape
    with ONE_AT_A_TIME:
        programme = _programme(question.members.tobytes(), rows, blocks, len(question.pull), elastic)
        programme.fill(question)
        active = programme.run()
    return _exact(question, active)


def _exact(question: Question, active: Array) -> Array:
    """Without the solver's last digits: what is next to nothing is nothing, exclusions are, the sum is one."""
    limits, n = question.limits, question.blocks
    weights = np.where(limits.excluded, 0.0, limits.market + active[:n])
    weights[weights < DUST] = 0.0
    funds = np.where(active[n:] < DUST, 0.0, active[n:])
    return np.concatenate([weights / weights.sum() - limits.market, funds])


def pull_inside(question: Question, active: Array, anchor: Array, tolerance: float = 1e-9) -> Array:
    """The point nearest to ``active`` on its line to ``anchor`` that keeps all limits (they are convex)."""
    if question.worst(active) <= tolerance:
        return active
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        inside = question.worst(anchor + middle * (active - anchor)) <= tolerance
        low, high = (middle, high) if inside else (low, middle)
    return np.asarray(anchor + low * (active - anchor))


@lru_cache(maxsize=32)
def _programme(members: bytes, rows: int, blocks: int, size: int, elastic: bool) -> _Programme:
    return _Programme(np.frombuffer(members).reshape(rows, blocks), size, elastic)


class _Programme:
    """The compiled problem: parameters enter linearly (disciplined parametrised programming)."""

    def __init__(self, members: Array, size: int, elastic: bool) -> None:
        cp: Any = import_module("cvxpy")
        rows, n = members.shape
        self.elastic = elastic
        self.active = cp.Variable(size)
        self.values: dict[str, Any] = {
            "root": cp.Parameter((size, size)),
            "pull": cp.Parameter(size),
            "least": cp.Parameter(size),
            "keep_out": cp.Parameter(n),
            "out": cp.Parameter(n),
            "bounds": cp.Parameter(rows),
            "budget": cp.Parameter(),
            "turnover": cp.Parameter(),
            "gap": cp.Parameter(n),
            "price": cp.Parameter(rows + 2 if elastic else rows),
        }
        if not elastic:
            self.values |= {
                "wanted": cp.Parameter(rows),
                "most_missed": cp.Parameter(rows),
            }
        if size > n:
            self.values |= {"host": cp.Parameter(n), "room": cp.Parameter()}
        risk, cost = self._constrain(cp, members, n, rows)
        goal = 0.5 * cp.sum_squares(risk) - self.values["pull"] @ self.active + cost
        self.problem = cp.Problem(cp.Minimize(goal), self.constraints)

    def _constrain(self, cp: Any, members: Array, n: int, rows: int) -> tuple[Any, Any]:
        """Set the constraints; the risk (a vector) and the cost of misses or excess."""
        value, active = self.values, self.active
        blocks = active[:n]
        tilts, risk = members @ blocks, value["root"] @ active
        over = cp.Variable(rows + 2 if self.elastic else rows, nonneg=True)
        wide = over if self.elastic else np.zeros(rows + 2)
        self.constraints = [
            cp.sum(blocks) == 0.0,
            active >= value["least"],
            cp.multiply(value["keep_out"], blocks) == value["out"],
            tilts <= value["bounds"] + wide[:rows],
            -tilts <= value["bounds"] + wide[:rows],
            cp.norm(risk, 2) <= value["budget"] + wide[rows],
            cp.norm1(blocks + value["gap"]) / 2 <= value["turnover"] + wide[rows + 1],
        ]
        if active.size > n:
            self.constraints.append(cp.sum(active[n:]) - value["host"] @ blocks <= value["room"])
        if not self.elastic:
            away = tilts - value["wanted"]
            self.constraints += [away <= over, -away <= over, over <= value["most_missed"]]
        return risk, value["price"] @ over

    def fill(self, question: Question) -> None:
        """Give the parameters the numbers of a question."""
        limits, n, k = question.limits, question.blocks, len(question.pull) - question.blocks
        scale = float(np.trace(question.covariance[:n, :n]) / n)
        pull = question.pull / scale
        given = {
            "root": np.linalg.cholesky(question.covariance / scale).T,
            "pull": pull,
            "least": np.concatenate([-limits.market, np.zeros(k)]),
            "keep_out": limits.excluded.astype(float),
            "out": np.where(limits.excluded, -limits.market, 0.0),
            "bounds": limits.bounds,
            "budget": limits.budget / np.sqrt(scale),
            "turnover": limits.turnover,
            "gap": limits.market - limits.held,
            "price": self._price(question, np.sqrt(scale)) * PENALTY * max(1.0, float(np.abs(pull).max())),
            "wanted": question.wanted,
            "most_missed": _most_missed(question),
            "host": np.eye(n)[question.host],
            "room": float(limits.market[question.host]),
        }
        for name, parameter in self.values.items():
            parameter.value = given[name]

    def _price(self, question: Question, unit: float) -> Array:
        """Cost of one unit of miss, or of excess: one over what was asked."""
        limits = question.limits
        if self.elastic:
            asked = np.array([*limits.bounds, limits.budget, limits.turnover])
            units = np.array([*np.ones(len(limits.bounds)), unit, 1.0])
            return np.asarray(units / np.maximum(asked, LEAST_SIZE))
        return np.where(question.wanted != 0.0, 1.0 / np.maximum(np.abs(question.wanted), LEAST_SIZE), 0.0)

    def run(self) -> Array:
        """Active weights, from the solver as they are."""
        cp: Any = import_module("cvxpy")
        for aim in AIMS:
            with warnings.catch_warnings(), suppress(cp.SolverError):
                warnings.simplefilter("ignore", UserWarning)  # "may be inaccurate": it stopped short of the aim
                # no warm start: the same wishes give the same digits, whatever was asked before
                self.problem.solve(
                    solver=cp.CLARABEL,
                    warm_start=False,
                    tol_gap_abs=aim,
                    tol_gap_rel=aim,
                    tol_feas=max(aim, 1e-11),
                    max_iter=200,
                )
                if self.problem.status in (cp.OPTIMAL, cp.OPTIMAL_INACCURATE):
                    return np.asarray(self.active.value, dtype=float)
        raise Infeasible("tilt_not_solved", field="wishes", value=self.problem.status)


def _most_missed(question: Question) -> Array:
    """Largest miss of each wish: its own size, or the anchor's miss where that is larger."""
    wanted = question.wanted
    missed = np.abs(question.tilts(question.anchor) - wanted)
    return np.where(wanted != 0.0, np.maximum(np.abs(wanted), missed) + SLACK, FREE)
