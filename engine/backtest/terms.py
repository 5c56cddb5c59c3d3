"""What a portfolio trades under, beside its target weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from sys import float_info
from typing import Literal, get_args

import pandas as pd

from engine.backtest.calendar import Rule
from engine.errors import BadInput

Fill = Literal["same_close", "next_close", "next_open"]
BandKind = Literal["absolute", "relative"]
Missing = Literal["error", "cash"]


@dataclass(frozen=True, eq=False)
class Terms:
    """Terms of trading; the defaults are plain target weights.

    Attributes
    ----------
    band : float or None
        Trade back to the targets, between their dates too, when a weight is further than this from its
        target: in weight (``"absolute"``, 0.05 = five points) or as a share of it (``"relative"``). An asset
        without a price is not looked at.
    looks : str
        How often the band is looked at; a rule of ``rebalance_dates``.
    buffer : float
        No-trade zone in weight around each target, and around the share of cash that they leave: while all
        are inside, nothing is traded. Else what is inside stays; the rest is traded to the edge,
        and what the sum then lacks is shared over the weights on the other side of their target.
    fixed_cost : float
        Money paid for each order (an asset traded on a date).
    spread_bps : Mapping or Series or None
        Quoted bid-ask spread by asset, basis points; half of it is paid on each unit traded.
    expense_ratio : Mapping or Series or None
        Annual fee by asset, decimal, taken daily (days / 365) from its prices and dividends. A fund's own
        prices are already net of it: meant for indices and model portfolios.
    cash_returns : Series or None
        Riskless simple return that ends on each date; cash earns it and a loan costs it. None: zero.
    borrow_spread_bps : float
        Annual cost of a loan above ``cash_returns``, basis points (days / 365).
    flows : Series or None
        Money in (above zero) or out by date. It arrives at the fill price of its date and causes a trade
        to the current target.
    dividends : DataFrame or None
        Money per unit on its ex-date, for prices that leave it out.
    reinvest : bool
        Dividends buy more of their asset at the close of the ex-date, free of cost; else, and on a date
        with a trade at the open, they go to cash (and into that trade).
    whole_shares : bool
        Units are whole, rounded down; what is left is cash. Needs ``capital``. Where the units held already
        are the target (or weights inside its buffer) rounded down, nothing is traded.
    capital : float
        Money at the start; ``value`` stays relative to it. Matters for whole shares, fixed cost and flows.
    leverage : float
        Largest sum of target weights; above one the rest is a loan.
    missing : {"error", "cash"}
        What happens to the weight of an asset without a price at the fill, or whose prices end while it
        is held: refused, or kept in cash (the holding is paid out at its last price, at cost, on the next
        date). A hole inside an asset's prices, or a fill without its opening price, is refused while it is held.
    """

    band: float | None = None
    band_kind: BandKind = "absolute"
    looks: Rule = "daily"
    buffer: float = 0.0
    fixed_cost: float = 0.0
    spread_bps: Mapping[str, float] | pd.Series | None = None
    expense_ratio: Mapping[str, float] | pd.Series | None = None
    cash_returns: pd.Series | None = None
    borrow_spread_bps: float = 0.0
    flows: pd.Series | None = None
    dividends: pd.DataFrame | None = None
    reinvest: bool = True
    whole_shares: bool = False
    capital: float = 1.0
    leverage: float = 1.0
    missing: Missing = "error"

    def __post_init__(self) -> None:
        _within("band", 0.0 if self.band is None else self.band, 0.0, 10.0, "0 to 10")
        _within("buffer", self.buffer, 0.0, 1.0, "0 to 1")
        _within("fixed_cost", self.fixed_cost, 0.0, float_info.max, "an amount of 0 or more")
        _within("borrow_spread_bps", self.borrow_spread_bps, 0.0, 1e4, "0 to 10000 basis points")
        _within("leverage", self.leverage, 1.0, 10.0, "1 to 10")
        if not 0 < self.capital < float("inf"):
            raise BadInput("bad_number", field="capital", value=self.capital, accepted="an amount above 0")
        for field, choices in (("band_kind", BandKind), ("looks", Rule), ("missing", Missing)):
            if getattr(self, field) not in get_args(choices):
                accepted = ", ".join(get_args(choices))
                raise BadInput("unknown_choice", field=field, value=getattr(self, field), accepted=accepted)


def _within(field: str, value: float, low: float, high: float, accepted: str) -> None:
    if not low <= value <= high:
        raise BadInput("bad_number", field=field, value=value, accepted=accepted)


def check_cost(cost_bps: float) -> None:
    """Refuse a cost that is no cost."""
    if not 0 <= cost_bps < 1e4:
        raise BadInput("bad_number", field="cost_bps", value=cost_bps, accepted="0 to below 10000 basis points")


def check_fill(fill: str) -> None:
    """Refuse a fill that is not known."""
    if fill not in get_args(Fill):
        raise BadInput("unknown_choice", field="fill", value=fill, accepted=", ".join(get_args(Fill)))
