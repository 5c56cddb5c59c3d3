"""A fit between trainings: the artifact's models, on the months that a refresh brought.

It is fitted as training fits (the January window of the year, with its gap of a month) and takes the newest
decision and those after it; decisions taken before stay as they are. The policy becomes a table of a new
snapshot, so that an id goes on naming every number; later refreshes carry it along.
"""

from __future__ import annotations

import base64
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from engine.errors import BadInput, MissingData
from engine.factors.artifacts import code_hash, save_policies
from engine.factors.fits import TABLE, window_of
from engine.factors.live import Live, live
from engine.factors.models import default_ai
from engine.factors.models.mean import MeanPolicy
from engine.factors.walkforward import check
from engine.sources import snapshot_id, snapshots
from engine.store import Lock, open_store, prune

KEYS = ("since",)


@dataclass(frozen=True)
class Refit:
    """What a refit made.

    Attributes
    ----------
    snapshot : str
        The new snapshot, in use from now on.
    year : int
        It is fitted for this January.
    learned, since : date
        Last month whose returns it learned from; first decision it takes.
    """

    snapshot: str
    year: int
    learned: date
    since: date

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"learned": self.learned.isoformat(), "since": self.since.isoformat()}


def refit() -> Refit:
    """Fit the policy of the newest decision's year on the newest snapshot, and put it into a new one; seconds.

    Raises
    ------
    BadInput
        The policy in use is the one of that year already.
    Busy
        A refresh is running.
    MissingData
        Nothing was refreshed, or the snapshot allows no decision after the artifact.
    """
    store = open_store()
    with Lock(store.files) as lock:
        found = snapshots.find(snapshots.newest_id())
        with snapshots.using(found.id):
            going = live()
        if going is None or going.since is None or found.manifest is None:
            raise MissingData("not_refreshed", field="dataset", value="factor_etfs")
        window, learned = window_of(going.newest)
        if window.year <= going.fit.year:
            raise BadInput("refit_not_due", field="year", value=going.fit.year, accepted=going.fit.year + 1)
        policy = _fitted(going)
        row = {"since": going.newest, "year": window.year, "learned": pd.Timestamp(learned), "policy": _text(policy)}
        held = found.manifest.entries
        frame = pd.DataFrame([row])
        if TABLE in held:
            frame = pd.concat([store.table(held[TABLE]), frame], ignore_index=True)
        request = {"snapshot": found.id, "code": code_hash(), "seeds": _seeds(going)}
        now = datetime.now(UTC).isoformat()
        entry = store.keep(frame, TABLE, KEYS, source="engine factors refit", request=request, retrieved_at=now)
        store.publish({**held, TABLE: entry}, lock, base=found.base, code=f"factors refit {code_hash()}")
        prune(store, lock)
    return Refit(snapshot_id(), window.year, learned, going.newest.date())


def _fitted(going: Live) -> MeanPolicy:
    data = going.known.panel
    window, _ = window_of(going.newest)
    check(data, window.train)
    members = [member.fit(data, [window])[0] for member in default_ai(_seeds(going)).members]
    return MeanPolicy(tuple(members))


def _seeds(going: Live) -> int:
    return int(going.made.report["provenance"]["seeds"])


def _text(policy: MeanPolicy) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.npz"
        save_policies(path, [policy])
        return base64.b64encode(path.read_bytes()).decode()
