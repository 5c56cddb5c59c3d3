"""What ``import engine`` costs beside the two libraries it rests on; fresh processes in turn."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys

ROUNDS = 9


def cpu_seconds(statement: str) -> float:
    """CPU seconds of a fresh interpreter that runs one statement."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run() -> None:
    """Medians and the ratio; the goal is at most 1.15."""
    spent: dict[str, list[float]] = {"import engine": [], "import numpy, pandas": [], "pass": []}
    for _ in range(ROUNDS):
        for statement, seconds in spent.items():
            seconds.append(cpu_seconds(statement))
    medians = {statement: statistics.median(seconds) for statement, seconds in spent.items()}
    ratio = medians["import engine"] / medians["import numpy, pandas"]
    line = {
        "figure": "import engine over import numpy, pandas",
        "cpu_s": medians,
        "ratio": round(ratio, 3),
        "goal": "<= 1.15",
    }
    print(json.dumps(line), flush=True)
