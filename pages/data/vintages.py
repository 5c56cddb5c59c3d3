"""Stored snapshots: which one this session shows, and what differs between two of them."""

from __future__ import annotations

import streamlit as st

from engine.errors import MissingData
from engine.sources import BUNDLED
from engine.sources.snapshots import newest_id
from engine.store import Manifest
from pages.data import tables
from ui import answers, context, frame, record
from ui.context import Context
from ui.i18n import Translator

_GONE = "_snapshot_gone"


def panel(ctx: Context) -> None:
    """The list with its choice, and the difference. Neither is presented nor exported."""
    if not record.drawing():
        return
    t = ctx.t
    st.subheader(t("data.snapshots"), anchor=False)
    with frame.guard(t):
        stored = answers.stored_snapshots()
        if not stored:
            st.caption(t("data.snapshots_none"))
            return
        _choice(ctx, t, stored)
        if len(stored) > 1:
            _difference(t, stored)


def _choice(ctx: Context, t: Translator, stored: list[Manifest]) -> None:
    st.caption(t("data.snapshots_note"))
    st.table(tables.snapshots(t, stored, newest_id(), ctx.snapshot), border="horizontal", hide_index=True)
    with st.container(horizontal=True, vertical_alignment="bottom", key="snapshot-choice"):
        st.selectbox(
            t("data.snapshot_choose"), [*(manifest.id for manifest in stored), BUNDLED], key="snapshot-chosen",
            format_func=lambda name: context.snapshot_words(name, t), width=340,
        )  # fmt: skip
        st.button(t("data.snapshot_take"), key="snapshot-take", icon=":material/history:", on_click=_take)
    gone = st.session_state.pop(_GONE, None)
    if gone is not None:
        st.warning(t.error(gone), icon=":material/error:")


def _take() -> None:
    try:
        context.take_snapshot(st.session_state["snapshot-chosen"])
    except MissingData as error:  # removed by retention while it stood on the screen
        st.session_state[_GONE] = error


def _difference(t: Translator, stored: list[Manifest]) -> None:
    box = st.expander(t("data.diff"), icon=":material/difference:", key="vintage-diff", on_change="rerun")
    if not box.open:
        return
    ids = [manifest.id for manifest in stored]
    with box:
        st.caption(t("data.diff_note"))
        with st.container(horizontal=True, key="vintage-choice"):
            old, new = (
                st.selectbox(
                    t(f"data.diff_{side}"), ids, index=at, key=f"vintage-{side}", width=340,
                    format_func=lambda name: context.snapshot_words(name, t),
                )
                for side, at in (("old", 1), ("new", 0))
            )  # fmt: skip
        diffs = answers.vintage_difference(old, new)
        st.table(tables.differences(t, diffs), border="horizontal", hide_index=True)
        revised = tables.revisions(t, diffs)
        st.markdown(f"**{t('data.revised_title')}**" if revised else t("data.revised_none"))
        if revised:
            st.table(revised, border="horizontal", hide_index=True)
