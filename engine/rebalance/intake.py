"""The first two steps: take in what was known, and check and repair it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import LodestarError
from engine.integrity.check import check
from engine.rebalance import feed as feeds
from engine.rebalance import models
from engine.rebalance.accounts import Account
from engine.rebalance.calendar import EXCHANGE, NEW_YORK, session_on
from engine.rebalance.gates import Gate, gate, shown
from engine.rebalance.job import Job
from engine.rebalance.keep import Payload
from engine.rebalance.market import Market, from_snapshot, require_known
from engine.rebalance.models import Late
from engine.rebalance.state import State, by_panel

LOOK_BACK = 300
"""Sessions of a stored panel that are checked again each day; older ones were, and nothing moves them."""

MOVE = 4.0
"""A price that many times higher or lower than on the session before is explained by somebody, or not traded."""

HALF = 0.2
"""Share of names without a price beyond which a file counts as half a file."""

OLD_RATE = 45
"""Days after which an exchange rate is told to be old: the table of rates is monthly."""


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
    for name, users in by_panel(job).items():
        state.each(users[:1], "data", partial(_prices, state, name, arrays, facts))
        for found in [one for one in state.gates if one.halts and one.product == users[0].key]:
            state.tell(*(replace(found, product=other.key) for other in users[1:]))
    state.each(state.live(), "model", lambda account: _admit(account, job.day, arrays, facts))
    state.each(list(job.products), "fx", lambda account: _rate(state, account, facts))
    return Payload(facts, arrays)


def _prices(state: State, name: str, arrays: dict[str, np.ndarray], facts: dict[str, Any], _: Account) -> None:
    job = state.job
    if job.feed is not None and feeds.serves(job.feed, name):
        try:
            found = feeds.open_feed(job.feed)
            if found.session != job.day:
                raise Late("feed", "feed_day", given=found.session, session=job.day)
            facts["feeds"][name] = {file: _sealed(found, file) for file in found.of(name)}
        except LodestarError as error:
            raise Late("feed", "feed_unusable", file=error.value, problem=error.params.get("reason", "")) from error
        if not facts["feeds"][name]:
            raise Late("feed", "feed_unusable", file=name, problem="the control file names no file of it")
        return
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
    for name, users in by_panel(state.job).items():
        left = [account for account in users if not state.halted(account.key)]
        if not left:
            continue
        trouble: list[Gate] = []
        state.each(left[:1], "integrity", partial(_checked, state, name, arrays, facts, trouble))
        stops = [one for one in state.gates if one.halts and one.product == left[0].key and one not in trouble]
        for other in left[1:]:
            state.tell(*(replace(one, product=other.key) for one in stops))
        state.tell(*(replace(one, product=account.key) for one in trouble for account in left))
    return Payload(facts, arrays)


def _checked(
    state: State, name: str, arrays: dict[str, np.ndarray], facts: dict[str, Any], told: list[Gate], _: Account
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
