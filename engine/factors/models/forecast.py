"""From forecasts of active returns to weights; shared by the models that forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.factors.walkforward import shrink

TEMPERATURE = 4.0 * np.sqrt(12.0)
"""Forecast information ratio (monthly) times this is a sleeve's score against the market's zero."""

MOST = 6.0
"""Scores beyond this are cut, so that no forecast takes everything."""


class Forecaster(Protocol):
    """Predicts next month's active returns."""

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Active returns, shape (T, N - 1), decimals a month."""


@dataclass(frozen=True, eq=False)
class SoftmaxPolicy:
    """Weights by the softmax of forecast over volatility, shrunk toward equal weight; the market scores zero."""

    forecaster: Forecaster
    volatility: np.ndarray
    toward_equal: float

    def weights(self, features: np.ndarray) -> np.ndarray:
        scores = np.clip(self.forecaster.predict(features) / self.volatility * TEMPERATURE, -MOST, MOST)
        grown = np.exp(np.column_stack([np.zeros(len(features)), scores]))
        return shrink(grown / grown.sum(axis=1, keepdims=True), self.toward_equal)
