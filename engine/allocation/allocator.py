"""From prices and a model to an allocation."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from engine.allocation import solve as solver
from engine.allocation.problem import Note, Problem, Rules, build, rescaled
from engine.allocation.types import Allocation


def allocate(
    prices: pd.Series, model_weights: pd.Series, covariance: pd.DataFrame, account: float, **options: Any
) -> Allocation:
    """Whole shares whose tracking error against a model portfolio is least.

    Stage 1 minimises TE^2 = (w - m)' Sigma (w - m) over whole shares with free cash; stage 2, if
    ``tolerance`` is above zero, takes the fewest lines and then the lowest cost within it.

    Parameters
    ----------
    prices : Series
        Price a share by ticker, dollars (or another currency, see ``Rules.currencies``).
    model_weights : Series
        Target weights by ticker (or by a row of the covariance named in ``sleeves``), decimals. A sum
        below one leaves the rest as target cash.
    covariance : DataFrame
        Of yearly returns, decimals squared, with every fund and model line in rows and columns.
    account : float
        Dollars to divide, after exchange; holdings included.
    **options
        Fields of ``Rules``.

    Returns
    -------
    Allocation

    Raises
    ------
    BadInput
        A field that cannot be used; funds with an unusable price are refused and noted instead.
    Infeasible
        No basket keeps the rules, or refused model lines cannot be replaced.
    """
    return Case(prices, model_weights, covariance, account, options).allocate()


@dataclass(frozen=True, eq=False)
class Case:
    """One question with everything it needs, to be asked again with changes.

    ``options`` are the fields of ``Rules``.
    """

    prices: pd.Series
    model_weights: pd.Series
    covariance: pd.DataFrame
    account: float
    options: Mapping[str, Any] = field(default_factory=dict)

    def allocate(self, start: pd.Series | None = None, **changes: Any) -> Allocation:
        """The answer, with changed options; ``start`` (shares by ticker) is one more start of the search."""
        solver.warm()
        begun = time.thread_time()
        problem = build(
            self.prices, self.model_weights, self.covariance, self.account, Rules(**{**self.options, **changes})
        )
        return finish(problem, solver.solve(problem, _as_start(problem, start)), begun)

    def sizes(self, accounts: Iterable[float], **changes: Any) -> Iterator[tuple[float, Allocation]]:
        """Answers for many accounts; each also starts from the basket of the one before, grown with the account."""
        solver.warm()
        rules = Rules(**{**self.options, **changes})
        fixed = rules.holdings is not None or bool(rules.required)
        problem, start, before = None, None, 1.0
        for account in accounts:
            begun = time.thread_time()
            if problem is None or fixed:
                problem = build(self.prices, self.model_weights, self.covariance, account, rules)
            else:
                problem = rescaled(problem, account)
            grown = () if start is None else ((start * (account / before)).astype(np.int64),)
            outcome = solver.solve(problem, grown)
            start, before = outcome.units, account
            yield account, finish(problem, outcome, begun)

    def at(self, account: float) -> Case:
        """The same question for another account."""
        return replace(self, account=account)


def _as_start(problem: Problem, start: pd.Series | None) -> tuple[np.ndarray, ...]:
    if start is None:
        return ()
    shares = start.reindex(list(problem.tickers)).fillna(0.0).to_numpy(float)
    return (np.floor(shares / problem.unit + 1e-9).astype(np.int64),)


def finish(problem: Problem, outcome: solver.Outcome, begun: float) -> Allocation:
    """Stage 2, checks and figures."""
    units = solver.simplify(problem, outcome)
    check(problem, units)
    weights = problem.weights(units)
    error = problem.tracking_error(weights)
    naive = problem.weights(solver.naive_units(problem))
    names = pd.Index(problem.tickers)
    shares = pd.Series(units * problem.unit, index=names).reindex(list(problem.offered)).fillna(0.0)
    shares = shares.round(3) if problem.rules.fractional else shares.astype(np.int64)
    status = "all_cash" if not units.any() else "optimal" if outcome.proved else "bounded"
    return Allocation(
        status=status,
        shares=shares,
        account=problem.account,
        weights=pd.Series(weights, index=names).reindex(list(problem.offered)).fillna(0.0),
        cash_weight=float(1.0 - weights.sum()),
        tracking_error=error,
        best_tracking_error=outcome.tracking_error,
        lower_bound=outcome.lower_bound,
        utility_loss=problem.rules.risk_aversion / 2.0 * error**2,
        resolution=problem.resolution(weights),
        naive_resolution=problem.resolution(naive),
        naive_tracking_error=problem.tracking_error(naive),
        cost=float(problem.cost @ weights),
        nodes=outcome.nodes,
        seconds=time.thread_time() - begun,
        notes=(*problem.notes, *_notes(problem, units, outcome)),
    )


def check(problem: Problem, units: np.ndarray) -> None:
    """Hold an answer to the rules it was found under; a failure is a fault of this program.

    Raises
    ------
    AssertionError
    """
    rules = problem.rules
    change = np.abs(units - problem.held)
    weights = problem.weights(units)
    kept = {
        "whole units": np.issubdtype(units.dtype, np.integer),
        "bounds": bool((units >= problem.low).all() and (units <= problem.high).all()),
        "budget": bool(weights.sum() <= 1.0 + 1e-9),
        "cash": bool(1.0 - weights.sum() <= rules.cash_max + 1e-9),
        "orders": bool(((change == 0) | (change >= problem.least)).all()),
        "lines": rules.max_lines is None or int((units > 0).sum()) <= rules.max_lines,
        "trades": rules.max_trades is None or int((change > 0).sum()) <= rules.max_trades,
    }
    for rule, held in kept.items():
        if not held:
            raise AssertionError(f"an allocation broke a rule: {rule}")


def _notes(problem: Problem, units: np.ndarray, outcome: solver.Outcome) -> list[Note]:
    notes = []
    unbuyable = [n for n in problem.model.index if n not in problem.tickers and n not in set(problem.rules.sleeves)]
    dear = [t for t, high in zip(problem.tickers, problem.high, strict=True) if high == 0 and t in problem.model.index]
    if unbuyable:
        notes.append(Note("model_line_without_price", "model", {"tickers": unbuyable}))
    if dear:
        notes.append(Note("model_line_too_dear", "model", {"tickers": dear}))
    if outcome.cut:
        notes.append(Note("deadline", "seconds", {"seconds": problem.rules.seconds}))
    if not units.any():
        notes.append(Note("all_cash", "account", {"useful_deposit": useful_deposit(problem)}))
    return notes


def useful_deposit(problem: Problem) -> float | None:
    """The smallest account at which one unit of some fund brings the portfolio nearer to the model, dollars.

    One unit of price p moves TE^2 by (p/B)^2 H - 2 (p/B) b: below zero when B > p H / (2 b).
    """
    price = problem.price * problem.unit
    with np.errstate(divide="ignore", invalid="ignore"):
        turning = np.where(problem.b > 0.0, price * np.diag(problem.H) / (2.0 * problem.b), np.inf)
    least = float(np.min(np.maximum(price, turning)))
    return least if np.isfinite(least) else None
