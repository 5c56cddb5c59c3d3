"""Clean tables of other frequencies, from the daily ones of ``faults``: weeks, hours and quarters of an hour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.faults import PRICES, Fault

INTRADAY = {"hourly": (60, 7), "15min": (15, 26)}
"""Minutes of a bar and bars a session (New York, 9:30 to 16:00)."""
GROSS_INTRADAY = ("unit_row", "unit_cell", "unit_stretch", "zero", "close_zero", "negative", "duplicate", "missing")


def weekly(table: pd.DataFrame) -> pd.DataFrame:
    """Weeks as Yahoo sends them, dated by their Monday: first open, extremes, last closes, sums of volume and cash."""
    days = pd.to_datetime(table["Date"])
    monday = (days - pd.to_timedelta(days.dt.weekday, unit="D")).dt.strftime("%Y-%m-%d")
    how = {
        "Open": "first",
        "High": "max",
        "Low": "min",
        "Close": "last",
        "Adj Close": "last",
        "Volume": "sum",
        "Dividends": "sum",
        "Stock Splits": "max",
        "Capital Gains": "sum",
    }
    return table.groupby(monday.rename("Date")).agg(how).reset_index()


def intraday(table: pd.DataFrame, frequency: str, rng: np.random.Generator, days: int) -> pd.DataFrame:
    """The last sessions of a table as bars of minutes: each day a random path from its open to its close."""
    minutes, bars = INTRADAY[frequency]
    last = table.tail(days)
    opens, closes = np.log(last["Open"].to_numpy()), np.log(last["Close"].to_numpy())
    steps = rng.normal(0, 0.012 / np.sqrt(bars), (len(last), bars))
    bridge = np.cumsum(steps - steps.mean(axis=1, keepdims=True), axis=1)
    share = np.arange(1, bars + 1) / bars
    close = opens[:, None] + (closes - opens)[:, None] * share + bridge
    start = np.column_stack([opens, close[:, :-1]])
    noise = np.abs(rng.normal(0, 0.004 / np.sqrt(bars), (2, *close.shape)))
    clock = pd.DatetimeIndex(np.repeat(pd.to_datetime(last["Date"]).to_numpy(), bars))
    clock = clock + pd.to_timedelta(np.tile(570 + minutes * np.arange(bars), len(last)), unit="min")
    values = {
        "Date": clock.tz_localize("America/New_York").map(lambda when: when.isoformat(" ")),
        "Open": np.exp(start).ravel(),
        "High": np.exp(np.maximum(start, close) + noise[0]).ravel(),
        "Low": np.exp(np.minimum(start, close) - noise[1]).ravel(),
        "Close": np.exp(close).ravel(),
        "Adj Close": np.exp(close).ravel(),
        "Volume": np.rint(np.exp(rng.normal(11, 0.5, close.size))),
    }
    out = pd.DataFrame(values)
    out[PRICES] = out[PRICES].astype(np.float32).astype(float)
    first = np.arange(0, len(out), bars)
    for name in ("Dividends", "Stock Splits", "Capital Gains"):
        out[name] = 0.0
    split = last["Stock Splits"].to_numpy()
    out.loc[first, "Stock Splits"] = split
    return out


def within_day(fault: Fault) -> Fault:
    """The same fault; rows that are missing are bars, unless they make up a session."""
    return replace(fault, kinds=(*fault.kinds, "missing_bars")) if fault.name == "missing" else fault
