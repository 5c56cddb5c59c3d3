"""Falls of lines in crises, against a yardstick of the same basis, currency and frequency.

Crises are data: a table of past falls, falls found in the index by rule, or a reader's own range.
"""

from engine.crises.compare import (
    BENCHMARKS,
    CURRENCIES,
    YARDSTICKS,
    ask,
    choose_lines,
    comparable,
    records,
    report,
    yardsticks,
)
from engine.crises.named import crisis, custom_range, falls_by_rule, fund_falls, named_crises
from engine.crises.paths import Comparison, Path, comparisons
from engine.crises.types import (
    DEFENDED_MARGIN,
    Crisis,
    CrisisReport,
    CrisisRow,
    FundFall,
    Record,
    slug,
)

__all__ = [
    "BENCHMARKS",
    "CURRENCIES",
    "DEFENDED_MARGIN",
    "YARDSTICKS",
    "Comparison",
    "Crisis",
    "CrisisReport",
    "CrisisRow",
    "FundFall",
    "Path",
    "Record",
    "ask",
    "choose_lines",
    "comparable",
    "comparisons",
    "crisis",
    "custom_range",
    "falls_by_rule",
    "fund_falls",
    "named_crises",
    "records",
    "report",
    "slug",
    "yardsticks",
]
