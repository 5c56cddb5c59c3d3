"""Lodestar's engine: every answer the dashboard shows, importable without it.

Importing this package costs no more than NumPy and pandas. Rooms (``engine.analytics``,
``engine.backtest``, ...) load on first use.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

import numpy as np  # noqa: F401  (the two libraries every room needs; nothing else loads here)
import pandas as pd  # noqa: F401

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
    "optimise",
    "sources",
    "universe",
    "world",
)


def __getattr__(name: str) -> ModuleType:
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *ROOMS]
