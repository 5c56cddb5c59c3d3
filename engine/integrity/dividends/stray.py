"""Steps of Adj Close on bars without a distribution."""

from __future__ import annotations

import math

import numpy as np

from engine.integrity.distributions import Paid, Steps, measure, paid_at, quiet_moves
from engine.integrity.dividends.paid import found, readjust, reported
from engine.integrity.report import Issue
from engine.integrity.table import Bars, Floats

SPLIT_FITS = 0.05  # share of the split's log by which a step of Adj Close may differ from it


def stray_steps(bars: Bars) -> list[Issue]:
    """Steps of Adj Close on bars without a distribution.

    Upward steps are undone where the table lists dividends and the price did not fall; downward
    ones (a negative distribution) where it lists them. The rest is reported if it is large.
    """
    steps = measure(bars)
    lists = "Dividends" in bars.given and bars.pays
    quiet = (bars["Dividends"] == 0) & (bars["Capital Gains"] == 0) & ~np.isnan(steps.step)
    limit = np.maximum(2 * steps.rounding, 5e-3 if lists else 2e-2)
    issues = []
    moves = quiet_moves(steps)
    for at in np.flatnonzero(quiet & (np.abs(steps.step) > limit)):
        issues += _stray(bars, steps, int(at), moves, lists=lists)
    return issues


def _stray(bars: Bars, steps: Steps, at: int, moves: Floats, *, lists: bool) -> list[Issue]:
    event = paid_at(bars, steps, at, at, float(steps.before[at]), moves)
    if _listed_near(bars, at):
        return []
    if _at_split(bars, at):
        return _for_split(bars, at, event)
    if event.step < 0:
        edits = readjust(bars, event, 0.0) if lists else []
        repair = "step taken out of Adj Close" if lists else "none made: the table lists no dividends to compare with"
        return [found("adjustment_falls", event, repair, edits)]
    no_fall = event.traded and event.distance(event.step) > 16.0 and event.distance(0.0) < 9.0
    if lists and no_fall and event.step > 0.02:
        return [found("adjustment_without_dividend", event, "step taken out of Adj Close", readjust(bars, event, 0.0))]
    if (no_fall and event.step > 0.05) or (lists and event.step > 5e-3):
        kind = "adjustment_without_dividend"
        repair = "none made: a distribution that the table does not list, or an error; compare Close"
        return [reported(kind, event, repair)]
    return []


def _for_split(bars: Bars, at: int, event: Paid) -> list[Issue]:
    """Adj Close scaled for a split, or not, while the prices are; other steps at a split are left alone."""
    ratio = float(bars["Stock Splits"][at])
    kept = 1.0 - event.step
    if not (ratio > 0 and kept > 0 and ratio != 1.0):
        return []
    if abs(abs(math.log(kept)) - abs(math.log(ratio))) > SPLIT_FITS * abs(math.log(ratio)):
        return []
    repair = "Adj Close of the bars before the split brought to the scale of Close"
    return [found("adjustment_split", event, repair, readjust(bars, event, 0.0), split=ratio)]


def _at_split(bars: Bars, at: int) -> bool:
    ratio = bars["Stock Splits"][max(0, at - 1) : at + 2]
    return bool(((ratio > 0) & (ratio != 1)).any())


def _listed_near(bars: Bars, at: int, reach: int = 2) -> bool:
    """A listed distribution a bar or two away: the step belongs to it."""
    around = slice(max(0, at - reach), at + reach + 1)
    return bool((bars["Dividends"][around] > 0).any() or (bars["Capital Gains"][around] > 0).any())
