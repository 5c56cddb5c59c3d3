"""Prices of a panel as they were known at the close of a session, from the snapshot or from a vendor's files.

The guard stands where figures come in and again where they are first used: what became known after the session
raises ``LookAhead`` and ends the run, whatever let it in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, LookAhead
from engine.momentum.panel import StockPanel
from engine.momentum.read import SURVIVORS, make
from engine.rebalance.keep import text_array
from engine.sources import Basis, Frequency, load
from engine.sources.known import known_on


@dataclass(frozen=True, eq=False)
class Market:
    """Prices of n names on T sessions.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
    names : tuple of str
    prices : ndarray, shape (T, n)
        Total-return levels, for signals; NaN where there is none.
    close : ndarray, shape (n,)
        The last price known of each name, for orders.
    volume : ndarray, shape (n,)
        Average daily volume, shares; NaN where it is not known.
    facts : dict
        Basis, currency, source, survivors, whether ``close`` is adjusted, splits (ISO day, name, ratio).
    """

    name: str
    dates: np.ndarray
    names: tuple[str, ...]
    prices: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> date:
        return pd.Timestamp(self.dates[-1]).date()

    @property
    def priced(self) -> np.ndarray:
        """Names with a price on the newest session, bool, shape (n,)."""
        return np.asarray(np.isfinite(self.prices[-1]))

    @property
    def survivors(self) -> str:
        return str(self.facts["survivors"])

    def arrays(self) -> dict[str, np.ndarray]:
        own = {"dates": self.dates, "prices": self.prices, "close": self.close, "volume": self.volume}
        every = own | {"names": text_array(list(self.names))}
        return {f"{self.name}.{key}": values for key, values in every.items()}

    @classmethod
    def of(cls, name: str, arrays: Any, facts: dict[str, Any]) -> Market:
        dates, prices, close, volume = (arrays[f"{name}.{key}"] for key in ("dates", "prices", "close", "volume"))
        names = tuple(str(one) for one in arrays[f"{name}.names"])
        return cls(name, dates, names, prices, close, volume, facts)

    def panel(self, without: tuple[str, ...] = ()) -> StockPanel:
        """The panel that the momentum room takes."""
        frame = pd.DataFrame(self.prices, pd.DatetimeIndex(self.dates, name="date"), list(self.names), copy=False)
        made = StockPanel(
            self.name, frame, Frequency.DAILY, Basis(self.facts["basis"]), self.facts["currency"],
            self.facts["source"], self.survivors,
        )  # fmt: skip
        return made.without(without) if without else made

    def price_of(self) -> dict[str, float]:
        return dict(zip(self.names, self.close.tolist(), strict=True))


def require_known(what: str, known: pd.DatetimeIndex, day: date) -> None:
    """The guard: every figure of a table was known by the close of the session.

    Parameters
    ----------
    known : DatetimeIndex
        The day on which each row became known (``engine.sources.known``).

    Raises
    ------
    LookAhead
        A row became known later.
    """
    late = known[known > pd.Timestamp(day)]
    if len(late):
        raise LookAhead("look_ahead", field="inputs", value=what, known=late.min().date(), day=day)


def until(frame: pd.DataFrame, known: pd.DatetimeIndex, day: date) -> pd.DataFrame:
    """Rows that were known by the close of a session."""
    return frame.loc[np.asarray(known <= pd.Timestamp(day))]


def from_snapshot(name: str, day: date) -> Market:
    """The panel of a data set, cut to what was known.

    Raises
    ------
    BadInput
        The data set holds no daily prices.
    MissingData
        It is missing, or has nothing so early.
    LookAhead
        The cut let something later through.
    """
    data = load(name)
    origin = data.provenance
    if origin.frequency != Frequency.DAILY:
        raise BadInput("unknown_choice", field="panel", value=name, accepted="a data set of daily prices")
    frame = data.frame.select_dtypes("number")
    rule = origin.rule(str(frame.columns[0]))
    cut = until(frame, known_on(pd.DatetimeIndex(frame.index), rule), day).dropna(axis=1, how="all")
    require_known(name, known_on(pd.DatetimeIndex(cut.index), rule), day)
    if not len(cut):
        raise BadInput("range_outside", field="date", value=day, first=data.first, last=data.last)
    panel = make(cut, name=name, frequency=Frequency.DAILY, basis=origin.basis, currency=origin.currency or "USD",
                 source=origin.source, survivors=SURVIVORS.get(name, ""), findings=data.findings)  # fmt: skip
    facts = {"basis": str(panel.basis), "currency": panel.currency, "source": panel.source,
             "survivors": panel.survivors, "adjusted": True, "splits": []}  # fmt: skip
    values = panel.prices.to_numpy(dtype=float)
    dates = panel.dates.to_numpy().astype("datetime64[D]")
    return Market(name, dates, tuple(panel.assets), values, newest(values), np.full(values.shape[1], np.nan), facts)


def newest(values: np.ndarray) -> np.ndarray:
    """The last finite value of each column, shape (n,); NaN for a column without one."""
    known = np.isfinite(values)
    row = len(values) - 1 - known[::-1].argmax(axis=0)
    return np.where(known.any(axis=0), np.take_along_axis(values, row[None, :], axis=0)[0], np.nan)
