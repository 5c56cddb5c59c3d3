"""From features to order files: the later steps of a run, and all of them by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.momentum.caps import project
from engine.rebalance import models
from engine.rebalance.accounts import Account
from engine.rebalance.book import Prices, checks, holdings_now, moved, price_book, still, trade, weights_of
from engine.rebalance.calendar import next_scheduled, scheduled
from engine.rebalance.gates import gate, shown
from engine.rebalance.intake import check_prices, ingest
from engine.rebalance.keep import Payload
from engine.rebalance.models import Target
from engine.rebalance.state import State
from engine.rebalance.tickets import order_files

# --- features, weights, rules


def features(state: State) -> Payload:
    """Signals of every model from what was taken in, behind the guard."""
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"products": {}}

    def work(account: Account) -> None:
        if account.kind != "momentum":
            return
        found = models.momentum_features(account, state.job.day, state.panel(account), state.taken("ingest", account))
        facts["products"][account.key] = found.facts
        arrays.update({f"{account.key}.{name}": values for name, values in found.arrays.items()})

    state.each(state.live(), "model", work)
    return Payload(facts, arrays)


def weights(state: State) -> Payload:
    """The weights of every model, and whether its product trades today."""
    facts: dict[str, Any] = {"products": {}}

    def work(account: Account) -> None:
        day = state.job.day
        if account.kind == "momentum":
            found = models.momentum_target(account, day, state.panel(account), state.taken("features", account))
        elif account.kind == "factors":
            found = models.factors_target(account, day, state.taken("ingest", account))
        else:
            found = models.passive_target(account, day)
        facts["products"][account.key] = found.to_dict()
        state.tell(
            gate("model", account.key, "passed", "model_passed", decided=found.decided, lines=len(found.weights))
        )

    state.each(state.live(), "model", work)
    return Payload(facts)


def rules(state: State) -> Payload:
    """The rules of every product: names left out, caps, and whether it is due."""
    facts: dict[str, Any] = {"products": {}}

    def work(account: Account) -> None:
        told = state.done["weights"].facts["products"][account.key]
        target = Target(told["weights"], date.fromisoformat(told["decided"]), told["basis"]).weights
        out = {*account.restricted, *state.job.exclude}
        if account.kind != "passive":  # the allocator takes what is left out itself
            target = _ruled(target, out, account.caps)
        due, why = _due(state, account)
        facts["products"][account.key] = {"target": target, "due": due, "why": why, "out": sorted(out)}
        if not due:
            following = next_scheduled(account.rule, state.job.day) or "drift"
            state.tell(gate("schedule", account.key, "passed", "not_due", following=following))

    state.each(state.live(), "rules", work)
    return Payload(facts)


def _ruled(target: dict[str, float], out: set[str], capped: bool) -> dict[str, float]:
    """The target without names left out, their weight shared by the others in proportion, under the caps."""
    kept = {name: weight for name, weight in target.items() if name not in out and weight > 0.0}
    if len(kept) == len(target) or not kept:
        return kept
    whole = sum(target.values())
    values = np.array(list(kept.values())) / sum(kept.values())
    values = (project(values) if capped else values) * whole
    return {name: float(weight) for name, weight in zip(kept, values, strict=True)}


def _due(state: State, account: Account) -> tuple[bool, str]:
    held = state.job.held.get(account.key)
    if held is None:
        return True, "first"
    if scheduled(account.rule, state.job.day):
        return True, "scheduled"
    if account.band > 0.0:
        _, shares, cash, last = _before(state, account)
        if moved(weights_of(shares, cash, last), held.target) > account.band:
            return True, "drift"
    return False, "not due"


def _before(state: State, account: Account) -> tuple[Prices, dict[str, int], float, dict[str, float]]:
    """Prices of the session, and shares and cash before the run."""
    held = state.job.held.get(account.key)
    prices, splits = _prices_of(state, account)
    last = price_book(prices.last, held)
    fx = state.done["ingest"].facts["rates"].get(account.key, 1.0)
    shares, cash = holdings_now(account, held, state.job.day, fx, splits, last)
    return prices, shares, cash, last


def _prices_of(state: State, account: Account) -> tuple[Prices, list[list[Any]]]:
    """Prices as far as they could be read; a product that falls back has none, or those that came."""
    name = models.panel_of(account)
    if name is None:
        known = state.done["ingest"].facts["products"].get(account.key, {}).get("prices", {})
        return Prices(known, frozenset(known), {}), []
    if name not in state.done["check"].facts["markets"]:
        return Prices({}, frozenset(), {}), []
    market = state.market(name)
    today = frozenset(one for one, there in zip(market.names, market.priced, strict=True) if there)
    volume = dict(zip(market.names, market.volume.tolist(), strict=True))
    return Prices(market.price_of(), today, volume), market.facts["splits"]


# --- orders, pre-trade


def orders(state: State) -> Payload:
    """Whole-share orders of every product that is due; the others keep what they hold."""
    facts: dict[str, Any] = {"books": {}, "refused": {}}

    def work(account: Account) -> None:
        ruled = state.done["rules"].facts["products"][account.key]
        prices, shares, cash, last = _before(state, account)
        held = state.job.held.get(account.key)
        if not ruled["due"]:
            target = held.target if held else ruled["target"]
            facts["books"][account.key] = still(account, shares, cash, target, last)
            return
        if account.kind == "passive":
            facts["books"][account.key] = _allocated(state, account, shares, cash, ruled["out"])
            return
        restricted = frozenset(account.restricted)
        # A name that a person left out is not traded either: its price is in doubt.
        kept = frozenset([*restricted, *state.job.exclude])
        book = trade(account, ruled["target"], shares, cash, Prices(last, prices.today, prices.volume), kept)
        dark = [name for name in {**ruled["target"], **shares} if name not in prices.today and name not in kept]
        if dark:
            state.tell(gate("prices", account.key, "flagged", "no_price", shown=shown(sorted(dark))))
        facts["books"][account.key] = book

    state.each(state.live(), "rules", work)
    for account in state.job.products:
        if state.halted(account.key) == "fallback":
            _fall_back(state, account, facts)
    return Payload(facts)


def _fall_back(state: State, account: Account, facts: dict[str, Any]) -> None:
    """Last good weights with their drift; without an earlier run, the product stops."""
    held = state.job.held.get(account.key)
    reason = " ".join(
        one.reason for one in state.gates_so_far() if one.product == account.key and one.state == "fallback"
    )
    if held is None:
        return state.tell(gate("fallback", account.key, "stopped", "no_last_good", reason=reason))
    _, shares, cash, last = _before(state, account)
    facts["books"][account.key] = still(account, shares, cash, held.target, last)
    return state.tell(gate("fallback", account.key, "fallback", "last_good", reason=reason, run_id=held.run_id))


def _allocated(state: State, account: Account, shares: dict[str, int], cash: float, out: list[str]) -> dict[str, Any]:
    """The whole-share allocator's answer as a book."""
    from engine.allocation.ask import answer, question

    prices = state.taken("ingest", account).facts["prices"]
    fx = state.done["ingest"].facts["rates"][account.key]
    options: dict[str, Any] = {"forbidden": tuple(out)} if out else {}
    if shares:
        money, currency = weights_value(shares, cash, prices), "USD"
        options["holdings"] = pd.Series(shares, dtype=float)
    else:
        money, currency = account.size, account.currency
    asked = question(money, currency=currency, fx=fx if currency == "KRW" else None, model=account.fund,
                     universe=account.universe or "all", **options)  # fmt: skip
    found = answer(asked)
    basket = {str(name): int(count) for name, count in found.allocation.shares.items() if count}
    after = weights_of(basket, found.ticket.cash_left, prices)
    listed: list[dict[str, Any]] = [
        {"ticker": order.ticker, "shares": int(order.shares), "price": order.price} for order in found.ticket.orders
    ]
    listed.sort(key=lambda order: (order["shares"] > 0, order["ticker"]))
    before = weights_of(shares, cash, prices)
    value = weights_value(basket, found.ticket.cash_left, prices)
    used = sorted({*basket, *(order["ticker"] for order in listed), *before})
    return {
        "orders": listed, "holdings": basket, "cash": float(found.ticket.cash_left), "value": value,
        "cost": float(found.ticket.cost), "currency": "USD", "target": after, "before": before, "after": after,
        "prices": {name: prices[name] for name in used}, "turnover": moved(before, after),
    }  # fmt: skip


def weights_value(shares: dict[str, int], cash: float, prices: dict[str, float]) -> float:
    """Value of holdings and cash, US dollars."""
    return sum(count * prices[name] for name, count in shares.items()) + cash


def pretrade(state: State) -> Payload:
    """The checks before approval, and the order files that a person signs."""
    books = dict(state.done["orders"].facts["books"])
    facts: dict[str, Any] = {"books": books, "refused": {}}

    def work(account: Account) -> None:
        if not books[account.key]["orders"]:
            return
        held = state.job.held.get(account.key)
        prices, _ = _prices_of(state, account)
        state.tell(*checks(account, books[account.key], prices, held, frozenset(account.restricted)))

    state.each([account for account in state.live() if account.key in books], "rules", work)
    files: dict[str, bytes] = {}
    for account in state.job.products:
        if account.key not in books:
            continue
        if state.halted(account.key) == "stopped":
            facts["refused"][account.key] = books.pop(account.key)
        elif books[account.key]["orders"]:
            files |= order_files(account, books[account.key], state.job.day, hindsight=hindsight(state, account))
    return Payload(facts, files=files)


def hindsight(state: State, account: Account) -> str:
    """Why a product's panel was chosen with hindsight; empty where it was not."""
    found = [one.params["survivors"] for one in state.gates_so_far() if one.code == "hindsight"
             and one.product == account.key]  # fmt: skip
    return found[0] if found else ""


WORK: dict[str, Callable[[State], Payload]] = {
    "ingest": ingest,
    "check": check_prices,
    "features": features,
    "weights": weights,
    "rules": rules,
    "orders": orders,
    "pretrade": pretrade,
}
