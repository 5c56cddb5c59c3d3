"""How far a fund strays from the fund it is measured against: closing prices against closing prices."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

SINCE = pd.Timestamp("2018-01-01")
"""The long window begins here, or with the fund, or with its newest index."""

NEW_INDEX: dict[str, pd.Timestamp] = {
    ticker: pd.Timestamp(day)
    for ticker, day in {
        "SPYM": "2020-02-03", "SPMD": "2020-02-03", "SPSM": "2020-02-03", "SPTM": "2020-02-03", "SCHH": "2020-07-01",
        "VIG": "2021-10-01", "SIZE": "2019-01-01", "SVXY": "2018-03-01", "UVXY": "2018-03-01",
    }.items()
}  # fmt: skip
"""When a fund last changed its index (or leverage): what came before was another fund."""

LEAST_DAYS = 250
FLOOR_PCT = 0.10
"""A tracking error below it is noise of closing prices."""

LEVERED = ("same_index_leveraged", "leveraged_multiple")
"""Bases whose difference of returns holds a cost of financing, and so is no tracking difference."""

_WORD = r"[A-Z][A-Z0-9.\-]*"
_NUMBER = r"-?\d+(?:\.\d+)?"
_DIVIDED = re.compile(rf"({_WORD})/({_NUMBER})")
_TERM = re.compile(rf"({_NUMBER})\*({_WORD})")


@dataclass(frozen=True)
class Tracking:
    """Percent a year; ``start`` and ``end`` are the days of the long window.

    Attributes
    ----------
    weekly, monthly : float
        Standard deviation of fund minus reference over overlapping 5 and 20 days, a year.
    monthly_3y, denoised_3y : float
        Of the last three years; denoised: from the growth of the variance between 5, 10 and 20 days, which
        takes out the noise of closing prices. 0 is below the noise.
    difference : float
        Compound return of the fund less that of the reference.
    correlation, correlation_20d : float
        Of 5-day and 20-day returns.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    days: int
    weekly: float
    monthly: float
    monthly_3y: float
    denoised_3y: float
    difference: float
    correlation: float
    correlation_20d: float


def parts(reference: str) -> tuple[tuple[float, str], ...]:
    """Weights and tickers of a reference: ``T``, ``T/k`` (a k-times fund, its daily return divided by k) or ``a*T+b*U``.

    Empty when it is none of them.
    """
    if re.fullmatch(_WORD, reference):
        return ((1.0, reference),)
    divided = _DIVIDED.fullmatch(reference)
    if divided:
        return ((1.0 / float(divided[2]), divided[1]),)
    terms = [_TERM.fullmatch(term) for term in reference.split("+")]
    if not all(terms):
        return ()
    return tuple((float(term[1]), term[2]) for term in terms if term)


def tracking(ticker: str, reference: str, returns: pd.DataFrame) -> Tracking | None:
    """A fund against its reference; None where either lacks data.

    Parameters
    ----------
    returns : DataFrame, days by tickers
        Simple daily returns, NaN where unknown.
    """
    mix = parts(reference)
    if not mix or any(name not in returns for _, name in [(1.0, ticker), *mix]):
        return None
    own = returns[ticker].to_numpy()
    other = np.sum([weight * returns[name].to_numpy() for weight, name in mix], axis=0)
    days = pd.DatetimeIndex(returns.index)
    start = max([SINCE, *(NEW_INDEX[name] for name in (ticker, reference) if name in NEW_INDEX)])
    known = ~(np.isnan(own) | np.isnan(other)) & (days >= start)
    days, own, other = days[known], own[known], other[known]
    if len(days) < LEAST_DAYS:
        return None
    paths = np.log1p(np.column_stack([own, other])).cumsum(axis=0)
    recent = days >= returns.index[-1] - pd.DateOffset(years=3)
    if recent.sum() < LEAST_DAYS:
        return None
    late = np.log1p(np.column_stack([own, other])[recent]).cumsum(axis=0)
    long_run, short_run = _variances(paths), _variances(late)
    slope = np.polyfit([5, 10, 20], [short_run[h] for h in (5, 10, 20)], 1)[0]
    years = len(days) / 252.0
    gains = np.exp(paths[-1] / years)
    return Tracking(
        days[0], days[-1], len(days),
        _yearly(long_run[5] / 5), _yearly(long_run[20] / 20), _yearly(short_run[20] / 20), _yearly(slope),
        float(100.0 * (gains[0] - gains[1])), _correlation(paths, 5), _correlation(paths, 20),
    )  # fmt: skip


def _yearly(variance_a_day: float) -> float:
    return float(100.0 * np.sqrt(max(variance_a_day, 0.0) * 252.0))


def _steps(paths: np.ndarray, days: int) -> np.ndarray:
    """Overlapping returns over so many days."""
    return np.asarray(np.expm1(paths[days:] - paths[:-days]))


def _variances(paths: np.ndarray) -> dict[int, float]:
    """Variance of fund minus reference over 5, 10 and 20 days."""
    found = {}
    for days in (5, 10, 20):
        steps = _steps(paths, days)
        found[days] = float(np.var(steps[:, 0] - steps[:, 1], ddof=1))
    return found


def _correlation(paths: np.ndarray, days: int) -> float:
    steps = _steps(paths, days)
    return float(np.corrcoef(steps[:, 0], steps[:, 1])[0, 1])
