"""A reader's own panel of prices; it stays in the session, and nothing of it is kept."""

from __future__ import annotations

import hashlib

import streamlit as st

from engine.errors import LodestarError
from engine.sources import Basis
from ui import url
from ui.i18n import Translator

OWN = "own"
LARGEST_MB = 50
BASES = (Basis.TOTAL_RETURN, Basis.PRICE_INDEX)

_PANEL = "_momentum_panel"
_SAID = "_momentum_said"


def panel() -> tuple[object, str] | None:
    """The panel read from the reader's file, and what tells it from another; None without a file."""
    found: tuple[object, str] | None = st.session_state.get(_PANEL)
    return found


def offer(t: Translator) -> None:
    """Upload controls; what was read, or why it was not."""
    with st.expander(t("momentum.own"), icon=":material/upload_file:"):
        st.caption(t("momentum.own_help", size=LARGEST_MB))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.file_uploader(
                t("momentum.own_file"), type=["csv", "parquet", "pq"], key="momentum-own", max_upload_size=LARGEST_MB,
                on_change=_read,
            )  # fmt: skip
            url.relabel("momentum-own-basis", lambda code: t(f"crises.own_basis_{code}"))
            st.selectbox(
                t("crises.own_basis"), BASES, key="momentum-own-basis", on_change=_read, width=240,
                format_func=lambda code: t(f"crises.own_basis_{code}"),
            )  # fmt: skip
            st.segmented_control(
                t("crises.own_currency"), ("USD", "KRW"), default="USD", required=True, key="momentum-own-currency",
                on_change=_read,
            )  # fmt: skip
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, LodestarError):
        st.error(t.error(said), icon=":material/error:")
    elif said is not None:
        st.info(t("momentum.own_read", **said), icon=":material/info:")


def _read() -> None:
    """The file chosen becomes the panel at once; one that cannot be used is told, and the page stays as it was."""
    from engine.momentum import from_bytes

    state = st.session_state
    file = state.get("momentum-own")
    state.pop(_PANEL, None)
    if file is None:
        return
    content, currency, basis = file.getvalue(), str(state["momentum-own-currency"]), state["momentum-own-basis"]
    try:
        read = from_bytes(content, name=OWN, basis=basis, currency=currency)
    except LodestarError as error:
        state[_SAID] = error
        return
    token = hashlib.sha256(content).hexdigest()[:16] + f"-{currency}-{basis}"
    state[_PANEL], state["panel"] = (read, token), OWN
    ended = int(read.delisted.notna().sum())
    state[_SAID] = {
        "rows": f"{len(read.prices):,}", "n": f"{len(read.assets):,}", "ended": ended,
        "first": read.dates[0].date(), "last": read.as_of,
    }  # fmt: skip
