"""A slow and obvious book-keeper: one loop over days, units and cash in lists, every trade by bisection.

It supports everything in ``Terms`` and shares no code with the engine beside the calendar of looks.
"""

from dataclasses import dataclass, field
from math import floor, isnan

import pandas as pd

from engine.backtest import Terms, rebalance_dates

ROUNDING = 1e-13


class Stopped(Exception):
    """The portfolio cannot go on: why, and on which day."""

    def __init__(self, code, day):
        super().__init__(code, day)
        self.code, self.day = code, day


@dataclass
class Books:
    """What was written down, by date."""

    value: dict = field(default_factory=dict)
    turnover: dict = field(default_factory=dict)
    cost: dict = field(default_factory=dict)
    units: dict = field(default_factory=dict)
    cash: dict = field(default_factory=dict)

    def series(self, name):
        return pd.Series(getattr(self, name), dtype=float)


@dataclass
class Trade:
    """What a trade costs and leaves."""

    units: list
    cash: float
    moved: float
    cost: float


def keep_books(prices, targets, *, cost_bps=0.0, fill="same_close", opens=None, terms=None):
    """Follow ``targets`` one day after the other.

    Raises
    ------
    Stopped
        A price is missing, or nothing is left.
    """
    keeper = Keeper(prices, opens, fill, cost_bps, terms or Terms())
    orders = {}
    for day, row in targets.iterrows():
        place = keeper.days.index(day) + (fill != "same_close")
        orders[place] = [float(row.get(name, 0.0)) for name in keeper.names]
    for t in range(min(orders), len(keeper.days)):
        keeper.day(t, orders.get(t))
    return keeper.books


class Keeper:
    """One portfolio: units, cash, the target it follows and what was written down."""

    def __init__(self, prices, opens, fill, cost_bps, terms):
        self.terms, self.fill = terms, fill
        self.days, self.names = list(prices.index), list(prices.columns)
        spread, fee = ({} if given is None else dict(given) for given in (terms.spread_bps, terms.expense_ratio))
        self.rate = [cost_bps / 1e4 + spread.get(name, 0.0) / 2 / 1e4 for name in self.names]
        first = self.days[0]
        self.net = [
            [(1 - fee.get(name, 0.0)) ** ((day - first).days / 365) for name in self.names] for day in self.days
        ]
        self.close = after_fees(prices, self.net)
        self.at = self.close
        if fill == "next_open":
            both = zip(after_fees(opens, self.net), self.close, strict=True)
            self.at = [[o if c is not None else None for o, c in zip(*row, strict=True)] for row in both]
        self.ends = [max(t for t, row in enumerate(self.close) if row[j] is not None) for j in range(len(self.names))]
        self.dividends = numbers(terms.dividends, self.days, self.names)
        self.flows = dict(terms.flows) if terms.flows is not None else {}
        self.looks = set(rebalance_dates(prices.index, terms.looks))
        self.units, self.cash, self.target, self.broken = [0.0] * len(self.names), terms.capital, None, False
        self.books = Books()

    def day(self, t, order):
        """All that happens on a day, in the order in which it happens."""
        today, flow = self.days[t], self.flows.get(self.days[t], 0.0)
        if self.target is not None:
            self.cash *= 1 + interest(self.terms, self.days, t, self.cash)
        trading = order is not None or self.broken or flow != 0.0
        self.receive(t, reinvest=self.terms.reinvest and not (self.fill == "next_open" and trading))
        self.pay_out(t)
        self.cash += flow
        self.target, self.broken = order or self.target, False
        if trading:
            self.trade(t)
        value = self.value(t)
        if self.looks_broken(t, trading, value):
            if self.fill == "same_close":
                self.trade(t)
                value = self.value(t)
            else:
                self.broken = True
        self.books.value[today], self.books.units[today] = value / self.terms.capital, list(self.units)
        self.books.cash[today] = self.cash

    def receive(self, t, reinvest):
        """Dividends on the units of the day before."""
        for j, units in enumerate(self.units):
            paid = units * self.dividends[t][j] * self.net[t][j]
            if reinvest and paid and self.close[t][j] is not None:
                bought = paid / self.close[t][j]
                bought = floor(bought + 1e-9) if self.terms.whole_shares else bought
                self.units[j], paid = units + bought, paid - bought * self.close[t][j]
            self.cash += paid

    def pay_out(self, t):
        """Holdings whose prices have ended."""
        for j, units in enumerate(self.units):
            if units and self.close[t][j] is None:
                if self.terms.missing == "error" or t < self.ends[j]:
                    raise Stopped("missing_value", self.days[t])
                worth = units * self.close[self.ends[j]][j]
                self.cash, self.units[j] = self.cash + worth * (1 - self.rate[j]), 0.0
                self.write_cost(t, worth * self.rate[j])

    def trade(self, t):
        done = trade(self.terms, self.rate, self.at[t], self.target, self.units, self.cash, self.days[t])
        self.units, self.cash = done.units, done.cash
        self.books.turnover[self.days[t]] = done.moved
        self.write_cost(t, done.cost)

    def write_cost(self, t, cost):
        paid = self.books.cost
        paid[self.days[t]] = paid.get(self.days[t], 0.0) + cost / self.terms.capital

    def value(self, t):
        value = worth_of(self.units, self.close[t]) + self.cash
        if value <= 0:
            raise Stopped("ruined", self.days[t])
        return value

    def looks_broken(self, t, traded, value):
        """Is the band looked at, and has a weight left it? After a trade at the close there is nothing to see."""
        if self.terms.band is None or self.days[t] not in self.looks or (traded and self.fill != "next_open"):
            return False
        return left_band(self.terms, self.close[t], self.target, self.units, value)


def after_fees(table, net):
    """Prices net of fees by day and asset; None where there is none."""
    rows = table.to_numpy().tolist()
    return [
        [None if isnan(p) else p * k for p, k in zip(row, kept, strict=True)]
        for row, kept in zip(rows, net, strict=True)
    ]


def numbers(table, days, names):
    """A table as lists by day and asset, zero where it says nothing."""
    if table is None:
        return [[0.0] * len(names)] * len(days)
    return table.reindex(index=days, columns=names).fillna(0.0).to_numpy().tolist()


def interest(terms, days, t, cash):
    """What cash earns, or a loan costs, from the day before to this one."""
    rate = 0.0 if terms.cash_returns is None else float(terms.cash_returns[days[t]])
    if cash < 0:
        rate += terms.borrow_spread_bps / 1e4 * (days[t] - days[t - 1]).days / 365
    return rate


def worth_of(units, price):
    return sum(u * p for u, p in zip(units, price, strict=True) if u)


def left_band(terms, price, target, units, value):
    """Is a weight that can be traded further from its target than the band?"""
    for j, p in enumerate(price):
        if p is None:
            continue
        allowed = terms.band * (target[j] if terms.band_kind == "relative" else 1.0)
        if abs(units[j] * p / value - target[j]) > allowed + ROUNDING:
            return True
    return False


def trade(terms, rate, price, target, units, cash, day):
    """Move toward the target: cost is paid from the portfolio, whatever has no price is kept in cash."""
    for j, p in enumerate(price):
        if p is None and (units[j] or (target[j] and terms.missing == "error")):
            raise Stopped("missing_value", day)
    held = [0.0 if p is None else u * p for u, p in zip(units, price, strict=True)]
    before = sum(held) + cash
    if before <= 0:
        raise Stopped("ruined", day)
    wish = [0.0 if p is None else w for w, p in zip(target, price, strict=True)]
    if terms.whole_shares and already(terms, rate, price, wish, units, before):
        return Trade(units, cash, 0.0, 0.0)
    if terms.buffer:
        wish = nearest([h / before for h in held], wish, terms.buffer)
    if sum(abs(w - h / before) for w, h in zip(wish, held, strict=True)) <= ROUNDING:
        return Trade(units, cash, 0.0, 0.0)
    after = money_left(held, wish, before, rate, terms.fixed_cost)
    if after <= 1e-12 * before:
        raise Stopped("ruined", day)
    if terms.whole_shares:
        return whole(terms, rate, price, wish, held, before, after)
    fresh = [0.0 if p is None else w * after / p for w, p in zip(wish, price, strict=True)]
    moved = sum(abs(w - h / before) for w, h in zip(wish, held, strict=True))
    return Trade(fresh, after - sum(w * after for w in wish), moved, before - after)


def nearest(drift, target, buffer):
    """Weights inside the buffers; cash is held to a buffer of its own."""
    cash_gap = sum(target) - sum(drift)
    if abs(cash_gap) <= buffer + ROUNDING and all(
        abs(d - t) <= buffer + ROUNDING for d, t in zip(drift, target, strict=True)
    ):
        return list(drift)
    edge = [min(max(d, t - buffer), t + buffer) for d, t in zip(drift, target, strict=True)]
    lacking = sum(target) - sum(edge)
    side = [max(t - e, 0.0) if lacking > 0 else min(t - e, 0.0) for e, t in zip(edge, target, strict=True)]
    whole_room = sum(side)
    return [e + lacking * s / whole_room if whole_room else e for e, s in zip(edge, side, strict=True)]


def money_left(held, wish, before, rate, fixed):
    """The value after a trade, by bisection: value + cost of the trade to it = value before."""
    low, high = 0.0, before
    for _ in range(1100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        trades = [abs(w * middle - h) for w, h in zip(wish, held, strict=True)]
        cost = sum(r * m for r, m in zip(rate, trades, strict=True))
        cost += fixed * sum(m > ROUNDING * before for m in trades)
        if middle + cost > before:
            high = middle
        else:
            low = middle
    return low


def already(terms, rate, price, target, units, before):
    """Could the units have come from rounding down weights inside the buffers, at about this value?

    "About": rounding may save every order's fixed cost and change what the rate is paid on by a unit each.
    """
    priced = [j for j, p in enumerate(price) if p is not None]
    extra = sum(rate[j] * price[j] for j in priced)
    most, least = before + extra, before - extra - terms.fixed_cost * len(price)
    for j in priced:
        highest = (target[j] + terms.buffer) * most / price[j]
        lowest = max(target[j] - terms.buffer, 0.0) * least / price[j]
        if not lowest - 1 - 1e-9 <= units[j] <= highest + 1e-9:
            return False
    invested, total = sum(units[j] * price[j] for j in priced), sum(target)
    one_more = sum(price[j] for j in priced if target[j] or units[j])
    zone = terms.buffer * before
    return total * least - one_more - zone <= invested <= total * most + zone


def whole(terms, rate, price, wish, held, before, after):
    """Whole units, rounded down; 2.9999999999 is three unless that needs a loan that was not asked for."""
    for nudge in (1e-9, -1e-9):
        fresh = [
            0.0 if not w else float(max(floor(w * after / p + nudge), 0)) for w, p in zip(wish, price, strict=True)
        ]
        worth = [0.0 if p is None else u * p for u, p in zip(fresh, price, strict=True)]
        trades = [abs(w - h) for w, h in zip(worth, held, strict=True)]
        cost = sum(r * m for r, m in zip(rate, trades, strict=True))
        cost += terms.fixed_cost * sum(m > ROUNDING * before for m in trades)
        cash = before - sum(worth) - cost
        if cash >= 0 or sum(wish) > 1:
            break
    return Trade(fresh, cash, sum(trades) / before, cost)
