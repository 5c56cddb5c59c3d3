"""One portfolio: target weights on given dates, drift in between, every cost paid from the portfolio."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.arrays import frozen
from engine.backtest.market import Prepared, as_dates, check_table, check_weights, prepare
from engine.backtest.terms import Fill, Terms, check_cost
from engine.errors import BadInput


@dataclass(frozen=True, eq=False)
class Holdings:
    """Units and cash after each change; between two changes they stay as they are."""

    since: np.ndarray
    units: np.ndarray
    cash: np.ndarray


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What a simulation did. Tables are made when they are asked for.

    Attributes
    ----------
    pending : DataFrame
        Rows of the targets that were still unfilled at the last price.
    fill, cost_bps
        As asked.
    """

    pending: pd.DataFrame
    fill: Fill
    cost_bps: float
    prepared: Prepared = field(repr=False)
    book: Any = field(repr=False)
    begin: int
    holdings: Holdings = field(repr=False)

    @cached_property
    def value(self) -> pd.Series:
        """Portfolio value at each close from the first fill on, relative to the capital, shape (T,).

        1.0 just before the first trade, whose cost is paid. Money that flowed in or out is part of it.
        """
        return pd.Series(self.book.value[self.begin :], index=self.prepared.index[self.begin :], name="value")

    @cached_property
    def turnover(self) -> pd.Series:
        """Sum of absolute weight changes on each fill date, target minus drifted weight."""
        rows = np.flatnonzero(self.book.filled)
        return pd.Series(self.book.turnover[rows], index=self.prepared.index[rows], name="turnover")

    @cached_property
    def cost(self) -> pd.Series:
        """Paid on each fill date (and where an ended holding was paid out), in units of ``value``."""
        rows = np.flatnonzero(self.book.filled | (self.book.cost > 0))
        return pd.Series(self.book.cost[rows], index=self.prepared.index[rows], name="cost")

    @cached_property
    def flows(self) -> pd.Series:
        """Money that arrived, relative to the capital; empty where none was asked for."""
        money = self.prepared.market.flows
        rows = np.flatnonzero(money)
        return pd.Series(money[rows] / self.prepared.terms.capital, index=self.prepared.index[rows], name="flow")

    @cached_property
    def weights(self) -> pd.DataFrame:
        """Weights at each close, after trades, shape (T, n); what is missing to one is cash (below zero: a loan)."""
        table = self._units() * self.prepared.market.close[:, self.begin :].T
        money = self.value.to_numpy()[:, None] * self.prepared.terms.capital
        return pd.DataFrame(table / money, index=self.value.index, columns=self.prepared.columns)

    @cached_property
    def units(self) -> pd.DataFrame:
        """Units held after each date, shape (T, n)."""
        return pd.DataFrame(self._units(), index=self.value.index, columns=self.prepared.columns)

    @cached_property
    def returns(self) -> pd.Series:
        """Time-weighted simple return of each date after the first, decimals.

        The first one starts at 1.0, before the cost of the first trade. Money that flows in or out moves
        no return: it counts from the fill price of its date on.
        """
        value = self.value.to_numpy()
        before = np.r_[1.0, value[:-1]]
        gain = value / before
        rows = self.begin + np.flatnonzero(self.prepared.market.flows[self.begin :])
        when, flow = rows - self.begin, self.flows.to_numpy()
        if self.fill == "next_open":
            opened = self.book.opened[rows] / self.prepared.terms.capital
            gain[when] = opened / before[when] * value[when] / (opened + flow)
        else:
            gain[when] = (value[when] - flow) / before[when]
        gain[1:2] *= gain[0]
        return pd.Series(gain[1:] - 1.0, index=self.value.index[1:], name="return")

    @property
    def levels(self) -> pd.Series:
        """Time-weighted growth of 1.0, first date included."""
        grown = np.r_[1.0, np.cumprod(1.0 + self.returns.to_numpy())]
        return pd.Series(grown, index=self.value.index, name="level")

    @property
    def annual_turnover(self) -> float:
        """Sum of absolute weight changes / 2, a year, without the first purchase."""
        years = (self.value.index[-1] - self.value.index[0]).days / 365.25
        return float(self.turnover.iloc[1:].sum() / 2.0 / years) if years > 0 else 0.0

    def _units(self) -> np.ndarray:
        order = np.searchsorted(self.holdings.since, np.arange(self.begin, len(self.prepared.index)), side="right")
        return np.asarray(self.holdings.units[order - 1])


def simulate(
    prices: pd.DataFrame,
    target_weights: pd.DataFrame,
    *,
    cost_bps: float = 0.0,
    fill: Fill = "same_close",
    opens: pd.DataFrame | None = None,
    terms: Terms | None = None,
) -> BacktestResult:
    """Follow target weights on prices.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        Closing prices or total-return levels, one column an asset; dates unique and increasing.
    target_weights : DataFrame, shape (k, m), m <= n
        One row a rebalancing date (a date of ``prices``), weights at or above zero with a sum of
        at most one (or ``terms.leverage``); the rest is cash. A column that is absent means a weight of zero.
    cost_bps : float
        Cost on each unit of value traded, buys and sells, in basis points; paid from the
        portfolio at the fill.
    fill : {"same_close", "next_close", "next_open"}
        Price at which a row known at the close of its date is traded. ``same_close`` earns its
        first return on the next date, ``next_close`` on the one after it. Bands follow the same rule.
    opens : DataFrame, shape (T, n), optional
        Opening prices; needed for ``next_open``.
    terms : Terms, optional
        Bands, buffer, fixed cost, spreads, fees, cash, flows, dividends, whole shares, leverage.

    Raises
    ------
    BadInput
        Unknown dates or assets, a price that is not above zero, a missing price of a held asset, weights
        below zero or above the leverage in sum, a cost out of range, no opening prices for ``next_open``,
        money that flows before the first fill, or a portfolio that loses everything.
    """
    from engine.backtest import kernels

    check_cost(cost_bps)
    check_table("target_weights", target_weights)
    prepared = prepare(prices, opens=opens, fill=fill, terms=terms)
    rows, weights = prepared.rows(as_dates(target_weights.index)), prepared.targets(target_weights)
    check_weights(weights, prepared.terms.leverage, lambda row: as_dates(target_weights.index[row : row + 1])[0].date())
    filled = rows < len(prices)
    if not filled.any():
        raise BadInput(
            "bad_number",
            field="target_weights",
            value="no row that can be filled",
            accepted="a date before the last price",
        )
    rows = rows[filled]
    prepared.check_flows(int(rows[0]))
    own = prepared.terms
    point = kernels.Point(
        prepared.rates(cost_bps)[0],
        float(own.fixed_cost),
        -1.0 if own.band is None else float(own.band),
        own.band_kind == "relative",
        float(own.buffer),
        prepared.lag,
    )
    book, ended, changes = _run(prepared, point, rows, frozen(weights[: len(rows)]))
    prepared.refuse(*ended)
    return BacktestResult(
        pending=target_weights.iloc[len(rows) :],  # dates increase, so what is filled comes first
        fill=fill,
        cost_bps=cost_bps,
        prepared=prepared,
        book=book,
        begin=int(rows[0]),
        holdings=Holdings(book.since[:changes].copy(), book.units[:changes].copy(), book.cash[:changes].copy()),
    )


def _run(prepared: Prepared, point: Any, rows: np.ndarray, weights: np.ndarray) -> tuple[Any, tuple[int, int], int]:
    from engine.backtest import kernels

    market = prepared.market
    n, count = market.close.shape
    most = count if prepared.terms.band is not None else len(rows) + len(market.events)
    book = kernels.Book(
        np.empty(count), np.zeros(count), np.zeros(count), np.zeros(count, dtype=bool),
        np.empty((most, n)), np.empty(most), np.empty(most, dtype=np.int64),
        np.empty(count if market.at_open and len(market.flows) else 0),
    )  # fmt: skip
    state, row, changes = kernels.one(market, point, rows, weights, book, np.empty(n), np.empty((4, n)))
    return book, (state, row), changes
