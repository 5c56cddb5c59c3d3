"""The workbook opens, holds native charts tied to the numbers, and no formula."""

import io
from datetime import datetime

import pytest
from openpyxl import load_workbook

from tests.ui.reports.conftest import KINDS, NOW, ROWS, everything, record, spec
from ui.i18n import Translator
from ui.record import Chart
from ui.reports import build, xlsx
from ui.reports.numbers import grid

NATIVE = {
    "lines": "LineChart", "underwater": "LineChart", "areas": "AreaChart", "bars": "BarChart", "dots": "LineChart",
    "dumbbell": "LineChart", "scatter": "ScatterChart", "slope": "LineChart",
}  # fmt: skip


def opened(report):
    return load_workbook(io.BytesIO(xlsx.build(report)))


def cells(sheet):
    for row in sheet.iter_rows(min_row=xlsx.HEAD + 1, values_only=True):
        if any(cell is not None for cell in row):
            yield tuple(cell.date() if isinstance(cell, datetime) else cell for cell in row)


@pytest.mark.parametrize("kind", KINDS)
def test_each_chart_has_its_numbers_and_a_native_chart(kind):
    book = opened(build.page(record(Chart(kind, spec(kind))), now=NOW))
    sheet = book["Chart 1"]
    found = grid(spec(kind), Translator("en"))
    read = list(cells(sheet))[1:]
    assert len(read) == len(found.rows)
    for row, expected in zip(read, found.rows, strict=True):
        # A cell of a workbook holds sixteen digits.
        same = [a == b or a == pytest.approx(b, rel=1e-15) for a, b in zip(row, expected, strict=True)]
        assert all(same), (row, expected)
    if kind not in NATIVE:
        assert not sheet._charts
        assert sheet.conditional_formatting
        return
    (chart,) = sheet._charts
    assert type(chart).__name__ == NATIVE[kind]
    last = xlsx.HEAD + 1 + len(found.rows)
    for series in chart.series:
        where = (series.yVal if kind == "scatter" else series.val).numRef.f
        assert where.startswith("'Chart 1'!$")
        assert where.endswith(f"${last}")


def test_a_log_chart_has_a_log_axis_and_dates_a_date_axis():
    (chart,) = opened(build.page(record(Chart("lines", spec("lines"))), now=NOW))["Chart 1"]._charts
    assert chart.y_axis.scaling.logBase == 2
    assert type(chart.x_axis).__name__ == "DateAxis"


def test_contents_say_what_the_file_is(report):
    book = opened(report)
    t = Translator(report.language)
    words = [cell for row in book[t("report.contents")].iter_rows(values_only=True) for cell in row if cell]
    for needed in (
        report.title,
        report.snapshot,
        report.watermark,
        *report.disclaimers,
        "/overview?series=a.b&lang=" + report.language,
    ):
        assert needed in words
    sources = [cell for row in book[t("report.sources")].iter_rows(values_only=True) for cell in row]
    assert "USD, total return, monthly, 2020. Source: made up." in sources
    assert all(report.watermark in sheet.oddHeader.center.text for sheet in book)


def test_tables_hold_numbers_with_their_formats(report):
    book = opened(report)
    sheet = book[Translator(report.language)("report.sheet_table", n=1)]
    first, second = (next(sheet.iter_rows(min_row=row, max_row=row)) for row in (xlsx.HEAD + 2, xlsx.HEAD + 3))
    assert (first[1].value, first[1].number_format) == (0.123, "0.0%")
    assert second[1].value == -0.04
    assert second[2].value is None
    assert first[3].value == 120
    assert first[4].value.date() == ROWS["From"][0]
    assert (first[5].value, second[5].value) == (0.53125, None)


def test_no_cell_is_a_formula(report):
    for sheet in opened(report):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                assert not (isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@"))), cell.value


def test_progress_never_runs_backwards():
    seen = []
    xlsx.build(build.page(everything(), now=NOW), lambda done, total, what: seen.append((done, total)))
    assert seen == [(place, len(seen)) for place in range(len(seen))]
