"""The steps of a run, each a function of the job and of what earlier steps gave.

A product's own trouble becomes a gate of that product; the others go on. ``LookAhead`` and whatever is unexpected
ends the run, which can be resumed from the last step that was finished.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import LodestarError, LookAhead
from engine.integrity.check import check
from engine.momentum.caps import project
from engine.rebalance import feed as feeds
from engine.rebalance import models
from engine.rebalance.accounts import Account
from engine.rebalance.book import Prices, checks, holdings_now, moved, price_book, still, trade, weights_of
from engine.rebalance.calendar import EXCHANGE, NEW_YORK, next_scheduled, scheduled, session_on
from engine.rebalance.gates import Gate, gate, of_error, overridden, shown
from engine.rebalance.history import STEPS
from engine.rebalance.job import Job
from engine.rebalance.keep import Payload
from engine.rebalance.market import Market, from_snapshot, require_known
from engine.rebalance.models import Late, Taken, Target
from engine.rebalance.tickets import order_files

LOOK_BACK = 600
"""Sessions of a stored panel that are checked again each day; older ones were, and nothing moves them."""

MOVE = 4.0
"""A price that many times higher or lower than on the session before is explained by somebody, or not traded."""

HALF = 0.2
"""Share of names without a price beyond which a file counts as half a file."""

OLD_RATE = 45
"""Days after which an exchange rate is told to be old: the table of rates is monthly."""


@dataclass
class State:
    """A run at work: finished steps, and what they hold as objects, built once."""

    job: Job
    done: dict[str, Payload] = field(default_factory=dict)
    gates: list[Gate] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    markets: dict[str, Market] = field(default_factory=dict)
    panels: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)

    def gates_so_far(self) -> list[Gate]:
        every = [Gate.of(told) for step in STEPS if step in self.done for told in self.done[step].facts["gates"]]
        return [*every, *self.gates]

    def halted(self, key: str) -> str:
        """``stopped``, ``fallback`` or empty: what earlier gates say of a product."""
        states = {found.state for found in self.gates_so_far() if found.halts and found.product == key}
        return "stopped" if "stopped" in states else "fallback" if states else ""

    def tell(self, *found: Gate) -> None:
        self.gates += [overridden(one, self.job.overrides) for one in found]

    def live(self) -> list[Account]:
        return [account for account in self.job.products if not self.halted(account.key)]

    def market(self, name: str) -> Market:
        """A panel after the check."""
        if name not in self.markets:
            found = self.done["check"]
            self.markets[name] = Market.of(name, found.arrays, found.facts["markets"][name])
        return self.markets[name]

    def panel(self, account: Account) -> Any:
        """The panel as the product may rank it: without names that are restricted or left out."""
        name = str(models.panel_of(account))
        market = self.market(name)
        without = tuple(one for one in account.restricted if one in market.names)
        if (name, without) not in self.panels:
            self.panels[name, without] = market.panel(without)
        return self.panels[name, without]

    def taken(self, step: str, account: Account) -> Taken:
        """What a model gave at a step."""
        found, start = self.done[step], f"{account.key}."
        arrays = {name.removeprefix(start): values for name, values in found.arrays.items() if name.startswith(start)}
        return Taken(found.facts["products"].get(account.key, {}), arrays)

    def each(self, accounts: list[Account], step: str, work: Callable[[Account], None]) -> None:
        """Do the work for every product; trouble of one is a gate of that one."""
        for account in accounts:
            begun = time.perf_counter()
            try:
                work(account)
            except Late as late:
                self.tell(gate(late.gate, account.key, "fallback", late.code, **late.params))
            except LookAhead:
                raise
            except LodestarError as error:
                self.tell(of_error(step, account.key, "stopped", error))
            self.parts[account.key] = self.parts.get(account.key, 0.0) + time.perf_counter() - begun


def _users(job: Job) -> dict[str, list[Account]]:
    """Products by the panel that they read."""
    found: dict[str, list[Account]] = {}
    for account in job.products:
        name = models.panel_of(account)
        if name:
            found.setdefault(name, []).append(account)
    return found


# --- ingest


def ingest(state: State) -> Payload:
    """Take in prices, factors, decisions and exchange rates, past the guard; files by their hashes."""
    job = state.job
    session = session_on(job.day)
    if job.asked != job.day:
        state.tell(gate("calendar", "", "flagged", "session_moved", asked=job.asked, session=job.day))
    if session.half:
        close = session.closes.astimezone(NEW_YORK)
        state.tell(gate("calendar", "", "flagged", "half_day", session=job.day, close=f"{close:%H:%M}"))
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"markets": {}, "feeds": {}, "products": {}, "rates": {}}
    for name, users in _users(job).items():
        state.each(users[:1], "data", lambda _, name=name: _prices(state, name, arrays, facts))  # type: ignore[misc]
        for found in [one for one in state.gates if one.halts and one.product == users[0].key]:
            state.tell(*(Gate(**{**vars(found), "product": other.key}) for other in users[1:]))
    state.each(state.live(), "model", lambda account: _admit(account, job.day, arrays, facts))
    state.each(list(job.products), "fx", lambda account: _rate(state, account, facts))
    return Payload(facts, arrays)


def _prices(state: State, name: str, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
    job = state.job
    if job.feed is not None:
        try:
            found = feeds.open_feed(job.feed)
            if found.session != job.day:
                raise Late("feed", "feed_day", given=found.session, session=job.day)
            if name in found.panels:
                facts["feeds"][name] = {file: _sealed(found, file) for file in found.of(name)}
                if not facts["feeds"][name]:
                    raise Late("feed", "feed_unusable", file=name, problem="the control file names no file of it")
                return
        except LodestarError as error:
            raise Late("feed", "feed_unusable", file=error.value, problem=error.params.get("reason", "")) from error
    market = from_snapshot(name, job.day)
    arrays.update(market.arrays())
    facts["markets"][name] = market.facts


def _sealed(found: feeds.Feed, file: str) -> str:
    feeds.content(found, file)
    return found.files[file]


def _admit(account: Account, day: date, arrays: dict[str, np.ndarray], facts: dict[str, Any]) -> None:
    admit = {
        "momentum": models.admit_momentum, "factors": models.admit_factors, "passive": models.admit_passive,
    }[account.kind]  # fmt: skip
    taken = admit(account, day)
    facts["products"][account.key] = taken.facts
    arrays.update({f"{account.key}.{name}": values for name, values in taken.arrays.items()})


def _rate(state: State, account: Account, facts: dict[str, Any]) -> None:
    found = models.rate_on(account.currency, state.job.day)
    if found is None:
        told = {"currency": account.currency, "session": state.job.day}
        return state.tell(gate("fx", account.key, "stopped", "fx_missing", **told))
    rate, of = found
    facts["rates"][account.key] = rate
    if account.currency == "USD":
        return None
    age = (state.job.day - of).days
    told = {"rate": f"{rate:,.2f}", "currency": account.currency, "day": of, "age": age}
    code, mark = ("fx_old", "flagged") if age > OLD_RATE else ("fx_passed", "passed")
    return state.tell(gate("fx", account.key, mark, code, **told))


# --- check


def check_prices(state: State) -> Payload:
    """Check and repair every panel; what is wrong and cannot be proven stops the products that read it."""
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"markets": {}, "findings": {}, "rows": {}}
    for name, users in _users(state.job).items():
        left = [account for account in users if not state.halted(account.key)]
        if not left:
            continue
        trouble: list[Gate] = []
        state.each(left[:1], "integrity", lambda account, name=name: _checked(  # type: ignore[misc]
            state, name, account, arrays, facts, trouble))  # fmt: skip
        stops = [one for one in state.gates if one.halts and one.product == left[0].key and one not in trouble]
        for other in left[1:]:
            state.tell(*(Gate(**{**vars(one), "product": other.key}) for one in stops))
        state.tell(*(Gate(**{**vars(one), "product": account.key}) for one in trouble for account in left))
    return Payload(facts, arrays)


def _checked(
    state: State, name: str, account: Account, arrays: dict[str, np.ndarray], facts: dict[str, Any], told: list[Gate]
) -> None:
    job = state.job
    taken = state.done["ingest"]
    if name in taken.facts["feeds"]:
        try:
            found = feeds.read(feeds.open_feed(job.feed), name, job.day)  # type: ignore[arg-type]
        except LodestarError as error:
            if error.code != "feed_file":
                raise
            raise Late("feed", "feed_unusable", file=error.value, problem=error.params["reason"]) from error
    else:
        market = Market.of(name, taken.arrays, taken.facts["markets"][name])
        require_known(name, pd.DatetimeIndex(market.dates), job.day)
        found = _recheck(market)
    market = _without(found.market, job.exclude)
    arrays.update(market.arrays())
    facts["markets"][name] = market.facts
    facts["findings"][name] = found.findings
    facts["rows"][name] = found.rows
    told += _verdict(market, found, job)


def _recheck(market: Market) -> feeds.Checked:
    """The newest sessions of a panel of closes, as the integrity room sees them; repairs go into prices and closes."""
    start = max(len(market.dates) - LOOK_BACK, 0)
    recent = market.prices[start:]
    row, column = np.nonzero(np.isfinite(recent).T)[::-1]
    price = recent[row, column]
    names = np.array(market.names)
    table = pd.DataFrame({"Date": market.dates[start:][row].astype("datetime64[ns]"), "ticker": names[column]})
    table = table.assign(**dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), price), Volume=np.nan)
    report = check(table, calendar=EXCHANGE)
    prices, close = market.prices.copy(), market.close.copy()
    mended = report.repaired["Adj Close"].to_numpy(dtype=float)
    changed = ~((mended == price) | np.isnan(mended))
    prices[start + row[changed], column[changed]] = mended[changed]
    last = np.isfinite(prices[-1])
    close[last] = prices[-1, last]
    errors = report.findings.loc[report.findings["severity"] == "error"]
    applied = errors["applied"].astype(bool)
    repaired, unproven = (
        sorted({f"{ticker} {first}" for ticker, first in zip(part["ticker"], part["first"], strict=True)})
        for part in (errors.loc[applied], errors.loc[~applied])
    )
    mended_market = Market(market.name, market.dates, market.names, prices, close, market.volume, market.facts)
    return feeds.Checked(mended_market, len(table), report.to_dict()["findings"], repaired, unproven)


def _without(market: Market, names: tuple[str, ...]) -> Market:
    keep = np.array([name not in names for name in market.names])
    if keep.all():
        return market
    kept = tuple(name for name in market.names if name not in names)
    return Market(market.name, market.dates, kept, market.prices[:, keep], market.close[keep], market.volume[keep],
                  market.facts)  # fmt: skip


def _verdict(market: Market, found: feeds.Checked, job: Job) -> list[Gate]:
    """Gates of a panel; the product is filled in for each that reads it."""
    name, session = market.name, job.day.isoformat()
    if market.last < job.day:
        return [gate("data", "", "fallback", "data_late", panel=name, last=market.last, session=session)]
    gates = [_completeness(market, session)]
    known = [one for one in found.unproven if one.split(" ")[0] not in job.exclude]
    if found.repaired:
        told = {"panel": name, "cells": len(found.repaired), "shown": shown(found.repaired)}
        gates.append(gate("integrity", "", "flagged", "repaired", **told))
    if known:
        gates.append(gate("integrity", "", "stopped", "unproven", panel=name, count=len(known), shown=shown(known)))
    jumps = _jumps(market)
    if jumps:
        gates.append(gate("integrity", "", "stopped", "jump", panel=name, shown=shown(jumps)))
    if not found.repaired and not known and not jumps:
        gates.append(gate("integrity", "", "passed", "checked", rows=f"{found.rows:,}", findings=len(found.findings)))
    if market.survivors:
        gates.append(gate("hindsight", "", "flagged", "hindsight", survivors=market.survivors))
    if market.facts["adjusted"]:
        gates.append(gate("prices", "", "flagged", "adjusted_prices"))
    return gates


def _completeness(market: Market, session: str) -> Gate:
    before = np.isfinite(market.prices[-6:-1]).any(axis=0) if len(market.dates) > 1 else market.priced
    lost = [name for name, gone in zip(market.names, before & ~market.priced, strict=True) if gone]
    told = {"panel": market.name, "missing": len(lost), "names": int(before.sum()), "session": session}
    if len(lost) > HALF * before.sum():
        return gate("data", "", "fallback", "half_file", shown=shown(lost), **told)
    if lost:
        return gate("data", "", "flagged", "names_missing", shown=shown(lost), **told)
    return gate("data", "", "passed", "data_passed", names=int(market.priced.sum()), session=session)


def _jumps(market: Market) -> list[str]:
    if len(market.dates) < 2:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        move = market.prices[-1] / market.prices[-2]
    return [f"{market.names[at]} x{move[at]:.3g}" for at in np.flatnonzero((move > MOVE) | (move < 1.0 / MOVE))]


# --- features, weights, rules


def features(state: State) -> Payload:
    """Signals of every model from what was taken in, behind the guard."""
    arrays: dict[str, np.ndarray] = {}
    facts: dict[str, Any] = {"products": {}}

    def work(account: Account) -> None:
        if account.kind != "momentum":
            return
        found = models.momentum_features(
            account, state.job.day, state.panel(account), state.taken("ingest", account)
        )
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
        state.tell(gate("model", account.key, "passed", "model_passed", decided=found.decided, lines=len(found.weights)))

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
    reason = " ".join(one.reason for one in state.gates_so_far() if one.product == account.key and one.state == "fallback")
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
    listed = [
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
