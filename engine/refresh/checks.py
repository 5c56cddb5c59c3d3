"""The one place where downloaded tables pass the checks of ``engine.integrity``, before they are stored.

Bars go through the check of price tables, macro series and returns through ``integrity.series`` by what
each measures. What is certain is repaired; every changed cell goes into a log beside the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.integrity import Report, facts, series
from engine.refresh.repairs import Log, logged, nothing
from engine.sources.dataset import Finding

Check = Callable[..., Any]
"""``check(table, frequency="daily")`` with ``.findings``, ``.repaired`` and ``.log``, as ``engine.integrity.check``."""

BARS = {
    "date": "Date",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
    "dividends": "Dividends",
    "splits": "Stock Splits",
    "capital_gains": "Capital Gains",
    "ticker": "ticker",
}
"""Columns of ``engine.sources.yahoo.bars``, and their names in a price table."""

LEVELS = frozenset({"VIXCLS", "CPIAUCSL", "CPILFESL"})
"""FRED series that are levels above zero; all others asked for are rates in percent, which may be zero."""

RATES = frozenset({"RF"})
"""Columns of the French library that are a rate: a hundredfold change of it over decades is history."""

HOLIDAY = 2
"""A run of blank weekdays this short in a daily series is a holiday: counted, not listed."""

FUND_BOUNDS: Mapping[str, tuple[float, float]] = {
    "fee": (0.0, 0.03),
    "spread": (0.0, 0.05),
    "top10": (0.0, 1.0),
    "turnover": (0.0, 20.0),
    "tracking_error": (0.0, 0.2),
    "dividend_yield": (0.0, 1.0),
}
"""What facts of a fund may be, in decimals: fees and spreads of a price, shares of a portfolio, yearly turnover."""


FUND_FIELDS = {
    "fee_pct": "fee",
    "spread_pct": "spread",
    "top10_weight_pct": "top10",
    "turnover_pct": "turnover",
    "dividend_yield_pct": "dividend_yield",
}
"""Percent columns of Yahoo's fund facts, and what bounds them."""

LIVE_BOUNDS = {name: FUND_BOUNDS[name] for name in FUND_FIELDS.values()} | {"top10": (0.0, 1.05)}
"""A fund with a little debt, or with rounded weights, holds more than all of its assets in ten names."""


@dataclass(frozen=True, eq=False)
class Checked:
    """A table with the certain repairs made, what was found, and every changed cell."""

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    log: Log


def checked(kind: str, frame: pd.DataFrame, keys: Sequence[str], check: Check | None) -> Checked:
    """A downloaded table through the checks of its kind of source.

    Parameters
    ----------
    kind : str
        ``Request.kind``; a kind without checks passes as it is.
    check : callable or None
        For price tables; None leaves them unchecked.
    """
    if kind == "yahoo_bars" and check is not None:
        return checked_bars(frame, keys, check)
    if kind == "fred_series":
        return checked_macro(frame, keys)
    if kind == "french_files":
        return checked_returns(frame, keys)
    if kind == "yahoo_facts":
        return checked_funds(frame, keys)
    return Checked(frame, (), nothing(keys))


def checked_bars(bars: pd.DataFrame, keys: Sequence[str], check: Check) -> Checked:
    """Bars in long form through a check of price tables."""
    report = check(price_table(bars), frequency="daily")
    back = {name: ours for ours, name in BARS.items()}
    repaired = report.repaired.rename(columns=back)[list(bars.columns)]
    findings = told(report.findings)
    return Checked(repaired, findings, logged(report.log.replace({"column": back}), bars, keys, findings))


def price_table(bars: pd.DataFrame) -> pd.DataFrame:
    """Bars under the names that ``engine.integrity`` reads."""
    return bars.rename(columns=BARS)[list(BARS.values())]


def checked_macro(frame: pd.DataFrame, keys: Sequence[str]) -> Checked:
    """FRED series in long form, each by what it measures."""
    made = frame.reset_index(drop=True)
    findings: list[Finding] = []
    logs: list[Log] = []
    for name, rows in made.groupby("series", sort=False):
        line = pd.DataFrame({str(name): rows["value"].to_numpy()}, index=pd.DatetimeIndex(rows["date"]))
        report = series(line, measure="level" if name in LEVELS else "rate")
        found, places = _found(report.findings, daily=_is_daily(rows["date"]))
        at = rows.index.to_numpy()
        moved = report.log.assign(row=at[report.log["row"].to_numpy(int)], column="value", finding=places(report.log))
        logs.append(logged(moved, made, keys, found, first=len(findings)))
        findings += found
        made.loc[rows.index, "value"] = report.repaired[str(name)].to_numpy()
    return Checked(made, tuple(findings), _joined(logs, keys))


def checked_returns(frame: pd.DataFrame, keys: Sequence[str]) -> Checked:
    """Returns side by side (decimals), with the riskless rate among them."""
    made = frame.reset_index(drop=True)
    findings: list[Finding] = []
    logs: list[Log] = []
    columns = [str(name) for name in frame.columns if name not in keys]
    for measure, names in (
        ("return", [name for name in columns if name not in RATES]),
        ("rate", [name for name in columns if name in RATES]),
    ):
        if not names:
            continue
        report = series(made[names].set_axis(pd.DatetimeIndex(made["date"])), measure=measure)
        found = told(report.findings)
        logs.append(logged(report.log, made, keys, found, first=len(findings)))
        findings += found
        made = made.assign(**{name: report.repaired[name].to_numpy() for name in names})
    return Checked(made, tuple(findings), _joined(logs, keys))


def checked_facts(frame: pd.DataFrame) -> Report:
    """Facts of funds in decimals (one row a fund) against the bounds of ``FUND_BOUNDS`` that the table has."""
    return facts(frame, {name: bounds for name, bounds in FUND_BOUNDS.items() if name in frame.columns})


def checked_funds(frame: pd.DataFrame, keys: Sequence[str]) -> Checked:
    """Facts as Yahoo told them (percent, one row a fund): figures outside their bounds are left out.

    Nothing tells a percent in the place of a fraction from a fund that is unlike others, so no figure is rescaled.
    """
    made = frame.reset_index(drop=True)
    decimals = made[list(FUND_FIELDS)].rename(columns=FUND_FIELDS) / 100.0
    report = facts(decimals, LIVE_BOUNDS)
    back = {name: column for column, name in FUND_FIELDS.items()}
    found: list[Finding] = []
    changes = []
    for place, one in report.findings.iterrows():
        edited = report.log.loc[report.log["finding"] == place, "row"].astype(int).tolist()
        column = back[str(one["ticker"])]
        for row in edited or [int(one["first"])]:
            sent = float(made[column].to_numpy(float)[row])
            evidence = {
                "column": column,
                "percent_sent": sent,
                "bounds": [100.0 * x for x in LIVE_BOUNDS[one["ticker"]]],
            }
            changes.append({"row": row, "column": column, "old": sent, "new": np.nan, "finding": len(found)})
            name = str(made.at[row, "ticker"])
            repair = "left out; the figure known before stands"
            found.append(finding(str(one["kind"]), "error", name, (None, None), 1, evidence, repair, applied=True))
    log = logged(pd.DataFrame(changes), made, keys, found)
    for change in changes:
        made.loc[change["row"], change["column"]] = np.nan
    return Checked(made, tuple(found), log)


def without_rule(frame: pd.DataFrame, keys: Sequence[str], known_at: Mapping[str, str]) -> list[Finding]:
    """Series of a table for which nothing says when their figures became known: used as they are, they look ahead."""
    if len(keys) > 1:
        names = [str(name) for name in pd.unique(frame[keys[0]])]
    else:
        names = [str(name) for name in frame.columns if name not in keys]
    return [
        finding(
            "no_rule",
            "error",
            name,
            (None, None),
            len(frame),
            {"rules": len(known_at)},
            "none made: give the series a rule for when it is known",
        )
        for name in names
        if name not in known_at
    ]


def _found(findings: pd.DataFrame, *, daily: bool) -> tuple[list[Finding], Callable[[Log], Any]]:
    """Findings of one series with its holidays summed up, and where those that a log points at stand now."""
    blank = (findings["kind"] == "hole") & (findings["rows"] <= HOLIDAY) if daily else findings["kind"].isna()
    kept = findings.loc[~blank]
    found = list(told(kept))
    if blank.any():
        runs = findings.loc[blank]
        days = _day(runs["first"].iloc[0]), _day(runs["last"].iloc[-1])
        evidence = {"runs": len(runs), "longest": int(runs["rows"].max())}
        repair = "stay missing: days without a market"
        found.append(
            finding("holidays", "info", str(runs["ticker"].iloc[0]), days, int(runs["rows"].sum()), evidence, repair)
        )
    order = {int(old): new for new, old in enumerate(kept.index)}
    return found, lambda log: log["finding"].map(order)


def _is_daily(days: pd.Series) -> bool:
    return len(days) > 2 and float(np.median(np.diff(days.to_numpy("datetime64[D]").astype(np.int64)))) < 4


def _joined(logs: Sequence[Log], keys: Sequence[str]) -> Log:
    filled = [log for log in logs if len(log)]
    if not filled:
        return nothing(keys)
    made = pd.concat(filled, ignore_index=True)
    return made.assign(step=np.arange(len(made)))


def told(found: pd.DataFrame) -> tuple[Finding, ...]:
    """Findings of ``engine.integrity`` as findings of a data set."""
    return tuple(
        finding(
            str(row["kind"]),
            str(row["severity"]),
            None if pd.isna(row["ticker"]) or row["ticker"] == "" else str(row["ticker"]),
            (_day(row["first"]), _day(row["last"])),
            int(row["rows"]),
            row["evidence"],
            str(row["repair"]),
            applied=bool(row["applied"]),
        )
        for row in found.to_dict("records")
    )


def _day(value: Any) -> str | None:
    return None if pd.isna(value) else str(value)[:10]


def finding(
    kind: str,
    severity: str,
    item: str | None,
    days: tuple[str | None, str | None],
    rows: int,
    evidence: Mapping[str, Any],
    repair: str,
    *,
    applied: bool = False,
) -> Finding:
    """A structured finding with its sentence."""
    if not isinstance(evidence, Mapping):
        raise BadInput("wrong_form", field="evidence", value=type(evidence).__name__, accepted="names and numbers")
    numbers = {str(name): _plain(value) for name, value in evidence.items()}
    when = days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"
    place = " ".join(part for part in (item, when if days[0] else None) if part)
    proof = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in numbers.items())
    did = f"repaired: {repair}" if applied else repair
    text = f"{place or 'table'}: {kind.replace('_', ' ')} ({proof}); {did}"
    return Finding(kind, severity, text, item, days[0], days[1], rows, numbers, repair, applied)


def _plain(value: Any) -> Any:
    """Python's own numbers, None for NaN: what JSON can hold."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return " ".join(map(_short, value))
    return "?" if value is None else str(value)
