"""Market, size and value returns for the residual model, and when they were known."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import Finding, load
from engine.sources.known import FRENCH

COLUMNS = ("Mkt-RF", "SMB", "HML", "RF")


@dataclass(frozen=True, eq=False)
class Factors:
    """Factor returns by month end.

    Attributes
    ----------
    table : DataFrame
        Columns ``Mkt-RF``, ``SMB``, ``HML`` (spreads) and ``RF`` (bill): decimals a month, calendar month ends.
    lag : int
        Months after which a month's figures are known.
    """

    table: pd.DataFrame
    lag: int
    source: str
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        for column in COLUMNS:
            if column not in self.table.columns:
                raise BadInput("missing_column", field=column, value="factors", accepted=", ".join(COLUMNS))
        if self.lag < 0:
            raise BadInput("bad_number", field="lag", value=self.lag, accepted="0 months or more")

    @property
    def last(self) -> pd.Timestamp:
        return pd.Timestamp(self.table.index[-1])

    @property
    def known_until(self) -> pd.Timestamp:
        """The last month end at which a decision finds the factor month it needs."""
        return self.last + pd.offsets.MonthEnd(self.lag)

    @property
    def market(self) -> pd.Series:
        """Total return of the market, decimals a month."""
        return (self.table["Mkt-RF"] + self.table["RF"]).rename("market")

    def on(self, ends: pd.DatetimeIndex) -> tuple[np.ndarray, np.ndarray]:
        """The three factors, shape (m, 3), and the bill, shape (m,), at month ends; NaN outside the table."""
        rows = self.table.reindex(ends)
        return rows[["Mkt-RF", "SMB", "HML"]].to_numpy(dtype=float), rows["RF"].to_numpy(dtype=float)

    def until(self, day: pd.Timestamp) -> Factors:
        """What had been published by the close of a day."""
        known = [month + pd.offsets.MonthEnd(self.lag) <= day for month in pd.DatetimeIndex(self.table.index)]
        return replace(self, table=self.table.loc[known])


def factors() -> Factors:
    """The French library's three factors, as bundled, or longer after a refresh.

    The library is rebuilt one to two months after the month it ends with, so a month counts as known two month
    ends later: ``lag`` is the rule's.
    """
    data = load("french_factors")
    lag = int(FRENCH.rule.partition(":")[2])
    ends = Finding(
        "factors_end", "info", f"market, size and value end with {data.last}; residual returns end there too"
    )
    return Factors(data.frame[list(COLUMNS)], lag, data.provenance.source, (*data.findings, ends))
