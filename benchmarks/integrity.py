"""Checks of price tables: recall by kind of fault, repairs, false alarms, rows a second."""

from __future__ import annotations

import json
import time

import numpy as np
import pandas as pd

from benchmarks.coarser import GROSS_INTRADAY, intraday, weekly, within_day
from benchmarks.faults import FAULTS, PRICES, WINDOW, Fault, clean, seen
from engine import integrity

PLACES = 100
GOAL = {True: 0.99, False: 0.9}
SAME = 5e-3


def _emit(figure: str, **values: object) -> None:
    print(json.dumps({"figure": figure, **values}), flush=True)


def _mended(repaired: pd.DataFrame, truth: pd.DataFrame) -> bool:
    if len(repaired) != len(truth):
        return False
    columns = [*PRICES, "Dividends"]
    return bool(np.allclose(repaired[columns], truth[columns], rtol=SAME, atol=1e-9, equal_nan=True))


def _recall(fault: Fault, tables: dict[str, pd.DataFrame], places: int, frequency: str = "daily") -> None:
    rng = np.random.default_rng(sum(map(ord, fault.name)))
    found = mended = other = 0
    for _ in range(places):
        table = tables[str(rng.choice(list(tables)))]
        start = int(rng.integers(0, max(len(table) - WINDOW, 1)))
        truth = table.iloc[start : start + WINDOW].reset_index(drop=True)
        broken, rows = fault.make(truth.copy(), rng)
        report = integrity.check(broken, frequency=frequency)
        found += seen(fault, report.findings, broken, rows)
        mended += _mended(report.repaired, _truth(fault, truth, broken))
        other += int((report.findings["applied"] & ~report.findings["kind"].isin(fault.kinds)).sum())
    _emit(
        f"integrity recall {fault.name}" + ("" if frequency == "daily" else f" {frequency}"),
        recall=found / places,
        goal=GOAL[fault.gross],
        met=found / places >= GOAL[fault.gross],
        mended=mended / places if fault.mends else None,
        other_repairs=other,
        places=places,
    )


def _truth(fault: Fault, truth: pd.DataFrame, broken: pd.DataFrame) -> pd.DataFrame:
    """The clean table; where the fault brings its own path along, the path with its Adj Close made again."""
    if fault.name != "gains_twice":
        return truth
    right = broken.copy()
    close, paid = right["Close"].to_numpy(), (right["Dividends"] / right["Close"].shift()).fillna(0.0).to_numpy()
    kept = np.append(np.cumprod((1.0 - paid)[::-1])[::-1][1:], 1.0)
    right["Adj Close"] = close * kept * (right["Adj Close"].iloc[-1] / close[-1])
    return right


def _false_alarms(tables: dict[str, pd.DataFrame], frequency: str = "daily") -> None:
    both = pd.concat([table.assign(ticker=name) for name, table in tables.items()], ignore_index=True)
    integrity.check(both, frequency=frequency)  # calendars are built once a process
    begun = time.process_time()
    report = integrity.check(both, frequency=frequency)
    spent = time.process_time() - begun
    kinds = report.findings.loc[report.findings["severity"] != "info", "kind"].value_counts().to_dict()
    per_10k = 1e4 * sum(kinds.values()) / len(both)
    _emit(
        "integrity false alarms per 10,000 clean rows" + ("" if frequency == "daily" else f" {frequency}"),
        value=per_10k,
        goal=1.0,
        met=per_10k <= 1.0,
        kinds=kinds,
        cells_changed=len(report.log),
        rows=len(both),
    )
    if frequency == "daily":
        _emit("integrity rows per second", value=round(len(both) / spent), cpu_s=round(spent, 3), rows=len(both))


def _coarser(shares: dict[str, pd.DataFrame], funds: dict[str, pd.DataFrame], places: int) -> None:
    """The same faults in weeks, and the gross ones within the day."""
    weeks = [{name: weekly(table) for name, table in tables.items()} for tables in (shares, funds)]
    for fault in FAULTS:
        _recall(fault, weeks[fault.funds], places, "weekly")
    _false_alarms(weeks[0], "weekly")
    for frequency, days in (("hourly", 90), ("15min", 30)):
        rng = np.random.default_rng(3)
        tables = {name: intraday(table, frequency, rng, days) for name, table in shares.items()}
        for fault in FAULTS:
            if fault.name in GROSS_INTRADAY:
                _recall(within_day(fault), tables, places, frequency)
        _false_alarms(tables, frequency)


def run(places: int = PLACES) -> None:
    shares, funds = clean(), clean(funds=True)
    for fault in FAULTS:
        _recall(fault, funds if fault.funds else shares, places)
    _false_alarms(shares)
    _coarser(shares, funds, places)
