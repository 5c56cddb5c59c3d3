"""What a refresh tells while it runs and when it has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.errors import LodestarError
from engine.sources.dataset import Finding
from engine.store import TableDiff


@dataclass(frozen=True)
class Step:
    """Where a refresh is.

    Attributes
    ----------
    table : str
        The table being fetched.
    item : str
        Ticker, series or file read last.
    done, total : int
        Items of this table.
    status : str or None
        ``updated``, ``unchanged`` or ``failed`` once the table is finished.
    error : LodestarError or None
        Why it failed, or what could not be read of it.
    tables_done, tables_total : int
    """

    table: str
    item: str
    done: int
    total: int
    tables_done: int
    tables_total: int
    status: str | None = None
    error: LodestarError | None = None


@dataclass(frozen=True, eq=False)
class DatasetStatus:
    """One data set after a refresh.

    Attributes
    ----------
    status : str
        ``updated``, ``unchanged`` or ``failed`` (the older figures stay in use).
    error : LodestarError or None
        Why it failed, or what is missing of an updated one.
    failed_items : mapping of str to LodestarError
        Tickers, series or files that could not be read, and why; older figures of them are kept where there are any.
    change : TableDiff or None
        Against the table of the snapshot before.
    problems : tuple of Finding
        Errors of the table that could not be repaired; the figures are stored as they came.
    """

    name: str
    table: str
    status: str
    error: LodestarError | None = None
    failed_items: dict[str, LodestarError] = field(default_factory=dict)
    change: TableDiff | None = None
    problems: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        change = None if self.change is None else self.change.to_dict()
        if change is not None:
            change.pop("largest")
        return {
            "name": self.name,
            "table": self.table,
            "status": self.status,
            "error": None if self.error is None else self.error.to_dict(),
            "failed_items": {item: error.message for item, error in self.failed_items.items()},
            "change": change,
            "problems": [found.to_dict() for found in self.problems],
        }


@dataclass(frozen=True, eq=False)
class RefreshResult:
    """What a refresh did.

    Attributes
    ----------
    snapshot : str
        The snapshot in use after it: a new one, or the one before where nothing new came.
    previous : str
        The snapshot in use before.
    """

    snapshot: str
    previous: str
    datasets: tuple[DatasetStatus, ...]
    seconds: float

    @property
    def changed(self) -> bool:
        return self.snapshot != self.previous

    @property
    def failed(self) -> tuple[DatasetStatus, ...]:
        return tuple(row for row in self.datasets if row.status == "failed")

    @property
    def unavailable(self) -> bool:
        """Whether nothing at all could be read."""
        return len(self.failed) == len(self.datasets)

    @property
    def partial(self) -> bool:
        """Whether some, but not all, could be read."""
        return not self.unavailable and any(row.error is not None for row in self.datasets)

    def to_dict(self) -> dict[str, Any]:
        return {
            "snapshot": self.snapshot,
            "previous": self.previous,
            "partial": self.partial,
            "datasets": [row.to_dict() for row in self.datasets],
            "seconds": round(self.seconds, 3),
        }
