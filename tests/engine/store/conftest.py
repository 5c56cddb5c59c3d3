"""A store on disk and one in memory, and small tables to put in."""

import uuid

import pandas as pd
import pytest

from engine.store import Lock, Store

TOLD = {"source": "a test", "request": {"items": ["A"]}, "retrieved_at": "2026-01-02T03:04:05+00:00"}


def table(*values, start="2024-01-01"):
    days = pd.date_range(start, periods=len(values), freq="D")
    return pd.DataFrame({"date": days, "value": list(map(float, values))})


def fill(store, keys=("date",), base="bundled-0", **tables):
    """One snapshot with these tables."""
    with Lock(store.files) as lock:
        entries = {name: store.keep(frame, name, keys, **TOLD) for name, frame in tables.items()}
        return store.publish(entries, lock, base=base, code="test")


@pytest.fixture(params=["disk", "file address", "memory"])
def store(request, tmp_path):
    addresses = {
        "disk": str(tmp_path / "store"),
        "file address": f"file://{tmp_path}/store",
        "memory": f"memory://store-{uuid.uuid4().hex}",
    }
    return Store(addresses[request.param])
