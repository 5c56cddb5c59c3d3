"""Nobody's signature, the runner's, one on changed files; and what is written after a good one."""

import csv
import io
import json
from datetime import date

import pytest

from engine.errors import BadInput
from engine.rebalance import Override, approve, audit_holds, plan, read, run
from engine.rebalance.history import place
from engine.rebalance.keep import RunFolder

DAY = date(2015, 6, 30)


@pytest.fixture
def done(runs):
    return run(plan(("ai_momentum", "ai_factor"), DAY), runner="Ann Lee")


def tickets(run_id):
    return RunFolder(run_id).step(place("pretrade")) / "out"


@pytest.mark.parametrize("nobody", ["", "  ", "\t"])
def test_nobody_cannot_approve(done, nobody):
    with pytest.raises(BadInput, match="name of the person"):
        approve(done.run_id, nobody)
    assert read(done.run_id).steps[7]["status"] == "waiting"


@pytest.mark.parametrize("same", ["Ann Lee", "ann lee", " ANN  LEE ", "Ａnn Lee"])
def test_the_runner_cannot_approve(done, same):
    with pytest.raises(BadInput, match="Somebody else"):
        approve(done.run_id, same)
    assert not (RunFolder(done.run_id).path / "files").exists()


def test_changed_order_files_cannot_be_signed(done):
    path = tickets(done.run_id) / "ai_factor-orders.csv"
    path.write_bytes(path.read_bytes().replace(b"buy", b"sell", 1))
    with pytest.raises(BadInput, match="not the file that the run made"):
        approve(done.run_id, "Ben")


@pytest.mark.parametrize("change", ["a byte", "a file more", "a file less"])
def test_any_change_voids_a_signature(done, change):
    approve(done.run_id, "Ben")
    path = tickets(done.run_id) / "ai_factor-orders.csv"
    if change == "a byte":
        path.write_bytes(path.read_bytes() + b" ")
    elif change == "a file more":
        (path.parent / "other-orders.csv").write_bytes(b"x")
    else:
        path.unlink()
    found = read(done.run_id)
    assert [step["status"] for step in found.steps[7:]] == ["void", "pending"]
    assert plan(("ai_factor",), date(2015, 7, 17)).held == {}  # orders without a signature were never done


def test_what_is_not_finished_cannot_be_signed(runs):
    class Stop(Exception):
        pass

    def stop(step, moment):
        if (step, moment) == ("orders", "begins"):
            raise Stop

    job = plan(("ai_factor",), DAY)
    with pytest.raises(Stop):
        run(job, runner="Ann", tell=stop)
    with pytest.raises(BadInput, match="checks before trading"):
        approve(job.run_id, "Ben")
    with pytest.raises(BadInput, match="no run"):
        approve("2015-06-30-nothing", "Ben")


def test_files_of_each_product_and_a_chained_audit_log(done):
    found = approve(done.run_id, "Ben", note="seen")
    assert [step["status"] for step in found.steps[7:]] == ["approved", "done"]
    folder = RunFolder(done.run_id).path / "files"
    for key, book in found.books.items():
        names = sorted(path.name for path in (folder / key).iterdir())
        assert names == sorted(f"{key}-{kind}" for kind in ("orders.csv", "orders.xlsx", "holdings.csv", "changes.csv"))
        rows = list(csv.DictReader(io.StringIO((folder / key / f"{key}-holdings.csv").read_text(encoding="utf-8"))))
        assert {row["ticker"]: int(row["shares"]) for row in rows[:-1]} == book["holdings"]
        assert sum(float(row["weight"]) for row in rows) == pytest.approx(1.0, abs=1e-12)
        assert all((row["marked"] == "HINDSIGHT") == (key == "ai_momentum") for row in rows)
    log = (folder / "audit.jsonl").read_bytes()
    lines = [json.loads(line) for line in log.splitlines()]
    assert audit_holds(log)
    assert {line["event"] for line in lines} == {"run", "step", "gate", "product", "approval", "file"}
    steps = [line for line in lines if line["event"] == "step"]
    assert all(len(line[name]) == 64 for line in steps for name in ("inputs", "code", "settings", "content"))
    assert [line["client_document"] for line in lines if line["event"] == "product"] == [False, False]
    cut = b"\n".join(log.splitlines()[:3] + log.splitlines()[4:]) + b"\n"
    assert not audit_holds(cut)


def test_an_override_needs_a_note_and_a_gate_that_can_be_passed():
    with pytest.raises(BadInput, match="Say why"):
        Override("ai_factor", "turnover", " ")
    with pytest.raises(BadInput, match="drift"):
        Override("ai_factor", "cash", "please")
