"""A walk-forward of mean-variance portfolios beside skfolio and PyPortfolioOpt."""

from __future__ import annotations

from benchmarks.processes import Peer, Row, compare

ROW = Row(
    "walk-forward mean-variance, 360 refits on 756 days",
    "benchmarks.ours:mean_variance",
    (
        Peer("skfolio", "benchmarks.peers:skfolio_mean_variance", 250),
        Peer("pyportfolioopt", "benchmarks.peers:pypfopt_mean_variance", 130),
    ),
    {"cpu_s": 0.03, "largest_weight_difference_to_clarabel": 1e-6},
    agree=1e-4,
)


def run() -> None:
    compare(ROW)
