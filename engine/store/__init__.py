"""Snapshots of downloaded tables: Parquet objects named by their content, a manifest each, one pointer to the current.

A folder by default (``data/store``), any fsspec address by ``LODESTAR_STORE``. A table is a frame with
key columns; what it means (source, basis, dates of knowledge) travels in its entry as plain JSON.
"""

from engine.store.diff import Change, TableDiff, compare
from engine.store.files import ADDRESS_VARIABLE, Files, store_url
from engine.store.lock import Lock
from engine.store.manifest import Entry, Manifest, Piece
from engine.store.retention import prune
from engine.store.snapshots import Pointer, Store, open_store

__all__ = [
    "ADDRESS_VARIABLE",
    "Change",
    "Entry",
    "Files",
    "Lock",
    "Manifest",
    "Piece",
    "Pointer",
    "Store",
    "TableDiff",
    "compare",
    "open_store",
    "prune",
    "store_url",
]
