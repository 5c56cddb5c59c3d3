"""Funds as configuration: one TOML file a product says what it holds, why, under which rules and when.

``[universe]``, ``[signal]``, ``[rules]`` and ``[calendar]`` are the settings of ``engine.momentum.Config`` in four
tables; ``[outputs]`` names the parts of a result that the product publishes. A new fund is a new file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import BadInput
from engine.momentum.settings import Config

FOLDER = Path(__file__).parent

SECTIONS: dict[str, tuple[str, ...]] = {
    "universe": ("panel", "exclude"),
    "signal": (
        "signal", "method", "shortest", "longest", "fixed", "window", "least_window", "least_outcomes", "seed",
    ),
    "rules": ("hold", "buffer", "weighting", "cash"),
    "calendar": ("calendar", "cost_bps", "start", "end"),
}  # fmt: skip
"""Which setting stands in which table."""

OUTPUTS = ("lookback", "holdings", "scores", "heat", "growth", "turnover", "concentration", "live", "left_out")


@dataclass(frozen=True)
class Product:
    """A fund: its key (the file's name), its settings, and what it publishes."""

    key: str
    config: Config
    outputs: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"key": self.key, "config": self.config.to_dict(), "outputs": list(self.outputs)}


def products() -> dict[str, Product]:
    """All products that come along, by key."""
    return {file.stem: read(file) for file in sorted(FOLDER.glob("*.toml"))}


def product(key: str) -> Product:
    """The product of that key.

    Raises
    ------
    BadInput
        No product has this key.
    """
    files = {file.stem: file for file in sorted(FOLDER.glob("*.toml"))}
    if key not in files:
        raise BadInput("unknown_choice", field="product", value=key, accepted=", ".join(files))
    return read(files[key])


def read(path: str | Path) -> Product:
    """A product from a TOML file.

    Raises
    ------
    BadInput
        The file cannot be read, or a table, a setting or an output is not known.
    """
    file = Path(path)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput("config_file", field="product", value=file.name, reason=str(error)) from error
    return of(file.stem, table)


def of(key: str, table: Mapping[str, Any]) -> Product:
    """A product from its tables."""
    settings: dict[str, Any] = {}
    for name, section in table.items():
        if name == "outputs":
            continue
        if name not in SECTIONS or not isinstance(section, Mapping):
            raise BadInput("unknown_choice", field="table", value=name, accepted=", ".join((*SECTIONS, "outputs")))
        for setting, value in section.items():
            if setting not in SECTIONS[name]:
                raise BadInput("unknown_choice", field=name, value=setting, accepted=", ".join(SECTIONS[name]))
            settings[setting] = value
    shown = table.get("outputs", {}).get("show", list(OUTPUTS))
    for output in shown:
        if output not in OUTPUTS:
            raise BadInput("unknown_choice", field="outputs", value=output, accepted=", ".join(OUTPUTS))
    return Product(key, Config.of(settings), tuple(shown))
