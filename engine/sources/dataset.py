"""A table that travels with its provenance, and the rules for comparing two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources.known import known_on


class Basis(StrEnum):
    """What a figure counts. Only equal bases may be compared."""

    PRICE_INDEX = "price_index"
    TOTAL_RETURN = "total_return"
    RATE = "rate"
    LEVEL = "level"
    FACT = "fact"


class Frequency(StrEnum):
    """How often a row comes; ``TABLE`` is a list of facts without a clock."""

    DAILY = "daily"
    MONTHLY = "monthly"
    TABLE = "table"


@dataclass(frozen=True)
class Finding:
    """Something a reader must know about the data, or something that was done to them.

    Attributes
    ----------
    kind, severity : str
        The name of what was found; ``error`` (a number is wrong), ``warning`` (probably), ``info``.
    text : str
        The finding in one sentence.
    item : str or None
        Ticker or series it is about; None for the whole table. The fields from here on are those of a check of
        ``engine.integrity``; notes of a loader leave them empty.
    first, last : str or None
        ISO dates.
    rows : int or None
        How many rows it is about.
    evidence : mapping
        The numbers that prove it.
    repair : str
        What was done, or what is proposed.
    applied : bool
        Whether the table has the repair.
    """

    kind: str
    severity: str
    text: str
    item: str | None = None
    first: str | None = None
    last: str | None = None
    rows: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict, hash=False)
    repair: str = ""
    applied: bool = False

    @property
    def unrepaired(self) -> bool:
        """A number is wrong and still in the table."""
        return self.severity == "error" and not self.applied

    def to_dict(self) -> dict[str, Any]:
        """``kind``, ``severity``, ``text``; of a check's finding the other fields too."""
        plain = {"kind": self.kind, "severity": self.severity, "text": self.text}
        if self.rows is None:
            return plain
        return plain | {
            "item": self.item,
            "first": self.first,
            "last": self.last,
            "rows": self.rows,
            "evidence": dict(self.evidence),
            "repair": self.repair,
            "applied": self.applied,
        }


@dataclass(frozen=True)
class Provenance:
    """Where a table comes from and what its numbers mean.

    Attributes
    ----------
    unit : str
        For example ``"return, decimal"`` or ``"index points"``.
    currency : str or None
        ISO code of money and returns; None where money plays no part.
    as_of : date
        The last day the figures speak for.
    retrieved : str
        How the copy came here: a package and its version, or a fact table.
    publication_lag : mapping of str to int
        Months between a row's month end and the month end at which each column was known.
        A column that is not listed was known on its own date.
    known_at : mapping of str to str
        Column, and the rule of ``engine.sources.known`` by which its figures became known, where months are too
        coarse; it goes before ``publication_lag``.
    parameters : mapping of str to float
        What the figures were made with and cannot be told without, such as the intensity of a shrinkage.
    """

    name: str
    source: str
    basis: Basis
    frequency: Frequency
    unit: str
    as_of: date
    retrieved: str
    currency: str | None = None
    publication_lag: Mapping[str, int] = field(default_factory=dict)
    known_at: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, float] = field(default_factory=dict)

    def rule(self, column: str) -> str:
        """When the figures of a column became known, as a rule of ``engine.sources.known``."""
        if column in self.known_at:
            return self.known_at[column]
        if self.frequency == Frequency.DAILY:
            return "session_close"
        return f"month_end:{self.publication_lag.get(column, 0)}"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A frame with its provenance and findings.

    The frame's index holds tz-naive, unique, increasing dates: sessions when daily, calendar
    month ends when monthly.
    """

    table: pd.DataFrame
    provenance: Provenance
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        # A copy lies in memory in one piece (per type), so that reading it as an array costs nothing.
        object.__setattr__(self, "table", self.table.copy())

    @property
    def frame(self) -> pd.DataFrame:
        """A shallow copy: what the reader does to it stays with the reader (copy-on-write)."""
        return self.table.copy(deep=False)

    @property
    def first(self) -> date | None:
        return self.table.index[0].date() if isinstance(self.table.index, pd.DatetimeIndex) else None

    @property
    def last(self) -> date | None:
        return self.table.index[-1].date() if isinstance(self.table.index, pd.DatetimeIndex) else None

    def as_known(self) -> pd.DataFrame:
        """Rows moved to the day (monthly: the month end) at which each column was known.

        Row t holds the newest figures a reader had at the close of day or month t, and nothing later. Where
        two figures of a column became known on one day, the later of them stands.
        """
        if self.provenance.known_at:
            return self._moved()
        lags = self.provenance.publication_lag
        known = {name: column.shift(lags.get(str(name), 0), freq="ME") for name, column in self.table.items()}
        return pd.DataFrame(known)

    def _moved(self) -> pd.DataFrame:
        index = pd.DatetimeIndex(self.table.index)
        columns = {}
        for name, column in self.table.items():
            moved = column.set_axis(known_on(index, self.provenance.rule(str(name)), str(name)))
            columns[name] = moved[~moved.index.duplicated(keep="last")]
        return pd.DataFrame(columns).sort_index().rename_axis(index="date")

    def to_dict(self) -> dict[str, object]:
        """The row of ``data status``; ``known_at`` has the rule of each column, or one rule where all share it."""
        origin = self.provenance
        return {
            "name": origin.name,
            "source": origin.source,
            "basis": str(origin.basis),
            "frequency": str(origin.frequency),
            "unit": origin.unit,
            "currency": origin.currency,
            "first": self.first.isoformat() if self.first else None,
            "last": self.last.isoformat() if self.last else None,
            "as_of": origin.as_of.isoformat(),
            "retrieved": origin.retrieved,
            "rows": len(self.table),
            "known_at": self._rules() if origin.frequency != Frequency.TABLE else None,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _rules(self) -> dict[str, str]:
        texts = {"source", "as_of", "last_date"}
        rules = {str(name): self.provenance.rule(str(name)) for name in self.table.columns if name not in texts}
        shared = set(rules.values())
        return {"*": shared.pop()} if len(shared) == 1 else rules


@dataclass(frozen=True, eq=False)
class Line:
    """One value path: an index, a fund, a paper portfolio, a strategy or a reader's own series.

    Attributes
    ----------
    levels : Series
        Levels above zero (a price or the growth of one unit); sessions or month ends.
    kind : str
        ``"index"``, ``"fund"`` (live, after fees), ``"paper"`` (academic portfolio before costs),
        ``"simulated"`` (our own simulation), ``"walk_forward"`` (ours, each decision before its months) or
        ``"own"`` (uploaded).
    cost_bps : float or None
        Cost per unit traded that a simulated line has paid, in basis points.
    """

    id: str
    levels: pd.Series
    basis: Basis
    frequency: Frequency
    currency: str
    kind: str
    source: str
    cost_bps: float | None = None
    findings: tuple[Finding, ...] = ()

    def __post_init__(self) -> None:
        """Lines are shared by everything that shows them, so their levels cannot be written to."""
        fixed = np.array(self.levels, dtype=float)
        fixed.setflags(write=False)
        levels = pd.Series(fixed, index=self.levels.index, name=self.levels.name, copy=False)
        object.__setattr__(self, "levels", levels)

    @property
    def first(self) -> date:
        return pd.Timestamp(self.levels.index[0]).date()

    @property
    def last(self) -> date:
        return pd.Timestamp(self.levels.index[-1]).date()

    @property
    def returns(self) -> pd.Series:
        """Simple returns per row, decimals; one row fewer than the levels."""
        return self.levels.pct_change(fill_method=None).iloc[1:]


def require_comparable(line: Line, other: Line) -> None:
    """Refuse to compare unlike with unlike.

    Raises
    ------
    BadInput
        One is a price index and the other a total return (worth about two points a year), or
        their currencies or frequencies differ.
    """
    for attribute in ("basis", "currency", "frequency"):
        if getattr(line, attribute) != getattr(other, attribute):
            raise BadInput(f"{attribute}_mismatch", field=attribute, value=line.id, other=other.id)
