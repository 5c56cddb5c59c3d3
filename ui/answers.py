"""Engine calls that pages make, kept per snapshot and question.

An uploaded line belongs to one session, so questions about it are asked anew and never kept
where another session could meet them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from engine import allocation, crises, universe
from engine.crises import Crisis, CrisisReport
from engine.performance import Performance, summary
from engine.sources import Line, status
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
