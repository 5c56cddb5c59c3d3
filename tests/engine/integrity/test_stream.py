"""A table read piece by piece is judged as the same table in memory, wherever it is cut."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.faults import FAULTS
from engine import integrity
from engine.errors import BadInput
from tests.engine.integrity.market import PRICES, quiet
from tests.engine.integrity.test_cli import run

CUTS = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def in_file_order(report, table):
    """Findings and log of ``check`` with symbols in the table's order, as a stream has them."""
    place = {str(name): number for number, name in enumerate(pd.unique(table["ticker"]))}
    keyed = report.findings.assign(place=[place[name] for name in report.findings["ticker"]])
    order = keyed.sort_values("place", kind="stable").index
    numbers = pd.Series(np.arange(len(order)), index=order)
    log = report.log.assign(finding=report.log["finding"].map(numbers)) if len(report.log) else report.log
    return report.findings.loc[order].reset_index(drop=True), log


@st.composite
def universes(draw):
    """Several symbols with faults, one after the other, in row groups of any size."""
    parts = []
    for name in draw(st.permutations(["AAA", "ZZZ", "MMM", "BBB"]))[: draw(st.integers(1, 4))]:
        table = quiet(draw(st.integers(200, 240)), seed=draw(st.integers(0, 1000)), price=draw(st.floats(1, 5000)))
        table["Capital Gains"] = 0.0
        rng = np.random.default_rng(draw(st.integers(0, 1000)))
        for fault in draw(st.lists(st.sampled_from([one for one in FAULTS if not one.funds]), max_size=2)):
            table, _ = fault.make(table, rng)
        if draw(st.booleans()):
            table = table.iloc[::-1]
        parts.append(table.assign(ticker=name))
    return pd.concat(parts, ignore_index=True)


@CUTS
@given(universes(), st.integers(1, 300), st.integers(1, 300), st.booleans())
def test_the_same_as_in_memory_wherever_the_file_is_cut(tmp_path, table, group, batch, whole_volume):
    if whole_volume:
        table["Volume"] = (
            table["Volume"].round().astype("Int64").astype("float" if table["Volume"].hasnans else "int64")
        )
    file, out, log = tmp_path / "in.parquet", tmp_path / "out.parquet", tmp_path / "log.parquet"
    table.to_parquet(file, index=False, row_group_size=group)
    table = pd.read_parquet(file)
    expected = integrity.check(table)
    findings, cells = in_file_order(expected, table)
    result = integrity.stream(file, repaired=out, log=log, batch=batch)
    pd.testing.assert_frame_equal(result.findings, findings)
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected.repaired)
    assert (result.rows, result.symbols, result.cells_changed) == (len(table), table["ticker"].nunique(), len(cells))
    assert result.kinds == findings["kind"].value_counts().sort_index().to_dict()
    written = pd.read_parquet(log)
    told = ["row", "column", "new", "dtype", "finding"]
    pd.testing.assert_frame_equal(
        written[told], cells[told].reset_index(drop=True), check_dtype=False, check_exact=True
    )  # a cell that was made blank is as blank in both
    pd.testing.assert_frame_equal(integrity.undo(pd.read_parquet(out), written), table)


def universe(count=4, rows=200):
    parts = [quiet(rows, seed=seed).assign(ticker=f"T{seed}") for seed in range(count)]
    table = pd.concat(parts, ignore_index=True)
    table.loc[rows + 50, PRICES] *= 100
    return table


@pytest.mark.parametrize("kind", ["string", "dictionary", "number", "day", "date32"])
def test_columns_of_any_sort(tmp_path, kind):
    table = universe()
    if kind == "number":
        table["ticker"] = table["ticker"].str[1:].astype(int)
    elif kind == "dictionary":
        table["ticker"] = table["ticker"].astype("category")
    elif kind in ("day", "date32"):
        table["Date"] = pd.to_datetime(table["Date"])
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    if kind == "date32":
        arrow = arrow.set_column(0, "Date", arrow.column("Date").cast(pa.date32()))
    file, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    pq.write_table(arrow, file, row_group_size=90)
    result = integrity.stream(file, repaired=out, batch=70)
    expected = integrity.check(pd.read_parquet(file))
    pd.testing.assert_frame_equal(result.findings, expected.findings)
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected.repaired)
    assert pq.read_schema(out).equals(pq.read_schema(file))


def test_a_folder_is_one_table_and_a_symbol_may_run_over_its_files(tmp_path):
    table = universe()
    folder = tmp_path / "prices"
    folder.mkdir()
    for place, start in enumerate(range(0, len(table), 170)):
        table.iloc[start : start + 170].to_parquet(folder / f"part-{place}.parquet", index=False)
    result = integrity.stream(folder)
    pd.testing.assert_frame_equal(result.findings, integrity.check(table).findings)
    table.assign(extra=1).to_parquet(folder / "zzz.parquet", index=False)
    with pytest.raises(BadInput, match="columns"):
        integrity.stream(folder)


def test_two_processes_give_the_same(tmp_path):
    file, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table = universe(6)
    table.to_parquet(file, index=False)
    seen = []
    result = integrity.stream(file, repaired=out, batch=100, workers=2, progress=seen.append)
    pd.testing.assert_frame_equal(result.findings, integrity.check(table).findings)
    assert [one.rows for one in seen] == sorted(one.rows for one in seen)
    assert (seen[-1].rows, seen[-1].total, seen[-1].symbols) == (len(table), len(table), 6)


def test_findings_can_be_taken_as_they_come(tmp_path):
    file = tmp_path / "in.parquet"
    universe().to_parquet(file, index=False)
    taken = []
    result = integrity.stream(file, found=taken.append, batch=100)
    assert result.findings.empty
    assert sum(map(len, taken)) == sum(result.kinds.values()) > 0


def test_a_log_as_text_takes_numbers_sent_as_text(tmp_path):
    table = universe()
    table["Close"] = table["Close"].map("{:.4f}".format)
    file, out, log = (tmp_path / name for name in ("in.parquet", "out.parquet", "log.csv"))
    table.to_parquet(file, index=False)
    integrity.stream(file, repaired=out, log=log, batch=100)
    expected = integrity.check(table)
    pd.testing.assert_frame_equal(pd.read_parquet(out), expected.repaired)
    assert len(pd.read_csv(log)) == len(expected.log)
    with pytest.raises(BadInput, match="csv"):
        integrity.stream(file, log=tmp_path / "log.parquet")


def broken(tmp_path, change):
    file = tmp_path / "in.parquet"
    change(universe()).to_parquet(file, index=False)
    return file


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.sort_values("Date"), "row 6: rows of T. come again"),
        (lambda table: table.drop(columns="High"), "High"),
        (lambda table: table.head(1), "1 rows"),
        (lambda table: table.assign(ticker=table["ticker"].where(table.index != 333)), "row 335"),
        (lambda table: table.assign(Close=table["Close"].astype(str).where(table.index != 555, "x")), "row 557: 'x'"),
        (
            lambda table: table.assign(Date=table["Date"] + np.where(table.index < 400, "", "T00:00:00+00:00")),
            "row 402: .* time zone",
        ),
    ],
)
def test_bad_files_get_a_sentence_with_the_row_and_leave_nothing_behind(tmp_path, change, message):
    file = broken(tmp_path, change)
    with pytest.raises(BadInput, match=message):
        integrity.stream(file, repaired=tmp_path / "out.parquet", log=tmp_path / "log.csv", batch=100)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]


def test_paths_and_options_that_cannot_be_used(tmp_path):
    file = broken(tmp_path, lambda table: table)
    text = tmp_path / "prices.parquet"
    text.write_text("no parquet", encoding="utf-8")
    for wrong in (
        lambda: integrity.stream(text),
        lambda: integrity.stream(tmp_path / "none.parquet"),
        lambda: integrity.stream([]),
        lambda: integrity.stream(file, repaired=file),
        lambda: integrity.stream(file, repaired=tmp_path / "out.csv"),
        lambda: integrity.stream(file, repaired=tmp_path / "none" / "out.parquet"),
        lambda: integrity.stream(file, frequency="yearly"),
        lambda: integrity.stream(file, workers=0),
    ):
        with pytest.raises(BadInput):
            wrong()


def test_the_command_reads_piece_by_piece(capsys, tmp_path):
    table = universe()
    file, out = tmp_path / "in.parquet", tmp_path / "out.parquet"
    table.to_parquet(file, index=False)
    code, printed, _ = run(capsys, file, "--stream", "--repair", out, "--json")
    assert code == 0
    _, at_once, _ = run(capsys, file, "--no-stream", "--json")
    answer, other = json.loads(printed), json.loads(at_once)
    assert {key: answer[key] for key in other} == other
    assert (answer["symbols"], pd.read_parquet(out).shape) == (4, table.shape)
    code, printed, _ = run(capsys, tmp_path, "--json")
    assert code == 2  # a folder that holds the repaired copy too: the symbols come twice
    assert "come again" in json.loads(printed)["error"]["message"]
    assert run(capsys, file, "--stream", "--against", file, "--json")[0] == 2
