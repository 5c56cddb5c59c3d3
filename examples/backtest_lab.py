"""The backtest lab from Python, step by step. Run it: ``.venv/bin/python examples/backtest_lab.py``."""

# %% One backtest: settings are data, equal settings give equal answers.
import numpy as np

from engine.analytics import overfitting
from engine.backtest import simulate_many
from engine.lab import Config, FixedWeights, MeanVariance, Tilt, compare, evidence, late, panel, ratio, run, surface
from engine.lines import line

two_funds = Config(
    panel="factor_etfs",
    strategy=FixedWeights((("MTUM", 0.5), ("USMV", 0.5))),
    rule="band",
    band=0.037,
    cost_bps=7.3,
)
found = run(two_funds)
print(f"{found.first} to {found.last}, {found.result.fill}, after {two_funds.cost_bps} bp a trade")
print(f"CAGR {found.metrics.cagr:.2%}, worst fall {found.metrics.max_drawdown:.1%}")
print(f"months ahead of {found.benchmark_id}: {found.metrics.hit_ratio:.1%}")
print(f"traded on {len(found.result.turnover)} days; a month late: CAGR {late(two_funds).metrics.cagr:.2%}")

# %% Does it mean anything? Every run that was tried counts.
equal = run(Config(panel="factor_etfs"))
tried = [value for value in (ratio(found), ratio(equal)) if value is not None]
judged = evidence(found, tried)
print(f"tries {judged.trials}, deflated Sharpe {judged.deflated:.2f}, 95 % interval of CAGR {judged.intervals['cagr']}")

# %% Two numbers swept at once: is the setting on a plateau, and how often is the best one luck?
grid = surface(two_funds, "band", "cost_bps", np.linspace(0.01, 0.10, 10), [0.0, 5.0, 10.0, 20.0])
print(f"{grid.trials} cells, {grid.plateau_share:.0%} of them cannot be told from the best; overfitting {grid.pbo:.2f}")

# %% Beside other rules and lines, on shared dates.
cautious = Config(
    panel="factor_etfs", strategy=MeanVariance(window=252, risk_aversion=5.0), overlays=(Tilt(strength=0.5),)
)
for row in compare({"two funds": found, "mean-variance": run(cautious)}, [line("sp500_total_return")]):
    print(f"{row.id:20s} {row.metrics.cagr:8.2%} {row.metrics.max_drawdown:8.1%}   {row.first} to {row.last}")

# %% A thousand mixes in one call of the kernel.
prices = panel("factor_etfs").prices
mixes = np.random.default_rng(0).dirichlet(np.ones(prices.shape[1]), size=1000)
paths = simulate_many(prices, mixes, dates="monthly", cost_bps=5, fill="next_close")
monthly = paths.frame.pct_change().iloc[1:]
print(f"best of 1,000 mixes: {paths.final.max():.2f}; median {paths.final.median():.2f}")
print(f"probability of backtest overfitting {overfitting(monthly):.2f}")
