"""Fund facts between two refreshes: a figure that did not come again stays with its day, and a day alone is no news."""

from __future__ import annotations

import pandas as pd

from engine.sources import BUNDLED, load
from engine.sources.dataset import Finding
from engine.sources.live.universe import merged_facts, refusals
from engine.sources.yahoo.fields import FIELDS
from engine.sources.yahoo.stored import BESIDE, KEYS, READ, STAMPS
from engine.store.tables import content_hash, prepared

KIND = "yahoo_facts"


def carried(frame: pd.DataFrame, past: pd.DataFrame | None) -> tuple[pd.DataFrame, list[Finding]]:
    """The table with figures of an older one where none came: a spread while the market is closed, say.

    What belongs to a figure (``BESIDE``) and the day it was read go with it.
    """
    if past is None or not set(frame.columns) <= set(past.columns):
        return frame, []
    made = frame.set_index("ticker")
    before = past.set_index("ticker").reindex(made.index)
    found = []
    for field in FIELDS:
        gone = made[field].isna() & before[field].notna()
        if not gone.any():
            continue
        for column in (field, READ[field], *BESIDE.get(field, ())):
            made[column] = made[column].where(~gone, before[column])
        names = ", ".join(map(str, made.index[gone]))
        found.append(Finding("kept", "info", f"{field}: not told this time; what was read before is kept: {names}"))
    return made.reset_index(), found


def refused(frame: pd.DataFrame) -> list[Finding]:
    """Figures of the table that the bundled universe does not take."""
    return refusals(merged_facts(load("etf_universe", BUNDLED).frame, frame)[1])


def seen_before(frame: pd.DataFrame, past: pd.DataFrame) -> bool:
    """Whether two tables differ at most in the days on which their figures were read."""
    one, other = (
        content_hash(prepared(table, KEYS).drop(columns=list(STAMPS), errors="ignore")) for table in (frame, past)
    )
    return one == other
