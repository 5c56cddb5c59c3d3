"""Every cell that a check changed before a table was stored: kept beside it, looked at, taken back.

A log has one row a change, in the order of the changes: ``step``, the key columns of the row, ``column``, ``old``,
``new``, ``kind`` of the finding and ``finding``, its place among the findings of the entry.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.sources.dataset import Finding
from engine.sources.snapshots import find
from engine.store import Entry, Store, open_store

Log = pd.DataFrame
KEYS = ("step",)


def nothing(keys: Sequence[str]) -> Log:
    """A log without a change."""
    return pd.DataFrame(columns=["step", *keys, "column", "old", "new", "kind", "finding"])


def logged(
    changes: pd.DataFrame, sent: pd.DataFrame, keys: Sequence[str], found: Sequence[Finding], first: int = 0
) -> Log:
    """The log of a table from that of a check, with keys in place of positions.

    Parameters
    ----------
    changes : DataFrame
        ``Report.log``, its columns under the names of ``sent``.
    sent : DataFrame
        The table as it came.
    found : sequence of Finding
        Findings that ``changes`` points at.
    first : int
        Place of the first of them among all findings of the table.
    """
    if changes.empty:
        return nothing(keys)
    rows = sent.iloc[changes["row"].to_numpy(int)]
    places = changes["finding"].to_numpy(int)
    return pd.DataFrame(
        {
            "step": np.arange(len(changes)),
            **{key: rows[key].to_numpy() for key in keys},
            "column": changes["column"].astype(str).to_numpy(),
            "old": changes["old"].to_numpy(float),
            "new": changes["new"].to_numpy(float),
            "kind": [found[place].kind for place in places],
            "finding": places + first,
        }
    )


def of_items(
    log: Log, key: str, items: Sequence[str], findings: Sequence[Finding], first: int
) -> tuple[Log, list[Finding]]:
    """The part of an older log that goes with older rows kept, and the findings it points at, from place ``first``."""
    part = log.loc[log[key].isin(items)]
    places = sorted(set(part["finding"].astype(int)))
    moved = part.assign(finding=part["finding"].astype(int).map({old: first + new for new, old in enumerate(places)}))
    return moved, [findings[place] for place in places]


def repairs(table: str, snapshot: str | None = None, *, store: Store | None = None) -> Log:
    """Every cell of a stored table that was changed before storing; empty where none was.

    Raises
    ------
    MissingData
        The table is not in the snapshot, or its log is broken.
    """
    kept = store or open_store()
    entry = entry_of(table, snapshot)
    log = kept.repairs(entry)
    return nothing(entry.keys) if log is None else log


def unrepaired(table: str, snapshot: str | None = None, *, store: Store | None = None) -> pd.DataFrame:
    """A stored table as the source sent it: every repair taken back, exactly.

    Raises
    ------
    MissingData
        The table is not in the snapshot, or its bytes are not what was written.
    """
    kept = store or open_store()
    entry = entry_of(table, snapshot)
    return undone(kept.table(entry), repairs(table, snapshot, store=kept), entry.keys)


def undone(frame: pd.DataFrame, log: Log, keys: Sequence[str]) -> pd.DataFrame:
    """A table before the changes of its log.

    Raises
    ------
    BadInput
        The log speaks of a row that the table does not have.
    """
    made = frame.copy()
    places = pd.MultiIndex.from_frame(made[list(keys)])
    for column, changes in log.sort_values("step").groupby("column", sort=False):
        once = changes.drop_duplicates(list(keys), keep="first")  # the first change holds what was sent
        at = places.get_indexer(pd.MultiIndex.from_frame(once[list(keys)]))
        if (at < 0).any():
            raise BadInput("store_keys", field=", ".join(keys), value=f"{int((at < 0).sum())} rows of a repair log")
        values = made[column].to_numpy(float, copy=True)
        values[at] = once["old"].to_numpy(float)
        made[str(column)] = values
    return made


def entry_of(table: str, snapshot: str | None = None) -> Entry:
    """The entry of a stored table in a snapshot (None: the one in use).

    Raises
    ------
    MissingData
        The snapshot does not have it.
    """
    found = find(snapshot)
    if found.manifest is None or table not in found.manifest.entries:
        raise MissingData("not_refreshed", field="dataset", value=table)
    return found.manifest.entries[table]
