"""One ridge regression a sleeve, its penalty chosen by leave-one-out inside the training window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.factors.features import Panel
from engine.factors.models.forecast import SoftmaxPolicy
from engine.factors.walkforward import Policy, Window, labels

PENALTIES = np.logspace(2, 5, 10)


@dataclass(frozen=True)
class Ridge:
    """Linear forecasts of active returns; exact attributions follow from its coefficients."""

    name: str = "ridge"
    shrink: float = 0.5

    def fit(self, panel: Panel, windows: Sequence[Window]) -> list[Policy]:
        return [self._fit(panel, window.train) for window in windows]

    def _fit(self, panel: Panel, train: int) -> SoftmaxPolicy:
        from sklearn.linear_model import RidgeCV

        known, target = panel.features.to_numpy()[:train], labels(panel, train)
        fitted = [RidgeCV(PENALTIES).fit(known, column) for column in target.T]
        linear = Linear(np.array([m.coef_ for m in fitted]), np.array([m.intercept_ for m in fitted]))
        return SoftmaxPolicy(linear, target.std(axis=0, ddof=1), self.shrink)


@dataclass(frozen=True, eq=False)
class Linear:
    """Linear forecasts: ``coefficients`` of shape (N - 1, F), ``intercepts`` of shape (N - 1,)."""

    coefficients: np.ndarray
    intercepts: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        return np.asarray(features @ self.coefficients.T + self.intercepts)
