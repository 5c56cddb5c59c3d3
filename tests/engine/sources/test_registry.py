"""One name per data set, one id per snapshot, one status row each, broken or not."""

import os

import pytest

from engine.errors import BadInput
from engine.sources import DATASETS, load, snapshot_id, status

KEYS = {
    "name",
    "source",
    "basis",
    "frequency",
    "unit",
    "currency",
    "first",
    "last",
    "as_of",
    "retrieved",
    "rows",
    "known_at",
    "findings",
    "error",
}


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_carries_its_own_name_source_and_unit(name):
    origin = load(name).provenance
    assert origin.name == name
    assert origin.source
    assert origin.unit
    assert origin.retrieved


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(BadInput, match="'nasdaq' is not known") as caught:
        load("nasdaq")
    assert caught.value.field == "dataset"
    assert all(name in caught.value.message for name in DATASETS)


def test_a_data_set_is_read_once():
    assert load("sp500_price") is load("sp500_price")


def test_status_has_a_row_for_every_data_set():
    rows = status()
    assert [row["name"] for row in rows] == list(DATASETS)
    for row in rows:
        assert set(row) == KEYS
        assert row["error"] is None
        assert row["rows"] > 0
        assert (row["first"] is None) == (row["frequency"] == "table")
        assert all(set(found) == {"kind", "severity", "text"} for found in row["findings"])


def test_status_shows_a_broken_table_and_keeps_the_rest(facts):
    healthy = {row["name"]: row for row in status()}
    (facts / "sp500_monthly_total_return.csv").unlink()
    rows = {row["name"]: row for row in status()}
    assert list(rows) == list(DATASETS)
    broken = {name for name, row in rows.items() if row["error"]}
    assert broken == {"sp500_monthly_total_return", "sp500_total_return"}
    for name in broken:
        assert set(rows[name]) == KEYS
        assert rows[name]["rows"] is None
        assert "data/facts/sp500_monthly_total_return.csv" in rows[name]["error"]["message"]
    assert all(rows[name] == healthy[name] for name in set(rows) - broken)


# --- snapshot


def test_the_snapshot_has_a_name_that_stays():
    assert snapshot_id() == snapshot_id()
    assert snapshot_id().startswith("bundled-")
    assert len(snapshot_id()) == len("bundled-") + 10


def test_equal_files_give_equal_ids(facts):
    used = snapshot_id()
    os.environ.pop("LODESTAR_FACTS")
    assert snapshot_id() == used


@pytest.mark.parametrize("change", ["edit", "cut", "remove"])
@pytest.mark.parametrize("name", ["crisis_periods", "us_macro_monthly"])
def test_another_file_gives_another_id(facts, name, change):
    before = snapshot_id()
    path = facts / f"{name}.csv"
    content = path.read_bytes()
    path.unlink()
    if change == "edit":
        path.write_bytes(content.replace(b"2026", b"2025", 1))
    elif change == "cut":
        path.write_bytes(content[:-1])
    assert snapshot_id() != before


def test_a_changed_table_is_read_again(facts):
    assert load("usdkrw_monthly").frame["krw_per_usd_month_end"].iloc[0] == 1189.9
    path = facts / "usdkrw_monthly.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("1189.9", "1190.9", 1), encoding="utf-8")
    assert load("usdkrw_monthly").frame["krw_per_usd_month_end"].iloc[0] == 1190.9
