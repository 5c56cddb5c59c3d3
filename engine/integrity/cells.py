"""Cells that cannot be prices: blanks, zeros, negatives; bars whose High and Low do not enclose the rest.

Method. Signs and inequalities. A zero or negative price is a missing one: Adj Close is made again
from Close and the adjustment of the next bar less the dividends between, Close from Adj Close
the same way, an Open between equal High and Low from them; anything else becomes blank. High and Low are compared with a tolerance of a
thousandth, since vendors round adjusted prices.
"""

from __future__ import annotations

import numpy as np

from engine.integrity.levels import Flags, number, runs
from engine.integrity.report import Edit, Issue
from engine.integrity.table import BARS, Bars, Floats, Ints

ENCLOSE = 1e-3
EXACT = 1e-9


def non_positive(bars: Bars) -> list[Issue]:
    """Open, High, Low or Close at or below zero."""
    issues = []
    adjusted = bars["Adj Close"]
    bad = np.column_stack([bars[name] for name in BARS]) <= 0
    bad_rows: Flags = np.asarray(bad.any(axis=1))
    for run in runs(bad_rows):
        zero = not any((bars[name][run] < 0).any() for name in BARS)
        names = [name for name, off in zip(BARS, np.asarray(bad[run].any(axis=0)).tolist(), strict=True) if off]
        edits = [_blank_or_enclosed(bars, name, run[bars[name][run] <= 0]) for name in names if name != "Close"]
        closes = run[bars["Close"][run] <= 0]
        if closes.size:
            edits.append(Edit("Close", closes, _close_again(bars, closes)))
            dead = closes[~(adjusted[closes] > 0)]
            edits.append(Edit("Adj Close", dead, np.full(len(dead), np.nan)))
        evidence = {"cells": names, "least": number(min(float(np.nanmin(bars[name][run])) for name in names))}
        kind = "zero_price" if zero else "negative_price"
        repair = "a price that is not above zero is missing: Close made again from Adj Close where that stands, the rest blank"
        issues.append(Issue(kind, "error", run, evidence, repair, edits))
    return issues


def _blank_or_enclosed(bars: Bars, name: str, at: Ints) -> Edit:
    """Blank; but an Open between a High and a Low that are equal is known."""
    high, low = bars["High"][at], bars["Low"][at]
    known = (name == "Open") & (low > 0) & (high == low)
    return Edit(name, at, np.where(known, high, np.nan))


def _close_again(bars: Bars, at: Ints) -> Floats:
    """Close of rows that have only Adj Close: Adj Close over the adjustment factor of the nearest sound bar."""
    factor = expected_adjustment(bars, at)
    adjusted = bars["Adj Close"][at]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((adjusted > 0) & (factor > 0), adjusted / factor, np.nan)


def expected_adjustment(bars: Bars, at: Ints) -> Floats:
    """Adj Close / Close that rows should have: that of the next sound bar, less the dividends on the way.

    After the last sound bar, that of the one before.
    """
    close, adjusted = bars["Close"], bars["Adj Close"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where((close > 0) & (adjusted > 0), adjusted / close, np.nan)
    ratio[at] = np.nan
    sound = np.flatnonzero(~np.isnan(ratio))
    if not sound.size:
        return np.full(len(at), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        paid = np.nan_to_num(bars["Dividends"] / previous_close(bars))
    kept = np.concatenate([[0.0], np.cumsum(np.log1p(-np.where((paid > 0) & (paid < 0.95), paid, 0.0)))])
    place = np.searchsorted(sound, at)
    last = place >= len(sound)
    anchor = sound[np.minimum(place, len(sound) - 1)]
    after = ratio[anchor] * np.exp(kept[anchor + 1] - kept[at + 1])
    return np.where(last, ratio[anchor], after)


def previous_close(bars: Bars) -> Floats:
    """The last close above zero before each bar; NaN before the first."""
    close = np.where(bars.valid, bars["Close"], np.nan)
    index = np.where(~np.isnan(close), np.arange(len(close)), -1)
    last = np.maximum.accumulate(index)
    before = np.concatenate([[-1], last[:-1]])
    return np.where(before >= 0, close[np.maximum(before, 0)], np.nan)


def adjusted_cells(bars: Bars) -> list[Issue]:
    """Adj Close that is blank, zero, negative or off on short stretches while Close is sound.

    Negative values over a long past come from a distribution and belong to the dividends.
    """
    close, adjusted = bars["Close"], bars["Adj Close"]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(bars.valid, adjusted / close, np.nan)
    bad = bars.valid & (np.isnan(adjusted) | (adjusted == 0))
    bad |= _blips(ratio) | _last_alone(bars, ratio)
    issues = []
    for run in runs(bad):
        factor = expected_adjustment(bars, run)
        new = close[run] * factor
        evidence = {
            "adj_close": number(np.nan_to_num(adjusted[run[0]])),
            "close": number(close[run[0]]),
            "factor": number(np.nan_to_num(factor[0])),
        }
        known = run[~np.isnan(new)]
        edits = [Edit("Adj Close", known, new[~np.isnan(new)])] if known.size else []
        repair = "Adj Close made again from Close and the adjustment of the bars around"
        issues.append(Issue("adj_close_cell", "error", run, evidence, repair, edits))
    return issues


def _blips(ratio: Floats) -> np.ndarray:
    """Bars whose adjustment differs by more than a hundredth from both neighbours, which agree."""
    out = np.zeros(len(ratio), bool)
    there = np.flatnonzero(~np.isnan(ratio) & (ratio != 0))
    if len(there) < 3:
        return out
    value = ratio[there]
    before, here, after = value[:-2], value[1:-1], value[2:]
    agree = np.abs(after - before) < 2e-3 * np.abs(before)
    off = (np.abs(here - before) > 1e-2 * np.abs(before)) & (np.abs(here - after) > 1e-2 * np.abs(after))
    out[there[1:-1]] = agree & off
    return out


def _last_alone(bars: Bars, ratio: Floats) -> np.ndarray:
    """The last bar, if its Adj Close is off Close although the bars before have both alike and nothing was paid."""
    out = np.zeros(len(ratio), bool)
    there = np.flatnonzero(~np.isnan(ratio) & (ratio != 0))
    if len(there) < 3:
        return out
    first, before, here = ratio[there[-3:]]
    last = there[-1]
    alike = abs(first - 1.0) < 2e-3 and abs(before - 1.0) < 2e-3
    out[last] = alike and abs(here - 1.0) > 1e-2 and bars["Dividends"][last] == 0 and bars["Capital Gains"][last] == 0
    return out


def blank_rows(bars: Bars) -> list[Issue]:
    """Bars without a single price, or without some."""
    blank = np.isnan(np.column_stack([bars[name] for name in BARS]))
    every, some = np.asarray(blank.all(axis=1)), np.asarray(blank.any(axis=1))
    issues = []
    for kind, flags in (("blank_row", every), ("blank_cell", some & ~every)):
        for run in runs(flags):
            names = [name for name, off in zip(BARS, np.asarray(blank[run].any(axis=0)).tolist(), strict=True) if off]
            evidence = {"cells": names, "volume": number(np.nan_to_num(bars["Volume"][run]).sum())}
            issues.append(Issue(kind, "warning", run, evidence, "stays blank: ask the vendor again; never filled"))
    return issues


def high_low(bars: Bars) -> list[Issue]:
    """High below, or Low above, another price of the bar."""
    prices = np.column_stack([bars[name] for name in BARS])
    with np.errstate(invalid="ignore"):
        top = np.nanmax(np.where(np.isnan(prices), -np.inf, prices)[:, [0, 2, 3]], axis=1)
        bottom = np.nanmin(np.where(np.isnan(prices), np.inf, prices)[:, [0, 1, 3]], axis=1)
        over = (top - bars["High"]) / top
        under = (bars["Low"] - bottom) / bottom
    off = np.fmax(np.where(np.isfinite(over), over, 0.0), np.where(np.isfinite(under), under, 0.0))
    issues = []
    for run in runs(off > ENCLOSE):
        worst = float(off[run].max())
        repair = "none made: which of the prices is wrong cannot be told; use Close"
        issues.append(
            Issue("high_low", "warning" if worst > 0.01 else "info", run, {"largest_gap": number(worst)}, repair)
        )
    return issues


def negative_volume(bars: Bars) -> list[Issue]:
    """Volume below zero."""
    return [
        Issue(
            "negative_volume",
            "error",
            run,
            {"least": number(bars["Volume"][run].min())},
            "none made: ask the vendor again",
        )
        for run in runs(bars["Volume"] < 0)
    ]
