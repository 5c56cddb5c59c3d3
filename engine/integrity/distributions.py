"""What each distribution says three times: the cash amount, the step of Adj Close, the fall of the price.

Adj Close is Close times the product of 1 - D/P over the later distributions (D the cash of the
ex-day, P the close before; Center for Research in Security Prices, as Yahoo applies it), so a
distribution leaves a step of exactly D/P in Adj Close / Close. ``read`` measures the three
figures of every distribution; the detectors compare them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from engine.integrity.cells import previous_close
from engine.integrity.levels import local_scale
from engine.integrity.table import Bars, Floats

USUAL_YIELD = 0.012  # of one payment; quarterly to annual payers lie within a factor of e of it
SPREAD = 1.0  # of its logarithm
WORST = 25.0  # a squared distance beyond five deviations says no more
LEAST_NOISE = 0.004


@dataclass(frozen=True, eq=False)
class Steps:
    """Per bar: close before, return, fall to the low, step of the adjustment, its rounding, noise.

    ``step`` is 1 - (Adj/Close before) / (Adj/Close here): the yield by which Adj Close was
    really adjusted. NaN where either side is missing.
    """

    before: Floats
    change: Floats
    fall: Floats
    step: Floats
    rounding: Floats


@dataclass(frozen=True)
class Paid:
    """One distribution: cash, yields (decimals of the close before) and what the price did on the bar ``seen``."""

    at: int
    amount: float
    gains: float
    before: float
    paid: float
    step: float
    rounding: float
    change: float
    fall: float
    traded: bool
    seen: int
    moves: Floats = field(repr=False, compare=False)

    @cached_property
    def noise(self) -> float:
        """Everyday size of a move around the distribution; worked out only where it is asked for."""
        return max(local_scale(self.moves, self.seen), LEAST_NOISE)

    def fits(self, paid: float, relative: float) -> bool:
        """The adjustment was made for this yield."""
        return abs(self.step - paid) <= max(relative * abs(paid), self.rounding)

    def distance(self, paid: float) -> float:
        """Squared deviations of the price's move from a fall by this yield; zero if nothing was traded."""
        if not self.traded:
            return 0.0
        return min(((self.change + paid) / self.noise) ** 2, WORST)

    def unlikely(self, paid: float) -> float:
        """Minus twice the log likelihood of a true yield: how usual it is, and what the price did."""
        if paid <= 0:
            return self.distance(0.0)
        usual = ((math.log(paid / USUAL_YIELD)) / SPREAD) ** 2
        return usual + self.distance(paid)


def measure(bars: Bars) -> Steps:
    """The steps of every bar."""
    close, adjusted = bars["Close"], bars["Adj Close"]
    before = previous_close(bars)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(bars.valid & (adjusted != 0), adjusted / close, np.nan)
        # Rows without a price repeat the state after them for a distribution that falls on them.
        last = _carried(ratio)
        earlier = np.concatenate([[np.nan], last[:-1]])
        step = 1.0 - earlier / ratio
        change = close / before - 1.0
        fall = 1.0 - bars["Low"] / before
    paying = (bars["Dividends"] > 0) | (bars["Capital Gains"] > 0)
    return Steps(before, change, fall, step, _rounding(np.where(paying, np.nan, step)))


def _carried(values: Floats) -> Floats:
    index = np.maximum.accumulate(np.where(~np.isnan(values), np.arange(len(values)), -1))
    return np.where(index >= 0, values[np.maximum(index, 0)], np.nan)


def _rounding(step: Floats, reach: int = 15) -> Floats:
    """How far a step is from zero just by rounding: four times the usual size of the small steps around it.

    Bars with a distribution are blank: few weeks lie between two of them.
    """
    size = np.where(np.isnan(step) | (np.abs(step) > 5e-3), np.nan, np.abs(step))
    used = ~np.isnan(size)
    total = np.concatenate([[0.0], np.cumsum(np.where(used, size, 0.0))])
    count = np.concatenate([[0], np.cumsum(used)])
    index = np.arange(len(step))
    low, high = np.maximum(index - reach, 0), np.minimum(index + reach + 1, len(step))
    return np.asarray(4.0 * (total[high] - total[low]) / np.maximum(count[high] - count[low], 1) + 2e-5)


def distributions(bars: Bars, steps: Steps) -> list[Paid]:
    """Every distribution whose bar, or the next one with a price, can be compared with the close before."""
    again = np.append(False, bars.when[1:] == bars.when[:-1])  # a row sent twice was paid once
    paid_rows = np.flatnonzero(((bars["Dividends"] > 0) | (bars["Capital Gains"] > 0)) & ~again)
    valid = np.flatnonzero(bars.valid)
    there = valid[valid > 0]
    moves = quiet_moves(steps)
    events = []
    for at in paid_rows:
        place = np.searchsorted(there, at)
        if place >= len(there):
            continue
        seen = int(there[place])
        before = steps.before[at]
        if not before > 0 or np.isnan(steps.step[seen]):
            continue
        events.append(paid_at(bars, steps, int(at), seen, float(before), moves))
    return events


def paid_at(bars: Bars, steps: Steps, at: int, seen: int, before: float, moves: Floats) -> Paid:
    """What the table says of a distribution on one bar, seen on the first bar with a price from it on."""
    amount, gains = float(bars["Dividends"][at]), float(bars["Capital Gains"][at])
    moved = bars["Close"][seen] != before
    return Paid(
        at=at,
        amount=amount,
        gains=gains,
        before=before,
        paid=amount / before,
        step=float(steps.step[seen]),
        rounding=float(steps.rounding[seen]),
        change=float(steps.change[seen]),
        fall=float(np.nan_to_num(steps.fall[seen])),
        traded=bool(moved or bars["Volume"][seen] > 0),
        seen=seen,
        moves=moves,
    )


def quiet_moves(steps: Steps) -> Floats:
    """Log changes of the close without jumps by whole factors: those are errors of unit, not noise."""
    change = np.nan_to_num(np.log1p(np.maximum(steps.change, -0.99)))
    return np.where(np.abs(change) > 1.0, 0.0, change)


def typical(events: list[Paid], but: Paid) -> float:
    """Median yield of the other distributions whose adjustment agrees; NaN without any."""
    others = [
        other.paid for other in events if other is not but and 0 < other.paid < 0.5 and other.fits(other.paid, 0.1)
    ]
    return float(np.median(others)) if others else math.nan
