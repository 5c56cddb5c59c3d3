"""``data refresh``, ``snapshots``, ``diff`` and ``status`` as scripts see them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from engine.cli import main
from engine.paths import ROOT
from engine.sources.snapshots import bundled_id
from tests.engine.http_server import HTML, LIMITED

FAST = ("--timeout", "3", "--retries", "0", "--rate", "100000")


@pytest.fixture
def command(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        said = capsys.readouterr()
        return leaving.value.code, said.out, said.err

    return run


def test_refresh_status_snapshots_and_diff(server, store, command):
    code, out, _ = command("data", "refresh", "--only", "us_macro_monthly", "--only", "factor_etfs", "--json", *FAST)
    told = json.loads(out)
    assert code == 0
    assert told["snapshot"].startswith("stored-")
    assert {(row["name"], row["status"], row["error"]) for row in told["datasets"]} == {
        ("factor_etfs", "updated", None),
        ("us_macro_monthly", "updated", None),
    }
    code, out, _ = command("data", "status", "--json")
    status = json.loads(out)
    assert (code, status["snapshot"], status["store_error"]) == (0, told["snapshot"], None)
    assert {table["name"] for table in status["stored"]["tables"]} == {"factor_etfs", "us_macro_monthly"}
    assert {row["name"]: row["last"] for row in status["datasets"]}["factor_etfs"] == "2023-03-31"

    server.series["UNRATE"] = server.series["UNRATE"].replace("2026-03-01,4.3", "2026-03-01,4.5")
    _, out, _ = command("data", "refresh", "--only", "us_macro_monthly", "--json", *FAST)
    second = json.loads(out)["snapshot"]
    code, out, _ = command("data", "diff", told["snapshot"], second, "--json")
    changed = {row["name"]: row for row in json.loads(out)["datasets"]}
    assert code == 0
    assert changed["us_macro_monthly"]["changed_cells"] == 1
    assert changed["factor_etfs"]["status"] == "unchanged"
    code, out, _ = command("data", "diff", told["snapshot"], second)
    assert "UNRATE 2026-03-01 value: 4.3 to 4.5" in out
    code, out, _ = command("data", "snapshots", "--json")
    assert [(row["id"], row["current"]) for row in json.loads(out)["snapshots"]] == [
        (told["snapshot"], False),
        (second, True),
    ]
    code, out, _ = command("data", "snapshots")
    assert f"{second} (current)" in out
    code, out, _ = command("data", "status", "--snapshot", "bundled", "--json")
    assert json.loads(out)["snapshot"] == bundled_id()


def test_a_partial_refresh_says_so(server, store, command):
    server.planned["fredgraph"] = [(500, HTML, {})]
    code, out, _ = command("data", "refresh", "--only", "us_macro_daily", "--only", "usdkrw_daily", "--json", *FAST)
    told = json.loads(out)
    assert (code, told["partial"]) == (0, True)
    failed = {row["name"]: row["error"] for row in told["datasets"] if row["status"] == "failed"}
    assert list(failed) == ["us_macro_daily"]
    assert failed["us_macro_daily"]["code"] == "live_unreachable"
    code, out, err = command("data", "refresh", "--only", "us_macro_daily", "--only", "usdkrw_daily", *FAST)
    assert code == 0
    assert "FRED did not answer" in out
    assert "us_macro_daily: failed" in err


def test_no_source_at_all_is_exit_code_3(server, store, command):
    server.planned[""] = [(429, LIMITED, {})]
    code, out, _ = command("data", "refresh", "--only", "usdkrw_daily", "--json", *FAST)
    told = json.loads(out)
    assert code == 3
    assert told["snapshot"] == bundled_id()
    assert {row["status"] for row in told["datasets"]} == {"failed"}


@pytest.mark.parametrize(
    "arguments",
    [("--only", "nasdaq"), ("--timeout", "0"), ("--rate", "-1"), ("--retries", "99"), ("--time-limit", "nan")],
)
def test_bad_input_is_exit_code_2(server, store, command, arguments):
    code, out, err = command("data", "refresh", "--json", *arguments)
    assert code == 2
    assert json.loads(out)["error"]["message"] in err


def test_an_unknown_snapshot_is_exit_code_3(store, command):
    code, out, _ = command("data", "diff", "stored-1", "stored-2", "--json")
    assert (code, json.loads(out)["error"]["code"]) == (3, "snapshot_unknown")


def test_ctrl_c_leaves_the_old_snapshot(server, store, command):
    command("data", "refresh", "--only", "usdkrw_daily", "--json", *FAST)
    held = store.pointer()
    server.hanging.add("chart/QUAL")
    asked = len(server.log)
    with subprocess.Popen(
        [sys.executable, "-m", "engine", "data", "refresh", "--only", "factor_etfs", "--json", "--timeout", "3"],
        cwd=ROOT,
        env=os.environ.copy(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 90
        while not server.asked("chart/QUAL") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(server.log) > asked
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert json.loads(out)["error"]["code"] == "refresh_cancelled"
    assert store.pointer() == held
    assert store.files.read("lock.json") is None
