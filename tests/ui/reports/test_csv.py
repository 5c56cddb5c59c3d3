"""The long table gives back the numbers on the screen exactly."""

import csv as plain_csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from tests.ui.reports.conftest import NOW, ROWS, everything, record
from ui.record import Chart
from ui.reports import build, csv
from ui.reports.numbers import cells, points
from ui.specs import ChartSpec, Trace

NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
NUMBERS = st.one_of(st.none(), st.floats(allow_nan=False), st.integers(-(10**6), 10**6))
PLACES = st.one_of(
    st.lists(st.dates(date(1900, 1, 1), date(2100, 1, 1)), min_size=1, max_size=6),
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=6),
    st.lists(NAMES, min_size=1, max_size=6),
)


def test_every_chart_and_table_comes_back(report):
    found = csv.read(csv.build(report))
    blocks = {(block.kind, block.key): block for block in found.blocks}
    part = report.sections[0]
    for spec in part.charts:
        assert blocks["chart", spec.key].points == points(spec)
        assert blocks["chart", spec.key].told == {"title": spec.title, "as_of": "2022-12-28", "source": spec.source}
    assert blocks["table", "figures"].points == cells(ROWS)
    assert [point.text for point in blocks["figures", "figures"].points][:2] == ["7.1 %", "+0.4 %p"]
    assert report.snapshot in found.about.values()
    assert set(report.disclaimers) <= set(found.about.values())
    assert report.watermark in found.about.values()


@settings(max_examples=150, deadline=None)
@given(PLACES, st.data(), NAMES, st.sampled_from(["lines", "bars", "scatter"]))
def test_any_numbers_come_back_exactly(places, data, name, kind):
    values = data.draw(st.lists(NUMBERS, min_size=len(places), max_size=len(places)))
    x, y = (values, places) if kind == "bars" else (places, values)
    spec = ChartSpec(name or "k", name, kind, (Trace(name, x, y, 0), Trace(f"={name}", x, y, None)), name)
    made = build.page(record(Chart(spec.key, spec)), now=NOW)
    (block,) = csv.read(csv.build(made)).blocks
    assert block.points == points(spec)
    assert block.key == spec.key


def test_percentages_of_a_table_are_decimals_beside_their_text():
    found = {(point.series, point.x): point for point in cells(ROWS)}
    assert (found["Return", 2].value, found["Return", 2].text) == (-0.04, "−4.0 %")
    assert found["Excess", 2].value is None
    assert found["Months", 1].value == 120
    assert found["From", 1].text == "2014-01-31"
    assert (found["Ratio", 1].value, found["Ratio", 2].value) == (0.53125, None)


def test_no_cell_begins_like_a_formula():
    text = csv.build(build.page(everything(), now=NOW)).decode("utf-8-sig")
    for row in plain_csv.DictReader(io.StringIO(text, newline="")):
        for name, cell in row.items():
            if name not in ("value", "x"):
                assert not cell.startswith(("=", "+", "-", "@")), cell
            elif row["x_kind"] != "name" and cell:
                assert cell[0] not in "=@+"


@pytest.mark.parametrize("data", [b"", b"a,b\r\n1,2\r\n", b"\xff\xfe"])
def test_another_file_is_named_as_such(data):
    with pytest.raises(BadInput) as caught:
        csv.read(data)
    assert caught.value.code == "export_unknown"
