"""Charts as descriptions: numbers and words, no drawing library. One description, several outputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

YFormat = Literal["percent", "fine", "growth", "plain"]
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
        Label of each point of a scatter or row of dots; diameter (pixels) of each point of a scatter.
    low, high : sequence
        Ends of an interval around each dot, drawn as a bar through it; None where there is none.
    """

    name: str
    x: Sequence[date] | Sequence[int] | Sequence[float] | Sequence[float | None] | Sequence[str]
    y: Sequence[float] | Sequence[float | None] | Sequence[str]
    slot: int | None
    names: Sequence[str] = ()
    sizes: Sequence[float] = ()
    low: Sequence[float | None] = ()
    high: Sequence[float | None] = ()


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
    number : {"percent", "fine", "growth", "plain"}
        How numbers are written; ``fine`` is percent with two decimals.
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
    log: bool = False
    bands: tuple[Band, ...] = ()
    height: int = 380
    span: tuple[float, float] | None = None
