"""Which expected figures are missing, by series and period; a series not listed yet misses nothing.

A daily market series is expected on every day on which at least half of the market tables of the snapshot have a row,
other daily series on weekdays that are no US federal holiday, a monthly one in every month; each from its own first figure to the last
row of its table. Nothing here fills anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.health.light import Light
from engine.sources.dataset import Basis, Dataset, Frequency

GOOD, FEW = 0.005, 0.02
"""Share of expected figures that may be missing in a complete data set, and in one with a few holes."""
LONG_RUN = 5
"""Rows in a row: a longer hole is told whatever its share."""
YEARS = 30
"""More years than these are summed up in decades."""
TEXTS = frozenset({"last_date"})


@dataclass(frozen=True, eq=False)
class Missing:
    """Expected and missing figures of one data set.

    Attributes
    ----------
    periods : tuple of str
        Years, or decades (``1990s``).
    expected, missing : DataFrame
        Counts, a row a series, a column a period; ``expected`` is 0 before a series begins.
    longest : dict of str to int
        Longest run of missing rows of each series.
    """

    name: str
    periods: tuple[str, ...]
    expected: pd.DataFrame
    missing: pd.DataFrame
    longest: dict[str, int]

    @property
    def share(self) -> pd.DataFrame:
        """Share of expected figures missing; NaN where none is expected."""
        return self.missing / self.expected.where(self.expected > 0)

    def counts(self, item: str) -> list[tuple[int, int]]:
        """Missing and expected figures of one series, period by period."""
        place = self.missing.index.get_loc(item)
        pairs = zip(self.missing.to_numpy()[place], self.expected.to_numpy()[place], strict=True)
        return [(int(lost), int(expected)) for lost, expected in pairs]

    def total(self) -> tuple[int, int]:
        """Missing and expected figures of all series."""
        return int(self.missing.to_numpy().sum()), int(self.expected.to_numpy().sum())


def market_days(datasets: Iterable[Dataset]) -> pd.DatetimeIndex:
    """Days on which at least half of the daily market tables that cover them have a row: one stray row is no session."""
    tables = [pd.DatetimeIndex(data.table.index) for data in datasets if is_market(data)]
    if not tables:
        return pd.DatetimeIndex([])
    days = pd.DatetimeIndex(np.unique(np.concatenate([index.to_numpy("datetime64[us]") for index in tables])))
    has = sum(days.isin(index).astype(int) for index in tables)
    covered = sum(((days >= index[0]) & (days <= index[-1])).astype(int) for index in tables)
    return days[2 * np.asarray(has) >= np.asarray(covered)]


def is_market(data: Dataset) -> bool:
    """Daily prices and total returns of a market."""
    origin = data.provenance
    return origin.frequency == Frequency.DAILY and origin.basis in {Basis.PRICE_INDEX, Basis.TOTAL_RETURN}


def missing(data: Dataset, market: pd.DatetimeIndex) -> Missing | None:
    """Expected and missing figures by period; None for a table of facts."""
    if data.provenance.frequency == Frequency.TABLE:
        return None
    numbers = data.table[[name for name in data.table.select_dtypes("number").columns if str(name) not in TEXTS]]
    days = expected_days(data, market)
    held = numbers.reindex(days)
    known = held.notna().to_numpy()
    begun = np.logical_or.accumulate(known, axis=0)
    gone = begun & ~known
    periods, at = _periods(days)
    columns = [str(name) for name in numbers.columns]
    counts = [
        pd.DataFrame(np.array([part[at == place].sum(axis=0) for place in range(len(periods))]).T, columns, periods)
        for part in (begun, gone)
    ]
    longest = {name: _longest(gone[:, place]) for place, name in enumerate(columns)}
    return Missing(data.provenance.name, tuple(periods), counts[0], counts[1], longest)


def expected_days(data: Dataset, market: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Days of the rows that a data set should have, from its first to its last."""
    index = pd.DatetimeIndex(data.table.index)
    first, last = index[0], index[-1]
    if data.provenance.frequency == Frequency.MONTHLY:
        return pd.date_range(first, last, freq="ME", unit="us")
    if is_market(data):
        return market[(market >= first) & (market <= last)]
    from pandas.tseries.holiday import USFederalHolidayCalendar

    weekdays = pd.bdate_range(first, last)
    return weekdays.difference(USFederalHolidayCalendar().holidays(first, last))


def _periods(days: pd.DatetimeIndex) -> tuple[list[str], np.ndarray]:
    """Names of the periods, and the place of each day among them."""
    years = days.year.to_numpy()
    step = 1 if years[-1] - years[0] < YEARS else 10
    units = years // step
    names = [str(unit) if step == 1 else f"{unit * step}s" for unit in range(units[0], units[-1] + 1)]
    return names, units - units[0]


def _longest(gone: np.ndarray) -> int:
    """Longest run of true values."""
    edges = np.flatnonzero(np.diff(np.r_[False, gone, False].astype(int)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def complete(data: Dataset, found: Missing | None) -> Light:
    """The light of a data set."""
    if found is None:
        return _facts(data)
    lost, expected = found.total()
    item, run = max(found.longest.items(), key=lambda pair: pair[1])
    if not lost:
        return Light("good", "no_holes", {"expected": expected})
    share = lost / expected
    level = "bad" if share > FEW else "warning" if share > GOOD or run > LONG_RUN or _monthly(data) else "good"
    told = {"missing": lost, "expected": expected, "share": f"{share:.2%}", "run": run, "item": item}
    return Light(level, "holes", told)


def _monthly(data: Dataset) -> bool:
    """Of a month's figure every one counts."""
    return data.provenance.frequency == Frequency.MONTHLY


def _facts(data: Dataset) -> Light:
    numbers = data.table.select_dtypes("number")
    told = {"blank": int(numbers.isna().to_numpy().sum()), "cells": int(numbers.size)}
    partial = {"coverage", "partial_list", "missing_values"} & {found.kind for found in data.findings}
    return Light("warning", "blanks", told) if partial else Light("good", "no_blanks", told)
