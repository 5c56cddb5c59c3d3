"""Until when a data set that can be refreshed should reach on a day: what its source publishes, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from engine.errors import LodestarError
from engine.months import weekdays_between
from engine.sources.known import FRENCH
from engine.sources.live.datasets import LIVE
from engine.sources.registry import load

SLACK = 5
"""Weekdays that a row may be late: holidays, and a source that takes its time."""

RULES: dict[str, str] = {
    "french_portfolios": FRENCH.rule,
    "french_factors": FRENCH.rule,
    "french_five_factors": FRENCH.rule,
    "french_five_factors_daily": FRENCH.rule,
    "us_macro_monthly": "month_end:1",
    "usdkrw_monthly": "month_end:0",
}
"""When a month is there (``engine.sources.known``); all others have a row a session."""


@dataclass(frozen=True)
class Behind:
    """A data set that ends before it should.

    Attributes
    ----------
    last, due : date
        Its last row, and the row that its source has published by now.
    sessions : int
        Weekdays between the two.
    """

    name: str
    last: date
    due: date
    sessions: int


def due(name: str, today: date) -> date:
    """Last day that a data set of ``LIVE`` should speak for: a month end, or a weekday."""
    ready = np.busday_offset(np.datetime64(today, "D"), -SLACK, roll="backward")
    rule = RULES.get(name)
    if rule is None:
        return pd.Timestamp(ready).date()
    months = int(rule.partition(":")[2])
    # the latest month whose own end, and the months that publishing takes, are over
    month = pd.Period(pd.Timestamp(ready) + pd.Timedelta(days=1), "M") - 1 - months
    return month.end_time.date()


def behind(names: Iterable[str], today: date) -> list[Behind]:
    """Those of the data sets that end before they should in the snapshot in use; what cannot be read is left out."""
    found = []
    for name in names:
        if name not in LIVE:
            continue
        try:
            last = load(name).last
        except LodestarError:
            continue
        expected = due(name, today)
        missing = 0 if last is None else weekdays_between(last, expected)
        if last is not None and missing > 0:
            found.append(Behind(name, last, expected, missing))
    return found
