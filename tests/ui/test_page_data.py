"""The register names the data behind each page that a refresh makes longer."""

import json
import os
import subprocess
import sys

import pytest

from engine.paths import ROOT
from engine.sources.live.datasets import LIVE
from ui.i18n import Translator
from ui.registry import PAGES

# Each page is run in a fork of its own, where no answer is kept yet, so that all it reads is seen.
READERS = """
import json, os
from streamlit.testing.v1 import AppTest
from engine import lines
from engine.sources import registry
from ui.registry import PAGES

for spec in PAGES:
    child = os.fork()
    if child == 0:
        seen, real = set(), registry._load
        def spy(name, snapshot):
            seen.add(name)
            return real(name, snapshot)
        registry._load = spy
        script = f"from ui import headless; headless.run({spec.key!r}, {{}})"
        at = AppTest.from_string(script, default_timeout=120).run()
        assert not at.exception, at.exception
        print(json.dumps({spec.key: sorted(seen)}), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.fixture(scope="module")
def read():
    """Data sets that each page reads."""
    done = subprocess.run(
        [sys.executable, "-c", READERS], cwd=ROOT, env=os.environ | {"LODESTAR_STORE": "memory://empty"},
        capture_output=True, text=True, timeout=500, check=True,
    )  # fmt: skip
    found = {}
    for line in done.stdout.splitlines():
        found |= json.loads(line)
    return found


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.key)
def test_a_page_names_what_it_reads(spec, read):
    assert set(read[spec.key]) & set(LIVE) <= set(spec.data)


def test_names_are_data_sets_that_can_be_refreshed_and_have_words():
    assert {name for spec in PAGES for name in spec.data} <= set(LIVE)
    for language in ("en", "ko"):
        assert all(Translator(language).has(f"data.set_{name}") for name in LIVE)
