"""Simulation of target weights on prices, with exact accounting."""

from engine.backtest.calendar import rebalance_dates
from engine.backtest.many import Paths, simulate_many
from engine.backtest.simulate import BacktestResult, simulate
from engine.backtest.terms import Terms

__all__ = ["BacktestResult", "Paths", "Terms", "rebalance_dates", "simulate", "simulate_many"]
