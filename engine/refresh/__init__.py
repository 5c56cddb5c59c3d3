"""Refreshing: ask the live sources, check what came, and store it as a new snapshot, all or nothing.

``run`` is the one call of the command line and of the page.
"""

from engine.refresh.checks import Check
from engine.refresh.log import Attempt, LastRead, Tried, attempts, last_read
from engine.refresh.perform import run
from engine.refresh.plan import TABLES, choose, plan
from engine.refresh.repairs import repairs, unrepaired
from engine.refresh.result import DatasetStatus, RefreshResult, Step
from engine.refresh.vintages import as_of, difference, history
from engine.sources.live import Limits

__all__ = [
    "TABLES",
    "Attempt",
    "Check",
    "DatasetStatus",
    "LastRead",
    "Limits",
    "RefreshResult",
    "Step",
    "Tried",
    "as_of",
    "attempts",
    "choose",
    "difference",
    "history",
    "last_read",
    "plan",
    "repairs",
    "run",
    "unrepaired",
]
