"""Figures of the page that a story may name."""

from __future__ import annotations

from engine.world.separation import Separation
from ui.format import percent
from ui.record import Fact


def apart(found: Separation) -> dict[str, Fact]:
    """How far the uninformed are from the market, and what ignoring that costs."""
    active, loss = found.active_share, found.utility_loss_share
    return {
        "active": Fact(active, percent(active, 2), "model"),
        "loss_share": Fact(loss, percent(loss, 4), "model"),
    }
