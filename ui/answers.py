"""Engine calls that pages make, kept per snapshot and question.

An uploaded line belongs to one session, so questions about it are asked anew and never kept
where another session could meet them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from engine import crises, universe
from engine.crises import Crisis, CrisisReport
from engine.performance import Performance, summary
from engine.sources import Line, status
from engine.world import equilibrium, evidence, utility
from engine.world.blocks import Assumptions, BlockWeights, assumptions, blocks
from engine.world.holding import HoldingShare, holding_periods
from engine.world.simulate import Simulation, simulate
from engine.world.statics import MarketMap
from engine.world.statics import market_map as _map
from ui.context import Context


def crisis_reports(
    ctx: Context, asked: Sequence[Crisis], ids: Sequence[str], own: Sequence[Line] = (), *, currency: str = ""
) -> list[CrisisReport]:
    """Every line in every crisis asked for, in the context's currency unless another is named."""
    question = (ctx.snapshot, tuple(asked), tuple(ids), ctx.benchmark, currency or ctx.currency)
    if own:
        lines = [*crises.choose_lines(ids), *own]
        return crises.report(asked, lines, benchmark=ctx.benchmark, currency=currency or ctx.currency)
    return _reports(*question)


@st.cache_data(max_entries=128, show_spinner=False)
def _reports(
    snapshot: str, asked: tuple[Crisis, ...], ids: tuple[str, ...], benchmark: str, currency: str
) -> list[CrisisReport]:
    return crises.report(asked, crises.choose_lines(ids), benchmark=benchmark, currency=currency)


def ranked_universe(ctx: Context, asked: Any, known: universe.Universe | None = None) -> universe.RankedUniverse:
    """The universe screened and ranked; with own or live rows it is asked anew and never kept."""
    if known is not None:
        return _rank(asked, known)
    return _ranked(ctx.snapshot, asked, date.today())


def _rank(asked: Any, known: universe.Universe | None = None) -> universe.RankedUniverse:
    return universe.ranked(
        dict(asked.weights),
        settings=asked.screen,
        tracking=asked.tracking,
        measured_only=asked.measured_only,
        known=known,
    )


@st.cache_resource(max_entries=24, show_spinner=False)
def _ranked(snapshot: str, asked: Any, today: date) -> universe.RankedUniverse:
    return _rank(asked)


def tracking_effect(ctx: Context, asked: Any, known: universe.Universe | None = None) -> universe.TrackingEffect:
    """What the other measure of tracking would change."""
    if known is not None:
        return universe.tracking_effect(ranked_universe(ctx, asked, known))
    return _effect(ctx.snapshot, asked, date.today())


@st.cache_data(max_entries=24, show_spinner=False)
def _effect(snapshot: str, asked: Any, today: date) -> universe.TrackingEffect:
    return universe.tracking_effect(_ranked(snapshot, asked, today))


def stand_ins(found: universe.RankedUniverse, ticker: str) -> universe.Substitutes:
    """Cheaper shares in place of one fund."""
    return universe.substitutes(found.known, ticker, found.screening.passing)


@st.cache_data(max_entries=4, show_spinner=False)
def scorecards(snapshot: str) -> tuple[evidence.Scorecard, ...]:
    """Published shares of active funds behind their index."""
    return evidence.spiva()


@st.cache_data(max_entries=4, show_spinner=False)
def bet(snapshot: str) -> evidence.Bet:
    """The bet of 2008 to 2017."""
    return evidence.buffett()


@st.cache_data(max_entries=4, show_spinner=False)
def claims(snapshot: str) -> tuple[evidence.Claim, ...]:
    """What the article claims and what was found."""
    return evidence.claims()


@st.cache_data(max_entries=4, show_spinner=False)
def fund_status(snapshot: str) -> tuple[evidence.FundStatus, ...]:
    """Whether the two funds are active by their filings."""
    return evidence.fund_status()


@st.cache_data(max_entries=8, show_spinner=False)
def holding(snapshot: str, currency: str) -> tuple[HoldingShare, ...]:
    """Share of holding periods with a gain."""
    return holding_periods(currency)


@st.cache_data(max_entries=64, show_spinner=False)
def market_map(asked: Any) -> MarketMap:
    """Where the uninformed hold the market; ``asked`` is hashable and gives the inputs."""
    return _map(asked.inputs())


@st.cache_data(max_entries=16, show_spinner=False)
def simulation(asked: Any, seed: int) -> Simulation:
    """The equilibrium played out."""
    return simulate(equilibrium.solve_inputs(asked.inputs()), seed=seed)


@dataclass(frozen=True, eq=False)
class WorldFrontier:
    """The frontier of the blocks for a risk aversion, the world portfolio beside it, and what both rest on.

    ``implied`` are the expected returns a year, by block, under which the world portfolio would be best.
    """

    assumptions: Assumptions
    market: BlockWeights
    frontier: utility.Frontier
    implied: dict[str, float]


@st.cache_resource(max_entries=24, show_spinner=False)
def world_frontier(snapshot: str, gamma: float) -> WorldFrontier:
    """The frontier under one manager's assumptions; loads the solver, so only when it is asked for."""
    assumed, market = assumptions(), blocks()
    expected, spread = assumed.expected_return, assumed.covariance
    curve = utility.frontier(expected, spread, gamma, portfolios={"world": market.weights})
    implied = utility.implied_returns(market.weights, spread, gamma, assumed.cash_return)
    return WorldFrontier(assumed, market, curve, dict(zip(assumed.blocks, implied.tolist(), strict=True)))


def performance(ctx: Context, ids: Sequence[str]) -> list[Performance]:
    """Figures of registered lines over the context's period."""
    return _performance(ctx.snapshot, tuple(ids), ctx.benchmark, ctx.since, ctx.currency)


@st.cache_data(max_entries=64, show_spinner=False)
def _performance(
    snapshot: str, ids: tuple[str, ...], benchmark: str, since: date | None, currency: str
) -> list[Performance]:
    return summary(ids, benchmark=benchmark, since=since, currency=currency)


@st.cache_data(max_entries=4, show_spinner=False)
def data_status(snapshot: str) -> list[dict[str, object]]:
    """One row per data set."""
    return status()
