"""The real fund, live, in a part of its own: nothing simulated stands here."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.momentum import charts, facts, tables, words
from ui import answers, frame, record, render
from ui.context import Context


def panel(ctx: Context, age: DeltaGenerator, *, alone: bool) -> None:
    """AMOM beside the momentum ETF and the index fund; ``alone``: nothing else stands on the page."""
    t = ctx.t
    found = answers.live_momentum(ctx.snapshot)
    if alone:
        frame.age(age, ctx, [found.last])
    st.subheader(t("momentum.part_live"), anchor=False)
    record.facts(facts.live(ctx, found))
    render.say(words.live(t, found), "live-said")
    render.cards("live-figures", words.live_cards(t, found), ctx.language, width=190)
    render.chart(charts.live(t, found))
    note = words.live_basis(t, found)
    rows = render.frame(tables.pairs(t, found))
    render.say(f"**{t('momentum.pairs_title')}**", "live-pairs-title")
    render.table(rows, {}, t("momentum.pairs_title"), key="live-pairs", note=note, height="content")
    render.csv_button(rows, "momentum-live", t)
    left, right = st.columns(2)
    with left:
        render.say(f"**{t('momentum.funds_title')}**", "live-funds-title")
        render.plain(
            render.frame(tables.funds(t, found)),
            t("momentum.funds_title"),
            key="live-funds",
            note=t("momentum.funds_note"),
        )
    with right:
        title = words.years_title(t, found)
        render.say(f"**{title}**", "live-years-title")
        render.plain(render.frame(tables.years(t, found)), title, key="live-years", note=t("momentum.years_note"))
