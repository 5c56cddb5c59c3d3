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
MAX_ROWS = 500
EARLIEST = date(1900, 1, 1)

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


@dataclass(frozen=True, eq=False)
class OwnFunds:
    """Rows as read: text cells that passed, and the line of the table, by ticker, in file order."""

    rows: dict[str, dict[str, str]]
    lines: dict[str, int]
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
    table, day = _table(content, field), today or date.today()
    rows: dict[str, dict[str, str]] = {}
    lines: dict[str, int] = {}
    for line, cells in enumerate(table.to_dict("records"), start=2):
        filled = {str(name): str(cell).strip() for name, cell in cells.items() if pd.notna(cell) and str(cell).strip()}
        if not filled:
            continue
        ticker = filled.pop("ticker", "").upper()
        if not _TICKER.fullmatch(ticker):
            raise _cell(field, line, "ticker", ticker, "letters, digits, dot or hyphen, at most 12")
        if ticker in rows:
            raise BadInput("upload_duplicate", field=field, row=line, value=ticker)
        for name, cell in filled.items():
            _check(field, line, name, cell, day)
        rows[ticker], lines[ticker] = filled, line
    if not rows:
        raise BadInput("upload_rows", field=field, value=0, accepted=f"1 to {MAX_ROWS:,}")
    return OwnFunds(rows, lines, day)


def _table(content: bytes, field: str) -> pd.DataFrame:
    try:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp949")
        # The header is read as a row, so that pandas does not rename a column that comes twice.
        table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False, skip_blank_lines=False, header=None)
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput("upload_no_table", field=field, value=f"{len(content):,} bytes") from error
    table.columns = pd.Index(_header(["" if pd.isna(name) else str(name) for name in table.iloc[0]], field))
    if len(table) - 1 > MAX_ROWS:
        raise BadInput("upload_rows", field=field, value=len(table) - 1, accepted=f"1 to {MAX_ROWS:,}")
    return table.iloc[1:]


def _header(cells: list[str], field: str) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    for name in names:
        if name not in COLUMNS:
            raise BadInput("unknown_choice", field=f"{field}, column", value=name, accepted=", ".join(COLUMNS))
        if names.count(name) > 1:
            raise BadInput("upload_duplicate", field=field, row=1, value=name)
    if "ticker" not in names:
        raise BadInput("missing_column", field="ticker", value=field, accepted=", ".join(COLUMNS))
    return names


def _cell(field: str, row: int, column: str, value: str, accepted: str) -> BadInput:
    return BadInput("upload_cell", field=field, row=row, column=column, value=value, accepted=accepted)


def _check(field: str, row: int, name: str, cell: str, today: date) -> None:
    if name in NUMBERS:
        column = NUMBERS[name]
        known = bool(_NUMBER.fullmatch(cell)) and column.low <= float(cell) <= column.high
        if not known:
            raise _cell(field, row, name, cell, f"a number from {column.low:g} to {column.high:g}")
    elif cell[0] in "=+-@\t":
        raise _cell(field, row, name, cell, "text that does not begin like a formula")
    elif name in FLAGS and cell.lower() not in ("true", "false"):
        raise _cell(field, row, name, cell, "true or false")
    elif name in ("as_of", "inception_date") and not _is_day(cell, today):
        raise _cell(field, row, name, cell, f"a date from {EARLIEST} to {today}, YYYY-MM-DD")
    elif name == "peer_group" and not re.fullmatch(r"[a-z0-9_]{1,40}", cell):
        raise _cell(field, row, name, cell, "lower-case letters, digits and underscores")


def _is_day(cell: str, today: date) -> bool:
    try:
        return len(cell) == 10 and EARLIEST <= date.fromisoformat(cell) <= today
    except ValueError:
        return False


def with_own(known: Universe, own: OwnFunds, *, field: str = "file") -> Universe:
    """The universe with own rows in place of, or beside, the known ones.

    Raises
    ------
    BadInput
        A new fund lacks a needed column, or a figure differs from the known one as if percent and
        decimals had been mixed up.
    """
    replaced: dict[str, tuple[str, ...]] = dict(known.own)
    columns: dict[str, dict[str, Any]] = {}
    for ticker, cells in own.rows.items():
        if ticker not in known.funds.index:
            _require_needed(field, own.lines[ticker], cells)
        changes = _values(cells, own.read_on)
        for name, value in changes.items():
            _require_unit(field, own.lines[ticker], ticker, name, known, value)
            columns.setdefault(name, {})[ticker] = value
        fields = tuple(name for name in changes if not name.endswith("_as_of"))
        replaced[ticker] = tuple(dict.fromkeys((*replaced.get(ticker, ()), *fields)))
    funds = _extended(known.funds, [ticker for ticker in own.rows if ticker not in known.funds.index])
    for name, values in columns.items():
        funds.loc[list(values), name] = list(values.values())
    return Universe(funds, known.correlation, _groups(known.groups, funds.loc[list(own.rows)]), replaced)


def _require_needed(field: str, line: int, cells: dict[str, str]) -> None:
    for name in NEEDED_OF_NEW:
        if name not in cells:
            raise _cell(field, line, name, "", "a value, because the fund is new")


def _extended(funds: pd.DataFrame, new: list[str]) -> pd.DataFrame:
    """A copy with a blank row, listed and plain, for each new fund."""
    if not new:
        return funds.copy()
    blank: dict[str, object] = {name: _nothing(funds[name]) for name in funds.columns}
    blank |= {"listed": True, "leverage_factor": 1.0, "asset_class": "own", "region": "", "issuer": ""}
    return pd.concat([funds, pd.DataFrame([blank] * len(new), index=new).astype(funds.dtypes.to_dict())])


def _groups(groups: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Peer groups with those that only own rows name."""
    new = own.loc[~own["peer_group"].isin(groups.index)].drop_duplicates("peer_group").set_index("peer_group")
    return pd.concat([groups, new[["asset_class"]].assign(kind="own", reason="own group")]) if len(new) else groups


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
            found[f"{column.field}_as_of"] = day
        elif name in FLAGS:
            found[name] = cell.lower() == "true"
        elif name == "inception_date":
            found[name] = pd.Timestamp(cell)
        elif name != "as_of":
            found[name] = cell
    return found


def _require_unit(field: str, line: int, ticker: str, name: str, known: Universe, value: Any) -> None:
    """A fee 100 times the known one is a percent figure read as a decimal, or the other way round."""
    if name not in ("fee", "top10", "turnover", "spread") or ticker not in known.funds.index or value <= 0:
        return
    before: Any = known.funds.at[ticker, name]
    if pd.notna(before) and before > 0 and not 1 / UNIT_RATIO < value / before < UNIT_RATIO:
        column = next(key for key, item in NUMBERS.items() if item.field == name)
        raise _cell(field, line, column, f"{value * 100:g}", f"percent near the known {before * 100:g} ({ticker})")
