"""Tables of a run for a screen or a file: what was earned, held, traded and paid, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from engine.analytics import FactSheet, calendar_hits, fact_sheet, thin, to_monthly, underwater
from engine.analytics.metrics import annual_growth
from engine.errors import BadInput
from engine.lab.panels import PricePanel
from engine.lab.run import Run, run
from engine.lab.strategies import EqualWeight
from engine.lines import line, specs
from engine.sources import Line, require_comparable

MONTHS_A_YEAR = 12
Path = tuple[tuple[date, ...], tuple[float, ...]]


def drawn(values: pd.Series, most: int = 1000) -> Path:
    """Dates and values of at most ``most`` points, every extreme kept (:func:`engine.analytics.thin`)."""
    kept = thin(values, most)
    return tuple(pd.DatetimeIndex(kept.index).date), tuple(kept.tolist())


def growth(found: Run, most: int = 1000) -> dict[str, Path]:
    """Growth of 1.0 of the ``rule`` and of its ``benchmark`` where it has one."""
    paths = {"rule": drawn(found.levels, most)}
    if found.benchmark is not None:
        paths["benchmark"] = drawn(found.benchmark / found.benchmark.iloc[0], most)
    return paths


def falls(found: Run, most: int = 1000) -> dict[str, Path]:
    """Value / running maximum - 1, keys as in :func:`growth`."""
    paths = {"rule": drawn(underwater(found.levels), most)}
    if found.benchmark is not None:
        paths["benchmark"] = drawn(underwater(found.benchmark), most)
    return paths


def values(found: Run) -> pd.DataFrame:
    """Everything by date: ``date``, ``level`` (growth of 1.0), ``benchmark`` (where there is one), ``fall``, ``return``."""
    table = pd.DataFrame({"date": pd.DatetimeIndex(found.levels.index).date, "level": found.levels.to_numpy()})
    if found.benchmark is not None:
        table["benchmark"] = (found.benchmark / found.benchmark.iloc[0]).to_numpy()
    table["fall"] = underwater(found.levels).to_numpy()
    table["return"] = np.r_[np.nan, found.returns.to_numpy()]
    return table


def benchmark_sheet(found: Run) -> FactSheet | None:
    """The fact sheet of the benchmark over the dates of the run."""
    if found.benchmark_returns is None:
        return None
    bill = 0.0 if found.riskless is None else found.riskless
    return fact_sheet(found.benchmark_returns, periods_per_year=found.panel.periods_per_year, risk_free=bill, top=0)


def rival(found: Run, panel: PricePanel | None = None) -> Run:
    """Equal weights on the same assets, dates, costs and calendar: what a rule without an idea earns.

    Raises
    ------
    BadInput
        As :func:`engine.lab.run`.
    """
    begin = pd.Timestamp(found.targets.index[0]).date()
    return run(replace(found.config, strategy=EqualWeight(), overlays=(), start=begin), panel)


def free(found: Run, panel: PricePanel | None = None) -> Run:
    """The same decisions traded without any cost."""
    return run(replace(found.config, cost_bps=0.0, fixed_cost=0.0), panel, known=found)


def comparable(panel: PricePanel) -> list[str]:
    """Registered lines of the panel's basis, frequency and currency."""
    wanted = (panel.basis, panel.frequency, panel.currency)
    lines = {name: line(name) for name in specs()}
    return [name for name, item in lines.items() if (item.basis, item.frequency, item.currency) == wanted]


def cagr(found: Run) -> float:
    """Growth a year, as in the run's figures, without working out the others."""
    return annual_growth(found.returns.to_numpy(), found.panel.periods_per_year)


def annual_cost(found: Run) -> float:
    """Costs a year as shares of the value they were paid from, without the first purchase."""
    paid = found.result.cost.iloc[1:]
    before = found.result.value.loc[paid.index] + paid
    years = (found.last - found.first).days / 365.25
    return float((paid / before).sum() / years) if years > 0 else 0.0


def against(found: Run, mark: Line) -> Run:
    """The run measured against another line.

    Raises
    ------
    BadInput
        Basis, frequency or currency differ, or the line misses a date of the run.
    """
    require_comparable(mark, found.panel.line(found.panel.assets[0]))
    levels = mark.levels.reindex(pd.DatetimeIndex(found.result.value.index))
    if levels.isna().any():
        missing = pd.Timestamp(levels.index[levels.isna()][0]).date()
        raise BadInput("range_outside", field="benchmark", value=missing, first=mark.first, last=mark.last)
    return replace(found, benchmark_id=mark.id, benchmark=levels)


def rolling(found: Run, months: int) -> pd.DataFrame:
    """Figures of every run of ``months`` whole months, dated by its last; all annual decimals or ratios.

    Returns
    -------
    DataFrame
        ``return`` and ``benchmark`` (compound), ``volatility`` and ``sharpe`` (over the bill where there is
        one), ``tracking_error`` and ``information_ratio``; those against a benchmark only where there is one.
        A ratio is missing where nothing moved.

    Raises
    ------
    BadInput
        The run has fewer whole months.
    """
    own = _whole(found.monthly)
    if not 1 < months <= len(own):
        raise BadInput("bad_number", field="months", value=months, accepted=f"2 to {len(own)} months")
    bill = 0.0 if found.riskless is None else _whole(to_monthly(found.riskless))
    table = {"return": _compound(own, months), "volatility": _deviation(own, months)}
    table["sharpe"] = _over(own - bill, months)
    if found.benchmark_returns is not None:
        mark = _whole(to_monthly(found.benchmark_returns))
        table["benchmark"] = _compound(mark, months)
        table["tracking_error"] = _deviation(own - mark, months)
        table["information_ratio"] = _over(own - mark, months)
    return pd.DataFrame(table).iloc[months - 1 :]


def _whole(monthly: pd.Series) -> pd.Series:
    """Every month from the first to the last, so that a window holds consecutive months."""
    return monthly.asfreq("ME")


def _compound(monthly: pd.Series, months: int) -> pd.Series:
    grown = np.log1p(monthly).rolling(months).sum() * (MONTHS_A_YEAR / months)
    return pd.Series(np.expm1(grown))


def _deviation(monthly: pd.Series, months: int) -> pd.Series:
    return monthly.rolling(months).std() * float(np.sqrt(MONTHS_A_YEAR))


def _over(excess: pd.Series, months: int) -> pd.Series:
    deviation = _deviation(excess, months)
    return excess.rolling(months).mean() * MONTHS_A_YEAR / deviation.where(deviation > 1e-12)


def month_table(found: Run, *, active: bool = False) -> dict[int, list[float | None]]:
    """Returns of whole months by year, January first, None where there is none; above the benchmark if ``active``."""
    monthly = found.active if active else found.monthly
    table: dict[int, list[float | None]] = {}
    for stamp, value in zip(pd.DatetimeIndex(monthly.index), monthly.tolist(), strict=True):
        table.setdefault(stamp.year, [None] * MONTHS_A_YEAR)[stamp.month - 1] = value
    return table


def yearly(found: Run) -> pd.DataFrame:
    """One row a calendar year, index ``year``.

    Returns
    -------
    DataFrame
        ``return`` and ``benchmark`` over the year (to its last date; the first and last year may be parts),
        ``turnover`` (sum of absolute weight changes / 2, the first purchase left out), ``cost`` (share of the
        value before the year's first return), ``trades`` (dates with a fill), and ``won`` of ``months``.
    """
    level = found.levels
    years = pd.Index(pd.DatetimeIndex(level.index).year, name="year")
    ends = level.groupby(years).last()
    before = ends.shift(fill_value=1.0)
    table = pd.DataFrame({"return": ends / before - 1.0})
    if found.benchmark is not None:
        marks = found.benchmark.groupby(years).last()
        table["benchmark"] = marks / marks.shift(fill_value=found.benchmark.iloc[0]) - 1.0
    traded, paid = found.result.turnover, found.result.cost
    table["turnover"] = _by_year(traded.iloc[1:]).reindex(table.index, fill_value=0.0) / 2.0
    value = found.result.value.groupby(years).last().shift(fill_value=1.0)
    table["cost"] = _by_year(paid).reindex(table.index, fill_value=0.0) / value
    table["trades"] = _by_year(traded * 0.0 + 1.0).reindex(table.index, fill_value=0.0).astype(int)
    if found.benchmark_returns is not None and len(found.monthly):
        hits = calendar_hits(found.returns, found.benchmark_returns)
        table = table.join(hits[["won", "months"]])
    return table


def _by_year(series: pd.Series) -> pd.Series:
    return series.groupby(pd.DatetimeIndex(series.index).year).sum()


def weights(found: Run, most: int = 9) -> pd.DataFrame:
    """Weights at month ends and on the last date; the ``most`` - 1 largest on average, ``others`` and ``cash``.

    A loan makes cash negative; then it counts as zero here and the rest is scaled to a sum of one.
    """
    table = found.result.weights
    months = pd.DatetimeIndex(table.index).to_period("M")
    table = table.loc[~months.duplicated(keep="last")].fillna(0.0)
    order = list(table.mean().sort_values(ascending=False, kind="stable").index)
    shown = table[order] if len(order) <= most else table[order[: most - 1]].copy()
    if len(order) > most:
        shown["others"] = table[order[most - 1 :]].sum(axis=1)
    held = shown.assign(cash=(1.0 - shown.sum(axis=1)).clip(lower=0.0))
    return held.div(held.sum(axis=1), axis=0)


def tuned_share(spans: Sequence[tuple[date, date]], tested: tuple[date, date]) -> float:
    """Share of the tested period that lies in any of the spans that settings were tuned on, 0 to 1 (calendar days)."""
    days = (tested[1] - tested[0]).days
    covered, reached = 0, tested[0]
    for first, last in sorted(spans):
        begin, end = max(first, reached), min(last, tested[1])
        covered += max((end - begin).days, 0)
        reached = max(reached, end)
    return covered / days if days > 0 else 0.0
