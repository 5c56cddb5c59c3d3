"""What a session keeps for the lab: own prices, saved runs, the runs tried, and the last slow ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from engine import lab
from engine.lab import views
from engine.lab.config import OWN
from engine.lab.run import decides_alike
from engine.sources import Line

SLOW_KEPT = 4

Key = tuple[lab.Config, int, bool]
"""Settings, which own prices (0: bundled ones), and whether an own series is the benchmark."""


@dataclass(frozen=True)
class Try:
    """One run tried: its ratio of monthly active returns, and the dates it was measured on."""

    ratio: float | None
    span: tuple[date, date]


@dataclass(frozen=True, eq=False)
class Asked:
    """What the controls ask for.

    Attributes
    ----------
    prices : PricePanel
        Those of the config's panel, or the reader's own.
    mark : Line or None
        The reader's own line, where it is the benchmark.
    pressed : bool
        A slow strategy was asked for with the button.
    """

    config: lab.Config
    prices: lab.PricePanel
    mark: Line | None
    pressed: bool

    @property
    def key(self) -> Key:
        """Equal for the same settings on the same prices."""
        return self.key_of(self.config)

    def key_of(self, config: lab.Config) -> Key:
        """The key of other settings on the same prices."""
        return config, _token() if config.panel == OWN else 0, self.mark is not None


def _state(name: str, empty: Any) -> Any:
    return st.session_state.setdefault(f"_lab_{name}", empty)


def own_prices() -> lab.PricePanel | None:
    """Prices read from the reader's file."""
    found: lab.PricePanel | None = st.session_state.get("_lab_prices")
    return found


def own_line() -> Line | None:
    """The reader's own series."""
    found: Line | None = st.session_state.get("_lab_line")
    return found


def keep(name: str, value: object) -> None:
    """Keep own prices (``prices``) or an own series (``line``); None forgets it."""
    st.session_state[f"_lab_{name}"] = value
    st.session_state["_lab_token"] = _token() + 1


def _token() -> int:
    """Which own data are in use: no two uploads have the same number."""
    return int(st.session_state.get("_lab_token", 0))


def saved() -> dict[str, lab.Config]:
    """Configs saved under a name."""
    found: dict[str, lab.Config] = _state("saved", {})
    return found


def forget(name: str) -> None:
    """Drop a saved config."""
    saved().pop(name, None)


def baskets() -> dict[str, lab.FixedWeights]:
    """Saved configs with constant weights: named baskets."""
    held = {name: config.strategy for name, config in saved().items()}
    return {name: item for name, item in held.items() if isinstance(item, lab.FixedWeights)}


def tried() -> dict[Key, Try]:
    """Every distinct run of this session in the order of its first try."""
    found: dict[Key, Try] = _state("tried", {})
    return found


def note(key: Key, found: lab.Run) -> None:
    """Count a run; one tried before counts once."""
    if key not in tried():
        tried()[key] = Try(lab.ratio(found), (found.first, found.last))


def note_cells(keys: Sequence[Key], ratios: Sequence[float | None], span: tuple[date, date]) -> None:
    """Count every cell of a swept grid."""
    for key, ratio in zip(keys, ratios, strict=True):
        tried().setdefault(key, Try(ratio, span))


def ratios() -> list[float]:
    """Ratios of all runs tried that have one."""
    return [item.ratio for item in tried().values() if item.ratio is not None]


def tuned_on(key: Key) -> list[tuple[date, date]]:
    """Dates of the runs on the same prices that were tried before this one: what its settings may be tuned on."""
    spans = []
    for other, item in tried().items():
        if other == key:
            break
        if (other[0].panel, other[1]) == (key[0].panel, key[1]):
            spans.append(item.span)
    return spans


def answer(asked: Asked) -> tuple[lab.Run | None, bool]:
    """The run asked for, and whether it is of these settings; a slow one waits for the button.

    The first slow run of a session is made without the button: it is the one a link asks for. Until
    the button is pressed the last slow run is shown again. Terms of trading change it at once.
    """
    config = asked.config
    if not config.strategy.heavy:
        st.session_state["_lab_begun"] = True
        return _against(asked, lab.run(config, asked.prices)), True
    known: list[tuple[int, lab.Run]] = _state("slow", [])
    token = asked.key[1]
    alike = next((item for mine, item in known if mine == token and decides_alike(config, item.config)), None)
    if alike is None and not asked.pressed and st.session_state.get("_lab_begun"):
        last = next((item for mine, item in known[-1:] if mine == token), None)
        return last, False
    found = lab.run(config, asked.prices, known=alike)
    st.session_state["_lab_begun"] = True
    if alike is None:
        known.append((token, found))
        del known[:-SLOW_KEPT]
    return _against(asked, found), True


def _against(asked: Asked, found: lab.Run) -> lab.Run:
    return found if asked.mark is None else views.against(found, asked.mark)
