"""A slow and obvious book-keeper: one loop over days, units and cash in lists, every trade by bisection.

It supports everything in ``Terms`` and shares no code with the engine beside the calendar of looks.
"""

from dataclasses import dataclass, field
from math import floor, isnan

import pandas as pd

from engine.backtest import Terms, rebalance_dates

ROUNDING = 1e-13


class Stopped(Exception):  # noqa: N818  (an outcome, not a mistake)
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
    terms = terms or Terms()
    days, names = list(prices.index), list(prices.columns)
    lag = 0 if fill == "same_close" else 1
    spread = dict(terms.spread_bps) if terms.spread_bps is not None else {}
    rate = [cost_bps / 1e4 + spread.get(name, 0.0) / 2 / 1e4 for name in names]
    fee = dict(terms.expense_ratio) if terms.expense_ratio is not None else {}
    net = [[(1 - fee.get(name, 0.0)) ** ((day - days[0]).days / 365) for name in names] for day in days]
    close = after_fees(prices, net)
    at = close
    if fill == "next_open":
        at = after_fees(opens, net)
        at = [[o if c is not None else None for o, c in zip(*row, strict=True)] for row in zip(at, close, strict=True)]
    dividends = numbers(terms.dividends, days, names)
    flows = dict(terms.flows) if terms.flows is not None else {}
    orders = {}
    for day, row in targets.iterrows():
        orders[days.index(day) + lag] = [float(row.get(name, 0.0)) for name in names]
    looks = set(rebalance_dates(prices.index, terms.looks))
    ends = [max(t for t in range(len(days)) if close[t][j] is not None) for j in range(len(names))]

    books = Books()
    units, cash, target, broken = [0.0] * len(names), terms.capital, None, False
    for t, day in enumerate(days):
        if target is None and t not in orders:
            continue
        if target is not None:
            cash *= 1 + interest(terms, days, t, cash)
        flow = flows.get(day, 0.0)
        trading = t in orders or broken or flow != 0.0
        fees = 0.0
        for j in range(len(names)):
            if units[j] == 0.0:
                continue
            paid = units[j] * dividends[t][j] * net[t][j]
            if terms.reinvest and close[t][j] is not None and not (fill == "next_open" and trading):
                bought = paid / close[t][j]
                bought = floor(bought + 1e-9) if terms.whole_shares else bought
                units[j], paid = units[j] + bought, paid - bought * close[t][j]
            cash += paid
            if close[t][j] is None:
                if terms.missing == "error" or t < ends[j]:
                    raise Stopped("missing_value", day)
                worth = units[j] * close[ends[j]][j]
                cash, fees, units[j] = cash + worth * (1 - rate[j]), fees + worth * rate[j], 0.0
        cash += flow
        target, traded, broken = orders.get(t, target), trading, False
        if trading:
            done = trade(terms, rate, at[t], target, units, cash, day)
            units, cash = done.units, done.cash
            books.turnover[day], books.cost[day] = done.moved, (done.cost + fees) / terms.capital
        elif fees:
            books.cost[day] = fees / terms.capital
        value = worth_of(units, close[t]) + cash
        if value <= 0:
            raise Stopped("ruined", day)
        looked = terms.band is not None and day in looks and (fill == "next_open" or not traded)
        if looked and left_band(terms, close[t], target, units, value):
            if lag:
                broken = True
            else:
                done = trade(terms, rate, at[t], target, units, cash, day)
                units, cash = done.units, done.cash
                books.turnover[day] = done.moved
                books.cost[day] = (done.cost + fees) / terms.capital
                value = worth_of(units, close[t]) + cash
        books.value[day], books.units[day], books.cash[day] = value / terms.capital, list(units), cash
    return books


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
    if terms.buffer:
        wish = nearest([h / before for h in held], wish, terms.buffer)
    if sum(abs(w - h / before) for w, h in zip(wish, held, strict=True)) <= ROUNDING:
        return Trade(units, cash, 0.0, 0.0)
    after = money_left(held, wish, before, rate, terms.fixed_cost)
    if after <= 1e-12 * before:
        raise Stopped("ruined", day)
    if terms.whole_shares:
        return whole(terms, rate, price, wish, units, held, before, after)
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


def whole(terms, rate, price, wish, units, held, before, after):
    """Whole units: as they are where the rounding of costs explains the distance, else rounded down."""
    slack = sum(r * p for r, p in zip(rate, price, strict=True) if p is not None)
    kept = []
    for j, p in enumerate(price):
        if p is None or wish[j] == 0:
            kept.append(0.0)
            continue
        margin = 2 * wish[j] * slack / p + 1e-9
        alone = units[j] - margin <= wish[j] * after / p < units[j] + 1 + margin
        kept.append(units[j] if alone else float(floor(wish[j] * after / p + 1e-9)))
    down = [0.0 if not w else float(floor(w * after / p + 1e-9)) for w, p in zip(wish, price, strict=True)]
    for fresh in (kept, down):
        worth = [0.0 if p is None else u * p for u, p in zip(fresh, price, strict=True)]
        trades = [abs(w - h) for w, h in zip(worth, held, strict=True)]
        cost = sum(r * m for r, m in zip(rate, trades, strict=True))
        cost += terms.fixed_cost * sum(m > ROUNDING * before for m in trades)
        cash = before - sum(worth) - cost
        if cash >= 0:
            break
    return Trade(fresh, cash, sum(trades) / before, cost)
