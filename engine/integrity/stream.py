"""``check`` for Parquet files larger than memory: whole symbols, one piece after the other.

The rows of a symbol must stand together (in any order among themselves; they may run over row groups
and files); a symbol that comes again after another is refused, since it could not be judged whole.
Memory holds one piece, which is a batch of rows or, if that is larger, one symbol; a file without a symbol
column is one symbol.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.errors import BadInput
from engine.integrity.report import FINDING_COLUMNS, plain
from engine.integrity.table import FREQUENCIES, LEAST_ROWS

if TYPE_CHECKING:
    from engine.integrity.pieces import Judged, Piece, Source

BATCH = 1 << 17
"""Rows of a piece, if no symbol is longer: some 10 MB a column of the tables that are worked on."""
AHEAD = 2
"""Pieces a process that may wait, so that reading never runs far ahead of checking."""


@dataclass(frozen=True)
class Progress:
    """How far a stream is: rows checked, of how many, symbols and findings so far."""

    rows: int
    total: int
    symbols: int
    findings: int


@dataclass(frozen=True, eq=False)
class Streamed:
    """What a stream found.

    Attributes
    ----------
    rows, symbols, cells_changed : int
    kinds : dict of str to int
        Findings of each kind.
    findings : DataFrame
        As in ``Report``, symbols in the order of the files; empty where they were handed on to ``found``.
    """

    rows: int
    symbols: int
    cells_changed: int
    kinds: dict[str, int]
    findings: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """As the command line prints it."""
        counts = {"rows": self.rows, "symbols": self.symbols, "cells_changed": self.cells_changed}
        return counts | {"kinds": self.kinds, "findings": plain(self.findings)}


def stream(
    files: str | Path | Iterable[str | Path],
    *,
    frequency: str = "daily",
    calendar: str | None = None,
    repaired: str | Path | None = None,
    log: str | Path | None = None,
    found: Callable[[pd.DataFrame], None] | None = None,
    progress: Callable[[Progress], None] | None = None,
    workers: int = 1,
    batch: int = BATCH,
) -> Streamed:
    """Check Parquet files as one table, in memory that does not grow with their size.

    Findings, repaired cells and log are those of ``check`` on the same table held in memory, but
    for the order of the symbols, which is the files'.

    Parameters
    ----------
    files : path, or paths
        A Parquet file, a folder of them (read in the order of their names) or several files; all with the
        same columns, named as ``check`` takes them.
    frequency, calendar
        As in ``check``.
    repaired : path, optional
        Where the repaired table goes (Parquet). Written beside it under a temporary name and renamed at the end.
    log : path, optional
        Where every changed cell goes (.csv or .parquet), as in ``Report.log``; ``row`` counts over all files.
    found : callable, optional
        Takes the findings of each piece as they come; otherwise they are collected.
    progress : callable, optional
    workers : int
        Processes that check; 1 checks in this one. They are started anew, so a script that asks for
        more keeps its own work under ``if __name__ == "__main__"``.
    batch : int
        Rows read at a time.

    Raises
    ------
    BadInput
        As ``check``; a file that is no Parquet or differs in its columns from the first; rows of a symbol apart.
    """
    from engine.integrity.pieces import Source
    from engine.integrity.sinks import logged, written

    if frequency not in FREQUENCIES:
        raise BadInput("unknown_choice", field="frequency", value=frequency, accepted=", ".join(FREQUENCIES))
    if workers < 1 or batch < 1:
        raise BadInput("bad_number", field="workers and batch", value=min(workers, batch), accepted="at least 1")
    source = Source.open(files, frequency, calendar, whole=repaired is not None)
    if source.rows < LEAST_ROWS:
        raise BadInput("upload_too_short", field="table", value=source.rows, accepted=LEAST_ROWS)
    tally = _Tally(found)
    with ExitStack() as stack:
        table = stack.enter_context(written(repaired, source)) if repaired is not None else None
        cells = stack.enter_context(logged(log, source)) if log is not None else None
        for piece, judged in _judged(source, source.pieces(batch), workers):
            if cells is not None:
                cells.write(
                    judged.log.assign(row=judged.log["row"] + piece.start, finding=judged.log["finding"] + tally.count)
                )
            if table is not None:
                table.write(piece, judged)
            tally.add(piece, judged, source)
            if progress is not None:
                progress(Progress(tally.rows, source.rows, tally.symbols, tally.count))
    return tally.result()


def _judged(source: Source, pieces: Iterator[Piece], workers: int) -> Iterator[tuple[Piece, Judged]]:
    """Every piece with its findings, in order; checked here, or by other processes a few pieces ahead."""
    judging = source.judging()
    if workers == 1:
        for piece in pieces:
            yield piece, judging(piece)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    waiting: deque[tuple[Piece, Future[Judged]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            for piece in pieces:
                waiting.append((piece, pool.submit(judging, piece)))
                if len(waiting) > AHEAD * workers:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            while waiting:
                first, answer = waiting.popleft()
                yield first, answer.result()
        finally:
            pool.shutdown(cancel_futures=True)


class _Tally:
    """Counts, and the findings that nobody takes."""

    def __init__(self, found: Callable[[pd.DataFrame], None] | None) -> None:
        self.rows = self.symbols = self.count = self.cells = 0
        self._zoned: bool | None = None
        self._kinds: dict[str, int] = {}
        self._kept: list[pd.DataFrame] = []
        self._take = found or self._kept.append

    def add(self, piece: Piece, judged: Judged, source: Source) -> None:
        if self._zoned not in (None, judged.zoned):
            name = source.names["date"]
            value = piece.table.column(name)[0].as_py()
            raise BadInput("mixed_zones", field=name, row=piece.start + 2, value=value)
        self._zoned = judged.zoned
        self.rows += piece.rows
        self.symbols += judged.symbols
        self.count += len(judged.findings)
        self.cells += len(judged.log)
        for kind, times in judged.findings["kind"].value_counts().items():
            self._kinds[str(kind)] = self._kinds.get(str(kind), 0) + int(times)
        if len(judged.findings):
            self._take(judged.findings)

    def result(self) -> Streamed:
        empty = pd.DataFrame(columns=list(FINDING_COLUMNS))
        findings = pd.concat(self._kept, ignore_index=True) if self._kept else empty
        return Streamed(self.rows, self.symbols, self.cells, dict(sorted(self._kinds.items())), findings)
