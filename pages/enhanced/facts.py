"""Figures of the page that a story may name."""

from __future__ import annotations

from engine.world.tilt import Tilted
from pages.enhanced import words
from ui.format import percent
from ui.record import Fact


def tilt(found: Tilted) -> dict[str, Fact]:
    """How far from the market the wishes lead, and their price."""
    return {
        "tracking": Fact(found.tracking_error, percent(found.tracking_error, 2), "model"),
        "utility_cost": Fact(found.utility_cost, f"{words.bp(found.utility_cost)} bp", "model"),
    }
