"""One ridge regression a sleeve, its penalty chosen by leave-one-out inside the training window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
        return SoftmaxPolicy(_PerSleeve(tuple(fitted)), target.std(axis=0, ddof=1), self.shrink)


@dataclass(frozen=True, eq=False)
class _PerSleeve:
    fitted: tuple[Any, ...]

    def predict(self, features: np.ndarray) -> np.ndarray:
        return np.column_stack([model.predict(features) for model in self.fitted])
