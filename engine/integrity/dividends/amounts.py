"""Distributions 100 times too large or too small, with or without an adjustment to match.

Where amount and adjustment disagree by 100, the likelihood of either (a log-normal prior of one
payment's yield, and the fall of the price on the ex-day) over all such distributions of the
ticker decides which of them is wrong. Where they agree, the price denies them: a yield that cannot be, a large
fall that did not happen, a hundredth of what the price fell.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.integrity.distributions import WORST, Paid, Steps, typical
from engine.integrity.dividends.paid import (
    FITS,
    SURE,
    UNIT,
    amount_edit,
    denied,
    fits,
    found,
    readjust,
    reported,
    whole,
)
from engine.integrity.report import Edit, Issue
from engine.integrity.table import Bars

LIKE = 3.0  # other dividends within this factor speak for one


def impossible(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """More than the whole price was paid out: 100 times too much, if a hundredth is possible."""
    issues = []
    for event in events:
        if event.paid < 0.9 or event.gains > 0:
            continue
        if event.change < -0.5:
            issues.append(
                reported(
                    "dividend_over_price",
                    event,
                    "none made: the price fell, so this may be a liquidation or a spin-off",
                )
            )
        elif event.paid / UNIT < 0.2:
            edits = _by_unit(bars, event)
            issues.append(_in_smaller_unit(event, edits))
    return issues


def _by_unit(bars: Bars, event: Paid) -> list[Edit]:
    """A hundredth of the amount; Adj Close only where it was not adjusted for a hundredth already."""
    small = event.amount / UNIT
    if event.fits(small / event.before, FITS[bars.frequency]):
        return [amount_edit(event, small)]
    return whole(bars, event, small)


def apart_by_unit(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Amount and adjustment 100 times apart, or no adjustment and an amount in doubt."""
    relative = FITS[bars.frequency]
    over, under = [], []
    for event in events:
        if event.gains > 0 or event.amount <= 0 or fits(bars, event):
            continue
        if _near(event, event.paid / UNIT, relative):
            over.append(event)
        elif event.fits(event.paid * UNIT, relative) and event.step > 4 * event.rounding:
            under.append(event)
        elif (
            abs(event.step) <= event.rounding and event.unlikely(event.paid) > event.unlikely(event.paid / UNIT) + SURE
        ):
            over.append(event)
    issues = _decide(bars, over, lambda event: event.paid, lambda event: event.paid / UNIT, events)
    return issues + _decide(bars, under, lambda event: event.paid * UNIT, lambda event: event.paid, events)


def _near(event: Paid, paid: float, relative: float) -> bool:
    """The adjustment is for this yield, and not merely rounding."""
    return event.fits(paid, relative) and (
        event.step > event.rounding or paid > 5 * event.rounding or abs(event.step - paid) < 0.3 * paid
    )


def _decide(
    bars: Bars, asked: list[Paid], large: Callable[[Paid], float], small: Callable[[Paid], float], events: list[Paid]
) -> list[Issue]:
    """Which of two yields, 100 times apart, the distributions really had; the other figure is put right."""
    if not asked:
        return []
    sound = [event for event in events if event not in asked and event.amount > 0 and fits(bars, event)]
    usual = math.exp(float(np.mean([math.log(event.paid) for event in sound]))) if sound else None
    is_large = sum(_cost(event, large(event), usual) for event in asked)
    is_small = sum(_cost(event, small(event), usual) for event in asked)
    choose = large if is_large < is_small else small
    issues = []
    for event in asked:
        true = choose(event)
        right_amount = abs(true - event.paid) < 1e-9
        odds = {"right_yield": true, "log_odds": abs(is_large - is_small) / 2}
        if right_amount:
            repair = "Adj Close adjusted for the dividend"
            issues.append(found("adjustment_100x", event, repair, readjust(bars, event, true), **odds))
            continue
        edits = [amount_edit(event, true * event.before)]
        if not event.fits(true, FITS[bars.frequency]):
            edits += readjust(bars, event, true)
        way = "divided" if true < event.paid else "multiplied"
        issues.append(found("dividend_100x", event, f"dividend {way} by {UNIT:g}", edits, **odds))
    return issues


def _cost(event: Paid, paid: float, usual: float | None) -> float:
    peers = 0.0 if usual is None else min((math.log(paid / usual)) ** 2, WORST)
    return event.unlikely(paid) + peers


def too_large(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A large dividend, adjusted for, that no fall followed: 100 times too much, or none at all."""
    issues = []
    for event in events:
        if not denied(bars, event) or _usual(bars, event, events):
            continue
        if event.paid / UNIT > 1e-4:
            edits = whole(bars, event, event.amount / UNIT)
            issues.append(_in_smaller_unit(event, edits))
    return issues


def _in_smaller_unit(event: Paid, edits: list[Edit]) -> Issue:
    return found("dividend_100x", event, f"dividend divided by {UNIT:g}, Adj Close adjusted for it", edits, factor=UNIT)


def _usual(bars: Bars, event: Paid, events: list[Paid]) -> bool:
    """At least two others of about this yield that the price did not deny."""
    alike = [
        one
        for one in events
        if one is not event and event.paid / LIKE < one.paid < event.paid * LIKE and not denied(bars, one)
    ]
    return len(alike) >= 2


def too_small(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A hundredth of what the price fell by, and of what was paid before or after."""
    issues = []
    for event in events:
        paid = event.paid * UNIT
        if event.gains > 0 or not 0 < event.paid < 0.002 or not fits(bars, event) or not event.traded:
            continue
        usual = typical(events, event)
        equal = any(abs(other.amount / (event.amount * UNIT) - 1) < 0.02 for other in events if other is not event)
        fell = -event.change / event.noise
        # The very amount of another payment, in the other unit, needs less of a fall to be believed.
        if equal:
            believed = fell > 1.0 and event.distance(paid) < event.distance(event.paid)
        else:
            believed = fell > 3.0 and event.distance(paid) < 1.0 and 0.5 < paid / usual < 2.0
        if not believed:
            continue
        edits = whole(bars, event, event.amount * UNIT)
        issues.append(
            found(
                "dividend_100x",
                event,
                f"dividend multiplied by {UNIT:g}, Adj Close adjusted for it",
                edits,
                factor=1 / UNIT,
                usual_yield=usual,
            )
        )
    return issues
