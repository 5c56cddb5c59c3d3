"""A stored snapshot with faults: sources on this machine that served a bar in cents and a split that was not applied."""

import json
from contextlib import contextmanager

from engine import integrity, refresh
from engine.store import open_store
from tests.engine import live_world
from tests.engine.http_server import Server

ONLY = ["factor_etfs", "us_macro_daily", "us_macro_monthly", "etf_prices"]


def scaled(server, ticker, places, factor):
    """Some bars of a chart times a factor, volume apart."""
    body = json.loads(json.dumps(server.charts[ticker]))
    inside = body["indicators"]
    lists = [values for name, values in inside["quote"][0].items() if name != "volume"]
    for values in (*lists, inside["adjclose"][0]["adjclose"]):
        for place in places:
            values[place] *= factor
    server.charts[ticker] = body
    return body


def missed_split(server, ticker, at, ratio=4):
    """Bars before a split left on the old scale."""
    body = scaled(server, ticker, range(at), float(ratio))
    split = {"date": body["timestamp"][at], "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio}:1"}
    body["events"] = {"splits": {"1": split}}


@contextmanager
def faulty(tmp_path, monkeypatch):
    """Two snapshots: one as served, one in which MTUM has a bar in cents, SPY a missed split, and DGS10 is revised."""
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "store"))
    server = Server()
    server.use(monkeypatch)
    live_world.fill(server)
    refresh.run(ONLY, limits=live_world.FAST, check=integrity.check)
    scaled(server, "MTUM", [-40], 100.0)
    missed_split(server, "SPY", 150)
    head, _, tail = server.series["DGS10"].rpartition("\n2026-05-27,")
    server.series["DGS10"] = f"{head}\n2026-05-27,9.99\n{tail.partition(chr(10))[2]}"
    result = refresh.run(ONLY, limits=live_world.FAST, check=integrity.check)
    yield result
    server.close()
    open_store().release()
