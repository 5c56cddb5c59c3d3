"""One 33-year backtest beside a plain loop over days: the first kernel, made for exactness."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd

from benchmarks.common import side_by_side


def run() -> None:
    """20 shares, equal weights every month, 5 basis points; answers must agree to 1e-9."""
    from engine.backtest import rebalance_dates, simulate
    from engine.sources import load

    prices = load("us_large_caps").frame
    dates = rebalance_dates(pd.DatetimeIndex(prices.index), "monthly")
    weights = pd.DataFrame(1.0 / prices.shape[1], index=dates, columns=prices.columns)

    def ours() -> float:
        return float(simulate(prices, weights, cost_bps=5).value.iloc[-1])

    def plain_loop() -> float:
        close, wanted, due = prices.to_numpy(), weights.to_numpy()[0], set(prices.index.get_indexer(dates))
        units, value = np.zeros(close.shape[1]), 1.0
        for row in range(len(close)):
            worth = units * close[row]
            value = float(worth.sum()) if row else 1.0
            if row in due:
                held, before = worth, value
                for _ in range(20):
                    value = before - 5e-4 * float(np.abs(wanted * value - held).sum())
                units = wanted * value / close[row]
        return value

    begun = time.perf_counter()
    answer = ours()
    first_s = time.perf_counter() - begun
    fast, slow = side_by_side(ours, plain_loop, rounds=5)
    line = {
        "figure": "33-year monthly backtest, 20 shares, result object included",
        "ours_cpu_s": float(f"{fast:.4g}"),
        "peer_cpu_s": float(f"{slow:.4g}"),
        "ratio": float(f"{slow / fast:.4g}"),
        "peer": "plain NumPy loop over days in this file",
        "first_call_s": round(first_s, 4),
        "relative_difference": abs(answer / plain_loop() - 1.0),
    }
    print(json.dumps(line), flush=True)
