"""Decisions: who may be ranked, how, over which look-back, and the weights that follow.

Everything at month end t uses prices to t, factors published by t, and outcomes known at t. ``audit`` holds it to that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import BadInput, Infeasible
from engine.momentum.caps import FEWEST
from engine.momentum.factors import Factors
from engine.momentum.hold import four_weeks, select, under_rules, wishes
from engine.momentum.lookback import History, choose, combined, history
from engine.momentum.panel import Months, StockPanel
from engine.momentum.residuals import Residuals, residuals
from engine.momentum.scores import SKIP, percentiles, size_buckets, total_return_scores
from engine.momentum.settings import Config
from engine.sources import Frequency

REASONS = ("not_member", "short_history", "missing_months", "constant")
"""Why a listed name is not ranked."""


@dataclass(frozen=True, eq=False)
class Signals:
    """Everything that is known month by month, m months and n names.

    Attributes
    ----------
    eligible : ndarray of bool, shape (m, n)
        May be ranked: the same names for every look-back and every rival.
    left_out : DataFrame
        Listed names by month end that are not ranked, counted by reason.
    choice : ndarray, shape (m, L)
        Weights over look-backs, NaN before there is a choice.
    rank : ndarray, shape (m, n)
        What names are chosen by, a share in (0, 1); NaN for names that may not be held.
    mean, spread : ndarray, shape (m, n), or None
        Forecast relative return and its spread over the ensemble, decimals; with ``signal="forecast"``.
    buckets : bool
        Whether names were ranked inside size buckets in any month.
    """

    months: Months
    residual: Residuals
    eligible: np.ndarray
    left_out: pd.DataFrame
    past: History
    choice: np.ndarray
    rank: np.ndarray
    buckets: bool
    mean: np.ndarray | None = None
    spread: np.ndarray | None = None


def signals(panel: StockPanel, factors: Factors, config: Config, *, known: int = 1) -> Signals:
    """Ranks of every month; ``known=0`` plants the mistake that the audit must catch.

    Raises
    ------
    Infeasible
        The panel has fewer than 16 names.
    BadInput
        Market values are asked for that the panel does not have, or settings that do not fit.
    """
    if len(panel.assets) < FEWEST:
        raise Infeasible("fund_rules_names", field="panel", value=len(panel.assets), accepted=FEWEST)
    if config.weighting == "cap" and panel.caps is None:
        raise BadInput("unknown_choice", field="weighting", value="cap", accepted="rank, equal (no market values here)")
    months = panel.months
    spreads, bill = factors.on(months.ends)
    found = residuals(months.returns, spreads, bill, window=config.window, least=config.least_window or None)
    eligible, left_out = _eligible(months, found, config, factors)
    past = history(
        found.returns, months.outcome, eligible, hold=config.hold, fewest=FEWEST, caps=months.caps,
        lookbacks=config.lookbacks,
    )  # fmt: skip
    mean = spread = None
    if config.signal == "forecast":
        from engine.momentum.forecast import forecast

        choice = choose(past, "fixed", fixed=config.fixed)
        mean, spread = forecast(months, found.returns, eligible, config)
        rank = percentiles(mean, eligible, size_buckets(months.caps, eligible))
    elif config.signal == "total_return":
        choice = choose(past, "fixed", fixed=config.fixed)
        rank = total_return_ranks(months, eligible)
    else:
        choice = _choice(months, past, config, known)
        rank = combined(found.returns, eligible, choice, months.caps, config.lookbacks)
    buckets = size_buckets(months.caps, eligible) is not None
    return Signals(months, found, eligible, left_out, past, choice, rank, buckets, mean, spread)


def _choice(months: Months, past: History, config: Config, known: int) -> np.ndarray:
    if config.method == "net":
        from engine.momentum.net import choose_by_state

        return choose_by_state(months, past, least=config.least_outcomes, known=known, seed=config.seed)
    return choose(past, config.method, least=config.least_outcomes, known=known, fixed=config.fixed)


def total_return_ranks(months: Months, eligible: np.ndarray) -> np.ndarray:
    """Ranks by plain 12-1 momentum, of the same names and in the same buckets."""
    return percentiles(total_return_scores(months.returns), eligible, size_buckets(months.caps, eligible))


def _eligible(months: Months, found: Residuals, config: Config, factors: Factors) -> tuple[np.ndarray, pd.DataFrame]:
    needed = config.longest - SKIP + 1
    there = np.isfinite(found.returns)
    count = np.cumsum(there, axis=0)
    full = np.zeros(there.shape, dtype=bool)
    newest = count[: max(len(count) - SKIP, 0)]
    window = newest.copy()
    window[needed:] -= newest[: max(len(newest) - needed, 0)]
    full[SKIP:] = window == needed
    still = _constant(months.returns, config.window)
    able = months.alive & months.member
    eligible = able & full & ~still
    age = np.cumsum(np.cumsum(months.alive, axis=0) > 0, axis=0)
    young = age < config.window + config.longest
    rows = {
        "listed": months.alive,
        "ranked": eligible,
        "not_member": months.alive & ~months.member,
        "short_history": able & ~full & young,
        "missing_months": able & ~full & ~young,
        "constant": able & full & still,
    }
    table = pd.DataFrame({name: mask.sum(axis=1) for name, mask in rows.items()}, index=months.ends)
    return eligible, table.loc[: factors.known_until]


def _constant(returns: np.ndarray, window: int) -> np.ndarray:
    """Whether every return of the window is zero: a price that does not move cannot be ranked."""
    moved = np.cumsum(np.nan_to_num(returns, nan=0.0) != 0.0, axis=0)
    before = np.zeros(moved.shape, dtype=moved.dtype)
    before[window:] = moved[:-window]
    return np.asarray(moved == before)


@dataclass(frozen=True, eq=False)
class Schedule:
    """When weights are set, and the month each day looks back to.

    Attributes
    ----------
    days : DatetimeIndex, shape (k,)
    rows : ndarray of int, shape (k,)
        Row of the newest month that was over.
    """

    days: pd.DatetimeIndex
    rows: np.ndarray


def schedule(panel: StockPanel, found: Signals, config: Config) -> Schedule:
    """Rebalancing days with a choice and at least 16 names to rank.

    Raises
    ------
    Infeasible
        No day has 16 names, or after the first one a day has fewer.
    BadInput
        No day lies in the period asked for.
    """
    ends = found.months.ends
    if panel.frequency == Frequency.MONTHLY:
        days = ends
    elif config.calendar == "monthly":
        days = found.months.sessions
    else:
        days = four_weeks(panel.dates)
    if panel.frequency == Frequency.DAILY and config.calendar == "monthly":
        rows = np.arange(len(ends))
    else:
        rows = ends.searchsorted(days, side="right") - 1
    ready = np.isfinite(found.rank).sum(axis=1)
    fresh = (rows >= 0) & ((days - ends[np.maximum(rows, 0)]).days <= 40)
    usable = fresh & (ready[np.maximum(rows, 0)] > 0)
    if not usable.any():
        raise Infeasible("momentum_history", field="panel", value=len(panel.assets), accepted=_needs(config))
    enough = usable & (ready[np.maximum(rows, 0)] >= FEWEST)
    if not enough.any():
        raise Infeasible("fund_rules_names", field="names with enough history", value=int(ready.max()), accepted=FEWEST)
    first, last = np.flatnonzero(enough)[0], np.flatnonzero(usable)[-1]
    inside = np.arange(len(days))
    inside = (inside >= first) & (inside <= last)
    if config.start:
        inside &= np.asarray(days >= pd.Timestamp(config.start))
    if config.end:
        inside &= np.asarray(days <= pd.Timestamp(config.end))
    if not inside.any():
        span = f"{config.start or ''} - {config.end or ''}"
        raise BadInput("range_outside", field="period", value=span, first=days[first].date(), last=days[last].date())
    return Schedule(days[inside], rows[inside])


def _needs(config: Config) -> str:
    months = config.window + config.longest + config.least_outcomes
    return f"{FEWEST} names with {config.window + config.longest} months, and {months} months in all"


def targets(panel: StockPanel, months: Months, rank: np.ndarray, when: Schedule, config: Config) -> pd.DataFrame:
    """Target weights by rebalancing day, shape (k, n), under the fund rules; what is missing to one is cash.

    A name needs a price and its membership on the day itself, beside the rank of the month before.

    Raises
    ------
    Infeasible
        Fewer than 16 names can be held on a day.
    """
    listed = panel.prices.loc[when.days].notna().to_numpy() & panel.members(when.days)
    held = np.zeros(rank.shape[1], dtype=bool)
    picks: list[np.ndarray] = []
    rows: list[np.ndarray] = []
    for order, row in enumerate(when.rows):
        able = np.where(listed[order], rank[row], np.nan)
        count = int(np.isfinite(able).sum())
        if count < FEWEST:
            field = f"names to hold on {when.days[order].date()}"
            raise Infeasible("fund_rules_names", field=field, value=count, accepted=FEWEST)
        held = select(able, held, config.hold, config.buffer)
        names = np.flatnonzero(held)
        names = names[np.argsort(-able[names], kind="stable")]  # equal wishes are settled by rank
        picks.append(names)
        rows.append(wishes(names, config.weighting, None if months.caps is None else months.caps[row]))
    weights = np.zeros((len(when.days), rank.shape[1]))
    for order, (names, row) in enumerate(zip(picks, under_rules(rows), strict=True)):
        weights[order, names] = row * (1.0 - config.cash)
    return pd.DataFrame(weights, index=when.days, columns=panel.prices.columns)


def equal_targets(panel: StockPanel, found: Signals, when: Schedule) -> pd.DataFrame:
    """Equal weights of every name that could be ranked, on the same days; fund rules left aside."""
    listed = panel.prices.loc[when.days].notna().to_numpy() & found.eligible[when.rows]
    return pd.DataFrame(
        listed / np.maximum(listed.sum(axis=1, keepdims=True), 1), index=when.days, columns=panel.prices.columns
    )
