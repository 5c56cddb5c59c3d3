"""Timing side by side: the same work in turn, medians of CPU seconds, the ratio of the medians."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def one_thread() -> None:
    """One thread a numeric library, so that a ratio does not depend on idle cores."""
    for name in THREADS:
        os.environ.setdefault(name, "1")


def side_by_side(ours: Callable[[], object], peer: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Median CPU seconds of each, run in turn after one warm-up of both."""
    ours(), peer()
    spent: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(rounds):
        for name, call in (("ours", ours), ("peer", peer)):
            begun = time.process_time()
            call()
            spent[name].append(time.process_time() - begun)
    return statistics.median(spent["ours"]), statistics.median(spent["peer"])


def emit(figure: str, ours_s: float, peer_s: float, peer: str, **more: object) -> None:
    """One measurement as one line of JSON; ``ratio`` is peer over ours (above one: ours is faster)."""
    line = {
        "figure": figure,
        "ours_cpu_s": float(f"{ours_s:.4g}"),
        "peer_cpu_s": float(f"{peer_s:.4g}"),
        "ratio": float(f"{peer_s / ours_s:.4g}"),
        "peer": f"{peer} {version(peer)}",
        **more,
    }
    print(json.dumps(line), flush=True)
