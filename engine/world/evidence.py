"""Passive beside active: what published records and plain arithmetic say.

Shares, returns and fees are decimals; a fact that was looked for and not found stays None.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isnan

import numpy as np

from engine.errors import BadInput
from engine.sources import load

FUNDS = ("a", "b", "c", "d", "e")
"""The five funds of funds of the bet; they were never named."""


@dataclass(frozen=True)
class Scorecard:
    """Share of active funds behind their index, one published figure.

    Attributes
    ----------
    share : float or None
        Decimal; None where it was looked for and not found.
    basis : str
        As published: absolute or risk-adjusted, net or gross of fees.
    """

    region: str
    as_of: dt.date
    category: str
    benchmark: str | None
    years: int
    share: float | None
    basis: str
    source: str
    note: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class BetYear:
    """One year of the bet, decimals; None for a fund that no longer existed.

    Attributes
    ----------
    funds_mean : float
        Mean of the funds still there.
    index_wealth, funds_wealth : float
        Growth of one unit since the start; ``funds_wealth`` puts a fifth into each fund and leaves it
        (a fund that ended keeps its last value).
    fund_wealth : dict of str to float or None
        Growth of one unit in each fund; None once it no longer existed.
    """

    year: int
    index_fund: float
    funds: dict[str, float | None]
    funds_mean: float
    index_wealth: float
    funds_wealth: float
    fund_wealth: dict[str, float | None]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class Bet:
    """The bet of 2008 to 2017: an S&P 500 index fund against five funds of hedge funds.

    Attributes
    ----------
    years : tuple of BetYear
    nine_years : dict of str to float
        The pair quoted after 2016, a year: ``index_fund`` as published, ``funds_of_funds`` computed from
        the published gains (growth of the mean of the five final values).
    final_gain, final_annual : dict of str to float
        By fund and ``index_fund``, 2008-2017 as published (fund d: nine years).
    years_funds_ahead : int
        Years in which the mean fund beat the index fund.
    """

    years: tuple[BetYear, ...]
    nine_years: dict[str, float]
    final_gain: dict[str, float]
    final_annual: dict[str, float]
    years_funds_ahead: int
    sources: tuple[str, ...]

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"years": [item.to_dict() for item in self.years]}


@dataclass(frozen=True)
class FeePath:
    """Wealth under two fees and under none, year by year.

    ``wealth(n) = amount ((1 + gross return) (1 - fee)) ^ n``: the fee is taken from the year's end value.

    Attributes
    ----------
    amount : float
        What was put in at the start, in any currency; the wealth is in the same unit.
    """

    years: tuple[int, ...]
    low_fee: float
    high_fee: float
    gross_return: float
    wealth_low: tuple[float, ...]
    wealth_high: tuple[float, ...]
    amount: float
    wealth_free: tuple[float, ...]

    @property
    def share_lost(self) -> float:
        """What the dearer fund has lost of the cheaper one's wealth at the end, decimal."""
        return 1.0 - self.wealth_high[-1] / self.wealth_low[-1]

    @property
    def lost_low(self) -> float:
        """What the cheaper fee has taken at the end, growth missed included, in the unit of the amount."""
        return self.wealth_free[-1] - self.wealth_low[-1]

    @property
    def lost_high(self) -> float:
        """What the dearer fee has taken at the end, growth missed included, in the unit of the amount."""
        return self.wealth_free[-1] - self.wealth_high[-1]

    def to_dict(self) -> dict[str, object]:
        lost = {"share_lost": self.share_lost, "lost_low": self.lost_low, "lost_high": self.lost_high}
        return asdict(self) | lost


@dataclass(frozen=True)
class WinnerOdds:
    """Chances when picks are independent draws, each ahead with 1 - ``share_behind`` (decimals).

    Independence flatters: funds of one category fall behind together.

    Attributes
    ----------
    at_least_one, all_ahead, most_ahead : float
        At least one pick ahead, every pick ahead, more than half ahead.
    """

    share_behind: float
    picks: int
    at_least_one: float
    all_ahead: float
    most_ahead: float
    independent: bool = True

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True)
class TradingDrag:
    """What trading costs a year, decimals.

    ``annual_drag = 1 - (1 - cost x share traded) ^ trades``: the part of wealth that a year of trades
    takes, each paid from what is left.

    Attributes
    ----------
    cost : float
        Cost of one trade as a decimal of the amount traded, one way.
    wealth, wealth_untraded : float
        Growth of one unit over ``years`` at ``gross_return``, with and without the trades.
    """

    trades_per_year: float
    cost: float
    share_traded: float
    annual_drag: float
    gross_return: float
    years: int
    wealth: float
    wealth_untraded: float

    @property
    def share_lost(self) -> float:
        """What the trades have taken of the untraded wealth at the end, decimal."""
        return 1.0 - self.wealth / self.wealth_untraded

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"share_lost": self.share_lost}


@dataclass(frozen=True)
class Claim:
    """Something the article says, and what was found about it.

    Attributes
    ----------
    status : str
        ``"confirmed"``, ``"partly"`` or ``"not_found"``.
    claimed, found : float or None
        In the units beside them (percent and trillions stay as printed).
    """

    claim: str
    claimed: float | None
    claimed_unit: str
    status: str
    found: float | None
    found_unit: str
    found_source: str
    source: str
    as_of: dt.date
    note: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class FundStatus:
    """Whether a fund is active or tracks an index, from its filings.

    Attributes
    ----------
    active : bool
        True: it has no index to track, so it counts as active whatever engine drives it.
    fee : float
        A year, decimal.
    """

    ticker: str
    name: str
    active: bool
    benchmark: str
    fee: float
    adviser: str
    as_of: str
    source: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def spiva(region: str = "", years: int | None = None) -> tuple[Scorecard, ...]:
    """Published shares of active funds behind their index, of one region and horizon if given.

    Raises
    ------
    BadInput
        No row has this region or horizon.
    """
    table = load("spiva_us_10y").frame
    regions, horizons = sorted(set(table["region"])), sorted(set(table["horizon_years"]))
    if region and region not in regions:
        raise BadInput("unknown_choice", field="region", value=region, accepted=", ".join(regions))
    if years is not None and years not in horizons:
        raise BadInput("unknown_choice", field="years", value=years, accepted=", ".join(map(str, horizons)))
    own = table.loc[
        (table["region"].isin([region] if region else regions))
        & (table["horizon_years"].isin([years] if years is not None else horizons))
    ]
    return tuple(
        Scorecard(
            row["region"],
            dt.date.fromisoformat(row["as_of"]),
            row["category"],
            _text(row["benchmark"]) or None,
            int(row["horizon_years"]),
            _decimal(row["pct_underperforming"]),
            row["basis"],
            row["source"],
            _text(row["note"]),
        )
        for row in own.to_dict("records")
    )


def buffett() -> Bet:
    """The bet year by year, cumulated, with the two published results."""
    table = load("buffett_bet_annual").frame
    columns = {name: f"fund_of_funds_{name}_pct" for name in FUNDS} | {"index_fund": "sp500_index_fund_pct"}
    figures = (table[list(columns.values())] / 100.0).set_axis(list(columns), axis=1)
    annual = figures[(table["measure"] == "annual_return") & table["period"].str.fullmatch(r"\d{4}")]
    annual.index = table.loc[annual.index, "period"].astype(int)

    def row(measure: str) -> dict[str, float]:
        return {str(k): float(v) for k, v in figures[table["measure"] == measure].iloc[0].items()}

    nine, quoted = row("gain_to_date"), row("compounded_annual_to_date")["index_fund"]
    funds = float(np.mean([1.0 + nine[name] for name in FUNDS])) ** (1 / 9) - 1
    wealth = (1.0 + annual.fillna(0.0)).cumprod()
    means, present = annual[list(FUNDS)].mean(axis=1), annual.notna()
    years = tuple(
        BetYear(
            int(year),
            float(annual.loc[year, "index_fund"]),
            {name: _missing(annual.loc[year, name]) for name in FUNDS},
            float(means[year]),
            float(wealth.loc[year, "index_fund"]),
            float(wealth.loc[year, list(FUNDS)].mean()),
            {name: _missing(wealth.loc[year, name]) if present.loc[year, name] else None for name in FUNDS},
        )
        for year in annual.index
    )
    return Bet(
        years,
        {"index_fund": quoted, "funds_of_funds": funds},
        row("final_gain"),
        row("average_annual_gain"),
        int((means > annual["index_fund"]).sum()),
        tuple(dict.fromkeys(table["source"])),
    )


def fee_compounding(
    low_fee: float, high_fee: float, *, gross_return: float = 0.07, years: int = 30, amount: float = 1.0
) -> FeePath:
    """What two fees leave of the same gross return.

    Parameters
    ----------
    low_fee, high_fee, gross_return : float
        A year, decimals.
    years : int
        From 1 to 100.
    amount : float
        Put in at the start, above zero.

    Raises
    ------
    BadInput
        A fee outside 0 to 1, fees in the wrong order, a return of -100 % or less, years or amount out of range.
    """
    _between("low fee", low_fee, 0.0, 0.999)
    _between("high fee", high_fee, low_fee, 0.999)
    _between("gross return", gross_return, -0.99, 1.0)
    start = _between("amount", amount, 1e-9, 1e18)
    steps = tuple(range(_whole("years", years, 1, 100) + 1))
    low, high, free = (
        tuple(start * ((1 + gross_return) * (1 - fee)) ** n for n in steps) for fee in (low_fee, high_fee, 0.0)
    )
    return FeePath(steps, low_fee, high_fee, gross_return, low, high, start, free)


def winner_odds(share_behind: float, picks: int = 1) -> WinnerOdds:
    """Chances of picking funds that end ahead of their index, by a published share of those behind.

    Raises
    ------
    BadInput
        A share outside 0 to 1, or picks outside 1 to 100.
    """
    from engine.factors.evidence import at_least

    behind, count = _between("share behind", share_behind, 0.0, 1.0), _whole("picks", picks, 1, 100)
    return WinnerOdds(
        behind, count, 1.0 - behind**count, (1.0 - behind) ** count, at_least(count // 2 + 1, count, 1.0 - behind)
    )


def trading_drag(
    trades_per_year: float,
    cost_bps: float,
    *,
    share_traded: float = 1.0,
    gross_return: float = 0.07,
    years: int = 20,
) -> TradingDrag:
    """What trading so often costs.

    Parameters
    ----------
    trades_per_year : float
        Buys and sells each count as one.
    cost_bps : float
        Commission, spread and tax of one trade, basis points of the amount traded.
    share_traded : float
        Part of the portfolio moved by a trade, decimal.

    Raises
    ------
    BadInput
        A negative number, a cost of 100 % or more, a share outside 0 to 1, years outside 1 to 100.
    """
    trades = _between("trades per year", trades_per_year, 0.0, 10_000.0)
    cost = _between("cost (bp)", cost_bps, 0.0, 9_999.0) / 10_000.0
    part = _between("share traded", share_traded, 0.0, 1.0)
    growth = 1.0 + _between("gross return", gross_return, -0.99, 1.0)
    span = _whole("years", years, 1, 100)
    kept = (1.0 - cost * part) ** trades
    return TradingDrag(trades, cost, part, 1.0 - kept, gross_return, span, (growth * kept) ** span, growth**span)


def claims() -> tuple[Claim, ...]:
    """What the article claims, with what could and could not be confirmed."""
    return tuple(
        Claim(
            row["claim"],
            _missing(row["claimed_value"]),
            row["claimed_unit"],
            row["status"],
            _missing(row["found_value"]),
            row["found_unit"],
            row["found_source"],
            row["source"],
            dt.date.fromisoformat(row["as_of"]),
            _text(row["note"]),
        )
        for row in load("article_claims").frame.to_dict("records")
    )


def fund_status(tickers: Sequence[str] = ("QRFT", "AMOM")) -> tuple[FundStatus, ...]:
    """Whether funds are active by their filings.

    Raises
    ------
    BadInput
        A fund is not in the table.
    MissingData
        The table says nothing about its index.
    """
    table = load("qraft_fund_facts").frame.set_index("ticker")
    unknown = [ticker for ticker in tickers if ticker not in table.index]
    if unknown:
        raise BadInput("unknown_choice", field="fund", value=unknown[0], accepted=", ".join(table.index))
    return tuple(_status(ticker, table.loc[ticker].to_dict()) for ticker in tickers)


def _status(ticker: str, row: Mapping[Hashable, object]) -> FundStatus:
    benchmark = _text(row["benchmark_or_index"])
    return FundStatus(
        ticker,
        str(row["name"]),
        benchmark.startswith("none (active)"),
        benchmark,
        float(str(row["expense_ratio_pct"])) / 100.0,
        _text(row["adviser"]),
        str(row["as_of"]),
        str(row["source"]),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _missing(value: object) -> float | None:
    number = float(str(value))
    return None if isnan(number) else number


def _decimal(percent: object) -> float | None:
    number = _missing(percent)
    return None if number is None else number / 100.0


def _between(field: str, value: float, low: float, high: float) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise BadInput("bad_number", field=field, value=value, accepted=f"{low:g} to {high:g}")
    return float(value)


def _whole(field: str, value: int, low: int, high: int) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or not low <= value <= high:
        raise BadInput("bad_number", field=field, value=value, accepted=f"a whole number, {low} to {high}")
    return int(value)
