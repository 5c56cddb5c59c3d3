"""From target weights to whole-share orders of one product, and the checks before they may go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from engine.errors import BadInput
from engine.momentum.caps import ISSUER, LARGE, TOGETHER
from engine.rebalance.accounts import Account
from engine.rebalance.gates import Gate, gate, shown
from engine.rebalance.history import Held
from engine.rebalance.shares import whole_shares

CENT = 0.005
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Prices:
    """Prices of a session, US dollars: the last known of each name, and which names trade today."""

    last: Mapping[str, float]
    today: frozenset[str]
    volume: Mapping[str, float]


def holdings_now(
    account: Account, held: Held | None, day: date, fx: float, splits: list[list[Any]], last: Mapping[str, float]
) -> tuple[dict[str, int], float]:
    """Shares and cash (US dollars) before the run: what is held, after splits since, or the money of the first run.

    A fraction of a share that a split leaves is paid in cash at the price of the session.
    """
    if held is None:
        return {}, account.size / fx
    shares: dict[str, int] = {}
    cash = held.cash
    for name, count in held.shares.items():
        ratio = float(
            np.prod([r for when, of, r in splits if of == name and held.day < date.fromisoformat(when) <= day])
        )
        whole = int(np.floor(count * ratio + ROUNDING))
        cash += max(count * ratio - whole, 0.0) * last.get(name, 0.0)
        shares[name] = whole
    return shares, cash


def price_book(market: Mapping[str, float], held: Held | None) -> dict[str, float]:
    """Prices of the session; where a held name has none, its last one."""
    known = {name: price for name, price in market.items() if np.isfinite(price)}
    return known if held is None else {**held.prices, **known}


def weights_of(shares: Mapping[str, int], cash: float, last: Mapping[str, float]) -> dict[str, float]:
    """Weights of holdings, cash left out.

    Raises
    ------
    BadInput
        Something is held that has no price.
    """
    for name in shares:
        if name not in last:
            raise BadInput("unknown_holding", field="holdings", value=name)
    total = sum(count * last[name] for name, count in shares.items()) + cash
    return {name: count * last[name] / total for name, count in shares.items() if count} if total > 0 else {}


def moved(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Half the sum of absolute weight differences, decimal."""
    return 0.5 * sum(abs(one.get(name, 0.0) - other.get(name, 0.0)) for name in sorted({*one, *other}))


def still(account: Account, shares: Mapping[str, int], cash: float, target: Mapping[str, float],
          last: Mapping[str, float]) -> dict[str, Any]:  # fmt: skip
    """A book without orders: holdings stay, weights are today's."""
    now = weights_of(shares, cash, last)
    value = sum(count * last[name] for name, count in shares.items()) + cash
    return _book([], dict(shares), cash, value, 0.0, target, now, now, last)


def trade(
    account: Account,
    target: Mapping[str, float],
    shares: Mapping[str, int],
    cash: float,
    prices: Prices,
    restricted: frozenset[str],
) -> dict[str, Any]:
    """Orders that lead from the holdings to the target, in whole shares."""
    names = sorted({*target, *(name for name, count in shares.items() if count)})
    before = weights_of(shares, cash, prices.last)
    last = np.array([prices.last.get(name, np.nan) for name in names])
    fixed = np.array([name in restricted or name not in prices.today for name in names], dtype=bool)
    wanted = np.array([target.get(name, 0.0) for name in names])
    if account.caps and fixed.any():
        wanted = _beside(wanted, np.array([before.get(name, 0.0) for name in names]), fixed)
    found = whole_shares(
        wanted,
        last,
        cash,
        held=np.array([shares.get(name, 0) for name in names], np.int64),
        fixed=fixed,
        cost_bps=account.cost_bps,
        capped=account.caps,
    )
    after = {name: int(count) for name, count in zip(names, found.shares, strict=True) if count}
    orders: list[dict[str, Any]] = [
        {"ticker": name, "shares": int(count), "price": float(price)}
        for name, count, price in zip(names, found.traded, last, strict=True)
        if count
    ]
    # Sells first: their money pays for the buys.
    orders.sort(key=lambda order: (order["shares"] > 0, order["ticker"]))
    now = weights_of(after, found.cash, prices.last)
    return _book(orders, after, found.cash, found.value, found.cost, target, before, now, prices.last)


def _beside(wanted: np.ndarray, now: np.ndarray, fixed: np.ndarray) -> np.ndarray:
    """Weights of the names that can be traded, beside those that stay: 40 % holds for both together.

    Names above 5 % come down to it, the smallest first, until the sum fits; what they leave is cash.
    """
    left = max(1.0 - float(now[fixed].sum()), 0.0)
    scale = min(left / max(float(wanted[~fixed].sum()), ROUNDING), 1.0)
    found = np.where(fixed, 0.0, wanted * scale)
    room = TOGETHER - float(now[fixed & (now > LARGE)].sum())
    order = np.argsort(-found, kind="stable")
    order = order[found[order] > LARGE]
    over = order[np.cumsum(found[order]) > room]
    found[over] = LARGE
    return found


def _book(
    orders: list[dict[str, Any]],
    holdings: dict[str, int],
    cash: float,
    value: float,
    cost: float,
    target: Mapping[str, float],
    before: Mapping[str, float],
    after: Mapping[str, float],
    last: Mapping[str, float],
) -> dict[str, Any]:
    used = sorted({*holdings, *(order["ticker"] for order in orders), *before})
    return {
        "orders": orders,
        "holdings": holdings,
        "cash": cash,
        "value": value,
        "cost": cost,
        "currency": "USD",
        "target": dict(target),
        "before": dict(before),
        "after": dict(after),
        "prices": {name: last[name] for name in used},
        "turnover": moved(before, after),
    }


def checks(
    account: Account, book: Mapping[str, Any], prices: Prices, held: Held | None, restricted: frozenset[str]
) -> list[Gate]:
    """What must hold before orders may go out."""
    return [
        _caps(account, book, prices, restricted),
        _turnover(account, book, held),
        _liquidity(account, book, prices),
        _cash(account, book),
        _restricted(account, book, restricted),
        *_drift(account, book, held),
        _weights(account, book),
    ]


def _caps(account: Account, book: Mapping[str, Any], prices: Prices, restricted: frozenset[str]) -> Gate:
    weights = np.array([*book["after"].values(), 0.0])
    largest, together = float(weights.max()), float(weights[weights > LARGE + ROUNDING].sum())
    told = {"largest": f"{largest:.2%}", "together": f"{together:.2%}"}
    if not account.caps:
        return gate("caps", account.key, "passed", "caps_not_a_rule", **told)
    if largest <= ISSUER + ROUNDING and together <= TOGETHER + ROUNDING:
        return gate("caps", account.key, "passed", "caps_passed", **told)
    # What cannot be traded may have grown above a cap by itself; what can be traded may not add to that.
    own = [weight for name, weight in book["after"].items() if name in prices.today and name not in restricted]
    adds = together > TOGETHER + ROUNDING and any(weight > LARGE + ROUNDING for weight in own)
    if not adds and all(weight <= ISSUER + ROUNDING for weight in own):
        return gate("caps", account.key, "flagged", "caps_untraded", **told)
    return gate("caps", account.key, "stopped", "caps_broken", **told)


def _turnover(account: Account, book: Mapping[str, Any], held: Held | None) -> Gate:
    share = float(book["turnover"])
    if held is not None and share > account.turnover:  # a first run buys everything
        told = {"turnover": f"{share:.1%}", "limit": f"{account.turnover:.0%}"}
        return gate("turnover", account.key, "stopped", "turnover_high", **told)
    return gate("turnover", account.key, "passed", "turnover_passed", turnover=f"{share:.1%}")


def _liquidity(account: Account, book: Mapping[str, Any], prices: Prices) -> Gate:
    shares = {order["ticker"]: abs(order["shares"]) for order in book["orders"]}
    known = {name: count / prices.volume[name] for name, count in shares.items() if prices.volume.get(name, 0.0) > 0}
    thin = [name for name, share in known.items() if share > account.participation]
    if thin:
        told = {"limit": f"{account.participation:.0%}", "shown": shown(thin)}
        return gate("liquidity", account.key, "stopped", "liquidity_low", **told)
    if len(known) < len(shares):
        told = {"count": f"{len(shares) - len(known)}", "orders": f"{len(shares)}"}
        return gate("liquidity", account.key, "flagged", "liquidity_unknown", **told)
    return gate("liquidity", account.key, "passed", "liquidity_passed", share=f"{max(known.values(), default=0.0):.2%}")


def _cash(account: Account, book: Mapping[str, Any]) -> Gate:
    cash = float(book["cash"])
    if cash < -CENT:
        return gate("cash", account.key, "stopped", "cash_negative", cash=f"{-cash:,.2f} USD")
    return gate("cash", account.key, "passed", "cash_passed", cash=f"{max(cash, 0.0):,.2f} USD")


def _restricted(account: Account, book: Mapping[str, Any], restricted: frozenset[str]) -> Gate:
    wrong = [order["ticker"] for order in book["orders"] if order["ticker"] in restricted]
    if wrong:
        return gate("restricted", account.key, "stopped", "restricted_order", shown=shown(wrong))
    return gate("restricted", account.key, "passed", "restricted_passed", count=len(restricted))


def _drift(account: Account, book: Mapping[str, Any], held: Held | None) -> list[Gate]:
    if held is None:
        return []
    share = moved(book["target"], held.target)
    told = {"moved": f"{share:.1%}", "before": held.day.isoformat()}
    if share > account.drift:
        return [gate("drift", account.key, "stopped", "drift_high", limit=f"{account.drift:.0%}", **told)]
    return [gate("drift", account.key, "passed", "drift_passed", **told)]


def _weights(account: Account, book: Mapping[str, Any]) -> Gate:
    total = sum(book["after"].values()) + book["cash"] / book["value"]
    wanted = sum(book["target"].values())
    good = abs(total - 1.0) <= ROUNDING and wanted <= 1.0 + ROUNDING
    told = f"{total if good else max(total, wanted):.6f}"
    return gate("weights", account.key, "passed" if good else "stopped", "weights_passed" if good else "weights_off",
                total=told)  # fmt: skip
