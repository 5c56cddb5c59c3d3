"""Fact sheets and the probability of overfitting beside ffn, jquantstats and quantstats."""

from __future__ import annotations

from benchmarks.processes import Peer, Row, compare

ROWS = (
    Row(
        "fact sheet of one 33-year series against an index",
        "benchmarks.ours:fact_sheet",
        (
            Peer("ffn", "benchmarks.peers:ffn_sheet", 10),
            Peer("jquantstats", "benchmarks.peers:jquantstats_sheet", 15),
            Peer("quantstats", "benchmarks.peers:quantstats_sheet", 800),
        ),
        {"cpu_s": 3e-3},
        agree=1e-4,
    ),
    Row("24 figures a series, batch of 1,000", "benchmarks.ours:fact_sheets", (), {"cpu_s": 1 / 8_000}),
    Row("probability of overfitting, 1,000 trials", "benchmarks.ours:overfit", (), {"cpu_s": 0.5}),
    Row(
        "probability of overfitting, 100 trials",
        "benchmarks.ours:overfit_100",
        (Peer("ffn", "benchmarks.peers:ffn_overfit", 1_000),),
        agree=1e-12,
    ),
)


def run() -> None:
    """Every row."""
    for row in ROWS:
        compare(row)
