"""Charts as descriptions: numbers and words, no drawing library. One description, several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

YFormat = Literal["percent", "growth", "plain", "fine"]
Kind = Literal["lines", "underwater", "areas", "bars", "dots", "heat", "surface", "scatter", "slope", "dumbbell"]


@dataclass(frozen=True)
class Trace:
    """One line, bar group or row of dots.

    Attributes
    ----------
    x, y : sequence
        Dates, days or names; decimals. For horizontal bars and dots ``x`` holds the numbers.
    slot : int or None
        Place in the palette; None marks the yardstick, grey and dashed.
    names, sizes : sequence
        Label and diameter (pixels) of each point of a scatter.
    """

    name: str
    x: Sequence[date] | Sequence[int] | Sequence[float] | Sequence[str]
    y: Sequence[float] | Sequence[float | None] | Sequence[str]
    slot: int | None
    names: Sequence[str] = ()
    sizes: Sequence[float] = ()


@dataclass(frozen=True)
class Band:
    """A stretch of the x axis, shaded, with a label."""

    start: date | int
    end: date | int
    label: str


@dataclass(frozen=True)
class Spot:
    """A place on a chart with number axes, with a label: a point, or without ``y`` a line from top to bottom."""

    x: float
    y: float | None
    label: str


@dataclass(frozen=True)
class ChartSpec:
    """A chart.

    Attributes
    ----------
    title : str
        The takeaway, as a sentence.
    kind : {"lines", "underwater", "areas", "bars", "dots", "heat", "surface", "scatter", "slope", "dumbbell"}
        ``areas`` are stacked; a ``heat`` trace is one row: ``x`` its columns, ``y`` its numbers; a
        ``surface`` is a heat over two number axes, coloured from low to high; a
        ``slope`` trace is one thing's rank (1 on top) at each of a few settings; a ``dumbbell`` is dots with a bar between
        the first two of each name.
    number : {"percent", "growth", "plain", "fine"}
        How the value axis is written; ``fine`` has four decimals.
    x_number : {"percent", "growth", "plain", "fine"}, optional
        How numbers across are written; None for dates, days and names.
    rows : sequence of float
        Where each trace of a surface lies on the axis upwards.
    z_title : str
        What the colours of a surface show.
    source : str
        Unit, basis, frequency, as-of and source of what is drawn.
    alt : str
        What a reader who cannot see the chart should know.
    """

    key: str
    title: str
    kind: Kind
    traces: tuple[Trace, ...]
    alt: str
    source: str = ""
    x_title: str = ""
    y_title: str = ""
    number: YFormat = "percent"
    x_number: YFormat | None = None
    x_log: bool = False
    z_title: str = ""
    log: bool = False
    rows: Sequence[float] = ()
    spots: tuple[Spot, ...] = ()
    bands: tuple[Band, ...] = ()
    height: int = 380
