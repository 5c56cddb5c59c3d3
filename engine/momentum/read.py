"""Panels from the bundled data, from a stored data set, and from a reader's own table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.momentum.clean import check, clean
from engine.momentum.panel import StockPanel
from engine.months import month_end
from engine.sources import Basis, Finding, Frequency, load
from engine.sources.upload import MIN_ROWS, csv_frequency, csv_text

MAX_BYTES = 500_000_000

SURVIVORS = {"us_large_caps": "20 companies that are still large today, chosen with hindsight"}
"""Bundled panels whose names were chosen with hindsight, and why."""

NONE_ENDED = "no name ends before the table does: it may hold survivors only"

FACTOR_COLUMNS = ("Market", "MktRF", "SMB", "HML", "Mom", "RF")
"""Columns of the French portfolios that are not portfolios to hold."""

_DATE, _TICKER, _PRICE = ("date", "datetime"), ("ticker", "symbol"), ("adj close", "adj_close", "close", "price")


def panel(name: str = "us_large_caps") -> StockPanel:
    """A panel of a data set: bundled, or put there by a refresh (``etf_prices``).

    Raises
    ------
    BadInput
        No data set has this name, or it holds no prices or returns of several assets.
    MissingData
        Its data are missing, or only a refresh has them and there was none.
    """
    data = load(name)
    origin = data.provenance
    frame = data.frame.select_dtypes("number").drop(columns=list(FACTOR_COLUMNS), errors="ignore")
    held = origin.basis in (Basis.TOTAL_RETURN, Basis.PRICE_INDEX) and isinstance(frame.index, pd.DatetimeIndex)
    if not held or frame.shape[1] < 2:
        raise BadInput(
            "unknown_choice", field="panel", value=name, accepted="us_large_caps, french_portfolios, etf_prices"
        )
    told = data.findings
    if origin.unit.startswith("return"):
        frame = _grown(frame)
        told = (*told, Finding("derived", "info", "levels grown from monthly returns"))
    return make(
        frame,
        name=name,
        frequency=origin.frequency,
        basis=origin.basis,
        currency=origin.currency or "USD",
        source=origin.source,
        survivors=SURVIVORS.get(name, ""),
        findings=told,
    )


def _grown(returns: pd.DataFrame) -> pd.DataFrame:
    """Levels of monthly returns, 1.0 at the month end before the first; missing returns stay missing."""
    index = pd.DatetimeIndex(returns.index)
    before = index[0] - pd.offsets.MonthEnd(1)
    level = (1.0 + returns).cumprod().where(returns.notna())
    start = pd.DataFrame(1.0, index=[before], columns=returns.columns)
    return pd.concat([start, level])


def make(
    prices: pd.DataFrame,
    *,
    name: str = "own",
    frequency: Frequency | None = None,
    basis: Basis = Basis.TOTAL_RETURN,
    currency: str = "USD",
    source: str = "prices given by the caller",
    survivors: str = "",
    spells: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
    findings: tuple[Finding, ...] = (),
) -> StockPanel:
    """A panel from a wide table of prices.

    Parameters
    ----------
    prices : DataFrame, shape (T, n)
        Levels above zero, one column a name, by session or month end; missing where there is no price.
    frequency : Frequency, optional
        Told from the dates when left out.
    spells : DataFrame, optional
        Columns ticker, first, last: membership of the universe.
    caps : DataFrame, optional
        Market values by date; the newest of each month is used.

    Raises
    ------
    BadInput
        As ``clean``; dates that are neither daily nor monthly; spells or market values that do not fit.
    """
    check(prices)
    told, index = csv_frequency([day.date() for day in pd.DatetimeIndex(prices.index)], "prices")
    if frequency is not None and frequency != told:
        raise BadInput("unknown_choice", field="frequency", value=frequency, accepted=f"{told}, as the dates are")
    cleaned = clean(prices.set_axis(index), told)
    table = cleaned.prices.rename_axis(index="date", columns=None)
    return StockPanel(
        name,
        table,
        told,
        basis,
        currency,
        source,
        survivors,
        None if spells is None else _spells(spells),
        None if caps is None else _caps(caps, table),
        (*findings, *cleaned.findings),
    )


def _spells(spells: pd.DataFrame) -> pd.DataFrame:
    for column in ("ticker", "first", "last"):
        if column not in spells.columns:
            raise BadInput("missing_column", field=column, value="spells", accepted="ticker, first, last")
    table = spells[["ticker", "first", "last"]].copy()
    for column in ("first", "last"):
        try:
            table[column] = pd.to_datetime(table[column])
        except ValueError as error:
            raise BadInput("bad_date", field=column, value=str(error)[:60]) from error
    if table["first"].isna().any():
        raise BadInput("bad_date", field="first", value=f"nothing for {table['ticker'][table['first'].isna()].iloc[0]}")
    turned = table["last"] < table["first"]
    if turned.any():
        row = table.loc[turned].iloc[0]
        raise BadInput(
            "range_reversed", field=str(row["ticker"]), value=f"{row['first'].date()} - {row['last'].date()}"
        )
    return table


def _caps(caps: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(caps.index, pd.DatetimeIndex):
        raise BadInput("bad_index", field="caps", value="its index")
    values = caps.to_numpy(dtype=float)
    if (values <= 0).any() or np.isinf(values).any():
        raise BadInput("bad_number", field="caps", value=float(np.nanmin(values)), accepted="market values above zero")
    monthly = caps.groupby(month_end(caps.index)).last()
    return monthly.reindex(columns=prices.columns)


def from_file(path: str | Path, *, basis: Basis = Basis.TOTAL_RETURN, currency: str = "USD") -> StockPanel:
    """A panel from a CSV or Parquet file.

    Raises
    ------
    BadInput
        The file cannot be read, or its content is refused (see ``from_bytes``).
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput("table_file", field="file", value=path, reason=error.strerror or "unreadable") from error
    return from_bytes(content, name=file.stem, basis=basis, currency=currency)


def from_bytes(
    content: bytes, *, name: str = "own", basis: Basis = Basis.TOTAL_RETURN, currency: str = "USD"
) -> StockPanel:
    """A panel from the content of a CSV or Parquet file.

    Wide: a date column and one column of prices a name. Long: columns date, ticker and adj close (or close). Empty
    cells are dates without a price. Who was left out of a table cannot be seen in it; one in which no name ends counts
    as a list of survivors.

    Raises
    ------
    BadInput
        No table, a cell that is no number, dates out of order, a ticker twice, prices at or below zero.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            "upload_too_large", field="file", value=f"{len(content):,} bytes", accepted=f"{MAX_BYTES:,} bytes"
        )
    table = _parquet(content) if content[:4] == b"PAR1" else _csv(content)
    prices = _wide(table)
    if len(prices) < MIN_ROWS:
        raise BadInput("upload_too_short", field="file", value=len(prices), accepted=MIN_ROWS)
    own = make(prices, name=name, basis=basis, currency=currency, source="prices uploaded by the reader")
    return own if own.delisted.notna().any() else replace(own, survivors=NONE_ENDED)


def _parquet(content: bytes) -> pd.DataFrame:
    try:
        table = pd.read_parquet(io.BytesIO(content))
    except (OSError, ValueError) as error:
        raise BadInput("table_file", field="file", value="content", reason="no Parquet table") from error
    return table if isinstance(table.index, pd.RangeIndex) else table.reset_index()


def _csv(content: bytes) -> pd.DataFrame:
    try:
        text = csv_text(content)
        header = [cell.strip() for cell in next(csv.reader(io.StringIO(text)))]
        table = pd.read_csv(io.StringIO(text), header=None, skiprows=1, low_memory=False)
    except (UnicodeDecodeError, ValueError, StopIteration) as error:
        raise BadInput("upload_unreadable", field="file", value=f"{len(content):,} bytes") from error
    if table.shape[1] != len(header):
        raise BadInput("upload_assets", field="file", value=table.shape[1])
    for cell in header:
        if header.count(cell) > 1:
            raise BadInput("column_twice", field="file", value=cell)
    return table.set_axis(header, axis=1)


def _wide(table: pd.DataFrame) -> pd.DataFrame:
    names = {str(column).strip().lower(): column for column in table.columns}
    date = next((names[key] for key in _DATE if key in names), table.columns[0])
    ticker = next((names[key] for key in _TICKER if key in names), None)
    _dated(table[date])
    if ticker is None:
        wide = table.set_index(date)
    else:
        price = next((names[key] for key in _PRICE if key in names), None)
        if price is None:
            raise BadInput("missing_column", field="adj close", value="file", accepted="date, ticker, adj close")
        long = table[[date, ticker, price]].astype({ticker: str})
        twice = long.duplicated([date, ticker])
        if twice.any():
            row = long.loc[twice].iloc[0]
            raise BadInput("twice", field="file", value=f"{row[ticker]} on {str(row[date])[:10]}")
        wide = long.set_index([date, ticker])[price].unstack(ticker)  # noqa: PD010  (no aggregation)
        wide = wide.sort_index()
    wide = _numbers(wide)
    try:
        days = wide.index if isinstance(wide.index, pd.DatetimeIndex) else pd.to_datetime(wide.index, format="ISO8601")
        wide.index = pd.DatetimeIndex(days).rename("date")
    except (ValueError, TypeError) as error:
        raise BadInput("upload_date", field="file", value=str(wide.index[0]), row=2) from error
    return wide


def _dated(days: pd.Series) -> None:
    """Name the first cell that is no date."""
    unread = np.flatnonzero(pd.to_datetime(days, errors="coerce").isna())
    if len(unread):
        row = int(unread[0])
        raise BadInput("upload_date", field="file", value=str(days.iloc[row]), row=row + 2)


def _numbers(wide: pd.DataFrame) -> pd.DataFrame:
    numbers = wide.apply(pd.to_numeric, errors="coerce")
    strange = np.argwhere((numbers.isna() & wide.notna()).to_numpy())
    if len(strange):
        row, column = strange[0]
        raise BadInput(
            "upload_cell", field="file", row=int(row) + 2, column=str(wide.columns[column]),
            value=str(wide.iloc[row, column]), accepted="a price above zero",
        )  # fmt: skip
    return pd.DataFrame(numbers, dtype=float)
