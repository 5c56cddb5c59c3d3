"""Frames as Parquet, and a name for their content that no library version changes."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData


def prepared(frame: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """The frame as it is stored: keys first and sorted by them, days in microseconds, integers and decimals 64 bits wide.

    Raises
    ------
    BadInput
        A key column is missing, has a hole or repeats, or a column is no number, day, text or truth value.
    """
    missing = [key for key in keys if key not in frame.columns]
    if missing:
        raise BadInput("missing_column", field=missing[0], value="table", accepted=", ".join(map(str, frame.columns)))
    if frame[list(keys)].isna().any(axis=None) or frame.duplicated(list(keys)).any():
        raise BadInput("store_keys", field=", ".join(keys), value=f"{len(frame)} rows")
    ordered = frame[[*keys, *(name for name in frame.columns if name not in keys)]]
    columns = {str(name): _column(str(name), column) for name, column in ordered.items()}
    return pd.DataFrame(columns).sort_values(list(keys), kind="stable", ignore_index=True)


def _column(name: str, column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype | pd.CategoricalDtype):
        raise BadInput("store_column", field=name, value=column.dtype)
    if pd.api.types.is_datetime64_dtype(column):
        return column.astype("datetime64[us]")
    if pd.api.types.is_bool_dtype(column):
        return column.astype(bool)
    if pd.api.types.is_integer_dtype(column):
        return column.astype("int64")
    if pd.api.types.is_float_dtype(column):
        return column.astype("float64")
    if pd.api.types.is_string_dtype(column):
        return column.astype("str")
    raise BadInput("store_column", field=name, value=column.dtype)


def content_hash(frame: pd.DataFrame) -> str:
    """SHA-256 over names, kinds and values of a prepared frame; equal content has equal names in every version."""
    digest = hashlib.sha256(f"{len(frame)}".encode())
    for name, column in frame.items():
        digest.update(f"|{name}|{_kind(column)}|".encode())
        digest.update(_bytes(column))
    return digest.hexdigest()


def _kind(column: pd.Series) -> str:
    return "str" if pd.api.types.is_string_dtype(column) else str(column.dtype)


def _bytes(column: pd.Series) -> bytes:
    if pd.api.types.is_string_dtype(column):
        holes = column.isna().to_numpy()
        texts = ["" if hole else str(text) for text, hole in zip(column.tolist(), holes, strict=True)]
        lengths = np.array([-1 if hole else len(text) for text, hole in zip(texts, holes, strict=True)], dtype="<i8")
        return bytes(lengths.tobytes() + "".join(texts).encode("utf-8", "surrogatepass"))
    if pd.api.types.is_datetime64_dtype(column):
        return bytes(column.to_numpy().astype("datetime64[us]").astype("<i8").tobytes())
    values = column.to_numpy()
    if values.dtype.kind == "f":
        # One NaN and one zero: their bits differ, their meaning does not.
        values = np.where(np.isnan(values), np.nan, values) + 0.0
        return bytes(values.astype("<f8").tobytes())
    return bytes(values.astype(values.dtype.newbyteorder("<")).tobytes())


def encoded(frame: pd.DataFrame) -> bytes:
    """A prepared frame as Parquet."""
    import pyarrow
    from pyarrow import parquet

    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pandas(frame, preserve_index=False), sink, compression="zstd")
    return sink.getvalue()


def decoded(content: bytes, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """A frame from Parquet, all columns or some.

    Raises
    ------
    MissingData
        Not Parquet, or broken.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.read_table(io.BytesIO(content), columns=None if columns is None else list(columns))
        frame = table.to_pandas()
    except (pyarrow.ArrowException, OSError) as error:
        raise MissingData("store_broken", field="store", value="a table", reason=type(error).__name__) from error
    return pd.DataFrame(frame)
