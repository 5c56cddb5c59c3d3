"""Why this basket: facts about the solution, each a code with numbers computed from the solution itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from engine.allocation.allocator import Case
from engine.allocation.covariance import implied_tracking
from engine.allocation.types import Allocation
from engine.errors import BadInput, Infeasible

ALL_WORLD = ("SPGM", "VT", "ACWI")
LEAST_CORRELATION = 0.5
ASKED = 5
"""Largest lines of which the explanation asks what would happen without them."""


@dataclass(frozen=True)
class Fact:
    """One thing about a solution: a code and its values (decimals, dollars, tickers)."""

    code: str
    details: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        return {"code": self.code, **self.details}


def stand_ins(case: Case, found: Allocation) -> dict[str, tuple[str, ...]]:
    """For each fund of the basket, the model lines that are absent and correlate most with it (at least 0.5).

    A line that correlates with nothing in the basket is under the key ``""``.
    """
    rows = {name: k for k, name in enumerate(case.covariance.index)}
    matrix = case.covariance.to_numpy(float)
    bought = [str(name) for name in found.basket.index if name in rows]
    out: dict[str, list[str]] = {}
    for line in case.model_weights.index[case.model_weights > 0.0]:
        if line in bought:
            continue
        near = {name: _correlation(matrix, rows[line], rows[name]) for name in bought}
        best = max(near, key=lambda name: near[name], default="")
        out.setdefault(best if best and near[best] >= LEAST_CORRELATION else "", []).append(str(line))
    return {name: tuple(lines) for name, lines in out.items()}


def _correlation(matrix: np.ndarray, one: int, other: int) -> float:
    return float(matrix[one, other] / np.sqrt(matrix[one, one] * matrix[other, other]))


def explain(case: Case, found: Allocation) -> tuple[Fact, ...]:
    """Facts in the order a reader wants them: what was done, for what, what else there was, why cash is left."""
    if not len(found.basket):
        deposit = next((note.details["useful_deposit"] for note in found.notes if note.code == "all_cash"), None)
        return (
            Fact(
                "all_cash",
                {"account": found.account, "useful_deposit": deposit, "tracking_error": found.tracking_error},
            ),
        )
    lines = stand_ins(case, found)
    facts = [_summary(found)]
    facts += [fact for fund, absent in lines.items() if (fact := _stands_in(case, fund, absent)) is not None]
    facts += _without(case, found)
    facts += _all_world(case, found)
    facts.append(_cash(case, found))
    return tuple(facts)


def _summary(found: Allocation) -> Fact:
    values = {
        "tracking_error": found.tracking_error,
        "lower_bound": found.lower_bound,
        "best_tracking_error": found.best_tracking_error,
        "gap": found.tracking_error - found.lower_bound,
        "naive_tracking_error": found.naive_tracking_error,
        "utility_loss": found.utility_loss,
        "lines": len(found.basket),
    }
    return Fact(found.status, values)


def _stands_in(case: Case, fund: str, absent: tuple[str, ...]) -> Fact | None:
    if not fund:
        return Fact("left_out", {"lines": absent, "weight": float(case.model_weights[list(absent)].sum())})
    weight = float(case.model_weights[list(absent)].sum())
    apart = implied_tracking(case.covariance, {fund: 1.0}, dict(case.model_weights[list(absent)] / weight))
    values: dict[str, object] = {"fund": fund, "lines": absent, "weight": weight, "tracking_volatility": apart}
    if len(absent) > 1:
        return Fact("merged", values)
    line = absent[0]
    price, dear = _price(case, fund), _price(case, line)
    values |= {"line": line, "price": price, "line_price": dear}
    return Fact("cheaper" if dear is not None and price is not None and dear > price else "replaced", values)


def _price(case: Case, name: str) -> float | None:
    value = case.prices.get(name)
    return float(value) if isinstance(value, int | float | np.number) and np.isfinite(float(value)) else None


def _without(case: Case, found: Allocation) -> list[Fact]:
    """What forbidding each of the largest lines outside the model costs, and the best basket among those."""
    model = set(case.model_weights.index[case.model_weights > 0.0])
    asked = [name for name in found.basket.index if name not in model][:ASKED] or list(found.basket.index[:2])
    facts, runner = [], None
    for name in asked:
        other = _again(case, found, forbidden=(*case.options.get("forbidden", ()), name))
        if other is None:
            continue
        cost = other.tracking_error - found.tracking_error
        code = "forbidden" if cost > 0.0 else "forbidden_free"
        facts.append(Fact(code, {"fund": name, "tracking_error": other.tracking_error, "cost": cost}))
        if runner is None or other.tracking_error < runner[1].tracking_error:
            runner = (name, other)
    if runner is not None:
        name, other = runner
        basket = {str(ticker): float(shares) for ticker, shares in other.basket.items()}
        values = {
            "fund": name,
            "basket": basket,
            "tracking_error": other.tracking_error,
            "behind": other.tracking_error - found.tracking_error,
        }
        facts.append(Fact("runner_up", values))
    return facts


def _again(case: Case, found: Allocation, **changes: object) -> Allocation | None:
    """The question again under other rules, from this answer on; None when nothing is left to buy."""
    try:
        return case.allocate(found.basket, **{"effort": "quick", "seconds": 0.15, "tolerance": 0.0, **changes})
    except (BadInput, Infeasible):
        return None


def _all_world(case: Case, found: Allocation) -> list[Fact]:
    """Whether a single all-world fund is in the basket; if not, what requiring the cheapest one costs."""
    held = [name for name in ALL_WORLD if name in found.basket.index]
    if held:
        return [Fact("all_world_held", {"fund": held[0], "weight": float(found.weights[held[0]])})]
    prices = {name: price for name in ALL_WORLD if name in case.covariance.index and (price := _price(case, name))}
    if not prices:
        return []
    fund = min(prices, key=lambda name: prices[name])
    if prices[fund] > found.account and not case.options.get("fractional"):
        return [Fact("all_world_too_dear", {"fund": fund, "price": prices[fund], "account": found.account})]
    other = _again(case, found, required=(*case.options.get("required", ()), fund))
    if other is None:
        return []
    cost = other.tracking_error - found.tracking_error
    values = {"fund": fund, "tracking_error": other.tracking_error, "cost": cost}
    return [Fact("all_world_loses" if cost > 0.0 else "all_world_equal", values)]


def _cash(case: Case, found: Allocation) -> Fact:
    """Cash left, and what the best use of it on one more share would do to tracking error."""
    cash = found.cash_weight * found.account
    prices = pd.to_numeric(case.prices, errors="coerce").astype(float)
    affordable = prices.index[(prices > 0.0) & (prices <= cash)].intersection(case.covariance.index)
    values: dict[str, object] = {"cash": cash, "cash_weight": found.cash_weight}
    if found.cash_weight < 0.005 or case.options.get("fractional"):
        return Fact("cash", values)
    if not len(affordable):
        return Fact("cash_too_small", values)
    model = dict(case.model_weights)
    errors = {}
    for name in affordable:
        weights = dict(found.weights)
        weights[name] = weights.get(name, 0.0) + float(prices[name]) / found.account
        errors[str(name)] = implied_tracking(case.covariance, weights, model)
    best = min(errors, key=lambda name: errors[name])
    return Fact(
        "cash_kept",
        values | {"fund": best, "tracking_error": errors[best], "cost": errors[best] - found.tracking_error},
    )
