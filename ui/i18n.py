"""Every sentence a person reads, in English and Korean.

The catalogue is a folder of TOML files, one an area; a key is ``area.name`` and holds both
languages side by side. Sentences of the engine's errors are English in the engine; the
catalogue holds their Korean under the same code.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from engine.errors import MESSAGES, LodestarError

LANGUAGES = ("en", "ko")

FOLDER = Path(__file__).parent / "catalogue"


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All entries: key to language to sentence."""
    entries: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        entries |= _flat(tomllib.loads(path.read_text(encoding="utf-8")), path.stem)
    return entries


def _flat(table: dict[str, object], prefix: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in table.items():
        if not isinstance(value, dict):
            raise TypeError(f"catalogue entry {prefix}.{name} is not a table of languages")
        is_entry = all(isinstance(sentence, str) for sentence in value.values())
        found |= {f"{prefix}.{name}": value} if is_entry else _flat(value, f"{prefix}.{name}")
    return found


@dataclass(frozen=True)
class Translator:
    """Looks sentences up in one language."""

    language: str

    def __call__(self, key: str, **params: object) -> str:
        """The sentence of that key with its placeholders filled."""
        return catalogue()[key][self.language].format(**params)

    def has(self, key: str) -> bool:
        return key in catalogue()

    def error(self, error: LodestarError) -> str:
        """An engine error as a sentence."""
        return self.sentence(error.code, error.params)

    def sentence(self, code: str, params: dict[str, str]) -> str:
        """The sentence of an error code; names of fields and stock phrases are translated too."""
        field = f"field.{params['field']}"
        named = params | ({"field": self(field)} if self.has(field) else {})
        if self.language == "en":
            return MESSAGES[code].format(**named)
        return self(f"errors.{code}", **{key: phrases().get(value, value) for key, value in named.items()})


@cache
def phrases() -> dict[str, str]:
    """Stock phrases of error messages, English to Korean."""
    return {entry["en"]: entry["ko"] for key, entry in catalogue().items() if key.startswith("phrase.")}
