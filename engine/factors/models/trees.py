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
        layout = Layout.of(panel)
        booster = HistGradientBoostingRegressor(
            max_iter=self.rounds,
            learning_rate=self.rate,
            max_leaf_nodes=self.leaves,
            min_samples_leaf=self.rows_per_leaf,
            l2_regularization=self.l2,
            random_state=0,
        )
        booster.fit(layout.pool(panel.features.to_numpy()[:train]), target.T.ravel())
        return SoftmaxPolicy(Pooled(Forest.of(booster), layout), target.std(axis=0, ddof=1), self.shrink)


@dataclass(frozen=True, eq=False)
class Layout:
    """Columns of the common state and of each sleeve's own two features."""

    common: np.ndarray
    own: np.ndarray

    @classmethod
    def of(cls, panel: Panel) -> Layout:
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
class Forest:
    """Fitted trees as plain arrays: they can be stored without code and asked without scikit-learn.

    Attributes
    ----------
    base : float
        Prediction before the first tree.
    feature, left, right : ndarray of int, shape (trees, nodes)
        Split column, and the node for values at or below, or above, the threshold; a leaf points
        at itself.
    threshold, value : ndarray of float, shape (trees, nodes)
    depth : int
        Steps from a root to its deepest leaf.
    """

    base: float
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    depth: int

    @classmethod
    def of(cls, booster: Any) -> Forest:
        """The trees of a fitted ``HistGradientBoostingRegressor`` on numbers without missing values."""
        trees = [stage[0].nodes for stage in booster._predictors]
        most = max(len(nodes) for nodes in trees)

        def padded(field: str, kind: type) -> np.ndarray:
            out: np.ndarray = np.zeros((len(trees), most), dtype=kind)
            for row, nodes in enumerate(trees):
                out[row, : len(nodes)] = nodes[field]
            return out

        leaf, here = padded("is_leaf", bool), np.arange(most)
        return cls(
            base=float(np.ravel(booster._baseline_prediction)[0]),
            feature=padded("feature_idx", int),
            threshold=padded("num_threshold", float),
            left=np.where(leaf, here, padded("left", int)),
            right=np.where(leaf, here, padded("right", int)),
            value=padded("value", float),
            depth=int(max(nodes["depth"].max() for nodes in trees)),
        )

    def predict(self, rows: np.ndarray) -> np.ndarray:
        """Predictions, shape (R,), for rows of shape (R, columns)."""
        tree = np.arange(len(self.feature))[:, None]
        node = np.zeros((len(self.feature), len(rows)), dtype=int)
        each = np.arange(len(rows))[None, :]
        for _ in range(self.depth):
            goes_left = rows[each, self.feature[tree, node]] <= self.threshold[tree, node]
            node = np.where(goes_left, self.left[tree, node], self.right[tree, node])
        return np.asarray(self.base + self.value[tree, node].sum(axis=0))


@dataclass(frozen=True, eq=False)
class Pooled:
    """Forecasts of one forest for all sleeves."""

    forest: Forest
    layout: Layout

    def predict(self, features: np.ndarray) -> np.ndarray:
        flat = self.forest.predict(self.layout.pool(features))
        return np.asarray(flat.reshape(len(self.layout.own), len(features)).T)
