"""Prices off by a known factor: cells of a row and whole stretches (shared by units and splits)."""

from __future__ import annotations

import math

import numpy as np

from engine.integrity.levels import Flags, neighbour_level
from engine.integrity.report import Edit
from engine.integrity.table import BARS, Bars, Floats, Ints


def cell_powers(prices: Floats, levels: Floats, clean: Flags, rows: Ints, factor: float, tolerance: float) -> Floats:
    """How many times each cell of some rows is off by ``factor``: -1, 0 or 1, against clean neighbours.

    Parameters
    ----------
    prices, levels : float arrays, shape (n, 4) and (n,)
        Log prices and row levels.
    clean : bool array, shape (n,)
        Rows that may serve as neighbours.
    rows : int array, shape (m,)
    factor : float
        For example 100.
    tolerance : float
        Largest distance, in logs, of a cell from exactly ``factor`` times the neighbours.

    Returns
    -------
    float array, shape (m, 4)
    """
    out = np.zeros((len(rows), 4))
    size = math.log(factor)
    for i, row in enumerate(rows):
        reference = neighbour_level(prices, levels, row, clean)
        if math.isnan(reference):
            continue
        off = prices[row] - reference
        for power in (-1, 1):
            out[i] = np.where(np.abs(off - power * size) < tolerance, power, out[i])
    return out


def cell_edits(bars: Bars, rows: Ints, powers: Floats, factor: float) -> list[Edit]:
    """Undo the powers of single cells; a High or Low that was moved stays around Open and Close."""
    fixed = np.column_stack([bars[name][rows] for name in BARS]) / factor**powers
    around = fixed[:, [0, 3]]
    moved = powers != 0
    fixed[:, 1] = np.where(moved[:, 1], np.fmax(fixed[:, 1], np.fmax(around[:, 0], around[:, 1])), fixed[:, 1])
    fixed[:, 2] = np.where(moved[:, 2], np.fmin(fixed[:, 2], np.fmin(around[:, 0], around[:, 1])), fixed[:, 2])
    edits = [Edit(name, rows[moved[:, i]], fixed[moved[:, i], i]) for i, name in enumerate(BARS) if moved[:, i].any()]
    closes = moved[:, 3]
    if closes.any():
        at = rows[closes]
        edits.append(Edit("Adj Close", at, _adjusted(bars, at, fixed[closes, 3], factor ** powers[closes, 3])))
    return edits


def _adjusted(bars: Bars, at: Ints, close: Floats, factor: Floats) -> Floats:
    """Adj Close of rows whose close was off: moved along, unless it already stood at the right level."""
    adjusted = bars["Adj Close"][at]
    usual = adjustment_near(bars, at)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved, kept = adjusted / factor / close / usual, adjusted / close / usual
        better = np.abs(np.log(np.abs(moved))) <= np.abs(np.log(np.abs(kept)))
    return np.where(better | np.isnan(usual), adjusted / factor, adjusted)


def adjustment_near(bars: Bars, at: Ints) -> Floats:
    """Adj Close / Close of the nearest other row that has both, for each position."""
    usable = bars.valid & (bars["Adj Close"] > 0)
    usable[at] = False
    there = np.flatnonzero(usable)
    if not there.size:
        return np.full(len(at), np.nan)
    after = np.searchsorted(there, at).clip(max=len(there) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(there[before] - at) < np.abs(there[after] - at), there[before], there[after])
    return np.asarray(bars["Adj Close"][nearest] / bars["Close"][nearest])


def row_edits(bars: Bars, rows: Ints, divide: Floats, *, volume: bool = False) -> list[Edit]:
    """Divide whole rows (prices, Adj Close) by a factor a row; volume the other way if asked.

    A dividend that fits the adjustment at the wrong scale of its row was sent at that scale, and goes along.
    """
    edits = [Edit(name, rows, bars[name][rows] / divide) for name in (*BARS, "Adj Close")]
    along = _along(bars, rows)
    if along.any():
        for name in ("Dividends", "Capital Gains"):
            edits.append(Edit(name, rows[along], bars[name][rows[along]] / divide[along]))
    return [*edits, Edit("Volume", rows, divide, multiply=True)] if volume else edits


def _along(bars: Bars, rows: Ints, relative: float = 0.1) -> Flags:
    """Rows of a stretch, but its first, whose distribution fits the step of Adj Close next to the stretch's own prices."""
    inside = rows[1:]
    out = np.zeros(len(rows), bool)
    paid = bars["Dividends"][inside]
    if not (paid > 0).any():
        return out
    close, adjusted = bars["Close"], bars["Adj Close"]
    before = np.maximum(inside - 1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = 1.0 - (adjusted[before] / close[before]) / (adjusted[inside] / close[inside])
        share = paid / close[before]
        out[1:] = (share > 0) & (np.abs(step - share) < relative * share)
    return out
