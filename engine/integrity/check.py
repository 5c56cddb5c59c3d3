"""Run every detector over every ticker, repair what is certain, and look again until nothing is left to repair."""

from __future__ import annotations

import pandas as pd

from engine.integrity.bits import EVERYTHING
from engine.integrity.registry import ALWAYS, DETECTORS
from engine.integrity.report import Issue, Ledger, Report
from engine.integrity.screen import WORTH_WHILE, suspicions
from engine.integrity.table import Bars, Table, read

ROUNDS = 200  # repairs depend on one another a few deep; the bound only stops a detector that undoes another


def check(table: pd.DataFrame, *, frequency: str = "daily", calendar: str | None = None) -> Report:
    """Findings about a vendor's price table, and the table with the certain repairs made.

    Parameters
    ----------
    table : DataFrame
        As read from CSV: Date or Datetime (ISO text or timestamps, with or without time zone),
        Open, High, Low, Close, Adj Close, Volume; optional ticker, Dividends, Stock Splits,
        Capital Gains. Prices in one currency a ticker, split-adjusted, not dividend-adjusted;
        rows oldest or newest first. Other columns pass through.
    frequency : {"daily", "weekly", "hourly", "15min"}
    calendar : str, optional
        MIC of the exchange whose sessions are expected; inferred if not given.

    Returns
    -------
    Report
        ``findings``, ``repaired`` (same rows, order and columns), ``log`` (every changed cell).

    Raises
    ------
    BadInput
        The table or an option has the wrong form; see ``engine.integrity.table.read``.
    """
    parsed = read(table, frequency, calendar)
    return examine(parsed, screened=len(table) >= WORTH_WHILE).report()


def examine(parsed: Table, *, screened: bool) -> Ledger:
    """Findings and edits of every ticker of a table that was read.

    ``screened``: a compiled pass leaves out the detectors that cannot find anything; the result is the same.
    """
    ledger = Ledger(parsed)
    for bars in parsed.bars:
        for issue in _settle(bars, ledger, suspicions(bars) if screened else EVERYTHING):
            ledger.note(bars, issue)
    return ledger


def _settle(bars: Bars, ledger: Ledger, suspected: int) -> list[Issue]:
    """Look and repair in turn; the findings that remain once no repair is left."""
    for _ in range(ROUNDS):
        left, repaired = _look(bars, ledger, suspected)
        if not repaired:
            return left
        suspected = EVERYTHING
    return left


def _look(bars: Bars, ledger: Ledger, suspected: int) -> tuple[list[Issue], bool]:
    """Findings without a repair, up to the first detector that repairs; whether one did."""
    left: list[Issue] = []
    for detector, bit in DETECTORS:
        if bit != ALWAYS and not bit & suspected:
            continue
        repaired = False
        for issue in detector(bars):
            if issue.edits and ledger.apply(bars, issue):
                repaired = True
            else:
                left.append(issue)
        if repaired:  # later detectors must not judge what is repaired by half
            return left, True
    return left, False
