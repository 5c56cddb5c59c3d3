"""A vendor's feed that is made once, and runs that go nowhere near the repository."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from benchmarks.feeds import write_feed

SESSION = date(2018, 11, 30)


@pytest.fixture(scope="session")
def made_feed(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("feed") / "feed"
    return write_feed(folder, names=30, first=date(2009, 1, 2), last=SESSION, seed=3, leavers=0.0)


@pytest.fixture
def feed(made_feed, tmp_path) -> Path:
    """A copy that may be broken."""
    return Path(shutil.copytree(made_feed, tmp_path / "feed"))


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    folder = tmp_path / "runs"
    monkeypatch.setenv("LODESTAR_RUNS", str(folder))
    return folder
