"""The simulated fund, part by part: what it holds and why, its look-back, what it earned, who was left out."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.momentum.views import View
from pages.momentum import charts, controls, facts, own, tables, words
from pages.momentum.controls import Asked
from ui import answers, frame, record, render, specs
from ui.context import Context


def panel(ctx: Context, age: DeltaGenerator, asked: Asked) -> None:
    """The answer, then a part for each question; a product shows the parts that it publishes."""
    t = ctx.t
    view = _answer(ctx, asked)
    if view.found.hindsight:
        told = t("momentum.survivors_own") if asked.config.panel == own.OWN else t("momentum.survivors")
        record.hindsight(told)
        st.warning(f"**{told}** {t('momentum.survivors_where')}", icon=":material/history:")
    frame.age(age, ctx, [view.found.last])
    record.facts(facts.fund(ctx, view))
    render.say(words.answer(t, view), "answer")
    st.caption(words.basis(t, view))
    if ctx.currency != view.found.panel["currency"]:
        st.caption(t("momentum.currency", currency=view.found.panel["currency"]))
    parts = {
        "holdings": _holdings,
        "scores": _forecast,
        "lookback": _lookback,
        "growth": _paid,
        "turnover": _cost,
        "left_out": _left_out,
    }
    for name, draw in parts.items():
        if asked.shows(name):
            with frame.guard(t):
                draw(ctx, view, asked)


def _answer(ctx: Context, asked: Asked) -> View:
    if not asked.learns:
        return answers.momentum(ctx, asked.config, asked.own, asked.token)
    with st.spinner(ctx.t("momentum.learning"), show_time=True):
        return answers.momentum(ctx, asked.config, asked.own, asked.token)


def _holdings(ctx: Context, view: View, asked: Asked) -> None:
    t = ctx.t
    st.subheader(t("momentum.part_holdings"), anchor=False)
    title = words.holdings_title(t, view)
    render.say(f"**{title}**", "holdings-title")
    rows = render.frame(tables.holdings(t, view))
    note = words.holdings_note(t, view)
    render.table(rows, words.helps(t), title, tables.bars(t, view), key="holdings", note=note, height="content")
    render.csv_button(rows, "momentum-holdings", t)
    render.why(words.reason(t, view), words.sure(t, view), t)
    if asked.shows("concentration"):
        render.cards("rules", words.rules(t, view), ctx.language, width=210)
        render.say(words.drift(t, view), "drift")


def _forecast(ctx: Context, view: View, asked: Asked) -> None:
    if view.forecasts:
        render.chart(charts.forecast(ctx.t, view))


def _lookback(ctx: Context, view: View, asked: Asked) -> None:
    t = ctx.t
    st.subheader(t("momentum.part_lookback"), anchor=False)
    render.say(words.lookback(t, view), "lookback-said")
    render.chart(charts.lookback(t, view))
    render.chart(charts.past(t, view))
    if asked.shows("heat"):
        render.chart(charts.heat(t, view))


def _paid(ctx: Context, view: View, asked: Asked) -> None:
    t = ctx.t
    st.subheader(t("momentum.part_paid"), anchor=False)
    render.cards("figures", words.cards(t, view), ctx.language, width=150)
    render.chart(charts.growth(t, view, controls.scale(ctx)))
    title = words.figures_title(t, view)
    render.say(f"**{title}**", "strategies-title")
    rows = render.frame(tables.strategies(t, view))
    render.table(rows, {}, title, key="strategies", note=words.figures_note(t, view), height="content")
    render.csv_button(rows, "momentum-strategies", t)
    render.say(words.won(t, view), "won-said")
    render.plain(render.frame(tables.won(t, view)), t("momentum.won_title"), key="won", note=t("momentum.won_note"))
    if view.beside is None:
        st.caption(t("momentum.beside_none"))
        return
    render.say(words.beside(t, view), "beside-said")
    places = st.columns(2)
    for place, spec in zip(places, specs.panels(charts.beside(t, view)), strict=True):
        with place:
            render.chart(charts.titled(t, spec))


def _cost(ctx: Context, view: View, asked: Asked) -> None:
    t = ctx.t
    st.subheader(t("momentum.part_cost"), anchor=False)
    render.cards("cost", words.cost(t, view), ctx.language, width=210)
    if view.turnover:
        render.chart(charts.turnover(t, view))


def _left_out(ctx: Context, view: View, asked: Asked) -> None:
    t = ctx.t
    st.subheader(t("momentum.part_left_out"), anchor=False)
    render.say(words.left_out(t, view), "left-out-said")
    render.plain(render.frame(tables.left_out(t, view)), t("momentum.part_left_out"), key="left-out")
    st.caption("  \n".join(f"– {told}" for told in words.findings(t, view.found)))
