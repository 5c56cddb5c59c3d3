"""Lights, evidence and sources of a refreshed snapshot with faults in what was served."""

import json

import pytest

from engine.cli import main
from engine.errors import MissingData
from engine.health import evidence, health
from engine.sources import load
from engine.store import open_store


def finding(found, kind, item, dataset="factor_etfs"):
    return next(
        row for row in found.findings if (row.dataset, row.finding.kind, row.finding.item) == (dataset, kind, item)
    )


def test_a_faulty_refresh_is_repaired_told_and_shown(faulty, capsys):
    found = health()
    rows = {row.name: row for row in found.datasets}
    assert found.snapshot == faulty.snapshot
    assert rows["factor_etfs"].stored
    assert not rows["sp500_price"].stored
    assert rows["factor_etfs"].lights["consistent"].code == "repaired"
    assert rows["us_macro_daily"].lights["consistent"].level == "warning"  # revised, and apart from T10Y3M
    assert rows["us_macro_daily"].lights["point_in_time"].code == "vintages"
    assert rows["us_macro_daily"].lights["point_in_time"].params["vintages"] == 2

    # a bar in cents: before and after, the rest of the line unchanged
    shown = evidence(finding(found, "unit_100x", "MTUM"))
    day, before, after = shown.widest()
    assert before / after == pytest.approx(100.0, rel=1e-6)
    assert day.isoformat() == finding(found, "unit_100x", "MTUM").finding.first
    assert (shown.before != shown.after).sum() == 1
    assert 41 <= len(shown.before) <= 81

    # a split that was not applied: all bars before it, in the data that readers get too
    split = finding(found, "split_not_applied", "SPY", "etf_prices")
    assert split.finding.applied
    day, before, after = evidence(split).widest()
    assert before / after == pytest.approx(4.0, rel=1e-6)
    assert load("etf_prices").frame["SPY"].pct_change().abs().max() < 0.2

    # a revision beside the older vintage, and beside the other source
    revised = evidence(finding(found, "vintage_disagrees", "DGS10", "us_macro_daily"))
    assert revised.other_name == "vintage"
    assert revised.widest()[1] == 9.99
    spread = finding(found, "source_disagrees", "T10Y3M", "us_macro_daily")
    apart = evidence(spread)
    assert apart.other_name == "term_parts"
    assert apart.widest()[0].isoformat() == "2026-05-27"

    # the sources
    read = {row.table: row for row in found.sources}
    assert read["factor_etfs"].repaired_cells == 5
    assert "QQQ" in read["etf_prices"].failed
    assert read["us_macro_daily"].failed == ()

    # the command says the same
    with pytest.raises(SystemExit) as leaving:
        main(["data", "health", "--json"])
    assert leaving.value.code == 0
    told = json.loads(capsys.readouterr().out)
    assert told["snapshot"] == found.snapshot
    lights = {row["name"]: row["lights"] for row in told["datasets"]}
    assert lights["factor_etfs"]["consistent"]["level"] == "good"
    (cents,) = [row for row in told["findings"] if row["kind"] == "unit_100x" and row["dataset"] == "factor_etfs"]
    assert {"severity", "item", "first", "last", "rows", "evidence", "repair", "applied", "stored"} <= set(cents)
    with pytest.raises(SystemExit):
        main(["data", "health"])
    said = capsys.readouterr().out
    assert "factor_etfs" in said
    assert "point in time" in said

    # a table that is gone: told, not hidden
    store = open_store()
    store.files.put(store.manifest(found.snapshot).entries["factor_etfs"].object, b"torn")
    with pytest.raises(MissingData):
        evidence(finding(found, "unit_100x", "MTUM"))
