"""What the models know at each month end: macro, market, factor and sleeve state, causally scaled.

Every feature at month end t uses only what had been published by then. Scaling is expanding, so
a value never changes when later data arrive, and every training window sees the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from engine.factors.sleeves import UNIVERSES, sleeve_returns
from engine.sources import load

MIN_MONTHS = 60
"""Months before a feature is scaled; earlier it is unknown and counts as its mean (zero)."""

CLIP = 3.0
"""Scaled features beyond this many deviations are cut."""


@dataclass(frozen=True)
class Feature:
    """One row of the feature table.

    Attributes
    ----------
    group : str
        ``macro``, ``market``, ``factor`` or ``sleeve``.
    lag_months : int
        Months between the period measured and the month end at which it counts as known.
    """

    name: str
    group: str
    source: str
    lag_months: int
    reason: str


_MOODYS, _CPI, _BILL, _FRENCH = "Moody's AAA, BAA", "core CPI (BLS)", "one-month bill", "French library"

FEATURES: tuple[Feature, ...] = (
    Feature("default_spread", "macro", _MOODYS, 1, "price of credit risk; wide in recessions"),
    Feature("default_spread_3m", "macro", _MOODYS, 1, "credit getting dearer or cheaper"),
    Feature("yield_6m", "macro", _MOODYS, 1, "long rates rising or falling"),
    Feature("inflation_12m", "macro", _CPI, 1, "level of inflation"),
    Feature("inflation_6m", "macro", _CPI, 1, "inflation speeding up or slowing"),
    Feature("real_short_rate", "macro", f"{_BILL}, {_CPI}", 1, "stance of monetary policy"),
    Feature("short_rate_12m", "macro", _BILL, 0, "policy tightening or easing"),
    Feature("yield_less_short_rate", "macro", f"{_MOODYS}, {_BILL}", 1, "slope of the yield curve"),
    Feature("market_12_1", "market", _FRENCH, 0, "trend of the market without the last month"),
    Feature("market_1", "market", _FRENCH, 0, "last month's market return"),
    Feature("market_volatility_6m", "market", _FRENCH, 0, "risk in the market"),
    Feature("market_drawdown_24m", "market", _FRENCH, 0, "distance below the two-year high"),
    Feature("size_12m", "factor", _FRENCH, 0, "momentum of the size factor"),
    Feature("size_volatility_12m", "factor", _FRENCH, 0, "risk of the size factor"),
    Feature("value_12m", "factor", _FRENCH, 0, "momentum of the value factor"),
    Feature("value_volatility_12m", "factor", _FRENCH, 0, "risk of the value factor"),
    Feature("momentum_12m", "factor", _FRENCH, 0, "momentum of the momentum factor"),
    Feature("momentum_volatility_12m", "factor", _FRENCH, 0, "risk of the momentum factor"),
    Feature("value_momentum_correlation_36m", "factor", _FRENCH, 0, "whether value and momentum diversify"),
    Feature("dispersion_3m", "sleeve", _FRENCH, 0, "how far apart the sleeves are"),
)
"""Features that do not belong to one sleeve; each sleeve adds its 12-month and its last active return."""


def sleeve_features(universe: str) -> tuple[Feature, ...]:
    """The two features of each sleeve but the market."""
    return tuple(
        Feature(f"{kind}_{name}", "sleeve", _FRENCH, 0, reason)
        for kind, reason in (("active_12m", "a year of return above the market"), ("active_1m", "last month's"))
        for name in UNIVERSES[universe][1:]
    )


@dataclass(frozen=True, eq=False)
class History:
    """Everything the features and the sleeves are made of; rows are month ends.

    Attributes
    ----------
    french : DataFrame
        Columns of ``french_portfolios``.
    moodys, cpi : DataFrame
        As known at each month end (publication lag applied).
    """

    french: pd.DataFrame
    moodys: pd.DataFrame
    cpi: pd.DataFrame

    @classmethod
    def bundled(cls) -> History:
        """The history of the current snapshot."""
        return cls(load("french_portfolios").frame, load("moodys_yields").as_known(), load("core_cpi").as_known())

    def until(self, last: pd.Timestamp) -> History:
        """What was known at the close of ``last``."""
        return History(*(getattr(self, field.name).loc[:last] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Panel:
    """What a model is trained on: features and returns on the same month ends.

    Attributes
    ----------
    features : DataFrame, shape (T, F)
        Scaled, known at each month end; an unknown value is 0.0, the mean.
    returns : DataFrame, shape (T, N)
        Total return of each sleeve in the month, decimals; the market is the first column.
    riskless : Series, shape (T,)
        Return of the one-month bill in the month.
    unknown : Series, shape (F,)
        Months in which each feature was unknown and counted as its mean.
    """

    universe: str
    features: pd.DataFrame
    returns: pd.DataFrame
    riskless: pd.Series
    unknown: pd.Series

    @property
    def active(self) -> pd.DataFrame:
        """Return above the market of every sleeve but the market."""
        return self.returns.iloc[:, 1:].sub(self.returns.iloc[:, 0], axis=0)


def panel(universe: str = "full", history: History | None = None, start: str = "1958-09") -> Panel:
    """The panel of a universe from ``start`` on.

    Raises
    ------
    BadInput
        The universe is not known.
    """
    given = history or History.bundled()
    returns = sleeve_returns(given.french, universe)
    scaled = scale(raw_features(given, returns)).loc[start:]
    known = returns.loc[scaled.index]
    return Panel(universe, scaled.fillna(0.0), known, given.french["RF"].loc[scaled.index], scaled.isna().sum())


def scale(raw: pd.DataFrame) -> pd.DataFrame:
    """Expanding z-score, cut at ``CLIP``: a value at t uses values up to t only."""
    past = raw.expanding(MIN_MONTHS)
    return ((raw - past.mean()) / past.std()).clip(-CLIP, CLIP)


def raw_features(history: History, returns: pd.DataFrame) -> pd.DataFrame:
    """Features before scaling, one column each, in the order of the feature table."""
    french = history.french
    months = french.index
    yields = history.moodys.reindex(months)
    spread = yields["BAA"] - yields["AAA"]
    inflation = (np.log(history.cpi["CPILFESL"]).diff(12) * 100.0).reindex(months)
    short = french["RF"].rolling(3).mean() * 1200.0
    market = returns["market"]
    growth = pd.Series(np.log1p(market), index=months)
    level = growth.cumsum()
    active = returns.drop(columns="market").sub(market, axis=0)
    columns: dict[str, pd.Series] = {
        "default_spread": spread,
        "default_spread_3m": spread.diff(3),
        "yield_6m": yields["AAA"].diff(6),
        "inflation_12m": inflation,
        "inflation_6m": inflation.diff(6),
        "real_short_rate": short - inflation,
        "short_rate_12m": short.diff(12),
        "yield_less_short_rate": yields["AAA"] - short,
        "market_12_1": growth.rolling(12).sum() - growth,
        "market_1": market,
        "market_volatility_6m": market.rolling(6).std(),
        "market_drawdown_24m": level - level.rolling(24, min_periods=12).max(),
    }
    for name, column in (("size", "SMB"), ("value", "HML"), ("momentum", "Mom")):
        columns[f"{name}_12m"] = french[column].rolling(12).sum()
        columns[f"{name}_volatility_12m"] = french[column].rolling(12).std()
    columns["value_momentum_correlation_36m"] = french["HML"].rolling(36).corr(french["Mom"])
    columns["dispersion_3m"] = active.std(axis=1).rolling(3).mean()
    columns |= {f"active_12m_{name}": active[name].rolling(12).sum() for name in active}
    columns |= {f"active_1m_{name}": active[name] for name in active}
    return pd.DataFrame(columns)
