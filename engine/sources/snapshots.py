"""Which numbers count: the bundled data, or those with a stored refresh on top; one id for all of them.

A snapshot's id names every number in it. ``using(id)`` holds one for a run or a session: whatever is
refreshed meanwhile, the numbers in it do not move.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from engine.errors import LodestarError, MissingData
from engine.paths import ROOT, facts_dir, package_file
from engine.sources import bundled
from engine.sources.dataset import Finding
from engine.sources.facts import FACT_TABLES

if TYPE_CHECKING:
    from engine.sources.live.datasets import Stored
    from engine.store import Manifest

BUNDLED = "bundled"
_active: ContextVar[str | None] = ContextVar("lodestar_snapshot", default=None)


@dataclass(frozen=True)
class Snapshot:
    """One set of numbers.

    Attributes
    ----------
    id : str
        ``bundled-...``, or the stored snapshot's (with a suffix where the bundled data under it changed).
    base : str
        Id of the bundled data under it.
    manifest : Manifest or None
        The stored tables on top; None for bundled data alone.
    """

    id: str
    base: str
    manifest: Manifest | None = None

    def has(self, table: str) -> bool:
        return self.manifest is not None and table in self.manifest.entries

    def table(self, name: str, columns: tuple[str, ...] | None = None) -> Stored:
        """A stored table; the snapshot counts as in use from then on.

        Raises
        ------
        MissingData
            The table is not in the snapshot, or its bytes are not what was written.
        """
        from engine.sources.live.datasets import Stored
        from engine.store import open_store

        if self.manifest is None or name not in self.manifest.entries:
            raise MissingData("not_refreshed", field="dataset", value=name)
        store = open_store()
        store.lease(self.manifest.id)
        entry = self.manifest.entries[name]
        findings = tuple(Finding(**found) for found in entry.findings)
        return Stored(store.table(entry, columns), entry.source, entry.retrieved_at, findings)


def bundled_id(tables: Collection[str] | None = None) -> str:
    """Name of the bundled data: a hash of every file in them, so that equal ids mean equal numbers.

    With ``tables`` only these fact tables count, beside the package files: the name of what an
    artifact was made from, which a new table elsewhere does not change.
    """
    folder = str(facts_dir())  # once, and plain strings: every line and page asks for the snapshot
    paths = [f"{folder}/{table.name}.csv" for table in FACT_TABLES if tables is None or table.name in tables]
    return _bundled_id(tuple((path, *_stamp(path)) for path in paths))


def _stamp(path: str) -> tuple[int, int]:
    """Time and size of a file; zeros when it is missing."""
    try:
        facts = os.stat(path)
    except OSError:
        return 0, 0
    return (facts.st_mtime_ns, facts.st_size) if S_ISREG(facts.st_mode) else (0, 0)


@cache
def _bundled_id(stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, stamp, _ in stamps:
        digest.update(Path(path).read_bytes() if stamp else b"missing")
    for package, inside in bundled.PACKAGE_FILES:
        try:
            digest.update(package_file(package, inside).read_bytes())
        except LodestarError:
            digest.update(b"missing")
    return f"bundled-{digest.hexdigest()[:10]}"


def current_id() -> str:
    """The snapshot in use here: the one held by ``using``, else the store's current one, else the bundled data."""
    return _active.get() or newest_id()


def newest_id() -> str:
    """The store's current snapshot, or the bundled data where nothing is stored or the store cannot be read."""
    return _newest(bundled_id())


def _newest(base: str) -> str:
    try:
        stored = _pointed()
        return base if stored is None else _named(stored, base)
    except LodestarError:
        return base


def store_error() -> LodestarError | None:
    """Why the store's current snapshot is not in use; None where all is well."""
    try:
        stored = _pointed()
        if stored is not None:
            _named(stored, bundled_id())
    except LodestarError as error:
        return error
    return None


def _pointed() -> str | None:
    """Id in the store's pointer. A plain folder without one costs one look and no import."""
    url = os.environ.get("LODESTAR_STORE") or str(ROOT / "data" / "store")
    if "://" not in url and not (Path(url) / "current.json").is_file():
        return None
    from engine.store import open_store

    pointer = open_store(url).pointer()
    return pointer.snapshot if pointer else None


def _named(stored: str, base: str) -> str:
    """The id of a stored snapshot on these bundled data."""
    manifest = _manifest(os.environ.get("LODESTAR_STORE"), stored)
    return stored if manifest.base == base else f"{stored}+{base.removeprefix('bundled-')[:6]}"


@lru_cache(maxsize=64)
def _manifest(url: str | None, stored: str) -> Manifest:
    from engine.store import open_store

    return open_store(url).manifest(stored)


def find(snapshot: str | None = None) -> Snapshot:
    """The snapshot of an id; None is the one in use, ``bundled`` the bundled data alone.

    Raises
    ------
    MissingData
        No such snapshot, or the bundled data under it changed since it was named.
    """
    base = bundled_id()
    asked = snapshot or _active.get() or _newest(base)
    if asked in {BUNDLED, base}:
        return Snapshot(base, base)
    stored = asked.partition("+")[0]
    if not stored.startswith("stored-"):
        raise MissingData("snapshot_unknown", field="snapshot", value=asked)
    name = _named(stored, base)
    if "+" in asked and name != asked:
        raise MissingData("snapshot_unknown", field="snapshot", value=asked)
    return Snapshot(name, base, _manifest(os.environ.get("LODESTAR_STORE"), stored))


@contextmanager
def using(snapshot: str | None = None) -> Iterator[Snapshot]:
    """Hold one snapshot for everything that is read inside, in this thread or task; None holds the one in use.

    Raises
    ------
    MissingData
        No such snapshot.
    """
    found = find(snapshot)
    token = _active.set(found.id)
    try:
        yield found
    finally:
        _active.reset(token)
