"""The part where a reader checks a file of prices; it stays in the session, and nothing of it is kept."""

from __future__ import annotations

from functools import partial

import streamlit as st

from engine.errors import BadInput
from engine.health import OwnCheck, check_file
from engine.integrity import FREQUENCIES
from pages.health import charts, tables, words
from ui import exports, render, url
from ui.context import Context
from ui.i18n import Translator

LARGEST_MB = 20


def panel(ctx: Context) -> None:
    """Upload, findings, evidence, and the repaired table and log to take away."""
    t = ctx.t
    st.caption(t("health.own_help", size=LARGEST_MB))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        file = st.file_uploader(
            t("health.own_file"), type=["csv", "parquet", "pq"], key="health-own", max_upload_size=LARGEST_MB
        )
        url.relabel("health-own-frequency", lambda code: t(f"health.every_{code}"))
        frequency = st.selectbox(
            t("health.own_frequency"), FREQUENCIES, key="health-own-frequency", width=220,
            format_func=lambda code: t(f"health.every_{code}"),
        )  # fmt: skip
    if file is None:
        return
    try:
        made = check_file(file.name, file.getvalue(), str(frequency))
    except BadInput as error:
        st.error(t.error(error), icon=":material/error:")
        return
    st.markdown(words.own(t, made, file.name))
    if made.findings:
        shown = render.frame(tables.own(t, made))
        st.dataframe(shown, hide_index=True, alt=t("health.part_own"), key="health-own-table")
        _evidence(t, made)
    _downloads(t, made)


def _evidence(t: Translator, made: OwnCheck) -> None:
    """The figures around one finding."""
    places = [place for place, one in enumerate(made.findings) if one.first is not None]
    if not places:
        return
    place = st.selectbox(
        t("health.finding"), places, key="health-own-finding", width=620,
        format_func=lambda at: _name(t, made, at),
    )  # fmt: skip
    found = made.evidence(place)
    if found is not None:
        st.markdown(words.shown(t, made.findings[place]))
        render.draw(charts.evidence(t, found, made.findings[place], "own-evidence"))


def _name(t: Translator, made: OwnCheck, place: int) -> str:
    one = made.findings[place]
    return " · ".join(filter(None, (one.item, words.kind(t, one.kind), words.span(one))))


def _downloads(t: Translator, made: OwnCheck) -> None:
    with st.container(horizontal=True):
        for name, table in (("repaired", made.report.repaired), ("log", made.report.log)):
            st.download_button(
                t(f"health.own_{name}"), partial(exports.csv, table), f"lodestar-{name}.csv", "text/csv",
                on_click="ignore", key=f"health-own-{name}", icon=":material/download:",
            )  # fmt: skip
