"""Defence in stress: a graded tilt to low volatility, and a cash overlay.

Stress is graded from 0 to 1: half for a default spread that is wide or widening by more than one
deviation, half for a market trend more than half a deviation below its mean. The thresholds
follow the feasibility study and were fixed once, not tuned.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.evidence import COST_BPS, Outcome, outcome
from engine.factors.features import Panel

SPREAD_WIDE = 1.0
TREND_DOWN = -0.5
DEFAULT_TILT = 0.5


def stress(panel: Panel) -> pd.Series:
    """Graded stress at each month end, 0 to 1; a universe without credit spreads uses the trend alone."""
    features = panel.features
    down = (features["market_12_1"] < TREND_DOWN).astype(float)
    if "default_spread" not in features:
        return down
    wide = (features["default_spread"] > SPREAD_WIDE) | (features["default_spread_3m"] > SPREAD_WIDE)
    return 0.5 * wide.astype(float) + 0.5 * down


def defended(panel: Panel, weights: pd.DataFrame, *, tilt: float = DEFAULT_TILT, cash: float = 0.0) -> pd.DataFrame:
    """Weights moved toward low volatility, then toward cash, in proportion to stress.

    Parameters
    ----------
    tilt, cash : float
        Share moved at full stress, 0 to 1 each.

    Returns
    -------
    DataFrame
        With a column ``cash`` that earns the bill.

    Raises
    ------
    BadInput
        A share below zero or above one.
    """
    for name, share in (("tilt", tilt), ("cash", cash)):
        if not 0 <= share <= 1:
            raise BadInput("bad_number", field=name, value=share, accepted="a share from 0 to 1")
    moved = (tilt * stress(panel).loc[weights.index]).to_numpy()[:, None]
    calm = (weights.columns == "low_volatility").astype(float)[None, :]
    held = (1.0 - moved) * weights.to_numpy() + moved * calm
    aside = (cash * stress(panel).loc[weights.index]).to_numpy()[:, None]
    return pd.DataFrame(
        np.column_stack([held * (1.0 - aside), aside]), index=weights.index, columns=[*weights.columns, "cash"]
    )


def defended_outcome(
    panel: Panel, weights: pd.DataFrame, *, tilt: float, cash: float, cost_bps: float = COST_BPS
) -> Outcome:
    """What the defended weights earned, cash at the bill rate."""
    with_cash = panel.returns.assign(cash=panel.riskless)
    richer = replace(panel, returns=with_cash)
    return outcome(richer, defended(panel, weights, tilt=tilt, cash=cash), cost_bps=cost_bps)
