"""A session keeps the snapshot that it began with."""

import pytest
from streamlit.testing.v1 import AppTest

from engine.sources import BUNDLED, load
from engine.sources.snapshots import bundled_id
from engine.store import Lock, open_store


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "store"))
    kept = open_store()
    yield kept
    kept.release()


def refreshed(store):
    """A snapshot with the bundled factors in the library's names, as a refresh would store them."""
    frame = load("french_factors", BUNDLED).frame.reset_index()
    with Lock(store.files) as lock:
        told = {"source": "the library", "request": {}, "retrieved_at": "2026-01-02T00:00:00+00:00"}
        entry = store.keep(frame, "french_factors", ["date"], **told)
        return store.publish({"french_factors": entry}, lock, base=bundled_id(), code="test").id


def session():
    import streamlit as st

    from engine.sources import snapshot_id, using
    from ui import context

    if st.button("newest"):
        context.take_newest_snapshot()
    with using(context.held_snapshot()):
        st.text(snapshot_id())


def test_a_refresh_elsewhere_does_not_move_a_session(store):
    app = AppTest.from_function(session).run()
    began = app.text[0].value
    assert began == bundled_id()
    stored = refreshed(store)
    assert app.run().text[0].value == began
    assert AppTest.from_function(session).run().text[0].value == stored
    assert app.button[0].click().run().text[0].value == stored


def test_a_snapshot_that_is_gone_gives_the_current_one(store):
    stored = refreshed(store)
    app = AppTest.from_function(session).run()
    assert app.text[0].value == stored
    for name in store.files.names(""):
        store.files.remove(name)
    from engine.sources import snapshots

    snapshots._manifest.cache_clear()
    assert app.run().text[0].value == bundled_id()
    assert not app.exception
