"""What a task of a sweep computes: targets of its points, their runs, their figures."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol, cast, runtime_checkable

import numpy as np
import pandas as pd

from engine.analytics import FIGURES, SheetPlan
from engine.backtest.calendar import Rule, rebalance_dates
from engine.backtest.many import DONE, Points, run_points
from engine.backtest.market import Prepared, as_dates, check_table, check_weights, prepare
from engine.backtest.points import WEIGHT
from engine.backtest.terms import Fill, Terms
from engine.errors import BadInput

NO_TRADE = "no_trade"
"""State of a point whose targets are all cash, or that never has one that can be filled."""

SUMS = ("final", "annual_turnover", "cost")
STATE = "state"
TERMS = ("cost_bps", "band", "buffer", "fixed_cost")
"""Columns of a grid that go to the terms of trading, where the strategy does not name them itself."""

BLOCK_BYTES = 16 << 20
"""Memory of the paths that are simulated in one go."""

Returns = Literal["monthly", "each"]
Strategy = Callable[..., pd.DataFrame]


@dataclass(frozen=True, eq=False)
class Targets:
    """Target weights of many points on the same dates.

    Attributes
    ----------
    dates : DatetimeIndex, length k
        Decision dates.
    weights : ndarray, shape (P, k, n) or (P, 1, n)
        By point, date and column of the prices; one row for the same weights each time.
    """

    dates: pd.DatetimeIndex
    weights: np.ndarray


@runtime_checkable
class BatchStrategy(Protocol):
    """A strategy that makes the targets of many points at once; a sweep then calls nothing else."""

    def batch(self, prices: pd.DataFrame, points: pd.DataFrame) -> Targets:
        """Targets of points, one a row of the frame."""


@dataclass(frozen=True)
class FixedMix:
    """The same weights at every date of a rule; what is missing to one is cash.

    A parameter is an asset's weight, named ``w:<asset>`` or like the asset.
    """

    rule: Rule = "monthly"

    def __call__(self, prices: pd.DataFrame, **weights: float) -> pd.DataFrame:
        """Target weights of one point."""
        made = self.batch(prices, pd.DataFrame([weights]))
        rows = np.repeat(made.weights[0], len(made.dates), axis=0)
        return pd.DataFrame(rows, index=made.dates, columns=prices.columns)

    def batch(self, prices: pd.DataFrame, points: pd.DataFrame) -> Targets:
        """Target weights of many points.

        Raises
        ------
        BadInput
            A parameter is no asset, or an asset has two of them.
        """
        assets = [name if name in prices.columns else str(name).removeprefix(WEIGHT) for name in points.columns]
        places = prices.columns.get_indexer(pd.Index(assets))
        if (places < 0).any():
            value, accepted = points.columns[int(np.argmax(places < 0))], ", ".join(map(str, prices.columns))
            raise BadInput("unknown_choice", field="parameter_grid", value=value, accepted=accepted)
        if len(set(assets)) < len(assets):
            value = f"two weights of {next(asset for asset in assets if assets.count(asset) > 1)}"
            raise BadInput("bad_number", field="parameter_grid", value=value, accepted="one an asset")
        weights = np.zeros((len(points), 1, prices.shape[1]))
        for place, name in zip(places, points.columns, strict=True):
            weights[:, 0, place] = numbers(str(name), points[name])
        return Targets(rebalance_dates(as_dates(prices.index), self.rule), weights)


def numbers(name: str, column: pd.Series) -> np.ndarray:
    """A column as floats; None is NaN."""
    try:
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise BadInput("bad_number", field=name, value=column.iloc[0], accepted="numbers") from error


def infer_periods(index: pd.DatetimeIndex) -> float:
    """252 for sessions, 12 for months, by the middle distance of dates.

    Raises
    ------
    BadInput
        The dates are neither.
    """
    days = float(np.median(np.diff(index.to_numpy()).astype("timedelta64[D]").astype(float))) if len(index) > 1 else 0.0
    if 0.0 < days <= 4.0:
        return 252.0
    if 27.0 <= days <= 32.0:
        return 12.0
    value = f"dates {days:g} days apart"
    raise BadInput("bad_number", field="periods_per_year", value=value, accepted="a number, or daily or monthly dates")


@dataclass(frozen=True, eq=False)
class Job:
    """A sweep without its points: everything a process needs to compute any of them.

    Attributes
    ----------
    taken : tuple of str
        Parameters handed to the strategy; the others of ``names`` are terms.
    returns : {"monthly", "each"} or None
        Returns kept by point, beside the figures: of complete months, or of each date.
    """

    prices: pd.DataFrame
    strategy: Any
    names: tuple[str, ...]
    taken: tuple[str, ...]
    benchmark: pd.Series | None
    risk_free: float | pd.Series
    periods_per_year: float
    cost_bps: float
    fill: Fill
    opens: pd.DataFrame | None
    terms: Terms
    sheets: bool = True
    returns: Returns | None = None
    plans: dict[int, SheetPlan] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """What was worked out is worked out again elsewhere; compiled layouts do not travel."""
        return {name: value for name, value in self.__dict__.items() if name != "prepared"} | {"plans": {}}

    @cached_property
    def prepared(self) -> Prepared:
        return prepare(self.prices, opens=self.opens, fill=self.fill, terms=self.terms)

    @cached_property
    def columns(self) -> list[str]:
        """Numbers of a row after its parameters and its state."""
        return [*SUMS, *(FIGURES if self.sheets else ())]

    @cached_property
    def return_dates(self) -> pd.DatetimeIndex:
        """Dates of the returns kept: of each date after the first, or of the last of each complete month."""
        index = as_dates(self.prices.index)
        if self.returns is None:
            return index[:0]
        return index[1:] if self.returns == "each" else index[self.plan(0).frame.closes]

    @property
    def block(self) -> int:
        """Points of a fast strategy that are simulated in one go."""
        return max(1, BLOCK_BYTES // (8 * len(self.prices)))

    def plan(self, begin: int) -> SheetPlan:
        """Figures of runs that begin on a row of the prices; that of row 0 checks what was given."""
        if begin not in self.plans:
            index = as_dates(self.prices.index)[begin:]
            free = self.risk_free.iloc[begin:] if isinstance(self.risk_free, pd.Series) else self.risk_free
            self.plans[begin] = SheetPlan.make(
                index,
                periods_per_year=self.periods_per_year,
                benchmark=None if self.benchmark is None else self.benchmark.iloc[begin:],
                risk_free=free,
            )
        return self.plans[begin]

    def traded(self, points: pd.DataFrame) -> dict[str, np.ndarray]:
        """Terms of each point, shape (P,); a band below zero: none.

        Raises
        ------
        BadInput
            A term that is not accepted.
        """
        own = self.terms
        common = {
            "cost_bps": self.cost_bps,
            "band": -1.0 if own.band is None else own.band,
            "buffer": own.buffer,
            "fixed_cost": own.fixed_cost,
        }
        made = {name: np.full(len(points), float(value)) for name, value in common.items()}
        for name in TERMS:
            if name in points.columns and name not in self.taken:
                made[name] = _term(name, numbers(name, points[name]))
        return made

    def run(self, points: pd.DataFrame) -> Chunk:
        """Runs and figures of points.

        Raises
        ------
        BadInput
            As ``simulate``, with the point that caused it.
        """
        chunk = Chunk.empty(self, len(points))
        terms = self.traded(points)
        own = points[list(self.taken)]
        for places, targets in self._batches(own) if isinstance(self.strategy, BatchStrategy) else self._calls(own):
            self._fill_in(chunk, places, targets, {name: values[places] for name, values in terms.items()}, points)
        return chunk

    def _batches(self, own: pd.DataFrame) -> Iterator[tuple[np.ndarray, Targets]]:
        """Blocks of a fast strategy, which is called for as many points as their targets leave memory for."""
        start, size = 0, self.block
        while start < len(own):
            part = own.iloc[start : start + size]
            targets = self.strategy.batch(self.prices.copy(deep=False), part)
            _check_batch(targets, len(part), self.prices.shape[1])
            weights = np.asarray(targets.weights, dtype=float)
            for low in range(0, len(part), self.block):
                block = weights[low : low + self.block]
                yield np.arange(start + low, start + low + len(block)), Targets(targets.dates, block)
            start += len(part)
            size = max(self.block, BLOCK_BYTES * len(part) // max(1, weights.nbytes))

    def _calls(self, own: pd.DataFrame) -> Iterator[tuple[np.ndarray, Targets]]:
        """Frames of a plain strategy, those on equal dates together."""
        groups: dict[bytes, list[tuple[int, np.ndarray]]] = {}
        dates: dict[bytes, pd.DatetimeIndex] = {}
        held = 0
        columns = [own[name].tolist() for name in own.columns]
        for place, values in enumerate(zip(*columns, strict=True) if columns else [()] * len(own)):
            made = self._call(dict(zip(own.columns, values, strict=True)))
            if made is None:
                continue
            index, weights = made
            key = index.to_numpy().tobytes()
            dates[key] = index
            groups.setdefault(key, []).append((place, weights))
            held += weights.nbytes + 8 * len(self.prices)
            if held >= BLOCK_BYTES:
                yield from _stacked(groups, dates)
                groups, held = {}, 0
        yield from _stacked(groups, dates)

    def _call(self, parameters: dict[str, Any]) -> tuple[pd.DatetimeIndex, np.ndarray] | None:
        """Decision dates and weights of one point; None where nothing is decided that can be filled."""
        try:
            frame = self.strategy(self.prices.copy(deep=False), **parameters)
            if not isinstance(frame, pd.DataFrame):
                accepted = "a frame of target weights by date and asset"
                raise BadInput("bad_number", field="target_weights", value=type(frame).__name__, accepted=accepted)
            if not len(frame):
                return None
            check_table("target_weights", frame)
            index = as_dates(frame.index)
            rows, weights = self.prepared.rows(index), self.prepared.targets(frame)
            check_weights(weights, self.terms.leverage, lambda row: index[row : row + 1][0].date())
        except Exception as error:
            reason = str(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {error}"
            raise BadInput("sweep_point", field="strategy", value=described(parameters), reason=reason) from error
        return (index, weights) if rows[0] < len(self.prices) else None

    def _fill_in(
        self, chunk: Chunk, places: np.ndarray, targets: Targets, terms: dict[str, np.ndarray], points: pd.DataFrame
    ) -> None:
        paths = run_points(self.prepared, targets.dates, Points(weights=targets.weights, **terms), points.index[places])
        value, begin = paths.values, len(self.prices) - len(paths.index)  # noqa: PD011  (an array)
        sound = np.array([state == DONE for state in paths.states])
        chunk.state[places] = paths.states
        chunk.state[places[sound & ~_ever_held(targets, self.prepared)]] = NO_TRADE
        sums = np.column_stack([value[:, -1], paths.annual_turnover, paths.cost])
        chunk.numbers[np.ix_(places[sound], range(len(SUMS)))] = sums[sound]
        shown = chunk.state[places] == DONE
        if not shown.any() or len(paths.index) < 2:
            return
        plan = self.plan(begin)
        levels = _time_weighted(value, self.prepared, begin)
        kept = levels if shown.all() else levels[shown]
        if self.sheets:
            chunk.numbers[places[shown], len(SUMS) :] = plan.figures(kept)
        if self.returns == "each":
            chunk.returns[places[shown], begin:] = kept[:, 1:] / kept[:, :-1] - 1.0
        elif self.returns == "monthly":
            first, last = plan.frame.opens, plan.frame.closes
            where = self.return_dates.get_indexer(paths.index[last])
            known = where >= 0
            chunk.returns[np.ix_(places[shown], where[known])] = (kept[:, last] / kept[:, first] - 1.0)[:, known]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Results of consecutive points: ``numbers`` (P, columns), ``state`` (P,), ``returns`` (P, dates)."""

    numbers: np.ndarray
    state: np.ndarray
    returns: np.ndarray

    @classmethod
    def empty(cls, job: Job, count: int) -> Chunk:
        """Nothing decided yet."""
        return cls(
            np.full((count, len(job.columns)), np.nan),
            np.full(count, NO_TRADE, dtype="<U8"),
            np.full((count, len(job.return_dates)), np.nan),
        )


def parameters_of(strategy: Any, names: list[str]) -> tuple[str, ...]:
    """The parameters that the strategy takes; a term that it does not name itself is left to the terms.

    Raises
    ------
    BadInput
        It is no strategy, or takes a parameter that the grid lacks, or lacks one that the grid has.
    """
    if isinstance(strategy, BatchStrategy):
        return tuple(name for name in names if name not in TERMS)
    if not callable(strategy):
        accepted = "a function of prices and parameters"
        raise BadInput("bad_number", field="strategy", value=type(strategy).__name__, accepted=accepted)
    try:
        signature = list(inspect.signature(strategy).parameters.values())[1:]
    except (TypeError, ValueError):  # a builtin or an extension tells nothing
        return tuple(name for name in names if name not in TERMS)
    kinds = inspect.Parameter
    named = {item.name: item for item in signature if item.kind in (kinds.POSITIONAL_OR_KEYWORD, kinds.KEYWORD_ONLY)}
    anything = any(item.kind == kinds.VAR_KEYWORD for item in signature)
    taken = tuple(name for name in names if name in named or (anything and name not in TERMS))
    unknown = [name for name in names if name not in taken and name not in TERMS]
    if unknown:
        accepted = ", ".join([*named, *(term for term in TERMS if term not in named)])
        raise BadInput("unknown_choice", field="parameter_grid", value=unknown[0], accepted=accepted)
    lacking = [name for name, item in named.items() if item.default is kinds.empty and name not in names]
    if lacking:
        raise BadInput("missing_column", field=lacking[0], value="parameter_grid", accepted=", ".join(named))
    return taken


def described(parameters: dict[str, Any]) -> str:
    """A point in words."""
    return ", ".join(f"{name}={value}" for name, value in parameters.items()) or "the only point"


def _term(name: str, values: np.ndarray) -> np.ndarray:
    if name == "band":
        bad = values < 0.0
        values = np.where(np.isnan(values), -1.0, values)
    else:
        bad = ~np.isfinite(values)
    if bad.any():
        accepted = "0 to 10, or none" if name == "band" else "a number for every point"
        raise BadInput("bad_number", field=name, value=values[bad][0], accepted=accepted)
    return values


def _check_batch(targets: Any, count: int, assets: int) -> None:
    if not isinstance(targets, Targets):
        raise BadInput("bad_number", field="strategy", value=type(targets).__name__, accepted="Targets from its batch")
    shape = np.shape(targets.weights)
    if len(shape) != 3 or shape[0] != count or shape[1] not in (1, len(targets.dates)) or shape[2] != assets:
        accepted = f"({count}, {len(targets.dates)}, {assets})"
        raise BadInput("bad_number", field="target_weights", value=f"shape {shape}", accepted=accepted)


def _stacked(
    groups: dict[bytes, list[tuple[int, np.ndarray]]], dates: dict[bytes, pd.DatetimeIndex]
) -> Iterator[tuple[np.ndarray, Targets]]:
    for key, members in groups.items():
        places = np.array([place for place, _ in members])
        yield places, Targets(dates[key], np.stack([weights for _, weights in members]))


def _ever_held(targets: Targets, prepared: Prepared) -> np.ndarray:
    """Whether a point has a weight above zero on a date that can be filled, shape (P,)."""
    weights = targets.weights
    if weights.shape[1] > 1:
        weights = weights[:, prepared.rows(targets.dates) < len(prepared.index)]
    return np.asarray(weights.max(axis=(1, 2)) > 0.0)


def _time_weighted(value: np.ndarray, prepared: Prepared, begin: int) -> np.ndarray:
    """Growth of 1.0 without the money that flowed, shape (P, T); see ``BacktestResult.returns``.

    Without flows ``value`` itself is written over: a copy would cost a tenth of a sweep.
    """
    flows = cast(np.ndarray, prepared.market.flows)
    if not len(flows) or not flows.any():
        value[:, 0] = 1.0
        return value
    if flows[:begin].any():
        day = prepared.index[int(np.argmax(flows != 0.0))].date()
        raise BadInput("bad_number", field="flows", value=day, accepted=f"from {prepared.index[begin].date()} on")
    before = value[:, :-1].copy()
    before[:, 0] = 1.0
    flow = flows[None, begin + 1 :] / prepared.terms.capital
    after = value[:, 1:]
    gain = after / (before + flow) if prepared.fill == "next_open" else (after - flow) / before
    return np.concatenate([np.ones((len(gain), 1)), np.cumprod(gain, axis=1)], axis=1)
