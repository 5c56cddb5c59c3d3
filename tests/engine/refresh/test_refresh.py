"""A refresh: all or nothing, told data set by data set, and nothing moves for who holds a snapshot."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from engine import crises, lines, refresh
from engine.errors import BadInput, BadPayload, Busy, Cancelled, MissingData, RateLimited, Unreachable
from engine.lab import panels
from engine.paths import ROOT
from engine.sources import BUNDLED, DATASETS, available, load, snapshot_id, status, using
from engine.sources.live.datasets import LIVE
from engine.sources.snapshots import bundled_id, store_error
from engine.store import Lock
from tests.engine.http_server import HTML, LIMITED, chart, walk
from tests.engine.live_world import FAST, NEW

SMALL = ["factor_etfs", "us_macro_monthly", "usdkrw_monthly"]


def run(*only, **options):
    return refresh.run(list(only) or None, limits=FAST, **options)


def rows(result):
    return {row.name: row for row in result.datasets}


def test_nothing_changes_while_nothing_was_refreshed(store):
    assert snapshot_id() == bundled_id()
    assert available() == tuple(DATASETS)
    assert load("factor_etfs").last == date(2022, 12, 28)
    with pytest.raises(MissingData) as caught:
        load("etf_prices")
    assert caught.value.code == "not_refreshed"


def test_a_whole_refresh(server, store):
    steps = []
    result = run(progress=steps.append)
    told = rows(result)
    assert set(told) == set(LIVE)
    assert {row.status for row in result.datasets} == {"updated"}
    assert result.snapshot == snapshot_id() != result.previous == bundled_id()
    assert result.changed
    assert not result.unavailable

    # partial success says so, fund by fund
    assert result.partial
    assert [row.name for row in result.datasets if row.error] == ["etf_prices", "etf_facts"]
    assert "SPY" not in told["etf_prices"].failed_items
    assert "QQQ" in told["etf_prices"].failed_items
    assert set(told["etf_facts"].failed_items) & {"SPY", "QQQ"} == {"QQQ"}
    json.dumps(result.to_dict(), allow_nan=False)

    # progress reaches every table, in order
    finished = [step for step in steps if step.status]
    assert [step.table for step in finished] == list(refresh.TABLES)
    assert finished[-1].tables_done == finished[-1].tables_total == len(refresh.TABLES)

    # longer data sets, history unmoved, joined by growth
    for name in ("sp500_price", "sp500_total_return", "factor_etfs", "us_large_caps"):
        old, new = load(name, BUNDLED).frame, load(name).frame
        assert new.index[-1] == NEW[-1]
        pd.testing.assert_frame_equal(new.loc[: old.index[-1]], old)
        assert new.notna().all(axis=None)
        assert any(found.kind == "splice" for found in load(name).findings)
    served = server.charts["MTUM"]["indicators"]["adjclose"][0]["adjclose"]
    mtum = load("factor_etfs").frame["MTUM"]
    assert mtum.iloc[-1] / mtum.loc["2022-12-28"] == pytest.approx(served[-1] / served[-len(NEW) - 1], rel=1e-12)

    # months: whole ones as month ends, a partial one named, holes left
    won = load("usdkrw_monthly")
    assert won.last == date(2026, 6, 30)
    assert any("2026-06" in found.text for found in won.findings if found.kind == "partial_month")
    macro = load("us_macro_monthly")
    assert macro.last == date(2026, 5, 31)
    assert np.isnan(macro.frame.loc["2026-05-31", "core_cpi_index_sa"])
    assert np.isnan(macro.frame.loc["2025-10-31", "core_cpi_index_sa"])
    assert load("bill_rate").last == date(2026, 5, 31)
    assert load("french_portfolios").last > date(2017, 3, 31)

    # new data sets, and when their figures were known
    assert set(available()) - set(DATASETS) == {name for name in LIVE if name not in DATASETS}
    assert load("us_macro_daily").provenance.rule("DGS10") == "business_day:1"
    assert set(load("etf_prices").frame.columns) >= {"AGG", "GLD", "SPY", "MTUM"}
    assert all(row["error"] is None for row in status())
    assert status(BUNDLED)[0]["last"] == "2022-12-28"

    # whoever asks for the old numbers gets them, and rooms above follow the snapshot
    assert lines.line("sp500_price").last == date(2023, 3, 31)
    assert panels.panel("factor_etfs").dates[-1] == NEW[-1]
    with using(BUNDLED):
        assert snapshot_id() == bundled_id()
        assert lines.line("sp500_price").last == date(2022, 12, 28)
        assert panels.panel("factor_etfs").as_of == date(2022, 12, 28)
    assert len(crises.report(crises.named_crises(), [lines.line("sp500_price"), lines.line("MTUM")])) == 31

    # the same again is nothing new
    again = run()
    assert {row.status for row in again.datasets} == {"unchanged"}
    assert again.snapshot == result.snapshot
    assert store.pointer().checked_at > store.pointer().switched_at


def test_only_what_is_named_is_asked(server, store):
    result = run("usdkrw_monthly")
    assert {row.name for row in result.datasets} == {"usdkrw_monthly", "usdkrw_daily"}
    assert not server.asked("fredgraph")
    assert server.asked("chart/")[0].endswith("KRW%3DX")
    more = run("factor_etfs")
    held = store.manifest(more.snapshot)
    assert set(held.entries) == {"usdkrw_daily", "factor_etfs"}
    assert held.parent == result.snapshot


@pytest.mark.parametrize("only", [["nasdaq"], []])
def test_names_that_are_none(store, only):
    with pytest.raises(BadInput):
        refresh.run(only, limits=FAST)


def test_a_held_snapshot_does_not_move(server, store):
    first = run("factor_etfs").snapshot
    with using(first):
        before = load("factor_etfs").frame
        server.charts = {t: longer(body) for t, body in server.charts.items()}
        second = run("factor_etfs").snapshot
        assert snapshot_id() == first
        pd.testing.assert_frame_equal(load("factor_etfs").frame, before)
    assert snapshot_id() == second
    assert len(load("factor_etfs").frame) == len(before) + 2
    assert len(load("factor_etfs", first).frame) == len(before)


def longer(body, days=2):
    """A chart with more sessions."""
    made = json.loads(json.dumps(body))
    stamps = made["timestamp"]
    stamps += [stamps[-1] + 86_400 * (day + 3) for day in range(days)]
    lists = [*made["indicators"]["quote"][0].values(), made["indicators"]["adjclose"][0]["adjclose"]]
    for values in lists:
        values.extend([values[-1]] * days)
    made["meta"].pop("currentTradingPeriod")
    return made


def test_failed_sources_leave_the_rest_and_the_older_figures(server, store):
    first = run(*SMALL)
    server.planned["fredgraph"] = [(500, HTML, {})]
    server.charts = {t: longer(body) for t, body in server.charts.items()}
    result = run(*SMALL)
    told = rows(result)
    assert told["us_macro_monthly"].status == "failed"
    assert isinstance(told["us_macro_monthly"].error, Unreachable)
    assert told["factor_etfs"].status == "updated"
    assert result.partial
    assert result.snapshot != first.snapshot
    assert load("us_macro_monthly").last == date(2026, 5, 31)


def test_when_everything_fails_nothing_changes(server, store):
    first = run(*SMALL)
    server.planned[""] = [(429, LIMITED, {})]
    result = run(*SMALL)
    assert result.unavailable
    assert not result.changed
    assert snapshot_id() == first.snapshot
    assert all(isinstance(row.error, RateLimited) for row in result.datasets)


def test_a_source_that_is_down_is_not_asked_again(server, store):
    server.planned["chart/"] = [(429, LIMITED, {})]
    result = run("sp500_price", "sp500_total_return", "factor_etfs")
    assert len(server.asked("chart/")) <= FAST.retries + 1
    assert "not asked after" in result.datasets[-1].error.message


def test_older_rows_of_a_fund_that_failed_are_kept_and_told(server, store):
    run("factor_etfs")
    before = load("factor_etfs").frame
    server.planned["chart/SIZE"] = [(200, HTML, {})]
    result = run("factor_etfs")
    (row,) = result.datasets
    assert row.status == "unchanged"
    assert list(row.failed_items) == ["SIZE"]
    assert result.partial
    pd.testing.assert_frame_equal(load("factor_etfs").frame, before)


def test_another_security_under_the_name_is_refused(server, store):
    body = server.charts["MTUM"]
    days = pd.to_datetime(body["timestamp"], unit="s").normalize()
    server.charts["MTUM"] = chart("MTUM", days, walk(99, days))
    result = run("factor_etfs", "usdkrw_daily")
    told = rows(result)
    assert told["factor_etfs"].status == "failed"
    assert isinstance(told["factor_etfs"].error, BadPayload)
    assert "MTUM" in told["factor_etfs"].error.message
    assert load("factor_etfs").last == date(2022, 12, 28)


def test_a_second_refresh_is_refused_politely(server, store):
    with Lock(store.files), pytest.raises(Busy, match="has been refreshing since"):
        run("usdkrw_daily")
    assert run("usdkrw_daily").changed


@pytest.mark.parametrize("after", [0, 3, 8])
def test_a_stopped_refresh_changes_nothing(server, store, after):
    run("usdkrw_daily")
    held = snapshot_id()
    asked = iter(range(1000))
    with pytest.raises(Cancelled) as caught:
        run("us_large_caps", "us_macro_monthly", cancelled=lambda: next(asked) >= after)
    assert caught.value.exit_code == 130
    assert snapshot_id() == held
    assert store.files.read("lock.json") is None
    assert run("usdkrw_daily").snapshot == held


# --- a store that was damaged


def test_a_broken_object_falls_back_to_bundled_data_and_says_so(server, store):
    result = run("factor_etfs", "etf_prices")
    manifest = store.manifest(result.snapshot)
    for name in ("factor_etfs", "etf_prices"):
        store.files.put(manifest.entries[name].object, b"torn")
    data = load("factor_etfs")
    assert data.last == date(2022, 12, 28)
    assert any(found.kind == "refresh_unused" for found in data.findings)
    told = {row["name"]: row for row in status()}
    assert told["etf_prices"]["error"]["code"] == "store_broken"
    assert told["sp500_price"]["error"] is None


@pytest.mark.parametrize("broken", ["current.json", "manifest"])
def test_a_broken_pointer_or_manifest_falls_back_and_is_mended(server, store, broken):
    result = run("usdkrw_daily")
    store.files.put("current.json" if broken == "current.json" else f"snapshots/{result.snapshot}.json", b"{")
    from engine.sources import snapshots

    snapshots._manifest.cache_clear()
    assert snapshot_id() == bundled_id()
    assert store_error().code == "store_broken"
    assert load("usdkrw_monthly").last == date(2026, 5, 31)
    if broken == "manifest":
        assert run("usdkrw_daily").changed
        assert snapshot_id() != bundled_id()
        assert store_error() is None


def test_other_bundled_data_under_a_stored_snapshot_have_another_id(server, store, facts):
    result = run("usdkrw_daily")
    path = facts / "crisis_periods.csv"
    path.write_bytes(path.read_bytes()[:-1])
    now = snapshot_id()
    assert now.startswith(result.snapshot + "+")
    assert load("usdkrw_daily", now).last == date(2026, 6, 12)


def test_a_snapshot_nobody_stored(store):
    for name in ("stored-20200101-000000000-00000000", "bundled-0000000000", "yesterday"):
        with pytest.raises(MissingData) as caught:
            load("factor_etfs", name)
        assert caught.value.code == "snapshot_unknown"


# --- vintages


def test_vintages_tell_what_was_on_file(server, store, monkeypatch):
    same_second = datetime.now(UTC).replace(microsecond=0)
    monkeypatch.setattr("engine.sources.live.fred.now", lambda: same_second)
    first = run("us_macro_monthly")
    server.series["UNRATE"] = server.series["UNRATE"].replace("2026-03-01,4.3", "2026-03-01,4.5")
    second = run("us_macro_monthly")
    (found,) = refresh.difference(first.snapshot, second.snapshot)
    assert (found.added, found.removed, found.changed_cells) == (0, 0, 1)
    (change,) = found.largest
    assert (change.key, change.old, change.new) == (("UNRATE", "2026-03-01"), 4.3, 4.5)
    assert [manifest.id for manifest in refresh.history()] == [first.snapshot, second.snapshot]
    today = same_second.date()
    table = refresh.as_of("us_macro_monthly", today).set_index(["series", "date"])["value"]
    assert table["UNRATE", pd.Timestamp("2026-03-01")] == 4.5
    with pytest.raises(MissingData) as caught:
        refresh.as_of("us_macro_monthly", date(2020, 1, 1))
    assert caught.value.code == "no_vintage"
    with pytest.raises(BadInput):
        refresh.difference(first.snapshot, second.snapshot, ["nasdaq"])
    with pytest.raises(MissingData):
        refresh.difference("bundled", second.snapshot)


def test_a_refresh_loads_nothing_heavy_before_it_runs():
    code = (
        "import sys, engine; engine.refresh; engine.store; engine.sources.load('factor_etfs');"
        "print(sorted({'yfinance', 'fsspec', 'curl_cffi', 'requests'} & set(sys.modules)))"
    )
    env = {"LODESTAR_STORE": "/nonexistent/store"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
