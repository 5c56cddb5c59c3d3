"""Lodestar's engine: every answer the dashboard shows, importable without it.

Importing this package loads no library. Rooms (``engine.analytics``, ``engine.backtest``, ...) load on first
use, and NumPy and pandas with the first of them.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

ROOMS = (
    "allocation",
    "analytics",
    "backtest",
    "crises",
    "errors",
    "factors",
    "integrity",
    "lab",
    "lines",
    "momentum",
    "optimise",
    "products",
    "refresh",
    "sources",
    "store",
    "universe",
    "world",
)


def __getattr__(name: str) -> ModuleType:
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *ROOMS]
