"""Sentences of the enhanced passive page."""

from __future__ import annotations

from typing import Any

from engine.world.implement import ModelPortfolio
from engine.world.tilt import Tilted
from ui import glossary
from ui.answers import Enhanced
from ui.format import day, percent, points, ratio
from ui.i18n import Translator
from ui.record import Card


def name(t: Translator, code: str) -> str:
    """A block, class, region or factor fund in words."""
    key = f"enhanced.name_{code}"
    return t(key) if t.has(key) else code


def bp(value: float) -> str:
    """A small return in basis points."""
    return ratio(1e4 * value, 1)


def headline(t: Translator, found: Tilted) -> str:
    """How far from the market and at what price."""
    if found.tracking_error < 1e-6:
        return t("enhanced.headline_market")
    largest = max(found.active.items(), key=lambda item: abs(item[1]))
    return t(
        "enhanced.headline",
        error=percent(found.tracking_error, 2), cost=bp(found.utility_cost), name=name(t, str(largest[0])),
        size=points(float(largest[1]), t("frame.points")),
    )  # fmt: skip


def relaxed(t: Translator, found: Tilted) -> list[str]:
    """Wishes that could not be kept as they were."""
    return [
        t("enhanced.relaxed", wish=wish(t, item.constraint), asked=percent(item.asked, 2), used=percent(item.used, 2))
        for item in found.relaxed
    ]


def wish(t: Translator, path: str) -> str:
    """The path of a wish in words: ``preferences.emerging``."""
    kind, _, rest = path.partition(".")
    label = t(f"enhanced.wish_{kind}")
    return f"{label} ({name(t, rest)})" if rest else label


def cards(t: Translator, found: Tilted) -> list[Card]:
    """Four figures and what each means."""
    binding = ", ".join(dict.fromkeys(wish(t, path) for path in found.binding)) or t("enhanced.binding_none")
    cost = t("enhanced.card_cost_note", gamma=ratio(found.gamma_priced, 1))
    gain = t("enhanced.card_gain_note", gamma=ratio(found.gamma, 1))
    return [
        Card(
            t("enhanced.card_error"),
            percent(found.tracking_error, 2),
            note=t("enhanced.card_error_note"),
            help=glossary.help(t, "expected_tracking_error"),
            kind="model",
        ),
        Card(
            t("enhanced.card_cost"),
            f"{bp(found.utility_cost)} bp",
            note=cost,
            help=glossary.help(t, "certainty_equivalent"),
            kind="model",
        ),
        Card(
            t("enhanced.card_gain"),
            f"{bp(found.own_gain)} bp",
            note=gain,
            help=glossary.help(t, "certainty_equivalent"),
            kind="model",
        ),
        Card(t("enhanced.card_binding"), str(len(found.binding)), note=binding, help=glossary.help(t, "binding_limit")),
    ]


def reason(t: Translator, found: Tilted) -> str:
    """Which tilt makes most of the distance from the market, and which limits hold it."""
    if found.tracking_error < 1e-6:
        return t("enhanced.reason_market")
    part, active = (found.contributions[figure].to_dict() for figure in ("tracking_error", "active"))
    largest = max(part, key=lambda code: abs(part[code]))
    said = t(
        "enhanced.reason", name=name(t, str(largest)), size=points(active[largest], t("frame.points")),
        part=percent(part[largest], 2), error=percent(found.tracking_error, 2),
    )  # fmt: skip
    binding = ", ".join(dict.fromkeys(wish(t, path) for path in found.binding))
    return f"{said} {t('enhanced.reason_limits', limits=binding) if binding else t('enhanced.binding_none')}"


def sure(t: Translator, found: Enhanced) -> str:
    """Whose assumptions the figures rest on, and how they move with risk and risk aversion."""
    tilted = found.tilted
    return t(
        "enhanced.sure", source=found.assumptions.source, day=day(found.assumptions.as_of, t.language),
        error=percent(1.1 * tilted.tracking_error, 2), cost=bp(1.21 * tilted.utility_cost), now=bp(tilted.utility_cost),
        gamma=ratio(tilted.gamma_priced, 1), twice=bp(2 * tilted.utility_cost),
    )  # fmt: skip


def notes(t: Translator, found: Enhanced) -> list[str]:
    """What the result rests on and what was done beyond the wishes."""
    days = {"market": day(found.market.world.date, t.language), "assumed": day(found.assumptions.as_of, t.language)}
    basis = t("enhanced.basis", source=found.assumptions.source, **days)
    return [basis, *(_note(t, note) for note in found.tilted.notes)]


def _note(t: Translator, note: dict[str, Any]) -> str:
    told = {key: _told(t, key, value) for key, value in note.items() if key != "code"}
    return t(f"enhanced.note_{note['code']}", **told)


def _told(t: Translator, key: str, value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(name(t, str(item)) for item in value) or "–"
    if isinstance(value, float):
        return ratio(value, 2)
    text = str(value)
    return t(f"enhanced.word_{text}") if t.has(f"enhanced.word_{text}") else text


def unassigned(t: Translator, found: ModelPortfolio) -> list[str]:
    """Blocks that no fund stands for."""
    return [
        t("enhanced.unassigned", name=name(t, item.block), weight=percent(item.weight)) for item in found.unassigned
    ]
