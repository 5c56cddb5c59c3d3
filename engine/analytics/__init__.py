"""Pure functions on returns and levels: metrics, drawdowns, hit ratios. No I/O, no other room."""

from engine.analytics.drawdown import Fall, drawdowns, episodes, underwater, worst_fall_between
from engine.analytics.hits import calendar_hits, rolling_hits, to_monthly
from engine.analytics.metrics import DEFINITIONS, Metrics, metrics
from engine.analytics.sampling import thin

__all__ = [
    "DEFINITIONS",
    "Fall",
    "Metrics",
    "calendar_hits",
    "drawdowns",
    "episodes",
    "metrics",
    "rolling_hits",
    "thin",
    "to_monthly",
    "underwater",
    "worst_fall_between",
]
