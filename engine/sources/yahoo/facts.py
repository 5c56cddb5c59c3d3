"""Facts of many funds from Yahoo: quotes in batches, one summary a fund, partial answers kept."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import quote as quoted

import pandas as pd

from engine.errors import BadInput, BadPayload, RateLimited, Unreachable
from engine.sources.yahoo.fields import FIELDS, MODULES, Missing, read_fund
from engine.sources.yahoo.transport import NOT_ASKED, Failure, FailureKind, RequestFailed, YahooClient, open_session

QUOTE_URL = "https://query1.finance.yahoo.com/v7/finance/quote"
SUMMARY_URL = "https://query2.finance.yahoo.com/v10/finance/quoteSummary/"
QUOTES = "quoteResponse"
"""``Failure.request`` of quotes; every other failure of a fund is of its summary."""
BATCH = 50
MAX_TICKERS = 2000

DETAILS = (
    "fee_basis",
    "price_date",
    "top10_names_counted",
    "assets_scope",
    "currency",
    "market_state",
    "quote_type",
    "name",
    "split_ratio",
    "split_date",
)
_LOCALE = {"formatted": "false", "lang": "en-US", "region": "US"}
_TICKER = re.compile(r"[A-Z0-9.\-=^]{1,16}")
Progress = Callable[[int, int], object]
Told = Callable[[str, int, int], object]
Read = tuple[Mapping[str, Any], datetime]


@dataclass(frozen=True, eq=False)
class FundFacts:
    """What Yahoo said about funds, and what it did not.

    Attributes
    ----------
    table : DataFrame
        A row for every ticker asked for, in that order. ``FIELDS`` in the units of the universe
        table (percent, USD, USD million, shares a day), NaN where missing; then ``DETAILS`` and
        ``retrieved`` (UTC, NaT where nothing was read). ``assets_usd_m`` counts all share classes.
    missing : mapping of str to mapping of str to str
        Ticker, field, reason: a ``Missing``, or the ``FailureKind`` of the request it should have come from.
    failures : mapping of str to Failure
        Requests without a result. A ticker can have a failure and some figures.
    """

    table: pd.DataFrame
    missing: Mapping[str, Mapping[str, str]]
    failures: Mapping[str, Failure]

    @property
    def frame(self) -> pd.DataFrame:
        """A shallow copy: what the reader does to it stays with the reader (copy-on-write)."""
        return self.table.copy(deep=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; shares and rates in decimals, without ``_pct`` in their names."""
        return {
            "funds": [self._fund(str(ticker)) for ticker in self.table.index],
            "failures": {ticker: failure.to_dict() for ticker, failure in self.failures.items()},
        }

    def _fund(self, ticker: str) -> dict[str, Any]:
        row: dict[Hashable, Any] = self.table.loc[ticker].to_dict()
        figures = {
            name.removesuffix("_pct"): float(row[name]) / (100.0 if name.endswith("_pct") else 1.0) for name in FIELDS
        }
        details = {name: _plain(row[name]) for name in (*DETAILS, "retrieved")}
        return {"ticker": ticker, **figures, **details, "missing": dict(self.missing[ticker])}


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.isoformat() if hasattr(value, "isoformat") else value


def fund_facts(
    tickers: Iterable[str],
    *,
    session: Any = None,
    workers: int = 4,
    time_limit: float = 120.0,
    progress: Progress | None = None,
) -> FundFacts:
    """Price, fee, spread, top ten, turnover, assets, yield and volume of funds, from Yahoo Finance.

    Two requests for cookie and crumb, one quote request for every 50 tickers, one summary for each.

    Parameters
    ----------
    tickers : iterable of str
        As Yahoo writes them; upper-cased, each asked once.
    session : from ``open_session``, or None
        None opens one and closes it at the end.
    workers : int
        Summaries read at a time, 1 to 8.
    time_limit : float
        Seconds after which no request is begun; what is left fails as unreachable ("out of time").
    progress : callable or None
        Called with summaries done and to do, in the caller's thread; what it raises ends the reading.

    Raises
    ------
    BadInput
        No ticker, too many, or one that cannot be a ticker.
    SourceUnavailable
        Nothing at all could be read and Yahoo's "not found" is not the only reason.
    """
    asked = require_tickers(tickers)
    if not 1 <= workers <= 8:
        raise BadInput("bad_number", field="workers", value=workers, accepted="1 to 8")
    used = open_session() if session is None else session
    tell = None if progress is None else lambda _, done, total: progress(done, total)
    try:
        facts = collected(used, asked, time.monotonic() + time_limit, workers, tell)
    finally:
        if session is None:
            used.close()
    _require_some(facts)
    return facts


def collected(session: Any, asked: Sequence[str], deadline: float, workers: int, progress: Told | None) -> FundFacts:
    """What can be read of these tickers before ``deadline`` (``time.monotonic()``), be it nothing.

    ``progress`` gets the ticker read last, and how many are done and to do; what it raises ends the reading.
    """
    client = YahooClient(session, deadline=deadline)
    quotes, no_quote = _quotes(client, asked)
    summaries, no_summary = _summaries(client, asked, workers, progress)
    return assembled(asked, quotes, summaries, no_quote, no_summary)


def require_tickers(tickers: Iterable[str]) -> list[str]:
    """The tickers in upper case, each once.

    Raises
    ------
    BadInput
        No ticker, too many, or one that cannot be a ticker.
    """
    asked = list(dict.fromkeys(str(ticker).strip().upper() for ticker in tickers))
    if not asked:
        raise BadInput("empty_choice", field="tickers")
    if len(asked) > MAX_TICKERS:
        raise BadInput("bad_number", field="tickers", value=len(asked), accepted=f"up to {MAX_TICKERS}")
    for ticker in asked:
        if not _TICKER.fullmatch(ticker):
            raise BadInput(
                "unknown_choice", field="ticker", value=ticker, accepted="letters, digits, . - = ^, up to 16 characters"
            )
    return asked


def _quotes(client: YahooClient, asked: Sequence[str]) -> tuple[dict[str, Read], dict[str, Failure]]:
    """Entries by ticker. A ticker left out of an answer is in neither: the summary will say whether it exists."""
    found: dict[str, Read] = {}
    failed: dict[str, Failure] = {}
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        try:
            entries = client.result(QUOTE_URL, {"symbols": ",".join(batch), **_LOCALE}, QUOTES)
        except RequestFailed as error:
            failed |= dict.fromkeys(batch, error.failure)
            continue
        now = datetime.now(UTC)
        known = {entry.get("symbol"): entry for entry in entries if isinstance(entry, Mapping)}
        found |= {ticker: (known[ticker], now) for ticker in batch if ticker in known}
    return found, failed


def _summaries(
    client: YahooClient, asked: Sequence[str], workers: int, progress: Told | None
) -> tuple[dict[str, Read], dict[str, Failure]]:
    found: dict[str, Read] = {}
    failed: dict[str, Failure] = {}
    pool = ThreadPoolExecutor(workers, thread_name_prefix="yahoo")
    try:
        futures = {pool.submit(_summary, client, ticker): ticker for ticker in asked}
        for done, future in enumerate(as_completed(futures), start=1):
            answer = future.result()
            if isinstance(answer, Failure):
                failed[futures[future]] = answer
            else:
                found[futures[future]] = answer
            if progress is not None:
                progress(futures[future], done, len(asked))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return found, failed


def _summary(client: YahooClient, ticker: str) -> Read | Failure:
    params = {"modules": ",".join(MODULES), "corsDomain": "finance.yahoo.com", "symbol": ticker, **_LOCALE}
    try:
        result = client.result(SUMMARY_URL + quoted(ticker, safe=""), params, "quoteSummary")
    except RequestFailed as error:
        return error.failure
    return _own_answer(result, ticker)


def _own_answer(result: list[Any], ticker: str) -> Read | Failure:
    """The summary, unless it is empty or of another security (Yahoo follows some renamed tickers)."""
    if not result or not isinstance(result[0], Mapping):
        return Failure(FailureKind.MALFORMED, "an empty result", "quoteSummary")
    price = result[0].get("price")
    symbol = price.get("symbol") if isinstance(price, Mapping) else None
    if symbol is not None and symbol != ticker:
        return Failure(FailureKind.MALFORMED, f"an answer about {symbol}"[:200], "quoteSummary")
    return result[0], datetime.now(UTC)


def assembled(
    asked: Sequence[str],
    quotes: Mapping[str, Read],
    summaries: Mapping[str, Read],
    no_quote: Mapping[str, Failure],
    no_summary: Mapping[str, Failure],
) -> FundFacts:
    """The table of the answers: entries of quote and summary by ticker with the time each came, and what failed."""
    rows, missing, failures = [], {}, {}
    for ticker in asked:
        read = [source[ticker] for source in (quotes, summaries) if ticker in source]
        retrieved = min((moment for _, moment in read), default=None)
        quote, summary = (source[ticker][0] if ticker in source else None for source in (quotes, summaries))
        failure = _failure(ticker in quotes, no_quote.get(ticker), no_summary.get(ticker))
        fund = read_fund(quote, summary, retrieved or datetime.now(UTC))
        reasons = {name: str(fund[name]) for name in FIELDS if isinstance(fund[name], Missing)}
        if failure is not None:
            failures[ticker] = failure
            unread = {name: str(failure.kind) for name, why in reasons.items() if why == Missing.NOT_REPORTED}
            reasons |= unread if read else dict.fromkeys(reasons, str(failure.kind))
        missing[ticker] = MappingProxyType(reasons)
        rows.append({name: value for name, value in fund.items() if name not in reasons} | {"retrieved": retrieved})
    return FundFacts(_table(asked, rows), MappingProxyType(missing), MappingProxyType(failures))


def _failure(has_quote: bool, no_quote: Failure | None, no_summary: Failure | None) -> Failure | None:
    """What failed for a ticker; a fund with a quote but without fundamentals has only nothing to report."""
    if no_summary is not None and no_summary.kind is FailureKind.MISSING_TICKER and has_quote:
        return None
    return no_summary or no_quote


def _table(asked: Sequence[str], rows: list[dict[str, Any]]) -> pd.DataFrame:
    columns = (*FIELDS, *DETAILS, "retrieved")
    table = pd.DataFrame(rows, index=pd.Index(list(asked), name="ticker", dtype="str"), columns=pd.Index(columns))
    numbers = [*FIELDS, "top10_names_counted", "split_ratio"]
    days = {name: pd.to_datetime(table[name]) for name in ("price_date", "split_date")}
    return table.astype(dict.fromkeys(numbers, float)).assign(
        **days, retrieved=pd.to_datetime(table["retrieved"], utc=True)
    )


def _require_some(facts: FundFacts) -> None:
    """Nothing read is an error, unless Yahoo itself answered: "not found", or funds without figures."""
    if facts.table[list(FIELDS)].notna().to_numpy().any():
        return
    kinds = {failure.kind: failure for failure in facts.failures.values()}

    def value(kind: FailureKind) -> str:
        return f"{len(facts.table)} funds asked for; {kinds[kind].detail.removeprefix(NOT_ASKED)}"

    if FailureKind.RATE_LIMITED in kinds:
        raise RateLimited("yahoo_rate_limited", field="fund facts", value=value(FailureKind.RATE_LIMITED))
    if FailureKind.UNREACHABLE in kinds:
        raise Unreachable("yahoo_unreachable", field="fund facts", value=value(FailureKind.UNREACHABLE))
    if FailureKind.MALFORMED in kinds and FailureKind.MISSING_TICKER not in kinds:
        raise BadPayload("yahoo_malformed", field="fund facts", value=value(FailureKind.MALFORMED))
