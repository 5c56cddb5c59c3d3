"""One name per data set, one snapshot of all of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection
from functools import cache, partial
from pathlib import Path
from stat import S_ISREG

from engine.errors import BadInput, LodestarError
from engine.paths import facts_dir, package_file
from engine.sources import bundled, derived
from engine.sources.dataset import Dataset
from engine.sources.facts import FACT_TABLES, read_facts

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


def load(name: str) -> Dataset:
    """The data set of that name in the bundled snapshot.

    Raises
    ------
    BadInput
        No data set has this name.
    MissingData
        Its file is missing or broken.
    """
    if name not in DATASETS:
        raise BadInput("unknown_choice", field="dataset", value=name, accepted=", ".join(DATASETS))
    return _load(name, snapshot_id())


@cache
def _load(name: str, snapshot: str) -> Dataset:
    return DATASETS[name]()


def snapshot_id(tables: Collection[str] | None = None) -> str:
    """Name of the bundled snapshot: a hash of every file in it, so that equal ids mean equal numbers.

    With ``tables`` only these fact tables count, beside the package files: the name of what an
    artifact was made from, which a new table elsewhere does not change.
    """
    folder = str(facts_dir())  # once, and plain strings: every line and page asks for the snapshot
    paths = [f"{folder}/{table.name}.csv" for table in FACT_TABLES if tables is None or table.name in tables]
    return _snapshot_id(tuple((path, *_stamp(path)) for path in paths))


def _stamp(path: str) -> tuple[int, int]:
    """Time and size of a file; zeros when it is missing."""
    try:
        facts = os.stat(path)
    except OSError:
        return 0, 0
    return (facts.st_mtime_ns, facts.st_size) if S_ISREG(facts.st_mode) else (0, 0)


@cache
def _snapshot_id(stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, stamp, _ in stamps:
        digest.update(Path(path).read_bytes() if stamp else b"missing")
    for package, inside in bundled.PACKAGE_FILES:
        try:
            digest.update(package_file(package, inside).read_bytes())
        except LodestarError:
            digest.update(b"missing")
    return f"bundled-{digest.hexdigest()[:10]}"


def status() -> list[dict[str, object]]:
    """One row per data set for ``data status``; a broken one carries its error, the others are unaffected."""
    rows: list[dict[str, object]] = []
    for name in DATASETS:
        try:
            rows.append(load(name).to_dict() | {"error": None})
        except LodestarError as error:
            empty = dict.fromkeys(
                ("source", "basis", "frequency", "unit", "currency", "first", "last", "as_of", "retrieved", "rows")
            )
            rows.append({"name": name} | empty | {"findings": [], "error": error.to_dict() | {"params": error.params}})
    return rows
