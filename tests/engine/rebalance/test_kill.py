"""A run that is killed at any step goes on, gives the same orders, and never shows half a step under its name."""

import json
import os
import signal
from datetime import date

import pytest

from engine.rebalance import approval, approve, dry_run, plan, read, run
from engine.rebalance.history import STEPS, place
from engine.rebalance.keep import RunFolder

TWO = ("ai_momentum", "ai_factor")
DAY = date(2015, 6, 30)
MOMENTS = ("begins", "half written", "before its name", "done")


def killed(work) -> None:
    """Do the work in a child that kills itself on the way."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(3)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return dry_run(plan(TWO, DAY, runs=tmp_path_factory.mktemp("none")))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_a_step_and_resumed(runs, whole, step, moment):
    job = plan(TWO, DAY)

    def die(here, when):
        if (here, when) == (step, moment):
            os.kill(os.getpid(), signal.SIGKILL)

    killed(lambda: run(job, tell=die))
    folder = RunFolder(job.run_id)
    finished = STEPS[: STEPS.index(step) + (moment == "done")]
    there = sorted(path.name for path in (folder.path / "steps").glob("[!.]*")) if finished else []
    assert there == [place(one) for one in finished]
    assert all(folder.read(one) is not None for one in there)  # each whole, as its seal says
    assert [one["status"] for one in read(job.run_id).steps[:7]] == ["done"] * len(finished) + ["pending"] * (
        7 - len(finished)
    )

    seen = []
    resumed = run(job, tell=lambda here, when: seen.append((here, when)))
    assert [here for here, when in seen if when == "kept"] == list(finished)
    assert resumed.content == whole.content
    assert resumed.orders == whole.orders
    assert not list(folder.path.rglob("*.part"))


@pytest.mark.parametrize("moment", ["before the files", "before their name"])
def test_killed_while_the_files_are_written(runs, monkeypatch, moment):
    job = plan(TWO, DAY)
    run(job, runner="Ann")
    at = "_write_files" if moment == "before the files" else "audit_log"

    def work():
        monkeypatch.setattr(approval, at, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
        approve(job.run_id, "Ben")

    killed(work)
    folder = RunFolder(job.run_id)
    assert not (folder.path / "files").exists()
    assert [step["status"] for step in read(job.run_id).steps[7:]] == ["approved", "pending"]
    assert json.loads((folder.path / "approval.json").read_bytes())["approver"] == "Ben"
    found = approve(job.run_id, "Ben")  # signing again finishes the job
    assert [step["status"] for step in found.steps[7:]] == ["approved", "done"]
