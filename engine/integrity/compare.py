"""Two copies of the same prices: an older vintage and a newer one, or two vendors.

Method. Levels may differ (every later dividend rescales Adj Close), returns may not. Returns over
the common dates are held against each other; where they differ and the Close of one copy agrees with the
other's adjusted return, that proves which adjustment is wrong. Returns that hardly correlate
mean two companies under one ticker; a ticker that ends in one copy and whose returns another
ticker of the other copy repeats was renamed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from engine.errors import BadInput
from engine.integrity.levels import number
from engine.integrity.report import FINDING_COLUMNS
from engine.integrity.table import Bars, Floats, Ints, read

KINDS = ("vintage", "source")
TOLERANCE = 0.01  # a day's return, decimals
LEAST_OVERLAP = 60  # common returns before two paths are called the same or different companies
SAME = 0.98  # share of equal days that makes one path of two
STRANGE = 0.5  # correlation below which they are two companies
PROVED = 0.2  # of the disagreement: how near the closes must be to the other side


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    kind: str = "vintage",
    frequency: str = "daily",
    tolerance: float = TOLERANCE,
) -> pd.DataFrame:
    """Where two price tables tell different returns of the same ticker.

    Parameters
    ----------
    first, second : DataFrame
        Tables as ``check`` takes them; with ``kind="vintage"`` the older one first.
    kind : {"vintage", "source"}
    tolerance : float
        Largest difference of two returns, decimals.

    Returns
    -------
    DataFrame
        Findings with the columns of ``Report.findings``: ``vintage_disagrees`` or
        ``source_disagrees`` (a run of days), ``ticker_reuse``, ``ticker_renamed``.

    Raises
    ------
    BadInput
        As ``check``; an unknown ``kind``; a tolerance that is not above zero.
    """
    if kind not in KINDS:
        raise BadInput("unknown_choice", field="kind", value=kind, accepted=", ".join(KINDS))
    if not tolerance > 0:
        raise BadInput("bad_number", field="tolerance", value=tolerance, accepted="above zero")
    left = {bars.ticker: bars for bars in read(first, frequency).bars}
    right = {bars.ticker: bars for bars in read(second, frequency).bars}
    rows: list[dict[str, Any]] = []
    for ticker in left.keys() & right.keys():
        rows += _one(left[ticker], right[ticker], kind, tolerance)
    rows += _renamed(left, right, tolerance)
    findings = pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
    return findings.sort_values(["ticker", "first"], kind="stable", na_position="first", ignore_index=True)


def _common(one: Bars, other: Bars) -> tuple[Ints, Ints]:
    """Positions of the dates with an adjusted close above zero in both (the first row of a date)."""
    a, b = _usable(one), _usable(other)
    _, at, there = np.intersect1d(one.day[a], other.day[b], return_indices=True)
    return a[at], b[there]


def _usable(bars: Bars) -> Ints:
    return np.flatnonzero(bars.valid & (bars["Adj Close"] > 0))


def _returns(bars: Bars, at: Ints, column: str) -> Floats:
    values = bars[column][at]
    return np.asarray(values[1:] / values[:-1] - 1.0)


def _one(one: Bars, other: Bars, kind: str, tolerance: float) -> list[dict[str, Any]]:
    a, b = _common(one, other)
    if len(a) < 3:
        return []
    left, right = _returns(one, a, "Adj Close"), _returns(other, b, "Adj Close")
    apart = np.abs(left - right) > tolerance
    days = one.day[a][1:]
    correlation = _correlation(left, right)
    if len(left) >= LEAST_OVERLAP and correlation < STRANGE and apart.mean() > 0.2:
        evidence = {"correlation": number(correlation), "days": len(left), "days_apart": int(apart.sum())}
        repair = "none made: two companies under one ticker; never join these copies"
        return [_row("ticker_reuse", "error", one.ticker, days, len(left), evidence, repair)]
    closes = _returns(one, a, "Close"), _returns(other, b, "Close")
    return [_apart(i, (left, right), closes, days, one.ticker, kind) for i in np.flatnonzero(apart).tolist()]


def _apart(
    i: int, adjusted: tuple[Floats, Floats], closes: tuple[Floats, Floats], days: Any, ticker: str | None, kind: str
) -> dict[str, Any]:
    gap = abs(adjusted[0][i] - adjusted[1][i])
    doubt = [
        abs(closes[side][i] - adjusted[side][i]) > (1 - PROVED) * gap
        and abs(closes[side][i] - adjusted[1 - side][i]) < PROVED * gap
        for side in (0, 1)
    ]
    wrong = ("first", "second")[doubt.index(True)] if sum(doubt) == 1 else "unknown"
    evidence = {
        "first_return": number(adjusted[0][i]),
        "second_return": number(adjusted[1][i]),
        "first_close_return": number(closes[0][i]),
        "second_close_return": number(closes[1][i]),
        "wrong": wrong,
    }
    repair = (
        "none made: which copy is right cannot be told from the two"
        if wrong == "unknown"
        else f"none made: use the other table; the closes deny the adjustment of the {wrong}"
    )
    return _row(f"{kind}_disagrees", "warning", ticker, days[[i]], 1, evidence, repair)


def _correlation(left: Floats, right: Floats) -> float:
    """Correlation of returns, each clipped at its own 99th percentile so that one error does not decide."""
    clipped = [np.clip(x, *np.quantile(x, [0.005, 0.995])) for x in (left, right)]
    if min(x.std() for x in clipped) == 0.0:
        return 1.0
    return float(np.corrcoef(clipped[0], clipped[1])[0, 1])


def _renamed(left: dict[str | None, Bars], right: dict[str | None, Bars], tolerance: float) -> list[dict[str, Any]]:
    """Tickers of one copy alone whose path a ticker of the other alone repeats."""
    rows = []
    for old in left.keys() - right.keys():
        for new in right.keys() - left.keys():
            a, b = _common(left[old], right[new])
            if len(a) <= LEAST_OVERLAP:
                continue
            x, y = _returns(left[old], a, "Adj Close"), _returns(right[new], b, "Adj Close")
            same = float((np.abs(x - y) < min(tolerance, 1e-3)).mean())
            if same >= SAME and np.abs(x).max() > 0:
                evidence = {"new_ticker": new, "share_of_equal_days": number(same), "days": len(x)}
                days = left[old].day[a]
                rows.append(_row("ticker_renamed", "info", old, days, len(x), evidence, f"read {old} as {new}"))
    return rows


def _row(
    kind: str, severity: str, ticker: str | None, days: Any, count: int, evidence: dict[str, Any], repair: str
) -> dict[str, Any]:
    first, last = str(days[0]), str(days[-1])
    values = (kind, severity, ticker, first, last, count, evidence, repair, False)
    return dict(zip(FINDING_COLUMNS, values, strict=True))
