"""The universe with newer prices, fees, spreads, top tens and turnover from Yahoo, for this session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.sources import load
from engine.sources.yahoo import CellFinding, Failure, FundFacts, fund_facts, merge_facts
from engine.universe.funds import Universe, universe, with_facts


@dataclass(frozen=True, eq=False)
class Refreshed:
    """A refreshed universe and everything that was done to it.

    Attributes
    ----------
    changes : tuple of CellFinding
        Every cell that was changed, kept or refused, with its old and new value.
    failures : dict of ticker to Failure
        Funds that could not be read; their old figures stand.
    """

    known: Universe
    changes: tuple[CellFinding, ...]
    failures: dict[str, Failure]
    read_at: datetime

    def count(self, *outcomes: str) -> int:
        """Cells with one of these outcomes."""
        return sum(str(item.kind) in outcomes for item in self.changes)


def refresh(
    tickers: Sequence[str] | None = None, *, session: Any = None, progress: Callable[[int, int], object] | None = None
) -> Refreshed:
    """Read facts of funds from Yahoo and put what is better in place of what is known.

    Raises
    ------
    SourceUnavailable
        Nothing could be read; the universe stays as it was.
    """
    asked = list(universe().funds.index) if tickers is None else list(tickers)
    return merged(fund_facts(asked, session=session, progress=progress))


def merged(facts: FundFacts) -> Refreshed:
    """The universe with these facts merged into its table."""
    table, changes = merge_facts(load("etf_universe").frame, facts)
    return Refreshed(with_facts(table), tuple(changes), dict(facts.failures), datetime.now(UTC))
