"""Figures of lines over a period, each against a yardstick of its own basis and frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from engine.analytics import Metrics, metrics, thin, underwater
from engine.crises import comparable, yardsticks
from engine.errors import BadInput
from engine.lines import line
from engine.sources import Basis, Frequency, Line, load
from engine.sources.derived import riskless, to_currency

BILL_CURRENCY = "USD"
"""Sharpe and Sortino need a bill rate of the same currency; there is none in won here."""

PERIODS_PER_YEAR = {Frequency.DAILY: 252, Frequency.MONTHLY: 12}


@dataclass(frozen=True)
class Performance:
    """One line over a period.

    Attributes
    ----------
    metrics : Metrics
        Against the yardstick over the dates both have; without one, over the line's own dates.
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
    """Figures of the lines of those ids over the dates that all of them have, so that rows compare.

    Sharpe and Sortino use the dollar bill rate and are missing in won. A daily line against a
    monthly yardstick is measured at month ends. In won every line is monthly, and lines without
    any rate are left in dollars.

    Raises
    ------
    BadInput
        An id is not registered, or the lines share no dates in the period.
    """
    lines = [_converted(line(line_id), currency) for line_id in ids]
    latest = max(lines, key=lambda item: item.first)
    begin = max(latest.first, since or latest.first)
    ending = min(lines, key=lambda item: item.last)
    if begin >= ending.last:
        raise BadInput("no_overlap", field="series", value=latest.id, other=ending.id, first=begin, last=ending.last)
    return [_performance(_cut(item, begin, ending.last), benchmark) for item in lines]


def _performance(shown: Line, benchmark: str) -> Performance:
    yardstick = _yardstick(shown, benchmark)
    ours, theirs = (shown, None) if yardstick is None else comparable(shown, yardstick)
    returns = ours.returns
    against = None
    if theirs is not None:
        common = returns.index.intersection(theirs.returns.index)
        returns, against = returns.loc[common], theirs.returns.loc[common]
    if len(returns) < 2:
        other = yardstick.id if yardstick else shown.id
        raise BadInput("no_overlap", field="series", value=shown.id, other=other, first=shown.first, last=shown.last)
    bill = riskless(pd.DatetimeIndex(returns.index), load("bill_rate"))
    figures = metrics(
        returns,
        against,
        periods_per_year=PERIODS_PER_YEAR[ours.frequency],
        risk_free=bill,
    )
    if ours.currency != BILL_CURRENCY:
        figures = replace(figures, sharpe=None, sortino=None)
    growth = shown.levels / shown.levels.iloc[0]
    below = underwater(growth)
    path = thin(growth, 1000).index.union(thin(below, 1000).index)
    return Performance(
        id=shown.id,
        kind=shown.kind,
        basis=shown.basis,
        frequency=ours.frequency,
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


def _yardstick(shown: Line, benchmark: str) -> Line | None:
    """The first comparable line that covers the line's dates; else the first that shares some of them."""
    candidates = [_converted(line(line_id), shown.currency) for line_id in yardsticks(shown, benchmark)]
    candidates = [item for item in candidates if item.currency == shown.currency and item.first < shown.last]
    covering = [item for item in candidates if item.first <= shown.first]
    return next(iter([*covering, *candidates]), None)


def _converted(item: Line, currency: str) -> Line:
    if item.currency == currency:
        return item
    try:
        return to_currency(item, currency, load("usdkrw_monthly"))
    except BadInput:
        return item


def _cut(item: Line, begin: date, end: date) -> Line:
    """The rows from the one at or before ``begin`` to the one at or before ``end``."""
    index = pd.DatetimeIndex(item.levels.index)
    first = max(int(index.searchsorted(pd.Timestamp(begin), side="right")) - 1, 0)
    last = int(index.searchsorted(pd.Timestamp(end), side="right"))
    return replace(item, levels=item.levels.iloc[first:last])
