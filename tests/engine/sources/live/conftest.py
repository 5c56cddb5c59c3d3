"""Live sources against a server on this machine; nothing leaves it."""

from urllib.parse import urlsplit

import pytest

from engine.sources.live import Limits
from tests.engine.http_server import Server

QUICK = Limits(connect=0.5, total=1.5, retries=2, backoff=0.01, max_wait=0.2, rate=1e6, burst=1e6, time_limit=20.0)


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """Every address handed to libcurl in a test; none may lie outside this machine."""
    from curl_cffi import Curl, CurlOpt

    seen = []
    original = Curl.setopt

    def watched(self, option, value):
        if option == CurlOpt.URL:
            seen.append(value.decode() if isinstance(value, bytes) else value)
        return original(self, option, value)

    monkeypatch.setattr(Curl, "setopt", watched)
    yield seen
    assert {urlsplit(url).hostname for url in seen} <= {"127.0.0.1"}


@pytest.fixture
def server(monkeypatch):
    served = Server()
    served.use(monkeypatch)
    yield served
    served.close()
