"""Long-only portfolios fitted on rolling windows: mean-variance, minimum variance, equal risk contributions.

Pure functions on arrays; dates and names are the caller's. numba is imported by the first solve, not here.
"""

from engine.optimise.moments import rolling_moments
from engine.optimise.quadratic import Solutions, solve_each
from engine.optimise.walkforward import mean_variance, minimum_variance, risk_parity

__all__ = ["Solutions", "mean_variance", "minimum_variance", "risk_parity", "rolling_moments", "solve_each"]
