"""Models that turn macro and market state into sleeve weights, behind one interface."""

from __future__ import annotations

from engine.factors.models.mean import Mean
from engine.factors.models.nets import Nets
from engine.factors.models.ridge import Ridge
from engine.factors.models.trees import Trees


def default_ai(seeds: int = 8) -> Mean:
    """The average of ridge, trees and two network ensembles, each shrunk toward equal weight."""
    return Mean(
        "ai",
        (
            Ridge(),
            Trees(),
            Nets("net_active", objective="active", shrink=0.5, seeds=tuple(range(seeds))),
            Nets("net_ratio_hit", objective="ratio_hit", shrink=0.65, seeds=tuple(range(seeds))),
        ),
    )


__all__ = ["Mean", "Nets", "Ridge", "Trees", "default_ai"]
