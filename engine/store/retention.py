"""Which snapshots stay: the newest, one a month, and whatever may be in use."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from engine.errors import LodestarError
from engine.store.lock import Lock
from engine.store.manifest import manifest_name
from engine.store.snapshots import Store

KEEP = 10
GRACE = timedelta(hours=24)
"""A snapshot that was current within this time stays: a reader may be about to open it."""


def prune(store: Store, lock: Lock, *, keep: int = KEEP, grace: timedelta = GRACE) -> list[str]:
    """Remove old snapshots and objects that none refers to; what was removed.

    Kept are the ``keep`` newest, the newest of every month, the current one, those with a lease, and
    those that were current within ``grace``. If any manifest cannot be read, nothing is removed: its
    objects are not known.
    """
    lock.require()
    store.files.sweep_unfinished()
    every = store.snapshots()
    try:
        manifests = {snapshot: store.manifest(snapshot) for snapshot in every}
    except LodestarError:
        return []
    pointer = store.pointer()
    stay = set(every[-keep:]) | store.leased() | ({pointer.snapshot} if pointer else set())
    stay |= set(_monthly(every))
    created = {snapshot: datetime.fromisoformat(manifest.created_at) for snapshot, manifest in manifests.items()}
    now = datetime.now(UTC)
    stay |= {older for older, newer in pairwise(every) if now - created[newer] < grace}
    gone = [snapshot for snapshot in every if snapshot not in stay]
    for snapshot in gone:
        store.files.remove(manifest_name(snapshot))
    entries = (entry for snapshot in every if snapshot in stay for entry in manifests[snapshot].entries.values())
    used = {name for entry in entries for name in entry.objects}
    for name in store.files.names("objects"):
        if name not in used:
            store.files.remove(name)
    return gone


def _monthly(snapshots: list[str]) -> list[str]:
    """The newest of every calendar month; ids begin ``stored-YYYYMM``."""
    return list({snapshot[:13]: snapshot for snapshot in snapshots}.values())
