"""A writer killed at any moment leaves the last good snapshot."""

import random
import signal
import subprocess
import sys

import pytest

from engine.paths import ROOT
from engine.store import Store
from tests.engine.store.conftest import fill, table

# One interpreter that forks a writer for every line "root limit seconds": the writer kills itself before or
# after its limit-th change to the disk, or its parent kills it after so many seconds.
WRITERS = """
import os, signal, sys, time
import pandas as pd
import pyarrow.parquet
from engine.store import Lock, Store, prune

def write(root, limit):
    calls = 0

    def hooked(call):
        def inner(*a, **k):
            step()
            result = call(*a, **k)
            step()
            return result
        return inner

    def step():
        nonlocal calls
        calls += 1
        if calls == limit:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("replace", "link", "rename", "fsync", "unlink", "remove", "mkdir"):
        setattr(os, name, hooked(getattr(os, name)))
    told = {"source": "t", "request": {}, "retrieved_at": "2026-01-01T00:00:00+00:00"}
    store = Store(root)
    for version in range(1, 2 if limit else 100_000):
        days = pd.date_range("2024-01-01", periods=300)
        tables = {n: pd.DataFrame({"date": days, "value": float(version)}) for n in ("a", "b")}
        with Lock(store.files) as lock:
            entries = {n: store.keep(f, n, ["date"], **told) for n, f in tables.items()}
            store.publish(entries, lock, base="b", code="c")
            prune(store, lock, keep=2)
    print("finished", calls, flush=True)

for line in sys.stdin:
    root, limit, seconds = line.split()
    child = os.fork()
    if child == 0:
        write(root, int(limit))
        os._exit(0)
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print("ended", os.waitstatus_to_exitcode(status), flush=True)
"""


@pytest.fixture(scope="module")
def writers():
    with subprocess.Popen(
        [sys.executable, "-c", WRITERS], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def run(root, limit=0, seconds=0.0):
            print(root, limit, seconds, file=process.stdin, flush=True)
            said = process.stdout.readline().split()
            return said if said[0] == "ended" else [*said, *process.stdout.readline().split()]

        yield run
        process.stdin.close()


def version_in(root):
    """The version that the current snapshot holds, the same in both tables."""
    store = Store(str(root))
    manifest = store.manifest(store.pointer().snapshot)
    values = {float(v) for name in "ab" for v in store.table(manifest.entries[name])["value"].unique()}
    assert len(values) == 1
    return values.pop()


def test_killed_at_every_step(tmp_path, writers):
    fill(Store(str(tmp_path / "counted")), a=table(0), b=table(0))
    steps = int(writers(tmp_path / "counted", 10**9)[1])
    assert steps > 20
    seen = []
    for step in range(1, steps + 1):
        root = tmp_path / str(step)
        fill(Store(str(root)), a=table(0), b=table(0))
        assert writers(root, step) == ["ended", str(-signal.SIGKILL)]
        seen.append(version_in(root))
        fill(Store(str(root)), a=table(7), b=table(7))
        assert version_in(root) == 7.0
    assert seen == sorted(seen)
    assert set(seen) == {0.0, 1.0}


def test_killed_at_any_moment(tmp_path, writers):
    draw = random.Random(5)  # noqa: S311
    seen = set()
    for turn in range(30):
        root = tmp_path / str(turn)
        fill(Store(str(root)), a=table(0), b=table(0))
        assert writers(root, seconds=draw.uniform(0.01, 0.8)) == ["ended", str(-signal.SIGKILL)]
        seen.add(version_in(root))
        fill(Store(str(root)), a=table(-1), b=table(-1))
        assert version_in(root) == -1.0
    assert len(seen) > 3
