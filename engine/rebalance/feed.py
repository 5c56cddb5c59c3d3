"""A vendor's files of one session: what must be there, and reading them one at a time.

A feed is a folder with ``control.json``: ``session`` (the day it is of), ``panels`` (``currency``, ``source`` and
``survivors`` of each) and ``files``, from a path ``panel/name.parquet`` (or ``.csv``) to its ``sha256``. A file that
is missing, or is not the one that the control names, is not read at all. Tables are long, as a vendor sends them:
Date, ticker, Open, High, Low, Close, Adj Close, Volume, and optional Stock Splits.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.integrity.check import check
from engine.rebalance.calendar import EXCHANGE
from engine.rebalance.market import Market, newest

CONTROL = "control.json"
VOLUME_DAYS = 63
"""Sessions over which volume is averaged."""

MANY, MOST_WORKERS = 16, 8
"""Files from which on processes are started, and how many at most."""

RECENT = 72
"""Months an error stops a product for: the regression and the longest look-back behind it reach no further."""


@dataclass(frozen=True)
class Feed:
    """A feed whose control file was read."""

    folder: Path
    session: date
    panels: dict[str, dict[str, Any]]
    files: dict[str, str]

    def of(self, panel: str) -> dict[str, str]:
        """The files of a panel and their SHA-256."""
        return {name: seal for name, seal in self.files.items() if name.split("/")[0] == panel}


def open_feed(folder: Path) -> Feed:
    """The feed in a folder.

    Raises
    ------
    MissingData
        There is no control file, or it cannot be read.
    """
    try:
        told = json.loads((folder / CONTROL).read_bytes())
        files = {str(name): str(facts["sha256"]) for name, facts in told["files"].items()}
        return Feed(folder, date.fromisoformat(told["session"]), dict(told["panels"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MissingData("feed_file", field="feed", value=CONTROL, reason=_why(error)) from error


def serves(folder: Path, panel: str) -> bool:
    """Whether the prices of a panel are to come from a feed.

    They are when the control file names the panel; where it cannot be read, when the feed has a folder of it, or of
    nothing at all.
    """
    try:
        return panel in open_feed(folder).panels
    except MissingData:
        there = [path.name for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        return panel in there or not there


def _why(error: Exception) -> str:
    return (error.strerror or "unreadable") if isinstance(error, OSError) else f"{type(error).__name__}: {error}"


def content(feed: Feed, name: str) -> bytes:
    """The bytes of a file, held to the control.

    Raises
    ------
    MissingData
        It is missing, or half of it or another file came.
    """
    try:
        found = (feed.folder / name).read_bytes()
    except OSError as error:
        raise MissingData("feed_file", field="feed", value=name, reason=_why(error)) from error
    if hashlib.sha256(found).hexdigest() != feed.files[name]:
        reason = f"{len(found):,} bytes that are not those of the control file: a half or another file"
        raise MissingData("feed_file", field="feed", value=name, reason=reason)
    return found


@dataclass(frozen=True, eq=False)
class Checked:
    """A panel read from files, checked and repaired, with what was found."""

    market: Market
    rows: int
    findings: list[dict[str, Any]]
    repaired: list[str]
    unproven: list[str]


def read(feed: Feed, panel: str, day: date) -> Checked:
    """Every file of a panel, checked and repaired: memory holds a file a process and the panel's closes.

    From ``MANY`` files on, as many processes as there are cores do the files side by side; the answer is the same.

    Raises
    ------
    MissingData
        As ``content``.
    BadInput
        A file is no price table, or a row is of a day after the session.
    """
    names = sorted(feed.of(panel))
    workers = min(os.cpu_count() or 1, MOST_WORKERS)
    if len(names) < MANY or workers < 2:
        done = [_file(feed, name, day) for name in names]
    else:
        from joblib import Parallel, delayed

        done = Parallel(n_jobs=workers)(delayed(_file)(feed, name, day) for name in names)
    parts = [one.part for one in done]
    return Checked(
        _market(parts, feed, panel, day),
        sum(one.rows for one in done),
        [found for one in done for found in one.findings],
        sorted({text for one in done for text in one.repaired}),
        sorted({text for one in done for text in one.unproven}),
    )


Part = tuple[np.ndarray, list[str], np.ndarray, np.ndarray, np.ndarray, list[tuple[str, str, float]]]
"""Days, names, adjusted closes, newest closes, average volumes, splits."""


@dataclass(frozen=True, eq=False)
class _Done:
    """One file, checked."""

    part: Part
    rows: int
    findings: list[dict[str, Any]]
    repaired: list[str]
    unproven: list[str]


def _file(feed: Feed, name: str, day: date) -> _Done:
    table = _table(feed, name)
    report = check(table, calendar=EXCHANGE)
    found = report.findings
    errors = found.loc[found["severity"] == "error"]
    applied = errors["applied"].astype(bool)
    recent = pd.to_datetime(errors["last"]) >= pd.Timestamp(day) - pd.DateOffset(months=RECENT)
    repaired, unproven = _named(errors.loc[applied]), _named(errors.loc[~applied & recent])
    return _Done(_wide(report.repaired), len(table), report.to_dict()["findings"], repaired, unproven)


def _named(errors: pd.DataFrame) -> list[str]:
    return [f"{ticker} {first}" for ticker, first in zip(errors["ticker"], errors["first"], strict=True)]


def _table(feed: Feed, name: str) -> pd.DataFrame:
    raw = io.BytesIO(content(feed, name))
    try:
        return pd.read_parquet(raw) if name.endswith(".parquet") else pd.read_csv(raw)
    except (ValueError, OSError) as error:
        raise MissingData("feed_file", field="feed", value=name, reason=f"no table: {error}"[:120]) from error


def _wide(table: pd.DataFrame) -> Part:
    """Days, names, adjusted closes, newest closes and volumes of a file, and its splits."""
    names = {str(name).strip().lower().replace(" ", "").replace("_", ""): name for name in table.columns}
    when = table[names.get("date", names.get("datetime"))]
    stamps = pd.DatetimeIndex(pd.to_datetime(when)).to_numpy().astype("datetime64[D]")
    days, row = np.unique(stamps, return_inverse=True)
    column, labels = pd.factorize(table[names.get("ticker", names.get("symbol"))].astype(str))

    def spread(key: str) -> np.ndarray:
        values = np.full((len(days), len(labels)), np.nan)
        values[row, column] = table[names[key]].to_numpy(dtype=float)
        return values

    volume = spread("volume")[-VOLUME_DAYS:]
    known = np.isfinite(volume).sum(axis=0)
    average = np.where(known > 0, np.nansum(volume, axis=0) / np.maximum(known, 1), np.nan)
    close = newest(spread("close")[-VOLUME_DAYS:])
    return days, [str(name) for name in labels], spread("adjclose"), close, average, _splits(table, names, stamps)


def _splits(table: pd.DataFrame, names: dict[str, Any], stamps: np.ndarray) -> list[tuple[str, str, float]]:
    if "stocksplits" not in names:
        return []
    ratio = table[names["stocksplits"]].fillna(0.0).to_numpy(dtype=float)
    rows = np.flatnonzero((ratio != 0.0) & (ratio != 1.0))
    tickers = table[names.get("ticker", names.get("symbol"))].astype(str).to_numpy()
    return [(str(stamps[at]), str(tickers[at]), float(ratio[at])) for at in rows]


def _market(parts: list[Part], feed: Feed, panel: str, day: date) -> Market:
    dates = np.unique(np.concatenate([part[0] for part in parts]))
    if dates[-1] > np.datetime64(day):
        raise BadInput("feed_future", field=panel, value=dates[-1], day=day)
    names = sorted({name for part in parts for name in part[1]})
    place = {name: at for at, name in enumerate(names)}
    prices = np.full((len(dates), len(names)), np.nan)
    close, volume = np.full(len(names), np.nan), np.full(len(names), np.nan)
    splits: list[tuple[str, str, float]] = []
    parts.sort(key=lambda part: part[0][-1])  # of files by year, the newest has the last close
    while parts:
        days, own, adjusted, newest_close, average, split = parts.pop(0)
        columns = np.array([place[name] for name in own])
        rows = np.searchsorted(dates, days)
        block = prices[np.ix_(rows, columns)]
        prices[np.ix_(rows, columns)] = np.where(np.isfinite(adjusted), adjusted, block)
        close[columns] = np.where(np.isfinite(newest_close), newest_close, close[columns])
        volume[columns] = np.where(np.isfinite(average), average, volume[columns])
        splits += split
    ended = ~np.isfinite(prices[-VOLUME_DAYS:]).any(axis=0)  # whatever the files are cut by
    close[ended], volume[ended] = np.nan, np.nan
    told = feed.panels.get(panel, {})
    facts = {"basis": "total_return", "currency": told.get("currency", "USD"),
             "source": str(told.get("source", "feed")), "survivors": str(told.get("survivors", "")),
             "adjusted": False, "splits": [list(one) for one in sorted(splits)]}  # fmt: skip
    return Market(panel, dates, tuple(names), prices, close, volume, facts)
