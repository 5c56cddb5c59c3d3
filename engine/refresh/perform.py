"""One refresh: fetch, check, store beside, switch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import pandas as pd

from engine.errors import LodestarError, MissingSymbol, Partial, RateLimited, SourceUnavailable, Unreachable
from engine.refresh import facts
from engine.refresh.agree import PAIRS, between, with_older
from engine.refresh.checks import Check, Checked, checked, without_rule
from engine.refresh.derived import BARS, derive
from engine.refresh.log import noted
from engine.refresh.plan import plan
from engine.refresh.repairs import of_items
from engine.refresh.result import DatasetStatus, RefreshResult, Step
from engine.sources import BUNDLED, DATASETS, load, snapshots
from engine.sources.dataset import Dataset, Finding
from engine.sources.live import Answer, Limits, Request, fetch
from engine.sources.live.datasets import LIVE, Live, Stored
from engine.sources.live.request import not_asked
from engine.store import Entry, Lock, Manifest, Store, compare, open_store, prune
from engine.store.tables import prepared

Progress = Callable[[Step], object]
CODE = "lodestar-0.1.0"


@dataclass(frozen=True, eq=False)
class _Outcome:
    """One table after fetching: its new entry (None where nothing came), and what to tell of it."""

    request: Request
    status: str
    entry: Entry | None = None
    error: LodestarError | None = None
    failed_items: Mapping[str, LodestarError] | None = None
    refused: Mapping[str, LodestarError] | None = None


def run(
    only: Sequence[str] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    *,
    limits: Limits | None = None,
    check: Check | None = None,
    store: Store | None = None,
    by: str = "python",
) -> RefreshResult:
    """Refresh the data sets named, or all, into a new snapshot.

    The snapshot in use stays in use until the new one is whole, and whoever holds it goes on with it. What
    could not be read keeps its older figures and is told; if nothing is new, no snapshot is made.

    Parameters
    ----------
    only : sequence of str or None
        Names of data sets or tables.
    progress : callable or None
        Called with a ``Step``, in the caller's thread.
    cancelled : callable or None
        Asked between requests and during waits; true ends the refresh.
    limits : Limits or None
        Timeouts, retries and rates.
    check : callable or None
        Checks and repairs bars before they are stored: ``engine.integrity.check``. Macro series and returns are
        always checked.
    by : str
        What asks (``cli``, ``app``, ...), for the log of attempts.

    Raises
    ------
    BadInput
        An unknown name, or an address that is none.
    Busy
        Another refresh is running.
    Cancelled
        The caller wanted to stop; nothing was changed.
    MissingData
        The store cannot be read or written.
    """
    requests = plan(only)
    kept = store or open_store()
    with noted(kept, by, only) as attempt:
        result = _refreshed(requests, progress, cancelled, limits, check, kept)
        attempt.end(result)
    return result


def _refreshed(
    requests: Sequence[Request],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
    limits: Limits | None,
    check: Check | None,
    kept: Store,
) -> RefreshResult:
    began = time.monotonic()
    before = snapshots.newest_id()
    with Lock(kept.files) as lock:
        held = _held(kept)
        outcomes = _fetched(requests, kept, held, lock, limits or Limits(), check, progress, cancelled)
        outcomes = _compared(outcomes, kept, held)
        fresh = {o.entry.name: o.entry for o in outcomes if o.status == "updated" and o.entry is not None}
        entries = (dict(held.entries) if held else {}) | fresh
        lock.renew()
        made = derive(kept, entries, asked=any(request.name == BARS for request in requests))
        if fresh or made.entries:
            kept.publish({**entries, **made.entries}, lock, base=snapshots.bundled_id(), code=_code())
            prune(kept, lock)
        elif any(outcome.status == "unchanged" for outcome in outcomes):
            kept.checked(lock)
    told = tuple(row for outcome in outcomes for row in _statuses(outcome, kept, held)) + made.statuses
    after = snapshots.newest_id() if fresh or made.entries else before
    return RefreshResult(after, before, told, time.monotonic() - began)


def _held(store: Store) -> Manifest | None:
    """The current manifest; None where there is none that can be used, so that a refresh mends a broken store."""
    try:
        pointer = store.pointer()
        return store.manifest(pointer.snapshot) if pointer else None
    except LodestarError:
        return None


def _fetched(
    requests: Sequence[Request],
    store: Store,
    held: Manifest | None,
    lock: Lock,
    limits: Limits,
    check: Check | None,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    down: dict[str, LodestarError] = {}
    for place, request in enumerate(requests):

        def tell(
            item: str, done: int, total: int, ended: _Outcome | None = None, at: tuple[int, str] = (place, request.name)
        ) -> None:
            if progress is not None:
                told = (None, None) if ended is None else (ended.status, ended.error)
                progress(Step(at[1], item, done, total, at[0] + (ended is not None), len(requests), *told))

        tell("", 0, len(request.items))
        lock.renew()
        try:
            if request.kind in down:
                raise not_asked(down[request.kind])
            answer = fetch(request, limits, tell, cancelled)
            outcome = _kept(answer, store, held, check)
        except SourceUnavailable as error:
            if isinstance(error, RateLimited | Unreachable):
                down.setdefault(request.kind, error)
            outcome = _Outcome(request, "failed", error=error)
        outcomes.append(outcome)
        tell("", len(request.items), len(request.items), outcome)
    return outcomes


def _kept(answer: Answer, store: Store, held: Manifest | None, check: Check | None) -> _Outcome:
    """Check the answer against the data on file and put it in the store (not yet in a snapshot)."""
    request = answer.request
    older = held.entries.get(request.name) if held else None
    if answer.failures and answer.keys == ("date",):
        raise next(iter(answer.failures.values()))  # files lie side by side: a part would have holes
    past = _older_table(store, older)
    sent, findings = answer.dataset.table, list(answer.dataset.findings)
    found = checked(request.kind, sent, answer.keys, check)
    frame, log = found.frame, found.log.assign(finding=found.log["finding"] + len(findings))
    findings += found.findings
    told_by_row = request.kind == facts.KIND
    if told_by_row:
        frame, more = facts.carried(frame, past)
        findings += more
    else:
        findings += without_rule(frame, answer.keys, answer.known_at)
    if past is not None:
        findings += with_older(request.kind, frame, past, answer.keys)
    if answer.failures:
        frame, kept, log = _with_older(replace(found, frame=frame, log=log), answer, store, older, len(findings))
        findings += kept
    if told_by_row:
        findings += facts.refused(frame)
    source = answer.dataset.provenance.source
    stored = Stored(prepared(frame, answer.keys), source, answer.retrieved_at.isoformat(), tuple(findings))
    refused = _refused(request.name, stored)
    if refused and len(refused) == len(_users(request.name)):
        raise next(iter(refused.values()))
    entry = store.keep(frame, request.name, answer.keys, **_told(answer, findings, older))
    if len(log):
        entry = replace(entry, repairs=store.put(log.assign(step=range(len(log))), ["step"]))
    seen = told_by_row and past is not None and facts.seen_before(stored.frame, past)
    status = "unchanged" if older is not None and _same(older, entry, seen) else "updated"
    error = _partial(answer) if answer.failures else None
    return _Outcome(request, status, entry, error, answer.failures, refused)


def _same(one: Entry, other: Entry, seen: bool) -> bool:
    """Equal figures (``seen``: but for the days on which they were read), made by equal repairs of what was sent."""
    logs = [entry.repairs.content if entry.repairs else None for entry in (one, other)]
    return (seen or one.content == other.content) and logs[0] == logs[1]


def _compared(outcomes: list[_Outcome], store: Store, held: Manifest | None) -> list[_Outcome]:
    """Entries with what other sources of the same thing say; the others are those that the new snapshot will have."""
    entries = dict(held.entries) if held else {}
    fresh = {o.entry.name: o.entry for o in outcomes if o.status == "updated" and o.entry is not None}
    if not fresh:
        return outcomes
    needed = {name for pair in PAIRS if fresh.keys() & set(pair.tables) for name in pair.tables}
    tables = {name: _older_table(store, entry) for name, entry in (entries | fresh).items() if name in needed}
    said = between({name: table for name, table in tables.items() if table is not None})
    return [_also(outcome, said.get(outcome.request.name, [])) for outcome in outcomes]


def _also(outcome: _Outcome, found: Sequence[Finding]) -> _Outcome:
    """The outcome with more findings in its entry; one whose table stays as it was says nothing new."""
    entry = outcome.entry
    if entry is None or outcome.status != "updated" or not found:
        return outcome
    told = (*entry.findings, *(one.to_dict() for one in found))
    return replace(outcome, entry=replace(entry, findings=told))


def _told(answer: Answer, findings: Sequence[Finding], older: Entry | None) -> dict[str, Any]:
    origin = answer.dataset.provenance
    kept = {} if older is None else {name: older.known_at[name] for name in answer.failures if name in older.known_at}
    return {
        "source": origin.source,
        "request": answer.request.to_dict(),
        "retrieved_at": answer.retrieved_at.isoformat(),
        "known_at": {**kept, **answer.known_at},
        "findings": tuple(finding.to_dict() for finding in findings),
        "facts": {
            "basis": str(origin.basis),
            "unit": origin.unit,
            "currency": origin.currency,
            "as_of": origin.as_of.isoformat(),
            "failed_items": sorted(answer.failures),
            **answer.facts,
        },
    }


def _with_older(
    found: Checked, answer: Answer, store: Store, older: Entry | None, first: int
) -> tuple[pd.DataFrame, list[Finding], pd.DataFrame]:
    """Add the older rows of items that could not be read this time, with the log of their repairs.

    ``first`` is the place of the next finding.
    """
    item = answer.keys[0]
    frame, log, findings = found.frame, found.log, list[Finding]()
    past = _older_table(store, older)
    had = set() if past is None else set(past[item])
    for error, names in _by_reason(answer.failures).items():
        old, none = [name for name in names if name in had], [name for name in names if name not in had]
        if old and past is not None and older is not None:
            frame = pd.concat([frame, past.loc[past[item].isin(old)]], ignore_index=True)
            told = f"not read this time ({error}); rows retrieved {older.retrieved_at[:10]} are kept: {', '.join(old)}"
            findings.append(Finding("not_read", "warning", told))
            earlier = store.repairs(older)
            if earlier is not None:
                every = [Finding(**one) for one in older.findings]
                part, again = of_items(earlier, item, old, every, first + len(findings))
                log, findings = pd.concat([log, part], ignore_index=True) if len(part) else log, findings + again
        if none:
            told = f"not read ({error}), and there are no older rows: {', '.join(none)}"
            findings.append(Finding("not_read", "warning", told))
    return frame, findings, log


def _by_reason(failures: Mapping[str, LodestarError]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, error in failures.items():
        reason = "not known there" if isinstance(error, MissingSymbol) else error.value
        found.setdefault(reason, []).append(name)
    return found


def _older_table(store: Store, older: Entry | None) -> pd.DataFrame | None:
    if older is None:
        return None
    try:
        return store.table(older)
    except LodestarError:
        return None


def _partial(answer: Answer) -> LodestarError:
    names = ", ".join(list(answer.failures)[:10]) + (" ..." if len(answer.failures) > 10 else "")
    return Partial(
        "refresh_partial",
        field=answer.request.name,
        value=f"{len(answer.failures)} of {len(answer.request.items)}",
        items=names,
    )


def _users(table: str) -> list[str]:
    """Data sets that use a table."""
    return [name for name in LIVE if _use(name, table) is not None]


def _use(name: str, table: str) -> Live | None:
    return next((use for use in LIVE[name].layers if use.table == table), None)


def _refused(table: str, stored: Stored) -> dict[str, LodestarError]:
    """Data sets that cannot use what came, and why: found here, before anything is switched."""
    refused = {}
    for name in _users(table):
        use = _use(name, table) or LIVE[name]
        base: Dataset | None = load(name, BUNDLED) if name in DATASETS else None
        read = stored if use.columns is None else replace(stored, frame=stored.frame[list(use.columns)])
        try:
            use.build(base, read)
        except LodestarError as error:
            refused[name] = error
    return refused


def _statuses(outcome: _Outcome, store: Store, held: Manifest | None) -> list[DatasetStatus]:
    table = outcome.request.name
    change = _change(outcome, store, held) if outcome.status == "updated" else None
    rows = []
    for name in _users(table):
        refused = (outcome.refused or {}).get(name)
        if refused is None and LIVE[name].table != table:  # the table below; the data set is told with its own
            continue
        rows.append(
            DatasetStatus(
                name,
                table,
                "failed" if refused is not None else outcome.status,
                refused or outcome.error,
                dict(outcome.failed_items or {}),
                change,
                _problems(outcome.entry),
            )
        )
    return rows


def _problems(entry: Entry | None) -> tuple[Finding, ...]:
    """Numbers of a table that are wrong and could not be repaired."""
    every = () if entry is None else (Finding(**told) for told in entry.findings)
    return tuple(found for found in every if found.unrepaired)


def _change(outcome: _Outcome, store: Store, held: Manifest | None) -> Any:
    entry = outcome.entry
    older = held.entries.get(outcome.request.name) if held else None
    if entry is None:
        return None
    past = _older_table(store, older)
    return compare(entry.name, past, store.table(entry), entry.keys)


def _code() -> str:
    """What made a snapshot: this version, and those of the libraries that read the sources."""
    return f"{CODE}, yfinance {version('yfinance')}, pyarrow {version('pyarrow')}, pandas {version('pandas')}"
