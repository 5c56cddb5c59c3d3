"""The one list of detectors, in the order in which they look and repair.

Later ones see what earlier ones repaired: a price must exist before its unit is judged, have its unit
before a split is, and its scale before dividends are. The bit beside a detector says that the compiled pass over the bars
(``screen``) could not rule out a finding of it.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.integrity import behaviour, bits, cells, dividends, sessions, splits, units
from engine.integrity.report import Issue
from engine.integrity.table import Bars

Detector = Callable[[Bars], list[Issue]]

ALWAYS = 0
"""A detector without a bit always runs."""

DETECTORS: tuple[tuple[Detector, int], ...] = (
    (sessions.dates, bits.DATES),
    (cells.non_positive, bits.BLANK),
    (units.unit_cells, bits.UNIT_CELLS),
    (units.unit_stretches, bits.UNIT_STRETCHES),
    (splits.split_stretches, bits.SPLITS),
    (splits.split_cells, bits.SPLITS),
    (cells.adjusted_cells, bits.ADJUSTED_CELLS),
    (dividends.dividends, bits.DIVIDENDS),
    (dividends.stray_steps, bits.STRAY_STEPS),
    (splits.unexplained_jumps, bits.JUMPS),
    (cells.blank_rows, bits.BLANK),
    (cells.high_low, bits.HIGH_LOW),
    (cells.negative_volume, bits.VOLUME),
    (behaviour.spikes, bits.SPIKES),
    (behaviour.stale, bits.STALE),
    (behaviour.ticker_reuse, bits.REUSE),
    (sessions.missing_sessions, ALWAYS),
)
