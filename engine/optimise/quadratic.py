"""Convex quadratic programmes over long-only, fully invested weights: one after the other, each checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import BadInput, Infeasible

Array = np.ndarray

STEPS_PER_ASSET = 20
"""Changes of the set of free assets before the active-set method gives up."""

TOLERANCE = 1e-11
"""Violation of the optimality conditions that is accepted, relative to largest variance plus largest mean."""

RIDGED_TOLERANCE = 1e-9
"""The same where a ridge was needed: it moves gradients by up to 1e-10 of a variance."""

INTERIOR_TOLERANCE = 1e-7
"""The same for an interior-point answer, with weights this near to a bound on it."""

BUDGET_SLACK = 1e-12
"""Room for rounding where the caps sum to just one."""


@dataclass(frozen=True, eq=False)
class Solutions:
    """Answers to k programmes of n assets, and how they were found.

    Attributes
    ----------
    weights : array (k, n)
        Decimals from 0 to the cap, sum 1.
    steps : array of int (k,)
        Changes of the set of free assets; -1 where the active-set method did not finish.
    ridged : array of bool (k,)
        The free assets' covariance was singular; 1e-10 of each variance was added, which picks one
        of many equally good answers.
    fallback : array of bool (k,)
        The active-set answer failed the optimality conditions and Clarabel's replaced it.
    error : array (k,)
        Violation of the optimality conditions: the most that the objective would gain by moving
        weight between two assets, per unit, relative to largest variance plus largest mean; or the
        largest breach of a bound, whichever is larger.
    """

    weights: Array
    steps: Array
    ridged: Array
    fallback: Array
    error: Array


def solve_each(quad: Array, linear: Array, cap: float | Array = 1.0, start: Array | None = None) -> Solutions:
    """Minimise 1/2 w'Qw - m'w with sum w = 1 and 0 <= w <= cap, for each of k programmes in turn.

    Primal active-set method (Nocedal and Wright, Numerical Optimization, 2nd ed., section 16.5),
    started from the answer before. Every answer is held to its optimality conditions; one that
    fails is solved again by Clarabel (Goulart and Chen 2024).

    Parameters
    ----------
    quad : array (k, n, n)
        Q, symmetric and positive semidefinite (as covariances are; it is not checked).
    linear : array (k, n)
        m.
    cap : float or array (n,)
        Largest weight of every asset, or of each, above 0 and up to 1.
    start : array (n,), optional
        Feasible weights near the first answer.

    Raises
    ------
    BadInput
        Shapes that do not fit, values that are not finite, caps outside (0, 1] or with a sum below one.
    Infeasible
        Neither method reached the accuracy needed.
    """
    from engine.optimise import kernels

    quad, linear = np.ascontiguousarray(quad, dtype=float), np.ascontiguousarray(linear, dtype=float)
    _check(quad, linear)
    k, n = linear.shape
    caps = caps_of(cap, n)
    weights, error = np.empty((k, n)), np.empty(k)
    steps, ridged, fallback = np.empty(k, np.int64), np.zeros(k, bool), np.zeros(k, bool)
    first = np.zeros(n) if start is None else np.ascontiguousarray(start, dtype=float)
    kernels.solve_each(quad, linear, caps, first, STEPS_PER_ASSET * n, weights, steps, ridged, error)
    good = (steps >= 0) & (error <= np.where(ridged, RIDGED_TOLERANCE, TOLERANCE))
    for t in np.flatnonzero(~good):
        weights[t], error[t] = _interior(quad[t], linear[t], caps)
        fallback[t] = True
    return Solutions(weights, steps, ridged, fallback, error)


def caps_of(cap: float | Array, n: int) -> Array:
    """One cap an asset; BadInput where they leave no portfolio."""
    caps = np.asarray(cap, dtype=float)
    if caps.ndim > 1 or (caps.ndim == 1 and len(caps) != n):
        raise BadInput("bad_number", field="cap", value=f"shape {caps.shape}", accepted=f"one number or {n}")
    caps = np.ascontiguousarray(np.broadcast_to(caps, n))
    if not ((caps > 0) & (caps <= 1)).all():
        raise BadInput("bad_number", field="cap", value=cap, accepted="decimals above 0 and up to 1")
    if caps.sum() < 1.0 - BUDGET_SLACK:
        raise BadInput("bad_number", field="cap", value=cap, accepted=f"caps of {n} assets with a sum of at least 1")
    return caps


def _check(quad: Array, linear: Array) -> None:
    if linear.ndim != 2 or quad.shape != (*linear.shape, linear.shape[1]) or not linear.shape[1]:
        raise BadInput(
            "bad_number", field="quad", value=f"shape {quad.shape}", accepted="(k, n, n) beside a linear part of (k, n)"
        )
    for name, values in (("quad", quad), ("linear", linear)):
        if not np.isfinite(values).all():
            raise BadInput("bad_number", field=name, value="a value that is not finite", accepted="finite numbers")


def _interior(quad: Array, linear: Array, caps: Array) -> tuple[Array, float]:
    """Clarabel's answer, clipped to the bounds, and its violation of the optimality conditions."""
    import clarabel
    from scipy import sparse

    n = len(caps)
    centred = linear - linear.mean()
    scale = max(float(quad.diagonal().max() + np.abs(centred).max()), np.finfo(float).tiny)
    constraint = sparse.csc_matrix(np.vstack((np.ones(n), -np.eye(n), np.eye(n))))
    bound = np.r_[1.0, np.zeros(n), caps]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(2 * n)]
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(np.triu(quad / scale)), -centred / scale, constraint, bound, cones, settings
    )
    w = np.clip(np.asarray(solver.solve().x), 0.0, caps)
    gradient = (quad @ w - centred) / scale
    above, below = gradient[w > INTERIOR_TOLERANCE], gradient[w < caps - INTERIOR_TOLERANCE]
    gain = float(above.max(initial=-np.inf) - below.min(initial=np.inf))
    error = max(gain, abs(float(w.sum()) - 1.0))
    if not error <= INTERIOR_TOLERANCE:
        raise Infeasible("tilt_not_solved", field="weights", value=f"{error:.1g}")
    return w, error
