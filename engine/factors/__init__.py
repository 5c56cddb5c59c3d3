"""Factor sleeves: long-only portfolios that stand for well-known factors."""

from engine.factors.sleeves import SLEEVES, low_volatility, sleeve_returns

__all__ = ["SLEEVES", "low_volatility", "sleeve_returns"]
