"""What pages and commands ask of a trained universe; everything comes from its artifact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import calendar_hits
from engine.errors import BadInput
from engine.factors.artifacts import open_artifact
from engine.factors.bounds import bounded
from engine.factors.defence import defended_outcome, stress
from engine.factors.evidence import Scorecard, at_least, needed_hit_ratio, needed_information_ratio, outcome, scorecard
from engine.factors.features import CLIP, Panel, panel
from engine.factors.train import FIRST_YEAR, START
from engine.factors.walkforward import windows
from engine.sources import load, snapshot_id

FACTORS: dict[str, tuple[str, ...]] = {
    "value": ("big_value", "mid_value"),
    "momentum": ("big_momentum", "mid_momentum"),
    "quality": (),
    "size": ("small_value", "mid_core"),
    "low_volatility": ("low_volatility",),
    "dividend": (),
    "market_and_growth": ("market", "big_growth", "big_core", "big_middle_momentum"),
}
"""Named factors and the sleeves that stand for them; quality and dividend have none in the long history."""


def weights_on(universe: str = "full", day: str = "") -> dict[str, Any]:
    """Weights at a month end, the month before, and equal weight; with the reasons for the newest.

    Raises
    ------
    BadInput
        The universe is not known, or the date is no decision month of the record.
    """
    made = open_artifact(universe)
    today: dict[str, Any] = made.report["today"]
    if not day or day[:7] == today["date"][:7]:
        return {"universe": universe} | today
    decided = made.weights["ai"]
    try:
        when = datetime.strptime(day[:7], "%Y-%m")
    except ValueError as error:
        raise BadInput("bad_date", field="date", value=day) from error
    month = decided.index[pd.DatetimeIndex(decided.index).strftime("%Y-%m") == f"{when:%Y-%m}"]
    if not len(month):
        raise BadInput("range_outside", field="date", value=day, first=decided.index[0].date(), last=today["date"])
    row = int(decided.index.get_indexer(month)[0])
    return {
        "universe": universe,
        "date": month[0].date().isoformat(),
        "weights": decided.iloc[row].to_dict(),
        "previous": decided.iloc[row - 1].to_dict() if row else None,
        "equal_weight": today["equal_weight"],
        "contributions": [],
        "explained": f"reasons are kept for the newest month end only ({today['date']})",
    }


def report(universe: str = "full") -> dict[str, Any]:
    """The evidence of a universe; keys as in the report file, without today's weights."""
    return {key: value for key, value in open_artifact(universe).report.items() if key != "today"}


def by_factor(weights: dict[str, float]) -> dict[str, float | None]:
    """Weights by named factor; None for a factor that no sleeve of the universe stands for."""
    return {
        factor: sum(weights[name] for name in sleeves if name in weights) if set(sleeves) & set(weights) else None
        for factor, sleeves in FACTORS.items()
    }


@dataclass(frozen=True)
class WhatIf:
    """Today's weights if one input were different.

    Attributes
    ----------
    outside : bool
        The input would lie outside everything seen in training: the answer is a guess.
    """

    weights: dict[str, float]
    value: float
    outside: bool


def what_if(universe: str, feature: str, change: float) -> WhatIf:
    """Move one feature from its newest value by ``change``, in its own unit.

    Raises
    ------
    BadInput
        The universe or the feature is not known.
    """
    made = open_artifact(universe)
    rows = made.report["today"]["contributions"]
    names = [row["feature"] for row in rows]
    if feature not in names:
        raise BadInput("unknown_choice", field="feature", value=feature, accepted=", ".join(names))
    inputs = made.report["today"]["inputs"]
    state = np.array([entry["scaled"] for entry in inputs])
    row = [entry["feature"] for entry in inputs].index(feature)
    entry = inputs[row]
    moved = (entry["raw"] + change - entry["mean"]) / entry["deviation"]
    outside = not entry["seen"][0] <= moved <= entry["seen"][1]
    state[row] = np.clip(moved, -CLIP, CLIP)
    weights = made.policy.weights(state[None, :])[0]
    names = list(made.report["today"]["weights"])
    return WhatIf(dict(zip(names, weights.tolist(), strict=True)), entry["raw"] + change, outside)


@dataclass(frozen=True)
class Curves:
    """Several series on the same dates."""

    dates: list[date]
    values: dict[str, list[float]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Curves:
        days = [stamp.date() for stamp in pd.DatetimeIndex(frame.index)]
        return cls(days, {str(name): column.tolist() for name, column in frame.items()})


def weight_history(universe: str) -> Curves:
    """The AI's weights over the reported record."""
    return Curves.of(open_artifact(universe).weights["ai"].loc[START[universe] :])


def growth(universe: str, names: tuple[str, ...] = ("ai", "equal_weight", "market")) -> Curves:
    """Growth of one unit of the strategies named over the reported record, with its starting row of ones."""
    returns = open_artifact(universe).returns[list(names)].loc[START[universe] :]
    levels = (1.0 + returns).cumprod()
    levels.loc[levels.index[0] - pd.offsets.MonthEnd(1)] = 1.0
    return Curves.of(levels.sort_index())


def record_rows(universe: str) -> list[dict[str, object]]:
    """Weights and returns month by month, decimals, as a table."""
    made = open_artifact(universe)
    returns = made.returns[["ai", "equal_weight", "market"]].loc[START[universe] :].add_prefix("return ")
    weights = made.weights["ai"].loc[START[universe] :].add_prefix("weight ")
    table = returns.join(weights, how="outer")
    table.insert(0, "month end", [stamp.date() for stamp in pd.DatetimeIndex(table.index)])
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def months_ahead(universe: str, name: str = "ai") -> dict[int, list[float | None]]:
    """Return above the market by year: twelve decimals, None where there is no month."""
    made = open_artifact(universe).returns.loc[START[universe] :]
    years: dict[int, list[float | None]] = {}
    for stamp, value in (made[name] - made["market"]).items():
        month = pd.Timestamp(str(stamp))
        years.setdefault(month.year, [None] * 12)[month.month - 1] = float(value)
    return years


@dataclass(frozen=True)
class DefencePrice:
    """What a defence, or a bound, costs and saves over the reported record."""

    none: Scorecard
    defended: Scorecard


def defence_price(universe: str, tilt: float, cash: float) -> DefencePrice:
    """Figures of the AI with and without the defence.

    Raises
    ------
    BadInput
        A share below zero or above one.
    """
    made, data, start = open_artifact(universe), _panel(universe, snapshot_id()), START[universe]
    plain = defended_outcome(data, made.weights["ai"], tilt=0.0, cash=0.0)
    shielded = defended_outcome(data, made.weights["ai"], tilt=tilt, cash=cash)
    return DefencePrice(scorecard(data, plain, start), scorecard(data, shielded, start))


def bounded_price(
    universe: str, *, least: float = 0.0, most: float = 1.0, tracking_error: float | None = None
) -> DefencePrice:
    """Figures of the AI as it is and inside bounds.

    Raises
    ------
    BadInput
        Bounds that no portfolio can meet, or a tracking error that is not above zero.
    """
    made, data, start = open_artifact(universe), _panel(universe, snapshot_id()), START[universe]
    used = windows(pd.DatetimeIndex(data.returns.index), FIRST_YEAR[universe])
    inside = bounded(made.weights["ai"], data, used, least=least, most=most, tracking_error=tracking_error)
    plain = outcome(data, made.weights["ai"])
    return DefencePrice(scorecard(data, plain, start), scorecard(data, outcome(data, inside), start))


def stressed(universe: str) -> list[tuple[date, date]]:
    """Stretches of at least three months in which stress was high (half or more), over the reported record."""
    level = stress(_panel(universe, snapshot_id())).loc[START[universe] :] >= 0.5
    runs = (level != level.shift()).cumsum()
    found = [part.index for _, part in level.groupby(runs) if part.iloc[0] and len(part) >= 3]
    return [(pd.Timestamp(part[0]).date(), pd.Timestamp(part[-1]).date()) for part in found]


@lru_cache(maxsize=3)
def _panel(universe: str, snapshot: str) -> Panel:
    return panel(universe)


def odds_table() -> list[dict[str, float]]:
    """Chance of ten of twelve months for some monthly hit ratios, with the information ratio they need."""
    ratios = [0.50, 0.55, 0.60, 0.65, 0.70, needed_hit_ratio(), 0.80, 10 / 12]
    return [
        {"hit_ratio": p, "ten_of_twelve": at_least(10, 12, p), "information_ratio": needed_information_ratio(p)}
        for p in ratios
    ]


@dataclass(frozen=True)
class LiveRecord:
    """Whole months that live funds won against SPY.

    Attributes
    ----------
    won : dict of str to int
        By fund, over all months.
    by_year : dict of int to dict
        Months won by fund, and ``months``, of each calendar year.
    """

    months: int
    won: dict[str, int]
    by_year: dict[int, dict[str, int]]

    def rows(self, year: str, months: str) -> list[dict[str, object]]:
        """One row a year under the headings given."""
        table: list[dict[str, object]] = []
        for when, row in self.by_year.items():
            table.append({year: when, **{fund: row[fund] for fund in self.won}, months: row["months"]})
        return table


def live_record() -> LiveRecord:
    """QRFT and AMOM against SPY, total return after fees, whole months only."""
    table = load("qrft_amom_monthly_returns").frame
    whole = table.loc[table["partial_month"].isna() | table["partial_month"].str.startswith("LQAI", na=False)]
    hits = {
        fund.upper(): calendar_hits(whole[f"{fund}_pct"] / 100.0, whole["spy_pct"] / 100.0) for fund in ("qrft", "amom")
    }
    years = next(iter(hits.values()))
    by_year = {
        int(year): {fund: int(table.loc[year, "won"]) for fund, table in hits.items()}
        | {"months": int(years.loc[year, "months"])}
        for year in years.index
    }
    return LiveRecord(len(whole), {fund: int(table["won"].sum()) for fund, table in hits.items()}, by_year)
