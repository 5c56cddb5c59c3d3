"""Bars of made-up funds with a market, groups, closing noise, distributions and young members."""

import numpy as np
import pandas as pd

from engine.sources import load

LAST = pd.Timestamp("2026-11-24")


def statistics():
    return load("etf_statistics", "bundled").frame.set_index("ticker")


def long(tickers, *, start="2012-01-02", last=LAST, seed=0, young=(), holes=()):
    """Long bars as a refresh stores them; the tickers of one word group move alike.

    ``young`` maps a ticker to its first day, ``holes`` a ticker to days without a bar.
    """
    days = pd.bdate_range(start, last)
    draws = np.random.default_rng(seed)
    market = draws.normal(0.0004, 0.010, len(days))
    groups = {name: draws.normal(0.0, 0.006, len(days)) for name in range(7)}
    young, holes, rows = dict(young), dict(holes), []
    for place, ticker in enumerate(tickers):
        own = np.random.default_rng([seed, place])
        returns = (0.4 + 0.1 * (place % 9)) * market + groups[place % 7] + own.normal(0.0, 0.0008, len(days))
        adjusted = (30.0 + 7.0 * place) * np.cumprod(1.0 + returns) * np.exp(own.normal(0.0, 0.0003, len(days)))
        paid = np.zeros(len(days))
        paid[63::63] = 0.004
        close = adjusted / adjusted[-1] * 55.5 * np.exp(np.cumsum(paid[::-1])[::-1] - paid)
        volume = own.lognormal(13.0 + place % 4, 0.4, len(days)).round()
        table = pd.DataFrame({"ticker": ticker, "date": days, "close": close, "adj_close": adjusted, "volume": volume})
        kept = ~table["date"].isin(pd.to_datetime(list(holes.get(ticker, ())))) & (
            table["date"] >= pd.Timestamp(young.get(ticker, start))
        )
        rows.append(table[kept])
    return pd.concat(rows, ignore_index=True)
