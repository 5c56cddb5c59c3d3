"""Figures of the ETF universe computed anew from daily bars: pure functions of frames, no table is read here."""

from engine.universe.recompute.correlations import LEAST_WEEKS, WEEKS, carried, intensity, joint, pairwise, weekly
from engine.universe.recompute.history import Bars, bars
from engine.universe.recompute.spreads import QUOTED, Quote, proxy, score
from engine.universe.recompute.statistics import Recomputed, recomputed
from engine.universe.recompute.tracking import Tracking, parts, tracking

__all__ = [
    "LEAST_WEEKS", "QUOTED", "WEEKS", "Bars", "Quote", "Recomputed", "Tracking", "bars", "carried", "intensity", "joint", "pairwise",
    "parts", "proxy", "recomputed", "score", "tracking", "weekly",
]  # fmt: skip
