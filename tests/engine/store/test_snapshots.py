"""Snapshots: written beside each other, switched in one step, checked when read."""

import json
import threading
from dataclasses import replace

import pandas as pd
import pytest

from engine.errors import BadInput, Busy, MissingData
from engine.store import Lock, Store, open_store
from tests.engine.store.conftest import TOLD, fill, table


def test_an_empty_store_has_no_current_snapshot(store):
    assert store.pointer() is None
    assert store.snapshots() == []


def test_a_snapshot_is_read_back_with_its_origin(store):
    made = fill(store, prices=table(1, 2, 3))
    assert store.pointer().snapshot == made.id
    read = store.manifest(made.id)
    assert read == made
    entry = read.entries["prices"]
    assert (entry.rows, entry.keys, entry.source) == (3, ("date",), "a test")
    assert entry.retrieved_at == TOLD["retrieved_at"]
    pd.testing.assert_frame_equal(store.table(entry), table(1, 2, 3), check_dtype=False)
    assert list(store.table(entry, ["value"]).columns) == ["value"]


def test_equal_content_is_stored_once(store):
    first = fill(store, a=table(1, 2), b=table(1, 2))
    second = fill(store, a=table(1, 2), c=table(5))
    assert first.entries["a"].object == first.entries["b"].object == second.entries["a"].object
    assert len(store.files.names("objects")) == 2
    assert len(store.snapshots()) == 2


def test_a_broken_object_is_mended_by_the_next_writer(store):
    made = fill(store, a=table(1, 2))
    entry = made.entries["a"]
    store.files.put(entry.object, b"PAR1 torn")
    with pytest.raises(MissingData, match="checksum"):
        store.table(entry)
    again = fill(store, a=table(1, 2))
    assert len(store.table(again.entries["a"])) == 2


def test_a_missing_object_is_told(store):
    made = fill(store, a=table(1, 2))
    store.files.remove(made.entries["a"].object)
    with pytest.raises(MissingData, match="object is missing"):
        store.table(made.entries["a"])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'{"version": 99, "id": "x"}', b"\xff\xfe"])
def test_a_broken_manifest_or_pointer_is_told(store, content):
    made = fill(store, a=table(1))
    store.files.put(f"snapshots/{made.id}.json", content)
    with pytest.raises(MissingData) as caught:
        store.manifest(made.id)
    assert caught.value.code == "store_broken"
    store.files.put("current.json", content)
    with pytest.raises(MissingData):
        store.pointer()


@pytest.mark.parametrize("name", ["stored-1", "../current", "a/b", ""])
def test_an_unknown_snapshot_is_told(store, name):
    with pytest.raises(MissingData) as caught:
        store.manifest(name)
    assert caught.value.code == "snapshot_unknown"


def test_ids_sort_by_time_and_name_their_content(store):
    made = [fill(store, a=table(value)) for value in (1, 2, 3)]
    assert store.snapshots() == [manifest.id for manifest in made]
    assert [manifest.parent for manifest in made] == [None, made[0].id, made[1].id]
    assert made[0].id.startswith("stored-20")


def test_readers_see_whole_snapshots_while_one_is_written(store):
    fill(store, a=table(*range(500)), b=table(*range(500)))
    stop, wrong = threading.Event(), []

    def read():
        reader = Store(store.files.url)
        while not stop.is_set():
            manifest = reader.manifest(reader.pointer().snapshot)
            left, right = (reader.table(manifest.entries[name])["value"] for name in "ab")
            if not left.equals(right):
                wrong.append(manifest.id)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for shift in range(15):
        fill(store, a=table(*range(shift, 500)), b=table(*range(shift, 500)))
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_writer_that_lost_its_lock_does_not_switch(store):
    first = fill(store, a=table(1))
    with Lock(store.files) as lock:
        entries = {"a": store.keep(table(2), "a", ["date"], **TOLD)}
        body = json.loads(store.files.read("lock.json"))
        store.files.put("lock.json", json.dumps(body | {"token": "another"}).encode())
        with pytest.raises(Busy):
            store.publish(entries, lock, base="b", code="c")
    assert store.pointer().snapshot == first.id


def test_asking_again_moves_only_the_time(store):
    made = fill(store, a=table(1))
    before = store.pointer()
    with Lock(store.files) as lock:
        store.checked(lock)
    after = store.pointer()
    assert (after.snapshot, after.switched_at) == (made.id, before.switched_at)
    assert after.checked_at > before.checked_at


def test_an_address_nobody_knows_is_bad_input():
    with pytest.raises(BadInput) as caught:
        Store("nosuchscheme://bucket/folder")
    assert caught.value.field == "LODESTAR_STORE"


def test_the_address_comes_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "elsewhere"))
    assert open_store().files.url == str(tmp_path / "elsewhere")
    assert open_store() is open_store()


def test_a_store_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(MissingData) as caught:
        Store(str(tmp_path / "file" / "store")).files.put("x", b"y")
    assert caught.value.code == "store_unwritable"


def test_a_store_below_a_file_is_empty(tmp_path):
    (tmp_path / "file").write_text("no folder")
    assert Store(str(tmp_path / "file" / "store")).pointer() is None


def test_an_entry_is_plain_data(store):
    entry = fill(store, a=table(1)).entries["a"]
    assert replace(entry) == entry
    assert json.loads(json.dumps(entry.request)) == entry.request
