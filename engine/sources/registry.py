"""One name per data set, one snapshot of all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache, partial

from engine.errors import BadInput, LodestarError, MissingData
from engine.sources import bundled, derived, snapshots
from engine.sources.dataset import Dataset, Finding
from engine.sources.facts import FACT_TABLES, read_facts
from engine.sources.live.datasets import LIVE

DATASETS: dict[str, Callable[[], Dataset]] = {
    "sp500_price": bundled.sp500_price,
    "sp500_total_return": lambda: derived.sp500_total_return(load("sp500_price"), load("sp500_monthly_total_return")),
    "factor_etfs": bundled.factor_etfs,
    "us_large_caps": bundled.us_large_caps,
    "french_portfolios": bundled.french_portfolios,
    "french_factors": bundled.french_factors,
    "moodys_yields": bundled.moodys_yields,
    "core_cpi": bundled.core_cpi,
    "bill_rate": lambda: derived.bill_rate(load("french_portfolios"), load("us_macro_monthly")),
    **{table.name: partial(read_facts, table) for table in FACT_TABLES},
}


REBUILT = frozenset({"bill_rate"})
"""Derived data sets that are made again from refreshed parts."""


def load(name: str, snapshot: str | None = None) -> Dataset:
    """The data set of that name: bundled, with what a stored refresh put behind it.

    Parameters
    ----------
    snapshot : str or None
        Id of a snapshot, or ``bundled``; None is the one in use (``snapshots.using``, else the current one).

    Raises
    ------
    BadInput
        No data set has this name.
    MissingData
        Its file is missing or broken, no such snapshot, or only a refresh has it and there was none.
    """
    if name not in DATASETS and name not in LIVE:
        raise BadInput("unknown_choice", field="dataset", value=name, accepted=", ".join((*DATASETS, *_refreshed())))
    return _load(name, snapshots.find(snapshot).id)


@lru_cache(maxsize=512)
def _load(name: str, snapshot: str) -> Dataset:
    with snapshots.using(snapshot) as found:
        if found.manifest is None or name in REBUILT:
            return _bundled(name)
        if _stored(name, found):
            return _refreshed_dataset(name, found)
        return _bundled(name) if name not in DATASETS else _load(name, found.base)


def _bundled(name: str) -> Dataset:
    if name not in DATASETS:
        raise MissingData("not_refreshed", field="dataset", value=name)
    return DATASETS[name]()


def _refreshed_dataset(name: str, found: snapshots.Snapshot) -> Dataset:
    """The data set with its stored tables; where one cannot be used, what it would lie on, and that says so."""
    made = _load(name, found.base) if name in DATASETS else None
    for use in LIVE[name].layers:
        if not found.has(use.table):
            continue
        try:
            made = use.build(made, found.table(use.table, use.columns))
        except LodestarError as error:
            if made is None:
                raise
            note = Finding("refresh_unused", "warning", f"the refreshed figures are not used: {error.message}")
            made = replace(made, findings=(*made.findings, note))
    if made is None:
        raise AssertionError("a data set is built from a stored table only where there is one")
    return made


def _stored(name: str, found: snapshots.Snapshot) -> bool:
    """Whether a snapshot has a table of this data set."""
    return name in LIVE and any(found.has(use.table) for use in LIVE[name].layers)


def _refreshed() -> tuple[str, ...]:
    """Data sets that only a refresh can give."""
    return tuple(name for name in LIVE if name not in DATASETS)


def available(snapshot: str | None = None) -> tuple[str, ...]:
    """Names of the data sets of a snapshot: the bundled ones, and what a refresh added."""
    found = snapshots.find(snapshot)
    return (*DATASETS, *(name for name in _refreshed() if _stored(name, found)))


def refreshed(names: Collection[str]) -> frozenset[str]:
    """Those of these data sets whose figures, in the snapshot in use, rest on a stored table."""
    found = snapshots.find()
    return frozenset(name for name in names if _stored(name, found))


def snapshot_id(tables: Collection[str] | None = None) -> str:
    """Id of the snapshot in use; equal ids mean equal numbers.

    With ``tables``: name of the bundled data that count these fact tables only, whatever is stored on top;
    artifacts are made from bundled data and carry it.
    """
    return snapshots.current_id() if tables is None else snapshots.bundled_id(tables)


def status(snapshot: str | None = None) -> list[dict[str, object]]:
    """One row per data set for ``data status``; a broken one carries its error, the others are unaffected."""
    rows: list[dict[str, object]] = []
    for name in available(snapshot):
        try:
            rows.append(load(name, snapshot).to_dict() | {"error": None})
        except LodestarError as error:
            empty = dict.fromkeys(
                (
                    "source",
                    "basis",
                    "frequency",
                    "unit",
                    "currency",
                    "first",
                    "last",
                    "as_of",
                    "retrieved",
                    "rows",
                    "known_at",
                )
            )
            rows.append({"name": name} | empty | {"findings": [], "error": error.to_dict() | {"params": error.params}})
    return rows
