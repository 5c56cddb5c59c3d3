"""Live facts into the universe table: cell by cell, every change told, nothing known lost."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import pandas as pd

from engine.errors import BadInput
from engine.sources.yahoo.facts import FundFacts

SOURCE = "Yahoo Finance"
SPREAD_METHOD = "one live quote, bid/ask % of middle"
SPREAD_STALE_DAYS = 183
"""A published average spread younger than this is better than one quote and stays."""
SAME = 1e-4
"""Relative difference below which a figure is confirmed rather than changed (six digits arrive)."""

FUND_TYPES = frozenset({"ETF", "MUTUALFUND"})


class Outcome(StrEnum):
    """What became of a cell, or (column ``""``) of a whole row."""

    FILLED = "filled"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    CLEARED = "cleared"
    KEPT_MISSING = "kept_missing"
    KEPT_NEWER = "kept_newer"
    KEPT_AVERAGE = "kept_average"
    KEPT_SCOPE = "kept_scope"
    REFUSED_JUMP = "refused_jump"
    REFUSED_NO_FUND = "refused_no_fund"
    FAILED = "failed"
    UNKNOWN_TICKER = "unknown_ticker"


Cell = float | str | None


@dataclass(frozen=True)
class CellFinding:
    """One cell of the universe table after a merge.

    Attributes
    ----------
    old, new : float, str or None
        In the unit of the column. A refused ``new`` is what Yahoo said and the table does not hold.
    reason : str
        A ``Missing``, a ``FailureKind``, ``"split 4"`` (new shares for an old one), the type of a
        security that is no fund, or empty.
    """

    ticker: str
    column: str
    kind: Outcome
    old: Cell = None
    new: Cell = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "ticker": self.ticker,
            "column": self.column,
            "kind": str(self.kind),
            "old": self.old,
            "new": self.new,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class _Rule:
    """Where a figure goes, and which ratios of new to old are believed.

    ``dated`` is the text that holds the date; ``beside`` are further cells that change with the figure.
    """

    field: str
    column: str
    as_of: str
    source: str
    low: float
    high: float
    dated: str = "{day}"


RULES = (
    _Rule("price_usd", "price_usd", "price_as_of", "price_source", 0.5, 2.0),
    _Rule("fee_pct", "expense_ratio_pct", "expense_as_of", "expense_source", 1 / 3, 3.0),
    _Rule("spread_pct", "avg_spread_pct", "spread_as_of", "spread_source", 0.1, 10.0),
    _Rule("top10_weight_pct", "top10_weight_pct", "top10_as_of", "top10_source", 0.25, 4.0),
    _Rule(
        "turnover_pct",
        "turnover_pct",
        "turnover_as_of",
        "turnover_source",
        1 / 30,
        30.0,
        "latest fiscal year before {day}",
    ),
    _Rule("assets_usd_m", "aum_usd_m", "aum_as_of", "aum_source", 0.1, 10.0),
    _Rule("dividend_yield_pct", "dividend_yield_pct", "dividend_yield_as_of", "dividend_yield_source", 0.1, 10.0),
    _Rule("adv_usd_m", "adv_usd_m", "adv_as_of", "", 0.02, 50.0, "3 months to {day}"),
)
"""Fee and price as a reader would doubt them; the others only catch errors of unit or identity (dates differ by years)."""

_FUND_LEVEL = _Rule("assets_usd_m", "fund_all_classes_usd_m", "", "", 0.1, 10.0)
NUMBERS = (
    *(rule.column for rule in RULES),
    "fund_all_classes_usd_m",
    "one_cent_tick_pct",
    "top10_names_counted",
    "top10_cash_removed_pct",
)
TEXTS = (
    *(name for rule in RULES for name in (rule.as_of, rule.source) if name),
    "expense_basis",
    "spread_method",
    "as_of",
    "source",
)
"""The columns a merge may write."""


def merge_facts(universe: pd.DataFrame, facts: FundFacts) -> tuple[pd.DataFrame, tuple[CellFinding, ...]]:
    """The universe table with what Yahoo knows better, and what became of every cell.

    A figure replaces the old one with its date and the source "Yahoo Finance"; so do the cells derived
    from it. A missing figure replaces nothing. A ratio of new to old outside the rule is refused (fee
    beyond a factor of 3; price outside 0.5 to 2 unless a split since the old date explains it). An old
    zero is a fact ("no income") and gives way to nothing. Assets count all share classes: they go to
    ``aum_usd_m`` only where the row says ``fund``, else to ``fund_all_classes_usd_m``.

    Parameters
    ----------
    universe : DataFrame
        The columns of ``data/facts/etf_universe.csv``, percent as in the file. Not changed.
    facts : FundFacts

    Returns
    -------
    DataFrame, tuple of CellFinding
        Same rows, columns and order; findings in that order. Rows that were not asked for have none.

    Raises
    ------
    BadInput
        A column is missing.
    """
    _require_columns(universe)
    rows = universe.to_dict("records")
    findings: list[CellFinding] = []
    for cells in rows:
        if cells["ticker"] in facts.table.index:
            findings += _Row(cells, facts).merged()
    known = set(universe["ticker"])
    strangers = [str(ticker) for ticker in facts.table.index if ticker not in known]
    findings += [CellFinding(ticker, "", Outcome.UNKNOWN_TICKER) for ticker in strangers]
    return _with_cells(universe, rows), tuple(findings)


def _require_columns(universe: pd.DataFrame) -> None:
    for name in ("ticker", "aum_scope", *NUMBERS, *TEXTS):
        if name not in universe:
            missing, accepted = "the column is missing", "the columns of etf_universe.csv"
            raise BadInput("bad_table", field=name, file="universe", value=missing, accepted=accepted)


def _with_cells(universe: pd.DataFrame, rows: list[dict[Hashable, Any]]) -> pd.DataFrame:
    """A copy with the cells of the rows; a text column that pandas read as empty numbers can take texts."""
    columns: dict[str, pd.Series] = {}
    for name in (*NUMBERS, *TEXTS):
        is_text = pd.api.types.is_string_dtype(universe[name].dtype)
        dtype = float if name in NUMBERS else universe[name].dtype if is_text else object
        columns[name] = pd.Series([row[name] for row in rows], index=universe.index, dtype=dtype)
    return universe.assign(**columns)


class _Row:
    """One row of the table while it is merged."""

    def __init__(self, cells: dict[Hashable, Any], facts: FundFacts) -> None:
        self.cells = cells
        self.ticker = str(cells["ticker"])
        self.new: dict[Hashable, Any] = facts.table.loc[self.ticker].to_dict()
        self.missing = facts.missing[self.ticker]
        self.failure = facts.failures.get(self.ticker)
        self.findings: list[CellFinding] = []
        self.newest: date | None = None

    def merged(self) -> list[CellFinding]:
        if self.failure is not None:
            self.note("", Outcome.FAILED, reason=str(self.failure.kind))
        if pd.isna(self.new["retrieved"]):
            return self.findings
        kind = self.new["quote_type"]
        if isinstance(kind, str) and kind not in FUND_TYPES:
            self.note("", Outcome.REFUSED_NO_FUND, reason=kind)
            return self.findings
        refused: set[str] = set()
        for rule in RULES:
            if not self.apply(self.scoped(rule), doubtful=rule.field == "adv_usd_m" and "price_usd" in refused):
                refused.add(rule.field)
        self.sign()
        return self.findings

    def note(self, column: str, kind: Outcome, old: Cell = None, new: Cell = None, reason: str = "") -> None:
        self.findings.append(CellFinding(self.ticker, column, kind, old, new, reason))

    def old(self, column: str) -> Any:
        """The cell as a plain value, None where it is blank."""
        value = self.cells[column]
        return None if pd.isna(value) else value

    def day(self, rule: _Rule) -> date:
        """The day a figure speaks for: that of the price, else the day it was read (Yahoo dates nothing else).

        A stored figure may have been read before the others of its fund.
        """
        read = self.new["price_date"] if rule.field == "price_usd" else self.new.get(f"{rule.field}_read")
        moment = self.new["retrieved"] if pd.isna(read) else read
        day: date = moment.date()
        return day

    def scoped(self, rule: _Rule) -> _Rule:
        if rule.field != "assets_usd_m" or self.old("aum_scope") == "fund":
            return rule
        self.note(rule.column, Outcome.KEPT_SCOPE, old=self.old(rule.column), reason=str(self.old("aum_scope") or ""))
        return _FUND_LEVEL

    def apply(self, rule: _Rule, *, doubtful: bool) -> bool:
        """Write the cell and what goes with it, or say why not. False if the figure was refused."""
        old, new = self.old(rule.column), self.new[rule.field]
        if pd.isna(new):
            self.note(rule.column, Outcome.KEPT_MISSING, old, None, self.missing.get(rule.field, ""))
            return True
        new = float(new)
        kind, reason = self.verdict(rule, old, new)
        if doubtful and kind in {Outcome.FILLED, Outcome.CHANGED}:
            kind, reason = Outcome.REFUSED_JUMP, "price_usd"
        self.note(rule.column, kind, old, new, reason)
        if kind in {Outcome.FILLED, Outcome.CHANGED, Outcome.CONFIRMED}:
            self.write(rule, old if old is not None and kind is Outcome.CONFIRMED else new)
        return kind is not Outcome.REFUSED_JUMP

    def verdict(self, rule: _Rule, old: float | None, new: float) -> tuple[Outcome, str]:
        known = _last_day(self.old(rule.as_of)) if rule.as_of else None
        if old is None:
            return Outcome.FILLED, ""
        kept = self.kept(rule, known)
        if kept is not None:
            return kept, ""
        if math.isclose(old, new, rel_tol=SAME):
            return Outcome.CONFIRMED, ""
        split = self.split_since(known) if rule.field == "price_usd" else None
        for factor, reason in ((1.0, ""), (split, f"split {split:g}" if split else "")):
            if old > 0 and factor is not None and rule.low <= new * factor / old <= rule.high:
                return Outcome.CHANGED, reason
        return Outcome.REFUSED_JUMP, ""

    def kept(self, rule: _Rule, known: date | None) -> Outcome | None:
        """The known figure is better than the new one: a later price, or a recent average spread."""
        if known is None:
            return None
        if rule.field == "price_usd" and self.day(rule) < known:
            return Outcome.KEPT_NEWER
        measured = rule.field == "spread_pct" and self.old("spread_source") != SOURCE
        if measured and (self.day(rule) - known).days <= SPREAD_STALE_DAYS:
            return Outcome.KEPT_AVERAGE
        return None

    def split_since(self, known: date | None) -> float | None:
        ratio, day = self.new["split_ratio"], self.new["split_date"]
        if known is None or pd.isna(ratio) or pd.isna(day) or day.date() <= known:
            return None
        return float(ratio)

    def write(self, rule: _Rule, new: float) -> None:
        day = self.day(rule)
        cells: dict[str, Any] = {rule.column: new}
        if rule.as_of:
            cells[rule.as_of] = rule.dated.format(day=day.isoformat())
        if rule.source:
            cells[rule.source] = SOURCE
        for column, value in cells.items():
            self.cells[column] = value
        self.newest = max(day, self.newest or day)
        for column, value in self.beside(rule, new).items():
            self.replace(column, value)

    def beside(self, rule: _Rule, new: float) -> Mapping[str, Cell]:
        """Cells that say how the figure was made, or are derived from it."""
        if rule.field == "price_usd":
            return {"one_cent_tick_pct": round(1.0 / new, 4)}
        if rule.field == "fee_pct":
            return {"expense_basis": self.new["fee_basis"]}
        if rule.field == "spread_pct":
            return {"spread_method": SPREAD_METHOD}
        if rule.field == "top10_weight_pct":
            return {"top10_names_counted": self.new["top10_names_counted"], "top10_cash_removed_pct": None}
        return {}

    def replace(self, column: str, value: Cell) -> None:
        old = self.old(column)
        if old == value:
            return
        self.cells[column] = float("nan") if value is None else value
        kind = Outcome.CLEARED if value is None else Outcome.FILLED if old is None else Outcome.CHANGED
        self.note(column, kind, old, value)

    def sign(self) -> None:
        """The row's own date and source, as in the file: the newest day, and every source used."""
        if self.newest is None:
            return
        known = _last_day(self.old("as_of"))
        if known is None or self.newest > known:
            self.cells["as_of"] = self.newest.isoformat()
        sources = [name for name in str(self.old("source") or "").split(";") if name]
        if SOURCE not in sources:
            self.cells["source"] = ";".join([*sources, SOURCE])


def _last_day(text: object) -> date | None:
    """Last day a date text speaks for (``2025-07`` is the end of that month); None where there is none."""
    found = re.search(r"\d{4}-\d{2}(-\d{2})?", text) if isinstance(text, str) else None
    if found is None:
        return None
    try:
        day = pd.Timestamp(found[0])
    except ValueError:
        return None
    return (day if found[1] else day + pd.offsets.MonthEnd(0)).date()
