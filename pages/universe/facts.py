"""Figures of the page that a story may name."""

from __future__ import annotations

from collections.abc import Sequence

from engine.universe import FundRow, RankedUniverse
from pages.universe import words
from ui.context import Context
from ui.format import percent, whole
from ui.record import Fact


def group(ctx: Context, found: RankedUniverse, code: str, rows: Sequence[FundRow]) -> dict[str, Fact]:
    """The leader of a peer group and how sure its place is."""
    scored = [row for row in rows if row.rank is not None]
    named = {"group": Fact(code, words.group(ctx.t, code)), "group_funds": Fact(len(scored), whole(len(scored)))}
    if not scored:
        return named
    first = scored[0]
    fees = [fee for row in scored if (fee := row.inputs.get("fee")) is not None]
    return named | {
        "leader": Fact(first.ticker, first.ticker),
        "leader_sure": Fact(first.p_first, percent(first.p_first, 0), "model"),
        "leader_fee": Fact(first.inputs.get("fee"), percent(first.inputs.get("fee"), 2), "reported"),
        "dearest_fee": Fact(max(fees, default=None), percent(max(fees, default=None), 2), "reported"),
    }


def whole_universe(found: RankedUniverse) -> dict[str, Fact]:
    """Funds looked at, left out and ranked."""
    scored, passing = len(found.ranking.scored), len(found.screening.passing)
    return {"scored": Fact(scored, whole(scored)), "passing": Fact(passing, whole(passing))}
