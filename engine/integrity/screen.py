"""Which detectors may be left out for a ticker because they cannot find anything on it."""

from __future__ import annotations

import numpy as np

from engine.integrity.dividends.paid import FITS
from engine.integrity.table import REQUIRED, Bars

WORTH_WHILE = 20_000
"""Rows of a table from which a compiled pass saves more than loading it costs."""


def suspicions(bars: Bars) -> int:
    """Bits of the detectors that may find something (``kernels``); all of them in doubt."""
    from engine.integrity import kernels  # numba is loaded where a table is large enough to pay for it

    opens, high, low, close, adjusted, volume = (bars[name] for name in REQUIRED)
    return int(
        kernels.suspicions(
            bars.when.astype("datetime64[ns]", copy=False).view(np.int64),
            bars.day.view(np.int64),
            bars.places,
            opens,
            high,
            low,
            close,
            adjusted,
            volume,
            bars["Dividends"],
            bars["Stock Splits"],
            bars["Capital Gains"],
            FITS[bars.frequency],
            "Dividends" in bars.given,
            bars.frequency == "weekly",
        )
    )
