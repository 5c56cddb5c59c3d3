"""Prices in the wrong unit: pence for pounds, cents for rand, fils for dinars; 100 or 1,000 times too large or small.

Method. Cells: in a bar whose prices are more than a factor of 20 apart, each is held against the
median of the neighbouring bars. Stretches: a jump of the bar's level by such a factor (within one and a half) opens or closes
a stretch; the sum of the jumps so far is its unit. The unit of the traded bars is right; with a single switch the
newest unit, which is the vendor's present one.
"""

from __future__ import annotations

import math

import numpy as np

from engine.integrity.levels import Flags, groups, levels, logs, number, row_spread, steps
from engine.integrity.report import Issue
from engine.integrity.scaling import cell_edits, cell_powers, row_edits
from engine.integrity.table import BARS, Bars, Floats, Ints

UNIT = 100.0
UNITS = (100.0, 1000.0)
APART = math.log(20.0)  # no real bar spans this
CELL_TOLERANCE = math.log(2.0)
JUMP_TOLERANCE = math.log(1.5)
SURE = 0.85  # share of the traded bars that must be in one unit before several stretches are converted
SURE_OF_ONE = 0.6  # and before a single one is
SHORT = 3


def unit_cells(bars: Bars) -> list[Issue]:
    """Single prices of a bar 100 times off its neighbours."""
    prices = logs(bars)
    spread = row_spread(prices)
    rows = np.flatnonzero(spread > APART)
    if not rows.size:
        return []
    powers = cell_powers(prices, levels(bars), ~(spread > APART), rows, UNIT, CELL_TOLERANCE)
    wrong = (powers != 0).any(axis=1)
    issues = []
    for row, power in zip(rows[wrong], powers[wrong], strict=True):
        at = np.array([row])
        names = [name for name, off in zip(BARS, power, strict=True) if off]
        issues.append(
            Issue(
                "unit_100x_cell",
                "error",
                at,
                {
                    "factor": UNIT ** float(power[power != 0][0]),
                    "cells": names,
                    "spread": number(math.exp(spread[row])),
                },
                f"{', '.join(names)} brought to the unit of the neighbouring bars; High and Low kept around Open and Close",
                cell_edits(bars, at, power[None, :], UNIT),
            )
        )
    return issues


def unit_stretches(bars: Bars) -> list[Issue]:
    """Whole bars, one or many, in another unit than the rest."""
    for unit in UNITS:
        issues = _in_unit(bars, unit)
        if issues:
            return issues
    return []


def _in_unit(bars: Bars, unit: float) -> list[Issue]:
    there, change = steps(levels(bars))
    jumps = np.rint(change / math.log(unit))
    jumps = np.where(np.abs(change - jumps * math.log(unit)) < JUMP_TOLERANCE, jumps, 0.0)
    jumps[_split_near(bars, there, unit)] = 0.0
    if not jumps.any():
        return []
    state = np.cumsum(jumps)
    traded = bars.traded[there]
    base, share = _base(state, jumps, traded)
    power = state - base
    found = _stretches(power)
    sure = share >= (SURE_OF_ONE if len(found) == 1 else SURE)
    return [_stretch(bars, there[group], unit, power[group], share, traded[group], sure=sure) for group in found]


def _stretches(power: Floats) -> list[Ints]:
    """Unbroken stretches of one unit that is not the base."""
    wrong = np.flatnonzero(power != 0)
    return [part for run in groups(wrong) for part in np.split(run, np.flatnonzero(np.diff(power[run])) + 1)]


def _split_near(bars: Bars, there: Ints, unit: float) -> Ints:
    """Bars at which a split by about the unit explains a jump."""
    ratio = bars["Stock Splits"][there]
    with np.errstate(divide="ignore", invalid="ignore"):
        large = np.abs(np.abs(np.log(np.where(ratio > 0, ratio, 1.0))) - math.log(unit)) < JUMP_TOLERANCE
    return np.flatnonzero(large)


def _base(state: Floats, jumps: Floats, traded: Flags) -> tuple[float, float]:
    """The right unit (a state) and the share of the traded bars that are in it."""
    counted = state[traded]
    units, counts = np.unique(counted, return_counts=True)
    most = float(units[np.argmax(counts)])
    share = float(counts.max() / counts.sum())
    if np.count_nonzero(jumps) > 1:
        return most, share
    newest = float(state[-1])
    # One switch: the vendor's present unit, unless hardly a trade has been seen in it.
    return (newest, 1.0) if np.count_nonzero(counted == newest) > SHORT else (most, 1.0)


def _stretch(bars: Bars, rows: Ints, unit: float, power: Floats, share: float, traded: Flags, *, sure: bool) -> Issue:
    factor = unit**power
    kind = f"unit_{unit:.0f}x"
    evidence = {
        "factor": float(factor[0]),
        "rows_traded": int(traded.sum()),
        "share_of_trades_in_other_unit": number(share),
    }
    doubt = _doubt(bars, len(rows), int(traded.sum()), sure=sure)
    if doubt:
        return Issue(kind, "error", rows, evidence, f"divide the prices by {factor[0]:g}; not done: {doubt}")
    done = f"prices and Adj Close divided by {factor[0]:g}, the unit of the other traded bars"
    return Issue(kind, "error", rows, evidence, done, row_edits(bars, rows, factor))


def _doubt(bars: Bars, size: int, traded: int, *, sure: bool) -> str:
    """Why a stretch stays as it is; empty if its unit is certain.

    Where the ticker pays dividends, converting prices means deciding the unit of dividends and
    adjustments with them: that needs trades.
    """
    if not bars.pays or size == 1:
        return ""
    if not sure:
        return "trades stand in both units, and dividends may follow either"
    if not traded:
        return "no trade confirms a unit, and the ticker pays dividends whose unit hangs on it"
    return ""
