"""Numbers as they come in: finite, of the right shape, and covariances that are covariances."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from engine.errors import BadInput

MAX_CONDITION = 1e10
"""Above this condition number a covariance counts as singular."""

ROUNDING = 1e-10
"""Entries across the diagonal may differ by this share of the largest; their mean is used."""

SIGN = 1e-12
"""A negative eigenvalue within this share of the largest is rounding."""

FINITE = "finite numbers"


def numbers(field: str, value: object) -> np.ndarray:
    """A float64 copy of a number, a (nested) list, an array, a series or a frame.

    Raises
    ------
    BadInput
        Something in it is not a finite number (text, true or false and empty cells are not), or rows differ in length.
    """
    _require_numbers(field, value)
    try:
        array = np.array(value, dtype=float)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadInput("bad_number", field=field, value=type(value).__name__, accepted=FINITE) from error
    if not np.isfinite(array).all():
        first = tuple(np.argwhere(~np.isfinite(array))[0])
        raise BadInput("bad_number", field=field, value=_at(array[first], *first), accepted=FINITE)
    return array


def _require_numbers(field: str, value: object, *place: int) -> None:
    """Text would be read as a number, true as one and an empty cell as not a number: none of them is let through."""
    if isinstance(value, list | tuple):
        for step, item in enumerate(value):
            _require_numbers(field, item, *place, step)
    elif isinstance(value, np.ndarray | pd.Series | pd.DataFrame):
        kind = np.asarray(value).dtype
        if kind.kind not in "iuf":
            raise BadInput("bad_number", field=field, value=_at(kind, *place), accepted=FINITE)
    elif isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        raise BadInput("bad_number", field=field, value=_at(value, *place), accepted=FINITE)


def _at(value: object, *place: int) -> str:
    """A value and where it stands: ``nan at [0][2]``."""
    return f"{value} at {''.join(f'[{step}]' for step in place)}" if place else str(value)


def number(field: str, value: object, accepted: str = FINITE) -> float:
    """One finite number."""
    array = numbers(field, value)
    if array.ndim:
        raise BadInput("bad_number", field=field, value=_shape(array), accepted=accepted)
    return float(array)


def above_zero(field: str, value: object) -> float:
    """One finite number above zero."""
    found = number(field, value)
    if found <= 0:
        raise BadInput("bad_number", field=field, value=value, accepted="a number above zero")
    return found


def at_least_zero(field: str, value: object) -> float:
    """One finite number that is not negative."""
    found = number(field, value)
    if found < 0:
        raise BadInput("bad_number", field=field, value=value, accepted="zero or more")
    return found


def share(field: str, value: object) -> float:
    """One decimal from 0 to 1."""
    found = number(field, value)
    if not 0 <= found <= 1:
        raise BadInput("bad_number", field=field, value=value, accepted="a share from 0 to 1")
    return found


def whole(field: str, value: object, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not least <= value <= most:
        raise BadInput("bad_number", field=field, value=value, accepted=f"{least} to {most}")
    return int(value)


def vector(field: str, value: object, size: int | None = None) -> np.ndarray:
    """A vector, read-only, shape (n,); a single number counts as one asset."""
    array = np.atleast_1d(numbers(field, value))
    if array.ndim != 1 or not array.size or (size is not None and array.size != size):
        accepted = "a list of numbers, one an asset" if size is None else f"shape ({size},)"
        raise BadInput("world_shape", field=field, value=_shape(array), accepted=accepted)
    array.setflags(write=False)
    return array


def covariance(field: str, value: object, size: int, *, regular: bool = False) -> np.ndarray:
    """A symmetric, positive semi-definite matrix, read-only, shape (n, n); a single number counts as 1 x 1.

    Raises
    ------
    BadInput
        Wrong shape, not finite, not symmetric, an eigenvalue below zero (a variance below zero is one), or, if it must be
        regular, a condition number above ``MAX_CONDITION``.
    """
    array = numbers(field, value)
    array = array.reshape(1, 1) if array.ndim == 0 else array
    if array.shape != (size, size):
        raise BadInput("world_shape", field=field, value=_shape(array), accepted=f"shape ({size}, {size})")
    apart = np.abs(array - array.T)
    if apart.max() > ROUNDING * np.abs(array).max():
        row, column = sorted(int(step) for step in np.unravel_index(apart.argmax(), apart.shape))
        raise BadInput("world_symmetric", field=field, value=f"[{row}][{column}]")
    array = np.asarray(array / 2 + array.T / 2)
    eigenvalues = np.linalg.eigvalsh(array)
    if eigenvalues[0] < -SIGN * np.abs(eigenvalues).max():
        raise BadInput("world_definite", field=field, value=f"{eigenvalues[0]:.6g}")
    if regular:
        _require_regular(field, eigenvalues)
    array.setflags(write=False)
    return array


def _require_regular(field: str, eigenvalues: np.ndarray) -> None:
    condition = eigenvalues[-1] / eigenvalues[0] if eigenvalues[0] > 0 else math.inf
    if not condition <= MAX_CONDITION:
        raise BadInput("world_singular", field=field, value=f"{condition:.3g}", accepted=f"{MAX_CONDITION:.0e}")


def require_distinct(field: str, matrix: np.ndarray) -> None:
    """Refuse a covariance whose correlations are singular: two assets that are one, whatever their sizes.

    Raises
    ------
    BadInput
        The condition number of the correlations is above ``MAX_CONDITION``.
    """
    scale = np.sqrt(np.diag(matrix))
    _require_regular(field, np.linalg.eigvalsh(matrix / np.outer(scale, scale)))


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Precision of covariances, shape (..., n, n): scaled to correlations before it is solved, and symmetric."""
    scale = 1.0 / np.sqrt(np.diagonal(matrix, axis1=-2, axis2=-1))
    outer = scale[..., :, None] * scale[..., None, :]
    solved = np.linalg.solve(matrix * outer, np.eye(matrix.shape[-1]))
    return np.asarray((solved + np.swapaxes(solved, -1, -2)) / 2 * outer)


def root(matrix: np.ndarray) -> np.ndarray:
    """A square root F of a positive semi-definite matrix, shape (n, n): ``F @ F.T`` is the matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def asset_names(assets: object, size: int, **given: object) -> tuple[str, ...]:
    """Asset names: those given, or those that series and frames carry, or numbers.

    Raises
    ------
    BadInput
        Names are not distinct texts, one an asset, or a series or frame has other labels, or another order.
    """
    told = None if assets is None else _distinct(assets, size)
    for field, value in given.items():
        for axis in value.axes if isinstance(value, pd.Series | pd.DataFrame) else ():
            own = tuple(str(label) for label in axis)
            if isinstance(axis, pd.RangeIndex) or own == told:
                continue
            if told is not None:
                raise BadInput("world_labels", field=field, value=", ".join(own), accepted=", ".join(told))
            told = _distinct(own, size)
    return told or tuple(f"asset_{step}" for step in range(1, size + 1))


def _distinct(assets: object, size: int) -> tuple[str, ...]:
    found = tuple(assets) if isinstance(assets, list | tuple | pd.Index) else ()
    if len(found) != size or len(set(map(str, found))) != size or not all(isinstance(i, str) and i for i in found):
        raise BadInput("world_names", field="assets", value=assets, accepted=size)
    return found


def _shape(array: np.ndarray) -> str:
    return f"shape {array.shape}" if array.ndim else "one number"
