"""The points of a sweep: grids, tables, and points drawn when they are needed.

Point i depends on the seed and on i alone, so any stretch can be made by itself and how a sweep is cut
into tasks never changes a point. SciPy is loaded by the first Sobol point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from engine.errors import BadInput

WEIGHT = "w:"
"""Prefix of a column that holds the weight of an asset."""

MOST_SOBOL = 1 << 30


class PointSource(Protocol):
    """Points that a sweep runs over; pickled with the sweep."""

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""

    def __len__(self) -> int: ...

    def rows(self, start: int, stop: int) -> pd.DataFrame:
        """Points ``start`` to ``stop``, one a row, numbered by their place."""


@dataclass(frozen=True, eq=False)
class Table:
    """Points of a frame."""

    frame: pd.DataFrame

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.frame.columns]

    def __len__(self) -> int:
        return len(self.frame)

    def rows(self, start: int, stop: int) -> pd.DataFrame:
        return self.frame.iloc[start:stop]


@dataclass(frozen=True, eq=False)
class Drawn:
    """Points drawn from ranges, choices and the simplex.

    Attributes
    ----------
    ranges : mapping
        A parameter's ``(low, high)`` (a tuple: any number between), or a list of choices.
    count, seed : int
    method : {"random", "sobol"}
    weights : sequence of str
        Assets whose weights (columns ``w:<asset>``) sum to one.
    """

    ranges: Mapping[str, tuple[float, float] | Sequence[Any]]
    count: int
    seed: int
    method: Literal["random", "sobol"]
    weights: tuple[str, ...] = ()

    @cached_property
    def names(self) -> list[str]:
        return [*self.ranges, *(f"{WEIGHT}{asset}" for asset in self.weights)]

    def __len__(self) -> int:
        return self.count

    def rows(self, start: int, stop: int) -> pd.DataFrame:
        stop = min(stop, self.count)
        unit = self._unit(start, stop, len(self.ranges) + len(self.weights))
        columns = {name: _between(unit[:, order], given) for order, (name, given) in enumerate(self.ranges.items())}
        frame = pd.DataFrame(columns, index=pd.RangeIndex(start, stop))
        if not self.weights:
            return frame
        # Exponential draws over their sum are uniform on the simplex (Devroye 1986, chapter 11.4).
        drawn = -np.log1p(-unit[:, len(self.ranges) :])
        drawn /= drawn.sum(axis=1, keepdims=True)
        table = pd.DataFrame(drawn, index=frame.index, columns=self.names[len(self.ranges) :])
        return pd.concat([frame, table], axis=1) if self.ranges else table

    def _unit(self, start: int, stop: int, width: int) -> np.ndarray:
        """Numbers in [0, 1), shape (stop - start, width)."""
        if self.method == "random":
            bits = np.random.PCG64(self.seed)
            bits.advance(start * width)  # one step of the generator a number
            return np.random.Generator(bits).random((stop - start, width))
        from scipy.stats import qmc

        engine = qmc.Sobol(width, scramble=True, rng=np.random.default_rng(self.seed))
        if start:
            return np.asarray(engine.fast_forward(start).random(stop - start))
        # SciPy warns where the first call asks for a number that is no power of two.
        return np.concatenate([engine.random(1), engine.random(stop - 1)])


def grid(parameters: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """All combinations of lists of values, the last parameter fastest (the order of ``itertools.product``).

    Raises
    ------
    BadInput
        No parameter, no value of one, or text where a list is meant.
    """
    if not parameters:
        raise BadInput("empty_choice", field="parameter_grid")
    lists = {}
    for name, values in parameters.items():
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise BadInput("bad_number", field=str(name), value=values, accepted="a list of values")
        lists[name] = values.tolist() if isinstance(values, (np.ndarray, pd.Series, pd.Index)) else list(values)
        if not lists[name]:
            raise BadInput("empty_choice", field=str(name))
    columns = zip(*product(*lists.values()), strict=True)
    return pd.DataFrame({name: column(values) for name, values in zip(lists, columns, strict=True)})


def random_points(
    ranges: Mapping[str, tuple[float, float] | Sequence[Any]], count: int, *, seed: int, weights: Sequence[str] = ()
) -> Drawn:
    """Independent uniform points, made when they are needed.

    Parameters
    ----------
    ranges : mapping
        By parameter: a tuple ``(low, high)`` for any number between, or a list for choices (whole
        numbers: ``range(20, 200)``).
    count : int
        Number of points.
    seed : int
        Point i is the same for the same ranges and seed, whatever ``count``.
    weights : sequence of str
        Assets whose weights are drawn evenly from all that are at or above zero and sum to one; they
        become columns ``w:<asset>``, as :class:`engine.backtest.FixedMix` takes them.

    Raises
    ------
    BadInput
        Nothing to draw, a range that is no range, no choices, a count below one or a seed below zero.
    """
    return _drawn(ranges, count, seed, "random", weights)


def sobol_points(
    ranges: Mapping[str, tuple[float, float] | Sequence[Any]], count: int, *, seed: int, weights: Sequence[str] = ()
) -> Drawn:
    """Scrambled Sobol points (Sobol 1967, Owen 1998): as :func:`random_points`, but spread more evenly.

    A power of two is the best count. At most 2**30 points.
    """
    return _drawn(ranges, count, seed, "sobol", weights)


def as_source(given: Any) -> PointSource:
    """Points of a dict of lists, of a frame, or as they are.

    Raises
    ------
    BadInput
        No points, a column without a name of its own, or a missing number outside the terms.
    """
    if isinstance(given, Mapping):
        given = grid(given)
    if not isinstance(given, pd.DataFrame):
        if not (hasattr(given, "rows") and hasattr(given, "names") and hasattr(given, "__len__")):
            accepted = "a dict of lists, a frame with one row a point, or drawn points"
            raise BadInput("bad_number", field="parameter_grid", value=type(given).__name__, accepted=accepted)
        return given  # type: ignore[no-any-return]
    if not len(given) or not len(given.columns):
        raise BadInput("empty_choice", field="parameter_grid")
    strange = [name for name in given.columns if not isinstance(name, str)]
    if strange:
        raise BadInput("bad_number", field="parameter_grid", value=repr(strange[0]), accepted="columns named by text")
    if not given.columns.is_unique:
        twice = given.columns[given.columns.duplicated()][0]
        raise BadInput("bad_number", field="parameter_grid", value=f"two columns '{twice}'", accepted="every name once")
    return Table(given)


def _drawn(
    ranges: Mapping[str, Any], count: int, seed: int, method: Literal["random", "sobol"], weights: Sequence[str]
) -> Drawn:
    if not ranges and not len(weights):
        raise BadInput("empty_choice", field="ranges")
    for name, given in ranges.items():
        _check_range(name, given)
    most = MOST_SOBOL if method == "sobol" else 1 << 53
    for field, value, least, accepted in (("count", count, 1, f"1 to {most}"), ("seed", seed, 0, "0 or more")):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= most:
            raise BadInput("bad_number", field=field, value=value, accepted=accepted)
    kept = {name: given if isinstance(given, tuple) else list(given) for name, given in ranges.items()}
    return Drawn(kept, int(count), int(seed), method, tuple(str(asset) for asset in weights))


def _check_range(name: str, given: Any) -> None:
    if isinstance(given, tuple):
        numbers = all(isinstance(x, (int, float, np.number)) and np.isfinite(x) for x in given)
        if len(given) != 2 or not numbers or not given[0] < given[1]:
            accepted = "(low, high) with low below high; a list for choices"
            raise BadInput("bad_number", field=name, value=given, accepted=accepted)
    elif isinstance(given, str) or not hasattr(given, "__len__"):
        raise BadInput("bad_number", field=name, value=given, accepted="(low, high) or a list of choices")
    elif not len(given):
        raise BadInput("empty_choice", field=name)


def _between(unit: np.ndarray, given: tuple[float, float] | Sequence[Any]) -> Any:
    """Numbers of a range, or choices, at places in [0, 1)."""
    if isinstance(given, tuple):
        low, high = float(given[0]), float(given[1])
        return low + (high - low) * unit
    places = (unit * len(given)).astype(np.int64)
    return column(given).array[places]


def column(values: Sequence[Any]) -> pd.Series:
    """Values of one plain type (or whole and other numbers) as that type; anything else, None too, as it is."""
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    kinds = {type(value) for value in values}
    plain = kinds <= {int, float} or (len(kinds) == 1 and kinds <= {bool, str})
    return pd.Series(values, dtype=None if plain else object)
