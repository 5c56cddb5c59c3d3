"""Charts of the data health page, as descriptions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from engine.health import Evidence, Health, Missing
from engine.sources.dataset import Finding
from pages.health import words
from ui.format import MINUS, percent
from ui.i18n import Translator
from ui.specs import ChartSpec, Trace

MOST_ROWS = 25
"""Series drawn of a data set: those with the most missing figures."""


def holes(t: Translator, found: Health, name: str) -> ChartSpec:
    """Share of expected figures missing: data sets by period, or the series of one."""
    rows = [row.missing for row in found.datasets if row.missing is not None]
    one = next((item for item in rows if item.name == name), None)
    return _series(t, one) if one is not None else _sets(t, rows)


def _sets(t: Translator, rows: Sequence[Missing]) -> ChartSpec:
    """All data sets, in decades, so that long and short ones stand under each other."""
    decades = sorted({_decade(period) for row in rows for period in row.periods})
    traces = []
    for row in rows:
        expected = dict.fromkeys(decades, 0)
        lost = dict.fromkeys(decades, 0)
        for period in row.periods:
            expected[_decade(period)] += int(row.expected[period].sum())
            lost[_decade(period)] += int(row.missing[period].sum())
        traces.append(_trace(t, row.name, decades, [(lost[key], expected[key]) for key in decades]))
    totals = {row.name: row.total() for row in rows}
    return _heat(t, tuple(traces), {name: lost / most for name, (lost, most) in totals.items() if most}, "holes", "")


def _decade(period: str) -> str:
    return f"{period[:3]}0s"


def _series(t: Translator, one: Missing) -> ChartSpec:
    """Series of one data set by year (by decade beyond 30 years); those with the most missing figures."""
    lost, expected = one.missing.sum(axis=1), one.expected.sum(axis=1)
    shares = {str(name): float(lost[name] / expected[name]) if expected[name] else 0.0 for name in one.missing.index}
    shown = sorted(shares, key=lambda name: -shares[name])[:MOST_ROWS]
    traces = tuple(
        _trace(
            t,
            name,
            list(one.periods),
            one.counts(name),
        )
        for name in shown
    )
    more = t("health.holes_more", shown=len(shown), n=len(shares)) if len(shown) < len(shares) else ""
    return _heat(t, traces, shares, "holes", more)


def _trace(t: Translator, name: str, periods: Sequence[str], counts: Sequence[tuple[int, int]]) -> Trace:
    """A row of cells; before a series is listed its cell is empty, which is not the same as missing nothing."""
    shares = [lost / expected if expected else None for lost, expected in counts]
    begun = next((place for place, (_, expected) in enumerate(counts) if expected), len(counts))
    notes = [
        t("health.cell", lost=f"{lost:,}", expected=f"{expected:,}")
        if expected
        else t("health.cell_unlisted" if place < begun else "health.cell_ended")
        for place, (lost, expected) in enumerate(counts)
    ]
    texts = ["" if share is None else "0" if not share else _short(share) for share in shares]
    return Trace(name, list(periods), shares, 0, names=texts, notes=notes, kind="reported")


def _short(share: float) -> str:
    """Percent in as few characters as a cell has room for."""
    if share < 0.001:
        return "<0.1"
    return f"{share:.1%}".removesuffix("%") if share < 0.1 else f"{share:.0%}".removesuffix("%")


def _heat(t: Translator, traces: tuple[Trace, ...], shares: dict[str, float], key: str, more: str) -> ChartSpec:
    most = max(shares, key=lambda name: shares[name], default="")
    title = (
        t("health.holes_title", name=most, share=percent(shares[most], 2))
        if most and shares[most]
        else t("health.holes_title_none")
    )
    return ChartSpec(
        key=key,
        title=title,
        kind="heat",
        traces=traces,
        source=" ".join(filter(None, (t("health.holes_source"), more))),
        alt=t("health.holes_alt"),
        height=110 + 26 * len(traces),
    )


def evidence(t: Translator, found: Evidence, one: Finding, key: str = "evidence") -> ChartSpec:
    """The figures around a finding: as sent and as repaired, or beside the other source or vintage."""
    other = t(f"health.source_{found.other_name}") if found.other_name else ""
    if found.after is not None:
        traces = [_line(t("health.line_before"), found.before, 1), _line(t("health.line_after"), found.after, 0)]
    elif found.other is not None:
        traces = [_line(found.name, found.before, 0), _line(other, found.other, 1)]
    else:
        traces = [_line(found.name, found.before, 0)]
    return ChartSpec(
        key=key,
        title=_title(t, found, one, other),
        kind="lines",
        traces=tuple(traces),
        number="fine" if found.small else "plain",
        log=found.steep,
        y_title=found.column,
        source=t("health.evidence_source", name=found.name, column=found.column, days=words.span(one)),
        alt=t("health.evidence_alt", name=found.name, kind=words.kind(t, one.kind)),
    )


def _line(name: str, line: Any, slot: int) -> Trace:
    """Days, or moments where bars are shorter than a day."""
    days = [stamp.to_pydatetime() if stamp.hour or stamp.minute else stamp.date() for stamp in line.index]
    return Trace(name, days, [None if math.isnan(value) else float(value) for value in line], slot, kind="reported")


def _title(t: Translator, found: Evidence, one: Finding, other: str) -> str:
    """The takeaway: the largest change of a repair, the largest gap of two sources, or that nothing was changed."""
    widest = found.widest()
    if widest is None:
        return t("health.evidence_left", name=found.name, kind=words.kind(t, one.kind), days=words.span(one))
    at, first, second = widest
    if found.after is not None:
        told = {"before": _number(first), "after": _number(second)}
        return t("health.evidence_repaired", name=found.name, day=at.isoformat(), **told)
    told = {"one": _number(first), "two": _number(second)}
    return t("health.evidence_apart", name=found.name, other=other, day=at.isoformat(), **told)


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return (f"{value:,.2f}" if abs(value) >= 1.0 else f"{value:.4f}").replace("-", MINUS)
