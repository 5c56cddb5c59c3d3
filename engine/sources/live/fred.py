"""FRED's CSV download: one series a request, both header styles, holes kept as holes.

Format: ``https://fred.stlouisfed.org/graph/fredgraph.csv?id=SERIES``; header ``observation_date,SERIES`` (``DATE,SERIES``
before 2024-12), ISO dates, missing values blank (``.`` before).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from engine.errors import LodestarError, MissingSymbol, SourceUnavailable
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance
from engine.sources.known import rule_of
from engine.sources.live.http import Http
from engine.sources.live.request import Answer, Progress, Request, malformed, not_asked, now, worst
from engine.sources.waiting import Limits

SOURCE = "FRED"
HOME = "https://fred.stlouisfed.org"
PATH = "/graph/fredgraph.csv"
ADDRESS_VARIABLE = "LODESTAR_FRED_URL"

KEYS = ("series", "date")
_HEADERS = ("observation_date", "DATE")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def fetch(
    request: Request, limits: Limits, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
) -> Answer:
    """Series in long form: ``series``, ``date``, ``value`` (NaN where FRED has none), units as FRED has them.

    Raises
    ------
    MissingSymbol, RateLimited, Unreachable, BadPayload
        Nothing could be read.
    BadInput
        A series without a rule for when it is known.
    Cancelled
        The caller wants to stop.
    """
    rules = {series: rule_of(series).rule for series in request.items}
    found: dict[str, pd.Series] = {}
    failures: dict[str, LodestarError] = {}
    stopped: LodestarError | None = None
    retrieved = now()
    with Http(SOURCE, HOME, ADDRESS_VARIABLE, limits, cancelled) as http:
        for done, series in enumerate(request.items, start=1):
            try:
                if stopped is not None:
                    raise not_asked(stopped)
                params = {"id": series} | ({"cosd": request.start.isoformat()} if request.start else {})
                found[series] = parsed(http.get(PATH, params, series), series)
            except SourceUnavailable as error:
                failures[series] = error
                if not isinstance(error, MissingSymbol) and error.code in {"live_rate_limited", "live_unreachable"}:
                    stopped = error
            if progress is not None:
                progress(series, done, len(request.items))
    if not found:
        raise worst(failures)
    return Answer(request, _dataset(request, found), KEYS, failures, {s: rules[s] for s in found}, retrieved, {})


def parsed(content: bytes, series: str) -> pd.Series:
    """Values by date from FRED's CSV.

    Raises
    ------
    BadPayload
        A web page, another series, columns out of place, days out of order, text that is no number, a file that
        broke off, or no value at all.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(SOURCE, f"{series}: not text") from error
    if text.lstrip()[:1] == "<":
        raise malformed(SOURCE, f"{series}: a web page instead of CSV")
    header, _, body = text.partition("\n")
    columns = [cell.strip() for cell in header.split(",")]
    if len(columns) != 2 or columns[0] not in _HEADERS or columns[1] != series:
        raise malformed(SOURCE, f"{series}: the header is '{header.strip()[:60]}'")
    if body and not body.endswith("\n"):
        raise malformed(SOURCE, f"{series}: the file broke off")
    try:
        table = pd.read_csv(io.StringIO(body), header=None, names=["date", "value"], dtype=str, keep_default_na=False)
    except ValueError as error:
        raise malformed(SOURCE, f"{series}: not a table of two columns") from error
    return _checked(table, series)


def _checked(table: pd.DataFrame, series: str) -> pd.Series:
    bad = table.loc[~table["date"].astype(str).str.fullmatch(_DAY), "date"]
    if len(bad):
        raise malformed(SOURCE, f"{series}: '{str(bad.iloc[0])[:30]}' is not a date")
    texts = table["value"].str.strip()
    holes = texts.isin(["", "."])
    values = pd.to_numeric(texts.where(~holes), errors="coerce").astype(float)
    wrong = (values.isna() & ~holes) | np.isinf(values)
    if wrong.any():
        raise malformed(SOURCE, f"{series}: '{texts[wrong].iloc[0][:30]}' is not a number")
    try:
        days = pd.DatetimeIndex(pd.to_datetime(table["date"], format="%Y-%m-%d"), name="date")
    except ValueError as error:
        raise malformed(SOURCE, f"{series}: a day that is not in the calendar") from error
    if not days.is_monotonic_increasing or not days.is_unique:
        raise malformed(SOURCE, f"{series}: days out of order")
    if not values.notna().any():
        raise malformed(SOURCE, f"{series}: no value at all")
    return pd.Series(values.to_numpy(), index=days, name=series)


def _dataset(request: Request, found: dict[str, pd.Series]) -> Dataset:
    table = pd.concat(
        [pd.DataFrame({"series": name, "date": line.index, "value": line.to_numpy()}) for name, line in found.items()],
        ignore_index=True,
    )
    provenance = Provenance(
        name=request.name,
        source="Federal Reserve Board, BLS, Moody's and Cboe through FRED",
        basis=Basis.RATE,
        frequency=Frequency.TABLE,
        unit="as FRED has them: % a year, index level, %",
        as_of=max(pd.Timestamp(line.dropna().index[-1]) for line in found.values()).date(),
        retrieved="FRED CSV download",
    )
    return Dataset(table, provenance, tuple(_holes(line) for line in found.values() if line.isna().any()))


def _holes(line: pd.Series) -> Finding:
    count = int(line.isna().sum())
    newest = pd.Timestamp(line.index[line.isna().to_numpy()][-1]).date()
    return Finding(
        "missing_values", "info", f"{line.name}: {count} dates without a value, the last {newest}; left blank"
    )
