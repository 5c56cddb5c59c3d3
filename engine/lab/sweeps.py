"""A config swept over any of its numbers, headless: streamed, resumable, on one machine or many, judged for luck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import FIGURES, deflated_sharpe, minimum_backtest_length, overfitting, purged, to_monthly
from engine.backtest.job import Targets
from engine.backtest.many import DONE
from engine.backtest.points import PointSource, as_source, grid, random_points, sobol_points
from engine.backtest.sweep import Progress, sweep, sweep_paths
from engine.errors import BadInput
from engine.lab.config import TERMS, Config, Job
from engine.lab.overlays import overlaid
from engine.lab.panels import PricePanel
from engine.lab.run import Run, run
from engine.lab.surface import LOWER_IS_BETTER, PARTS
from engine.months import month_end

MOST_KEPT = 20_000
"""Points up to which the monthly returns are kept for the figures of overfitting."""

MIN_PURGED = 60
"""Months from which ten folds say something."""

KINDS = ("grid", "random", "sobol")


@dataclass(frozen=True, eq=False)
class Swept:
    """A finished sweep.

    Attributes
    ----------
    table : DataFrame
        As :func:`engine.backtest.sweep`: one row a point.
    active : DataFrame or None
        Monthly returns above the benchmark (above the bill without one), one column a point; None beyond
        ``MOST_KEPT`` points, where the figures of luck are left out.
    """

    figure: str
    parameters: tuple[str, ...]
    table: pd.DataFrame
    active: pd.DataFrame | None
    first: date
    last: date

    @property
    def trials(self) -> int:
        return len(self.table)

    @cached_property
    def order(self) -> list[int]:
        """Points from best to worst; those without the figure come last."""
        values = self.table[self.figure] * (1.0 if self.figure in LOWER_IS_BETTER else -1.0)
        return [int(place) for place in np.argsort(values.to_numpy(), kind="stable")]

    @cached_property
    def sound(self) -> pd.DataFrame | None:
        """Active returns of the points that move, over the months that all of them have."""
        if self.active is None:
            return None
        kept = self.active.loc[:, (self.table["state"] == DONE).to_numpy()].dropna()
        return kept.loc[:, kept.std() > 1e-12]

    @cached_property
    def pbo(self) -> float | None:
        """Probability of backtest overfitting."""
        if self.sound is None or self.sound.shape[1] < 2 or len(self.sound) < 2 * PARTS:
            return None
        return overfitting(self.sound, PARTS)

    @cached_property
    def deflated(self) -> float | None:
        """Deflated Sharpe ratio of the best point's active returns, all points counted."""
        best = self.order[0]
        if self.sound is None or best not in self.sound.columns or len(self.sound) < 12:
            return None
        ratios = (self.sound.mean() / self.sound.std(ddof=1)).to_numpy()
        return deflated_sharpe(self.sound[best], ratios)

    @cached_property
    def years_needed(self) -> float | None:
        """Years below which luck alone is expected to bring the best of so many points to its active ratio."""
        best = self.order[0]
        if self.sound is None or best not in self.sound.columns or self.trials < 2:
            return None
        ratio = float(self.sound[best].mean() / self.sound[best].std(ddof=1) * np.sqrt(12.0))
        return minimum_backtest_length(self.trials, ratio) if ratio > 0 else None

    def purged(self, *, purge: int = 1, embargo: int = 1) -> dict[str, Any] | None:
        """Out-of-sample Sharpe ratios of the point chosen in-sample, by combinatorial purged cross-validation."""
        if self.sound is None or self.sound.shape[1] < 2 or len(self.sound) < MIN_PURGED:
            return None
        found = purged(self.sound, periods_per_year=12, purge=purge, embargo=embargo)
        return {"below_median": found.below_median, "quantiles": found.quantiles().to_dict()}

    def rows(self, count: int) -> list[dict[str, Any]]:
        """The best points: their parameters and main figures."""
        names = [*self.parameters, "final", "annual_turnover", "state"]
        names = list(dict.fromkeys([*names, "cagr", "sharpe", "max_drawdown", self.figure]))
        return [
            {str(k): v for k, v in row.items()} for row in self.table.iloc[self.order[:count]][names].to_dict("records")
        ]

    def words(self) -> str:
        """What luck explains, in a sentence."""
        if self.deflated is None and self.pbo is None:
            return "Too few points or months to tell how much of this is luck."
        told = [] if self.pbo is None else [f"probability of backtest overfitting {self.pbo:.2f}"]
        told += [] if self.deflated is None else [f"deflated Sharpe ratio of the best {self.deflated:.2f}"]
        told += [] if self.years_needed is None else [f"years needed {self.years_needed:.1f}"]
        return f"{self.trials} points were tried: {', '.join(told)}."

    def to_dict(self) -> dict[str, Any]:
        return {
            "figure": self.figure,
            "trials": self.trials,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "best": self.rows(1)[0],
            "pbo": self.pbo,
            "deflated_sharpe": self.deflated,
            "years_needed": self.years_needed,
            "points": self.table.to_dict("records") if self.trials <= MOST_KEPT else None,
        }


@dataclass(frozen=True, eq=False)
class Varied:
    """The targets of a config whose numbers differ by point: a strategy as a sweep takes it."""

    config: Config
    panel: PricePanel
    dates: pd.DatetimeIndex

    def batch(self, prices: pd.DataFrame, points: pd.DataFrame) -> Targets:
        """Targets of points on the shared decision dates.

        Raises
        ------
        BadInput
            A value is refused, or a point lacks the history for a date that the others decide on.
        """
        made: dict[Config, np.ndarray] = {}
        tables = []
        for values in points.to_dict("records"):
            config = varied(self.config, {str(name): value for name, value in values.items()})
            if config not in made:
                made[config] = self._decided(config)
            tables.append(made[config])
        return Targets(self.dates, np.stack(tables))

    def _decided(self, config: Config) -> np.ndarray:
        targets = overlaid(self.panel, config.strategy.targets(self.panel, self.dates), config.overlays)
        if len(targets) < len(self.dates):
            raise BadInput("never_trades", field="strategy", value=config.strategy.name, accepted="a later start")
        return targets.to_numpy()


def varied(config: Config, values: Mapping[str, Any]) -> Config:
    """The config with its numbers at these values."""
    for name, value in values.items():
        config = config.with_value(name, value)
    return config


def sweep_config(
    config: Config,
    points: Mapping[str, Sequence[float]] | pd.DataFrame | PointSource,
    *,
    figure: str = "sharpe",
    panel: PricePanel | None = None,
    out: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Swept:
    """A backtest of a config at every point, all on the decision dates that every point can decide on.

    Parameters
    ----------
    points : mapping, DataFrame or PointSource
        Values of names from ``config.numbers()``.
    out, workers, scheduler, progress
        As :func:`engine.backtest.sweep`.

    Raises
    ------
    BadInput
        A name or figure is not known, or a value is refused.
    """
    if figure not in FIGURES:
        raise BadInput("unknown_choice", field="figure", value=figure, accepted=", ".join(FIGURES))
    source = as_source(points)
    own = tuple(name for name in source.names if name not in TERMS)
    for name in source.names:
        if name not in config.numbers():
            raise BadInput("unknown_choice", field="parameter", value=name, accepted=", ".join(config.numbers()))
    base = _latest(config, source, own, panel)
    dates = pd.DatetimeIndex(base.targets.index)
    prices = base.panel.prices.loc[dates[0] :]
    index = pd.DatetimeIndex(prices.index)
    opens = None if base.panel.opens is None else base.panel.opens.loc[index]
    mark = None if base.benchmark is None else base.benchmark.reindex(index).bfill()
    settings: dict[str, Any] = {
        "benchmark": mark,
        "risk_free": 0.0 if base.panel.riskless is None else base.panel.riskless.loc[index[1:]],
        "periods_per_year": base.panel.periods_per_year,
        "cost_bps": config.cost_bps,
        "fill": base.result.fill,
        "opens": opens,
        "terms": replace(base.result.prepared.terms),
        "out": out,
        "workers": workers,
        "scheduler": scheduler,
        "progress": progress,
    }
    strategy = Varied(config, base.panel, dates)
    if len(source) > MOST_KEPT:
        table, active = sweep(prices, source, strategy, **settings), None
    else:
        table, returns = sweep_paths(prices, source, strategy, **settings)
        returns = returns.set_axis(month_end(pd.DatetimeIndex(returns.index)))
        active = returns.sub(_against(base).reindex(returns.index), axis=0)
    return Swept(figure, tuple(source.names), table, active, base.first, base.last)


def _against(base: Run) -> pd.Series:
    """Monthly returns of the benchmark, of the bill without one, zero without either."""
    if base.benchmark_returns is not None:
        return to_monthly(base.benchmark_returns)
    return to_monthly(base.riskless) if base.riskless is not None else base.monthly * 0.0


def _latest(config: Config, source: PointSource, own: Sequence[str], panel: PricePanel | None) -> Run:
    """The run that can decide last, with each number of the strategy at its ends in turn."""
    runs = [run(config, panel)]
    if own and len(source) <= MOST_KEPT:
        frame = source.rows(0, len(source))
        for name in own:
            for value in (frame[name].min(), frame[name].max()):
                runs.append(run(config.with_value(name, value), panel))
    return max(runs, key=lambda item: item.targets.index[0])


def sweep_job(
    job: Job,
    *,
    out: Path | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Swept:
    """The sweep that a config file asks for in ``[sweep]`` and ``[sweep.parameters]``.

    Raises
    ------
    BadInput
        There is none, or something in it is refused.
    """
    section = job.document.get("sweep")
    if not isinstance(section, Mapping):
        raise BadInput("empty_choice", field="sweep")
    known = {"kind", "points", "seed", "figure", "parameters"}
    for key in section:
        if key not in known:
            raise BadInput("unknown_choice", field="sweep", value=key, accepted=", ".join(sorted(known)))
    return sweep_config(
        job.config, _points(section), figure=section.get("figure", "sharpe"), panel=job.panel, out=out, workers=workers,
        scheduler=scheduler, progress=progress,
    )  # fmt: skip


def _points(section: Mapping[str, Any]) -> pd.DataFrame | PointSource:
    kind, parameters = section.get("kind", "grid"), section.get("parameters", {})
    if kind not in KINDS:
        raise BadInput("unknown_choice", field="kind", value=kind, accepted=", ".join(KINDS))
    if not isinstance(parameters, Mapping) or not parameters:
        raise BadInput("empty_choice", field="parameters")
    flat = {str(name): values for name, values in _flat(parameters)}
    if kind == "grid":
        return grid(flat)
    draw = random_points if kind == "random" else sobol_points
    return draw(
        {name: tuple(values) for name, values in flat.items()}, section.get("points", 256), seed=section.get("seed", 0)
    )


def _flat(parameters: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """``tilt.strength`` may be written with or without quotes."""
    found: list[tuple[str, Any]] = []
    for name, values in parameters.items():
        if isinstance(values, Mapping):
            found += [(f"{name}.{inner}", item) for inner, item in values.items()]
        else:
            found.append((name, values))
    return found
