"""The compiled simulation. Importing this module imports numba; only ``simulate`` and ``many`` do.

One portfolio follows target weights by units and cash. Units change only at events (a fill, a flow, a
dividend, a delisting), so between two events a day is one product of units and prices; with a tolerance
band every day is looked at. ``many`` runs the same function over points that differ in weights, cost,
band, buffer and fixed cost.

What happens on a row, in this order:

1. dividends with this ex-date are paid on the units of the row before (and join as cash a trade at the open,
   which cannot know the close they would buy at);
2. units whose prices have ended are paid out at the last price, where ``missing_to_cash`` allows it;
3. a flow arrives; it and a target of this row (or a band left on the row before, if fills lag) cause a
   trade at ``at[row]``;
4. the value at the close is taken;
5. the band is looked at, for assets with a price; without lag it is traded at this close.

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

TINY = 1e-300
BLOCK = 16
"""Rows that a band is looked at in one go; what lies behind a trade is done again."""

DONE, NO_PRICE, RUINED = 0, 1, 2


class Market(NamedTuple):
    """What all points share. T rows, n assets.

    ``close`` and ``at`` (the fill prices): shape (n, T), zero where there is no price; a frame lies in
    memory that way. ``lend`` and ``borrow``: growth of cash and of a loan, shape (T,). ``last``: row of
    each asset's last price. ``events``: rows of dividends, flows, first and vanished prices. ``dividends``: shape
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
    """Where one run is written. ``units``, ``cash`` and ``since`` hold a row for each change of holdings.

    ``opened``: money at the open before a flow that arrives there, shape (T,) or (0,).
    """

    value: Any
    turnover: Any
    cost: Any
    filled: Any
    units: Any
    cash: Any
    since: Any
    opened: Any


@compiled
def settled(held: Any, weight: Any, before: float, rate: Any, fixed: float) -> float:
    """The value after a trade. The left side is convex and piecewise linear: Newton's steps end at the root.

    They come from above, so that where the slope is not above zero there is none: below zero is returned.
    """
    after = before
    for _ in range(len(held) + 2):
        gap, slope = after - before, 1.0
        for j in range(len(held)):
            trade = weight[j] * after - held[j]
            gap += rate[j] * abs(trade)
            slope += rate[j] * weight[j] * np.copysign(1.0, trade)
        if fixed > 0.0:
            for j in range(len(held)):
                if abs(weight[j] * after - held[j]) > NOTHING * before:
                    gap += fixed
        if slope <= 0.0:
            return -1.0
        step = gap / slope
        after -= step
        if abs(step) <= 2e-15 * before:
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
def trade(
    at: Any,
    row: int,
    target: Any,
    money: float,
    units: Any,
    rate: Any,
    fixed: float,
    buffer: float,
    whole: bool,
    missing_to_cash: bool,
    held: Any,
    wish: Any,
    fresh: Any,
    price: Any,
) -> Any:
    """Move ``units`` toward ``target`` at ``at[row]``: state, cash left, weight moved, cost paid.

    ``money`` is the cash before the trade, a flow included; the last four are scratch. Arrays come one by
    one: handing on a tuple of them costs more than the trade.
    """
    n = len(units)
    before, missing = money, False
    for j in range(n):
        price[j] = at[j, row]
        held[j] = units[j] * price[j]
        before += held[j]
        wish[j] = target[j]
        missing = missing or (price[j] == 0.0 and (target[j] > 0.0 or units[j] > 0.0))
    if missing:
        for j in range(n):
            if price[j] == 0.0 and (units[j] > 0.0 or (target[j] > 0.0 and not missing_to_cash)):
                return NO_PRICE, money, 0.0, 0.0
            if price[j] == 0.0:
                wish[j] = 0.0
    if not before > 0.0:
        return RUINED, money, 0.0, 0.0
    still = whole and rounded(units, price, wish, before, rate, fixed, buffer)
    if buffer > 0.0:
        for j in range(n):
            fresh[j] = wish[j]
        buffered(held, fresh, before, buffer, wish)
    moved, share = 0.0, 1.0 / before
    for j in range(n):
        moved += abs(wish[j] - held[j] * share)
    if still or moved <= NOTHING:
        return DONE, money, 0.0, 0.0
    after = settled(held, wish, before, rate, fixed)
    if not after > 0.0:
        return RUINED, money, 0.0, 0.0
    if whole:
        return whole_trade(units, price, held, wish, before, after, rate, fixed, fresh)
    spent = 0.0
    for j in range(n):
        worth = wish[j] * after
        units[j] = worth / max(price[j], TINY)
        spent += worth
    return DONE, after - spent, moved, before - after


@compiled
def rounded(units: Any, price: Any, target: Any, before: float, rate: Any, fixed: float, buffer: float) -> bool:
    """Whether whole units already are weights inside their buffers, rounded down: then nothing is traded.

    Rounding a trade down makes it cheaper by orders that fall away (``saved``) or dearer by a part of a unit
    (``extra``). With that much room, the same target again at the same prices does nothing.
    """
    n, extra, saved = len(units), 0.0, fixed * len(units)
    for j in range(n):
        extra += rate[j] * price[j]
    gap, total, room = 0.0, 0.0, 0.0
    for j in range(n):
        worth, dust = units[j] * price[j], 1e-9 * price[j]
        if worth > (target[j] + buffer) * (before + extra) + dust:
            return False
        if worth + price[j] < max(target[j] - buffer, 0.0) * (before - extra - saved) - dust:
            return False
        gap += target[j] * before - worth
        total += target[j]
        if target[j] > 0.0 or units[j] > 0.0:
            room += price[j]
    return -total * extra <= gap + buffer * before and gap - buffer * before <= room + total * (extra + saved)


@compiled
def whole_trade(
    units: Any, price: Any, held: Any, wish: Any, before: float, after: float, rate: Any, fixed: float, fresh: Any
) -> Any:
    """The weights in whole units, rounded down: state, cash left, weight moved, cost paid."""
    n = len(units)
    for nudge in (1e-9, -1e-9):  # up, so that 2.9999999999 is three; down, where that would need a loan
        cash, cost, moved, total = before, 0.0, 0.0, 0.0
        for j in range(n):
            fresh[j] = 0.0
            if wish[j] > 0.0:
                fresh[j] = max(np.floor(wish[j] * after / price[j] + nudge), 0.0)
            worth = fresh[j] * price[j]
            money = abs(worth - held[j])
            moved += money / before
            cost += rate[j] * money
            if fixed > 0.0 and money > NOTHING * before:
                cost += fixed
            cash -= worth
            total += wish[j]
        if cash - cost >= 0.0 or total > 1.0:
            break
    for j in range(n):
        units[j] = fresh[j]
    return DONE, cash - cost, moved, cost


@compiled
def pay(market: Market, terms: Point, row: int, reinvest: bool, units: Any) -> Any:
    """Dividends and vanished prices of a row: state, money to cash, fee paid, whether holdings changed."""
    close, received, fee, changed = market.close, 0.0, 0.0, False
    for j in range(len(units)):
        if units[j] == 0.0:
            continue
        if market.dividends.shape[1] and market.dividends[j, row] > 0.0:
            paid = units[j] * market.dividends[j, row]
            bought = 0.0
            if reinvest and close[j, row] > 0.0:
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
def breach(
    close: Any,
    looks: Any,
    band: float,
    relative: bool,
    units: Any,
    target: Any,
    row: int,
    stop: int,
    value: Any,
    out: Any,
) -> int:
    """First row of a stretch on which a weight has left its band, or ``stop``; ``value`` holds the money.

    Four assets a pass, as in ``add_up``: bands take a third less time.
    """
    n, count, j = len(units), stop - row, 0
    worth = value[row:stop]
    for t in range(count):
        out[t] = 0.0
    while j + 4 <= n:
        u0, u1, u2, u3 = units[j], units[j + 1], units[j + 2], units[j + 3]
        w0, w1, w2, w3 = target[j], target[j + 1], target[j + 2], target[j + 3]
        a0, a1, a2, a3 = band + NOTHING, band + NOTHING, band + NOTHING, band + NOTHING
        if relative:
            a0, a1, a2, a3 = band * w0 + NOTHING, band * w1 + NOTHING, band * w2 + NOTHING, band * w3 + NOTHING
        c0, c1, c2, c3 = close[j, row:stop], close[j + 1, row:stop], close[j + 2, row:stop], close[j + 3, row:stop]
        for t in range(count):
            money = worth[t]
            g0 = abs(u0 * c0[t] - w0 * money) - a0 * money
            g1 = abs(u1 * c1[t] - w1 * money) - a1 * money
            g2 = abs(u2 * c2[t] - w2 * money) - a2 * money
            g3 = abs(u3 * c3[t] - w3 * money) - a3 * money
            out[t] = max(out[t], g0, g1, g2, g3)
        j += 4
    while j < n:
        allowed = (band * target[j] if relative else band) + NOTHING
        for t in range(count):
            gap = abs(units[j] * close[j, row + t] - target[j] * worth[t])
            out[t] = max(out[t], gap - allowed * worth[t])
        j += 1
    for t in range(stop - row):
        if out[t] > 0.0 and looks[row + t]:
            return row + t
    return stop


@compiled
def worth_at(close: Any, row: int, units: Any) -> float:
    """Value of the units on a row."""
    total = 0.0
    for j in range(len(units)):
        total += units[j] * close[j, row]
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
    close, at, events, flows, looks = market.close, market.at, market.events, market.flows, market.looks
    rate, band, value = terms.rate, terms.band, book.value
    held, wish, fresh, price = scratch[0], scratch[1], scratch[2], scratch[3]
    count = close.shape[1]
    same = targets.shape[0] == 1
    units[:] = 0.0
    cash, since = market.capital, rows[0]
    order, event, changes, current, pending = 0, 0, 0, 0, False
    banded, near = band >= 0.0, np.empty(BLOCK)
    while event < len(events) and events[event] < rows[0]:
        event += 1
    row = rows[0]
    while row < count:
        due = pending or (order < len(rows) and rows[order] == row)
        changed, traded, flow = False, False, 0.0
        if event < len(events) and events[event] == row:
            event += 1
            level = market.lend if cash >= 0.0 else market.borrow
            if len(flows) and flows[row] != 0.0:
                flow, due = flows[row], True
            reinvest = market.reinvest and not (due and market.at_open)
            state, received, fee, changed = pay(market, terms, row, reinvest, units)
            if state != DONE:
                return state, row, changes
            cash, since = cash * level[row] / level[since] + received, row
            book.cost[row] += fee / market.capital
        if due:
            if order < len(rows) and rows[order] == row:
                current = order
                order += 1
            level = market.lend if cash >= 0.0 else market.borrow
            money = cash * level[row] / level[since] + flow
            state, cash, moved, cost = trade(
                at,
                row,
                targets[0 if same else current],
                money,
                units,
                rate,
                terms.fixed,
                terms.buffer,
                market.whole,
                market.missing_to_cash,
                held,
                wish,
                fresh,
                price,
            )
            if state != DONE:
                return state, row, changes
            since, changed, traded, pending = row, True, True, False
            if flow != 0.0 and len(book.opened):
                book.opened[row] = worth_at(at, row, units) + cash + cost - flow
            book.turnover[row] += moved
            book.cost[row] += cost / market.capital
            book.filled[row] = True
        level = market.lend if cash >= 0.0 else market.borrow
        target = targets[0 if same else current]
        value[row] = cash * level[row] / level[since] + worth_at(close, row, units)
        if not value[row] > 0.0:
            return RUINED, row, changes
        if banded:  # what has no price cannot be moved; prices begin and end at events only
            for j in range(len(units)):
                wish[j] = target[j] if close[j, row] > 0.0 else 0.0
        if banded and (market.at_open or not traded):
            pending = breach(close, looks, band, terms.relative, units, wish, row, row + 1, value, near) == row
            if pending and terms.lag == 0:
                continue
        if changed and len(book.since):
            book.since[changes], book.cash[changes] = row, cash
            book.units[changes] = units
            changes += 1
        row += 1
        while row < count and not pending:
            stop = count if not banded else min(row + BLOCK, count)
            if order < len(rows):
                stop = min(stop, rows[order])
            if event < len(events):
                stop = min(stop, events[event])
            if stop == row:
                break
            rest = cash / level[since]
            for t in range(row, stop):
                value[t] = rest * level[t]
            add_up(close, units, row, stop, value)
            for t in range(row, stop):
                if not value[t] > 0.0:
                    return RUINED, t, changes
            if banded:
                row = breach(close, looks, band, terms.relative, units, wish, row, stop, value, near)
                pending = row < stop
                if pending and terms.lag > 0:
                    row += 1
            else:
                row = stop
    if market.capital != 1.0:
        for t in range(rows[0], count):
            value[t] /= market.capital
    return DONE, count, changes


@compiled
def many(
    market: Market,
    rates: Any,
    fixed: Any,
    bands: Any,
    relative: bool,
    buffers: Any,
    lag: int,
    rows: Any,
    targets: Any,
    value: Any,
    turnover: Any,
    cost: Any,
    fills: Any,
    state: Any,
) -> None:
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
        book = Book(value[point], moved, paid, filled, unkept, no_cash, no_rows, no_cash)
        code, row, _ = one(market, terms, rows, targets[point], book, units, scratch)
        state[point, 0], state[point, 1] = code, row
        turnover[point] = moved.sum() - moved[rows[0]]
        cost[point], fills[point] = paid.sum(), filled.sum()
        if code != DONE:
            value[point] = np.nan


@compiled
def scan(table: Any, clean: Any, last: Any, gaps: Any) -> Any:
    """Prices (n, T) with zero for none, each asset's last row, and the rows in which a price begins or is
    missing after it began; returns the place of the first value that is no price (-1: none)."""
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
                gaps[row] = gaps[row] or (row > 0 and last[j] < 0)
                clean[j, row] = price
                last[j] = row
    return bad_row, bad_asset
