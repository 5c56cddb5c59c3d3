"""One question, one answer: screen, inputs, ranking and everything a page or the command line prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import pandas as pd

from engine.errors import BadInput
from engine.universe.cells import cell, row
from engine.universe.fragility import Reversal, Switch, reversals, switches
from engine.universe.funds import (
    FLOORS,
    STALE_MONTHS,
    TIES,
    Inputs,
    Kind,
    TrackingMeasure,
    Universe,
    inputs,
    stale,
    universe,
)
from engine.universe.score import CRITERIA, DEFAULT_WEIGHTS, DRAWS, REASON_SCORED, Ranking, rank
from engine.universe.screen import Screening, ScreenSettings, excluded_rows, screen

AMOUNTS = (
    "price", "assets", "dividend_yield", "dollar_volume", "volatility", "max_drawdown", "drawdown_2020", "drawdown_2022",
)  # fmt: skip


@dataclass(frozen=True)
class Best:
    """The winner of one group and who comes next.

    Attributes
    ----------
    estimates : tuple of str
        Criteria of the winner that are estimates: its place rests on them.
    """

    group: str
    size: int
    winner: str
    p_first: float
    runner_up: str
    runner_up_p_first: float
    estimates: tuple[str, ...]


@dataclass(frozen=True)
class FundRow:
    """What a table shows of one passing fund; decimals, USD, None where unknown.

    Attributes
    ----------
    standing : float or None
        One minus the score: 1 best of the group in everything, 0 worst.
    positions : dict
        Rank of each criterion within the group; None where the input is missing.
    kinds : dict
        Kind of each input.
    stale : tuple of str
        Fields older than their limit (12 months; spread 6).
    order_share : float or None
        Order size as a share of a day's dollar volume.
    """

    ticker: str
    name: str
    issuer: str
    asset_class: str
    region: str
    group: str
    rank: int | None
    score: float | None
    standing: float | None
    p_first: float | None
    p_top3: float | None
    rank_low: float | None
    rank_high: float | None
    positions: dict[str, float | None]
    inputs: dict[str, float | None]
    kinds: dict[str, str]
    stale: tuple[str, ...]
    price: float | None
    price_as_of: str
    assets: float | None
    age_years: float | None
    dividend_yield: float | None
    dollar_volume: float | None
    order_share: float | None
    volatility: float | None
    max_drawdown: float | None
    drawdown_2020: float | None
    drawdown_2022: float | None


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
            self.figures,
            self.ranking,
            group,
            errors=self.inputs.errors,
            log_errors=self.inputs.log_errors,
            ties=TIES,
            floors=FLOORS if self.tracking == "error" else None,
        )

    def reversals(self, group: str) -> tuple[Reversal, ...]:
        """What a fund that leaves, or an excluded fund that joins, would turn."""
        out = [t for t in self.screening.excluded if self.known.funds.at[t, "peer_group"] == group]
        return reversals(self.figures, self.ranking, group, self.inputs.figures.loc[out], ties=TIES)

    def order_share(self, ticker: str, amount: float) -> float | None:
        """Size of an order in USD as a share of the fund's dollar volume a day; None where volume is unknown."""
        volume = cell(self.known.funds, ticker, "dollar_volume")
        return None if pd.isna(volume) or volume <= 0 else float(amount / volume)

    def best(self) -> list[Best]:
        """One row a group that has a ranking."""
        guessed, found = self.rests_on_estimates, []
        for group, members in groupby(self.rows(), key=attrgetter("group")):
            rows = [item for item in members if item.rank is not None]
            if len(rows) > 1:
                first, second = rows[0], rows[1]
                ahead, behind = first.p_first or 0.0, second.p_first or 0.0
                found.append(Best(group, len(rows), first.ticker, ahead, second.ticker, behind, guessed[group]))
        return sorted(found, key=lambda item: self.groups.index(item.group))

    def rows(self, groups: Sequence[str] | None = None, *, order: float = 0.0) -> list[FundRow]:
        """Rows of the table, best first inside each group; ``order`` is the size of an order in USD."""
        table = self.ranking.table.rename_axis("ticker").reset_index()
        table = table.loc[table["group"].isin(self.groups if groups is None else list(groups))]
        placed = table.sort_values(["score", "p_first", "ticker"], ascending=[True, False, True])
        return [self._row(str(ticker), order) for ticker in placed.sort_values("group", kind="stable")["ticker"]]

    def _row(self, ticker: str, order: float) -> FundRow:
        placed, fund = row(self.ranking.table, ticker), row(self.known.funds, ticker)
        told = self.inputs.of(ticker, self.today)
        known = placed["reason"] == REASON_SCORED
        numbers: dict[str, Any] = {
            name: _maybe(placed[name]) for name in ("score", "p_first", "p_top3", "rank_low", "rank_high")
        }
        texts: dict[str, Any] = {name: str(fund[name]) for name in ("name", "issuer", "asset_class", "region")}
        amounts: dict[str, Any] = {name: _maybe(fund[name]) for name in AMOUNTS}
        born = fund["inception_date"]
        old = [name for name, item in told.items() if item["stale"]]
        if stale(str(fund["price_as_of"]), STALE_MONTHS["price"], self.today):
            old.append("price")
        return FundRow(
            ticker=ticker,
            group=str(placed["group"]),
            rank=int(placed["rank"]) if known else None,
            standing=None if numbers["score"] is None else 1 - numbers["score"],
            positions={
                name: _maybe(cell(self.ranking.ranks, ticker, name)) if told[name]["kind"] != Kind.MISSING else None
                for name in CRITERIA
            },
            inputs={name: item["value"] for name, item in told.items()},
            kinds={name: item["kind"] for name, item in told.items()},
            stale=tuple(old),
            price_as_of=str(fund["price_as_of"]),
            age_years=None if pd.isna(born) else (pd.Timestamp(self.today) - born).days / 365.25,
            order_share=self.order_share(ticker, order) if order else None,
            **texts,
            **amounts,
            **numbers,
        )

    def fund(self, ticker: str) -> dict[str, Any]:
        """One row of ``universe rank``."""
        placed = row(self.ranking.table, ticker)
        known = placed["reason"] == REASON_SCORED
        return {
            "ticker": ticker,
            "name": str(cell(self.known.funds, ticker, "name")),
            "group": str(placed["group"]),
            "score": float(placed["score"]) if known else None,
            "raw_score": float(placed["raw_score"]) if known else None,
            "rank": int(placed["rank"]) if known else None,
            "p_first": float(placed["p_first"]) if known else None,
            "p_top3": float(placed["p_top3"]) if known else None,
            "rank_interval": [float(placed["rank_low"]), float(placed["rank_high"])] if known else None,
            "not_scored": str(placed["reason"]) or None,
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
class TrackingEffect:
    """What the other measure of tracking would change: funds whose rank moves, groups whose winner changes."""

    moved: tuple[Moved, ...]
    scored: int
    winners: dict[str, tuple[str, str]]


def tracking_effect(found: RankedUniverse) -> TrackingEffect:
    """The same ranking on the other measure of tracking."""
    other: TrackingMeasure = "difference" if found.tracking == "error" else "error"
    after = ranked(
        found.ranking.weights,
        settings=found.screening.settings,
        tracking=other,
        measured_only=found.measured_only,
        known=found.known,
        draws=found.ranking.draws,
        today=found.today,
    )
    winners = {group: (found.ranking.winner(group), after.ranking.winner(group)) for group in found.groups}
    changed = {group: (a, b) for group, (a, b) in winners.items() if a and b and a != b}
    return TrackingEffect(moved(found, after), len(found.ranking.scored), changed)


@dataclass(frozen=True)
class Moved:
    """A fund's rank under two settings."""

    ticker: str
    group: str
    before: int | None
    after: int | None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


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


def _maybe(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _place(ranks: pd.Series, ticker: object) -> int | None:
    place: Any = ranks.get(ticker)
    return None if place is None or pd.isna(place) else int(place)
