"""Gradient boosting pooled over sleeves: common state, the sleeve's own features, and its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.factors.features import Panel
from engine.factors.models.forecast import SoftmaxPolicy
from engine.factors.walkforward import Policy, Window, labels


@dataclass(frozen=True)
class Trees:
    """Pooled histogram gradient boosting: one model sees every sleeve, so that each has more history."""

    name: str = "trees"
    shrink: float = 0.5
    rounds: int = 60
    leaves: int = 8
    rows_per_leaf: int = 100
    rate: float = 0.05
    l2: float = 10.0

    def fit(self, panel: Panel, windows: Sequence[Window]) -> list[Policy]:
        return [self._fit(panel, window.train) for window in windows]

    def _fit(self, panel: Panel, train: int) -> SoftmaxPolicy:
        from sklearn.ensemble import HistGradientBoostingRegressor

        target = labels(panel, train)
        layout = _Layout.of(panel)
        booster = HistGradientBoostingRegressor(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.rows_per_leaf,
            l2_regularization=self.l2,
            random_state=0,
        )
        booster.fit(layout.pool(panel.features.to_numpy()[:train]), target.T.ravel())
        return SoftmaxPolicy(_Pooled(booster, layout), target.std(axis=0, ddof=1), self.shrink)


@dataclass(frozen=True, eq=False)
class _Layout:
    """Columns of the common state and of each sleeve's own two features."""

    common: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, panel: Panel) -> _Layout:
        names = list(panel.features.columns)
        sleeves = panel.returns.columns[1:]
        own = np.array([[names.index(f"active_12m_{s}"), names.index(f"active_1m_{s}")] for s in sleeves])
        common = np.array([i for i, name in enumerate(names) if not name.startswith(("active_12m_", "active_1m_"))])
        return cls(common, own)

    def pool(self, features: np.ndarray) -> np.ndarray:
        """All sleeves below each other, shape ((N - 1) T, C + 3)."""
        parts = [
            np.column_stack([features[:, self.common], features[:, own], np.full(len(features), float(order))])
            for order, own in enumerate(self.own)
        ]
        return np.vstack(parts)


@dataclass(frozen=True, eq=False)
class _Pooled:
    booster: Any
    layout: _Layout

    def predict(self, features: np.ndarray) -> np.ndarray:
        flat = self.booster.predict(self.layout.pool(features))
        return np.asarray(flat).reshape(len(self.layout.own), len(features)).T
