"""The numbers of a chart or a table: exactly those drawn, decimals, nothing rounded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from ui.i18n import Translator
from ui.render import machine
from ui.reports.words import plain, unit
from ui.specs import ChartSpec, Trace

Cell = float | int | str | date | None

SIDEWAYS = ("bars", "dots", "dumbbell")
"""Kinds whose numbers lie across, with names down the side."""


@dataclass(frozen=True)
class Point:
    """One number.

    Attributes
    ----------
    series : str
        Name of the trace; for a table the heading of the column.
    field : str
        ``value``, ``low``, ``high``, ``size``, or ``cell`` for a table.
    x : date, int, float, str or None
        Where it stands: date, number, name; for a table the number of the row from 1.
    value : float, int or None
        The number; None where there is none.
    text : str
        A label or note of the point; for a table the cell as on the screen.
    """

    series: str
    field: str
    x: Cell
    value: float | int | None
    text: str = ""


@dataclass(frozen=True)
class Grid:
    """Numbers as a table: headings with unit, rows of cells."""

    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def points(spec: ChartSpec) -> tuple[Point, ...]:
    """Every number of a chart, trace by trace."""
    found: list[Point] = []
    for place, trace in enumerate(spec.traces):
        name = repr(float(spec.rows[place])) if spec.kind == "surface" else trace.name
        across, values = places(spec, trace)
        texts = _texts(trace)
        found += [
            Point(name, "value", x, _value(value), text)
            for x, value, text in zip(across, values, texts, strict=True)
        ]  # fmt: skip
        for field, extra in (("low", trace.low), ("high", trace.high), ("size", trace.sizes)):
            found += [Point(name, field, x, _value(value)) for x, value in zip(across, extra, strict=False)]
    return tuple(found)


def cells(rows: pd.DataFrame) -> tuple[Point, ...]:
    """Every cell of a table, column by column; a percentage as a decimal beside the text on the screen."""
    found = []
    for place, name in enumerate(rows.columns):
        for order, cell in enumerate(rows.iloc[:, place].tolist(), start=1):
            value = bare(machine(cell))
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            found.append(Point(str(name), "cell", order, _value(value) if numeric else None, shown(cell)))
    return tuple(found)


def places(spec: ChartSpec, trace: Trace) -> tuple[list[Cell], list[Any]]:
    """Where the numbers of a trace stand, and the numbers."""
    if spec.kind in SIDEWAYS:
        return [bare(name) for name in trace.y], list(trace.x)
    return [bare(x) for x in trace.x], list(trace.y)


def grid(spec: ChartSpec, t: Translator) -> Grid:
    """The numbers of a chart as a wide table: places down, a column a trace, with intervals where there are some."""
    if spec.kind in ("heat", "surface"):
        return _field(spec)
    if spec.kind == "scatter":
        return _cloud(spec, t)
    keyed = [_keyed(*places(spec, trace)) for trace in spec.traces]
    order = union(column for column in keyed)
    headings = [across(spec, t)]
    columns: list[list[Cell]] = [[plain(key[0]) if isinstance(key[0], str) else key[0] for key in order]]
    for trace, column in zip(spec.traces, keyed, strict=True):
        headings.append(f"{trace.name} ({unit(spec, t)})")
        columns.append([_value(column.get(key)) for key in order])
        for field, extra in (("low", trace.low), ("high", trace.high)):
            if extra:
                ends = _keyed(places(spec, trace)[0], list(extra))
                headings.append(f"{trace.name}, {t(f'report.{field}')} ({unit(spec, t)})")
                columns.append([_value(ends.get(key)) for key in order])
    return Grid(tuple(headings), tuple(zip(*columns, strict=True)))


def union(columns: Iterable[dict[tuple[Cell, int], Any]]) -> list[tuple[Cell, int]]:
    """All places: in their own order where they are dates or numbers, else as they come."""
    seen = list(dict.fromkeys(key for column in columns for key in column))
    return seen if any(isinstance(key[0], str | None) for key in seen) else sorted(seen)


def across(spec: ChartSpec, t: Translator) -> str:
    """Heading of the places."""
    if any(isinstance(x, date) for trace in spec.traces for x in list(trace.x)[:1]):
        return t("report.date")
    if spec.kind in SIDEWAYS:
        return t("report.label")
    named = spec.x_title or t("report.place")
    return f"{named} ({t('report.unit_share')})" if spec.x_number and spec.x_number.startswith("percent") else named


def bare(value: object) -> Any:
    """A value as plain Python: no NumPy scalar, no time of day."""
    if isinstance(value, datetime):
        return value.date()
    item = getattr(value, "item", None)
    return item() if callable(item) else value


def shown(cell: object) -> str:
    """A cell as text; a missing one is empty."""
    value = bare(cell)
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return ""
    return ", ".join(shown(part) for part in value) if isinstance(value, list | tuple) else str(value)


def _value(value: object) -> float | int | None:
    number = bare(value)
    missing = number is None or number is pd.NaT or (isinstance(number, float) and math.isnan(number))
    return None if missing else number


def _texts(trace: Trace) -> Sequence[str]:
    given = trace.names or trace.notes
    return [str(text) for text in given] if len(given) == len(trace.x) else [""] * len(trace.x)


def _keyed(where: Sequence[Cell], values: Sequence[Any]) -> dict[tuple[Cell, int], Any]:
    """Values by place; a place that comes again is told apart by how often it came before."""
    count: dict[Cell, int] = {}
    found = {}
    for x, value in zip(where, values, strict=True):
        found[x, count.get(x, 0)] = value
        count[x] = count.get(x, 0) + 1
    return found


def _field(spec: ChartSpec) -> Grid:
    """A heat map or a surface: its columns across, its rows down."""
    first = list(spec.traces[0].x) if spec.traces else []
    corner = " / ".join(part for part in (spec.y_title, spec.x_title) if part)
    names: Sequence[Cell] = (
        [float(row) for row in spec.rows] if spec.kind == "surface" else [t.name for t in spec.traces]
    )
    rows = [(name, *(_value(y) for y in trace.y)) for name, trace in zip(names, spec.traces, strict=True)]
    return Grid((corner, *(str(bare(x)) for x in first)), tuple(rows))


def _cloud(spec: ChartSpec, t: Translator) -> Grid:
    """A scatter: a row a point."""
    share = t("report.unit_share")
    headings = [t("report.series"), t("report.label"), f"{spec.x_title} ({share})", f"{spec.y_title} ({share})"]
    rows = [
        (trace.name, label, _value(x), _value(y))
        for trace in spec.traces
        for label, x, y in zip(_texts(trace), trace.x, trace.y, strict=True)
    ]
    return Grid(tuple(headings), tuple(rows))
