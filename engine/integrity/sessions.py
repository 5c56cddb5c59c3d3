"""Bars that should be there and are not, bars that should not, dates twice or out of order.

Method. Daily: the dates against the sessions of an exchange (exchange-calendars). The exchange is
named by its MIC or inferred: of the calendars that fit the table's offset from UTC, the one with
the fewest dates that are no session, then the fewest missing. If none has 99.5 % of the
dates, the calendar is unknown and only holes of more than five weekdays are reported. Weekly: weeks without a bar.
Intraday: sessions with fewer bars than nearly all others have.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import BadInput
from engine.integrity.levels import groups
from engine.integrity.report import Issue
from engine.integrity.table import Bars, Ints

Days = npt.NDArray[np.datetime64]

BY_OFFSET: dict[int | None, tuple[str, ...]] = {
    None: ("XNYS", "WEEKDAYS", "XLON", "XTSE", "XETR", "XPAR", "XHKG", "XTKS", "XKRX", "24/7"),
    -300: ("XNYS", "XTSE", "XBOG", "XLIM"),
    -360: ("XMEX",),
    -180: ("BVMF", "XBUE"),
    0: ("XLON", "XDUB", "XLIS", "24/7"),
    60: (
        "XETR",
        "XPAR",
        "XMIL",
        "XAMS",
        "XBRU",
        "XMAD",
        "XSWX",
        "XSTO",
        "XOSL",
        "XCSE",
        "XWBO",
        "XWAR",
        "XBUD",
        "XPRA",
    ),
    120: ("XHEL", "XJSE", "ASEX", "XTAE"),
    180: ("XIST", "XSAU"),
    330: ("XBOM",),
    420: ("XIDX", "XBKK"),
    480: ("XHKG", "XSHG", "XTAI", "XSES", "XKLS", "XPHS"),
    540: ("XTKS", "XKRX"),
    600: ("XASX",),
    720: ("XNZE",),
}
STRANGERS = 0.005  # share of dates that may be no session
HOLES = 0.10  # share of sessions that may be missing
GOOD = 0.005
LEAST_DATES = 10
FULL = 0.9  # share of sessions that have the usual number of intraday bars


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
    days = np.unique(bars.day)
    if len(days) < LEAST_DATES and bars.calendar is None:
        return []  # too few to tell which exchange it is
    name = bars.calendar or _infer(bars.offsets, days)
    if name is None:
        return _holes(bars, days)
    expected = sessions(name, days[0], days[-1])
    if expected is None:
        return _holes(bars, days)
    issues = _absent(bars, days, expected, name)
    strange = np.flatnonzero(~np.isin(bars.day, expected))
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


def _absent(bars: Bars, days: Days, expected: Days, name: str) -> list[Issue]:
    lost = np.flatnonzero(~np.isin(expected, days))
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
    """Intraday: sessions with fewer bars than usual, where nearly all have the usual number."""
    days, counts = np.unique(bars.day, return_counts=True)
    values, times = np.unique(counts, return_counts=True)
    usual = int(values[np.argmax(times)])
    if times.max() < FULL * len(days) or len(days) < LEAST_DATES:
        return []
    issues = []
    for day, count in zip(days[1:-1], counts[1:-1], strict=True):
        if count < usual:
            at = np.flatnonzero(bars.day == day)
            evidence = {"bars": int(count), "usual": usual}
            issues.append(
                Issue(
                    "missing_bars",
                    "info",
                    at,
                    evidence,
                    "none made: a short session, or bars that are missing",
                    count=usual - int(count),
                )
            )
    return issues


def _infer(offsets: tuple[int, ...], days: Days) -> str | None:
    """The calendar that fits best; None if none does."""
    best: tuple[float, str] | None = None
    for name in _candidates(offsets):
        expected = sessions(name, days[0], days[-1])
        if expected is None or not len(expected):
            continue
        strangers = 1.0 - np.isin(days, expected).mean()
        holes = 1.0 - np.isin(expected, days).mean()
        if strangers <= STRANGERS and holes <= HOLES and (best is None or 3 * strangers + holes < best[0] - 1e-9):
            best = (float(3 * strangers + holes), name)
        if best and best[0] < GOOD:
            break  # calendars are dear to build
    return best[1] if best else None


def _candidates(offsets: tuple[int, ...]) -> tuple[str, ...]:
    """Calendars of exchanges whose clocks show these offsets; a single offset may be summer or winter time."""
    if not offsets:
        return BY_OFFSET[None]
    winter = (offsets[0] - 60, offsets[0]) if len(offsets) == 1 else (offsets[0],)
    return tuple(name for offset in winter for name in BY_OFFSET.get(offset, ())) or ("WEEKDAYS",)


def sessions(name: str, first: np.datetime64, last: np.datetime64) -> Days | None:
    """Sessions of an exchange from ``first`` to ``last``; None where its calendar does not reach.

    Raises
    ------
    BadInput
        No calendar has this name.
    """
    known = _calendar(name, int(str(first)[:4]) // 10 * 10)
    if known is None or not len(known) or first < known[0] - np.timedelta64(10, "D") or last > known[-1]:
        return None
    return known[(known >= first) & (known <= last)]


@lru_cache(maxsize=64)
def _calendar(name: str, since: int) -> Days | None:
    start, end = np.datetime64(f"{since}-01-01"), np.datetime64(f"{max(since + 10, pd.Timestamp.now().year + 1)}-12-31")
    days = np.arange(start, end + 1)
    if name == "24/7":
        return days
    if name == "WEEKDAYS":
        return days[np.is_busday(days)]
    return _exchange(name, start, end)


def _exchange(name: str, start: np.datetime64, end: np.datetime64) -> Days | None:
    """Sessions of exchange-calendars, as far as the calendar reaches; None where it fails."""
    import exchange_calendars
    from exchange_calendars.errors import InvalidCalendarName

    for bounded in (False, True):
        try:
            if bounded:  # the exchange's holidays are known for a shorter time
                known = exchange_calendars.get_calendar(name)
                start = max(start, _day(known.bound_min(), start))
                end = min(end, _day(known.bound_max(), end))
            calendar = exchange_calendars.get_calendar(name, start=str(start), end=str(end))
        except InvalidCalendarName:
            accepted = ", ".join(sorted({one for names in BY_OFFSET.values() for one in names}))
            raise BadInput("unknown_choice", field="calendar", value=name, accepted=accepted) from None
        except ValueError:
            continue
        return np.asarray(calendar.sessions.to_numpy("datetime64[D]"))
    return None


def _day(bound: pd.Timestamp | None, otherwise: np.datetime64) -> np.datetime64:
    return otherwise if bound is None else np.datetime64(bound.date(), "D")
