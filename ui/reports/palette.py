"""The colours behind the slots of ``ui.tokens``, for files: they are not drawn by Streamlit."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ui import tokens
from ui.registry import ROOT

GREY = "#7A8194"
"""The yardstick: grey on white and on the dark page."""


@dataclass(frozen=True)
class Palette:
    """One theme: hexadecimal colours.

    Attributes
    ----------
    slots : dict of str to str
        Placeholder of ``ui.tokens`` to colour.
    """

    slots: dict[str, str]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]
    text: str
    background: str
    panel: str
    border: str
    accent: str

    def line(self, slot: int | None) -> str:
        """Colour of a trace; None is the yardstick."""
        return GREY if slot is None else self.slots[tokens.slot(slot)]

    def low_to_high(self, share: float, scale: tuple[str, ...]) -> str:
        """Colour at a place from 0 to 1 of a scale, between its steps in a straight line."""
        place = min(max(share, 0.0), 1.0) * (len(scale) - 1)
        below = min(int(place), len(scale) - 2)
        return _mix(scale[below], scale[below + 1], place - below)


@cache
def palette(theme: Literal["light", "dark"]) -> Palette:
    """The colours of ``.streamlit/config.toml``."""
    found = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][theme]
    scales = {"chartCategoricalColors": 1, "chartSequentialColors": 11, "chartDivergingColors": 21}
    slots = {
        f"#{first + place:06d}": colour for name, first in scales.items() for place, colour in enumerate(found[name])
    }
    slots |= {
        tokens.YARDSTICK: GREY,
        tokens.TEXT: found["textColor"],
        tokens.BACKGROUND: found["backgroundColor"],
    }
    return Palette(
        slots=slots,
        sequential=tuple(found["chartSequentialColors"]),
        diverging=tuple(found["chartDivergingColors"]),
        text=found["textColor"],
        background=found["backgroundColor"],
        panel=found["secondaryBackgroundColor"],
        border=found["borderColor"],
        accent=found["primaryColor"],
    )


def readable(fill: str) -> str:
    """Black or white, whichever contrasts more with a fill (relative luminance of WCAG 2)."""
    red, green, blue = (_linear(part / 255.0) for part in _parts(fill))
    return "#FFFFFF" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "#1B2430"


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _mix(first: str, second: str, share: float) -> str:
    mixed = (round(a + (b - a) * share) for a, b in zip(_parts(first), _parts(second), strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)


def _parts(colour: str) -> list[int]:
    return [int(pair, 16) for pair in re.findall("[0-9A-Fa-f]{2}", colour)]
