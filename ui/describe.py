"""A chart in words and figures: what a reader is told who cannot see it.

The words are the description's own (``alt``: what is drawn); the figures are read from its traces, so
that they are never another chart's: ends of lines, depths of falls, sizes of bars, extremes of a map.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, TypeGuard

from ui import format as written
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace, YFormat

MOST_TRACES = 6
"""So many lines or groups are told one by one; the rest are counted."""

MOST_POINTS = 8
"""So many bars or dots are told one by one; of more, the highest and the lowest."""

_DIGITS: dict[YFormat, int] = {"percent": 1, "percent_fine": 2, "growth": 2, "plain": 2, "fine": 4}


def alternative(spec: ChartSpec, t: Translator) -> str:
    """What stands in for the picture: what is drawn, then its figures."""
    axes = [title for title in (spec.x_title, spec.y_title) if title] if spec.kind in ("lines", "underwater") else []
    told = [t("alt.axes", names=" / ".join(axes))] if axes else []
    return " ".join([_closed(spec.alt), *told, *figures(spec, t)]).replace("<br>", ", ")


def figures(spec: ChartSpec, t: Translator) -> list[str]:
    """The figures of a chart, a sentence for each of its first traces."""
    if spec.kind in ("heat", "surface"):
        return list(_cells(spec, t))
    drawn = [trace for trace in spec.traces if len(trace.x) and _points(spec, trace)]
    told = [_TOLD[spec.kind](spec, trace, t) for trace in drawn[:MOST_TRACES]]
    more = len(drawn) - len(told)
    return [*told, t("alt.more", n=more)] if more > 0 else told


def _closed(text: str) -> str:
    return text if text.endswith((".", "!", "?", ")")) else f"{text}."


def _across(spec: ChartSpec) -> bool:
    """The numbers lie on the x axis."""
    return spec.kind in ("bars", "dots", "dumbbell")


def _points(spec: ChartSpec, trace: Trace) -> list[tuple[Any, float]]:
    """Place and number of each point that has one."""
    places: Sequence[Any]
    numbers: Sequence[Any]
    places, numbers = (trace.y, trace.x) if _across(spec) else (trace.x, trace.y)
    return [(place, _float(number)) for place, number in zip(places, numbers, strict=True) if _is_number(number)]


def _float(value: Any) -> float:
    return float(value)


def _is_number(value: Any) -> TypeGuard[float]:
    """A missing figure may be a NaN."""
    return isinstance(value, int | float) and not math.isnan(value)


def _line(spec: ChartSpec, trace: Trace, t: Translator) -> str:
    points = _points(spec, trace)
    (start, first), (end, last) = points[0], points[-1]
    return t(
        "alt.line", name=trace.name, first=_number(first, spec.number), start=_place(spec, start, t),
        last=_number(last, spec.number), end=_place(spec, end, t),
    )  # fmt: skip


def _fall(spec: ChartSpec, trace: Trace, t: Translator) -> str:
    points = _points(spec, trace)
    day, depth = min(points, key=lambda point: point[1])
    end, last = points[-1]
    return t(
        "alt.fall", name=trace.name, depth=_number(depth, spec.number), day=_place(spec, day, t),
        last=_number(last, spec.number), end=_place(spec, end, t),
    )  # fmt: skip


def _group(spec: ChartSpec, trace: Trace, t: Translator) -> str:
    points = [(str(place), number) for place, number in _points(spec, trace)]
    if len(points) <= MOST_POINTS:
        return t("alt.group", name=trace.name, points=_listed(points, spec.number))
    ordered = sorted(points, key=lambda point: point[1])
    return t(
        "alt.extremes", name=trace.name, n=len(points), high=_listed(ordered[-1:], spec.number),
        low=_listed(ordered[:1], spec.number),
    )  # fmt: skip


def _cloud(spec: ChartSpec, trace: Trace, t: Translator) -> str:
    names = list(trace.names) or [trace.name] * len(trace.x)
    points = [
        f"{name} {_number(x, 'percent_fine')}/{_number(y, 'percent_fine')}"
        for name, x, y in zip(names, trace.x, trace.y, strict=True)
        if _is_number(x) and _is_number(y)
    ]
    return t("alt.cloud", x=spec.x_title, y=spec.y_title, points=", ".join(points[:MOST_POINTS]), n=len(points))


def _ranks(spec: ChartSpec, trace: Trace, t: Translator) -> str:
    (start, first), *_, (end, last) = [*_points(spec, trace), _points(spec, trace)[-1]]
    return t("alt.ranks", name=trace.name, first=f"{first:g}", start=start, last=f"{last:g}", end=end)


_TOLD = {
    "lines": _line,
    "areas": _line,
    "underwater": _fall,
    "bars": _group,
    "dots": _group,
    "dumbbell": _group,
    "scatter": _cloud,
    "slope": _ranks,
}


def _cells(spec: ChartSpec, t: Translator) -> Iterator[str]:
    """Highest and lowest cell of a map, and what is marked on it."""
    surface = spec.kind == "surface"
    rows: Sequence[Any] = spec.rows if surface else [trace.name for trace in spec.traces]
    cells: list[tuple[float, str, str]] = [
        (_float(value), _place(spec, x, t), _row(row, spec))
        for row, trace in zip(rows, spec.traces, strict=True)
        for x, value in zip(trace.x, trace.y, strict=True)
        if _is_number(value)
    ]
    if not cells:
        return
    for key, (value, x, row) in (("alt.highest", max(cells)), ("alt.lowest", min(cells))):
        across, down = (f"{spec.x_title} {x}", f"{spec.y_title} {row}") if surface else (x, row)
        yield t(key, value=_number(value, spec.number), row=down.strip(), column=across.strip())
    if spec.spots:
        yield t("alt.marked", names=", ".join(spot.label for spot in spec.spots))


def _row(row: Any, spec: ChartSpec) -> str:
    return row if isinstance(row, str) else _number(row, spec.y_number) if spec.y_number else _plain(row)


def _place(spec: ChartSpec, x: Any, t: Translator) -> str:
    if isinstance(x, date):
        return written.day(x, t.language)
    if isinstance(x, str):
        return x
    return _number(float(x), spec.x_number) if spec.x_number else _plain(x)


def _plain(value: float) -> str:
    return f"{value:g}".replace("-", written.MINUS)


def _listed(points: Sequence[tuple[str, float]], number: YFormat) -> str:
    return ", ".join(f"{place} {_number(value, number)}" for place, value in points)


def _number(value: Any, number: YFormat) -> str:
    digits = _DIGITS[number]
    if number.startswith("percent"):
        return written.percent(float(value), digits)
    return f"{float(value):,.{digits}f}".replace("-", written.MINUS)
