"""Where files are found: the fact tables, and data that ships inside installed packages."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from engine.errors import MissingData

ROOT = Path(__file__).resolve().parents[1]


def facts_dir() -> Path:
    """Folder of the fact tables; ``LODESTAR_FACTS`` replaces the one in the repository."""
    return Path(os.environ.get("LODESTAR_FACTS") or ROOT / "data" / "facts")


def package_file(package: str, inside: str) -> Path:
    """Path of a data file inside an installed package, without importing the package.

    Importing skfolio, arch or linearmodels costs two to three seconds and loads cvxpy; reading
    their files does not. Only the top-level name is looked up: asking for a submodule's spec
    would import its parent.

    Raises
    ------
    MissingData
        The package is not installed or does not carry the file.
    """
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / inside
        if path.is_file():
            return path
    raise MissingData("missing_package_data", field="package", value=f"{package}/{inside}")
