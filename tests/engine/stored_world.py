"""A stored snapshot whose figures go on from the bundled ones, for tests of what follows a refresh."""

from contextlib import contextmanager

import pandas as pd
import pytest

from engine import refresh
from engine.store import open_store
from tests.engine import live_world
from tests.engine.http_server import Server

LONG = pd.bdate_range("2022-12-29", "2026-05-29")
"""Sessions past October 2025, which has no inflation figure, to the end of a month."""

FACTORS = ("sp500_price", "sp500_total_return", "factor_etfs", "us_macro_monthly")


@contextmanager
def refreshed(folder, only=FACTORS, new_days=LONG, change=lambda server: None):
    """A store of its own with these data sets refreshed; ``change`` may spoil what is served."""
    server = Server()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LODESTAR_STORE", str(folder / "store"))
        server.use(patch)
        live_world.fill(server, new_days=new_days)
        change(server)
        result = refresh.run(list(only), limits=live_world.FAST)
        assert {row.status for row in result.datasets} == {"updated"}, result
        server.close()
        kept = open_store()
        yield result
        kept.release()
