"""A reader's own price table through the checks: read, checked, repaired; nothing of it is kept."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pandas as pd

from engine.errors import BadInput
from engine.health.evidence import Evidence, window_of
from engine.integrity import FREQUENCIES, Report, check, undo
from engine.refresh.checks import told
from engine.sources.dataset import Finding

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 500_000
PARQUET = (".parquet", ".pq")


@dataclass(frozen=True, eq=False)
class OwnCheck:
    """A table, and what the checks found and did."""

    table: pd.DataFrame
    report: Report
    findings: tuple[Finding, ...]

    @property
    def repaired(self) -> int:
        """Findings that were repaired."""
        return sum(one.applied for one in self.findings)

    def evidence(self, place: int) -> Evidence | None:
        """The figures around the finding at this place; None where it has no day."""
        one = self.findings[place]
        names = {str(name).strip().lower().replace(" ", "").replace("_", ""): str(name) for name in self.table.columns}
        if one.first is None:
            return None
        log = self.report.log
        changes = log.loc[log["finding"] == place]
        column = str(changes["column"].mode().iloc[0]) if len(changes) else names["close"]
        day = names.get("date") or names["datetime"]
        ticker = names.get("ticker") or names.get("symbol")
        after = _line(self.report.repaired, ticker, one.item, day, column)
        before = _line(undo(self.report.repaired, log), ticker, one.item, day, column)
        cut = window_of(after, one.first, one.last or one.first)
        return Evidence(cut(before), cut(after) if len(changes) else None, None, column, one.item or column)


def _line(table: pd.DataFrame, ticker: str | None, item: str | None, day: str, column: str) -> pd.Series:
    rows = table if ticker is None else table.loc[table[ticker].astype(str) == str(item)]
    days = pd.to_datetime(rows[day], utc=True, format="ISO8601").dt.tz_localize(None)
    values = pd.to_numeric(rows[column], errors="coerce").to_numpy(float)
    made = pd.Series(values, index=pd.DatetimeIndex(days), name=column)
    return made[~made.index.duplicated()].sort_index()


def check_file(name: str, content: bytes, frequency: str = "daily") -> OwnCheck:
    """Read and check a file of prices.

    Parameters
    ----------
    name : str
        Its name: ``.parquet`` and ``.pq`` are read as Parquet, all others as CSV.
    frequency : {"daily", "weekly", "hourly", "15min"}

    Raises
    ------
    BadInput
        Too large, not readable, or not a price table (which column is missing, which cell is no number).
    """
    if frequency not in FREQUENCIES:
        raise BadInput("unknown_choice", field="frequency", value=frequency, accepted=", ".join(FREQUENCIES))
    if len(content) > MOST_BYTES:
        told_size = f"{len(content) / 2**20:.1f} MB"
        raise BadInput("upload_too_large", field=name, value=told_size, accepted=f"{MOST_BYTES // 2**20} MB")
    table = _read(name, content)
    if len(table) > MOST_ROWS:
        raise BadInput("upload_rows", field=name, value=f"{len(table):,}", accepted=f"up to {MOST_ROWS:,}")
    report = check(table, frequency=frequency)
    return OwnCheck(table, report, told(report.findings))


def _read(name: str, content: bytes) -> pd.DataFrame:
    try:
        if name.lower().endswith(PARQUET):
            return pd.read_parquet(io.BytesIO(content))
        return pd.read_csv(io.BytesIO(content), float_precision="round_trip", low_memory=False)
    except (OSError, ValueError, UnicodeError) as error:  # pandas' and Arrow's own errors are ValueErrors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput("table_file", field="file", value=name, reason=reason) from error
