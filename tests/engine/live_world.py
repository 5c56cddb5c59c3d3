"""A server whose figures go on from the bundled ones: as if the sources had been read in May 2026."""

import numpy as np
import pandas as pd

from engine.sources import BUNDLED, load
from engine.sources.live import Limits
from engine.sources.live.datasets import portfolio_names
from engine.sources.live.french import COLUMNS
from tests.engine.http_server import chart, fred_csv, french_csv, walk, zipped
from tests.engine.sources.fake_yahoo import quote, summary

FAST = Limits(connect=1.0, total=3.0, retries=1, backoff=0.01, max_wait=0.05, rate=1e6, burst=1e6, time_limit=60.0)
KEPT = 300
"""Bundled rows that the server repeats: enough to compare."""
NEW = pd.bdate_range("2022-12-29", "2023-03-31")
MONTHS = 140
FUNDS_FROM, FUNDS_TO = "2015-06-01", "2026-11-20"
"""Bars of the universe's funds: the whole weekly window, and newer than the bundled statistics."""


def fill(server, *, new_days=NEW, tickers=("SPY", "AGG", "GLD"), vintage="202604"):
    """Everything that a refresh asks for; of the universe's funds only these."""
    for name, rename in (
        ("sp500_price", {"SP500": "^GSPC"}),
        ("sp500_total_return", {"sp500_total_return": "^SP500TR"}),
        ("factor_etfs", {}),
        ("us_large_caps", {}),
    ):
        levels(server, load(name, BUNDLED).frame.rename(columns=rename), new_days)
    for seed, ticker in enumerate(tickers):
        days = pd.bdate_range(FUNDS_FROM, FUNDS_TO)
        server.charts[ticker] = chart(ticker, days, walk(1000 + seed, days))
    facts(server, tickers)
    won(server)
    macro(server)
    french(server, vintage)


def facts(server, tickers, **changes):
    """Quotes and summaries of these funds: fee, price, size and volume of the bundled universe, or these changes."""
    known = load("etf_universe", BUNDLED).frame.set_index("ticker")
    for ticker in tickers:
        row = known.loc[ticker]
        price, assets = float(row["price_usd"]), float(row["aum_usd_m"]) * 1e6
        told = {
            "regularMarketPrice": price,
            "bid": price * 0.9999,
            "ask": price * 1.0001,
            "netExpenseRatio": float(row["expense_ratio_pct"]),
            "netAssets": assets,
            "averageDailyVolume3Month": float(row["adv_usd_m"]) * 1e6 / price,
        } | changes
        size, fee = {"totalAssets": assets}, {"annualReportExpenseRatio": told["netExpenseRatio"] / 100.0}
        profile = {"feesExpensesInvestment": {"annualHoldingsTurnover": 0.05} | fee}
        server.quotes[ticker] = quote(ticker, **told)
        server.summaries[ticker] = summary(
            ticker,
            price={"regularMarketPrice": price},
            summaryDetail=size,
            defaultKeyStatistics=size,
            fundProfile=profile,
        )


def funds(server, table):
    """Charts of long bars: ``ticker``, ``date``, ``close``, ``adj_close``, ``volume``."""
    for ticker, rows in table.groupby("ticker"):
        closes, adjusted, volumes = (list(map(float, rows[name])) for name in ("close", "adj_close", "volume"))
        server.charts[ticker] = chart(ticker, rows["date"], closes, adjusted=adjusted, volumes=volumes)


def levels(server, frame, new_days):
    """Charts of bundled levels in another scale (as adjusted prices are), going on for these days."""
    for seed, (ticker, column) in enumerate(frame.items()):
        past = column.iloc[-KEPT:]
        future = walk(seed, new_days, float(past.iloc[-1]))
        values = [*map(float, past), *future]
        days = [*past.index, *new_days]
        server.charts[ticker] = chart(ticker, days, [v * 1.07 for v in values], adjusted=[v * 0.9 for v in values])


def won(server, last="2026-06-12"):
    """Daily rates that hit the month ends of the table on file."""
    ends = load("usdkrw_monthly", BUNDLED).frame["krw_per_usd_month_end"].iloc[-60:-1]
    days = pd.bdate_range(ends.index[0], last)
    rates = ends.reindex(days.union(ends.index)).ffill().bfill().reindex(days).interpolate()
    rates = rates.where(pd.Series(days, index=days).dt.month == pd.Series(days, index=days).dt.month, rates)
    for end, value in ends.items():
        rates[days[days <= end][-1]] = value
    server.charts["KRW=X"] = chart("KRW=X", days, list(map(float, rates)), currency="KRW", zone="Europe/London")


def macro(server, last="2026-05-29"):
    """Daily yields that average to the months on file, and monthly figures two months beyond them."""
    table = load("us_macro_monthly", BUNDLED).frame.iloc[-MONTHS:]
    days = pd.bdate_range(table.index[0].replace(day=1), last)
    month = days + pd.offsets.MonthEnd(0)
    for series, column in (
        ("DGS10", "treasury_10y_pct_avg"),
        ("T10Y3M", "term_spread_10y_3m_pct_avg"),
        ("DGS3MO", "treasury_3m_pct_avg"),
    ):
        values = table[column].reindex(month).ffill().to_numpy()
        told = {f"{day:%Y-%m-%d}": round(float(v), 3) for day, v in zip(days, values, strict=True)}
        told[f"{days[5]:%Y-%m-%d}"] = None
        server.series[series] = fred_csv(series, told)
    for seed, series in enumerate(("BAA10Y", "VIXCLS")):
        values = np.random.default_rng(seed).uniform(1.0, 3.0, len(days))
        told = {f"{day:%Y-%m-%d}": round(float(v), 2) for day, v in zip(days, values, strict=True)}
        server.series[series] = fred_csv(series, told, header="DATE", hole=".")
    ends = table.index.append(pd.date_range(table.index[-1] + pd.offsets.MonthEnd(1), periods=2, freq="ME"))
    for series, column, extra in (
        ("FEDFUNDS", "fed_funds_pct", [3.64, 3.6]),
        ("TB3MS", "treasury_3m_pct_avg", [3.6, 3.6]),
        ("CPILFESL", "core_cpi_index_sa", [335.0, None]),
        ("CPIAUCSL", "core_cpi_index_sa", [331.0, None]),
        ("UNRATE", "unemployment_pct_sa", [4.3, 4.4]),
    ):
        values = [*(None if np.isnan(v) else float(v) for v in table[column]), *extra]
        server.series[series] = fred_csv(series, {f"{e:%Y-%m}-01": v for e, v in zip(ends, values, strict=True)})


def french(server, vintage="202604"):
    """The library's files: the bundled months, and six more; columns that are not bundled are noise."""
    back = {ours: theirs for theirs, ours in portfolio_names().items()}
    bundled = load("french_portfolios", BUNDLED).frame.rename(columns=back)
    three = load("french_factors", BUNDLED).frame
    for file, columns in COLUMNS.items():
        daily = file.endswith("_daily")
        source = three if file == "F-F_Research_Data_Factors" else bundled
        past = source.iloc[-MONTHS:]
        new = pd.date_range(past.index[-1] + pd.offsets.MonthEnd(1), periods=30, freq="ME")
        if daily:
            keys = pd.bdate_range("2023-01-02", "2023-03-31")
            frame = pd.DataFrame(index=keys)
        else:
            frame = past.reindex(past.index.append(new))
        noise = np.random.default_rng(len(file)).normal(0.005, 0.03, (len(frame), len(columns)))
        values = pd.DataFrame(noise, index=frame.index, columns=list(columns))
        values = frame.reindex(columns=list(columns)).fillna(values) * 100.0
        stamp = "%Y%m%d" if daily else "%Y%m"
        rows = {f"{day:{stamp}}": row for day, row in zip(values.index, values.to_numpy(), strict=True)}
        server.files[file] = zipped(french_csv(columns, rows, vintage, annual=not daily), f"{file}.csv")
