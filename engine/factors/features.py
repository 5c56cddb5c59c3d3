"""What the models know at each month end: macro, market, factor and sleeve state, causally scaled.

Every feature at month end t uses only what had been published by then. Scaling is expanding, so
a value never changes when later data arrive, and every training window sees the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.factors.sleeves import ETF_OF, UNIVERSES, sleeve_returns
from engine.months import month_rows
from engine.sources import BUNDLED, load, using

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


def feature_table(universe: str) -> tuple[Feature, ...]:
    """Every feature of a universe, in the order of the panel's columns."""
    common = MODERN if universe == "factor_etf" else FEATURES
    return common + tuple(
        Feature(f"{kind}_{name}", "sleeve", _FRENCH, 0, reason)
        for kind, reason in (("active_12m", "a year of return above the market"), ("active_1m", "last month's"))
        for name in UNIVERSES[universe][1:]
    )


MODERN: tuple[Feature, ...] = (
    Feature("yield_6m", "macro", "10-year Treasury", 0, "long rates rising or falling"),
    Feature("yield_less_short_rate", "macro", "10-year Treasury, fed funds", 0, "slope of the yield curve"),
    Feature("slope_6m", "macro", "10-year Treasury, fed funds", 0, "curve getting steeper or flatter"),
    Feature("short_rate_12m", "macro", "fed funds", 0, "policy tightening or easing"),
    Feature("inflation_12m", "macro", _CPI, 1, "level of inflation"),
    Feature("inflation_6m", "macro", _CPI, 1, "inflation speeding up or slowing"),
    Feature("real_short_rate", "macro", f"fed funds, {_CPI}", 1, "stance of monetary policy"),
    Feature("unemployment_12m", "macro", "unemployment (BLS)", 1, "labour market getting weaker or stronger"),
    Feature("market_12_1", "market", "French library, S&P 500", 0, "trend of the market without the last month"),
    Feature("market_1", "market", "French library, S&P 500", 0, "last month's market return"),
    Feature("market_volatility_6m", "market", "French library, S&P 500", 0, "risk in the market"),
    Feature("market_drawdown_24m", "market", "French library, S&P 500", 0, "distance below the two-year high"),
    Feature("dispersion_3m", "sleeve", "French library, factor ETFs", 0, "how far apart the sleeves are"),
)
"""Features of the factor-ETF universe: those whose sources run on today; AAA, BAA and the factors end by 2018."""

ETF_START = "2014-02"
"""First whole month of the factor ETFs: sleeves and market before, ETFs and the S&P 500 from here on."""


@dataclass(frozen=True, eq=False)
class History:
    """Everything the features and the sleeves are made of; rows are month ends.

    Attributes
    ----------
    french : DataFrame
        Columns of ``french_portfolios``.
    moodys, cpi, macro : DataFrame
        As known at each month end (publication lag applied).
    etfs : DataFrame
        Monthly total returns of the factor ETFs and of the S&P 500 (``market``).
    bill : Series
        Return of the bill in the month.
    """

    french: pd.DataFrame
    moodys: pd.DataFrame
    cpi: pd.DataFrame
    macro: pd.DataFrame
    etfs: pd.DataFrame
    bill: pd.DataFrame

    @classmethod
    def bundled(cls) -> History:
        """The history that the artifacts were trained on: the bundled data, whatever a refresh put behind them."""
        with using(BUNDLED):
            return cls(
                load("french_portfolios").frame,
                load("moodys_yields").as_known(),
                load("core_cpi").as_known(),
                load("us_macro_monthly").as_known().drop(columns=["source", "as_of"]),
                _etf_returns(),
                load("bill_rate").frame,
            )

    def until(self, last: pd.Timestamp) -> History:
        """What was known at the close of ``last``."""
        return History(*(getattr(self, field.name).loc[:last] for field in fields(self)))


def _etf_returns() -> pd.DataFrame:
    index = load("sp500_total_return").frame["sp500_total_return"]
    prices = load("factor_etfs").frame.assign(market=index)
    months = month_rows(pd.DatetimeIndex(prices.index))
    whole = prices.iloc[months.last[months.ended]].set_axis(months.ends[months.ended])
    return pd.DataFrame(whole.pct_change(fill_method=None).iloc[1:])


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
    raw : DataFrame
        Features before scaling, in their own units, from the start of the history.
    """

    universe: str
    features: pd.DataFrame
    returns: pd.DataFrame
    riskless: pd.Series
    unknown: pd.Series
    raw: pd.DataFrame

    @property
    def active(self) -> pd.DataFrame:
        """Return above the market of every sleeve but the market."""
        return self.returns.iloc[:, 1:].sub(self.returns.iloc[:, 0], axis=0)


def panel(universe: str = "full", history: History | None = None, start: str | None = None) -> Panel:
    """The panel of a universe from ``start`` on (1958-09, or 1963-01 for the factor ETFs).

    Raises
    ------
    BadInput
        The universe is not known.
    """
    given = history or History.bundled()
    modern = universe == "factor_etf"
    returns = _spliced(given) if modern else sleeve_returns(given.french, universe)
    raw = modern_features(given, returns) if modern else raw_features(given, returns)
    scaled = scale(raw).loc[start or ("1963-01" if modern else "1958-09") :]
    _require_no_hole(raw, scaled)
    bill = given.bill["bill_rate"].reindex(scaled.index)
    return Panel(universe, scaled.fillna(0.0), returns.loc[scaled.index], bill, scaled.isna().sum(), raw)


def _require_no_hole(raw: pd.DataFrame, scaled: pd.DataFrame) -> None:
    """Unknown before a feature begins is a stated finding (``Panel.unknown``); a hole after it is an error."""
    for name in raw:
        begun = raw[name].first_valid_index()
        holes = (
            raw.index[raw[name].isna() & (raw.index > begun) & (raw.index >= scaled.index[0])] if begun else raw.index
        )
        if len(holes):
            raise BadInput("missing_value", field=f"feature '{name}'", value=holes[0].date())


def _spliced(history: History) -> pd.DataFrame:
    """Sleeves to 2014-01, the ETFs that follow them (and the S&P 500) after it."""
    before = sleeve_returns(history.french, "factor_etf").loc[lambda table: table.index < ETF_START]
    after = history.etfs.loc[ETF_START:]
    names = {name: "market" if name == "market" else ETF_OF[name] for name in UNIVERSES["factor_etf"]}
    return pd.concat([before, pd.DataFrame({name: after[column] for name, column in names.items()})])


def modern_features(history: History, returns: pd.DataFrame) -> pd.DataFrame:
    """Features before scaling of the factor-ETF universe, from sources that run on today."""
    macro = history.macro.reindex(returns.index)
    short, long = macro["fed_funds_pct"], macro["treasury_10y_pct_avg"]
    inflation = np.log(macro["core_cpi_index_sa"]).diff(12) * 100.0
    columns = {
        "yield_6m": long.diff(6),
        "yield_less_short_rate": long - short,
        "slope_6m": (long - short).diff(6),
        "short_rate_12m": short.diff(12),
        "inflation_12m": inflation,
        "inflation_6m": inflation.diff(6),
        "real_short_rate": short - inflation,
        "unemployment_12m": macro["unemployment_pct_sa"].diff(12),
    }
    return pd.DataFrame(columns | _market_state(returns["market"]) | _sleeve_state(returns))


def scale(raw: pd.DataFrame) -> pd.DataFrame:
    """Expanding z-score, cut at ``CLIP``: a value at t uses values up to t only."""
    past = raw.expanding(MIN_MONTHS)
    return ((raw - past.mean()) / past.std()).clip(-CLIP, CLIP)


def raw_features(history: History, returns: pd.DataFrame) -> pd.DataFrame:
    """Features before scaling, one column each, in the order of the feature table."""
    french = history.french
    yields = history.moodys.reindex(french.index)
    spread = yields["BAA"] - yields["AAA"]
    inflation = (np.log(history.cpi["CPILFESL"]).diff(12) * 100.0).reindex(french.index)
    short = french["RF"].rolling(3).mean() * 1200.0
    macro = {
        "default_spread": spread,
        "default_spread_3m": spread.diff(3),
        "yield_6m": yields["AAA"].diff(6),
        "inflation_12m": inflation,
        "inflation_6m": inflation.diff(6),
        "real_short_rate": short - inflation,
        "short_rate_12m": short.diff(12),
        "yield_less_short_rate": yields["AAA"] - short,
    }
    factors: dict[str, pd.Series] = {}
    for name, column in (("size", "SMB"), ("value", "HML"), ("momentum", "Mom")):
        factors[f"{name}_12m"] = french[column].rolling(12).sum()
        factors[f"{name}_volatility_12m"] = french[column].rolling(12).std()
    factors["value_momentum_correlation_36m"] = french["HML"].rolling(36).corr(french["Mom"])
    return pd.DataFrame(macro | _market_state(returns["market"]) | factors | _sleeve_state(returns))


def _market_state(market: pd.Series) -> dict[str, pd.Series]:
    growth = pd.Series(np.log1p(market), index=market.index)
    level = growth.cumsum()
    return {
        "market_12_1": growth.rolling(12).sum() - growth,
        "market_1": market,
        "market_volatility_6m": market.rolling(6).std(),
        "market_drawdown_24m": level - level.rolling(24, min_periods=12).max(),
    }


def _sleeve_state(returns: pd.DataFrame) -> dict[str, pd.Series]:
    active = returns.drop(columns="market").sub(returns["market"], axis=0)
    year = {f"active_12m_{name}": active[name].rolling(12).sum() for name in active}
    month = {f"active_1m_{name}": active[name] for name in active}
    return {"dispersion_3m": active.std(axis=1).rolling(3).mean()} | year | month
