"""One question, one answer: screen, inputs, ranking and everything a page or the command line prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from engine.errors import BadInput
from engine.universe.cells import cell
from engine.universe.fragility import Reversal, Switch, reversals, switches
from engine.universe.funds import TIES, Inputs, Kind, TrackingMeasure, Universe, inputs, universe
from engine.universe.score import CRITERIA, DEFAULT_WEIGHTS, DRAWS, REASON_SCORED, Ranking, rank
from engine.universe.screen import Screening, ScreenSettings, excluded_rows, screen


@dataclass(frozen=True, eq=False)
class RankedUniverse:
    """Passing funds ranked within their peer groups.

    Attributes
    ----------
    rests_on_estimates : dict of group to tuple of criteria
        Criteria of the group's winner that are estimates.
    """

    known: Universe
    screening: Screening
    inputs: Inputs
    ranking: Ranking
    tracking: TrackingMeasure
    measured_only: bool
    today: date

    @property
    def figures(self) -> pd.DataFrame:
        """Inputs of the passing funds."""
        return self.inputs.figures.loc[list(self.screening.passing)]

    @property
    def groups(self) -> list[str]:
        """Groups with a passing fund, in the order of the table."""
        return list(dict.fromkeys(self.ranking.table["group"]))

    @property
    def counts(self) -> dict[str, int]:
        """Inputs of each kind that the ranking rests on."""
        return self.inputs.counts(list(self.screening.passing))

    @property
    def scored_share(self) -> float:
        return float((self.ranking.table["reason"] == REASON_SCORED).mean())

    @property
    def rests_on_estimates(self) -> dict[str, tuple[str, ...]]:
        found = {}
        for group in self.groups:
            first = self.ranking.winner(group)
            if first:
                kinds = self.inputs.kinds.loc[first]
                found[group] = tuple(name for name in CRITERIA if kinds[name] == str(Kind.ESTIMATED))
        return found

    def switches(self, group: str) -> tuple[Switch, ...]:
        """What would change the winner of a group."""
        return switches(
            self.figures, self.ranking, group, errors=self.inputs.errors, log_errors=self.inputs.log_errors, ties=TIES
        )

    def reversals(self, group: str) -> tuple[Reversal, ...]:
        """What a fund that leaves, or an excluded fund that joins, would turn."""
        out = [t for t in self.screening.excluded if self.known.funds.at[t, "peer_group"] == group]
        return reversals(self.figures, self.ranking, group, self.inputs.figures.loc[out], ties=TIES)

    def order_share(self, ticker: str, amount: float) -> float | None:
        """Size of an order in USD as a share of the fund's dollar volume a day; None where volume is unknown."""
        volume = cell(self.known.funds, ticker, "dollar_volume")
        return None if pd.isna(volume) or volume <= 0 else float(amount / volume)

    def fund(self, ticker: str) -> dict[str, Any]:
        """One row of ``universe rank``."""
        row: Any = self.ranking.table.loc[ticker]
        known = row["reason"] == REASON_SCORED
        return {
            "ticker": ticker,
            "name": str(cell(self.known.funds, ticker, "name")),
            "group": str(row["group"]),
            "score": float(row["score"]) if known else None,
            "raw_score": float(row["raw_score"]) if known else None,
            "rank": int(row["rank"]) if known else None,
            "p_first": float(row["p_first"]) if known else None,
            "p_top3": float(row["p_top3"]) if known else None,
            "rank_interval": [float(row["rank_low"]), float(row["rank_high"])] if known else None,
            "not_scored": str(row["reason"]) or None,
            "inputs": self.inputs.of(ticker, self.today),
        }

    def to_dict(self, group: str | None = None) -> dict[str, Any]:
        """``universe rank``: funds best first inside their groups, and what was excluded."""
        groups = self.groups if group is None else [self.require_group(group)]
        table = self.ranking.table.rename_axis("ticker").reset_index()
        rows = table.loc[table["group"].isin(groups)].sort_values(
            ["group", "score", "p_first", "ticker"], ascending=[True, True, False, True]
        )
        return {
            "weights": self.ranking.weights,
            "tracking": self.tracking,
            "measured_only": self.measured_only,
            "draws": self.ranking.draws,
            "seed": self.ranking.seed,
            "today": self.today.isoformat(),
            "inputs_of_each_kind": self.counts,
            "scored_share": self.scored_share,
            "winners_resting_on_estimates": {
                name: list(kinds) for name, kinds in self.rests_on_estimates.items() if kinds and name in groups
            },
            "funds": [self.fund(str(ticker)) for ticker in rows["ticker"]],
            "excluded": excluded_rows(self.screening),
        }

    def require_group(self, group: str) -> str:
        """The group's code.

        Raises
        ------
        BadInput
            No passing fund is in it.
        """
        if group not in self.groups:
            raise BadInput("unknown_group", field="group", value=group, accepted=", ".join(self.groups))
        return group


def ranked(
    weights: Mapping[str, float] = DEFAULT_WEIGHTS,
    *,
    settings: ScreenSettings | None = None,
    tracking: TrackingMeasure = "error",
    measured_only: bool = False,
    known: Universe | None = None,
    draws: int = DRAWS,
    today: date | None = None,
) -> RankedUniverse:
    """Screen the universe, then rank what passes within its peer groups.

    Parameters
    ----------
    weights : mapping
        Of the five criteria; divided by their sum.
    tracking : {"error", "difference"}
    measured_only : bool
        Rank on measured inputs only; a fund with fewer than three of them is not scored.
    known : Universe, optional
        With own rows; the snapshot's universe without it.
    """
    day = today or date.today()
    funds = known or universe()
    screening = screen(funds, settings, day)
    if not screening.passing:
        raise BadInput("no_funds", field="screen", value="0 of " + str(len(funds.funds)))
    used = inputs(funds, tracking=tracking, measured_only=measured_only)
    passing = list(screening.passing)
    table = used.figures.loc[passing].assign(group=funds.funds.loc[passing, "peer_group"])
    ranking = rank(table, weights, errors=used.errors, log_errors=used.log_errors, ties=TIES, draws=draws)
    return RankedUniverse(funds, screening, used, ranking, tracking, measured_only, day)


@dataclass(frozen=True)
class Moved:
    """A fund's rank under two settings."""

    ticker: str
    group: str
    before: int | None
    after: int | None


def moved(before: RankedUniverse, after: RankedUniverse) -> tuple[Moved, ...]:
    """Funds whose rank differs between two answers; None where not scored."""
    one, two = before.ranking.table["rank"], after.ranking.table["rank"]
    rows = []
    for ticker in before.ranking.table.index.union(after.ranking.table.index, sort=False):
        a, b = _place(one, ticker), _place(two, ticker)
        if a != b:
            table = (after if ticker in after.ranking.table.index else before).ranking.table
            rows.append(Moved(str(ticker), str(table.at[ticker, "group"]), a, b))
    return tuple(rows)


def _place(ranks: pd.Series, ticker: object) -> int | None:
    place: Any = ranks.get(ticker)
    return None if place is None or pd.isna(place) else int(place)
