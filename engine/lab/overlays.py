"""Overlays: frozen settings that change target weights, applied one after the other.

Each row of weights is changed from prices up to and including its date, and from nothing later.
What an overlay takes away is cash.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.defence import SPREAD_WIDE, TREND_DOWN
from engine.lab.panels import PricePanel
from engine.lab.settings import Parameter, Settings, made
from engine.lab.strategies import Array, positions, with_history

VOLATILITY_MONTHS = 6
TREND_MONTHS = 12


@dataclass(frozen=True)
class Overlay(Settings, ABC):
    """Settings of one change to target weights."""

    @abstractmethod
    def change(self, panel: PricePanel, rows: Array, weights: Array) -> Array:
        """Changed weights, shape (k, n), at rows of the panel; a row of NaN where history is too short."""

    def applied(self, panel: PricePanel, targets: pd.DataFrame) -> pd.DataFrame:
        """Target weights after this overlay; rows with too little history are left out.

        Raises
        ------
        BadInput
            Dates that are not in the panel, other columns than the panel's, or settings that do
            not fit the panel.
        """
        if list(targets.columns) != list(panel.prices.columns):
            value, accepted = ", ".join(map(str, targets.columns)), ", ".join(panel.assets)
            raise BadInput("wrong_labels", field="targets", value=value, accepted=accepted)
        dates = pd.DatetimeIndex(targets.index)
        changed = self.change(panel, positions(panel, dates), targets.to_numpy(dtype=float))
        kept = ~np.isnan(changed).any(axis=1)
        return pd.DataFrame(changed[kept], index=dates[kept], columns=targets.columns)


OVERLAYS: dict[str, type[Overlay]] = {}
"""Every overlay by name."""


def register(kind: type[Overlay]) -> type[Overlay]:
    """Add an overlay to ``OVERLAYS`` (a class decorator)."""
    if OVERLAYS.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"two overlays named {kind.name}")
    return kind


def overlay(given: Mapping[str, Any]) -> Overlay:
    """The overlay of a mapping with its ``name`` and fields; see :func:`engine.lab.settings.made`."""
    return made(OVERLAYS, "overlay", given)


def overlaid(panel: PricePanel, targets: pd.DataFrame, overlays: Sequence[Overlay]) -> pd.DataFrame:
    """Target weights after all overlays, in order."""
    for item in overlays:
        targets = item.applied(panel, targets)
    return targets


def _share(name: str, default: float) -> Parameter:
    return Parameter(name, "float", default, low=0.0, high=1.0, step=0.05, unit="share")


@register
@dataclass(frozen=True)
class Tilt(Overlay):
    """core + ``strength`` x (weights - core), where the core has the sum of the row.

    1 changes nothing, 0 gives the core, 2 doubles every distance from it. The core is an equal
    weight in the assets with a price at the date, or the panel's market. Weights that would fall
    below zero are cut to zero and the row is rescaled to the sum it had. A date at which the market
    has no price is left out.
    """

    name: ClassVar[str] = "tilt"
    core: str = "equal_weight"
    strength: float = 0.5

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (
            Parameter("core", "choice", "equal_weight", choices=("equal_weight", "market")),
            Parameter("strength", "float", 0.5, low=0.0, high=3.0, step=0.05),
        )

    def change(self, panel: PricePanel, rows: Array, weights: Array) -> Array:
        chosen = np.ones(weights.shape) if self.core == "equal_weight" else _market_column(panel)
        chosen = chosen * ~np.isnan(panel.prices.to_numpy()[rows])
        total, count = weights.sum(axis=1, keepdims=True), chosen.sum(axis=1, keepdims=True)
        core = total * chosen / np.where(count > 0, count, np.nan)
        moved = np.maximum(core + self.strength * (weights - core), 0.0)
        left = moved.sum(axis=1, keepdims=True)
        return np.asarray(moved * np.divide(total, left, out=np.ones_like(total), where=left > 0))


@register
@dataclass(frozen=True)
class VolatilityTarget(Overlay):
    """Each row times ``target`` / its own volatility, but at most times ``cap``.

    The volatility is that of the row's weights held constant over the last ``window`` returns, a
    year (standard deviation, n - 1). Assets without all of them count as the rest of the row; a row
    in which none has them is left out. A cap above 1 is leverage and must be allowed by
    ``leverage``; without it a row is only ever reduced.
    """

    name: ClassVar[str] = "volatility_target"
    target: float = 0.10
    window: int = 60
    cap: float = 1.0
    leverage: bool = False

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (
            Parameter("target", "float", 0.10, low=0.01, high=1.0, step=0.01, unit="decimal a year"),
            Parameter("window", "int", 60, low=6, high=2520, step=1, unit="periods"),
            Parameter("cap", "float", 1.0, low=0.05, high=3.0, step=0.05),
            Parameter("leverage", "choice", False, choices=(False, True)),
        )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cap > 1.0 and not self.leverage:
            raise BadInput("bad_number", field="cap", value=self.cap, accepted="0.05 to 1 without leverage")

    def change(self, panel: PricePanel, rows: Array, weights: Array) -> Array:
        returns, able = panel.returns.to_numpy(), with_history(panel, self.window)[rows]
        total, measured = weights.sum(axis=1), np.where(able, weights, 0.0)
        known = measured.sum(axis=1)
        changed = np.full(weights.shape, np.nan)
        for order, row in enumerate(rows):
            if total[order] == 0.0:
                changed[order] = 0.0
            elif known[order] > 0.0:
                held = measured[order] > 0.0
                past = returns[row - self.window : row][:, held] @ measured[order, held]
                volatility = past.std(ddof=1) * np.sqrt(panel.periods_per_year) * total[order] / known[order]
                factor = min(self.cap, self.target / volatility) if volatility > 0.0 else self.cap
                changed[order] = factor * weights[order]
        return changed


@register
@dataclass(frozen=True)
class LowVolatilityDefence(Overlay):
    """Moves ``share`` x stress of each row to the calm asset.

    Stress is graded as in ``engine.factors.defence``, from the market's own prices: half for a
    volatility over six months more than one deviation above its mean, half for a return over the
    last twelve months without the latest more than half a deviation below its mean. Mean and
    deviation are of all dates so far; until there are ``months`` of them there is no stress. The
    market is the panel's, or the equal mix of its assets. The calm asset is the panel's; where it has
    none, or none with a price at the date, the asset with the lowest volatility over six months.
    """

    name: ClassVar[str] = "low_volatility_defence"
    share: float = 0.5
    months: int = 60

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (_share("share", 0.5), Parameter("months", "int", 60, low=24, high=240, step=12, unit="months"))

    def change(self, panel: PricePanel, rows: Array, weights: Array) -> Array:
        moved = (self.share * self.stress(panel).to_numpy()[rows])[:, None]
        calm = weights.sum(axis=1, keepdims=True) * _calm(panel, rows)
        return np.where(moved > 0.0, (1.0 - moved) * weights + moved * calm, weights)

    def stress(self, panel: PricePanel) -> pd.Series:
        """Graded stress at each date of the panel: 0, 0.5 or 1."""
        growth = np.log1p(_market(panel))
        month, window = panel.periods(1), panel.periods(VOLATILITY_MONTHS)
        trend = growth.rolling(panel.periods(TREND_MONTHS)).sum() - growth.rolling(month).sum()
        volatility = growth.rolling(window).std()
        least = panel.periods(self.months)
        nervous = _scaled(volatility, least) > SPREAD_WIDE
        falling = _scaled(trend, least) < TREND_DOWN
        return (0.5 * nervous + 0.5 * falling).reindex(panel.dates, fill_value=0.0).rename("stress")


def _scaled(values: pd.Series, least: int) -> pd.Series:
    past = values.expanding(least)
    return (values - past.mean()) / past.std()


def _market(panel: PricePanel) -> pd.Series:
    """Simple returns of the panel's market, or of the equal mix of the assets that have one."""
    return panel.returns[panel.market] if panel.market else panel.returns.mean(axis=1)


def _calm(panel: PricePanel, rows: Array) -> Array:
    """One in the calm asset of each row, shape (k, n); NaN where no asset can be called calm."""
    chosen, window = np.zeros((len(rows), len(panel.assets))), panel.periods(VOLATILITY_MONTHS)
    price, returns, able = panel.prices.to_numpy(), panel.returns.to_numpy(), with_history(panel, window)
    own = panel.assets.index(panel.calm) if panel.calm else -1
    for order, row in enumerate(rows):
        if own >= 0 and not np.isnan(price[row, own]):
            chosen[order, own] = 1.0
        elif able[row].any():
            spread = returns[row - window : row][:, able[row]].std(axis=0, ddof=1)
            chosen[order, np.flatnonzero(able[row])[np.argmin(spread)]] = 1.0
        else:
            chosen[order] = np.nan
    return chosen


@register
@dataclass(frozen=True)
class CashOverlay(Overlay):
    """Puts ``share`` of each row in cash."""

    name: ClassVar[str] = "cash"
    share: float = 0.1

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (_share("share", 0.1),)

    def change(self, panel: PricePanel, rows: Array, weights: Array) -> Array:
        return (1.0 - self.share) * weights


def _market_column(panel: PricePanel) -> Array:
    """One in the column of the panel's market, zero elsewhere, shape (n,)."""
    if not panel.market:
        raise BadInput("unknown_choice", field="core", value="market", accepted="equal_weight (no market in the panel)")
    return np.array([float(asset == panel.market) for asset in panel.assets])
