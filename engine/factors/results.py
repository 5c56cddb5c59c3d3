"""What pages and commands ask of a trained universe: its artifact, and what newer data let its policy decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from engine.analytics import calendar_hits
from engine.errors import BadInput
from engine.factors.artifacts import Artifact, open_artifact
from engine.factors.bounds import bounded
from engine.factors.defence import defended_outcome, stress
from engine.factors.evidence import Scorecard, at_least, needed_hit_ratio, needed_information_ratio, outcome, scorecard
from engine.factors.features import CLIP, Panel, panel
from engine.factors.fits import trained
from engine.factors.live import TRAINED_BASIS, Live, live
from engine.factors.live import UNIVERSE as RUNS_ON
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

    Under a stored snapshot the newest month of ``factor_etf`` is the snapshot's, decided by the artifact's last
    policy; the reasons of every month after the artifact are given.

    Returns
    -------
    dict
        Beside the weights: ``snapshot``; ``basis``; ``since`` (first month after the artifact, None: all is as
        trained); ``holds`` (the month in which they are held); ``fit``
        (see ``fits.Fit``; None for an older month); ``fits`` (the artifact's last policy and those fitted since,
        with the first decision of each); ``unknown`` (inputs that were unknown and count as their
        mean); ``unknown_months`` (months after the artifact by input); ``limit`` (why newer prices have no
        decision); ``runs_on`` (False: its inputs end with the bundled data, whatever is refreshed).

    Raises
    ------
    BadInput
        The universe is not known, or the date is no decision month of the record.
    """
    made, going = open_artifact(universe), live(universe)
    today: dict[str, Any] = made.report["today"]
    decided = going.weights if going else made.weights["ai"]
    newest = pd.Timestamp(decided.index[-1])
    when = _decision(decided, day) if day else newest
    if going and going.since is not None and when >= going.since:
        row = going.on(when)
    elif f"{when:%Y-%m-%d}" == today["date"]:
        row = today
    else:
        row = _older(decided, when, today["equal_weight"], f"{newest:%Y-%m-%d}")
    return {"universe": universe} | row | _told_of(universe, made, going, when, newest)


def _decision(decided: pd.DataFrame, day: str) -> pd.Timestamp:
    try:
        asked = datetime.strptime(day[:7], "%Y-%m")
    except ValueError as error:
        raise BadInput("bad_date", field="date", value=day) from error
    month = decided.index[pd.DatetimeIndex(decided.index).strftime("%Y-%m") == f"{asked:%Y-%m}"]
    if not len(month):
        first, last = decided.index[0].date(), decided.index[-1].date()
        raise BadInput("range_outside", field="date", value=day, first=first, last=last)
    return pd.Timestamp(month[0])


def _older(decided: pd.DataFrame, when: pd.Timestamp, equal: dict[str, float], newest: str) -> dict[str, Any]:
    row = int(pd.DatetimeIndex(decided.index).get_indexer(pd.DatetimeIndex([when]))[0])
    return {
        "date": when.date().isoformat(),
        "weights": decided.iloc[row].to_dict(),
        "previous": decided.iloc[row - 1].to_dict() if row else None,
        "equal_weight": equal,
        "contributions": [],
        "explained": f"reasons are kept for the newest month end only ({newest})",
    }


def _told_of(
    universe: str, made: Artifact, going: Live | None, when: pd.Timestamp, newest: pd.Timestamp
) -> dict[str, Any]:
    """What a reader must know beside the weights."""
    later = going is not None and going.since is not None and when >= going.since
    unknown = going.known.unknown.loc[when].to_dict() if going is not None and later else {}
    return {
        "snapshot": snapshot_id(),
        "basis": going.basis if going is not None and later else TRAINED_BASIS,
        "since": f"{going.since:%Y-%m}" if going is not None and going.since is not None else None,
        "holds": f"{when + pd.offsets.MonthEnd(1):%Y-%m}",
        "fit": (going.fit if going else trained(made).age(newest)).to_dict() if when == newest else None,
        "fits": [{"since": f"{fit.since:%Y-%m}", "year": fit.year} for fit in going.fits] if going else [],
        "unknown": [str(name) for name, missing in unknown.items() if missing],
        "unknown_months": going.missing if going else {},
        "limit": going.limit.to_dict() if going is not None and going.limit else None,
        "runs_on": universe == RUNS_ON,
    }


def newest(universe: str) -> str:
    """Month of the newest decision, ``YYYY-MM``."""
    made, going = open_artifact(universe), live(universe)
    return f"{(going.weights if going else made.weights['ai']).index[-1]:%Y-%m}"


def report(universe: str = "full") -> dict[str, Any]:
    """The evidence of a universe; keys as in the report file, without today's weights.

    Under a stored snapshot with months after the artifact, ``live`` has what its decisions earned in them; all
    other figures are the artifact's.
    """
    found = {key: value for key, value in open_artifact(universe).report.items() if key != "today"}
    going = live(universe)
    return found | {"live": going.record} if going is not None and going.record else found


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
        The universe or the feature is not known, or the feature's newest value is not.
    """
    made, today = open_artifact(universe), weights_on(universe)
    inputs = today["inputs"]
    names = [entry["feature"] for entry in inputs if entry["raw"] is not None]
    if feature not in names:
        raise BadInput("unknown_choice", field="feature", value=feature, accepted=", ".join(names))
    state = np.array([entry["scaled"] for entry in inputs])
    row = [item["feature"] for item in inputs].index(feature)
    entry = inputs[row]
    moved = (entry["raw"] + change - entry["mean"]) / entry["deviation"]
    outside = not entry["seen"][0] <= moved <= entry["seen"][1]
    state[row] = np.clip(moved, -CLIP, CLIP)
    going = live(universe)
    policy = going.policy(going.newest).policy if going else made.policy
    weights = policy.weights(state[None, :])[0]
    return WhatIf(dict(zip(today["weights"], weights.tolist(), strict=True)), entry["raw"] + change, outside)


@dataclass(frozen=True)
class Curves:
    """Several series on the same dates."""

    dates: list[date]
    values: dict[str, list[float]]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Curves:
        days = [stamp.date() for stamp in pd.DatetimeIndex(frame.index)]
        return cls(days, {str(name): column.tolist() for name, column in frame.items()})


def _record(universe: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The AI's weights and all net returns: the artifact's, and what the snapshot in use puts behind them."""
    made, going = open_artifact(universe), live(universe)
    if going is None or going.since is None:
        return made.weights["ai"].loc[START[universe] :], made.returns.loc[START[universe] :]
    return going.weights.loc[START[universe] :], going.returns.loc[START[universe] :]


def weight_history(universe: str) -> Curves:
    """The AI's weights over the record."""
    return Curves.of(_record(universe)[0])


def growth(universe: str, names: tuple[str, ...] = ("ai", "equal_weight", "market")) -> Curves:
    """Growth of one unit of the strategies named over the record, with its starting row of ones."""
    returns = _record(universe)[1][list(names)]
    levels = (1.0 + returns).cumprod()
    levels.loc[levels.index[0] - pd.offsets.MonthEnd(1)] = 1.0
    return Curves.of(levels.sort_index())


def record_rows(universe: str) -> list[dict[str, object]]:
    """Weights and returns month by month, decimals, as a table."""
    decided, earned = _record(universe)
    table = (
        earned[["ai", "equal_weight", "market"]].add_prefix("return ").join(decided.add_prefix("weight "), how="outer")
    )
    table.insert(0, "month end", [stamp.date() for stamp in pd.DatetimeIndex(table.index)])
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def months_ahead(universe: str, name: str = "ai") -> dict[int, list[float | None]]:
    """Return above the market by year: twelve decimals, None where there is no month."""
    earned = _record(universe)[1]
    years: dict[int, list[float | None]] = {}
    for stamp, value in (earned[name] - earned["market"]).items():
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
    """Stretches of at least three months in which stress was high (half or more), over the record."""
    going = live(universe)
    data = going.known.panel if going is not None else _panel(universe, snapshot_id())
    level = stress(data).loc[START[universe] :] >= 0.5
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
