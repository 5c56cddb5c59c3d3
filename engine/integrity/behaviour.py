"""Paths that markets hardly take: spikes that revert, prices that stand still, another company's prices.

Methods. Spike: a bar's log close moves by at least a tenth and eight times the noise around,
and the next bar takes at least four fifths of it back, while the bars before and after trade at one
level; or the whole bar stands apart: it opens off the close before by a tenth and four times the noise, and the
next bar opens as far back. Stale: all four prices repeat for longer than the ticker's own habit of standing still makes
likely (a geometric law of run lengths, expected less than once in a hundred tables). Reuse of a
ticker: a lasting jump by more than a factor of three that no split explains, together with a hole in trading or
turnover of another order. No repair can be derived from the table, so none is made.
"""

from __future__ import annotations

import math

import numpy as np

from engine.integrity.levels import logs, number, rolling_scale, runs, steps
from engine.integrity.report import Issue
from engine.integrity.splits import explained, split_rows
from engine.integrity.table import BARS, Bars, Floats

SPIKE = 0.1
SPIKE_NOISE = 8.0
GAP_NOISE = 4.0  # a bar that stands apart as a whole needs less: trading hardly ever moves between bars alone
LEAST_BARS = 10
REVERTS = 0.2
STALE_LEAST = 5
STALE_ODDS = 0.01
REUSE = math.log(3.0)
HOLE_DAYS = 60
TURNOVER = math.log(8.0)


def spikes(bars: Bars) -> list[Issue]:
    """One bar far off both neighbours, which agree; and Adj Close alone."""
    prices = logs(bars)
    there, change = steps(prices[:, 3])
    moves = explained(bars, there, change)
    issues = []
    for i in np.union1d(_spiking(moves), _apart(prices[there], moves)):
        evidence = {
            "move": number(math.expm1(moves[i])),
            "move_back": number(math.expm1(moves[i + 1])),
            "noise": number(rolling_scale(moves)[i]),
        }
        issues.append(
            Issue("spike", "warning", there[[i]], evidence, "none made: leave the bar out, or ask a second source")
        )
    return issues


def _spiking(moves: Floats) -> np.ndarray:
    """Positions whose move the next one takes back."""
    if len(moves) < 4:
        return np.empty(0, int)
    noise = rolling_scale(moves)
    here, back = moves[1:-1], moves[2:]
    limit = np.maximum(SPIKE, SPIKE_NOISE * noise[1:-1])
    reverts = np.abs(here + back) < np.maximum(REVERTS * np.abs(here), 0.5 * noise[1:-1])
    return 1 + np.flatnonzero((np.abs(here) > limit) & (np.abs(back) > 0.75 * limit) & reverts)


def _apart(prices: Floats, moves: Floats) -> np.ndarray:
    """Positions of whole bars that open far off the close before and whose next bar opens as far back."""
    if len(moves) < LEAST_BARS:
        return np.empty(0, int)
    gap_in, gap_out = prices[1:-1, 0] - prices[:-2, 3], prices[2:, 0] - prices[1:-1, 3]
    limit = np.maximum(SPIKE, GAP_NOISE * rolling_scale(moves)[1:-1])
    with np.errstate(invalid="ignore"):
        back = np.abs(gap_in + gap_out) < REVERTS * np.abs(gap_in)
        far = (np.abs(gap_in) > limit) & (np.abs(moves[1:-1]) > 0.5 * limit)
    return 1 + np.flatnonzero(far & back)


def stale(bars: Bars) -> list[Issue]:
    """All prices of a bar repeated for longer than this ticker usually stands still."""
    prices = np.column_stack([bars[name] for name in BARS])
    same = np.concatenate([[False], (prices[1:] == prices[:-1]).all(axis=1)])
    if not same.any():
        return []
    habit = min(max(float(np.mean(same)), 1.0 / len(same)), 0.999)
    least = max(STALE_LEAST, math.ceil(math.log(STALE_ODDS / len(same)) / math.log(habit)))
    issues = []
    for run in runs(same):
        if len(run) >= least:
            traded = bool((bars["Volume"][run] > 0).any())
            evidence = {
                "bars": len(run) + 1,
                "price": number(bars["Close"][run[0]]),
                "usual_share_unchanged": number(habit),
                "traded": traded,
            }
            at = np.concatenate([[run[0] - 1], run])
            issues.append(
                Issue(
                    "stale",
                    "warning" if traded else "info",
                    at,
                    evidence,
                    "none made: no price was found on these bars; count them as missing",
                )
            )
    return issues


def ticker_reuse(bars: Bars) -> list[Issue]:
    """Prices of another company under the same ticker from some bar on."""
    there, change = steps(logs(bars)[:, 3])
    if len(there) < 10:
        return []
    moves = explained(bars, there, change)
    days = bars.day[there].astype(np.int64)
    gap = np.concatenate([[0], np.diff(days)])
    split = split_rows(bars)
    issues = []
    for i in np.flatnonzero((np.abs(moves) > REUSE) | ((gap > 6 * HOLE_DAYS) & (np.abs(moves) > math.log(1.5)))):
        if split.size and np.abs(split - there[i]).min() <= 10:
            continue
        if abs(abs(moves[i]) - math.log(100.0)) < 0.4:
            continue  # a unit, reported as such
        after = np.cumsum(moves[i + 1 : i + 30])
        if after.size and np.abs(after + moves[i]).min() < 0.5 * abs(moves[i]):
            continue  # it comes back: an error of this row, or a real crash and recovery
        turnover = _turnover(bars, there, int(i))
        if gap[i] < HOLE_DAYS and abs(turnover) < TURNOVER:
            continue
        evidence = {
            "jump": number(math.exp(moves[i])),
            "days_without_bars": int(gap[i]),
            "turnover_after_over_before": number(math.exp(turnover)),
        }
        issues.append(
            Issue(
                "ticker_reuse",
                "warning",
                there[[i]],
                evidence,
                "none made: split the series here unless the company confirms the jump",
            )
        )
    return issues


def _turnover(bars: Bars, there: np.ndarray, i: int, reach: int = 20) -> float:
    """Log of traded shares after over before (medians of 20 bars); zero where there is no volume."""
    volume = bars["Volume"][there]
    before, after = volume[max(0, i - reach) : i], volume[i : i + reach]
    before, after = before[before > 0], after[after > 0]
    return float(math.log(np.median(after) / np.median(before))) if before.size and after.size else 0.0
