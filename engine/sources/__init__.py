"""Where numbers come from: data inside installed packages, fact tables, a reader's own file."""

from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Line, Provenance, require_comparable
from engine.sources.derived import ExchangeRate, latest_rate
from engine.sources.registry import DATASETS, load, snapshot_id, status
from engine.sources.upload import read_line

__all__ = [
    "DATASETS",
    "Basis",
    "Dataset",
    "ExchangeRate",
    "Finding",
    "Frequency",
    "Line",
    "Provenance",
    "latest_rate",
    "load",
    "read_line",
    "require_comparable",
    "snapshot_id",
    "status",
]
