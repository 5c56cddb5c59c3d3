"""Charts follow a switch of the theme.

Streamlit colours a chart when it first draws it and leaves it so when the reader changes the
theme in the menu: dark labels would stay on a dark page. This watcher, an empty element, tells
the server that the background has changed; charts then get a new key and are drawn again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

KEY = "theme-watch"

_SCRIPT = """
export default function ({ setStateValue }) {
  const app = document.querySelector('[data-testid="stApp"]');
  const background = () => getComputedStyle(app).backgroundColor;
  let seen = background();
  const timer = setInterval(() => {
    if (background() !== seen) {
      seen = background();
      setStateValue("background", seen);
    }
  }, 300);
  return () => clearInterval(timer);
}
"""


@cache
def _component() -> Any:
    return st.components.v2.component("lodestar_theme_watch", js=_SCRIPT)


def watch() -> None:
    """Draw the watcher; once a run, at the end of the page."""
    _component()(key=KEY, on_background_change=lambda: None)


def mark() -> str:
    """What a chart's key ends with: empty until the theme is switched, then the background's colour."""
    state = st.session_state.get(KEY) or {}
    return str(state.get("background") or "")
