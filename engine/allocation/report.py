"""What an answer means: exposures beside the model's, falls of past crises, answers from other universes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import pandas as pd

from engine.allocation.ask import Answer, Question
from engine.allocation.explain import ALL_WORLD
from engine.allocation.universe import crisis_falls
from engine.universe import BLOCKS

CRISES = (2008, 2020, 2022)


@dataclass(frozen=True)
class Exposure:
    """Weight of one look-through block (or ``cash``) in the model and in the basket, decimals."""

    block: str
    model: float
    basket: float

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def exposures(found: Answer) -> tuple[Exposure, ...]:
    """Look-through blocks that the model or the basket holds, in the order of the tables, cash last."""
    case = found.question.case
    table: pd.DataFrame = case.options["lookthrough"]
    target = case.model_weights.astype(float)
    held = found.allocation.weights[found.allocation.weights > 0.0]
    model = table.loc[target.index].mul(target, axis=0).sum()
    basket = table.loc[held.index].mul(held, axis=0).sum()
    rows = [Exposure(block, float(model[block]), float(basket[block])) for block in BLOCKS]
    rows.append(Exposure("cash", max(1.0 - float(target.sum()), 0.0), found.allocation.cash_weight))
    return tuple(row for row in rows if max(abs(row.model), abs(row.basket)) > 1e-6)


@dataclass(frozen=True)
class Fall:
    """What a basket could have lost in one crisis.

    Attributes
    ----------
    crisis : int
        Year by which the table knows it.
    fall : float
        Sum over the funds of weight times the fund's own deepest fall, decimal of the account, not
        above zero. The falls need not coincide, so the funds counted cannot have lost more together.
    covered : float
        Weight of the funds whose fall is known.
    missing : tuple of str
        Funds of the basket whose fall is not known; they are not in the sum.
    """

    crisis: int
    fall: float
    covered: float
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def falls(found: Answer) -> tuple[Fall, ...]:
    """The basket in each crisis, from each fund's own fall."""
    weights = found.allocation.weights[found.allocation.weights > 0.0]
    table = crisis_falls(weights.index, CRISES)
    out = []
    for crisis in CRISES:
        known = table[crisis].dropna()
        share = weights.reindex(known.index)
        missing = tuple(str(name) for name in weights.index if name not in known.index)
        out.append(Fall(crisis, float((known * share).sum()), float(share.sum()), missing))
    return tuple(out)


@dataclass(frozen=True)
class Variant:
    """The same question asked of one universe.

    Attributes
    ----------
    shares : dict
        The basket, the largest weight first.
    all_world : str
        The all-world fund in it, or empty.
    """

    universe: str
    shares: dict[str, float]
    tracking_error: float
    lower_bound: float
    status: str
    cash_weight: float
    all_world: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def variant(asked: Question) -> Variant:
    """The basket alone, without its explanation."""
    found = asked.case.allocate()
    shares = {str(name): float(value) for name, value in found.basket.items()}
    return Variant(
        asked.universe, shares, found.tracking_error, found.lower_bound, found.status, found.cash_weight,
        all_world_in(shares),
    )  # fmt: skip


def all_world_in(shares: Iterable[str]) -> str:
    """The first all-world fund among the tickers, or an empty text."""
    held = set(shares)
    return next((name for name in ALL_WORLD if name in held), "")
