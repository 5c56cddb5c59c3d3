"""Does every series say when its figures became known, and are there vintages of what was on file?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from engine.errors import BadInput
from engine.health.light import Light
from engine.sources.dataset import Basis, Dataset, Frequency
from engine.sources.known import known_on
from engine.sources.live.datasets import LIVE
from engine.store import Manifest

LIBRARY = ("french_portfolios", "french_factors")
"""Paper portfolios dated at month ends, although the library appears later."""


def unruled(data: Dataset) -> list[str]:
    """Columns without a rule that can be read."""
    return [str(name) for name in _numbers(data) if not _reads(data.provenance.rule(str(name)))]


def _numbers(data: Dataset) -> list[str]:
    return [str(name) for name in data.table.select_dtypes("number").columns]


def _reads(rule: str) -> bool:
    try:
        known_on(pd.DatetimeIndex(["2020-01-31"]), rule)
    except BadInput:
        return False
    return True


def point_in_time(data: Dataset, history: Sequence[Manifest], broken: Sequence[str] = ()) -> Light:
    """The light of a data set.

    Parameters
    ----------
    history : sequence of Manifest
        Stored snapshots, oldest first.
    broken : sequence of str
        Stored series that came without a rule.
    """
    origin = data.provenance
    if origin.frequency == Frequency.TABLE:
        return Light("good", "dated_rows")
    columns = _numbers(data)
    bad = [*broken, *unruled(data)]
    if bad:
        return Light("bad", "no_rule", {"columns": len(bad), "names": ", ".join(bad[:5])})
    prices = origin.frequency == Frequency.DAILY and origin.basis in {Basis.PRICE_INDEX, Basis.TOTAL_RETURN}
    if prices and {origin.rule(name) for name in columns} == {"session_close"}:
        return Light("good", "traded")
    kept = vintages(origin.name, history)
    if len(kept) > 1:
        told = {"columns": len(columns), "vintages": len(kept), "since": kept[0][:10]}
        return Light("good", "vintages", told)
    if origin.name in LIBRARY:
        return Light("warning", "late_library")
    return Light("warning", "rules_only", {"columns": len(columns)})


def vintages(name: str, history: Sequence[Manifest]) -> list[str]:
    """Days of retrieval of the different contents of a data set's table."""
    table = LIVE[name].table if name in LIVE else ""
    found: dict[str, str] = {}
    for manifest in history:
        entry = manifest.entries.get(table)
        if entry is not None:
            found.setdefault(entry.content, entry.retrieved_at)
    return list(found.values())
