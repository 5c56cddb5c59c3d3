"""Run a config: targets, simulation, figures, and what a reader must know before believing them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import FactSheet, Metrics, fact_sheet, metrics, to_monthly
from engine.backtest import BacktestResult, rebalance_dates, simulate
from engine.errors import BadInput
from engine.lab.config import OWN, Config
from engine.lab.overlays import overlaid
from engine.lab.panels import PricePanel
from engine.lab.panels import panel as bundled_panel
from engine.lines import line, specs
from engine.sources import Finding, Line, require_comparable

EQUAL_WEIGHT = "equal_weight"
MIN_DATES = 3


@dataclass(frozen=True, eq=False)
class Run:
    """A finished backtest.

    Attributes
    ----------
    panel : PricePanel
        Up to the config's end; its dates before the start served the strategy only.
    targets : DataFrame, shape (k, n)
        Weights decided, by decision date.
    left_out : int
        Decision dates without enough history.
    benchmark : Series or None
        Levels of the benchmark on the dates of ``result.value``.
    findings : tuple of Finding
        What the prices, the strategy and the fill ask a reader to know.
    """

    config: Config
    panel: PricePanel
    targets: pd.DataFrame
    left_out: int
    result: BacktestResult
    benchmark_id: str
    benchmark: pd.Series | None
    findings: tuple[Finding, ...]

    @property
    def executable(self) -> bool:
        """Whether orders could have been placed: a fill at the signal's own close could not."""
        return self.result.fill != "same_close"

    @property
    def returns(self) -> pd.Series:
        return self.result.returns

    @property
    def levels(self) -> pd.Series:
        """Growth of 1.0."""
        return self.result.levels

    @property
    def first(self) -> date:
        return pd.Timestamp(self.result.value.index[0]).date()

    @property
    def last(self) -> date:
        return pd.Timestamp(self.result.value.index[-1]).date()

    @cached_property
    def riskless(self) -> pd.Series | None:
        """Riskless return of each period of the run; None where the panel has none."""
        return None if self.panel.riskless is None else self.panel.riskless.loc[self.returns.index]

    @cached_property
    def benchmark_returns(self) -> pd.Series | None:
        if self.benchmark is None:
            return None
        level = self.benchmark.to_numpy()
        return pd.Series(level[1:] / level[:-1] - 1.0, index=self.returns.index, name=self.benchmark_id)

    @cached_property
    def metrics(self) -> Metrics:
        """Figures of the run; Sharpe and Sortino over the bill where the panel has one, else over zero."""
        return metrics(self.returns, self.benchmark_returns, **self._rates())

    @cached_property
    def sheet(self) -> FactSheet:
        """The fact sheet of the run."""
        return fact_sheet(self.returns, self.benchmark_returns, **self._rates())

    @cached_property
    def monthly(self) -> pd.Series:
        """Returns of complete months."""
        return to_monthly(self.returns)

    @cached_property
    def active(self) -> pd.Series:
        """Monthly returns above the benchmark; above the bill where there is no benchmark."""
        if self.benchmark_returns is not None:
            return self.monthly - to_monthly(self.benchmark_returns)
        return self.monthly if self.riskless is None else self.monthly - to_monthly(self.riskless)

    def line(self, name: str) -> Line:
        """The run as a line that can be compared."""
        source = f"{self.config.strategy.name} on {self.panel.name}"
        kind = "own" if self.config.panel == OWN else "simulated"
        return Line(
            name, self.levels.rename(name), self.panel.basis, self.panel.frequency, self.panel.currency, kind, source,
            self.config.cost_bps, self.findings,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """What the command line prints."""
        result = self.result
        return {
            "config": _plain(self.config.to_dict()),
            "metrics": self.metrics.to_dict(),
            "value": _dated(result.value),
            "turnover": result.annual_turnover,
            "cost": float(result.cost.sum()),
            "turnover_by_date": _dated(result.turnover),
            "cost_by_date": _dated(result.cost),
            "fill": result.fill,
            "executable": self.executable,
            "benchmark": self.benchmark_id,
            "basis": str(self.panel.basis),
            "frequency": str(self.panel.frequency),
            "currency": self.panel.currency,
            "as_of": self.panel.as_of.isoformat(),
            "source": self.panel.source,
            "left_out": self.left_out,
            "findings": [finding.to_dict() for finding in self.findings],
        }

    def _rates(self) -> dict[str, Any]:
        bill = 0.0 if self.riskless is None else self.riskless
        return {"periods_per_year": self.panel.periods_per_year, "risk_free": bill}


def run(config: Config, panel: PricePanel | None = None, *, known: Run | None = None) -> Run:
    """Simulate a config.

    Parameters
    ----------
    panel : PricePanel, optional
        Prices; those of ``config.panel`` where none is given.
    known : Run, optional
        A run on the same prices. Its targets are taken over where it decided under the same settings
        (:func:`decides_alike`), so that a change of cost or fill does not decide anew.

    Raises
    ------
    BadInput
        Settings that do not fit the prices, a period without enough dates, a strategy that never has
        enough history, or anything :func:`engine.backtest.simulate` refuses.
    MissingData
        Bundled prices are missing or broken.
    """
    return _run(config, panel, 0, known)


def late(config: Config, panel: PricePanel | None = None, *, known: Run | None = None) -> Run:
    """The config with every decision carried out a month late (21 sessions on a daily panel): a stress.

    Parameters
    ----------
    known : Run, optional
        As in :func:`run`.

    Raises
    ------
    BadInput
        As :func:`run`.
    """
    return _run(config, panel, 1, known)


def decides_alike(config: Config, other: Config) -> bool:
    """Whether two configs decide the same targets on the same prices; they may trade under other terms."""
    names = ("panel", "assets", "strategy", "overlays", "calendar", "start", "end")
    return all(getattr(config, name) == getattr(other, name) for name in names)


def _run(config: Config, panel: PricePanel | None, months: int, known: Run | None = None) -> Run:
    used = _used(config, panel)
    dates = decision_dates(config, used)
    if known is not None and decides_alike(config, known.config):
        targets = known.targets
    else:
        targets = overlaid(used, config.strategy.targets(used, dates), config.overlays)
    fill = config.fill_on(used)
    if targets.empty:
        raise BadInput(
            "never_trades", field="strategy", value=config.strategy.name, accepted=f"a start before {used.as_of}"
        )
    if config.calendar == "once":
        targets = targets.iloc[:1]
    left_out = len(dates) - len(targets) if config.calendar != "once" else 0
    if months:
        targets = _delayed(targets, used, used.periods(months))
    prices = used.prices.loc[targets.index[0] :]
    opens = None if used.opens is None else used.opens.loc[prices.index]
    terms = config.terms()
    if config.cash_earns and used.riskless is not None:
        terms = replace(terms, cash_returns=used.riskless)
    result = simulate(prices, targets, cost_bps=config.cost_bps, fill=fill, opens=opens, terms=terms)
    if len(result.value) < MIN_DATES:
        raise BadInput("period_short", field="period", value=len(result.value), accepted=MIN_DATES)
    mark, levels, told = benchmark_of(config, used, pd.DatetimeIndex(result.value.index))
    findings = (*used.findings, *config.strategy.notes(used), *told)
    return Run(config, used, targets, left_out, result, mark, levels, findings)


def _used(config: Config, panel: PricePanel | None) -> PricePanel:
    """The panel up to the end of the period, with the assets that take part."""
    if panel is None:
        if config.panel == OWN:
            raise BadInput("empty_choice", field="file")
        panel = bundled_panel(config.panel)
    used = panel.of(config.assets) if config.assets else panel
    return used if config.end is None else used.between(None, config.end)


def decision_dates(config: Config, panel: PricePanel) -> pd.DatetimeIndex:
    """Dates on which the strategy decides: of the rule, from the start or the first date with weights on.

    Raises
    ------
    BadInput
        Fewer than three dates lie in the period.
    """
    first = config.strategy.first_date(panel)
    dates = panel.dates
    begin = dates[0] if first is None else max(dates[0], first)
    if config.start is not None:
        begin = max(begin, pd.Timestamp(config.start))
    inside = dates[dates >= begin]
    if len(inside) < MIN_DATES:
        raise BadInput("period_short", field="period", value=len(inside), accepted=MIN_DATES)
    return rebalance_dates(inside, config.calendar)


def benchmark_of(
    config: Config, panel: PricePanel, dates: pd.DatetimeIndex
) -> tuple[str, pd.Series | None, tuple[Finding, ...]]:
    """Name and levels of the benchmark on the dates; why there is none, as a finding."""
    asked = config.benchmark or panel.benchmark or panel.market
    if not asked:
        return "", None, ()
    if asked in panel.assets:
        return asked, panel.prices[asked].loc[dates], ()
    if asked == EQUAL_WEIGHT and panel.benchmark != EQUAL_WEIGHT:
        return asked, _equal_mix(panel, dates), ()
    if asked not in specs():
        accepted = ", ".join([EQUAL_WEIGHT, *panel.assets, *specs()])
        raise BadInput("unknown_choice", field="benchmark", value=asked, accepted=accepted)
    mark = line(asked)
    try:
        require_comparable(mark, panel.line(panel.assets[0]))
    except BadInput as error:
        if config.benchmark:
            raise
        return asked, None, (Finding("benchmark", "warning", error.message),)
    levels = mark.levels.reindex(dates)
    if levels.isna().any():
        text = f"{asked} covers {mark.first} to {mark.last} only: no figures against it"
        return asked, None, (Finding("benchmark", "warning", text),)
    return asked, levels, ()


def _equal_mix(panel: PricePanel, dates: pd.DatetimeIndex) -> pd.Series:
    """Equal weights of the assets with a price on every date, rebalanced monthly at the close, without cost."""
    prices = panel.prices.loc[dates].dropna(axis=1)
    if prices.empty:
        raise BadInput(
            "bad_number", field="benchmark", value=EQUAL_WEIGHT, accepted="assets with a price on every date"
        )
    rows = rebalance_dates(dates, "monthly")
    weights = pd.DataFrame(1.0 / prices.shape[1], index=rows, columns=prices.columns)
    return simulate(prices, weights).levels


def overlap(tuned: tuple[date, date], tested: tuple[date, date]) -> float:
    """Share of the tested period that settings were tuned on, 0 to 1 (calendar days)."""
    days = (tested[1] - tested[0]).days
    shared = (min(tuned[1], tested[1]) - max(tuned[0], tested[0])).days
    return float(np.clip(shared / days, 0.0, 1.0)) if days > 0 else 0.0


def _delayed(targets: pd.DataFrame, panel: PricePanel, periods: int) -> pd.DataFrame:
    """The same rows so many periods later; those past the last price are left out."""
    rows = panel.dates.get_indexer(pd.DatetimeIndex(targets.index)) + periods
    kept = rows < len(panel.dates)
    if not kept.any():
        raise BadInput("period_short", field="period", value=len(panel.dates), accepted=periods + MIN_DATES)
    return targets.loc[kept].set_axis(panel.dates[rows[kept]])


def _plain(value: Any) -> Any:
    """Dates as text, for JSON."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def _dated(series: pd.Series) -> list[list[Any]]:
    days = pd.DatetimeIndex(series.index).strftime("%Y-%m-%d")
    return [[day, value] for day, value in zip(days, series.tolist(), strict=True)]
