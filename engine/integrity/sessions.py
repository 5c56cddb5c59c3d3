"""Bars that should be there and are not, bars that should not, dates twice or out of order.

Method. Daily: the dates against the sessions of an exchange, which is named by its MIC or inferred
(``calendars``). If none fits, the calendar is unknown and only holes of more than five weekdays are reported. Weekly: weeks without a bar.
Intraday: sessions without a bar that nearly all
others have at that time of the day; a hole inside a session weighs more than a late start or an early end.
"""

from __future__ import annotations

import numpy as np

from engine.integrity.calendars import Days, among, infer, sessions
from engine.integrity.levels import groups
from engine.integrity.report import Issue
from engine.integrity.table import Bars, Ints

LEAST_DATES = 10
USUAL = 0.8  # share of sessions that have a bar of some minute, from which the others should
FULL = 0.95  # share of these bars that must be there; below it bars exist only where trades were


def dates(bars: Bars) -> list[Issue]:
    """Dates twice, and rows that run neither way."""
    issues = []
    again = np.flatnonzero(bars.when[1:] == bars.when[:-1]) + 1
    for run in groups(again):
        at = np.concatenate([[run[0] - 1], run])
        same = all(
            np.array_equal(bars[name][at], np.repeat(bars[name][at[:1]], len(at)), equal_nan=True)
            for name in ("Open", "High", "Low", "Close")
        )
        repair = "drop all but the first" if same else "keep the row that a second source confirms"
        issues.append(
            Issue(
                "duplicate_date",
                "error",
                at,
                {"times": len(at), "equal_prices": same},
                f"{repair}; the repaired table keeps its rows",
                count=len(at),
            )
        )
    if not bars.in_order:
        way = np.sign(np.median(np.diff(bars.places)))
        back = np.flatnonzero(np.diff(bars.places) * (way or 1) < 0)
        at = np.unique(np.concatenate([back, back + 1]))
        issues.append(
            Issue("unordered", "warning", at, {"breaks": len(back)}, "sort by date; the repaired table keeps its order")
        )
    return issues


def missing_sessions(bars: Bars) -> list[Issue]:
    """Sessions without a bar, and bars on days without a session."""
    if bars.frequency == "weekly":
        return _missing_weeks(bars)
    days = _distinct(bars.day)
    if len(days) < LEAST_DATES and bars.calendar is None:
        return []  # too few to tell which exchange it is
    name = bars.calendar or infer(bars.offsets, days)
    if name is None:
        return _holes(bars, days)
    expected = sessions(name, days[0], days[-1])
    if expected is None:
        return _holes(bars, days)
    issues = _absent(bars, days, expected, name)
    strange = _outside(bars, days, expected)
    for group in groups(strange):
        issues.append(
            Issue(
                "not_a_session",
                "warning",
                group,
                {"calendar": name},
                "none made: the exchange was closed; check the dates' time zone",
            )
        )
    if bars.frequency != "daily":
        issues += _short_sessions(bars)
    return issues


def _distinct(days: Days) -> Days:
    """The days in order, each once."""
    step = np.diff(days).astype(np.int64)
    if (step > 0).all():
        return days
    return days[np.concatenate([[True], step > 0])] if (step >= 0).all() else np.unique(days)


def _outside(bars: Bars, days: Days, expected: Days) -> Ints:
    """Rows on a day without a session."""
    strange = days[~among(days, expected)]
    return np.flatnonzero(np.isin(bars.day, strange)) if strange.size else np.empty(0, np.int64)


def _absent(bars: Bars, days: Days, expected: Days, name: str) -> list[Issue]:
    lost = np.flatnonzero(~among(expected, days))
    if bars.frequency != "daily" and len(lost) > 0.05 * len(expected):
        evidence = {"calendar": name, "sessions": len(expected), "missing": len(lost)}
        return [
            Issue(
                "thin_trading",
                "info",
                _around(bars, expected[lost]),
                evidence,
                "none made: bars exist only where trades were",
                count=len(lost),
            )
        ]
    issues = []
    for group in groups(lost):
        gone = expected[group]
        evidence = {"calendar": name, "sessions": len(gone)}
        repair = "none made: ask the vendor again; returns over the hole span several sessions"
        first, last = str(gone[0]), str(gone[-1])
        issues.append(
            Issue(
                "missing_session",
                "warning",
                _around(bars, gone),
                evidence,
                repair,
                count=len(gone),
                first=first,
                last=last,
            )
        )
    return issues


def _around(bars: Bars, gone: Days) -> Ints:
    place = int(np.searchsorted(bars.day, gone[0]))
    return np.unique([max(place - 1, 0), min(place, len(bars) - 1)])


def _holes(bars: Bars, days: Days) -> list[Issue]:
    """Without a calendar: say so, and report holes no holiday makes."""
    step = np.busday_count(days[:-1], days[1:])
    issues = [
        Issue(
            "calendar_unknown",
            "info",
            np.array([0, len(bars) - 1]),
            {"dates": len(days)},
            "name the exchange by its MIC to check sessions",
            count=len(bars),
        )
    ]
    for at in np.flatnonzero(step > 6):
        place = int(np.searchsorted(bars.day, days[at + 1]))
        evidence = {"weekdays": int(step[at]) - 1}
        issues.append(
            Issue(
                "missing_session",
                "warning",
                np.array([place - 1, place]),
                evidence,
                "none made: ask the vendor again",
                count=int(step[at]) - 1,
            )
        )
    return issues


def _missing_weeks(bars: Bars) -> list[Issue]:
    gap = np.diff(bars.day).astype(int)
    issues = []
    for at in np.flatnonzero(gap > 10):
        evidence = {"days": int(gap[at])}
        issues.append(
            Issue(
                "missing_session",
                "warning",
                np.array([at, at + 1]),
                evidence,
                "none made: ask the vendor again",
                count=max(round(gap[at] / 7) - 1, 1),
            )
        )
    return issues


def _short_sessions(bars: Bars) -> list[Issue]:
    """Bars that nearly every session has and some session lacks; the first and the last may be cut off."""
    days, row_day = np.unique(bars.day, return_inverse=True)
    if len(days) < LEAST_DATES:
        return []
    minutes, row_minute = np.unique(bars.minute, return_inverse=True)
    there = np.zeros((len(days), len(minutes)), bool)
    there[row_day, row_minute] = True
    there = there[:, there[1:-1].mean(axis=0) >= USUAL]
    inside = np.maximum.accumulate(there, axis=1) & np.maximum.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    lost = ~there
    lost[0] &= np.maximum.accumulate(there[0])
    lost[-1] &= np.maximum.accumulate(there[-1][::-1])[::-1]
    if not there.size or lost.mean() > 1.0 - FULL:
        return []  # bars exist only where trades were
    issues = []
    for day in np.flatnonzero(lost.any(axis=1)):
        torn = bool((lost[day] & inside[day]).any())
        repair = "none made: ask the vendor again" if torn else "none made: a short session, or bars that are missing"
        evidence = {"bars": int(there[day].sum()), "usual": there.shape[1]}
        at, count = np.flatnonzero(row_day == day), int(lost[day].sum())
        issues.append(Issue("missing_bars", "warning" if torn else "info", at, evidence, repair, count=count))
    return issues
