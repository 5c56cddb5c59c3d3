"""The register of lines: everything that pages and commands can show and compare.

A room adds its lines by exporting ``LINES`` and being named in ``PROVIDERS``; no page changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module

from engine.errors import BadInput
from engine.sources import Line, load, snapshot_id
from engine.sources.derived import to_currency

PROVIDERS = ("engine.index_lines", "engine.factors.lines", "engine.momentum.lines")


@dataclass(frozen=True)
class LineSpec:
    """A registered line: its id, how to get it, and the group it is listed in.

    ``survivors``: it rests on members chosen with hindsight, so it stays off the first page, stories and exports.
    """

    id: str
    load: Callable[[], Line]
    group: str
    survivors: bool = False


@cache
def specs() -> dict[str, LineSpec]:
    """All registered lines by id, in the order of their providers."""
    return {spec.id: spec for provider in PROVIDERS for spec in import_module(provider).LINES}


def line(line_id: str) -> Line:
    """The line of that id in the current snapshot.

    Raises
    ------
    BadInput
        No line has this id.
    MissingData
        Its data are missing or broken.
    """
    if line_id not in specs():
        raise BadInput("unknown_choice", field="series", value=line_id, accepted=", ".join(specs()))
    return _line(line_id, snapshot_id())


@cache
def _line(line_id: str, snapshot: str) -> Line:
    return specs()[line_id].load()


def in_currency(item: Line, currency: str) -> Line:
    """The line in another currency, monthly, where its months have rates; else as it is.

    Conversions of registered lines are kept. A reader's own line belongs to one session and is
    converted anew each time.
    """
    if item.currency == currency:
        return item
    return _convert(item, currency) if item.kind == "own" else _kept(item, currency, snapshot_id())


@lru_cache(maxsize=64)
def _kept(item: Line, currency: str, snapshot: str) -> Line:
    return _convert(item, currency)


def _convert(item: Line, currency: str) -> Line:
    try:
        return to_currency(item, currency, load("usdkrw_monthly"))
    except BadInput:
        return item
