"""Where every number comes from, until when it reaches, how to get newer ones, and what to know about it."""

import streamlit as st

from pages.data import refresh, tables, vintages
from ui import answers, frame, render

ctx = frame.current()
t = ctx.t
age = frame.header(ctx, "data")
rows = answers.data_status(ctx.snapshot)
broken = tables.broken(rows)
frame.age(age, ctx, tables.last_days(rows))

# 1. Can everything be read?
if broken:
    st.error(t("data.broken", bad=len(broken), n=len(rows)), icon=":material/error:")
    for row in broken:
        st.markdown(f"- `{row['name']}`: {t.sentence(row['error']['code'], row['error']['params'])}")
else:
    st.success(t("data.all_read", n=len(rows)), icon=":material/check_circle:")

# 2. Newer data, and what changed.
refresh.panel(ctx)

# 3. Older snapshots, what was revised between them, and every attempt to read the sources.
vintages.panel(ctx)
refresh.log(ctx)

# 4. The list, and what to know.
st.subheader(t("data.list"), anchor=False)
table = render.frame(tables.datasets(t, rows))
render.table(table, {}, t("data.list"), key="data-sets", height="content")
render.csv_button(table, "data-sets", t)
st.subheader(t("data.findings"), anchor=False)
st.caption(t("data.findings_note"))
findings = render.frame(tables.findings(t, rows))
render.table(findings, {}, t("data.findings"), key="findings", height="content")
render.csv_button(findings, "findings", t)
