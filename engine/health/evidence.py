"""The figures around a finding: as they came and as repaired, or beside the source or vintage they disagree with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import LodestarError
from engine.health import bundled
from engine.health.report import Noted
from engine.refresh.agree import PAIRS
from engine.refresh.repairs import entry_of, repairs, undone
from engine.sources import BUNDLED, load
from engine.sources.snapshots import find
from engine.store import Entry, Store, open_store

AROUND = 40
"""Rows shown on each side of a finding."""
STEEP = 20.0
MOST = 250
"""Rows shown at most; of a longer finding its beginning."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """One series around a finding.

    Attributes
    ----------
    before : Series
        As the source sent it (or as it is on file, where nothing was changed), by date.
    after : Series or None
        As repaired; None where no repair was made.
    other : Series or None
        The other source, or the older vintage.
    column, name : str
        Which figure of what is shown.
    other_name : str
    """

    before: pd.Series
    after: pd.Series | None
    other: pd.Series | None
    column: str
    name: str
    other_name: str = ""

    @property
    def small(self) -> bool:
        """Numbers that two decimals would hide."""
        return bool(self.before.abs().median() < 1.0)

    @property
    def steep(self) -> bool:
        """Levels so far apart that only a log scale shows both."""
        lines = [line for line in (self.before, self.after, self.other) if line is not None]
        low, high = min(line.min() for line in lines), max(line.max() for line in lines)
        return bool(low > 0.0 and high / low > STEEP)

    def widest(self) -> tuple[date, float, float] | None:
        """The day on which the two lines are furthest apart (a number against none is furthest), and both values."""
        beside = self.after if self.after is not None else self.other
        if beside is None:
            return None
        both = pd.concat([self.before, beside], axis=1, keys=["one", "two"], join="inner").dropna(how="all")
        gap = (both["one"] - both["two"]).abs().fillna(np.inf).to_numpy()
        if not len(gap) or not gap.max() > 0.0:
            return None
        row = both.iloc[int(gap.argmax())]
        return pd.Timestamp(both.index[int(gap.argmax())]).date(), float(row["one"]), float(row["two"])


def evidence(noted: Noted, snapshot: str | None = None) -> Evidence | None:
    """What a finding is about; None where it is about no single series with dates.

    Raises
    ------
    MissingData
        A table it needs is not in the store any more, or is broken.
    """
    one = noted.finding
    if one.first is None or one.item is None:
        return None
    if not noted.stored:
        return _bundled(noted)
    store = open_store()
    entry = entry_of(noted.dataset, snapshot)
    table = store.table(entry)
    if one.kind == "source_disagrees":
        return _two_sources(noted, table, snapshot, store)
    log = repairs(noted.dataset, snapshot, store=store)
    changes = log.loc[log["finding"] == noted.place] if len(log) else log
    shown = str(changes["column"].mode().iloc[0]) if len(changes) else _column(entry, str(one.item))
    after = _series(table, entry.keys, str(one.item), shown)
    if after is None:
        return None
    sent = undone(table, log, entry.keys) if len(changes) else table
    before = _series(sent, entry.keys, str(one.item), shown)
    if before is None:
        return None
    window = window_of(after, one.first, one.last or one.first)
    older = (
        _older(noted, shown, snapshot, store)
        if one.kind in ("vintage_disagrees", "rows_gone", "ticker_reuse")
        else None
    )
    return Evidence(
        window(before),
        window(after) if len(changes) else None,
        None if older is None else window(older),
        shown,
        str(one.item),
        "vintage" if older is not None else "",
    )


def _column(entry: Entry, item: str) -> str:
    if entry.keys[0] == "ticker":
        return "close"
    return "value" if len(entry.keys) == 2 else item


def _series(table: pd.DataFrame, keys: tuple[str, ...], item: str, column: str) -> pd.Series | None:
    """One figure of one item by date; None where the table has no such item, or no dates."""
    rows = table.loc[table[keys[0]] == item] if len(keys) == 2 else table
    if rows.empty or column not in rows.columns or "date" not in rows.columns:
        return None
    return rows.set_index("date")[column].sort_index()


def window_of(line: pd.Series, first: str, last: str) -> Callable[[pd.Series], pd.Series]:
    """Cut any series to the days around a finding."""
    index = pd.DatetimeIndex(line.index)
    low = max(int(index.searchsorted(pd.Timestamp(first))) - AROUND, 0)
    high = min(int(index.searchsorted(pd.Timestamp(last), side="right")) + AROUND, len(index)) - 1
    if high - low > MOST:
        high = min(low + MOST, len(index) - 1)
    start, end = index[low], index[high]
    return lambda series: series.loc[(series.index >= start) & (series.index <= end)]


def _two_sources(noted: Noted, table: pd.DataFrame, snapshot: str | None, store: Store) -> Evidence | None:
    one = noted.finding
    for pair in PAIRS:
        if pair.tables[0] == noted.dataset and pair.item == one.item and pair.other == one.evidence.get("other"):
            tables = [table, *(store.table(entry_of(name, snapshot)) for name in pair.tables[1:])]
            return _beside(noted, *pair.read(*tables), pair.other)
    return None


def _beside(noted: Noted, line: pd.Series, other: pd.Series, name: str) -> Evidence:
    both = pd.concat([line, other], axis=1, keys=["line", "other"], join="inner").dropna()
    first, last = str(noted.finding.first), str(noted.finding.last or noted.finding.first)
    window = window_of(both["line"], first, last)
    unit = str(noted.finding.evidence.get("unit", ""))
    return Evidence(window(both["line"]), None, window(both["other"]), unit, str(noted.finding.item), name)


def _older(noted: Noted, column: str, snapshot: str | None, store: Store) -> pd.Series | None:
    """The same figure in the snapshot before; None where that is gone."""
    found = find(snapshot)
    parent = None if found.manifest is None else found.manifest.parent
    if parent is None:
        return None
    try:
        entry = store.manifest(parent).entries.get(noted.dataset)
        return None if entry is None else _series(store.table(entry), entry.keys, str(noted.finding.item), column)
    except LodestarError:
        return None


def _bundled(noted: Noted) -> Evidence | None:
    one = noted.finding
    for pair in bundled.PAIRS:
        if one.kind == "source_disagrees" and pair.name == noted.dataset and pair.other == one.evidence.get("other"):
            return _beside(noted, *pair.read(), pair.other)
    frame: Any = load(noted.dataset, BUNDLED).frame
    if one.item not in frame.columns or not isinstance(frame.index, pd.DatetimeIndex):
        return None
    line = frame[one.item]
    window = window_of(line, str(one.first), str(one.last or one.first))
    return Evidence(window(line), None, None, str(one.item), str(one.item))
