"""Parquet files as pieces of whole symbols, and the check of one piece."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from engine.errors import BadInput
from engine.integrity.check import examine
from engine.integrity.table import named, read

SUFFIXES = (".parquet", ".pq")
BUFFER = 1 << 20  # bytes read of a column at a time, so that a large row group is never held whole


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows of whole symbols; ``start`` is the first one's position over all files."""

    start: int
    table: pa.Table

    @property
    def rows(self) -> int:
        """Rows of the piece."""
        return int(self.table.num_rows)


@dataclass(frozen=True, eq=False)
class Judged:
    """Findings and log of one piece (rows and findings counted from its own first), and the columns that changed."""

    symbols: int
    zoned: bool
    findings: pd.DataFrame
    log: pd.DataFrame
    columns: dict[str, pa.Array]


@dataclass(frozen=True, eq=False)
class Source:
    """The files of a stream, as one table.

    ``names`` are the table's own names of the columns we know; ``gaps`` those of whole numbers with
    blanks, which are floats to pandas.
    """

    paths: tuple[Path, ...]
    schema: pa.Schema
    rows: int
    names: dict[str, str]
    frequency: str
    calendar: str | None
    whole: bool
    gaps: frozenset[str]

    @classmethod
    def open(
        cls, files: str | Path | Iterable[str | Path], frequency: str, calendar: str | None, *, whole: bool
    ) -> Source:
        """Look at the files' columns; ``whole``: pieces hold all of them, not only those that are checked."""
        paths = _paths(files)
        first = _opened(paths[0])
        schema, rows = first.schema_arrow, 0
        for path in paths:
            file = _opened(path)
            if not file.schema_arrow.equals(schema):
                raise BadInput(
                    "table_file", field="file", value=path, reason=f"its columns are not those of {paths[0].name}"
                )
            rows += file.metadata.num_rows
        names = named(pd.DataFrame(columns=schema.names))
        integers = [name for name in names.values() if pa.types.is_integer(schema.field(name).type)]
        gaps = frozenset(name for name in integers if any(_blanks(path, name) for path in paths))
        return cls(paths, schema, rows, names, frequency, calendar, whole, gaps)

    def pieces(self, batch: int) -> Iterator[Piece]:
        """Batches of rows cut where a symbol ends; what is left of the last one goes before the next batch."""
        ticker = self.names.get("ticker")
        kept: list[pa.Table] = []
        start = position = 0
        last: str | None = None
        seen: set[str] = set()
        for part in self._batches(batch):
            begins = _begins(part.column(ticker), last) if ticker else []
            for at, name in begins:
                if name in seen:
                    raise BadInput("symbols_mixed", field=str(ticker), row=position + at + 2, value=name)
                seen.add(name)
            if begins:
                last = begins[-1][1]
                cut = begins[-1][0]
                whole = [*kept, part.slice(0, cut)]
                rows = sum(table.num_rows for table in whole)
                if rows:
                    yield Piece(start, pa.concat_tables(whole).combine_chunks())
                    start += rows
                kept = [part.slice(cut)]
            else:
                kept.append(part)
            position += part.num_rows
        if kept:
            yield Piece(start, pa.concat_tables(kept).combine_chunks())

    def _batches(self, batch: int) -> Iterator[pa.Table]:
        columns = None if self.whole else list(self.names.values())
        for path in self.paths:
            try:
                for part in _opened(path).iter_batches(batch_size=batch, columns=columns):
                    yield pa.Table.from_batches([part])
            except (OSError, pa.ArrowException) as error:
                raise BadInput("table_file", field="file", value=path, reason=str(error).splitlines()[0]) from error

    def judging(self) -> Callable[[Piece], Judged]:
        """The check of a piece, as a function that another process can be given."""
        return partial(judge, names=self.names, gaps=self.gaps, frequency=self.frequency, calendar=self.calendar)


def judge(piece: Piece, *, names: dict[str, str], gaps: frozenset[str], frequency: str, calendar: str | None) -> Judged:
    """Check one piece as a table of its own."""
    table = piece.table.select(list(names.values()))
    for place, column in enumerate(table.schema):
        if column.name in gaps:
            table = table.set_column(place, column.name, table.column(place).cast(pa.float64()))
        elif pa.types.is_date(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.timestamp("ms")))
    frame = table.to_pandas(ignore_metadata=True)
    try:
        parsed = read(frame, frequency, calendar, least=1)
    except BadInput as error:
        raise error.further_down(piece.start) from None
    ledger = examine(parsed, screened=True)
    report = ledger.report_as_read()
    columns = {name: _array(report.repaired[name], table.schema.field(name).type) for name in ledger.touched()}
    return Judged(len(parsed.bars), parsed.zoned, report.findings, report.log, columns)


def _array(column: pd.Series, kind: pa.DataType) -> pa.Array:
    """A repaired column; whole numbers become floats, as they do in a frame."""
    keep = pa.types.is_floating(kind) or not pd.api.types.is_numeric_dtype(column.dtype)
    return pa.Array.from_pandas(column, type=kind if keep else pa.float64())


def _begins(column: pa.ChunkedArray, last: str | None) -> list[tuple[int, str]]:
    """Rows at which another symbol begins, and its name."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # an empty column stays chunked
        values = values.chunk(0)
    if values.null_count:
        return []  # refused with its row when the piece is read
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    codes = values.indices.to_numpy(zero_copy_only=False)
    begins = np.flatnonzero(np.concatenate([[True], codes[1:] != codes[:-1]]))
    names = [str(name) for name in values.dictionary.to_pylist()]
    found = [(int(at), names[codes[at]]) for at in begins]
    return found[1:] if found and found[0][1] == last else found


def _paths(files: str | Path | Iterable[str | Path]) -> tuple[Path, ...]:
    one = isinstance(files, str | Path)
    paths = (Path(files),) if one else tuple(Path(file) for file in files)  # type: ignore[arg-type, union-attr]
    if one and paths[0].is_dir():
        paths = tuple(sorted(path for path in paths[0].iterdir() if path.suffix.lower() in SUFFIXES))
    if not paths:
        raise BadInput("table_file", field="file", value=files, reason="no Parquet file in it")
    return paths


def _opened(path: Path) -> parquet.ParquetFile:
    try:
        return parquet.ParquetFile(path, pre_buffer=False, buffer_size=BUFFER)
    except (OSError, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise BadInput("table_file", field="file", value=path, reason=reason) from error


def _blanks(path: Path, name: str) -> bool:
    """Whether a column has blanks, from the file's statistics; the column itself is read where there are none."""
    file = _opened(path)
    counts = []
    for group in range(file.metadata.num_row_groups):
        about = file.metadata.row_group(group)
        own = next(column for column in map(about.column, range(about.num_columns)) if column.path_in_schema == name)
        if own.statistics is None or not own.statistics.has_null_count:
            return any(part.column(0).null_count for part in file.iter_batches(columns=[name]))
        counts.append(own.statistics.null_count)
    return any(counts)
