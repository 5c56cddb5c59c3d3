"""Where the results of a sweep are kept while it runs: in memory, or as parts in a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from engine.backtest.job import STATE, SUMS, Chunk, Job
from engine.backtest.points import PointSource, Table
from engine.backtest.store import Plan, Store, as_text, joined

STRETCH = 1 << 16
FIRST = len(SUMS)
"""Numbers of a row that stand before its state."""


class Keep(Protocol):
    """Results by task."""

    @property
    def plan(self) -> Plan:
        """How the points are cut into tasks."""

    def finished(self) -> list[int]:
        """Numbers of the tasks that need not run."""

    def put(self, number: int, points: pd.DataFrame, chunk: Chunk) -> None:
        """Keep the results of a task."""

    def table(self) -> pd.DataFrame:
        """All rows."""

    def returns(self) -> pd.DataFrame:
        """Returns of all points, shape (dates, P)."""

    def rows_of(self, numbers: list[int]) -> pd.DataFrame:
        """Rows of the finished tasks."""


def all_points(source: PointSource) -> pd.DataFrame:
    """Every point; those that are drawn, a stretch at a time."""
    if isinstance(source, Table):
        return source.frame
    count = len(source)
    stretches = (source.rows(start, min(start + STRETCH, count)) for start in range(0, count, STRETCH))
    return joined(stretches, count, source.names)


def columns_of(job: Job) -> tuple[str, ...]:
    """Columns of a row after its parameters."""
    return (*job.columns[:FIRST], STATE, *job.columns[FIRST:])


@dataclass
class Memory:
    """One array for all points."""

    job: Job
    plan: Plan
    source: PointSource
    whole: Chunk = field(init=False)

    def __post_init__(self) -> None:
        self.whole = Chunk.empty(self.job, self.plan.points)

    def finished(self) -> list[int]:
        return []

    def put(self, number: int, points: pd.DataFrame, chunk: Chunk) -> None:
        place = slice(number * self.plan.chunk, number * self.plan.chunk + len(points))
        self.whole.numbers[place], self.whole.state[place] = chunk.numbers, chunk.state
        self.whole.returns[place] = chunk.returns

    def table(self) -> pd.DataFrame:
        return _row_table(self.job, all_points(self.source), self.whole)

    def returns(self) -> pd.DataFrame:
        names = self.source.frame.index if isinstance(self.source, Table) else None
        return pd.DataFrame(self.whole.returns.T, index=self.job.return_dates, columns=names)

    def rows_of(self, numbers: list[int]) -> pd.DataFrame:
        places = _places(self.plan, numbers)
        chunk = Chunk(self.whole.numbers[places], self.whole.state[places], self.whole.returns[places])
        return _row_table(self.job, all_points(self.source).iloc[places], chunk)


@dataclass
class Disk:
    """A part of the folder for each task; read again at the end, so that it need not fit in memory before."""

    job: Job
    store: Store
    source: PointSource
    kinds: dict[str, str]

    @property
    def plan(self) -> Plan:
        return self.store.plan

    def finished(self) -> list[int]:
        return self.store.finished()

    def put(self, number: int, points: pd.DataFrame, chunk: Chunk) -> None:
        plain = {name: pd.Series(points[name].to_list(), points.index, dtype=kind) for name, kind in self.kinds.items()}
        table = _row_table(self.job, points.assign(**plain), chunk)
        if chunk.returns.shape[1]:
            returns = pd.DataFrame(chunk.returns, index=table.index, columns=list(self.plan.returns))
            table = pd.concat([table, returns], axis=1)
        self.store.write(number, table)

    def table(self) -> pd.DataFrame:
        return self._joined(all_points(self.source), None)

    def returns(self) -> pd.DataFrame:
        found = self.store.read(list(self.plan.returns)) if self.plan.returns else pd.DataFrame()
        names = self.source.frame.index if isinstance(self.source, Table) else None
        values = found.to_numpy(dtype=float) if len(found) else np.empty((self.plan.points, 0))
        return pd.DataFrame(values.T, index=self.job.return_dates, columns=names)

    def rows_of(self, numbers: list[int]) -> pd.DataFrame:
        return self._joined(all_points(self.source).iloc[_places(self.plan, numbers)], numbers)

    def _joined(self, points: pd.DataFrame, numbers: list[int] | None) -> pd.DataFrame:
        found = self.store.read(list(self.plan.figures), numbers)
        return pd.concat([points, found.set_axis(points.index)], axis=1)


def _row_table(job: Job, points: pd.DataFrame, chunk: Chunk) -> pd.DataFrame:
    table = pd.DataFrame(chunk.numbers, index=points.index, columns=job.columns)
    table.insert(FIRST, STATE, as_text(chunk.state))
    return pd.concat([points, table], axis=1)


def _places(plan: Plan, numbers: list[int]) -> np.ndarray:
    stretches = [np.arange(plan.rows(number)) + number * plan.chunk for number in sorted(numbers)]
    return np.concatenate(stretches) if stretches else np.empty(0, dtype=np.int64)
