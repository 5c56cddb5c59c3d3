"""Simulation of target weights on prices, with exact accounting."""

from engine.backtest.calendar import rebalance_dates
from engine.backtest.simulate import BacktestResult, simulate

__all__ = ["BacktestResult", "rebalance_dates", "simulate"]
