"""A stored snapshot with faults."""

import pytest

from tests.engine import faulty_world


@pytest.fixture
def faulty(tmp_path, monkeypatch):
    with faulty_world.faulty(tmp_path, monkeypatch) as result:
        yield result
