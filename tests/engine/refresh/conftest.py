"""A store of its own, and sources on this machine that go on from the bundled figures."""

import pytest

from engine.store import open_store
from tests.engine import live_world
from tests.engine.http_server import Server


@pytest.fixture(scope="module")
def filled():
    """Figures of a whole refresh, made once."""
    server = Server()
    live_world.fill(server)
    server.close()
    return server.charts, server.series, server.files, server.quotes, server.summaries


@pytest.fixture
def server(monkeypatch, filled):
    served = Server()
    served.charts, served.series, served.files, served.quotes, served.summaries = (dict(part) for part in filled)
    served.use(monkeypatch)
    yield served
    served.close()


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "store"))
    kept = open_store()
    yield kept
    kept.release()
