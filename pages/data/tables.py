"""Tables of the data page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from engine.errors import LodestarError
from engine.refresh import Attempt, RefreshResult, Tried, last_read
from engine.sources import load
from engine.store import Change, Manifest, TableDiff
from pages.data import words
from ui import context, frame
from ui.format import NONE, day, moment, percent, whole
from ui.i18n import Translator
from ui.refreshing import View

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


def states(t: Translator, view: View) -> list[Row]:
    """One row a table of a refresh that runs."""
    return [
        {
            t("data.column_name"): words.named(t, table.name),
            t("data.column_state"): t(f"data.state_{table.state}"),
            t("data.column_items"): f"{table.done} / {table.total}" if table.total else NONE,
            t("data.column_reason"): words.error(t, table.error) if table.error else "",
        }
        for table in view.tables
    ]


def results(t: Translator, result: RefreshResult) -> list[Row]:
    """One row a data set of a refresh that has ended."""
    return [
        {
            t("data.column_name"): words.named(t, row.name),
            t("data.column_state"): t(f"data.state_{row.status}"),
            t("data.column_reaches"): _last(row.name, result.snapshot, t),
            t("data.column_added"): whole(row.change.added) if row.change else NONE,
            t("data.column_revised"): whole(row.change.changed_rows) if row.change else NONE,
            t("data.column_reason"): words.error(t, row.error) if row.error else "",
        }
        for row in result.datasets
    ]


def _last(name: str, snapshot: str, t: Translator) -> str:
    try:
        return day(load(name, snapshot).last, t.language)
    except LodestarError:
        return NONE


def revisions(t: Translator, diffs: Sequence[TableDiff], count: int = 10) -> list[Row]:
    """The largest revisions over all tables, each once; a figure that came or went stands before the others."""
    found = {diff.name: diff.largest for diff in diffs if diff.status == "changed"}
    every = [(name, change) for name, changes in found.items() for change in changes]
    every.sort(key=lambda pair: -(pair[1].relative if pair[1].relative is not None else float("inf")))
    return [_revision(t, name, change) for name, change in every[:count]]


def _revision(t: Translator, name: str, change: Change) -> Row:
    return {
        t("data.column_name"): words.named(t, name),
        t("data.column_row"): " ".join(change.key),
        t("data.column_field"): frame.escaped(change.column),
        t("data.column_old"): _value(change.old),
        t("data.column_new"): _value(change.new),
        t("data.column_size"): percent(change.relative, 2),
    }


def _value(value: object) -> str:
    if value is None:
        return NONE
    return f"{value:,.6g}" if isinstance(value, float) else frame.escaped(str(value))


def differences(t: Translator, diffs: Sequence[TableDiff]) -> list[Row]:
    """One row a stored table of two snapshots."""
    return [
        {
            t("data.column_name"): words.named(t, diff.name),
            t("data.column_state"): t(f"data.diff_{diff.status}"),
            t("data.column_added"): whole(diff.added),
            t("data.column_removed"): whole(diff.removed),
            t("data.column_revised"): whole(diff.changed_rows),
            t("data.column_cells"): whole(diff.changed_cells),
        }
        for diff in diffs
    ]


def snapshots(t: Translator, stored: Sequence[Manifest], newest: str, held: str) -> list[Row]:
    """One row a stored snapshot, and one for the bundled data."""
    rows = [
        {
            t("data.column_snapshot"): context.snapshot_words(manifest.id, t),
            t("data.column_tables"): whole(len(manifest.entries)),
            t("data.column_size_mb"): f"{sum(entry.bytes for entry in manifest.entries.values()) / 1e6:.1f} MB",
            t("data.column_use"): _use(t, manifest.id, newest, held),
            t("data.column_id"): manifest.id,
        }
        for manifest in stored
    ]
    bundled = {
        t("data.column_snapshot"): t("frame.bundled_data"),
        t("data.column_tables"): NONE,
        t("data.column_size_mb"): NONE,
        t("data.column_use"): t("data.use_session") if held.startswith("bundled") else "",
        t("data.column_id"): "bundled",
    }
    return [*rows, bundled]


def _use(t: Translator, snapshot: str, newest: str, held: str) -> str:
    marks = {"data.use_newest": newest, "data.use_session": held}
    return ", ".join(t(key) for key, used in marks.items() if used.partition("+")[0] == snapshot)


def last_reads(t: Translator, known: Sequence[Attempt]) -> list[Row]:
    """One row a data set: when it was last read, when it last failed, and why."""
    return [
        {
            t("data.column_name"): words.named(t, row.name),
            t("data.column_last_read"): moment(row.read, t.language),
            t("data.column_last_failed"): moment(row.failed, t.language),
            t("data.column_reason"): words.sentence(t, row.error.code, row.error.params) if row.error else "",
        }
        for row in last_read(known).values()
    ]


def attempts(t: Translator, known: Sequence[Attempt]) -> list[Row]:
    """One row an attempt to refresh."""
    return [
        {
            t("data.column_started"): moment(attempt.started, t.language),
            t("data.column_seconds"): NONE if attempt.seconds is None else f"{attempt.seconds:.1f} s",
            t("data.column_by"): t(f"data.by_{attempt.by}") if t.has(f"data.by_{attempt.by}") else attempt.by,
            t("data.column_asked"): t("data.asked_all") if attempt.asked is None else ", ".join(attempt.asked),
            t("data.column_outcome"): t(f"data.outcome_{attempt.outcome}"),
            t("data.column_counts"): _counts(t, attempt.datasets),
            t("data.column_reason"): t.sentence(attempt.error.code, dict(attempt.error.params)) if attempt.error else "",
            t("data.column_snapshot"): attempt.snapshot or "",
        }
        for attempt in known
    ]


def _counts(t: Translator, rows: Sequence[Tried]) -> str:
    told = {state: sum(row.status == state for row in rows) for state in ("updated", "unchanged", "failed")}
    return ", ".join(f"{t(f'data.state_{state}')} {count}" for state, count in told.items() if count)
