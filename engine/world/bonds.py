"""What the bond part is made of, and why two bond series must not be joined without care.

The article calls its bond index unhedged by name (Bloomberg Global Aggregate); the fund it uses,
BNDW, tracks a float-adjusted composite whose foreign part is hedged into dollars. Hedged and
unhedged stay separate series: their volatilities differ by about two to one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import load
from engine.world.studies import fact


@dataclass(frozen=True)
class BondStatement:
    """What is known about the bond part.

    Attributes
    ----------
    index_hedged, fund_hedged : bool
        By the name of the article's index, and by the index of the fund.
    article_start : str
        Month from which the article takes the fund's index.
    fund_first_price : date
        A series made of the fund's prices cannot start earlier.
    proxies : tuple of str
        Funds whose weighted series stands in before it, named a proxy, where prices are at hand.
    returns_offline : bool
        False: no bond return series ships with the project; bonds are dated sizes only.
    volatility_hedged, volatility_unhedged : float
        Assumed volatility a year of foreign government bonds, hedged and not, decimals.
    """

    index: str
    index_hedged: bool
    fund: str
    fund_index: str
    fund_hedged: bool
    fund_float_adjusted: bool
    fund_us_share: float
    article_start: str
    fund_first_price: dt.date
    proxies: tuple[str, ...]
    returns_offline: bool
    volatility_hedged: float
    volatility_unhedged: float
    volatility_source: str

    def to_dict(self) -> dict[str, object]:
        return {
            "index": self.index,
            "index_hedged": self.index_hedged,
            "fund": self.fund,
            "fund_index": self.fund_index,
            "fund_hedged": self.fund_hedged,
            "fund_float_adjusted": self.fund_float_adjusted,
            "fund_us_share": self.fund_us_share,
            "article_start": self.article_start,
            "fund_first_price": self.fund_first_price.isoformat(),
            "proxies": list(self.proxies),
            "returns_offline": self.returns_offline,
            "volatility_hedged": self.volatility_hedged,
            "volatility_unhedged": self.volatility_unhedged,
            "volatility_source": self.volatility_source,
        }


@dataclass(frozen=True, eq=False)
class BondSeries:
    """Returns of bonds (simple, per period, dated) that know whether they are hedged, and whether they are a proxy."""

    name: str
    returns: pd.Series
    hedged: bool
    proxy: bool = False


@dataclass(frozen=True, eq=False)
class Splice:
    """Two bond series joined.

    Attributes
    ----------
    starts : date
        First date of the later series; before it the earlier one (a proxy where it says so).
    volatility_before, volatility_after : float
        On both sides of the splice, a year, decimals.
    """

    returns: pd.Series
    starts: dt.date
    before: str
    after: str
    proxy: bool
    volatility_before: float
    volatility_after: float

    def to_dict(self) -> dict[str, object]:
        return {
            "starts": self.starts.isoformat(),
            "before": self.before,
            "after": self.after,
            "proxy": self.proxy,
            "volatility_before": self.volatility_before,
            "volatility_after": self.volatility_after,
        }


def bond_statement() -> BondStatement:
    """What is known about the bond part, from the fact tables."""
    table = load("capital_market_assumptions").frame.set_index("block")
    volatility = table["volatility_pct"] / 100.0
    return BondStatement(
        index="Bloomberg Global Aggregate",
        index_hedged=False,
        fund="BNDW",
        fund_index="Bloomberg Global Aggregate Float Adjusted Composite",
        fund_hedged=True,
        fund_float_adjusted=True,
        fund_us_share=float(fact("us_share_of_bndw")["value"]) / 100.0,
        article_start=fact("article_bond_index_start")["as_of"],
        fund_first_price=dt.date.fromisoformat(fact("bndw_first_price")["as_of"]),
        proxies=("BND", "BNDX"),
        returns_offline=False,
        volatility_hedged=float(volatility["intl_bond"]),
        volatility_unhedged=float(volatility["intl_bond_unhedged"]),
        volatility_source=str(table["source"].iloc[0]),
    )


def splice(before: BondSeries, after: BondSeries, *, periods_per_year: float) -> Splice:
    """The later series from its first date on, the earlier one until then.

    Raises
    ------
    BadInput
        One is hedged and the other not, or the earlier one leaves fewer than two returns.
    """
    if before.hedged != after.hedged:
        raise BadInput("scope_mismatch", field="hedging", value=before.name, other=after.name)
    start = after.returns.index[0]
    early = before.returns.loc[before.returns.index < start]
    if min(len(early), len(after.returns)) < 2:
        accepted = "at least two returns on each side"
        raise BadInput("bad_number", field="returns", value=f"{len(early)}, {len(after.returns)}", accepted=accepted)
    year = np.sqrt(periods_per_year)
    return Splice(
        pd.concat([early, after.returns]),
        pd.Timestamp(start).date(),
        before.name,
        after.name,
        before.proxy,
        float(early.std(ddof=1) * year),
        float(after.returns.std(ddof=1) * year),
    )
