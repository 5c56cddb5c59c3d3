"""The one list of detectors, in the order in which they look and repair.

Later ones see what earlier ones repaired: a price must exist before its unit is judged, have its unit
before a split is, and its scale before dividends are.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.integrity import behaviour, cells, dividends, sessions, splits, units
from engine.integrity.report import Issue
from engine.integrity.table import Bars

Detector = Callable[[Bars], list[Issue]]

DETECTORS: tuple[Detector, ...] = (
    sessions.dates,
    cells.non_positive,
    units.unit_cells,
    units.unit_stretches,
    splits.split_stretches,
    splits.split_cells,
    cells.adjusted_cells,
    dividends.dividends,
    dividends.stray_steps,
    splits.unexplained_jumps,
    cells.blank_rows,
    cells.high_low,
    cells.negative_volume,
    behaviour.spikes,
    behaviour.stale,
    behaviour.ticker_reuse,
    sessions.missing_sessions,
)
