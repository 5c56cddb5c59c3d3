"""``python -m benchmarks [NAME ...]``: every measurement, or the ones named."""

import sys

from benchmarks import allocation, analytics, backtest, factors, imports, optimise, universe
from benchmarks.common import one_thread

ROOMS = {
    "imports": imports,
    "analytics": analytics,
    "backtest": backtest,
    "optimise": optimise,
    "factors": factors,
    "universe": universe,
    "allocation": allocation,
}


def main() -> int:
    one_thread()
    asked = sys.argv[1:] or list(ROOMS)
    unknown = set(asked) - set(ROOMS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(ROOMS)}", file=sys.stderr)
        return 2
    for name in asked:
        ROOMS[name].run()
    return 0


sys.exit(main())
