"""Shared by the engine's tests: hypothesis without surprises, and a copy of the fact tables that may be broken."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from engine.paths import ROOT

settings.register_profile(
    "engine", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("engine")


@pytest.fixture
def facts(tmp_path, monkeypatch) -> Path:
    """A copy of the fact tables, in use for one test."""
    folder = tmp_path / "facts"
    shutil.copytree(ROOT / "data" / "facts", folder)
    monkeypatch.setenv("LODESTAR_FACTS", str(folder))
    return folder
