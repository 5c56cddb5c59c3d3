"""Figures of lines over a period, each against a yardstick of its own basis and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from engine.analytics import Metrics, metrics, thin, underwater
from engine.crises import BENCHMARKS
from engine.errors import BadInput
from engine.lines import in_currency, line
from engine.sources import Basis, Frequency, Line, load, require_comparable
from engine.sources.derived import month_ends, riskless

BILL_CURRENCY = "USD"
"""Sharpe and Sortino need a bill rate of the same currency; there is none in won here."""

MIN_DATES = 3

PERIODS_PER_YEAR = {Frequency.DAILY: 252, Frequency.MONTHLY: 12}


@dataclass(frozen=True)
class Performance:
    """One line over a period.

    Attributes
    ----------
    metrics : Metrics
        Against the yardstick, over the dates that all lines asked for and the yardstick share.
    dates, growth, underwater : tuple
        The path, thinned to 2,000 points: growth of 1.0 and value / running maximum - 1.
    """

    id: str
    kind: str
    basis: Basis
    frequency: Frequency
    currency: str
    cost_bps: float | None
    first: date
    last: date
    yardstick: str | None
    metrics: Metrics
    dates: tuple[date, ...]
    growth: tuple[float, ...]
    underwater: tuple[float, ...]


def summary(
    ids: Sequence[str], *, benchmark: str = "sp500", since: date | None = None, currency: str = "USD"
) -> list[Performance]:
    """Figures of the lines of those ids over the dates that all of them and the yardstick have.

    Rows compare: one basis, one currency, the coarsest frequency among them, the same dates.
    Sharpe and Sortino use the dollar bill rate and are missing in won.

    Raises
    ------
    BadInput
        An id is not registered, bases or currencies differ, or no dates are shared in the period.
    """
    lines = [in_currency(line(line_id), currency) for line_id in dict.fromkeys(ids)]
    return figures(lines, yardstick(lines[0], benchmark, currency), since=since)


def figures(lines: Sequence[Line], mark: Line | None = None, *, since: date | None = None) -> list[Performance]:
    """Figures of lines against a yardstick over the dates that all of them have; at month ends where one is monthly.

    Raises
    ------
    BadInput
        Bases or currencies differ, or too few dates are shared in the period.
    """
    cut = shared([*lines, mark] if mark else lines, since=since)
    against = cut[-1] if mark else None
    return [_performance(item, against if against and against.id != item.id else None) for item in cut[: len(lines)]]


def shared(lines: Sequence[Line], *, since: date | None = None) -> list[Line]:
    """The lines over the dates that all of them have; at month ends where one is monthly.

    Raises
    ------
    BadInput
        Bases or currencies differ, or too few dates are shared in the period.
    """
    if len({item.frequency for item in lines}) > 1:
        lines = [month_ends(item) for item in lines]
    for item in lines[1:]:
        require_comparable(lines[0], item)
    dates = _shared_dates(lines, since)
    return [replace(item, levels=item.levels.loc[dates]) for item in lines]


def _shared_dates(lines: Sequence[Line], since: date | None) -> pd.DatetimeIndex:
    """Dates of all lines, from the last one before ``since`` on, so that the first return lies in the period."""
    shared = pd.DatetimeIndex(lines[0].levels.index)
    for item in lines[1:]:
        shared = shared.intersection(pd.DatetimeIndex(item.levels.index))
    if since is not None:
        shared = shared[max(int(shared.searchsorted(pd.Timestamp(since))) - 1, 0) :]
    if len(shared) < MIN_DATES:
        latest, ending = max(lines, key=lambda item: item.first), min(lines, key=lambda item: item.last)
        raise BadInput(
            "no_overlap", field="series", value=latest.id, other=ending.id, first=latest.first, last=ending.last
        )
    return shared


def _performance(shown: Line, yardstick: Line | None) -> Performance:
    returns = shown.returns
    against = yardstick.returns if yardstick else None
    bill = riskless(pd.DatetimeIndex(returns.index), load("bill_rate"))
    figures = metrics(
        returns,
        against,
        periods_per_year=PERIODS_PER_YEAR[shown.frequency],
        risk_free=bill,
    )
    if shown.currency != BILL_CURRENCY:
        figures = replace(figures, sharpe=None, sortino=None)
    growth = shown.levels / shown.levels.iloc[0]
    below = underwater(growth)
    path = thin(growth, 1000).index.union(thin(below, 1000).index)
    return Performance(
        id=shown.id,
        kind=shown.kind,
        basis=shown.basis,
        frequency=shown.frequency,
        currency=shown.currency,
        cost_bps=shown.cost_bps,
        first=pd.Timestamp(returns.index[0]).date(),
        last=pd.Timestamp(returns.index[-1]).date(),
        yardstick=yardstick.id if yardstick else None,
        metrics=figures,
        dates=tuple(stamp.date() for stamp in pd.DatetimeIndex(path)),
        growth=tuple(growth.loc[path].tolist()),
        underwater=tuple(below.loc[path].tolist()),
    )


def yardstick(shown: Line, benchmark: str, currency: str) -> Line | None:
    """The benchmark chosen, on the line's basis and in this currency; a price index has none.

    Raises
    ------
    BadInput
        The benchmark is not known.
    """
    if benchmark not in BENCHMARKS:
        raise BadInput("unknown_choice", field="benchmark", value=benchmark, accepted=", ".join(BENCHMARKS))
    if shown.basis == Basis.PRICE_INDEX:
        return None
    return in_currency(line("market" if benchmark == "market" else "sp500_total_return"), currency)
