"""Sentences of the crisis page, from engine results and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.crises import Comparison, Crisis, CrisisReport, CrisisRow, FundFall, Record, fund_falls
from engine.errors import MissingData
from engine.lines import line
from engine.sources import Frequency, Line, load
from ui import glossary
from ui.context import Context
from ui.format import day, percent, points
from ui.i18n import Translator
from ui.record import Card
from ui.specs import SORTS


def line_name(t: Translator, line_id: str) -> str:
    """Name of a registered line, or of the reader's own."""
    return (
        t("crises.own_name") if line_id == "own" else t(f"series.{line_id}") if t.has(f"series.{line_id}") else line_id
    )


def crisis_name(t: Translator, slug: str, fallback: str = "") -> str:
    """Name of a crisis; one the catalogue does not know keeps the table's name."""
    key = f"crisis_names.{slug}"
    return t(key) if t.has(key) else fallback or slug


FALLS = {"table": 0.0, "10": 0.10, "15": 0.15, "20": 0.20}
"""Which falls are listed: the crisis table, or all of at least this size found in the daily index."""


def falls(t: Translator, code: str) -> str:
    """A choice of falls in words."""
    return t("crises.falls_table") if code == "table" else t("crises.falls_rule", size=code)


def crisis_title(t: Translator, crisis: Crisis) -> str:
    """Name of a named crisis; a fall found by rule is called by its peak and size."""
    if crisis.kind == "rule":
        return t("crises.rule_name", day=day(crisis.peak, t.language), fall=percent(crisis.index_drawdown))
    return crisis_name(t, crisis.slug, crisis.name)


def what_fell(ctx: Context, crisis: Crisis, index: CrisisRow) -> str:
    """What the S&P 500 did, in one sentence; from the crisis table where the daily data do not reach."""
    t = ctx.t
    span = {"peak": day(crisis.peak, t.language), "trough": day(crisis.trough, t.language)}
    if crisis.kind == "custom":
        if not index.covered:
            return t("crises.sentence_custom_none", **span)
        change = percent(index.return_, sign=True)
        if not index.drawdown:
            return t("crises.sentence_custom_rose", change=change, **span)
        dates = {"from": day(index.peak, t.language), "to": day(index.trough, t.language), "change": change}
        return t("crises.sentence_custom", fall=percent(index.drawdown), recovery=_recovery(t, index), **dates, **span)
    down = (crisis.trough - crisis.peak).days
    basis = t(f"frame.{crisis.index_basis}")
    recovery = _table_recovery(t, crisis, index.last)
    key = "crises.sentence_data" if index.covered else "crises.sentence_table"
    fall = percent(index.drawdown if index.covered else crisis.index_drawdown)
    return t(key, fall=fall, down=down, recovery=recovery, basis=basis, **span)


def _table_recovery(t: Translator, crisis: Crisis, last: date) -> str:
    if crisis.recovery is None:
        return t("crises.not_recovered", day=day(last, t.language))
    return t("crises.recovered", days=(crisis.recovery - crisis.trough).days, day=day(crisis.recovery, t.language))


def _recovery(t: Translator, row: CrisisRow) -> str:
    if row.days_to_recover is None or row.recovery is None:
        return t("crises.not_recovered", day=day(row.last, t.language))
    return t("crises.recovered", days=row.days_to_recover, day=day(row.recovery, t.language))


def who_defended(t: Translator, rows: Sequence[CrisisRow]) -> str:
    """How many of the lines defended and on what basis; empty where nothing can be compared."""
    compared = [row for row in rows if row.verdict]
    names = ", ".join(line_name(t, row.id) for row in compared if row.verdict == "defended")
    if not compared:
        return ""
    kinds = sorted({f"{t(f'frame.{row.compared_frequency}')}, {row.currency}" for row in compared})
    if not names:
        return t("crises.sentence_none_defended", compared=len(compared), basis="; ".join(kinds))
    count = sum(row.verdict == "defended" for row in compared)
    return t("crises.sentence_verdict", compared=len(compared), defended=count, names=names, basis="; ".join(kinds))


def live_in(t: Translator, crisis: Crisis) -> str:
    """What live funds did in this crisis, where the fund table has it and can be read."""
    try:
        falls = [fall for fall in fund_falls() if fall.crisis == crisis.name]
    except MissingData:
        return ""
    if not falls:
        return ""
    funds = ", ".join(f"{fall.fund} {percent(fall.return_)}" for fall in falls)
    return t("crises.sentence_live", funds=funds, spy=percent(falls[0].spy_return))


def inputs(ctx: Context, lines: Sequence[Line], reports: Sequence[CrisisReport]) -> list[date]:
    """Last days of everything the view rests on: lines, their yardsticks and, in won, the rates."""
    marks = {row.yardstick for report in reports for row in report.rows if row.yardstick}
    days = [item.last for item in (*lines, *(line(mark) for mark in marks))]
    return [*days, load("usdkrw_monthly").provenance.as_of] if ctx.currency == "KRW" else days


def missing(t: Translator, report: CrisisReport) -> str:
    """Lines that do not cover the crisis, with what they cover; empty if none."""
    names = [
        t("crises.not_covered_item", name=line_name(t, row.id), first=row.first, last=row.last)
        for row in report.rows
        if not row.covered
    ]
    return (
        t("crises.not_covered", peak=report.crisis.peak, trough=report.crisis.trough, names=", ".join(names))
        if names
        else ""
    )


def other_currency(ctx: Context, rows: Sequence[CrisisRow]) -> str:
    """Lines that are shown in another currency than asked for; empty if none."""
    names = [
        f"{line_name(ctx.t, row.id)} ({row.currency})" for row in rows if row.covered and row.currency != ctx.currency
    ]
    return ctx.t("crises.no_rate_note", currency=ctx.currency, names=", ".join(names)) if names else ""


def mixed_currency(ctx: Context, reports: Sequence[CrisisReport]) -> str:
    """How many crises of the list are shown in another currency; empty if none."""
    other = sum(any(row.covered and row.currency != ctx.currency for row in report.rows) for report in reports)
    return ctx.t("crises.mixed_note", other=other, currency=ctx.currency, all=len(reports)) if other else ""


def verdict(t: Translator, row: CrisisRow, rows: Sequence[CrisisRow]) -> str:
    """The verdict in words; a line that others are compared with is the benchmark."""
    if row.verdict:
        return t(f"crises.verdict_{row.verdict}")
    if not row.covered:
        return t("crises.verdict_missing")
    is_mark = any(other.yardstick == row.id for other in rows)
    return t("crises.verdict_self" if is_mark else "crises.verdict_none")


def card(t: Translator, row: CrisisRow, rows: Sequence[CrisisRow]) -> Card:
    """A card: name, fall, difference, and what kind of number it is."""
    back = (
        t("crises.recover_open", day=row.last)
        if row.days_to_recover is None
        else t("crises.recover_days", days=row.days_to_recover)
    )
    basis = {"frequency": t(f"frame.{row.frequency}"), "basis": t(f"frame.{row.basis}"), "currency": row.currency}
    notes = (
        _at_month_ends(t, row),
        t("crises.card_recover", down=row.days_down, recover=back),
        t("crises.card_note", verdict=verdict(t, row, rows), **basis),
    )
    return Card(
        line_name(t, row.id),
        percent(row.drawdown),
        _against(t, row),
        "  \n".join(filter(None, notes)),
        glossary.help(t, "max_drawdown"),
        good=row.shallower if row.yardstick else None,
        kind=SORTS.get(row.kind, ""),
    )


def _against(t: Translator, row: CrisisRow) -> str:
    """The difference to the yardstick."""
    if not row.yardstick:
        return ""
    return t(
        "crises.card_against", points=points(row.excess_drawdown, t("frame.points")), name=line_name(t, row.yardstick)
    )


def _at_month_ends(t: Translator, row: CrisisRow) -> str:
    """Read at month ends, a difference says which two falls it compares."""
    if not row.yardstick or row.compared_frequency == Frequency.DAILY:
        return ""
    return t("crises.card_month_ends", ours=percent(row.compared_drawdown), theirs=percent(row.yardstick_drawdown))


def record(t: Translator, item: Record) -> str:
    """How often a line defended, counted over all crises."""
    counts = {
        "defended": item.defended,
        "level": item.level,
        "deeper": item.deeper,
        "missing": item.not_covered,
        "other": item.not_compared,
    }
    return t("crises.record", name=line_name(t, item.id), **counts)


def group_line(t: Translator, what: str, group: Comparison) -> str:
    """Under a chart: what is drawn, and the basis all its lines share."""
    basis = {"frequency": t(f"frame.{group.frequency}"), "basis": t(f"frame.{group.basis}")}
    return t("crises.group_line", what=t(what), currency=group.currency, **basis)


def sources(t: Translator, rows: Sequence[CrisisRow], lines: Sequence[Line]) -> str:
    """What each line is, its as-of and its source."""
    covered = {row.id for row in rows if row.covered}
    marks = {row.yardstick for row in rows if row.yardstick} - covered
    shown = [item for item in lines if item.id in covered] + [line(mark) for mark in sorted(marks)]
    items = [
        t(
            "crises.source_item",
            name=line_name(t, item.id),
            frequency=t(f"frame.{item.frequency}"),
            basis=t(f"frame.{item.basis}"),
            kind=kind(t, item.kind, item.cost_bps),
            last=item.last,
        )
        for item in shown
    ]
    return t("crises.source", items="; ".join(items), sources="; ".join(sorted({item.source for item in shown})))


def kind(t: Translator, name: str, bps: float | None) -> str:
    return t(f"frame.kind_{name}", bps=f"{bps or 0:g}")


def funds_title(t: Translator, falls: Sequence[FundFall]) -> str:
    """How often each live fund defended against SPY."""
    counts = []
    for fund in dict.fromkeys(fall.fund for fall in falls):
        lived = [fall for fall in falls if fall.fund == fund]
        defended = sum(fall.verdict == "defended" for fall in lived)
        counts.append(t("crises.funds_count", fund=fund, won=defended, compared=len(lived)))
    return t("crises.funds_title", counts=", ".join(counts))
