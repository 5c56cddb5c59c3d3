"""The signature: who approves, why, and the hash that is signed. Neither presented nor exported."""

from __future__ import annotations

import streamlit as st

from engine.errors import LodestarError
from pages.rebalance.shown import Shown
from ui import answers, frame, record, sign_in
from ui.context import Context
from ui.i18n import Translator
from ui.settings import settings, variable

_PROBLEM = "_approval_problem"


def panel(ctx: Context, shown: Shown) -> None:
    """How the approval stands, and the form where the deployment allows it."""
    if not record.drawing():
        return
    t = ctx.t
    st.subheader(t("rebalance.part_approval"), anchor=False)
    if shown.rehearsal is not None:
        st.info(t("rebalance.approve_dry"), icon=":material/block:")
        return
    found = shown.found
    state = next(step for step in found.steps if step["name"] == "approval")
    if state["status"] in ("approved", "void"):
        (st.success if state["status"] == "approved" else st.error)(_standing(t, state))
    problem: LodestarError | None = st.session_state.pop(_PROBLEM, None)
    if problem is not None:
        st.error(frame.escaped(t.error(problem)), icon=":material/error:")
    if state["status"] == "approved":
        return
    if state["status"] in ("pending", "nothing to approve"):
        st.caption(t(f"rebalance.approve_{state['status'].replace(' ', '_')}"))
        return
    signed = answers.rebalance_signature(found.run_id)
    if not settings().rebalance:
        st.info(t("rebalance.approve_off", variable=variable("rebalance")), icon=":material/block:")
        st.code(
            f'python -m engine rebalance approve --run-id {found.run_id} --approver "…" --note "…"', language="bash"
        )
        _hashes(signed)
        return
    _form(t, found.run_id, str(found.told["runner"]), signed)


def _standing(t: Translator, state: dict[str, object]) -> str:
    note = frame.escaped(str(state.get("note") or ""))
    told = t(f"rebalance.stands_{state['status']}", name=frame.escaped(str(state.get("approver"))))
    return f"{told} {t('rebalance.noted', note=note)}" if note else told


def _form(t: Translator, run_id: str, runner: str, signed: dict[str, str]) -> None:
    person = sign_in.person()
    with st.container(border=True, key="approval-form"):
        st.markdown(t("rebalance.approve_note", runner=frame.escaped(runner), n=len(signed)))
        _hashes(signed)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if person:
                st.markdown(t("rebalance.approve_as", name=frame.escaped(person)))
            else:
                st.text_input(t("rebalance.approver"), key="approver", max_chars=120, width=280)
            st.text_input(t("rebalance.note"), key="approval-note", max_chars=500, width=420)
            st.button(
                t("rebalance.approve"), type="primary", icon=":material/signature:", key="approve", on_click=_sign,
                args=(run_id, signed),
            )  # fmt: skip
        if not person:
            st.caption(t("rebalance.approve_typed"))


def _hashes(signed: dict[str, str]) -> None:
    """Hash and name of each order file, as ``sha256sum`` writes them."""
    st.code("\n".join(f"{seal}  {name}" for name, seal in signed.items()), language=None)


def _sign(run_id: str, signed: dict[str, str]) -> None:
    """Sign what stood on the screen: a file that was changed since is refused."""
    state = st.session_state
    who = sign_in.person() or str(state.get("approver") or "")
    try:
        answers.rebalance_approve(run_id, who, str(state.get("approval-note") or ""), signed)
    except LodestarError as error:
        state[_PROBLEM] = error
