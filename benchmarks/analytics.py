"""A fact sheet (13 figures against a benchmark, all falls) beside empyrical and quantstats."""

from __future__ import annotations

import warnings

from benchmarks.common import emit, side_by_side


def run() -> None:
    """MTUM against the S&P 500 total return, daily; the same figures from each."""
    import empyrical
    import quantstats.stats as qs

    from engine.analytics import drawdowns, metrics
    from engine.lines import line

    fund, index = line("MTUM").returns, line("sp500_total_return").returns
    index = index.loc[fund.index]

    def ours() -> object:
        return metrics(fund, index, periods_per_year=252), drawdowns(fund)

    def with_empyrical() -> object:
        single = (empyrical.cagr, empyrical.annual_volatility, empyrical.sharpe_ratio, empyrical.sortino_ratio)
        pair = (empyrical.up_capture, empyrical.down_capture, empyrical.excess_sharpe)
        alone = [figure(fund) for figure in (*single, empyrical.calmar_ratio, empyrical.max_drawdown)]
        return alone + [figure(fund, index) for figure in pair]

    def with_quantstats() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            single = (qs.cagr, qs.volatility, qs.sharpe, qs.sortino, qs.calmar, qs.max_drawdown, qs.skew)
            return [figure(fund) for figure in single], qs.drawdown_details(qs.to_drawdown_series(fund))

    work = f"{len(fund)} days, 13 figures, hit ratio and all falls (ours); the figures each peer has (peers)"
    for name, peer in (("empyrical-reloaded", with_empyrical), ("quantstats", with_quantstats)):
        emit("fact sheet", *side_by_side(ours, peer, rounds=7), name, work=work)
