"""Made markets: shares that follow three factors, with the troubles of real ones where a test asks for them."""

import numpy as np
import pandas as pd

from engine.momentum import Factors, make


def factors(ends, seed=0, lag=2):
    g = np.random.default_rng(seed + 7)
    spread = g.normal([0.006, 0.001, 0.002], [0.045, 0.03, 0.03], (len(ends), 3))
    table = pd.DataFrame(spread, index=ends, columns=["Mkt-RF", "SMB", "HML"])
    return Factors(table.assign(RF=0.002), lag, "made up")


def monthly_returns(model, names, seed=0, drift=0.0):
    """Shares with factor loadings and residuals; with ``drift``, residuals persist: momentum that is there."""
    g = np.random.default_rng(seed)
    loads = g.normal([1.0, 0.3, 0.2], 0.4, (names, 3))
    own = g.normal(0.0, 0.07, (len(model.table), names))
    if drift:
        quiet = g.normal(0.0, drift, (len(model.table) // 24 + 1, names))
        own += np.repeat(quiet, 24, axis=0)[: len(own)]
    spread = model.table[["Mkt-RF", "SMB", "HML"]].to_numpy()
    return np.clip(0.002 + spread @ loads.T + own, -0.7, 1.5)


def monthly(names=40, months=150, seed=0, drift=0.0):
    """A panel of month ends and its factors."""
    ends = pd.date_range("1995-01-31", periods=months, freq="ME")
    model = factors(ends, seed)
    level = 100 * np.cumprod(1 + monthly_returns(model, names, seed, drift), axis=0)
    return pd.DataFrame(level, index=ends, columns=[f"N{i:02d}" for i in range(names)]), model


def daily(names=24, months=130, seed=0):
    """Sessions whose months follow the same factors."""
    days = pd.bdate_range("1995-01-02", periods=int(months * 21.75))
    ends = pd.date_range("1995-01-31", days[-1] + pd.offsets.MonthEnd(0), freq="ME")
    model = factors(ends, seed)
    monthly_part = monthly_returns(model, names, seed)
    g = np.random.default_rng(seed + 1)
    month = days.to_period("M").astype("int64").to_numpy()
    step = monthly_part[month - month[0]] / 21 + g.normal(0, 0.01, (len(days), names))
    level = 50 * np.exp(np.cumsum(step, axis=0))
    return pd.DataFrame(level, index=days, columns=[f"N{i:02d}" for i in range(names)]), model


def troubled(seed=0):
    """Daily prices in which six names end, three begin late and one rests for a month, with spells and values."""
    prices, model = daily(names=30, months=130, seed=seed)
    g = np.random.default_rng(seed + 2)
    for column in range(6):
        prices.iloc[int(g.integers(1900, 2600)) :, column] = np.nan
    for column in range(6, 9):
        prices.iloc[: int(g.integers(200, 700)), column] = np.nan
    prices.iloc[2100:2122, 9] = np.nan
    spells = pd.DataFrame(
        {"ticker": prices.columns, "first": prices.index[0], "last": [pd.NaT] * 28 + [prices.index[2300]] * 2}
    )
    return make(prices, name="troubled", spells=spells), model
