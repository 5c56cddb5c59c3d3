"""The deck opens and holds native charts whose numbers are those of the descriptions."""

import io
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx import Presentation
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.ui.reports.conftest import DAYS, KINDS, NOW, everything, record, spec
from ui.record import Chart, Table
from ui.reports import build, pptx, pptx_charts, pptx_xy, slides
from ui.reports.model import section
from ui.specs import ChartSpec, Trace

TYPES = {
    "lines": XL_CHART_TYPE.LINE,
    "underwater": XL_CHART_TYPE.LINE,
    "areas": XL_CHART_TYPE.AREA_STACKED,
    "bars": XL_CHART_TYPE.BAR_CLUSTERED,
    "dots": XL_CHART_TYPE.XY_SCATTER,
    "dumbbell": XL_CHART_TYPE.XY_SCATTER,
    "scatter": XL_CHART_TYPE.XY_SCATTER,
    "slope": XL_CHART_TYPE.LINE_MARKERS,
}


def opened(report, step=lambda *_: None):
    return Presentation(io.BytesIO(pptx.build(report, step)))


def charts(deck):
    return {shape.name: shape for slide in deck.slides for shape in slide.shapes if shape.has_chart}


def texts(slide):
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


def test_every_slide_has_title_watermark_footer_and_alt_texts(report):
    deck = opened(report)
    assert deck.slide_width == Inches(13.333)
    for slide in deck.slides:
        assert slide.shapes.title.text_frame.text
        words = list(texts(slide))
        assert report.watermark in words
        assert any(report.snapshot in word for word in words)
        for shape in slide.shapes:
            if shape.has_chart or shape.has_table:
                assert shape._element.xpath(".//p:cNvPr/@descr")[0]
            assert shape.left + shape.width <= deck.slide_width + 9525, shape.name
            assert shape.top + shape.height <= deck.slide_height, shape.name
    told = [word for slide in deck.slides for word in texts(slide)]
    assert all(any(sentence in word for word in told) for sentence in report.disclaimers)
    notes = [slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide]
    assert any("/overview?series=a.b" in note and report.snapshot in note for note in notes)


def test_a_review_stands_in_place_of_the_watermark(monkeypatch):
    for name, value in (("REVIEWER", "Kim"), ("REVIEW_NUMBER", "7"), ("REVIEW_VALID_UNTIL", "2026-12-31")):
        monkeypatch.setenv(f"LODESTAR_{name}", value)
    deck = opened(build.page(everything(), now=NOW))
    words = [word for slide in deck.slides for word in texts(slide)]
    assert not any("not reviewed" in word for word in words)
    assert any("Kim" in word for word in words)


@pytest.mark.parametrize("kind", TYPES)
def test_each_kind_is_a_native_chart(kind):
    shape = charts(opened(build.page(record(Chart(kind, spec(kind))), now=NOW)))[kind]
    assert shape.chart.chart_type == TYPES[kind]
    assert f"What {kind} shows." in shape._element.xpath(".//p:cNvPr/@descr")[0]


def test_lines_over_dates_hold_every_value_at_its_own_date_on_a_log_axis():
    made = spec("lines")
    chart = charts(opened(build.page(record(Chart("lines", made)), now=NOW)))["lines"].chart
    plot = chart.plots[0]
    days = [date(1899, 12, 30) + timedelta(days=int(float(day))) for day in plot.categories]
    for series, trace, name in zip(plot.series, made.traces, ("'=Fund", "Index"), strict=True):
        assert series.name == name
        found = {day: value for day, value in zip(days, series.values, strict=True) if value is not None}
        assert found == dict(zip(trace.x, trace.y, strict=True))
    scaling = chart.value_axis._element.xpath("c:scaling/c:logBase/@val")
    assert scaling == ["2"]
    assert chart.category_axis._element.tag.endswith("dateAx")
    assert chart._chartSpace.xpath("c:chart/c:dispBlanksAs/@val") == ["span"]


def test_bars_dots_and_their_intervals_hold_the_numbers():
    found = charts(opened(build.page(record(Chart("bars", spec("bars")), Chart("dots", spec("dots"))), now=NOW)))
    bars = found["bars"].chart.plots[0]
    assert list(bars.categories) == ["One", "Two", "Three"]
    assert tuple(bars.series[0].values) == (0.6, -0.1, None)
    helper, now, before = found["dots"].chart.plots[0].series
    assert helper.name == pptx_xy.ROW_NAMES
    assert [float(v) for v in now._element.xpath("c:xVal//c:v/text()")] == [0.5, 0.2]
    assert list(now.values) == [3, 1]
    assert [float(v) for v in before._element.xpath("c:xVal//c:v/text()")] == [0.3] * 3
    assert [float(v) for v in now._element.xpath("c:errBars/c:plus//c:v/text()")] == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize("kind", ["heat", "surface"])
def test_fields_are_native_tables_with_filled_cells(kind):
    deck = opened(build.page(record(Chart(kind, spec(kind))), now=NOW))
    slide = next(slide for slide in deck.slides if slide.shapes.title.text_frame.text == f"{kind}: the takeaway")
    table = next(shape.table for shape in slide.shapes if shape.has_table)
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    expected = {
        "heat": [["", "1", "2"], ["2019", "+1.0", "−2.0"], ["2020", "", "+3.0"]],
        "surface": [
            ["", "0.0%", "50.0%", "100.0%"],
            ["0.7", "70.0%", "80.0%", "90.0%"],
            ["0.1", "10.0%", "20.0%", "30.0%"],
        ],
    }
    assert cells == expected[kind]
    assert table._tbl.xpath(".//a:tcPr/a:solidFill")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.integers(520, 1500))
def test_thinning_keeps_ends_and_extremes(seed, count):
    values = np.random.default_rng(seed).normal(size=count).tolist()
    days = list(pd.date_range("2000-01-03", periods=len(values), freq="B").date)
    kept = pptx_charts._thinned(Trace("x", days, values, 0), pptx_charts.MOST)
    assert len(kept) <= pptx_charts.MOST
    assert (min(kept.values()), max(kept.values())) == (min(values), max(values))
    assert (kept[days[0]], kept[days[-1]]) == (values[0], values[-1])
    assert kept.items() <= dict(zip(days, values, strict=True)).items()


def test_long_and_wide_tables_say_what_is_in_the_workbook():
    rows = pd.DataFrame({f"c{column}": [f"{row} %" for row in range(60)] for column in range(12)})
    deck = opened(build.page(record(Table("t", "A table", rows)), now=NOW))
    words = " ".join(word for slide in deck.slides for word in texts(slide))
    assert "34 of 60 rows are shown" in words
    assert "9 of 12 columns are shown" in words


def test_progress_names_each_slide_and_never_runs_backwards():
    seen = []
    opened(build.page(everything(), now=NOW), lambda done, total, what: seen.append((done, total, what)))
    assert [done for done, *_ in seen] == list(range(len(seen)))
    assert {total for _, total, _ in seen} == {len(seen)}
    assert "lines: the takeaway" in {what for *_, what in seen}


def test_text_is_cut_only_where_no_size_fits():
    box = slides.Box(0, 0, 4.0, 0.5)
    assert slides.fit("Short", box, (24, 12)) == ("Short", 24)
    cut, size = slides.fit("A long sentence that goes on. " * 20, box, (24, 12))
    assert size == 12
    assert cut.endswith("…")
    assert slides.height([cut], size, box.width) <= box.height
    assert slides.width("가나다", 10) > slides.width("abc", 10)


def test_characters_that_xml_cannot_hold_are_left_out():
    odd = ChartSpec("odd", "Odd \x0b title", "bars", (Trace("\x01N", [1.0], ["a\x02"], 0),), "alt\x03")
    chart = charts(opened(build.page(record(Chart("odd", odd)), now=NOW)))["odd"].chart
    assert chart.plots[0].series[0].name == "N"
    assert len(DAYS) == 40
    assert set(KINDS) >= set(TYPES)


def test_every_message_of_a_story_has_its_slide_whatever_it_shows():
    one, two = record(Chart("a", spec("lines"))), record(Chart("a", spec("lines")), Chart("b", spec("bars")))
    told = ["Only words.", "One chart.", "Two charts."]
    sections = [section(one, [], told[0]), section(one, ["a"], told[1]), section(two, ["a", "b"], told[2])]
    deck = opened(build.story("Story", [one, two], sections, now=NOW))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[1:4] == told
    assert len(charts(deck)) >= 2
    assert len(titles) == 6, "title, three messages, the second chart, notices"
