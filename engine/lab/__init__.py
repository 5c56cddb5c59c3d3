"""Backtest lab: price panels, declarative strategies on them, and overlays on what they target."""

from engine.lab.ai import AIWeights
from engine.lab.overlays import (
    OVERLAYS,
    CashOverlay,
    LowVolatilityDefence,
    Overlay,
    Tilt,
    VolatilityTarget,
    overlaid,
    overlay,
)
from engine.lab.own import from_csv
from engine.lab.panels import PANELS, PricePanel, panel, with_line
from engine.lab.settings import Parameter
from engine.lab.strategies import (
    STRATEGIES,
    EqualWeight,
    FactorMomentum,
    FixedWeights,
    Hierarchical,
    MeanVariance,
    MinimumVariance,
    RiskParity,
    Strategy,
    register,
    strategy,
)
from engine.lab.world import EnhancedPassive, WorldPortfolio

__all__ = [
    "OVERLAYS",
    "PANELS",
    "STRATEGIES",
    "AIWeights",
    "CashOverlay",
    "EnhancedPassive",
    "EqualWeight",
    "FactorMomentum",
    "FixedWeights",
    "Hierarchical",
    "LowVolatilityDefence",
    "MeanVariance",
    "MinimumVariance",
    "Overlay",
    "Parameter",
    "PricePanel",
    "RiskParity",
    "Strategy",
    "Tilt",
    "VolatilityTarget",
    "WorldPortfolio",
    "from_csv",
    "overlaid",
    "overlay",
    "panel",
    "register",
    "strategy",
    "with_line",
]
