"""Statistics of every fund from its bars: the columns of ``etf_statistics`` that prices can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import MissingData
from engine.sources.dataset import Finding
from engine.sources.live.universe import PARTS
from engine.universe.cells import row
from engine.universe.recompute import correlations as linked
from engine.universe.recompute import spreads
from engine.universe.recompute.history import Bars
from engine.universe.recompute.tracking import FLOOR_PCT, LEVERED, tracking

MARKET = "SPY"
TWO_YEARS = pd.DateOffset(years=2)
BEHIND = 0.1
"""Share of funds whose bars may end before the weeks that all are measured in."""

UNCHANGED = 1e-7
"""Daily returns smaller than this are no change of price."""

CRISES: dict[str, tuple[str, str]] = {
    "2008": ("2007-10-09", "2009-03-09"),
    "2020": ("2020-02-19", "2020-03-23"),
    "2022": ("2022-01-03", "2022-10-12"),
    "2025": ("2025-02-19", "2025-04-08"),
}
"""Peak and trough of the S&P 500, closes."""

_DECIMALS = {"corr": 4, "beta": 4, "zero": 4, "tracking": 3}
"""Digits as published; percentages of return, volatility and fall have two."""

PRICE, TRACKING, MARKET_PART, VOLUME = "price", "tracking", "market", "volume"


@dataclass(frozen=True, eq=False)
class Recomputed:
    """What the bars tell of the universe.

    Attributes
    ----------
    statistics : DataFrame, index ticker
        Columns as in ``etf_statistics`` (percent), with ``parts``, the groups of columns that could be
        computed (``price``, ``tracking``, ``market``, ``volume``), and ``as_of``, the fund's last bar.
    quotes : DataFrame, index ticker
        ``price_usd`` (last close, not adjusted for distributions), ``price_as_of``, ``adv_usd_m`` (mean of
        three months).
    pairwise : DataFrame
        Weekly correlations; NaN where a pair has too few weeks.
    joint : DataFrame
        One consistent matrix, not shrunk; empty when no plain fund has every week.
    shrinkage : float or None
        Ledoit-Wolf intensity; None with too few funds.
    kept : mapping of ticker to str
        Funds without enough data, and why.
    """

    statistics: pd.DataFrame
    quotes: pd.DataFrame
    pairwise: pd.DataFrame
    joint: pd.DataFrame
    shrinkage: float | None
    kept: Mapping[str, str]
    findings: tuple[Finding, ...]
    friday: pd.Timestamp
    last: pd.Timestamp


def last_friday(day: pd.Timestamp) -> pd.Timestamp:
    """The Friday of the last whole week."""
    return day - pd.Timedelta(days=(day.weekday() - 4) % 7)


def recomputed(
    bars: Bars, funds: pd.DataFrame, *, newer_than: Mapping[str, pd.Timestamp] | None = None, friday: pd.Timestamp | None = None
) -> Recomputed:  # fmt: skip
    """Every statistic of every fund with two years of weekly returns.

    Windows roll with the data: 538 weeks to the last whole one for volatility, return, falls, beta and
    correlation; since 2018 and three years for tracking; two years for volume and spread.

    Parameters
    ----------
    bars : Bars
        Of the funds and of those they are measured against.
    funds : DataFrame, index ticker
        ``screen_result``, ``tracking_reference``, ``tracking_basis``, ``tracking_quality``: facts, used as given.
    newer_than : mapping, optional
        Day after which the last bar of a fund must lie; windows never roll back.
    friday : Timestamp, optional
        End of the weekly windows; without it, the last whole week that nine funds of ten have.

    Raises
    ------
    MissingData
        No fund has enough bars.
    """
    since = newer_than or {}
    last, kept = _last_bars(bars, funds, since)
    if not last:
        raise MissingData("nothing_to_recompute", field="etf_prices", value="0")
    end = _shared_friday(last) if friday is None else friday
    weeks = linked.weekly(bars.adjusted, end)
    kept |= _without_weeks(weeks[list(last)])
    used = [name for name in last if name not in kept]
    if not used:
        raise MissingData("nothing_to_recompute", field="etf_prices", value="0")
    returns = bars.adjusted / bars.adjusted.shift(1) - 1.0
    market = weeks.get(MARKET)
    begin = end - pd.Timedelta(weeks=linked.WEEKS)
    rows = [
        _fund(name, row(funds, name), bars, returns, weeks[name], market, begin, end, since.get(name)) for name in used
    ]
    own = weeks[used]
    trusted = [name for name in used if str(funds.at[name, "screen_result"]) == "pass"]
    matrix, shrinkage = linked.joint(own, trusted)
    found = pd.DataFrame(rows).set_index("ticker")
    found = found[["as_of", *(name for part in PARTS.values() for name in part if name in found), "parts"]]
    quotes = pd.DataFrame([_quote(name, bars) for name in used]).set_index("ticker")
    told = (*bars.findings, *_doubts(found, funds))
    return Recomputed(
        _rounded(found), quotes, linked.pairwise(own).round(4), matrix, shrinkage, kept, told, end, max(last.values())
    )  # fmt: skip


def _last_bars(
    bars: Bars, funds: pd.DataFrame, newer_than: Mapping[str, pd.Timestamp]
) -> tuple[dict[str, pd.Timestamp], dict[str, str]]:
    """Last bar of each fund that has newer ones; and the others, with the reason why they keep their figures."""
    last: dict[str, pd.Timestamp] = {}
    kept = {}
    for name in map(str, funds.index):
        if name not in bars.adjusted or bars.adjusted[name].isna().all():
            kept[name] = "no bars"
            continue
        day: pd.Timestamp = bars.adjusted.index[bars.adjusted[name].notna().to_numpy()][-1]
        if name in newer_than and day <= newer_than[name]:
            kept[name] = f"last bar {day.date()}, not newer than the figures on file"
        else:
            last[name] = day
    return last, kept


def _shared_friday(last: Mapping[str, pd.Timestamp]) -> pd.Timestamp:
    """The last Friday that nine funds of ten reach.

    After a refresh that reached only some, the weeks of all end where the others do: one window for one matrix.
    """
    days = sorted(last.values())
    return last_friday(days[int(len(days) * BEHIND)])


def _without_weeks(weeks: pd.DataFrame) -> dict[str, str]:
    """Funds with too few weekly returns, and those that do not move."""
    counts = weeks.notna().sum()
    short = {
        str(name): f"{count} weekly returns, {linked.LEAST_WEEKS} needed"
        for name, count in counts.items()
        if count < linked.LEAST_WEEKS
    }
    still = {
        str(name): "its price does not move" for name in weeks if name not in short and not weeks[name].std() > 0.0
    }
    return short | still


def _fund(
    name: str, facts: pd.Series, bars: Bars, returns: pd.DataFrame, weeks: pd.Series, market: pd.Series | None,
    begin: pd.Timestamp, end: pd.Timestamp, since: pd.Timestamp | None,
) -> dict[str, Any]:  # fmt: skip
    levels = bars.adjusted[name].dropna()
    told: dict[str, Any] = {"ticker": name, "as_of": levels.index[-1]}
    told |= _path(levels, weeks.dropna(), begin, end)
    done = [PRICE]
    for part, found in (
        (TRACKING, _tracking(name, facts, returns, since)),
        (MARKET_PART, _beside_market(weeks, market)),
        (VOLUME, _spread(name, levels, bars)),
    ):
        told |= found
        done += [part] if found else []
    return told | {"parts": " ".join(done)}


def _path(levels: pd.Series, weeks: pd.Series, begin: pd.Timestamp, end: pd.Timestamp) -> dict[str, Any]:
    """Volatility, return and falls; ``begin`` and ``end`` are the Fridays around the weekly window."""
    days = pd.DatetimeIndex(levels.index)
    first = max(days.searchsorted(begin, side="right") - 1, 0)
    window = levels.iloc[first : days.searchsorted(end, side="right")]
    daily = window.to_numpy()[1:] / window.to_numpy()[:-1] - 1.0
    years = (window.index[-1] - window.index[0]).days / 365.25
    depth = levels.to_numpy() / np.maximum.accumulate(levels.to_numpy()) - 1.0
    recent = pd.DatetimeIndex(window.index[1:]) > end - TWO_YEARS
    still = np.abs(daily) < UNCHANGED
    told: dict[str, Any] = {
        "first_date": days[0],
        "window_start": window.index[0],
        "window_end": window.index[-1],
        "n_days": len(daily),
        "n_weeks": len(weeks),
        "vol_ann_pct": 100.0 * float(weeks.std()) * np.sqrt(52.0),
        "vol_daily_ann_pct": 100.0 * float(np.std(daily, ddof=1)) * np.sqrt(252.0),
        "ret_ann_pct": 100.0 * ((window.iloc[-1] / window.iloc[0]) ** (1.0 / years) - 1.0),
        "max_drawdown_pct": _fall(window.to_numpy()),
        "max_drawdown_full_pct": 100.0 * depth.min(),
        "max_drawdown_full_date": days[int(depth.argmin())],
        "zero_return_day_share": float(still.mean()),
        "zero_return_day_share_2y": float(still[recent].mean()) if recent.any() else np.nan,
    }
    for name, (peak, trough) in CRISES.items():
        inside = levels.loc[peak:trough].to_numpy()
        old = days[0] <= pd.Timestamp(peak) and len(inside) > 1
        told[f"drawdown_{name}_pct"] = _fall(inside) if old else np.nan
        told[f"return_{name}_pct"] = 100.0 * (inside[-1] / inside[0] - 1.0) if old else np.nan
    return told


def _fall(levels: np.ndarray) -> float:
    """Deepest fall from a high, percent."""
    return float(100.0 * (levels / np.maximum.accumulate(levels) - 1.0).min())


def _tracking(name: str, facts: pd.Series, returns: pd.DataFrame, since: pd.Timestamp | None) -> dict[str, Any]:
    """Against the fund's reference; nothing where that has too few bars, or none newer than the figures on file."""
    found = tracking(name, str(facts["tracking_reference"]), returns)
    if found is None or (since is not None and found.end <= since):
        return {}
    counts = facts["tracking_quality"] in ("A", "B")
    return {
        "tracking_start": found.start,
        "tracking_end": found.end,
        "tracking_days": found.days,
        "tracking_error_weekly_pct": found.weekly,
        "tracking_error_pct": found.monthly,
        "tracking_error_3y_pct": found.monthly_3y,
        "tracking_error_3y_denoised_pct": found.denoised_3y,
        "tracking_error_score_pct": max(FLOOR_PCT, found.denoised_3y) if counts else np.nan,
        "tracking_difference_pct": np.nan if facts["tracking_basis"] in LEVERED else found.difference,
        "corr_with_reference": found.correlation,
        "corr_with_reference_20d": found.correlation_20d,
    }


def _beside_market(weeks: pd.Series, market: pd.Series | None) -> dict[str, Any]:
    if market is None:
        return {}
    both = (weeks.notna() & market.notna()).to_numpy()
    if both.sum() < linked.LEAST_WEEKS:
        return {}
    own, index = weeks.to_numpy()[both], market.to_numpy()[both]
    table = np.cov(own, index)
    return {
        "beta_to_spy": float(table[0, 1] / table[1, 1]),
        "corr_with_spy": float(table[0, 1] / np.sqrt(table[0, 0] * table[1, 1])),
    }


def _spread(name: str, levels: pd.Series, bars: Bars) -> dict[str, Any]:
    """Volume and volatility over the two years to the fund's last bar, tick at its last close."""
    last = pd.Timestamp(levels.index[-1])
    traded = (bars.close[name] * bars.volume[name]).loc[last - TWO_YEARS : last].dropna()
    volume = float(traded.median()) / 1e6 if len(traded) else 0.0
    recent = levels.loc[last - TWO_YEARS :].to_numpy()
    volatility = 100.0 * float(np.std(recent[1:] / recent[:-1] - 1.0, ddof=1)) * np.sqrt(252.0)
    if not (volume > 0.0 and volatility > 0.0):
        return {}
    price = float(bars.close[name].dropna().iloc[-1])
    fitted = spreads.proxy(volume, volatility, price)
    score, basis = spreads.score(name, fitted, volume, price)
    return {
        "spread_tick_floor_pct": spreads.one_tick(price),
        "spread_proxy_pct": fitted,
        "spread_score_pct": score,
        "spread_score_basis": basis,
        "median_dollar_volume_usd_m": volume,
        "dollar_volume_basis": f"2y median to {last.date()}",
    }


def _quote(name: str, bars: Bars) -> dict[str, Any]:
    closes = bars.close[name].dropna()
    last = pd.Timestamp(closes.index[-1])
    traded = (bars.close[name] * bars.volume[name]).loc[last - pd.DateOffset(months=3) : last].dropna()
    return {
        "ticker": name,
        "price_usd": float(closes.iloc[-1]),
        "price_as_of": last,
        "adv_usd_m": float(traded.mean()) / 1e6 if len(traded) else np.nan,
    }


def _doubts(found: pd.DataFrame, funds: pd.DataFrame) -> list[Finding]:
    """Parts that could not be computed, and qualities that the new figures no longer bear out."""
    told = []
    labels = {
        TRACKING: "tracking stays as on file (its reference has too few newer bars)",
        MARKET_PART: f"beta and correlation with {MARKET} stay as on file",
        VOLUME: "volume and spread stay as on file (no volume)",
    }
    for part, text in labels.items():
        lacking = [str(name) for name, done in found["parts"].items() if part not in str(done).split()]
        if lacking:
            told.append(Finding("kept_part", "warning", f"{text}: {', '.join(lacking)}"))
    if "tracking_error_3y_denoised_pct" in found:
        grown = found.index[
            (found["tracking_error_3y_denoised_pct"] > 1.0) & funds.loc[found.index, "tracking_quality"].eq("B")
        ]
        if len(grown):
            text = "quality B is a fact of the table, but the distance to the like fund is above 1 % a year now"
            told.append(Finding("quality", "warning", f"{text}: {', '.join(map(str, grown))}"))
    return told


def _rounded(found: pd.DataFrame) -> pd.DataFrame:
    """Digits as published: further ones are noise, and would break ties."""
    made = found.copy()
    for column in made.columns[[kind.kind == "f" for kind in made.dtypes]]:
        name = str(column)
        if name.startswith("spread_") or name.startswith("median_dollar"):
            made[name] = [value if np.isnan(value) else float(f"{value:.3g}") for value in made[name]]
        else:
            made[name] = made[name].round(next((n for word, n in _DECIMALS.items() if name.startswith(word)), 2))
    return made
