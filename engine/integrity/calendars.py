"""Sessions of exchanges, and which exchange's they are.

Method. Of the calendars that fit a table's offset from UTC, the one with the fewest dates that are no
session, then the fewest missing; none if none has 99.5 % of the dates (exchange-calendars).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import BadInput

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


def infer(offsets: tuple[int, ...], days: Days) -> str | None:
    """The calendar that fits best; None if none does."""
    best: tuple[float, str] | None = None
    for name in _candidates(offsets):
        expected = sessions(name, days[0], days[-1])
        if expected is None or not len(expected):
            continue
        strangers = 1.0 - among(days, expected).mean()
        holes = 1.0 - among(expected, days).mean()
        if strangers <= STRANGERS and holes <= HOLES and (best is None or 3 * strangers + holes < best[0] - 1e-9):
            best = (float(3 * strangers + holes), name)
        if best and best[0] < GOOD:
            break  # calendars are dear to build
    return best[1] if best else None


def among(days: Days, others: Days) -> npt.NDArray[np.bool_]:
    """Which days are among others; both in order."""
    if len(days) == len(others) and np.array_equal(days, others):
        return np.ones(len(days), bool)
    if not len(others):
        return np.zeros(len(days), bool)
    place = np.searchsorted(others, days)
    return np.asarray(others[np.minimum(place, len(others) - 1)] == days)


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
    return known[np.searchsorted(known, first) : np.searchsorted(known, last, side="right")]


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
