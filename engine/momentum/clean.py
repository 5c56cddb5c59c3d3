"""What is done to a table of prices before it is a panel: refused, told, or split; nothing silently."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import Finding, Frequency

REUSED = {Frequency.DAILY: 63, Frequency.MONTHLY: 3}
"""A hole longer than this many rows ends one history and begins another under the same ticker."""

SUSPECT = {Frequency.DAILY: 10, Frequency.MONTHLY: 1}
"""A hole of at least this many rows with a jump behind it does so too."""

JUMP = 3.0
"""A price that many times higher or lower behind a hole is another company's."""

EXTREME = (-0.8, 4.0)
"""Monthly returns outside are named; they happen, and so do missed splits."""

STILL = 0.5
"""A name with more unchanged prices than this share is called constant."""

SHOWN = 8


@dataclass(frozen=True, eq=False)
class Cleaned:
    """Prices after the splits, and what was found."""

    prices: pd.DataFrame
    findings: tuple[Finding, ...]


def clean(prices: pd.DataFrame, frequency: Frequency) -> Cleaned:
    """Check a wide table of prices and split tickers that were used twice.

    Raises
    ------
    BadInput
        Dates that are not tz-naive, unique and increasing; a ticker that comes twice; a price at or below zero;
        no name with a price.
    """
    check(prices)
    empty = [str(name) for name in prices.columns[prices.isna().to_numpy().all(axis=0).tolist()]]
    prices = prices.dropna(axis=1, how="all")
    if not prices.shape[1]:
        raise BadInput("upload_assets", field="prices", value=0)
    split, reused = _split(prices, frequency)
    found = [
        _named("empty", "warning", empty, "{n} names have no price and are left out: {names}"),
        _named(
            "ticker_reuse",
            "warning",
            reused,
            "{n} tickers have a long hole, or a hole with a jump behind it: read as two companies ({names})",
        ),
        _holes(split),
        _short(split, frequency),
        _constant(split),
        _extreme(split),
        _ended(split),
    ]
    return Cleaned(split, tuple(item for item in found if item is not None))


def check(prices: pd.DataFrame) -> None:
    """Refuse what no panel can be made of."""
    index = prices.index
    good = isinstance(index, pd.DatetimeIndex) and index.tz is None and len(index) > 1
    if not (good and index.is_unique and index.is_monotonic_increasing and not index.hasnans):
        raise BadInput("bad_index", field="prices", value="its index")
    twice = prices.columns[prices.columns.duplicated()]
    if len(twice):
        raise BadInput("column_twice", field="prices", value=twice[0])
    level = prices.to_numpy(dtype=float)
    bad = (level <= 0) | np.isinf(level)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = f"{level[row, column]:g} of {prices.columns[column]} on {prices.index[row].date()}"
        raise BadInput("bad_number", field="prices", value=value, accepted="prices above zero")


def _split(prices: pd.DataFrame, frequency: Frequency) -> tuple[pd.DataFrame, list[str]]:
    level = prices.to_numpy(dtype=float)
    holed = set(np.flatnonzero(_holed(level).any(axis=0)))
    if not holed:
        return prices.astype(float).rename(columns=str), []
    columns: dict[str, np.ndarray] = {}
    reused: list[str] = []
    for column, name in enumerate(map(str, prices.columns)):
        cuts = _cuts(level[:, column], frequency) if column in holed else []
        if not cuts:
            columns[name] = level[:, column]
            continue
        reused.append(name)
        for start, stop in zip([0, *cuts], [*cuts, len(level)], strict=True):
            part = np.full(len(level), np.nan)
            part[start:stop] = level[start:stop, column]
            begun = prices.index[int(np.flatnonzero(np.isfinite(part))[0])]
            label = name if start == 0 else f"{name} from {begun:%Y-%m}"
            columns[label if label not in columns else f"{name} from {begun:%Y-%m-%d}"] = part
    return pd.DataFrame(columns, index=prices.index), reused


def _holed(level: np.ndarray) -> np.ndarray:
    """True where a price is missing between a name's first and last, shape (T, n)."""
    known = np.isfinite(level)
    begun = np.logical_or.accumulate(known, axis=0)
    goes_on = np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    return np.asarray(begun & goes_on & ~known)


def _cuts(level: np.ndarray, frequency: Frequency) -> list[int]:
    """Rows at which another company's prices begin."""
    known = np.flatnonzero(np.isfinite(level))
    hole = np.diff(known) - 1
    step = level[known[1:]] / level[known[:-1]]
    jumped = (step > JUMP) | (step < 1.0 / JUMP)
    other = (hole > REUSED[frequency]) | ((hole >= SUSPECT[frequency]) & jumped)
    return [int(row) for row in known[1:][other]]


def _holes(prices: pd.DataFrame) -> Finding | None:
    count = _holed(prices.to_numpy(dtype=float)).sum(axis=0)
    names = [f"{name} {holes}" for name, holes in zip(prices.columns, count, strict=True) if holes]
    text = (
        "{n} names have dates without a price between their first and last ({names}): valued at the last price, and "
        "without a return in a month that has none"
    )
    return _named("holes", "warning", names, text)


def _short(prices: pd.DataFrame, frequency: Frequency) -> Finding | None:
    least = 25 if frequency == Frequency.DAILY else 2
    count = prices.notna().sum()
    names = [str(name) for name in prices.columns[count.to_numpy() < least]]
    return _named(
        "short", "warning", names, "{n} names have a month of prices or less and can never be ranked: {names}"
    )


def _constant(prices: pd.DataFrame) -> Finding | None:
    level = prices.to_numpy(dtype=float)
    pairs = np.isfinite(level[1:]) & np.isfinite(level[:-1])
    still = (pairs & (level[1:] == level[:-1])).sum(axis=0)
    share = still / np.maximum(pairs.sum(axis=0), 1)
    names = [str(name) for name, part in zip(prices.columns, share, strict=True) if part > STILL]
    text = "{n} names are unchanged on most dates ({names}): not ranked while a whole regression window is"
    return _named("constant", "warning", names, text)


def _extreme(prices: pd.DataFrame) -> Finding | None:
    month = prices.groupby(pd.DatetimeIndex(prices.index).to_period("M")).last()
    level = month.to_numpy(dtype=float)
    change = level[1:] / level[:-1] - 1.0
    rows = np.argwhere((change < EXTREME[0]) | (change > EXTREME[1]))
    names = [f"{prices.columns[j]} {month.index[i + 1]} {change[i, j]:+.0%}" for i, j in rows]
    text = "{n} months lie below -80 % or above +400 % ({names}): kept as they are; look for a missed split or spin-off"
    return _named("extreme_month", "warning", names, text)


def _ended(prices: pd.DataFrame) -> Finding | None:
    gone = prices.columns[prices.iloc[-1].isna().to_numpy()]
    text = "{n} names end before the panel does and leave at their last price: {names}"
    return _named("ended", "info", [str(name) for name in gone], text)


def _named(kind: str, severity: str, names: list[str], text: str) -> Finding | None:
    if not names:
        return None
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return Finding(kind, severity, text.format(n=len(names), names=", ".join(names[:SHOWN]) + more))
