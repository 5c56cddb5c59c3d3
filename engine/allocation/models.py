"""Model portfolios by name, and from a file."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import pandas as pd

from engine.allocation.universe import all_tickers
from engine.errors import BadInput
from engine.sources import snapshot_id
from engine.universe import BLOCKS

_ELEVEN = {
    "VTI": 0.28, "VEA": 0.125, "VWO": 0.05, "BND": 0.155, "BNDX": 0.175, "EMB": 0.02, "HYG": 0.02, "VNQ": 0.07,
    "VNQI": 0.05, "IGF": 0.03, "GLDM": 0.025,
}  # fmt: skip

MODELS: dict[str, dict[str, float]] = {
    "world11": _ELEVEN,
    "seed4": {"VOO": 0.36, "VEA": 0.16, "VWO": 0.08, "BND": 0.40},
    "eq3": {"VOO": 0.60, "VEA": 0.27, "VWO": 0.13},
    "costly9": {
        "SPY": 0.30, "QQQ": 0.10, "IWM": 0.05, "EFA": 0.15, "IEMG": 0.10, "LQD": 0.10, "TLT": 0.08, "VNQ": 0.07, "GLD": 0.05,
    },
    "cautious13": {
        "VTI": 0.15, "VEA": 0.07, "VWO": 0.03, "AGG": 0.20, "BNDX": 0.15, "SHY": 0.10, "TIP": 0.08, "LQD": 0.07,
        "HYG": 0.03, "VNQ": 0.04, "VNQI": 0.02, "IGF": 0.03, "GLD": 0.03,
    },
}  # fmt: skip


NAMES = ("world", *MODELS)
"""Every model with a name; ``world`` is made of the market sizes of the day, the others are fixed."""


def world_model() -> pd.Series:
    """The world portfolio in the best-ranked fund of each block; see ``engine.world``."""
    return _world_model(snapshot_id()).copy()


@cache
def _world_model(snapshot: str) -> pd.Series:
    from engine.world.blocks import block_weights
    from engine.world.implement import ranked_funds, to_funds

    return to_funds(block_weights(), ranked_funds()).weights


def model(name: str) -> pd.Series:
    """Weights of a named model, or of a CSV file with the columns ``ticker`` and ``weight`` (decimals).

    A ticker may also be the name of a look-through block such as ``us_equity``.

    Raises
    ------
    BadInput
        Neither a name nor a readable file, or a ticker that is in no table.
    """
    if name == "world":
        return world_model()
    if name in MODELS:
        return pd.Series(MODELS[name], name="weight")
    if not name.lower().endswith(".csv") or not Path(name).is_file():
        raise BadInput("unknown_choice", field="model", value=name, accepted=", ".join([*NAMES, "FILE.csv"]))
    return read_shares(Path(name), "model", "weight")


def read_shares(path: Path, field: str, column: str, content: bytes | None = None) -> pd.Series:
    """Two columns, ``ticker`` and ``column``, of a CSV file; the numbers are checked where they are used.

    ``content`` stands in for the file, which then gives only its name.

    Raises
    ------
    BadInput
        Not such a file, or a ticker that is in no table.
    """
    try:
        table = pd.read_csv(
            path if content is None else BytesIO(content),
            dtype={"ticker": str},
            keep_default_na=False,
            encoding="utf-8-sig",
        )
    except (OSError, ValueError) as error:
        raise BadInput("upload_unreadable", field=field, value=path.name) from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    if not {"ticker", column} <= set(table.columns) or table.empty:
        raise BadInput(
            "bad_number", field=field, value=path.name, accepted=f"a CSV file with the columns ticker and {column}"
        )
    names = [text.strip() if text.strip() in BLOCKS else text.strip().upper() for text in table["ticker"]]
    known = all_tickers()
    for name in names:
        if name not in known and name not in BLOCKS:
            raise BadInput(
                "unknown_choice",
                field=field,
                value=name,
                accepted="tickers of the ETF universe, or look-through blocks",
            )
    return pd.Series(table[column].to_list(), index=names, name=column)
