"""Old snapshots go, one a month stays, and nothing in use is touched."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.store import Lock, Store, prune
from engine.store.manifest import name_of
from tests.engine.store.conftest import TOLD, fill, table

NOW = datetime.now(UTC)


def dated(store, days_ago, value):
    """A snapshot written so many days ago."""
    created = (NOW - timedelta(days=days_ago)).isoformat(timespec="microseconds")
    with Lock(store.files) as lock:
        entries = {"a": store.keep(table(value), "a", ["date"], **TOLD)}
        made = store.publish(entries, lock, base="b", code="c")
    store.files.remove(f"snapshots/{made.id}.json")
    moved = replace(made, id=name_of(created, "b", entries), created_at=created)
    store.files.put(f"snapshots/{moved.id}.json", moved.to_json())
    store.files.put("current.json", json.dumps(vars(store.pointer()) | {"snapshot": moved.id}).encode())
    return moved


def pruned(store, **rules):
    with Lock(store.files) as lock:
        return prune(store, lock, **rules)


def test_the_newest_and_one_a_month_stay(store):
    made = [dated(store, days, days) for days in range(200, 0, -5)]
    gone = pruned(store, keep=3)
    left = store.snapshots()
    assert [m.id for m in made[-3:]] == left[-3:]
    assert {name[:13] for name in left} == {m.id[:13] for m in made}
    assert len(left) + len(gone) == len(made)
    assert len(left) <= 3 + 8
    for name in left:
        assert len(store.table(store.manifest(name).entries["a"])) == 1
    assert len(store.files.names("objects")) == len(left)


def test_a_leased_snapshot_stays(store):
    made = [dated(store, 3 - 0.1 * n, n) for n in range(6)]
    reader = Store(store.files.url)
    reader.lease(made[0].id)
    pruned(store, keep=1, grace=timedelta(0))
    assert made[0].id in store.snapshots()
    reader.release()
    pruned(store, keep=1, grace=timedelta(0))
    assert made[0].id not in store.snapshots()
    assert store.pointer().snapshot in store.snapshots()


def test_a_lease_out_of_time_is_dropped(store):
    made = fill(store, a=table(1))
    late = (NOW - timedelta(minutes=1)).isoformat()
    store.files.put(f"leases/{made.id}/x.json", json.dumps({"until": late}).encode())
    store.files.put(f"leases/{made.id}/torn.json", b"{")
    assert store.leased() == set()
    assert store.files.names("leases") == []


def test_what_was_current_a_moment_ago_stays(store):
    """A reader may have read the pointer and not yet the manifest."""
    made = [dated(store, days, days) for days in (4, 3.9, 3.8)] + [fill(store, a=table(99))]
    pruned(store, keep=1)
    assert made[2].id in store.snapshots()


def test_the_current_snapshot_stays_even_if_it_is_old(store):
    made = [dated(store, 9 - n / 10, n) for n in range(5)]
    store.files.put("current.json", json.dumps(vars(store.pointer()) | {"snapshot": made[0].id}).encode())
    pruned(store, keep=1, grace=timedelta(0))
    assert made[0].id in store.snapshots()


def test_nothing_goes_while_a_manifest_cannot_be_read(store):
    made = [dated(store, 9 - n / 10, n) for n in range(5)]
    store.files.put(f"snapshots/{made[2].id}.json", b"{")
    assert pruned(store, keep=1, grace=timedelta(0)) == []
    assert len(store.files.names("objects")) == 5


def test_what_killed_writers_left_is_swept(tmp_path):
    store = Store(str(tmp_path))
    fill(store, a=table(1))
    (tmp_path / "objects" / "ab").mkdir()
    (tmp_path / "objects" / "ab" / ".x.parquet.0.part").write_bytes(b"torn")
    pruned(store)
    assert not list(tmp_path.rglob("*.part"))
    assert len(store.files.names("objects")) == 1
