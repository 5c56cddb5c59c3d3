"""What a run found: frozen, with the figures of the fund beside its rivals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from engine.factors.evidence import Scorecard
from engine.momentum.settings import Config
from engine.sources import Basis, Finding, Frequency, Line

KIND = "walk_forward"


@dataclass(frozen=True)
class Concentration:
    """The fund rules on rebalancing days, as set, and between them, as drifted; decimals.

    Attributes
    ----------
    largest, large_together : float
        Highest over all rebalancing days: of one name, and of all names above 5 % together.
    kept : bool
        Whether both rules hold on every rebalancing day.
    drifted_largest, drifted_together : float
        Highest over all dates.
    dates_beyond : float
        Share of dates on which drift has carried the fund beyond a rule; rules bind when trading.
    """

    largest: float
    large_together: float
    kept: bool
    drifted_largest: float
    drifted_together: float
    dates_beyond: float


@dataclass(frozen=True, eq=False)
class MomentumResult:
    """A momentum fund on a panel. Numbers are simulated, each decision before the return it earns.

    Attributes
    ----------
    panel : dict
        What the panel is (``StockPanel.to_dict``), without its numbers.
    lookback : DataFrame
        By rebalancing day: ``months`` (weighted mean look-back) and, by look-back, its weight.
    weights : DataFrame
        Target weights by rebalancing day; only names that were ever held.
    holdings : Series
        The newest target weights, largest first, decimals; the rest is cash.
    scores : DataFrame
        The newest ranks: by name ``rank`` (share, 1 is first), ``residual`` (standardised, 12 months), ``total``
        (12-1 return, decimal), and with a forecast ``mean`` and ``spread`` (decimals over three months).
    heat : DataFrame
        By name and look-back, the rank of the newest month as a share.
    history : DataFrame
        By month and look-back, the mean return over the next month of the names ranked highest, decimal.
    growth : DataFrame
        Value of 1.0 by date: ``net``, ``gross`` (same trades, no cost), and each simulated rival, net.
    turnover : Series
        Sum of absolute weight changes on each trading day.
    cost : Series
        Paid on each trading day, in units of ``growth["net"]``.
    strategies : dict of str to Scorecard
        Figures of complete months of the fund, its rivals and the market, all over the same months.
    live : dict
        The fund beside MTUM over the months both have; empty with fewer than 24.
    left_out : DataFrame
        By month, names listed, ranked, and not ranked by reason.
    hindsight : bool
        The panel's names were chosen knowing who would survive: shown on its own page, nowhere else.
    """

    config: Config
    panel: dict[str, Any]
    first: date
    last: date
    executable: bool
    lookback: pd.DataFrame
    weights: pd.DataFrame
    holdings: pd.Series
    scores: pd.DataFrame
    heat: pd.DataFrame
    history: pd.DataFrame
    growth: pd.DataFrame
    turnover: pd.Series
    cost: pd.Series
    annual_turnover: float
    strategies: dict[str, Scorecard]
    live: dict[str, Any]
    concentration: Concentration
    left_out: pd.DataFrame
    held: int
    buckets: bool
    hindsight: bool
    survivors: str
    findings: tuple[Finding, ...]

    def line(self, line_id: str = "momentum") -> Line:
        """The fund's growth as a line, net of cost, with its findings (``survivorship`` among them on such a panel)."""
        return Line(
            line_id,
            self.growth["net"].rename(line_id),
            Basis(self.panel["basis"]),
            Frequency(self.panel["frequency"]),
            str(self.panel["currency"]),
            KIND,
            f"residual momentum under fund rules on {self.panel['name']} ({self.panel['source']})",
            self.config.cost_bps,
            self.findings,
        )

    @property
    def lookback_rows(self) -> list[dict[str, Any]]:
        """``[{date, months}]``: the look-back in use from each rebalancing day."""
        return [
            {"date": day.date().isoformat(), "months": round(float(months), 4)}
            for day, months in zip(pd.DatetimeIndex(self.lookback.index), self.lookback["months"], strict=True)
        ]

    def to_dict(self) -> dict[str, Any]:
        """The answer of ``momentum run --json``."""
        ours = self.strategies["momentum"].to_dict()
        names = self.left_out.iloc[-1]
        return {
            "panel": self.panel,
            "config": self.config.to_dict(),
            "period": {"first": self.first.isoformat(), "last": self.last.isoformat()},
            "kind": KIND,
            "executable": self.executable,
            "hindsight": self.hindsight,
            "survivors": self.survivors or None,
            "lookback": self.lookback_rows,
            "holdings": {str(name): float(weight) for name, weight in self.holdings.items()},
            "holdings_date": pd.Timestamp(self.weights.index[-1]).date().isoformat(),
            "cash": float(1.0 - self.holdings.sum()),
            "scores": _rows(self.scores),
            **ours,
            "metrics": ours,
            "cost_bp": self.config.cost_bps,
            "strategies": {name: card.to_dict() for name, card in self.strategies.items()},
            "live": self.live,
            "growth": {
                "net": float(self.growth["net"].iloc[-1]),
                "gross": float(self.growth["gross"].iloc[-1]),
            },
            "cost": float(self.cost.sum()),
            "concentration": vars(self.concentration),
            "held": self.held,
            "size_buckets": self.buckets,
            "left_out": {str(name): int(count) for name, count in names.items()},
            "left_out_date": pd.Timestamp(self.left_out.index[-1]).date().isoformat(),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    records = table.reset_index(names="ticker").to_dict("records")
    return [{str(key): value for key, value in row.items()} for row in records]
