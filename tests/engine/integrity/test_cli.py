"""``data check`` for scripts: JSON keys, written files, exit codes."""

import json

import pandas as pd
import pytest

from engine import cli, integrity
from tests.engine.integrity.market import PRICES, quiet


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as leaving:
        cli.main(["data", "check", *map(str, arguments)])
    captured = capsys.readouterr()
    return leaving.value.code, captured.out, captured.err


@pytest.fixture
def broken(tmp_path):
    table = quiet()
    table.loc[100, PRICES] *= 100
    file = tmp_path / "prices.csv"
    table.to_csv(file, index=False)
    return table, file


def test_findings_repaired_table_and_log(capsys, tmp_path, broken):
    table, file = broken
    out, log = tmp_path / "repaired.csv", tmp_path / "log.csv"
    code, printed, _ = run(capsys, file, "--repair", out, "--log", log, "--json")
    assert code == 0
    answer = json.loads(printed)
    found = next(row for row in answer["findings"] if row["kind"] == "unit_100x")
    assert {"kind", "severity", "ticker", "first", "last", "rows", "evidence", "repair"} <= set(found)
    assert (found["first"], found["rows"], found["ticker"]) == (table.loc[100, "Date"], 1, None)
    repaired = pd.read_csv(out, float_precision="round_trip")
    assert list(repaired.columns) == list(table.columns)
    pd.testing.assert_frame_equal(integrity.undo(repaired, pd.read_csv(log, float_precision="round_trip")), table)


def test_parquet_and_a_newer_copy(capsys, tmp_path, broken):
    table, _ = broken
    old, new = tmp_path / "old.parquet", tmp_path / "new.parquet"
    table.to_parquet(old)
    quiet().to_parquet(new)
    code, printed, _ = run(capsys, old, "--against", new, "--json")
    assert code == 0
    assert "vintage_disagrees" in {row["kind"] for row in json.loads(printed)["findings"]}


def test_a_reader_gets_a_table(capsys, broken):
    code, printed, _ = run(capsys, broken[1])
    assert code == 0
    assert "unit_100x" in printed
    assert "5 cells repaired" in printed


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--frequency", "yearly"], "frequency"),
        (["--calendar", "NOWHERE"], "calendar"),
        (["--against", "none.csv"], "against"),
    ],
)
def test_bad_options(capsys, broken, arguments, field):
    code, printed, err = run(capsys, broken[1], *arguments, "--json")
    assert code == 2
    assert json.loads(printed)["error"]["field"] == field
    assert err


def test_bad_files(capsys, tmp_path):
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    empty = tmp_path / "empty.csv"
    empty.write_text("", encoding="utf-8")
    for file, field in ((wrong, "Date"), (empty, "file"), (tmp_path / "none.csv", "file"), (tmp_path, "file")):
        code, printed, _ = run(capsys, file, "--json")
        assert code == 2
        assert json.loads(printed)["error"]["field"] == field
