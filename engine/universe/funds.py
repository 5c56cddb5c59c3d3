"""The ETF universe in decimals: facts, statistics and own rows, each input with its kind, date and error."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.sources import load, snapshot_id
from engine.sources.live.universe import COMPUTED
from engine.universe.score import CRITERIA

TrackingMeasure = Literal["error", "difference"]

BLOCKS = (
    "us_equity", "dev_exus_equity", "em_equity", "us_bond", "intl_bond", "em_bond",
    "real_estate", "infrastructure", "gold", "commodities",
)  # fmt: skip

STALE_MONTHS: dict[str, int] = {"fee": 12, "tracking": 12, "spread": 6, "top10": 12, "turnover": 12, "price": 12}

TIES: dict[str, float] = {"spread": 0.00005}
"""Spreads closer than half a basis point are the same tick: they tie."""

FLOORS: dict[str, float] = {"tracking": 0.0010}
"""Tracking errors below 0.10 % a year are noise of closing prices; the statistic never goes below."""

LIQUID = 100e6
"""Dollar volume a day above which the fitted spread is good to a factor of 1.4, below it to 2.4."""

SPREAD_LOG_SD = {True: 0.34, False: 0.86}
ERRORS: dict[str, float] = {"fee": 0.00005, "top10": 0.02, "turnover": 0.01}
TRACKING_SD = {"A": 0.0010, "B": 0.0025}
ROUNDING_SD = 0.00005 / np.sqrt(3)
"""A printed spread of 0.01 % is anything from 0.005 to 0.015 %."""


class Kind(StrEnum):
    """How an input came about."""

    MEASURED = "measured"
    ESTIMATED = "estimated"
    MISSING = "missing"


@dataclass(frozen=True, eq=False)
class Universe:
    """Every fund that is known, investable or not.

    Attributes
    ----------
    funds : DataFrame, index ticker
        Identity, flags, fee, price (USD), assets and daily volume (USD), statistics, look-through
        blocks; decimals. Columns ``<field>_as_of`` hold the date text of the source.
    correlation : DataFrame
        Raw weekly correlations, tickers by tickers; for twins and substitutes.
    groups : DataFrame, index peer_group
        ``asset_class``, ``kind`` (same, near, family), ``reason``.
    own : dict of ticker to fields
        What the reader's rows replaced or added.
    """

    funds: pd.DataFrame
    correlation: pd.DataFrame
    groups: pd.DataFrame
    own: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, eq=False)
class Inputs:
    """The five criteria of every fund: tickers by criteria.

    Attributes
    ----------
    figures : DataFrame
        Decimals, lower is better; NaN where missing.
    kinds, methods, as_of, sources : DataFrame of str
        ``method`` is a code: how an estimate was made, or why a value is missing.
    errors, log_errors : DataFrame
        Standard deviation of the value, or of its logarithm.
    """

    figures: pd.DataFrame
    kinds: pd.DataFrame
    methods: pd.DataFrame
    as_of: pd.DataFrame
    sources: pd.DataFrame
    errors: pd.DataFrame
    log_errors: pd.DataFrame

    def counts(self, tickers: list[str] | None = None) -> dict[str, int]:
        """Inputs of each kind."""
        kinds = self.kinds if tickers is None else self.kinds.loc[tickers]
        found = pd.Series(kinds.to_numpy().ravel()).value_counts()
        return {str(kind): int(found.get(str(kind), 0)) for kind in Kind}

    @cached_property
    def _cells(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """Cells by ticker and criterion; reading frames cell by cell would take a hundred times as long."""
        frames = (self.figures, self.kinds, self.methods, self.as_of, self.sources, self.errors, self.log_errors)
        tables = [frame.to_numpy(dtype=object) for frame in frames]
        return {
            str(ticker): {name: tuple(table[row, column] for table in tables) for column, name in enumerate(CRITERIA)}
            for row, ticker in enumerate(self.figures.index)
        }

    def of(self, ticker: str, today: date | None = None) -> dict[str, dict[str, Any]]:
        """Inputs of one fund, as the command line prints them."""
        day = today or date.today()
        found = {}
        for name, (value, kind, method, as_of, source, error, log_error) in self._cells[ticker].items():
            found[name] = {
                "value": _number(value),
                "kind": str(kind),
                "method": str(method),
                "as_of": as_of or None,
                "source": source or None,
                "error": _number(error) or None,
                "log_error": _number(log_error) or None,
                "stale": stale(as_of, STALE_MONTHS[name], day),
            }
        return found


def _number(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def universe() -> Universe:
    """The universe of the current snapshot, without own rows."""
    return _universe(snapshot_id())


@cache
def _universe(snapshot: str) -> Universe:
    return with_facts(load("etf_universe").frame)


def with_facts(table: pd.DataFrame) -> Universe:
    """A universe from a table in the columns of ``etf_universe.csv``, beside the snapshot's statistics."""
    facts = table.set_index("ticker")
    statistics = load("etf_statistics").frame.set_index("ticker")
    correlation = load("etf_correlations_raw").frame.set_index("ticker").drop(columns=["source", "as_of"])
    groups = load("etf_peer_groups").frame.set_index("peer_group")
    return Universe(_funds(facts, statistics), correlation, groups, {})


FITTED_TO = "2026-05-01"
"""Day of the fitted spreads whose volume is of an earlier year."""

_FITTED = r"^2y median to (\d{4}-\d{2}-\d{2})$"

LIVE = "Yahoo Finance"
"""Source of a spread that was read live and so stands in place of the fitted one."""

_KEPT = (
    "name", "issuer", "asset_class", "region", "segment", "index_tracked", "peer_group", "twin_group", "twin_basis",
    "structure", "derivative_kind", "is_leveraged", "leverage_factor", "is_inverse", "is_derivative_based",
    "is_currency_hedged", "is_active", "inception_date", "lookthrough_method",
)  # fmt: skip

_PERCENT = {
    "fee": "expense_ratio_pct", "top10": "top10_weight_pct", "turnover": "turnover_pct",
    "dividend_yield": "dividend_yield_pct", "published_tracking": "tracking_difference_or_error_pct",
}  # fmt: skip

_PERCENT_STATISTICS = {
    "spread": "spread_score_pct", "tracking_error": "tracking_error_score_pct",
    "tracking_difference": "tracking_difference_pct", "tracking_error_3y": "tracking_error_3y_pct", "tracking_weekly": "tracking_error_weekly_pct",
    "volatility": "vol_ann_pct", "annual_return": "ret_ann_pct", "max_drawdown": "max_drawdown_pct",
    "drawdown_2020": "drawdown_2020_pct", "drawdown_2022": "drawdown_2022_pct",
}  # fmt: skip

_DATES = {
    "fee": "expense_as_of", "price": "price_as_of", "assets": "aum_as_of", "top10": "top10_as_of",
    "turnover": "turnover_as_of", "dividend_yield": "dividend_yield_as_of", "published_tracking": "tracking_as_of",
}  # fmt: skip

_SOURCES = {
    "fee": "expense_source", "price": "price_source", "top10": "top10_source", "turnover": "turnover_source",
    "published_tracking": "tracking_source",
}  # fmt: skip


def _funds(facts: pd.DataFrame, statistics: pd.DataFrame) -> pd.DataFrame:
    found = facts.loc[:, list(_KEPT)].copy()
    measured = statistics.reindex(facts.index)
    found["listed"] = facts["listing_status"].fillna("").str.startswith("listed")
    for name, column in _PERCENT.items():
        found[name] = facts[column] / 100
    for name, column in _PERCENT_STATISTICS.items():
        found[name] = measured[column] / 100
    for name, column in _DATES.items():
        found[f"{name}_as_of"] = facts[column].fillna("").astype(str)
    for name, column in _SOURCES.items():
        found[f"{name}_source"] = facts[column].fillna("").astype(str)
    found["price"], found["assets"] = facts["price_usd"], facts["aum_usd_m"] * 1e6
    volume = measured["median_dollar_volume_usd_m"]
    found["dollar_volume"] = volume.where(volume.notna(), facts["adv_usd_m"]) * 1e6
    found["spread_basis"] = measured["spread_score_basis"].fillna("").astype(str)
    fitted = measured["dollar_volume_basis"].str.extract(_FITTED, expand=False).fillna(FITTED_TO)
    found["spread_as_of"] = found["spread_basis"].str.removeprefix("measured ").where(
        found["spread_basis"].str.startswith("measured"), fitted
    )  # fmt: skip
    live = facts["spread_source"].eq(LIVE) & facts["avg_spread_pct"].notna()
    found["spread"] = found["spread"].mask(live, facts["avg_spread_pct"] / 100)
    found["spread_basis"] = found["spread_basis"].mask(live, "measured live")
    found["spread_as_of"] = found["spread_as_of"].mask(live, facts["spread_as_of"])
    found["tracking_quality"] = measured["tracking_quality"].fillna("").astype(str)
    found["tracking_reference"] = measured["tracking_reference"].fillna("").astype(str)
    origin = measured["source"].fillna("").astype(str)
    found["statistics_source"] = origin.where(origin.str.startswith(COMPUTED), "etf_statistics")
    found["tracking_as_of"] = measured["tracking_end"].dt.strftime("%Y-%m-%d").fillna("")
    for name in ("beta_to_spy", "corr_with_spy", "corr_with_reference", "n_weeks"):
        found[name] = measured[name]
    for block in BLOCKS:
        found[f"lt_{block}"] = facts[f"lt_{block}"]
    return found


def inputs(known: Universe, *, tracking: TrackingMeasure = "error", measured_only: bool = False) -> Inputs:
    """The five criteria with kind, method, date and error.

    Parameters
    ----------
    tracking : {"error", "difference"}
        Standard deviation of fund minus reference, or the size of the yearly lag.
    measured_only : bool
        Estimates count as missing.

    Raises
    ------
    BadInput
        The measure is not known.
    """
    if tracking not in ("error", "difference"):
        raise BadInput("unknown_choice", field="tracking", value=tracking, accepted="error, difference")
    parts = {
        "fee": _plain(known, "fee"),
        "tracking": _tracking_error(known) if tracking == "error" else _tracking_difference(known),
        "spread": _spread(known),
        "top10": _top10(known),
        "turnover": _turnover(known),
    }
    table = {
        field: pd.DataFrame({name: part[field] for name, part in parts.items()}, index=known.funds.index)
        for field in ("value", "kind", "method", "as_of", "source", "error", "log_error")
    }
    if measured_only:
        guessed = table["kind"] == str(Kind.ESTIMATED)
        table["value"] = table["value"].mask(guessed)
        table["kind"] = table["kind"].mask(guessed, str(Kind.MISSING))
        table["method"] = table["method"].mask(guessed, "estimates_off")
    unknown = table["value"].isna()
    return Inputs(
        table["value"], table["kind"], table["method"], table["as_of"].mask(unknown, ""),
        table["source"].mask(unknown, ""), table["error"].mask(unknown, 0.0), table["log_error"].mask(unknown, 0.0),
    )  # fmt: skip


def _column(
    known: Universe, name: str, value: pd.Series, kind: np.ndarray, method: np.ndarray,
    as_of: pd.Series, source: pd.Series | str, error: np.ndarray | float, own_error: float,
    log_error: np.ndarray | float = 0.0,
) -> pd.DataFrame:  # fmt: skip
    """One criterion; the reader's own figures in the field ``name`` are measured, with ``own_error``."""
    index = known.funds.index
    part = pd.DataFrame(
        {"value": value, "kind": kind, "method": method, "as_of": as_of, "source": source, "error": error, "log_error": log_error},
        index=index,
    )  # fmt: skip
    missing = part["value"].isna()
    part.loc[missing, "kind"] = str(Kind.MISSING)
    part.loc[missing & (part["method"] == ""), "method"] = "not_found"
    own = [ticker for ticker, fields in known.own.items() if name in fields]
    if own:
        part.loc[own, "value"] = known.funds.loc[own, name]
        part.loc[own, ["kind", "method", "source"]] = [str(Kind.MEASURED), "own", "own"]
        part.loc[own, "as_of"] = known.funds.loc[own, f"{name}_as_of"]
        part.loc[own, ["error", "log_error"]] = [own_error, 0.0]
    return part


def _plain(known: Universe, name: str) -> pd.DataFrame:
    funds = known.funds
    everyone = np.full(len(funds), str(Kind.MEASURED), dtype=object)
    return _column(
        known, name, funds[name], everyone, np.full(len(funds), "", dtype=object),
        funds[f"{name}_as_of"], funds[f"{name}_source"], ERRORS[name], ERRORS[name],
    )  # fmt: skip


def _turnover(known: Universe) -> pd.DataFrame:
    part = _plain(known, "turnover")
    metal = known.funds["structure"].eq("grantor trust") & known.funds["asset_class"].eq("commodity")
    part.loc[metal & part["value"].isna(), "method"] = "metal_does_not_trade"
    return part


def _top10(known: Universe) -> pd.DataFrame:
    """Of one metal in a vault it is 100 % by design, exact and without a date; of a fund of funds it says nothing."""
    part = _plain(known, "top10")
    told = ~known.funds.index.isin([ticker for ticker, fields in known.own.items() if "top10" in fields])
    single = known.funds["top10_source"].str.startswith("structural") & told
    part.loc[single, "method"], part.loc[single, "error"] = "single_asset", 0.0
    nested = known.funds["lookthrough_method"].fillna("").str.startswith("weights of the two underlying") & told
    part["value"] = part["value"].mask(nested)
    part["kind"] = part["kind"].mask(nested, str(Kind.MISSING))
    part["method"] = part["method"].mask(nested, "fund_of_funds")
    return part


def _tracking_error(known: Universe) -> pd.DataFrame:
    """Quality A is measured, fund against a fund on the same index; B holds an index difference; C is none."""
    quality = known.funds["tracking_quality"]
    kind = np.where(quality == "A", str(Kind.MEASURED), str(Kind.ESTIMATED)).astype(object)
    method = np.select(
        [quality == "A", quality == "B", quality == "C"], ["same_index_fund", "like_index_fund", "no_like_fund"], ""
    ).astype(object)
    error = quality.map(TRACKING_SD).fillna(0.0).to_numpy()
    source = known.funds["statistics_source"] + ": " + known.funds["tracking_reference"]
    return _column(
        known, "tracking_error", known.funds["tracking_error"], kind, method, known.funds["tracking_as_of"], source,
        error, TRACKING_SD["A"],
    )  # fmt: skip


def _tracking_difference(known: Universe) -> pd.DataFrame:
    """Size of the yearly difference: published against the index where known, else against a like fund."""
    funds = known.funds
    published = funds["published_tracking"].abs()
    quality = funds["tracking_quality"]
    beside = funds["tracking_difference"].abs().where(quality.isin(["A", "B"]))
    told = published.notna().to_numpy()
    return _column(
        known,
        "published_tracking",
        published.where(told, beside),
        np.where(told, str(Kind.MEASURED), str(Kind.ESTIMATED)).astype(object),
        np.select(
            [told, quality == "A", quality == "B", quality == "C"],
            ["published", "same_index_fund", "like_index_fund", "no_like_fund"], "",
        ).astype(object),
        funds["published_tracking_as_of"].where(told, funds["tracking_as_of"]),
        funds["published_tracking_source"].where(told, funds["statistics_source"] + ": " + funds["tracking_reference"]),
        np.where(told, TRACKING_SD["A"], quality.map(TRACKING_SD).fillna(0.0)),
        TRACKING_SD["A"],
    )  # fmt: skip


def _spread(known: Universe) -> pd.DataFrame:
    funds = known.funds
    told = funds["spread_basis"].str.startswith("measured").to_numpy()
    liquid = funds["dollar_volume"].to_numpy() >= LIQUID
    return _column(
        known,
        "spread",
        funds["spread"],
        np.where(told, str(Kind.MEASURED), str(Kind.ESTIMATED)).astype(object),
        np.select([told, funds["spread"].isna(), liquid], ["quoted", "", "fitted_liquid"], "fitted_thin").astype(object),
        funds["spread_as_of"],
        pd.Series("etf_spread, see data/README.md", index=funds.index).where(told, funds["statistics_source"] + ": fitted"),
        np.where(told, ROUNDING_SD, 0.0),
        ROUNDING_SD,
        np.where(told, 0.0, np.where(liquid, SPREAD_LOG_SD[True], SPREAD_LOG_SD[False])),
    )  # fmt: skip


_DATE = re.compile(r"\b(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?\b")


@cache
def last_day(text: str) -> date | None:
    """Last day that an as-of text speaks for; None without a date that can be read.

    ``fiscal year to 2025-06`` means the end of that month, ``latest fiscal year before 2025-07``
    the day before it begins.
    """
    found = _DATE.findall(text or "")
    if not found:
        return None
    year, month, day = (int(part or 0) for part in found[-1])
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if "before" in text:
        return first - timedelta(days=1)
    return first if day else date(year, month or 12, monthrange(year, month or 12)[1])


def stale(text: str, months: int, today: date) -> bool:
    """True when a figure is older than so many months, or its date cannot be read; no text, no figure."""
    if not text:
        return False
    day = last_day(text)
    return day is None or _months_later(day, months) < today


@cache
def _months_later(day: date, months: int) -> date:
    later: date = (pd.Timestamp(day) + pd.DateOffset(months=months)).date()
    return later
