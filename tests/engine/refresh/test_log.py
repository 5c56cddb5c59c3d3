"""Every attempt is kept, however it ends, and the log never stands in the way."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from engine import refresh
from engine.cli import main
from engine.errors import BadInput, Busy, Cancelled
from engine.paths import ROOT
from engine.refresh import log
from engine.refresh.log import Attempt, Failure, Tried
from engine.sources.snapshots import bundled_id
from engine.store import Lock
from tests.engine.http_server import HTML, LIMITED
from tests.engine.live_world import FAST


def run(*only, **options):
    return refresh.run(list(only) or None, limits=FAST, **options)


def last(store):
    return refresh.attempts(store, limit=1)[0]


def test_a_good_attempt_and_one_that_brings_nothing(server, store):
    began = datetime.now(UTC)
    result = run("factor_etfs", by="app")
    attempt = last(store)
    assert began - timedelta(seconds=1) <= attempt.started <= attempt.ended <= datetime.now(UTC)
    assert (attempt.by, attempt.asked, attempt.outcome, attempt.partial) == ("app", ("factor_etfs",), "updated", False)
    assert (attempt.snapshot, attempt.previous) == (result.snapshot, bundled_id())
    (row,) = attempt.datasets
    assert (row.name, row.table, row.status, row.error) == ("factor_etfs", "factor_etfs", "updated", None)
    assert row.added == result.datasets[0].change.added > 0
    run("factor_etfs")
    assert last(store).outcome == "unchanged"
    assert last(store).by == "python"
    assert [attempt.outcome for attempt in refresh.attempts()] == ["unchanged", "updated"]


def test_partial_and_failed_attempts_carry_their_reasons(server, store):
    run("factor_etfs")
    server.planned["chart/SIZE"] = [(200, HTML, {})]
    server.planned["fredgraph"] = [(500, HTML, {})]
    run("factor_etfs", "us_macro_daily")
    attempt = last(store)
    assert (attempt.outcome, attempt.partial) == ("unchanged", True)
    rows = {row.name: row for row in attempt.datasets}
    assert list(rows["factor_etfs"].failed_items) == ["SIZE"]
    assert rows["factor_etfs"].failed == 1
    assert rows["factor_etfs"].error.code == "refresh_partial"
    assert rows["us_macro_daily"].error.code == "live_unreachable"
    assert rows["us_macro_daily"].error.params["source"] == "FRED"
    server.planned[""] = [(429, LIMITED, {})]
    run("usdkrw_daily")
    assert last(store).outcome == "failed"
    assert last(store).datasets[0].error.code == "live_rate_limited"


def test_busy_cancelled_and_broken_attempts(server, store):
    with Lock(store.files), pytest.raises(Busy):
        run("factor_etfs")
    assert last(store).outcome == "busy"
    assert last(store).error.code == "refresh_running"
    with pytest.raises(Cancelled):
        run("factor_etfs", cancelled=lambda: True)
    assert last(store).outcome == "cancelled"

    def broken(step):
        raise RuntimeError("the screen is gone")

    with pytest.raises(RuntimeError):
        run("factor_etfs", progress=broken)
    assert (last(store).outcome, last(store).error) == ("error", None)
    assert all(attempt.ended for attempt in refresh.attempts())
    with pytest.raises(BadInput):
        run("nasdaq")
    assert len(refresh.attempts()) == 3, "a name that is none is no attempt"


def test_an_attempt_is_there_while_it_runs_and_a_killed_one_has_died(server, store):
    seen = []
    run("usdkrw_daily", progress=lambda step: seen.append(last(store)))
    assert {attempt.outcome for attempt in seen} == {"running"}
    assert seen[0].ended is None
    server.hanging.add("chart/KRW")
    code = "from engine import refresh; refresh.run(['usdkrw_daily'], by='cli')"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=os.environ.copy()) as process:
        deadline = time.monotonic() + 60
        while not (len(refresh.attempts()) == 2 and len(server.asked("chart/KRW")) == 2):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert last(store).outcome == "running"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=20)
    assert (last(store).outcome, last(store).by, last(store).seconds) == ("died", "cli", None)


def kept(store, number, **more):
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    attempt = Attempt(f"{at:%Y%m%d-%H%M%S%f}-{number:06x}", at, "cli", ended=at + timedelta(seconds=9), **more)
    log._write(store, attempt)
    return attempt


def test_what_is_written_is_what_is_read(store):
    error = Failure("live_missing", {"field": "SIZE", "value": "SIZE", "source": "야후"}, "야후 does not know SIZE.")
    row = Tried("factor_etfs", "factor_etfs", "updated", error, {"SIZE": "gone"}, 1, 5, 2)
    written = kept(store, 0, asked=("factor_etfs",), outcome="updated", partial=True, error=error, datasets=(row,))
    assert refresh.attempts(store) == [written]
    json.dumps(written.to_dict(), allow_nan=False)


def test_the_log_is_bounded_and_its_latest_stay(server, store):
    for number in range(log.KEEP + 20):
        kept(store, number, outcome="busy")
    run("usdkrw_daily")
    known = refresh.attempts()
    assert len(known) == log.KEEP
    assert known[0].outcome == "updated"
    assert known[-1].started == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=21)
    assert len(refresh.attempts(limit=3)) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"version": 1}', b'{"version": 9}', b"\xff\xfe", b'{"version": 1, "id": 3}'],
)
def test_a_broken_file_is_skipped(server, store, content):
    good = kept(store, 5, outcome="unchanged")
    store.files.put(f"{log.FOLDER}/20270101-000000000000-abcdef.json", content)
    assert refresh.attempts(store) == [good]
    assert run("usdkrw_daily").changed
    assert len(refresh.attempts(store)) == 2


def test_a_log_that_cannot_be_written_breaks_nothing(server, store):
    store.files.put(log.FOLDER, b"a file where the folder should be")
    assert run("usdkrw_daily").changed
    assert refresh.attempts(store) == []


def test_last_read_and_last_failure(store):
    reason = Failure("live_unreachable", {"field": "a"}, "no answer")
    kept(store, 0, datasets=(Tried("a", "a", "updated"), Tried("b", "b", "failed", reason)))
    kept(store, 1, datasets=(Tried("a", "a", "failed", reason),))
    kept(store, 2, datasets=(Tried("a", "a", "unchanged"), Tried("c", "c", "updated", reason)))
    kept(store, 3, outcome="busy")
    told = refresh.last_read(refresh.attempts(store))
    at = {number: datetime(2026, 1, 1, 0, number, 9, tzinfo=UTC) for number in range(3)}
    assert (told["a"].read, told["a"].failed, told["a"].error, told["a"].failing) == (at[2], at[1], reason, False)
    assert (told["b"].read, told["b"].failed, told["b"].failing) == (None, at[0], True)
    assert (told["c"].read, told["c"].failed, told["c"].failing) == (at[2], at[2], True)


def test_the_command_line_shows_the_log(server, store, capsys):
    server.planned["fredgraph"] = [(500, HTML, {})]
    run("factor_etfs", "us_macro_daily", by="app")
    with pytest.raises(SystemExit) as leaving:
        main(["data", "log", "--json"])
    said = json.loads(capsys.readouterr().out)
    assert leaving.value.code == 0
    (attempt,) = said["attempts"]
    assert (attempt["by"], attempt["outcome"], attempt["partial"]) == ("app", "updated", True)
    assert {row["name"]: row["failing"] for row in said["datasets"]} == {"factor_etfs": False, "us_macro_daily": True}
    with pytest.raises(SystemExit):
        main(["data", "log"])
    assert "FRED did not answer" in " ".join(capsys.readouterr().out.split())
