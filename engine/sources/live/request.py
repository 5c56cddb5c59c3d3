"""What is asked of a live source, and what it answered: a data set, and what failed item by item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from engine.errors import (
    BadInput,
    BadPayload,
    LodestarError,
    MissingSymbol,
    RateLimited,
    SourceUnavailable,
    Unreachable,
)
from engine.sources.dataset import Dataset

Progress = Callable[[str, int, int], object]
"""Called with what was read last, how many items are done, and how many there are."""

KINDS = ("yahoo_bars", "yahoo_facts", "fred_series", "french_files")


@dataclass(frozen=True)
class Request:
    """One table to be fetched.

    Attributes
    ----------
    name : str
        Name of the table in the store.
    kind : str
        ``yahoo_bars`` and ``yahoo_facts`` (items are tickers), ``fred_series`` (series ids) or ``french_files`` (names of files in
        the library, without ``_CSV.zip``; all monthly or all daily).
    start : date or None
        First day wanted; None is all there is.
    """

    name: str
    kind: str
    items: tuple[str, ...]
    start: date | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput("unknown_choice", field="kind", value=self.kind, accepted=", ".join(KINDS))
        if not self.items:
            raise BadInput("empty_choice", field="items")
        if len(set(self.items)) != len(self.items):
            raise BadInput("duplicate_ticker", field="items", value=self.name)

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "items": list(self.items),
            "start": self.start.isoformat() if self.start else None,
        }


@dataclass(frozen=True, eq=False)
class Answer:
    """What came back.

    Attributes
    ----------
    dataset : Dataset
        The table as it came, with provenance and findings; columns of the table named by ``keys`` name a row.
    failures : mapping of str to LodestarError
        Items without data, and why. Never all of them: then the fetch raises.
    known_at : mapping of str to str
        Rule by which each item's figures became known (``engine.sources.known``).
    facts : mapping
        What else the source told: currencies, vintages.
    """

    request: Request
    dataset: Dataset
    keys: tuple[str, ...]
    failures: Mapping[str, LodestarError]
    known_at: Mapping[str, str]
    retrieved_at: datetime
    facts: Mapping[str, Any]


def now() -> datetime:
    """The moment, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def missing(source: str, item: str) -> MissingSymbol:
    """The source says that it has no such item."""
    return MissingSymbol("live_missing", field="refresh", value=item, source=source)


def limited(source: str, detail: str) -> RateLimited:
    """The source asks to be left alone."""
    return RateLimited("live_rate_limited", field="refresh", value=detail, source=source)


def unreachable(source: str, detail: str) -> Unreachable:
    """No usable answer came at all."""
    return Unreachable("live_unreachable", field="refresh", value=detail, source=source)


def malformed(source: str, detail: str) -> BadPayload:
    """An answer came, but not the data asked for."""
    return BadPayload("live_malformed", field="refresh", value=detail, source=source)


def worst(failures: Mapping[str, LodestarError]) -> LodestarError:
    """The failure that explains why nothing came: a limit or an outage before a missing item."""
    order = (RateLimited, Unreachable, BadPayload, MissingSymbol, SourceUnavailable)
    return min(failures.values(), key=lambda error: next((i for i, k in enumerate(order) if isinstance(error, k)), 9))


def not_asked(error: LodestarError) -> LodestarError:
    """The same failure, for an item that was not asked for because of it."""
    detail = error.value if error.value.startswith("not asked after: ") else f"not asked after: {error.value}"
    return type(error)(error.code, **error.params | {"value": detail})
