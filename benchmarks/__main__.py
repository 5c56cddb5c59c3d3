"""``python -m benchmarks [NAME ...]``: every measurement but the long ones, or the ones named."""

import sys

from benchmarks import (
    allocation,
    analytics,
    backtest,
    dashboard,
    factors,
    imports,
    integrity,
    integrity_stream,
    interaction,
    million,
    momentum,
    optimise,
    rebalance,
    universe,
)
from benchmarks.common import one_thread

ROOMS = {
    "imports": imports.run,
    "integrity": integrity.run,
    "backtest": backtest.run,
    "growth": million.growth,
    "optimise": optimise.run,
    "analytics": analytics.run,
    "interaction": interaction.run,
    "dashboard": dashboard.run,
    "factors": factors.run,
    "universe": universe.run,
    "allocation": allocation.run,
    "momentum": momentum.run,
    "million": million.run,
    "integrity_stream": integrity_stream.run,
    "rebalance": rebalance.run,
}
LONG = {"million", "integrity_stream", "rebalance"}
"""Run only when they are named."""


def main() -> int:
    one_thread()
    asked = sys.argv[1:] or [name for name in ROOMS if name not in LONG]
    unknown = set(asked) - set(ROOMS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    for name in asked:
        ROOMS[name]()
    return 0


sys.exit(main())
