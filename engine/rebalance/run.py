"""One run from the close to orders that wait for a signature: idempotent, resumable, one at a time.

Each step is written whole, under a seal of its inputs, code and settings, before the next begins. A run that was
killed goes on behind its last finished step; a run that ended is read, not done again; a second start while the
first one works is refused. A dry run keeps nothing and gives the same.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.errors import BadInput, Busy
from engine.rebalance.calendar import window
from engine.rebalance.gates import Gate
from engine.rebalance.history import STEPS, place, run_ids, signature
from engine.rebalance.job import Job
from engine.rebalance.keep import Payload, RunFolder, Seal, code_hash, digest
from engine.rebalance.state import State
from engine.rebalance.steps import WORK
from engine.sources import using
from engine.store import Lock

Tell = Callable[[str, str], None]
"""Called with a step and what happens to it: ``begins``, ``kept``, ``half written``, ``before its name``, ``done``."""


def _silent(step: str, moment: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class RunResult:
    """A run as it stands.

    Attributes
    ----------
    steps : list of dict
        ``name``, ``status`` (done, waiting, approved, void, pending), ``seconds``, ``products`` (seconds by product).
    books : dict
        By product: orders, holdings, cash, target, weights before and after, prices.
    seals : dict of str to Seal
        Hashes of inputs, code, settings and content by step.
    """

    run_id: str
    session: str
    told: dict[str, Any]
    steps: list[dict[str, Any]]
    gates: tuple[Gate, ...]
    books: dict[str, Any]
    seals: dict[str, Seal] = field(default_factory=dict)

    @property
    def orders(self) -> list[dict[str, Any]]:
        return [{"product": key} | order for key, book in self.books.items() for order in book["orders"]]

    @property
    def content(self) -> dict[str, str]:
        """Hash of what each step gave: equal for equal runs, whenever and wherever they ran."""
        return {step: seal.content for step, seal in self.seals.items()}

    def to_dict(self, now: datetime | None = None) -> dict[str, Any]:
        day = datetime.fromisoformat(self.session).date()
        spent = sum(step["seconds"] or 0.0 for step in self.steps)
        here = window(day).to_dict(now)
        return {
            "run_id": self.run_id,
            "session": self.session,
            "snapshot": self.told.get("snapshot"),
            "runner": self.told.get("runner"),
            "window": here | {"used_seconds": spent},
            "steps": self.steps,
            "gates": [found.to_dict() for found in self.gates],
            "orders": self.orders,
            "products": [self._product(key) for key in self.told["keys"]],
            "hashes": {step: vars(seal) for step, seal in self.seals.items()},
        }

    def _product(self, key: str) -> dict[str, Any]:
        own = [found for found in self.gates if found.product == key]
        book = self.books.get(key)
        states = {found.state for found in own}
        state = next(
            (one for one in ("stopped", "fallback") if one in states), "orders" if book and book["orders"] else "held"
        )
        plain = {} if book is None else {name: book[name] for name in _SHOWN}
        return {"product": key, "state": state, "hindsight": any(one.code == "hindsight" for one in own)} | plain


_SHOWN = ("target", "before", "after", "holdings", "cash", "value", "cost", "currency", "turnover")


def run(job: Job, *, runner: str = "", tell: Tell = _silent) -> RunResult:
    """Do a run, or go on with it, or read it when it has ended.

    Parameters
    ----------
    runner : str
        Who runs it; the name of the account that the process belongs to when left out. Kept from the first start.
    tell : callable
        Progress.

    Raises
    ------
    Busy
        Another process is at work on this run.
    LookAhead
        Figures that were not known then reached a step.
    MissingData
        The folder cannot be written to.
    """
    folder = RunFolder(job.run_id, job.runs)
    try:
        with Lock(folder.files) as lock, using(job.snapshot):
            folder.sweep()
            if folder.noted("run.json") is None:
                folder.note("run.json", _begun(job, runner))
            _steps(job, folder, tell, lock.renew)
    except Busy as busy:
        raise Busy("run_busy", field="run", value=busy.params["value"], since=busy.params["since"]) from busy
    return read(job.run_id, job.runs)


def _begun(job: Job, runner: str) -> dict[str, Any]:
    return {
        "run_id": job.run_id,
        "runner": runner.strip() or _user(),
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        "keys": [account.key for account in job.products],
        "snapshot": job.snapshot,
        "feed": None if job.feed is None else str(job.feed),
        "settings": job.settings(),
        "inputs": job.inputs(),
        "code": code_hash(),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _steps(job: Job, folder: RunFolder | None, tell: Tell, alive: Callable[[], None]) -> tuple[State, dict[str, Seal]]:
    state, seals = State(job), {}
    before, settings, code = digest(job.inputs()), digest(job.settings()), code_hash()
    for step in STEPS:
        kept = folder.read(place(step)) if folder else None
        sealed = folder.seal(place(step)) if folder and kept else None
        if kept and sealed and (sealed.inputs, sealed.code, sealed.settings) == (before, code, settings):
            state.done[step], seals[step] = kept, sealed
            tell(step, "kept")
        else:
            tell(step, "begins")
            seals[step] = _do(step, state, folder, tell, (before, code, settings))
            alive()
            tell(step, "done")
        before = seals[step].content
    return state, seals


def _do(step: str, state: State, folder: RunFolder | None, tell: Tell, of: tuple[str, str, str]) -> Seal:
    begun = time.perf_counter()
    state.gates, state.parts = [], {}
    made = WORK[step](state)
    facts = made.facts | {"gates": [found.to_dict() for found in state.gates]}
    payload = Payload(facts, made.arrays, made.files)
    content = payload.digest()
    inputs, code, settings = of
    if folder is not None:
        parts = {key: round(seconds, 6) for key, seconds in state.parts.items()}
        seal = Seal(step, inputs, code, settings, content, time.perf_counter() - begun, parts)
        folder.write(place(step), payload, seal, lambda moment: tell(step, moment))
    state.done[step], state.gates = payload, []
    return Seal(step, inputs, code, settings, content, time.perf_counter() - begun, dict(state.parts))


def dry_run(job: Job, *, tell: Tell = _silent) -> RunResult:
    """The same run without keeping anything: for any past session, from what was known then.

    Raises
    ------
    LookAhead
        Figures that were not known then reached a step.
    """
    with using(job.snapshot):
        state, seals = _steps(job, None, tell, lambda: None)
    told = {"keys": [account.key for account in job.products], "snapshot": job.snapshot, "runner": None}
    steps = [_step(step, "done", seals[step]) for step in STEPS]
    return RunResult(
        job.run_id, job.day.isoformat(), told, steps, tuple(state.gates_so_far()), state.done["pretrade"].facts["books"],
        seals,
    )  # fmt: skip


def _step(name: str, status: str, seal: Seal | None = None) -> dict[str, Any]:
    if seal is None:
        return {"name": name, "status": status, "seconds": None, "products": {}}
    return {"name": name, "status": status, "seconds": seal.seconds, "products": dict(seal.parts)}


def read(run_id: str, runs: Path | None = None) -> RunResult:
    """A run as it lies in its folder, finished or not, with the state of its approval.

    Raises
    ------
    BadInput
        There is no such run.
    """
    folder = RunFolder(run_id, runs)
    told = folder.noted("run.json") if run_id in run_ids(runs) else None
    if told is None:
        raise BadInput("run_unknown", field="run_id", value=run_id)
    steps: list[dict[str, Any]] = []
    gates: list[Gate] = []
    seals: dict[str, Seal] = {}
    books: dict[str, Any] = {}
    for step in STEPS:
        payload, seal = folder.read(place(step)), folder.seal(place(step))
        if payload is None or seal is None:
            steps.append(_step(step, "pending"))
            continue
        steps.append(_step(step, "done", seal))
        seals[step] = seal
        gates += [Gate.of(found) for found in payload.facts["gates"]]
        books = payload.facts["books"] if step == "pretrade" else books
    state, signed = signature(folder)
    ready = "pretrade" in seals and any(book["orders"] for book in books.values())
    waits = "waiting" if ready else "nothing to approve" if "pretrade" in seals else "pending"
    approval = {"none": waits, "approved": "approved", "void": "void"}[state]
    steps.append(_step("approval", approval) | {"approver": signed.get("approver"), "note": signed.get("note")})
    there = state == "approved" and (folder.path / "files" / "audit.jsonl").is_file()
    steps.append(_step("files", "done" if there else "pending"))
    return RunResult(run_id, run_id[:10], told, steps, tuple(gates), books, seals)


def latest(runs: Path | None = None, product: str = "", day: str = "") -> str | None:
    """The newest run, of a product and a session where they are named; None where there is none."""
    for run_id in reversed(run_ids(runs)):
        told = RunFolder(run_id, runs).noted("run.json") or {}
        if (not product or product in told.get("keys", ())) and (not day or run_id.startswith(day)):
            return run_id
    return None
