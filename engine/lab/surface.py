"""Two numbers of a config swept at once: where the figure is high, how wide the plateau is, how lucky the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import FIGURES, SheetPlan, overfitting
from engine.backtest.many import DONE, Paths, Points, run_points
from engine.backtest.market import prepare
from engine.errors import BadInput
from engine.lab.config import TERMS, Config
from engine.lab.overlays import overlaid
from engine.lab.panels import PricePanel
from engine.lab.run import Run, run
from engine.months import month_rows

RATIOS = ("sharpe", "information_ratio")
LOWER_IS_BETTER = ("volatility", "tracking_error", "ulcer", "down_capture")
SHARE_OF_RANGE = 0.1
PARTS = 16
MOST_POINTS = 10_000


@dataclass(frozen=True, eq=False)
class Surface:
    """A figure over a grid of two numbers, every cell on the same dates.

    Attributes
    ----------
    values : ndarray, shape (len(ys), len(xs))
        The figure; NaN where a cell could not be simulated.
    here : tuple of float or None
        The config's own values of the two numbers; None where it has none (no band).
    best : tuple of int
        Row and column of the best cell.
    plateau : ndarray of bool, shape (len(ys), len(xs))
        Cells that cannot be told from the best: for a ratio within one standard error of it (Lo 2002),
        else within a tenth of the range between best and worst.
    active : DataFrame, shape (months, cells)
        Monthly returns above the benchmark (above the bill or zero without one), row by row of the grid.
    """

    x: str
    y: str
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    figure: str
    values: np.ndarray
    here: tuple[float | None, float | None]
    best: tuple[int, int]
    plateau: np.ndarray
    active: pd.DataFrame
    first: date
    last: date

    @property
    def trials(self) -> int:
        return int(self.values.size)

    @property
    def plateau_share(self) -> float:
        """Share of all cells that lie on the plateau."""
        return float(self.plateau.mean())

    @property
    def on_plateau(self) -> bool | None:
        """Whether the cell nearest to the config's own values lies on the plateau; None without own values."""
        if self.here[0] is None or self.here[1] is None:
            return None
        column = int(np.argmin(np.abs(np.array(self.xs) - self.here[0])))
        row = int(np.argmin(np.abs(np.array(self.ys) - self.here[1])))
        return bool(self.plateau[row, column])

    @cached_property
    def pbo(self) -> float | None:
        """Probability that the best cell of one half of the months is below the median in the other half."""
        moving = self.active.loc[:, self.active.notna().all() & (self.active.std() > 0)]
        if moving.shape[1] < 2 or len(moving) < 2 * PARTS:
            return None
        return overfitting(moving, PARTS)


def surface(
    config: Config,
    x: str,
    y: str,
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    figure: str = "sharpe",
    panel: PricePanel | None = None,
) -> Surface:
    """The figure of a config over all pairs of two of its numbers.

    Every cell decides on the dates that all cells can decide on, so that a longer window does not get
    another period.

    Parameters
    ----------
    x, y : str
        Names from ``config.numbers()``.
    xs, ys : sequence of float
        Values of each, increasing.
    figure : str
        One of ``engine.analytics.FIGURES``.

    Raises
    ------
    BadInput
        A name or figure is not known, values are refused, or the grid has more than 10,000 cells.
    """
    _check(config, x, y, xs, ys, figure)
    configs = [config.with_value(y, down).with_value(x, across) for down in ys for across in xs]
    base, targets = _targets(configs, panel)
    paths, prepared_dates = _paths(configs, base, targets)
    plan = SheetPlan.make(
        prepared_dates,
        periods_per_year=base.panel.periods_per_year,
        benchmark=None if base.benchmark is None else base.benchmark.loc[prepared_dates],
        risk_free=0.0 if base.riskless is None else base.riskless.loc[prepared_dates[1:]],
    )
    found = np.full(len(configs), np.nan)
    sound = np.array([state == DONE for state in paths.states])
    found[sound] = plan.figures(paths.levels[sound])[:, FIGURES.index(figure)]
    values = found.reshape(len(ys), len(xs))
    if not np.isfinite(values).any():
        raise BadInput("unknown_choice", field="figure", value=figure, accepted="a figure that this run has")
    good = -values if figure in LOWER_IS_BETTER else values
    row, column = np.unravel_index(int(np.nanargmax(good)), good.shape)
    return Surface(
        x=x, y=y, xs=tuple(map(float, xs)), ys=tuple(map(float, ys)), figure=figure, values=values,
        here=(_own(config, x), _own(config, y)), best=(int(row), int(column)),
        plateau=_plateau(good, figure, len(prepared_dates) - 1, base.panel.periods_per_year),
        active=_active(paths, base, prepared_dates),
        first=pd.Timestamp(prepared_dates[0]).date(), last=pd.Timestamp(prepared_dates[-1]).date(),
    )  # fmt: skip


def _check(config: Config, x: str, y: str, xs: Sequence[float], ys: Sequence[float], figure: str) -> None:
    for name in (x, y):
        if name not in config.numbers():
            raise BadInput("unknown_choice", field="parameter", value=name, accepted=", ".join(config.numbers()))
    if x == y:
        raise BadInput("unknown_choice", field="parameter", value=y, accepted="another number than the first")
    if figure not in FIGURES:
        raise BadInput("unknown_choice", field="figure", value=figure, accepted=", ".join(FIGURES))
    if not len(xs) or not len(ys) or len(xs) * len(ys) > MOST_POINTS:
        raise BadInput("bad_number", field="grid", value=len(xs) * len(ys), accepted=f"1 to {MOST_POINTS:,} cells")


def _targets(configs: Sequence[Config], panel: PricePanel | None) -> tuple[Run, list[pd.DataFrame]]:
    """A run for what all cells share, and the targets of each cell on common decision dates."""
    made: dict[Any, pd.DataFrame] = {}
    runs: dict[Any, Run] = {}
    for config in configs:
        key = (config.strategy, config.overlays)
        if key not in runs:
            runs[key] = run(config, panel)
            made[key] = runs[key].targets
    latest = max(runs.values(), key=lambda item: item.targets.index[0])
    dates = latest.targets.index
    for table in made.values():
        dates = dates.intersection(table.index)
    if not len(dates):
        dates = latest.targets.index
        for key, item in runs.items():
            decided = item.config.strategy.targets(item.panel, pd.DatetimeIndex(dates))
            made[key] = overlaid(item.panel, decided, item.config.overlays)
    return latest, [made[(config.strategy, config.overlays)].loc[dates] for config in configs]


def _paths(configs: Sequence[Config], base: Run, targets: Sequence[pd.DataFrame]) -> tuple[Paths, pd.DatetimeIndex]:
    dates = pd.DatetimeIndex(targets[0].index)
    prices = base.panel.prices.loc[dates[0] :]
    opens = None if base.panel.opens is None else base.panel.opens.loc[prices.index]
    prepared = prepare(prices, opens=opens, fill=base.result.fill, terms=base.result.prepared.terms)
    points = Points(
        weights=np.stack([prepared.targets(table) for table in targets]),
        cost_bps=np.array([item.cost_bps for item in configs]),
        band=np.array([-1.0 if item.band is None else item.band for item in configs]),
        buffer=np.array([item.buffer for item in configs]),
        fixed_cost=np.array([item.fixed_cost for item in configs]),
    )
    paths = run_points(prepared, dates, points, pd.RangeIndex(len(configs)))
    return paths, paths.index


def _own(config: Config, name: str) -> float | None:
    """The config's own value of a number."""
    if name in TERMS:
        value = getattr(config, name)
        return None if value is None else float(value)
    kind, _, key = name.rpartition(".")
    holders: list[Any] = [item for item in config.overlays if item.name == kind] or [config.strategy]
    return float(getattr(holders[0], key))


def _plateau(good: np.ndarray, figure: str, periods: int, periods_per_year: float) -> np.ndarray:
    best = np.nanmax(good)
    if figure in RATIOS:
        each = best / np.sqrt(periods_per_year)
        margin = np.sqrt((1.0 + 0.5 * each**2) / periods * periods_per_year)
    else:
        margin = SHARE_OF_RANGE * (best - np.nanmin(good))
    return np.asarray(good >= best - margin)


def _active(paths: Paths, base: Run, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Monthly returns above the benchmark, or above the bill, of every cell."""
    months = month_rows(dates[1:])
    # Monthly prices have one row a month, and every one of them is whole.
    whole = (months.begun & months.ended) | (len(months.first) == len(dates) - 1)
    first, last = months.first[whole], months.last[whole] + 1
    own = paths.levels[:, last] / paths.levels[:, first] - 1.0
    against = np.zeros(len(first))
    if base.benchmark is not None:
        mark = base.benchmark.loc[dates].to_numpy()
        against = mark[last] / mark[first] - 1.0
    elif base.riskless is not None:
        grown = np.r_[1.0, np.cumprod(1.0 + base.riskless.loc[dates[1:]].to_numpy())]
        against = grown[last] / grown[first] - 1.0
    return pd.DataFrame((own - against).T, index=months.ends[whole])
