"""How much of the window each step of a run may take, and how much it took."""

from __future__ import annotations

from dataclasses import dataclass

from engine.rebalance.run import RunResult

BUDGET: dict[str, float] = {
    "ingest": 900.0,
    "check": 1200.0,
    "features": 900.0,
    "weights": 600.0,
    "rules": 60.0,
    "orders": 300.0,
    "pretrade": 120.0,
}
"""Seconds that a step is planned to take at most. A house rule, not a measurement: together 68 minutes, so that of a
window of 17.5 hours more than sixteen are left for people: to repair, to run again, to sign."""


@dataclass(frozen=True)
class StepTime:
    """One step of a run in time; seconds.

    Attributes
    ----------
    status : str
        ``done`` or ``pending``.
    begins : float or None
        After the start of the first step, waiting between steps left out; None for a step that is not done.
    slowest, seconds_of_slowest
        The product that took most of it; empty where products share the work.
    """

    name: str
    status: str
    budget: float
    used: float | None
    begins: float | None
    slowest: str = ""
    seconds_of_slowest: float = 0.0

    @property
    def over(self) -> bool:
        """Whether it took longer than planned."""
        return self.used is not None and self.used > self.budget


def timeline(found: RunResult) -> tuple[StepTime, ...]:
    """The steps of a run one after another. None waits for another beside it, so all of them are the critical path."""
    told: list[StepTime] = []
    clock = 0.0
    for step in found.steps:
        if step["name"] not in BUDGET:
            continue
        used = step["seconds"]
        parts = step["products"]
        slowest = max(parts, key=lambda key: parts[key], default="")
        begins = None if used is None else clock
        told.append(
            StepTime(step["name"], step["status"], BUDGET[step["name"]], used, begins, slowest, parts.get(slowest, 0.0))
        )
        clock += used or 0.0
    return tuple(told)
