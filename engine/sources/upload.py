"""A reader's own series from a CSV file: checked row by row, nothing filled, sorted or dropped."""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import Literal, get_args

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.months import month_end, weekdays_left
from engine.sources.dataset import Basis, Finding, Frequency, Line

Kind = Literal["prices", "returns_decimal", "returns_percent"]

MAX_BYTES = 2_000_000
MIN_ROWS = 3

MONTH_END_WEEKDAYS = 5
"""A monthly price dated within so many weekdays of its month end counts as the month's."""

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def read_line(
    content: bytes,
    *,
    kind: Kind,
    basis: Basis,
    currency: str = "USD",
    name: str = "own",
    field: str = "file",
) -> Line:
    """A line from a CSV file with a header and two columns, a date (YYYY-MM-DD or YYYY-MM) and a value.

    Parameters
    ----------
    content : bytes
        The file, UTF-8, at most ``MAX_BYTES``.
    kind : {"prices", "returns_decimal", "returns_percent"}
        What the values are.
    basis : Basis
        Whether dividends are in the values. Only the reader knows; nothing is guessed.
    field : str
        Name of the file in error messages.

    Raises
    ------
    BadInput
        Names the row and what would be accepted.
    """
    if kind not in get_args(Kind):
        raise BadInput("unknown_choice", field="kind", value=kind, accepted=", ".join(get_args(Kind)))
    table = csv_table(content, field)
    if table.shape[1] != 2:
        raise BadInput("upload_columns", field=field, value=table.shape[1])
    dates = csv_dates(table.iloc[:, 0], field)
    values = _numbers(table.iloc[:, 1], field)
    frequency, index = csv_frequency(dates, field)
    if frequency == Frequency.MONTHLY and kind == "prices":
        require_month_ends(table.iloc[:, 0], dates, field)
    levels = _levels(pd.Series(values, index=index), kind, frequency, field)
    note = Finding(
        "own", "info", f"uploaded by the reader: {len(table)} rows of {kind}; not checked against another source"
    )
    return Line(name, levels.rename(name), basis, frequency, currency, "own", field, findings=(note,))


def csv_table(content: bytes, field: str, *, wide: bool = False) -> pd.DataFrame:
    """Cells of a CSV file as text, with a header line and at least ``MIN_ROWS`` rows under it.

    Raises
    ------
    BadInput
        The file is larger than ``MAX_BYTES``, no table, too short, or without a header; or a row
        has more cells than the header. ``wide`` says that many columns are accepted.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            "upload_too_large", field=field, value=f"{len(content):,} bytes", accepted=f"{MAX_BYTES:,} bytes"
        )
    try:
        text = csv_text(content).rstrip("\r\n")
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput("upload_unreadable", field=field, value=f"{len(content):,} bytes") from error
    if any(_looks_like_data(str(name)) for name in table.columns):
        raise BadInput("upload_header", field=field, value=", ".join(map(str, table.columns)))
    if not isinstance(table.index, pd.RangeIndex):
        if wide:
            raise BadInput("upload_assets", field=field, value=table.shape[1] + 1)
        raise BadInput("upload_columns", field=field, value=table.shape[1] + 1)
    if len(table) < MIN_ROWS:
        raise BadInput("upload_too_short", field=field, value=len(table), accepted=MIN_ROWS)
    return table


def csv_text(content: bytes) -> str:
    """UTF-8, or the code page in which Korean spreadsheets save."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp949")


def _looks_like_data(name: str) -> bool:
    return bool(NUMBER.fullmatch(name.strip()) or re.fullmatch(r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?", name.strip()))


def csv_dates(column: pd.Series, field: str) -> list[date]:
    """Dates in file order; row numbers in messages count the header as row 1."""
    dates: list[date] = []
    for row, text in enumerate(column, start=2):
        value = text.strip()
        try:
            day = datetime.strptime(value, "%Y-%m-%d" if len(value) > 7 else "%Y-%m").date()
        except ValueError as error:
            raise BadInput("upload_date", field=field, value=value, row=row) from error
        if dates and day <= dates[-1]:
            raise BadInput("upload_order", field=field, value=value, row=row)
        dates.append(day)
    return dates


def _numbers(column: pd.Series, field: str) -> np.ndarray:
    values = np.empty(len(column))
    for row, text in enumerate(column):
        if not (NUMBER.fullmatch(text.strip()) and np.isfinite(float(text))):
            raise BadInput("upload_number", field=field, value=text.strip(), row=row + 2)
        values[row] = float(text)
    return values


def csv_frequency(dates: list[date], field: str) -> tuple[Frequency, pd.DatetimeIndex]:
    """Daily if sessions follow each other closely, monthly if every month occurs once; else refused."""
    index = pd.DatetimeIndex(pd.to_datetime(dates), name="date")
    days = np.diff(index.to_numpy()) / np.timedelta64(1, "D")
    months = index.to_period("M")
    if months.is_unique and len(months) == (months[-1] - months[0]).n + 1:
        return Frequency.MONTHLY, month_end(index).rename("date")
    if np.median(days) <= 2 and days.max() <= 10:
        return Frequency.DAILY, index
    raise BadInput("upload_frequency", field=field, value=int(days.max() if np.median(days) <= 2 else np.median(days)))


def require_month_ends(texts: pd.Series, dates: list[date], field: str) -> None:
    """A monthly price must be of the month end; one of the month's first or middle belongs to another date."""
    left = weekdays_left(pd.DatetimeIndex(pd.to_datetime(dates)))
    for row, text in enumerate(texts):
        if len(text.strip()) > 7 and left[row] > MONTH_END_WEEKDAYS:
            raise BadInput("upload_month_end", field=field, value=text.strip(), row=row + 2)


def _levels(values: pd.Series, kind: Kind, frequency: Frequency, field: str) -> pd.Series:
    if kind == "prices":
        bad = np.flatnonzero(values.to_numpy() <= 0)
        if len(bad):
            raise BadInput("upload_sign", field=field, value=values.iloc[bad[0]], row=int(bad[0]) + 2)
        return values
    percent = kind == "returns_percent"
    returns = values / 100.0 if percent else values
    bad = np.flatnonzero((returns.to_numpy() <= -1) | (returns.to_numpy() > (10 if percent else 1)))
    if len(bad):
        accepted = "percent (1.5 means 1.5 %)" if percent else "decimals up to 1 (0.015 means 1.5 %)"
        raise BadInput("upload_return", field=field, value=values.iloc[bad[0]], row=int(bad[0]) + 2, accepted=accepted)
    first = pd.DatetimeIndex(returns.index)[0]
    before = first - (pd.offsets.MonthEnd(1) if frequency == Frequency.MONTHLY else pd.offsets.BusinessDay(1))
    with np.errstate(over="ignore", under="ignore"):
        levels = np.r_[1.0, np.cumprod(1.0 + returns.to_numpy())]
    lost = np.flatnonzero((levels <= 0) | ~np.isfinite(levels))
    if len(lost):
        row = int(lost[0]) - 1
        raise BadInput(
            "upload_return", field=field, value=values.iloc[row], row=row + 2, accepted="a path that stays above 0"
        )
    return pd.Series(levels, index=pd.DatetimeIndex([before]).append(pd.DatetimeIndex(returns.index)).rename("date"))
