"""The market that tilts start from: weights and covariance, checked, and the names that wishes may use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.world.blocks import BLOCKS
from engine.world.checks import above_zero, number
from engine.world.checks import covariance as checked
from engine.world.wishes import CLASSES, GROUPS, Wishes, decimal

MARKET_GAMMA = 3.0
"""The market's risk aversion where no expected returns are given: a Sharpe ratio of 0.33 at a volatility of 11 %."""


@dataclass(frozen=True, eq=False)
class Market:
    """Blocks in the order of ``BLOCKS``.

    Attributes
    ----------
    names : list of str, length n
    groups : list of str
        Blocks, classes and regions that have a member in this market.
    members : array, shape (groups, n)
        One where a block belongs to a group.
    weights : array, shape (n,)
        They sum to one.
    covariance : array, shape (n, n)
        Annual, symmetric and positive definite.
    """

    names: list[str]
    groups: list[str]
    members: np.ndarray
    weights: np.ndarray
    covariance: np.ndarray

    def group(self, field: str, name: str) -> int:
        """Row of a group.

        Raises
        ------
        BadInput
            The market has no block of this name, class or region.
        """
        return _position(field, name, self.groups)

    def block(self, field: str, name: str) -> int:
        """Column of a block; errors as :meth:`group`."""
        return _position(field, name, self.names)

    @property
    def implied(self) -> np.ndarray:
        """Excess returns the market implies for each unit of risk aversion: S w_m (reverse optimisation)."""
        return np.asarray(self.covariance @ self.weights)

    def excluded(self, wishes: Wishes) -> np.ndarray:
        """Blocks that must not be held, array of bool, shape (n,)."""
        rows = [self.group("exclude", name) for name in wishes.exclude]
        return np.asarray(self.members[rows].sum(axis=0) > 0.0)

    def without(self, excluded: np.ndarray) -> np.ndarray:
        """Market weights without some blocks; their weight goes in proportion to the rest of their class.

        The weight of a class that is left empty goes in proportion to all blocks that are left.

        Raises
        ------
        BadInput
            Nothing is left.
        """
        kept = np.where(excluded, 0.0, self.weights)
        if kept.sum() <= 0.0:
            named = [name for name, is_out in zip(self.names, excluded, strict=True) if is_out]
            raise BadInput("nothing_left", field="exclude", value=", ".join(named))
        if not excluded.any():
            return kept
        for blocks in CLASSES.values():
            inside = np.array([name in blocks for name in self.names])
            if kept[inside].sum() > 0.0:
                kept[inside] *= self.weights[inside].sum() / kept[inside].sum()
        return np.asarray(kept / kept.sum())


def market_of(weights: pd.Series, covariance: pd.DataFrame) -> Market:
    """Market weights and covariance, checked and put in order.

    Raises
    ------
    BadInput
        A label is no block or stands in one input only, weights are below zero or do not sum to
        one, or the covariance is not finite, symmetric and positive definite.
    """
    labels = [str(name) for name in weights.index]
    for name in labels:
        _position("market", name, BLOCKS)
    names = [name for name in BLOCKS if name in labels]
    same_labels("market", labels, names)
    for side in (covariance.index, covariance.columns):
        same_labels("covariance", [str(name) for name in side], names)
    given = weights.to_numpy()[[labels.index(name) for name in names]]
    held = np.array([decimal(f"market.{name}", value, 0.0, 1.0) for name, value in zip(names, given, strict=True)])
    if abs(held.sum() - 1.0) > 1e-8:
        raise BadInput("bad_number", field="market", value=f"{held.sum():.10g}", accepted="weights that sum to 1")
    rows, columns = ([str(label) for label in side] for side in (covariance.index, covariance.columns))
    order = np.ix_([rows.index(name) for name in names], [columns.index(name) for name in names])
    spread = checked("covariance", covariance.to_numpy()[order], len(names), regular=True)
    groups = [group for group, blocks in GROUPS.items() if set(blocks) & set(names)]
    members = np.array([[float(name in GROUPS[group]) for name in names] for group in groups])
    return Market(names, groups, members, held, spread)


def market_gamma(
    market: Market, expected_return: pd.Series | None, riskless: float, given: float | None
) -> tuple[float, dict[str, Any]]:
    """The market's risk aversion, given, from expected returns, or assumed; with a note of which.

    Raises
    ------
    BadInput
        Labels or numbers that cannot be used, or a market expected to earn no more than cash.
    """
    if given is not None:
        return above_zero("gamma_of_market", given), _note("given", given)
    if expected_return is None:
        return MARKET_GAMMA, _note("assumed", MARKET_GAMMA)
    same_labels("expected_return", [str(name) for name in expected_return.index], market.names)
    means = [number(f"expected_return.{name}", expected_return[name]) for name in market.names]
    total = float(np.dot(means, market.weights))
    excess = total - number("riskless", riskless)
    if excess <= 0.0:
        accepted = f"a market return above the riskless {riskless:g}"
        raise BadInput("bad_number", field="expected_return", value=f"{total:g}", accepted=accepted)
    gamma = excess / float(market.weights @ market.implied)
    return gamma, _note("expected_return", gamma) | {"market_excess_return": excess}


def same_labels(field: str, given: Sequence[str], wanted: Sequence[str]) -> None:
    """Refuse labels that are not the ones wanted, each once, in any order.

    Raises
    ------
    BadInput
        They differ.
    """
    if sorted(given) != sorted(wanted):
        raise BadInput("wrong_labels", field=field, value=", ".join(given), accepted=", ".join(wanted))


def _note(basis: str, gamma: float) -> dict[str, Any]:
    return {"code": "market_gamma", "basis": basis, "gamma": float(gamma)}


def _position(field: str, name: str, known: Sequence[str]) -> int:
    if name not in known:
        raise BadInput("unknown_choice", field=field, value=name, accepted=", ".join(known))
    return known.index(name)
