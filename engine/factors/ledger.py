"""Every configuration that was ever scored against this history, so that luck can be counted.

The ledger opens with the 62 configurations of the feasibility study that preceded this code
(named ``study:...``); training adds its own. A column is one trial's net monthly return.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.factors.artifacts import artifacts_dir


def trials(universe: str) -> pd.DataFrame:
    """Returns of every trial of a universe, one column each; empty when none was scored."""
    path = artifacts_dir() / f"ledger-{universe}.parquet"
    return pd.read_parquet(path).astype(float) if path.is_file() else pd.DataFrame()


def append(universe: str, returns: pd.DataFrame) -> pd.DataFrame:
    """Add trials; one that is there under the same name is replaced, so that a rerun counts once."""
    known = trials(universe)
    merged = pd.concat([known.drop(columns=returns.columns, errors="ignore"), returns], axis=1).sort_index()
    folder = artifacts_dir()
    folder.mkdir(parents=True, exist_ok=True)
    merged.astype(np.float32).to_parquet(folder / f"ledger-{universe}.parquet")
    return merged
