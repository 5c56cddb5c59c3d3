"""Engine calls that pages make, kept per snapshot and question.

An uploaded line belongs to one session, so questions about it are asked anew and never kept
where another session could meet them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from engine import crises
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
