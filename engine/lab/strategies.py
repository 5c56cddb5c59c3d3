"""Declarative strategies: frozen settings that say which weights to hold at the close of a date.

Every row of weights is computed from prices up to and including its date, and from nothing later.
An asset without a price at each of the dates a rule looks at has a weight of zero there; the
others are computed without it. Dates at which no asset has enough history are left out, and so
are counted by the rows that are missing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.lab.panels import PricePanel
from engine.lab.settings import Parameter, Settings, made
from engine.sources import Finding

Array = np.ndarray

WINDOW = Parameter("window", "int", 120, low=12, high=2520, step=1, unit="periods")
CAP = Parameter("cap", "float", 1.0, low=0.01, high=1.0, step=0.01, unit="share")


@dataclass(frozen=True)
class Strategy(Settings, ABC):
    """Settings of one rule; a new one gives ``ready`` and ``decide`` and registers itself.

    Attributes
    ----------
    heavy : bool
        Takes more than about 0.2 s for a panel's month ends: belongs behind a button.
    """

    heavy: ClassVar[bool] = False

    @property
    def lookahead(self) -> bool:
        """True where weights rest on what was not known at their date; ``notes`` says on what."""
        return False

    def notes(self, panel: PricePanel) -> tuple[Finding, ...]:
        """What a reader must know about these weights on this panel."""
        return ()

    @abstractmethod
    def ready(self, panel: PricePanel) -> Array:
        """Dates of the panel at which weights can be decided, array of bool, shape (T,)."""

    @abstractmethod
    def decide(self, panel: PricePanel, rows: Array) -> Array:
        """Weights at ready rows of the panel, shape (k, n), from prices up to each row."""

    def first_date(self, panel: PricePanel) -> pd.Timestamp | None:
        """The first date with weights; None if the panel is too short."""
        found = np.flatnonzero(self.ready(panel))
        return panel.dates[found[0]] if len(found) else None

    def targets(self, panel: PricePanel, dates: pd.DatetimeIndex) -> pd.DataFrame:
        """Weights to hold, known at the close of each date.

        Parameters
        ----------
        dates : DatetimeIndex, shape (k,)
            Dates of the panel, increasing.

        Returns
        -------
        DataFrame, shape (at most k, n)
            Columns of the panel; weights from 0, rows with a sum of at most 1 (the rest is cash).
            Dates with too little history have no row.

        Raises
        ------
        BadInput
            A date that is not in the panel, dates out of order, or settings that do not fit the panel.
        """
        rows = positions(panel, dates)
        rows = rows[self.ready(panel)[rows]]
        weights = self.decide(panel, rows) if len(rows) else np.empty((0, len(panel.assets)))
        return pd.DataFrame(weights, index=panel.dates[rows], columns=panel.prices.columns)


STRATEGIES: dict[str, type[Strategy]] = {}
"""Every strategy by name."""


def register(kind: type[Strategy]) -> type[Strategy]:
    """Add a strategy to ``STRATEGIES`` (a class decorator)."""
    if STRATEGIES.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"two strategies named {kind.name}")
    return kind


def strategy(given: Mapping[str, Any]) -> Strategy:
    """The strategy of a mapping with its ``name`` and fields; see :func:`engine.lab.settings.made`."""
    return made(STRATEGIES, "strategy", given)


def positions(panel: PricePanel, dates: pd.DatetimeIndex) -> Array:
    """Rows of the panel at the dates.

    Raises
    ------
    BadInput
        A date is not in the panel, or they are not unique and increasing.
    """
    rows = np.asarray(panel.dates.get_indexer(dates))
    if (rows < 0).any():
        raise BadInput(
            "range_outside", field="dates", value=dates[rows < 0][0], first=panel.dates[0].date(), last=panel.as_of
        )
    late = np.flatnonzero(np.diff(rows) <= 0)
    if len(late):
        raise BadInput("bad_index", field="dates", value=dates[late[0] + 1].date())
    return rows


def with_history(panel: PricePanel, window: int) -> Array:
    """True where an asset has a price at a date and at each of the ``window`` dates before, shape (T, n)."""
    known = ~np.isnan(panel.prices.to_numpy())
    count = np.vstack([np.zeros(known.shape[1], int), known.cumsum(axis=0)])
    full = np.zeros(known.shape, bool)
    full[window:] = count[window + 1 :] - count[: -window - 1] == window + 1
    return full


def _equal(chosen: Array) -> Array:
    """Equal weights of the assets that are True in each row."""
    return np.asarray(chosen / chosen.sum(axis=1, keepdims=True))


@register
@dataclass(frozen=True)
class FixedWeights(Strategy):
    """The same weights at every date, as pairs of asset and weight; what is missing to one is cash.

    The share of an asset that has no price at a date stays in cash there.
    """

    name: ClassVar[str] = "fixed_weights"
    weights: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        given = self.weights.items() if isinstance(self.weights, Mapping) else self.weights
        try:
            pairs = tuple((str(asset), weight) for asset, weight in given)
        except (TypeError, ValueError) as error:
            raise BadInput(
                "bad_number", field="weights", value=self.weights, accepted="pairs of asset and weight"
            ) from error
        if not pairs:
            raise BadInput("empty_choice", field="weights")
        for asset, weight in pairs:
            Parameter(f"weight of {asset}", "float", 0.0, low=0.0, high=1.0).check(weight)
        assets = [asset for asset, _ in pairs]
        if len(set(assets)) < len(assets):
            raise BadInput("bad_number", field="weights", value=", ".join(assets), accepted="every asset once")
        total = sum(weight for _, weight in pairs)
        if not 0 < total <= 1 + 1e-9:
            raise BadInput("bad_number", field="weights", value=f"a sum of {total:g}", accepted="above 0, up to 1")
        object.__setattr__(self, "weights", tuple((asset, float(weight)) for asset, weight in pairs))

    def ready(self, panel: PricePanel) -> Array:
        return np.asarray((~np.isnan(panel.prices.to_numpy()) & (self._row(panel) > 0)).any(axis=1))

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        return np.where(np.isnan(panel.prices.to_numpy()[rows]), 0.0, self._row(panel))

    def _row(self, panel: PricePanel) -> Array:
        row = np.zeros(len(panel.assets))
        for asset, weight in self.weights:
            if asset not in panel.assets:
                raise BadInput("unknown_choice", field="weights", value=asset, accepted=", ".join(panel.assets))
            row[panel.assets.index(asset)] = weight
        return row


@register
@dataclass(frozen=True)
class EqualWeight(Strategy):
    """The same weight in every asset that has a price at the date."""

    name: ClassVar[str] = "equal_weight"

    def ready(self, panel: PricePanel) -> Array:
        return np.asarray((~np.isnan(panel.prices.to_numpy())).any(axis=1))

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        return _equal(~np.isnan(panel.prices.to_numpy()[rows]))


@register
@dataclass(frozen=True)
class FactorMomentum(Strategy):
    """Equal weights in the ``held`` assets with the highest return over the past ``months``, none skipped.

    Returns compound from price to price (21 sessions a month on a daily panel). Of equal returns
    the earlier column is taken. Where fewer assets have that much history, all of them are held.
    ``engine.factors.rivals.factor_momentum`` adds up active returns instead and takes the later
    column, so the two differ where the order of a sum is not the order of a product.
    """

    name: ClassVar[str] = "factor_momentum"
    months: int = 12
    held: int = 3

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (
            Parameter("months", "int", 12, low=1, high=60, step=1, unit="months"),
            Parameter("held", "int", 3, low=1, high=50, step=1, unit="assets"),
        )

    def ready(self, panel: PricePanel) -> Array:
        if self.held > len(panel.assets):
            raise BadInput("bad_number", field="held", value=self.held, accepted=f"1 to {len(panel.assets)} assets")
        return np.asarray(with_history(panel, panel.periods(self.months)).any(axis=1))

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        window, level = panel.periods(self.months), panel.prices.to_numpy()
        able = with_history(panel, window)[rows]
        past = np.where(able, level[rows] / level[rows - window], -np.inf)
        order = np.argsort(-past, axis=1, kind="stable")
        rank = np.argsort(order, axis=1, kind="stable")
        return _equal(able & (rank < self.held))


@dataclass(frozen=True)
class Windowed(Strategy):
    """Weights fitted on the returns of the last ``window`` periods, for the assets that have them all."""

    window: int = 120

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (WINDOW,)

    @property
    def _needed(self) -> int:
        """Fewest assets with which the rule has an answer."""
        return 1

    @abstractmethod
    def _fit(self, returns: Array, ends: Array) -> Array:
        """Weights (k, n) from the ``window`` rows of returns (T, n) before each end."""

    def ready(self, panel: PricePanel) -> Array:
        if self._needed > len(panel.assets):
            least = 1.0 / len(panel.assets)
            raise BadInput("bad_number", field="cap", value=getattr(self, "cap", 1.0), accepted=f"{least:g} to 1")
        return np.asarray(with_history(panel, self.window).sum(axis=1) >= self._needed)

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        returns, able = panel.returns.to_numpy(), with_history(panel, self.window)[rows]
        weights = np.zeros(able.shape)
        sets, member = np.unique(able, axis=0, return_inverse=True)
        for which, assets in enumerate(sets):
            mine = np.flatnonzero(member.ravel() == which)
            # Row d of the prices knows the returns in rows below d.
            first, ends = rows[mine[0]] - self.window, rows[mine]
            known = np.ascontiguousarray(returns[first : ends[-1], assets])
            weights[np.ix_(mine, np.flatnonzero(assets))] = self._fit(np.nan_to_num(known), ends - first)
        return weights


@register
@dataclass(frozen=True)
class RiskParity(Windowed):
    """Equal contributions to variance (Maillard, Roncalli and Teiletche 2010)."""

    name: ClassVar[str] = "risk_parity"

    def _fit(self, returns: Array, ends: Array) -> Array:
        from engine.optimise import risk_parity

        return risk_parity(returns, ends, self.window)


@dataclass(frozen=True)
class _Capped(Windowed):
    """Windowed weights of at most ``cap`` each."""

    cap: float = 1.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (WINDOW, CAP)

    @property
    def _needed(self) -> int:
        return ceil(1.0 / self.cap - 1e-9)


@register
@dataclass(frozen=True)
class MinimumVariance(_Capped):
    """The least variance, long only (Markowitz 1952)."""

    name: ClassVar[str] = "minimum_variance"

    def _fit(self, returns: Array, ends: Array) -> Array:
        from engine.optimise import minimum_variance

        return minimum_variance(returns, ends, self.window, cap=self.cap)


@register
@dataclass(frozen=True)
class MeanVariance(_Capped):
    """The most mean - ``risk_aversion`` x variance, long only (Markowitz 1952), with the means of the window."""

    name: ClassVar[str] = "mean_variance"
    risk_aversion: float = 2.0

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (WINDOW, CAP, Parameter("risk_aversion", "float", 2.0, low=0.1, high=100.0, step=0.1))

    def _fit(self, returns: Array, ends: Array) -> Array:
        from engine.optimise import mean_variance

        return mean_variance(returns, ends, self.window, self.risk_aversion, cap=self.cap)


@register
@dataclass(frozen=True)
class Hierarchical(Windowed):
    """Hierarchical risk parity (Lopez de Prado 2016) as skfolio computes it: variance, distance of correlations."""

    name: ClassVar[str] = "hierarchical"
    heavy: ClassVar[bool] = True

    def _fit(self, returns: Array, ends: Array) -> Array:
        if returns.shape[1] == 1:
            return np.ones((len(ends), 1))
        from skfolio.optimization import HierarchicalRiskParity

        weights = np.empty((len(ends), returns.shape[1]))
        for row, end in enumerate(ends):
            past = returns[end - self.window : end]
            if (np.ptp(past, axis=0) == 0).any():
                raise BadInput(
                    "bad_number",
                    field="returns",
                    value="an asset that never moves in the window",
                    accepted="returns that vary",
                )
            weights[row] = HierarchicalRiskParity().fit(past).weights_
        return weights
