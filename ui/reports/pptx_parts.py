"""What the native charts of a deck share: axes, strokes, marks, legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ui import exports
from ui.format import MINUS
from ui.reports.numbers import bare
from ui.reports.slides import LIGHT, Box, clean, describe, rgb
from ui.reports.words import plain
from ui.specs import ChartSpec, Trace

SMALL = 10.5
"""Size of the letters in a chart."""

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DASHES = {
    "dot": "ROUND_DOT", "dash": "DASH", "dashdot": "DASH_DOT", "longdash": "LONG_DASH", "longdashdot": "LONG_DASH_DOT",
}  # fmt: skip

_DASHES = {
    "dot": "ROUND_DOT", "dash": "DASH", "dashdot": "DASH_DOT", "longdash": "LONG_DASH", "longdashdot": "LONG_DASH_DOT",
}  # fmt: skip


def safe_name(text: str) -> str:
    """A name in a chart and in its workbook."""
    return clean(str(exports.safe(plain(text))))


def put(slide: Any, kind: str, box: Box, data: Any, spec: ChartSpec) -> Any:
    """A native chart of that type with its description, in the letters of the deck."""
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Pt

    frame = slide.shapes.add_chart(XL_CHART_TYPE[kind], *box.emu(), data)
    frame.name = clean(spec.key)
    describe(frame, f"{spec.title}. {spec.alt}")
    chart = frame.chart
    chart.has_title = False
    chart.font.size = Pt(SMALL)
    chart.font.color.rgb = rgb(LIGHT.text)
    return frame


def stroke(line: Any, trace: Trace, dash: str) -> None:
    """Colour, width and dash of a line."""
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    line.color.rgb = rgb(LIGHT.line(trace.slot))
    line.width = Pt(1.5 if trace.slot is None else 2)
    if dash in _DASHES:
        line.dash_style = getattr(MSO_LINE, _DASHES[dash])


def style_points(series: Any, trace: Trace, place: dict[Any, int]) -> None:
    """Stretches of a line of their own style, and marks on its points."""
    from pptx.enum.chart import XL_MARKER_STYLE

    for order, day in enumerate(trace.x):
        style = trace.strokes[order] if trace.strokes else "solid"
        mark = trace.marks[order] if trace.marks else ""
        if (style == "solid" and not mark) or bare(day) not in place:
            continue
        point = series.points[place[bare(day)]]
        if style == "none":
            point.format.line.fill.background()
        else:
            stroke(point.format.line, trace, style)
        if mark:
            point.marker.style, point.marker.size = XL_MARKER_STYLE.CIRCLE, 7
            point.marker.format.fill.solid()
            point.marker.format.fill.fore_color.rgb = rgb(
                LIGHT.background if mark == "ring" else LIGHT.line(trace.slot)
            )
            point.marker.format.line.color.rgb = rgb(LIGHT.line(trace.slot))
        else:
            point.marker.style = XL_MARKER_STYLE.NONE


def value_axis_of(axis: Any, spec: ChartSpec, numbers: Sequence[float], *, log: bool | None = None) -> None:
    """The axis of values: its ends, its numbers, a log scale where the chart has one."""
    from pptx.util import Pt

    logarithmic = spec.log if log is None else log
    axis.has_major_gridlines = True
    axis.major_gridlines.format.line.color.rgb = rgb(LIGHT.border)
    axis.major_gridlines.format.line.width = Pt(0.5)
    axis.format.line.fill.background()
    axis.tick_labels.font.size = Pt(SMALL)
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = ticks(spec.number, high - low), False
    if spec.y_title and spec.kind not in ("bars", "dots", "dumbbell"):
        axis_title(axis, spec.y_title)
    if logarithmic and low > 0:
        base = 10 if high / low > 60 else 2
        axis.minimum_scale = float(base ** math.floor(math.log(low, base) + 1e-9))
        axis.maximum_scale = float(base ** math.ceil(math.log(high, base) - 1e-9))
        scaling = axis._element.find(f"{{{CHART}}}scaling")
        scaling.insert(0, element("logBase", base))
        axis.major_unit = base
        return
    if spec.kind == "lines" and high > low:
        step = nice((high - low) / 6)
        axis.minimum_scale, axis.maximum_scale = step * math.floor(low / step), step * math.ceil(high / step)
        axis.major_unit = step


def nice(step: float) -> float:
    """The next round number above: 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= step * (1 - 1e-9))


def ticks(kind: str, span: float) -> str:
    """How an axis writes its numbers: as many digits as its steps need."""
    if kind.startswith("percent"):
        style = "0%" if span > 0.06 else "0.0%" if span > 0.006 else "0.00%"
    else:
        style = "#,##0" if span > 6 else "0.0" if span > 0.6 else "0.00" if span > 0.06 else "0.0000"
        style = "General" if kind == "growth" and span > 0.6 else style
    return style if style == "General" else f'{style};"{MINUS}"{style}'


def axis_title(axis: Any, words: str) -> None:
    """What an axis shows, in plain letters."""
    from pptx.util import Pt

    axis.has_title = True
    axis.axis_title.text_frame.text = clean(words)
    font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(SMALL), False


def element(name: str, value: object) -> Any:
    """An element of a chart that holds one value."""
    from pptx.oxml import parse_xml

    return parse_xml(f'<c:{name} xmlns:c="{CHART}" val="{value}"/>')


def legend(chart: Any, wanted: bool) -> None:
    """A legend below the chart, or none."""
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    chart.has_legend = wanted
    if wanted:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.legend.font.size = Pt(SMALL)


def hide_in_legend(chart: Any, places_: Sequence[int]) -> None:
    """Helpers (names of rows, marks) have no entry."""
    from pptx.oxml import parse_xml

    if chart.has_legend:
        where = chart.legend._element
        for place in reversed(places_):
            entry = f'<c:legendEntry xmlns:c="{CHART}"><c:idx val="{place}"/><c:delete val="1"/></c:legendEntry>'
            where.insert(1, parse_xml(entry))


def fix_plot(chart: Any, inner: tuple[float, float, float, float]) -> None:
    """Pin the plot area, for shapes and labels that must lie on it."""
    from pptx.oxml import parse_xml

    area = chart._chartSpace.xpath("c:chart/c:plotArea")[0]
    for old in area.xpath("c:layout"):
        area.remove(old)
    x, y, wide, tall = inner
    area.insert(
        0,
        parse_xml(
            f'<c:layout xmlns:c="{CHART}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
            f'<c:x val="{x}"/><c:y val="{y}"/><c:w val="{wide}"/><c:h val="{tall}"/></c:manualLayout></c:layout>'
        ),
    )


def row_size(rows: int, box: Box) -> float:
    """Size of letters at which that many rows fit into the height."""
    return max(6.0, min(SMALL, box.height * 72 / max(rows, 1) / 1.35))


def dot_marks(series: Any, trace: Trace, size: int) -> None:
    """Dots of a series; the yardstick is a diamond."""
    from pptx.enum.chart import XL_MARKER_STYLE

    yardstick = trace.slot is None
    series.marker.style = XL_MARKER_STYLE.DIAMOND if yardstick else XL_MARKER_STYLE.CIRCLE
    series.marker.size = size
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
    series.marker.format.line.fill.background()


def label_point(point: Any, words: str, position: Any, size: float) -> None:
    """Words beside a point, on one line."""
    from pptx.util import Pt

    frame = point.data_label.text_frame
    frame.word_wrap = False
    frame.text = clean(plain(words))
    for run in frame.paragraphs[0].runs:
        run.font.size, run.font.color.rgb = Pt(size), rgb(LIGHT.text)
    point.data_label.position = position


def fill_series(series: Any, xs: Sequence[Any], ys: Sequence[Any]) -> None:
    """Points of a series; one without a number is left out."""
    for x, y in zip(xs, ys, strict=True):
        if x is not None and y is not None:
            series.add_data_point(bare(x), bare(y))
