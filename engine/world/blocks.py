"""The world portfolio in the ten blocks that funds are looked through to, and assumptions about those blocks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import MissingData
from engine.sources import load
from engine.world.anchors import BOND_COMPONENTS, caps
from engine.world.sizes import Scopes, WorldWeights, weights

BLOCKS = (
    "us_equity",
    "dev_exus_equity",
    "em_equity",
    "us_bond",
    "intl_bond",
    "em_bond",
    "real_estate",
    "infrastructure",
    "gold",
    "commodities",
)
"""Look-through blocks. Gold is a switch; commodities have no market size (futures net to zero) and stay at zero."""


@dataclass(frozen=True)
class Split:
    """How a class is split into blocks: decimals that sum to one, with the date and source of each share.

    Attributes
    ----------
    basis : dict of str to dict
        By block: ``as_of``, ``source`` and ``rest`` (True for the block that gets what is left).
    """

    asset_class: str
    shares: dict[str, float]
    basis: dict[str, dict[str, object]]

    def to_dict(self) -> dict[str, object]:
        return {"asset_class": self.asset_class, "shares": dict(self.shares), "basis": self.basis}


@dataclass(frozen=True, eq=False)
class BlockWeights:
    """Market weights over ``BLOCKS`` with the splits behind them."""

    weights: pd.Series
    world: WorldWeights
    splits: tuple[Split, ...]

    def to_dict(self) -> dict[str, object]:
        return {
            "date": self.world.date.isoformat(),
            "weights": {str(name): float(value) for name, value in self.weights.items()},
            "splits": [split.to_dict() for split in self.splits],
            "world": self.world.to_dict(),
        }


@dataclass(frozen=True, eq=False)
class Assumptions:
    """What one manager assumes about the blocks over the next 10 to 15 years; decimals a year, in US dollars.

    Attributes
    ----------
    blocks : tuple of str
        The ten blocks, in the order of every index below.
    expected_return : Series, shape (10,)
        Arithmetic mean a year: what a mean-variance programme needs.
    compound_return : Series, shape (10,)
        Geometric mean a year: what an investor who stays would see.
    volatility : Series, shape (10,)
    correlation, covariance : DataFrame, shape (10, 10)
        Positive semidefinite; covariance = volatility x correlation x volatility.
    cash_return : float
        The same source's arithmetic return of US cash.
    as_of : date
    source : str
    """

    blocks: tuple[str, ...]
    expected_return: pd.Series
    compound_return: pd.Series
    volatility: pd.Series
    correlation: pd.DataFrame
    covariance: pd.DataFrame
    cash_return: float
    as_of: dt.date
    source: str

    def to_dict(self) -> dict[str, object]:
        names = ("expected_return", "compound_return", "volatility")
        return {
            "blocks": list(self.blocks),
            **{name: {str(k): float(v) for k, v in getattr(self, name).items()} for name in names},
            "correlation": {str(k): {str(i): float(v) for i, v in row.items()} for k, row in self.correlation.items()},
            "covariance": {str(k): {str(i): float(v) for i, v in row.items()} for k, row in self.covariance.items()},
            "cash_return": self.cash_return,
            "as_of": self.as_of.isoformat(),
            "source": self.source,
        }


def block_weights(
    date: str | dt.date | None = None,
    *,
    scopes: Scopes = "full",
    gold: bool = False,
    pair: str = "",
    indicators: Mapping[str, str] | None = None,
) -> pd.Series:
    """Market weights over the ten blocks on a date, indexed by block; decimals that sum to one.

    Raises
    ------
    BadInput, MissingData
        As ``engine.world.sizes.weights``.
    """
    return blocks(date, scopes=scopes, gold=gold, pair=pair, indicators=indicators).weights


def blocks(
    date: str | dt.date | None = None,
    *,
    scopes: Scopes = "full",
    gold: bool = False,
    pair: str = "",
    indicators: Mapping[str, str] | None = None,
) -> BlockWeights:
    """``block_weights`` with the sizes and splits behind it.

    In hindsight only: the splits of equity and bonds are the newest found and serve every date.
    """
    world = weights(date, scopes=scopes, include=("gold",) if gold else (), pair=pair, indicators=indicators)
    splits = (equity_split(), bond_split())
    made = pd.Series(0.0, index=pd.Index(BLOCKS, name="block"), name="weight")
    for split in splits:
        for block, share in split.shares.items():
            made[block] = share * world.weights[split.asset_class]
    for name in set(world.weights) & set(BLOCKS):
        made[name] = world.weights[name]
    return BlockWeights(made, world, splits)


def equity_split() -> Split:
    """US, other developed and emerging shares of equity, by float-adjusted index weights.

    US: MSCI ACWI IMI; emerging: MSCI Emerging Markets / MSCI ACWI (large and mid caps, same day and
    source); other developed: the rest.
    """
    countries = load("acwi_imi_country_weights").frame
    graphic = (countries["country"] == "United States") & ~countries["source"].str.contains("article")
    us = _newest(countries.loc[graphic])
    table = caps()
    emerging = _newest(table.loc[table["index"] == "MSCI Emerging Markets"])
    world = _newest(table.loc[table["index"] == "MSCI ACWI (large + mid only)"])
    share = emerging["market_cap_usd_bn"] / world["market_cap_usd_bn"]
    return _split(
        "equity",
        {
            "us_equity": (us["weight_pct"] / 100.0, us["as_of"], us["source"]),
            "em_equity": (share, f"{emerging['as_of']:%Y-%m-%d}", emerging["source"]),
        },
        "dev_exus_equity",
    )


def bond_split() -> Split:
    """US, other and emerging shares of bonds.

    US: its share of all debt outstanding (SIFMA); emerging: emerging debt in State Street's six
    bond classes; other: the rest.
    """
    facts = load("world_facts").frame
    us = _newest(facts.loc[facts["key"] == "us_share_of_bonds"])
    study = load("global_market_portfolio_weights").frame
    study = study.loc[study["study"] == "State Street GMP"]
    emerging = _newest(study.loc[study["asset_class"] == "em_debt"])
    share = emerging["usd_bn"] / study.loc[study["asset_class"].isin(BOND_COMPONENTS), "usd_bn"].sum()
    return _split(
        "bonds",
        {
            "us_bond": (us["value"] / 100.0, us["as_of"], us["source"]),
            "em_bond": (share, emerging["as_of"], emerging["source"]),
        },
        "intl_bond",
    )


def _newest(rows: pd.DataFrame) -> dict[str, Any]:
    """The row with the latest ``as_of``."""
    if rows.empty:
        raise MissingData("size_missing", field="split", value="a row of the split", accepted="none")
    return {str(key): value for key, value in rows.sort_values("as_of").iloc[-1].items()}


def _split(asset_class: str, found: dict[str, tuple[float, str, str]], rest: str) -> Split:
    shares = {name: float(share) for name, (share, _, _) in found.items()}
    basis: dict[str, dict[str, object]] = {
        name: {"as_of": as_of, "source": source, "rest": False} for name, (_, as_of, source) in found.items()
    }
    oldest = min(as_of for _, as_of, _ in found.values())
    return Split(
        asset_class,
        shares | {rest: 1.0 - sum(shares.values())},
        basis | {rest: {"as_of": oldest, "source": "", "rest": True}},
    )


def assumptions(names: Sequence[str] = BLOCKS) -> Assumptions:
    """Expected returns, volatilities and correlations of the blocks.

    Infrastructure is the source's unlisted core infrastructure (appraised: too calm for listed
    funds) and real estate its US REITs; the table's notes say so.

    Raises
    ------
    MissingData
        A block is missing, the matrix is not symmetric, has no unit diagonal, or is not positive
        semidefinite.
    """
    order = list(names)
    table = _rows("capital_market_assumptions", order)
    matrix = _rows("capital_market_correlations", order)[order].rename_axis(columns="block")
    values = matrix.to_numpy()
    if not np.allclose(values, values.T) or not np.allclose(np.diag(values), 1.0) or np.linalg.eigvalsh(values)[0] < 0:
        raise _broken("capital_market_correlations", "block", "not a correlation matrix", "symmetric, positive, ones")
    deviation = table["volatility_pct"] / 100.0
    cash = _rows("capital_market_assumptions", ["cash"])["arithmetic_return_pct"].iloc[0]
    return Assumptions(
        blocks=tuple(order),
        expected_return=(table["arithmetic_return_pct"] / 100.0).rename("expected_return"),
        compound_return=(table["expected_return_pct"] / 100.0).rename("compound_return"),
        volatility=deviation.rename("volatility"),
        correlation=matrix,
        covariance=matrix * np.outer(deviation, deviation),
        cash_return=float(cash) / 100.0,
        as_of=dt.date.fromisoformat(min(table["as_of"])),
        source=str(table["source"].iloc[0]),
    )


def _rows(name: str, order: list[str]) -> pd.DataFrame:
    table = load(name).frame.set_index("block")
    missing = [block for block in order if block not in table.index]
    if missing:
        raise _broken(name, "block", f"no row '{missing[0]}'", ", ".join(order))
    return table.loc[order]


def _broken(name: str, field: str, value: str, accepted: str) -> MissingData:
    return MissingData("bad_table", field=field, file=f"data/facts/{name}.csv", value=value, accepted=accepted)
