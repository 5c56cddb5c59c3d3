"""From block weights to funds: the best-ranked fund of each block's peer group, as a model portfolio."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.universe import RankedUniverse, ranked
from engine.world.blocks import BLOCKS
from engine.world.wishes import decimal

PEER_GROUP: dict[str, str | None] = {
    "us_equity": "us_broad",
    "dev_exus_equity": "dev_exus",
    "em_equity": "emerging",
    "us_bond": "us_bond",
    "intl_bond": "world_bond",
    "em_bond": "em_bond",
    "real_estate": "real_estate",
    "infrastructure": "infrastructure",
    "gold": "gold",
    "commodities": None,
}
"""Peer group that funds of a block are taken from. Commodities have none: plain funds of them hold futures."""

NOT_FOR: dict[str, tuple[str, ...]] = {"intl_bond": ("BNDW",)}
"""Funds of the group that do not stand for the block: BNDW holds US bonds as well."""

COLUMNS = ("ticker", "block", "peer_group", "score", "rank")

DUST = 1e-12
"""Weights up to this are nothing."""


@dataclass(frozen=True)
class Holding:
    """A fund of the model portfolio and the part of it that one block explains.

    Attributes
    ----------
    code : str
        ``best_ranked``; ``factor_fund`` (part of US equity); ``in_place_of_commodities``.
    rank, score : float or None
        In the peer group; None for factor funds, which were not chosen by rank.
    """

    ticker: str
    block: str
    weight: float
    code: str
    peer_group: str | None
    rank: float | None
    score: float | None


@dataclass(frozen=True)
class Unassigned:
    """A block without a fund and where its weight went.

    Attributes
    ----------
    code : str
        ``no_peer_group`` or ``no_ranked_fund``.
    placed : str
        ``cash`` or ``gold``.
    """

    block: str
    weight: float
    code: str
    placed: str


@dataclass(frozen=True, eq=False)
class ModelPortfolio:
    """Weights by fund, ready for the small-account allocator.

    Attributes
    ----------
    weights : Series, index ticker
        Largest first; with ``cash`` they sum to one.
    cash : float
        Weight of blocks that no fund stands for.
    holdings : tuple of Holding
        Why each fund is held, a line a block; a fund that serves two blocks has two.
    unassigned : tuple of Unassigned
        Empty when every block has a fund.
    """

    weights: pd.Series
    cash: float
    holdings: tuple[Holding, ...]
    unassigned: tuple[Unassigned, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "weights": {str(ticker): float(weight) for ticker, weight in self.weights.items()},
            "cash": self.cash,
            "holdings": [asdict(item) for item in self.holdings],
            "unassigned": [asdict(item) for item in self.unassigned],
        }


def to_funds(
    weights: pd.Series,
    ranked: pd.DataFrame,
    *,
    factor_funds: pd.Series | None = None,
    commodities: Literal["cash", "gold"] = "cash",
) -> ModelPortfolio:
    """A model portfolio of the best-ranked fund of each block.

    Parameters
    ----------
    weights : Series, index block
        Zero or more; they sum to one.
    ranked : DataFrame
        One row a fund: ``ticker``, ``block``, ``peer_group``, ``score`` and ``rank`` (lower is
        better; NaN: not ranked). Of equal ranks the better score is taken, then the ticker that
        comes first in the alphabet.
    factor_funds : Series, index ticker, optional
        Part of the portfolio in factor funds (``Tilted.funds``); the rest of US equity goes to its
        best-ranked fund.
    commodities : str
        Where their weight goes: ``cash``, or ``gold`` if there is a gold fund. It is never spread
        over other blocks.

    Raises
    ------
    BadInput
        Weights or columns that cannot be used, a fund that comes twice in a block, or more in
        factor funds than in US equity.
    """
    held = _checked(weights)
    table = _ranked(ranked)
    if commodities not in ("cash", "gold"):
        raise BadInput("unknown_choice", field="commodities", value=commodities, accepted="cash, gold")
    lines = _factor_lines(factor_funds, held.get("us_equity", 0.0))
    held["us_equity"] = max(held.get("us_equity", 0.0) - sum(line.weight for line in lines), 0.0)
    unassigned: list[Unassigned] = []
    for block in BLOCKS:
        weight = held.get(block, 0.0)
        if weight > DUST:
            line, left = _place(block, weight, table, commodities)
            lines += [line] if line else []
            unassigned += [left] if left else []
    made = pd.Series(0.0, index=list(dict.fromkeys(line.ticker for line in lines)), name="weight")
    for line in lines:
        made[line.ticker] += line.weight
    cash = sum(item.weight for item in unassigned if item.placed == "cash")
    ordered = made.sort_values(ascending=False, kind="stable")
    return ModelPortfolio(ordered, float(cash), tuple(lines), tuple(unassigned))


def ranked_funds(found: RankedUniverse | None = None) -> pd.DataFrame:
    """The ranked funds of the peer groups that stand for blocks, in the columns ``to_funds`` reads."""
    table = (found or ranked(draws=100)).ranking.table.rename_axis("ticker").reset_index()
    block = {group: name for name, group in PEER_GROUP.items() if group}
    rows = table.loc[table["group"].isin(block)].rename(columns={"group": "peer_group"})
    return rows.assign(block=rows["peer_group"].map(block))[list(COLUMNS)]


def _place(
    block: str, weight: float, table: pd.DataFrame, commodities: str
) -> tuple[Holding | None, Unassigned | None]:
    """The fund of a block, or where its weight goes without one."""
    if PEER_GROUP[block] is not None:
        line = _best(block, weight, table, "best_ranked")
        return (line, None) if line else (None, Unassigned(block, weight, "no_ranked_fund", "cash"))
    gold = _best("gold", weight, table, "in_place_of_commodities") if commodities == "gold" else None
    return gold, Unassigned(block, weight, "no_peer_group", "gold" if gold else "cash")


def _best(block: str, weight: float, table: pd.DataFrame, code: str) -> Holding | None:
    fits = (table["block"] == block) & (table["peer_group"] == PEER_GROUP[block])
    usable = fits & table["rank"].notna() & ~table["ticker"].isin(NOT_FOR.get(block, ()))
    rows = table.loc[usable].sort_values(["rank", "score", "ticker"])
    if rows.empty:
        return None
    first = rows.iloc[0]
    score = None if pd.isna(first["score"]) else float(first["score"])
    return Holding(str(first["ticker"]), block, weight, code, PEER_GROUP[block], float(first["rank"]), score)


def _factor_lines(funds: pd.Series | None, room: float) -> list[Holding]:
    if funds is None:
        return []
    lines = [
        Holding(
            str(ticker), "us_equity", decimal(f"factor_funds.{ticker}", weight, 0.0, 1.0), "factor_fund", *[None] * 3
        )
        for ticker, weight in funds.items()
    ]
    total = sum(line.weight for line in lines)
    if total > room + 1e-8:
        accepted = f"at most the weight of US equity, {room:g}"
        raise BadInput("bad_number", field="factor_funds", value=f"{total:g}", accepted=accepted)
    return [line for line in lines if line.weight > DUST]


def _checked(weights: pd.Series) -> dict[str, float]:
    held: dict[str, float] = {}
    for name, weight in weights.items():
        if name not in BLOCKS or name in held:
            raise BadInput("unknown_choice", field="weights", value=name, accepted=", ".join(BLOCKS))
        held[str(name)] = decimal(f"weights.{name}", weight, 0.0, 1.0)
    total = float(np.sum(list(held.values())))
    if abs(total - 1.0) > 1e-6:
        raise BadInput("bad_number", field="weights", value=f"{total:g}", accepted="weights that sum to 1")
    return held


def _ranked(ranked: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in ranked.columns]
    if missing:
        raise BadInput("wrong_labels", field="ranked", value=_listed(ranked.columns), accepted=", ".join(COLUMNS))
    twice = ranked.duplicated(["ticker", "block"])
    if twice.any():
        first = str(ranked.loc[twice, "ticker"].iloc[0])
        raise BadInput("wrong_form", field="ranked.ticker", value=first, accepted="each fund once in a block")
    for name in ("rank", "score"):
        if not pd.api.types.is_numeric_dtype(ranked[name]) or np.isinf(ranked[name].to_numpy(dtype=float)).any():
            raise BadInput(
                "wrong_form",
                field=f"ranked.{name}",
                value=str(ranked[name].dtype),
                accepted="a column of finite numbers",
            )
    return ranked


def _listed(labels: Any) -> str:
    return ", ".join(str(label) for label in labels)
