"""Four lights for every data set of a snapshot, with what the checks found: made from tables, manifests and dates alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.errors import LodestarError
from engine.health import bundled
from engine.health.audit import AuditRecord, stored_audit
from engine.health.fresh import fresh
from engine.health.known import point_in_time
from engine.health.light import LIGHTS, Light, worst
from engine.health.missing import Missing, complete, market_days, missing
from engine.refresh.vintages import history
from engine.sources import available, load, using
from engine.sources.dataset import Dataset, Finding
from engine.sources.live.datasets import LIVE
from engine.sources.snapshots import Snapshot
from engine.store import Entry

DISAGREE = frozenset({"source_disagrees", "vintage_disagrees", "splice_disagreement", "ticker_reuse", "rows_gone"})
"""Two sources or vintages that differ."""
HOLES = frozenset(
    {"missing_session", "missing_period", "hole", "holidays", "missing_values", "missing_dates", "not_read"}
)
"""Told by the light of completeness."""


@dataclass(frozen=True)
class Noted:
    """A finding of a table of the snapshot.

    Attributes
    ----------
    dataset : str
        The data set named like the table.
    stored : bool
        Found in a downloaded table at its refresh; else in the bundled one.
    place : int
        Its place among the findings of the table: what a repair log refers to.
    """

    dataset: str
    finding: Finding
    stored: bool
    place: int

    @property
    def id(self) -> str:
        """Names the finding in an address."""
        return f"{self.dataset}-{self.place}"

    def to_dict(self) -> dict[str, Any]:
        return {"dataset": self.dataset, "stored": self.stored} | self.finding.to_dict()


@dataclass(frozen=True, eq=False)
class DatasetHealth:
    """The lights of one data set."""

    name: str
    source: str
    frequency: str
    basis: str
    stored: bool
    as_of: date | None
    lights: Mapping[str, Light]
    missing: Missing | None = None

    @property
    def level(self) -> str:
        """The gravest of the four."""
        return worst(tuple(self.lights.values()))

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "source": self.source,
            "frequency": self.frequency,
            "stored": self.stored,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "level": self.level,
            "lights": {name: light.to_dict() for name, light in self.lights.items()},
        }


@dataclass(frozen=True)
class SourceRead:
    """The last good reading of one stored table."""

    table: str
    source: str
    retrieved_at: str
    rows: int
    items: int
    failed: tuple[str, ...]
    repaired_cells: int


@dataclass(frozen=True, eq=False)
class Health:
    """The state of all data of a snapshot on a day."""

    snapshot: str
    today: date
    datasets: tuple[DatasetHealth, ...]
    findings: tuple[Noted, ...]
    sources: tuple[SourceRead, ...]
    audit: AuditRecord | None

    def count(self, light: str, level: str) -> int:
        """Data sets whose light has this level."""
        return sum(row.lights[light].level == level for row in self.datasets)

    def to_dict(self) -> dict[str, Any]:
        counts = {
            light: {level: self.count(light, level) for level in ("good", "warning", "bad", "unknown")}
            for light in LIGHTS
        }
        return {
            "snapshot": self.snapshot,
            "today": self.today.isoformat(),
            "counts": counts,
            "datasets": [row.to_dict() for row in self.datasets],
            "findings": [row.to_dict() for row in self.findings],
            "sources": [vars(row) | {"failed": list(row.failed)} for row in self.sources],
            "audit": None if self.audit is None else self.audit.to_dict(),
        }


def health(snapshot: str | None = None, today: date | None = None) -> Health:
    """The lights, findings and sources of a snapshot (None: the one in use) on a day (None: today).

    Needs no network. A data set that cannot be read has unknown lights with the reason.

    Raises
    ------
    MissingData
        No such snapshot.
    """
    day = today or date.today()
    with using(snapshot) as used:
        read = {name: _read(name) for name in available()}
        noted = tuple(_noted(used))
        market = market_days(data for data in read.values() if isinstance(data, Dataset))
        kept = history() if used.manifest is not None else []
        rows = tuple(_one(name, data, used, noted, market, kept, day) for name, data in read.items())
        return Health(used.id, day, rows, noted, tuple(_sources(used)), stored_audit())


def _read(name: str) -> Dataset | LodestarError:
    try:
        return load(name)
    except LodestarError as error:
        return error


def _noted(used: Snapshot) -> Iterable[Noted]:
    """Findings table by table: those of a stored table come from its manifest, others from the bundled checks."""
    entries = used.manifest.entries if used.manifest is not None else {}
    for name, entry in entries.items():
        for place, told in enumerate(entry.findings):
            yield Noted(name, Finding(**told), True, place)
    for name, found in bundled.findings(used.base).items():
        if name not in entries:
            for place, finding in enumerate(found):
                yield Noted(name, finding, False, place)


def _one(
    name: str, data: Dataset | LodestarError, used: Snapshot, noted: Sequence[Noted], market: Any, kept: Any, day: date
) -> DatasetHealth:
    if isinstance(data, LodestarError):
        unread = Light("unknown", "unread", {"reason": data.message})
        return DatasetHealth(name, "", "", "", False, None, dict.fromkeys(LIGHTS, unread))
    tables = [use.table for use in LIVE[name].layers if used.has(use.table)] if name in LIVE else []
    stored = bool(tables)
    own = [row.finding for row in noted if row.dataset in (tables or [name])]
    found = missing(data, market)
    broken = [str(one.item) for one in own if one.kind == "no_rule"]
    lights = {
        "fresh": fresh(data, day),
        "complete": complete(data, found),
        "consistent": consistent(name, own, data.findings, checks=stored or name in bundled.CHECKED),
        "point_in_time": point_in_time(data, kept, broken),
    }
    origin = data.provenance
    return DatasetHealth(
        name, origin.source, str(origin.frequency), str(origin.basis), stored, origin.as_of, lights, found
    )


def consistent(name: str, found: Sequence[Finding], notes: Sequence[Finding], *, checks: bool) -> Light:
    """The light of consistency.

    Parameters
    ----------
    found : sequence of Finding
        Of the checks.
    notes : sequence of Finding
        Of the loader: where a newer table was put behind an older one, how they compare.
    checks : bool
        Whether anything looked at the figures at all.
    """
    if not checks:
        return Light("unknown", "unchecked")
    wrong = [one for one in found if one.unrepaired and one.kind != "no_rule"]
    if wrong:
        return Light("bad", "errors", {"errors": len(wrong)})
    spliced = [one for one in notes if one.rows is None and one.kind in DISAGREE | {"refresh_unused"}]
    doubts = [
        one
        for one in (*found, *spliced)
        if one.severity == "warning"
        and not one.applied
        and one.kind not in HOLES
        and (one.rows is not None or one in spliced)
    ]
    if doubts:
        return Light("warning", "doubts", {"doubts": len(doubts)})
    repaired = sum(one.applied for one in found)
    if repaired:
        return Light("good", "repaired", {"repaired": repaired})
    return Light("good", "agrees")


def _sources(used: Snapshot) -> Iterable[SourceRead]:
    if used.manifest is None:
        return
    for name, entry in used.manifest.entries.items():
        yield _source(name, entry)


def _source(name: str, entry: Entry) -> SourceRead:
    failed = entry.facts.get("failed_items", ())
    cells = 0 if entry.repairs is None else entry.repairs.rows
    items = len(entry.request.get("items", ()))
    return SourceRead(name, entry.source, entry.retrieved_at, entry.rows, items, tuple(map(str, failed)), cells)
