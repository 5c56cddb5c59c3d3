"""Writing and reading snapshots. Objects first, then the manifest, then the pointer: a kill leaves the last good one."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from engine.errors import LodestarError, MissingData
from engine.store.files import Files, store_url
from engine.store.lock import Lock
from engine.store.manifest import Entry, Manifest, Piece, manifest_name, name_of, read_manifest
from engine.store.tables import content_hash, decoded, encoded, prepared

POINTER = "current.json"
LEASE = timedelta(hours=24)


@dataclass(frozen=True)
class Pointer:
    """Which snapshot is current, since when, and when the sources were last asked."""

    snapshot: str
    switched_at: str
    checked_at: str


class Store:
    """A folder or object store with snapshots in it. Reading needs no lock; writing does."""

    def __init__(self, url: str | None = None) -> None:
        self.files = Files(url)
        self._leases: dict[str, datetime] = {}
        self._holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"

    # --- reading

    def pointer(self) -> Pointer | None:
        """The current snapshot, or None where nothing was ever stored.

        Raises
        ------
        MissingData
            The pointer cannot be read.
        """
        content = self.files.read(POINTER)
        if content is None:
            return None
        try:
            return Pointer(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise MissingData("store_broken", field="store", value=POINTER, reason=type(error).__name__) from error

    def manifest(self, snapshot: str) -> Manifest:
        """The manifest of a snapshot.

        Raises
        ------
        MissingData
            There is none, or it is broken.
        """
        content = None if "/" in snapshot else self.files.read(manifest_name(snapshot))
        if content is None:
            raise MissingData("snapshot_unknown", field="snapshot", value=snapshot)
        return read_manifest(snapshot, content)

    def snapshots(self) -> list[str]:
        """Ids, oldest first."""
        return [name.removeprefix("snapshots/").removesuffix(".json") for name in self.files.names("snapshots")]

    def table(self, entry: Entry, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The table of an entry, its bytes checked.

        Raises
        ------
        MissingData
            The object is missing or is not what was written.
        """
        piece = Piece(entry.content, entry.sha256, entry.bytes, entry.rows)
        return decoded(self._bytes(piece, entry.name), columns)

    def repairs(self, entry: Entry) -> pd.DataFrame | None:
        """The log of an entry's repairs, its bytes checked; None where nothing was changed.

        Raises
        ------
        MissingData
            The object is missing or is not what was written.
        """
        return None if entry.repairs is None else decoded(self._bytes(entry.repairs, f"{entry.name} (repairs)"))

    def _bytes(self, piece: Piece, name: str) -> bytes:
        content = self.files.read(piece.object)
        if content is None:
            raise MissingData("store_broken", field="store", value=name, reason="its object is missing")
        if hashlib.sha256(content).hexdigest() != piece.sha256:
            raise MissingData("store_broken", field="store", value=name, reason="its checksum differs")
        return content

    # --- leases

    def lease(self, snapshot: str) -> None:
        """Mark a snapshot as in use by this process, so that retention leaves it alone; for a day, then again.

        A store that cannot be written to is read all the same.
        """
        now = datetime.now(UTC)
        if now < self._leases.get(snapshot, now):
            return
        first = not self._leases
        self._leases[snapshot] = now + LEASE / 2
        until = (now + LEASE).isoformat(timespec="seconds")
        try:
            self.files.put(self._lease(snapshot), json.dumps({"until": until}).encode())
        except LodestarError:
            return
        if first:
            atexit.register(self.release)

    def release(self) -> None:
        """Take back this process's leases."""
        for snapshot in list(self._leases):
            del self._leases[snapshot]
            self.files.remove(self._lease(snapshot))

    def leased(self) -> set[str]:
        """Snapshots that some process uses; leases out of time are removed."""
        found = set()
        now = datetime.now(UTC)
        for name in self.files.names("leases"):
            try:
                until = datetime.fromisoformat(json.loads(self.files.read(name) or b"")["until"])
            except (ValueError, KeyError, TypeError):
                until = now
            if until > now:
                found.add(name.split("/")[1])
            else:
                self.files.remove(name)
        return found

    def _lease(self, snapshot: str) -> str:
        return f"leases/{snapshot}/{self._holder}.json"

    # --- writing

    def keep(self, frame: pd.DataFrame, name: str, keys: Sequence[str], **told: Any) -> Entry:
        """Store a table; an object with the same content is used again.

        Raises
        ------
        BadInput
            The keys do not name the rows, or a column cannot be stored.
        """
        piece = self.put(frame, keys)
        return Entry(name, piece.content, piece.sha256, piece.bytes, piece.rows, tuple(keys), **told)

    def put(self, frame: pd.DataFrame, keys: Sequence[str]) -> Piece:
        """Store a frame as an object; one with the same content is used again. Raises as ``keep``."""
        ready = prepared(frame, keys)
        content = content_hash(ready)
        place = Piece(content, "", 0, len(ready)).object
        present = self.files.read(place)
        if present is None or not _holds(present, content):
            present = encoded(ready)
            self.files.put(place, present)
        return Piece(content, hashlib.sha256(present).hexdigest(), len(present), len(ready))

    def publish(self, entries: Mapping[str, Entry], lock: Lock, *, base: str, code: str) -> Manifest:
        """Write the manifest of these entries and make it current.

        Raises
        ------
        Busy
            The lock was lost meanwhile; nothing is switched.
        """
        pointer = self.pointer()
        created = datetime.now(UTC).isoformat(timespec="microseconds")
        name = name_of(created, base, entries)
        made = Manifest(name, created, code, base, pointer.snapshot if pointer else None, dict(sorted(entries.items())))
        self.files.put(manifest_name(name), made.to_json())
        lock.require()
        self._point(Pointer(name, created, created))
        return made

    def checked(self, lock: Lock) -> None:
        """Note that the sources were asked and had nothing new."""
        pointer = self.pointer()
        if pointer is not None:
            lock.require()
            now = datetime.now(UTC).isoformat(timespec="microseconds")
            self._point(Pointer(pointer.snapshot, pointer.switched_at, now))

    def _point(self, pointer: Pointer) -> None:
        self.files.put(POINTER, json.dumps(vars(pointer)).encode())


def _holds(content: bytes, expected: str) -> bool:
    """Whether stored bytes still decode to the content they are named by."""
    try:
        return content_hash(decoded(content)) == expected
    except LodestarError:
        return False


@lru_cache(maxsize=8)
def _store(url: str) -> Store:
    return Store(url)


def open_store(url: str | None = None) -> Store:
    """The store at an address, one object a process and address."""
    return _store(url or store_url())
