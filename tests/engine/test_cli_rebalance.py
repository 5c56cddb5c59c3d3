"""``python -m engine rebalance``: keys and exit codes of the contract, and a whole day from run to files."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from engine.cli import main
from engine.paths import ROOT

KEYS = {"run_id", "steps", "gates", "orders"}


@pytest.fixture(autouse=True)
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def asked(capsys, *arguments, code=0):
    with pytest.raises(SystemExit) as leaving:
        main(["rebalance", *arguments, "--json"])
    said = capsys.readouterr()
    assert leaving.value.code == code
    return json.loads(said.out), said.err


@pytest.mark.parametrize("verb", ["status", "approve", "replay"])
def test_without_a_run_there_is_null_and_no_error(capsys, verb):
    found, _ = asked(capsys, verb)
    assert set(found) >= KEYS
    assert found["run_id"] is None
    assert found["steps"] == found["gates"] == found["orders"] == []


def test_a_day_from_run_to_files(capsys, runs):
    run = ("run", "--product", "ai_factor", "--date", "2018-11-30", "--runner", "Ann")
    found, told = asked(capsys, *run)
    assert set(found) >= KEYS
    assert all(set(step) >= {"name", "status", "seconds"} for step in found["steps"])
    assert all(set(gate) >= {"name", "product", "state", "reason"} for gate in found["gates"])
    assert all(set(order) == {"product", "ticker", "shares", "price"} for order in found["orders"])
    assert len(found["orders"]) == 5
    assert found["window"]["close"]["seoul"] == "2018-12-01T06:00:00+09:00"
    assert "ingest: begins" in told

    again, told = asked(capsys, *run)
    assert (again["run_id"], again["orders"]) == (found["run_id"], found["orders"])
    assert "begins" not in told

    refused, _ = asked(capsys, "approve", "--run-id", found["run_id"], "--approver", "Ann", code=2)
    assert refused["error"]["field"] == "approver"
    refused, _ = asked(capsys, "approve", "--run-id", found["run_id"], code=2)
    assert refused["error"]["field"] == "approver"

    signed, _ = asked(capsys, "approve", "--product", "ai_factor", "--approver", "Ben", "--note", "seen")
    assert [step["status"] for step in signed["steps"][7:]] == ["approved", "done"]
    assert (runs / found["run_id"] / "files" / "ai_factor" / "ai_factor-orders.xlsx").is_file()

    status, _ = asked(capsys, "status", "--date", "2018-11-30")
    assert (status["run_id"], status["runs"]) == (found["run_id"], [found["run_id"]])

    replayed, _ = asked(capsys, "replay", "--product", "ai_factor", "--date", "2018-11-30")
    assert replayed["identical"] is True
    assert replayed["orders"] == found["orders"]
    by_id, _ = asked(capsys, "replay", "--run-id", found["run_id"])
    assert by_id["identical"] is True
    newest, _ = asked(capsys, "replay")
    assert (newest["run_id"], newest["identical"]) == (found["run_id"], True)
    other, _ = asked(capsys, "replay", "--product", "ai_factor", "--date", "2018-11-30", "--exclude", "SIZE")
    assert other["identical"] is False
    assert other["differences"]["first_step"] == "check"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("run", "--product", "nothing"), "product"),
        (("run", "--date", "yesterday"), "date"),
        (("run", "--date", "2099-01-05"), "date"),
        (("status", "--run-id", "2018-11-30-none"), "run_id"),
        (("status", "--date", "soon"), "date"),
        (("run", "--product", "ai_factor", "--override", "drift", "--note", "x"), "override"),
        (("run", "--product", "ai_factor", "--override", "ai_factor:cash", "--note", "x"), "override"),
        (("run", "--product", "ai_factor", "--override", "ai_factor:drift"), "note"),
    ],
)
def test_what_cannot_be_used_is_named(capsys, arguments, field):
    found, told = asked(capsys, *arguments, code=2)
    assert found["error"]["field"] == field
    assert found["error"]["message"] in told


def test_without_json_a_reader_gets_sentences(capsys):
    with pytest.raises(SystemExit):
        main(["rebalance", "run", "--product", "ai_momentum", "--date", "2015-07-03"])
    said = capsys.readouterr().out
    assert "2015-07-03 is no session" in said
    assert "A simulation; never a document for clients." in said
    assert "orders, US dollars" in said
    with pytest.raises(SystemExit):
        main(["rebalance", "status", "--product", "passive"])
    assert "No run is kept." in capsys.readouterr().out


def test_a_second_process_is_refused_and_a_killed_one_taken_over(runs, capsys):
    """The first process stands still inside a step; after its death the next start goes on."""
    script = (
        "import time\nfrom datetime import date\nfrom engine.rebalance import plan, run\n"
        "def tell(step, moment):\n"
        "    print(step, moment, flush=True)\n"
        "    if (step, moment) == ('features', 'begins'):\n        time.sleep(120)\n"
        "run(plan(('ai_factor',), date(2018, 11, 30)), runner='Ann', tell=tell)\n"
    )
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        lines = iter(child.stdout.readline, "")
        assert any(line.strip() == "features begins" for line in lines)
        busy, _ = asked(capsys, "run", "--product", "ai_factor", "--date", "2018-11-30", code=3)
        assert busy["error"]["code"] == "run_busy"
        status, _ = asked(capsys, "status")
        assert [step["status"] for step in status["steps"][:3]] == ["done", "done", "pending"]
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=30)
    time.sleep(0.01)
    found, told = asked(capsys, "run", "--product", "ai_factor", "--date", "2018-11-30")
    assert len(found["orders"]) == 5
    assert "check: kept" in told
    assert "features: begins" in told
