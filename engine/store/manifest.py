"""What a snapshot holds and where each table of it came from, as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.errors import MissingData

VERSION = 2
READ = (1, 2)
"""Versions that can be read; the first had findings as text only and no repair logs."""


@dataclass(frozen=True)
class Piece:
    """One stored object: ``content`` names it by its numbers, ``sha256`` is of its bytes."""

    content: str
    sha256: str
    bytes: int
    rows: int

    @property
    def object(self) -> str:
        return object_name(self.content)


@dataclass(frozen=True)
class Entry:
    """One table of a snapshot.

    Attributes
    ----------
    content : str
        Hash of the numbers; names the object and tells whether anything changed.
    sha256 : str
        Hash of the object's bytes, checked at every reading.
    keys : tuple of str
        Columns that name a row.
    source, request, retrieved_at : str, mapping, str
        Where the table came from, what was asked, and when it came (UTC, ISO).
    known_at : mapping of str to str
        Column or series, and the rule by which its figures became known.
    findings : tuple of mapping
        ``kind``, ``severity``, ``text``; of a check also ``item``, ``first``, ``last``, ``rows``, ``evidence``,
        ``repair``, ``applied``.
    facts : mapping
        Anything else a reader needs: basis, unit, currency, frequency, vintage.
    repairs : Piece or None
        The log of every cell that was changed before storing; None where none was.
    """

    name: str
    content: str
    sha256: str
    bytes: int
    rows: int
    keys: tuple[str, ...]
    source: str
    request: Mapping[str, Any]
    retrieved_at: str
    known_at: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Mapping[str, Any], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    repairs: Piece | None = None

    @property
    def object(self) -> str:
        return object_name(self.content)

    @property
    def objects(self) -> tuple[str, ...]:
        """Every object the entry needs: the table and the log of its repairs."""
        return (self.object,) if self.repairs is None else (self.object, self.repairs.object)


@dataclass(frozen=True)
class Manifest:
    """One snapshot: its tables, the one it follows, and the code that made it."""

    id: str
    created_at: str
    code: str
    base: str
    parent: str | None
    entries: Mapping[str, Entry]

    def to_json(self) -> bytes:
        body = asdict(self) | {"version": VERSION}
        return json.dumps(body, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False).encode()


def object_name(content: str) -> str:
    """Where the object of a content lies."""
    return f"objects/{content[:2]}/{content}.parquet"


def manifest_name(snapshot: str) -> str:
    """Where the manifest of a snapshot lies."""
    return f"snapshots/{snapshot}.json"


def read_manifest(snapshot: str, content: bytes) -> Manifest:
    """A manifest from its JSON.

    Raises
    ------
    MissingData
        Broken, of another snapshot, or written by a newer version.
    """
    try:
        body = json.loads(content)
        if body.pop("version") not in READ or body["id"] != snapshot:
            raise ValueError("another version or snapshot")
        entries = {name: _entry(entry) for name, entry in body.pop("entries").items()}
        return Manifest(**body, entries=entries)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise MissingData("store_broken", field="snapshot", value=snapshot, reason=type(error).__name__) from error


def _entry(told: Mapping[str, Any]) -> Entry:
    log = told.get("repairs")
    lists = {"keys": tuple(told["keys"]), "findings": tuple(told["findings"])}
    return Entry(**{**told, **lists, "repairs": None if log is None else Piece(**log)})


def name_of(created_at: str, base: str, entries: Mapping[str, Entry]) -> str:
    """``stored-`` with day, time and a hash of base and contents: sorted by name is sorted by time."""
    told = json.dumps([base, created_at, sorted((name, entry.content) for name, entry in entries.items())])
    stamp = "".join(character for character in created_at[:26] if character.isdigit())
    return f"stored-{stamp[:8]}-{stamp[8:]}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"
