"""The eight long-only sleeves of the long monthly history.

Seven are portfolios of the French library (size quintile S, value quintile V, momentum quintile
M; 5 is the largest, the cheapest and the strongest). The eighth holds, each year, the four of
twelve industries that were calmest over the 36 months before.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

SLEEVES: dict[str, str] = {
    "market": "Market",
    "big_value": "S5V5",
    "big_momentum": "S5M5",
    "big_growth": "S5V1",
    "mid_value": "S3V5",
    "mid_momentum": "S3M5",
    "small_value": "S1V5",
    "low_volatility": "four calmest industries",
}

INDUSTRIES = ["NoDur", "Durbl", "Manuf", "Enrgy", "Chems", "BusEq", "Telcm", "Utils", "Shops", "Hlth", "Money", "Other"]


def sleeve_returns(french: pd.DataFrame) -> pd.DataFrame:
    """Monthly total returns of the sleeves, decimals; low volatility starts 36 months later (missing before)."""
    columns = {name: french[column] for name, column in SLEEVES.items() if column in french}
    return pd.DataFrame(columns | {"low_volatility": low_volatility(french[INDUSTRIES])})[list(SLEEVES)]


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
