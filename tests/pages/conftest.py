"""One app run for many questions; caches are cleared between tests."""

import shutil

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from ui.registry import ROOT


@pytest.fixture
def open_page():
    """Open a page by key with URL values, as a link would."""

    def open_(key="overview", **query):
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        at.run()
        for name, value in query.items():
            at.query_params[name] = value
        if key != "overview":
            at.switch_page(f"pages/{key}/page.py")
        elif query:
            at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
            for name, value in query.items():
                at.query_params[name] = value
        return at.run()

    yield open_
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def broken_facts(tmp_path, monkeypatch):
    """A copy of the fact tables that a test may damage."""
    folder = tmp_path / "facts"
    shutil.copytree(ROOT / "data" / "facts", folder)
    monkeypatch.setenv("LODESTAR_FACTS", str(folder))
    return folder
