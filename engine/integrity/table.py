"""A vendor's price table as arrays: read once at the border, checked, one ``Bars`` a ticker.

Nothing is dropped, filled or reordered in the table itself; a detector sees one ticker, oldest
row first, and says which rows of it are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import BadInput

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FREQUENCIES = ("daily", "weekly", "hourly", "15min")
BARS = ("Open", "High", "Low", "Close")
PRICES = (*BARS, "Adj Close")
EVENTS = ("Dividends", "Stock Splits", "Capital Gains")
REQUIRED = (*PRICES, "Volume")
DATES = ("date", "datetime")
TICKERS = ("ticker", "symbol")
LEAST_ROWS = 2
OFFSETS_APART = 120  # minutes between offsets of one exchange: summer time moves clocks by an hour
MINUTE = 60_000_000_000


def _key(name: object) -> str:
    return str(name).strip().lower().replace(" ", "").replace("_", "")


@dataclass
class Bars:
    """One ticker's rows, oldest first; a working copy that repairs are written to.

    Attributes
    ----------
    rows : int array
        Position of each bar in the table.
    when : datetime64[ns] array
        The instant of each bar (UTC where the table has zones).
    day : datetime64[D] array
        The date on the exchange's own clock.
    cells : dict of str to float array
        Prices, ``Volume`` and events; an absent event column is all zero.
    given : frozenset of str
        Columns that the table really has.
    offsets : tuple of int
        Offsets from UTC in minutes that the dates carry (two with summer time); empty without zones.
    minute : int array
        Minute of the day on the exchange's clock; empty unless a bar is shorter than a day.
    derived : dict of str to float array
        What detectors worked out from ``cells`` and share; emptied when a repair changes a cell.
    """

    ticker: str | None
    frequency: str
    rows: Ints
    when: npt.NDArray[np.datetime64]
    day: npt.NDArray[np.datetime64]
    cells: dict[str, Floats]
    given: frozenset[str]
    offsets: tuple[int, ...] = ()
    calendar: str | None = None
    places: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    derived: dict[str, Floats] = field(default_factory=dict)
    minute: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, column: str) -> Floats:
        return self.cells[column]

    @cached_property
    def in_order(self) -> bool:
        """Rows of the table run one way (oldest or newest first)."""
        steps = np.diff(self.places)
        return bool((steps > 0).all() or (steps < 0).all())

    @property
    def valid(self) -> npt.NDArray[np.bool_]:
        """Rows with a close above zero."""
        return np.asarray(self["Close"] > 0)  # NaN compares false

    @property
    def traded(self) -> npt.NDArray[np.bool_]:
        """Rows with volume; every row where the table reports no volume at all."""
        volume = self["Volume"]
        some = volume > 0
        return np.asarray(some if some.any() else np.ones(len(self), bool))

    @property
    def pays(self) -> bool:
        """The table holds at least one cash distribution."""
        return bool((self["Dividends"] > 0).any() or (self["Capital Gains"] > 0).any())


@dataclass(frozen=True, eq=False)
class Table:
    """A checked table: names of its columns, and its tickers' bars."""

    frame: pd.DataFrame
    columns: dict[str, str]
    bars: tuple[Bars, ...]
    zoned: bool = False


def read(table: pd.DataFrame, frequency: str, calendar: str | None = None, *, least: int = LEAST_ROWS) -> Table:
    """Check the form of a price table of at least so many rows and split it into tickers.

    Raises
    ------
    BadInput
        Unknown frequency, missing or repeated columns, text in a number, dates that cannot be
        read, dates of which only some carry a time zone or of far zones, fewer than two rows.
    """
    if frequency not in FREQUENCIES:
        raise BadInput("unknown_choice", field="frequency", value=frequency, accepted=", ".join(FREQUENCIES))
    if not isinstance(table, pd.DataFrame):
        raise BadInput("wrong_form", field="table", value=type(table).__name__, accepted="a DataFrame of prices")
    columns = named(table)
    if len(table) < least:
        raise BadInput("upload_too_short", field="table", value=len(table), accepted=least)
    numbers = {name: _numbers(table[columns[name]], name) for name in (*REQUIRED, *EVENTS) if name in columns}
    tickers = table[columns["ticker"]] if "ticker" in columns else None
    clock = _Clock.read(table[columns["date"]])
    bars = tuple(
        _bars(numbers, clock, rows, ticker, frequency, calendar) for ticker, rows in _split(tickers, len(table))
    )
    return Table(table, columns, bars, zoned=not np.isnan(clock.offset[0]))


def named(table: pd.DataFrame) -> dict[str, str]:
    """The table's own name of each column we know; ``date`` and ``ticker`` under those names."""
    if not table.columns.is_unique:
        twice = table.columns[table.columns.duplicated()][0]
        raise BadInput("column_twice", field="table", value=twice)
    known = {_key(name): name for name in (*REQUIRED, *EVENTS)}
    found: dict[str, str] = {}
    for name in table.columns:
        key = _key(name)
        wanted = "date" if key in DATES else "ticker" if key in TICKERS else known.get(key)
        if wanted and wanted in found:
            raise BadInput("column_twice", field="table", value=name)
        if wanted:
            found[wanted] = name
    for name in ("date", *REQUIRED):
        if name not in found:
            accepted = ", ".join(("Date or Datetime", *REQUIRED))
            field = "Date" if name == "date" else name
            raise BadInput("missing_column", field=field, value="price table", accepted=accepted)
    return found


def _numbers(column: pd.Series, name: str) -> Floats:
    """The column as floats; blanks are NaN (an event column: zero)."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        raise BadInput("not_a_number", field=name, row=2, value=column.iloc[0])
    read = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    if np.isfinite(read).all():
        return read
    wrong = np.flatnonzero((np.isnan(read) & column.notna().to_numpy()) | np.isinf(read))
    if wrong.size:
        raise BadInput("not_a_number", field=name, row=int(wrong[0]) + 2, value=column.iloc[wrong[0]])
    return np.nan_to_num(read, nan=0.0) if name in EVENTS else read


@dataclass(frozen=True, eq=False)
class _Clock:
    """Instant, local day and offset (minutes, NaN where the row has no zone) of every row."""

    when: npt.NDArray[np.datetime64]
    day: npt.NDArray[np.datetime64]
    offset: Floats

    @classmethod
    def read(cls, column: pd.Series) -> _Clock:
        name = str(column.name)
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            local = column.dt.tz_localize(None).to_numpy("datetime64[ns]")
            when = column.dt.tz_convert(None).to_numpy("datetime64[ns]")
            return cls._of(column, name, when, local, (local - when).astype(np.int64) / MINUTE)
        if pd.api.types.is_datetime64_dtype(column):
            when = column.to_numpy("datetime64[ns]")
            return cls._of(column, name, when, when, np.full(len(when), np.nan))
        return cls._of_text(column, name)

    @classmethod
    def _of_text(cls, column: pd.Series, name: str) -> _Clock:
        if pd.api.types.is_numeric_dtype(column):
            raise BadInput("upload_date", field=name, row=2, value=column.iloc[0])
        text = column.astype("str").str.strip()
        utc = pd.to_datetime(text, utc=True, errors="coerce", format="ISO8601")
        zone = text.str.extract(r"([+-]\d{2}:?\d{2}|Z)$", expand=False).where(text.str.len() > 10)
        when = utc.dt.tz_localize(None).to_numpy("datetime64[ns]")
        offset = zone.map({mark: _minutes(mark) for mark in zone.dropna().unique()}).to_numpy(dtype=float)
        shift = (np.nan_to_num(offset) * MINUTE).astype("timedelta64[ns]")
        return cls._of(column, name, when, when + shift, offset)

    @classmethod
    def _of(
        cls,
        column: pd.Series,
        name: str,
        when: npt.NDArray[np.datetime64],
        local: npt.NDArray[np.datetime64],
        offset: Floats,
    ) -> _Clock:
        unread = np.flatnonzero(np.isnat(when))
        if unread.size:
            raise BadInput("upload_date", field=name, row=int(unread[0]) + 2, value=column.iloc[unread[0]])
        bare = np.isnan(offset)
        if bare.any() and not bare.all():
            at = int(np.flatnonzero(bare != bare[0])[0])
            raise BadInput("mixed_zones", field=name, row=at + 2, value=column.iloc[at])
        return cls(when, local.astype("datetime64[D]"), offset)

    def minute(self, rows: Any) -> Ints:
        """Minute of the day on the exchange's clock."""
        own = self.when[rows].astype("datetime64[m]").astype(np.int64) + np.nan_to_num(self.offset[rows]).astype(
            np.int64
        )
        return np.asarray(own % 1440)

    def require_one_zone(self, rows: Ints) -> tuple[int, ...]:
        """The offsets of a ticker's rows."""
        if not len(self.offset) or np.isnan(self.offset[0]):  # all rows have a zone, or none
            return ()
        offsets = self.offset[rows]
        if np.ptp(offsets) > OFFSETS_APART:
            at = int(rows[np.flatnonzero(np.abs(offsets - offsets[0]) > OFFSETS_APART // 2)[0]])
            raise BadInput("mixed_zones", field="Date", row=at + 2, value=f"UTC{self.offset[at] / 60:+g} h")
        return tuple(int(one) for one in np.unique(offsets))


def _minutes(mark: str) -> int:
    if mark == "Z":
        return 0
    digits = mark[1:].replace(":", "")
    return (int(digits[:2]) * 60 + int(digits[2:])) * (-1 if mark[0] == "-" else 1)


def _split(tickers: pd.Series | None, size: int) -> Iterator[tuple[str | None, Ints]]:
    """Names in the order in which they come, and the rows of each."""
    if tickers is None:
        yield None, np.arange(size)
        return
    codes, values = pd.factorize(tickers)
    names = [str(value) for value in values]
    blank = np.flatnonzero(codes < 0)
    if blank.size:
        raise BadInput("blank_symbol", field=str(tickers.name), row=int(blank[0]) + 2)
    if len(set(names)) < len(names):  # a number and its text are one ticker
        codes, texts = pd.factorize(tickers.astype(str).to_numpy())
        names = [str(text) for text in texts]
    order = np.argsort(codes, kind="stable")
    yield from zip(names, np.split(order, np.cumsum(np.bincount(codes))[:-1]), strict=True)


def _bars(
    numbers: dict[str, Floats], clock: _Clock, rows: Ints, ticker: str | None, frequency: str, calendar: str | None
) -> Bars:
    offsets = clock.require_one_zone(rows)
    together = len(rows) and rows[-1] - rows[0] == len(rows) - 1
    at: Any = slice(int(rows[0]), int(rows[-1]) + 1) if together else rows
    when = clock.when[at]
    if together and (when[1:] >= when[:-1]).all():  # as most vendors send it: nothing to sort
        order, sorted_rows = np.arange(len(rows)), rows
    else:
        newest_first = len(rows) > 1 and when[0] > when[-1]
        if newest_first:  # turned first, so that rows of one date keep the order of reading
            rows, when = rows[::-1], when[::-1]
        order = np.argsort(when, kind="stable")
        at = sorted_rows = rows[order]
        when = when[order]
    cells = {name: np.array(values[at]) for name, values in numbers.items()}
    for name in EVENTS:
        cells.setdefault(name, np.zeros(len(rows)))
    return Bars(
        ticker=ticker,
        frequency=frequency,
        rows=sorted_rows,
        when=when,
        day=clock.day[at],
        cells=cells,
        given=frozenset(numbers),
        offsets=offsets,
        calendar=calendar,
        minute=np.empty(0, np.int64) if frequency in ("daily", "weekly") else clock.minute(at),
        places=order.astype(np.int64),
    )
