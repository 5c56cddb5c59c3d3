"""Our side of each row, through the public calls; every function returns the work of one process."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks import adapters, data
from benchmarks.processes import Work


def one() -> Work:
    """One backtest: frames in, value read from the result."""
    from engine.backtest import simulate

    table = data.prices()
    weights = data.equal(table.shape[1])
    rows = data.month_starts(pd.DatetimeIndex(table.index))
    targets = pd.DataFrame([weights] * len(rows), index=table.index[rows], columns=table.columns)

    def run() -> float:
        return float(simulate(table, targets, cost_bps=data.COST * 1e4).value.iloc[-1])

    def check() -> dict[str, object]:
        fast, slow = adapters.one(table, weights, data.COST), data.loop_wealth(table, weights, rows)
        return {"difference_to_plain_loop": float(np.abs(fast / slow - 1.0).max())}

    return Work(run, rounds=100, note="frames in, daily value out", check=check)


def one_skfolio_terms() -> Work:
    """The same under skfolio's convention: no first purchase, the first month left out."""
    from engine.backtest import simulate

    table = data.prices()
    index = pd.DatetimeIndex(table.index)
    table = table.iloc[data.month_starts(index)[1] - 1 :]
    dates = pd.DatetimeIndex(table.index)[data.month_starts(pd.DatetimeIndex(table.index))[1:] - 1]
    targets = pd.DataFrame(1.0 / table.shape[1], index=dates, columns=table.columns)
    return Work(lambda: simulate(table, targets, cost_bps=data.COST * 1e4).value.iloc[-1], note="from the second month")


def sweep() -> Work:
    """1,000 points."""
    table, points = data.prices(), data.points(data.POINTS)
    return Work(
        lambda: adapters.sweep(table, points, data.COST).mean(), note="daily value of every point worked out and kept"
    )


def sweep_ten() -> Work:
    """1,000 points timed; the answer is that of the ten that vectorbt is asked for."""
    return _sweep_of(data.FEW)


def sweep_two() -> Work:
    """1,000 points timed; the answer is that of the two that bt is asked for."""
    return _sweep_of(2)


def _sweep_of(count: int) -> Work:
    table, points = data.prices(), data.points(data.POINTS)

    def run() -> float:
        return float(adapters.sweep(table, points, data.COST)[:count].mean())

    return Work(run, note="all points timed")


def sweep_sheets() -> Work:
    """1,000 points and 24 figures of each against the equal-weighted portfolio."""
    from engine.analytics import SheetPlan
    from engine.backtest import simulate_many

    table, points = data.prices(), data.points(data.POINTS)
    index = pd.DatetimeIndex(table.index)
    dates = index[data.month_starts(index)]
    benchmark = pd.Series(adapters.one(table, data.equal(), data.COST), index=index)

    def run() -> float:
        paths = simulate_many(table, points, dates=dates, cost_bps=data.COST * 1e4)
        figures = SheetPlan.make(index, periods_per_year=252, benchmark=benchmark).figures(paths.levels)
        return float(figures[:, 0].mean())

    return Work(run, note="24 figures of each point against a benchmark")


def band() -> Work:
    """One run under a band."""
    from engine.backtest import Terms, simulate

    table = data.prices()
    weights = data.equal(table.shape[1])
    targets = pd.DataFrame(weights[None, :], index=table.index[:1], columns=table.columns)
    terms = Terms(band=data.BAND, band_kind="relative")

    def run() -> float:
        return float(simulate(table, targets, cost_bps=data.COST * 1e4, terms=terms).value.iloc[-1])

    def check() -> dict[str, object]:
        fast = adapters.band(table, weights, data.COST, data.BAND)
        slow = data.loop_wealth(table, weights, np.array([0]), data.BAND)
        return {"difference_to_plain_loop": float(np.abs(fast / slow - 1.0).max())}

    return Work(run, rounds=100, note="band 20 %, relative", check=check)


def band_sweep() -> Work:
    """1,000 points under a band."""
    table, points = data.prices(), data.points(data.POINTS)
    return Work(lambda: adapters.band_sweep(table, points, data.COST, data.BAND).mean(), note="1,000 points")


def mean_variance() -> Work:
    """360 refits."""
    returns, starts = data.refits(data.prices())

    def check() -> dict[str, object]:
        ours = adapters.mean_variance(returns, starts, data.WINDOW, data.RISK_AVERSION)
        return {"refits": len(starts), "largest_weight_difference_to_clarabel": float(np.abs(ours - clarabel()).max())}

    def clarabel() -> np.ndarray:
        from benchmarks.peers import clarabel_weights

        return clarabel_weights(returns, starts)

    def run() -> float:
        weights = adapters.mean_variance(returns, starts, data.WINDOW, data.RISK_AVERSION)
        return float((weights**2).sum(axis=1).mean())

    return Work(run, packages=("clarabel",), note="mean sum of squared weights", check=check)


def fact_sheet() -> Work:
    """One series: 24 figures, hit ratio, ten falls, every named crisis."""
    returns, index = data.series()
    return Work(
        lambda: float(adapters.fact_sheet(returns, index)["max_drawdown"]),  # type: ignore[arg-type]
        rounds=60,
        note="24 figures, ten falls, named crises; deepest fall",
    )


def fact_sheets() -> Work:
    """24 figures of 1,000 series."""
    from engine.analytics import SheetPlan

    table = data.prices()
    index = pd.DatetimeIndex(table.index)
    grown = np.cumprod(1.0 + data.trials(data.POINTS).T, axis=1)
    levels = np.c_[np.ones(len(grown)), grown]
    plan = SheetPlan.make(index, periods_per_year=252, benchmark=table.mean(axis=1))
    return Work(lambda: float(plan.figures(levels)[:, 6].min()), scale=1.0 / len(levels), note="seconds a series")


def overfit() -> Work:
    """1,000 trials."""
    trials = data.trials(data.POINTS)
    return Work(lambda: adapters.overfit(trials, data.BLOCKS), note="1,000 trials, 12,870 splits")


def overfit_100() -> Work:
    """100 trials."""
    trials = data.trials(100)
    return Work(lambda: adapters.overfit(trials, data.BLOCKS), note="100 trials, 12,870 splits")
