"""What makes two sweeps the same: a hash over everything that their numbers depend on."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import types
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def fingerprint(*parts: Any) -> str:
    """SHA-256 of values, tables and strategies, the same in every process.

    A function counts by its name, its compiled code, its defaults and what it closes over; an object by
    its type and its fields. What a function calls elsewhere does not count.
    """
    digest = hashlib.sha256()
    for part in parts:
        digest.update(repr(_plain(part, ())).encode())
    return digest.hexdigest()


def _plain(value: Any, inside: tuple[int, ...]) -> Any:  # noqa: PLR0911  (one a kind)
    """A value as nested tuples of text and numbers; ``inside``: the objects it lies in."""
    if value is None or isinstance(value, (bool, int, float, complex, str, bytes, np.generic)):
        return type(value).__name__, repr(value)
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, (pd.Series, pd.DataFrame, pd.Index)):
        return _table(value)
    if isinstance(value, (type, types.ModuleType, types.BuiltinFunctionType)):
        return _name(value)
    if id(value) in inside:
        return "above", inside.index(id(value))
    inside = (*inside, id(value))
    if isinstance(value, Mapping):
        return type(value).__name__, [(_plain(key, inside), _plain(item, inside)) for key, item in value.items()]
    if isinstance(value, (set, frozenset)):
        return type(value).__name__, sorted(repr(_plain(item, inside)) for item in value)
    if isinstance(value, (list, tuple, range)):
        return type(value).__name__, [_plain(item, inside) for item in value]
    return _callable(value, inside) or _object(value, inside)


def _callable(value: Any, inside: tuple[int, ...]) -> Any:
    if isinstance(value, types.CodeType):
        return "code", value.co_code, _plain(value.co_consts, inside), value.co_names, value.co_varnames
    if isinstance(value, types.FunctionType):
        closed = inspect.getclosurevars(value).nonlocals
        return _name(value), [
            _plain(part, inside) for part in (value.__code__, value.__defaults__, value.__kwdefaults__, closed)
        ]
    if isinstance(value, types.MethodType):
        return "method", _plain(value.__func__, inside), _plain(value.__self__, inside)
    if isinstance(value, functools.partial):
        return "partial", [_plain(part, inside) for part in (value.func, value.args, value.keywords)]
    return None


def _object(value: Any, inside: tuple[int, ...]) -> Any:
    if dataclasses.is_dataclass(value):
        fields = [(item.name, _plain(getattr(value, item.name), inside)) for item in dataclasses.fields(value)]
        return _name(type(value)), fields
    state = vars(value) if hasattr(value, "__dict__") else {}
    return _name(type(value)), [(name, _plain(state[name], inside)) for name in sorted(state)]


def _name(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', getattr(value, '__name__', ''))}"


def _array(value: np.ndarray) -> Any:
    if value.dtype == object:
        return "objects", value.shape, [_plain(item, ()) for item in value.ravel().tolist()]
    return "array", value.shape, value.dtype.str, hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()


def _table(value: pd.Series | pd.DataFrame | pd.Index) -> Any:
    if isinstance(value, pd.DataFrame):
        columns = [_array(value.iloc[:, place].to_numpy()) for place in range(value.shape[1])]
        return "frame", _table(value.index), _table(value.columns), columns
    if isinstance(value, pd.Series):
        return "series", _table(value.index), _array(value.to_numpy())
    if isinstance(value, pd.RangeIndex):
        return "range", value.start, value.stop, value.step
    if isinstance(value, pd.DatetimeIndex):
        return "dates", _array(value.to_numpy().astype("datetime64[ns]").view(np.int64))
    return "index", _array(value.to_numpy())
