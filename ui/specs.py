"""Charts as descriptions: numbers and words, no drawing library. One description, several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

YFormat = Literal["percent", "percent_fine", "growth", "plain", "fine"]
Stroke = Literal["solid", "dash", "dot", "none"]
Mark = Literal["", "full", "ring"]
Sort = Literal["", "index", "live", "simulated", "estimated", "reported", "model"]
SORTS: dict[str, Sort] = {
    "index": "index",
    "fund": "live",
    "paper": "simulated",
    "simulated": "simulated",
    "walk_forward": "simulated",
}
"""What sort of numbers a line of the engine holds, by its kind; a reader's own series says nothing."""

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
        Label of each point of a scatter or row of dots, or what a cell of a heat prints in place of its number
        (empty: the number); diameter (pixels) of each point of a scatter.
    low, high : sequence
        Ends of an interval around each dot, drawn as a bar through it; None where there is none. On a line
        they shade the stretch between them, and the line itself is thin.
    strokes : sequence of {"solid", "dash", "dot", "none"}
        How sure each stretch is, point by point. On a line: the stretch that leads to the point,
        ``none`` where no line may be drawn. On a bar: anything but ``solid`` is hatched.
    marks : sequence of {"", "full", "ring"}
        A marker on a point of a line, or below the number of a cell of a heat.
    notes : sequence of str
        Words for each point of a line with strokes, or cell of a heat, shown on hover.
    kind : {"", "index", "live", "simulated", "estimated", "reported", "model"}
        What sort of numbers they are. For a client, a live fund never shares a panel with a simulation.
    """

    name: str
    x: Sequence[date] | Sequence[int] | Sequence[float] | Sequence[float | None] | Sequence[str]
    y: Sequence[float] | Sequence[float | None] | Sequence[str]
    slot: int | None
    names: Sequence[str] = ()
    sizes: Sequence[float] = ()
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()
    strokes: Sequence[Stroke] = ()
    marks: Sequence[Mark] = ()
    notes: Sequence[str] = ()
    kind: Sort = ""


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
    number : {"percent", "percent_fine", "growth", "plain", "fine"}
        How numbers are written; ``percent_fine`` has two decimals, ``fine`` four.
    x_number : {"percent", "growth", "plain", "fine"}, optional
        How numbers across are written; None for dates, days and names.
    rows : sequence of float
        Where each trace of a surface lies on the axis upwards.
    y_number : {"percent", "plain"}, optional
        How the rows of a surface are written; None for as many digits as they need.
    dotted : tuple of (x, y)
        Cells of a surface that carry a small dot.
    z_title : str
        What the colours of a surface show.
    source : str
        Unit, basis, frequency, as-of and source of what is drawn.
    alt : str
        What a reader who cannot see the chart should know.
    span : tuple of float, optional
        Ends of the value axis of dots, where the numbers alone should not set them.
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
    y_number: YFormat | None = None
    dotted: tuple[tuple[float, float], ...] = ()
    spots: tuple[Spot, ...] = ()
    bands: tuple[Band, ...] = ()
    height: int = 380
    span: tuple[float, float] | None = None


def panels(spec: ChartSpec) -> tuple[ChartSpec, ...]:
    """The chart, or where it shows live funds beside simulations, one chart for each.

    Indices and lines without a kind stand in both. Keys get ``-simulated`` and ``-live``.
    """
    kinds = {trace.kind for trace in spec.traces}
    if not {"live", "simulated"} <= kinds:
        return (spec,)
    return tuple(
        replace(
            spec, key=f"{spec.key}-{kept}", traces=tuple(trace for trace in spec.traces if trace.kind not in (other,))
        )
        for kept, other in (("simulated", "live"), ("live", "simulated"))
    )
