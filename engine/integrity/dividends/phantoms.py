"""Distributions that were not, or not on their day: a second payment within a week, a fall a few days off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engine.integrity.distributions import Paid, Steps
from engine.integrity.dividends.paid import SURE, UNIT, amount_edit, denied, found, readjust, rescale
from engine.integrity.report import Edit, Issue
from engine.integrity.table import Bars, Ints

WEEK = 7
THREE_WEEKS = 21


def repeated(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Two payments of about the same amount (or of it times 100) within a week: the one that the price fits worse goes."""
    days = bars.day.astype(np.int64)
    issues = []
    gone: set[int] = set()
    for event, other in _close_by(events, days, THREE_WEEKS if bars.frequency == "weekly" else WEEK):
        if {other.at, event.at} & gone or not _alike(event, other) or not _too_soon(bars, events, event, other):
            continue
        worse = _odd_one(event, other)
        if _spare(bars, events, worse):
            continue
        gone.add(worse.at)
        applied = not abs(worse.step) <= worse.rounding
        edits = [amount_edit(worse, 0.0), *(readjust(bars, worse, 0.0) if applied else [])]
        twin = {
            "twin": event.amount if worse is other else other.amount,
            "days_apart": float(days[other.at] - days[event.at]),
        }
        if twin["days_apart"] > WEEK:
            edits, repair = [], "none made: the same again within three weeks; compare with the company's announcement"
        else:
            repair = "one of two payments within a week taken out, with its adjustment"
        issues.append(found("dividend_phantom", worse, repair, edits, **twin))
    return issues


def _too_soon(bars: Bars, events: list[Paid], event: Paid, other: Paid) -> bool:
    """In weeks, the very same amount much sooner than the ticker usually pays; in days any second payment."""
    if bars.frequency != "weekly":
        return True
    weeks = np.diff([one.at for one in events])
    return bool(
        abs(other.amount / event.amount - 1) < 0.02
        and len(weeks) > 2
        and np.median(weeks) > 2.5 * (other.at - event.at)
    )


def _close_by(events: list[Paid], days: Ints, most: int) -> Iterator[tuple[Paid, Paid]]:
    """Pairs of distributions, the earlier first, at most so many days apart."""
    for place, event in enumerate(events):
        for other in events[place + 1 :]:
            if days[other.at] - days[event.at] > most:
                break
            yield event, other


def _odd_one(earlier: Paid, later: Paid) -> Paid:
    """Of two payments the one to take out: the later, unless the earlier is clearly less likely."""
    if _far(earlier, later):
        return earlier if earlier.unlikely(earlier.paid) > later.unlikely(later.paid) else later
    return earlier if earlier.distance(earlier.paid) > later.distance(later.paid) + SURE else later


def _far(one: Paid, other: Paid) -> bool:
    return max(one.amount, other.amount) > 2 * min(one.amount, other.amount)


def _alike(one: Paid, other: Paid) -> bool:
    if not (one.amount > 0 and other.amount > 0):
        return False
    ratio = max(one.amount, other.amount) / min(one.amount, other.amount)
    return ratio < 1.25 or 0.8 < ratio / UNIT < 1.25


def _spare(bars: Bars, events: list[Paid], event: Paid) -> bool:
    """The ticker pays every week, so that two payments in one are no surprise."""
    days = np.sort(bars.day[[one.at for one in events]].astype(np.int64))
    return len(days) > 4 and float(np.median(np.diff(days))) <= WEEK + 1


def wrong_day(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A large dividend without a fall on its day, and the very fall on a neighbouring one."""
    issues: list[Issue] = []
    for event in events:
        if bars.frequency == "weekly" or not denied(bars, event):
            continue
        day = _fall_near(bars, steps, event)
        if day is None:
            continue
        before = float(steps.before[day])
        moved = event.amount / before
        edits = [amount_edit(event, 0.0), Edit("Dividends", np.array([day]), np.array([event.amount]))]
        edits += [rescale(event.at, 1.0 / (1.0 - event.step)), rescale(day, 1.0 - moved)]
        there = {
            "fall_there": float(steps.fall[day]),
            "days_off": float((bars.day[day] - bars.day[event.at]).astype(int)),
        }
        issues.append(
            found(
                "dividend_wrong_day", event, "dividend and its adjustment moved to the day of the fall", edits, **there
            )
        )
    return issues


def _fall_near(bars: Bars, steps: Steps, event: Paid, reach: int = 3) -> int | None:
    """The one bar close by whose fall is the dividend's, on busy trading; None without one."""
    volume = bars["Volume"]
    around = volume[max(0, event.at - 20) : event.at + 21]
    busy = 2.0 * float(np.median(around))
    for off in (1, -1, 2, -2, 3, -3):
        day = event.at + off
        if not 0 < day < len(bars) or abs(off) > reach or bars["Dividends"][day] > 0:
            continue
        fall, paid = float(steps.fall[day]), event.amount / float(steps.before[day])
        if abs(fall - paid) < 0.25 * paid and steps.change[day] < -0.4 * paid and volume[day] > busy:
            return day
    return None
