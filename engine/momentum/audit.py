"""Does the look-back or a holding know the future? The same questions for the honest rule and for planted mistakes.

Truncation: cut prices, spells and published factors at t and decide again; nothing up to t may change. Poison: replace
everything after t by noise; nothing up to t may change. Planted mistakes must be caught by the same comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd

from engine.errors import Infeasible
from engine.momentum.decide import schedule, signals, targets
from engine.momentum.factors import Factors
from engine.momentum.lookback import choose, combined
from engine.momentum.panel import StockPanel
from engine.momentum.settings import Config

TOLERANCE = 1e-6
"""Largest change of a weight that is rounding; a name that comes or goes moves one by far more."""


@dataclass(frozen=True)
class Leak:
    """A planted mistake: how far it moved the past, and whether the comparison saw it."""

    name: str
    max_diff: float
    caught: bool


@dataclass(frozen=True)
class Audit:
    """Largest changes of past look-back weights and holdings, over cuts; decimals."""

    truncation_lookback: float
    truncation_holdings: float
    poison_lookback: float
    poison_holdings: float
    cuts: tuple[str, ...]
    leaks: tuple[Leak, ...]

    @property
    def passed(self) -> bool:
        moved = (self.truncation_lookback, self.truncation_holdings, self.poison_lookback, self.poison_holdings)
        return max(moved) <= TOLERANCE and all(leak.caught for leak in self.leaks)

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"passed": self.passed}


def run(panel: StockPanel, model: Factors, config: Config, cuts: Sequence[str | pd.Timestamp]) -> Audit:
    """The audit of one configuration on one panel at some month ends."""
    whole = decided(panel, model, config)
    moved: list[tuple[float, float, float, float]] = []
    for text in cuts:
        cut = pd.Timestamp(text)
        shorter = decided(panel.until(cut), model.until(cut), config)
        noisy = decided(*poison(panel, model, cut), config)
        moved.append((*_changes(whole, shorter, cut), *_changes(whole, noisy, cut)))
    worst = np.max(np.array(moved), axis=0)
    found = leaks(panel, model, config, pd.Timestamp(cuts[0]))
    told = tuple(f"{pd.Timestamp(cut):%Y-%m-%d}" for cut in cuts)
    return Audit(float(worst[0]), float(worst[1]), float(worst[2]), float(worst[3]), told, found)


def decided(panel: StockPanel, model: Factors, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look-back weights by month end, and target weights by rebalancing day."""
    found = signals(panel, model, config)
    choice = pd.DataFrame(found.choice, index=found.months.ends, columns=found.past.lookbacks)
    try:
        when = schedule(panel, found, config)
    except Infeasible:
        return choice, pd.DataFrame(columns=panel.prices.columns, dtype=float)
    return choice, targets(panel, found.months, found.rank, when, config)


def _changes(
    whole: tuple[pd.DataFrame, pd.DataFrame], other: tuple[pd.DataFrame, pd.DataFrame], cut: pd.Timestamp
) -> tuple[float, float]:
    return change(whole[0], other[0], cut), change(whole[1].fillna(0.0), other[1].fillna(0.0), cut)


def change(whole: pd.DataFrame, other: pd.DataFrame, cut: pd.Timestamp) -> float:
    """Largest absolute change up to the cut; a row or a value on one side only is a change of one.

    A column that one side lacks counts as zero there: a name that has not been listed yet.
    """
    ours, theirs = whole.loc[whole.index <= cut], other.loc[other.index <= cut]
    if not ours.index.equals(theirs.index):
        return 1.0
    if ours.empty:
        return 0.0
    columns = ours.columns.union(theirs.columns)
    a, b = (table.reindex(columns=columns, fill_value=0.0).to_numpy(dtype=float) for table in (ours, theirs))
    moved = np.where(np.isnan(a) != np.isnan(b), 1.0, np.abs(np.nan_to_num(a) - np.nan_to_num(b)))
    return float(moved.max())


def poison(panel: StockPanel, model: Factors, cut: pd.Timestamp, seed: int = 0) -> tuple[StockPanel, Factors]:
    """The panel and its factors with everything after the cut (or published after it) multiplied by noise."""
    random = np.random.default_rng(seed)
    prices = panel.prices.copy()
    later = prices.index > cut
    prices.loc[later] = prices.loc[later].to_numpy() * random.uniform(0.5, 2.0, prices.loc[later].shape)
    table = model.table.copy()
    unknown = ~table.index.isin(model.until(cut).table.index)
    table.loc[unknown] = table.loc[unknown].to_numpy() * random.uniform(-3.0, 3.0, table.loc[unknown].shape)
    return replace(panel, prices=prices), replace(model, table=table)


Planted = Callable[[StockPanel, Factors, Config], pd.DataFrame]


def leaks(panel: StockPanel, model: Factors, config: Config, cut: pd.Timestamp) -> tuple[Leak, ...]:
    """Mistakes that people make with momentum, each put in on purpose.

    Survivors can only be told where a name ends after the cut; without one that plant is left out.
    """
    planted: dict[str, Planted] = {
        "same_month_outcome": _same_month,
        "full_sample_lookback": _full_sample,
        "unpublished_factors": _unpublished,
    }
    if (panel.delisted > cut).any():
        planted["survivors_only"] = _survivors
    return tuple(plant(name, rule, panel, model, config, cut) for name, rule in planted.items())


def plant(name: str, rule: Planted, panel: StockPanel, model: Factors, config: Config, cut: pd.Timestamp) -> Leak:
    """Whether a rule's past moves when the future is cut off."""
    moved = change(rule(panel, model, config), rule(panel.until(cut), model.until(cut), config), cut)
    return Leak(name, moved, moved > TOLERANCE)


def honest(panel: StockPanel, model: Factors, config: Config) -> pd.DataFrame:
    """The blend as it is used: it must not be caught."""
    return _months(panel, model, replace(config, signal="residual", method="blend"), known=1)


def _months(panel: StockPanel, model: Factors, config: Config, known: int) -> pd.DataFrame:
    found = signals(panel, model, config, known=known)
    return pd.DataFrame(found.choice, index=found.months.ends, columns=found.past.lookbacks)


def _same_month(panel: StockPanel, model: Factors, config: Config) -> pd.DataFrame:
    """The look-back chosen with the outcome of the month that is being decided."""
    return _months(panel, model, replace(config, signal="residual", method="blend"), known=0)


def _full_sample(panel: StockPanel, model: Factors, config: Config) -> pd.DataFrame:
    """One look-back for all months: shares by mean outcome over the whole sample."""
    found = signals(panel, model, config)
    there = np.isfinite(found.past.top).all(axis=1)
    mean = found.past.top[there].mean(axis=0)
    return pd.DataFrame(
        np.tile(mean / np.abs(mean).sum(), (len(found.months.ends), 1)),
        index=found.months.ends,
        columns=config.lookbacks,
    )


def _unpublished(panel: StockPanel, model: Factors, config: Config) -> pd.DataFrame:
    """Ranks with the residual of the month before, whose factors come out later."""
    found = signals(panel, model, config)
    early = np.full(found.residual.returns.shape, np.nan)
    early[:-1] = found.residual.returns[1:]
    choice = choose(found.past, "fixed", fixed=config.fixed)
    rank = combined(early, found.eligible, choice, found.months.caps, config.lookbacks)
    return pd.DataFrame(rank, index=found.months.ends, columns=panel.prices.columns).dropna(axis=1, how="all")


def _survivors(panel: StockPanel, model: Factors, config: Config) -> pd.DataFrame:
    """Ranks among the names that live to the end of the data."""
    gone = tuple(map(str, panel.delisted.dropna().index))
    lasting = panel.without(gone)
    found = signals(lasting, model, config)
    choice = choose(found.past, "fixed", fixed=config.fixed)
    rank = combined(found.residual.returns, found.eligible, choice, found.months.caps, config.lookbacks)
    return pd.DataFrame(rank, index=found.months.ends, columns=lasting.prices.columns).dropna(axis=1, how="all")
