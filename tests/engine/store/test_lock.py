"""One writer at a time; who died or fell silent is followed."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest

from engine.errors import Busy
from engine.store import Lock


def held(store):
    return json.loads(store.files.read("lock.json"))


def test_a_second_writer_is_told_who_and_since_when(store):
    with Lock(store.files):
        with pytest.raises(Busy) as caught, Lock(store.files):
            pass
        assert held(store)["who"] in caught.value.message
        assert held(store)["since"] in caught.value.message
        assert caught.value.exit_code == 3
    assert store.files.read("lock.json") is None


def test_a_lock_is_free_after_an_error(store):
    with pytest.raises(RuntimeError), Lock(store.files):
        raise RuntimeError
    with Lock(store.files) as lock:
        lock.renew()
        lock.require()


def gone():
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.parametrize(
    "change",
    [
        {"until": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()},
        {"process": None},
        {"until": "soon"},
        "dead",
        b"",
        b"torn {",
        b"[1]",
    ],
)
def test_a_stale_lock_is_taken_over(store, change):
    with Lock(store.files):
        body = held(store)
    if change == "dead":
        change = {"process": gone()}
    store.files.put("lock.json", change if isinstance(change, bytes) else json.dumps(body | change).encode())
    with Lock(store.files) as lock:
        lock.require()
        assert held(store)["process"] == os.getpid()
    assert [name for name in store.files.names("") if "lock" in name] == []


def test_a_writer_on_another_machine_counts_until_its_time_is_over(store):
    with Lock(store.files):
        body = held(store)
    store.files.put(
        "lock.json", json.dumps(body | {"host": "elsewhere", "process": 1, "who": "kim@elsewhere"}).encode()
    )
    with pytest.raises(Busy, match="kim@elsewhere"), Lock(store.files):
        pass


def test_only_one_of_many_gets_a_stale_lock(store):
    old = {"until": (datetime.now(UTC) - timedelta(hours=1)).isoformat(), "token": "old", "host": "x", "process": 1}
    for _ in range(8):
        store.files.put("lock.json", json.dumps(old).encode())
        got, start, leave = [], threading.Barrier(5), threading.Event()

        def try_it(got=got, start=start, leave=leave):
            start.wait()
            try:
                with Lock(store.files):
                    got.append(1)
                    leave.wait(5)
            except Busy:
                got.append(0)

        threads = [threading.Thread(target=try_it) for _ in range(4)]
        for thread in threads:
            thread.start()
        start.wait()
        while len(got) < 4:
            pass
        leave.set()
        for thread in threads:
            thread.join()
        assert sum(got) == 1


def test_a_lost_lock_is_not_removed_by_its_old_holder(store):
    with Lock(store.files):
        other = held(store) | {"token": "other"}
        store.files.put("lock.json", json.dumps(other).encode())
    assert held(store) == other
