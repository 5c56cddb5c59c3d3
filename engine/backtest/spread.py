"""Where the tasks of a sweep run: in this process, in local processes, or on a Dask cluster.

Every place calls the same function on the same stretch of points, so the numbers do not depend on it.
Joblib and Dask are loaded when they are asked for.
"""

from __future__ import annotations

import logging
import pickle
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Any

import numpy as np
import pandas as pd

from engine.backtest.job import BatchStrategy, Chunk, Job
from engine.errors import BadInput, SourceUnavailable

ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[\w.-]+):(\d{1,5})")
PATIENCE = 5.0
"""Seconds that a scheduler has to answer, and its first worker to appear."""

ALONE = 30.0
"""Seconds that a cluster may be without a worker."""

_ready: dict[str, Job] = {}
"""The job this process works on; one at a time."""


@dataclass
class Tasks:
    """Tasks still to be handed out: (number, points). ``stopped`` ends them early."""

    items: Iterator[tuple[int, pd.DataFrame]]
    stopped: bool = False

    def __iter__(self) -> Iterator[tuple[int, pd.DataFrame]]:
        for item in self.items:
            if self.stopped:
                return
            yield item


def here(job: Job, tasks: Tasks) -> Generator[tuple[int, Chunk], None, None]:
    """Results one after the other, in this process."""
    for number, points in tasks:
        yield number, job.run(points)


def in_processes(
    job: Job, tasks: Tasks, key: str, workers: int, *, release: bool
) -> Generator[tuple[int, Chunk], None, None]:
    """Results of local processes, as they come; each computes on one thread.

    Joblib keeps the processes for the next call; with ``release`` their memory is given back at the end.
    """
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky import get_reusable_executor

    # An array: joblib lets processes map it instead of sending it with each task.
    packed = np.frombuffer(_packed(job), dtype=np.uint8)
    with parallel_config(backend="loky", n_jobs=workers, inner_max_num_threads=1):
        found = Parallel(return_as="generator_unordered", batch_size=_together(job))(
            delayed(work)(key, packed, number, _packed(points)) for number, points in tasks
        )
        yield from found
        if release:
            get_reusable_executor().shutdown(wait=True)


def on_cluster(job: Job, tasks: Tasks, key: str, address: str) -> Generator[tuple[int, Chunk], None, None]:
    """Results of a Dask cluster, as they come.

    The job is a task of its own, which the scheduler repeats where a worker that held it is gone; points
    travel as bytes, since joblib would leave a frame on a single worker.

    Raises
    ------
    BadInput
        The address is none.
    SourceUnavailable
        Nothing answers there, there is no worker, or the cluster is lost.
    """
    from joblib import Parallel, delayed, parallel_config

    with _client(address) as client, _watched(client), _losses(address):
        packed = client.submit(bytes, _packed(job), key=f"sweep-{key}", pure=False)
        with parallel_config(backend=_dask_backend(client)):
            found = Parallel(return_as="generator_unordered", batch_size=_together(job))(
                delayed(work)(key, packed, number, _packed(points)) for number, points in tasks
            )
            yield from found


def work(key: str, packed: Any, number: int, points: bytes) -> tuple[int, Chunk]:
    """One task in another process."""
    if key not in _ready:
        _ready.clear()
        _ready[key] = pickle.loads(packed)  # noqa: S301  (bytes that this sweep packed)
    return number, _ready[key].run(pickle.loads(points))  # noqa: S301


def _together(job: Job) -> int | str:
    """Tasks handed out at once: one of a fast strategy, which are long enough; else what joblib finds quick."""
    return 1 if isinstance(job.strategy, BatchStrategy) else "auto"


def check_address(address: Any) -> None:
    """Refuse what is no address of a scheduler."""
    found = ADDRESS.fullmatch(address) if isinstance(address, str) else None
    if not found or not 0 < int(found[3]) < 65536:
        raise BadInput("bad_number", field="scheduler", value=address, accepted="tcp://host:port or tls://host:port")


def _packed(value: Any) -> bytes:
    """Bytes of a job or of points; strategies defined in a script or in a function travel by value."""
    import cloudpickle

    return bytes(cloudpickle.dumps(value))


def _dask_backend(client: Any) -> Any:
    """Joblib's backend for Dask, which would compute in this process if the cluster had one thread."""
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        def effective_n_jobs(self, n_jobs: int) -> int:
            return max(2, int(super().effective_n_jobs(n_jobs)))

    return Backend(client=client)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    import dask
    from distributed import Client

    settings = {
        "distributed.comm.timeouts.connect": PATIENCE,
        "distributed.admin.large-graph-warning-threshold": "1GB",
    }
    with dask.config.set(settings), _quiet("distributed"):
        try:
            client: Any = Client(address, timeout=PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError) as error:
            reason = f"{type(error).__name__}, {PATIENCE:g} s"
            raise SourceUnavailable("cluster_silent", field="scheduler", value=address, reason=reason) from error
        try:
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError as error:
                raise SourceUnavailable("cluster_empty", field="scheduler", value=address) from error
            yield client
        finally:
            client.close(timeout=PATIENCE)


@contextmanager
def _watched(client: Any) -> Iterator[None]:
    """Dask waits for ever for a new worker; a cluster without one for ``ALONE`` seconds is given up."""
    over = Event()

    def watch() -> None:
        last = monotonic()
        while not over.wait(1.0):
            try:
                last = monotonic() if client.nthreads() else last
            except (OSError, TimeoutError, ValueError):  # the scheduler is gone; the tasks tell
                return
            if monotonic() - last > ALONE:
                client.close(timeout=PATIENCE)
                return

    Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        over.set()


@contextmanager
def _losses(address: str) -> Iterator[None]:
    from asyncio import CancelledError
    from concurrent.futures import CancelledError as OtherCancelledError

    from distributed import KilledWorker

    try:
        yield
    except (CancelledError, OtherCancelledError, KilledWorker, OSError) as error:
        reason = type(error).__name__
        raise SourceUnavailable("cluster_lost", field="scheduler", value=address, reason=reason) from error


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """What a library logs about lost connections is told by our errors."""
    names = [name, *(other for other in logging.root.manager.loggerDict if other.startswith(f"{name}."))]
    loggers = [logging.getLogger(each) for each in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
