"""A panel of shares for momentum: prices with the dates on which each name was listed, ended and a member.

Who is in a panel is a property of the panel: a list of today's companies, followed backwards, is a list of
survivors. A panel that is one says why in ``survivors``, and everything computed on it carries that along.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.months import month_rows
from engine.sources import Basis, Finding, Frequency


@dataclass(frozen=True, eq=False)
class Months:
    """The panel at the end of each complete month, m of them. Row t holds what was known at its close.

    Attributes
    ----------
    ends : DatetimeIndex, shape (m,)
        Calendar month ends.
    sessions : DatetimeIndex, shape (m,)
        The last session of each month.
    returns : ndarray, shape (m, n)
        Simple return of the month, decimal; NaN where this month or the one before has no price. The month in
        which a name ends counts to its last price.
    outcome : ndarray, shape (m, n)
        Simple return earned from this month end to the next by whoever held the name, decimal: a name that ends
        earns what it did to its last price and nothing after; a hole is bridged. NaN in the last row.
    alive : ndarray of bool, shape (m, n)
        Has a price at the month's last session. A name inside a hole has none: nobody knows yet whether it comes back.
    member : ndarray of bool, shape (m, n)
        Inside a membership spell at the month end; all true where the panel has no spells.
    caps : ndarray, shape (m, n), or None
        Market value, in the panel's currency.
    """

    ends: pd.DatetimeIndex
    sessions: pd.DatetimeIndex
    returns: np.ndarray
    outcome: np.ndarray
    alive: np.ndarray
    member: np.ndarray
    caps: np.ndarray | None


@dataclass(frozen=True, eq=False)
class StockPanel:
    """Prices of many names on common dates, as made by ``engine.momentum.read``.

    Attributes
    ----------
    prices : DataFrame, shape (T, n)
        Total-return levels (or closes) above zero; sessions when daily, month ends when monthly. Missing before a
        name's first price and after its last; a hole between is a day without a trade.
    survivors : str
        Why the names were chosen with hindsight; empty where they were not.
    spells : DataFrame or None
        Columns ticker, first, last: when a name belonged to the universe; ``last`` missing while it does.
    caps : DataFrame or None
        Market values by month end and name.
    """

    name: str
    prices: pd.DataFrame
    frequency: Frequency
    basis: Basis
    currency: str
    source: str
    survivors: str = ""
    spells: pd.DataFrame | None = None
    caps: pd.DataFrame | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def assets(self) -> list[str]:
        return [str(name) for name in self.prices.columns]

    @property
    def dates(self) -> pd.DatetimeIndex:
        return pd.DatetimeIndex(self.prices.index)

    @property
    def hindsight(self) -> bool:
        return bool(self.survivors)

    @cached_property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Row of each name's first and last price, each shape (n,)."""
        known = self.prices.notna().to_numpy()
        return known.argmax(axis=0), len(known) - 1 - known[::-1].argmax(axis=0)

    @property
    def listed(self) -> pd.Series:
        """First date of each name."""
        return pd.Series(self.dates[self.rows[0]], index=self.prices.columns)

    @property
    def delisted(self) -> pd.Series:
        """Last date of each name that ends before the panel does; missing for the others."""
        ends = pd.Series(self.dates[self.rows[1]], index=self.prices.columns)
        return ends.where(self.rows[1] < len(self.prices) - 1)

    @cached_property
    def valued(self) -> pd.DataFrame:
        """Prices at which a holding is valued: the last one known, from a name's first price to its last."""
        after = np.arange(len(self.prices))[:, None] > self.rows[1][None, :]
        return self.prices.ffill().mask(after)

    @cached_property
    def months(self) -> Months:
        """The panel month by month; a last month that is not over is left out."""
        rows = month_rows(self.dates)
        last = rows.last[rows.ended] if self.frequency == Frequency.DAILY else rows.last
        first = rows.first[: len(last)]
        ends = rows.ends[: len(last)]
        level = self._level(first, last)
        carried = self.prices.ffill().to_numpy(dtype=float)[last]
        outcome = np.full(level.shape, np.nan)
        outcome[:-1] = carried[1:] / carried[:-1] - 1.0
        returns = np.full(level.shape, np.nan)
        returns[1:] = level[1:] / level[:-1] - 1.0
        alive = self.prices.notna().to_numpy()[last]
        outcome[~alive] = np.nan
        sessions = self.dates[last]
        return Months(ends, sessions, returns, outcome, alive, self.members(sessions), self._caps_at(ends))

    def _level(self, first: np.ndarray, last: np.ndarray) -> np.ndarray:
        """The last price inside each month, NaN without one; shape (m, n)."""
        known = self.prices.notna().to_numpy()
        row = np.where(known, np.arange(len(known))[:, None], -1)
        newest = np.maximum.accumulate(row, axis=0)[last]
        values = self.prices.to_numpy(dtype=float)
        level = np.take_along_axis(values, np.maximum(newest, 0), axis=0)
        return np.where(newest >= first[:, None], level, np.nan)

    def members(self, days: pd.DatetimeIndex) -> np.ndarray:
        """Whether each name belongs to the universe on each day, shape (len(days), n)."""
        if self.spells is None:
            return np.ones((len(days), len(self.assets)), dtype=bool)
        inside = np.zeros((len(days), len(self.assets)), dtype=bool)
        where = {name: column for column, name in enumerate(self.assets)}
        for ticker, first, last in self.spells[["ticker", "first", "last"]].itertuples(index=False):
            if str(ticker) in where:
                spell = (days >= first) & ((days <= last) | pd.isna(last))
                inside[:, where[str(ticker)]] |= np.asarray(spell)
        return inside

    def _caps_at(self, ends: pd.DatetimeIndex) -> np.ndarray | None:
        if self.caps is None:
            return None
        return self.caps.reindex(index=ends, columns=self.prices.columns).to_numpy(dtype=float)

    def until(self, day: pd.Timestamp) -> StockPanel:
        """What was known at the close of a day: rows up to it, spells that had begun, with an open end if later."""
        prices = self.prices.loc[:day].dropna(axis=1, how="all")
        spells = self.spells
        if spells is not None:
            spells = spells.loc[spells["first"] <= day].copy()
            spells["last"] = spells["last"].where(spells["last"] <= day)
        caps = None if self.caps is None else self.caps.loc[:day].reindex(columns=prices.columns)
        return replace(self, prices=prices, spells=spells, caps=caps)

    def without(self, names: tuple[str, ...]) -> StockPanel:
        """The panel without some names.

        Raises
        ------
        BadInput
            One of them is not in the panel.
        """
        for name in names:
            if name not in self.prices.columns:
                raise BadInput("unknown_choice", field="exclude", value=name, accepted=f"a name of {self.name}")
        return replace(self, prices=self.prices.drop(columns=list(names)))

    def to_dict(self) -> dict[str, object]:
        """Everything but the numbers."""
        first, last = (day.date() for day in self.dates[[0, -1]])
        return {
            "name": self.name,
            "names": len(self.assets),
            "ended": int(self.delisted.notna().sum()),
            "first": first.isoformat(),
            "last": last.isoformat(),
            "frequency": str(self.frequency),
            "basis": str(self.basis),
            "currency": self.currency,
            "source": self.source,
            "hindsight": self.hindsight,
            "survivors": self.survivors,
            "membership": self.spells is not None,
            "market_caps": self.caps is not None,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    @property
    def as_of(self) -> date:
        return pd.Timestamp(self.dates[-1]).date()
