"""Whole shares beside PyPortfolioOpt's greedy and integer rounding, complete enumeration and SCIP.

The peers are pinned in ``requirements-bench.txt``; what needs an absent one is skipped with a line
that says so. ``ALLOCATION_SCIP_SECONDS`` (default 5) and ``ALLOCATION_RANDOM`` (default 10,000)
set the length of the two long parts.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.funds import Market, real, synthetic
from engine.allocation import Allocation, Case, allocate, contributions, explain, question
from engine.allocation.curve import timed_curve
from engine.allocation.explain import ALL_WORLD
from engine.allocation.problem import Rules, build
from engine.allocation.solve import warm

SIZES = (145.0, 500.0, 1_000.0, 5_000.0)
GOALS = {145.0: (0.20, 0.35), 500.0: (0.10, 0.20), 1_000.0: (0.20, 0.50), 5_000.0: (0.08, 0.25)}
SAME_LINES = {145.0: 0.25, 500.0: 0.20, 1_000.0: 0.40, 5_000.0: 0.40}


def run() -> None:
    """Every part on both universes; one JSON line a figure."""
    warm()
    for market in (synthetic(), real()):
        measure(market)
    preset()
    random_instances(int(os.environ.get("ALLOCATION_RANDOM", "10000")))


def measure(market: Market) -> None:
    """All parts that need a universe."""
    proofs(market)
    curves(market)
    if installed("pyportfolioopt"):
        ratios(market)
        savings(market)
    if installed("pyscipopt"):
        near_scip(market, float(os.environ.get("ALLOCATION_SCIP_SECONDS", "5")))


def tell(figure: str, **values: object) -> None:
    """One line of JSON."""
    rounded = {k: float(f"{v:.4g}") if isinstance(v, float) else v for k, v in values.items()}
    print(json.dumps({"figure": figure, **rounded}), flush=True)


def installed(package: str) -> bool:
    """Whether a peer is there; says so when it is not."""
    try:
        version(package)
    except PackageNotFoundError:
        tell(f"{package} is not installed: pip install -r requirements-bench.txt", skipped=True)
        return False
    return True


def case(market: Market, model: str, account: float, **options: Any) -> Case:
    weights = market.models[model]
    return Case(market.prices, weights, market.covariance, account, {"lookthrough": market.lookthrough} | options)


def timed(asked: Case, **changes: Any) -> tuple[Allocation, float]:
    begun = time.process_time()
    found = asked.allocate(**changes)
    return found, time.process_time() - begun


def peer(market: Market, model: str, account: float) -> tuple[float, int]:
    """Tracking error and lines of PyPortfolioOpt's better basket (greedy or integer programme)."""
    from pypfopt.discrete_allocation import DiscreteAllocation

    weights = market.models[model]
    best = (np.inf, 0)
    for which in ("greedy_portfolio", "lp_portfolio"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            maker = DiscreteAllocation(
                dict(weights), market.prices[weights.index].astype(float), total_portfolio_value=account
            )
            shares, _ = getattr(maker, which)(**({"solver": "HIGHS"} if which == "lp_portfolio" else {}))
        error = tracking_error(market, weights, pd.Series(shares, dtype=float), account)
        best = min(best, (error, len(shares)))
    return best


def tracking_error(market: Market, weights: pd.Series, shares: pd.Series, account: float) -> float:
    held = shares * market.prices.reindex(shares.index).astype(float) / account
    gap = held.reindex(market.prices.index).fillna(0.0) - weights.reindex(market.prices.index).fillna(0.0)
    return float(np.sqrt(gap.to_numpy() @ market.covariance.loc[gap.index, gap.index].to_numpy() @ gap.to_numpy()))


def ratios(market: Market) -> None:
    """Tracking error over the peer's, freely and with no more lines than the peer has."""
    for account in SIZES:
        free, same, cash, reached, cpu = [], [], [], [], []
        for model in market.models:
            error, lines = peer(market, model, account)
            found, seconds = timed(case(market, model, account))
            few = case(market, model, account, max_lines=lines).allocate() if lines else found
            free.append(found.tracking_error / error)
            same.append(few.tracking_error / error)
            cash.append(found.cash_weight)
            reached.append(found.resolution or 0.0)
            cpu.append(seconds)
        tell(
            f"{market.name}, {account:g} dollars: tracking error / PyPortfolioOpt {version('pyportfolioopt')}",
            geometric_mean=geometric(free), worst=max(free), goal=list(GOALS[account]), by_model=[round(r, 3) for r in free],
            same_lines=geometric(same), same_lines_worst=max(same), same_lines_goal=[SAME_LINES[account], 1.0],
            cash_most=max(cash), resolution_least=min(reached), cpu_s_most=max(cpu),
        )  # fmt: skip
    worst = 0.0
    for account in np.geomspace(50.0, 1e6, 25):
        for model in market.models:
            error, lines = peer(market, model, float(account))
            if lines:
                few = case(market, model, float(account), max_lines=lines, seconds=0.1).allocate()
                worst = max(worst, few.tracking_error / error)
    tell(f"{market.name}, 25 sizes x models: worst ratio with no more lines than the peer", worst=worst, goal=1.0)


def geometric(values: list[float]) -> float:
    return float(np.exp(np.mean(np.log(np.maximum(values, 1e-12)))))


def proofs(market: Market) -> None:
    """Time to a proof at 145 dollars, and equality with complete enumeration below 120."""
    rows = {name: timed(case(market, name, 145.0)) for name in market.models}
    tell(
        f"{market.name}, 145 dollars: proved optimal",
        proved=sum(found.status == "optimal" for found, _ in rows.values()), of=len(rows),
        cpu_s_most=max(seconds for _, seconds in rows.values()), goal_cpu_s=0.3,
    )  # fmt: skip
    equal = total = 0
    for account in (50.0, 76.0, 100.0, 119.0):
        for model in market.models:
            asked = case(market, model, account)
            found = asked.allocate(seconds=2.0)
            total += 1
            equal += abs(found.tracking_error - enumerated(asked)) < 1e-9
    tell(f"{market.name}, 50 to 119 dollars: equal to complete enumeration", equal=equal, of=total)


def enumerated(asked: Case) -> float:
    """Least tracking error over every basket, by depth-first search that adds funds in order."""
    problem = build(asked.prices, asked.model_weights, asked.covariance, asked.account, Rules())
    step = problem.step
    A = problem.H * np.outer(step, step)
    best = problem.constant

    def deeper(first: int, cash: float, value: float, pull: np.ndarray) -> None:
        nonlocal best
        left = np.flatnonzero(step[first:] <= cash + 1e-12) + first
        if not len(left):
            return
        values = value + 2.0 * pull[left] + np.diag(A)[left]
        best = min(best, float(values.min()))
        for k, reached in zip(left, values, strict=True):
            if cash - step[k] >= step[k:].min() - 1e-12:
                deeper(int(k), cash - step[k], float(reached), pull + A[k])

    deeper(0, 1.0, problem.constant, -problem.b * step)
    return float(np.sqrt(max(best, 0.0)))


def curves(market: Market) -> None:
    """CPU seconds of a 25-point curve with bounds, and its loss against 80 ms a point."""
    for model in market.models:
        asked = case(market, model, 145.0)
        points, seconds = timed_curve(asked)
        slow = [asked.at(point.account).allocate(seconds=0.08).tracking_error for point in points]
        loss = geometric([point.tracking_error for point in points]) / geometric(slow)
        tell(
            f"{market.name}, {model}: 25-point curve with bounds",
            cpu_s=seconds,
            goal_cpu_s=2.0,
            against_80_ms=loss,
            goal=1.05,
        )


def savings(market: Market) -> None:
    """Buying only, month by month, against the peer that may sell everything each month."""
    for model in ("world11", "seed4"):
        ratio = {}
        months = contributions(case(market, model, 1e-9), 145.0, 24)
        for month in (3, 6, 12, 24):
            error, _ = peer(market, model, 145.0 * month)
            ratio[month] = round(months[month - 1].tracking_error / error, 3)
        tell(
            f"{market.name}, {model}: buy-only over peer with selling, by month",
            ratio=ratio,
            goal=1.0,
            lines=months[-1].lines,
        )


def near_scip(market: Market, seconds: float) -> None:
    """Tracking error over SCIP's after a fixed time, warm started with ours."""
    for account in (200.0, 300.0, 500.0, 1_000.0):
        ratio, near, cpu = [], 0, []
        for model in market.models:
            asked = case(market, model, account)
            found, spent = timed(asked)
            error = max(min(scip(asked, found, seconds), found.tracking_error), 1e-12)
            ratio.append(found.tracking_error / error)
            near += found.tracking_error <= max(1.10 * error, error + 1e-4)
            cpu.append(spent)
        tell(
            f"{market.name}, {account:g} dollars: over SCIP {version('pyscipopt')} after {seconds:g} s, warm started with ours",
            worst=max(ratio), within_10_percent_or_1_bp=near, of=len(ratio), cpu_s_most=max(cpu),
        )  # fmt: skip


def scip(asked: Case, start: Allocation, seconds: float) -> float:
    """Best tracking error of SCIP: one convex quadratic over whitened gaps, in percent."""
    from pyscipopt import Model, quicksum

    problem = build(asked.prices, asked.model_weights, asked.covariance, asked.account, Rules())
    root = np.linalg.cholesky(problem.H).T * 100.0
    aim = np.linalg.solve(root.T, problem.b * 1e4)
    rest = max(problem.constant * 1e4 - float(aim @ aim), 0.0)
    model, step = Model(), problem.step
    model.hideOutput()
    x = [model.addVar(vtype="I", lb=0, ub=int(high)) for high in problem.high]
    gap = [model.addVar(lb=None) for _ in x]
    total = model.addVar(lb=0)
    model.addCons(quicksum(step[k] * x[k] for k in range(len(x))) <= 1)
    for row in range(len(x)):
        used = [k for k in range(row, len(x)) if abs(root[row, k]) > 1e-12]
        model.addCons(gap[row] == quicksum(root[row, k] * step[k] * x[k] for k in used) - aim[row])
    model.addCons(total >= quicksum(g * g for g in gap) + rest)
    model.setObjective(total, "minimize")
    model.setParam("timing/clocktype", 1)
    model.setParam("limits/time", seconds)
    first = model.createPartialSol()
    for k, name in enumerate(problem.tickers):
        model.setSolVal(first, x[k], float(start.shares.get(name, 0)))
    model.addSol(first)
    model.optimize()
    units = np.array([round(model.getVal(v)) for v in x])
    return problem.tracking_error(problem.weights(units))


def preset() -> None:
    """Won 200,000 in the curated universe: whether an all-world fund is chosen, and what it replaces."""
    for model in ("world11", "seed4", "eq3"):
        for fx in (1_200.0, 1_380.0, 1_500.0):
            asked = question(200_000, currency="KRW", fx=fx, model=model, universe="curated")
            found = asked.case.allocate()
            merged = {
                str(f.details["fund"]): list(f.details["lines"])
                for f in explain(asked.case, found)
                if f.code == "merged"
            }  # type: ignore[call-overload]
            tell(
                f"real curated, KRW 200,000 at {fx:,.0f}, {model}",
                all_world=[name for name in ALL_WORLD if name in found.basket.index],
                basket={str(k): int(v) for k, v in found.basket.items()},
                merged=merged, tracking_error_bp=found.tracking_error * 1e4, status=found.status,
            )  # fmt: skip


def random_instances(count: int) -> None:
    """Random problems under random rules: whole numbers, budget, no-sell, counts and objective, each checked again."""
    rng = np.random.default_rng(7)
    broken = 0
    begun = time.process_time()
    for _ in range(count):
        n = int(rng.integers(1, 25))
        names = [f"F{k}" for k in range(n)]
        loading = rng.normal(0.0, 0.1, (n, 3))
        matrix = pd.DataFrame(loading @ loading.T + np.diag(rng.uniform(1e-6, 1e-3, n)), names, names)
        prices = pd.Series(np.round(np.exp(rng.uniform(2.0, 6.0, n)), 2), names)
        account = float(np.exp(rng.uniform(3.0, 10.0)))
        held = pd.Series(np.floor(rng.random(n) * account / n / prices.to_numpy()), names)
        rules = {
            "holdings": held, "no_sell": bool(rng.random() < 0.5), "fractional": bool(rng.random() < 0.2),
            "tolerance": float(rng.choice([0.0, 0.1])), "effort": "quick", "seconds": 0.02,
        }  # fmt: skip
        model = pd.Series(rng.dirichlet(np.ones(n)), names)
        try:
            found = allocate(prices, model, matrix, account, **rules)
        except AssertionError:
            broken += 1
            continue
        after = found.shares.reindex(names).fillna(0.0)
        gap = after.to_numpy() * prices.to_numpy() / account - model.to_numpy()
        again = float(np.sqrt(max(gap @ matrix.to_numpy() @ gap, 0.0)))
        broken += abs(again - found.tracking_error) > 1e-9
        broken += float(after @ prices) > account * (1 + 1e-9)
        broken += bool(rules["no_sell"] and (after < held - 1e-9).any())
    tell("random instances: rules broken", broken=int(broken), of=count, cpu_s=time.process_time() - begun, goal=0)
