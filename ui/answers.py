"""Engine calls that pages make, kept per snapshot and question.

An uploaded line belongs to one session, so questions about it are asked anew and never kept
where another session could meet them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from engine import crises, universe
from engine.crises import Crisis, CrisisReport
from engine.performance import Performance, summary
from engine.sources import Line, status
from engine.universe import OwnFunds
from engine.world import blocks, sizes, studies
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


def ranked_universe(ctx: Context, asked: Any, own: OwnFunds | None = None) -> universe.RankedUniverse:
    """The universe screened and ranked; with own rows it is asked anew and never kept."""
    if own is not None:
        return _rank(asked, universe.with_own(universe.universe(), own))
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


def tracking_effect(ctx: Context, asked: Any, own: OwnFunds | None = None) -> universe.TrackingEffect:
    """What the other measure of tracking would change."""
    if own is not None:
        return universe.tracking_effect(ranked_universe(ctx, asked, own))
    return _effect(ctx.snapshot, asked, date.today())


@st.cache_data(max_entries=24, show_spinner=False)
def _effect(snapshot: str, asked: Any, today: date) -> universe.TrackingEffect:
    return universe.tracking_effect(_ranked(snapshot, asked, today))


def stand_ins(found: universe.RankedUniverse, ticker: str) -> universe.Substitutes:
    """Cheaper shares in place of one fund."""
    return universe.substitutes(found.known, ticker, found.screening.passing)


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
