"""Faults as vendors make them, put into clean tables at random places, and which findings name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.sources.bundled import factor_etfs, us_large_caps

PRICES = ["Open", "High", "Low", "Close", "Adj Close"]
BARS = PRICES[:4]
WINDOW = 504


def clean(seed: int = 7, *, funds: bool = False) -> dict[str, pd.DataFrame]:
    """Price tables of 20 shares (or 5 funds) in Yahoo's form, made around the bundled closes.

    The real path is the dividend-adjusted one; dividends of 0.2 to 1.2 % a quarter, two splits
    (prices restated, so that no jump shows), opens, ranges and volume are drawn.
    """
    frame = (factor_etfs() if funds else us_large_caps()).frame
    return {str(name): _table(frame[name], np.random.default_rng([seed, place])) for place, name in enumerate(frame)}


def _table(adjusted: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    rows = len(adjusted)
    paid = np.zeros(rows)
    days = np.arange(40 + int(rng.integers(60)), rows, 63)
    paid[days] = rng.uniform(0.002, 0.012) * rng.uniform(0.9, 1.1, len(days))
    kept = np.cumprod((1.0 - paid)[::-1])[::-1]
    factor = np.append(kept[1:], 1.0)
    close = adjusted.to_numpy() / factor
    close = close * (40.0 / close[-1])
    before = np.append(close[0], close[:-1])
    opens = before * (1.0 - paid) * np.exp(rng.normal(0, 0.004, rows))
    top, bottom = np.maximum(opens, close), np.minimum(opens, close)
    splits = np.zeros(rows)
    splits[rng.choice(np.arange(300, rows - 300), 2, replace=False)] = [2.0, 4.0]
    table = pd.DataFrame(
        {
            "Date": adjusted.index.strftime("%Y-%m-%d"),
            "Open": opens,
            "High": top * np.exp(np.abs(rng.normal(0, 0.005, rows))),
            "Low": bottom * np.exp(-np.abs(rng.normal(0, 0.005, rows))),
            "Close": close,
            "Adj Close": close * factor,
            "Volume": np.rint(np.exp(rng.normal(14, 0.4, rows))),
            "Dividends": paid * before,
            "Stock Splits": splits,
            "Capital Gains": 0.0,
        }
    )
    table[PRICES] = table[PRICES].astype(np.float32).astype(float)
    return table


Faulty = tuple[pd.DataFrame, list[int]]


@dataclass(frozen=True)
class Fault:
    """A way to break a table: ``make(table, rng)`` gives the broken table and the rows to be named."""

    name: str
    gross: bool
    kinds: tuple[str, ...]
    make: Callable[[pd.DataFrame, np.random.Generator], Faulty]
    mends: bool
    funds: bool = False


def _place(table: pd.DataFrame, rng: np.random.Generator, room: int = 30) -> int:
    return int(rng.integers(room, len(table) - room))


def _ex_day(table: pd.DataFrame, rng: np.random.Generator) -> int:
    days = np.flatnonzero(table["Dividends"].to_numpy() > 0)
    return int(rng.choice(days[days > 3]))


def unit_row(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, PRICES] *= rng.choice([100.0, 0.01])
    return table, [at]


def unit_cell(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    columns = list(rng.choice(BARS, int(rng.integers(1, 3)), replace=False))
    columns += ["Adj Close"] if "Close" in columns else []
    table.loc[at, columns] *= rng.choice([100.0, 0.01])
    return table, [at]


def unit_stretch(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at, size = _place(table, rng, 90), int(rng.integers(3, 60))
    rows = list(range(at, at + size))
    table.loc[rows, PRICES] *= rng.choice([100.0, 0.01])
    return table, rows


def unit_switch(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    rows = list(range(at))
    table.loc[rows, PRICES] *= rng.choice([100.0, 0.01])
    return table, rows


def _split(table: pd.DataFrame, rng: np.random.Generator, power: int) -> Faulty:
    at = _place(table, rng, 60)
    ratio = float(rng.choice([1.5, 2, 3, 4, 5, 10, 0.1, 0.2, 0.5]))
    table.loc[at, "Stock Splits"] = ratio
    rows = list(range(at + int(rng.integers(-3, 4))))
    table.loc[rows, PRICES] *= ratio**power
    table.loc[rows, "Volume"] /= ratio**power
    return table, rows


def split_missing(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    return _split(table, rng, 1)


def split_twice(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    return _split(table, rng, -1)


def split_some_rows(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng, 60)
    ratio = float(rng.choice([2, 3, 4, 5, 10, 0.1, 0.2, 0.5]))
    table.loc[at, "Stock Splits"] = ratio
    rows = list(range(at - int(rng.integers(1, 9)), at))
    table.loc[rows, PRICES] *= ratio
    table.loc[rows, "Volume"] /= ratio
    return table, rows


def zero(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, rng.choice(BARS)] = 0.0
    return table, [at]


def negative(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, rng.choice(BARS)] *= -1.0
    return table, [at]


def close_zero(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, "Close"] = 0.0
    return table, [at]


def duplicate(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    return pd.concat([table.iloc[: at + 1], table.iloc[at:]], ignore_index=True), [at, at + 1]


def unordered(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    order = list(range(len(table)))
    order[at], order[at + 1] = order[at + 1], order[at]
    return table.iloc[order].reset_index(drop=True), [at, at + 1]


def missing(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at, size = _place(table, rng), int(rng.integers(1, 6))
    return table.drop(index=range(at, at + size)).reset_index(drop=True), [at - 1, at]


def blank(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, [*PRICES, "Volume"]] = np.nan
    return table, [at]


def high_low(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, "High"] = table.loc[at, ["Open", "Close"]].max() * (1 - rng.uniform(0.005, 0.05))
    return table, [at]


def spike(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, PRICES] *= 1.0 + rng.choice([-1, 1]) * rng.uniform(0.25, 0.6)
    return table, [at]


def stale(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at, size = _place(table, rng), int(rng.integers(7, 25))
    rows = list(range(at, at + size))
    factor = table.loc[rows, "Adj Close"] / table.loc[rows, "Close"]
    table.loc[rows, BARS] = table.loc[at, BARS].to_numpy(float)
    table.loc[rows, "Adj Close"] = table.loc[rows, "Close"] * factor
    return table, list(range(at, at + size))


def dividend_large(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    table.loc[at, "Dividends"] *= 100.0
    return table, [at]


def dividend_small(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    table.loc[at, "Dividends"] /= 100.0
    return table, [at]


def _step(table: pd.DataFrame, at: int, change: Callable[[float], float]) -> None:
    """Adjust everything before a row by another yield."""
    paid = table.loc[at, "Dividends"] / table.loc[at - 1, "Close"]
    table.loc[: at - 1, "Adj Close"] *= (1.0 - change(paid)) / (1.0 - paid)


def dividend_large_applied(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    _step(table, at, lambda paid: 100.0 * paid)
    table.loc[at, "Dividends"] *= 100.0
    return table, [at]


def adjustment_small(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    _step(table, at, lambda paid: paid / 100.0)
    return table, [at]


def not_applied(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    _step(table, at, lambda paid: 0.0)
    return table, [at]


def applied_twice(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    _step(table, at, lambda paid: 1.0 - (1.0 - paid) ** 2)
    return table, [at]


def phantom(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    again = at + int(rng.integers(1, 4))
    if again >= len(table):
        again = at - 1
    paid = table.loc[at, "Dividends"] / table.loc[again - 1, "Close"]
    table.loc[again, "Dividends"] = table.loc[at, "Dividends"]
    table.loc[: again - 1, "Adj Close"] *= 1.0 - paid
    return table, sorted([at, again])


def gains_twice(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _ex_day(table, rng)
    before = table.loc[at - 1, "Close"]
    held = 0.05 * before  # a year-end distribution of a fund, half of it gains
    table.loc[at:, BARS] *= (before - held) / (before - table.loc[at, "Dividends"])
    table.loc[at:, "Adj Close"] *= (before - held) / (before - table.loc[at, "Dividends"])
    paid = table.loc[at, "Dividends"] / before
    table.loc[: at - 1, "Adj Close"] *= (1 - 0.075) / (1 - paid)
    table.loc[at, ["Dividends", "Capital Gains"]] = [held, held / 2]
    return table, [at]


def adjusted_zero(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng)
    table.loc[at, "Adj Close"] = 0.0
    return table, [at]


def reuse(table: pd.DataFrame, rng: np.random.Generator) -> Faulty:
    at = _place(table, rng, 60)
    factor = float(rng.choice([7.3, 13.7, 0.11]))
    table.loc[at:, PRICES] *= factor
    table.loc[at:, "Dividends"] *= factor
    table.loc[at:, "Volume"] = np.rint(table.loc[at:, "Volume"] / 60.0)
    return table, [at]


FAULTS = (
    Fault("unit_row", True, ("unit_100x",), unit_row, True),
    Fault("unit_cell", True, ("unit_100x_cell", "unit_100x"), unit_cell, True),
    Fault("unit_stretch", True, ("unit_100x",), unit_stretch, True),
    Fault("unit_switch", True, ("unit_100x",), unit_switch, True),
    Fault("split_missing", True, ("split_not_applied", "split_applied_twice"), split_missing, True),
    Fault("split_twice", True, ("split_applied_twice", "split_not_applied"), split_twice, True),
    Fault("split_some_rows", True, ("split_not_applied", "split_applied_twice"), split_some_rows, True),
    Fault("zero", True, ("zero_price",), zero, False),
    Fault("close_zero", True, ("zero_price",), close_zero, True),
    Fault("negative", True, ("negative_price",), negative, False),
    Fault("adjusted_zero", True, ("adj_close_cell",), adjusted_zero, True),
    Fault("duplicate", True, ("duplicate_date",), duplicate, False),
    Fault("unordered", True, ("unordered",), unordered, False),
    Fault("missing", True, ("missing_session",), missing, False),
    Fault("blank", True, ("blank_row",), blank, False),
    Fault("high_low", False, ("high_low",), high_low, False),
    Fault("spike", False, ("spike",), spike, False),
    Fault("stale", False, ("stale",), stale, False),
    Fault("dividend_large", False, ("dividend_100x",), dividend_large, True),
    Fault("dividend_small", False, ("dividend_100x",), dividend_small, True),
    Fault("dividend_large_applied", False, ("dividend_100x",), dividend_large_applied, True),
    Fault(
        "adjustment_small", False, ("adjustment_100x", "dividend_100x", "dividend_not_applied"), adjustment_small, True
    ),
    Fault("not_applied", False, ("dividend_not_applied",), not_applied, True),
    Fault("applied_twice", False, ("dividend_applied_twice",), applied_twice, True),
    Fault("phantom", False, ("dividend_phantom",), phantom, False),
    Fault("gains_twice", False, ("capital_gains_twice",), gains_twice, True, funds=True),
    Fault("reuse", False, ("ticker_reuse",), reuse, False),
)


def seen(fault: Fault, findings: pd.DataFrame, table: pd.DataFrame, rows: list[int]) -> bool:
    """A finding of the right kind covers a broken row."""
    days = table["Date"].iloc[rows].str[:10]
    first, last = days.min(), days.max()
    hit = findings["kind"].isin(fault.kinds) & (findings["first"] <= last) & (findings["last"] >= first)
    return bool(hit.any())
