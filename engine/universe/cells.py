"""One cell or one row of a frame, by label; the stubs know only that it may be anything."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

Row = Mapping[Hashable, Any]
"""One fund's figures by column name."""


def cell(frame: pd.DataFrame, row: object, column: str) -> Any:
    """The value at a label."""
    return frame.at[row, column]


def row(frame: pd.DataFrame, label: object) -> Any:
    """A row as a Series."""
    return frame.loc[label]  # type: ignore[call-overload]
