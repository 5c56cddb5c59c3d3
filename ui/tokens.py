"""Colours by meaning.

Charts name a slot, not a colour: the slots are the placeholders that Streamlit's chart theme
replaces in the browser, so one figure is right in the light and in the dark theme and follows a
switch without a rerun. The colours behind the slots stand in ``.streamlit/config.toml``.
"""

from __future__ import annotations

from typing import Literal

Colour = Literal["red", "green", "blue"]

SLOTS = tuple(f"#{number:06d}" for number in range(1, 11))
"""Categorical colours 1 to 10; ours and the first line chosen take the first."""

YARDSTICK = "#000036"
"""The benchmark: grey, always dashed."""

TEXT = "#000037"
"""Labels and annotations."""

DASHES = ("solid", "solid", "solid", "solid", "dot", "dashdot", "longdash", "longdashdot", "dot", "dashdot")
"""From the fifth line on, a dash style tells lines apart where colours no longer do."""

RISE: dict[str, Colour] = {"en": "green", "ko": "red"}
FALL: dict[str, Colour] = {"en": "red", "ko": "blue"}
"""Korean markets colour gains red and losses blue. A sign and an arrow always stand beside."""

BAND = "rgba(128, 140, 158, 0.16)"
"""The crisis window: neutral in both themes."""


def slot(order: int) -> str:
    """Colour of the line at this place in the selection."""
    return SLOTS[order % len(SLOTS)]


def dash(order: int) -> str:
    """Dash style of the line at this place in the selection."""
    return DASHES[order % len(DASHES)]
