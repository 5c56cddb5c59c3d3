"""What each term means, by what formula and after whom."""

import streamlit as st

from pages.glossary import tables
from ui import frame, glossary, record, render
from ui.record import Table

ctx = frame.current()
t = ctx.t
frame.header(ctx, "glossary")
asked = st.text_input(t("glossary.find"), key="glossary-find", help=t("glossary.find_help"), icon=":material/search:")
known = glossary.terms()
found = [term for term in known.values() if term.found(asked)]
st.caption(f"{t('glossary.count', n=len(found), all=len(known))} {t('glossary.symbols')}")
if not found:
    st.info(t("glossary.none"), icon=":material/search_off:")

rows = render.frame(tables.terms(t, found))
record.add(Table("terms", t("glossary.title"), rows))
for area in dict.fromkeys(term.area for term in found):
    st.header(t(f"glossary.area_{area}"), anchor=False, divider="gray")
    for term in found:
        if term.area == area:
            st.subheader(term.names[t.language], anchor=term.code)
            st.markdown(tables.entry(t, term))
render.csv_button(rows, "glossary", t)
