"""When the market closes and opens again, in New York and Seoul, and on which sessions a product trades.

Sessions, half days and holidays are exchange-calendars' ``XNYS``; every instant is exact (UTC, shown through
``zoneinfo``), so a night in which clocks change is as long as it really is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.momentum.hold import FIRST_FRIDAY, FOUR_WEEKS

EXCHANGE = "XNYS"
NEW_YORK = ZoneInfo("America/New_York")
SEOUL = ZoneInfo("Asia/Seoul")
FIRST_YEAR, LAST_YEAR = 1960, 2090
BLOCK = 5
"""Years of sessions that are built at once: the whole calendar takes seconds."""

Rule = Literal["four_weeks", "quarterly", "drift"]


@dataclass(frozen=True)
class Session:
    """One trading day of the New York Stock Exchange; ``opens`` and ``closes`` are instants in UTC."""

    day: date
    opens: datetime
    closes: datetime
    half: bool


@dataclass(frozen=True)
class Window:
    """From the close of a session to the next open: the time that a run has.

    Attributes
    ----------
    session, following : Session
    """

    session: Session
    following: Session

    @property
    def seconds(self) -> float:
        return (self.following.opens - self.session.closes).total_seconds()

    @property
    def closed(self) -> tuple[date, ...]:
        """Weekdays between the two sessions: holidays."""
        days = (self.session.day + timedelta(days=n) for n in range(1, (self.following.day - self.session.day).days))
        return tuple(day for day in days if day.weekday() < 5)

    @property
    def shift(self) -> float:
        """Hours by which New York's clocks move in the window: 1 in spring, -1 in autumn, 0 on other nights."""
        ends = (self.session.closes, self.following.opens)
        before, after = (end.astimezone(NEW_YORK).utcoffset() or timedelta() for end in ends)
        return (after - before).total_seconds() / 3600.0

    def remaining(self, now: datetime) -> float:
        """Seconds to the next open, zero when it is past; before the close, the whole window."""
        left = (self.following.opens - max(_aware(now), self.session.closes)).total_seconds()
        return max(left, 0.0)

    def to_dict(self, now: datetime | None = None) -> dict[str, Any]:
        close, open_ = self.session.closes, self.following.opens
        return {
            "session": self.session.day.isoformat(),
            "half_day": self.session.half,
            "next_session": self.following.day.isoformat(),
            "close": {name: close.astimezone(zone).isoformat() for name, zone in _ZONES.items()},
            "next_open": {name: open_.astimezone(zone).isoformat() for name, zone in _ZONES.items()},
            "seconds": self.seconds,
            "remaining_seconds": None if now is None else self.remaining(now),
        }


_ZONES = {"utc": UTC, "new_york": NEW_YORK, "seoul": SEOUL}


def _aware(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise BadInput("wrong_form", field="now", value=now.isoformat(), accepted="an instant with its time zone")
    return now


@lru_cache(maxsize=32)
def _block(since: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, frozenset[date]]:
    """Sessions of some years with a year on each side: days, opens and closes in seconds of UTC, half days."""
    import exchange_calendars

    start, end = f"{since - 1}-01-01", f"{since + BLOCK}-12-31"
    table = exchange_calendars.get_calendar(EXCHANGE, start=start, end=end)
    days = table.schedule.index.to_numpy("datetime64[D]")
    opens, closes = (pd.DatetimeIndex(table.schedule[name]).as_unit("s").asi8 for name in ("open", "close"))
    return days, opens, closes, frozenset(day.date() for day in table.early_closes)


def _of(day: date) -> tuple[np.ndarray, np.ndarray, np.ndarray, frozenset[date]]:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise BadInput("range_outside", field="date", value=day, first=FIRST_YEAR, last=LAST_YEAR)
    return _block(day.year // BLOCK * BLOCK)


def _at(day: date, row: int) -> Session:
    days, opens, closes, half = _of(day)
    own = days[row].astype(object)
    return Session(own, _instant(opens[row]), _instant(closes[row]), own in half)


def _instant(seconds: np.int64) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def sessions(first: date, last: date) -> pd.DatetimeIndex:
    """Sessions from ``first`` to ``last``, both included."""
    parts = []
    for since in range(first.year // BLOCK * BLOCK, last.year + 1, BLOCK):
        days = _of(date(max(since, first.year), 1, 1))[0]
        parts.append(days[(days >= np.datetime64(f"{since}-01-01")) & (days < np.datetime64(f"{since + BLOCK}-01-01"))])
    every = np.concatenate(parts)
    return pd.DatetimeIndex(every[(every >= np.datetime64(first)) & (every <= np.datetime64(last))])


def is_session(day: date) -> bool:
    """Whether the exchange trades on that day."""
    days = _of(day)[0]
    return bool(days[np.searchsorted(days, np.datetime64(day), side="right") - 1] == np.datetime64(day))


def session_on(day: date) -> Session:
    """The session of that day, or the last one before it.

    Raises
    ------
    BadInput
        The calendar does not reach that day.
    """
    return _at(day, int(np.searchsorted(_of(day)[0], np.datetime64(day), side="right")) - 1)


def session_after(day: date) -> Session:
    """The first session after that day."""
    return _at(day, int(np.searchsorted(_of(day)[0], np.datetime64(day), side="right")))


def last_closed(now: datetime) -> Session:
    """The newest session whose close is past; half days close early, and clocks change with New York's."""
    here = session_on(_aware(now).astimezone(NEW_YORK).date())
    return here if here.closes <= now else session_on(here.day - timedelta(days=1))


def current(now: datetime) -> Window:
    """The window that runs, or while the market is open, the one that begins with its close."""
    here = session_on(_aware(now).astimezone(NEW_YORK).date())
    return window(here.day if here.opens <= now else last_closed(now).day)


def window(day: date) -> Window:
    """The window that begins with the close of the session on that day (or the last one before it)."""
    here = session_on(day)
    return Window(here, session_after(here.day))


def four_week_day(day: date) -> date:
    """The four-week rebalancing day on or after a day: every fourth Friday, or the session before a holiday.

    The grid of ``engine.momentum.hold`` is anchored, so that no start date and no later data move it.
    """
    ahead = (pd.Timestamp(day) - FIRST_FRIDAY).days
    friday = FIRST_FRIDAY + pd.Timedelta(days=-(-ahead // FOUR_WEEKS) * FOUR_WEEKS)
    found = session_on(friday.date()).day
    return found if found >= day else four_week_day((friday + pd.Timedelta(days=1)).date())


def scheduled(rule: Rule, day: date) -> bool:
    """Whether a session is one on which the rule trades; ``drift`` has none of its own.

    Raises
    ------
    BadInput
        The rule is not known.
    """
    if rule not in get_args(Rule):
        raise BadInput("unknown_choice", field="schedule", value=rule, accepted=", ".join(get_args(Rule)))
    if not is_session(day) or rule == "drift":
        return False
    if rule == "four_weeks":
        return four_week_day(day) == day
    later = session_after(day).day
    return (later.year, (later.month - 1) // 3) != (day.year, (day.month - 1) // 3)


def next_scheduled(rule: Rule, day: date) -> date | None:
    """The first session after a day on which the rule trades; None for ``drift``."""
    if rule == "drift":
        return None
    if rule == "four_weeks":
        return four_week_day(session_after(day).day)
    here = session_after(day).day
    while not scheduled(rule, here):
        here = session_after(here).day
    return here


def last_scheduled(rule: Rule, day: date) -> date | None:
    """The newest session up to a day on which the rule traded; None for ``drift``."""
    if rule == "drift":
        return None
    here = session_on(day).day
    while not scheduled(rule, here):
        here = session_on(here - timedelta(days=1)).day
    return here
