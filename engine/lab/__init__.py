"""Backtest lab: price panels, declarative strategies on them, and overlays on what they target."""

from engine.lab.ai import AIWeights
from engine.lab.compare import compare
from engine.lab.config import Config, from_dict, read_config
from engine.lab.evidence import Evidence, evidence, ratio
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
from engine.lab.run import Run, late, overlap, run
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
from engine.lab.surface import Surface, surface
from engine.lab.world import EnhancedPassive, WorldPortfolio, world_blocks

__all__ = [
    "OVERLAYS",
    "PANELS",
    "STRATEGIES",
    "AIWeights",
    "CashOverlay",
    "Config",
    "EnhancedPassive",
    "EqualWeight",
    "Evidence",
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
    "Run",
    "Strategy",
    "Surface",
    "Tilt",
    "VolatilityTarget",
    "WorldPortfolio",
    "compare",
    "evidence",
    "from_csv",
    "from_dict",
    "late",
    "overlaid",
    "overlap",
    "overlay",
    "panel",
    "ratio",
    "read_config",
    "register",
    "run",
    "strategy",
    "surface",
    "with_line",
    "world_blocks",
]
