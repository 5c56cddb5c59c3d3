"""Small tables of our own in the vendors' formats."""

import numpy as np
import pandas as pd

PRICES = ["Open", "High", "Low", "Close", "Adj Close"]


def quiet(rows=260, *, seed=0, start="2021-01-04", price=50.0, noise=0.012, paid=0.01, zone="", every=63):
    """A share on weekdays with a dividend each quarter, adjusted as it should be."""
    rng = np.random.default_rng(seed)
    yields = np.zeros(rows)
    yields[np.arange(40, rows, every)] = paid
    close = price * np.exp(np.cumsum(rng.normal(0, noise, rows) + np.log1p(-yields)))
    before = np.append(price, close[:-1])
    opens = before * (1 - yields) * np.exp(rng.normal(0, noise / 3, rows))
    top, bottom = np.maximum(opens, close), np.minimum(opens, close)
    kept = np.append(np.cumprod((1 - yields)[::-1])[::-1][1:], 1.0)
    days = pd.bdate_range(start, periods=rows).strftime("%Y-%m-%d")
    return pd.DataFrame(
        {
            "Date": [day + zone for day in days],
            "Open": opens,
            "High": top * np.exp(np.abs(rng.normal(0, noise / 2, rows))),
            "Low": bottom * np.exp(-np.abs(rng.normal(0, noise / 2, rows))),
            "Close": close,
            "Adj Close": close * kept,
            "Volume": np.rint(np.exp(rng.normal(13, 0.3, rows))),
            "Dividends": yields * before,
            "Stock Splits": np.zeros(rows),
        }
    )


def kinds(report):
    """Kinds of the findings that are no mere remark."""
    found = report.findings
    return set(found.loc[found["severity"] != "info", "kind"])
