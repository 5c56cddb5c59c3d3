"""Splits that are missing from the prices, applied twice, or undone on some bars.

Method. Vendors restate prices before a split, so that no jump is left at it. Every jump of the
bar's level that fits a split of the table (up or down, within half of it near the split, within
noise elsewhere) opens or closes a stretch on the wrong scale; the bars from the split on give
the right one. A jump that the day's dividend explains is none. Without a split in the table, an
overnight jump by a plain ratio with trading scaled the other way is reported, not repaired.
"""

from __future__ import annotations

import math

import numpy as np

from engine.integrity.levels import Flags, groups, levels, logs, number, rolling_scale, row_spread, steps
from engine.integrity.report import Issue
from engine.integrity.scaling import cell_edits, cell_powers, row_edits
from engine.integrity.table import BARS, Bars, Floats, Ints

LEAST = math.log(1.3)  # smaller splits drown in what prices do
NEAR = 10  # bars from a split in which a jump is its own
LOOSE = 0.5  # share of the split's log by which a jump near it may differ
NOISE = 6.0
RATIOS = np.array([1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50])


def split_rows(bars: Bars) -> Ints:
    """Bars with a split worth looking for."""
    ratio = bars["Stock Splits"]
    size = np.abs(np.log(np.where(ratio > 0, ratio, 1.0)))
    return np.flatnonzero(size > LEAST)


def explained(bars: Bars, there: Ints, change: Floats) -> Floats:
    """Log changes less the day's dividend where that leaves a smaller move."""
    close = bars["Close"][there]
    before = np.r_[np.nan, close[:-1]]
    paid = bars["Dividends"][there] / before
    with np.errstate(invalid="ignore", divide="ignore"):
        without = change - np.log1p(-np.where(paid < 0.95, paid, 0.0))
    return np.where(np.abs(without) < np.abs(change), without, change)


def _mixed(bars: Bars, prices: Floats, at: int, size: float) -> Flags:
    """Bars near a split whose prices stand on both sides of it."""
    spread = row_spread(prices)
    quiet = float(np.nanquantile(spread, 0.1, method="lower"))  # in a short table most bars may be mixed
    wide = spread > max(0.75 * size, 6 * quiet)
    return np.asarray(wide & (np.abs(np.arange(len(bars)) - at) <= NEAR))


def _paid_much(bars: Bars) -> Flags:
    """Bars with a dividend that moves the price like a split."""
    close = bars["Close"]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(bars["Dividends"] / np.fmin(close, np.append(close[:1], close[:-1])) > 0.15)


def split_cells(bars: Bars) -> list[Issue]:
    """Single prices of a bar that stand on the other side of a split of the table."""
    return [issue for at in split_rows(bars) for issue in _cells_around(bars, int(at))]


def _cells_around(bars: Bars, at: int) -> list[Issue]:
    ratio = float(bars["Stock Splits"][at])
    size, factor = abs(math.log(ratio)), max(ratio, 1 / ratio)
    prices = logs(bars)
    mixed = _mixed(bars, prices, at, size)
    rows = np.flatnonzero(mixed & ~_paid_much(bars))
    powers = cell_powers(prices, levels(bars), ~mixed, rows, factor, 0.3 * size)
    wrong = (powers != 0).any(axis=1) & ~(powers != 0).all(axis=1)
    issues = []
    for row, power in zip(rows[wrong], powers[wrong], strict=True):
        here = np.array([row])
        names = [name for name, off in zip(BARS, power, strict=True) if off]
        evidence = {"split": number(ratio), "cells": names}
        repair = f"{', '.join(names)} brought to the scale of the neighbouring bars"
        issues.append(
            Issue("split_cell", "error", here, evidence, repair, cell_edits(bars, here, power[None, :], factor))
        )
    return issues


def split_stretches(bars: Bars) -> list[Issue]:
    """Bars on the wrong side of a split of the table: never restated, or restated twice."""
    for at in split_rows(bars)[::-1]:
        issues = _around(bars, int(at))
        if issues:  # the next split is judged on what this repair leaves
            return issues
    return []


def _around(bars: Bars, at: int) -> list[Issue]:
    ratio = float(bars["Stock Splits"][at])
    size = abs(math.log(ratio))
    prices = logs(bars)
    there, change = steps(np.where(_mixed(bars, prices, at, size), np.nan, levels(bars)))
    moves = explained(bars, there, change)
    sign = _signs(moves, there, at, size)
    if not sign.any():
        return []
    state = np.cumsum(sign)
    after = state[there >= at]
    if not after.size:
        after = state[-1:]
    values, counts = np.unique(after, return_counts=True)
    power = state - values[np.argmax(counts)]
    wrong = np.flatnonzero(power != 0)
    issues = []
    for run in groups(wrong):
        for part in np.split(run, np.flatnonzero(np.diff(power[run])) + 1):
            issues.append(_stretch(bars, there[part], power[part], ratio, moves[part[0]], change))
    return issues


def _signs(moves: Floats, there: Ints, at: int, size: float) -> Floats:
    """+1 or -1 where a jump fits the split, else 0."""
    noise = rolling_scale(moves)
    off = np.abs(np.abs(moves) - size)
    near = np.abs(there - at) <= NEAR
    large = np.abs(moves) > NOISE * noise
    # Away from its day a split is matched closely: prices do halve.
    fits = np.where(
        near,
        (off < LOOSE * size) | ((np.abs(moves) > size) & (off < 0.75 * size) & (size > 1)),
        off < np.minimum(2.5 * noise, 0.25 * size),
    )
    return np.asarray(np.sign(moves) * (fits & large & _gone(moves, there, near, size)))


def _gone(moves: Floats, there: Ints, near: Flags, size: float) -> Flags:
    """Far from the split a jump counts only with its own way back, or with a jump near the split."""
    close = np.abs(np.abs(moves) - size) < 0.25 * size
    ok = near.copy()
    for i in np.flatnonzero(close & ~near):
        back = (np.sign(moves) == -np.sign(moves[i])) & close
        ok[i] = bool(back.any())
    return ok


def _stretch(bars: Bars, rows: Ints, power: Floats, ratio: float, move: float, change: Floats) -> Issue:
    size = max(ratio, 1 / ratio)
    factor = size**power
    # Never restated: prices stand at what they were, ratio times today's scale.
    missing = abs(factor[0] - ratio) < 1e-9 * ratio
    kind = "split_not_applied" if missing else "split_applied_twice"
    evidence = {
        "split": number(ratio),
        "jump": number(math.exp(move)),
        "noise": number(float(np.median(np.abs(change)))),
    }
    repair = f"prices and Adj Close divided by {factor[0]:.6g}, volume multiplied by it"
    return Issue(kind, "error", rows, evidence, repair, row_edits(bars, rows, factor, volume=True))


def unexplained_jumps(bars: Bars) -> list[Issue]:
    """A lasting overnight jump by a plain ratio without a split: reported as a possible split."""
    prices = logs(bars)
    there, change = steps(levels(bars))
    moves = explained(bars, there, change)
    noise = rolling_scale(moves)
    large = np.flatnonzero((np.abs(moves) > math.log(1.45)) & (np.abs(moves) > 8 * noise))
    rows = split_rows(bars)
    volume = bars["Volume"][there]
    issues = []
    for i in large:
        if rows.size and np.abs(rows - there[i]).min() <= NEAR:
            continue
        size = np.abs(moves[i])
        ratio = float(RATIOS[np.argmin(np.abs(np.log(RATIOS) - size))])
        if abs(math.log(ratio) - size) > min(0.03, 1.5 * noise[i]) or not _lasts(moves, int(i), size):
            continue
        overnight = prices[there[i], 0] - prices[there[i - 1], 3]
        way = float(np.sign(moves[i]))
        if abs(overnight - way * math.log(ratio)) > max(0.04, 2 * noise[i]):
            continue
        scaled = _volume_ratio(volume, int(i))
        if not (-1.0 < way * math.log(scaled) / math.log(ratio) + 1 < 0.75):
            continue
        evidence = {
            "jump": number(math.exp(moves[i])),
            "nearest_ratio": ratio,
            "volume_after_over_before": number(scaled),
        }
        repair = "none made: compare with the company's splits; if there was one, restate the bars before"
        issues.append(Issue("possible_split", "warning", there[[i]], evidence, repair))
    return issues


def _lasts(moves: Floats, i: int, size: float, reach: int = 10) -> bool:
    after = np.cumsum(moves[i + 1 : i + 1 + reach])
    return bool(after.size == 0 or np.abs(after).max() < 0.5 * size)


def _volume_ratio(volume: Floats, i: int, reach: int = 20) -> float:
    before, after = volume[max(0, i - reach) : i], volume[i : i + reach]
    before, after = before[before > 0], after[after > 0]
    if not before.size or not after.size:
        return 1.0
    return float(np.median(after) / np.median(before))
