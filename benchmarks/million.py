"""A sweep of a million points with fact sheets, kept on disk, on two cores; and how sweeps grow.

``python -m benchmarks growth`` shows growth in points and in assets; ``python -m benchmarks million`` is the
million itself (``MILLION_POINTS`` makes it smaller: the line then gives the time scaled, and says so).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import data
from benchmarks.processes import ROOT, machine, resident_mb, tell

WORKERS = 2
COUNTS, ASSETS, FEW_POINTS = (1_000, 10_000, 100_000), (20, 200, 2_000, 5_000), 200
SECONDS_GOAL, MEGABYTES_GOAL = 180.0, 1_000.0
DAYS = 2_520


def run() -> None:
    """The million, then a second call on the same folder, which has nothing left to do."""
    count = int(os.environ.get("MILLION_POINTS", "1000000"))
    found = _child("points", count, WORKERS)
    scaled = float(found["wall_s"]) * 1e6 / count
    line = {
        "figure": "1,000,000 points with fact sheets, kept on disk, two processes",
        "points": count, "wall_s_of_a_million": scaled, "measured_whole": count == 1_000_000,
        "goal": f"<= {SECONDS_GOAL:g} s, < {MEGABYTES_GOAL:g} MB", "peer": "none that keeps and resumes",
        "met": scaled <= SECONDS_GOAL and float(found["peak_mb"]) < MEGABYTES_GOAL,
    }  # fmt: skip
    tell(line | found | machine())


def growth() -> None:
    """Growth in points and in assets."""
    for count in COUNTS:
        found = _child("points", count, WORKERS)
        line = {
            "figure": "growth in points (20 shares, 33 years, fact sheets, two processes)", "points": count,
            "microseconds_a_point": 1e6 * float(found["wall_s"]) / count,
        }  # fmt: skip
        tell(line | found | machine())
    for count in ASSETS:
        found = _child("assets", count, 1)
        line = {
            "figure": f"growth in assets ({FEW_POINTS} points, {DAYS:,} random days, fact sheets)", "assets": count,
            "microseconds_a_point_and_asset": 1e6 * float(found["wall_s"]) / count / FEW_POINTS,
        }  # fmt: skip
        tell(line | found | machine())


def _child(kind: str, count: int, workers: int) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "benchmarks.million", kind, str(count), str(workers)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no output"])[-1])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _table(kind: str, assets: int) -> pd.DataFrame:
    if kind == "points":
        return data.prices()
    steps = np.random.default_rng(5).normal(3e-4, 0.015, (DAYS, assets))
    dates = pd.bdate_range("2010-01-01", periods=DAYS)
    return pd.DataFrame(np.exp(steps.cumsum(axis=0)), dates, [f"A{k}" for k in range(assets)])


def main() -> int:
    """One sweep; what it took and how much memory this process and its children held together."""
    from engine.backtest import FixedMix, random_points, sweep

    kind, count, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    table = _table(kind, count)
    total = count if kind == "points" else FEW_POINTS
    benchmark = table.mean(axis=1)

    def work(points: int, folder: str) -> pd.DataFrame:
        source = random_points({}, points, seed=1, weights=list(table.columns))
        return sweep(table, source, FixedMix("monthly"), benchmark=benchmark, cost_bps=5.0, workers=workers, out=folder)

    with tempfile.TemporaryDirectory() as root:
        work(1, f"{root}/warm")  # compiled kernels are read here
        peak, before, stop = [0.0], resident_mb(), threading.Event()
        watcher = threading.Thread(target=_watch, args=(peak, stop), daemon=True)
        watcher.start()
        begun = time.perf_counter()
        found = work(total, f"{root}/sweep")
        wall = time.perf_counter() - begun
        begun = time.perf_counter()
        again = work(total, f"{root}/sweep")
        resumed = time.perf_counter() - begun
        stop.set()
        size = sum(path.stat().st_size for path in Path(f"{root}/sweep").rglob("*") if path.is_file()) / 2**20
    answer = {
        "wall_s": wall, "again_s": resumed, "peak_mb": peak[0], "before_mb": before, "disk_mb": size,
        "answer": float(found["final"].mean()), "done": int((again["state"] == "done").sum()),
    }  # fmt: skip
    print(json.dumps(answer), flush=True)
    return 0


def _watch(peak: list[float], stop: threading.Event) -> None:
    """Memory of this process and its children together, shared pages counted once (proportional set size)."""
    while not stop.wait(0.25):
        peak[0] = max(peak[0], sum(_proportional_mb(pid) for pid in _family(os.getpid())))


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        children = []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _proportional_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
