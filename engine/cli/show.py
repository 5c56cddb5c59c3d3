"""What every verb prints with: one JSON object, or plain text for a reader."""

from __future__ import annotations

import json
import math
import sys
from typing import Annotated

import typer
from rich.console import Console

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def console() -> Console:
    """A console as wide as the terminal; 120 columns where there is none (a file, a pipe)."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def print_json(value: object) -> None:
    """One JSON object on one line."""
    print(json.dumps(_plain(value), ensure_ascii=False, allow_nan=False))


def _plain(value: object) -> object:
    """The value with NaN and infinities as null: JSON has no word for them."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def percent(value: object) -> str:
    """A signed percentage."""
    return f"{value:+.1%}".replace("-", "\N{MINUS SIGN}") if isinstance(value, float) else ""


def share(value: float | None) -> str:
    """A percentage without sign."""
    return "" if value is None else f"{value:.1%}"


def number(value: float | None) -> str:
    """Two decimals."""
    return "" if value is None else f"{value:.2f}"
