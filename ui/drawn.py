"""The numbers of a chart as a table, made from its description alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

ACROSS = ("bars", "dots", "dumbbell")
"""Kinds whose numbers run across and whose names stand below each other."""

ALONG = ("lines", "underwater", "areas")
"""Kinds along days or numbers, in whose order the rows stand."""


def table(spec: ChartSpec, t: Translator) -> pd.DataFrame:
    """The numbers that a chart draws.

    Parameters
    ----------
    spec : ChartSpec
        The chart.
    t : Translator
        Language of the headings.

    Returns
    -------
    DataFrame
        Lines, areas, slopes, bars and dots: a row for each date, day or name and a column for each trace, with two more
        for the ends of its intervals where it has any. Heats and surfaces: a row for each row of cells. Scatters: a row
        for each point. Decimals in the unit of the axis; empty where nothing is drawn.
    """
    if spec.kind == "scatter":
        return _points(spec, t)
    if spec.kind in ("heat", "surface"):
        return _cells(spec, t)
    across = spec.kind in ACROSS
    columns: dict[str, pd.Series] = {}
    for trace in spec.traces:
        places, numbers = (trace.y, trace.x) if across else (trace.x, trace.y)
        for label, values in _with_ends(trace, numbers, t).items():
            columns[_free(label, columns)] = _column(places, values)
    joined = pd.concat(columns, axis=1, sort=spec.kind in ALONG).droplevel(1)
    head = spec.x_title or t("frame.number_day" if spec.kind in ALONG and not spec.x_number else "frame.number_name")
    return joined.rename_axis(_free(head, columns)).reset_index()


def _column(places: Sequence[Any], values: Sequence[Any]) -> pd.Series:
    """Numbers by place; a place that comes twice keeps both."""
    at = pd.Index(list(places))
    again = pd.Series(0, index=range(len(at))).groupby(list(at)).cumcount()
    return pd.Series(list(values), index=pd.MultiIndex.from_arrays([at, again]))


def _with_ends(trace: Trace, numbers: Sequence[Any], t: Translator) -> dict[str, Sequence[Any]]:
    """The numbers of a trace, and the ends of the intervals around them."""
    shown: dict[str, Sequence[Any]] = {trace.name: numbers}
    if trace.low:
        shown |= {
            t("frame.number_low", name=trace.name): trace.low,
            t("frame.number_high", name=trace.name): trace.high,
        }
    return shown


def _points(spec: ChartSpec, t: Translator) -> pd.DataFrame:
    x, y = spec.x_title or "x", spec.y_title or "y"
    rows = [
        {t("frame.number_name"): name, x: across, y: upwards}
        for trace in spec.traces
        for name, across, upwards in zip(trace.names or [trace.name] * len(trace.x), trace.x, trace.y, strict=True)
    ]
    return pd.DataFrame(rows)


def _cells(spec: ChartSpec, t: Translator) -> pd.DataFrame:
    names = list(spec.rows) if spec.kind == "surface" else [trace.name for trace in spec.traces]
    head = spec.y_title or t("frame.number_name")
    rows = [
        {head: name} | {str(across): number for across, number in zip(trace.x, trace.y, strict=True)}
        for name, trace in zip(names, spec.traces, strict=True)
    ]
    return pd.DataFrame(rows)


def _free(label: str, taken: dict[str, pd.Series]) -> str:
    """A heading that no other column has."""
    name, count = label, 2
    while name in taken:
        name, count = f"{label} ({count})", count + 1
    return name
