"""The peers' side of each row, each as its own documents say and with no work that ours does not do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import data
from benchmarks.processes import Work


def _bt(table: pd.DataFrame, weights: np.ndarray, *when: Any) -> Any:
    """A bt strategy after its run; ``when`` decides on which days it trades."""
    import bt

    target = dict(zip(table.columns, weights, strict=True))
    algos = [bt.algos.SelectAll(), bt.algos.WeighSpecified(**target), *when, bt.algos.Rebalance()]
    test = bt.Backtest(
        bt.Strategy("fixed", algos),
        table,
        initial_capital=1e6,
        commissions=lambda quantity, price: data.COST * abs(quantity) * price,
        integer_positions=False,
        progress_bar=False,
    )
    test.run()
    return test.strategy


def _final(strategy: Any) -> float:
    return float(strategy.values.iloc[-1]) / 1e6  # noqa: PD011  (a series: the name is bt's)


def bt_one() -> Work:
    """bt, monthly; without its statistics."""
    import bt

    table = data.prices()
    weights = data.equal(table.shape[1])
    return Work(
        lambda: _final(_bt(table, weights, bt.algos.RunMonthly(run_on_first_date=True))),
        packages=("bt", "ffn"),
        rounds=3,
        note="run only, no statistics",
    )


def bt_few() -> Work:
    """bt on two points of the sweep."""
    import bt

    table, some = data.prices(), data.points(data.POINTS)[:2]
    return Work(
        lambda: float(np.mean([_final(_bt(table, row, bt.algos.RunMonthly(run_on_first_date=True))) for row in some])),
        scale=data.POINTS / len(some),
        packages=("bt", "ffn"),
        rounds=2,
        note="2 of 1,000 points, scaled",
    )


def bt_band() -> Work:
    """bt with RunIfOutOfBounds."""
    import bt

    table = data.prices()
    weights = data.equal(table.shape[1])

    def strategy() -> Any:
        return _bt(table, weights, bt.algos.Or([bt.algos.RunOnce(), bt.algos.RunIfOutOfBounds(data.BAND)]))

    def check() -> dict[str, object]:
        """Its trading days beside ours, and our wealth on its days."""
        from engine.backtest import Terms, simulate

        found = strategy()
        days = found.positions.index[(found.positions.diff().abs() > 1e-9).any(axis=1)]
        targets = pd.DataFrame(weights[None, :], table.index[:1], table.columns)
        ours = simulate(table, targets, cost_bps=data.COST * 1e4, terms=Terms(band=data.BAND, band_kind="relative"))
        forced = pd.DataFrame([weights] * len(days), days, table.columns)
        final = simulate(table, forced, cost_bps=data.COST * 1e4).value.iloc[-1]
        return {
            "trading_days": len(days),
            "days_of_one_alone": len(days.symmetric_difference(ours.turnover.index)),
            "difference_on_its_days": abs(final / _final(found) - 1.0),
        }

    return Work(lambda: _final(strategy()), packages=("bt", "ffn"), rounds=2, note="RunIfOutOfBounds(0.2)", check=check)


def _vectorbt(some: np.ndarray) -> Callable[[], float]:
    """Mean final wealth, a group of columns a point, daily value read back; its inputs are laid out before the clock."""
    import vectorbt as vbt

    vbt.settings.caching["enabled"] = False
    table = data.prices()
    count, assets = some.shape
    size = np.full((len(table), count * assets), np.nan)
    size[data.month_starts(pd.DatetimeIndex(table.index))] = some.reshape(-1)
    columns = pd.MultiIndex.from_product([range(count), table.columns], names=["point", "asset"])
    close = pd.DataFrame(np.tile(table.to_numpy(), count), table.index, columns)

    def run() -> float:
        portfolio = vbt.Portfolio.from_orders(
            close,
            size=size,
            size_type="targetpercent",
            group_by="point",
            cash_sharing=True,
            call_seq="auto",
            fees=data.COST,
            init_cash=1e6,
            freq="1D",
        )
        return float(portfolio.value().iloc[-1].mean()) / 1e6

    return run


def vectorbt_one() -> Work:
    """vectorbt, one group, compiled engine, its cache of results off."""
    run = _vectorbt(data.equal()[None, :])
    return Work(run, packages=("vectorbt",), note="numba engine, daily value read")


def vectorbt_few() -> Work:
    """vectorbt on ten points in one call: a thousand would need tens of gigabytes."""
    run = _vectorbt(data.points(data.POINTS)[: data.FEW])
    return Work(
        run,
        scale=data.POINTS / data.FEW,
        packages=("vectorbt",),
        rounds=9,
        note=f"{data.FEW} of 1,000 points in one call, scaled",
    )


def skfolio_one() -> Work:
    """skfolio: equal weights refitted each month, weights left to drift."""
    from skfolio.model_selection import WalkForward, cross_val_predict
    from skfolio.optimization import EqualWeighted
    from skfolio.preprocessing import prices_to_returns

    returns = prices_to_returns(data.prices())
    params = {"weight_drift": True, "transaction_costs": data.COST / 21}
    windows = WalkForward(test_size=1, train_size=1, freq="MS", reduce_test=True)

    def run() -> float:
        found = cross_val_predict(EqualWeighted(portfolio_params=params), returns, cv=windows)
        return float(np.prod(1.0 + np.asarray(found.returns)))

    return Work(
        run, packages=("skfolio",), rounds=5, note="its cost is spread over 21 days, and it starts a month late"
    )


def skfolio_mean_variance() -> Work:
    """skfolio's MeanRisk on the same windows and refit days."""
    from skfolio.model_selection import WalkForward, cross_val_predict
    from skfolio.optimization import MeanRisk, ObjectiveFunction
    from skfolio.preprocessing import prices_to_returns

    table = data.prices()
    returns = prices_to_returns(table)
    _, starts = data.refits(table)

    class Monthly(WalkForward):
        def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
            for begin, end in zip(starts, np.r_[starts[1:], len(returns)], strict=True):
                yield np.arange(begin - data.WINDOW, begin), np.arange(begin, end)

        def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
            return len(starts)

    def run() -> float:
        model = MeanRisk(objective_function=ObjectiveFunction.MAXIMIZE_UTILITY, risk_aversion=data.RISK_AVERSION)
        found = cross_val_predict(model, returns, cv=Monthly(test_size=21, train_size=data.WINDOW))
        return float(np.mean([(np.asarray(part.weights) ** 2).sum() for part in found.portfolios]))

    return Work(run, packages=("skfolio", "cvxpy", "clarabel"), rounds=2, note="MeanRisk, maximise utility")


def pypfopt_mean_variance() -> Work:
    """PyPortfolioOpt's quadratic utility on the same windows, moments by pandas."""
    from pypfopt import EfficientFrontier

    table = data.prices()
    values, starts = data.refits(table)
    returns = pd.DataFrame(values, table.index[1:], table.columns)

    def run() -> float:
        squares = []
        for start in starts:
            window = returns.iloc[start - data.WINDOW : start]
            frontier = EfficientFrontier(1e4 * window.mean(), 1e4 * window.cov())
            found = frontier.max_quadratic_utility(risk_aversion=2 * data.RISK_AVERSION)
            squares.append(sum(weight**2 for weight in found.values()))
        return float(np.mean(squares))

    return Work(run, packages=("pyportfolioopt", "cvxpy"), rounds=2, note="max_quadratic_utility")


def clarabel_weights(returns: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Weights of every refit by Clarabel itself, moments by NumPy; shape (k, n)."""
    import clarabel
    from scipy import sparse

    n = returns.shape[1]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-12
    left = sparse.csc_matrix(np.vstack((np.ones(n), -np.eye(n))))
    cones = [clarabel.ZeroConeT(1), clarabel.NonnegativeConeT(n)]
    weights = []
    for start in starts:
        window = returns[start - data.WINDOW : start]
        quad = 2e4 * data.RISK_AVERSION * np.cov(window.T)
        upper = sparse.csc_matrix(np.triu(quad))
        solver = clarabel.DefaultSolver(
            upper, -1e4 * window.mean(axis=0), left, np.r_[1.0, np.zeros(n)], cones, settings
        )
        weights.append(np.asarray(solver.solve().x))
    return np.array(weights)


def ffn_sheet() -> Work:
    """ffn's statistics and table of falls (no index)."""
    import ffn

    returns, _ = data.series()
    level = (1.0 + returns).cumprod()

    def run() -> float:
        stats = ffn.PerformanceStats(level)
        ffn.core.drawdown_details(stats.drawdown)
        return float(stats.max_drawdown)

    return Work(run, packages=("ffn",), note="PerformanceStats and drawdown_details, no index")


def jquantstats_sheet() -> Work:
    """jquantstats' summary, greeks and falls."""
    import polars as pl
    from jquantstats import Data

    returns, index = data.series()
    dates = pl.Series("date", returns.index.to_numpy().astype("datetime64[ms]")).cast(pl.Date)
    ours = pl.DataFrame({"date": dates, "portfolio": returns.to_numpy()})
    theirs = pl.DataFrame({"date": dates, "index": index.to_numpy()})

    def run() -> float:
        stats = Data.from_returns(returns=ours, benchmark=theirs).stats
        stats.summary()
        stats.greeks()
        stats.information_ratio()
        stats.drawdown_details()
        return float(stats.max_drawdown()["portfolio"])

    return Work(run, packages=("jquantstats", "polars"), note="summary, greeks, drawdown_details")


def quantstats_sheet() -> Work:
    """quantstats' full table and falls."""
    import quantstats as qs

    returns, index = data.series()

    def run() -> float:
        qs.reports.metrics(returns, index, mode="full", display=False)
        falls = qs.stats.drawdown_details(qs.stats.to_drawdown_series(returns))
        return float(falls["max drawdown"].min()) / 100

    return Work(run, packages=("quantstats",), rounds=2, note="reports.metrics(mode='full') and drawdown_details")


def ffn_overfit() -> Work:
    """ffn's probability of overfitting of 100 trials; its one call is the sample."""
    import ffn

    trials = pd.DataFrame(data.trials(100))
    return Work(
        lambda: float(ffn.core.calc_prob_backtest_overfitting(trials, n_blocks=data.BLOCKS)),
        packages=("ffn",),
        rounds=0,
        note="100 trials, 12,870 splits, one call",
    )
