"""A dry run of one product on a past rebalancing day, from the portfolio that it would have held."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd

from engine.rebalance.accounts import Account, accounts
from engine.rebalance.calendar import last_scheduled, scheduled, session_on, sessions
from engine.rebalance.history import Held
from engine.rebalance.job import plan
from engine.rebalance.models import panel_of
from engine.rebalance.run import RunResult, dry_run

YEARS = 10
"""Rebalancing days of so many years are offered."""


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """A dry run, and what it began from.

    Attributes
    ----------
    before : {"run", "dry", "cash"}
        The holdings of an approved run that is kept; those that a dry run of the rebalancing day before would have
        left; or the money of the first run alone.
    since : date or None
        The day of those holdings.
    seconds : float
        Wall clock of all of it.
    """

    found: RunResult
    before: Literal["run", "dry", "cash"]
    since: date | None
    seconds: float


def rehearse(product: str, day: date, *, snapshot: str | None = None, runs: Path | None = None) -> Rehearsal:
    """Dry-run a product on a session; nothing is kept.

    Raises
    ------
    BadInput
        An unknown product, or a session that has not closed.
    LookAhead
        Figures that were not known then reached a step.
    """
    began = time.perf_counter()
    job = plan([product], day, snapshot=snapshot, runs=runs)
    (account,) = job.products
    held, before = job.held.get(product), "run"
    if held is None:
        earlier = last_scheduled(account.rule, session_on(job.day - timedelta(days=1)).day)
        held = (
            None if earlier is None else _left(dry_run(plan([product], earlier, snapshot=snapshot, runs=runs)), product)
        )
        before = "cash" if held is None else "dry"
        job = job if held is None else replace(job, held={product: held})
    found = dry_run(job)
    since = None if held is None else held.day
    return Rehearsal(found, before, since, time.perf_counter() - began)  # type: ignore[arg-type]


def _left(found: RunResult, product: str) -> Held | None:
    """What the product would have held after a run; None where it got no portfolio."""
    book = found.books.get(product)
    if book is None or not book["holdings"]:
        return None
    day = date.fromisoformat(found.session)
    return Held(found.run_id, day, book["holdings"], book["cash"], book["target"], book["prices"])


def rehearsal_days(product: str) -> tuple[date, ...]:
    """Rebalancing days of a product that the data in use reach, the newest first; else the session of its prices."""
    (account,) = accounts([product])
    newest = _newest(account)
    if account.kind == "passive":  # its prices are of one session
        return (newest,)
    first = date(newest.year - YEARS, newest.month, 1)
    days = [stamp.date() for stamp in sessions(first, newest) if scheduled(account.rule, stamp.date())]
    return tuple(reversed(days)) or (newest,)


def _newest(account: Account) -> date:
    """The last session that everything the product reads reaches."""
    from engine.sources import load

    panel = panel_of(account)
    if panel is None:
        from engine.allocation.models import model
        from engine.allocation.universe import funds

        offered = funds(account.universe or "all", [str(name) for name in model(account.fund).index])
        return session_on(pd.DatetimeIndex(pd.to_datetime(offered.price_dates.dropna())).max().date()).day
    read = [panel, "french_factors"] if account.kind == "momentum" else [panel]
    return session_on(min(last for name in read if (last := load(name).last) is not None)).day
