"""One question at many accounts: account sizes, exchange rates, months of saving."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from engine.allocation.allocator import Case
from engine.allocation.explain import ALL_WORLD, stand_ins
from engine.allocation.orders import difference
from engine.allocation.types import Allocation
from engine.errors import BadInput

LEAST, MOST, POINTS = 50.0, 1e6, 25
SECONDS_A_POINT = 0.06


@dataclass(frozen=True)
class Point:
    """One account on a curve.

    Attributes
    ----------
    account : float
        Dollars.
    character : str
        "cash", "all_world" (a single all-world fund is held), "merged" (a fund stands for several
        lines), "substituted" (funds stand for one line each) or "model" (lines of the model only).
    changed : bool
        The character differs from the point before.
    """

    account: float
    tracking_error: float
    lower_bound: float
    resolution: float | None
    cash_weight: float
    lines: int
    status: str
    character: str
    changed: bool
    shares: dict[str, float]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def character(case: Case, found: Allocation) -> str:
    """What kind of basket this is, see ``Point``."""
    if not len(found.basket):
        return "cash"
    lines = set(case.model_weights.index[case.model_weights > 0.0])
    if any(name in found.basket.index for name in ALL_WORLD if name not in lines):
        return "all_world"
    if set(found.basket.index) <= lines:
        return "model"
    merged = any(fund and len(absent) > 1 for fund, absent in stand_ins(case, found).items())
    return "merged" if merged else "substituted"


def curve(case: Case, accounts: Sequence[float] | None = None) -> tuple[Point, ...]:
    """Tracking error with its bound, resolution, cash and lines by size of account, smallest first.

    Each point also tries the basket of the point before, grown with the account.
    """
    sizes = np.geomspace(LEAST, MOST, POINTS) if accounts is None else np.sort(np.asarray(accounts, float))
    points: list[Point] = []
    seconds = case.options.get("seconds", SECONDS_A_POINT)
    for size, found in case.sizes([float(size) for size in sizes], effort="quick", seconds=seconds):
        points.append(_point(case, size, found, points[-1].character if points else None))
    return tuple(points)


def _point(case: Case, account: float, found: Allocation, before: str | None) -> Point:
    kind = character(case, found)
    return Point(
        account=account,
        tracking_error=found.tracking_error,
        lower_bound=found.lower_bound,
        resolution=found.resolution,
        cash_weight=found.cash_weight,
        lines=len(found.basket),
        status=found.status,
        character=kind,
        changed=before is not None and kind != before,
        shares={str(name): float(value) for name, value in found.basket.items()},
    )


@dataclass(frozen=True)
class RatePoint:
    """The same won at one exchange rate."""

    rate: float
    point: Point

    def to_dict(self) -> dict[str, object]:
        return {"rate": self.rate} | self.point.to_dict()


def rate_sensitivity(case: Case, won: float, rates: Sequence[float] | None = None) -> tuple[RatePoint, ...]:
    """One amount of won at exchange rates from 1,100 to 1,600; ``case`` gives everything but the account."""
    if not won > 0.0:
        raise BadInput("bad_number", field="account", value=won, accepted="an amount above zero")
    found: list[RatePoint] = []
    for rate in np.arange(1100.0, 1601.0, 50.0) if rates is None else rates:
        answer = case.at(won / float(rate)).allocate(seconds=0.15)
        before = found[-1].point.character if found else None
        found.append(RatePoint(float(rate), _point(case, won / float(rate), answer, before)))
    return tuple(found)


@dataclass(frozen=True)
class Month:
    """One month of saving; ``bought`` are the orders of the month, ``lines`` those held after it."""

    month: int
    account: float
    tracking_error: float
    lower_bound: float
    lines: int
    cash: float
    bought: dict[str, float]

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def contributions(case: Case, monthly: float, months: int = 24) -> tuple[Month, ...]:
    """Buying only, month by month, at constant prices; ``case.account`` is what is there at the beginning.

    The lower bound is that of the month's own problem, with what is held kept.
    """
    if not monthly > 0.0:
        raise BadInput("bad_number", field="monthly", value=monthly, accepted="an amount above zero")
    if months < 1:
        raise BadInput("bad_number", field="months", value=months, accepted="at least one")
    held = pd.Series(case.options.get("holdings") if case.options.get("holdings") is not None else {}, dtype=float)
    out: list[Month] = []
    for month in range(1, months + 1):
        account = case.account + monthly * month
        found = case.at(account).allocate(held, holdings=held, no_sell=True, effort="quick", seconds=0.1)
        after = found.basket.astype(float)
        out.append(
            Month(
                month=month,
                account=account,
                tracking_error=found.tracking_error,
                lower_bound=found.lower_bound,
                lines=len(after),
                cash=found.cash_weight * found.account,
                bought={str(name): float(value) for name, value in difference(after, held).items()},
            )
        )
        held = after
    return tuple(out)


def timed_curve(case: Case) -> tuple[tuple[Point, ...], float]:
    """The curve and its CPU seconds."""
    begun = time.thread_time()
    return curve(case), time.thread_time() - begun
