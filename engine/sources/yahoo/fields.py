"""Figures of one fund out of Yahoo's answers, in the units of the universe table, or the reason why not.

Yahoo mixes units: the fee is a fraction in ``fundProfile`` and a percent in ``quote``; so is the yield.
``totalNetAssets`` is a category figure and in no unit that holds; ``marketCap`` of a fund rests on stale
shares; valuations in ``topHoldings`` are inverted. None of these is read. A zero stands for "unknown".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Block = Mapping[str, Any]

FIELDS = (
    "fee_pct",
    "price_usd",
    "spread_pct",
    "top10_weight_pct",
    "turnover_pct",
    "assets_usd_m",
    "dividend_yield_pct",
    "average_volume",
    "adv_usd_m",
)
"""The figures; ``average_volume`` is shares a day over three months, ``adv_usd_m`` the same in USD million."""

MODULES = ("price", "summaryDetail", "fundProfile", "topHoldings", "defaultKeyStatistics")
ASSETS_SCOPE = "all share classes"

MAX_SPREAD_PCT = 5.0
MAX_DISTANCE_FROM_PRICE = 0.05
"""The middle of a live quote lies this near to the last price; else one of the two is not of this moment."""
QUOTE_AGE = timedelta(days=1)
UNIT_RATIO = 20.0
"""Two readings of one figure further apart than this differ by a unit (a factor of 100), not by a date."""
WHOLE_LIST_PCT = 99.5
_NEW_YORK = "America/New_York"


class Missing(StrEnum):
    """Why a figure is missing although Yahoo was asked for it."""

    NOT_REPORTED = "not_reported"
    ZERO_MEANS_UNKNOWN = "zero_means_unknown"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    UNITS_DISAGREE = "units_disagree"
    QUOTE_NOT_LIVE = "quote_not_live"
    QUOTE_NOT_PLAUSIBLE = "quote_not_plausible"
    FEW_HOLDINGS = "few_holdings"
    NOT_USD = "not_usd"
    CURRENCY_UNKNOWN = "currency_unknown"
    NOT_DATED = "not_dated"


Reading = float | Missing


def read_fund(quote: Block | None, summary: Block | None, retrieved: datetime) -> dict[str, Any]:
    """Everything the table holds about one fund.

    Parameters
    ----------
    quote : mapping or None
        The fund's entry of ``/v7/finance/quote``.
    summary : mapping or None
        ``quoteSummary.result[0]`` with ``MODULES``.
    retrieved : datetime
        When the answers came, UTC.

    Returns
    -------
    dict
        A float or a ``Missing`` for each of ``FIELDS``, and the details beside them.
    """
    quote, modules = quote or {}, {name: _block(summary or {}, name) for name in MODULES}
    detail = _overlaid(modules["summaryDetail"], modules["price"])
    market = _overlaid(detail, quote)
    dollars = _in_dollars(market)
    price = dollars or _positive(market.get("regularMarketPrice"))
    day = _session_day(market)
    if day is None and not isinstance(price, Missing):
        price = Missing.NOT_DATED
    fee, basis = _fee(quote, modules["fundProfile"])
    top, names = _top_ten(modules["topHoldings"].get("holdings"))
    volume = _first(*(_positive(market.get(key)) for key in ("averageDailyVolume3Month", "averageVolume")))
    assets = dollars or _assets(quote, modules)
    figures = {
        "fee_pct": fee,
        "price_usd": price,
        "spread_pct": _spread(detail if quote.get("bid") is None else quote, retrieved),
        "top10_weight_pct": top,
        "turnover_pct": _turnover(modules["fundProfile"]),
        "assets_usd_m": assets,
        "dividend_yield_pct": _dividend_yield(quote, modules),
        "average_volume": volume,
        "adv_usd_m": _dollar_volume(volume, price),
    }
    details = {
        "fee_basis": basis,
        "price_date": day,
        "top10_names_counted": names,
        "assets_scope": None if isinstance(assets, Missing) else ASSETS_SCOPE,
        **_identity(market),
        **_split(modules["defaultKeyStatistics"]),
    }
    return {name: _tidy(value) for name, value in figures.items()} | details


def _overlaid(below: Block, above: Block) -> dict[str, Any]:
    """Both blocks; the second wins, but its nulls hide nothing."""
    return {**below, **{name: value for name, value in above.items() if value is not None}}


def _block(parent: Block, name: str) -> Block:
    value = parent.get(name)
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> Reading:
    """A finite number; ``{"raw": 1.0, "fmt": "1.00"}`` is the same figure in Yahoo's formatted answers."""
    if isinstance(value, Mapping):
        value = value.get("raw")
    if value is None:
        return Missing.NOT_REPORTED
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Missing.NOT_A_NUMBER
    try:
        number = float(value)
    except OverflowError:
        return Missing.NOT_A_NUMBER
    return number if math.isfinite(number) else Missing.NOT_A_NUMBER


def _positive(value: object) -> Reading:
    number = _number(value)
    if isinstance(number, Missing) or number > 0:
        return number
    return Missing.ZERO_MEANS_UNKNOWN if number == 0 else Missing.OUT_OF_RANGE


def _first(*readings: Reading) -> Reading:
    """The first figure; without one, the first reason that says more than "not reported"."""
    figures = [reading for reading in readings if not isinstance(reading, Missing)]
    reasons = [reading for reading in readings if reading is not Missing.NOT_REPORTED]
    return next(iter(figures or reasons), Missing.NOT_REPORTED)


def _scaled(reading: Reading, factor: float, low: float, high: float) -> Reading:
    if isinstance(reading, Missing):
        return reading
    value = reading * factor
    return value if low <= value <= high else Missing.OUT_OF_RANGE


def _agreed(chosen: Reading, other: Reading) -> Reading:
    """The chosen reading, unless another of the same figure differs by a unit."""
    if isinstance(chosen, Missing) or isinstance(other, Missing):
        return _first(chosen, other)
    return chosen if 1 / UNIT_RATIO <= chosen / other <= UNIT_RATIO else Missing.UNITS_DISAGREE


def _tidy(value: Reading) -> Reading:
    """Six significant digits: Yahoo's decimals are single precision (0.0807 arrives as 0.080699995)."""
    return value if isinstance(value, Missing) or value >= 1e6 else float(f"{value:.6g}")


def _fee(quote: Block, profile: Block) -> tuple[Reading, str | None]:
    """Percent a year. The prospectus figure of the quote is newer than that of the annual report."""
    fees = _block(profile, "feesExpensesInvestment")
    net = _scaled(_positive(quote.get("netExpenseRatio")), 1.0, 0.0, 20.0)
    report = _scaled(_positive(fees.get("annualReportExpenseRatio")), 100.0, 0.0, 20.0)
    fee = _agreed(net, report)
    basis = None if isinstance(fee, Missing) else "annual report" if isinstance(net, Missing) else "net"
    return fee, basis


def _turnover(profile: Block) -> Reading:
    fees = _block(profile, "feesExpensesInvestment")
    return _scaled(_positive(fees.get("annualHoldingsTurnover")), 100.0, 0.0, 5000.0)


def _dividend_yield(quote: Block, modules: Mapping[str, Block]) -> Reading:
    fractions = (modules[name].get("yield") for name in ("summaryDetail", "defaultKeyStatistics"))
    fraction = _scaled(_first(*map(_positive, fractions)), 100.0, 0.0, 100.0)
    percent = _scaled(_positive(quote.get("dividendYield")), 1.0, 0.0, 100.0)
    return _agreed(fraction, percent)


def _assets(quote: Block, modules: Mapping[str, Block]) -> Reading:
    totals = [modules[name].get("totalAssets") for name in ("summaryDetail", "defaultKeyStatistics")]
    return _scaled(_first(*map(_positive, [*totals, quote.get("netAssets")])), 1e-6, 0.1, 1e7)


def _in_dollars(market: Block) -> Missing | None:
    """None for dollars, else the reason why money figures cannot be used (``GBp`` is pence)."""
    currency = market.get("currency")
    if currency == "USD":
        return None
    return Missing.NOT_USD if isinstance(currency, str) and currency else Missing.CURRENCY_UNKNOWN


def _dollar_volume(volume: Reading, price: Reading) -> Reading:
    if isinstance(volume, Missing) or isinstance(price, Missing):
        return volume if isinstance(volume, Missing) else price
    return volume * price / 1e6


def _top_ten(holdings: object) -> tuple[Reading, int | None]:
    """Weight of the ten largest, percent, and how many names are listed.

    Fewer than ten names count only if they are the whole fund: one line of a bond fund is not its
    concentration, and an empty list is not a concentration of zero.
    """
    if not isinstance(holdings, Sequence) or isinstance(holdings, str) or not holdings:
        return Missing.NOT_REPORTED, None
    weights = [_number(row.get("holdingPercent") if isinstance(row, Mapping) else None) for row in holdings]
    known = [weight for weight in weights if not isinstance(weight, Missing)]
    count = len(weights)
    if len(known) < count:
        return Missing.NOT_A_NUMBER, count
    if min(known) < 0:
        return Missing.OUT_OF_RANGE, count
    total = _scaled(_positive(sum(sorted(known, reverse=True)[:10])), 100.0, 0.0, 105.0)
    if count < 10 and not isinstance(total, Missing) and total < WHOLE_LIST_PCT:
        return Missing.FEW_HOLDINGS, count
    return total, min(count, 10)


def _spread(market: Block, retrieved: datetime) -> Reading:
    """(ask - bid) / middle, percent, of a live quote in the regular session; after hours it is nonsense.

    Bid, ask and market state come from one answer: two may lie on either side of the close.
    """
    bid, ask, price = (_positive(market.get(name)) for name in ("bid", "ask", "regularMarketPrice"))
    if isinstance(bid, Missing) or isinstance(ask, Missing):
        return _first(*(value for value in (bid, ask) if isinstance(value, Missing)))
    if not _is_live(market, retrieved):
        return Missing.QUOTE_NOT_LIVE
    middle = (bid + ask) / 2
    if isinstance(price, Missing) or abs(middle / price - 1) > MAX_DISTANCE_FROM_PRICE or ask <= bid:
        return Missing.QUOTE_NOT_PLAUSIBLE
    spread = (ask - bid) / middle * 100
    return spread if spread < MAX_SPREAD_PCT else Missing.QUOTE_NOT_PLAUSIBLE


def _is_live(market: Block, retrieved: datetime) -> bool:
    moment = _moment(market.get("regularMarketTime"))
    delay = _number(market.get("exchangeDataDelayedBy"))
    fresh = moment is not None and abs(retrieved - moment) <= QUOTE_AGE
    return market.get("marketState") == "REGULAR" and fresh and (isinstance(delay, Missing) or delay == 0)


def _moment(epoch: object) -> datetime | None:
    """UTC time of epoch seconds between 1990 and 2100."""
    seconds = _number(epoch)
    if isinstance(seconds, Missing) or not 631_152_000 <= seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _session_day(market: Block) -> date | None:
    """The day of the last price where it is traded; New York if Yahoo names no time zone."""
    moment = _moment(market.get("regularMarketTime"))
    name = market.get("exchangeTimezoneName")
    try:
        zone = ZoneInfo(name if isinstance(name, str) else _NEW_YORK)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo(_NEW_YORK)
    return moment.astimezone(zone).date() if moment else None


def _identity(market: Block) -> dict[str, str | None]:
    names = {
        "currency": market.get("currency"),
        "market_state": market.get("marketState"),
        "quote_type": market.get("quoteType"),
        "name": market.get("longName") or market.get("shortName"),
    }
    return {key: value if isinstance(value, str) else None for key, value in names.items()}


def _split(statistics: Block) -> dict[str, Any]:
    """New shares for an old one in the last split (``"4:1"`` is 4.0), and its day."""
    nothing = {"split_ratio": None, "split_date": None}
    moment, text = _moment(statistics.get("lastSplitDate")), statistics.get("lastSplitFactor")
    parts = text.split(":") if isinstance(text, str) else []
    if moment is None or len(parts) != 2 or not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        return nothing
    return {"split_ratio": int(parts[0]) / int(parts[1]), "split_date": moment.date()}
