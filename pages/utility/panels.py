"""Parts of the page that answer on demand: the simulation, the questionnaire, the frontier."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import streamlit as st

from engine.world import questionnaire
from engine.world.equilibrium import Equilibrium
from engine.world.questionnaire import QUESTIONS, RiskAversion
from engine.world.simulate import MAX_SEED, SEED, STATES
from pages.utility import charts, tables, words
from pages.utility.controls import Asked
from ui import answers, render, url
from ui.context import Context

MIDDLE = questionnaire.gamma_from_score(questionnaire.MOST // 2)
"""Risk aversion of the frontier until the questions are answered."""


def simulation(ctx: Context, asked: Asked, found: Equilibrium) -> None:
    """The equilibrium played out, if the reader asks for it."""
    t = ctx.t
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if not url.flag(st.toggle, "simulate", t("utility.simulation_run", states=f"{STATES:,}")):
            return
        seed = url.number(
            st.number_input, "sim_seed", t("utility.simulation_seed"), float(SEED), low=0.0, high=float(MAX_SEED),
            step=1.0, format="%.0f", help=t("utility.simulation_seed_help"), width=200,
        )  # fmt: skip
    done = answers.simulation(asked, int(seed))
    rows = tables.simulation(t, found, done)
    render.say(words.simulated(t, done, tables.deviations(t, rows)), "simulated")
    if done.worst > words.FAR:
        st.warning(t("utility.simulation_far"), icon=":material/warning:")
    shown = render.frame(rows)
    note = f"{words.simulation_note(t, done)} {t('utility.basis')}"
    render.table(shown, {}, t("utility.simulation"), key="simulation", note=note)
    render.csv_button(shown, "simulation", t)


def risk_aversion(ctx: Context) -> RiskAversion | None:
    """Six questions and what the answers come to; None until all are answered."""
    t = ctx.t
    given = _ask(ctx)
    told = questionnaire.risk_aversion(given) if len(given) == len(QUESTIONS) else None
    left, right = st.columns(2)
    with left:
        if told is None:
            st.info(words.left(t, given), icon=":material/info:")
        else:
            _say(ctx, told)
    with right:
        rows = questionnaire.mapping()
        render.show(charts.mapping(t, rows, told), render.frame(tables.mapping(t, rows)), t)
    return told


def _ask(ctx: Context) -> Mapping[str, str]:
    """The answers given so far. The widgets keep nothing: no address, no link, no state that outlives a visit."""
    t = ctx.t
    given: dict[str, str | None] = {}
    with st.grid(min_column_width=320):
        for question in QUESTIONS:
            given[question.code] = st.radio(
                t(f"utility.ask_{question.code}"), [answer.code for answer in question.answers], index=None,
                format_func=lambda code: t(f"utility.answer_{code}"), key=f"utility-ask-{question.code}",
            )  # fmt: skip
    return {code: answer for code, answer in given.items() if answer is not None}


def _say(ctx: Context, told: RiskAversion) -> None:
    render.cards("risk-aversion", words.gamma_cards(ctx.t, told), ctx.language, width=300)
    if told.equity_share > 1:
        st.warning(ctx.t("utility.borrowing"), icon=":material/warning:")


def frontier(ctx: Context, told: RiskAversion | None) -> date | None:
    """The frontier under one manager's assumptions, if the reader asks for it; the day of the oldest input."""
    t = ctx.t
    st.caption(t("utility.frontier_intro"))
    if not url.flag(st.toggle, "frontier", t("utility.frontier_run")):
        return None
    found = answers.world_frontier(ctx.snapshot, told.gamma if told else MIDDLE)
    render.chart(charts.frontier(t, found, told))
    render.say(words.frontier_note(t, found), "frontier-said")
    rows = render.frame(tables.frontier(t, found))
    render.table(rows, {}, t("utility.frontier"), key="frontier-table", note=t("utility.frontier_table_note"))
    render.csv_button(rows, "world-frontier", t)
    return min(found.market.world.date, found.assumptions.as_of)
