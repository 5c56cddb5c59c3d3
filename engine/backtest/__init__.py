"""Simulation of target weights on prices, with exact accounting; sweeps over many of them."""

from engine.backtest.calendar import rebalance_dates
from engine.backtest.job import FixedMix, Targets
from engine.backtest.many import Paths, simulate_many
from engine.backtest.points import grid, random_points, sobol_points
from engine.backtest.simulate import BacktestResult, simulate
from engine.backtest.sweep import read_sweep, sweep, sweep_paths
from engine.backtest.terms import Terms

__all__ = [
    "BacktestResult",
    "FixedMix",
    "Paths",
    "Targets",
    "Terms",
    "grid",
    "random_points",
    "read_sweep",
    "rebalance_dates",
    "simulate",
    "simulate_many",
    "sobol_points",
    "sweep",
    "sweep_paths",
]
