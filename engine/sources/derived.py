"""Series made from two or more sources, each with its recipe in its name and findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.months import month_rows, weekdays_between
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Line, Provenance
from engine.sources.facts import month_end_rates

BILL_HANDOVER = pd.Timestamp("2017-03-31")


def sp500_total_return(price: Dataset, monthly: Dataset) -> Dataset:
    """Daily S&P 500 total-return index: daily price moves plus each month's dividends, spread evenly.

    Each session of month m is multiplied by ``((1 + tr_m) / (1 + price_m)) ** (1 / sessions_m)``
    with both returns from the monthly table, so a month that is cut off gets only its sessions'
    share. Starts at 1.0 on the first session.
    """
    close = price.frame.iloc[:, 0]
    sessions = pd.DatetimeIndex(close.index)
    table = monthly.frame
    dividend = (1 + table["tr_pct"] / 100) / (1 + table["sp500_price_pct"] / 100)
    months = sessions.to_period("M")
    growth = (
        pd.Series(dividend.to_numpy(), index=pd.DatetimeIndex(table.index).to_period("M")).reindex(months).to_numpy()
    )
    if np.isnan(growth).any():
        month = months[np.isnan(growth)][0]
        raise MissingData(
            "bad_table",
            field="sp500_price_pct",
            file=f"data/facts/{monthly.provenance.name}.csv",
            value=f"no return for {month}",
            accepted="a row with both returns for every month of the daily index",
        )
    factor = growth ** (1.0 / month_sessions(sessions))
    factor[0] = 1.0
    level = close / close.iloc[0] * np.cumprod(factor)
    provenance = Provenance(
        name="sp500_total_return",
        source="daily S&P 500 price index plus the month's dividend return from the monthly table",
        basis=Basis.TOTAL_RETURN,
        frequency=Frequency.DAILY,
        unit="growth of 1",
        currency="USD",
        as_of=close.index[-1].date(),
        retrieved="computed",
    )
    made = Finding(
        "derived",
        "info",
        "dividends are spread evenly over the sessions of their month; month totals agree with the index",
    )
    return Dataset(level.rename("sp500_total_return").to_frame(), provenance, (made,))


def month_sessions(index: pd.DatetimeIndex) -> np.ndarray:
    """Rows in the month of each date, shape (n,); 1 for monthly dates.

    A first or last month that the data cut off is filled up with its weekdays.
    """
    months = month_rows(index)
    if len(months.first) == len(index):
        return np.ones(len(index))
    counts = months.last - months.first + 1
    if not months.begun[0]:
        counts[0] += weekdays_between(months.ends[0].replace(day=1) - pd.Timedelta(days=1), index[0]) - 1
    if not months.ended[-1]:
        counts[-1] += weekdays_between(index[-1], months.ends[-1])
    return np.repeat(counts.astype(float), months.last - months.first + 1)


def bill_rate(french: Dataset, macro: Dataset) -> Dataset:
    """Riskless return a month: the one-month bill to 2017-03, then the three-month Treasury average / 12."""
    bill = french.frame["RF"].loc[:BILL_HANDOVER]
    treasury = macro.frame["treasury_3m_pct_avg"].loc[BILL_HANDOVER + pd.Timedelta(days=1) :] / 1200.0
    rate = pd.concat([bill, treasury.dropna()]).rename("bill_rate")
    provenance = Provenance(
        name="bill_rate",
        source="Kenneth R. French data library to 2017-03, three-month Treasury month average / 12 after it",
        basis=Basis.RATE,
        frequency=Frequency.MONTHLY,
        unit="return a month, decimal",
        currency="USD",
        as_of=rate.index[-1].date(),
        retrieved="computed",
    )
    spliced = Finding("splice", "info", "one-month bill to 2017-03, three-month Treasury average after it")
    return Dataset(rate.to_frame(), provenance, (spliced,))


def riskless(index: pd.DatetimeIndex, bill: Dataset) -> pd.Series:
    """Riskless return of each row: the month's bill, or its equal share over the month's sessions when daily.

    Raises
    ------
    BadInput
        The bill rate does not cover a month of the index.
    """
    rate = bill.frame["bill_rate"]
    months = index.to_period("M")
    monthly = pd.Series(rate.to_numpy(), index=pd.DatetimeIndex(rate.index).to_period("M")).reindex(months)
    if monthly.isna().any():
        missing = months[monthly.isna().to_numpy()][0]
        raise BadInput(
            "range_outside", field="bill rate", value=missing, first=rate.index[0].date(), last=rate.index[-1].date()
        )
    return pd.Series((1.0 + monthly.to_numpy()) ** (1.0 / month_sessions(index)) - 1.0, index=index)


def to_currency(line: Line, currency: str, rates: Dataset) -> Line:
    """A line in another currency, monthly, each month end at its own rate.

    Only month ends with a rate of that month end are kept; a constant rate is never put on a
    return path.

    Raises
    ------
    BadInput
        No month end of the line has a rate, or the pair is not USD and KRW.
    """
    if line.currency == currency:
        return line
    if {line.currency, currency} != {"USD", "KRW"}:
        raise BadInput("unknown_choice", field="currency", value=f"{line.currency} to {currency}", accepted="USD, KRW")
    table = rates.frame
    rate = table.loc[month_end_rates(table), "krw_per_usd_month_end"]
    monthly = month_ends(line)
    common = monthly.levels.index.intersection(rate.index)
    if len(common) < 2:
        raise BadInput(
            "no_rate",
            field=line.id,
            value=f"{line.first} to {line.last}",
            first=rate.index[0].date(),
            last=rate.index[-1].date(),
        )
    factor = rate[common] if currency == "KRW" else 1.0 / rate[common]
    values = (monthly.levels[common] * factor).rename(line.id)
    return Line(
        line.id, values, line.basis, Frequency.MONTHLY, currency, line.kind, line.source, line.cost_bps, line.findings
    )


@dataclass(frozen=True)
class ExchangeRate:
    """Won per dollar, and its day."""

    krw_per_usd: float
    as_of: date


def latest_rate(rates: Dataset) -> ExchangeRate:
    """The newest rate of the table, be it of a month end or not."""
    last = rates.frame.iloc[-1]
    return ExchangeRate(float(last["krw_per_usd_month_end"]), pd.Timestamp(last["last_date"]).date())


def month_ends(line: Line) -> Line:
    """The line sampled at month ends: the last session of each complete month, stamped with its calendar month end."""
    if line.frequency == Frequency.MONTHLY:
        return line
    months = month_rows(pd.DatetimeIndex(line.levels.index))
    rows = months.last[months.ended]
    values = pd.Series(line.levels.to_numpy()[rows], index=months.ends[months.ended].rename("date"), name=line.id)
    return Line(
        line.id,
        values,
        line.basis,
        Frequency.MONTHLY,
        line.currency,
        line.kind,
        line.source,
        line.cost_bps,
        line.findings,
    )
