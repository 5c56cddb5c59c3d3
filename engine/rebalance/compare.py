"""What differs between two runs: inputs, gates, target weights and orders, product by product."""

from __future__ import annotations

from typing import Any

from engine.rebalance.book import moved
from engine.rebalance.history import STEPS
from engine.rebalance.run import RunResult


def differences(one: RunResult, other: RunResult) -> dict[str, Any]:
    """From ``one`` to ``other``.

    Returns
    -------
    dict
        ``same`` (every step gave the same), ``first_step`` (the first that did not), ``causes`` (which of inputs, code
        and settings differ at its door), and by product how far the target moved (half the sum of absolute
        differences, decimal) and each order whose shares differ.
    """
    step = next((name for name in STEPS if one.content.get(name) != other.content.get(name)), None)
    causes: list[str] = []
    if step in one.seals and step in other.seals:
        ours, theirs = one.seals[step], other.seals[step]
        causes = [name for name in ("inputs", "code", "settings") if getattr(ours, name) != getattr(theirs, name)]
    return {
        "same": step is None,
        "first_step": step,
        "causes": causes,
        "products": {key: _product(one, other, key) for key in sorted({*one.told["keys"], *other.told["keys"]})},
        "gates": _gates(one, other),
    }


def _product(one: RunResult, other: RunResult, key: str) -> dict[str, Any]:
    ours, theirs = one.books.get(key), other.books.get(key)
    if ours is None or theirs is None:
        return {"in": [run.run_id for run, book in ((one, ours), (other, theirs)) if book is not None]}
    shares = [{order["ticker"]: order["shares"] for order in book["orders"]} for book in (ours, theirs)]
    names = sorted({*shares[0], *shares[1]})
    changed = [
        {"ticker": name, "shares": shares[0].get(name, 0), "other": shares[1].get(name, 0)}
        for name in names
        if shares[0].get(name, 0) != shares[1].get(name, 0)
    ]
    return {"target_moved": moved(ours["target"], theirs["target"]), "orders": changed}


def _gates(one: RunResult, other: RunResult) -> list[dict[str, Any]]:
    """Gates whose state is another one, or that one run does not have."""
    ours, theirs = ({(gate.product, gate.name, gate.code): gate.state for gate in run.gates} for run in (one, other))
    return [
        {"product": key[0], "name": key[1], "code": key[2], "state": ours.get(key), "other": theirs.get(key)}
        for key in sorted({*ours, *theirs})
        if ours.get(key) != theirs.get(key)
    ]
