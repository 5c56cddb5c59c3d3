"""Returns, macro series, rates and fund facts: units, zeros that mean missing, holes.

Methods. Holes: blanks between the first and the last figure, and months or days that a regular index
leaves out; they stay holes. Zeros: a zero in a level whose other figures never come near zero; in fund facts,
a fund whose figures are all zero. Percent for fraction: a stretch of returns whose typical size is
about 100 times that of the rest (or, for all of it, beyond what returns are); a fact above its
bound whose hundredth is inside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import BadInput
from engine.integrity.levels import groups, number, runs
from engine.integrity.report import FINDING_COLUMNS, LOG_COLUMNS, Report
from engine.integrity.table import Floats, Ints

MEASURES = ("return", "level", "rate")
PERCENT = 100.0
LARGE_RETURN = 0.25  # a typical (median absolute) return beyond this is no decimal
WINDOW = 12
NEVER_NEAR = 0.05  # of the median: a level whose other figures stay above this is never zero


def series(frame: pd.DataFrame, *, measure: str) -> Report:
    """Findings about time series, and the frame with the certain repairs made.

    Parameters
    ----------
    frame : DataFrame
        Dates as index (tz-naive), one numeric column a series; blanks are NaN.
    measure : {"return", "level", "rate"}
        Decimal returns; levels above zero (an index, a price, a count); rates, which may be zero.

    Returns
    -------
    Report
        ``ticker`` holds the column's name.

    Raises
    ------
    BadInput
        Unknown measure, an index that is no date, text in a column, an empty frame.
    """
    if measure not in MEASURES:
        raise BadInput("unknown_choice", field="measure", value=measure, accepted=", ".join(MEASURES))
    if not isinstance(frame.index, pd.DatetimeIndex) or frame.index.tz is not None or frame.index.hasnans:
        raise BadInput("bad_index", field="frame", value=str(frame.index[:1].tolist()))
    book = _Book(frame)
    _dates(book)
    for name in frame.columns:
        values = book.values(name)
        if measure == "level":
            _zeros(book, name, values)
        if measure == "return":
            _percent(book, name, values)
        _holes(book, name, values)
    return book.report()


def facts(frame: pd.DataFrame, bounds: Mapping[str, tuple[float, float]]) -> Report:
    """Findings about a table of facts (one row a fund), in decimals.

    Parameters
    ----------
    frame : DataFrame
        Index the funds, numeric columns among others.
    bounds : mapping of str to (float, float)
        What a column's decimals may be, for example ``{"fee": (0.0, 0.05)}``.

    Raises
    ------
    BadInput
        A bound for a column that is missing, or text in such a column.
    """
    for name in bounds:
        if name not in frame.columns:
            raise BadInput("missing_column", field=name, value="table of facts", accepted=", ".join(map(str, frame)))
    book = _Book(frame)
    table = np.column_stack([book.values(name) for name in bounds]) if bounds else np.empty((len(frame), 0))
    unknown = (table == 0).sum(axis=1) == max((~np.isnan(table)).sum(axis=1).max(initial=0), 2)
    for place, (name, (low, high)) in enumerate(bounds.items()):
        values = table[:, place]
        zeros = np.flatnonzero(unknown & (values == 0))
        if zeros.size:
            evidence = {"columns_that_are_zero": int((table[zeros[0]] == 0).sum())}
            book.note(
                "zero_for_missing",
                "error",
                name,
                zeros,
                evidence,
                "made blank: all figures of the fund are zero",
                np.full(zeros.size, np.nan),
            )
        _bounded(book, name, values, low, high)
    return book.report()


def _bounded(book: _Book, name: str, values: Floats, low: float, high: float) -> None:
    with np.errstate(invalid="ignore"):
        outside = np.flatnonzero((values < low) | (values > high))
    for at in outside:
        inside = low <= values[at] / PERCENT <= high
        evidence = {"value": number(values[at]), "low": low, "high": high}
        rows = np.array([at])
        if inside:
            book.note("percent_for_fraction", "error", name, rows, evidence, "divided by 100", values[rows] / PERCENT)
        else:
            book.note(
                "out_of_bounds", "warning", name, rows, evidence, "none made: outside what is possible, also as percent"
            )


class _Book:
    """Findings and edits of one frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        if not len(frame) or not len(frame.columns) or not frame.columns.is_unique:
            raise BadInput(
                "upload_too_short", field="table", value=len(frame), accepted="1 row and uniquely named columns"
            )
        self.frame = frame
        self.repaired = frame.copy()
        self.findings: list[dict[str, Any]] = []
        self.log: list[pd.DataFrame] = []

    def values(self, name: Any) -> Floats:
        column = self.frame[name]
        read = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan, copy=True)
        wrong = np.flatnonzero(np.isnan(read) & column.notna().to_numpy())
        if wrong.size:
            raise BadInput("not_a_number", field=str(name), row=int(wrong[0]) + 2, value=column.iloc[wrong[0]])
        return np.asarray(read)

    def label(self, at: int) -> str:
        mark = self.frame.index[at]
        return str(mark.date()) if isinstance(mark, pd.Timestamp) else str(mark)

    def note(
        self,
        kind: str,
        severity: str,
        name: Any,
        at: Ints,
        evidence: dict[str, Any],
        repair: str,
        new: Floats | None = None,
    ) -> None:
        values = (
            kind,
            severity,
            str(name),
            self.label(at[0]),
            self.label(at[-1]),
            len(at),
            evidence,
            repair,
            new is not None,
        )
        if new is not None:
            column = self.frame[name]
            place = list(self.frame.columns).index(name)
            cells = {"row": at, "column": name, "old": column.iloc[at].to_numpy(dtype=object), "new": new}
            self.log.append(pd.DataFrame(cells | {"dtype": str(column.dtype), "finding": len(self.findings)}))
            mended = pd.to_numeric(self.repaired[name]).astype(float)
            mended.iloc[at] = new
            self.repaired.isetitem(place, mended)
        self.findings.append(dict(zip(FINDING_COLUMNS, values, strict=True)))

    def report(self) -> Report:
        log = pd.concat(self.log, ignore_index=True) if self.log else pd.DataFrame(columns=list(LOG_COLUMNS))
        return Report(pd.DataFrame(self.findings, columns=list(FINDING_COLUMNS)), self.repaired, log)


def _dates(book: _Book) -> None:
    index = book.frame.index
    again = np.flatnonzero(index.duplicated(keep=False))
    if again.size:
        book.note(
            "duplicate_date",
            "error",
            "",
            again,
            {"rows": int(again.size)},
            "none made: keep the figure a second source confirms",
        )
    if not index.is_monotonic_increasing and not index.is_monotonic_decreasing:
        back = np.flatnonzero(np.diff(index.to_numpy()).astype(np.int64) < 0)
        book.note("unordered", "warning", "", back + 1, {"breaks": int(back.size)}, "none made: sort by date")
        return
    months = np.unique(index.to_numpy("datetime64[M]").astype(np.int64))
    monthly = (
        len(index) > 2 and float(np.median(np.abs(np.diff(index.to_numpy("datetime64[D]").astype(np.int64))))) > 27
    )
    if monthly and float(np.median(np.diff(months))) == 1:
        for at in np.flatnonzero(np.diff(months) > 1):
            left_out = np.datetime_as_string(np.arange(months[at] + 1, months[at + 1]).astype("datetime64[M]"))
            here = np.flatnonzero(index.to_numpy("datetime64[M]").astype(np.int64) == months[at])
            book.note(
                "missing_period",
                "warning",
                "",
                here,
                {"months": [str(month) for month in left_out]},
                "stays missing: no row is made up",
            )


def _holes(book: _Book, name: Any, values: Floats) -> None:
    there = np.flatnonzero(~np.isnan(values))
    if not there.size:
        return
    inside = np.isnan(values)
    inside[: there[0]] = inside[there[-1] :] = False
    for run in runs(inside):
        evidence = {"before": number(values[run[0] - 1]), "after": number(values[run[-1] + 1])}
        book.note("hole", "warning", name, run, evidence, "stays missing: never zero, never interpolated")


def _zeros(book: _Book, name: Any, values: Floats) -> None:
    zero = values == 0
    rest = np.abs(values[~zero & ~np.isnan(values)])
    if not zero.any() or zero.mean() > 0.2 or not rest.size or rest.min() < NEVER_NEAR * np.median(rest):
        return
    for run in runs(zero):
        evidence = {"smallest_other": number(rest.min()), "median": number(float(np.median(rest)))}
        book.note(
            "zero_for_missing",
            "error",
            name,
            run,
            evidence,
            "made blank: this level is never near zero",
            np.full(len(run), np.nan),
        )
        values[run] = np.nan


def _percent(book: _Book, name: Any, values: Floats) -> None:
    size = np.abs(values)
    known = ~np.isnan(size)
    if known.sum() < WINDOW:
        return
    typical = float(np.median(size[known]))
    if typical > LARGE_RETURN:
        rows = np.flatnonzero(known)
        book.note(
            "percent_for_fraction",
            "error",
            name,
            rows,
            {"median_size": number(typical)},
            "divided by 100: no return is that large day after day",
            values[rows] / PERCENT,
        )
        values[rows] /= PERCENT
        return
    for run in _percent_stretches(size, known):
        evidence = {"median_size_here": number(float(np.median(size[run]))), "median_size_elsewhere": number(typical)}
        book.note(
            "percent_for_fraction",
            "error",
            name,
            run,
            evidence,
            "divided by 100, the unit of the other returns",
            values[run] / PERCENT,
        )
        values[run] /= PERCENT


def _percent_stretches(size: Floats, known: npt.NDArray[np.bool_]) -> list[Ints]:
    """Stretches of at least WINDOW figures, nearly all far beyond what the quieter half of the series ever is."""
    there = np.flatnonzero(known)
    figures = size[there]
    usual = float(np.median(figures[figures <= np.median(figures)])) or 1e-6
    far = figures > 12 * usual
    share = np.convolve(far, np.ones(WINDOW), "same") / WINDOW
    found = []
    for group in groups(np.flatnonzero(share >= 0.75)):
        low, high = group[0], group[-1]
        low, high = max(low - WINDOW // 2, 0), min(high + WINDOW // 2, len(there) - 1)
        inside = np.arange(low, high + 1)
        inside = inside[np.maximum.accumulate(far[inside]) & np.maximum.accumulate(far[inside][::-1])[::-1]]
        if not inside.size:
            continue
        ratio = np.median(figures[inside]) / (2 * usual)
        # A few small figures between the stretch and an end of the series belong to it.
        start = 0 if inside[0] < WINDOW // 2 else inside[0]
        stop = len(there) if len(there) - inside[-1] <= WINDOW // 2 else inside[-1] + 1
        inside = np.arange(start, stop)
        if 30 < ratio < 300:
            found.append(there[inside])
    return found
