"""Sweeps: one strategy over many points, in memory or streamed to disk, here or on a cluster."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from engine.analytics import FIGURES
from engine.backtest import spread
from engine.backtest.identity import fingerprint
from engine.backtest.job import STATE, SUMS, BatchStrategy, Chunk, Job, Returns, infer_periods, parameters_of
from engine.backtest.keep import Disk, Keep, Memory, columns_of
from engine.backtest.market import as_dates, check_table, prepare
from engine.backtest.points import PointSource, Table, as_source
from engine.backtest.store import Plan, Store, kept_as, open_finished
from engine.backtest.terms import Fill, Terms, check_cost
from engine.errors import BadInput, Cancelled

SHARES, SMALLEST_TASK, LARGEST_TASK = 16, 256, 4096
"""Tasks that a small sweep of a fast strategy is cut into, and points of one: 50 ms and more."""

FEWEST_CALLS, MOST_CALLS = 64, 256
"""The same for a strategy that is called point by point; joblib hands out several tasks at once if they are quick."""

LARGE_TABLE = 250_000
"""Rows for which the memory of the local processes is given back before the table is built."""

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


def sweep(
    prices: pd.DataFrame,
    parameter_grid: Mapping[str, Any] | pd.DataFrame | PointSource,
    strategy: Any,
    *,
    scheduler: str | None = None,
    workers: int = 1,
    benchmark: pd.Series | None = None,
    risk_free: float | pd.Series = 0.0,
    periods_per_year: float | None = None,
    cost_bps: float = 0.0,
    fill: Fill = "same_close",
    opens: pd.DataFrame | None = None,
    terms: Terms | None = None,
    sheets: bool = True,
    out: Path | str | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> pd.DataFrame:
    """A backtest of every point.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        As for :func:`engine.backtest.simulate`.
    parameter_grid : dict of lists, DataFrame or PointSource
        All combinations (the last parameter fastest), one row a point, or drawn points
        (:func:`random_points`, :func:`sobol_points`).
    strategy : callable or BatchStrategy
        ``strategy(prices, **parameters)`` returns target weights as ``simulate`` takes them; it gets the
        same prices every time and must not look past the date of a row. An object with a method
        ``batch`` (:class:`FixedMix`) makes the targets of thousands of points at once.
    scheduler : str, optional
        Address of a Dask scheduler, ``tcp://host:port``; its workers need this package and whatever
        module the strategy comes from. The numbers are those of a local run.
    workers : int
        Local processes, each with one thread; 1 computes in this one. Not used with ``scheduler``.
    benchmark : Series, shape (T,), optional
        Levels on the dates of the prices.
    risk_free : float or Series
        Annual rate, or the riskless return of each date after the first.
    periods_per_year : float, optional
        252 or 12 by the dates where it is not given.
    cost_bps, fill, opens, terms
        As for ``simulate``. A column ``cost_bps``, ``band``, ``buffer`` or ``fixed_cost`` of the grid
        that the strategy does not name itself is the term of its point; a missing band is none.
    sheets : bool
        Whether to work out the figures of :data:`engine.analytics.FIGURES`.
    out : Path, optional
        Folder that keeps every finished task. The same call again computes only what is missing;
        :func:`read_sweep` reads it.
    chunk : int, optional
        Points a task (and a part in ``out``).
    progress : callable, optional
        Called with the points finished and the points in all, after each task.
    cancel : callable, optional
        Asked between tasks; where it says True, tasks already begun are finished and kept, then
        :class:`engine.errors.Cancelled` is raised.

    Returns
    -------
    DataFrame, one row a point in order
        The parameters; ``final`` (value at the end), ``annual_turnover`` and ``cost`` as in
        ``BacktestResult``; ``state``: ``done``, ``no_trade`` (all-cash targets, or none that can be
        filled), ``no_price`` or ``ruined``; then the figures of the time-weighted returns from the
        point's first fill on. Figures are NaN unless the state is ``done``. A table of a million points
        with 48 columns takes 400 MB.

    Raises
    ------
    BadInput
        Empty or unknown parameters, settings or targets that are refused (an error of a strategy names
        its point), or an ``out`` that holds another sweep.
    SourceUnavailable
        The scheduler does not answer, or the cluster is lost.
    Cancelled
        ``cancel`` said so; ``done`` holds the finished rows.
    """
    job, source = _job(
        prices, parameter_grid, strategy, benchmark, risk_free, periods_per_year, cost_bps, fill, opens, terms, sheets, None
    )  # fmt: skip
    return _run(job, source, _Way(scheduler, workers, out, chunk, progress, cancel)).table()


def sweep_paths(
    prices: pd.DataFrame,
    parameter_grid: Mapping[str, Any] | pd.DataFrame | PointSource,
    strategy: Any,
    *,
    returns: Returns = "monthly",
    scheduler: str | None = None,
    workers: int = 1,
    benchmark: pd.Series | None = None,
    risk_free: float | pd.Series = 0.0,
    periods_per_year: float | None = None,
    cost_bps: float = 0.0,
    fill: Fill = "same_close",
    opens: pd.DataFrame | None = None,
    terms: Terms | None = None,
    sheets: bool = True,
    out: Path | str | None = None,
    chunk: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """:func:`sweep`, with the returns of every point, as :func:`engine.analytics.overfitting` takes them.

    Parameters
    ----------
    returns : {"monthly", "each"}
        Of complete months, stamped with their last date, or of each date after the first.

    Returns
    -------
    (DataFrame, DataFrame)
        The table, and time-weighted simple returns of shape (dates, P), one column a point: NaN before
        a point begins, and for a point whose state is not ``done``.
    """
    if returns not in ("monthly", "each"):
        raise BadInput("unknown_choice", field="returns", value=returns, accepted="monthly, each")
    job, source = _job(
        prices, parameter_grid, strategy, benchmark, risk_free, periods_per_year, cost_bps, fill, opens, terms, sheets,
        returns,
    )  # fmt: skip
    keep = _run(job, source, _Way(scheduler, workers, out, chunk, progress, cancel))
    return keep.table(), keep.returns()


def read_sweep(out: Path | str) -> pd.DataFrame:
    """The table of a finished sweep, from the folder that keeps it; a parameter that is None reads NaN.

    Raises
    ------
    MissingData
        There is none, or it is not finished.
    BadInput
        Its manifest cannot be read.
    """
    store = open_finished(out)
    return store.read([*store.plan.parameters, *store.plan.figures])


@dataclass(frozen=True)
class _Way:
    """How a sweep is carried out; none of it changes a number."""

    scheduler: str | None
    workers: int
    out: Path | str | None
    chunk: int | None
    progress: Progress | None
    cancel: Cancel | None

    def __post_init__(self) -> None:
        for field, value in (("workers", self.workers), ("chunk", 1 if self.chunk is None else self.chunk)):
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
                raise BadInput("bad_number", field=field, value=value, accepted="a whole number from 1")
        if self.scheduler is not None:
            spread.check_address(self.scheduler)


def _job(
    prices: pd.DataFrame,
    parameter_grid: Any,
    strategy: Any,
    benchmark: pd.Series | None,
    risk_free: float | pd.Series,
    periods_per_year: float | None,
    cost_bps: float,
    fill: Fill,
    opens: pd.DataFrame | None,
    terms: Terms | None,
    sheets: bool,
    returns: Returns | None,
) -> tuple[Job, PointSource]:
    """Everything checked that can be before the first point."""
    check_table("prices", prices)
    check_cost(cost_bps)
    source = as_source(parameter_grid)
    names = source.names
    taken = parameters_of(strategy, names)
    periods = infer_periods(as_dates(prices.index)) if periods_per_year is None else periods_per_year
    job = Job(
        prices, strategy, tuple(names), taken, benchmark, risk_free, periods, cost_bps, fill, opens, terms or Terms(),
        sheets, returns,
    )  # fmt: skip
    taken_names = {*SUMS, STATE, *(FIGURES if sheets else ())}
    clash = [name for name in names if name in taken_names]
    if clash:
        accepted = "names that are no figure of the result"
        raise BadInput("bad_number", field="parameter_grid", value=clash[0], accepted=accepted)
    prepare(prices, opens=opens, fill=fill, terms=terms)
    if sheets or returns:
        job.plan(0)
    if isinstance(source, Table):
        _check_values(source.frame, taken)
        job.traded(source.frame)
    return job, source


def _check_values(frame: pd.DataFrame, taken: tuple[str, ...]) -> None:
    """No parameter of the strategy may be NaN; None is a value."""
    for name in taken:
        missing = frame[name].isna().to_numpy()
        if missing.any() and frame[name].dtype == object:
            missing = missing & np.array([value is not None for value in frame[name]])
        if missing.any():
            value = f"{frame[name].iloc[int(np.argmax(missing))]} of point {int(np.argmax(missing))}"
            raise BadInput("bad_number", field=name, value=value, accepted="a value for every point")


def _run(job: Job, source: PointSource, way: _Way) -> Keep:
    """Compute what is missing and keep it."""
    dates = tuple(str(day) for day in job.return_dates)
    plan = Plan(uuid4().hex, len(source), way.chunk or _chunk(job, len(source)), job.names, columns_of(job), dates)
    keep: Keep
    if way.out is None:
        keep = Memory(job, plan, source)
    else:
        plan = replace(plan, key=_key(job, source))
        kinds = kept_as(source)
        keep = Disk(job, Store.open(way.out, plan, way.chunk), source, kinds)
    _compute(job, source, way, keep)
    return keep


def _chunk(job: Job, count: int) -> int:
    """Points a task: long enough to be worth sending, many enough to share, few enough to keep often."""
    if isinstance(job.strategy, BatchStrategy):
        return min(LARGEST_TASK, max(SMALLEST_TASK, job.block, -(-count // SHARES)))
    return min(MOST_CALLS, max(1, count // FEWEST_CALLS))


def _key(job: Job, source: PointSource) -> str:
    return fingerprint(
        job.prices, source, job.strategy, job.benchmark, job.risk_free, job.periods_per_year, job.cost_bps, job.fill,
        job.opens, job.terms, job.sheets, job.returns,
    )  # fmt: skip


def _compute(job: Job, source: PointSource, way: _Way, keep: Keep) -> None:
    plan, done = keep.plan, keep.finished()
    left = sorted(set(range(plan.parts)) - set(done))
    tasks = spread.Tasks((number, _points(source, plan, number)) for number in left)
    count = sum(plan.rows(number) for number in done)
    if way.progress and done:
        way.progress(count, plan.points)
    if left and way.cancel and way.cancel():
        raise _cancelled(keep, done, way.out)
    if left:
        # Closed here and not by the garbage collector: the last reference may be in another thread.
        with closing(_results(job, source, tasks, way, plan.key, len(left))) as results:
            for number, chunk in results:
                keep.put(number, _points(source, plan, number), chunk)
                done.append(number)
                count += plan.rows(number)
                if way.progress:
                    way.progress(count, plan.points)
                tasks.stopped = tasks.stopped or bool(len(done) < plan.parts and way.cancel and way.cancel())
    if tasks.stopped and len(done) < plan.parts:
        raise _cancelled(keep, done, way.out)


def _results(
    job: Job, source: PointSource, tasks: spread.Tasks, way: _Way, key: str, count: int
) -> Generator[tuple[int, Chunk], None, None]:
    if way.scheduler is not None:
        return spread.on_cluster(job, tasks, key, way.scheduler)
    if way.workers > 1 and count > 1:
        return spread.in_processes(job, tasks, key, way.workers, release=len(source) > LARGE_TABLE)
    return spread.here(job, tasks)


def _points(source: PointSource, plan: Plan, number: int) -> pd.DataFrame:
    start = number * plan.chunk
    return source.rows(start, start + plan.rows(number))


def _cancelled(keep: Keep, done: list[int], out: Path | str | None) -> Cancelled:
    count, total = sum(keep.plan.rows(number) for number in done), keep.plan.points
    error = (
        Cancelled("sweep_cancelled", field="sweep", value=count, total=total)
        if out is None
        else Cancelled("sweep_cancelled_kept", field="sweep", value=count, total=total, folder=out)
    )
    error.done = keep.rows_of(done)
    return error
