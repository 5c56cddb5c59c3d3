"""The fact tables as the allocator needs them: funds with prices and costs, statistics, assumptions.

Percent becomes decimal here. This is the only module of the room that reads tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import load, snapshot_id
from engine.universe import BLOCKS, ranked, screen
from engine.universe import universe as known_funds


def all_tickers() -> frozenset[str]:
    """Every ticker of the tables, investable or not."""
    return frozenset(str(name) for name in known_funds().funds.index)


CHOICES = ("all", "ranked", "curated")
BEST_OF_GROUP = 3
"""Funds of each peer group that the ranked universe keeps."""

CURATED = (
    "VOO", "IVV", "SPY", "SPYM", "VTI", "ITOT", "VEA", "IEFA", "EFA", "VWO", "IEMG", "EEM", "VT", "ACWI", "SPGM",
    "BND", "AGG", "SPAB", "BNDX", "IAGG", "BNDW", "EMB", "HYG", "VNQ", "SCHH", "VNQI", "REET", "RWO", "IGF", "GLDM", "IAUM",
)  # fmt: skip
"""Two or three liquid funds a sleeve, without cheap equity shares; those absent from the tables are left out."""

PARTNERSHIPS = ("commodity pool",)
"""Structures taxed as partnerships (Schedule K-1), with 10 % withheld from the proceeds of foreign sellers."""


@dataclass(frozen=True, eq=False)
class Funds:
    """Funds that may be bought, index ticker throughout.

    Attributes
    ----------
    prices, fees, spreads : Series
        Dollars a share; decimals a year; decimals of the price.
    price_dates : Series
        Date of each price.
    lookthrough : DataFrame
        Ten blocks, decimals that sum to one.
    names, structures : Series
    delisted, partnerships : frozenset of str
        Known tickers that are no longer listed; those taxed as partnerships.
    """

    prices: pd.Series
    price_dates: pd.Series
    fees: pd.Series
    spreads: pd.Series
    lookthrough: pd.DataFrame
    names: pd.Series
    structures: pd.Series
    delisted: frozenset[str]
    partnerships: frozenset[str]

    @property
    def tickers(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.prices.index)


def funds(choice: str = "all", needed: Iterable[str] = ()) -> Funds:
    """The universe of a choice, with the lines of the model whatever the choice.

    ``all``: what passes the screen of the ETF universe; ``ranked``: the best three of each peer
    group; ``curated``: a fixed short list.

    Raises
    ------
    BadInput
        An unknown choice.
    """
    if choice not in CHOICES:
        raise BadInput("unknown_choice", field="universe", value=choice, accepted=", ".join(CHOICES))
    table = known_funds().funds
    passing = list(screen(known_funds()).passing)
    if choice == "ranked":
        rows = ranked(draws=100).ranking.table
        passing = [str(name) for name in rows.index[rows["rank"] <= BEST_OF_GROUP]]
    elif choice == "curated":
        passing = [name for name in CURATED if name in passing]
    wanted = list(dict.fromkeys([*passing, *(name for name in needed if name in table.index)]))
    return _funds(table, wanted)


def _funds(table: pd.DataFrame, wanted: list[str]) -> Funds:
    rows = table.loc[wanted]
    return Funds(
        prices=rows["price"],
        price_dates=pd.to_datetime(rows["price_as_of"]),
        fees=rows["fee"],
        spreads=rows["spread"],
        lookthrough=_blocks(rows),
        names=rows["name"],
        structures=rows["structure"],
        delisted=frozenset(str(name) for name in rows.index[~rows["listed"].astype(bool)]),
        partnerships=frozenset(str(name) for name in rows.index[rows["structure"].isin(PARTNERSHIPS)]),
    )


def _blocks(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[[f"lt_{block}" for block in BLOCKS]].astype(float).fillna(0.0).set_axis(list(BLOCKS), axis=1)


@dataclass(frozen=True)
class Tracked:
    """What one fund was measured against: the reference, how near it is, and the tracking error a year."""

    reference: str
    basis: str
    is_group_reference: bool
    tracking_error: float


@dataclass(frozen=True, eq=False)
class Measured:
    """Statistics of the funds: joint correlation (shrinkage undone), volatility, and what tracks what.

    ``tracking`` holds the funds whose measured distance is a tracking error (quality A or B); ``shrinkage`` is the
    Ledoit-Wolf intensity toward the identity that the table of correlations came with.
    """

    correlation: pd.DataFrame
    volatility: pd.Series
    tracking: dict[str, Tracked]
    lookthrough: pd.DataFrame
    shrinkage: float


def measured() -> Measured:
    """Statistics of the current snapshot."""
    return _measured(snapshot_id())


@cache
def _measured(snapshot: str) -> Measured:
    source = load("etf_correlations")
    shrinkage = source.provenance.parameters["shrinkage"]
    table = source.frame.set_index("ticker")
    names = [str(name) for name in table.index]
    shrunk = table.loc[names, names].to_numpy(float)
    joint = shrunk / (1.0 - shrinkage)
    np.fill_diagonal(joint, 1.0)
    statistics = load("etf_statistics").frame.set_index("ticker").loc[names]
    facts = load("etf_universe").frame.set_index("ticker").reindex(names)
    return Measured(
        correlation=pd.DataFrame(joint, names, names),
        volatility=statistics["vol_ann_pct"].astype(float) / 100.0,
        tracking=_tracked(statistics),
        lookthrough=_blocks(facts),
        shrinkage=shrinkage,
    )


def _tracked(statistics: pd.DataFrame) -> dict[str, Tracked]:
    rows = statistics[statistics["tracking_quality"].isin(["A", "B"]) & statistics["tracking_error_score_pct"].notna()]
    return {
        str(name): Tracked(str(reference), str(basis), str(leads).lower() == "true", float(error) / 100.0)
        for name, reference, basis, leads, error in zip(
            rows.index,
            rows["tracking_reference"],
            rows["tracking_basis"],
            rows["is_group_reference"],
            rows["tracking_error_score_pct"],
            strict=True,
        )
    }


def crisis_falls(tickers: Iterable[str], years: Iterable[int]) -> pd.DataFrame:
    """Deepest fall of each fund within each crisis, decimals; NaN where it was not yet listed or is not known."""
    table = load("etf_statistics").frame.set_index("ticker").reindex([str(name) for name in tickers])
    wanted = {f"drawdown_{year}_pct": year for year in years}
    return table[list(wanted)].rename(columns=wanted).astype(float) / 100.0


def block_assumptions() -> pd.DataFrame:
    """Covariance of the ten blocks by the published capital market assumptions, decimals squared a year."""
    names = list(BLOCKS)
    volatility = load("capital_market_assumptions").frame.set_index("block")["volatility_pct"].loc[names] / 100.0
    table = load("capital_market_correlations").frame.set_index("block").loc[names, names].to_numpy(float)
    return pd.DataFrame(table * np.outer(volatility, volatility), names, names)


def rate() -> tuple[float, str]:
    """Won a dollar and its date, from the last row of the table of rates."""
    table = load("usdkrw_monthly").frame
    return float(table["krw_per_usd_month_end"].iloc[-1]), str(pd.Timestamp(table["last_date"].iloc[-1]).date())
