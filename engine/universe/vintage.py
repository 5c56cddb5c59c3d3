"""Whether the figures of the universe were computed from refreshed bars, and until when they reach."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from engine.sources import load, refreshed, snapshot_id
from engine.sources.live.universe import COMPUTED

_SOURCE = re.compile(rf"{COMPUTED}(.+) bars retrieved (\d{{4}}-\d{{2}}-\d{{2}})")


@dataclass(frozen=True)
class Vintage:
    """Where the statistics and prices of the universe come from.

    Attributes
    ----------
    source : str
        For example ``Yahoo Finance``.
    retrieved, last : date
        When its bars were read, and the newest of them.
    computed, funds : int
        Funds with new statistics, of all.
    kept : tuple of str
        Funds whose statistics or price stay as bundled.
    """

    source: str
    retrieved: date
    last: date
    computed: int
    funds: int
    kept: tuple[str, ...]


def vintage() -> Vintage | None:
    """Of the snapshot in use; None where all figures are the bundled ones."""
    return _vintage(snapshot_id())


@cache
def _vintage(snapshot: str) -> Vintage | None:
    if "etf_statistics" not in refreshed(["etf_statistics"]):
        return None
    statistics = load("etf_statistics").frame.set_index("ticker")
    prices = load("etf_universe").frame.set_index("ticker")["price_source"].fillna("")
    new = statistics["source"].str.startswith(COMPUTED)
    told = _SOURCE.match(str(statistics.loc[new, "source"].iloc[0])) if new.any() else None
    if told is None:  # the refreshed table could not be used; its data set says why
        return None
    priced = prices.str.startswith(COMPUTED).reindex(statistics.index, fill_value=False)
    kept = tuple(str(name) for name in statistics.index[~(new & priced)])
    last = pd.Timestamp(statistics.loc[new, "as_of"].max()).date()
    return Vintage(told[1], date.fromisoformat(told[2]), last, int(new.sum()), len(statistics), kept)
