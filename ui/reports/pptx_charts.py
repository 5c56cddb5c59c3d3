"""Charts as native charts of PowerPoint: they can be edited, and the workbook behind each holds what is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from engine.analytics.sampling import thin
from ui import exports, tokens
from ui.format import MINUS
from ui.i18n import Translator
from ui.reports.numbers import Cell, bare, places, points
from ui.reports.slides import LIGHT, Box, clean, describe, rgb, width
from ui.reports.words import excel, number, plain
from ui.specs import ChartSpec, Trace

MOST = 500
"""Points of one line on a slide."""

ALL = 1200
"""Dates of all lines of a slide together."""

SMALL = 10.5
"""Size of the letters in a chart."""

INNER = (0.085, 0.05, 0.885, 0.75)
"""Plot area as shares of the chart where something must lie exactly on it: left, top, width, height."""

ROW_NAMES = " "
"""Name of the helper series that carries the names of rows of dots."""

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_DASHES = {
    "dot": "ROUND_DOT", "dash": "DASH", "dashdot": "DASH_DOT", "longdash": "LONG_DASH", "longdashdot": "LONG_DASH_DOT",
}  # fmt: skip


@dataclass(frozen=True)
class Drawn:
    """A chart on its slide and what a note below must say about it."""

    frame: Any
    notes: tuple[str, ...] = ()


def add(slide: Any, spec: ChartSpec, box: Box, t: Translator) -> Drawn:
    """Draw any chart but a heat map or a surface, which are tables on a slide."""
    if spec.kind in ("lines", "underwater", "areas") and _dated(spec):
        return _over_time(slide, spec, box, t)
    drawn = {"bars": _bars, "slope": _slope, "dots": _dots, "dumbbell": _dots, "scatter": _cloud}.get(spec.kind, _curves)(
        slide, spec, box
    )  # fmt: skip
    return Drawn(drawn)


def _dated(spec: ChartSpec) -> bool:
    return any(isinstance(bare(x), date) for trace in spec.traces for x in list(trace.x)[:1])


def _name(text: str) -> str:
    """A name in a chart and in its workbook."""
    return clean(str(exports.safe(plain(text))))


def _put(slide: Any, kind: str, box: Box, data: Any, spec: ChartSpec) -> Any:
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


def _over_time(slide: Any, spec: ChartSpec, box: Box, t: Translator) -> Drawn:
    from pptx.chart.data import CategoryChartData

    longest = max((len(trace.x) for trace in spec.traces), default=0)
    most = longest if longest <= MOST // 2 else max(160, min(MOST, ALL // len(spec.traces)))
    lines = [_thinned(trace, most) for trace in spec.traces]
    if spec.kind == "areas" and longest > MOST:
        kept = list(spec.traces[0].x)[:: math.ceil(longest / MOST)]
        lines = [dict(zip(trace.x, trace.y, strict=True)) for trace in spec.traces]  # type: ignore[arg-type]
        lines = [{x: line[x] for x in kept if x in line} for line in lines]
    days = sorted({day for line in lines for day in line})
    data = CategoryChartData(number_format="yyyy-mm-dd")
    data.categories = days
    for trace, line in zip(spec.traces, lines, strict=True):
        data.add_series(_name(trace.name), [line.get(day) for day in days], excel(spec.number))
    frame = _put(slide, "AREA_STACKED" if spec.kind == "areas" else "LINE", box, data, spec)
    chart = frame.chart
    _legend(chart, len(spec.traces) > 1)
    for series, trace in zip(chart.plots[0].series, spec.traces, strict=True):
        if spec.kind == "areas":
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
            continue
        series.smooth = False
        _stroke(series.format.line, trace, tokens.dash(trace.slot) if trace.slot is not None else "dash")
        _points(series, trace, {day: place for place, day in enumerate(days)})
    _blanks(chart, "span")
    _values(chart.value_axis, spec, [y for line in lines for y in line.values()])
    if spec.kind == "areas":
        chart.value_axis.minimum_scale, chart.value_axis.maximum_scale = 0.0, 1.0
    _days(chart, days)
    notes = _bands(slide, spec, box, frame, days, t)
    if longest > most or (spec.kind == "areas" and longest > MOST):
        notes.append(t("report.points_cut", shown=most if spec.kind != "areas" else MOST, total=longest))
    return Drawn(frame, tuple(notes))


def _thinned(trace: Trace, most: int) -> dict[Any, float]:
    """A line by its dates, extremes kept; missing values are no points."""
    known = {bare(x): bare(y) for x, y in zip(trace.x, trace.y, strict=True) if y is not None and y == y}  # noqa: PLR0124
    found = thin(pd.Series(known, dtype=float), most) if len(known) > most else known
    return {day: float(value) for day, value in found.items()}


def _stroke(line: Any, trace: Trace, dash: str) -> None:
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    line.color.rgb = rgb(LIGHT.line(trace.slot))
    line.width = Pt(1.5 if trace.slot is None else 2)
    if dash in _DASHES:
        line.dash_style = getattr(MSO_LINE, _DASHES[dash])


def _points(series: Any, trace: Trace, place: dict[Any, int]) -> None:
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
            _stroke(point.format.line, trace, style)
        if mark:
            point.marker.style, point.marker.size = XL_MARKER_STYLE.CIRCLE, 7
            point.marker.format.fill.solid()
            point.marker.format.fill.fore_color.rgb = rgb(
                LIGHT.background if mark == "ring" else LIGHT.line(trace.slot)
            )
            point.marker.format.line.color.rgb = rgb(LIGHT.line(trace.slot))
        else:
            point.marker.style = XL_MARKER_STYLE.NONE


def _values(axis: Any, spec: ChartSpec, numbers: Sequence[float], *, log: bool | None = None) -> None:
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
        _title(axis, spec.y_title)
    if logarithmic and low > 0:
        base = 10 if high / low > 60 else 2
        axis.minimum_scale = float(base ** math.floor(math.log(low, base) + 1e-9))
        axis.maximum_scale = float(base ** math.ceil(math.log(high, base) - 1e-9))
        scaling = axis._element.find(f"{{{_CHART}}}scaling")
        scaling.insert(0, _element("logBase", base))
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


def _title(axis: Any, words: str) -> None:
    from pptx.util import Pt

    axis.has_title = True
    axis.axis_title.text_frame.text = clean(words)
    font = axis.axis_title.text_frame.paragraphs[0].runs[0].font
    font.size, font.bold = Pt(SMALL), False


def _days(chart: Any, days: Sequence[date]) -> None:
    """A date axis that counts days and writes years."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    axis = chart.category_axis
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis.format.line.color.rgb = rgb(LIGHT.border)
    months = max(1, round((days[-1] - days[0]).days / 30.44))
    years = months > 30
    axis.tick_labels.number_format = "yyyy" if years else "yyyy-mm"
    axis.tick_labels.number_format_is_linked = False
    element = axis._element
    for name in ("baseTimeUnit", "majorUnit", "majorTimeUnit", "minorUnit", "minorTimeUnit"):
        for old in element.findall(f"{{{_CHART}}}{name}"):
            element.remove(old)
    unit = max(1, math.ceil(months / 12 / 10)) if years else max(1, math.ceil(months / 10))
    for name, value in (
        ("baseTimeUnit", "days"),
        ("majorUnit", unit),
        ("majorTimeUnit", "years" if years else "months"),
    ):
        element.append(_element(name, value))
    for crossing in chart.value_axis._element.findall(f"{{{_CHART}}}crossBetween"):
        crossing.set("val", "midCat")
    for crosses in chart.category_axis._element.findall(f"{{{_CHART}}}crosses"):
        crosses.set("val", "min")


def _element(name: str, value: object) -> Any:
    from pptx.oxml import parse_xml

    return parse_xml(f'<c:{name} xmlns:c="{_CHART}" val="{value}"/>')


def _legend(chart: Any, wanted: bool) -> None:
    from pptx.enum.chart import XL_LEGEND_POSITION
    from pptx.util import Pt

    chart.has_legend = wanted
    if wanted:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.legend.font.size = Pt(SMALL)


def _hide_in_legend(chart: Any, places_: Sequence[int]) -> None:
    """Helpers (names of rows, marks) have no entry."""
    from pptx.oxml import parse_xml

    if chart.has_legend:
        where = chart.legend._element
        for place in reversed(places_):
            entry = f'<c:legendEntry xmlns:c="{_CHART}"><c:idx val="{place}"/><c:delete val="1"/></c:legendEntry>'
            where.insert(1, parse_xml(entry))


def _blanks(chart: Any, how: str) -> None:
    """A date without a value in one line is passed over, not drawn as a gap."""
    found = chart._chartSpace.xpath("c:chart/c:dispBlanksAs")
    if found:
        found[0].set("val", how)
        return
    where = chart._chartSpace.xpath("c:chart/c:plotVisOnly")[0]
    where.addnext(_element("dispBlanksAs", how))


def _fix_plot(chart: Any, inner: tuple[float, float, float, float]) -> None:
    """Pin the plot area, for shapes and labels that must lie on it."""
    from pptx.oxml import parse_xml

    area = chart._chartSpace.xpath("c:chart/c:plotArea")[0]
    for old in area.xpath("c:layout"):
        area.remove(old)
    x, y, wide, tall = inner
    area.insert(
        0,
        parse_xml(
            f'<c:layout xmlns:c="{_CHART}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
            f'<c:x val="{x}"/><c:y val="{y}"/><c:w val="{wide}"/><c:h val="{tall}"/></c:manualLayout></c:layout>'
        ),
    )


def _bands(slide: Any, spec: ChartSpec, box: Box, frame: Any, days: Sequence[date], t: Translator) -> list[str]:
    """Shaded stretches as shapes behind the chart (over stacked areas), and a sentence that names them."""
    if not spec.bands:
        return []
    _fix_plot(frame.chart, INNER)
    span = (days[-1] - days[0]).days or 1
    group = slide.shapes.add_group_shape()
    group.name = "Bands"
    for band in spec.bands:
        start, end = (min(max((day - days[0]).days / span, 0.0), 1.0) for day in (band.start, band.end))  # type: ignore[operator]
        _shade(group, box, INNER, start, end)
    describe(group, _shaded(spec, t))
    if spec.kind != "areas":
        slide.shapes._spTree.remove(group._element)
        frame._element.addprevious(group._element)
    return [_shaded(spec, t)]


def _shade(group: Any, box: Box, inner: tuple[float, float, float, float], start: float, end: float) -> None:
    from lxml import etree
    from pptx.enum.shapes import MSO_SHAPE

    x, y, wide, tall = inner
    place = Box(
        box.x + box.width * (x + wide * start), box.y + box.height * y,
        max(box.width * wide * (end - start), 0.01), box.height * tall,
    )  # fmt: skip
    shape = group.shapes.add_shape(MSO_SHAPE.RECTANGLE, *place.emu())
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb("#808C9E")
    shape.line.fill.background()
    shape.shadow.inherit = False
    paint = shape._element.xpath(".//p:spPr/a:solidFill/a:srgbClr")[0]
    etree.SubElement(paint, "{http://schemas.openxmlformats.org/drawingml/2006/main}alpha", val="24000")


def _shaded(spec: ChartSpec, t: Translator) -> str:
    named = [f"{plain(band.label)} ({band.start} – {band.end})" for band in spec.bands if band.label]
    if named:
        return t("report.shaded", names="; ".join(named))
    return t("report.shaded_plain", n=len(spec.bands))


def _bars(slide: Any, spec: ChartSpec, box: Box) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_LABEL_POSITION, XL_TICK_LABEL_POSITION
    from pptx.enum.dml import MSO_PATTERN
    from pptx.util import Pt

    names = list(dict.fromkeys(name for trace in spec.traces for name in trace.y))
    data = CategoryChartData(number_format=excel(spec.number))
    data.categories = [_name(str(name)) for name in names]
    for trace in spec.traces:
        own = dict(zip(trace.y, trace.x, strict=True))
        data.add_series(_name(trace.name), [bare(own.get(name)) for name in names])
    frame = _put(slide, "BAR_CLUSTERED", box, data, spec)
    chart, plot = frame.chart, frame.chart.plots[0]
    _legend(chart, len(spec.traces) > 1)
    plot.gap_width, plot.overlap = 55, -5 if len(spec.traces) > 1 else 0
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = excel(spec.number), False
    labels.position, labels.font.size = XL_LABEL_POSITION.OUTSIDE_END, Pt(_row_size(len(names) * len(spec.traces), box))
    chart.value_axis.visible, chart.value_axis.has_major_gridlines = False, False
    axis = chart.category_axis
    axis.reverse_order, axis.tick_label_position = True, XL_TICK_LABEL_POSITION.LOW
    axis.tick_labels.font.size = Pt(_row_size(len(names), box))
    axis.format.line.color.rgb = rgb(LIGHT.border)
    axis.has_major_gridlines = False
    for series, trace in zip(plot.series, spec.traces, strict=True):
        series.invert_if_negative = False
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
        own_strokes = dict(zip(trace.y, trace.strokes, strict=False))
        for place, name in enumerate(names):
            if own_strokes.get(name, "solid") != "solid":
                fill = series.points[place].format.fill
                fill.patterned()
                fill.pattern = MSO_PATTERN.WIDE_UPWARD_DIAGONAL
                fill.fore_color.rgb, fill.back_color.rgb = rgb(LIGHT.line(trace.slot)), RGBColor(255, 255, 255)
    return frame


def _row_size(rows: int, box: Box) -> float:
    """Size of letters at which that many rows fit into the height."""
    return max(6.0, min(SMALL, box.height * 72 / max(rows, 1) / 1.35))


def _slope(slide: Any, spec: ChartSpec, box: Box) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.util import Pt

    where = list(dict.fromkeys(x for trace in spec.traces for x in trace.x))
    data = CategoryChartData(number_format="0.0")
    data.categories = [_name(str(x)) for x in where]
    for trace in spec.traces:
        own = dict(zip(trace.x, trace.y, strict=True))
        data.add_series(_name(trace.name), [bare(own.get(x)) for x in where])
    frame = _put(slide, "LINE_MARKERS", box, data, spec)
    _legend(frame.chart, len(spec.traces) > 1)
    axis = frame.chart.value_axis
    axis.reverse_order, axis.major_unit, axis.minimum_scale = True, 1, 1
    axis.tick_labels.font.size = Pt(SMALL)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "0", False
    if spec.y_title:
        _title(axis, spec.y_title)
    for series, trace in zip(frame.chart.plots[0].series, spec.traces, strict=True):
        series.smooth = False
        _stroke(series.format.line, trace, "solid")
        _dot(series, trace, 8)
    return frame


def _dot(series: Any, trace: Trace, size: int) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE

    yardstick = trace.slot is None
    series.marker.style = XL_MARKER_STYLE.DIAMOND if yardstick else XL_MARKER_STYLE.CIRCLE
    series.marker.size = size
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
    series.marker.format.line.fill.background()


def _curves(slide: Any, spec: ChartSpec, box: Box) -> Any:
    """Lines over a number axis, with the ends of intervals as thin lines and spots as marks."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_MARKER_STYLE

    data = XyChartData(number_format=excel(spec.number))
    drawn: list[tuple[Trace, str]] = []
    for trace in spec.traces:
        for field, values in (("", trace.y), ("low", trace.low), ("high", trace.high)):
            if len(values):
                series = data.add_series(_name(trace.name) + (f" ({field})" if field else ""))
                _fill(series, trace.x, values)
                drawn.append((trace, field))
    numbers = [float(y) for trace in spec.traces for y in (*trace.y, *trace.low, *trace.high) if y is not None]
    spots = [(spot, data.add_series(_name(spot.label))) for spot in spec.spots]
    for spot, series in spots:
        ends = [min(numbers), max(numbers)] if spot.y is None else [spot.y]
        _fill(series, [spot.x] * len(ends), ends)
    frame = _put(slide, "XY_SCATTER_LINES_NO_MARKERS", box, data, spec)
    chart = frame.chart
    _legend(chart, len(drawn) + len(spots) > 1)
    made = list(chart.plots[0].series)
    for series, (trace, field) in zip(made, drawn, strict=False):
        style = "dot" if field or trace.low else tokens.dash(trace.slot) if trace.slot is not None else "dash"
        _stroke(series.format.line, trace, style)
        series.smooth = False
        _points(series, trace, {bare(x): place for place, x in enumerate(trace.x)}) if not field else None
    for series, (spot, _) in zip(made[len(drawn) :], spots, strict=True):
        _stroke(series.format.line, Trace("", [], [], None), "dot")
        if spot.y is not None:
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = rgb(LIGHT.text)
    _hide_in_legend(chart, [place for place, (_, field) in enumerate(drawn) if field])
    _values(chart.value_axis, spec, numbers)
    xs = [float(bare(x)) for trace in spec.traces for x in trace.x if x is not None]  # type: ignore[arg-type]
    _number_axis(chart.category_axis, spec, xs)
    return frame


def _number_axis(axis: Any, spec: ChartSpec, xs: Sequence[float]) -> None:
    from pptx.enum.chart import XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    axis.has_major_gridlines = False
    axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    axis.tick_labels.font.size = Pt(SMALL)
    axis.format.line.color.rgb = rgb(LIGHT.border)
    low, high = min(xs), max(xs)
    whole = all(x == int(x) for x in xs)
    style = ticks(spec.x_number, high - low) if spec.x_number else "0" if whole else ticks("plain", high - low)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = style, False
    axis.minimum_scale, axis.maximum_scale = low, high
    if high > low and not spec.x_log:
        step = nice((high - low) / 8)
        axis.major_unit = max(step, 1.0) if whole else step
        # Ends that are no round steps would put ticks in odd places.
        axis.minimum_scale = axis.major_unit * math.floor(low / axis.major_unit + 1e-9)
        axis.maximum_scale = axis.major_unit * math.ceil(high / axis.major_unit - 1e-9)
        if whole and axis.minimum_scale > 100:
            axis.minimum_scale, axis.maximum_scale = low, high
    if spec.x_log and low > 0:
        axis.minimum_scale = 10.0 ** math.floor(math.log10(low))
        axis.maximum_scale = 10.0 ** math.ceil(math.log10(high))
        axis._element.find(f"{{{_CHART}}}scaling").insert(0, _element("logBase", 10))
        axis.major_unit = 10
    if spec.x_title:
        _title(axis, spec.x_title)


def _fill(series: Any, xs: Sequence[Any], ys: Sequence[Any]) -> None:
    """Points of a series; one without a number is left out."""
    for x, y in zip(xs, ys, strict=True):
        if x is not None and y is not None:
            series.add_data_point(bare(x), bare(y))


def _cloud(slide: Any, spec: ChartSpec, box: Box) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    data = XyChartData(number_format=excel("percent_fine"))
    for trace in spec.traces:
        _fill(data.add_series(_name(trace.name)), trace.x, trace.y)
    frame = _put(slide, "XY_SCATTER", box, data, spec)
    chart = frame.chart
    _legend(chart, len(spec.traces) > 1)
    for series, trace in zip(chart.plots[0].series, spec.traces, strict=True):
        series.format.line.fill.background()
        _dot(series, trace, 9)
        for place, label in enumerate(trace.names):
            point = series.points[place]
            if len(trace.sizes):
                point.marker.size = max(2, min(72, round(float(list(trace.sizes)[place]) * 0.75)))
                point.marker.format.fill.solid()
                point.marker.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
            _label(point, label, XL_LABEL_POSITION.ABOVE, SMALL)
    xs = [float(x) for trace in spec.traces for x in trace.x if x is not None]  # type: ignore[arg-type]
    ys = [float(y) for trace in spec.traces for y in trace.y if y is not None]
    _values(chart.value_axis, spec, ys)
    chart.value_axis.minimum_scale = min(0.0, *ys)
    axis = chart.category_axis
    axis.minimum_scale = min(0.0, *xs)
    axis.has_major_gridlines = False
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = (
        ticks("percent", max(xs) - min(0.0, *xs)),
        False,
    )
    axis.tick_labels.font.size = Pt(SMALL)
    if spec.x_title:
        _title(axis, spec.x_title)
    return frame


def _label(point: Any, words: str, position: Any, size: float) -> None:
    from pptx.util import Pt

    frame = point.data_label.text_frame
    frame.word_wrap = False
    frame.text = clean(plain(words))
    for run in frame.paragraphs[0].runs:
        run.font.size, run.font.color.rgb = Pt(size), rgb(LIGHT.text)
    point.data_label.position = position


def _dots(slide: Any, spec: ChartSpec, box: Box) -> Any:
    """Dots in rows as an XY chart: rows are counted from the bottom, their names are labels of a helper series."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_LABEL_POSITION, XL_MARKER_STYLE
    from pptx.util import Pt

    names = list(dict.fromkeys(name for trace in spec.traces for name in places(spec, trace)[0]))
    row: dict[Cell, int] = {name: len(names) - place for place, name in enumerate(names)}
    numbers = [float(p.value) for p in points(spec) if p.value is not None and p.field in ("value", "low", "high")]
    low, high = spec.span or _span(numbers)
    data = XyChartData(number_format=excel(spec.number))
    # The helper comes first: a program that takes the length of the first series for all of them loses no dot.
    _fill(data.add_series(ROW_NAMES), [low] * len(names), [row[name] for name in names])
    for trace in spec.traces:
        where, values = places(spec, trace)
        _fill(data.add_series(_name(trace.name)), values, [row[name] for name in where])
    frame = _put(slide, "XY_SCATTER", box, data, spec)
    chart = frame.chart
    _legend(chart, len(spec.traces) > 1)
    _hide_in_legend(chart, [0])
    helper, *made = chart.plots[0].series
    for series, trace in zip(made, spec.traces, strict=True):
        series.format.line.fill.background()
        _dot(series, trace, 9)
        if trace.low:
            _intervals(series, trace)
        _dot_labels(series, spec, trace, box, len(names))
    if spec.kind == "dumbbell" and len(spec.traces) > 1:
        _between(made[0], spec)
    helper.format.line.fill.background()
    helper.marker.style = XL_MARKER_STYLE.NONE
    size = _row_size(len(names), box)
    for place, name in enumerate(names):
        _label(helper.points[place], str(name), XL_LABEL_POSITION.LEFT, size)
    longest = max(width(plain(str(name)), size) for name in names)
    left = min(0.45, longest / box.width + 0.03)
    _fix_plot(chart, (left, 0.02, 0.965 - left, 0.98 - (0.4 + 0.26 * _legend_rows(spec, box)) / box.height))
    across, down = chart.category_axis, chart.value_axis
    across.minimum_scale, across.maximum_scale = low, high
    across.tick_labels.number_format, across.tick_labels.number_format_is_linked = ticks(spec.number, high - low), False
    across.tick_labels.font.size = Pt(SMALL)
    across.has_major_gridlines = True
    across.major_gridlines.format.line.color.rgb = rgb(LIGHT.border)
    across.format.line.color.rgb = rgb(LIGHT.border)
    down.minimum_scale, down.maximum_scale, down.major_unit = 0.4, len(names) + 0.6, 1
    down.visible, down.has_major_gridlines = False, False
    return frame


def _legend_rows(spec: ChartSpec, box: Box) -> int:
    """Rows of the legend below a chart, estimated from its names."""
    if len(spec.traces) < 2:
        return 0
    widest = max(width(plain(trace.name), SMALL) for trace in spec.traces) + 0.45
    return math.ceil(len(spec.traces) / max(1, int(0.8 * box.width / widest)))


def _span(numbers: Sequence[float]) -> tuple[float, float]:
    """Round ends around numbers, with zero where it is near."""
    low, high = min(numbers), max(numbers)
    air = (high - low or abs(high) or 1.0) * 0.08
    low, high = (min(0.0, low - air) if low < 2 * air else low - air), high + air
    if min(numbers) >= 0:
        low = max(low, 0.0)
    step = nice((high - low) / 8)
    return step * math.floor(low / step + 1e-9), step * math.ceil(high / step - 1e-9)


def _dot_labels(series: Any, spec: ChartSpec, trace: Trace, box: Box, rows: int) -> None:
    """The words that the chart carries on its points."""
    from pptx.enum.chart import XL_LABEL_POSITION

    drawn = [name for name, x in zip(trace.names, trace.x, strict=False) if x is not None]
    for place, words in enumerate(drawn):
        if words:
            position = XL_LABEL_POSITION.ABOVE if trace.low else XL_LABEL_POSITION.RIGHT
            _label(series.points[place], words, position, min(9.0, _row_size(rows, box)))


def _intervals(series: Any, trace: Trace) -> None:
    known = [
        (float(x), float(low if low is not None else x), float(high if high is not None else x))  # type: ignore[arg-type]
        for x, low, high in zip(trace.x, trace.low, trace.high, strict=True)
        if x is not None
    ]
    plus, minus = [high - x for x, _, high in known], [x - low for x, low, _ in known]
    _error_bars(series, plus, minus, LIGHT.line(trace.slot), 1.5, cap=True)


def _between(series: Any, spec: ChartSpec) -> None:
    """A grey bar from each of the first trace's dots to the second's."""
    first, second = spec.traces[:2]
    ends = dict(zip(second.y, second.x, strict=True))
    pairs = [
        (float(x), float(ends.get(name, x) or 0.0)) for name, x in zip(first.y, first.x, strict=True) if x is not None
    ]  # type: ignore[arg-type]
    plus, minus = [max(end - x, 0.0) for x, end in pairs], [max(x - end, 0.0) for x, end in pairs]
    _error_bars(series, plus, minus, "#C5CBD5", 4, cap=False)


def _error_bars(
    series: Any, plus: Sequence[float], minus: Sequence[float], colour: str, wide: float, *, cap: bool
) -> None:
    from pptx.oxml import parse_xml

    def listed(name: str, values: Sequence[float]) -> str:
        found = "".join(f'<c:pt idx="{place}"><c:v>{value!r}</c:v></c:pt>' for place, value in enumerate(values))
        return f'<c:{name}><c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="{len(values)}"/>{found}</c:numLit></c:{name}>'

    bars = parse_xml(
        f'<c:errBars xmlns:c="{_CHART}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        f'<c:errDir val="x"/><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="{int(not cap)}"/>'
        f"{listed('plus', plus)}{listed('minus', minus)}"
        f'<c:spPr><a:ln w="{round(wide * 12700)}"><a:solidFill><a:srgbClr val="{colour.removeprefix("#")}"/></a:solidFill></a:ln></c:spPr>'
        "</c:errBars>"
    )
    series._element.xpath("c:xVal")[0].addprevious(bars)


def words_of(spec: ChartSpec, value: float | None) -> str:
    """A cell of a heat map as the screen writes it."""
    if value is None:
        return ""
    if spec.kind == "heat":
        return f"{value * 100:+.1f}".replace("-", MINUS)
    return number(value, spec.number)
