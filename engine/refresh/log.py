"""Every attempt to refresh, kept as a small file beside the snapshots: when, by what, what came of it, and why not.

The log never stands in the way: an attempt that cannot be written is lost, a file that cannot be read is skipped.
"""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.errors import Busy, Cancelled, LodestarError, MissingData
from engine.refresh.result import DatasetStatus, RefreshResult
from engine.store import Store, open_store
from engine.store.lock import alive

FOLDER = "attempts"
KEEP = 200
"""Attempts that stay; older ones are removed."""
VERSION = 1
ELSEWHERE = timedelta(hours=1)
"""An attempt of another machine without an end after so long has died."""
ITEMS = 50
"""Failed items that an attempt names, a data set."""


@dataclass(frozen=True)
class Failure:
    """An error as it is kept: ``code`` and ``params`` of its sentence, and the sentence in English."""

    code: str
    params: Mapping[str, str]
    message: str


@dataclass(frozen=True)
class Tried:
    """One data set in an attempt.

    Attributes
    ----------
    status : str
        ``updated``, ``unchanged`` or ``failed``.
    error : Failure or None
        Why it failed, or what could not be read of an updated one.
    failed_items : mapping of str to str
        Tickers, series or files that could not be read, and why; at most ``ITEMS``.
    failed : int
        How many those are in all.
    added, revised : int or None
        Rows against the snapshot before; None where no new table came.
    """

    name: str
    table: str
    status: str
    error: Failure | None = None
    failed_items: Mapping[str, str] = field(default_factory=dict)
    failed: int = 0
    added: int | None = None
    revised: int | None = None


@dataclass(frozen=True)
class Attempt:
    """One attempt to refresh.

    Attributes
    ----------
    started, ended : datetime, datetime or None
        UTC; no end while it runs, or where its process died.
    by : str
        ``cli``, ``app`` or ``python``.
    asked : tuple of str or None
        Names as they were asked for; None is all.
    outcome : str
        ``updated`` (a new snapshot), ``unchanged``, ``failed`` (nothing could be read), ``cancelled``, ``busy``,
        ``error`` (nothing was switched: the store, or something unexpected), ``running``, or ``died`` (its
        process is gone; on another machine: no end within an hour).
    partial : bool
        Some, but not all, could be read.
    error : Failure or None
        Why it ended without a result.
    snapshot, previous : str or None
        In use after it, and before it.
    """

    id: str
    started: datetime
    by: str
    asked: tuple[str, ...] | None = None
    ended: datetime | None = None
    outcome: str = "running"
    partial: bool = False
    error: Failure | None = None
    datasets: tuple[Tried, ...] = ()
    snapshot: str | None = None
    previous: str | None = None
    host: str = ""
    process: int = 0

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return None if self.ended is None else (self.ended - self.started).total_seconds()

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, as it is kept and as the command line prints it."""
        return asdict(self) | {
            "started": self.started.isoformat(timespec="milliseconds"),
            "ended": None if self.ended is None else self.ended.isoformat(timespec="milliseconds"),
            "asked": None if self.asked is None else list(self.asked),
            "datasets": [asdict(row) for row in self.datasets],
        }


@dataclass(frozen=True)
class LastRead:
    """What the log knows of one data set.

    Attributes
    ----------
    read : datetime or None
        When it was last read, wholly or in part.
    failed, error : datetime or None, Failure or None
        When it, or part of it, last could not be read, and why.
    failing : bool
        Whether the last attempt at it failed or was partial.
    """

    name: str
    table: str
    read: datetime | None = None
    failed: datetime | None = None
    error: Failure | None = None
    failing: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        moments = {
            name: None if at is None else at.isoformat() for name, at in (("read", self.read), ("failed", self.failed))
        }
        return asdict(self) | moments


class Noted:
    """An attempt while it runs; ``end`` says what came of it."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt

    def end(self, result: RefreshResult) -> None:
        outcome = "failed" if result.unavailable else "updated" if result.changed else "unchanged"
        self.attempt = replace(
            self.attempt, outcome=outcome, partial=result.partial, datasets=tuple(map(_tried, result.datasets)),
            snapshot=result.snapshot, previous=result.previous,
        )  # fmt: skip

    def fail(self, outcome: str, error: LodestarError | None) -> None:
        self.attempt = replace(self.attempt, outcome=outcome, error=None if error is None else _failure(error))


@contextmanager
def noted(store: Store, by: str, asked: Sequence[str] | None) -> Iterator[Noted]:
    """Keep an attempt from its start to its end, however it ends."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%d-%H%M%S%f}-{uuid.uuid4().hex[:6]}"
    attempt = Attempt(
        name, now, by, None if asked is None else tuple(asked), host=socket.gethostname(), process=os.getpid()
    )
    made = Noted(attempt)
    _write(store, attempt)
    try:
        yield made
    except Busy as error:
        made.fail("busy", error)
        raise
    except Cancelled as error:
        made.fail("cancelled", error)
        raise
    except KeyboardInterrupt:
        made.fail("cancelled", None)
        raise
    except LodestarError as error:
        made.fail("error", error)
        raise
    except BaseException:
        made.fail("error", None)
        raise
    finally:
        _write(store, replace(made.attempt, ended=datetime.now(UTC)))
        _prune(store)


def attempts(store: Store | None = None, limit: int | None = None) -> list[Attempt]:
    """Attempts on file, the latest first; those that cannot be read are left out.

    Parameters
    ----------
    limit : int or None
        At most so many.
    """
    kept = store or open_store()
    found: list[Attempt] = []
    for name in reversed(_names(kept)):
        if limit is not None and len(found) >= limit:
            break
        attempt = _read(kept, name)
        if attempt is not None:
            found.append(attempt)
    return found


def last_read(known: Sequence[Attempt]) -> dict[str, LastRead]:
    """What the attempts (the latest first) tell of each data set in them."""
    found: dict[str, LastRead] = {}
    for attempt in reversed(known):
        at = attempt.ended or attempt.started
        for row in attempt.datasets:
            before = found.get(row.name, LastRead(row.name, row.table))
            read = before.read if row.status == "failed" else at
            failing = row.error is not None
            failed, error = (at, row.error) if failing else (before.failed, before.error)
            found[row.name] = replace(before, read=read, failed=failed, error=error, failing=failing)
    return found


def _tried(row: DatasetStatus) -> Tried:
    items = {item: error.message for item, error in list(row.failed_items.items())[:ITEMS]}
    counts = (None, None) if row.change is None else (row.change.added, row.change.changed_rows)
    error = None if row.error is None else _failure(row.error)
    return Tried(row.name, row.table, row.status, error, items, len(row.failed_items), *counts)


def _failure(error: LodestarError) -> Failure:
    return Failure(error.code, dict(error.params), error.message)


def _names(store: Store) -> list[str]:
    """Files of the log, oldest first: their names begin with the moment of the start."""
    try:
        return store.files.names(FOLDER)
    except (LodestarError, OSError):
        return []


def _write(store: Store, attempt: Attempt) -> None:
    content = json.dumps({"version": VERSION} | attempt.to_dict(), ensure_ascii=False).encode()
    try:
        store.files.put(f"{FOLDER}/{attempt.id}.json", content)
    except (LodestarError, OSError):
        return


def _read(store: Store, name: str) -> Attempt | None:
    try:
        body = json.loads(store.files.read(name) or b"")
        if body.pop("version") != VERSION:
            return None
        return _alive(_attempt(body))
    except (MissingData, OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _attempt(body: dict[str, Any]) -> Attempt:
    rows = tuple(Tried(**(row | {"error": _told(row["error"])})) for row in body["datasets"])
    moments = {
        "started": datetime.fromisoformat(body["started"]),
        "ended": None if body["ended"] is None else datetime.fromisoformat(body["ended"]),
    }
    asked = None if body["asked"] is None else tuple(body["asked"])
    return Attempt(**(body | moments | {"asked": asked, "error": _told(body["error"]), "datasets": rows}))


def _told(error: dict[str, Any] | None) -> Failure | None:
    return None if error is None else Failure(**error)


def _alive(attempt: Attempt) -> Attempt:
    """An attempt without an end whose process is gone did not end well."""
    if attempt.ended is not None:
        return attempt
    if attempt.host == socket.gethostname():
        gone = not alive(attempt.process)
    else:
        gone = datetime.now(UTC) - attempt.started > ELSEWHERE
    return replace(attempt, outcome="died") if gone else attempt


def _prune(store: Store) -> None:
    for name in _names(store)[:-KEEP]:
        try:
            store.files.remove(name)
        except (LodestarError, OSError):
            return
