"""Where numbers come from: data inside installed packages, fact tables, a reader's own file."""

from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Line, Provenance, require_comparable
from engine.sources.derived import ExchangeRate, latest_rate
from engine.sources.registry import DATASETS, available, load, refreshed, snapshot_id, status
from engine.sources.snapshots import BUNDLED, Snapshot, using
from engine.sources.upload import read_line

__all__ = [
    "BUNDLED",
    "DATASETS",
    "Basis",
    "Dataset",
    "ExchangeRate",
    "Finding",
    "Frequency",
    "Line",
    "Provenance",
    "Snapshot",
    "available",
    "latest_rate",
    "load",
    "read_line",
    "refreshed",
    "require_comparable",
    "snapshot_id",
    "status",
    "using",
]
