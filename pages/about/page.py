"""What Lodestar is, what it is not, and how its figures are defined."""

import streamlit as st

from engine.analytics import DEFINITIONS
from ui import frame, render
from ui.registry import DISCLAIMERS, PAGES

ctx = frame.current()
t = ctx.t
frame.header(ctx, "about")
st.markdown(frame.text("about", ctx))

st.subheader(t("about.definitions"), anchor=False)
definitions = [
    {t("about.column_metric"): t(f"metric.{name}"), t("about.column_definition"): t(f"metric.{name}_help")}
    for name in DEFINITIONS
]
st.table(render.frame(definitions))

st.subheader(t("about.disclaimers"), anchor=False)
kinds = dict.fromkeys((*DISCLAIMERS, *(kind for spec in PAGES for kind in spec.disclaimers)))
st.markdown("\n".join(f"- {t(f'disclaimer.{kind}')}" for kind in kinds))
