"""Runs beside each other and beside lines, over the dates that all of them have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.errors import BadInput
from engine.lab.run import Run
from engine.performance import Performance, figures
from engine.sources import Line


def compare(runs: Mapping[str, Run], lines: Sequence[Line] = (), mark: Line | None = None) -> list[Performance]:
    """Figures of runs and lines over their shared dates, at month ends where one of them is monthly.

    Parameters
    ----------
    runs : mapping of str to Run
        By the name under which each is shown.
    mark : Line, optional
        Yardstick; the benchmark of the first run where none is given and it has one.

    Raises
    ------
    BadInput
        Nothing to compare, bases or currencies differ, or too few dates are shared.
    """
    if not runs and not lines:
        raise BadInput("empty_choice", field="runs")
    own = [item.line(name) for name, item in runs.items()]
    if mark is None and runs:
        mark = benchmark_line(next(iter(runs.values())))
    return figures([*own, *lines], mark)


def benchmark_line(run: Run) -> Line | None:
    """The benchmark of a run as a line on its dates."""
    if run.benchmark is None:
        return None
    panel = run.panel
    levels = run.benchmark.rename(run.benchmark_id)
    return Line(run.benchmark_id, levels, panel.basis, panel.frequency, panel.currency, "index", run.benchmark_id)
