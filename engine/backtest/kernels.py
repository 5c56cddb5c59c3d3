"""The compiled simulation. Importing this module imports numba; only ``simulate`` and ``many`` do.

One portfolio follows target weights by units and cash. Units change only at events (a fill, a flow, a
dividend, a delisting), so between two events a day is one product of units and prices; with a tolerance
band every day is looked at. ``many`` runs the same function over points that differ in weights, cost,
band, buffer and fixed cost.

What happens on a row, in this order:

1. dividends with this ex-date are paid on the units of the row before;
2. units whose prices have ended are paid out at the last price, where ``missing_to_cash`` allows it;
3. a flow arrives; it and a target of this row (or a band left on the row before, if fills lag) cause a
   trade at ``at[row]``;
4. the value at the close is taken;
5. the band is looked at; without lag it is traded at this close.

A trade solves ``after + sum(rate * |weight * after - held|) + fixed * orders = before``, so that cost
is paid from the portfolio and the parts sum to the whole.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

compiled = njit(cache=True, error_model="numpy", fastmath={"reassoc", "contract"})
NOTHING = 1e-13
"""Weight changes up to this size are rounding: nothing is traded."""

DONE, NO_PRICE, RUINED = 0, 1, 2


class Market(NamedTuple):
    """What all points share. T rows, n assets.

    ``close`` and ``at`` (the fill prices): shape (n, T), zero where there is no price; a frame lies in
    memory that way. ``lend`` and ``borrow``: growth of cash and of a loan, shape (T,). ``last``: row of
    each asset's last price. ``events``: rows of dividends, flows and vanished prices. ``dividends``: shape
    (n, T) or (n, 0).
    ``flows``: money by row, shape (T,) or (0,). ``looks``: rows at which bands are looked at, shape (T,).
    """

    close: Any
    at: Any
    lend: Any
    borrow: Any
    last: Any
    events: Any
    dividends: Any
    flows: Any
    looks: Any
    reinvest: bool
    at_open: bool
    missing_to_cash: bool
    whole: bool
    capital: float


class Point(NamedTuple):
    """What one point trades under: ``rate`` a unit of value traded, shape (n,); ``band`` below zero: none."""

    rate: Any
    fixed: float
    band: float
    relative: bool
    buffer: float
    lag: int


class Book(NamedTuple):
    """Where one run is written. ``units``, ``cash`` and ``since`` hold a row for each change of holdings."""

    value: Any
    turnover: Any
    cost: Any
    filled: Any
    units: Any
    cash: Any
    since: Any


@compiled
def settled(held: Any, weight: Any, before: float, rate: Any, fixed: float) -> float:
    """The value after a trade. The left side is convex and piecewise linear: Newton's steps end at the root."""
    after = before
    for _ in range(len(held) + 2):
        gap = after - before
        slope = 1.0
        for j in range(len(held)):
            trade = weight[j] * after - held[j]
            if trade > 0.0:
                gap += rate[j] * trade
                slope += rate[j] * weight[j]
            elif trade < 0.0:
                gap -= rate[j] * trade
                slope -= rate[j] * weight[j]
            if fixed > 0.0 and abs(trade) > NOTHING * before:
                gap += fixed
        step = gap / slope
        after -= step
        if abs(step) <= 1e-16 * before:
            break
    return after


@compiled
def buffered(held: Any, target: Any, before: float, buffer: float, out: Any) -> None:
    """Weights nearest to what is held inside ``target +- buffer``, with the targets' sum; into ``out``.

    What is inside stays. The rest moves to the edge; what the sum then lacks (or has too much) is shared
    over the weights below (above) their target, by distance, so that none leaves its buffer.
    """
    n = len(held)
    outside = False
    gap = 0.0
    for j in range(n):
        drift = held[j] / before
        out[j] = min(max(drift, target[j] - buffer), target[j] + buffer)
        outside = outside or abs(drift - target[j]) > buffer + NOTHING
        gap += target[j] - out[j]
    if not outside and abs(gap) <= buffer + NOTHING:
        for j in range(n):
            out[j] = held[j] / before
        return
    room = 0.0
    for j in range(n):
        distance = target[j] - out[j]
        if distance * gap > 0.0:
            room += abs(distance)
    if room <= 0.0:
        return
    for j in range(n):
        distance = target[j] - out[j]
        if distance * gap > 0.0:
            out[j] += gap * abs(distance) / room


@compiled
def trade(market: Market, terms: Point, row: int, target: Any, money: float, units: Any, scratch: Any) -> Any:
    """Move ``units`` toward ``target`` at ``at[row]``: state, cash left, weight moved, cost paid.

    ``money`` is the cash before the trade, a flow included. ``scratch``: shape (4, n).
    """
    n = len(units)
    held, wish, fresh, price = scratch[0], scratch[1], scratch[2], scratch[3]
    before = money
    for j in range(n):
        price[j] = market.at[j, row]
        held[j] = units[j] * price[j] if units[j] != 0.0 else 0.0
        before += held[j]
    if not before > 0.0:
        return RUINED, money, 0.0, 0.0
    for j in range(n):
        wish[j] = target[j]
        if target[j] > 0.0 and not price[j] > 0.0:
            if not market.missing_to_cash:
                return NO_PRICE, money, 0.0, 0.0
            wish[j] = 0.0
    if terms.buffer > 0.0:
        for j in range(n):
            fresh[j] = wish[j]
        buffered(held, fresh, before, terms.buffer, wish)
    moved = 0.0
    for j in range(n):
        moved += abs(wish[j] - held[j] / before)
    if moved <= NOTHING:
        return DONE, money, 0.0, 0.0
    after = settled(held, wish, before, terms.rate, terms.fixed)
    if not after > 0.0:
        return RUINED, money, 0.0, 0.0
    if market.whole:
        return whole_trade(units, price, held, wish, before, after, terms, fresh)
    spent = 0.0
    for j in range(n):
        worth = wish[j] * after
        units[j] = worth / price[j] if worth > 0.0 else 0.0
        spent += worth
    return DONE, after - spent, moved, before - after


@compiled
def whole_trade(
    units: Any, price: Any, held: Any, wish: Any, before: float, after: float, terms: Point, fresh: Any
) -> Any:
    """Whole units nearest below the weights: state, cash left, weight moved, cost paid.

    A holding that the same target made at the same prices is left alone, so that a second trade does
    nothing; where that leaves too little cash, everything is rounded down.
    """
    n = len(units)
    slack = 0.0
    for j in range(n):
        slack += terms.rate[j] * price[j]
    for keep in (True, False):
        cash, cost, moved = before, 0.0, 0.0
        for j in range(n):
            fresh[j] = 0.0
            if wish[j] > 0.0:
                wanted = wish[j] * after / price[j]
                margin = 2.0 * wish[j] * slack / price[j] + 1e-9
                alone = keep and units[j] - margin <= wanted < units[j] + 1.0 + margin
                fresh[j] = units[j] if alone else np.floor(wanted + 1e-9)
            worth = fresh[j] * price[j]
            money = abs(worth - held[j])
            moved += money / before
            cost += terms.rate[j] * money
            if terms.fixed > 0.0 and money > NOTHING * before:
                cost += terms.fixed
            cash -= worth
        if cash - cost >= 0.0:
            break
    for j in range(n):
        units[j] = fresh[j]
    return DONE, cash - cost, moved, cost


@compiled
def pay(market: Market, terms: Point, row: int, units: Any) -> Any:
    """Dividends and vanished prices of a row: state, money to cash, fee paid, whether holdings changed."""
    close, received, fee, changed = market.close, 0.0, 0.0, False
    for j in range(len(units)):
        if units[j] == 0.0:
            continue
        if market.dividends.shape[1] and market.dividends[j, row] > 0.0:
            paid = units[j] * market.dividends[j, row]
            bought = 0.0
            if market.reinvest and close[j, row] > 0.0:
                bought = paid / close[j, row]
                if market.whole:
                    bought = np.floor(bought + 1e-9)
            units[j] += bought
            received += paid - bought * close[j, row]
            changed = True
        if close[j, row] == 0.0:
            if not market.missing_to_cash or row <= market.last[j]:
                return NO_PRICE, received, fee, changed
            worth = units[j] * close[j, market.last[j]]
            fee += worth * terms.rate[j]
            received += worth * (1.0 - terms.rate[j])
            units[j] = 0.0
            changed = True
    return DONE, received, fee, changed


@compiled
def outside(close: Any, units: Any, target: Any, total: float, terms: Point) -> bool:
    """Whether a weight has left its band."""
    for j in range(len(units)):
        allowed = terms.band * target[j] if terms.relative else terms.band
        if abs(units[j] * close[j] / total - target[j]) > allowed + NOTHING:
            return True
    return False


@compiled
def worth_at(close: Any, units: Any) -> float:
    """Value of the units."""
    total = 0.0
    for j in range(len(units)):
        total += units[j] * close[j]
    return total


@compiled
def add_up(close: Any, units: Any, row: int, stop: int, value: Any) -> None:
    """Add the worth of constant units on the rows to ``value``; four assets a pass halve the time."""
    n, j = len(units), 0
    while j + 4 <= n:
        u0, u1, u2, u3 = units[j], units[j + 1], units[j + 2], units[j + 3]
        c0, c1, c2, c3 = close[j], close[j + 1], close[j + 2], close[j + 3]
        if u0 != 0.0 or u1 != 0.0 or u2 != 0.0 or u3 != 0.0:
            for t in range(row, stop):
                value[t] += u0 * c0[t] + u1 * c1[t] + u2 * c2[t] + u3 * c3[t]
        j += 4
    while j < n:
        for t in range(row, stop):
            value[t] += units[j] * close[j, t]
        j += 1


@compiled
def one(market: Market, terms: Point, rows: Any, targets: Any, book: Book, units: Any, scratch: Any) -> Any:
    """One portfolio: state (``DONE``, ``NO_PRICE``, ``RUINED``), row it ended on, changes of holdings written.

    ``rows``: fill rows, increasing; ``targets``: shape (k, n), or (1, n) for the same weights each time.
    """
    close = market.close
    n, count = close.shape
    same = targets.shape[0] == 1
    units[:] = 0.0
    cash, since = market.capital, rows[0]
    order, event, changes, current, pending = 0, 0, 0, 0, False
    while event < len(market.events) and market.events[event] < rows[0]:
        event += 1
    row = rows[0]
    while row < count:
        due = pending or (order < len(rows) and rows[order] == row)
        changed, traded, flow = False, False, 0.0
        if event < len(market.events) and market.events[event] == row:
            event += 1
            level = market.lend if cash >= 0.0 else market.borrow
            state, received, fee, changed = pay(market, terms, row, units)
            if state != DONE:
                return state, row, changes
            cash, since = cash * level[row] / level[since] + received, row
            book.cost[row] += fee / market.capital
            if len(market.flows) and market.flows[row] != 0.0:
                flow, due = market.flows[row], True
        if due:
            if order < len(rows) and rows[order] == row:
                current = order
                order += 1
            level = market.lend if cash >= 0.0 else market.borrow
            money = cash * level[row] / level[since] + flow
            state, cash, moved, cost = trade(
                market, terms, row, targets[0 if same else current], money, units, scratch
            )
            if state != DONE:
                return state, row, changes
            since, changed, traded, pending = row, True, True, False
            book.turnover[row] += moved
            book.cost[row] += cost / market.capital
            book.filled[row] = True
        level = market.lend if cash >= 0.0 else market.borrow
        total = cash * level[row] / level[since] + worth_at(close[:, row], units)
        if not total > 0.0:
            return RUINED, row, changes
        if terms.band >= 0.0 and market.looks[row] and (market.at_open or not traded):
            target = targets[0 if same else current]
            if outside(close[:, row], units, target, total, terms):
                if terms.lag > 0:
                    pending = True
                else:
                    money = cash * level[row] / level[since]
                    state, cash, moved, cost = trade(market, terms, row, target, money, units, scratch)
                    if state != DONE:
                        return state, row, changes
                    since, changed = row, True
                    book.turnover[row] += moved
                    book.cost[row] += cost / market.capital
                    book.filled[row] = True
                    total = cash + worth_at(close[:, row], units)
        book.value[row] = total / market.capital
        if changed and len(book.since):
            book.since[changes] = row
            book.cash[changes] = cash
            book.units[changes] = units
            changes += 1
        row += 1
        if terms.band >= 0.0:
            continue
        stop = count
        if order < len(rows):
            stop = rows[order]
        if event < len(market.events):
            stop = min(stop, market.events[event])
        level = market.lend if cash >= 0.0 else market.borrow
        rest = cash / level[since]
        for later in range(row, stop):
            book.value[later] = rest * level[later]
        add_up(close, units, row, stop, book.value)
        for later in range(row, stop):
            if not book.value[later] > 0.0:
                return RUINED, later, changes
            book.value[later] /= market.capital
        row = stop
    return DONE, count, changes


@compiled
def many(market: Market, rates: Any, fixed: Any, bands: Any, relative: bool, buffers: Any, lag: int, rows: Any,
         targets: Any, value: Any, turnover: Any, cost: Any, fills: Any, state: Any) -> None:
    """``one`` for each point: ``rates`` (P, n) or (1, n), ``targets`` (P, k, n) or (P, 1, n), ``value`` (P, T).

    ``turnover`` (without the first purchase), ``cost``, ``fills``: sums over the run, shape (P,); ``state``:
    state and row, shape (P, 2). A run that did not end well has NaN for values.
    """
    n, count = market.close.shape
    units, scratch = np.empty(n), np.empty((4, n))
    moved, paid, filled = np.empty(count), np.empty(count), np.empty(count, np.bool_)
    unkept, no_cash, no_rows = np.empty((0, n)), np.empty(0), np.empty(0, np.int64)
    for point in range(len(targets)):
        moved[:], paid[:], filled[:] = 0.0, 0.0, False
        terms = Point(rates[point % len(rates)], fixed[point], bands[point], relative, buffers[point], lag)
        book = Book(value[point], moved, paid, filled, unkept, no_cash, no_rows)
        code, row, _ = one(market, terms, rows, targets[point], book, units, scratch)
        state[point, 0], state[point, 1] = code, row
        turnover[point] = moved.sum() - moved[rows[0]]
        cost[point], fills[point] = paid.sum(), filled.sum()
        if code != DONE:
            value[point] = np.nan


@compiled
def scan(table: Any, clean: Any, last: Any, gaps: Any) -> Any:
    """Prices (n, T) with zero for none, each asset's last row, and the rows in which a price is missing after
    the first; returns the place of the first value that is no price (-1: none)."""
    n, count = table.shape
    bad_row, bad_asset = count, -1
    for j in range(n):
        last[j] = -1
        for row in range(count):
            price = table[j, row]
            clean[j, row] = 0.0
            if price != price:
                gaps[row] = gaps[row] or last[j] >= 0
            elif price <= 0.0 or price == np.inf:
                if row < bad_row:
                    bad_row, bad_asset = row, j
            else:
                clean[j, row] = price
                last[j] = row
    return bad_row, bad_asset
