"""The panel for a reader's own series."""

from __future__ import annotations

from typing import get_args

import streamlit as st

from engine.errors import BadInput
from engine.sources import Basis, Line, read_line
from engine.sources.upload import Kind
from ui import url
from ui.context import Context


def panel(ctx: Context) -> list[Line]:
    """Draw the upload controls; the line read, or none. An unusable file is said and ignored."""
    t = ctx.t
    with st.expander(t("crises.own_heading"), icon=":material/upload_file:"):
        st.caption(t("crises.own_help"))
        file = st.file_uploader(t("crises.own_file"), type="csv", key="own-file", max_upload_size=2)
        url.relabel("own-kind", lambda code: t(f"crises.own_kind_{code}"))
        url.relabel("own-basis", lambda code: t(f"crises.own_basis_{code}"))
        with st.container(horizontal=True):
            kind = st.selectbox(
                t("crises.own_kind"),
                get_args(Kind),
                key="own-kind",
                format_func=lambda code: t(f"crises.own_kind_{code}"),
                width=260,
            )
            basis = st.selectbox(
                t("crises.own_basis"), (Basis.TOTAL_RETURN, Basis.PRICE_INDEX), key="own-basis",
                format_func=lambda code: t(f"crises.own_basis_{code}"), width=260,
            )  # fmt: skip
            currency = st.segmented_control(
                t("crises.own_currency"), ("USD", "KRW"), default="USD", required=True, key="own-currency"
            )
        if file is None:
            return []
        try:
            line = read_line(file.getvalue(), kind=kind, basis=basis, currency=str(currency), field=file.name)
        except BadInput as error:
            st.error(t.error(error), icon=":material/error:")
            return []
        st.success(
            t(
                "crises.own_read",
                rows=len(line.levels),
                first=line.first,
                last=line.last,
                frequency=t(f"frame.{line.frequency}"),
            )
        )
        return [line]
