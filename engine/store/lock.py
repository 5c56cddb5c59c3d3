"""One writer at a time; a lock whose holder died or fell silent can be taken over."""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from engine.errors import Busy
from engine.store.files import Files

NAME = "lock.json"
LIFE = timedelta(minutes=15)
"""A lock that was not renewed for so long is stale."""


class Lock:
    """The right to write to a store, as a context.

    Raises
    ------
    Busy
        Another writer holds it (at entering), or it was lost to one (``require``).
    """

    def __init__(self, files: Files, *, life: timedelta = LIFE) -> None:
        self._files = files
        self._life = life
        self._token = uuid.uuid4().hex
        self._started = datetime.now(UTC)

    def __enter__(self) -> Lock:
        with self._files.guarded():
            held = self._held()
            if held is not None and not _stale(held):
                raise _busy(held)
            if held is not None:
                self._files.remove(NAME)
            if not self._files.put_new(NAME, self._body()):
                raise _busy(self._held())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        held = self._held()
        if held is not None and held.get("token") == self._token:
            self._files.remove(NAME)

    def renew(self) -> None:
        """Say that the writer is still at work."""
        self.require()
        self._files.put(NAME, self._body())

    def require(self) -> None:
        """Refuse to go on if the lock was taken over meanwhile."""
        held = self._held()
        if held is None or held.get("token") != self._token:
            raise _busy(held)

    def _body(self) -> bytes:
        now = datetime.now(UTC)
        told = {
            "token": self._token,
            "who": f"{_user()}@{socket.gethostname()}",
            "host": socket.gethostname(),
            "process": os.getpid(),
            "since": self._started.isoformat(timespec="seconds"),
            "until": (now + self._life).isoformat(timespec="seconds"),
        }
        return json.dumps(told).encode()

    def _held(self) -> dict[str, Any] | None:
        return _read(self._files, NAME)


def _read(files: Files, name: str) -> dict[str, Any] | None:
    content = files.read(name)
    if content is None:
        return None
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _stale(held: dict[str, Any]) -> bool:
    """Out of time, unreadable, or held by a process of this machine that is gone."""
    try:
        if datetime.fromisoformat(held["until"]) < datetime.now(UTC):
            return True
        return held["host"] == socket.gethostname() and not alive(int(held["process"]))
    except (KeyError, TypeError, ValueError):
        return True


def alive(process: int) -> bool:
    """Whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _busy(held: dict[str, Any] | None) -> Busy:
    told = held or {}
    return Busy(
        "refresh_running", field="refresh", value=told.get("who", "another writer"), since=told.get("since", "just now")
    )
