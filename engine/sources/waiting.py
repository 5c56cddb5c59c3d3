"""How often and how long live sources are asked: polite rates, retries with jitter, waits that can be cut short."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from engine.errors import BadInput, Cancelled

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
_SLICE = 0.1
"""Seconds between two looks at whether the caller wants to stop."""


@dataclass(frozen=True)
class Limits:
    """Bounds of every request.

    Attributes
    ----------
    connect, total : float
        Seconds for connecting, and for one attempt from connecting to the last byte.
    retries : int
        Further attempts after status 408, 429 or 5xx, or after a broken connection.
    backoff, max_wait : float
        Seconds before the first retry, doubled each time, at most ``max_wait``, and drawn between half and all
        of it. A ``Retry-After`` that asks for more than ``max_wait`` ends the attempts.
    rate, burst : float
        Requests a second to one host, and how many may go at once.
    time_limit : float
        Seconds for a whole request for data, however many calls it takes.
    """

    connect: float = 5.0
    total: float = 20.0
    retries: int = 3
    backoff: float = 0.5
    max_wait: float = 30.0
    rate: float = 3.0
    burst: float = 4.0
    time_limit: float = 300.0

    def __post_init__(self) -> None:
        for name in ("connect", "total", "rate", "burst", "time_limit"):
            if not 0.0 < getattr(self, name) < float("inf"):
                raise BadInput("bad_number", field=name, value=getattr(self, name), accepted="a number above zero")
        for name in ("backoff", "max_wait"):
            if not 0.0 <= getattr(self, name) < float("inf"):
                raise BadInput("bad_number", field=name, value=getattr(self, name), accepted="seconds, zero or more")
        if not 0 <= self.retries <= 10:
            raise BadInput("bad_number", field="retries", value=self.retries, accepted="0 to 10")


def backoff(attempt: int, first: float, most: float) -> float:
    """Seconds to wait after a failed attempt (0, 1, ...): doubling, capped, with jitter so that clients spread out."""
    return min(first * 2.0**attempt, most) * random.uniform(0.5, 1.0)  # noqa: S311  (not a secret)


def retry_after(text: str | None, now: datetime | None = None) -> float:
    """Seconds that a ``Retry-After`` header asks for, given in seconds or as a date; anything else is no wish."""
    told = (text or "").strip()
    if told.isascii() and told.isdigit():
        return float(told)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or datetime.now(UTC))).total_seconds())


class TokenBucket:
    """At most ``burst`` requests at once and ``rate`` a second after that, over all threads."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, max(1.0, burst)
        self._tokens, self._at = self._burst, time.monotonic()
        self._lock = threading.Lock()

    def reserve(self) -> float:
        """Take one token; seconds to wait before using it."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
            self._at = now
            self._tokens -= 1.0
            return max(0.0, -self._tokens / self._rate)


_buckets: dict[tuple[str, float, float], TokenBucket] = {}
_making = threading.Lock()


def bucket(host: str, rate: float, burst: float) -> TokenBucket:
    """The bucket of a host, shared by everything in this process that asks it at this rate."""
    with _making:
        return _buckets.setdefault((host, rate, burst), TokenBucket(rate, burst))


def pause(seconds: float, cancelled: Callable[[], bool] | None = None) -> None:
    """Sleep, but look up often.

    Raises
    ------
    Cancelled
        The caller wants to stop.
    """
    end = time.monotonic() + seconds
    while True:
        if cancelled is not None and cancelled():
            raise Cancelled("refresh_cancelled", field="refresh", value="the next request")
        left = end - time.monotonic()
        if left <= 0.0:
            return
        time.sleep(min(left, _SLICE if cancelled is not None else left))
