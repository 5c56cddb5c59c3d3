"""Charts over two number axes, and rows of dots, as native XY charts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ui import tokens
from ui.reports.numbers import Cell, bare, places, points
from ui.reports.pptx_parts import (
    CHART,
    SMALL,
    axis_title,
    dot_marks,
    element,
    fill_series,
    fix_plot,
    hide_in_legend,
    label_point,
    legend,
    nice,
    put,
    row_size,
    safe_name,
    stroke,
    style_points,
    ticks,
    value_axis_of,
)
from ui.reports.slides import LIGHT, Box, rgb, width
from ui.reports.words import excel, plain
from ui.specs import ChartSpec, Trace

ROW_NAMES = " "
"""Name of the helper series that carries the names of rows of dots."""


def curves(slide: Any, spec: ChartSpec, box: Box) -> Any:
    """Lines over a number axis, with the ends of intervals as thin lines and spots as marks."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_MARKER_STYLE

    data = XyChartData(number_format=excel(spec.number))
    drawn: list[tuple[Trace, str]] = []
    for trace in spec.traces:
        for field, values in (("", trace.y), ("low", trace.low), ("high", trace.high)):
            if len(values):
                series = data.add_series(safe_name(trace.name) + (f" ({field})" if field else ""))
                fill_series(series, trace.x, values)
                drawn.append((trace, field))
    numbers = [float(y) for trace in spec.traces for y in (*trace.y, *trace.low, *trace.high) if y is not None]
    spots = [(spot, data.add_series(safe_name(spot.label))) for spot in spec.spots]
    for spot, series in spots:
        ends = [min(numbers), max(numbers)] if spot.y is None else [spot.y]
        fill_series(series, [spot.x] * len(ends), ends)
    frame = put(slide, "XY_SCATTER_LINES_NO_MARKERS", box, data, spec)
    chart = frame.chart
    legend(chart, len(drawn) + len(spots) > 1)
    made = list(chart.plots[0].series)
    for series, (trace, field) in zip(made, drawn, strict=False):
        style = "dot" if field or trace.low else tokens.dash(trace.slot) if trace.slot is not None else "dash"
        stroke(series.format.line, trace, style)
        series.smooth = False
        style_points(series, trace, {bare(x): place for place, x in enumerate(trace.x)}) if not field else None
    for series, (spot, _) in zip(made[len(drawn) :], spots, strict=True):
        stroke(series.format.line, Trace("", [], [], None), "dot")
        if spot.y is not None:
            series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = rgb(LIGHT.text)
    hide_in_legend(chart, [place for place, (_, field) in enumerate(drawn) if field])
    value_axis_of(chart.value_axis, spec, numbers)
    xs = [float(bare(x)) for trace in spec.traces for x in trace.x if x is not None]
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
        axis._element.find(f"{{{CHART}}}scaling").insert(0, element("logBase", 10))
        axis.major_unit = 10
    if spec.x_title:
        axis_title(axis, spec.x_title)


def cloud(slide: Any, spec: ChartSpec, box: Box) -> Any:
    """Points of two numbers, with their names and sizes."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    data = XyChartData(number_format=excel("percent_fine"))
    for trace in spec.traces:
        fill_series(data.add_series(safe_name(trace.name)), trace.x, trace.y)
    frame = put(slide, "XY_SCATTER", box, data, spec)
    chart = frame.chart
    legend(chart, len(spec.traces) > 1)
    for series, trace in zip(chart.plots[0].series, spec.traces, strict=True):
        series.format.line.fill.background()
        dot_marks(series, trace, 9)
        for place, label in enumerate(trace.names):
            point = series.points[place]
            if len(trace.sizes):
                point.marker.size = max(2, min(72, round(float(list(trace.sizes)[place]) * 0.75)))
                point.marker.format.fill.solid()
                point.marker.format.fill.fore_color.rgb = rgb(LIGHT.line(trace.slot))
            label_point(point, label, XL_LABEL_POSITION.ABOVE, SMALL)
    xs = [float(x) for trace in spec.traces for x in trace.x if x is not None]  # type: ignore[arg-type]
    ys = [float(y) for trace in spec.traces for y in trace.y if y is not None]
    value_axis_of(chart.value_axis, spec, ys)
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
        axis_title(axis, spec.x_title)
    return frame


def dots(slide: Any, spec: ChartSpec, box: Box) -> Any:
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
    fill_series(data.add_series(ROW_NAMES), [low] * len(names), [row[name] for name in names])
    for trace in spec.traces:
        where, values = places(spec, trace)
        fill_series(data.add_series(safe_name(trace.name)), values, [row[name] for name in where])
    frame = put(slide, "XY_SCATTER", box, data, spec)
    chart = frame.chart
    legend(chart, len(spec.traces) > 1)
    hide_in_legend(chart, [0])
    helper, *made = chart.plots[0].series
    for series, trace in zip(made, spec.traces, strict=True):
        series.format.line.fill.background()
        dot_marks(series, trace, 9)
        if trace.low:
            _intervals(series, trace)
        _dot_labels(series, spec, trace, box, len(names))
    if spec.kind == "dumbbell" and len(spec.traces) > 1:
        _between(made[0], spec)
    helper.format.line.fill.background()
    helper.marker.style = XL_MARKER_STYLE.NONE
    size = row_size(len(names), box)
    for place, name in enumerate(names):
        label_point(helper.points[place], str(name), XL_LABEL_POSITION.LEFT, size)
    longest = max(width(plain(str(name)), size) for name in names)
    left = min(0.45, longest / box.width + 0.03)
    fix_plot(chart, (left, 0.02, 0.965 - left, 0.98 - (0.4 + 0.26 * _legend_rows(spec, box)) / box.height))
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
            label_point(series.points[place], words, position, min(9.0, row_size(rows, box)))


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
    pairs: list[tuple[float, float]] = []
    for name, x in zip(first.y, first.x, strict=True):
        start, end = bare(x), bare(ends.get(name))
        if start is not None:
            pairs.append((float(start), float(start if end is None else end)))
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
        f'<c:errBars xmlns:c="{CHART}" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
        f'<c:errDir val="x"/><c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="{int(not cap)}"/>'
        f"{listed('plus', plus)}{listed('minus', minus)}"
        f'<c:spPr><a:ln w="{round(wide * 12700)}"><a:solidFill><a:srgbClr val="{colour.removeprefix("#")}"/></a:solidFill></a:ln></c:spPr>'
        "</c:errBars>"
    )
    series._element.xpath("c:xVal")[0].addprevious(bars)
