"""Colours by meaning.

Charts name a slot, not a colour: the slots are the placeholders that Streamlit's chart theme
replaces in the browser, so one figure is right in the light and in the dark theme and follows a
switch without a rerun. The colours behind the slots stand in ``.streamlit/config.toml``.
"""

from __future__ import annotations

from typing import Literal

Colour = Literal["red", "green", "blue"]

SLOTS = tuple(f"#{number:06d}" for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 5))
"""Categorical colours; the grey one comes last, away from the yardstick."""

YARDSTICK = "#000036"
"""The benchmark: grey, always dashed."""

TEXT = "#000037"
"""Labels and annotations."""

BACKGROUND = "#000038"
"""The page: what a mark is filled with, so that it stands out from any cell below it."""

SEQUENTIAL = tuple(f"#{number:06d}" for number in range(11, 21))
"""Sequential scale, low to high, of one hue: it says more or less, not good or bad."""

DIVERGING = tuple(f"#{number:06d}" for number in range(21, 31))
"""Diverging scale, low to high; its middle is neutral."""

DASHES = (
    "solid", "solid", "dot", "dashdot", "solid", "longdash", "longdashdot", "dot", "dashdot", "longdash",
)  # fmt: skip
"""Lines are told apart by colour, and by a dash where colours do not: blue and brown, orange and teal are alike in
grey, and the sixth colour looks like another one to some eyes. Tests hold each pair to one or the other."""

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
