"""One run: its steps in time, what the gates found, weights before and after, orders and checks."""

from __future__ import annotations

from datetime import date

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.rebalance import timeline
from pages.rebalance import charts, tables, words
from pages.rebalance.shown import Shown
from ui import frame, record, render
from ui.context import Context


def panel(ctx: Context, age: DeltaGenerator, shown: Shown) -> None:
    """The answer, then a part for each question."""
    t = ctx.t
    found = shown.found
    if words.hindsight(shown):
        told = t("momentum.survivors")
        record.hindsight(told)
        st.warning(f"**{told}** {t('rebalance.survivors_where')}", icon=":material/history:")
    frame.age(age, ctx, [date.fromisoformat(found.session)])
    render.say(words.answer(t, shown), "answer")
    st.caption(words.basis(t, shown))
    for sentence in words.halts(t, shown):
        st.warning(sentence, icon=":material/front_hand:")
    _steps(ctx, shown)
    _gates(ctx, shown)
    _weights(ctx, shown)
    _orders(ctx, shown)


def _steps(ctx: Context, shown: Shown) -> None:
    t = ctx.t
    steps = timeline(shown.found)
    st.subheader(t("rebalance.part_steps"), anchor=False)
    if any(step.used is not None for step in steps):
        render.chart(charts.steps(t, steps))
    rows = render.frame(tables.steps(t, shown.found, steps))
    render.plain(rows, t("rebalance.steps"), key="steps", note=t("rebalance.steps_note"))


def _gates(ctx: Context, shown: Shown) -> None:
    t = ctx.t
    st.subheader(t("rebalance.part_gates"), anchor=False)
    render.say(words.gates(t, shown), "gates-said")
    findings = tables.findings(t, shown)
    if findings:
        render.plain(render.frame(findings), t("rebalance.findings"), key="findings", note=t("rebalance.findings_note"))
    checks = tables.checks(t, shown)
    if checks:
        title = t("rebalance.checks")
        render.say(f"**{title}**", "checks-title")
        render.plain(render.frame(checks), title, key="checks")


def _weights(ctx: Context, shown: Shown) -> None:
    t = ctx.t
    book = shown.found.books.get(shown.product)
    st.subheader(t("rebalance.part_weights"), anchor=False)
    if book is None:
        render.say(t("rebalance.no_book", product=words.product(t, shown.product)), "weights-none")
        return
    render.cards("book", words.cards(t, shown, book), ctx.language, width=190)
    render.chart(charts.weights(t, shown, book))
    render.why(words.reason(t, shown, book), words.sure(t, shown, book), t)


def _orders(ctx: Context, shown: Shown) -> None:
    t = ctx.t
    book = shown.found.books.get(shown.product)
    if book is None:
        return
    st.subheader(t("rebalance.part_orders"), anchor=False)
    if not book["orders"]:
        render.say(t("rebalance.no_orders"), "orders-none")
        return
    title = words.orders_title(t, shown, book)
    render.say(f"**{title}**", "orders-title")
    rows = render.frame(tables.orders(t, shown, book))
    note = t("rebalance.orders_note", day=words.day_of(t, shown.found.session))
    render.table(rows, {}, title, tables.columns(t), key="orders", note=note, height="content")
    render.csv_button(rows, "rebalance-orders", t)
