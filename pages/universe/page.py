"""Which ETFs deserve a place, which is best in its group, how sure that is, and what stands in for a dear share."""

import streamlit as st

from pages.universe import charts, controls, facts, tables, words
from ui import answers, frame, record, render, url, vintage

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "universe")

# 1. What is asked: a view, weights, screen, own rows.
known = controls.own_rows(ctx, controls.live(ctx))
asked = controls.panel(ctx)
found = answers.ranked_universe(ctx, asked, known)
frame.age(age, ctx, words.days(found))
if vintage.said(t):
    render.say(vintage.said(t), "vintage")
view = url.choice(
    st.segmented_control, "view", t("universe.view"), ("group", "best", "all"), "group", required=True,
    format_func=lambda code: t(f"universe.view_{code}"),
)  # fmt: skip

# 2. One group: the order, how sure it is, what would turn it; one fund, and what stands in for it.
if view == "group":
    group = url.choice(
        st.selectbox, "group", t("universe.group"), found.groups, found.groups[0],
        format_func=lambda code: words.group(t, code), help=t("universe.group_help"), width=360,
    )  # fmt: skip
    rows = found.rows([group], order=asked.order)
    render.say(words.headline(t, found, group, rows), "answer")
    record.facts(facts.group(ctx, found, group, rows))
    st.caption(words.why(t, found, group))
    shown = render.frame(tables.ranked(ctx, rows))
    clicked = render.pick(
        shown, tables.helps(t), t("universe.title"), tables.bars(t), f"universe-table-{group}", "ranked"
    )
    if clicked is not None:
        st.session_state["fund"] = rows[clicked].ticker
    st.caption(f"{t('universe.chips')} {words.rate(ctx)}")
    for warning in words.orders(t, rows, asked.order):
        st.warning(warning, icon=":material/warning:")
    render.downloads(shown, f"universe-{group}", t, words.notes(t, found))
    scored = [row for row in rows if row.rank]
    if len(scored) > 1:
        render.why(words.reason(t, found, scored), words.sure(t, found, scored), t)
        left, right = st.columns(2)
        with left:
            render.chart(charts.first(t, found, group, scored))
        with right:
            render.chart(charts.peers(t, found, group, rows))
        if asked.weights != controls.DEFAULTS:
            render.chart(charts.slope(t, answers.ranked_universe(ctx, asked.plain(), known), scored, group))
        st.subheader(t("universe.fragile"), anchor=False)
        turns = found.switches(group)
        if turns:
            render.table(render.frame(tables.switches(t, turns)), {}, t("universe.fragile"), key="fragile")
        st.caption(t("universe.fragile_note") if turns else t("universe.fragile_none"))
        render.say(words.reversals(t, found.reversals(group)), "reversals")

    ticker = url.choice(
        st.selectbox, "fund", t("universe.fund"), [row.ticker for row in rows], rows[0].ticker, width=360,
        format_func=lambda code: f"{code} · {words.name(rows, code)}",
    )  # fmt: skip
    left, right = st.columns(2)
    with left:
        if ticker in [row.ticker for row in scored]:
            render.chart(charts.score(t, found, ticker))
        else:
            st.info(words.unscored(t, found, ticker), icon=":material/info:")
        title = t("universe.inputs", fund=ticker)
        st.markdown(f"**{title}**")
        render.table(render.frame(tables.inputs(t, found, ticker)), {}, title, key="inputs")
    with right, frame.guard(t):
        stand_ins = answers.stand_ins(found, ticker)
        st.markdown(f"**{t('universe.substitutes', fund=ticker)}**")
        render.say(words.substitutes(ctx, stand_ins), "substitutes")
        if stand_ins.found:
            render.chart(charts.ladder(t, stand_ins))
        beside = render.frame(tables.substitutes(ctx, stand_ins))
        if len(beside):
            render.table(beside, {}, t("universe.substitutes", fund=ticker), key="stand-ins")
            render.csv_button(beside, f"substitutes-{ticker}", t)
        st.caption(t("universe.substitutes_note"))

# 3. The best of each group, or every fund behind filters.
if view == "best":
    best = found.best()
    render.say(f"**{words.best_title(t, best)}**", "answer")
    shown = render.frame(tables.best(t, found, best))
    render.table(shown, tables.helps(t), t("universe.view_best"), tables.bars(t), key="best")
    render.downloads(shown, "universe-best", t, words.notes(t, found))
if view == "all":
    kept = controls.filters(ctx, found.rows(order=asked.order))
    if kept:
        shown = render.frame(tables.ranked(ctx, kept, with_group=True))
        render.table(shown, tables.helps(t), t("universe.view_all"), tables.bars(t), key="all")
        st.caption(f"{t('universe.chips')} {words.rate(ctx)}")
        render.downloads(shown, "universe-all", t, words.notes(t, found))
    else:
        st.info(t("universe.filter_none"), icon=":material/info:")

# 4. What the ranking rests on, and what was left out.
st.caption(words.counts(t, found))
record.facts(facts.whole_universe(found))
st.caption(words.effect(t, found, answers.tracking_effect(ctx, asked, known)))
st.subheader(t("universe.excluded"), anchor=False)
render.say(words.excluded(t, found), "excluded-count")
left_out = render.frame(tables.excluded(t, found))
render.table(left_out, {}, t("universe.excluded"), key="excluded", note=t("universe.excluded_source"))
render.csv_button(left_out, "universe-excluded", t)
render.say(words.contradictions(t, found), "contradictions")
