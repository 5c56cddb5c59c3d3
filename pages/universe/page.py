"""Which ETFs deserve a place, which is best in its group, how sure that is, and what stands in for a dear share."""

import streamlit as st

from pages.universe import charts, controls, facts, tables, words
from ui import answers, frame, record, render, url

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "universe")

# 1. What is asked: a view, weights, screen, own rows.
known = controls.own_rows(ctx, controls.live(ctx))
asked = controls.panel(ctx)
found = answers.ranked_universe(ctx, asked, known)
frame.age(age, ctx, words.days(found))
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
    st.markdown(words.headline(t, found, group, rows))
    record.facts(facts.group(ctx, found, group, rows))
    st.caption(words.why(t, found, group))
    shown = render.frame(tables.ranked(ctx, rows))
    clicked = render.pick(shown, tables.helps(t), t("universe.title"), tables.bars(t), f"universe-table-{group}")
    if clicked is not None:
        st.session_state["fund"] = rows[clicked].ticker
    st.caption(f"{t('universe.chips')} {words.rate(ctx)}")
    for warning in words.orders(t, rows, asked.order):
        st.warning(warning, icon=":material/warning:")
    render.downloads(shown, f"universe-{group}", t, words.notes(t, found))
    scored = [row for row in rows if row.rank]
    if len(scored) > 1:
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
            st.dataframe(render.frame(tables.switches(t, turns)), hide_index=True, alt=t("universe.fragile"))
        st.caption(t("universe.fragile_note") if turns else t("universe.fragile_none"))
        st.markdown(words.reversals(t, found.reversals(group)))

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
        st.markdown(f"**{t('universe.inputs', fund=ticker)}**")
        st.dataframe(
            render.frame(tables.inputs(t, found, ticker)), hide_index=True, alt=t("universe.inputs", fund=ticker)
        )
    with right, frame.guard(t):
        stand_ins = answers.stand_ins(found, ticker)
        st.markdown(f"**{t('universe.substitutes', fund=ticker)}**")
        st.markdown(words.substitutes(ctx, stand_ins))
        if stand_ins.found:
            render.chart(charts.ladder(t, stand_ins))
        beside = render.frame(tables.substitutes(ctx, stand_ins))
        if len(beside):
            st.dataframe(beside, hide_index=True, alt=t("universe.substitutes", fund=ticker))
            render.csv_button(beside, f"substitutes-{ticker}", t)
        st.caption(t("universe.substitutes_note"))

# 3. The best of each group, or every fund behind filters.
if view == "best":
    best = found.best()
    st.markdown(f"**{words.best_title(t, best)}**")
    shown = render.frame(tables.best(t, found, best))
    render.table(shown, tables.helps(t), t("universe.view_best"), tables.bars(t))
    render.downloads(shown, "universe-best", t, words.notes(t, found))
if view == "all":
    kept = controls.filters(ctx, found.rows(order=asked.order))
    if kept:
        shown = render.frame(tables.ranked(ctx, kept, with_group=True))
        render.table(shown, tables.helps(t), t("universe.view_all"), tables.bars(t))
        st.caption(f"{t('universe.chips')} {words.rate(ctx)}")
        render.downloads(shown, "universe-all", t, words.notes(t, found))
    else:
        st.info(t("universe.filter_none"), icon=":material/info:")

# 4. What the ranking rests on, and what was left out.
st.caption(words.counts(t, found))
record.facts(facts.whole_universe(found))
st.caption(words.effect(t, found, answers.tracking_effect(ctx, asked, known)))
st.subheader(t("universe.excluded"), anchor=False)
st.markdown(words.excluded(t, found))
left_out = render.frame(tables.excluded(t, found))
st.dataframe(left_out, hide_index=True, alt=t("universe.excluded"))
st.caption(t("universe.excluded_source"))
render.csv_button(left_out, "universe-excluded", t)
st.markdown(words.contradictions(t, found))
