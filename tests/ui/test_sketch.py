"""What the screen gets is what Plotly's checked figure holds, property by property."""

import json
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import plotly.io
import pytest

from ui import render
from ui.registry import PAGES, ROOT
from ui.specs import Band, ChartSpec, Spot, Trace

DAYS = tuple(date(2020, 1, 1) + timedelta(step) for step in range(40))
MANY = tuple(date(2000, 1, 1) + timedelta(step) for step in range(render.MANY + 20))
UP = tuple(1.0 + step / 50 for step in range(40))


def line(name, slot, x=DAYS, y=UP, **more):
    return Trace(name, x, y, slot, **more)


def several(kind, count, **more):
    return ChartSpec(
        key="k", title="T", kind=kind, traces=tuple(line(f"L{n}", n or None) for n in range(count)), alt="a", **more
    )


NAMES = ("A", "B", "C")
NUMBERS = (-0.1, -0.3, None)
ACROSS = {"names": ("x", "y", "z"), "sizes": (5.0, 9.0, 20.0)}
GRID = tuple(Trace(f"r{n}", (0.0, 0.5, 1.0), (0.1 * n, None, 0.3), None) for n in range(3))
SPECS = {
    "lines": several("lines", 3, y_title="Growth", bands=(Band(DAYS[3], DAYS[9], "fall"), Band(DAYS[12], DAYS[19], "again"))),
    "logarithmic": several("lines", 2, log=True, number="growth"),
    "many lines": several("lines", 8),
    "long": ChartSpec(key="k", title="T", kind="lines", traces=(line("L", 0, MANY, tuple(np.linspace(1, 2, len(MANY)))),), alt="a"),
    "underwater": several("underwater", 2),
    "stretches": ChartSpec(
        key="k", title="T", kind="lines", alt="a",
        traces=(line("L", 0, strokes=("solid",) * 20 + ("dash",) * 10 + ("none",) * 10, marks=("full",) + ("",) * 38 + ("ring",), notes=("n",) * 40),),
    ),
    "ribbon": ChartSpec(key="k", title="T", kind="lines", traces=(line("L", 0, low=UP, high=tuple(y + 1 for y in UP)),), alt="a"),
    "number lines": ChartSpec(
        key="k", title="T", kind="lines", traces=(line("L", 1, x=tuple(y / 9 for y in UP)), line("M", None, x=tuple(y / 9 for y in UP))),
        alt="a", x_number="percent", x_title="Cost", spots=(Spot(0.15, None, "here"), Spot(0.17, 1.4, "there")),
    ),
    "logarithm across": ChartSpec(
        key="k",
        title="T",
        kind="lines",
        traces=(line("L", 1, x=tuple(10 * y for y in UP)),),
        alt="a",
        x_number="growth",
        x_log=True,
    ),
    "marked heat": ChartSpec(
        key="k", title="T", kind="heat", alt="a",
        traces=(Trace("2021", ("1", "2", "Year"), (0.01, -0.02, None), None, names=("", "", "1/2"), marks=("full", "", ""), notes=("won", "lost", "one")),),
    ),
    "areas": several("areas", 3, bands=(Band(DAYS[3], DAYS[9], "fall"),)),
    "bars": ChartSpec(key="k", title="T", kind="bars", traces=(Trace("F", NUMBERS, NAMES, 0),), alt="a"),
    "pairs": ChartSpec(key="k", title="T", kind="bars", traces=(Trace("F", NUMBERS, NAMES, 0), Trace("G", NUMBERS, NAMES, None)), alt="a"),
    "hatched": ChartSpec(key="k", title="T", kind="bars", traces=(Trace("F", NUMBERS, NAMES, 0, strokes=("solid", "dot", "dash")),), alt="a"),
    "dots": ChartSpec(key="k", title="T", kind="dots", traces=(Trace("F", NUMBERS, NAMES, 0, names=NAMES, low=(-0.2, -0.4, None), high=(0.0, -0.2, None)),), alt="a", span=(-1.0, 0.0)),
    "dumbbell": ChartSpec(key="k", title="T", kind="dumbbell", traces=(Trace("F", NUMBERS, NAMES, 0), Trace("G", (0.2, 0.1, 0.3), NAMES, None)), alt="a"),
    "heat": ChartSpec(key="k", title="T", kind="heat", traces=tuple(Trace(f"y{n}", NAMES, (0.1, -0.2, None), None) for n in range(3)), alt="a"),
    "surface": ChartSpec(
        key="k", title="T", kind="surface", traces=GRID, alt="a", rows=(0, 1, 2), x_number="percent", x_title="Across", y_title="Up",
        z_title="Z", dotted=((0.5, 1.0), (1.0, 2.0)), spots=(Spot(0.5, 1.0, "best"),),
    ),
    "scatter": ChartSpec(key="k", title="T", kind="scatter", traces=(Trace("F", (0.1, 0.2, 0.3), (0.2, 0.1, 0.4), 0, **ACROSS),), alt="a", x_title="X"),
    "slope": ChartSpec(key="k", title="T", kind="slope", traces=(Trace("F", ("s", "t"), (1.0, 2.0), 0), Trace("G", ("s", "t"), (2.0, 1.0), None)), alt="a"),
}  # fmt: skip


def written(made):
    return json.loads(plotly.io.to_json(made.to_dict(), validate=False))


@pytest.mark.parametrize("name", SPECS)
def test_both_figures_are_written_alike(name):
    assert written(render.sketch(SPECS[name])) == written(render.figure(SPECS[name]))


def test_every_kind_is_among_them():
    assert {spec.kind for spec in SPECS.values()} == {*render._DRAW, "heat", "surface"}


PROGRAM = """
import json, plotly.io
from streamlit.testing.v1 import AppTest
from ui import render
seen, both = 0, render.sketch
def compared(spec):
    global seen
    made, checked = both(spec), render.figure(spec)
    a, b = (json.loads(plotly.io.to_json(one.to_dict(), validate=False)) for one in (made, checked))
    assert a == b, spec.key
    seen += 1
    return both(spec)
render.sketch = compared
at = AppTest.from_file({app!r}, default_timeout=600).run()
for key in {keys!r}:
    at.switch_page(f"pages/{{key}}/page.py").run()
    assert not at.exception and not at.error, (key, at.exception, at.error)
print(seen)
"""


def test_every_chart_of_every_page_is_written_alike():
    program = PROGRAM.format(app=str(ROOT / "app.py"), keys=[spec.key for spec in PAGES])
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout.strip().splitlines()[-1]) > 20
