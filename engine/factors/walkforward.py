"""Walk-forward: refit every January on an expanding window, decide at each month end of the year.

A row of weights at the close of month t earns the return of month t + 1. The last label a window
may learn from lies at least ``embargo`` months before its first decision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.features import Panel

FIRST_YEAR = 1972
MIN_TRAIN_MONTHS = 120


@dataclass(frozen=True, eq=False)
class Window:
    """One refit.

    Attributes
    ----------
    year : int
        Year of the returns its decisions earn.
    train : int
        The first ``train`` rows of the panel are decision months it may learn from.
    decide : ndarray of int
        Rows at whose close it decides: December of the year before to November.
    """

    year: int
    train: int
    decide: np.ndarray


class Policy(Protocol):
    """A fitted model."""

    def weights(self, features: np.ndarray) -> np.ndarray:
        """Weights on the simplex, shape (T, N), for features of shape (T, F)."""


class Model(Protocol):
    """Something that learns weights; settings are its fields."""

    @property
    def name(self) -> str: ...

    def fit(self, panel: Panel, windows: Sequence[Window]) -> list[Policy]:
        """One policy a window, each from its own training rows only."""


def windows(index: pd.DatetimeIndex, first_year: int = FIRST_YEAR, embargo: int = 1) -> list[Window]:
    """Every window of a panel, oldest first.

    Raises
    ------
    BadInput
        The embargo is below one month, or a window has fewer than ``MIN_TRAIN_MONTHS`` rows.
    """
    if embargo < 1:
        raise BadInput("bad_number", field="embargo", value=embargo, accepted="at least 1 month")
    months = index.year.to_numpy() * 12 + index.month.to_numpy() - 1
    found = []
    for year in range(first_year, int(index[-1].year) + 2):
        december = (year - 1) * 12 + 11
        train = int((months <= december - embargo - 1).sum())
        decide = np.flatnonzero((months >= december) & (months <= december + 11))
        if not len(decide):
            continue
        if train < MIN_TRAIN_MONTHS:
            raise BadInput(
                "history_too_short", field="panel", value=f"{train} months before {year}", accepted=MIN_TRAIN_MONTHS
            )
        found.append(Window(year, train, decide))
    return found


def walk_forward(model: Model, panel: Panel, chosen: Sequence[Window] | None = None) -> pd.DataFrame:
    """Weights at each decision month, decided by the policy of its window; rows sum to one.

    Raises
    ------
    BadInput
        A missing return, or a feature that never changes in a training window.
    """
    used = windows(pd.DatetimeIndex(panel.returns.index)) if chosen is None else list(chosen)
    check(panel, used[0].train)
    return decide(model.fit(panel, used), panel, used)


def decide(policies: Sequence[Policy], panel: Panel, used: Sequence[Window]) -> pd.DataFrame:
    """Weights at each decision month from policies that were fitted before."""
    features = panel.features.to_numpy()
    rows = np.concatenate([window.decide for window in used])
    decided = np.concatenate([p.weights(features[w.decide]) for p, w in zip(policies, used, strict=True)])
    return pd.DataFrame(decided, index=panel.returns.index[rows], columns=panel.returns.columns)


def check(panel: Panel, train: int | None = None) -> None:
    """Refuse missing values, and features without information in the first ``train`` rows."""
    riskless = panel.riskless.to_frame("riskless")
    for name, frame in (("returns", panel.returns), ("features", panel.features), ("riskless", riskless)):
        bad = ~np.isfinite(frame.to_numpy())
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise BadInput("missing_value", field=f"{name} '{frame.columns[column]}'", value=frame.index[row].date())
    seen = panel.features.to_numpy()[:train]
    constant = panel.features.columns[np.ptp(seen, axis=0) == 0]
    if len(constant):
        raise BadInput("constant_feature", field="features", value=constant[0])


def labels(panel: Panel, train: int) -> np.ndarray:
    """Active returns of the month after each of the first ``train`` rows, shape (train, N - 1)."""
    return np.asarray(panel.active.to_numpy()[1 : train + 1])


def shrink(weights: np.ndarray, toward_equal: float) -> np.ndarray:
    """Move weights toward equal weight by that share."""
    return np.asarray((1.0 - toward_equal) * weights + toward_equal / weights.shape[-1])
