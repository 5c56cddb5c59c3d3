"""One run from a panel to figures: decisions, simulation, rivals, evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import calendar_hits, metrics, rolling_hits, to_monthly
from engine.backtest import Terms, simulate
from engine.backtest.simulate import BacktestResult
from engine.errors import BadInput, LodestarError
from engine.factors.evidence import Scorecard
from engine.lines import line
from engine.momentum.caps import ISSUER, LARGE, TOGETHER
from engine.momentum.decide import (
    Schedule,
    Signals,
    equal_targets,
    schedule,
    signals,
    targets,
    total_return_ranks,
)
from engine.momentum.factors import Factors, factors
from engine.momentum.hold import FOUR_WEEKS
from engine.momentum.lookback import choose, combined, months_of
from engine.momentum.panel import StockPanel
from engine.momentum.read import panel as bundled_panel
from engine.momentum.result import Concentration, MomentumResult
from engine.momentum.scores import percentiles, scores, size_buckets, total_return_scores
from engine.momentum.settings import Config
from engine.sources import Finding, Frequency, load
from engine.sources.derived import riskless

LEAST_LIVE = 24
ROUNDING = 1e-9

_NO_BILL = Finding("no_riskless", "warning", "no bill rate of this currency covers all dates: cash earns nothing here")
_AT_CLOSE = Finding(
    "not_executable", "warning", "monthly prices: each decision is filled at the month end that it is read from"
)


def run(
    config: Config | None = None,
    panel: StockPanel | None = None,
    model: Factors | None = None,
    *,
    decided: Signals | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> MomentumResult:
    """A momentum fund over the whole period in which its decisions can be made.

    Parameters
    ----------
    config : Config, optional
    panel : StockPanel, optional
        Goes before ``config.panel``.
    model : Factors, optional
        The French library's, as of the snapshot in use, when left out.
    decided : Signals, optional
        ``signals(panel, model, config)`` already made, for another cost or buffer on the same ranks.

    Raises
    ------
    BadInput
        Unknown settings, panel or names.
    Infeasible
        Fewer than 16 names, or none with the history that the signal needs.
    """
    asked = config or Config()
    prices = panel or bundled_panel(asked.panel)
    if asked.exclude:
        prices = prices.without(asked.exclude)
    known = model or factors()
    progress("signals")
    found = decided or signals(prices, known, asked)
    when = schedule(prices, found, asked)
    progress("weights")
    books = {name: targets(prices, found.months, rank, when, asked) for name, rank in _ranks(found, asked).items()}
    books["equal_weight"] = equal_targets(prices, found, when)
    progress("simulation")
    trader = _Trader(prices, when, asked)
    done = {name: trader.follow(weights, asked.cost_bps) for name, weights in books.items()}
    gross = trader.follow(books["momentum"], 0.0)
    progress("figures")
    return _result(asked, prices, known, found, when, books["momentum"], done, gross, trader)


def _ranks(found: Signals, config: Config) -> dict[str, np.ndarray]:
    """The fund's ranks and those of its rivals, of the same names on the same days."""
    ranks = {"momentum": found.rank}
    for name, months in (("fixed_6_1", 6), ("fixed_12_1", 12)):
        if months in config.lookbacks:
            choice = choose(found.past, "fixed", fixed=months)
            ranks[name] = combined(found.residual.returns, found.eligible, choice, found.months.caps, config.lookbacks)
    ranks["total_return_12_1"] = total_return_ranks(found.months, found.eligible)
    return ranks


class _Trader:
    """Prices of the period, and how targets are carried out on them."""

    def __init__(self, panel: StockPanel, when: Schedule, config: Config) -> None:
        daily = panel.frequency == Frequency.DAILY
        end = when.days[-1] + (pd.Timedelta(days=FOUR_WEEKS + 3) if daily else pd.offsets.MonthEnd(1))
        self.prices = panel.valued.loc[when.days[0] : end]
        self.fill: Any = "next_close" if daily else "same_close"
        self.daily = daily
        self.bill = _bill(pd.DatetimeIndex(self.prices.index), panel.currency)

    def follow(self, weights: pd.DataFrame, cost_bps: float) -> BacktestResult:
        held = weights.columns[(weights > 0).any().to_numpy()]
        terms = Terms(missing="cash", cash_returns=self.bill)
        return simulate(self.prices[held], weights[held], cost_bps=cost_bps, fill=self.fill, terms=terms)


def _bill(dates: pd.DatetimeIndex, currency: str) -> pd.Series | None:
    if currency != "USD":
        return None
    try:
        return riskless(dates, load("bill_rate"))
    except LodestarError:
        return None


def _result(
    config: Config,
    panel: StockPanel,
    known: Factors,
    found: Signals,
    when: Schedule,
    weights: pd.DataFrame,
    done: dict[str, BacktestResult],
    gross: BacktestResult,
    trader: _Trader,
) -> MomentumResult:
    ours = done["momentum"]
    monthly = {name: to_monthly(book.returns) for name, book in done.items()}
    market = known.market.reindex(monthly["momentum"].index)
    strategies = _cards(monthly, done, market, known)
    choice = found.choice[when.rows]
    lookback = pd.DataFrame(choice, index=when.days, columns=pd.Index(found.past.lookbacks, name="lookback"))
    lookback.insert(0, "months", months_of(choice, found.past.lookbacks))
    held = weights.loc[:, (weights > 0).any()]
    newest = held.iloc[-1]
    scored, heat = _newest(panel, found, int(when.rows[-1]), config)
    months = pd.DataFrame(found.past.top, index=found.months.ends, columns=pd.Index(found.past.lookbacks))
    growth = pd.DataFrame({"net": ours.value, "gross": gross.value})
    for name, book in done.items():
        if name != "momentum":
            growth[name] = book.value
    return MomentumResult(
        config=config,
        panel=panel.to_dict(),
        first=when.days[0].date(),
        last=growth.index[-1].date(),
        executable=trader.daily,
        lookback=lookback,
        weights=held,
        holdings=newest[newest > 0].sort_values(ascending=False, kind="stable"),
        scores=scored,
        heat=heat,
        history=months.dropna(how="all"),
        growth=growth,
        turnover=ours.turnover,
        cost=ours.cost,
        annual_turnover=ours.annual_turnover,
        strategies=strategies,
        live=_beside_mtum(panel, monthly["momentum"], known),
        concentration=_concentration(held, ours),
        left_out=found.left_out,
        held=int((held > 0).sum(axis=1).iloc[-1]),
        buckets=found.buckets,
        hindsight=panel.hindsight,
        survivors=panel.survivors,
        findings=_told(config, panel, known, found, when, held, trader),
    )


def _cards(
    monthly: dict[str, pd.Series], done: dict[str, BacktestResult], market: pd.Series, known: Factors
) -> dict[str, Scorecard]:
    inside = market.notna()
    if inside.sum() < 2:
        raise BadInput(
            "period_short", field="period", value=int(inside.sum()), accepted="2 months with a market return"
        )
    market = market[inside]
    bill = known.table["RF"].reindex(market.index)
    cards = {
        name: card(returns.loc[market.index], market, bill, done[name].annual_turnover)
        for name, returns in monthly.items()
    }
    return cards | {"market": card(market, market, bill, 0.0)}


def card(returns: pd.Series, market: pd.Series, bill: pd.Series, turnover: float) -> Scorecard:
    """Figures of monthly returns against the market on the same months."""
    figures = metrics(returns, market, periods_per_year=12, risk_free=bill)
    same = bool(np.allclose(returns, market, atol=1e-12))
    years = calendar_hits(returns, market)
    full = years.loc[years["complete"], "won"]
    rolling = rolling_hits(returns, market)
    return Scorecard(
        annual_return=figures.cagr,
        volatility=figures.volatility,
        sharpe=figures.sharpe,
        tracking_error=None if same else figures.tracking_error,
        information_ratio=None if same else figures.information_ratio,
        hit_ratio=None if same else figures.hit_ratio,
        max_drawdown=figures.max_drawdown,
        turnover=turnover,
        years_10_of_12=None if same or not len(full) else float((full >= 10).mean()),
        rolling_12_won=None if same or not len(rolling) else float((rolling >= 7).mean()),
    )


def _newest(panel: StockPanel, found: Signals, row: int, config: Config) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ranks and scores of the month that the newest holdings were chosen from."""
    names = np.flatnonzero(np.isfinite(found.rank[row]))
    labels = panel.prices.columns[names]
    start = max(row - max(config.lookbacks), 0)
    recent, one = found.residual.returns[start : row + 1], row - start
    bucket = size_buckets(found.months.caps, found.eligible)
    group = None if bucket is None else bucket[row : row + 1]
    heat: dict[int, np.ndarray] = {}
    twelve = np.full(len(panel.assets), np.nan)
    for back, score in scores(recent, config.lookbacks):
        heat[back] = percentiles(score[one : one + 1], found.eligible[row : row + 1], group)[0, names]
        twelve = score[one] if back == 12 else twelve
    table = {
        "rank": found.rank[row, names],
        "residual": twelve[names],
        "total": total_return_scores(found.months.returns)[row, names],
    }
    if found.mean is not None and found.spread is not None:
        table |= {"mean": found.mean[row, names], "spread": found.spread[row, names]}
    scored = pd.DataFrame(table, index=labels).sort_values("rank", ascending=False, kind="stable")
    return scored, pd.DataFrame(heat, index=labels).loc[scored.index]


def _concentration(weights: pd.DataFrame, ours: BacktestResult) -> Concentration:
    def extremes(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return table.max(axis=1), np.where(table > LARGE + ROUNDING, table, 0.0).sum(axis=1)

    largest, together = extremes(weights.to_numpy())
    drifted, drifted_together = extremes(ours.weights.to_numpy())
    beyond = (drifted > ISSUER + ROUNDING) | (drifted_together > TOGETHER + ROUNDING)
    return Concentration(
        largest=float(largest.max()),
        large_together=float(together.max()),
        kept=bool((largest <= ISSUER + ROUNDING).all() and (together <= TOGETHER + ROUNDING).all()),
        drifted_largest=float(drifted.max()),
        drifted_together=float(drifted_together.max()),
        dates_beyond=float(beyond.mean()),
    )


def _beside_mtum(panel: StockPanel, ours: pd.Series, known: Factors) -> dict[str, Any]:
    """The fund beside the momentum ETF (live, after its fee) over the months both have; another period than the rest."""
    if panel.currency != "USD":
        return {}
    try:
        fund = to_monthly(line("MTUM").returns)
    except LodestarError:
        return {}
    both = ours.index.intersection(fund.index).intersection(known.table.index)
    if len(both) < LEAST_LIVE:
        return {}
    market, bill = known.market.loc[both], known.table["RF"].loc[both]
    return {
        "first": both[0].date().isoformat(),
        "last": both[-1].date().isoformat(),
        "momentum": card(ours.loc[both], market, bill, 0.0).to_dict() | {"turnover": None},
        "MTUM": card(fund.loc[both], market, bill, 0.0).to_dict() | {"turnover": None},
    }


def _told(
    config: Config,
    panel: StockPanel,
    known: Factors,
    found: Signals,
    when: Schedule,
    weights: pd.DataFrame,
    trader: _Trader,
) -> tuple[Finding, ...]:
    held = (weights > 0).sum(axis=1)
    told: list[Finding] = []
    if panel.hindsight and not any(item.kind == "survivorship" for item in panel.findings):
        told.append(Finding("survivorship", "warning", panel.survivors))
    if int(held.min()) < config.hold:
        text = f"{held.min()} to {held.max()} names held instead of {config.hold}: half of those ranked, at least 16"
        told.append(Finding("small_panel", "info", text))
    if not found.buckets:
        reason = "has no market values" if panel.caps is None else "never has 100 names with a market value"
        told.append(Finding("one_bucket", "info", f"the panel {reason}: all names are ranked in one bucket"))
    if not trader.daily:
        told.append(_AT_CLOSE)
    if trader.bill is None:
        told.append(_NO_BILL)
    if found.months.ends[-1] > known.known_until:
        text = f"factors end with {known.last.date()}: the last decision is of {when.days[-1].date()}"
        told.append(Finding("factors_end", "warning", text))
    mean = found.left_out.loc[found.left_out["ranked"] > 0].mean().round(1)
    counts = ", ".join(f"{name} {mean[name]:g}" for name in found.left_out.columns if mean[name] > 0)
    told.append(Finding("left_out", "info", f"names a month on average: {counts}"))
    return (*panel.findings, *told)
