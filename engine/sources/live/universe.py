"""The tables of the ETF universe with refreshed facts, and figures computed from refreshed bars, in the place of the bundled ones.

The computation is ``engine.universe.recompute``, done once a refresh; here its tables are laid over the bundled
ones. Facts that no price tells (names, fees, references and their quality, measured spreads) stay, and so do all
figures of funds that had too few bars.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from engine.errors import LodestarError
from engine.sources.dataset import Dataset, Finding
from engine.sources.facts import FACT_TABLES, cap_finding, last_day, validated
from engine.sources.live.request import malformed

if TYPE_CHECKING:
    from engine.sources.live.datasets import Stored
    from engine.sources.yahoo.merge import CellFinding

COMPUTED = "computed from "
"""How the source of a row begins whose figures were computed from refreshed bars."""

EARLIER = "; bars kept from an earlier refresh"

PARTS: dict[str, tuple[str, ...]] = {
    "price": (
        "first_date", "window_start", "window_end", "n_days", "n_weeks", "vol_ann_pct", "vol_daily_ann_pct", "ret_ann_pct",
        "max_drawdown_pct", "max_drawdown_full_pct", "max_drawdown_full_date", "zero_return_day_share", "zero_return_day_share_2y",
        *(f"{what}_{year}_pct" for what in ("drawdown", "return") for year in (2008, 2020, 2022, 2025)),
    ),
    "tracking": (
        "tracking_start", "tracking_end", "tracking_days", "tracking_error_weekly_pct", "tracking_error_pct",
        "tracking_error_3y_pct", "tracking_error_3y_denoised_pct", "tracking_error_score_pct", "tracking_difference_pct",
        "corr_with_reference", "corr_with_reference_20d",
    ),
    "market": ("beta_to_spy", "corr_with_spy"),
    "volume": (
        "spread_tick_floor_pct", "spread_proxy_pct", "spread_score_pct", "spread_score_basis",
        "median_dollar_volume_usd_m", "dollar_volume_basis",
    ),
}  # fmt: skip
"""Columns of ``etf_statistics`` that are computed together: a fund has all of a part anew, or none."""

_BELOW = frozenset({"merged", "fact_refused", "not_read", "refresh_unused"})
"""Findings of the facts that are told also where prices lie over them."""

_TABLES = {table.name: table for table in FACT_TABLES}


def statistics(base: Dataset | None, stored: Stored) -> Dataset:
    """Bundled rows with the parts that could be computed; the source of a row says which could not."""
    held = _needed(base)
    frame, new = held.frame.set_index("ticker"), _rows(held, stored)
    done = new["parts"].str.split()
    for part, columns in PARTS.items():
        names = new.index[[part in parts for parts in done]]
        for column in columns:
            if column not in new:  # no fund has the part
                continue
            frame.loc[names, column] = new.loc[names, column].to_numpy()
    lacking = [", ".join(part for part in PARTS if part not in parts) for parts in done]
    frame.loc[new.index, "source"] = [
        stored.source + (f"; {parts} as on file" if parts else "") + (EARLIER if late else "")
        for parts, late in zip(lacking, new["earlier"], strict=True)
    ]
    frame.loc[new.index, "as_of"] = _texts(new["as_of"])
    made = _checked(held, stored, frame.reset_index()[list(held.table.columns)])
    return _told(held, stored, made, len(new), _TABLES["etf_statistics"].findings(made))


def funds(base: Dataset | None, stored: Stored) -> Dataset:
    """Bundled facts with prices (closes as traded) and volumes of the refreshed bars, where they are newer."""
    held = _needed(base)
    frame, new = held.frame.set_index("ticker"), _rows(held, stored)
    days = _texts(new["price_as_of"])
    cells: Mapping[str, Sequence[object] | pd.Series] = {
        "price_usd": new["price_usd"],
        "price_as_of": days,
        "price_source": [f"{stored.source}: close"] * len(new),
        "one_cent_tick_pct": (1.0 / new["price_usd"]).round(4),
    }
    for column, values in cells.items():
        frame.loc[new.index, column] = np.asarray(values)
    traded = new["adv_usd_m"].notna()
    frame.loc[new.index[traded], "adv_usd_m"] = new.loc[traded, "adv_usd_m"].round(2).to_numpy()
    frame.loc[new.index[traded], "adv_as_of"] = [
        f"3 months to {day}" for day, there in zip(days, traded, strict=True) if there
    ]
    made = _checked(held, stored, frame.reset_index()[list(held.table.columns)])
    text = (
        f"prices and volumes of {len(new)} of {len(frame)} funds are {stored.source}; fees, sizes and holdings are not"
    )
    note = Finding("computed", "info", text)
    origin = replace(
        held.provenance,
        source=f"{held.provenance.source}; prices and volumes {stored.source}",
        retrieved=f"{held.provenance.retrieved}; prices refreshed {stored.day}",
    )
    below = [one for one in held.findings if one.kind in _BELOW]
    return Dataset(made, origin, (*_TABLES["etf_universe"].findings(made), note, *below, *stored.findings))


def with_facts(base: Dataset | None, stored: Stored) -> Dataset:
    """Bundled facts with what Yahoo knows better (``merge_facts``), each cell with its source and day."""
    held = _needed(base)
    merged, changes = merged_facts(held.frame, stored.frame)
    made = _checked(held, stored, merged)
    cells = [one for one in changes if str(one.kind) in {"filled", "changed"}]
    funds_read = len(set(stored.frame["ticker"]) & set(made["ticker"]))
    text = f"{len(cells)} cells of {funds_read} of {len(made)} funds are of {stored.source}, retrieved {stored.day}"
    unread = [one for one in stored.findings if one.kind == "not_read"]
    found = (*_TABLES["etf_universe"].findings(made), Finding("merged", "info", text), *refusals(changes), *unread)
    origin = replace(
        held.provenance,
        source=f"{held.provenance.source}; newer facts {stored.source}",
        as_of=min(last_day(text) for text in made["as_of"]).date(),
        retrieved=f"{held.provenance.retrieved}; facts refreshed {stored.day}",
    )
    return Dataset(made, origin, found)


def merged_facts(known: pd.DataFrame, frame: pd.DataFrame) -> tuple[pd.DataFrame, tuple[CellFinding, ...]]:
    """The table of the universe with a stored table of facts, and what became of every cell."""
    from engine.sources.yahoo.merge import merge_facts
    from engine.sources.yahoo.stored import facts_of

    return merge_facts(known, facts_of(frame))


def refusals(changes: Sequence[CellFinding]) -> list[Finding]:
    """One finding for each figure that is too far from the one on file, or of a security that is no fund."""
    return [
        Finding(
            "fact_refused", "warning",
            f"{one.ticker} {one.column or 'all figures'}: {one.reason or one.new} refused, {one.old} on file stays",
            one.ticker, None, None, 1, {"column": one.column, "sent": one.new, "on_file": one.old},
            "none made: the figure on file stays",
        )
        for one in changes
        if str(one.kind) in {"refused_jump", "refused_no_fund"}
    ]  # fmt: skip


def shrunk(base: Dataset | None, stored: Stored) -> Dataset:
    """The whole matrix anew, with the intensity it was shrunk with."""
    held = _needed(base)
    names = [str(name) for name in held.table["ticker"]]
    new = _rows(held, stored).reindex(names)
    if new[names].isna().to_numpy().any():
        raise malformed(stored.source, "correlations of other funds than the bundled ones")
    fresh = new["fresh"].to_numpy(dtype=bool)
    origin = held.table["source"] + "; moves with the refreshed funds as on file"
    frame = new[names].rename_axis("ticker").reset_index()
    frame = frame.assign(
        source=np.where(fresh, stored.source, origin), as_of=np.where(fresh, _texts(new["as_of"]), held.table["as_of"])
    )
    made = _checked(held, stored, frame)
    intensity = float(new["shrinkage"].iloc[0])
    built = _told(held, stored, made, int(fresh.sum()), (cap_finding(1.0 - intensity),))
    return replace(built, provenance=replace(built.provenance, parameters={"shrinkage": intensity}))


def pairwise(base: Dataset | None, stored: Stored) -> Dataset:
    """Pairs of two refreshed funds anew, the others as bundled."""
    held = _needed(base)
    every = [str(name) for name in held.table["ticker"]]
    new = _rows(held, stored)
    places = [every.index(name) for name in new.index]
    values = np.array(held.table[every], dtype=float)
    fresh = new[list(new.index)].to_numpy(dtype=float)
    cells = np.ix_(places, places)
    values[cells] = np.where(np.isnan(fresh), values[cells], fresh)
    source, as_of = (np.array(held.table[name], dtype=object) for name in ("source", "as_of"))
    source[places], as_of[places] = stored.source, _texts(new["as_of"])
    frame = pd.DataFrame(values, columns=every)
    frame.insert(0, "ticker", every)
    made = _checked(held, stored, frame.assign(source=source, as_of=as_of))
    return _told(held, stored, made, len(places), _TABLES["etf_correlations_raw"].findings(made))


def _needed(base: Dataset | None) -> Dataset:
    if base is None:
        raise AssertionError("the tables of the universe have a bundled part")
    return base


def _rows(base: Dataset, stored: Stored) -> pd.DataFrame:
    """Computed rows of funds that the bundled table has, in its order."""
    new = stored.frame.set_index("ticker")
    return new.loc[[name for name in base.table["ticker"] if name in new.index]]


def _texts(days: pd.Series) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in pd.to_datetime(days)]


def _checked(base: Dataset, stored: Stored, frame: pd.DataFrame) -> pd.DataFrame:
    """Held to the schema of the bundled table; as strict, because pages read it in its place."""
    try:
        return validated(_TABLES[base.provenance.name], frame)
    except LodestarError as error:
        raise malformed(stored.source, error.message) from error


def _told(base: Dataset, stored: Stored, frame: pd.DataFrame, computed: int, findings: tuple[Finding, ...]) -> Dataset:
    """As old as most of its rows; the others, and how old they are, stand in the findings and in the rows."""
    origin = base.provenance
    as_of = str(frame["as_of"].mode().iloc[-1])
    text = f"{computed} of {len(frame)} funds are {stored.source}; rows on file keep their own date"
    made = replace(
        origin,
        source=f"{stored.source}; {computed} of {len(frame)} funds, else {origin.source}",
        as_of=pd.Timestamp(as_of).date(),
        retrieved=f"{origin.retrieved}; refreshed {stored.day}",
    )
    return Dataset(frame, made, (*findings, Finding("computed", "info", text), *stored.findings))
