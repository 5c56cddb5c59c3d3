"""Charts as native charts of PowerPoint: they can be edited, and the workbook behind each holds what is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from engine.analytics.sampling import thin
from ui import tokens
from ui.format import MINUS
from ui.i18n import Translator
from ui.reports.numbers import bare
from ui.reports.pptx_parts import (
    CHART,
    SMALL,
    axis_title,
    dot_marks,
    element,
    fix_plot,
    legend,
    put,
    row_size,
    safe_name,
    stroke,
    style_points,
    value_axis_of,
)
from ui.reports.pptx_xy import cloud, curves, dots
from ui.reports.slides import LIGHT, Box, describe, rgb
from ui.reports.words import excel, number, plain
from ui.specs import ChartSpec, Trace

MOST = 500
"""Points of one line on a slide."""

ALL = 1200
"""Dates of all lines of a slide together."""

INNER = (0.085, 0.05, 0.885, 0.75)
"""Plot area as shares of the chart where something must lie exactly on it: left, top, width, height."""


@dataclass(frozen=True)
class Drawn:
    """A chart on its slide and what a note below must say about it."""

    frame: Any
    notes: tuple[str, ...] = ()


def add(slide: Any, spec: ChartSpec, box: Box, t: Translator) -> Drawn:
    """Draw any chart but a heat map or a surface, which are tables on a slide."""
    if spec.kind in ("lines", "underwater", "areas") and _dated(spec):
        return _over_time(slide, spec, box, t)
    drawn = {"bars": _bars, "slope": _slope, "dots": dots, "dumbbell": dots, "scatter": cloud}.get(spec.kind, curves)(
        slide, spec, box
    )  # fmt: skip
    return Drawn(drawn)


def _dated(spec: ChartSpec) -> bool:
    return any(isinstance(bare(x), date) for trace in spec.traces for x in list(trace.x)[:1])


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
        data.add_series(safe_name(trace.name), [line.get(day) for day in days], excel(spec.number))
    frame = put(slide, "AREA_STACKED" if spec.kind == "areas" else "LINE", box, data, spec)
    chart = frame.chart
    legend(chart, len(spec.traces) > 1)
    for series, trace in zip(chart.plots[0].series, spec.traces, strict=True):
        if spec.kind == "areas":
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
            continue
        series.smooth = False
        stroke(series.format.line, trace, tokens.dash(trace.slot) if trace.slot is not None else "dash")
        style_points(series, trace, {day: place for place, day in enumerate(days)})
    _blanks(chart, "span")
    value_axis_of(chart.value_axis, spec, [y for line in lines for y in line.values()])
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
    node = axis._element
    for name in ("baseTimeUnit", "majorUnit", "majorTimeUnit", "minorUnit", "minorTimeUnit"):
        for old in node.findall(f"{{{CHART}}}{name}"):
            node.remove(old)
    unit = max(1, math.ceil(months / 12 / 10)) if years else max(1, math.ceil(months / 10))
    for name, value in (
        ("baseTimeUnit", "days"),
        ("majorUnit", unit),
        ("majorTimeUnit", "years" if years else "months"),
    ):
        node.append(element(name, value))
    for crossing in chart.value_axis._element.findall(f"{{{CHART}}}crossBetween"):
        crossing.set("val", "midCat")
    for crosses in chart.category_axis._element.findall(f"{{{CHART}}}crosses"):
        crosses.set("val", "min")


def _blanks(chart: Any, how: str) -> None:
    """A date without a value in one line is passed over, not drawn as a gap."""
    found = chart._chartSpace.xpath("c:chart/c:dispBlanksAs")
    if found:
        found[0].set("val", how)
        return
    where = chart._chartSpace.xpath("c:chart/c:plotVisOnly")[0]
    where.addnext(element("dispBlanksAs", how))


def _bands(slide: Any, spec: ChartSpec, box: Box, frame: Any, days: Sequence[date], t: Translator) -> list[str]:
    """Shaded stretches as shapes behind the chart (over stacked areas), and a sentence that names them."""
    if not spec.bands:
        return []
    fix_plot(frame.chart, INNER)
    span = (days[-1] - days[0]).days or 1
    group = slide.shapes.add_group_shape()
    group.name = "Bands"
    for band in spec.bands:
        start, end = (min(max((day - days[0]).days / span, 0.0), 1.0) for day in (band.start, band.end))  # type: ignore[operator, union-attr]
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
    data.categories = [safe_name(str(name)) for name in names]
    for trace in spec.traces:
        own = dict(zip(trace.y, trace.x, strict=True))
        data.add_series(safe_name(trace.name), [bare(own.get(name)) for name in names])
    frame = put(slide, "BAR_CLUSTERED", box, data, spec)
    chart, plot = frame.chart, frame.chart.plots[0]
    legend(chart, len(spec.traces) > 1)
    plot.gap_width, plot.overlap = 55, -5 if len(spec.traces) > 1 else 0
    plot.has_data_labels = True
    labels = plot.data_labels
    labels.number_format, labels.number_format_is_linked = excel(spec.number), False
    labels.position, labels.font.size = XL_LABEL_POSITION.OUTSIDE_END, Pt(row_size(len(names) * len(spec.traces), box))
    chart.value_axis.visible, chart.value_axis.has_major_gridlines = False, False
    axis = chart.category_axis
    axis.reverse_order, axis.tick_label_position = True, XL_TICK_LABEL_POSITION.LOW
    axis.tick_labels.font.size = Pt(row_size(len(names), box))
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


def _slope(slide: Any, spec: ChartSpec, box: Box) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.util import Pt

    where = list(dict.fromkeys(x for trace in spec.traces for x in trace.x))
    data = CategoryChartData(number_format="0.0")
    data.categories = [safe_name(str(x)) for x in where]
    for trace in spec.traces:
        own = dict(zip(trace.x, trace.y, strict=True))
        data.add_series(safe_name(trace.name), [bare(own.get(x)) for x in where])
    frame = put(slide, "LINE_MARKERS", box, data, spec)
    legend(frame.chart, len(spec.traces) > 1)
    axis = frame.chart.value_axis
    axis.reverse_order, axis.major_unit, axis.minimum_scale = True, 1, 1
    axis.tick_labels.font.size = Pt(SMALL)
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "0", False
    if spec.y_title:
        axis_title(axis, spec.y_title)
    for series, trace in zip(frame.chart.plots[0].series, spec.traces, strict=True):
        series.smooth = False
        stroke(series.format.line, trace, "solid")
        dot_marks(series, trace, 8)
    return frame


def words_of(spec: ChartSpec, value: float | None) -> str:
    """A cell of a heat map as the screen writes it."""
    if value is None:
        return ""
    if spec.kind == "heat":
        return f"{value * 100:+.1f}".replace("-", MINUS)
    return number(value, spec.number)
