"""Long-only portfolios of the monthly history that stand for well-known factors.

Most are portfolios of the French library (size quintile S, value quintile V, momentum quintile
M; 5 is the largest, the cheapest and the strongest). Low volatility holds, each year, the four
of twelve industries that were calmest over the 36 months before.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

from engine.errors import BadInput

COLUMNS: dict[str, str] = {
    "market": "Market",
    "big_value": "S5V5",
    "big_momentum": "S5M5",
    "big_growth": "S5V1",
    "big_core": "S5V3",
    "big_middle_momentum": "S5M3",
    "mid_core": "S3V3",
    "mid_value": "S3V5",
    "mid_momentum": "S3M5",
    "small_value": "S1V5",
    "low_volatility": "four calmest industries",
}
"""Every sleeve and the French portfolio it is."""

UNIVERSES: dict[str, tuple[str, ...]] = {
    "full": (
        "market",
        "big_value",
        "big_momentum",
        "big_growth",
        "mid_value",
        "mid_momentum",
        "small_value",
        "low_volatility",
    ),
    "large_cap": (
        "market",
        "big_value",
        "big_momentum",
        "big_growth",
        "low_volatility",
        "big_core",
        "big_middle_momentum",
    ),
    "factor_etf": ("market", "big_momentum", "big_value", "low_volatility", "mid_core"),
}
"""What a strategy may hold: all sleeves, only those a large-cap fund can buy, or those that a factor ETF follows.

The market comes first."""

ETF_OF: dict[str, str] = {
    "market": "QUAL",
    "big_momentum": "MTUM",
    "big_value": "VLUE",
    "low_volatility": "USMV",
    "mid_core": "SIZE",
}
"""The factor ETF that continues each sleeve of ``factor_etf`` from 2014 on.

Quality has no sleeve in the long history: QUAL takes the weight that the model leaves to the market."""

SLEEVES: dict[str, str] = {name: COLUMNS[name] for name in UNIVERSES["full"]}
"""The eight sleeves of the full universe."""

INDUSTRIES = [
    "NoDur",
    "Durbl",
    "Manuf",
    "Enrgy",
    "Chems",
    "BusEq",
    "Telcm",
    "Utils",
    "Shops",
    "Hlth",
    "Money",
    "Other",
]


def sleeve_returns(french: pd.DataFrame, universe: str = "full") -> pd.DataFrame:
    """Monthly total returns of a universe's sleeves, decimals; low volatility starts 36 months later (missing before).

    Raises
    ------
    BadInput
        The universe is not known.
    """
    if universe not in UNIVERSES:
        raise BadInput("unknown_choice", field="universe", value=universe, accepted=", ".join(UNIVERSES))
    columns = {name: french[column] for name, column in COLUMNS.items() if column in french}
    return pd.DataFrame(columns | {"low_volatility": low_volatility(french[INDUSTRIES])})[list(UNIVERSES[universe])]


def low_volatility(industries: pd.DataFrame, window: int = 36, hold: int = 4) -> pd.Series:
    """Equal mix of the ``hold`` calmest columns, chosen each January from the ``window`` months before.

    Chosen first when ``window`` months exist, then every January, from returns up to the month
    before: nothing of the month that is earned enters the choice.
    """
    months = pd.DatetimeIndex(industries.index)
    known = industries.rolling(window).std().shift(1).to_numpy()
    returns = industries.to_numpy(dtype=float)
    result = np.full(len(months), np.nan)
    choices = [row for row in range(window, len(months)) if row == window or months[row].month == 1]
    for row, until in pairwise([*choices, len(months)]):
        calmest = np.argsort(known[row], kind="stable")[:hold]
        result[row:until] = returns[row:until, calmest].mean(axis=1)
    return pd.Series(result, index=months, name="low_volatility")
