"""How large the world's asset classes are: paths through dated sizes, and the weights that follow.

Two ways to look at a date. In hindsight, all sizes known today are used and joined. In vintage
mode only what had been published counts: the last published size is held (moved by its indicator,
if it has one), and before the first publication the class is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput, MissingData
from engine.sources import load
from engine.world import infrastructure as rule
from engine.world.anchors import CLASSES, SWITCHES, Anchor, anchors, as_series, scope_of
from engine.world.denton import LOG_LINEAR, STALE_DAYS, LeftOut, denton, leave_one_out, log_linear, smoothed

SCOPE_SETS: Mapping[str, Mapping[str, str]] = {
    "full": {"equity": "sifma", "bonds": "sifma", "real_estate": "msci_managed"},
    "investable": {"equity": "msci", "bonds": "msci", "real_estate": "msci_managed"},
    "article": {"equity": "msci", "bonds": "global_aggregate", "real_estate": "msci_managed"},
    "state_street": {"equity": "state_street", "bonds": "state_street", "real_estate": "state_street"},
}
"""Named choices of one scope a class. ``full`` is the default: all its sizes of the default date are reported, by
one publisher for equity and bonds. ``article`` follows the article's own indices as far as sizes were found."""

INDICATORS: Mapping[str, tuple[str, ...]] = {"equity": ("sp500_price",)}
"""Indicators by class that can be asked for offline; without one a path is log-linear."""

KINDS = ("reported", "interpolated", "extrapolated", "assumed")


@dataclass(frozen=True, eq=False)
class SizePath:
    """The size of one class over time.

    Attributes
    ----------
    table : DataFrame, shape (n, 3)
        By date: ``usd_bn`` (NaN where nothing had been published), ``kind`` (``reported`` at a reported
        size, ``assumed`` where arithmetic or a ratio stands in, ``interpolated``, ``extrapolated``; None
        where missing) and ``segment`` (no line may be drawn from one to the next).
    indicator : str
        Name of the indicator, or ``"log-linear"``.
    sizes : tuple of Anchor
        The dated sizes behind it.
    levels : Series or None
        The indicator's levels, smoothed where ``halflife_days`` is given.
    """

    asset_class: str
    scope: str
    table: pd.DataFrame
    indicator: str
    sizes: tuple[Anchor, ...]
    breaks: tuple[dt.date, ...]
    vintage: bool
    levels: pd.Series | None = None
    halflife_days: float | None = None
    ratio: rule.Ratio | None = None

    @cached_property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Leave-one-size-out errors; none where a class has one size, or follows another class."""
        return () if self.ratio else leave_one_out(as_series(self.sizes), self.levels, breaks=self.breaks)

    @property
    def indicator_end(self) -> dt.date | None:
        """Last day that the indicator's levels serve; after it the last level is held."""
        if self.levels is None:
            return None
        return (pd.Timestamp(self.levels.index[-1]) + pd.Timedelta(days=STALE_DAYS)).date()

    @property
    def first_known(self) -> dt.date:
        """Day from which vintage mode has a size."""
        first = min(item.known for item in self.sizes)
        return max(first, self.ratio.known) if self.ratio else first

    def behind(self, day: dt.date) -> tuple[Anchor, ...]:
        """The dated sizes that the figure of a day is made of."""
        caps = (self.ratio.infrastructure, self.ratio.real_estate) if self.ratio else ()
        if self.vintage:
            return (*[item for item in self.sizes if item.known <= day][-1:], *caps)
        before = [item for item in self.sizes if item.as_of <= day][-1:]
        after = [item for item in self.sizes if item.as_of > day][:1]
        if before and after:
            across = any(before[0].as_of < mark <= after[0].as_of for mark in self.breaks)
            after = [] if across or before[0].as_of == day else after
        return (*before, *after, *caps)

    def to_dict(self) -> dict[str, object]:
        days = [stamp.date().isoformat() for stamp in pd.DatetimeIndex(self.table.index)]
        return {
            "asset_class": self.asset_class,
            "scope": self.scope,
            "indicator": self.indicator,
            "halflife_days": self.halflife_days,
            "vintage": self.vintage,
            "dates": days,
            "usd_bn": [None if np.isnan(value) else float(value) for value in self.table["usd_bn"]],
            "kind": list(self.table["kind"]),
            "segment": [int(value) for value in self.table["segment"]],
            "sizes": [item.to_dict() for item in self.sizes],
            "left_out": [item.to_dict() for item in self.left_out],
            "ratio": self.ratio.to_dict() if self.ratio else None,
        }


@dataclass(frozen=True)
class WorldWeights:
    """Market weights of the asset classes on a date.

    Attributes
    ----------
    weights, sizes_usd_bn, kind : dict by class
        Decimals that sum to one; USD bn; one of ``KINDS``.
    sources : dict of str to list of dict
        By class, the dated sizes that the figure is made of.
    scopes, indicators : dict of str to str
        By class.
    notes : tuple of str
        Codes of what a reader must know (``equity_substitute``, ``infrastructure_exceeds_real_estate``, ...).
    """

    date: dt.date
    vintage: bool
    weights: dict[str, float]
    sizes_usd_bn: dict[str, float]
    kind: dict[str, str]
    sources: dict[str, list[dict[str, object]]]
    scopes: dict[str, str]
    indicators: dict[str, str]
    ratio: dict[str, object]
    notes: tuple[str, ...] = field(default=())

    @property
    def total_usd_bn(self) -> float:
        return sum(self.sizes_usd_bn.values())

    def to_dict(self) -> dict[str, object]:
        return {
            "date": self.date.isoformat(),
            "vintage": self.vintage,
            "classes": dict(self.weights),
            "sizes_usd_bn": dict(self.sizes_usd_bn),
            "total_usd_bn": self.total_usd_bn,
            "kind": dict(self.kind),
            "sources": self.sources,
            "scopes": dict(self.scopes),
            "indicators": dict(self.indicators),
            "infrastructure_ratio": self.ratio,
            "notes": list(self.notes),
        }


Scopes = str | Mapping[str, str]


def weights(
    date: str | dt.date | None = None,
    vintage: bool = False,
    *,
    scopes: Scopes = "full",
    include: Sequence[str] = (),
    pair: str = "",
    indicators: Mapping[str, str] | None = None,
) -> WorldWeights:
    """Market weights of equity, bonds, real estate and infrastructure on a date.

    Parameters
    ----------
    date : str or date, optional
        ``default_date`` when empty.
    vintage : bool
        Use only sizes published by the date.
    scopes : str or mapping
        A name of ``SCOPE_SETS``, or scopes by class (classes left out keep those of ``full``).
    include : sequence of str
        Classes that are off by default: ``SWITCHES``.
    pair : str
        Pair of indices for infrastructure; the default one when empty.
    indicators : mapping of str to str
        Indicator by class (``INDICATORS``); log-linear otherwise.

    Raises
    ------
    BadInput
        A date that is none or outside the data, an unknown scope, class, pair or indicator.
    MissingData
        In vintage mode, a class of which nothing had been published by the date.
    """
    when = _day(date, scopes, vintage=vintage, pair=pair, include=include)
    index = pd.DatetimeIndex([pd.Timestamp(when)])
    paths = world_paths(index, vintage=vintage, scopes=scopes, include=include, pair=pair, indicators=indicators)
    for name, path in paths.items():
        if path.table["kind"].iloc[0] is None:
            raise MissingData("not_published", field=name, value=when, first=path.first_known)
    sizes = {name: float(path.table["usd_bn"].iloc[0]) for name, path in paths.items()}
    total = sum(sizes.values())
    return WorldWeights(
        date=when,
        vintage=vintage,
        weights={name: value / total for name, value in sizes.items()},
        sizes_usd_bn=sizes,
        kind={name: str(path.table["kind"].iloc[0]) for name, path in paths.items()},
        sources={name: [item.to_dict() for item in path.behind(when)] for name, path in paths.items()},
        scopes={name: path.scope for name, path in paths.items()},
        indicators={name: path.indicator for name, path in paths.items()},
        ratio=rule.ratio(pair).to_dict(),
        notes=_notes(paths, when),
    )


def world_paths(
    index: pd.DatetimeIndex | None = None,
    *,
    vintage: bool = False,
    scopes: Scopes = "full",
    include: Sequence[str] = (),
    pair: str = "",
    indicators: Mapping[str, str] | None = None,
) -> dict[str, SizePath]:
    """Paths of all classes on the same dates; ``month_ends`` of the whole span by default."""
    chosen, asked = _scopes(scopes), dict(indicators or {})
    days = month_ends(scopes) if index is None else index
    names = (*chosen, *_switched(include))
    paths = {
        name: size_path(name, days, scope=chosen.get(name, ""), vintage=vintage, indicator=asked.pop(name, None))
        for name in names
    }
    if asked:
        raise BadInput("unknown_choice", field="indicators", value=next(iter(asked)), accepted=", ".join(names))
    paths["infrastructure"] = infrastructure_path(paths["real_estate"], pair)
    return {name: paths[name] for name in (*CLASSES, *SWITCHES) if name in paths}


def size_path(
    asset_class: str,
    dates: pd.DatetimeIndex,
    *,
    scope: str = "",
    vintage: bool = False,
    indicator: str | pd.Series | None = None,
    halflife_days: float | None = None,
) -> SizePath:
    """The size of one class on given dates.

    Parameters
    ----------
    indicator : str or Series, optional
        A name of ``INDICATORS``, or levels of one's own (a price or a total-return index may move
        a size; it never is one). Log-linear without.
    halflife_days : float, optional
        Smoothing of the indicator (``engine.world.denton.smoothed``).

    Raises
    ------
    BadInput
        The class, scope or indicator is not known, or the indicator does not cover the sizes.
    """
    chosen, sizes = scope_of(asset_class, scope), anchors(asset_class, scope)
    levels = indicator_levels(asset_class, indicator) if isinstance(indicator, str) else indicator
    if levels is not None and halflife_days is not None:
        levels = smoothed(levels, halflife_days)
    make = _vintage if vintage else _hindsight
    table = make(sizes, pd.DatetimeIndex(dates), levels, chosen.breaks)
    name = LOG_LINEAR if levels is None else str(levels.name or "indicator")
    return SizePath(asset_class, chosen.id, table, name, sizes, chosen.breaks, vintage, levels, halflife_days)


def infrastructure_path(real_estate: SizePath, pair: str = "") -> SizePath:
    """Real estate x the ratio of a pair: assumed between the pair's two dates, extrapolated outside them.

    In vintage mode it is missing until both capitalisations of the pair had been published.
    """
    found = rule.ratio(pair)
    table = real_estate.table.copy()
    days = pd.DatetimeIndex(table.index)
    inside = (days >= pd.Timestamp(found.first)) & (days <= pd.Timestamp(found.last))
    unknown = table["kind"].isna().to_numpy() | (real_estate.vintage & (days < pd.Timestamp(found.known)))
    sure = inside & (table["kind"] != "extrapolated").to_numpy()
    table["usd_bn"] = np.where(unknown, np.nan, table["usd_bn"] * found.value)
    table["kind"] = pd.Series(np.where(sure, "assumed", "extrapolated"), index=days, dtype=object).where(~unknown, None)
    return replace(real_estate, asset_class="infrastructure", scope=found.pair, table=table, ratio=found)


def default_date(
    scopes: Scopes = "full", *, vintage: bool = False, pair: str = "", include: Sequence[str] = ()
) -> dt.date:
    """The latest day on which all four classes have a size that is not carried forward.

    The earliest of the last dated sizes of equity, bonds and real estate (infrastructure follows
    real estate). In vintage mode, the day by which the figures behind it, and a size of every
    class of ``include``, had been published.
    """
    sizes = {name: anchors(name, scope) for name, scope in _scopes(scopes).items()}
    latest = min(own[-1].as_of for own in sizes.values())
    if not vintage:
        return latest
    known = [[item.known for item in own if item.as_of <= latest] or [own[0].known] for own in sizes.values()]
    switched = [anchors(name)[0].known for name in include]
    return max(rule.ratio(pair).known, *(days[-1] for days in known), *switched)


def span(scopes: Scopes = "full") -> tuple[dt.date, dt.date]:
    """First and last day that can be asked for: the first dated size of any class, the newest market data."""
    first = min(anchors(name, scope)[0].as_of for name, scope in _scopes(scopes).items())
    last = load("sp500_monthly_total_return").last
    return first, last or first


def month_ends(scopes: Scopes = "full") -> pd.DatetimeIndex:
    """Month ends of the whole span."""
    first, last = span(scopes)
    return pd.date_range(first, last, freq="ME", name="date")


def path_dates(scopes: Scopes = "full", include: Sequence[str] = ()) -> pd.DatetimeIndex:
    """Month ends of the whole span and the days of all dated sizes, so that a path shows every size it passes."""
    wanted = {**_scopes(scopes), **dict.fromkeys(_switched(include), "")}
    first, last = span(scopes)
    dated = [item.as_of for name, scope in wanted.items() for item in anchors(name, scope)]
    days = pd.DatetimeIndex(sorted({pd.Timestamp(day) for day in dated if first <= day <= last}))
    return month_ends(scopes).union(days).rename("date")


def hindsight_gap(asset_class: str, dates: pd.DatetimeIndex, **options: Any) -> pd.DataFrame:
    """``hindsight_gaps`` of one class."""
    return hindsight_gaps(dates, **options)[asset_class]


def hindsight_gaps(dates: pd.DatetimeIndex, **options: Any) -> dict[str, pd.DataFrame]:
    """What was known beside what is known now, by class: ``vintage``, ``hindsight`` (USD bn) and ``difference``.

    The difference is vintage / hindsight - 1, NaN where nothing had been published. Where
    ``same_coverage`` is false, the newest published size still counted what the one known now
    no longer does: part of the difference is a change of coverage.

    Parameters
    ----------
    **options
        As of ``world_paths``.
    """
    then, now = (world_paths(dates, vintage=mode, **options) for mode in (True, False))
    return {name: _gap(then[name].table, now[name].table) for name in now}


def _gap(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    old, new = then["usd_bn"], now["usd_bn"]
    same = then["segment"] == now["segment"]
    return pd.DataFrame({"vintage": old, "hindsight": new, "difference": old / new - 1, "same_coverage": same})


def indicator_levels(asset_class: str, name: str) -> pd.Series:
    """Levels of a named indicator at month ends, 1.0 before its first month.

    ``sp500_price``: the S&P 500 price index (US shares only, without dividends).

    Raises
    ------
    BadInput
        The class has no indicator of this name.
    """
    accepted = INDICATORS.get(asset_class, ())
    if name not in accepted:
        told = ", ".join(accepted) or "none (log-linear)"
        raise BadInput("unknown_choice", field=f"indicator of {asset_class}", value=name, accepted=told)
    returns = load("sp500_monthly_total_return").frame["sp500_price_pct"].dropna() / 100.0
    return (1.0 + returns).cumprod().rename(name)


def _hindsight(
    sizes: Sequence[Anchor], dates: pd.DatetimeIndex, levels: pd.Series | None, breaks: Sequence[dt.date]
) -> pd.DataFrame:
    known = as_series(sizes)
    made = log_linear(known, dates, breaks=breaks) if levels is None else denton(known, levels, dates, breaks=breaks)
    kind = np.where(made.extrapolated, "extrapolated", "interpolated").astype(object)
    for item in sizes:
        kind[dates == pd.Timestamp(item.as_of)] = "reported" if item.kind == "reported" else "assumed"
    return pd.DataFrame({"usd_bn": made.path, "kind": kind, "segment": made.segment})


def _vintage(
    sizes: Sequence[Anchor], dates: pd.DatetimeIndex, levels: pd.Series | None, breaks: Sequence[dt.date]
) -> pd.DataFrame:
    """On each date the newest size published by then, moved by the indicator since its own date."""
    table = pd.DataFrame({"usd_bn": np.nan, "kind": None, "segment": 0}, index=dates).astype({"kind": object})
    for item in sizes:  # oldest first: from its publication on, a newer size takes the place of an older one
        rows = dates >= pd.Timestamp(item.known)
        own = as_series([item])
        made = log_linear(own, dates[rows]) if levels is None else denton(own, levels, dates[rows])
        table.loc[rows, "usd_bn"] = made.path
        table.loc[rows, "kind"] = "extrapolated"
        table.loc[rows & (dates == pd.Timestamp(item.as_of)), "kind"] = (
            "reported" if item.kind == "reported" else "assumed"
        )
        table.loc[rows, "segment"] = sum(item.as_of >= day for day in breaks)
    return table


def _switched(include: Sequence[str]) -> tuple[str, ...]:
    """Classes switched on, in the order of ``SWITCHES``; an unknown one is refused."""
    unknown = [name for name in include if name not in SWITCHES]
    if unknown:
        raise BadInput("unknown_choice", field="include", value=unknown[0], accepted=", ".join(SWITCHES))
    return tuple(name for name in SWITCHES if name in include)


def _scopes(scopes: Scopes) -> dict[str, str]:
    """Scope ids of equity, bonds and real estate."""
    if isinstance(scopes, str):
        if scopes not in SCOPE_SETS:
            raise BadInput("unknown_choice", field="scope", value=scopes, accepted=", ".join(SCOPE_SETS))
        return dict(SCOPE_SETS[scopes])
    chosen = dict(SCOPE_SETS["full"])
    for name, scope in scopes.items():
        if name not in chosen:
            raise BadInput("unknown_choice", field="scope", value=name, accepted=", ".join(chosen))
        chosen[name] = scope_of(name, scope).id
    return chosen


def _day(
    given: str | dt.date | None, scopes: Scopes, *, vintage: bool, pair: str, include: Sequence[str] = ()
) -> dt.date:
    if given is None or given == "":
        return default_date(scopes, vintage=vintage, pair=pair, include=_switched(include))
    try:
        day = dt.date.fromisoformat(given) if isinstance(given, str) else pd.Timestamp(given).date()
    except ValueError as error:
        raise BadInput("bad_date", field="date", value=given) from error
    first, last = span(scopes)
    if not first <= day <= last:
        raise BadInput("range_outside", field="date", value=day, first=first, last=last)
    return day


def _notes(paths: Mapping[str, SizePath], day: dt.date) -> tuple[str, ...]:
    """Codes of what a reader must know about the weights of a day."""
    notes = []
    for name, path in paths.items():
        if path.ratio is not None:
            notes += ["infrastructure_ratio_assumed"]
            notes += ["infrastructure_exceeds_real_estate"] if path.ratio.exceeds_real_estate else []
            continue
        notes += [f"{name}_substitute"] if scope_of(name, path.scope).substitute_for else []
        notes += [f"{name}_single_size"] if len(path.sizes) == 1 else []
        notes += [f"{name}_coverage_break"] if _in_break(path, day) else []
        notes += [f"{name}_indicator_held"] if path.indicator_end and path.indicator_end < day else []
        if path.vintage and any(item.known_assumed for item in path.behind(day)):
            notes += [f"{name}_publication_assumed"]
    return (*notes, *(["private_equity_double_counted"] if "private_equity" in paths else []))


def _in_break(path: SizePath, day: dt.date) -> bool:
    """Whether the day lies between the last size of an old coverage and the first of the new one."""
    if path.vintage:
        return False
    before = [item.as_of for item in path.sizes if item.as_of <= day]
    after = [item.as_of for item in path.sizes if item.as_of > day]
    return bool(before and after) and any(before[-1] < mark <= after[0] and before[-1] < day for mark in path.breaks)
