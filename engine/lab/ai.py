"""Weights that trained models decided: the committed artifacts', and those of their last policy on newer data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.sleeves import ETF_OF, UNIVERSES
from engine.lab.panels import PricePanel
from engine.lab.settings import Parameter
from engine.lab.strategies import Array, Strategy, register
from engine.sources import Finding

if TYPE_CHECKING:
    from engine.factors.live import Live


@register
@dataclass(frozen=True)
class AIWeights(Strategy):
    """The AI's weights: each date holds the newest decision known at it.

    A decision of a month end is known at the close of that month's last New York session, a day
    that the exchange's calendar fixes in advance. ``full`` needs the eight sleeves, ``factor_etf``
    the five factor ETFs. The weights are data: they change only with the artifact, whose models
    were fitted walk-forward and are audited by ``python -m engine audit``; under a stored snapshot
    ``factor_etf`` goes on with the decisions of its last policy (``engine.factors.live``).
    """

    name: ClassVar[str] = "ai_weights"
    universe: str = "full"

    @classmethod
    def parameters(cls) -> tuple[Parameter, ...]:
        return (Parameter("universe", "choice", "full", choices=("full", "factor_etf")),)

    @classmethod
    def suited(cls, panel: PricePanel) -> AIWeights | None:
        """The AI whose assets the panel holds; None if there is none."""
        chosen = (cls(universe) for universe in ("full", "factor_etf"))
        return next((item for item in chosen if set(item.assets) <= set(panel.assets)), None)

    @property
    def assets(self) -> list[str]:
        """Names of the assets that it holds."""
        return [ETF_OF[name] if self.universe == "factor_etf" else name for name in UNIVERSES[self.universe]]

    def notes(self, panel: PricePanel) -> tuple[Finding, ...]:
        told = "weights are those of the committed artifact, decided walk-forward; they change only with it"
        kept = Finding("committed", "info", told)
        going = self._live()
        if going is None:
            return (kept, *self._stale(panel))
        return (kept, *going.findings, *self._stale(panel))

    def _stale(self, panel: PricePanel) -> tuple[Finding, ...]:
        """A warning where prices go on for more than a month after the newest decision."""
        newest = pd.Timestamp(self._decided().index[-1])
        if panel.dates[-1] <= newest + pd.offsets.MonthEnd(1):
            return ()
        told = f"the newest decision is of {newest.date()}; after {(newest + pd.offsets.MonthEnd(1)).date()} it is held without a new one"
        return (Finding("decisions_end", "warning", told),)

    def ready(self, panel: PricePanel) -> Array:
        missing = [name for name in self.assets if name not in panel.assets]
        if missing:
            raise BadInput("unknown_choice", field="universe", value=missing[0], accepted=", ".join(panel.assets))
        return np.asarray(self._newest(panel.dates) >= 0)

    def decide(self, panel: PricePanel, rows: Array) -> Array:
        decided = self._decided().set_axis(self.assets, axis=1).reindex(columns=panel.prices.columns, fill_value=0.0)
        weights = decided.to_numpy(dtype=float)[self._newest(panel.dates[rows])]
        return np.where(np.isnan(panel.prices.to_numpy()[rows]), 0.0, weights)

    def _decided(self) -> pd.DataFrame:
        from engine.factors.artifacts import open_artifact

        going = self._live()
        decided = going.weights if going is not None else open_artifact(self.universe).weights["ai"]
        return decided[list(UNIVERSES[self.universe])]

    def _live(self) -> Live | None:
        from engine.factors.live import live

        return live(self.universe)

    def _newest(self, dates: pd.DatetimeIndex) -> Array:
        """Row of the newest decision known at each date; -1 before the first."""
        known = last_sessions(pd.DatetimeIndex(self._decided().index))
        return np.asarray(known.searchsorted(dates, side="right")) - 1


def last_sessions(months: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Last New York session of each month: its last weekday that is neither Good Friday nor Memorial Day.

    No other regular holiday falls on the last weekday of a month.
    """
    from pandas.tseries.holiday import AbstractHolidayCalendar, GoodFriday, USMemorialDay

    calendar = AbstractHolidayCalendar(rules=[GoodFriday, USMemorialDay])
    closed = calendar.holidays(months[0] - pd.Timedelta(days=31), months[-1])
    starts = months.to_numpy().astype("datetime64[M]")
    after = (starts + 1).astype("datetime64[D]")
    last = np.busday_offset(after, -1, roll="forward", holidays=closed.to_numpy().astype("datetime64[D]"))
    return pd.DatetimeIndex(last)
