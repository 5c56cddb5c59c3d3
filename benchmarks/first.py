"""The first backtest of a process. Nothing here loads a kernel before the clock runs."""

from __future__ import annotations

import pandas as pd

from benchmarks import data
from benchmarks.processes import Work


def one() -> Work:
    """A single call: engine, numba and the kernel are loaded by it."""
    table = data.prices()
    index = pd.DatetimeIndex(table.index)
    dates = index[data.month_starts(index)]
    targets = pd.DataFrame(1.0 / table.shape[1], index=dates, columns=table.columns)

    def run() -> float:
        from engine.backtest import simulate

        return float(simulate(table, targets, cost_bps=data.COST * 1e4).value.iloc[-1])

    return Work(run, rounds=0)
