"""What every model must beat: mixes without a forecast, and simple rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.factors.features import Panel
from engine.factors.walkforward import Window

MOMENTUM_MONTHS = 12
MOMENTUM_HELD = 3
RISK_MONTHS = 120
RANDOM_MIXES = 200


def rivals(panel: Panel, windows: Sequence[Window]) -> dict[str, pd.DataFrame]:
    """Weights of every rival at the decision months of the windows, by name."""
    frames = {name: _frame(panel, windows) for name in ("market", "equal_weight", "risk_parity", "static_best")}
    frames["market"].iloc[:, 0] = 1.0
    frames["market"].iloc[:, 1:] = 0.0
    frames["equal_weight"][:] = 1.0 / panel.returns.shape[1]
    active = panel.active
    start = 0
    for window in windows:
        rows = slice(start, start + len(window.decide))
        known = window.train + 1
        inverse = 1.0 / panel.returns.iloc[max(0, known - RISK_MONTHS) : known].std()
        frames["risk_parity"].iloc[rows] = (inverse / inverse.sum()).to_numpy()
        past = active.iloc[:known]
        best = int(np.argmax(past.mean() / past.std())) + 1
        frames["static_best"].iloc[rows] = np.eye(panel.returns.shape[1])[best]
        start += len(window.decide)
    return frames | {"factor_momentum": factor_momentum(panel).loc[frames["market"].index]}


def factor_momentum(panel: Panel, months: int = MOMENTUM_MONTHS, held: int = MOMENTUM_HELD) -> pd.DataFrame:
    """Equal weights in the ``held`` sleeves with the highest active return over the past ``months``."""
    active = panel.returns.sub(panel.returns.iloc[:, 0], axis=0)
    rank = active.rolling(months).sum().rank(axis=1, method="first")
    top = (rank > rank.shape[1] - held).astype(float)
    return top.div(held)


def constant_mix(weights: pd.DataFrame) -> pd.DataFrame:
    """The average weights of a strategy, held constant: its tilt without its timing (known only afterwards)."""
    return pd.DataFrame(
        np.tile(weights.mean().to_numpy(), (len(weights), 1)), index=weights.index, columns=weights.columns
    )


def random_mixes(weights: pd.DataFrame, count: int = RANDOM_MIXES, seed: int = 0) -> list[pd.DataFrame]:
    """Constant mixes drawn at random: what a tilt without skill achieves."""
    draws = np.random.default_rng(seed).dirichlet(np.full(weights.shape[1], 2.0), size=count)
    return [
        pd.DataFrame(np.tile(draw, (len(weights), 1)), index=weights.index, columns=weights.columns) for draw in draws
    ]


def _frame(panel: Panel, windows: Sequence[Window]) -> pd.DataFrame:
    rows = np.concatenate([window.decide for window in windows])
    return pd.DataFrame(0.0, index=panel.returns.index[rows], columns=panel.returns.columns)
