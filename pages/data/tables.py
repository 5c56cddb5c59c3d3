"""Tables of the data page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from ui.i18n import Translator

Row = dict[str, Any]


def broken(rows: Sequence[Row]) -> list[Row]:
    """Data sets that could not be read."""
    return [row for row in rows if row["error"]]


def last_days(rows: Sequence[Row]) -> list[date]:
    """Last day each readable data set speaks for."""
    return [date.fromisoformat(row["as_of"]) for row in rows if row["as_of"]]


def datasets(t: Translator, rows: Sequence[Row]) -> list[Row]:
    """One row a data set."""
    return [
        {
            t("data.column_name"): row["name"],
            t("data.column_basis"): t(f"frame.{row['basis']}") if row["basis"] else None,
            t("data.column_frequency"): t(f"frame.{row['frequency']}") if row["frequency"] else None,
            t("data.column_unit"): row["unit"],
            t("data.column_first"): row["first"],
            t("data.column_last"): row["last"],
            t("data.column_as_of"): row["as_of"],
            t("data.column_rows"): row["rows"],
            t("data.column_source"): row["source"],
            t("data.column_retrieved"): row["retrieved"],
        }
        for row in rows
    ]


def findings(t: Translator, rows: Sequence[Row]) -> list[Row]:
    """One row a finding."""
    return [
        {
            t("data.column_name"): row["name"],
            t("data.column_severity"): found["severity"],
            t("data.column_finding"): found["text"],
        }
        for row in rows
        for found in row["findings"]
    ]
