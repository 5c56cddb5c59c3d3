"""What the checks of distributions share: the finding of one, and edits of its amount and its adjustment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.integrity.distributions import Paid
from engine.integrity.levels import number
from engine.integrity.report import Edit, Issue
from engine.integrity.table import Bars

UNIT = 100.0
FITS = {"daily": 0.1, "weekly": 0.25, "hourly": 0.1, "15min": 0.1}
SURE = 4.0  # twice a log likelihood ratio: e^2 to one
LARGE = 0.04
DENIED = 4.0  # deviations between the price's move and the fall that a dividend would have made


def at(event: Paid) -> np.ndarray:
    """The bar of a distribution."""
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


def found(kind: str, event: Paid, repair: str, edits: Sequence[Edit] = (), **more: float) -> Issue:
    """An error of a distribution, with the figures that prove it."""
    return Issue(kind, "error", at(event), _evidence(event, **more), repair, edits)


def reported(kind: str, event: Paid, repair: str) -> Issue:
    """A doubt that nothing settles."""
    return Issue(kind, "warning", at(event), _evidence(event), repair)


def readjust(bars: Bars, event: Paid, paid: float) -> list[Edit]:
    """Adj Close of all earlier bars with the step of one distribution changed to ``paid``."""
    if abs(1.0 - event.step) < 1e-12:
        return []
    return [rescale(event.at, (1.0 - paid) / (1.0 - event.step))]


def rescale(before: int, factor: float) -> Edit:
    """Adj Close of every bar before one, times a factor."""
    return Edit("Adj Close", np.arange(before), np.full(before, factor), multiply=True)


def amount_edit(event: Paid, amount: float) -> Edit:
    """A new amount alone."""
    return Edit("Dividends", at(event), np.array([amount]))


def whole(bars: Bars, event: Paid, amount: float) -> list[Edit]:
    """A new amount, and Adj Close adjusted for it."""
    return [amount_edit(event, amount), *readjust(bars, event, amount / event.before)]


def fits(bars: Bars, event: Paid) -> bool:
    """Amount and adjustment agree."""
    return event.fits(event.paid, FITS[bars.frequency])


def denied(bars: Bars, event: Paid) -> bool:
    """Amount and adjustment agree on a large yield, and the price knows nothing of it."""
    return (
        event.gains == 0
        and event.paid > LARGE
        and fits(bars, event)
        and event.traded
        and (event.change + event.paid) > DENIED * event.noise
        and event.fall < 0.5 * event.paid
    )
