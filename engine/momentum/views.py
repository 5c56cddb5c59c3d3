"""A run by month and in plain numbers, as screens need it: growth, months won, look-backs, turnover, holdings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from engine.analytics import resampled_rows, rolling_hits, to_monthly
from engine.analytics.drawdown import wealth
from engine.analytics.hits import won_months
from engine.errors import LodestarError
from engine.lines import line
from engine.momentum.caps import breaches
from engine.momentum.factors import Factors, factors
from engine.momentum.result import MomentumResult
from engine.sources import load

WINDOW = 12
TEN = 10
COVERAGE = 0.95
LEAST_MONTHS = 24
"""Fewer months than this carry no interval."""

RECENT_MONTHS = 120
RIVALS = ("fixed_12_1", "fixed_6_1", "total_return_12_1", "equal_weight")


@dataclass(frozen=True)
class Won:
    """Months ahead of a yardstick, and how many of every twelve.

    Attributes
    ----------
    low, high : float or None
        95 % interval of ``share``: whole months drawn again in blocks (stationary bootstrap); None below 24 months.
    last, least, median, most : int, int, float, int, or None
        Months won of the last twelve, and the lowest, middle and highest count over all ``windows`` of twelve.
    ten : float or None
        Share of windows with at least ten months won.
    """

    months: int
    won: int
    share: float
    low: float | None
    high: float | None
    last: int | None
    least: int | None
    median: float | None
    most: int | None
    ten: float | None
    windows: int


def won(ours: pd.Series, theirs: pd.Series) -> Won:
    """Months won by monthly returns on the same month ends."""
    ahead = won_months(ours, theirs).to_numpy(dtype=float)
    low = high = None
    if len(ahead) >= LEAST_MONTHS:
        drawn = ahead[resampled_rows(len(ahead))].mean(axis=1)
        low, high = (float(end) for end in np.quantile(drawn, [(1.0 - COVERAGE) / 2.0, (1.0 + COVERAGE) / 2.0]))
    runs = rolling_hits(ours, theirs, WINDOW)
    none = not len(runs)
    return Won(
        months=len(ahead),
        won=int(ahead.sum()),
        share=float(ahead.mean()),
        low=low,
        high=high,
        last=None if none else int(runs.iloc[-1]),
        least=None if none else int(runs.min()),
        median=None if none else float(runs.median()),
        most=None if none else int(runs.max()),
        ten=None if none else float((runs >= TEN).mean()),
        windows=len(runs),
    )


@dataclass(frozen=True)
class Held:
    """One name of the newest portfolio.

    Attributes
    ----------
    place, of : int
        Place by rank among the names that could be ranked, 1 first; how many those were.
    residual, total : float or None
        Standardised residual momentum over twelve months; plain 12-1 return, decimal.
    mean, spread : float or None
        Forecast relative return over three months and its spread over the ensemble, decimals.
    """

    name: str
    weight: float
    place: int | None
    of: int
    residual: float | None
    total: float | None
    mean: float | None
    spread: float | None


@dataclass(frozen=True)
class Paths:
    """Growth of 1.0 at month ends, from the one before the first month."""

    dates: tuple[date, ...]
    levels: dict[str, tuple[float, ...]]


def grown(table: pd.DataFrame) -> Paths:
    """Growth of monthly returns, one path a column."""
    first = pd.DatetimeIndex(table.index)[0] - pd.offsets.MonthEnd(1)
    dates = (first.date(), *pd.DatetimeIndex(table.index).date)
    return Paths(dates, {str(name): tuple(wealth(table[name]).tolist()) for name in table.columns})


class View:
    """A run and what a screen makes of it, each part worked out when it is first asked for."""

    def __init__(self, found: MomentumResult, model: Factors | None = None) -> None:
        self.found = found
        self._model = model

    @cached_property
    def model(self) -> Factors:
        return self._model or factors()

    @cached_property
    def table(self) -> pd.DataFrame:
        """Returns of whole months with a market return: ``net``, ``gross``, the rivals (net), ``market``."""
        growth = self.found.growth.copy()
        growth.iloc[0] = 1.0  # before the first cost, as the simulation counts its returns
        names = ["net", "gross", *(name for name in RIVALS if name in growth.columns)]
        table = pd.DataFrame({name: to_monthly(growth[name].pct_change().iloc[1:]) for name in names})
        return table.assign(market=self.model.market.reindex(table.index)).dropna(subset=["market"])

    @cached_property
    def growth(self) -> Paths:
        """Growth of the fund and everything beside it, monthly."""
        return grown(self.table)

    @cached_property
    def won(self) -> dict[str, Won]:
        """Months won by the fund, net, against the market, fixed 12-1 and equal weight."""
        names = [name for name in ("market", "fixed_12_1", "equal_weight") if name in self.table.columns]
        return {name: won(self.table["net"], self.table[name]) for name in names}

    @cached_property
    def drag(self) -> float:
        """Return given up a year to cost: compound growth before cost less after it, decimal."""
        net, gross = (float(wealth(self.table[name]).iloc[-1]) for name in ("net", "gross"))
        years = len(self.table) / 12.0
        return float(gross ** (1.0 / years) - net ** (1.0 / years))

    @cached_property
    def beside(self) -> tuple[Paths, Won] | None:
        """The fund and MTUM (live, after its fee) over the months both have, and the months the fund won."""
        if not self.found.live:
            return None
        fund = to_monthly(line("MTUM").returns)
        months = pd.DatetimeIndex(self.table.index).intersection(pd.DatetimeIndex(fund.index))
        months = months[(months >= self.found.live["first"]) & (months <= self.found.live["last"])]
        table = pd.DataFrame({"momentum": self.table["net"].loc[months], "MTUM": fund.loc[months]})
        return grown(table), won(table["momentum"], table["MTUM"])

    @cached_property
    def used(self) -> tuple[tuple[date, ...], tuple[float, ...]]:
        """Rebalancing days and the look-back in use from each, months (the weighted mean of a blend)."""
        days = pd.DatetimeIndex(self.found.lookback.index)
        return tuple(days.date), tuple(float(months) for months in self.found.lookback["months"])

    @property
    def now(self) -> float:
        """The look-back in use, months."""
        return self.used[1][-1]

    @cached_property
    def past(self) -> dict[str, dict[int, float]]:
        """How each look-back has done: mean return over the next month of its top names, times twelve, decimal.

        ``all`` over every month whose outcome was known at the last decision, ``recent`` over the last 120 of them.
        """
        known = self._known
        spans = {"all": known, "recent": known.iloc[-RECENT_MONTHS:]}
        return {
            name: {int(str(back)): float(mean) for back, mean in (12.0 * rows.mean()).items()}
            for name, rows in spans.items()
        }

    @property
    def past_months(self) -> int:
        """Months that ``past["all"]`` rests on."""
        return len(self._known)

    @cached_property
    def _known(self) -> pd.DataFrame:
        """What each look-back did in the months whose outcome the last decision could know."""
        decided = pd.DatetimeIndex(self.found.weights.index)[-1]
        done = self.found.history.dropna()
        return done.loc[pd.DatetimeIndex(done.index) + pd.offsets.MonthEnd(1) <= decided]

    @cached_property
    def turnover(self) -> dict[int, float]:
        """Half the absolute changes of weights in each whole calendar year after the first purchase."""
        traded = self.found.turnover.iloc[1:] / 2.0
        index = pd.DatetimeIndex(traded.index)
        yearly = traded.groupby(index.year).sum()
        first, last = pd.Timestamp(self.found.first), pd.Timestamp(self.found.last)
        inside = (yearly.index > first.year) & (yearly.index < last.year)
        return {int(str(year)): float(share) for year, share in yearly.loc[inside].items()}

    @cached_property
    def holdings(self) -> tuple[Held, ...]:
        """The newest portfolio, largest first; among equal weights by rank."""
        scores = self.found.scores
        places = {str(name): order + 1 for order, name in enumerate(scores.index)}
        rows = []
        for name, weight in self.found.holdings.items():
            known = scores.loc[str(name)] if name in scores.index else None
            figures = {
                column: None if known is None or column not in scores.columns else _number(known[column])
                for column in ("residual", "total", "mean", "spread")
            }
            rows.append(Held(str(name), float(weight), places.get(str(name)), len(scores), **figures))
        return tuple(sorted(rows, key=lambda one: (-round(one.weight, 9), one.place or len(places) + 1)))

    @cached_property
    def forecasts(self) -> tuple[Held, ...]:
        """Every ranked name with its forecast, highest mean first; empty without a forecast."""
        scores = self.found.scores
        if "mean" not in scores.columns:
            return ()
        weights = self.found.holdings
        return tuple(
            Held(
                str(name), float(weights.get(name, 0.0)), order + 1, len(scores), _number(row["residual"]),
                _number(row["total"]), _number(row["mean"]), _number(row["spread"]),
            )
            for order, (name, row) in enumerate(scores.sort_values("mean", ascending=False).iterrows())
        )  # fmt: skip

    @cached_property
    def rules(self) -> dict[str, float]:
        """The fund rules in the newest portfolio: ``largest`` and ``large_together``, decimals."""
        return breaches(self.found.holdings.to_numpy(dtype=float))

    @property
    def left_out(self) -> tuple[date, dict[str, float], dict[str, float]]:
        """Names listed, ranked and left out by reason: the newest month, its counts, the mean of months with ranks."""
        table = self.found.left_out
        ranked = table.loc[table["ranked"] > 0]
        newest = {str(name): float(count) for name, count in table.iloc[-1].items()}
        mean = {str(name): float(count) for name, count in ranked.mean().items()}
        return pd.DatetimeIndex(table.index)[-1].date(), newest, mean

    def heat(self, lookbacks: Sequence[int], most: int) -> dict[str, list[float]]:
        """Rank of the newest month as a share, by name (the highest ranks first) over some look-backs."""
        table = self.found.heat.loc[:, [back for back in lookbacks if back in self.found.heat.columns]].iloc[:most]
        return {
            str(name): [float(value) for value in row] for name, row in zip(table.index, table.to_numpy(), strict=True)
        }


def _number(value: object) -> float | None:
    number = float(str(value))
    return number if np.isfinite(number) else None


def panels() -> tuple[str, ...]:
    """Bundled panels, those not chosen with hindsight first, and what a refresh has brought."""
    names = ["french_portfolios", "us_large_caps"]
    try:
        load("etf_prices")
    except LodestarError:
        return tuple(names)
    return (*names, "etf_prices")
