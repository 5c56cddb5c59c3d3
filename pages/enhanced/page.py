"""The market portfolio with a client's wishes inside limits: what each wish does and what it costs."""

import streamlit as st

from pages.enhanced import charts, controls, facts, tables, words
from ui import answers, frame, record, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "enhanced")

# 1. The wishes.
asked = controls.panel(ctx)
found = answers.enhanced(ctx.snapshot, asked.wishes())
frame.age(age, ctx, [found.market.world.date, found.assumptions.as_of])

# 2. What they make of the market, and what they cost.
render.say(words.headline(t, found.tilted), "answer")
record.facts(facts.tilt(found.tilted))
for sentence in words.relaxed(t, found.tilted):
    st.warning(sentence, icon=":material/warning:")
render.cards("figures", words.cards(t, found.tilted), ctx.language, width=180)
render.why(words.reason(t, found.tilted), words.sure(t, found), t)
left, right = st.columns(2)
with left:
    render.chart(charts.weights(t, found))
with right:
    render.chart(charts.tilts(t, found))
rows = render.frame(tables.weights(t, found.tilted))
render.table(rows, {}, t("enhanced.table"), key="weights-table")
render.downloads(rows, "enhanced", t, words.notes(t, found))
st.caption("  \n".join(words.notes(t, found)))

# 3. The funds it becomes, for the allocator.
st.subheader(t("enhanced.funds"), anchor=False)
st.caption(t("enhanced.funds_note"))
model = render.frame(tables.funds(t, found.funds))
render.table(model, {}, t("enhanced.funds"), key="funds")
with st.container(horizontal=True):
    render.csv_button(render.frame(tables.model(found.funds)), "model", t)
    if st.button(t("enhanced.send"), icon=":material/shopping_basket:", key="enhanced-send"):
        st.session_state["handed_model"] = tables.handed(found.funds)
        st.session_state["model"] = "handed"
        st.switch_page("pages/allocator/page.py")
for sentence in words.unassigned(t, found.funds):
    st.info(sentence, icon=":material/info:")
