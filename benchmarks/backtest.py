"""Backtests, sweeps and bands beside vectorbt, skfolio and bt."""

from __future__ import annotations

from benchmarks.processes import Peer, Row, cold_compile, compare

ROWS = (
    Row(
        "one monthly backtest, 20 shares x 33 years of days, 5 bp",
        "benchmarks.ours:one",
        (
            Peer("vectorbt", "benchmarks.peers:vectorbt_one", 50),
            Peer(
                "skfolio",
                "benchmarks.peers:skfolio_one",
                400,
                ours="benchmarks.ours:one_skfolio_terms",
                comparable=False,
            ),
            Peer("bt", "benchmarks.peers:bt_one", 1_000),
        ),
        {"cpu_s": 2e-3, "difference_to_plain_loop": 1e-9},
    ),
    Row(
        "first backtest of a fresh process, kernel cache filled, numba's import included",
        "benchmarks.first:one",
        (),
        {"first_call_s": 1.0},
    ),
    Row(
        "sweep of 1,000 points",
        "benchmarks.ours:sweep",
        (
            Peer("vectorbt", "benchmarks.peers:vectorbt_few", 150, ours="benchmarks.ours:sweep_ten"),
            Peer("bt", "benchmarks.peers:bt_few", 9_000, ours="benchmarks.ours:sweep_two"),
        ),
        {"cpu_s": 0.25, "grown_mb": 150},
    ),
    Row("sweep of 1,000 points with a fact sheet each", "benchmarks.ours:sweep_sheets", (), {"cpu_s": 0.5}),
    Row(
        "band of 20 % relative, one run",
        "benchmarks.ours:band",
        (Peer("bt", "benchmarks.peers:bt_band", 5_000),),
        {"difference_to_plain_loop": 1e-9},
    ),
    Row("band of 20 % relative, 1,000 points", "benchmarks.ours:band_sweep", (), {"cpu_s": 0.5}),
)


def run() -> None:
    """Every row, and what compiling costs once."""
    for row in ROWS:
        compare(row)
    cold_compile("first backtest with an empty kernel cache", "benchmarks.first:one")
