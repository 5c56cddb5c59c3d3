"""A reader's own rows of the universe from a CSV file: checked cell by cell, merged, nothing guessed."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.universe.funds import Universe

MAX_BYTES = 2_000_000
MAX_ROWS = 5_000

UNIT_RATIO = 50.0
"""A figure so many times larger or smaller than the one it replaces is in another unit."""


@dataclass(frozen=True)
class OwnColumn:
    """One column that a file may have: the field it fills, the divisor to decimals, and its range as written."""

    field: str
    scale: float
    low: float
    high: float


NUMBERS: dict[str, OwnColumn] = {
    "fee_pct": OwnColumn("fee", 100, 0, 20),
    "tracking_error_pct": OwnColumn("tracking_error", 100, 0, 100),
    "spread_pct": OwnColumn("spread", 100, 0, 20),
    "top10_pct": OwnColumn("top10", 100, 0, 100),
    "turnover_pct": OwnColumn("turnover", 100, 0, 5000),
    "price_usd": OwnColumn("price", 1, 0.01, 1e6),
    "assets_usd_m": OwnColumn("assets", 1e-6, 0, 1e7),
    "dollar_volume_usd_m": OwnColumn("dollar_volume", 1e-6, 0, 1e6),
    "dividend_yield_pct": OwnColumn("dividend_yield", 100, 0, 100),
}
"""Percent columns say so; 0.03 in ``fee_pct`` is 0.03 %."""

FLAGS = ("is_leveraged", "is_inverse", "is_derivative_based", "is_currency_hedged", "is_active")
TEXTS = ("name", "issuer", "asset_class", "region", "peer_group", "index_tracked", "as_of", "inception_date")
COLUMNS = ("ticker", *TEXTS, *NUMBERS, *FLAGS)
NEEDED_OF_NEW = ("name", "peer_group", "fee_pct")

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.\-]{0,11}")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_CRITERION = {"tracking_error": "tracking"}


@dataclass(frozen=True, eq=False)
class OwnFunds:
    """Rows as read: text cells that passed, by ticker, in file order."""

    rows: dict[str, dict[str, str]]
    read_on: date


def read_funds(content: bytes, *, field: str = "file", today: date | None = None) -> OwnFunds:
    """Own rows from a CSV file with a header; blank cells leave what is known.

    Parameters
    ----------
    content : bytes
        UTF-8 or CP949, at most ``MAX_BYTES``; columns of ``COLUMNS``, ``ticker`` among them.

    Raises
    ------
    BadInput
        Names the row and the column, the cell and what would be accepted. A cell that begins like a
        spreadsheet formula is refused.
    """
    if len(content) > MAX_BYTES:
        raise BadInput(
            "upload_too_large", field=field, value=f"{len(content):,} bytes", accepted=f"{MAX_BYTES:,} bytes"
        )
    table = _table(content, field)
    rows: dict[str, dict[str, str]] = {}
    for place, cells in enumerate(table.to_dict("records"), start=2):
        filled = {str(name): str(cell).strip() for name, cell in cells.items() if str(cell).strip()}
        ticker = filled.pop("ticker", "").upper()
        if not _TICKER.fullmatch(ticker):
            raise _cell(field, place, "ticker", ticker, "letters, digits, dot or hyphen, at most 12")
        if ticker in rows:
            raise BadInput("upload_duplicate", field=field, row=place, value=ticker)
        for name, cell in filled.items():
            _check(field, place, name, cell)
        rows[ticker] = filled
    return OwnFunds(rows, today or date.today())


def _table(content: bytes, field: str) -> pd.DataFrame:
    try:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp949")
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput("upload_unreadable", field=field, value=f"{len(content):,} bytes") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise BadInput("upload_unreadable", field=field, value="a row with more cells than the header")
    table.columns = [str(name).strip().lower() for name in table.columns]
    for name in table.columns:
        if name not in COLUMNS:
            raise BadInput("unknown_choice", field=f"{field}, column", value=name, accepted=", ".join(COLUMNS))
    if "ticker" not in table or not table.columns.is_unique:
        raise BadInput("missing_column", field="ticker", value=field, accepted=", ".join(COLUMNS))
    if not 1 <= len(table) <= MAX_ROWS:
        raise BadInput("upload_rows", field=field, value=len(table), accepted=f"1 to {MAX_ROWS:,}")
    return table


def _cell(field: str, row: int, column: str, value: str, accepted: str) -> BadInput:
    return BadInput("upload_cell", field=field, row=row, column=column, value=value, accepted=accepted)


def _check(field: str, row: int, name: str, cell: str) -> None:
    if name in NUMBERS:
        column = NUMBERS[name]
        known = bool(_NUMBER.fullmatch(cell)) and column.low <= float(cell) <= column.high
        if not known:
            raise _cell(field, row, name, cell, f"a number from {column.low:g} to {column.high:g}")
    elif cell[0] in "=+-@\t":
        raise _cell(field, row, name, cell, "text that does not begin like a formula")
    elif name in FLAGS and cell.lower() not in ("true", "false"):
        raise _cell(field, row, name, cell, "true or false")
    elif name in ("as_of", "inception_date") and pd.isna(pd.to_datetime(cell, format="%Y-%m-%d", errors="coerce")):
        raise _cell(field, row, name, cell, "a date, YYYY-MM-DD")
    elif name == "peer_group" and not re.fullmatch(r"[a-z0-9_]{1,40}", cell):
        raise _cell(field, row, name, cell, "lower-case letters, digits and underscores")


def with_own(known: Universe, own: OwnFunds, *, field: str = "file") -> Universe:
    """The universe with own rows in place of, or beside, the known ones.

    Raises
    ------
    BadInput
        A new fund lacks a needed column, or a figure differs from the known one as if percent and
        decimals had been mixed up.
    """
    funds, groups = known.funds.copy(), known.groups.copy()
    replaced: dict[str, tuple[str, ...]] = dict(known.own)
    for place, (ticker, cells) in enumerate(own.rows.items(), start=2):
        if ticker not in funds.index:
            funds = _added(funds, ticker, cells, field, place)
        changes = _values(cells, own.read_on)
        for name, value in changes.items():
            if name in {column.field for column in NUMBERS.values()}:
                _require_unit(field, place, ticker, name, known, float(value))
            funds.at[ticker, name] = value
        if "tracking_error" in changes:
            funds.at[ticker, "tracking_quality"] = "A"
        fields = tuple(_CRITERION.get(name, name) for name in changes if not name.endswith("_as_of"))
        replaced[ticker] = tuple(dict.fromkeys((*replaced.get(ticker, ()), *fields)))
        group = str(funds.at[ticker, "peer_group"])
        if group not in groups.index:
            groups.loc[group, ["asset_class", "kind", "reason"]] = [cells.get("asset_class", "own"), "own", "own group"]
    own_tracking = [ticker for ticker, fields in replaced.items() if "tracking" in fields]
    funds.loc[own_tracking, "tracking"] = funds.loc[own_tracking, "tracking_error"]
    return Universe(funds, known.correlation, groups, replaced)


def _added(funds: pd.DataFrame, ticker: str, cells: dict[str, str], field: str, row: int) -> pd.DataFrame:
    for name in NEEDED_OF_NEW:
        if name not in cells:
            raise _cell(field, row, name, "", "a value, because the fund is new")
    blank: dict[str, object] = {name: _nothing(funds[name]) for name in funds.columns}
    blank |= {"listed": True, "leverage_factor": 1.0, "asset_class": "own", "region": "", "issuer": ""}
    return pd.concat([funds, pd.DataFrame([blank], index=[ticker]).astype(funds.dtypes.to_dict())])


def _nothing(column: pd.Series) -> object:
    if column.dtype == bool:
        return False
    if pd.api.types.is_datetime64_any_dtype(column):
        return pd.NaT
    return np.nan if pd.api.types.is_numeric_dtype(column) else ""


def _values(cells: dict[str, str], read_on: date) -> dict[str, Any]:
    day = cells.get("as_of", read_on.isoformat())
    found: dict[str, Any] = {}
    for name, cell in cells.items():
        if name in NUMBERS:
            column = NUMBERS[name]
            found[column.field] = float(cell) / column.scale
            found[f"{_CRITERION.get(column.field, column.field)}_as_of"] = day
        elif name in FLAGS:
            found[name] = cell.lower() == "true"
        elif name == "inception_date":
            found[name] = pd.Timestamp(cell)
        elif name != "as_of":
            found[name] = cell
    return found


def _require_unit(field: str, row: int, ticker: str, name: str, known: Universe, value: float) -> None:
    """A fee 100 times the known one is a percent figure read as a decimal, or the other way round."""
    if name not in ("fee", "top10", "turnover", "spread") or ticker not in known.funds.index or value <= 0:
        return
    before: Any = known.funds.at[ticker, name]
    if pd.notna(before) and before > 0 and not 1 / UNIT_RATIO < value / before < UNIT_RATIO:
        column = next(key for key, item in NUMBERS.items() if item.field == name)
        raise _cell(field, row, column, f"{value * 100:g}", f"percent near the known {before * 100:g} ({ticker})")
