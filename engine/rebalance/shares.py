"""Whole shares by largest remainder, inside cash and the rules of a fund, for any number of names at once.

Weights are taken of the value that is certainly left after costs, so that rounding can neither make cash negative nor
lift a name above its cap. Shares are rounded down, then one more share goes to the names with the largest remainder,
as long as cash, the cap of the name and the cap of all large names together allow it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.errors import BadInput
from engine.momentum.caps import ISSUER, LARGE, TOGETHER

WHOLE = 1e-9
"""A number of shares that close to the next whole one is that one."""


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares after rounding, and the money beside them.

    Attributes
    ----------
    shares : ndarray of int64, shape (n,)
    traded : ndarray of int64, shape (n,)
        Bought (positive) and sold.
    cost, cash, value : float
        Cost of the trades, cash after it, value of the account after it; account currency.
    """

    shares: np.ndarray
    traded: np.ndarray
    cost: float
    cash: float
    value: float


def whole_shares(
    weights: np.ndarray,
    prices: np.ndarray,
    cash: float,
    *,
    held: np.ndarray | None = None,
    fixed: np.ndarray | None = None,
    cost_bps: float = 0.0,
    capped: bool = False,
) -> Shares:
    """Shares nearest to the weights.

    Parameters
    ----------
    weights : ndarray, shape (n,)
        Target weights of the whole account, decimals, none below zero, at most one together.
    prices : ndarray, shape (n,)
        A share, account currency; a name that is neither wanted nor held needs none.
    cash : float
        Beside the holdings.
    held : ndarray of int, shape (n,), optional
        Whole shares held before.
    fixed : ndarray of bool, shape (n,), optional
        Names that may not be traded: they stay as they are, whatever their weight.
    cost_bps : float
        Cost on each unit traded, basis points.
    capped : bool
        Keep 10 % a name, and at most 40 % together in names above 5 %.

    Raises
    ------
    BadInput
        A weight below zero, weights above one together, or a price that is missing where it is needed.
    """
    before = np.zeros(len(weights), np.int64) if held is None else np.asarray(held, np.int64)
    still = np.zeros(len(weights), bool) if fixed is None else np.asarray(fixed, bool)
    wanted = np.where(still, 0.0, weights)
    cost_of = cost_bps / 1e4
    needed = (wanted > 0) | (before != 0)
    _check(wanted, prices, needed)
    price = np.where(needed, prices, 0.0)
    total = float(price @ before) + cash
    free = total - float(price[still] @ before[still])
    if wanted.sum() * total > free:  # what may not be traded leaves less for the others
        wanted = wanted * max(free / (total * float(wanted.sum())), 0.0)
    net = _certain(wanted, price, before, still, total, cost_of)
    budget = min(net - float(price[still] @ before[still]), net * float(wanted.sum()))
    scale = 1.0 if wanted.sum() <= 0 else max(min(budget / (net * float(wanted.sum())), 1.0), 0.0)
    exact = np.divide(wanted * net * scale, price, out=np.zeros(len(price)), where=price > 0)
    count = np.floor(exact + WHOLE).astype(np.int64)
    count = _more(count, exact, price, budget, net, wanted, capped)
    count = np.where(still, before, count)
    traded = count - before
    cost = cost_of * float(np.abs(traded) @ price)
    left = total - float(count @ price) - cost
    return Shares(count, traded, cost, left, float(count @ price) + left)


def _check(wanted: np.ndarray, prices: np.ndarray, needed: np.ndarray) -> None:
    if (wanted < 0).any() or not np.isfinite(wanted).all() or wanted.sum() > 1.0 + WHOLE:
        value = float(wanted.min(initial=0.0)) if (wanted < 0).any() else float(wanted.sum())
        raise BadInput("bad_number", field="weights", value=value, accepted="decimals from 0, at most 1 together")
    if not (np.isfinite(prices[needed]) & (prices[needed] > 0)).all():
        raise BadInput(
            "bad_number", field="prices", value="a missing price", accepted="a price above zero for each name"
        )


def _certain(
    wanted: np.ndarray, price: np.ndarray, before: np.ndarray, still: np.ndarray, total: float, cost_of: float
) -> float:
    """Value that is left whatever the rounding does: cost of all trades, and of one share more of each name.

    With K kept back, trades differ from those of the whole value by at most K; so K (1 - c) = c (trades + a share each).
    """
    if cost_of == 0.0:
        return total
    gap = np.abs(wanted * total - price * before)[~still].sum()
    return float(max(total - cost_of * (gap + price[wanted > 0].sum()) / (1.0 - cost_of), 0.0))


def _more(
    count: np.ndarray,
    exact: np.ndarray,
    price: np.ndarray,
    budget: float,
    net: float,
    wanted: np.ndarray,
    capped: bool,
) -> np.ndarray:
    """One share more for the largest remainders that cash and caps allow."""
    left = budget - float(count @ price)
    large = capped & (wanted > LARGE)
    highest = np.where(large, ISSUER, LARGE) * net if capped else np.full(len(price), np.inf)
    room = TOGETHER * net - float((count * price)[large].sum()) if capped else np.inf
    remainder = exact - count
    open_ = (remainder > WHOLE) & ((count + 1) * price <= highest)
    queue = np.argsort(-remainder, kind="stable")
    queue = queue[open_[queue]]
    count = count.copy()
    while True:
        queue = queue[(price[queue] <= left) & (~large[queue] | (price[queue] <= room))]
        if not len(queue):
            return count
        spent, heavy = np.cumsum(price[queue]), np.cumsum(price[queue] * large[queue])
        fits = int(np.logical_and.accumulate((spent <= left) & (heavy <= room)).sum())
        taken = queue[:fits]
        count[taken] += 1
        left -= float(price[taken].sum())
        room -= float((price * large)[taken].sum()) if capped else 0.0
        queue = queue[fits:]
