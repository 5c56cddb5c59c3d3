"""Can the data be relied on: lights for every data set, holes, findings with their evidence, the audit, own files."""

import streamlit as st

from pages.health import charts, controls, facts, own, tables, words
from ui import answers, frame, record, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "health")

# 1. Four lights for every data set.
found = answers.data_health(ctx)
render.say(words.answer(t, found), "answer")
render.cards("lights", words.cards(t, found), ctx.language, width=190)
record.facts(facts.lights(found) | facts.audit(ctx, found))
frame.age(age, ctx, words.inputs(found))
st.subheader(t("health.part_lights"), anchor=False)
st.caption(t("health.lights_note"))
table = render.frame(tables.lights(t, found))
render.table(table, {}, t("health.part_lights"), tables.coloured(t), key="light-table", height="content")
render.csv_button(table, "light-table", t)
asked = controls.dataset(ctx, found)
render.say(words.reasons(t, next(row for row in found.datasets if row.name == asked)), "reasons")

# 2. What is missing.
st.subheader(t("health.part_holes"), anchor=False)
with frame.guard(t):
    render.chart(charts.holes(t, found, controls.holes(ctx, found)))
    st.caption(t("health.holes_note"))

# 3. What the checks found, with the figures around it.
st.subheader(t("health.part_findings"), anchor=False)
st.caption(t("health.findings_note"))
with frame.guard(t):
    picked = controls.findings(ctx, found)
    if picked:
        rows = render.frame(tables.findings(t, picked))
        render.table(rows, {}, t("health.part_findings"), key="finding-table")
        render.csv_button(rows, "finding-table", t)
    else:
        st.info(t("health.findings_none"), icon=":material/info:")
    shown = controls.finding(ctx, picked)
    evidence = answers.health_evidence(ctx, shown)
    if evidence is not None and shown is not None:
        render.say(words.shown(t, shown.finding), "evidence-said")
        render.chart(charts.evidence(t, evidence, shown.finding))

# 4. A file of the reader's own.
st.subheader(t("health.part_own"), anchor=False)
with frame.guard(t):
    own.panel(ctx)

# 5. Does anything look ahead?
st.subheader(t("health.part_audit"), anchor=False)
render.say(words.audit(t, found.audit), "audit-said")
if found.audit is not None:
    render.cards("audit", words.audit_cards(t, found.audit), ctx.language, width=190)
    render.data(render.frame(tables.leaks(t, found.audit)), "leaks", t)

# 6. Where the stored tables came from.
st.subheader(t("health.part_sources"), anchor=False)
render.say(words.sources(t, found), "sources-said")
if found.sources:
    read = render.frame(tables.sources(t, found))
    render.table(read, {}, t("health.part_sources"), key="source-table", height="content")
    render.csv_button(read, "source-table", t)
frame.link_to("data", ctx)
