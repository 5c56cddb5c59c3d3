"""What a crisis is, and what is said about a line in it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from engine.sources import Basis, Frequency

DEFENDED_MARGIN = 0.01
"""A line defended if its fall was shallower than the yardstick's by at least this much (one point)."""


def slug(name: str) -> str:
    """A name in lower case with hyphens, for addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def verdict(excess: float) -> str:
    """``defended``, ``level`` or ``deeper`` for a difference of two falls, by ``DEFENDED_MARGIN``."""
    if excess >= DEFENDED_MARGIN:
        return "defended"
    return "deeper" if excess <= -DEFENDED_MARGIN else "level"


@dataclass(frozen=True)
class Crisis:
    """A stretch from a high to a low.

    Attributes
    ----------
    kind : str
        ``cycle`` (from an all-time high), ``leg`` (below an older high), ``rule`` or ``custom``.
    index_drawdown : float or None
        The S&P 500's fall as the crisis table gives it, on ``index_basis``; a negative decimal.
    """

    name: str
    kind: str
    peak: date
    trough: date
    recovery: date | None = None
    index_drawdown: float | None = None
    index_basis: Basis | None = None

    @property
    def slug(self) -> str:
        """The name as it stands in addresses."""
        return slug(self.name)

    def to_dict(self) -> dict[str, object]:
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in asdict(self).items()}


@dataclass(frozen=True)
class CrisisRow:
    """One line in one crisis; fields are None where the line does not cover the crisis.

    Attributes
    ----------
    drawdown, return_ : float or None
        Deepest fall inside the window, and value at its end over value at its start - 1; decimals.
    yardstick : str or None
        Id of the line it is compared with; None when nothing comparable covers the crisis.
    compared_frequency : Frequency or None
        Frequency of the comparison: the coarser of the two.
    excess_drawdown, excess_return : float or None
        The line minus the yardstick, both at ``compared_frequency``; above zero is better.
    capture : float or None
        ``return_`` over the yardstick's, both at ``compared_frequency``.
    verdict : str or None
        ``defended``, ``level`` or ``deeper``, by ``DEFENDED_MARGIN``.
    """

    id: str
    kind: str
    basis: Basis
    frequency: Frequency
    currency: str
    first: date
    last: date
    covered: bool
    drawdown: float | None = None
    return_: float | None = None
    peak: date | None = None
    trough: date | None = None
    days_down: int | None = None
    days_to_recover: int | None = None
    yardstick: str | None = None
    compared_frequency: Frequency | None = None
    yardstick_drawdown: float | None = None
    excess_drawdown: float | None = None
    excess_return: float | None = None
    capture: float | None = None
    verdict: str | None = None

    @property
    def recovery(self) -> date | None:
        """Day on which the line was back at its peak; None while open."""
        if self.trough is None or self.days_to_recover is None:
            return None
        return self.trough + timedelta(days=self.days_to_recover)

    @property
    def shallower(self) -> bool:
        """Whether the line fell less than its yardstick; False without one."""
        return self.excess_drawdown is not None and self.excess_drawdown > 0

    @property
    def compared_drawdown(self) -> float | None:
        """The line's fall at the frequency of the comparison."""
        if self.excess_drawdown is None or self.yardstick_drawdown is None:
            return None
        return self.yardstick_drawdown + self.excess_drawdown

    def to_dict(self) -> dict[str, object]:
        raw = {k.removesuffix("_"): v for k, v in asdict(self).items() if k != "id"}
        return {k: v.isoformat() if isinstance(v, date) else v for k, v in raw.items()}


@dataclass(frozen=True)
class CrisisReport:
    """One crisis with a row for each line."""

    crisis: Crisis
    rows: tuple[CrisisRow, ...]

    def row(self, line_id: str) -> CrisisRow:
        return next(row for row in self.rows if row.id == line_id)

    def to_dict(self) -> dict[str, object]:
        """The object the command line prints for one crisis."""
        return self.crisis.to_dict() | {"series": {row.id: row.to_dict() for row in self.rows}}


@dataclass(frozen=True)
class FundFall:
    """A live fund between the S&P 500's peak and trough, against SPY over the same days.

    Attributes
    ----------
    return_, spy_return : float
        Total return after fees, end to end, decimals: not a fall, which may have been deeper.
    verdict : str
        As for lines: by ``DEFENDED_MARGIN``.
    """

    crisis: str
    fund: str
    return_: float
    spy_return: float
    verdict: str


@dataclass(frozen=True)
class Record:
    """How often one line defended, over all crises it can be compared in."""

    id: str
    defended: int
    level: int
    deeper: int
    not_covered: int
    not_compared: int

    @property
    def compared(self) -> int:
        return self.defended + self.level + self.deeper
