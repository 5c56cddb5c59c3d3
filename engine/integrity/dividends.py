"""Dividends and their adjustments that contradict each other.

Method. Each distribution is put into the first class it fits: adjusted for as it should be;
counted twice; capital gains added to dividends that hold them already; 100 times apart from its
adjustment; not adjusted for; otherwise apart. Where amount and adjustment disagree by 100, the
likelihood of either (a log-normal prior of one payment's yield, and the fall of the price on the
ex-day) over all such distributions of the ticker decides which of them is wrong. Amount and adjustment that agree are
still wrong where the price denies them: a yield that cannot be, a large fall that did not
happen, a hundredth of what the price fell, a second payment within a week, a fall a few days off.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from engine.integrity.distributions import WORST, Paid, Steps, distributions, measure, neighbours, paid_at, typical
from engine.integrity.levels import number
from engine.integrity.report import Edit, Issue
from engine.integrity.table import Bars, Floats

UNIT = 100.0
FITS = {"daily": 0.1, "weekly": 0.25, "hourly": 0.1, "15min": 0.1}
WEEK = 7
SURE = 4.0  # twice a log likelihood ratio: e^2 to one
LARGE = 0.04
DENIED = 4.0  # deviations between the price's move and the fall that a dividend would have made
LIKE = 3.0  # other dividends within this factor speak for one


def dividends(bars: Bars) -> list[Issue]:
    """The first class of contradictions that the ticker's distributions hold; repairs feed the next look."""
    if not bars.pays:
        return []
    steps = measure(bars)
    events = distributions(bars, steps)
    checks: tuple[Callable[[Bars, Steps, list[Paid]], list[Issue]], ...] = (
        _impossible,
        _repeated,
        _gains_twice,
        _apart_by_unit,
        _wrong_day,
        _too_large,
        _too_small,
        _twice,
        _not_applied,
        _otherwise,
    )
    reported: list[Issue] = []
    for check in checks:
        issues = check(bars, steps, events)
        if any(issue.edits for issue in issues):
            return issues
        reported += issues
    return reported


def _at(event: Paid) -> np.ndarray:
    return np.array([event.at])


def _evidence(event: Paid, **more: float) -> dict[str, float]:
    figures = {
        "dividend": event.amount,
        "close_before": event.before,
        "yield": event.paid,
        "adjusted_by": event.step,
        "price_change": event.change,
        "noise": event.noise,
    }
    return {name: number(value) for name, value in (figures | more).items()}


def _readjust(bars: Bars, event: Paid, paid: float) -> list[Edit]:
    """Adj Close of all earlier bars with the step of one distribution changed to ``paid``."""
    if abs(1.0 - event.step) < 1e-12:
        return []
    return [_rescale(event.at, (1.0 - paid) / (1.0 - event.step))]


def _rescale(before: int, factor: float) -> Edit:
    """Adj Close of every bar before one, times a factor."""
    return Edit("Adj Close", np.arange(before), np.full(before, factor), multiply=True)


def _amount(event: Paid, amount: float) -> Edit:
    return Edit("Dividends", _at(event), np.array([amount]))


def _whole(bars: Bars, event: Paid, amount: float) -> list[Edit]:
    """A new amount, and Adj Close adjusted for it."""
    return [_amount(event, amount), *_readjust(bars, event, amount / event.before)]


def _fits(bars: Bars, event: Paid) -> bool:
    return event.fits(event.paid, FITS[bars.frequency])


def _impossible(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """More than the whole price was paid out: 100 times too much, if a hundredth is possible."""
    issues = []
    for event in events:
        if event.paid < 0.9 or event.gains > 0:
            continue
        if event.change < -0.5:
            issues.append(
                _report(
                    "dividend_over_price",
                    event,
                    "none made: the price fell, so this may be a liquidation or a spin-off",
                )
            )
        elif event.paid / UNIT < 0.2:
            edits = _by_unit(bars, event)
            issues.append(
                Issue(
                    "dividend_100x",
                    "error",
                    _at(event),
                    _evidence(event, factor=UNIT),
                    f"dividend divided by {UNIT:g}, Adj Close adjusted for it",
                    edits,
                )
            )
    return issues


def _by_unit(bars: Bars, event: Paid) -> list[Edit]:
    """A hundredth of the amount; Adj Close only where it was not adjusted for a hundredth already."""
    small = event.amount / UNIT
    if event.fits(small / event.before, FITS[bars.frequency]):
        return [_amount(event, small)]
    return _whole(bars, event, small)


def _report(kind: str, event: Paid, repair: str) -> Issue:
    return Issue(kind, "warning", _at(event), _evidence(event), repair)


def _repeated(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Two payments of about the same amount (or of it times 100) within a week: the one that the price fits worse goes."""
    if bars.frequency == "weekly":
        return []
    days = bars.day.astype(np.int64)
    issues = []
    gone: set[int] = set()
    for event in events:
        for other in neighbours(events, event, days, WEEK):
            if other.at <= event.at or {other.at, event.at} & gone or not _alike(event, other):
                continue
            worse = _odd_one(event, other)
            if _spare(bars, events, worse):
                continue
            gone.add(worse.at)
            applied = not abs(worse.step) <= worse.rounding
            edits = [_amount(worse, 0.0), *(_readjust(bars, worse, 0.0) if applied else [])]
            evidence = _evidence(
                worse,
                twin=event.amount if worse is other else other.amount,
                days_apart=float(days[other.at] - days[event.at]),
            )
            issues.append(
                Issue(
                    "dividend_phantom",
                    "error",
                    _at(worse),
                    evidence,
                    "one of two payments within a week taken out, with its adjustment",
                    edits,
                )
            )
    return issues


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


def _gains_twice(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Adj Close adjusted for dividends plus capital gains although the dividends hold the gains."""
    asked = [
        event
        for event in events
        if event.gains > 0
        and event.amount >= 0.99 * event.gains
        and event.fits((event.amount + event.gains) / event.before, FITS[bars.frequency])
        and not _fits(bars, event)
    ]
    held = sum(event.distance(event.paid) for event in asked)
    both = sum(event.distance((event.amount + event.gains) / event.before) for event in asked)
    if not asked or held >= both:
        return []
    return [
        Issue(
            "capital_gains_twice",
            "error",
            _at(event),
            _evidence(event, capital_gains=event.gains, with_gains=(event.amount + event.gains) / event.before),
            "Adj Close adjusted for the dividend alone, which holds the capital gains",
            _readjust(bars, event, event.paid),
        )
        for event in asked
    ]


def _apart_by_unit(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Amount and adjustment 100 times apart, or no adjustment and an amount in doubt."""
    relative = FITS[bars.frequency]
    over, under = [], []
    for event in events:
        if event.gains > 0 or event.amount <= 0 or _fits(bars, event):
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
    sound = [event for event in events if event not in asked and event.amount > 0 and _fits(bars, event)]
    usual = math.exp(float(np.mean([math.log(event.paid) for event in sound]))) if sound else None
    is_large = sum(_cost(event, large(event), usual) for event in asked)
    is_small = sum(_cost(event, small(event), usual) for event in asked)
    choose = large if is_large < is_small else small
    issues = []
    for event in asked:
        true = choose(event)
        right_amount = abs(true - event.paid) < 1e-9
        evidence = _evidence(event, right_yield=true, log_odds=abs(is_large - is_small) / 2)
        if right_amount:
            repair = "Adj Close adjusted for the dividend"
            issues.append(Issue("adjustment_100x", "error", _at(event), evidence, repair, _readjust(bars, event, true)))
            continue
        edits = [_amount(event, true * event.before)]
        if not event.fits(true, FITS[bars.frequency]):
            edits += _readjust(bars, event, true)
        way = "divided" if true < event.paid else "multiplied"
        issues.append(Issue("dividend_100x", "error", _at(event), evidence, f"dividend {way} by {UNIT:g}", edits))
    return issues


def _cost(event: Paid, paid: float, usual: float | None) -> float:
    peers = 0.0 if usual is None else min((math.log(paid / usual)) ** 2, WORST)
    return event.unlikely(paid) + peers


def _wrong_day(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A large dividend without a fall on its day, and the very fall on a neighbouring one."""
    issues: list[Issue] = []
    for event in events:
        if bars.frequency == "weekly" or not _denied(bars, event):
            continue
        day = _fall_near(bars, steps, event)
        if day is None:
            continue
        before = float(steps.before[day])
        moved = event.amount / before
        edits = [_amount(event, 0.0), Edit("Dividends", np.array([day]), np.array([event.amount]))]
        edits += [_rescale(event.at, 1.0 / (1.0 - event.step)), _rescale(day, 1.0 - moved)]
        evidence = _evidence(
            event, fall_there=float(steps.fall[day]), days_off=float((bars.day[day] - bars.day[event.at]).astype(int))
        )
        issues.append(
            Issue(
                "dividend_wrong_day",
                "error",
                _at(event),
                evidence,
                "dividend and its adjustment moved to the day of the fall",
                edits,
            )
        )
    return issues


def _denied(bars: Bars, event: Paid) -> bool:
    """Amount and adjustment agree on a large yield, and the price knows nothing of it."""
    return (
        event.gains == 0
        and event.paid > LARGE
        and _fits(bars, event)
        and event.traded
        and (event.change + event.paid) > DENIED * event.noise
        and event.fall < 0.5 * event.paid
    )


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


def _too_large(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A large dividend, adjusted for, that no fall followed: 100 times too much, or none at all."""
    issues = []
    for event in events:
        if not _denied(bars, event) or _usual(bars, event, events):
            continue
        evidence = _evidence(event, factor=UNIT)
        if event.paid / UNIT > 1e-4:
            edits = _whole(bars, event, event.amount / UNIT)
            issues.append(
                Issue(
                    "dividend_100x",
                    "error",
                    _at(event),
                    evidence,
                    f"dividend divided by {UNIT:g}, Adj Close adjusted for it",
                    edits,
                )
            )
    return issues


def _usual(bars: Bars, event: Paid, events: list[Paid]) -> bool:
    """At least two others of about this yield that the price did not deny."""
    alike = [
        one
        for one in events
        if one is not event and event.paid / LIKE < one.paid < event.paid * LIKE and not _denied(bars, one)
    ]
    return len(alike) >= 2


def _too_small(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A hundredth of what the price fell by, and of what was paid before or after."""
    issues = []
    for event in events:
        paid = event.paid * UNIT
        if event.gains > 0 or not 0 < event.paid < 0.002 or not _fits(bars, event) or not event.traded:
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
        edits = _whole(bars, event, event.amount * UNIT)
        evidence = _evidence(event, factor=1 / UNIT, usual_yield=usual)
        issues.append(
            Issue(
                "dividend_100x",
                "error",
                _at(event),
                evidence,
                f"dividend multiplied by {UNIT:g}, Adj Close adjusted for it",
                edits,
            )
        )
    return issues


def _twice(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Adj Close adjusted twice for one dividend."""
    issues = []
    for event in events:
        double = 1.0 - (1.0 - event.paid) ** 2
        if event.gains > 0 or not 0 < event.paid < 0.5 or _fits(bars, event):
            continue
        if abs(event.step - double) <= max(0.08 * double, event.rounding) and event.paid > 2 * event.rounding:
            edits = _readjust(bars, event, event.paid)
            issues.append(
                Issue(
                    "dividend_applied_twice",
                    "error",
                    _at(event),
                    _evidence(event),
                    "Adj Close adjusted once for the dividend",
                    edits,
                )
            )
    return issues


def _not_applied(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """A dividend that left no step in Adj Close."""
    issues = []
    for event in events:
        total = (event.amount if event.amount >= event.gains else event.amount + event.gains) / event.before
        missing = abs(event.step) <= max(event.rounding, 0.02 * total) and total > 2 * event.rounding
        if missing and 0 < total < 0.9:
            edits = _readjust(bars, event, total)
            issues.append(
                Issue(
                    "dividend_not_applied",
                    "error",
                    _at(event),
                    _evidence(event),
                    "Adj Close of the bars before adjusted for the dividend",
                    edits,
                )
            )
    return issues


def _otherwise(bars: Bars, steps: Steps, events: list[Paid]) -> list[Issue]:
    """Amount and adjustment apart in another way: put right where the price speaks clearly for the amount."""
    issues = []
    for event in events:
        total = (event.amount + event.gains) / event.before
        apart = abs(event.step - event.paid)
        if _fits(bars, event) or event.fits(total, FITS[bars.frequency]) or apart < max(0.005, 0.25 * event.paid):
            continue
        if event.distance(event.step) - event.distance(event.paid) > 2 * SURE and event.paid < 0.5:
            edits = _readjust(bars, event, event.paid)
            issues.append(
                Issue(
                    "adjustment_apart",
                    "error",
                    _at(event),
                    _evidence(event),
                    "Adj Close adjusted for the dividend, which the fall of the price confirms",
                    edits,
                )
            )
        else:
            issues.append(
                _report(
                    "adjustment_apart",
                    event,
                    "none made: amount and adjustment differ; compare with the company's announcement",
                )
            )
    return issues


def stray_steps(bars: Bars) -> list[Issue]:
    """Steps of Adj Close on bars without a distribution.

    Upward steps are undone where the table lists dividends and the price did not fall; downward
    ones (a negative distribution) where it lists them. The rest is reported if it is large.
    """
    steps = measure(bars)
    lists = "Dividends" in bars.given and bars.pays
    quiet = (bars["Dividends"] == 0) & (bars["Capital Gains"] == 0) & ~np.isnan(steps.step)
    limit = np.maximum(2 * steps.rounding, 5e-3 if lists else 2e-2)
    issues = []
    change = np.nan_to_num(np.log1p(np.maximum(steps.change, -0.99)))
    for at in np.flatnonzero(quiet & (np.abs(steps.step) > limit)):
        issues += _stray(bars, steps, int(at), change, lists=lists)
    return issues


def _stray(bars: Bars, steps: Steps, at: int, change: Floats, *, lists: bool) -> list[Issue]:
    event = paid_at(bars, steps, at, at, float(steps.before[at]), change)
    rows = _at(event)
    if _at_split(bars, at) or _listed_near(bars, at):
        return []
    if event.step < 0:
        edits = _readjust(bars, event, 0.0) if lists else []
        repair = "step taken out of Adj Close" if lists else "none made: the table lists no dividends to compare with"
        return [Issue("adjustment_falls", "error", rows, _evidence(event), repair, edits)]
    no_fall = event.traded and event.distance(event.step) > 16.0 and event.distance(0.0) < 9.0
    if lists and no_fall and event.step > 0.02:
        return [
            Issue(
                "adjustment_without_dividend",
                "error",
                rows,
                _evidence(event),
                "step taken out of Adj Close",
                _readjust(bars, event, 0.0),
            )
        ]
    if (no_fall and event.step > 0.05) or (lists and event.step > 5e-3):
        kind = "adjustment_without_dividend"
        repair = "none made: a distribution that the table does not list, or an error; compare Close"
        return [Issue(kind, "warning", rows, _evidence(event), repair)]
    return []


def _at_split(bars: Bars, at: int) -> bool:
    ratio = bars["Stock Splits"][max(0, at - 1) : at + 2]
    return bool(((ratio > 0) & (ratio != 1)).any())


def _listed_near(bars: Bars, at: int, reach: int = 2) -> bool:
    """A listed distribution a bar or two away: the step belongs to it."""
    around = slice(max(0, at - reach), at + reach + 1)
    return bool((bars["Dividends"][around] > 0).any() or (bars["Capital Gains"][around] > 0).any())
