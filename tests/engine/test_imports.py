"""``import engine`` costs no library; a crisis report costs none of the heavy libraries."""

import json
import subprocess
import sys

import pytest

import engine
from engine.paths import ROOT

HEAVY = {"torch", "cvxpy", "skfolio", "arch", "linearmodels", "streamlit", "plotly", "numba", "scipy", "sklearn"}


def third_party(code):
    """Top-level modules of installed packages that a fresh interpreter has loaded after the code."""
    report = "import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout)) - sys.stdlib_module_names - {"engine", "__main__", "__mp_main__"}


def test_importing_the_engine_loads_no_library():
    assert third_party("import engine, engine.errors, engine.paths") == third_party("pass")


def test_the_settings_of_a_server_are_read_without_a_library():
    assert third_party("import ui.settings; ui.settings.settings()") - {"ui"} == third_party("pass")


def test_rooms_are_loaded_when_they_are_used():
    before = third_party("import numpy, pandas")
    assert {"numpy", "pandas"} <= before
    after = third_party("import engine; engine.crises; engine.sources; engine.backtest; engine.analytics; engine.lines")
    assert after == before


def test_a_report_on_every_line_and_crisis_loads_no_heavy_library():
    code = (
        "from engine import crises\n"
        "lines = crises.choose_lines()\n"
        "for currency in ('USD', 'KRW'):\n"
        "    assert len(crises.report(crises.named_crises(), lines, currency=currency)) == 31"
    )
    assert not third_party(code) & HEAVY


def test_data_are_read_without_their_packages():
    code = "from engine.sources import status; assert all(row['error'] is None for row in status())"
    assert not third_party(code) & HEAVY


@pytest.mark.parametrize("room", engine.ROOMS)
def test_every_room_opens(room):
    assert getattr(engine, room).__name__ == f"engine.{room}"
    assert room in dir(engine)


def test_an_unknown_room_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_room"):
        _ = engine.no_such_room
