"""Fixed weights as a strategy for sweeps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.backtest.calendar import Rule, rebalance_dates
from engine.backtest.job import Targets, numbers
from engine.backtest.market import as_dates
from engine.backtest.points import WEIGHT
from engine.errors import BadInput


@dataclass(frozen=True)
class FixedMix:
    """The same weights at every date of a rule; what is missing to one is cash.

    A parameter is an asset's weight, named ``w:<asset>`` or like the asset.
    """

    rule: Rule = "monthly"

    def __call__(self, prices: pd.DataFrame, **weights: float) -> pd.DataFrame:
        """Target weights of one point."""
        made = self.batch(prices, pd.DataFrame([weights]))
        rows = np.repeat(made.weights[0], len(made.dates), axis=0)
        return pd.DataFrame(rows, index=made.dates, columns=prices.columns)

    def batch(self, prices: pd.DataFrame, points: pd.DataFrame) -> Targets:
        """Target weights of many points.

        Raises
        ------
        BadInput
            A parameter is no asset, or an asset has two of them.
        """
        assets = [name if name in prices.columns else str(name).removeprefix(WEIGHT) for name in points.columns]
        places = prices.columns.get_indexer(pd.Index(assets))
        if (places < 0).any():
            value, accepted = points.columns[int(np.argmax(places < 0))], ", ".join(map(str, prices.columns))
            raise BadInput("unknown_choice", field="parameter_grid", value=value, accepted=accepted)
        if len(set(assets)) < len(assets):
            value = f"two weights of {next(asset for asset in assets if assets.count(asset) > 1)}"
            raise BadInput("bad_number", field="parameter_grid", value=value, accepted="one an asset")
        weights = np.zeros((len(points), 1, prices.shape[1]))
        for place, name in zip(places, points.columns, strict=True):
            weights[:, 0, place] = numbers(str(name), points[name])
        return Targets(rebalance_dates(as_dates(prices.index), self.rule), weights)
