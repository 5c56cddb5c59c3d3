"""How far a data set is behind what could be known by now, by its kind of data."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from engine.health.known import LIBRARY
from engine.health.light import Light
from engine.months import weekdays_between
from engine.sources.dataset import Dataset, Frequency

GOOD_SESSIONS, LATE_SESSIONS = 5, 65
"""Weekdays behind: up to a week is fresh, up to a quarter late."""
GOOD_MONTHS, LATE_MONTHS = 1, 3
GOOD_DAYS, LATE_DAYS = 400, 800
"""Days since facts that are renewed once a year."""

LIBRARY_LAG = 2
"""Months after which a release of the French library appears, although its data sets are dated at month ends."""

RENEWED = frozenset(
    {
        "etf_universe",
        "etf_facts",
        "etf_peer_groups",
        "etf_statistics",
        "etf_correlations",
        "etf_correlations_raw",
        "global_market_caps",
        "acwi_imi_country_weights",
        "acwi_imi_sector_weights",
        "capital_market_assumptions",
        "capital_market_correlations",
        "ssga_gmp_2025_assumptions",
        "spiva_us_10y",
        "qraft_fund_facts",
    }
)
"""Fact tables that speak of today and are renewed; the others are records of the past."""


def fresh(data: Dataset, today: date) -> Light:
    """The light of a data set on a day."""
    origin = data.provenance
    last = origin.as_of
    if origin.frequency == Frequency.DAILY:
        return _daily(last, expected_session(today, _lag(data, "business_day")))
    if origin.frequency == Frequency.MONTHLY:
        lag = LIBRARY_LAG if origin.name in LIBRARY else _lag(data, "month_end")
        return _monthly(last, expected_month(today, lag))
    if origin.name not in RENEWED:
        return Light("good", "record", {"last": last.isoformat()})
    late = (today - last).days
    level = "good" if late <= GOOD_DAYS else "warning" if late <= LATE_DAYS else "bad"
    return Light(level, "aged", {"last": last.isoformat(), "late": late})


def _lag(data: Dataset, kind: str) -> int:
    """The longest delay of publication among the columns."""
    rules = [data.provenance.rule(str(name)) for name in data.table.select_dtypes("number").columns]
    return max((int(rule.partition(":")[2]) for rule in rules if rule.startswith(f"{kind}:")), default=0)


def expected_session(today: date, lag: int = 0) -> date:
    """The last weekday whose figures are known before today begins: yesterday's, less the days of publication."""
    return pd.Timestamp(np.busday_offset(np.datetime64(today, "D"), -1 - lag, roll="forward")).date()


def expected_month(today: date, lag: int = 0) -> date:
    """End of the last month whose figures are known before today begins."""
    over = today.replace(day=1) - timedelta(days=1)
    return (pd.Timestamp(over) - pd.offsets.MonthEnd(lag)).date() if lag else over


def _daily(last: date, expected: date) -> Light:
    late = weekdays_between(last, expected) if last < expected else 0
    if late <= GOOD_SESSIONS:
        return Light(
            "good", "fresh_sessions", {"last": last.isoformat(), "late": late, "expected": expected.isoformat()}
        )
    level = "warning" if late <= LATE_SESSIONS else "bad"
    return Light(level, "late_sessions", {"last": last.isoformat(), "late": late, "expected": expected.isoformat()})


def _monthly(last: date, expected: date) -> Light:
    late = (expected.year - last.year) * 12 + expected.month - last.month
    if late <= GOOD_MONTHS:
        return Light(
            "good", "fresh_months", {"last": last.isoformat(), "late": max(late, 0), "expected": f"{expected:%Y-%m}"}
        )
    level = "warning" if late <= LATE_MONTHS else "bad"
    return Light(level, "late_months", {"last": last.isoformat(), "late": late, "expected": f"{expected:%Y-%m}"})
