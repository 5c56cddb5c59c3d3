"""The world portfolio and why to hold it: equilibrium, utility, market sizes, tilts."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

ROOMS = ("equilibrium",)


def __getattr__(name: str) -> ModuleType:
    if name in ROOMS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
