"""What the first paint costs: no heavy library is imported for a page that does not need it."""

import subprocess
import sys

import pytest

from ui.registry import PAGES, ROOT

NEEDED = {"allocator": "numba", "enhanced": "cvxpy", "lab": "numba", "momentum": "numba"}
"""What a page cannot answer without: two answers are solves, two are simulations in compiled code."""

PROGRAM = """
import sys
from streamlit.testing.v1 import AppTest
at = AppTest.from_file({app!r}, default_timeout=60).run()
at.switch_page("pages/{key}/page.py").run()
assert not at.exception and not at.error
heavy = {{"torch", "cvxpy", "skfolio", "arch", "linearmodels", "yfinance", "sklearn", "statsmodels", "numba", "kaleido"}}
print(",".join(sorted(heavy & {{name.split(".")[0] for name in sys.modules}})))
"""


@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_no_heavy_library_on_first_paint(key):
    program = PROGRAM.format(app=str(ROOT / "app.py"), key=key)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip().splitlines()[-1:] in ([], [""], [NEEDED.get(key, "")]), done.stdout
