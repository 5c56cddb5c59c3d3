"""A sentence on where the universe's prices and statistics come from, for every page that shows them."""

from __future__ import annotations

from engine.universe import vintage
from ui.format import day
from ui.i18n import Translator

MOST = 12
"""Funds named; the data page names all."""


def said(t: Translator) -> str:
    """That they were computed from refreshed prices, and which funds were not; nothing where all are bundled."""
    found = vintage()
    if found is None:
        return ""
    told = t(
        "universe.vintage", computed=found.computed, funds=found.funds, source=found.source,
        retrieved=day(found.retrieved, t.language), last=day(found.last, t.language),
    )  # fmt: skip
    if not found.kept:
        return told
    named = ", ".join(found.kept[:MOST]) + (" …" if len(found.kept) > MOST else "")
    return f"{told} {t('universe.vintage_kept', count=len(found.kept), named=named)}"
