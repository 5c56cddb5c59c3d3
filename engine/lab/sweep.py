"""Which values to sweep, what a swept grid says of luck, and what choosing from it year after year would have earned."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.analytics import WalkForward, walk_forward
from engine.errors import BadInput
from engine.lab.config import Config
from engine.lab.evidence import MIN_MONTHS
from engine.lab.surface import Surface

TERMS = {"cost_bps": (0.0, 50.0), "band": (0.0, 0.2), "buffer": (0.0, 0.1), "fixed_cost": (0.0, 0.01)}
"""Ends of a sweep of a term of trading."""

SPREAD = 2.0
"""Other numbers are swept from their own value over this to their own value times this."""


def ends(config: Config, name: str, assets: int) -> tuple[float, float, bool]:
    """Where a sweep of a number begins and ends by default, and whether it takes whole values only.

    Parameters
    ----------
    assets : int
        Assets that take part: no rule holds more of them, or less than an equal share at most.

    Raises
    ------
    BadInput
        The config has no number of this name.
    """
    if name in TERMS:
        return (*TERMS[name], False)
    kind, _, key = name.rpartition(".")
    holder: Any = next((item for item in config.overlays if item.name == kind), config.strategy)
    known = {item.name: item for item in holder.parameters() if item.kind != "choice"}
    if name not in config.numbers() or key not in known:
        raise BadInput("unknown_choice", field="parameter", value=name, accepted=", ".join(config.numbers()))
    own, parameter = float(getattr(holder, key)), known[key]
    low, high = parameter.low or 0.0, parameter.high or own * SPREAD
    if parameter.unit == "assets":
        return low, float(min(high, assets)), True
    if name == "cap":
        low = max(low, 1.0 / assets)
    if high - low <= SPREAD:
        return low, high, False
    return max(low, own / SPREAD), min(high, own * SPREAD), parameter.kind == "int"


def grid(low: float, high: float, count: int, *, whole: bool = False) -> tuple[float, ...]:
    """``count`` evenly spaced values from ``low`` to ``high``; of whole values each once.

    Raises
    ------
    BadInput
        ``high`` is not above ``low``, or ``count`` is below 2.
    """
    if not low < high:
        raise BadInput("range_reversed", field="range", value=f"{low:g} to {high:g}")
    if count < 2:
        raise BadInput("bad_number", field="count", value=count, accepted="2 or more")
    spaced = np.linspace(low, high, count)
    return tuple(np.unique(np.round(spaced)).tolist()) if whole else tuple(spaced.tolist())


def default_axes(config: Config) -> tuple[str, str]:
    """The two numbers a reader most likely means: of the strategy, then of the overlays, then of the trading."""
    names = config.numbers()
    own = [name for name in names if name not in TERMS]
    rest = ["band", "cost_bps"] if config.rule == "band" else ["cost_bps", "buffer"]
    first, second = (own + rest)[:2]
    return first, second


def ratios(found: Surface) -> list[float | None]:
    """Mean over deviation of the monthly active returns of every cell, as ``engine.lab.ratio`` of a run."""
    if len(found.active) < MIN_MONTHS:
        return [None] * found.trials
    mean, deviation = found.active.mean().to_numpy(), found.active.std().to_numpy()
    return [float(m / d) if d > 1e-12 else None for m, d in zip(mean, deviation, strict=True)]


def cells(found: Surface, config: Config) -> list[Config]:
    """The config of every cell, row by row."""
    return [config.with_value(found.y, down).with_value(found.x, across) for down in found.ys for across in found.xs]


def values(found: Surface, cell: int) -> tuple[float, float]:
    """The two numbers of a cell, across and down."""
    return found.xs[cell % len(found.xs)], found.ys[cell // len(found.xs)]


def folds(found: Surface, *, train: int, test: int = 12, embargo: int = 1) -> WalkForward:
    """Choose the cell with the highest ratio of monthly active returns, follow it for ``test`` months, choose again.

    Parameters
    ----------
    train, test, embargo : int
        Months, as in :func:`engine.analytics.walk_forward`.

    Raises
    ------
    BadInput
        Too few months, or cells that never differ.
    """
    sound = found.active.loc[:, found.active.notna().all()]
    return walk_forward(sound, train=train, test=test, periods_per_year=12, figure="sharpe", embargo=embargo)
