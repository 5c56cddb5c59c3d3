"""Daily bars with dividends and splits of many tickers, from Yahoo's chart answers; partial answers kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote as quoted

import numpy as np
import pandas as pd

from engine.errors import BadInput, Cancelled, LodestarError
from engine.sources import waiting
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance
from engine.sources.known import MARKET
from engine.sources.live.request import Answer, Progress, Request, limited, malformed, missing, now, unreachable, worst
from engine.sources.yahoo.transport import Failure, FailureKind, RequestFailed, YahooClient, open_session

SOURCE = "Yahoo Finance"
CHART_URL = "https://query2.finance.yahoo.com/v8/finance/chart/"
KEYS = ("ticker", "date")
PRICES = ("open", "high", "low", "close", "adj_close")
COLUMNS = (*KEYS, *PRICES, "volume", "dividends", "splits", "capital_gains")
WORKERS = 4

_TICKER = re.compile(r"[A-Z0-9.\-=^]{1,16}")
_EVENTS = {"dividends": "dividends", "capitalGains": "capital_gains"}
Bars = tuple[pd.DataFrame, tuple[Finding, ...], str | None]


def fetch(
    request: Request,
    limits: waiting.Limits,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """Bars in long form: ``COLUMNS``; prices split-adjusted in the ticker's currency, ``adj_close`` also for dividends.

    ``dividends`` and ``capital_gains`` are amounts a share on their ex-day, ``splits`` new shares for one old
    (0 where there was none). The bar of a session that is still open is left out and named.

    Raises
    ------
    MissingSymbol, RateLimited, Unreachable, BadPayload
        Nothing could be read.
    BadInput
        A name that cannot be a ticker.
    Cancelled
        The caller wants to stop.
    """
    for ticker in request.items:
        if not _TICKER.fullmatch(ticker):
            raise BadInput(
                "unknown_choice", field="ticker", value=ticker, accepted="letters, digits, . - = ^, up to 16 characters"
            )
    retrieved = now()
    found, failures = _all(request, limits, progress, cancelled)
    if not found:
        raise worst(failures)
    ordered = {ticker: found[ticker] for ticker in request.items if ticker in found}
    currencies = {ticker: bars[2] for ticker, bars in ordered.items()}
    known = dict.fromkeys(ordered, MARKET.rule)
    return Answer(request, _dataset(request, ordered), KEYS, failures, known, retrieved, {"currencies": currencies})


def _all(
    request: Request, limits: waiting.Limits, progress: Progress | None, cancelled: Callable[[], bool] | None
) -> tuple[dict[str, Bars], dict[str, LodestarError]]:
    found: dict[str, Bars] = {}
    failures: dict[str, LodestarError] = {}
    session = open_session(
        timeout=limits.total,
        retries=limits.retries,
        backoff=limits.backoff,
        max_wait=limits.max_wait,
        connect=limits.connect,
        bucket=waiting.bucket("finance.yahoo.com", limits.rate, limits.burst),
    )
    pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="yahoo-bars")
    try:
        client = YahooClient(session, deadline=time.monotonic() + limits.time_limit)
        futures = {pool.submit(_one, client, ticker, request, cancelled): ticker for ticker in request.items}
        for done, future in enumerate(as_completed(futures), start=1):
            ticker, answer = futures[future], future.result()
            if isinstance(answer, LodestarError):
                failures[ticker] = answer
            else:
                found[ticker] = answer
            if progress is not None:
                progress(ticker, done, len(request.items))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        session.close()
    return found, failures


def _one(
    client: YahooClient, ticker: str, request: Request, cancelled: Callable[[], bool] | None
) -> Bars | LodestarError:
    if cancelled is not None and cancelled():
        raise Cancelled("refresh_cancelled", field="refresh", value=ticker)
    begin = (
        datetime.combine(request.start, datetime.min.time(), UTC) if request.start else datetime(1970, 1, 1, tzinfo=UTC)
    )
    end = datetime.now(UTC) + timedelta(days=1)
    params = {
        "period1": str(int(begin.timestamp())),
        "period2": str(int(end.timestamp())),
        "interval": "1d",
        "includePrePost": "false",
        "events": "div,splits,capitalGains",
    }
    try:
        result = client.result(CHART_URL + quoted(ticker, safe=""), params, "chart")
        return bars(result, ticker, datetime.now(UTC))
    except RequestFailed as error:
        return typed(error.failure, ticker)
    except LodestarError as error:
        return error


def typed(failure: Failure, ticker: str) -> LodestarError:
    """A request without a result as an error of its kind."""
    if failure.kind is FailureKind.MISSING_TICKER:
        return missing(SOURCE, ticker)
    if failure.kind is FailureKind.RATE_LIMITED:
        return limited(SOURCE, failure.detail)
    if failure.kind is FailureKind.UNREACHABLE:
        return unreachable(SOURCE, failure.detail)
    return malformed(SOURCE, f"{ticker}: {failure.detail}")


def bars(result: list[Any], ticker: str, moment: datetime) -> Bars:
    """Bars of one chart answer, what was done to them, and their currency.

    Parameters
    ----------
    result : list
        ``chart.result``.
    moment : datetime
        When the answer came, with time zone: tells whether the last session was over.

    Raises
    ------
    BadPayload
        No rows, another ticker or interval, lists of unequal length, or prices out of place.
    """
    body = result[0] if result and isinstance(result[0], Mapping) else {}
    meta = body.get("meta")
    stamps = body.get("timestamp")
    if not isinstance(meta, Mapping) or not isinstance(stamps, list) or not stamps:
        raise malformed(SOURCE, f"{ticker}: no rows in the period asked for")
    if meta.get("symbol") != ticker:
        raise malformed(SOURCE, f"{ticker}: an answer about {str(meta.get('symbol'))[:20]}")
    if meta.get("dataGranularity", "1d") != "1d":
        raise malformed(SOURCE, f"{ticker}: rows of {str(meta.get('dataGranularity'))[:10]} instead of days")
    zone = str(meta.get("exchangeTimezoneName") or "")
    frame = _frame(body, stamps, ticker)
    frame.insert(0, "date", _days(stamps, zone, ticker))
    frame, findings = _events(frame, body.get("events"), zone, ticker)
    frame, dropped = _whole(frame, meta, zone, ticker, moment)
    _require_prices(frame, ticker)
    frame.insert(0, "ticker", ticker)
    currency = meta.get("currency")
    return frame[list(COLUMNS)], (*findings, *dropped), str(currency) if currency else None


def _days(stamps: list[Any], zone: str, ticker: str) -> pd.DatetimeIndex:
    """Dates of the sessions: stamps are of their openings, in seconds."""
    try:
        moments = pd.to_datetime(np.array(stamps, dtype="int64"), unit="s", utc=True)
        return pd.DatetimeIndex(moments.tz_convert(zone).normalize().tz_localize(None)).as_unit("us")
    except (ValueError, TypeError, OverflowError, KeyError, LookupError) as error:
        raise malformed(SOURCE, f"{ticker}: stamps or time zone '{zone[:30]}' cannot be read") from error


def _frame(body: Mapping[str, Any], stamps: list[Any], ticker: str) -> pd.DataFrame:
    try:
        inside = body["indicators"]
        quote, adjusted = inside["quote"][0], inside["adjclose"][0]["adjclose"]
        lists = {name: quote[name] for name in ("open", "high", "low", "close", "volume")} | {"adj_close": adjusted}
        if any(len(values) != len(stamps) for values in lists.values()):
            raise malformed(SOURCE, f"{ticker}: columns of unequal length")
        return pd.DataFrame({name: np.array(values, dtype=float) for name, values in lists.items()})
    except (LookupError, TypeError, ValueError) as error:
        raise malformed(SOURCE, f"{ticker}: prices are missing or no numbers") from error


def _events(frame: pd.DataFrame, events: Any, zone: str, ticker: str) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Dividends, distributions and splits on their ex-days."""
    amounts = {name: np.zeros(len(frame)) for name in ("dividends", "splits", "capital_gains")}
    told = events if isinstance(events, Mapping) else {}
    lost: list[str] = []
    for kind, column in (*_EVENTS.items(), ("splits", "splits")):
        for event in (told.get(kind) or {}).values():
            try:
                amount = (
                    float(event["numerator"]) / float(event["denominator"])
                    if kind == "splits"
                    else float(event["amount"])
                )
                day = _days([event["date"]], zone, ticker)[0]
            except (LookupError, TypeError, ValueError, ZeroDivisionError) as error:
                raise malformed(SOURCE, f"{ticker}: {kind} cannot be read") from error
            rows = (frame["date"] == day).to_numpy()
            if rows.any():
                amounts[column][np.flatnonzero(rows)[0]] += amount
            else:
                lost.append(f"{kind} {amount:g} on {day.date()}")
    note = Finding("event_without_session", "warning", f"{ticker}: {'; '.join(lost[:5])} has no bar of that day")
    return frame.assign(**amounts), (note,) if lost else ()


def _whole(
    frame: pd.DataFrame, meta: Mapping[str, Any], zone: str, ticker: str, moment: datetime
) -> tuple[pd.DataFrame, list[Finding]]:
    """Without the bar of a session that is not over, rows without a close, and second rows of a day."""
    findings = []
    local = pd.Timestamp(moment).tz_convert(zone)
    opened, closes = _session(meta)
    today = local.normalize().tz_localize(None)
    session = today if opened is None else _days([opened], zone, ticker)[0]
    over = closes is not None and moment.timestamp() >= closes
    if session == today and not over and (frame["date"] >= today).any():
        frame = frame.loc[frame["date"] < today]
        findings.append(Finding("open_session", "info", f"{ticker}: the bar of {today.date()} was not final; left out"))
    twice = frame["date"].duplicated(keep="last")
    if twice.any():
        findings.append(
            Finding("duplicate_rows", "warning", f"{ticker}: {int(twice.sum())} days came twice; the later row is kept")
        )
        frame = frame.loc[~twice]
    empty = frame["close"].isna() | frame["adj_close"].isna()
    if empty.any():
        findings.append(
            Finding("empty_rows", "info", f"{ticker}: {int(empty.sum())} rows without a close were left out")
        )
        frame = frame.loc[~empty]
    return frame.reset_index(drop=True), findings


def _session(meta: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Opening and close of the current or last session, seconds since 1970."""
    try:
        regular = meta["currentTradingPeriod"]["regular"]
        return float(regular["start"]), float(regular["end"])
    except (LookupError, TypeError, ValueError):
        return None, None


def _require_prices(frame: pd.DataFrame, ticker: str) -> None:
    """Refuse columns that changed places; single bad bars are for the checks of ``engine.integrity``."""
    if frame.empty:
        raise malformed(SOURCE, f"{ticker}: no rows in the period asked for")
    if not frame["date"].is_monotonic_increasing:
        raise malformed(SOURCE, f"{ticker}: days out of order")
    low, high = frame["low"], frame["high"]
    top, bottom = frame[["open", "close"]].max(axis=1), frame[["open", "close"]].min(axis=1)
    known = frame["open"].notna() & low.notna() & high.notna()
    wrong = known & ((low > bottom * 1.001) | (high < top * 0.999))
    if known.any() and wrong.sum() > known.sum() / 2:
        raise malformed(SOURCE, f"{ticker}: lows above highs, as if columns had changed places")


def _dataset(request: Request, found: Mapping[str, Bars]) -> Dataset:
    table = pd.concat([frame for frame, _, _ in found.values()], ignore_index=True)
    currencies = {currency for _, _, currency in found.values()}
    provenance = Provenance(
        name=request.name,
        source=SOURCE,
        basis=Basis.TOTAL_RETURN,
        frequency=Frequency.TABLE,
        unit="price a share; adj_close dividend-adjusted",
        as_of=table["date"].max().date(),
        retrieved="Yahoo chart answers",
        currency=currencies.pop() if len(currencies) == 1 else None,
    )
    return Dataset(table, provenance, tuple(finding for _, findings, _ in found.values() for finding in findings))
