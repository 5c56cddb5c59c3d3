"""Pure functions on returns and levels: figures, falls, hit ratios, overfitting, bootstrap, folds.

No I/O, no other room. Numba and skfolio are loaded by the calls that need them.
"""

from engine.analytics.bootstrap import bands, intervals, optimal_block, resampled_rows
from engine.analytics.drawdown import Fall, drawdowns, episodes, underwater, worst_fall_between
from engine.analytics.folds import Purged, WalkForward, purged, walk_forward
from engine.analytics.hits import calendar_hits, rolling_hits, to_monthly
from engine.analytics.metrics import DEFINITIONS, Metrics, metrics
from engine.analytics.overfit import (
    deflated_sharpe,
    expected_best_sharpe,
    minimum_backtest_length,
    overfitting,
    probabilistic_sharpe,
)
from engine.analytics.sampling import thin
from engine.analytics.sheet import FIGURES, FactSheet, SheetPlan, fact_sheet

__all__ = [
    "DEFINITIONS",
    "FIGURES",
    "FactSheet",
    "Fall",
    "Metrics",
    "Purged",
    "SheetPlan",
    "WalkForward",
    "bands",
    "calendar_hits",
    "deflated_sharpe",
    "drawdowns",
    "episodes",
    "expected_best_sharpe",
    "fact_sheet",
    "intervals",
    "metrics",
    "minimum_backtest_length",
    "optimal_block",
    "overfitting",
    "probabilistic_sharpe",
    "purged",
    "resampled_rows",
    "rolling_hits",
    "thin",
    "to_monthly",
    "underwater",
    "walk_forward",
    "worst_fall_between",
]
