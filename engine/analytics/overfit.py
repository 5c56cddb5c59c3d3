"""Whether the best of many trials is skill or luck.

The probabilistic and the deflated Sharpe ratio (Bailey and Lopez de Prado 2012, 2014) ask whether a
ratio exceeds a threshold, or what luck gives the best of so many trials. The probability of backtest
overfitting (Bailey, Borwein, Lopez de Prado and Zhu 2017) tells how often the best in one half of
history falls below the median in the other; it says nothing of how much is lost.
"""

from __future__ import annotations

from itertools import combinations
from math import comb, e, sqrt
from statistics import NormalDist

import numpy as np
import pandas as pd

from engine.errors import BadInput

EULER = 0.5772156649015329
PARTS = 16
"""Blocks of history for the probability of overfitting: 12,870 ways to halve them."""

CHUNK = 1 << 14
"""Ratios held at a time: 128 kB an array, so that all of them stay in the processor's cache (3 times faster)."""


def expected_best_sharpe(trials: int, deviation: float = 1.0) -> float:
    """Sharpe ratio that the best of independent trials without skill is expected to reach.

    Parameters
    ----------
    trials : int
        Number of independent trials; one alone is expected to reach 0.
    deviation : float
        Standard deviation of the trials' ratios; the answer is in its unit.

    Raises
    ------
    BadInput
        Fewer than one trial, or a deviation below zero.

    Notes
    -----
    ``deviation * ((1 - g) z(1 - 1/N) + g z(1 - 1/(N e)))`` with Euler's constant g and the normal
    quantile z (Bailey, Borwein, Lopez de Prado and Zhu 2014, proposition 1).
    """
    if not trials >= 1:
        raise BadInput("bad_number", field="trials", value=trials, accepted="one or more")
    if not deviation >= 0:
        raise BadInput("bad_number", field="deviation", value=deviation, accepted="zero or more")
    if trials == 1:
        return 0.0
    normal = NormalDist()
    return deviation * ((1 - EULER) * normal.inv_cdf(1 - 1 / trials) + EULER * normal.inv_cdf(1 - 1 / (trials * e)))


def minimum_backtest_length(trials: int, sharpe: float) -> float:
    """Years below which the best of that many skill-less trials is expected to reach an annual Sharpe ratio.

    Parameters
    ----------
    trials : int
        Number of independent trials.
    sharpe : float
        Annual Sharpe ratio above zero that is to be believed.

    Raises
    ------
    BadInput
        Fewer than one trial, or a ratio not above zero.

    Notes
    -----
    ``(expected_best_sharpe(N) / sharpe) ** 2`` (Bailey, Borwein, Lopez de Prado and Zhu 2014,
    theorem 3): over y years the annual ratios of trials without skill deviate by ``1 / sqrt(y)``.
    """
    if not sharpe > 0:
        raise BadInput("bad_number", field="sharpe", value=sharpe, accepted="above zero")
    return (expected_best_sharpe(trials) / sharpe) ** 2


def probabilistic_sharpe(returns: pd.Series, threshold: float = 0.0) -> float:
    """Probability that the true Sharpe ratio exceeds a threshold, given length, skew and fat tails.

    Parameters
    ----------
    returns : Series, shape (n,)
        Returns above the rate or rival they are measured against, per period.
    threshold : float
        Mean over deviation per period (not annual).

    Raises
    ------
    BadInput
        Fewer than two returns, missing values, or returns that are all equal.

    Notes
    -----
    Bailey and Lopez de Prado (2012), with the plain moments of the standardised returns.
    """
    values = returns.to_numpy(dtype=float)
    deviation = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if not np.isfinite(values).all() or not deviation > 0:
        accepted = "two or more returns that are not all equal"
        raise BadInput("bad_number", field="returns", value=f"{len(values)} returns", accepted=accepted)
    ratio = values.mean() / deviation
    standard = (values - values.mean()) / deviation
    skew, kurtosis = float((standard**3).mean()), float((standard**4).mean())
    spread = sqrt(1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2)
    return NormalDist().cdf((ratio - threshold) * sqrt(len(values) - 1) / spread)


def deflated_sharpe(active: pd.Series, trial_ratios: np.ndarray) -> float:
    """Probability that the true ratio of ``active`` exceeds the best that luck gives so many trials.

    Parameters
    ----------
    active : Series
        Returns above the rival, per period.
    trial_ratios : ndarray, shape (n,)
        Mean over deviation, per period, of every trial's returns above the same rival.

    Raises
    ------
    BadInput
        No trial, or returns as refused by :func:`probabilistic_sharpe`.
    """
    count = len(trial_ratios)
    deviation = float(np.std(trial_ratios, ddof=1)) if count > 1 else 0.0
    return probabilistic_sharpe(active, expected_best_sharpe(count, deviation))


def overfitting(trials: pd.DataFrame | np.ndarray, parts: int = PARTS, *, equal: bool = False) -> float:
    """Probability of backtest overfitting: how often the best of one half ends at or below the median of the other.

    Parameters
    ----------
    trials : DataFrame or ndarray, shape (T, n)
        Returns of every trial on the same periods, active or above the riskless rate.
    parts : int
        Even number S of consecutive blocks; each of the C(S, S/2) choices of half of them is one split.
    equal : bool
        Blocks of one length, as the paper has them; the last ``T mod parts`` periods are then left
        out. By default every period counts and the first blocks are one period longer.

    Raises
    ------
    BadInput
        Fewer than two trials, fewer periods than parts (or than four), missing values, or an odd number of parts.

    Notes
    -----
    The ratio is the mean over the deviation. Equal ratios share the average of their ranks; the
    rank over n + 1 is compared with one half. A trial that never varies has an infinite ratio
    with the sign of its mean, or 0 where that is 0.
    """
    values = np.asarray(trials, dtype=float)
    if parts < 2 or parts % 2:
        raise BadInput("bad_number", field="parts", value=parts, accepted="an even number from 2")
    if values.ndim != 2 or values.shape[1] < 2 or len(values) < max(parts, 4):
        accepted = f"two trials and {max(parts, 4)} periods"
        raise BadInput("bad_number", field="trials", value=f"{values.shape}", accepted=accepted)
    if not np.isfinite(values).all():
        raise BadInput("bad_number", field="trials", value="missing values", accepted="a number for every period")
    if equal:
        values = values[: len(values) // parts * parts]
    n = values.shape[1]
    blocks = _Blocks(values, parts)
    # A choice and its complement are both splits, so each pair of ratios is worked out once.
    firsts = [(0, *rest) for rest in combinations(range(1, parts), parts // 2 - 1)]
    low, size = 0, max(1, CHUNK // n)
    for start in range(0, len(firsts), size):
        member = np.zeros((len(firsts[start : start + size]), parts))
        np.put_along_axis(member, np.array(firsts[start : start + size]), 1.0, axis=1)
        one, other = blocks.ratios(member), blocks.ratios(1.0 - member)
        low += _below_median(one, other) + _below_median(other, one)
    return low / comb(parts, parts // 2)


class _Blocks:
    """Moments of consecutive blocks, about each trial's own mean so that no digits are lost."""

    def __init__(self, values: np.ndarray, parts: int) -> None:
        self.centre = values.mean(axis=0)
        cuts = np.array_split(values, parts)
        self.count = np.array([len(block) for block in cuts], dtype=float)
        self.total = np.array([(block - self.centre).sum(axis=0) for block in cuts])
        self.square = np.array([((block - self.centre) ** 2).sum(axis=0) for block in cuts])

    def ratios(self, member: np.ndarray) -> np.ndarray:
        """Mean over deviation of each choice of blocks, shape (choices, n)."""
        n = (member @ self.count)[:, None]
        mean = member @ self.total
        mean /= n
        deviation = member @ self.square
        deviation /= n
        deviation -= mean * mean
        np.maximum(deviation, 1e-300, out=deviation)
        np.sqrt(deviation, out=deviation)
        mean += self.centre
        mean /= deviation
        return np.asarray(mean)


def _below_median(inside: np.ndarray, outside: np.ndarray) -> int:
    """Splits whose best trial inside has a rank outside of at most one half of n + 1."""
    score = np.take_along_axis(outside, inside.argmax(axis=1)[:, None], axis=1)
    below = np.count_nonzero(outside < score, axis=1)
    ties = np.count_nonzero(outside == score, axis=1)
    rank = below + (ties + 1) / 2
    return int(np.count_nonzero(rank / (outside.shape[1] + 1) <= 0.5))
