"""Several snapshots as vintages: what differed, and what was on file on a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pandas as pd

from engine.errors import BadInput, LodestarError, MissingData
from engine.store import Entry, Manifest, Store, TableDiff, compare, open_store


def difference(
    old: str, new: str, only: Sequence[str] | None = None, *, largest: int = 10, store: Store | None = None
) -> list[TableDiff]:
    """What changed in the stored tables from one snapshot to another, table by table.

    Raises
    ------
    MissingData
        A snapshot is not in the store, or a table of it is broken.
    BadInput
        A table of ``only`` is in neither.
    """
    kept = store or open_store()
    before, after = kept.manifest(_stored(old)), kept.manifest(_stored(new))
    names = sorted({*before.entries, *after.entries})
    for name in only or ():
        if name not in names:
            raise BadInput("unknown_choice", field="only", value=name, accepted=", ".join(names))
    return [_table(name, before, after, kept, largest) for name in names if only is None or name in only]


def _table(name: str, before: Manifest, after: Manifest, store: Store, largest: int) -> TableDiff:
    left, right = before.entries.get(name), after.entries.get(name)
    if left is not None and right is not None and left.content == right.content:
        return TableDiff(name, "unchanged", 0, 0, 0, 0)
    keys = (right or left).keys if right or left else ()  # type: ignore[union-attr]
    tables = [None if entry is None else store.table(entry) for entry in (left, right)]
    return compare(name, tables[0], tables[1], keys, largest=largest)


def _stored(snapshot: str) -> str:
    """The stored part of an id; bundled data have no stored tables."""
    name = snapshot.partition("+")[0]
    if not name.startswith("stored-"):
        raise MissingData("snapshot_unknown", field="snapshot", value=snapshot)
    return name


def history(store: Store | None = None) -> list[Manifest]:
    """Snapshots that can be read, oldest first."""
    kept = store or open_store()
    found = []
    for snapshot in kept.snapshots():
        try:
            found.append(kept.manifest(snapshot))
        except LodestarError:
            continue
    return found


def as_of(table: str, day: date, store: Store | None = None) -> pd.DataFrame:
    """A stored table as it had been retrieved by the end of a day: the vintage that a reader had, unrevised since.

    Raises
    ------
    MissingData
        No snapshot had the table by then.
    """
    kept = store or open_store()
    entries = [manifest.entries[table] for manifest in history(kept) if table in manifest.entries]
    # Retrieval is told to the second: of two in the same second, the later snapshot (the order of history) counts.
    had = [(at, place) for place, entry in enumerate(entries) if (at := _retrieved(entry)).date() <= day]
    if not had:
        raise MissingData("no_vintage", field="dataset", value=table, day=day.isoformat())
    return kept.table(entries[max(had)[1]])


def _retrieved(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.retrieved_at)
