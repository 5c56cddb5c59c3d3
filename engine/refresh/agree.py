"""Does what came agree with what is on file, and with other sources of the same thing? Nothing here changes a number.

An older vintage of bars is compared by returns (levels move with every dividend), of other tables by value. Two
sources of the same thing are listed in ``PAIRS``, each with the difference that rounding, timing and definition allow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from engine.errors import LodestarError
from engine.integrity import compare
from engine.refresh.checks import finding, price_table, told
from engine.sources import BUNDLED, load
from engine.sources.dataset import Finding
from engine.sources.facts import month_end_rates

LISTED = 5
"""Disagreeing days of one ticker that are listed one by one; more are summed up."""

REVISED = frozenset({"CPIAUCSL", "CPILFESL", "UNRATE", "T10Y3M"})
"""Series that their source revises as a rule: seasonal factors, and a spread that follows its parts."""

SAME = 1e-9


def with_older(kind: str, new: pd.DataFrame, old: pd.DataFrame, keys: Sequence[str]) -> tuple[Finding, ...]:
    """How a download differs from the table on file: revisions, rows that went, other companies under a ticker.

    Parameters
    ----------
    kind : str
        ``Request.kind``.
    new, old : DataFrame
        Tables with these key columns; the new one without rows kept from the old.
    """
    if kind == "yahoo_facts":  # facts of another day are no vintages of one figure; ``compare`` counts the changes
        return ()
    went = _gone(new, old, keys)
    if kind == "yahoo_bars":
        return (*_bars(old, new), *went)
    return (*_values(old, new, keys, revised=kind == "french_files"), *went)


def _bars(old: pd.DataFrame, new: pd.DataFrame) -> list[Finding]:
    found = compare(price_table(old), price_table(new), kind="vintage")
    made = []
    for (kind, _), rows in found.groupby(["kind", "ticker"], sort=False):
        if kind != "vintage_disagrees" or len(rows) <= LISTED:
            made += list(told(rows))
            continue
        apart = [abs(row["first_return"] - row["second_return"]) for row in rows["evidence"]]
        evidence = {"days_apart": len(rows), "largest": float(max(apart))}
        days = str(rows["first"].iloc[0])[:10], str(rows["last"].iloc[-1])[:10]
        repair = "none made: which vintage is right cannot be told from the two"
        item = str(rows["ticker"].iloc[0])
        made.append(finding("vintage_disagrees", "warning", item, days, len(rows), evidence, repair))
    return made


def _values(old: pd.DataFrame, new: pd.DataFrame, keys: Sequence[str], *, revised: bool) -> list[Finding]:
    """Revised figures, one finding a series (long form) or column (side by side)."""
    was, now = (_columns(frame, keys) for frame in (old, new))
    made = []
    for name in was.keys() & now.keys():
        both = pd.concat([was[name], now[name]], axis=1, keys=["old", "new"], join="inner")
        apart = (both["old"] - both["new"]).abs()
        moved = both.loc[(apart > SAME) | (both["old"].isna() != both["new"].isna())]
        if moved.empty:
            continue
        size = apart.loc[moved.index]
        evidence = {
            "cells": len(moved),
            "of": len(both),
            "largest": float(size.max()) if size.notna().any() else None,
            "came_or_went": int(size.isna().sum()),
        }
        severity = "info" if revised or name in REVISED else "warning"
        days = str(moved.index.min().date()), str(moved.index.max().date())
        repair = "none made: the newer vintage is stored, the older one stays in its snapshot"
        made.append(finding("vintage_disagrees", severity, name, days, len(moved), evidence, repair))
    return sorted(made, key=lambda one: str(one.item))


def _columns(frame: pd.DataFrame, keys: Sequence[str]) -> dict[str, pd.Series]:
    if len(keys) == 2:
        return {str(name): rows.set_index("date")["value"] for name, rows in frame.groupby(keys[0])}
    wide = frame.set_index(list(keys))
    return {str(name): column for name, column in wide.select_dtypes("number").items()}


def _gone(new: pd.DataFrame, old: pd.DataFrame, keys: Sequence[str]) -> list[Finding]:
    """Rows of the past that the source no longer has, by item."""
    if len(keys) == 1:
        new, old, keys = new.assign(all="all"), old.assign(all="all"), ("all", *keys)
    item, day = keys
    newer, older = new[[item, day]], old[[item, day]]
    inside = older.loc[older[item].isin(set(newer[item]))]
    left = inside.merge(newer.assign(there=True), on=[item, day], how="left")
    lost = left.loc[left["there"].isna()]
    made = []
    for name, rows in lost.groupby(item):
        days = str(rows[day].min().date()), str(rows[day].max().date())
        evidence = {"rows_on_file": int((inside[item] == name).sum()), "rows_gone": len(rows)}
        repair = "none made: the rows stay in the older snapshot"
        told_of = None if name == "all" else str(name)
        made.append(finding("rows_gone", "warning", told_of, days, len(rows), evidence, repair))
    return made


@dataclass(frozen=True)
class Pair:
    """Two sources of one thing.

    Attributes
    ----------
    tables : tuple of str
        Stored tables that it needs; the finding goes to the first.
    read : callable
        From those tables: two series to hold side by side.
    tolerance : float
        Largest difference that rounding, timing or definition explains, in ``unit``.
    item, other : str
        The series, and a code for the source beside it.
    """

    tables: tuple[str, ...]
    read: Callable[..., tuple[pd.Series, pd.Series]]
    tolerance: float
    item: str
    other: str
    unit: str


def _fred(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame.loc[frame["series"] == name].set_index("date")["value"]


def _spread(frame: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return _fred(frame, "T10Y3M"), _fred(frame, "DGS10") - _fred(frame, "DGS3MO")


def _two_copies(name: str) -> Callable[[pd.DataFrame, pd.DataFrame], tuple[pd.Series, pd.Series]]:
    return lambda one, other: (_fred(one, name), _fred(other, name))


def _growth(bars: pd.DataFrame, ticker: str) -> pd.Series:
    return bars.loc[bars["ticker"] == ticker].set_index("date")["adj_close"].pct_change(fill_method=None)


def _dividends_of_a_day(total: pd.DataFrame, price: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return _growth(total, "^SP500TR"), _growth(price, "^GSPC")


def _market(french: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    line = french.set_index("date")
    return line["Mkt-RF"] + line["RF"], load("sp500_monthly_total_return", BUNDLED).frame["tr_pct"] / 100.0


def _two_releases(five: pd.DataFrame, three: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return five.set_index("date")["Mkt-RF"], three.set_index("date")["Mkt-RF"]


def _won(bars: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    rates = bars.loc[bars["ticker"] == "KRW=X"].set_index("date")["close"].dropna()
    table = load("usdkrw_monthly", BUNDLED).frame
    whole = table.loc[month_end_rates(table)]
    days = pd.DatetimeIndex(whole["last_date"])
    return rates / rates, pd.Series(rates.reindex(days).to_numpy() / whole["krw_per_usd_month_end"].to_numpy(), days)


PAIRS: tuple[Pair, ...] = (
    Pair(("us_macro_daily",), _spread, 0.015, "T10Y3M", "term_parts", "percentage points"),
    *(
        Pair(
            ("us_macro_daily", "us_macro_monthly"),
            _two_copies(name),
            1e-6,
            name,
            "macro_table",
            "percentage points",
        )
        for name in ("DGS10", "T10Y3M")
    ),
    Pair(
        ("sp500_total_return", "sp500_price"),
        _dividends_of_a_day,
        0.005,
        "^SP500TR",
        "price_index",
        "return",
    ),
    # All US shares, not the large ones: up to 4.8 points of a month apart since 1990 (2000-02).
    Pair(("french_factors",), _market, 0.06, "Mkt-RF", "sp500_total_return", "return"),
    Pair(
        ("french_five_factors", "french_factors"),
        _two_releases,
        0.005,
        "Mkt-RF",
        "three_factor_file",
        "return",
    ),
    Pair(("usdkrw_daily",), _won, 0.02, "KRW=X", "fact_table", "ratio"),
)


def between(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Finding]]:
    """Findings by table for every pair of ``PAIRS`` whose tables are all here; an item that is missing is no pair."""
    found: dict[str, list[Finding]] = {}
    for pair in PAIRS:
        if all(name in tables for name in pair.tables):
            told_of = disagreement(pair, *(tables[name] for name in pair.tables))
            if told_of is not None:
                found.setdefault(pair.tables[0], []).append(told_of)
    return found


def disagreement(pair: Pair, *tables: pd.DataFrame) -> Finding | None:
    """Where two sources of one thing differ by more than can be explained; None where they agree or do not meet."""
    try:
        one, other = pair.read(*tables)
    except LodestarError:
        return None
    return apart(one, other, pair.item, pair.other, pair.tolerance, pair.unit)


def apart(one: pd.Series, other: pd.Series, item: str, name: str, tolerance: float, unit: str) -> Finding | None:
    """Where two series (by date) differ by more than ``tolerance``; an error where more than one row in 20 does."""
    both = pd.concat([one, other], axis=1, keys=["one", "other"], join="inner").dropna()
    gap = (both["one"] - both["other"]).abs()
    far = gap.loc[gap > tolerance]
    if far.empty:
        return None
    evidence = {
        "other": name,
        "compared": len(both),
        "apart": len(far),
        "largest": float(far.max()),
        "on": str(pd.Timestamp(far.index[int(far.to_numpy().argmax())]).date()),
        "tolerance": tolerance,
        "unit": unit,
    }
    severity = "error" if len(far) > max(1, 0.05 * len(both)) else "warning"
    days = str(pd.Timestamp(far.index.min()).date()), str(pd.Timestamp(far.index.max()).date())
    repair = "none made: which source is right cannot be told from the two"
    return finding("source_disagrees", severity, item, days, len(far), evidence, repair)
