"""What a check found and did, as data: findings, the repaired table and a log that undoes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from engine.integrity.table import Bars, Floats, Ints, Table

FINDING_COLUMNS = ("kind", "severity", "ticker", "first", "last", "rows", "evidence", "repair", "applied")
LOG_COLUMNS = ("row", "column", "old", "new", "dtype", "finding")


@dataclass(frozen=True, eq=False)
class Edit:
    """New numbers for some cells of one column; positions are those of the bars.

    ``multiply``: they are factors on what the cells hold when the edit is made, so that
    several corrections of one past add up.
    """

    column: str
    at: Ints
    numbers: Floats
    multiply: bool = False


@dataclass(frozen=True, eq=False)
class Issue:
    """One finding about one ticker, before it is placed in the table.

    Attributes
    ----------
    kind, severity : str
        The name of the fault; ``error`` (a number is wrong), ``warning`` (probably), ``info``.
    at : int array
        Bars the finding is about; the two neighbours of what is missing.
    evidence : mapping
        The numbers that prove it.
    repair : str
        What was done, or what is proposed where there are no edits.
    count : int or None
        Rows concerned where they are not ``at`` itself (missing sessions).
    """

    kind: str
    severity: str
    at: Ints
    evidence: Mapping[str, Any]
    repair: str
    edits: Sequence[Edit] = ()
    count: int | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, eq=False)
class Report:
    """Findings about a table, the table with the safe repairs made, and the log of every cell.

    Attributes
    ----------
    findings : DataFrame
        ``kind``, ``severity`` (error, warning, info), ``ticker``, ``first`` and ``last`` (ISO
        dates on the exchange's clock), ``rows`` (how many), ``evidence`` (dict of numbers),
        ``repair`` (a sentence), ``applied`` (True if ``repaired`` has it).
    repaired : DataFrame
        The table with the same rows, order, columns and index.
    log : DataFrame
        One row a changed cell: ``row`` (position), ``column``, ``old``, ``new``, ``dtype`` (of
        the column before), ``finding`` (position in ``findings``), in the order of the changes.
    """

    findings: pd.DataFrame
    repaired: pd.DataFrame
    log: pd.DataFrame

    def original(self) -> pd.DataFrame:
        """The table as it was given, rebuilt from the repaired one and the log."""
        return undo(self.repaired, self.log)

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """Findings as the command line prints them."""
        return {"findings": plain(self.findings)}


def plain(findings: pd.DataFrame) -> list[dict[str, Any]]:
    """Findings as dicts of Python's own numbers, for JSON."""
    return [_plain(row) for row in findings.to_dict("records")]


def undo(repaired: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """The table before the repairs of a log, exactly, with the types it had.

    Parameters
    ----------
    repaired, log : DataFrame
        ``Report.repaired`` and ``Report.log``.
    """
    table = repaired.copy()
    for column, changes in log.groupby("column", sort=False):
        place = int(table.columns.get_indexer(pd.Index([column]))[0])
        # The first change of a cell holds what the vendor sent.
        once = changes.drop_duplicates("row", keep="first")
        values = table[column].to_numpy(dtype=object, copy=True)
        values[once["row"].to_numpy()] = once["old"].to_numpy(dtype=object)
        table.isetitem(place, _column(values, table.index, str(once["dtype"].iloc[0])))
    return table


def _column(values: Any, index: pd.Index, dtype: Any) -> Any:
    """A column of a frame from an array; ``Any``, since the stubs of ``isetitem`` know scalars only."""
    return pd.Series(values, index=index).astype(dtype)


@dataclass
class Ledger:
    """Collects findings and edits while detectors run, and writes the report."""

    table: Table
    findings: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[Ints, str, Floats, Floats, int]] = field(default_factory=list)

    def apply(self, bars: Bars, issue: Issue) -> bool:
        """Write the issue's edits to the bars and note it if a cell really changed."""
        number = len(self.findings)
        changed = False
        for edit in issue.edits:
            values = bars.cells[edit.column]
            old = values[edit.at]
            target = old * edit.numbers if edit.multiply else edit.numbers
            differs = ~((old == target) | (np.isnan(old) & np.isnan(target)))
            if edit.column in bars.given and differs.any():
                at, new = edit.at[differs], target[differs]
                self.changes.append((bars.rows[at], edit.column, values[at].copy(), new, number))
                values[at] = new
                bars.derived.clear()
                changed = True
        if changed:
            self.note(bars, issue, applied=True)
        return changed

    def note(self, bars: Bars, issue: Issue, *, applied: bool = False) -> None:
        """Keep a finding."""
        days = np.datetime_as_string(bars.day[issue.at], unit="D") if len(issue.at) else [None]
        self.findings.append(
            {
                "kind": issue.kind,
                "severity": issue.severity,
                "ticker": bars.ticker,
                "first": issue.first or min(days),
                "last": issue.last or max(days),
                "rows": len(issue.at) if issue.count is None else issue.count,
                "evidence": dict(issue.evidence),
                "repair": issue.repair,
                "applied": applied,
            }
        )

    def report(self) -> Report:
        """Findings by ticker and date, the repaired table and the log."""
        findings = pd.DataFrame(self.findings, columns=list(FINDING_COLUMNS))
        order = findings.sort_values(["ticker", "first", "kind"], kind="stable", na_position="first").index
        return self._ordered(findings, order)

    def report_as_read(self) -> Report:
        """The same with the tickers in the order of the table."""
        findings = pd.DataFrame(self.findings, columns=list(FINDING_COLUMNS))
        place = {bars.ticker: number for number, bars in enumerate(self.table.bars)}
        keyed = findings.assign(ticker=[place[ticker] for ticker in findings["ticker"]])
        return self._ordered(findings, keyed.sort_values(["ticker", "first", "kind"], kind="stable").index)

    def _ordered(self, findings: pd.DataFrame, order: pd.Index) -> Report:
        place = pd.Series(np.arange(len(order)), index=order)
        return Report(findings.loc[order].reset_index(drop=True), self._repaired(), self._log(place))

    def touched(self) -> tuple[str, ...]:
        """The table's names of the columns that repairs changed."""
        return tuple(self.table.columns[name] for name in dict.fromkeys(change[1] for change in self.changes))

    def _repaired(self) -> pd.DataFrame:
        frame = self.table.frame.copy(deep=False)  # pandas copies a column when one of the two frames is written to
        for name in dict.fromkeys(change[1] for change in self.changes):
            own = self.table.columns[name]
            column = frame[own]
            text = not pd.api.types.is_numeric_dtype(column.dtype)  # numbers sent as text stay text
            values = column.to_numpy(
                dtype=object if text else float, copy=True, **({} if text else {"na_value": np.nan})
            )
            for rows, changed, _, new, _ in self.changes:
                if changed == name:
                    values[rows] = [repr(float(value)) for value in new] if text else new
            keep = text or pd.api.types.is_float_dtype(column.dtype)
            frame.isetitem(
                list(frame.columns).index(own), _column(values, frame.index, column.dtype if keep else float)
            )
        return frame

    def _log(self, place: pd.Series) -> pd.DataFrame:
        parts: list[pd.DataFrame] = []
        seen: set[tuple[str, int]] = set()
        for rows, name, old, new, number in self.changes:
            column = self.table.frame[self.table.columns[name]]
            first = [(name, row) not in seen for row in rows]
            seen.update((name, row) for row in rows)
            # A number that was sent as text goes back as that text.
            kept = np.where(first, column.iloc[rows].to_numpy(dtype=object), old.astype(object))
            cells = {"row": rows, "column": column.name, "old": kept, "new": new}
            parts.append(pd.DataFrame(cells | {"dtype": str(column.dtype), "finding": int(place[number])}))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(LOG_COLUMNS))


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A finding with Python's own numbers, for JSON."""
    return {str(key): _scalar(value) for key, value in row.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _scalar(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scalar(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    return None if value is pd.NA or (isinstance(value, float) and np.isnan(value)) else value
