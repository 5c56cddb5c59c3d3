"""A reader's own panel from a wide CSV file: checked cell by cell, nothing filled, sorted or dropped."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.lab.checks import hole_mask
from engine.lab.panels import PricePanel, bill_returns
from engine.sources import Basis, Finding, Frequency
from engine.sources.upload import (
    MIN_ROWS,
    NUMBER,
    csv_dates,
    csv_frequency,
    csv_table,
    csv_text,
    require_month_ends,
)


def from_csv(
    content: bytes, *, opens: bytes | None = None, name: str = "own", basis: Basis, currency: str = "USD"
) -> PricePanel:
    """A panel from a CSV file with a header, a date column (YYYY-MM-DD or YYYY-MM) and one column of prices an asset.

    Parameters
    ----------
    content : bytes
        The file of closes, UTF-8 or CP949, at most ``engine.sources.upload.MAX_BYTES``; daily or
        monthly. A cell may be empty before an asset's first price (it starts later) and after its
        last (it was delisted), and nowhere else.
    opens : bytes, optional
        A file of opening prices with the same dates, columns and empty cells.
    basis : Basis
        ``TOTAL_RETURN`` or ``PRICE_INDEX``: whether dividends are in the prices. Only the reader
        knows; nothing is guessed.

    Raises
    ------
    BadInput
        Names the row and the column, the cell and what would be accepted.
    """
    accepted = (Basis.TOTAL_RETURN, Basis.PRICE_INDEX)
    if basis not in accepted:
        raise BadInput("unknown_choice", field="basis", value=basis, accepted=", ".join(accepted))
    prices, frequency = _read(content, "prices")
    at_open = _opens(opens, prices) if opens is not None else None
    rate = bill_returns(pd.DatetimeIndex(prices.index), currency)
    return PricePanel(
        name,
        prices,
        frequency,
        basis,
        currency,
        "prices uploaded by the reader",
        opens=at_open,
        riskless=rate,
        findings=(*_told(prices), *(() if rate is not None else (_NO_BILL,))),
    )


_NO_BILL = Finding("no_riskless", "warning", "no bill rate of this currency covers all dates: cash has no return here")


def _told(prices: pd.DataFrame) -> tuple[Finding, ...]:
    rows, columns = prices.shape
    told = [Finding("own", "info", f"{rows} rows of {columns} assets; not checked against another source")]
    late = [str(name) for name in prices if pd.isna(prices[name].iloc[0])]
    gone = [str(name) for name in prices if pd.isna(prices[name].iloc[-1])]
    if late:
        told.append(Finding("starts_later", "info", f"without a price on the first date: {', '.join(late)}"))
    if gone:
        told.append(Finding("ends_earlier", "info", f"without a price on the last date: {', '.join(gone)}"))
    return tuple(told)


def _read(content: bytes, field: str) -> tuple[pd.DataFrame, Frequency]:
    table = csv_table(content, field, wide=True)
    names = _names(content, field)
    dates = csv_dates(table.iloc[:, 0], field)
    frequency, index = csv_frequency(dates, field)
    if frequency == Frequency.MONTHLY:
        require_month_ends(table.iloc[:, 0], dates, field)
    columns = {name: _prices(table.iloc[:, order], field, name) for order, name in enumerate(names, start=1)}
    return pd.DataFrame(columns, index=index), frequency


def _names(content: bytes, field: str) -> list[str]:
    """Names of the assets; read apart from the table, whose reader renames a column that comes twice."""
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(csv_text(content))))]
    if len(header) < 2:
        raise BadInput("upload_assets", field=field, value=len(header))
    for name in header[1:]:
        if not name:
            raise BadInput("upload_cell", field=field, row=1, column=header.index(""), value="", accepted="a name")
        if header.count(name) > 1:
            raise BadInput("upload_duplicate", field=field, row=1, value=name)
    return header[1:]


def _prices(column: pd.Series, field: str, name: str) -> np.ndarray:
    values = np.full(len(column), np.nan)
    for row, text in enumerate(column):
        cell = text.strip()
        if not cell:
            continue
        if not (NUMBER.fullmatch(cell) and np.isfinite(float(cell)) and float(cell) > 0):
            raise _cell(field, row, name, cell, "a price above zero")
        values[row] = float(cell)
    holes = np.flatnonzero(hole_mask(values[:, None]))
    if len(holes):
        raise _cell(field, int(holes[0]), name, "", "a price on every date between the asset's first and last")
    if np.isfinite(values).sum() < MIN_ROWS:
        raise _cell(field, 0, name, str(column.iloc[0]).strip(), f"at least {MIN_ROWS} prices in the column")
    return values


def _cell(field: str, row: int, column: str, value: str, accepted: str) -> BadInput:
    """Row numbers in messages count the header as row 1."""
    return BadInput("upload_cell", field=field, row=row + 2, column=column, value=value, accepted=accepted)


def _opens(content: bytes, prices: pd.DataFrame) -> pd.DataFrame:
    table, _ = _read(content, "opens")
    if list(table.columns) != list(prices.columns):
        raise BadInput(
            "wrong_labels", field="opens", value=", ".join(table.columns), accepted=", ".join(prices.columns)
        )
    strangers = table.index.symmetric_difference(prices.index)
    if len(strangers):
        raise BadInput("not_aligned", field="opens", value=strangers[0].date())
    differ = np.argwhere(table.isna().to_numpy() != prices.isna().to_numpy())
    if len(differ):
        row, column = (int(part) for part in differ[0])
        cell = float(table.to_numpy()[row, column])
        value = "" if np.isnan(cell) else f"{cell:g}"
        accepted = "a price exactly where the close has one"
        raise _cell("opens", row, str(table.columns[column]), value, accepted)
    return table
