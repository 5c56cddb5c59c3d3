"""Fund facts as a stored table: one row a fund, each figure with the day it was read, and back into ``FundFacts``."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import MappingProxyType

import pandas as pd

from engine.errors import Cancelled
from engine.sources import waiting
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance
from engine.sources.live.request import Answer, Progress, Request, now, worst
from engine.sources.yahoo.bars import SOURCE, typed
from engine.sources.yahoo.facts import DETAILS, QUOTES, FundFacts, collected, require_tickers
from engine.sources.yahoo.fields import FIELDS, Missing
from engine.sources.yahoo.transport import open_session

KEYS = ("ticker",)
WORKERS = 4

READ = {field: f"{field}_read" for field in FIELDS}
"""Columns that hold the day on which a figure was read, UTC."""

STAMPS = (*READ.values(), "retrieved")
"""Columns that say when was looked, not what was seen."""

BESIDE = {
    "fee_pct": ("fee_basis",),
    "price_usd": ("price_date",),
    "top10_weight_pct": ("top10_names_counted",),
    "assets_usd_m": ("assets_scope",),
}
"""What belongs to a figure."""

_TEXTS = ("fee_basis", "assets_scope", "currency", "quote_type")
_KEPT = (*_TEXTS, "price_date", "top10_names_counted", "split_ratio", "split_date")
"""Details that are stored: those that a merge reads; the name and the state of the market are of the moment."""

_TOLD: dict[str, tuple[str, str, str]] = {
    Missing.UNITS_DISAGREE: ("percent_for_fraction", "warning", "two readings differ by a unit"),
    Missing.OUT_OF_RANGE: ("out_of_bounds", "warning", "outside what is possible"),
    Missing.ZERO_MEANS_UNKNOWN: ("zero_for_missing", "info", "a zero that stands for unknown"),
}
"""Reasons for a missing figure that are findings; the others (not reported, market closed) are blanks."""


def fetch(
    request: Request,
    limits: waiting.Limits,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Answer:
    """Facts of funds: ``FIELDS`` in the units of ``FundFacts``, ``READ``, details, and ``retrieved`` (UTC, tz-naive).

    A fund counts as read when its summary came; one that has only a quote would lose half its figures.

    Raises
    ------
    MissingSymbol, RateLimited, Unreachable, BadPayload
        Nothing could be read.
    BadInput
        A name that cannot be a ticker.
    Cancelled
        The caller wants to stop.
    """
    asked, retrieved = require_tickers(request.items), now()

    def tell(ticker: str, done: int, total: int) -> None:
        if cancelled is not None and cancelled():
            raise Cancelled("refresh_cancelled", field="refresh", value=ticker)
        if progress is not None and done:
            progress(ticker, done, total)

    tell(asked[0], 0, len(asked))
    session = open_session(
        timeout=limits.total,
        retries=limits.retries,
        backoff=limits.backoff,
        max_wait=limits.max_wait,
        connect=limits.connect,
        bucket=waiting.bucket("finance.yahoo.com", limits.rate, limits.burst),
    )
    try:
        facts = collected(session, asked, time.monotonic() + limits.time_limit, WORKERS, tell)
    finally:
        session.close()
    failures = {ticker: typed(one, ticker) for ticker, one in facts.failures.items() if one.request != QUOTES}
    read = [ticker for ticker in asked if ticker not in failures]
    if not read:
        raise worst(failures)
    frame = _frame(facts.frame.loc[read])
    provenance = Provenance(
        name=request.name,
        source=SOURCE,
        basis=Basis.FACT,
        frequency=Frequency.TABLE,
        unit="% a year, % of price, % of assets, USD, USD million, shares a day",
        as_of=frame["retrieved"].max().date(),
        retrieved="Yahoo quotes and summaries",
        currency="USD",
    )
    return Answer(request, Dataset(frame, provenance, _findings(facts, read)), KEYS, failures, {}, retrieved, {})


def _frame(table: pd.DataFrame) -> pd.DataFrame:
    made = table[[*FIELDS, *_KEPT]].astype(dict.fromkeys(_TEXTS, "str"))
    moment = table["retrieved"].dt.tz_localize(None).dt.floor("s")
    read = {READ[field]: moment.dt.normalize().where(made[field].notna()) for field in FIELDS}
    return made.assign(**read, retrieved=moment).reset_index()


def _findings(facts: FundFacts, read: list[str]) -> tuple[Finding, ...]:
    by: dict[tuple[str, str], list[str]] = {}
    for ticker in read:
        for field, reason in facts.missing[ticker].items():
            if reason in _TOLD:
                by.setdefault((field, reason), []).append(ticker)
    found = []
    for (field, reason), names in by.items():
        kind, severity, words = _TOLD[reason]
        found.append(Finding(kind, severity, f"{field}: {words}; left out for {', '.join(names)}"))
    half = [ticker for ticker in read if ticker in facts.failures]
    if half:
        told = f"quotes could not be read ({facts.failures[half[0]].detail}), summaries were: {', '.join(half)}"
        found.append(Finding("not_read", "warning", told))
    return tuple(found)


def facts_of(frame: pd.DataFrame) -> FundFacts:
    """Facts of a stored table, for ``merge_facts``; figures that were kept say in ``READ`` when they were read."""
    table = frame.set_index("ticker").reindex(columns=[*FIELDS, *DETAILS, *STAMPS])
    table["retrieved"] = table["retrieved"].dt.tz_localize("UTC")
    blank = {
        str(ticker): MappingProxyType({field: str(Missing.NOT_REPORTED) for field in FIELDS if pd.isna(row[field])})
        for ticker, row in table.iterrows()
    }
    return FundFacts(table, MappingProxyType(blank), MappingProxyType({}))
