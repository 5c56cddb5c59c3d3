"""Prices and terms made ready for the kernel: checked once, shared by every run on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from engine.arrays import frozen
from engine.backtest.calendar import rebalance_dates
from engine.backtest.terms import Fill, Terms, check_fill
from engine.errors import BadInput

DAYS_A_YEAR = 365.0
_SUM_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class Prepared:
    """Prices as the kernel takes them, with the names to read its answer by.

    ``market`` may share memory with ``tables``, shallow copies of the prices and opens: while they are held,
    pandas writes elsewhere when the caller changes its own frames.
    """

    market: Any
    index: pd.DatetimeIndex
    columns: pd.Index
    half_spread: np.ndarray
    fill: Fill
    terms: Terms
    tables: tuple[pd.DataFrame | None, ...] = field(repr=False)

    @property
    def lag(self) -> int:
        return 0 if self.fill == "same_close" else 1

    def rates(self, cost_bps: float | np.ndarray) -> np.ndarray:
        """Cost a unit traded by point and asset, decimal, shape (P, n)."""
        cost = np.atleast_1d(np.asarray(cost_bps, dtype=float))
        return np.ascontiguousarray(cost[:, None] / 1e4 + self.half_spread[None, :])

    def rows(self, dates: pd.DatetimeIndex) -> np.ndarray:
        """Fill row of each decision date; a row past the last price is pending.

        Raises
        ------
        BadInput
            A date is not among the prices.
        """
        # Plain arrays: pandas would check each of these steps again.
        have, asked = self.index.to_numpy(), dates.to_numpy()
        found = np.minimum(have.searchsorted(asked), len(have) - 1)
        strange = have[found] != asked
        if strange.any():
            raise BadInput(
                "range_outside",
                field="target_weights",
                value=dates[strange][0].date(),
                first=self.index[0].date(),
                last=self.index[-1].date(),
            )
        return found + self.lag

    def targets(self, weights: pd.DataFrame) -> np.ndarray:
        """Weights in the order of the prices' columns, zero where a column is absent; shape (k, n)."""
        if not weights.columns.equals(self.columns):
            unknown = weights.columns.difference(self.columns)
            if len(unknown):
                accepted = ", ".join(map(str, self.columns))
                raise BadInput("unknown_choice", field="target_weights", value=unknown[0], accepted=accepted)
            weights = weights.reindex(columns=self.columns, fill_value=0.0)
        return frozen(np.ascontiguousarray(weights.to_numpy(dtype=float)))

    def check_flows(self, begin: int) -> None:
        """Refuse money that would flow before the first fill."""
        early = self.market.flows[:begin]
        if early.any():
            day = self.index[int(np.argmax(early != 0))].date()
            raise BadInput("bad_number", field="flows", value=day, accepted=f"from {self.index[begin].date()} on")

    def refuse(self, state: int, row: int) -> None:
        """Say why a run ended early."""
        from engine.backtest import kernels

        if state == kernels.DONE:
            return
        day = self.index[min(row, len(self.index) - 1)].date()
        if state == kernels.NO_PRICE:
            raise BadInput("missing_value", field="prices of a held asset", value=day)
        if state == kernels.RUINED:
            raise BadInput("ruined", field="value", value=day)


def prepare(
    prices: pd.DataFrame, *, opens: pd.DataFrame | None = None, fill: Fill = "same_close", terms: Terms | None = None
) -> Prepared:
    """Check prices and terms and lay them out for the kernel.

    Raises
    ------
    BadInput
        As ``simulate``.
    """
    from engine.backtest import kernels

    terms = terms or Terms()
    check_fill(fill)
    check_table("prices", prices)
    if fill == "next_open" and (
        opens is None or not (opens.index.equals(prices.index) and opens.columns.equals(prices.columns))
    ):
        raise BadInput("no_opens", field="opens", value=fill)
    prices, opens = prices.copy(deep=False), None if opens is None else opens.copy(deep=False)
    index = as_dates(prices.index)
    close, last, gaps = _clean("prices", prices)
    at = close
    if fill == "next_open" and opens is not None:
        at = np.where(close > 0, _clean("opens", opens)[0], 0.0)
    lend, borrow = _growth_of_cash(terms, index)
    flows, dividends = _flows(terms, index), _dividends(terms, prices)
    fees = _by_asset("expense_ratio", terms.expense_ratio, prices.columns, 1.0)
    if fees.any():
        kept = (1.0 - fees[:, None]) ** _years(index)[None, :]
        close, at = close * kept, at * kept
        dividends = dividends * kept if dividends.shape[1] else dividends
    event = gaps
    if len(flows):
        event = event | (flows != 0.0)
    if dividends.shape[1]:
        event = event | (dividends > 0.0).any(axis=0)
    looks = np.ones(len(index), dtype=bool)
    if terms.looks != "daily":
        looks = index.isin(rebalance_dates(index, terms.looks))
    market = kernels.Market(
        frozen(close), frozen(at), lend, borrow, last, np.flatnonzero(event), frozen(dividends), flows, looks,
        terms.reinvest, fill == "next_open", terms.missing == "cash", terms.whole_shares, float(terms.capital),
    )  # fmt: skip
    half_spread = _by_asset("spread_bps", terms.spread_bps, prices.columns, 2e4) / 2e4
    return Prepared(market, index, prices.columns, half_spread, fill, terms, (prices, opens))


def check_table(name: str, table: pd.DataFrame) -> None:
    """Dates tz-naive, unique and increasing; every column once."""
    index = table.index
    if not (
        isinstance(index, pd.DatetimeIndex)
        and index.tz is None
        and index.is_monotonic_increasing
        and index.is_unique
        and len(index)
    ):
        raise BadInput("bad_index", field=name, value="its index")
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise BadInput("bad_number", field=name, value=f"two columns named '{twice}'", accepted="every asset once")


def check_weights(weights: np.ndarray, leverage: float, label: Any) -> None:
    """Weights finite, at or above zero, with a sum of at most ``leverage``; ``label(row)`` names a bad one."""
    total = weights.sum(axis=-1)
    if weights.min(initial=0.0) >= 0 and total.max(initial=0.0) <= leverage + _SUM_TOLERANCE:
        return
    finite = np.isfinite(weights).all(axis=-1)
    if not finite.all():
        raise BadInput("missing_value", field="target_weights", value=label(int(np.argmin(finite))))
    good = (weights >= 0).all(axis=-1) & (total <= leverage + _SUM_TOLERANCE)
    if not good.all():
        raise BadInput(
            "bad_number",
            field="target_weights",
            value=f"the row of {label(int(np.argmin(good)))}",
            accepted=f"weights at or above 0 with a sum of at most {leverage:g}",
        )


def _clean(name: str, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels (n, T) with zero for none, each asset's last row, rows in which a price begins or is missing after it began."""
    from engine.backtest import kernels

    level = np.ascontiguousarray(table.to_numpy(dtype=float).T)
    last, gaps = np.full(len(level), len(table) - 1), np.zeros(len(table), dtype=bool)
    if level.size and level.min() > 0 and level.max() < np.inf:
        return level, last, gaps
    clean = np.empty_like(level)
    row, asset = kernels.scan(level, clean, last, gaps)
    if asset >= 0:
        value = f"{level[asset, row]} on {table.index[row].date()}"
        raise BadInput("bad_number", field=name, value=value, accepted="prices above zero")
    return clean, last, gaps


def _by_asset(field: str, given: Mapping[str, float] | pd.Series | None, columns: pd.Index, most: float) -> np.ndarray:
    """A number by asset; an asset that is not named has zero, a name that is no asset is refused."""
    if given is None:
        return np.zeros(len(columns))
    series = pd.Series(given, dtype=float)
    strangers = series.index.difference(columns)
    if len(strangers):
        raise BadInput("unknown_choice", field=field, value=strangers[0], accepted=", ".join(map(str, columns)))
    values = series.reindex(columns, fill_value=0.0).to_numpy()
    bad = ~((values >= 0) & (values < most))
    if bad.any():
        raise BadInput("bad_number", field=field, value=values[bad][0], accepted=f"0 to below {most:g} for every asset")
    return np.asarray(values)


def as_dates(index: pd.Index) -> pd.DatetimeIndex:
    """The index itself: a new one would forget what it knows of its order."""
    assert isinstance(index, pd.DatetimeIndex)  # noqa: S101  (checked before)
    return index


def _years(index: pd.DatetimeIndex) -> np.ndarray:
    """Years since the first date, days / 365."""
    return np.asarray((index - index[0]).days, dtype=float) / DAYS_A_YEAR


def _growth_of_cash(terms: Terms, index: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
    """Growth of lent and of borrowed money on each date."""
    if terms.cash_returns is None and not terms.borrow_spread_bps:
        flat = np.ones(len(index))
        return flat, flat
    returns = np.zeros(len(index))
    if terms.cash_returns is not None:
        given = terms.cash_returns.reindex(index[1:])
        if given.isna().any():
            raise BadInput("missing_value", field="cash_returns", value=index[1:][given.isna().to_numpy()][0].date())
        returns[1:] = given.to_numpy(dtype=float)
        if not ((returns > -1) & np.isfinite(returns)).all():
            bad = int(np.argmin((returns > -1) & np.isfinite(returns)))
            raise BadInput("bad_number", field="cash_returns", value=returns[bad], accepted="returns above -1")
    extra = np.diff(_years(index), prepend=0.0) * terms.borrow_spread_bps / 1e4
    return np.cumprod(1.0 + returns), np.cumprod(1.0 + returns + extra)


def _flows(terms: Terms, index: pd.DatetimeIndex) -> np.ndarray:
    if terms.flows is None:
        return np.empty(0)
    check_table("flows", terms.flows.to_frame())
    rows = index.get_indexer(pd.DatetimeIndex(terms.flows.index))
    if (rows < 0).any():
        day = terms.flows.index[rows < 0][0].date()
        raise BadInput("range_outside", field="flows", value=day, first=index[0].date(), last=index[-1].date())
    money = terms.flows.to_numpy(dtype=float)
    if not np.isfinite(money).all():
        raise BadInput("missing_value", field="flows", value=terms.flows.index[~np.isfinite(money)][0].date())
    flows = np.zeros(len(index))
    flows[rows] = money
    return flows


def _dividends(terms: Terms, prices: pd.DataFrame) -> np.ndarray:
    if terms.dividends is None:
        return np.empty((prices.shape[1], 0))
    check_table("dividends", terms.dividends)
    for name in ("index", "columns"):
        strangers = getattr(terms.dividends, name).difference(getattr(prices, name))
        if len(strangers):
            raise BadInput("bad_number", field="dividends", value=strangers[0], accepted=f"the {name} of the prices")
    paid = terms.dividends.reindex(index=prices.index, columns=prices.columns).fillna(0.0).to_numpy(dtype=float)
    if not ((paid >= 0) & np.isfinite(paid)).all():
        raise BadInput("bad_number", field="dividends", value="a negative one", accepted="money at or above 0")
    return np.ascontiguousarray(paid.T)
