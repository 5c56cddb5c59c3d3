"""Refreshing from the page: choose, watch, stop, read what changed; and the log of all attempts."""

from __future__ import annotations

import streamlit as st

from engine.errors import Busy, LodestarError
from engine.refresh import TABLES
from pages.data import tables, words
from ui import answers, context, frame, record, refreshing, render
from ui.context import Context
from ui.i18n import Translator
from ui.refreshing import View
from ui.settings import settings, variable

POLL_S = 1.0
"""Seconds between two looks at a refresh that runs."""

SHOWN_ATTEMPTS = 20

_PROBLEM = "_refresh_problem"


def panel(ctx: Context) -> None:
    """The control, and what the last refresh of this server did. Neither is presented nor exported."""
    if not record.drawing():
        return
    t = ctx.t
    st.subheader(t("data.refresh"), anchor=False)
    if not settings().refresh:
        st.info(t("data.refresh_off", variable=variable("refresh")), icon=":material/block:")
        return
    view = refreshing.latest()
    if view is not None and refreshing.settle(view):
        st.rerun()
    if view is not None and view.running:
        _watching(ctx)
        return
    _form(t)
    if view is not None and refreshing.own(view):
        _ended(view, t)


def _form(t: Translator) -> None:
    st.markdown(t("data.refresh_note", n=len(TABLES)))
    with st.container(horizontal=True, vertical_alignment="bottom", key="refresh-form"):
        st.multiselect(
            t("data.refresh_choose"), list(TABLES), key="refresh-only", placeholder=t("data.refresh_all", n=len(TABLES)),
            format_func=lambda name: words.named(t, name), help=t("data.refresh_choose_help"), width=520,
            persist_state="session", wrap=True,
        )  # fmt: skip
        st.button(
            t("data.refresh_start"), type="primary", icon=":material/sync:", key="refresh-start", on_click=_start
        )
    problem: LodestarError | None = st.session_state.pop(_PROBLEM, None)
    if problem is not None:
        st.warning(words.error(t, problem), icon=":material/hourglass_top:")


def _start() -> None:
    try:
        refreshing.start(st.session_state.get("refresh-only") or None)
    except Busy as error:
        st.session_state[_PROBLEM] = error


def _watch(ctx: Context) -> None:
    """A refresh while it runs: how far, table by table, and a way to stop it."""
    t = ctx.t
    view = refreshing.latest()
    if view is None or not view.running:
        st.rerun()
    mine = refreshing.own(view)
    problem: LodestarError | None = st.session_state.pop(_PROBLEM, None)
    if not mine:
        st.info(words.error(t, problem) if problem else words.elsewhere(t, view), icon=":material/hourglass_top:")
    st.progress(view.share, text=words.progress(t, view))
    if mine:
        st.button(
            t("data.refresh_stop"), icon=":material/stop_circle:", key="refresh-stop", disabled=view.cancelling,
            on_click=refreshing.cancel, args=(view,),
        )  # fmt: skip
    if view.cancelling:
        st.caption(t("data.refresh_stopping", seconds=settings().refresh_timeout))
    st.table(tables.states(t, view), border="horizontal", hide_index=True)
    st.caption(t("data.refresh_meanwhile"))


_watching = frame.live(_watch, every=POLL_S)


def _ended(view: View, t: Translator) -> None:
    """What this session's refresh did."""
    with st.container(border=True, key="refresh-result"):
        sentence, kind = words.ended(t, view)
        show = {"good": st.success, "partial": st.warning, "stopped": st.info, "bad": st.error}[kind]
        show(sentence)
        if view.result is None:
            return
        if view.result.changed:
            st.markdown(words.moved(t, view.result))
            st.button(
                t("data.refresh_back", held=context.snapshot_words(view.result.previous, t)), key="refresh-back",
                on_click=context.take_snapshot, args=(view.result.previous,), icon=":material/undo:",
            )  # fmt: skip
        st.table(tables.results(t, view.result), border="horizontal", hide_index=True)
        revised = tables.revisions(t, [row.change for row in view.result.datasets if row.change])
        if revised:
            st.markdown(f"**{t('data.revised_title')}**")
            st.table(revised, border="horizontal", hide_index=True)
        for row in view.result.datasets:
            for sentence in words.failed_items(t, row):
                st.markdown(f"- {sentence}")


def log(ctx: Context) -> None:
    """When each source was last read, and every attempt."""
    if not record.drawing():
        return
    t = ctx.t
    st.subheader(t("data.log"), anchor=False)
    known = answers.refresh_attempts()
    if not known:
        st.caption(t("data.log_none"))
        return
    st.caption(t("data.log_note"))
    reads = tables.last_reads(t, known)
    if reads:
        st.table(reads, border="horizontal", hide_index=True)
    box = st.expander(t("data.log_attempts", n=len(known)), icon=":material/history:", key="attempts", on_change="rerun")
    if box.open:
        with box:
            rows = render.frame(tables.attempts(t, known[:SHOWN_ATTEMPTS]))
            st.dataframe(rows, hide_index=True, alt=t("data.log"), height="content")

