"""Mean-variance utility: certainty equivalents, implied returns, the frontier and what a deviation costs.

Weights are shares of wealth; means are simple returns a year and covariances of those returns a year, decimals. Gamma is
relative risk aversion. The certainty equivalent is exact for constant absolute risk aversion with normal returns, an
approximation otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from engine.errors import BadInput, Infeasible
from engine.world.checks import above_zero, asset_names, covariance, number, root, vector, whole

POINTS = 25
MAX_POINTS = 200
TINY = 1e-9
"""The solver's tolerance: weights this far below zero are zero, and the rest is scaled to sum to one."""

WHOLE = 1e-6
"""Weights given may sum to one within this."""

SOLVER = {"tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}


def certainty_equivalent(weights: object, mean: object, spread: object, gamma: float) -> float:
    """``w'm - (gamma / 2) w'S w``: the sure return that is as good as the portfolio.

    Raises
    ------
    BadInput
        Risk aversion not above zero, shapes that do not fit, or a matrix that is no covariance.
    """
    held, expected, risk = _checked(weights, mean, spread)
    return float(held @ expected - above_zero("gamma", gamma) / 2.0 * (held @ risk @ held))


def implied_returns(weights: object, spread: object, gamma: float, riskless: float = 0.0) -> np.ndarray:
    """Expected returns under which the weights are best: ``m = R_f + gamma S w``, shape (n,).

    Reverse optimisation (Sharpe 1974; Black and Litterman 1992). ``riskless`` is a net return, decimal.

    Raises
    ------
    BadInput
        As :func:`certainty_equivalent`.
    """
    held = vector("weights", weights)
    risk = covariance("covariance", spread, len(held))
    asset_names(None, len(held), weights=weights, covariance=spread)
    return np.asarray(number("riskless", riskless) + above_zero("gamma", gamma) * risk @ held)


def implied_weights(mean: object, spread: object, gamma: float, riskless: float = 0.0) -> np.ndarray:
    """Weights that are best for expected returns: ``w = S^-1 (m - R_f) / gamma``, shape (n,); the rest is riskless.

    Nothing bounds them: they may be below zero or sum to more than one (borrowing).

    Raises
    ------
    BadInput
        As :func:`certainty_equivalent`, and a covariance with a condition number above 1e10.
    """
    expected = vector("mean", mean)
    risk = covariance("covariance", spread, len(expected), regular=True)
    asset_names(None, len(expected), mean=mean, covariance=spread)
    return np.asarray(np.linalg.solve(risk, expected - number("riskless", riskless)) / above_zero("gamma", gamma))


def tracking_error(weights: object, benchmark: object, spread: object) -> float:
    """Standard deviation of the difference in returns, ``sqrt((w - b)'S (w - b))``."""
    held, other, risk = _checked(weights, benchmark, spread, "benchmark")
    return float(np.sqrt(max((held - other) @ risk @ (held - other), 0.0)))


def utility_loss(weights: object, benchmark: object, spread: object, gamma: float) -> float:
    """Certainty equivalent lost by leaving weights that are best without bounds: ``gamma / 2 * TE^2``.

    Exact when expected returns are those the benchmark implies (:func:`implied_returns`); with the sum of weights fixed
    too, since the difference then sums to zero.
    """
    return above_zero("gamma", gamma) / 2.0 * tracking_error(weights, benchmark, spread) ** 2


@dataclass(frozen=True, eq=False)
class Placed:
    """A portfolio beside the frontier.

    Attributes
    ----------
    mean, volatility, certainty_equivalent : float
        A year, decimals.
    volatility_gap : float
        Volatility above the least that has the same mean or a higher one; zero on the frontier.
    certainty_equivalent_gap : float
        Certainty equivalent below the best long-only portfolio's at the same risk aversion.
    """

    name: str
    weights: np.ndarray
    mean: float
    volatility: float
    certainty_equivalent: float
    volatility_gap: float
    certainty_equivalent_gap: float

    def to_dict(self) -> dict[str, object]:
        return vars(self) | {"weights": self.weights.tolist()}


@dataclass(frozen=True, eq=False)
class Frontier:
    """Long-only, fully invested portfolios of least volatility, from the least volatile to the highest mean.

    Attributes
    ----------
    mean, volatility, certainty_equivalent : ndarray, shape (k,)
        A year, decimals.
    weights : ndarray, shape (k, n)
    best : Placed
        The portfolio of highest certainty equivalent for ``gamma``.
    portfolios : tuple of Placed
        Those asked for.
    """

    assets: tuple[str, ...]
    gamma: float
    mean: np.ndarray
    volatility: np.ndarray
    certainty_equivalent: np.ndarray
    weights: np.ndarray
    best: Placed
    portfolios: tuple[Placed, ...]

    def to_dict(self) -> dict[str, object]:
        arrays = {key: getattr(self, key).tolist() for key in ("mean", "volatility", "certainty_equivalent", "weights")}
        placed = {"best": self.best.to_dict(), "portfolios": [item.to_dict() for item in self.portfolios]}
        return {"assets": list(self.assets), "gamma": self.gamma} | arrays | placed


def frontier(
    mean: object,
    spread: object,
    gamma: float,
    *,
    portfolios: Mapping[str, object] | None = None,
    points: int = POINTS,
    assets: object = None,
) -> Frontier:
    """The long-only frontier, with the best portfolio for a risk aversion and given ones placed beside it.

    Parameters
    ----------
    mean : array-like, shape (n,)
        Expected simple returns a year.
    spread : array-like, shape (n, n)
        Covariance of returns a year; may be singular (cash).
    portfolios : mapping of str to array-like, optional
        Weights by name, each from 0 and with sum one.
    points : int
        Number of portfolios, 2 to 200; one where all means are equal.

    Raises
    ------
    BadInput
        Numbers that cannot be used, labels that differ, or weights that are negative or do not sum to one.
    Infeasible
        The solver found no solution; not expected, since every set of weights is allowed.
    """
    expected = vector("mean", mean)
    risk = covariance("covariance", spread, len(expected))
    given = {"mean": mean, "covariance": spread} | {
        f"portfolio {key}": item for key, item in (portfolios or {}).items()
    }
    called = asset_names(assets, len(expected), **given)
    points = whole("points", points, 2, MAX_POINTS)
    gamma = above_zero("gamma", gamma)
    held = {name: _whole(f"portfolio {name}", item, len(expected)) for name, item in (portfolios or {}).items()}
    search = _Search(expected, risk)
    best = _placed("best", search.best(gamma), search, gamma, None)
    path = search.path(points)
    means, variances = path @ expected, np.einsum("ki,ij,kj->k", path, risk, path)
    return Frontier(
        assets=called,
        gamma=gamma,
        mean=means,
        volatility=np.sqrt(np.maximum(variances, 0.0)),
        certainty_equivalent=means - gamma / 2.0 * variances,
        weights=path,
        best=best,
        portfolios=tuple(_placed(name, item, search, gamma, best) for name, item in held.items()),
    )


def best_portfolio(mean: object, spread: object, gamma: float) -> np.ndarray:
    """Long-only, fully invested weights of the highest certainty equivalent, shape (n,).

    Raises
    ------
    BadInput, Infeasible
        As :func:`frontier`.
    """
    expected = vector("mean", mean)
    risk = covariance("covariance", spread, len(expected))
    asset_names(None, len(expected), mean=mean, covariance=spread)
    return _Search(expected, risk).best(above_zero("gamma", gamma))


def _solver() -> Any:
    """cvxpy, which takes a second to import."""
    return import_module("cvxpy")


class _Search:
    """Two convex programmes over long-only weights, set up once and asked often.

    Variances are divided by their mean, so that the solver's tolerances mean the same for any unit.
    """

    def __init__(self, expected: np.ndarray, risk: np.ndarray) -> None:
        cp = _solver()
        self.expected, self.risk = expected, risk
        self.unit = float(np.trace(risk)) / len(expected) or 1.0
        self.reach = float(np.ptp(expected))
        self._weights = cp.Variable(len(expected), nonneg=True)
        self._floor, self._reward = cp.Parameter(), cp.Parameter(len(expected))
        variance = cp.sum_squares(root(risk / self.unit).T @ self._weights)
        whole = cp.sum(self._weights) == 1
        scale = self.reach or 1.0
        above = ((expected - expected.max()) / scale) @ self._weights >= self._floor
        self._calm = cp.Problem(cp.Minimize(variance / 2), [whole, above])
        self._useful = cp.Problem(cp.Minimize(variance / 2 - self._reward @ self._weights), [whole])

    def calmest(self, floor: float) -> np.ndarray:
        """Least variance with a mean of at least ``floor``.

        At the very top only one point is left, which an interior method cannot enter: the floor stays a billionth of the
        range of means below it.
        """
        room = (min(floor, float(self.expected.max())) - float(self.expected.max())) / (self.reach or 1.0)
        self._floor.value = min(room, -TINY)
        return self._solve(self._calm)

    def best(self, gamma: float) -> np.ndarray:
        """Highest certainty equivalent."""
        self._reward.value = (self.expected - self.expected.max()) / (gamma * self.unit)
        return self._solve(self._useful)

    def path(self, points: int) -> np.ndarray:
        """Weights from least variance to highest mean, in equal steps of the mean, shape (k, n)."""
        calm = self.calmest(float(self.expected.min()) - 1.0)
        first, last = float(calm @ self.expected), float(self.expected.max())
        if last - first <= TINY * max(1.0, abs(last)):
            return calm[None, :]
        return np.array([calm, *(self.calmest(float(floor)) for floor in np.linspace(first, last, points)[1:])])

    def _solve(self, problem: Any) -> np.ndarray:
        problem.solve(solver="CLARABEL", **SOLVER)
        if self._weights.value is None:
            raise Infeasible("world_unsolved", field="frontier", value=problem.status)
        clean = np.maximum(self._weights.value, 0.0)
        return np.asarray(clean / clean.sum())


def _placed(name: str, held: np.ndarray, search: _Search, gamma: float, best: Placed | None) -> Placed:
    mean = float(held @ search.expected)
    variance = float(held @ search.risk @ held)
    worth = mean - gamma / 2.0 * variance
    calm = search.calmest(mean) if best else held
    least = float(np.sqrt(max(calm @ search.risk @ calm, 0.0)))
    volatility = float(np.sqrt(max(variance, 0.0)))
    gap = best.certainty_equivalent - worth if best else 0.0
    return Placed(name, held, mean, volatility, worth, max(volatility - least, 0.0), max(gap, 0.0))


def _whole(field: str, weights: object, size: int) -> np.ndarray:
    held = vector(field, weights, size)
    if held.min() < 0 or abs(held.sum() - 1.0) > WHOLE:
        value = f"least {held.min():g}, sum {held.sum():.6g}"
        raise BadInput("bad_number", field=field, value=value, accepted="weights from 0 that sum to 1")
    return held


def _checked(weights: object, other: object, spread: object, field: str = "mean") -> tuple[np.ndarray, ...]:
    held = vector("weights", weights)
    second = vector(field, other, len(held))
    risk = covariance("covariance", spread, len(held))
    asset_names(None, len(held), **{"weights": weights, field: other, "covariance": spread})
    return held, second, risk
