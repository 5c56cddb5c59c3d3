"""One piece of work in a fresh process of its own: ``python -m benchmarks.processes MODULE:FUNCTION``.

The function returns a :class:`Work`; the process prints what it measured as one line of JSON. ``compare``
starts the processes of one row and prints the row.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Work:
    """What one process times.

    Attributes
    ----------
    run : callable
        Does the work once; its answer is compared between peers.
    scale : float
        From the time measured to the time of the whole job, where only part of it is run.
    packages : sequence of str
        Distributions whose versions belong in the row.
    rounds, seconds
        Repeats after the first call: at most so many, none begun after so long.
    check : callable or None
        Further figures, worked out after the timing.
    """

    run: Callable[[], float]
    scale: float = 1.0
    packages: Sequence[str] = ()
    note: str = ""
    rounds: int = 25
    seconds: float = 8.0
    check: Callable[[], dict[str, object]] | None = None


@dataclass(frozen=True)
class Peer:
    """A peer of a row: its distribution, its work, and how many times as long as ours it should take.

    ``ours`` is our work where the peer needs another than the row's; ``comparable`` is false where the peer's
    conventions (or the points it can be asked for) give another answer.
    """

    package: str
    work: str
    goal: float = 0.0
    ours: str = ""
    comparable: bool = True


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Attributes
    ----------
    ours : str
        ``module:function`` of our work.
    limits : dict
        Goals of our own figures: name of the figure, largest value.
    agree : float
        Relative difference of the answers that is accepted.
    """

    figure: str
    ours: str
    peers: tuple[Peer, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)
    agree: float = 2e-4


def resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def measured(work: Work) -> dict[str, object]:
    """The first call, the median of the repeats (CPU seconds of this process), memory grown, the answer."""
    before = resident_mb()
    begun, wall = time.process_time(), time.perf_counter()
    answer = work.run()
    first, first_wall = time.process_time() - begun, time.perf_counter() - wall
    spent: list[float] = []
    while len(spent) < work.rounds and time.perf_counter() - wall < first_wall + work.seconds:
        begun = time.process_time()
        answer = work.run()
        spent.append(time.process_time() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "samples": spent or [first],
        "first_call_s": first,
        "grown_mb": peak - before,
        "answer": float(answer),
        "scale": work.scale,
        "note": work.note,
        "versions": {name: version(name) for name in work.packages},
        "check": work.check() if work.check else {},
    }


def child(spec: str, **environment: str) -> dict[str, object]:
    """What a fresh process measures."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.processes", spec],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith('{"samples"')]
    if done.returncode or not lines:
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        raise RuntimeError(f"{spec}: {reason}")
    return json.loads(lines[-1])


def compare(row: Row) -> None:
    """Ours before and after every peer; one line of JSON for our own figures and one for each peer."""
    runs = [child(row.ours)]
    if "first_call_s" in row.limits:
        runs[0] = child(row.ours)  # the process before may have had to compile
    theirs: list[tuple[Peer, dict[str, object], list[dict[str, object]]]] = []
    for peer in row.peers:
        if not installed(peer.package):
            tell({"figure": row.figure, "peer": peer.package, "skipped": "not installed: requirements-bench.txt"})
            continue
        theirs.append((peer, child(peer.work), [child(peer.ours)] if peer.ours else []))
        runs.append(child(row.ours))
    runs.append(child(row.ours))
    ours = median(runs)
    own = {
        "cpu_s": ours,
        "best_cpu_s": least(runs),
        "first_call_s": runs[-1]["first_call_s"],
        "grown_mb": runs[-1]["grown_mb"],
    } | runs[-1]["check"]  # type: ignore[operator]
    met = {name: bool(own[name] <= limit) for name, limit in row.limits.items()}
    tell(
        {"figure": row.figure, "ours": own, "limits": row.limits, "met": met, "note": runs[-1]["note"]} | machine(runs)
    )
    for peer, found, special in theirs:
        against = special or runs
        mine, slow = median(against), median([found])
        apart = abs(float(against[-1]["answer"]) / float(found["answer"]) - 1.0)  # type: ignore[arg-type]
        line = {
            "figure": row.figure, "peer": peer.package, "ours_cpu_s": mine, "peer_cpu_s": slow, "ratio": slow / mine, "ratio_of_bests": least([found]) / least(against),
            "goal": f">= {peer.goal:g}" if peer.goal else "reported", "met": slow / mine >= peer.goal,
            "answer": against[-1]["answer"], "peer_answer": found["answer"], "difference": apart,
            "agrees": apart <= row.agree if peer.comparable else None, "peer_grown_mb": found["grown_mb"], "note": found["note"],
        } | ({"check": found["check"]} if found["check"] else {})  # fmt: skip
        tell(line | machine([*against, found]))


def cold_compile(figure: str, spec: str) -> None:
    """The first call with an empty kernel cache."""
    with tempfile.TemporaryDirectory() as folder:
        found = child(spec, NUMBA_CACHE_DIR=folder)
    tell({"figure": figure, "ours": {"first_call_s": found["first_call_s"]}, "goal": "reported"} | machine([found]))


def median(runs: Sequence[dict[str, object]]) -> float:
    """Median CPU seconds of all samples, scaled to the whole job."""
    samples = [s for run in runs for s in run["samples"]]  # type: ignore[attr-defined]
    return statistics.median(samples) * float(runs[0]["scale"])  # type: ignore[arg-type]


def least(runs: Sequence[dict[str, object]]) -> float:
    """Least CPU seconds of all samples, scaled: what neighbours on the processor disturb least."""
    return min(min(run["samples"]) for run in runs) * float(runs[0]["scale"])  # type: ignore[call-overload, arg-type]


def machine(runs: Sequence[dict[str, object]] = ()) -> dict[str, object]:
    """Versions, processor and load, so that a line can be read alone."""
    packages = {"numpy", "pandas", "numba"}.union(*(run["versions"] for run in runs))  # type: ignore[arg-type]
    model = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "versions": {name: version(name) for name in sorted(packages)},
        "machine": {
            "cpu": model[0].partition(": ")[2] if model else platform.processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_1m": round(os.getloadavg()[0], 2),
        },
    }


def installed(package: str) -> bool:
    """Whether a distribution is there."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def tell(line: object) -> None:
    """One line of JSON, floats to four digits (answers and differences to more)."""
    print(json.dumps(_rounded(line)), flush=True)


def _rounded(value: object, digits: int = 4) -> object:
    if isinstance(value, dict):
        return {k: _rounded(v, 10 if "answer" in str(k) else 4) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(v) for v in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def main() -> int:
    module, _, name = sys.argv[1].partition(":")
    print(json.dumps(measured(getattr(importlib.import_module(module), name)())), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
