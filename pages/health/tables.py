"""Tables of the data health page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine.health import LIGHTS, AuditRecord, Health, Noted, OwnCheck
from pages.health import words
from ui.i18n import Translator

Row = dict[str, Any]


def lights(t: Translator, found: Health) -> list[Row]:
    """One row a data set, the gravest first."""
    return [
        {
            t("health.column_set"): row.name,
            **{t(f"health.light_{name}"): words.level(t, row.lights[name].level) for name in LIGHTS},
            t("health.column_as_of"): row.as_of.isoformat() if row.as_of else None,
            t("health.column_frequency"): t(f"frame.{row.frequency}") if row.frequency else None,
            t("health.column_origin"): t("health.origin_stored") if row.stored else t("health.origin_bundled"),
        }
        for row in words.by_gravity(found)
    ]


def coloured(t: Translator) -> dict[str, Any]:
    """The four lights as coloured labels, which keep their sign and word."""
    options = [words.level(t, code) for code in words.ICONS]
    column = st.column_config.MultiselectColumn(options=options, color=["green", "orange", "red", "gray"])
    return {t(f"health.light_{name}"): column for name in LIGHTS}


def findings(t: Translator, rows: Sequence[Noted]) -> list[Row]:
    """One row a finding."""
    return [
        {
            t("health.column_set"): row.dataset,
            t("health.column_item"): row.finding.item,
            t("health.column_kind"): words.kind(t, row.finding.kind),
            t("health.column_severity"): t(f"health.severity_{row.finding.severity}"),
            t("health.column_days"): words.span(row.finding) or None,
            t("health.column_rows"): row.finding.rows,
            t("health.column_state"): words.state(t, row.finding),
            t("health.column_told"): row.finding.text,
        }
        for row in rows
    ]


def own(t: Translator, made: OwnCheck) -> list[Row]:
    """Findings in the reader's file."""
    return [
        {
            t("health.column_item"): one.item,
            t("health.column_kind"): words.kind(t, one.kind),
            t("health.column_severity"): t(f"health.severity_{one.severity}"),
            t("health.column_days"): words.span(one) or None,
            t("health.column_rows"): one.rows,
            t("health.column_state"): words.state(t, one),
            t("health.column_told"): one.text,
        }
        for one in made.findings
    ]


def leaks(t: Translator, made: AuditRecord) -> list[Row]:
    """The mistakes planted by the audit."""
    return [
        {
            t("health.column_leak"): t(f"health.leak_{leak['name']}"),
            t("health.column_moved"): leak["max_diff"],
            t("health.column_caught"): t("health.caught") if leak["caught"] else t("health.missed"),
        }
        for leak in made.result["leaks"]
    ]


def sources(t: Translator, found: Health) -> list[Row]:
    """The last good reading of each stored table."""
    return [
        {
            t("health.column_table"): row.table,
            t("health.column_source"): row.source,
            t("health.column_read"): row.retrieved_at[:16].replace("T", " "),
            t("health.column_rows"): row.rows,
            t("health.column_items"): row.items,
            t("health.column_failed"): ", ".join(row.failed) or None,
            t("health.column_cells"): row.repaired_cells,
        }
        for row in found.sources
    ]
