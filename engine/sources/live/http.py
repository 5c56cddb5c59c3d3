"""Files over HTTP from sources that are not Yahoo: bounded, polite, and every failure of a known kind."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from engine.sources.address import require_address, rewritten
from engine.sources.live.request import limited, malformed, missing, unreachable
from engine.sources.waiting import RETRIED, Limits, backoff, bucket, pause, retry_after

MAX_REDIRECTS = 5


class Http:
    """GET requests to one source. A context: leaving it closes the connections.

    Parameters
    ----------
    source : str
        The source's name in errors.
    home : str
        Scheme and host, for example ``https://fred.stlouisfed.org``.
    variable : str
        Environment variable whose address replaces ``home``, redirects included.

    Raises
    ------
    BadInput
        The variable holds something other than ``http(s)://host``.
    """

    def __init__(
        self, source: str, home: str, variable: str, limits: Limits, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self.source = source
        self._home = home
        self._base = os.environ.get(variable) or None
        if self._base is not None:
            require_address(variable, self._base)
        self._limits = limits
        self._cancelled = cancelled
        self._deadline = time.monotonic() + limits.time_limit
        self._opened: Any = None

    def __enter__(self) -> Http:
        from curl_cffi import requests

        self._opened = requests.Session(impersonate="chrome")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    def get(self, path: str, params: Mapping[str, str], item: str) -> bytes:
        """The body of an answer with status 200.

        Raises
        ------
        MissingSymbol
            Status 404: the source has no such item.
        RateLimited
            Status 429 to the last attempt, or with a wait longer than is allowed.
        Unreachable
            No connection, no time left, or status 5xx, 401 or 403 to the last attempt.
        BadPayload
            Another status, or an answer that broke off.
        Cancelled
            The caller wants to stop.
        """
        url = self._home + path + (f"?{urlencode(params)}" if params else "")
        response = self._tried(url)
        status = response.status_code
        if status == 404:
            raise missing(self.source, item)
        if status == 429:
            raise limited(self.source, "HTTP 429")
        if status >= 500 or status in {401, 403, 408}:
            raise unreachable(self.source, f"HTTP {status}")
        if status != 200:
            raise malformed(self.source, f"{item}: HTTP {status}")
        return bytes(response.content)

    def _tried(self, url: str) -> Any:
        limits = self._limits
        for attempt in range(limits.retries + 1):
            last = attempt == limits.retries
            wait = backoff(attempt, limits.backoff, limits.max_wait)
            response, failure = self._once(url)
            if response is not None:
                asked = retry_after(response.headers.get("retry-after"))
                if last or response.status_code not in RETRIED or asked > limits.max_wait:
                    return response
                wait = max(wait, asked)
            elif last or failure is None:
                raise failure or AssertionError("an attempt gives an answer or a failure")
            if time.monotonic() + wait > self._deadline:
                raise failure or unreachable(self.source, "out of time")
            pause(wait, self._cancelled)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, url: str) -> tuple[Any, Exception | None]:
        """One attempt: an answer, or a failure worth another try. Other failures are raised."""
        from curl_cffi.requests import exceptions

        try:
            return self._followed(url), None
        except exceptions.Timeout as error:
            # The next attempt would wait as long again.
            raise unreachable(self.source, f"no answer within {self._limits.total:g} s") from error
        except exceptions.DNSError as error:
            raise unreachable(self.source, "host name not found") from error
        except exceptions.ConnectionError as error:
            return None, unreachable(self.source, type(error).__name__)
        except exceptions.RequestException as error:
            return None, malformed(self.source, f"the answer broke off ({type(error).__name__})")

    def _followed(self, url: str) -> Any:
        for _ in range(MAX_REDIRECTS):
            response = self._sent(url)
            target = response.headers.get("location")
            if not (300 <= response.status_code < 400 and target):
                return response
            url = urljoin(url, target)
        raise malformed(self.source, f"more than {MAX_REDIRECTS} redirects")

    def _sent(self, url: str) -> Any:
        limits = self._limits
        pause(bucket(urlsplit(url).netloc, limits.rate, limits.burst).reserve(), self._cancelled)
        left = self._deadline - time.monotonic()
        if left <= 0.0:
            raise unreachable(self.source, "out of time")
        connect = min(limits.connect, limits.total / 2, left / 2)
        there = rewritten(url, self._base) if self._base else url
        return self._opened.get(
            there,
            timeout=(connect, min(limits.total, left) - connect),
            allow_redirects=False,
            headers={"X-Forwarded-Host": urlsplit(url).netloc} if self._base else {},
        )
