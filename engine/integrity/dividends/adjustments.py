"""Adj Close adjusted twice, not at all, for capital gains twice, or by another yield than was paid."""

from __future__ import annotations

from engine.integrity.distributions import Paid, Steps
from engine.integrity.dividends.paid import FITS, SURE, fits, found, readjust, reported
from engine.integrity.report import Issue
from engine.integrity.table import Bars

NOTHING = {"daily": 0.02, "weekly": 0.2, "hourly": 0.02, "15min": 0.02}
"""Share of a distribution up to which a step is none; in weeks the price before is not that of the day before."""


def gains_twice(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Adj Close adjusted for dividends plus capital gains although the dividends hold the gains."""
    asked = [
        event
        for event in events
        if event.gains > 0
        and event.amount >= 0.99 * event.gains
        and event.fits((event.amount + event.gains) / event.before, FITS[bars.frequency])
        and not fits(bars, event)
    ]
    held = sum(event.distance(event.paid) for event in asked)
    both = sum(event.distance((event.amount + event.gains) / event.before) for event in asked)
    if not asked or held >= both + SURE:
        return []
    sure = held < both
    repair = (
        "Adj Close adjusted for the dividend alone, which holds the capital gains"
        if sure
        else "none made: the price does not tell whether the dividend holds the capital gains"
    )
    return [
        found(
            "capital_gains_twice",
            event,
            repair,
            readjust(bars, event, event.paid) if sure else [],
            capital_gains=event.gains,
            with_gains=(event.amount + event.gains) / event.before,
        )
        for event in asked
    ]


def twice(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Adj Close adjusted twice for one dividend."""
    issues = []
    for event in events:
        double = 1.0 - (1.0 - event.paid) ** 2
        if event.gains > 0 or not 0 < event.paid < 0.5 or fits(bars, event):
            continue
        if abs(event.step - double) <= max(0.08 * double, event.rounding) and event.paid > 2 * event.rounding:
            edits = readjust(bars, event, event.paid)
            issues.append(found("dividend_applied_twice", event, "Adj Close adjusted once for the dividend", edits))
    return issues


def not_applied(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A dividend that left no step in Adj Close."""
    issues = []
    for event in events:
        total = (event.amount if event.amount >= event.gains else event.amount + event.gains) / event.before
        missing = abs(event.step) <= max(event.rounding, NOTHING[bars.frequency] * total) and total > 2 * event.rounding
        if missing and 0 < total < 0.9:
            edits = readjust(bars, event, total)
            issues.append(
                found("dividend_not_applied", event, "Adj Close of the bars before adjusted for the dividend", edits)
            )
    return issues


def otherwise(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Amount and adjustment apart in another way: put right where the price speaks clearly for the amount."""
    issues = []
    for event in events:
        total = (event.amount + event.gains) / event.before
        apart = abs(event.step - event.paid)
        if fits(bars, event) or event.fits(total, FITS[bars.frequency]) or apart < max(0.005, 0.25 * event.paid):
            continue
        if event.distance(event.step) - event.distance(event.paid) > 2 * SURE and event.paid < 0.5:
            edits = readjust(bars, event, event.paid)
            issues.append(
                found(
                    "adjustment_apart",
                    event,
                    "Adj Close adjusted for the dividend, which the fall of the price confirms",
                    edits,
                )
            )
        else:
            issues.append(
                reported(
                    "adjustment_apart",
                    event,
                    "none made: amount and adjustment differ; compare with the company's announcement",
                )
            )
    return issues
