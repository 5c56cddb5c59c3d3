"""When figures became known: one rule a series, conservative where the day of publication varies.

Rules
-----
``session_close``
    At the close of the session the row is stamped with.
``business_day:N``
    N weekdays after the day it speaks for.
``month_end:N``
    At the end of the N-th month after the month it speaks for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import BadInput


@dataclass(frozen=True)
class Known:
    """The rule of one series and where it comes from."""

    rule: str
    source: str


H15 = "Federal Reserve H.15: the figures of a day appear on the next business day (federalreserve.gov/releases/h15)"
CPI = "BLS: consumer prices of a month appear in the middle of the next one (bls.gov/schedule)"
JOBS = "BLS: the employment situation of a month appears on a Friday early in the next one (bls.gov/schedule)"
CBOE = "Cboe publishes the index at the close; FRED's copy follows on the next business day"
LIBRARY = "the library is rebuilt from a monthly CRSP release, one to two months after the month it ends with"

SERIES: dict[str, Known] = {
    "DGS10": Known("business_day:1", H15),
    "DGS3MO": Known("business_day:1", H15),
    "DTB3": Known("business_day:1", H15),
    "T10Y3M": Known("business_day:1", H15),
    "T10Y2Y": Known("business_day:1", H15),
    "BAA10Y": Known("business_day:1", "Moody's through FRED, next business day"),
    "VIXCLS": Known("business_day:1", CBOE),
    "TB3MS": Known("month_end:1", "Federal Reserve H.15 month average, first business day of the next month"),
    "FEDFUNDS": Known("month_end:1", "Federal Reserve H.15 month average, first business day of the next month"),
    "CPIAUCSL": Known("month_end:1", CPI),
    "CPILFESL": Known("month_end:1", CPI),
    "UNRATE": Known("month_end:1", JOBS),
}

LATE: dict[tuple[str, str], tuple[str, str]] = {
    ("UNRATE", "2025-09"): ("2025-11-20", "BLS: delayed by the lapse in appropriations, published 2025-11-20"),
}
"""(series, month) whose figure came later than the rule says: the day, and the source."""

MARKET = Known("session_close", "traded prices, known at the session's close")
FRENCH = Known("month_end:2", LIBRARY)


def rule_of(series: str) -> Known:
    """The rule of a FRED series.

    Raises
    ------
    BadInput
        No rule is registered: a series without one may not be fetched, since its figures would look ahead.
    """
    if series not in SERIES:
        raise BadInput("unknown_choice", field="series", value=series, accepted=", ".join(SERIES))
    return SERIES[series]


def known_on(days: pd.DatetimeIndex, rule: str, series: str = "") -> pd.DatetimeIndex:
    """The day on which each row's figure was known, shape (n,); never before the day it speaks for.

    Parameters
    ----------
    days : DatetimeIndex
        Sessions, or any day of the month that a monthly figure speaks for.
    series : str
        For the exceptions of ``LATE``.

    Raises
    ------
    BadInput
        No rule is written like this.
    """
    kind, _, text = rule.partition(":")
    if kind == "session_close" and not text:
        return days
    if kind not in {"business_day", "month_end"} or not text.isdigit():
        raise BadInput(
            "unknown_choice", field="rule", value=rule, accepted="session_close, business_day:N, month_end:N"
        )
    if kind == "business_day":
        moved = np.busday_offset(days.to_numpy().astype("datetime64[D]"), int(text), roll="backward")
        return pd.DatetimeIndex(moved)
    months = days.to_period("M")
    known = (months + int(text)).to_timestamp(how="end").normalize()
    late = [LATE.get((series, str(month)), (None,))[0] for month in months]
    return pd.DatetimeIndex(
        [max(day, pd.Timestamp(when)) if when else day for day, when in zip(known, late, strict=True)]
    )
