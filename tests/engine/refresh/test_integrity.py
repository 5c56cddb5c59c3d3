"""What a refresh checks: repairs that are logged and can be undone, structured findings, vintages, other sources."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import integrity, refresh
from engine.refresh import agree, checks
from engine.refresh.repairs import logged, undone
from engine.sources import BUNDLED, load, status
from engine.sources.dataset import Finding
from engine.store import Lock, prune
from engine.store.manifest import read_manifest
from engine.store.tables import prepared
from tests.engine.http_server import HTML, chart
from tests.engine.live_world import FAST


def run(*only, check=integrity.check):
    return refresh.run(list(only), limits=FAST, check=check)


def hundredfold(server, ticker, place):
    """One day of a chart in cents."""
    body = json.loads(json.dumps(server.charts[ticker]))
    inside = body["indicators"]
    for values in (*inside["quote"][0].values(), inside["adjclose"][0]["adjclose"]):
        if values is not inside["quote"][0]["volume"]:
            values[place] *= 100.0
    server.charts[ticker] = body


@pytest.fixture
def sent(monkeypatch):
    """Tables as they came from the sources, by name."""
    from engine.refresh import perform

    came = {}
    real = perform.fetch

    def fetch(request, *rest):
        answer = real(request, *rest)
        came[request.name] = prepared(answer.dataset.table, answer.keys)
        return answer

    monkeypatch.setattr(perform, "fetch", fetch)
    return came


def entry(store, snapshot, table):
    return store.manifest(snapshot).entries[table]


def test_a_repair_is_logged_and_what_was_sent_can_be_rebuilt(server, store, sent):
    hundredfold(server, "MTUM", -40)
    hundredfold(server, "QUAL", -10)
    result = run("factor_etfs")
    held = entry(store, result.snapshot, "factor_etfs")
    stored = store.table(held)
    assert held.repairs is not None
    assert not stored.equals(sent["factor_etfs"])
    pd.testing.assert_frame_equal(refresh.unrepaired("factor_etfs"), sent["factor_etfs"])
    pd.testing.assert_frame_equal(refresh.unrepaired("factor_etfs", result.snapshot), sent["factor_etfs"])

    log = refresh.repairs("factor_etfs")
    assert set(log["ticker"]) == {"MTUM", "QUAL"}
    assert {"open", "high", "low", "close", "adj_close"} <= set(log["column"])
    one = log.loc[(log["ticker"] == "MTUM") & (log["column"] == "close")]
    assert one["old"].item() / one["new"].item() == pytest.approx(100.0, rel=1e-6)
    there = stored.loc[(stored["ticker"] == "MTUM") & (stored["date"] == one["date"].item()), "close"]
    assert there.item() == one["new"].item()
    # every change points at the finding that explains it
    for _, change in log.iterrows():
        found = held.findings[int(change["finding"])]
        assert (found["kind"], found["item"], found["applied"]) == (change["kind"], change["ticker"], True)
        assert found["first"] <= str(change["date"].date()) <= found["last"]
    # lines that readers see have the repaired level
    returns = load("factor_etfs").frame["MTUM"].pct_change().abs()
    assert returns.max() < 0.2


def test_findings_are_structured_and_plain_json(server, store):
    hundredfold(server, "MTUM", -40)
    result = run("factor_etfs")
    held = entry(store, result.snapshot, "factor_etfs")
    (found,) = [one for one in held.findings if one.get("applied")]
    assert set(found) == {
        "kind", "severity", "text", "item", "first", "last", "rows", "evidence", "repair", "applied",
    }  # fmt: skip
    assert (found["severity"], found["item"], found["rows"]) == ("error", "MTUM", 1)
    assert found["first"] == found["last"]
    assert all(isinstance(value, int | float | str | None) for value in found["evidence"].values())
    assert "MTUM" in found["text"]
    assert found["repair"] in found["text"]
    json.dumps(held.findings, allow_nan=False)
    # read back as findings, and again as the same text
    assert [Finding(**one).to_dict() for one in held.findings] == [dict(one) for one in held.findings]
    assert any(one.item == "MTUM" and one.applied for one in load("factor_etfs").findings)


def test_a_table_without_repairs_has_no_log(server, store, sent):
    result = run("usdkrw_daily")
    held = entry(store, result.snapshot, "usdkrw_daily")
    assert held.repairs is None
    assert refresh.repairs("usdkrw_daily").empty
    assert list(refresh.repairs("usdkrw_daily").columns)[:3] == ["step", "ticker", "date"]
    pd.testing.assert_frame_equal(refresh.unrepaired("usdkrw_daily"), sent["usdkrw_daily"])


def test_kept_rows_of_a_failed_item_keep_their_repairs(server, store):
    hundredfold(server, "MTUM", -40)
    first = run("factor_etfs")
    before = refresh.unrepaired("factor_etfs", first.snapshot)
    server.planned["chart/MTUM"] = [(200, HTML, {})]
    hundredfold(server, "QUAL", -10)
    second = run("factor_etfs")
    held = entry(store, second.snapshot, "factor_etfs")
    log = refresh.repairs("factor_etfs")
    assert set(log["ticker"]) == {"MTUM", "QUAL"}
    assert list(log["step"]) == list(range(len(log)))
    assert {held.findings[place]["item"] for place in log.loc[log["ticker"] == "MTUM", "finding"]} == {"MTUM"}
    now = refresh.unrepaired("factor_etfs")
    pd.testing.assert_frame_equal(*(t.loc[t["ticker"] == "MTUM"].reset_index(drop=True) for t in (now, before)))
    assert held.known_at["MTUM"] == "session_close"


def test_the_same_figures_from_another_repair_are_a_new_snapshot(server, store):
    clean = json.loads(json.dumps(server.charts["MTUM"]))
    first = run("factor_etfs")
    assert run("factor_etfs").datasets[0].status == "unchanged"
    hundredfold(server, "MTUM", -40)
    second = run("factor_etfs")
    one, two = (store.table(entry(store, made.snapshot, "factor_etfs")) for made in (first, second))
    pd.testing.assert_frame_equal(one, two, rtol=1e-12)
    assert second.snapshot != first.snapshot
    server.charts["MTUM"] = clean
    assert run("factor_etfs").datasets[0].status == "updated"


def test_retention_keeps_and_drops_logs_with_their_snapshots(server, store):
    from datetime import timedelta

    hundredfold(server, "MTUM", -40)
    first = run("factor_etfs")
    old = entry(store, first.snapshot, "factor_etfs").repairs
    hundredfold(server, "QUAL", -10)
    second = run("factor_etfs")
    new = entry(store, second.snapshot, "factor_etfs").repairs
    assert old.object != new.object
    assert {old.object, new.object} <= set(store.files.names("objects"))
    store.release()
    with Lock(store.files) as lock:
        prune(store, lock, keep=1, grace=timedelta(0))
    left = set(store.files.names("objects"))
    assert new.object in left
    assert old.object not in left


def test_a_damaged_log_is_told(server, store):
    from engine.errors import MissingData

    hundredfold(server, "MTUM", -40)
    result = run("factor_etfs")
    store.files.put(entry(store, result.snapshot, "factor_etfs").repairs.object, b"torn")
    with pytest.raises(MissingData) as caught:
        refresh.repairs("factor_etfs")
    assert caught.value.code == "store_broken"
    assert load("factor_etfs").last.isoformat() == "2023-03-31"  # the table itself is whole


def test_a_manifest_of_the_first_version_is_still_read(server, store):
    result = run("usdkrw_daily", "factor_etfs")
    name = f"snapshots/{result.snapshot}.json"
    body = json.loads(store.files.read(name))
    body["version"] = 1
    for told in body["entries"].values():
        told.pop("repairs")
        told["findings"] = [{key: one[key] for key in ("kind", "severity", "text")} for one in told["findings"]]
    old = read_manifest(result.snapshot, json.dumps(body).encode())
    assert all(one.repairs is None for one in old.entries.values())
    assert all(Finding(**one).rows is None for one in old.entries["factor_etfs"].findings)
    body["version"] = 99
    from engine.errors import MissingData

    with pytest.raises(MissingData):
        read_manifest(result.snapshot, json.dumps(body).encode())


def test_a_crash_is_left_alone(server, store, sent):
    """AIG fell by 60.8 % on 2008-09-15: size is no error."""
    body = server.charts["GLD"]
    days = pd.to_datetime(body["timestamp"], unit="s").normalize()
    closes = np.array(body["indicators"]["quote"][0]["close"])
    closes[200:] *= 0.392
    closes[205:] *= 1.578
    server.charts["GLD"] = chart("GLD", days, list(map(float, closes)))
    run("etf_prices")
    log = refresh.repairs("etf_prices")
    assert "GLD" not in set(log["ticker"])
    pd.testing.assert_frame_equal(refresh.unrepaired("etf_prices"), sent["etf_prices"])


# --- macro series and returns


def long(**series):
    frames = [
        pd.DataFrame({"series": name, "date": values.index, "value": values.to_numpy()})
        for name, values in series.items()
    ]
    return pd.concat(frames, ignore_index=True)


MONTHS = pd.date_range("2015-01-01", periods=135, freq="MS")


def test_macro_holes_stay_holes_and_zeros_for_missing_go():
    prices = pd.Series(np.linspace(236.0, 331.0, len(MONTHS)), MONTHS)
    prices["2025-10-01"] = np.nan
    prices["2016-03-01"] = 0.0
    jobless = pd.Series(4.0, MONTHS)
    funds = pd.Series(0.0, MONTHS)
    funds.iloc[40:] = 2.5
    frame = long(CPIAUCSL=prices, UNRATE=jobless, FEDFUNDS=funds)
    found = checks.checked_macro(frame, ("series", "date"))
    made = found.frame.set_index(["series", "date"])["value"]
    assert np.isnan(made["CPIAUCSL", pd.Timestamp("2025-10-01")])
    assert np.isnan(made["CPIAUCSL", pd.Timestamp("2016-03-01")])
    assert (made["FEDFUNDS"] == 0.0).sum() == 40  # a rate may be zero
    told = {(one.kind, one.item, one.first, one.applied) for one in found.findings}
    assert ("hole", "CPIAUCSL", "2025-10-01", False) in told
    assert ("zero_for_missing", "CPIAUCSL", "2016-03-01", True) in told
    (change,) = found.log.to_dict("records")
    assert (change["series"], change["column"], change["old"]) == ("CPIAUCSL", "value", 0.0)
    assert found.findings[change["finding"]].kind == "zero_for_missing"
    pd.testing.assert_frame_equal(undone(found.frame, found.log, ("series", "date")), frame)


def test_holidays_of_a_daily_series_are_counted_and_long_holes_are_listed():
    days = pd.bdate_range("2020-01-01", "2022-12-30")
    values = pd.Series(2.0, days)
    holidays = [10, 50, 51, 300]
    values.iloc[holidays] = np.nan
    values.iloc[400:410] = np.nan
    found = checks.checked_macro(long(DGS10=values), ("series", "date"))
    by_kind = {one.kind: one for one in found.findings}
    assert by_kind["holidays"].rows == 4
    assert by_kind["holidays"].evidence == {"runs": 3, "longest": 2}
    assert by_kind["hole"].rows == 10
    assert found.log.empty


def test_returns_in_percent_among_decimals_are_repaired_and_a_rate_is_not():
    days = pd.date_range("1980-01-31", periods=400, freq="ME")
    made = np.random.default_rng(4)
    market = made.normal(0.005, 0.04, 400)
    market[[100, 139]] = 0.05  # edges that no decimal return could be a hundredfold of
    bill = np.concatenate([np.full(150, 0.009), np.full(250, 0.00005)])  # a hundredfold fall, as from 1981 to 2012
    frame = pd.DataFrame({"date": days, "Mkt-RF": market, "RF": bill})
    wrong = frame.copy()
    wrong.loc[100:139, "Mkt-RF"] *= 100.0
    found = checks.checked_returns(wrong, ("date",))
    pd.testing.assert_frame_equal(found.frame, frame, rtol=1e-12)
    assert {one.kind for one in found.findings} == {"percent_for_fraction"}
    pd.testing.assert_frame_equal(undone(found.frame, found.log, ("date",)), wrong)


@pytest.mark.parametrize("name", ["french_factors", "french_portfolios"])
def test_nothing_is_found_in_the_library_itself(name):
    frame = load(name, BUNDLED).frame.reset_index()
    found = checks.checked_returns(frame, ("date",))
    assert found.findings == ()
    assert found.log.empty


def test_fund_facts_are_held_to_bounds():
    facts = pd.DataFrame({"fee": [0.0003, 0.09, 0.5], "top10": [0.3, 0.2, 31.0]}, index=["A", "B", "C"])
    found = checks.checked_facts(facts).findings.set_index(["kind", "ticker"])
    assert found.loc[("percent_for_fraction", "fee")]["first"].tolist() == ["B", "C"]
    assert found.loc[("percent_for_fraction", "top10")]["evidence"]["value"] == 31.0


# --- point in time


def test_a_series_without_a_rule_is_listed():
    frame = long(DGS10=pd.Series(1.0, MONTHS), NEW=pd.Series(1.0, MONTHS))
    (found,) = checks.without_rule(frame, ("series", "date"), {"DGS10": "business_day:1"})
    assert (found.kind, found.item, found.severity) == ("no_rule", "NEW", "error")
    wide = pd.DataFrame({"date": MONTHS, "HML": 0.1})
    assert [one.item for one in checks.without_rule(wide, ("date",), {})] == ["HML"]


def test_every_stored_series_has_a_rule_and_status_shows_it(server, store):
    result = run("factor_etfs", "us_macro_monthly", "french_factors")
    for held in store.manifest(result.snapshot).entries.values():
        assert not [one for one in held.findings if one["kind"] == "no_rule"]
        assert held.known_at
    rows = {row["name"]: row for row in status()}
    assert rows["us_macro_monthly"]["known_at"]["core_cpi_index_sa"] == "month_end:1"
    assert all(row["known_at"] for row in rows.values() if row["frequency"] != "table")


# --- vintages and other sources


def bars(**closes):
    parts = []
    for ticker, (days, values) in closes.items():
        prices = dict.fromkeys(("open", "high", "low", "close", "adj_close"), values)
        events = {"volume": 1000.0, "dividends": 0.0, "splits": 0.0, "capital_gains": 0.0}
        parts.append(pd.DataFrame({"ticker": ticker, "date": days, **prices, **events}))
    return pd.concat(parts, ignore_index=True)


DAYS = pd.bdate_range("2020-01-01", periods=200)


def walk(seed):
    return 100.0 * np.cumprod(1.0 + np.random.default_rng(seed).normal(0.0, 0.01, len(DAYS)))


def test_a_recycled_ticker_is_an_error_that_stays():
    old, new = bars(META=(DAYS, walk(1))), bars(META=(DAYS, walk(2)))
    (found,) = agree.with_older("yahoo_bars", new, old, ("ticker", "date"))
    assert (found.kind, found.item, found.unrepaired) == ("ticker_reuse", "META", True)


def test_a_renamed_ticker_and_rows_that_went():
    old = bars(FB=(DAYS, walk(1)), SPY=(DAYS, walk(3)))
    new = bars(META=(DAYS, walk(1)), SPY=(DAYS[20:], walk(3)[20:]))
    found = {one.kind: one for one in agree.with_older("yahoo_bars", new, old, ("ticker", "date"))}
    assert found["ticker_renamed"].evidence["new_ticker"] == "META"
    assert (found["rows_gone"].item, found["rows_gone"].rows) == ("SPY", 20)
    assert set(found) == {"ticker_renamed", "rows_gone"}


def test_many_disagreeing_days_of_a_ticker_are_one_finding():
    line = walk(1)
    moved = line.copy()
    moved[::10] *= 1.05
    (found,) = agree.with_older("yahoo_bars", bars(A=(DAYS, moved)), bars(A=(DAYS, line)), ("ticker", "date"))
    assert found.kind == "vintage_disagrees"
    assert found.rows == 39  # each moved close bends two returns, but for the first row
    assert found.evidence["largest"] == pytest.approx(0.05, abs=0.005)


def test_revised_macro_figures_are_counted():
    old = long(DGS10=pd.Series(2.0, MONTHS), UNRATE=pd.Series(4.0, MONTHS))
    new = old.copy()
    new.loc[[3, 4], "value"] = [2.5, np.nan]
    new.loc[new.index[-1], "value"] = 4.1
    found = {one.item: one for one in agree.with_older("fred_series", new, old, ("series", "date"))}
    assert (found["DGS10"].severity, found["DGS10"].rows) == ("warning", 2)
    assert found["DGS10"].evidence == {"cells": 2, "of": 135, "largest": 0.5, "came_or_went": 1}
    assert found["UNRATE"].severity == "info"  # revised as a rule
    assert agree.with_older("fred_series", old, old, ("series", "date")) == ()


def test_two_sources_of_the_term_spread():
    days = pd.bdate_range("2020-01-01", periods=100)
    ten, three = pd.Series(1.8, days), pd.Series(1.5, days)
    spread = pd.Series(0.3, days)
    assert agree.between({"us_macro_daily": long(DGS10=ten, DGS3MO=three, T10Y3M=spread)}) == {}
    spread.iloc[7] = 30.0
    ((found,),) = agree.between({"us_macro_daily": long(DGS10=ten, DGS3MO=three, T10Y3M=spread)}).values()
    assert (found.kind, found.severity, found.first) == ("source_disagrees", "warning", "2020-01-10")
    assert found.evidence["largest"] == pytest.approx(29.7)
    ((all_wrong,),) = agree.between({"us_macro_daily": long(DGS10=ten, DGS3MO=three, T10Y3M=spread / 100)}).values()
    assert all_wrong.unrepaired


def test_the_us_market_and_the_sp500_agree_within_the_tolerance():
    french = load("french_portfolios", BUNDLED).frame.reset_index().rename(columns={"MktRF": "Mkt-RF"})
    assert agree.between({"french_factors": french}) == {}
    french.loc[french.index[-20], "Mkt-RF"] += 0.2
    assert [one.rows for one in agree.between({"french_factors": french})["french_factors"]] == [1]


def test_an_error_that_stays_is_told_in_the_status_of_its_data_sets(server, store):
    run("usdkrw_daily")
    server.charts["KRW=X"] = json.loads(json.dumps(server.charts["KRW=X"]))
    body = server.charts["KRW=X"]["indicators"]
    values = np.array(body["quote"][0]["close"]) * np.linspace(1.0, 1.05, len(body["quote"][0]["close"]))
    for name in ("open", "high", "low", "close"):
        body["quote"][0][name] = list(map(float, values))
    body["adjclose"][0]["adjclose"] = list(map(float, values))
    result = run("usdkrw_daily", check=None)
    row = next(row for row in result.datasets if row.name == "usdkrw_daily")
    assert "source_disagrees" in {one.kind for one in row.problems}
    told = row.to_dict()
    assert told["problems"][0]["severity"] == "error"
    assert any(one.kind == "source_disagrees" for one in load("usdkrw_daily").findings)
    assert replace(row, problems=()).to_dict()["problems"] == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 199), st.sampled_from(["open", "close"]), st.floats(-1e9, 1e9)), max_size=30))
def test_any_changes_in_any_order_are_taken_back_exactly(changes):
    sent = bars(A=(DAYS, walk(1)))
    made, steps = sent.copy(), []
    for row, column, value in changes:
        steps.append((row, column, made.loc[row, column], value, 0))
        made.loc[row, column] = value
    report_log = pd.DataFrame(steps, columns=["row", "column", "old", "new", "finding"])
    log = logged(report_log, sent, ("ticker", "date"), [Finding("spike", "error", "")])
    shuffled = log.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(undone(made, shuffled, ("ticker", "date")), sent, check_exact=True)
