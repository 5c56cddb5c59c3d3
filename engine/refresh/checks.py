"""The one place where downloaded bars pass the checks of price tables, before they are stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from engine.sources.dataset import Finding

Check = Callable[..., Any]
"""``check(table, frequency="daily")`` with ``.findings`` and ``.repaired``, as ``engine.integrity.check``."""

_NAMES = {
    "date": "Date",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
    "dividends": "Dividends",
    "splits": "Stock Splits",
    "capital_gains": "Capital Gains",
    "ticker": "ticker",
}


def checked(bars: pd.DataFrame, check: Check) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Bars as repaired by the check, and what it found.

    Parameters
    ----------
    bars : DataFrame
        Long form, in the columns of ``engine.sources.yahoo.bars``.
    """
    report = check(bars.rename(columns=_NAMES)[list(_NAMES.values())], frequency="daily")
    back = {name: ours for ours, name in _NAMES.items()}
    repaired = report.repaired.rename(columns=back)[list(bars.columns)]
    findings = tuple(_told(row) for row in report.findings.to_dict("records"))
    return repaired, findings


def _told(row: dict[Any, Any]) -> Finding:
    first, last = (pd.Timestamp(row[name]).date() if pd.notna(row[name]) else "?" for name in ("first", "last"))
    repair = f"; repaired: {row['repair']}" if pd.notna(row["repair"]) and row["repair"] else ""
    return Finding(
        str(row["kind"]), str(row["severity"]), f"{row['ticker']} {first} to {last}: {row['evidence']}{repair}"
    )
