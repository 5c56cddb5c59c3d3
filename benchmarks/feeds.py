"""A vendor's files of a made-up market: real sessions, names that come and go, one control file.

Returns have a market, two styles and slow momentum in the residual, so that ranking them is not ranking noise; bars
are consistent (low <= open, close <= high), volumes differ by name. Everything follows from one seed.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from engine.rebalance.calendar import sessions

BLOCK = 50
"""Names a file."""


def write_feed(
    folder: Path,
    *,
    panel: str = "us_large_caps",
    names: int,
    first: date,
    last: date,
    seed: int = 0,
    leavers: float = 0.02,
) -> Path:
    """Write the files and their control; the folder."""
    days = sessions(first, last)
    random = np.random.default_rng(seed)
    market = random.normal(3e-4, 0.010, len(days))
    styles = random.normal(0.0, 0.004, (len(days), 2))
    (folder / panel).mkdir(parents=True)
    for start in range(0, names, BLOCK):
        count = min(BLOCK, names - start)
        table = _block(days, market, styles, start, count, np.random.default_rng([seed, start]), leavers)
        table.to_parquet(folder / panel / f"bars-{start // BLOCK:03d}.parquet", index=False)
    control(folder, last, {panel: {"currency": "USD", "source": "a made-up market", "survivors": ""}})
    return folder


def control(folder: Path, session: date, panels: dict[str, dict[str, str]]) -> None:
    """Write the control file of what lies in the folder now."""
    files = {
        str(path.relative_to(folder)): {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for path in sorted(folder.glob("*/*"))
    }
    told = {"session": session.isoformat(), "panels": panels, "files": files}
    (folder / "control.json").write_text(json.dumps(told, indent=1), encoding="utf-8")


def _block(
    days: pd.DatetimeIndex,
    market: np.ndarray,
    styles: np.ndarray,
    start: int,
    count: int,
    random: np.random.Generator,
    leavers: float,
) -> pd.DataFrame:
    size = len(days)
    slow = np.repeat(random.normal(0.0, 4e-4, (size // 126 + 1, count)), 126, axis=0)[:size]
    own = random.normal(0.0, random.uniform(0.008, 0.022, count), (size, count))
    moves = (
        np.outer(market, random.uniform(0.6, 1.4, count)) + styles @ random.normal(0.0, 1.0, (2, count)) + slow + own
    )
    close = np.round(random.uniform(15.0, 180.0, count) * np.exp(np.cumsum(np.clip(moves, -0.3, 0.3), axis=0)), 4) + 0.5
    open_ = np.round(close * np.exp(random.normal(0.0, 0.003, close.shape)), 4)
    high = np.round(np.maximum(close, open_) * (1.0 + random.uniform(0.0, 0.006, close.shape)), 4)
    low = np.round(np.minimum(close, open_) * (1.0 - random.uniform(0.0, 0.006, close.shape)), 4)
    volume = np.round(random.lognormal(14.0, 1.0, count) * random.lognormal(0.0, 0.3, close.shape))
    there = np.ones(close.shape, bool)
    for column in np.flatnonzero(random.uniform(size=count) < leavers):
        there[int(random.uniform(0.6, 0.95) * size) :, column] = False
    keep = there.T.ravel()
    labels = np.repeat([f"N{start + at:04d}" for at in range(count)], size)
    columns = {"Open": open_, "High": high, "Low": low, "Close": close, "Adj Close": close, "Volume": volume}
    table = {"Date": np.tile(days.to_numpy(), count)[keep], "ticker": labels[keep]}
    return pd.DataFrame(table | {name: values.T.ravel()[keep] for name, values in columns.items()})
