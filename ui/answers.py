"""Engine calls that pages make, kept per snapshot and question.

An uploaded line belongs to one session, so questions about it are asked anew and never kept
where another session could meet them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from engine import allocation, crises, overview, universe
from engine.crises import Crisis, CrisisReport
from engine.performance import Performance
from engine.sources import Line, due, status
from engine.sources.due import Behind
from engine.world import blocks, equilibrium, evidence, sizes, studies, utility
from engine.world.blocks import Assumptions, BlockWeights, assumptions
from engine.world.holding import HoldingShare, holding_periods
from engine.world.simulate import Simulation, simulate
from engine.world.statics import MarketMap
from engine.world.statics import market_map as _map
from ui.context import Context

if TYPE_CHECKING:
    from engine.health import Evidence, Health, Noted
    from engine.momentum import Config, Signals, StockPanel
    from engine.momentum.live import LiveRecord
    from engine.momentum.views import View
    from engine.refresh import Attempt
    from engine.store import Manifest, TableDiff
    from engine.world.implement import ModelPortfolio
    from engine.world.tilt import Tilted


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
    assumed, market = assumptions(), blocks.blocks()
    expected, spread = assumed.expected_return, assumed.covariance
    curve = utility.frontier(expected, spread, gamma, portfolios={"world": market.weights})
    implied = utility.implied_returns(market.weights, spread, gamma, assumed.cash_return)
    return WorldFrontier(assumed, market, curve, dict(zip(assumed.blocks, implied.tolist(), strict=True)))


@dataclass(frozen=True, eq=False)
class Enhanced:
    """A tilted portfolio, the market and assumptions it rests on, and the funds it becomes."""

    tilted: Tilted
    market: BlockWeights
    assumptions: Assumptions
    funds: ModelPortfolio


@st.cache_resource(max_entries=48, show_spinner=False)
def enhanced(snapshot: str, wishes: str) -> Enhanced:
    """The market with these wishes (a JSON object); loads the solver, so only where it is asked for."""
    from engine.world.implement import ranked_funds, to_funds
    from engine.world.tilt import tilt
    from engine.world.wishes import Wishes

    market, assumed = blocks.blocks(), assumptions()
    found = tilt(
        Wishes.from_dict(json.loads(wishes)),
        market.weights,
        assumed.covariance,
        assumed.expected_return,
        riskless=assumed.cash_return,
    )
    return Enhanced(found, market, assumed, to_funds(found.weights, ranked_funds(), factor_funds=found.funds))


def headline(ctx: Context, line_id: str, fee: float) -> overview.Headline:
    """One registered line against the context's benchmark, after a fee."""
    return _headline(ctx.snapshot, line_id, ctx.benchmark, ctx.since, ctx.currency, fee)


@st.cache_data(max_entries=128, show_spinner=False)
def _headline(
    snapshot: str, line_id: str, benchmark: str, since: date | None, currency: str, fee: float
) -> overview.Headline:
    return overview.headline(line_id, benchmark=benchmark, since=since, currency=currency, fee=fee)


def beside(ctx: Context, line_id: str, others: Sequence[str], fee: float) -> list[Performance]:
    """The line after the fee, and others, over the context's period."""
    return _beside(ctx.snapshot, line_id, tuple(others), ctx.benchmark, ctx.since, ctx.currency, fee)


@st.cache_data(max_entries=64, show_spinner=False)
def _beside(
    snapshot: str,
    line_id: str,
    others: tuple[str, ...],
    benchmark: str,
    since: date | None,
    currency: str,
    fee: float,
) -> list[Performance]:
    return overview.beside(line_id, others, benchmark=benchmark, since=since, currency=currency, fee=fee)


def today(ctx: Context) -> overview.Today:
    """Highest scores and the basket of the small account; made anew only where their tables changed."""
    return _today(ctx.snapshot)


@st.cache_data(max_entries=4, show_spinner=False)
def _today(snapshot: str) -> overview.Today:
    return overview.today()


@st.cache_data(max_entries=4, show_spinner=False)
def data_status(snapshot: str) -> list[dict[str, object]]:
    """One row per data set."""
    return status()


@st.cache_data(max_entries=64, show_spinner=False)
def behind(snapshot: str, names: tuple[str, ...], today: date) -> list[Behind]:
    """Data sets that end before they should on that day."""
    return due.behind(names, today)


def refresh_attempts() -> list[Attempt]:
    """Every attempt to refresh, the latest first; read anew each time, since other processes write there too."""
    from engine.refresh import attempts  # the store is loaded where it is asked for

    return attempts()


def stored_snapshots() -> list[Manifest]:
    """Snapshots of the store, the newest first; read anew each time."""
    from engine.refresh import history

    return history()[::-1]


@st.cache_data(max_entries=16, show_spinner=False)
def vintage_difference(old: str, new: str) -> list[TableDiff]:
    """What changed in the stored tables between two snapshots, which never change themselves."""
    from engine.refresh import difference

    return difference(old, new)


@st.cache_data(max_entries=256, show_spinner=False)
def _world(snapshot: str, asked: Any) -> sizes.WorldWeights:
    return sizes.weights(asked.date, asked.vintage, **_world_options(asked))


def _world_options(asked: Any) -> dict[str, Any]:
    return {"scopes": asked.scope, "include": asked.include, "pair": asked.pair, "indicators": asked.indicators}


def world(ctx: Context, asked: Any) -> sizes.WorldWeights:
    """Market weights of a day."""
    return _world(ctx.snapshot, asked)


def world_by_scope(ctx: Context, asked: Any) -> dict[str, sizes.WorldWeights]:
    """Market weights in every scope, each on its own latest day, in hindsight and with the four classes."""
    plain = replace(asked, date=None, vintage=False, include=(), indicator="none")
    return {code: _world(ctx.snapshot, replace(plain, scope=code)) for code in sizes.SCOPE_SETS}


def world_by_pair(ctx: Context, asked: Any, day: date, pairs: Sequence[str]) -> list[sizes.WorldWeights]:
    """Market weights of a day with other pairs of indices behind infrastructure, in hindsight."""
    return [_world(ctx.snapshot, replace(asked, vintage=False, date=day, pair=pair)) for pair in pairs]


def world_paths(ctx: Context, asked: Any) -> dict[str, sizes.SizePath]:
    """Sizes over time, whatever day was asked for."""
    return _world_paths(ctx.snapshot, replace(asked, date=None))


@st.cache_resource(max_entries=64, show_spinner=False)
def _world_paths(snapshot: str, asked: Any) -> dict[str, sizes.SizePath]:
    days = sizes.path_dates(asked.scope, asked.include)
    return sizes.world_paths(days, vintage=asked.vintage, **_world_options(asked))


def world_gaps(ctx: Context, asked: Any) -> dict[str, Any]:
    """What was known beside what is known now, over time."""
    return _world_gaps(ctx.snapshot, replace(asked, date=None))


@st.cache_data(max_entries=64, show_spinner=False)
def _world_gaps(snapshot: str, asked: Any) -> dict[str, Any]:
    return dict(sizes.hindsight_gaps(sizes.path_dates(asked.scope, asked.include), **_world_options(asked)))


def world_beside(ctx: Context, asked: Any) -> tuple[studies.Beside, ...]:
    """Weights of a day beside published studies."""
    return _world_beside(ctx.snapshot, asked)


@st.cache_data(max_entries=64, show_spinner=False)
def _world_beside(snapshot: str, asked: Any) -> tuple[studies.Beside, ...]:
    return studies.beside(asked.date, vintage=asked.vintage, **_world_options(asked))


def world_blocks(ctx: Context, asked: Any) -> blocks.BlockWeights:
    """Weights over the look-through blocks, in hindsight."""
    return _world_blocks(ctx.snapshot, asked)


@st.cache_data(max_entries=64, show_spinner=False)
def _world_blocks(snapshot: str, asked: Any) -> blocks.BlockWeights:
    gold = "gold" in asked.include
    return blocks.blocks(asked.date, scopes=asked.scope, gold=gold, pair=asked.pair, indicators=asked.indicators)


def weights(rows: Sequence[tuple[str, float]]) -> pd.Series:
    """A model portfolio from ticker and weight."""
    return pd.Series(dict(rows), name="weight", dtype=float)


def allocation_answer(ctx: Context, asked: Any) -> allocation.Answer:
    """Whole shares for one account; amounts and holdings stay with the session that asked."""
    return _allocated(ctx.snapshot, asked)


@st.cache_resource(max_entries=12, show_spinner=False, scope="session")
def _allocated(snapshot: str, asked: Any) -> allocation.Answer:
    return allocation.answer(asked.question())


def allocation_variants(ctx: Context, asked: Any, universes: Sequence[str]) -> list[allocation.Variant]:
    """The same question asked of each universe."""
    return [_variant(ctx.snapshot, replace(asked, universe=name)) for name in universes]


@st.cache_resource(max_entries=24, show_spinner=False, scope="session")
def _variant(snapshot: str, asked: Any) -> allocation.Variant:
    return allocation.variant(asked.question())


def allocation_curve(ctx: Context, asked: Any) -> tuple[allocation.Point, ...]:
    """The question at 25 sizes of account; what is held and the amount itself do not count."""
    return _curve(ctx.snapshot, replace(asked, account="1000", currency="USD", fx="", holdings=()))


@st.cache_resource(max_entries=6, show_spinner=False, scope="session")
def _curve(snapshot: str, asked: Any) -> tuple[allocation.Point, ...]:
    return allocation.curve(asked.question().case)


@st.cache_resource(max_entries=6, show_spinner=False, scope="session")
def _rates(snapshot: str, asked: Any) -> tuple[allocation.RatePoint, ...]:
    asking = asked.question()
    return allocation.rate_sensitivity(asking.case, asking.account_usd * asking.fx)


def allocation_rates(ctx: Context, asked: Any) -> tuple[allocation.RatePoint, ...]:
    """The same won at exchange rates from 1,100 to 1,600 won a dollar."""
    return _rates(ctx.snapshot, asked)


def allocation_plan(ctx: Context, asked: Any, monthly: float, months: int) -> tuple[allocation.Month, ...]:
    """Buying only, month by month; ``monthly`` in dollars."""
    return _plan(ctx.snapshot, asked, monthly, months)


@st.cache_resource(max_entries=6, show_spinner=False, scope="session")
def _plan(snapshot: str, asked: Any, monthly: float, months: int) -> tuple[allocation.Month, ...]:
    return allocation.contributions(asked.question().case, monthly, months)


def allocation_tickers(ctx: Context) -> list[str]:
    """Tickers that can be asked for or forbidden."""
    return _tickers(ctx.snapshot)


@st.cache_data(max_entries=2, show_spinner=False)
def _tickers(snapshot: str) -> list[str]:
    return sorted(allocation.funds("all").tickers)


def won_rate(ctx: Context) -> tuple[float, str]:
    """Won a dollar and its date."""
    return _won_rate(ctx.snapshot)


@st.cache_data(max_entries=2, show_spinner=False)
def _won_rate(snapshot: str) -> tuple[float, str]:
    return allocation.rate()


def shares(rows: Sequence[tuple[str, object]]) -> pd.Series:
    """Holdings as the engine takes them; the numbers are checked there."""
    return pd.Series([value for _, value in rows], index=[name for name, _ in rows], name="shares")


def data_health(ctx: Context) -> Health:
    """Lights, holes and findings of the snapshot on this day."""
    return _health(ctx.snapshot, date.today())


@st.cache_resource(max_entries=4, show_spinner=False)
def _health(snapshot: str, today: date) -> Health:
    from engine.health import health

    return health(snapshot, today)


def health_evidence(ctx: Context, noted: Noted | None) -> Evidence | None:
    """The figures around a finding of the snapshot; None where it is about no single series."""
    return None if noted is None else _evidence(ctx.snapshot, noted)


@st.cache_resource(
    max_entries=64, show_spinner=False, hash_funcs={"engine.health.report.Noted": lambda noted: noted.id}
)
def _evidence(snapshot: str, noted: Noted) -> Evidence | None:
    from engine.health import evidence

    return evidence(noted, snapshot)


def momentum(ctx: Context, asked: Config, own: StockPanel | None = None, token: str = "") -> View:
    """A momentum fund; on a reader's own panel (``token`` tells its files apart) the answer stays with the session."""
    return _momentum(ctx.snapshot, asked) if own is None else _own_momentum(ctx.snapshot, asked, token, own)


@st.cache_resource(max_entries=12, show_spinner=False)
def _momentum(snapshot: str, asked: Config) -> View:
    return _fund(asked, None, _momentum_signals(snapshot, replace(asked, cost_bps=0.0)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _momentum_signals(snapshot: str, asked: Config) -> Signals:
    """Ranks, which no cost changes; the networks behind some of them take their time."""
    from engine.momentum import factors, panel, signals

    return signals(panel(asked.panel), factors(), asked)


@st.cache_resource(max_entries=3, show_spinner=False, scope="session")
def _own_momentum(snapshot: str, asked: Config, token: str, _own: StockPanel) -> View:
    return _fund(asked, _own, None)


def _fund(asked: Config, panel: StockPanel | None, decided: Signals | None) -> View:
    from engine.momentum import run
    from engine.momentum.views import View

    return View(run(asked, panel, decided=decided))


@st.cache_data(max_entries=4, show_spinner=False)
def live_momentum(snapshot: str) -> LiveRecord:
    """The real fund beside the momentum ETF and the index fund."""
    from engine.momentum.live import live_record

    return live_record()


@st.cache_data(max_entries=4, show_spinner=False)
def momentum_panels(snapshot: str) -> tuple[str, ...]:
    """Panels that a momentum fund can be run on."""
    from engine.momentum.views import panels

    return panels()
