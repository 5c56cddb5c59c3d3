"""Which policy decides when: the artifact's, then every later fit that a snapshot holds."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import pandas as pd

from engine.factors.artifacts import Artifact, load_policies
from engine.factors.models.mean import MeanPolicy
from engine.factors.walkforward import Window, windows
from engine.sources import Snapshot

TABLE = "factor_policies"
"""Table of a stored snapshot with the fits made since training: they are numbers too, so its id names them."""

START = "1963-01"
"""First month of the running universe's panel, as in training."""

REFIT_AFTER = 12
"""Months after the January of a fit at which the next one is due: training refits every January."""


@dataclass(frozen=True)
class Fit:
    """How old the policy of a decision is.

    Attributes
    ----------
    year : int
        It was fitted for this January and has not been since.
    learned : date
        Last month whose returns it learned from.
    months : int
        Months from that January to the month in which the decision holds, both counted.
    due : bool
        It has been held for more than twelve months.
    """

    year: int
    learned: date
    months: int

    @property
    def due(self) -> bool:
        return self.months > REFIT_AFTER

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"learned": self.learned.isoformat(), "due": self.due}


@dataclass(frozen=True, eq=False)
class Fitted:
    """A policy, the January it was fitted for, what it learned from, and the first decision it takes."""

    since: pd.Timestamp
    year: int
    learned: date
    policy: MeanPolicy

    def age(self, when: pd.Timestamp) -> Fit:
        """How old it is at a decision."""
        held = when + pd.offsets.MonthEnd(1)
        return Fit(self.year, self.learned, (held.year - self.year) * 12 + held.month)


def window_of(when: pd.Timestamp) -> tuple[Window, date]:
    """The window of a decision and the last month it may learn from."""
    index = pd.date_range(START, when, freq="ME")
    window = windows(index, (when + pd.offsets.MonthEnd(1)).year)[-1]
    return window, index[window.train].date()


def trained(made: Artifact) -> Fitted:
    """The artifact's last policy."""
    last = pd.Timestamp(made.weights["ai"].index[-1])
    window, learned = window_of(last)
    return Fitted(pd.Timestamp(f"{window.year - 1}-12-31"), window.year, learned, made.policy)


def fits(made: Artifact, found: Snapshot) -> tuple[Fitted, ...]:
    """The artifact's last policy and the fits of the snapshot, oldest first.

    Raises
    ------
    MissingData
        The table of the snapshot is not what was written.
    """
    if not found.has(TABLE):
        return (trained(made),)
    rows = found.table(TABLE).frame.sort_values("since").to_dict("records")
    later = [
        Fitted(pd.Timestamp(r["since"]), int(r["year"]), pd.Timestamp(r["learned"]).date(), _policy(r["policy"]))
        for r in rows
    ]
    return (trained(made), *later)


def in_force(known: Sequence[Fitted], when: pd.Timestamp) -> Fitted:
    """The newest fit that a decision may use."""
    return next(fit for fit in reversed(known) if fit.since <= when or fit is known[0])


@lru_cache(maxsize=16)
def _policy(text: str) -> MeanPolicy:
    (policy,) = load_policies(io.BytesIO(base64.b64decode(text)))  # type: ignore[arg-type]
    return policy
