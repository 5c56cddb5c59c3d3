"""What the real fund did: AMOM beside the momentum ETF and the index fund, live total returns after fees.

From the fact table ``qrft_amom_monthly_returns``: whole months only. Nothing of it is simulated, and nothing simulated
stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from engine.analytics import calendar_hits, metrics, rolling_hits
from engine.errors import MissingData
from engine.momentum.views import TEN, WINDOW, Paths, Won, grown, won
from engine.sources import load

TABLE = "qrft_amom_monthly_returns"
FUNDS = ("AMOM", "MTUM", "SPY")
PAIRS = (("AMOM", "SPY"), ("AMOM", "MTUM"), ("MTUM", "SPY"))


@dataclass(frozen=True)
class Pair:
    """One fund against another over the same months; decimals a year.

    Attributes
    ----------
    mean_12 : float
        Mean months won over all runs of twelve months.
    """

    fund: str
    against: str
    won: Won
    information_ratio: float | None
    tracking_error: float | None
    mean_12: float


@dataclass(frozen=True)
class LiveRecord:
    """Live funds over the whole months that all of them have.

    Attributes
    ----------
    annual, volatility, fall : dict of str to float
        Compound return a year; deviation a year; worst fall at month ends.
    years : dict of int to dict
        By calendar year: months won by AMOM against SPY and MTUM, and ``months``.
    """

    first: date
    last: date
    months: int
    pairs: tuple[Pair, ...]
    growth: Paths
    annual: dict[str, float]
    volatility: dict[str, float | None]
    fall: dict[str, float]
    years: dict[int, dict[str, int]]
    as_of: date

    def pair(self, fund: str, against: str) -> Pair:
        return next(pair for pair in self.pairs if (pair.fund, pair.against) == (fund, against))


def live_record() -> LiveRecord:
    """AMOM, MTUM and SPY, months in which all three have a whole month.

    Raises
    ------
    MissingData
        The table is missing or has no year of whole months.
    """
    data = load(TABLE)
    table = data.frame
    whole = table.loc[table["partial_month"].isna() | table["partial_month"].str.startswith("LQAI", na=False)]
    columns = {fund: whole[f"{fund.lower()}_pct"] / 100.0 for fund in FUNDS}
    returns = pd.DataFrame(columns).dropna()
    if len(returns) < WINDOW:
        raise MissingData(
            "bad_table", field="partial_month", file=TABLE, value=f"{len(returns)} whole months", accepted="12 or more"
        )
    figures = {fund: metrics(returns[fund], None, periods_per_year=12) for fund in FUNDS}
    won_in = {other: calendar_hits(returns["AMOM"], returns[other]) for other in ("SPY", "MTUM")}
    years = {
        int(str(year)): {other: int(rows.loc[year, "won"]) for other, rows in won_in.items()}
        | {"months": int(won_in["SPY"].loc[year, "months"])}
        for year in won_in["SPY"].index
    }
    ends = pd.DatetimeIndex(returns.index)
    return LiveRecord(
        first=ends[0].date(),
        last=ends[-1].date(),
        months=len(returns),
        pairs=tuple(_pair(returns, fund, against) for fund, against in PAIRS),
        growth=grown(returns),
        annual={fund: found.cagr for fund, found in figures.items()},
        volatility={fund: found.volatility for fund, found in figures.items()},
        fall={fund: found.max_drawdown for fund, found in figures.items()},
        years=years,
        as_of=data.provenance.as_of or ends[-1].date(),
    )


def _pair(returns: pd.DataFrame, fund: str, against: str) -> Pair:
    ours, theirs = returns[fund], returns[against]
    found = metrics(ours, theirs, periods_per_year=12)
    mean = float(rolling_hits(ours, theirs, WINDOW).mean())
    return Pair(fund, against, won(ours, theirs), found.information_ratio, found.tracking_error, mean)


def target_met(record: LiveRecord) -> list[int]:
    """Complete calendar years in which AMOM won at least ten months against SPY."""
    return [year for year, row in record.years.items() if row["months"] == WINDOW and row["SPY"] >= TEN]
