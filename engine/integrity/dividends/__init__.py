"""Dividends and their adjustments that contradict each other.

Method. Each distribution is put into the first class it fits: adjusted for as it should be;
counted twice; capital gains added to dividends that hold them already; 100 times apart from its
adjustment; not adjusted for; otherwise apart. Amount and adjustment that agree are still wrong
where the price denies them. ``amounts``, ``phantoms``, ``adjustments`` and ``stray`` hold the classes.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.integrity.distributions import Paid, Steps, distributions, measure
from engine.integrity.dividends.adjustments import gains_twice, not_applied, otherwise, twice
from engine.integrity.dividends.amounts import apart_by_unit, impossible, too_large, too_small
from engine.integrity.dividends.phantoms import repeated, wrong_day
from engine.integrity.dividends.stray import stray_steps
from engine.integrity.report import Issue
from engine.integrity.table import Bars

__all__ = ["dividends", "stray_steps"]

CHECKS: tuple[Callable[[Bars, Steps, list[Paid]], list[Issue]], ...] = (
    impossible,
    repeated,
    gains_twice,
    apart_by_unit,
    wrong_day,
    too_large,
    too_small,
    twice,
    not_applied,
    otherwise,
)


def dividends(bars: Bars) -> list[Issue]:
    """The first class of contradictions that the ticker's distributions hold; repairs feed the next look."""
    if not bars.pays:
        return []
    steps = measure(bars)
    events = distributions(bars, steps)
    left: list[Issue] = []
    for check in CHECKS:
        issues = check(bars, steps, events)
        if any(issue.edits for issue in issues):
            return issues
        left += issues
    return left
