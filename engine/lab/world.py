"""The world portfolio on the blocks that a panel holds, as it is and tilted by constant wishes."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.lab.panels import PricePanel
from engine.lab.settings import Parameter
from engine.lab.strategies import WINDOW, Array, Strategy, register, with_history
from engine.sources import Finding

if TYPE_CHECKING:
    from engine.world.tilt import Tilted

ASSUMED_LAG = pd.DateOffset(months=12)
"""Until a split with no known publication date counts as known; the rule of ``engine.world.anchors``."""

_VINTAGE = Parameter("vintage", "choice", False, choices=(False, True))


def _scope() -> Parameter:
    from engine.world.sizes import SCOPE_SETS

    return Parameter("scope", "choice", "full", choices=tuple(SCOPE_SETS))


@register
@dataclass(frozen=True)
class WorldPortfolio(Strategy):
    """Market weights of the world's blocks that the panel holds by name, in proportion to their sizes.

    A block that is not in the panel, or has no price at the date, is left out and the rest sums to
    one; :meth:`coverage` says how much of the world that is. Assets that are no block have weight
    zero. In hindsight sizes are joined from all that is known today, so they look ahead, within the
    span of the sizes found. In vintage mode a date uses the sizes published by then, and begins when
    all classes and the split of every block held had been published (twelve months after its date
    where no day of publication is known).
    """

    name: ClassVar[str] = "world_portfolio"
    vintage: bool = False
    scope: str = "full"

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (_VINTAGE, _scope())

    @property
    def lookahead(self) -> bool:
        return not self.vintage

    def notes(self, panel: PricePanel) -> tuple[Finding, ...]:
        told = []
        if self.lookahead:
            hindsight = "market sizes and their splits are those known today: the weights look ahead"
            told.append(Finding("lookahead", "warning", hindsight))
        dates = panel.dates[self.ready(panel)]
        if len(dates):
            share = self.coverage(panel, dates[-1:]).iloc[0]
            text = f"the panel holds {share:.0%} of the world portfolio by size ({dates[-1].date()}); weights are renormalised over it"
            told.append(Finding("coverage", "warning", text))
        return tuple(told)

    def ready(self, panel: PricePanel) -> Array:
        first, last = self._span(panel)
        inside = (panel.dates >= first) & (panel.dates <= last)
        return np.asarray(inside & ~np.isnan(panel.prices[_blocks(panel)].to_numpy()).all(axis=1))

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        sizes = self._sizes(panel, rows)
        weights = sizes.div(sizes.sum(axis=1), axis=0)
        return np.asarray(weights.reindex(columns=panel.prices.columns, fill_value=0.0).to_numpy())

    def coverage(self, panel: PricePanel, dates: pd.DatetimeIndex) -> pd.Series:
        """Share of the world portfolio, decimal, in the blocks that the panel holds with a price at each date."""
        rows = panel.dates.get_indexer(dates)
        return self._sizes(panel, np.asarray(rows)).sum(axis=1).rename("coverage")

    def _sizes(self, panel: PricePanel, rows: Array) -> pd.DataFrame:
        """Shares of the whole world by block held; zero where a block has no price."""
        from engine.world.blocks import bond_split, equity_split
        from engine.world.sizes import world_paths

        held, dates = _blocks(panel), panel.dates[rows]
        include = ("gold",) if "gold" in held else ()
        paths = world_paths(dates, vintage=self.vintage, scopes=self.scope, include=include)
        sizes = pd.DataFrame({name: path.table["usd_bn"] for name, path in paths.items()})
        shares = sizes.div(sizes.sum(axis=1), axis=0)
        for split in (equity_split(), bond_split()):
            for block, part in split.shares.items():
                shares[block] = part * shares[split.asset_class]
        found = shares.reindex(columns=held, fill_value=0.0)
        return found.where(panel.prices[held].iloc[rows].notna().to_numpy(), 0.0)

    def _span(self, panel: PricePanel) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day with weights."""
        from engine.world.sizes import span, world_paths

        held = _blocks(panel)
        first, last = (pd.Timestamp(day) for day in span(self.scope))
        if not self.vintage:
            return first, last
        include = ("gold",) if "gold" in held else ()
        paths = world_paths(panel.dates[-1:], vintage=True, scopes=self.scope, include=include)
        known = [pd.Timestamp(path.first_known) for path in paths.values()]
        return max([*known, *(_split_known(block) for block in held)]), last


def _blocks(panel: PricePanel) -> list[str]:
    """Blocks of the world that the panel holds, in the panel's order.

    Raises
    ------
    BadInput
        It holds none that has a market size.
    """
    held = world_blocks(panel)
    if not held:
        accepted = f"a panel with {', '.join(_sized())}"
        raise BadInput("unknown_choice", field="panel", value=panel.name, accepted=accepted)
    return held


def world_blocks(panel: PricePanel) -> list[str]:
    """Blocks of the world with a market size that the panel holds, in the panel's order; empty where none."""
    sized = _sized()
    return [name for name in panel.assets if name in sized]


def _sized() -> list[str]:
    from engine.world.blocks import BLOCKS

    return [name for name in BLOCKS if name != "commodities"]


def _split_known(block: str) -> pd.Timestamp:
    """Day from which the share of a block in its class counts as known; the rest needs all other shares."""
    from engine.world.blocks import bond_split, equity_split

    for split in (equity_split(), bond_split()):
        if block in split.shares:
            wanted = split.basis.values() if split.basis[block]["rest"] else [split.basis[block]]
            return max(pd.Timestamp(str(item["as_of"])) for item in wanted) + ASSUMED_LAG
    return pd.Timestamp.min


@register
@dataclass(frozen=True)
class EnhancedPassive(Strategy):
    """The world portfolio tilted by the same wishes at every date (``engine.world.tilt``).

    The market is :class:`WorldPortfolio` over the blocks with a full window; the covariance is that
    of their last ``window`` returns, a year. Wishes are those of ``engine.world.wishes`` but for
    the type ``prediction`` (its evidence was not known at the dates), ``holdings`` and
    ``turnover_limit`` (they speak of today).
    """

    name: ClassVar[str] = "enhanced_passive"
    heavy: ClassVar[bool] = True
    wishes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    window: int = 120
    vintage: bool = False
    scope: str = "full"

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (WINDOW, _VINTAGE, _scope())

    def __post_init__(self) -> None:
        from engine.world.wishes import Wishes

        super().__post_init__()
        own = Wishes.from_dict(dict(self.wishes) if isinstance(self.wishes, Mapping) else self.wishes)
        if own.type == "prediction":
            raise BadInput("unknown_choice", field="type", value=own.type, accepted="passive, preference, risk")
        for name in ("holdings", "turnover_limit"):
            if getattr(own, name) is not None:
                accepted = "type, preferences, exclude, gamma, bounds, tracking_error_budget"
                raise BadInput("unknown_choice", field="wishes", value=name, accepted=accepted)
        object.__setattr__(self, "wishes", deepcopy(dict(self.wishes)))

    @property
    def world(self) -> WorldPortfolio:
        """The portfolio that is tilted."""
        return WorldPortfolio(self.vintage, self.scope)

    @property
    def lookahead(self) -> bool:
        return self.world.lookahead

    def notes(self, panel: PricePanel) -> tuple[Finding, ...]:
        return self.world.notes(panel)

    def ready(self, panel: PricePanel) -> Array:
        able = with_history(panel, self.window)[:, [panel.assets.index(name) for name in _blocks(panel)]]
        return np.asarray(self.world.ready(panel) & able.any(axis=1))

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        answers = self.tilted(panel, rows)
        table = pd.DataFrame([answer.weights for answer in answers]).reindex(columns=panel.prices.columns)
        # The solver's limits hold to 1e-8; a weight below zero by less is zero.
        weights = np.maximum(np.nan_to_num(table.to_numpy(dtype=float)), 0.0)
        return np.asarray(weights / weights.sum(axis=1, keepdims=True))

    def tilted(self, panel: PricePanel, rows: Array) -> list[Tilted]:
        """The full answer at each ready row: cost, tracking error, wishes that had to be relaxed."""
        from engine.world.tilt import tilt
        from engine.world.wishes import Wishes

        wishes, held = Wishes.from_dict(dict(self.wishes)), _blocks(panel)
        market = pd.DataFrame(self.world.decide(panel, rows), columns=panel.prices.columns)[held]
        able = with_history(panel, self.window)
        returns = panel.returns[held].to_numpy()
        made = []
        for order, row in enumerate(rows):
            full = np.array([able[row, panel.assets.index(name)] for name in held])
            names = [name for name, is_full in zip(held, full, strict=True) if is_full]
            weights = market.iloc[order].loc[names]
            past = returns[row - self.window : row][:, full]
            covariance = np.atleast_2d(np.cov(past, rowvar=False)) * panel.periods_per_year
            made.append(tilt(wishes, weights / weights.sum(), pd.DataFrame(covariance, names, names)))
        return made
