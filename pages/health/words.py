"""Sentences of the data health page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from engine.health import LIGHTS, AuditRecord, DatasetHealth, Health, Light, Noted, OwnCheck
from engine.sources.dataset import Finding
from ui import glossary
from ui.format import day, percent
from ui.i18n import Translator
from ui.record import Card

ICONS = {"good": "✓", "warning": "△", "bad": "✕", "unknown": "?"}
"""A shape of its own for each level: colour never says it alone."""

GRAVITY = ("bad", "warning", "unknown", "good")
SEVERITY = ("error", "warning", "info")


def level(t: Translator, code: str) -> str:
    """Icon and word."""
    word = t(f"health.level_{code}")
    return f"{ICONS[code]} {word}"


def reason(t: Translator, light: Light) -> str:
    """Why a light has its level."""
    return t(f"health.reason_{light.code}", **light.params)


def kind(t: Translator, code: str) -> str:
    """Name of a kind of finding; one without a name is told as the engine calls it."""
    return t(f"health.kind_{code}") if t.has(f"health.kind_{code}") else code.replace("_", " ")


def by_gravity(found: Health) -> list[DatasetHealth]:
    """Data sets with the gravest lights first."""

    def key(row: DatasetHealth) -> tuple[int, ...]:
        levels = [light.level for light in row.lights.values()]
        return tuple(-levels.count(code) for code in GRAVITY[:2])

    return sorted(found.datasets, key=key)


def ordered(rows: Iterable[Noted]) -> list[Noted]:
    """Errors first, then those that were repaired, then by data set."""

    def key(row: Noted) -> tuple[int, bool, str, int]:
        return SEVERITY.index(row.finding.severity), row.finding.applied, row.dataset, row.place

    return sorted(rows, key=key)


def answer(t: Translator, found: Health) -> str:
    """What the page says in a sentence or two."""
    n = len(found.datasets)
    late = n - found.count("fresh", "good")
    wrong = found.count("consistent", "bad")
    repaired = sum(row.finding.applied for row in found.findings)
    told = t("health.answer", n=n, fresh=n - late, late=late, day=day(found.today, t.language))
    errors = t("health.answer_errors", n=wrong) if wrong else t("health.answer_no_errors")
    mended = t("health.answer_repaired", n=repaired) if repaired else ""
    stored = "" if found.sources else t("health.answer_bundled")
    return " ".join(filter(None, (told, errors, mended, stored)))


def cards(t: Translator, found: Health) -> list[Card]:
    """One card a light: how many data sets are good, and the rest."""
    n = len(found.datasets)
    helps = {
        "fresh": glossary.help(t, "freshness"),
        "complete": glossary.help(t, "completeness"),
        "consistent": glossary.help(t, "data_consistency"),
        "point_in_time": glossary.help(t, "point_in_time"),
    }
    made = []
    for light in LIGHTS:
        counts = {code: found.count(light, code) for code in GRAVITY}
        rest = ", ".join(f"{level(t, code)} {counts[code]}" for code in GRAVITY[:3] if counts[code])
        share = counts["good"] / n if n else 0.0
        value = t("health.card_value", good=counts["good"], n=n)
        note = t("health.card_note", share=percent(share, 0), rest=rest or t("health.card_none"))
        made.append(Card(t(f"health.light_{light}"), value, note=note, help=helps[light]))
    return made


def reasons(t: Translator, row: DatasetHealth) -> str:
    """The four reasons of one data set, a line each."""
    heads = {name: t(f"health.light_{name}") for name in row.lights}
    lines = [f"- **{heads[name]}:** {level(t, light.level)}. {reason(t, light)}" for name, light in row.lights.items()]
    origin = t("health.origin_stored") if row.stored else t("health.origin_bundled")
    head = t("health.reasons", name=f"`{row.name}`", origin=origin, source=row.source or "?")
    return "\n".join([head, "", *lines])


def finding_name(t: Translator, row: Noted) -> str:
    """A finding in a list."""
    one = row.finding
    return f"{row.dataset} · {one.item} · {kind(t, one.kind)} · {span(one)}"


def span(one: Finding) -> str:
    """First and last day."""
    return one.first or "" if one.first == one.last else f"{one.first} – {one.last}"


def state(t: Translator, one: Finding, *, stored: bool = True) -> str:
    """What became of a finding."""
    if one.applied:
        return t("health.state_repaired")
    if one.rows is None:
        return t("health.state_note")
    told = one.repair.startswith(("none made", "stay"))
    return t("health.state_left") if told else t("health.state_proposed")


def shown(t: Translator, one: Finding) -> str:
    """What was found and done, as the checks tell it."""
    if one.applied:
        return t("health.shown_repaired", kind=kind(t, one.kind), days=span(one), rows=one.rows, repair=one.repair)
    if one.repair.startswith(("none made", "stay")):
        return t("health.shown_left", kind=kind(t, one.kind), days=span(one), rows=one.rows, repair=one.repair)
    return t("health.shown_proposed", kind=kind(t, one.kind), days=span(one), rows=one.rows, repair=one.repair)


def audit(t: Translator, made: AuditRecord | None) -> str:
    """What the last look-ahead audit found, and whether it still holds."""
    if made is None:
        return t("health.audit_none")
    leaks = made.result["leaks"]
    said = t(
        "health.audit_passed" if made.passed else "health.audit_failed",
        day=day(made.run_on, t.language),
        rewritten=made.result["rewritten"],
        caught=sum(leak["caught"] for leak in leaks),
        leaks=len(leaks),
    )
    now = t("health.audit_current") if made.current else t("health.audit_old")
    return f"{said} {now}"


def audit_cards(t: Translator, made: AuditRecord) -> list[Card]:
    """Figures of the audit."""
    result = made.result
    leaks = result["leaks"]
    meant = glossary.help(t, "look_ahead_audit")
    note = t("health.audit_note", day=day(made.run_on, t.language), snapshot=made.snapshot, code=made.code)
    figures = (
        ("truncation", percent(result["truncation_max_diff"], 4)),
        ("poison", percent(result["poison_max_diff"], 4)),
        ("leaks", t("health.card_value", good=sum(leak["caught"] for leak in leaks), n=len(leaks))),
        ("shuffled", percent(result["shuffled_hit_ratio"])),
    )
    return [Card(t(f"health.audit_{name}"), value, note=note, help=meant) for name, value in figures]


def sources(t: Translator, found: Health) -> str:
    """How many tables were downloaded, and when last."""
    if not found.sources:
        return t("health.sources_none")
    newest = max(row.retrieved_at for row in found.sources)[:10]
    failed = sum(bool(row.failed) for row in found.sources)
    return t("health.sources_said", n=len(found.sources), day=newest, failed=failed)


def own(t: Translator, made: OwnCheck, name: str) -> str:
    """What the checks found in the reader's file."""
    return t(
        "health.own_said",
        name=f"`{name}`",
        rows=f"{len(made.table):,}",
        n=len(made.findings),
        repaired=made.repaired,
        cells=f"{len(made.report.log):,}",
    )


def inputs(found: Health) -> Sequence[date]:
    """Last day each readable data set speaks for."""
    return [row.as_of for row in found.datasets if row.as_of is not None]
