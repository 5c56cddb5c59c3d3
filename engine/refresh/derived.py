"""Tables computed from what a refresh stored: the statistics, prices and correlations of the ETF universe.

They lie in the same snapshot as the bars they were made from and are made again only when these, the bundled facts
or the computation change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from engine.errors import LodestarError, MissingData
from engine.refresh.result import DatasetStatus
from engine.sources import BUNDLED, load
from engine.sources.dataset import Finding
from engine.sources.live.datasets import LIVE, Stored
from engine.sources.live.universe import COMPUTED
from engine.sources.snapshots import bundled_id
from engine.store import Entry, Store, compare
from engine.store.tables import prepared
from engine.universe.recompute import Recomputed, bars, carried, recomputed
from engine.universe.recompute.correlations import shrunk

BARS = "etf_prices"
NAMES = ("etf_statistics", "etf_universe", "etf_correlations", "etf_correlations_raw")
"""Data sets that follow the bars of the funds."""

VERSION = 1
"""Of the computation; another one makes the tables again."""

_READ = ("ticker", "date", "close", "adj_close", "volume")
_KEYS = ("ticker",)


@dataclass(frozen=True, eq=False)
class Made:
    """Entries for the new snapshot (those that changed), and what to tell of each data set."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    statuses: tuple[DatasetStatus, ...] = ()


def derive(store: Store, entries: Mapping[str, Entry], *, asked: bool) -> Made:
    """Compute what follows from these entries and put it in the store, not yet in a snapshot.

    Figures that cannot be computed, or that break a schema, are told as failed and stay as they were.

    Parameters
    ----------
    entries : mapping
        Tables of the snapshot to be.
    asked : bool
        Whether the bars were asked for now; otherwise what is up to date is not told.
    """
    origin = entries.get(BARS)
    if origin is None:
        return Made()
    request = {"kind": "computed", "from": origin.content, "base": bundled_id(NAMES), "version": VERSION}
    tables = [LIVE[name].table for name in NAMES]
    if all(name in entries and entries[name].request == request for name in tables):
        return Made({}, tuple(DatasetStatus(*pair, "unchanged") for pair in zip(NAMES, tables, strict=True) if asked))
    try:
        frames, findings = _computed(store, origin)
    except LodestarError as error:
        return Made({}, tuple(DatasetStatus(*pair, "failed", error) for pair in zip(NAMES, tables, strict=True)))
    made: dict[str, Entry] = {}
    told = []
    for name, table in zip(NAMES, tables, strict=True):
        row = _stored(name, table, frames.get(name), findings[name], store, entries, origin, request)
        told.append(row[1])
        if row[0] is not None:
            made[table] = row[0]
    return Made(made, tuple(told))


def _computed(store: Store, origin: Entry) -> tuple[dict[str, pd.DataFrame], dict[str, tuple[Finding, ...]]]:
    """The four tables, of the funds that have enough bars newer than the bundled figures."""
    facts = load("etf_universe", BUNDLED).frame.set_index("ticker")
    statistics = load("etf_statistics", BUNDLED).frame.set_index("ticker")
    newest = {str(name): pd.Timestamp(day) for name, day in statistics["as_of"].items()}
    begun = {str(name): pd.Timestamp(day) for name, day in facts["inception_date"].items()}
    table = bars(store.table(origin, _READ), begun)
    found = recomputed(table, statistics, newer_than=newest)
    earlier = set(origin.facts.get("failed_items", ()))
    kept = _kept(found)
    quotes = found.quotes.loc[
        found.quotes["price_as_of"] > pd.to_datetime(facts["price_as_of"]).reindex(found.quotes.index)
    ]
    frames = {
        "etf_statistics": found.statistics.assign(
            earlier=[name in earlier for name in found.statistics.index]
        ).reset_index(),
        "etf_universe": quotes.reset_index(),
        "etf_correlations_raw": found.pairwise.assign(as_of=found.friday).rename_axis("ticker").reset_index(),
    }
    joint = _joint(found)
    if joint is not None:
        frames["etf_correlations"] = joint
    return frames, {
        "etf_statistics": (*kept, *found.findings),
        "etf_universe": kept,
        "etf_correlations": kept,
        "etf_correlations_raw": kept,
    }


def _joint(found: Recomputed) -> pd.DataFrame | None:
    """The shrunk matrix of every fund of the bundled table; None where no plain fund has the whole window."""
    if found.joint.empty:
        return None
    base = load("etf_correlations", BUNDLED)
    names = [str(name) for name in base.table["ticker"]]
    older = base.table.set_index("ticker").loc[names, names].astype(float)
    intensity = base.provenance.parameters["shrinkage"] if found.shrinkage is None else found.shrinkage
    matrix = carried(shrunk(found.joint, intensity), older)
    fresh = [name in found.joint.index for name in names]
    return matrix.assign(shrinkage=intensity, fresh=fresh, as_of=found.friday).rename_axis("ticker").reset_index()


def _kept(found: Recomputed) -> tuple[Finding, ...]:
    """Funds whose figures stay as on file, by reason."""
    reasons: dict[str, list[str]] = {}
    for name, reason in found.kept.items():
        reasons.setdefault(reason, []).append(name)
    return tuple(
        Finding("kept", "warning", f"figures on file are kept ({reason}): {', '.join(names)}")
        for reason, names in reasons.items()
    )


def _stored(
    name: str, table: str, frame: pd.DataFrame | None, findings: tuple[Finding, ...], store: Store,
    entries: Mapping[str, Entry], origin: Entry, request: Mapping[str, Any],
) -> tuple[Entry | None, DatasetStatus]:  # fmt: skip
    """The entry of one table, if it can be used; an unusable one is told and leaves the older in place."""
    day = origin.retrieved_at[:10]
    source = f"{COMPUTED}{origin.source} bars retrieved {day}"
    older = entries.get(table)
    try:
        if frame is None or frame.empty:
            raise MissingData("nothing_to_recompute", field=name, value="0")
        LIVE[name].build(load(name, BUNDLED), Stored(prepared(frame, _KEYS), source, origin.retrieved_at, findings))
    except LodestarError as error:
        return None, DatasetStatus(name, table, "failed", error)
    last = max(frame.filter(like="as_of").max())
    entry = store.keep(
        frame, table, _KEYS, source=source, request=request, retrieved_at=origin.retrieved_at, known_at={},
        findings=tuple(found.to_dict() for found in findings), facts={"as_of": f"{last:%Y-%m-%d}", "made_from": BARS},
    )  # fmt: skip
    if older is not None and older.content == entry.content:
        same = older.request == entry.request
        return None if same else entry, DatasetStatus(name, table, "unchanged")
    past = None if older is None else _older(store, older)
    return entry, DatasetStatus(name, table, "updated", change=compare(table, past, store.table(entry), _KEYS))


def _older(store: Store, entry: Entry) -> pd.DataFrame | None:
    try:
        return store.table(entry)
    except LodestarError:
        return None
