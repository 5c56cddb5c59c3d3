"""A sweep on a real Dask cluster: a scheduler and two worker processes, one of which is killed at work."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pytest

from engine.backtest import FixedMix, random_points, spread, sweep
from engine.errors import BadInput, SourceUnavailable
from engine.paths import ROOT

PATIENT = 120.0
"""Seconds for what takes one on an idle machine."""

PRICES = pd.DataFrame(
    np.exp(np.cumsum(np.random.default_rng(3).normal(3e-4, 0.01, (300, 3)), axis=0)),
    index=pd.bdate_range("2020-01-01", periods=300),
    columns=["A", "B", "C"],
)


def wait_for(what, found):
    """The first answer that is true."""
    end = time.monotonic() + PATIENT
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"no {what} within {PATIENT:g} s")


class Cluster:
    """A scheduler and workers, each a process with one thread."""

    def __init__(self, folder, workers=("one", "two")):
        self.folder = folder
        self.processes = []
        self.file = folder / "scheduler.json"
        self.start("dask_scheduler", "--port", "0", "--host", "127.0.0.1", "--scheduler-file", str(self.file))
        self.address = wait_for("scheduler", self.read_address)
        for name in workers:
            self.start(
                "dask_worker", self.address, "--no-nanny", "--nthreads", "1", "--memory-limit", "0",
                "--name", name, "--local-directory", str(folder),
            )  # fmt: skip

    def start(self, module, *arguments):
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "50",
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", *arguments]
        log = (self.folder / "log").open("ab")
        self.processes.append(subprocess.Popen(command, cwd=self.folder, env=environment, stdout=log, stderr=log))

    def read_address(self):
        try:
            return json.loads(self.file.read_text())["address"]
        except (OSError, ValueError, KeyError):
            return None

    def stop(self):
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(PATIENT)


@pytest.fixture(scope="module")
def make_cluster(tmp_path_factory):
    made = []

    def make(workers=("one", "two")):
        made.append(Cluster(tmp_path_factory.mktemp("dask"), workers))
        if workers:
            with client_of(made[-1]) as client:
                client.wait_for_workers(len(workers), timeout=PATIENT)
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop()


@contextlib.contextmanager
def client_of(cluster):
    from distributed import Client

    with Client(cluster.address, timeout=PATIENT, set_as_default=False) as client:
        yield client


@pytest.fixture(scope="module")
def cluster(make_cluster):
    return make_cluster()


def test_a_cluster_gives_the_same_bits(cluster):
    points = random_points({"cost_bps": (0.0, 20.0)}, 40, seed=2, weights=PRICES.columns)
    local = sweep(PRICES, points, FixedMix(), chunk=7)
    assert (local["state"] == "done").all()
    pd.testing.assert_frame_equal(
        sweep(PRICES, points, FixedMix(), chunk=7, scheduler=cluster.address), local, check_exact=True
    )


def test_an_error_on_a_worker_comes_home(cluster):
    def broken(prices, number):
        if number == 3:
            raise ValueError("three is no good")
        return pd.DataFrame(1 / 3, index=prices.index[:1], columns=prices.columns)

    with pytest.raises(BadInput, match=r"number=3.*three is no good"):
        sweep(PRICES, {"number": [1, 2, 3, 4]}, broken, scheduler=cluster.address)


def test_a_killed_worker_loses_nothing(make_cluster, tmp_path):
    """The worker that holds the job is killed inside a task, after a task is done and while others wait."""
    cluster = make_cluster()
    go, count = tmp_path / "go", 12

    def strategy(prices, number, folder):
        mark = f"{os.getpid()}-{number}"
        if number >= 2:
            open(f"{folder}/held-{mark}", "w").close()
            while not os.path.exists(f"{folder}/go"):
                time.sleep(0.01)
        open(f"{folder}/done-{mark}", "w").close()
        weights = {"A": number / 20, "B": 0.3}
        return pd.DataFrame([weights], index=prices.index[:1])

    def held_by():
        return {int(path.name.split("-")[1]) for path in tmp_path.glob("held-*")}

    killed, failure = [], []

    def kill():
        try:
            with client_of(cluster) as client:
                wait_for("done task", lambda: list(tmp_path.glob("done-*")))
                wait_for("two workers at work", lambda: len(held_by()) == 2)
                pids = client.run(os.getpid)
                holders = [place for key, place in client.who_has().items() if str(key).startswith("sweep-")]
                victim = pids[holders[0][0]]
            os.kill(victim, signal.SIGKILL)
            killed.append(victim)
        except BaseException as error:
            failure.append(error)
            raise
        finally:
            go.touch()

    parameters = {"number": list(range(count)), "folder": [str(tmp_path)]}
    killer = threading.Thread(target=kill)
    killer.start()
    found = sweep(PRICES, parameters, strategy, scheduler=cluster.address, chunk=1)
    killer.join(PATIENT)
    assert not failure
    assert len(killed) == 1
    lost = {path.name.split("-")[2] for path in tmp_path.glob(f"held-{killed[0]}-*")}
    redone = {path.name.split("-")[2] for path in tmp_path.glob("done-*") if f"-{killed[0]}-" not in path.name}
    assert lost
    assert lost <= redone
    pd.testing.assert_frame_equal(found, sweep(PRICES, parameters, strategy, chunk=1), check_exact=True)
    assert found["number"].tolist() == list(range(count))


def held(prices, number, folder):
    """A task that begins and does not end."""
    open(f"{folder}/held", "w").close()
    while True:
        time.sleep(0.1)


@pytest.mark.parametrize("dies", ["scheduler", "worker"])
def test_a_cluster_that_is_lost_is_told(make_cluster, tmp_path, monkeypatch, dies):
    """The scheduler, or the only worker, dies while a task is at work."""
    monkeypatch.setattr(spread, "ALONE", 2.0)
    cluster = make_cluster(("one",))

    def kill():
        wait_for("task at work", (tmp_path / "held").exists)
        cluster.processes[dies == "worker"].kill()

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(SourceUnavailable, match=cluster.address) as caught:
        sweep(PRICES, {"number": [1, 2, 3], "folder": [str(tmp_path)]}, held, scheduler=cluster.address)
    killer.join(PATIENT)
    assert caught.value.code == "cluster_lost"


def test_a_cluster_without_workers_is_told(make_cluster, monkeypatch):
    monkeypatch.setattr(spread, "PATIENCE", 2.0)
    with pytest.raises(SourceUnavailable) as caught:
        sweep(PRICES, {"A": [0.5]}, FixedMix(), scheduler=make_cluster(()).address)
    assert caught.value.code == "cluster_empty"


def test_a_silent_address_is_named(monkeypatch):
    monkeypatch.setattr(spread, "PATIENCE", 2.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        begin = time.monotonic()
        with pytest.raises(SourceUnavailable, match=address) as caught:
            sweep(PRICES, {"A": [0.5]}, FixedMix(), scheduler=address)
        assert caught.value.exit_code == 3
        assert time.monotonic() - begin < 30


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://here", "tcp://host:0", "tcp://host:99999", "", 8786])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(BadInput) as caught:
        sweep(PRICES, {"A": [0.5]}, FixedMix(), scheduler=address)
    assert caught.value.field == "scheduler"
