"""The average of several models' weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.factors.features import Panel
from engine.factors.walkforward import Model, Policy, Window


@dataclass(frozen=True)
class Mean:
    """Equal average of its members; the members are part of the result."""

    name: str
    members: tuple[Model, ...]

    def fit(self, panel: Panel, windows: Sequence[Window]) -> list[Policy]:
        fitted = [member.fit(panel, windows) for member in self.members]
        return [MeanPolicy(tuple(policies)) for policies in zip(*fitted, strict=True)]


@dataclass(frozen=True, eq=False)
class MeanPolicy:
    """The members' policies of one window."""

    members: tuple[Policy, ...]

    def weights(self, features: np.ndarray) -> np.ndarray:
        return np.asarray(np.mean([member.weights(features) for member in self.members], axis=0))
