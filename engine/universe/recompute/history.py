"""Daily bars of many funds side by side, freed of what is known to be no price of the fund."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.sources.dataset import Finding
from engine.universe.cells import cell

RENAMED: dict[str, str] = {"SPYM": "SPLG"}
"""Ticker and the one it had before: SPLG became SPYM on 2025-10-31."""

BEFORE_INCEPTION = pd.Timedelta(days=7)
"""Bars earlier than this before a fund began are another security's: tickers are used again."""

DOUBLED: dict[tuple[str, str], str] = {("GII", "2021-12-17"): "IGF", ("GII", "2023-12-15"): "IGF"}
"""Days whose adjusted close counts a distribution twice (found against the fund on the same index, never
reversed), and that fund, whose return stands in. Only while the fault is there."""

FAULT = 0.005
"""Distance from the fund on the same index on such a day above which the fault is there."""


@dataclass(frozen=True, eq=False)
class Bars:
    """Bars side by side: sessions by tickers; NaN where a fund has no bar.

    Attributes
    ----------
    adjusted, close : DataFrame
        Closes in USD, adjusted for splits and distributions, and for splits alone.
    volume : DataFrame
        Shares a day, adjusted for splits as ``close`` is.
    findings : tuple of Finding
        What was left out or replaced, fund by fund.
    """

    adjusted: pd.DataFrame
    close: pd.DataFrame
    volume: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def bars(long: pd.DataFrame, inception: Mapping[str, pd.Timestamp] | None = None) -> Bars:
    """Side by side, without what is no price of the fund.

    Parameters
    ----------
    long : DataFrame
        ``ticker``, ``date``, ``close``, ``adj_close``, ``volume``; one row a ticker and day.
    inception : mapping, optional
        First day of each fund, where it is known.
    """
    tables = _wide(long)
    told = _no_prices(tables)
    told += _renamed(tables)
    told += _another_security(tables, inception or {})
    tables, dropped = _sessions(tables)
    told += dropped + _doubled(tables["adj_close"])
    return Bars(tables["adj_close"], tables["close"], tables["volume"], tuple(told))


def _wide(long: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """One frame a column; placing cells by number takes a tenth of the time of unstacking."""
    rows, days = pd.factorize(long["date"], sort=True)
    columns, tickers = pd.factorize(long["ticker"].astype(str), sort=True)
    found = {}
    for name in ("adj_close", "close", "volume"):
        values = np.full((len(days), len(tickers)), np.nan)
        values[rows, columns] = long[name].to_numpy(dtype=float)
        found[name] = pd.DataFrame(values, index=pd.DatetimeIndex(days, name="date"), columns=list(tickers))
    return found


def _no_prices(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """A bar needs both closes above zero."""
    bad = ~((tables["adj_close"] > 0) & (tables["close"] > 0)) & (tables["adj_close"].notna() | tables["close"].notna())
    for name, table in tables.items():
        tables[name] = table.mask(bad)
    counts = bad.sum()
    return [
        Finding("no_price", "warning", f"{ticker}: {count} bars without a close above zero are left out")
        for ticker, count in counts[counts > 0].items()
    ]


def _renamed(tables: dict[str, pd.DataFrame]) -> list[Finding]:
    """The history of a fund under its former ticker, joined where both have a close on one day."""
    told = []
    for new, old in RENAMED.items():
        if old not in tables["close"]:
            continue
        own: Any = tables["close"][new].first_valid_index() if new in tables["close"] else None
        if own is None:
            for table in tables.values():
                table[new] = table[old]
            told.append(Finding("renamed", "info", f"{new}: bars of {old}, its former ticker"))
            continue
        earlier = tables["close"].index < own
        if not tables["close"].loc[earlier, old].notna().any():
            continue
        if pd.isna(cell(tables["close"], own, old)):
            told.append(Finding("renamed", "warning", f"{new}: {old} has no close on {own.date()}; not joined"))
            continue
        for name, table in tables.items():
            scale = cell(table, own, new) / cell(table, own, old) if name != "volume" else 1.0
            table.loc[earlier, new] = table.loc[earlier, old] * scale
        told.append(
            Finding("renamed", "info", f"{new}: bars before {own.date()} are those of {old}, its former ticker")
        )
    return told


def _another_security(tables: dict[str, pd.DataFrame], inception: Mapping[str, pd.Timestamp]) -> list[Finding]:
    told = []
    for ticker, day in inception.items():
        if ticker not in tables["close"] or pd.isna(day):
            continue
        early = tables["close"].index < pd.Timestamp(day) - BEFORE_INCEPTION
        count = int(tables["close"].loc[early, ticker].notna().sum())
        if count:
            for table in tables.values():
                table.loc[early, ticker] = np.nan
            text = f"{ticker}: {count} bars before the fund began ({pd.Timestamp(day).date()}) are left out"
            told.append(Finding("recycled_ticker", "warning", text))
    return told


def _sessions(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Days on which at least half of the funds alive have a bar; a stray bar would break everyone's returns."""
    there = tables["close"].notna().to_numpy()
    begun = np.maximum.accumulate(there, axis=0)
    alive = (begun & np.maximum.accumulate(there[::-1], axis=0)[::-1]).sum(axis=1)
    stray = 2 * there.sum(axis=1) < alive
    empty = ~there.any(axis=1)
    kept = {name: table.loc[~(stray | empty)] for name, table in tables.items()}
    told = [
        Finding(
            "no_session",
            "warning",
            f"{day.date()}: bars of {', '.join(tables['close'].columns[row])} alone; no session, left out",
        )
        for day, row in zip(tables["close"].index[stray & ~empty], there[stray & ~empty], strict=True)
    ]
    return kept, told


def _doubled(adjusted: pd.DataFrame) -> list[Finding]:
    """Levels from such a day on, scaled so that its return is that of the fund on the same index."""
    told = []
    for (ticker, text), twin in DOUBLED.items():
        day = pd.Timestamp(text)
        if ticker not in adjusted or twin not in adjusted or day not in adjusted.index[1:]:
            continue
        place = int(adjusted.index.searchsorted(day))
        own, other = (adjusted[name].iloc[place] / adjusted[name].iloc[place - 1] - 1.0 for name in (ticker, twin))
        if not abs(own - other) > FAULT:
            continue
        adjusted.loc[day:, ticker] *= (1.0 + other) / (1.0 + own)
        told.append(
            Finding(
                "doubled_distribution",
                "warning",
                f"{ticker}: return of {text} ({own:.2%}) counts a distribution twice; {twin}'s {other:.2%} stands in",
            )
        )
    return told
