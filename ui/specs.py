"""Charts as descriptions: numbers and words, no drawing library. One description, several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

YFormat = Literal["percent", "growth", "plain"]
Stroke = Literal["solid", "dash", "dot", "none"]
Mark = Literal["", "full", "ring"]
Kind = Literal["lines", "underwater", "areas", "bars", "dots", "heat", "scatter", "slope"]


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
    strokes : sequence of {"solid", "dash", "dot", "none"}
        How sure each stretch is, point by point. On a line: the stretch that leads to the point,
        ``none`` where no line may be drawn. On a bar: anything but ``solid`` is hatched.
    marks : sequence of {"", "full", "ring"}
        A marker on a point of a line.
    notes : sequence of str
        Words for each point of a line with strokes, shown on hover.
    """

    name: str
    x: Sequence[date] | Sequence[int] | Sequence[float] | Sequence[float | None] | Sequence[str]
    y: Sequence[float] | Sequence[float | None] | Sequence[str]
    slot: int | None
    names: Sequence[str] = ()
    sizes: Sequence[float] = ()
    strokes: Sequence[Stroke] = ()
    marks: Sequence[Mark] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Band:
    """A stretch of the x axis, shaded, with a label."""

    start: date | int
    end: date | int
    label: str


@dataclass(frozen=True)
class ChartSpec:
    """A chart.

    Attributes
    ----------
    title : str
        The takeaway, as a sentence.
    kind : {"lines", "underwater", "areas", "bars", "dots", "heat", "scatter", "slope"}
        ``areas`` are stacked; a ``heat`` trace is one row: ``x`` its columns, ``y`` its numbers; a
        ``slope`` trace is one thing's rank (1 on top) at each of a few settings.
    number : {"percent", "growth", "plain"}
        How the value axis is written.
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
    log: bool = False
    bands: tuple[Band, ...] = ()
    height: int = 380
