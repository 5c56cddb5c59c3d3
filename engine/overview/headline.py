"""One line against its benchmark: ahead or behind, months beaten of twelve, worst fall, cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import median
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import Fall, resampled_rows, to_monthly, worst_fall_between
from engine.analytics.hits import TIE, require_aligned
from engine.errors import BadInput
from engine.lines import in_currency, line
from engine.performance import PERIODS_PER_YEAR, Performance, figures, shared, yardstick
from engine.sources import Basis, Frequency, Line
from engine.sources.derived import month_sessions

WINDOW = 12
"""Months a hit ratio is counted over."""

LEAST_MONTHS = 24
"""Whole months below which no interval is given."""

COVERAGE = 0.9

HIGHEST_FEE = 0.1
"""A yearly fee above this is taken for a mistake (percent given as a decimal)."""

INDEX = "sp500_total_return"
"""The line whose falls every other is held against."""

RIVALS = {"ai_etf": "etf_equal_weight", "ai": "equal_weight"}
"""The equal mix of the same parts, without a forecast, beside a line that has one."""


@dataclass(frozen=True)
class Hits:
    """Whole months in which a line was above its benchmark; a tie is no win, and part of a month never counts.

    Attributes
    ----------
    months : tuple of date
        Month ends, increasing.
    returns, benchmark : tuple of float
        Simple return of each month, decimals; ``returns`` after the fee.
    won : tuple of bool
    windows : tuple of (date, int)
        Months won in every run of ``WINDOW`` consecutive months, by its last month end; empty where there is none.
    """

    months: tuple[date, ...]
    returns: tuple[float, ...]
    benchmark: tuple[float, ...]
    won: tuple[bool, ...]
    windows: tuple[tuple[date, int], ...]

    @property
    def last(self) -> int | None:
        """Months won of the last twelve whole ones; None with fewer."""
        return self.windows[-1][1] if self.windows else None

    @property
    def least(self) -> int | None:
        return min((count for _, count in self.windows), default=None)

    @property
    def median(self) -> float | None:
        return float(median(count for _, count in self.windows)) if self.windows else None

    @property
    def most(self) -> int | None:
        return max((count for _, count in self.windows), default=None)

    @property
    def excess(self) -> tuple[float, ...]:
        """Return minus the benchmark's, month by month."""
        return tuple(ours - theirs for ours, theirs in zip(self.returns, self.benchmark, strict=True))

    def years(self) -> dict[int, list[tuple[float, bool] | None]]:
        """Twelve months a calendar year: return minus the benchmark's and whether it was won; None: no whole month."""
        table: dict[int, list[tuple[float, bool] | None]] = {}
        for month, excess, won in zip(self.months, self.excess, self.won, strict=True):
            table.setdefault(month.year, [None] * 12)[month.month - 1] = (excess, won)
        return table

    def to_dict(self) -> dict[str, Any]:
        """Counts; not the months themselves."""
        return {
            "months": len(self.months),
            "won": sum(self.won),
            "last_12": self.last,
            "last_month": self.months[-1].isoformat() if self.months else None,
            "least_12": self.least,
            "median_12": self.median,
            "most_12": self.most,
        }


@dataclass(frozen=True)
class Falls:
    """Worst fall of the line and of the S&P 500 total return over the dates both have, at one frequency.

    Attributes
    ----------
    own, index : Fall
        ``own`` after the fee; the index pays none.
    first, last : date
        First and last value counted; not beyond the end of the comparison with the benchmark.
    """

    own: Fall
    index: Fall
    frequency: Frequency
    first: date
    last: date


@dataclass(frozen=True)
class Cost:
    """What is paid.

    Attributes
    ----------
    trading_bps : float or None
        Basis points of value traded that the line has paid already; None where it trades nothing of its own.
    fee : float
        Taken here, decimal a year.
    taken : float
        Share of the end value that the fee took over the period, decimal: 1 - end value net / gross.
    a_year : float
        Return a year that it took, decimal.
    """

    trading_bps: float | None
    fee: float
    taken: float
    a_year: float


@dataclass(frozen=True)
class Rival:
    """The equal mix against the same benchmark over the same dates, after the same fee."""

    id: str
    excess: float
    hits: Hits


@dataclass(frozen=True)
class Headline:
    """What one line did against its benchmark over the dates both have.

    Attributes
    ----------
    shown, benchmark : Performance
        The line after the fee, and its benchmark; same dates, frequency, basis and currency.
    excess : float
        Return a year of the line minus the benchmark's, both compounded; decimal.
    interval : (float, float) or None
        Of ``excess`` over whole months: 90 % of 2,000 resampled histories (stationary bootstrap, mean block
        of six months). None with fewer than 24 months.
    falls : Falls or None
        None where the line and the S&P 500 share too few dates in the period.
    rival : Rival or None
        None where the line moves between no parts, or the mix does not cover its dates.
    own_last, benchmark_last : date
        Where the data of each end, in this currency; the comparison ends at the earlier one.
    """

    shown: Performance
    benchmark: Performance
    basis: Basis
    excess: float
    interval: tuple[float, float] | None
    hits: Hits
    falls: Falls | None
    cost: Cost
    rival: Rival | None
    own_last: date
    benchmark_last: date

    @property
    def as_of(self) -> date:
        """Last date of the comparison: the earlier end of the line and its benchmark."""
        return self.shown.last

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, decimals."""
        shown, falls = self.shown, self.falls
        return {
            "series": shown.id,
            "kind": shown.kind,
            "benchmark": self.benchmark.id,
            "basis": str(self.basis),
            "frequency": str(shown.frequency),
            "currency": shown.currency,
            "first": shown.first.isoformat(),
            "last": shown.last.isoformat(),
            "as_of": self.as_of.isoformat(),
            "cagr": shown.metrics.cagr,
            "benchmark_cagr": self.benchmark.metrics.cagr,
            "excess": self.excess,
            "excess_interval_90": list(self.interval) if self.interval else None,
            "hits": self.hits.to_dict(),
            "max_drawdown": falls.own.depth if falls else None,
            "sp500_max_drawdown": falls.index.depth if falls else None,
            "trading_cost_bp": self.cost.trading_bps,
            "fee": self.cost.fee,
            "fee_taken": self.cost.taken,
            "fee_a_year": self.cost.a_year,
            "rival": {"series": self.rival.id, "excess": self.rival.excess, "hits": self.rival.hits.to_dict()}
            if self.rival
            else None,
        }


def headline(
    line_id: str, *, benchmark: str = "sp500", since: date | None = None, currency: str = "USD", fee: float = 0.0
) -> Headline:
    """One registered line against its benchmark, after a fund fee.

    Parameters
    ----------
    benchmark : {"sp500", "market"}
        Taken on the line's basis.
    since : date, optional
        First day of the period.
    fee : float
        Decimal a year; see :func:`net_of_fee`. The benchmark pays none.

    Raises
    ------
    BadInput
        An unknown id or benchmark, a price index, the benchmark against itself, a fee outside 0 to 0.1, a line without
        rates in the currency, or too few shared dates.
    """
    gross = in_currency(line(line_id), currency)
    mark = yardstick(gross, benchmark, currency)
    if mark is None:
        raise BadInput("basis_mismatch", field="basis", value=line_id, other=INDEX)
    if mark.id == line_id:
        raise BadInput("own_benchmark", field="series", value=line_id)
    cut, against = shared([gross, mark], since=since)
    net = net_of_fee(cut, fee)
    shown, theirs = figures([net, against], against)
    won = hits(net.returns, against.returns)
    return Headline(
        shown=shown,
        benchmark=theirs,
        basis=cut.basis,
        excess=shown.metrics.cagr - theirs.metrics.cagr,
        interval=_interval(won),
        hits=won,
        falls=_falls(gross, fee, since, shown.last, currency),
        cost=_cost(cut, net, fee, shown.metrics.cagr),
        rival=_rival(line_id, against, theirs.metrics.cagr, fee, currency),
        own_last=gross.last,
        benchmark_last=mark.last,
    )


def beside(
    line_id: str,
    others: Sequence[str],
    *,
    benchmark: str = "sp500",
    since: date | None = None,
    currency: str = "USD",
    fee: float = 0.0,
) -> list[Performance]:
    """The line after the fee, the S&P 500 total return, and other lines, over the dates that all have.

    Raises
    ------
    BadInput
        As :func:`headline`; or bases differ.
    """
    ids = [name for name in dict.fromkeys((INDEX, *others)) if name != line_id]
    first = net_of_fee(in_currency(line(line_id), currency), fee)
    lines = [first, *(in_currency(line(name), currency) for name in ids)]
    return figures(lines, yardstick(first, benchmark, currency), since=since)


def net_of_fee(item: Line, fee: float) -> Line:
    """The line after a yearly fee, taken in equal shares of each month: (1 + r) (1 - fee)^(1/12) - 1 a month.

    On daily lines the month's factor is spread evenly over its sessions, so that whole months agree.

    Raises
    ------
    BadInput
        A fee outside 0 to ``HIGHEST_FEE``.
    """
    if not 0.0 <= fee <= HIGHEST_FEE:
        raise BadInput("bad_number", field="fee", value=fee, accepted=f"0 to {HIGHEST_FEE:g} a year, as a decimal")
    if fee == 0.0:
        return item
    share = (1.0 - fee) ** (1.0 / (12.0 * month_sessions(pd.DatetimeIndex(item.levels.index))))
    share[0] = 1.0
    return replace(item, levels=item.levels * np.cumprod(share))


def hits(returns: pd.Series, benchmark: pd.Series) -> Hits:
    """Months won, and how many of every twelve.

    Parameters
    ----------
    returns, benchmark : Series, shape (n,)
        Simple returns on the same dates, daily or monthly.
    """
    ours, theirs = to_monthly(returns), to_monthly(benchmark)
    require_aligned(ours, theirs, "benchmark")
    won = (ours - theirs > TIE).to_numpy()
    ends = pd.DatetimeIndex(ours.index)
    months = tuple(stamp.date() for stamp in ends)
    order = ends.year.to_numpy() * 12 + ends.month.to_numpy()
    windows = tuple(
        (months[end - 1], int(won[end - WINDOW : end].sum()))
        for end in range(WINDOW, len(months) + 1)
        if order[end - 1] - order[end - WINDOW] == WINDOW - 1
    )
    return Hits(months, tuple(ours.tolist()), tuple(theirs.tolist()), tuple(won.tolist()), windows)


def _interval(won: Hits) -> tuple[float, float] | None:
    """Of the difference of the two compound returns a year, months of both drawn together."""
    if len(won.months) < LEAST_MONTHS:
        return None
    rows = resampled_rows(len(won.months))
    ours, theirs = (np.log1p(np.array(side))[rows].mean(axis=1) for side in (won.returns, won.benchmark))
    drawn = np.expm1(12.0 * ours) - np.expm1(12.0 * theirs)
    low, high = np.quantile(drawn, [(1.0 - COVERAGE) / 2.0, (1.0 + COVERAGE) / 2.0])
    return float(low), float(high)


def _falls(gross: Line, fee: float, since: date | None, end: date, currency: str) -> Falls | None:
    try:
        own, index = shared([gross, in_currency(line(INDEX), currency)], since=since)
    except BadInput:
        return None
    first, last = pd.Timestamp(own.levels.index[0]), min(pd.Timestamp(own.levels.index[-1]), pd.Timestamp(end))
    ours, theirs = (worst_fall_between(item.levels, first, last) for item in (net_of_fee(own, fee), index))
    if ours is None or theirs is None:
        return None
    return Falls(ours, theirs, own.frequency, first.date(), last.date())


def _cost(gross: Line, net: Line, fee: float, net_cagr: float) -> Cost:
    before, after = (float(item.levels.iloc[-1] / item.levels.iloc[0]) for item in (gross, net))
    years = (len(gross.levels) - 1) / PERIODS_PER_YEAR[gross.frequency]
    return Cost(gross.cost_bps, fee, 1.0 - after / before, before ** (1.0 / years) - 1.0 - net_cagr)


def _rival(line_id: str, against: Line, mark_cagr: float, fee: float, currency: str) -> Rival | None:
    name = RIVALS.get(line_id)
    if name is None:
        return None
    try:
        cut, mark = shared([in_currency(line(name), currency), against])
    except BadInput:
        return None
    if len(cut.levels) != len(against.levels):
        return None
    net = net_of_fee(cut, fee)
    (shown,) = figures([net], mark)
    return Rival(name, shown.metrics.cagr - mark_cagr, hits(net.returns, mark.returns))
