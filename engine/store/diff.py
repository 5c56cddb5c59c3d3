"""What differs between two versions of a table: rows that came, went, or were revised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Change:
    """One revised cell: the keys of its row, its column, and both values (None = missing)."""

    key: tuple[str, ...]
    column: str
    old: Any
    new: Any
    relative: float | None

    def to_dict(self) -> dict[str, Any]:
        return vars(self) | {"key": list(self.key)}


@dataclass(frozen=True)
class TableDiff:
    """Differences of one table.

    Attributes
    ----------
    changed_rows : int
        Rows in both with at least one other value.
    largest : tuple of Change
        The largest revisions: by relative size for numbers; a value that came or went counts as infinite.
    """

    name: str
    status: str
    added: int
    removed: int
    changed_rows: int
    changed_cells: int
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    largest: tuple[Change, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        listed = {"columns_added": list(self.columns_added), "columns_removed": list(self.columns_removed)}
        return vars(self) | listed | {"largest": [change.to_dict() for change in self.largest]}


def compare(
    name: str, old: pd.DataFrame | None, new: pd.DataFrame | None, keys: Sequence[str], *, largest: int = 10
) -> TableDiff:
    """Differences from ``old`` to ``new``, tables with the same key columns; None where a snapshot lacks it."""
    if old is None or new is None:
        added, removed = (0 if table is None else len(table) for table in (new, old))
        return TableDiff(name, "added" if old is None else "removed", added, removed, 0, 0)
    before, after = old.set_index(list(keys)), new.set_index(list(keys))
    common = before.index.intersection(after.index)
    shared = [column for column in before.columns if column in after.columns]
    left, right = before.loc[common, shared], after.loc[common, shared]
    differs = np.column_stack(
        [_differs(left[column], right[column]) for column in shared] or [np.zeros(len(common), bool)]
    )
    came = tuple(str(column) for column in after.columns if column not in before.columns)
    went = tuple(str(column) for column in before.columns if column not in after.columns)
    counts = len(after) - len(common), len(before) - len(common), int(differs.any(axis=1).sum()), int(differs.sum())
    same = not any(counts) and not came and not went
    return TableDiff(
        name, "unchanged" if same else "changed", *counts, came, went, _largest(left, right, differs, largest)
    )


def _differs(old: pd.Series, new: pd.Series) -> np.ndarray:
    missing = old.isna().to_numpy(), new.isna().to_numpy()
    unequal = (old != new).to_numpy(dtype=bool, na_value=True)
    return np.asarray((missing[0] != missing[1]) | (unequal & ~missing[0] & ~missing[1]))


def _largest(old: pd.DataFrame, new: pd.DataFrame, differs: np.ndarray, count: int) -> tuple[Change, ...]:
    rows, columns = np.nonzero(differs) if len(old.columns) else (np.array([], int), np.array([], int))
    changes = []
    for column in np.unique(columns):
        name = old.columns[column]
        where = rows[columns == column]
        sizes = _sizes(old[name].iloc[where], new[name].iloc[where])
        for place in np.argsort(-sizes, kind="stable")[:count]:
            row = where[place]
            changes.append((sizes[place], _change(old, new, row, str(name), sizes[place])))
    changes.sort(key=lambda pair: -pair[0])
    return tuple(change for _, change in changes[:count])


def _sizes(old: pd.Series, new: pd.Series) -> np.ndarray:
    """Relative size of revisions; infinite where a value came, went, or is no number."""
    if not (pd.api.types.is_numeric_dtype(old) and pd.api.types.is_numeric_dtype(new)):
        return np.full(len(old), np.inf)
    before, after = old.to_numpy(float), new.to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.abs(after - before) / np.abs(before)
    return np.where(np.isnan(sizes), np.inf, sizes)


def _change(old: pd.DataFrame, new: pd.DataFrame, row: int, column: str, size: float) -> Change:
    label = old.index[row]
    key = tuple(_text(part) for part in (label if isinstance(label, tuple) else (label,)))
    before, after = _plain(old[column].iloc[row]), _plain(new[column].iloc[row])
    return Change(key, column, before, after, float(size) if np.isfinite(size) else None)


def _text(part: Any) -> str:
    return part.date().isoformat() if isinstance(part, pd.Timestamp) else str(part)


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value
