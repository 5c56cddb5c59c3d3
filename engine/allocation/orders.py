"""The order ticket of an allocation: what to buy or sell, at which price of which day, at what cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date

import pandas as pd

from engine.allocation.types import Allocation


@dataclass(frozen=True)
class Order:
    """One line: positive shares are bought, negative sold; money in dollars."""

    ticker: str
    name: str
    shares: float
    price: float
    price_date: date | None
    value: float
    cost: float
    delisted: bool
    partnership: bool

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"price_date": self.price_date.isoformat() if self.price_date else None}


@dataclass(frozen=True)
class Ticket:
    """All orders, what they cost and what is left; a worked example, not a solicitation."""

    orders: tuple[Order, ...]
    cost: float
    cash_left: float

    def to_dict(self) -> dict[str, object]:
        return {"orders": [order.to_dict() for order in self.orders], "cost": self.cost, "cash_left": self.cash_left}


def difference(after: pd.Series, before: pd.Series) -> pd.Series:
    """Shares bought (positive) and sold (negative) by ticker; those that stay are left out."""
    names = after.index.union(before.index)
    change = after.reindex(names).fillna(0.0).astype(float) - before.reindex(names).fillna(0.0).astype(float)
    return change[change.abs() > 1e-9]


def ticket(
    found: Allocation,
    prices: pd.Series,
    account: float,
    *,
    holdings: pd.Series | None = None,
    price_dates: pd.Series | None = None,
    names: pd.Series | None = None,
    spreads: pd.Series | None = None,
    commission: float = 0.0,
    commission_minimum: float = 0.0,
    delisted: Collection[str] = (),
    partnerships: Collection[str] = (),
) -> Ticket:
    """Orders from the holdings to the allocation; cost is half the spread and the commission.

    Cash left is the account less what is held afterwards and less the commissions; the spread is
    in the price of the fill and shown as cost only.
    """
    held = pd.Series(dtype=float) if holdings is None else pd.Series(holdings).astype(float)
    change = difference(found.basket, held)
    orders, commissions = [], 0.0
    for ticker, shares in change.sort_index().items():
        name = str(ticker)
        value = float(shares) * float(prices[name])
        paid = max(abs(value) * commission, commission_minimum)
        half = 0.0 if spreads is None or pd.isna(spreads.get(name)) else float(spreads[name]) / 2.0 * abs(value)
        day = None if price_dates is None or pd.isna(price_dates.get(name)) else pd.Timestamp(price_dates[name]).date()
        commissions += paid
        orders.append(
            Order(
                ticker=name,
                name="" if names is None else str(names.get(name, "")),
                shares=float(shares),
                price=float(prices[name]),
                price_date=day,
                value=value,
                cost=paid + half,
                delisted=name in delisted,
                partnership=name in partnerships,
            )
        )
    worth = float((found.basket.astype(float) * prices.reindex(found.basket.index).astype(float)).sum())
    return Ticket(tuple(orders), sum(order.cost for order in orders), account - worth - commissions)
