"""Where a stream writes: the repaired table and the log, each under a temporary name until the end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from engine.errors import BadInput
from engine.integrity.pieces import SUFFIXES, Judged, Piece, Source


class Log(Protocol):
    """Takes changed cells."""

    def write(self, cells: pd.DataFrame) -> None:
        """Add these."""


@contextmanager
def written(target: str | Path, source: Source) -> Iterator[Repaired]:
    """A Parquet file of the repaired table; it appears when all of it is written."""
    path = Path(target)
    if path.suffix.lower() not in SUFFIXES:
        raise BadInput(
            "table_file", field="repair", value=path, reason="a table read piece by piece is written as .parquet"
        )
    if any(path.resolve() == own.resolve() for own in source.paths):
        raise BadInput("table_file", field="repair", value=path, reason="it is the file that is read")
    with _finally_named(path, "repair") as part:
        sink = Repaired(part, source.schema)
        try:
            yield sink
        finally:
            sink.close()


class Repaired:
    """Pieces as row groups. A column of whole numbers that a repair gives fractions is made floats from its start."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path = path
        self._schema = schema
        self._writer = _writer(path, schema)

    def write(self, piece: Piece, judged: Judged) -> None:
        """Add a piece with its repairs."""
        table = piece.table
        for name, values in judged.columns.items():
            place = table.schema.get_field_index(name)
            table = table.set_column(place, table.schema.field(place).with_type(values.type), values)
            if self._schema.field(place).type != values.type:
                self._widen(self._schema.set(place, self._schema.field(place).with_type(values.type)))
        self._writer.write_table(table.cast(self._schema))

    def _widen(self, schema: pa.Schema) -> None:
        """Write again what is there, with the new types."""
        self._writer.close()
        before = self._path.with_name(self._path.name + ".before")
        self._path.replace(before)
        self._schema = schema
        self._writer = _writer(self._path, schema)
        try:
            file = parquet.ParquetFile(before)
            for group in range(file.num_row_groups):
                self._writer.write_table(file.read_row_group(group).cast(schema))
        finally:
            before.unlink()

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def _writer(path: Path, schema: pa.Schema) -> parquet.ParquetWriter:
    """Prices hardly repeat: to look for repeats in them takes most of the time of writing."""
    repeated = [column.name for column in schema if not pa.types.is_floating(column.type)]
    return parquet.ParquetWriter(path, schema, use_dictionary=repeated)


@contextmanager
def logged(target: str | Path, source: Source) -> Iterator[Log]:
    """A file of every changed cell, as CSV or Parquet by its ending."""
    path = Path(target)
    as_parquet = path.suffix.lower() in SUFFIXES
    if as_parquet and any(_text(source.schema.field(name).type) for name in _numbers(source)):
        raise BadInput("table_file", field="log", value=path, reason="numbers that came as text are logged as .csv")
    with _finally_named(path, "log") as part:
        sink = _ParquetLog(part) if as_parquet else _CsvLog(part)
        try:
            yield sink
        finally:
            sink.close()


def _numbers(source: Source) -> list[str]:
    return [own for name, own in source.names.items() if name not in ("date", "ticker")]


def _text(kind: pa.DataType) -> bool:
    return not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


class _CsvLog:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._begun = False

    def write(self, cells: pd.DataFrame) -> None:
        if not self._begun or len(cells):
            cells.to_csv(self._file, index=False, header=not self._begun)
        self._begun = True

    def close(self) -> None:
        self._file.close()


class _ParquetLog:
    schema = pa.schema(
        {
            "row": pa.int64(),
            "column": pa.string(),
            "old": pa.float64(),
            "new": pa.float64(),
            "dtype": pa.string(),
            "finding": pa.int64(),
        }
    )

    def __init__(self, path: Path) -> None:
        self._writer = parquet.ParquetWriter(path, self.schema)

    def write(self, cells: pd.DataFrame) -> None:
        if len(cells):
            typed = cells.astype({"old": float, "new": float, "row": "int64", "finding": "int64"})
            self._writer.write_table(pa.Table.from_pandas(typed, schema=self.schema, preserve_index=False))

    def close(self) -> None:
        self._writer.close()


@contextmanager
def _finally_named(path: Path, field: str) -> Iterator[Path]:
    """A temporary name beside a path, given the path's own name if all goes well and taken away if not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise BadInput("table_file", field=field, value=path, reason=error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)
