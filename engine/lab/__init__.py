"""Backtest lab: price panels, declarative strategies on them, and overlays on what they target."""

from engine.lab.own import from_csv
from engine.lab.panels import PANELS, PricePanel, panel, with_line

__all__ = ["PANELS", "PricePanel", "from_csv", "panel", "with_line"]
