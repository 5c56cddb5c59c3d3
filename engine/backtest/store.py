"""A sweep on disk: a Parquet part for each task and a manifest that says what sweep it is.

A part appears under its name only when it is whole. A part that is missing, cut short or changed is
computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.backtest.points import Drawn, PointSource, Table, column
from engine.errors import BadInput, MissingData

MANIFEST = "manifest.json"
PART = "part-{:06d}.parquet"
FORMAT = 1


@dataclass(frozen=True)
class Plan:
    """What a folder keeps.

    Attributes
    ----------
    key : str
        Fingerprint of the sweep.
    points, chunk : int
        Points in all, and a part.
    parameters, figures : tuple of str
        Columns of the table, in order.
    returns : tuple of str
        Dates of the returns kept by point, as columns behind the table.
    """

    key: str
    points: int
    chunk: int
    parameters: tuple[str, ...]
    figures: tuple[str, ...]
    returns: tuple[str, ...] = ()

    @property
    def parts(self) -> int:
        return -(-self.points // self.chunk)

    @property
    def columns(self) -> list[str]:
        return [*self.parameters, *self.figures, *self.returns]

    def rows(self, number: int) -> int:
        """Points of a part."""
        return min(self.chunk, self.points - number * self.chunk)


@dataclass(frozen=True)
class Store:
    """The folder of one sweep."""

    folder: Path
    plan: Plan

    @classmethod
    def open(cls, out: Path | str, plan: Plan, chunk: int | None) -> Store:
        """The folder for a sweep, begun or new; a folder already begun keeps the size of its parts.

        Raises
        ------
        BadInput
            It is no folder, holds another sweep, or was begun with other parts than ``chunk``.
        """
        folder = Path(out)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput("sweep_folder", field="out", value=folder, reason=error.strerror or str(error)) from error
        if not (folder / MANIFEST).exists():
            if any(folder.glob(PART.replace("{:06d}", "*"))):
                raise BadInput("sweep_folder", field="out", value=folder, reason="it holds parts without a manifest")
            _put(folder / MANIFEST, json.dumps({"format": FORMAT} | plan.__dict__, indent=1).encode())
            return cls(folder, plan)
        found = _manifest(folder)
        if found.key != plan.key or found.points != plan.points or found.columns != plan.columns:
            raise BadInput("sweep_folder", field="out", value=folder, reason="it holds another sweep")
        if chunk is not None and chunk != found.chunk:
            reason = f"it was begun with {found.chunk} points a part"
            raise BadInput("sweep_folder", field="out", value=folder, reason=reason)
        return cls(folder, found)

    def finished(self) -> list[int]:
        """Numbers of the parts that are whole."""
        return [number for number in range(self.plan.parts) if self._sound(number)]

    def write(self, number: int, frame: pd.DataFrame) -> None:
        """Keep a part."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
        sink = pa.BufferOutputStream()
        # Random figures do not shrink: compression and dictionaries would only cost time.
        pq.write_table(
            table, sink, compression="none", use_dictionary=["state"], write_page_checksum=True, write_statistics=False
        )
        _put(self.folder / PART.format(number), sink.getvalue())

    def read(self, columns: Sequence[str], numbers: Sequence[int] | None = None) -> pd.DataFrame:
        """Columns of parts, all of them unless numbers are given, in order."""
        chosen = range(self.plan.parts) if numbers is None else sorted(numbers)
        parts = (self._part(number, list(columns)).to_pandas() for number in chosen)
        return joined(parts, sum(self.plan.rows(number) for number in chosen), columns)

    def _part(self, number: int, columns: list[str] | None = None) -> Any:
        import pyarrow.parquet as pq

        path = self.folder / PART.format(number)
        return pq.read_table(
            path,
            columns=columns,
            use_threads=False,
            memory_map=False,
            page_checksum_verification=True,
            partitioning=None,
        )

    def _sound(self, number: int) -> bool:
        import pyarrow as pa

        try:
            table = self._part(number)
        except (OSError, pa.ArrowException):
            return False
        return bool(table.num_rows == self.plan.rows(number) and table.column_names == self.plan.columns)


def open_finished(out: Path | str) -> Store:
    """The folder of a finished sweep.

    Raises
    ------
    MissingData
        No sweep was begun there, or it is not finished.
    BadInput
        The manifest cannot be read.
    """
    folder = Path(out)
    if not (folder / MANIFEST).is_file():
        raise MissingData("missing_file", field="out", value=folder / MANIFEST)
    store = Store(folder, _manifest(folder))
    done = store.finished()
    if len(done) < store.plan.parts:
        rows = sum(store.plan.rows(number) for number in done)
        raise MissingData("sweep_unfinished", field="out", value=rows, total=store.plan.points)
    return store


def as_text(state: np.ndarray) -> Any:
    """States as a column that holds each word once."""
    return pd.Series(state, dtype="str").array


def joined(parts: Iterable[pd.DataFrame], count: int, names: Sequence[str]) -> pd.DataFrame:
    """Frames of the same columns one below the other, ``count`` rows; only one is held beside the answer."""
    numbers: dict[str, np.ndarray] = {}
    others: dict[str, list[pd.Series]] = {name: [] for name in names}
    start = 0
    for part in parts:
        for name in names:
            kind = part[name].dtype
            if isinstance(kind, np.dtype) and kind.kind != "O":
                if name not in numbers:
                    numbers[name] = np.empty(count, kind)
                numbers[name][start : start + len(part)] = part[name]
            else:
                others[name].append(part[name])
        start += len(part)
    columns: dict[str, Any] = dict(numbers)
    for name in names:
        if name not in columns:
            columns[name] = pd.concat(others[name], ignore_index=True) if others[name] else np.empty(0)
    return pd.DataFrame({name: columns[name] for name in names}, copy=False)


def kept_as(source: PointSource) -> dict[str, str]:
    """Type in Parquet of each column of mixed values: numbers, or text, with NaN for None.

    Raises
    ------
    BadInput
        Values that are neither.
    """
    kinds = {}
    for name, values in _mixed(source).items():
        found = {type(value) for value in values} - {type(None)}
        if not (found <= {int, float} or found == {str}):
            value = ", ".join(sorted(kind.__name__ for kind in found))
            raise BadInput(
                "bad_number", field=name, value=value, accepted="numbers, or text, or true and false for out"
            )
        kinds[name] = "float64" if found <= {int, float} else "str"
    return kinds


def _mixed(source: PointSource) -> dict[str, Any]:
    """Values of the columns that are of no plain type."""
    if isinstance(source, Drawn):
        choices = {name: given for name, given in source.ranges.items() if not isinstance(given, tuple)}
        return {name: given for name, given in choices.items() if column(given).dtype == object}
    frame = source.frame if isinstance(source, Table) else source.rows(0, min(len(source), 1 << 16))
    return {str(name): frame[name] for name in frame.columns if frame[name].dtype == object}


def _manifest(folder: Path) -> Plan:
    try:
        found: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if found.pop("format") != FORMAT:
            raise ValueError("another format")
        lists = {name: tuple(value) for name, value in found.items() if isinstance(value, list)}
        return Plan(**(found | lists))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = "its manifest cannot be read"
        raise BadInput("sweep_folder", field="out", value=folder, reason=reason) from error


def _put(path: Path, content: Any) -> None:
    """Write under another name first: a reader sees the whole file or none."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with part.open("wb") as file:
            file.write(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
