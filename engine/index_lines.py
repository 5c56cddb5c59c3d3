"""The S&P 500 as lines: price index and total return."""

from __future__ import annotations

from functools import partial

from engine.lines import LineSpec
from engine.sources import Line, load


def _index(name: str) -> Line:
    data = load(name)
    origin = data.provenance
    return Line(
        name,
        data.frame.iloc[:, 0],
        origin.basis,
        origin.frequency,
        "USD",
        "index",
        origin.source,
        findings=data.findings,
    )


LINES = (
    LineSpec("sp500_price", partial(_index, "sp500_price"), "index"),
    LineSpec("sp500_total_return", partial(_index, "sp500_total_return"), "index"),
)
