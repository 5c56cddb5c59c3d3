"""Runs that were, and what differs between two of them. Neither is presented nor exported."""

from __future__ import annotations

import streamlit as st

from pages.rebalance import tables, words
from ui import answers, record
from ui.context import Context
from ui.i18n import Translator

SHOWN_RUNS = 20


def panel(ctx: Context) -> None:
    """The list, and the difference."""
    if not record.drawing():
        return
    t = ctx.t
    st.subheader(t("rebalance.part_history"), anchor=False)
    ids = answers.rebalance_runs()
    if not ids:
        st.info(t("rebalance.history_none"), icon=":material/inbox:")
        st.code(words.COMMAND_RUN, language="bash")
        return
    st.caption(t("rebalance.history_note", n=min(len(ids), SHOWN_RUNS), of=len(ids)))
    rows = [tables.kept(t, answers.rebalance_run(run_id)) for run_id in ids[:SHOWN_RUNS]]
    st.table(rows, border="horizontal", hide_index=True)
    if len(ids) > 1:
        _difference(t, ids)


def _difference(t: Translator, ids: list[str]) -> None:
    box = st.expander(t("rebalance.diff"), icon=":material/difference:", key="runs-diff", on_change="rerun")
    if not box.open:
        return
    with box:
        with st.container(horizontal=True, key="runs-choice"):
            one, other = (
                st.selectbox(
                    t(f"rebalance.diff_{side}"), ids, index=at, key=f"runs-{side}", width=330,
                    format_func=lambda code: words.run(t, code),
                )
                for side, at in (("old", 1), ("new", 0))
            )  # fmt: skip
        found = answers.rebalance_difference(answers.rebalance_run(one), answers.rebalance_run(other))
        st.markdown(words.difference(t, found))
        for rows, title in (
            (tables.moved(t, found), "rebalance.diff_products"),
            (tables.changed_orders(t, found), "rebalance.diff_orders"),
            (tables.changed_gates(t, found), "rebalance.diff_gates"),
        ):
            if rows:
                st.markdown(f"**{t(title)}**")
                st.table(rows, border="horizontal", hide_index=True)
