"""Choices of the data health page: whose reasons, whose holes, which findings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from engine.health import Health, Noted
from pages.health import words
from ui import url
from ui.context import Context

ALL = "all"
SEVERITIES = ("error", "warning", "info")


def dataset(ctx: Context, found: Health) -> str:
    """The data set whose reasons are shown; the gravest first."""
    names = [row.name for row in words.by_gravity(found)]
    return url.choice(st.selectbox, "set", ctx.t("health.set"), names, names[0], width=360)


def holes(ctx: Context, found: Health) -> str:
    """All data sets, or the series of one."""
    t = ctx.t
    names = [ALL, *(row.name for row in found.datasets if row.missing is not None)]
    return url.choice(
        st.selectbox, "gaps", t("health.gaps"), names, ALL, width=360,
        format_func=lambda name: t("health.gaps_all") if name == ALL else name,
    )  # fmt: skip


def findings(ctx: Context, found: Health) -> tuple[Noted, ...]:
    """Those that pass a filter by data set, severity and kind."""
    t = ctx.t
    sets = list(dict.fromkeys(row.dataset for row in found.findings))
    kinds = list(dict.fromkeys(row.finding.kind for row in found.findings))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        of = url.choice(
            st.selectbox, "of", t("health.filter_set"), [ALL, *sets], ALL, width=260,
            format_func=lambda name: t("health.every_set") if name == ALL else name,
        )  # fmt: skip
        severity = url.several(
            st.pills, "severity", t("health.filter_severity"), list(SEVERITIES), ["error", "warning"],
            selection_mode="multi", format_func=lambda code: t(f"health.severity_{code}"),
        )  # fmt: skip
        kind = url.choice(
            st.selectbox, "kind", t("health.filter_kind"), [ALL, *kinds], ALL, width=300,
            format_func=lambda code: t("health.every_kind") if code == ALL else words.kind(t, code),
        )  # fmt: skip
    return tuple(row for row in words.ordered(found.findings) if _passes(row, of, severity, kind))


def _passes(row: Noted, of: str, severity: Sequence[str], kind: str) -> bool:
    return of in (ALL, row.dataset) and row.finding.severity in severity and kind in (ALL, row.finding.kind)


def finding(ctx: Context, rows: Sequence[Noted]) -> Noted | None:
    """The one whose figures are shown; None where none has dates."""
    dated = {row.id: row for row in rows if row.finding.first is not None and row.finding.item is not None}
    if not dated:
        return None
    ids = list(dated)
    asked = url.choice(
        st.selectbox, "finding", ctx.t("health.finding"), ids, ids[0], width=620,
        format_func=lambda code: words.finding_name(ctx.t, dated[code]) if code in dated else code,
    )  # fmt: skip
    return dated.get(asked)
