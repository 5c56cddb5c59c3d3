"""A refresh in the background: one for the whole server, watched by any session, ended only by the one that began it.

The thread belongs to the process, not to a session, so that it outlives reruns, changes of page and closed tabs.
It draws nothing; pages look at ``View``s of it.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from engine import refresh
from engine.errors import Busy, LodestarError
from engine.refresh import RefreshResult, Step
from ui import context
from ui.settings import settings

LOG = logging.getLogger("lodestar")

State = Literal["waiting", "reading", "updated", "unchanged", "failed"]

_OWN = "_refresh_own"
_SETTLED = "_refresh_settled"


@dataclass(frozen=True)
class TableState:
    """One table of a refresh: how far it is, and why it failed."""

    name: str
    state: State = "waiting"
    done: int = 0
    total: int = 0
    item: str = ""
    error: LodestarError | None = None


@dataclass(frozen=True)
class View:
    """A refresh as it is at one moment.

    Attributes
    ----------
    cancelling : bool
        Somebody asked it to stop, and it will after the request under way.
    result : RefreshResult or None
        What it did, once it has ended well.
    error : LodestarError or None
        Why it ended without a result; None also where something unexpected happened (``broken``).
    """

    id: str
    started: datetime
    asked: tuple[str, ...] | None
    tables: tuple[TableState, ...]
    cancelling: bool = False
    ended: datetime | None = None
    result: RefreshResult | None = None
    error: LodestarError | None = None
    broken: bool = False

    @property
    def running(self) -> bool:
        return self.ended is None

    @property
    def finished(self) -> int:
        """Tables that are done."""
        return sum(table.state not in ("waiting", "reading") for table in self.tables)

    @property
    def share(self) -> float:
        """How far it is, from 0 to 1; items of the table being read count as parts of it."""
        part = sum(table.done / table.total for table in self.tables if table.state == "reading" and table.total)
        return min(1.0, (self.finished + part) / max(1, len(self.tables)))


class Job:
    """The thread and what is known of it."""

    def __init__(self, only: Sequence[str] | None) -> None:
        asked = None if only is None else tuple(only)
        tables = tuple(TableState(name) for name in refresh.choose(only))
        self._view = View(uuid.uuid4().hex, datetime.now(UTC), asked, tables)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="lodestar-refresh", daemon=True)
        self._thread.start()

    def view(self) -> View:
        with self._lock:
            return self._view

    def cancel(self) -> None:
        """Ask it to stop; it does so between two requests."""
        self._stop.set()
        self._set(cancelling=True)

    def join(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            from engine import integrity

            result = refresh.run(
                self._view.asked, self._step, self._stop.is_set, limits=_limits(), check=integrity.check, by="app"
            )
            self._set(result=result, ended=datetime.now(UTC))
        except LodestarError as error:
            self._set(error=error, ended=datetime.now(UTC))
        except Exception:
            LOG.exception("a refresh ended unexpectedly")
            self._set(broken=True, ended=datetime.now(UTC))

    def _step(self, step: Step) -> None:
        state: State = step.status or "reading"  # type: ignore[assignment]
        now = TableState(step.table, state, step.done, step.total, step.item, step.error)
        with self._lock:
            tables = tuple(now if table.name == step.table else table for table in self._view.tables)
            self._view = replace(self._view, tables=tables)

    def _set(self, **values: object) -> None:
        with self._lock:
            self._view = replace(self._view, **values)  # type: ignore[arg-type]


def _limits() -> refresh.Limits:
    seconds = float(settings().refresh_timeout)
    return refresh.Limits(total=seconds, connect=min(5.0, seconds))


_guard = threading.Lock()
_jobs: list[Job] = []
"""The latest, once there was one."""


def latest() -> View | None:
    """The refresh that runs, or the one that ended last; None before the first."""
    return _jobs[0].view() if _jobs else None


def start(only: Sequence[str] | None) -> None:
    """Begin a refresh for this session.

    Raises
    ------
    BadInput
        An unknown name.
    Busy
        One is running in this server already. (One of another process is met by the thread, and told in its view.)
    """
    with _guard:
        held = latest()
        if held is not None and held.running:
            since = held.started.isoformat(timespec="seconds")
            raise Busy("refresh_running", field="refresh", value="another session of this server", since=since)
        _jobs[:] = [Job(only)]
        st.session_state[_OWN] = _jobs[0].view().id


def own(view: View) -> bool:
    """Whether this session began it."""
    return bool(st.session_state.get(_OWN) == view.id)


def cancel(view: View) -> None:
    """End this session's own refresh."""
    for job in _jobs:
        if own(view) and job.view().id == view.id:
            job.cancel()


def settle(view: View) -> bool:
    """Move the session that began it to what it brought, once; whether it moved."""
    if view.running or not own(view) or st.session_state.get(_SETTLED) == view.id:
        return False
    st.session_state[_SETTLED] = view.id
    if view.result is None or not view.result.changed:
        return False
    context.take_newest_snapshot()
    return True


def wait(seconds: float) -> bool:
    """Wait until no refresh runs; whether that came."""
    return all(job.join(seconds) for job in _jobs)
