"""Does a run mean anything: luck of many tries, length of the record, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.analytics import (
    bands,
    deflated_sharpe,
    intervals,
    minimum_backtest_length,
    probabilistic_sharpe,
    to_monthly,
)
from engine.lab.run import Run

DRAWS = 1000
MIN_MONTHS = 12


def ratio(run: Run) -> float | None:
    """Mean over deviation of a run's monthly active returns: what a list of tries keeps; None when it cannot be told."""
    values = run.active.to_numpy()
    if len(values) < MIN_MONTHS:
        return None
    deviation = float(values.std(ddof=1))
    return float(values.mean()) / deviation if deviation > 1e-12 else None


@dataclass(frozen=True, eq=False)
class Evidence:
    """What luck explains of a run's active returns; figures are None where the record is too short or flat.

    Attributes
    ----------
    trials : int
        Runs tried, this one included.
    years : float
        Length of the record.
    information_ratio : float or None
        Of monthly active returns, a year.
    probabilistic : float or None
        Probability that the true ratio is above zero, were this the only try.
    deflated : float or None
        The same against what the best of all tries would reach by luck.
    years_needed : float or None
        Years below which luck alone is expected to bring one of so many tries to this ratio; None for one
        try or a ratio at or below zero.
    """

    run: Run
    trials: int
    years: float
    information_ratio: float | None
    probabilistic: float | None
    deflated: float | None
    years_needed: float | None

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float]]:
        """95 % intervals of figures of the monthly returns by the stationary bootstrap."""
        mark = self.run.benchmark_returns
        bill = self.run.riskless
        return intervals(
            self.run.monthly,
            None if mark is None else to_monthly(mark),
            risk_free=0.0 if bill is None else to_monthly(bill),
            draws=DRAWS,
        )

    @cached_property
    def bands(self) -> pd.DataFrame:
        """Quantiles of the growth of 1.0 over resampled histories, by month."""
        return bands(self.run.monthly, draws=DRAWS)


def evidence(run: Run, tried: Sequence[float] = ()) -> Evidence:
    """Judge a run by how many were tried.

    Parameters
    ----------
    tried : sequence of float
        ``ratio`` of every distinct run tried on this question; this one is counted even when it is absent.
    """
    own = ratio(run)
    months = len(run.active)
    if own is None:
        return Evidence(run, max(len(tried), 1), months / 12, None, None, None, None)
    ratios = np.array(tried if own in tried else [*tried, own], dtype=float)
    annual = own * float(np.sqrt(12.0))
    needed = minimum_backtest_length(len(ratios), annual) if len(ratios) > 1 and annual > 0 else None
    return Evidence(
        run=run,
        trials=len(ratios),
        years=months / 12,
        information_ratio=annual,
        probabilistic=probabilistic_sharpe(run.active),
        deflated=deflated_sharpe(run.active, ratios),
        years_needed=needed,
    )
