"""Momentum on residual returns, with a look-back that is learned, held under the rules of a fund."""

from engine.momentum.caps import project
from engine.momentum.decide import REASONS, Signals, signals
from engine.momentum.factors import Factors, factors
from engine.momentum.panel import StockPanel
from engine.momentum.read import from_bytes, from_file, make, panel
from engine.momentum.residuals import residuals
from engine.momentum.result import MomentumResult
from engine.momentum.run import run
from engine.momentum.scores import LOOKBACKS, scores
from engine.momentum.settings import Config

__all__ = [
    "LOOKBACKS",
    "REASONS",
    "Config",
    "Factors",
    "MomentumResult",
    "Signals",
    "StockPanel",
    "factors",
    "from_bytes",
    "from_file",
    "make",
    "panel",
    "project",
    "residuals",
    "run",
    "scores",
    "signals",
]
