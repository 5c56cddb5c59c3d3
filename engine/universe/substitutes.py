"""What stands in for a dear share: cheaper funds that move alike, with what the change saves and costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.universe.cells import Row, row
from engine.universe.funds import BLOCKS, Universe

LEAST_WEEKS = 104
SAME_BELOW, CLOSE_BELOW = 0.010, 0.025
"""Tracking volatility a year below which a substitute counts as the same exposure, or as close."""

ALIKE = 1.2
"""Ratio of volatilities up to which a gap between windows of different length is put down to the windows."""

VERDICTS = ("same", "close", "different")


@dataclass(frozen=True)
class Substitute:
    """One cheaper share beside the fund it would stand in for.

    Attributes
    ----------
    price, saving : float
        USD a share, and how much less than the dear one.
    correlation : float
        Of weekly returns over the weeks both have.
    tracking_volatility : float
        Standard deviation of the difference of returns, a year, decimals.
    measured : bool
        True where the pair was measured directly; else the figure follows from correlation and volatilities.
    twin : {"same_index", "near_index", ""}
    distance : float or None
        Half the sum of absolute differences of the look-through shares; 0 alike, 1 nothing in common.
    fee_difference : float
        Substitute minus original, a year, decimals.
    switching_cost : float or None
        Half of each spread: sell one, buy the other; decimals of the amount.
    verdict : {"same", "close", "different"}
    """

    ticker: str
    price: float
    saving: float
    correlation: float
    tracking_volatility: float
    measured: bool
    weeks: int
    twin: str
    distance: float | None
    fee_difference: float
    switching_cost: float | None
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Substitutes:
    """Cheaper stand-ins for one fund, most alike first.

    Attributes
    ----------
    found : tuple of Substitute
        Of the verdict "same" or "close"; empty when no cheaper share moves alike.
    others : tuple of Substitute
        The nearest that are too different to be offered, for the reader who wants to see how far they are.
    cheapest : str or None
        The lowest price among those of the same exposure; failing that, among the close ones.
    """

    ticker: str
    price: float
    price_as_of: str
    found: tuple[Substitute, ...]
    others: tuple[Substitute, ...]

    @property
    def cheapest(self) -> str | None:
        for verdict in VERDICTS[:2]:
            rows = [item for item in self.found if item.verdict == verdict]
            if rows:
                return min(rows, key=lambda item: item.price).ticker
        return None

    def to_dict(self) -> dict[str, Any]:
        return {
            "ticker": self.ticker,
            "price": self.price,
            "price_as_of": self.price_as_of,
            "cheapest": self.cheapest,
            "substitutes": [item.to_dict() for item in self.found],
            "too_different": [item.to_dict() for item in self.others],
        }


def substitutes(known: Universe, ticker: str, passing: Collection[str], *, most: int = 12) -> Substitutes:
    """Cheaper shares among the passing funds that move like this one.

    Raises
    ------
    BadInput
        The ticker is not in the universe.
    MissingData
        Its price is not known, so nothing can be called cheaper.
    """
    name = ticker.strip().upper()
    if name not in known.funds.index:
        raise BadInput("unknown_ticker", field="ticker", value=ticker, accepted=len(known.funds))
    fund = row(known.funds, name)
    if pd.isna(fund["price"]):
        raise MissingData("no_price", field="price_usd", value=name)
    others = known.funds.loc[[other for other in passing if other != name]]
    cheaper = others.loc[others["price"] < fund["price"]]
    rows = _compare(known, name, cheaper)
    rows.sort(key=_order)
    found = tuple(item for item in rows if item.verdict != "different")
    different = tuple(item for item in rows if item.verdict == "different")[:3]
    return Substitutes(name, float(fund["price"]), str(fund["price_as_of"]), found[:most], different)


def _order(item: Substitute) -> tuple[int, bool, float, str]:
    """The most alike first; of the same exposure, funds on the very index before the others."""
    return VERDICTS.index(item.verdict), item.twin != "same_index", item.tracking_volatility, item.ticker


_COMPARED = [
    "price", "fee", "spread", "volatility", "n_weeks", "twin_group", "index_tracked", "tracking_reference",
    "tracking_weekly",
]  # fmt: skip


def _compare(known: Universe, name: str, candidates: pd.DataFrame) -> list[Substitute]:
    if name not in known.correlation.index:
        return []
    fund = row(known.funds, name).to_dict()
    blocks = [f"lt_{block}" for block in BLOCKS]
    own = np.array([fund[block] for block in blocks], dtype=float)
    distances = np.abs(candidates[blocks].to_numpy(dtype=float) - own).sum(axis=1) / 2
    correlations = known.correlation[name].reindex(candidates.index).to_numpy(dtype=float)
    others = candidates[_COMPARED].to_dict("records")
    return [
        _substitute(name, fund, str(ticker), other, float(correlation), float(distance))
        for ticker, other, correlation, distance in zip(candidates.index, others, correlations, distances, strict=True)
        if not np.isnan(correlation) and fund["n_weeks"] >= LEAST_WEEKS and other["n_weeks"] >= LEAST_WEEKS
    ]


def _substitute(name: str, fund: Row, ticker: str, other: Row, correlation: float, distance: float) -> Substitute:
    volatility, measured = _tracking_volatility(fund, other, name, ticker, correlation)
    cost = (fund["spread"] + other["spread"]) / 2
    return Substitute(
        ticker=ticker,
        price=float(other["price"]),
        saving=float(fund["price"] - other["price"]),
        correlation=correlation,
        tracking_volatility=volatility,
        measured=measured,
        weeks=int(min(fund["n_weeks"], other["n_weeks"])),
        twin=_twin(fund, other),
        distance=None if np.isnan(distance) else distance,
        fee_difference=float(other["fee"] - fund["fee"]),
        switching_cost=None if pd.isna(cost) else float(cost),
        verdict=verdict(volatility),
    )


def _twin(fund: Row, other: Row) -> str:
    """One index or a like one: equal index names decide, because a group may hold both."""
    if pd.isna(fund["twin_group"]) or fund["twin_group"] != other["twin_group"]:
        return ""
    return "same_index" if fund["index_tracked"] == other["index_tracked"] else "near_index"


def verdict(tracking_volatility: float) -> str:
    """Same exposure below 1 % a year, close below 2.5 %, else different."""
    return "same" if tracking_volatility < SAME_BELOW else "close" if tracking_volatility < CLOSE_BELOW else "different"


def _tracking_volatility(fund: Row, other: Row, name: str, ticker: str, correlation: float) -> tuple[float, bool]:
    """Volatility of the difference a year, and whether the pair was measured directly.

    From correlation and volatilities it is sqrt(a^2 + b^2 - 2 rho a b). Histories of different
    length make volatilities of different windows; where they are alike, their gap is one of the
    windows and not of the funds, and the larger stands for both.
    """
    if fund["tracking_reference"] == ticker and pd.notna(fund["tracking_weekly"]):
        return float(fund["tracking_weekly"]), True
    if other["tracking_reference"] == name and pd.notna(other["tracking_weekly"]):
        return float(other["tracking_weekly"]), True
    a, b = float(fund["volatility"]), float(other["volatility"])
    if fund["n_weeks"] != other["n_weeks"] and max(a, b) < ALIKE * min(a, b):
        a = b = max(a, b)
    return float(np.sqrt(max(a * a + b * b - 2 * correlation * a * b, 0.0))), False
