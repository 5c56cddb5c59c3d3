"""What the page shows: a run, the product looked at, and where it was a dry run, what it began from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.rebalance import Rehearsal, RunResult

DRY = "dry"
"""The choice of a dry run, beside the ids of runs that are kept."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The run on the page; ``rehearsal`` where it was a dry run."""

    found: RunResult
    product: str
    rehearsal: Rehearsal | None = None
