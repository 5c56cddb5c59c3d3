"""Requests to Yahoo Finance: bounded in time and number, and failures that can be told apart.

yfinance supplies cookies, crumb and the consent page. What it does not do is say why there is no
answer: its downloads turn an outage into an empty column and log "possibly delisted". Here every
request ends in a result or in a ``RequestFailed`` with one of four kinds.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from engine.errors import BadInput
from engine.sources import waiting
from engine.sources.address import require_address, rewritten

ADDRESS_VARIABLE = "LODESTAR_YAHOO_URL"

MAX_REDIRECTS = 8
COOKIE_TIMEOUT = 5.0
"""Seconds for pages that only hand out cookies: a data request can do without them."""
SILENT_SECONDS = 60.0
"""A cookie page that did not answer is left alone for so long; yfinance would ask it before every request."""

NOT_ASKED = "not asked after: "
_RETRIED = frozenset({429, 500, 502, 503, 504})
_LIMITED = b"Too Many Requests"


class FailureKind(StrEnum):
    """Why a request has no result. Only Yahoo's own "Not Found" makes a ticker missing."""

    MISSING_TICKER = "missing_ticker"
    RATE_LIMITED = "rate_limited"
    UNREACHABLE = "unreachable"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Failure:
    """One request without a result.

    Attributes
    ----------
    detail : str
        Yahoo's own words, the HTTP status or the kind of connection failure, for logs and tables.
    request : str
        Which request failed: the envelope of its answer, such as ``quoteSummary``.
    """

    kind: FailureKind
    detail: str
    request: str = ""

    def to_dict(self) -> dict[str, str]:
        return {"kind": str(self.kind), "detail": self.detail, "request": self.request}


class RequestFailed(Exception):
    """A request ended without a result; ``failure`` says why.

    Not an ``OSError`` on purpose: yfinance swallows those as passing trouble.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}")
        self.failure = failure


@dataclass(frozen=True)
class _Settings:
    """How a session sends: where to, for how long, how often."""

    base_url: str | None
    timeout: float
    retries: int
    backoff: float
    max_wait: float
    connect: float
    bucket: waiting.TokenBucket | None


def open_session(
    base_url: str | None = None,
    *,
    timeout: float = 8.0,
    retries: int = 2,
    backoff: float = 0.5,
    max_wait: float = 8.0,
    connect: float = 5.0,
    bucket: waiting.TokenBucket | None = None,
) -> Any:
    """A curl_cffi session that yfinance accepts, with a time limit and bounded retries.

    Also moves yfinance's SQLite caches (time zones, cookies) to a folder that goes with the process.

    Parameters
    ----------
    base_url : str or None
        Scheme and host that replace those of every request, redirects included, so that nothing
        reaches Yahoo; the true host travels in ``X-Forwarded-Host``. None reads the environment
        variable ``LODESTAR_YAHOO_URL``; without it requests go to Yahoo.
    timeout : float
        Seconds for one attempt from connecting to the last byte. yfinance asks for 30; the smaller wins.
    retries : int
        Further attempts after status 429 or 5xx, or after a broken connection. Timeouts and unknown
        hosts are not tried again, cookie pages never.
    backoff, max_wait : float
        Seconds before the first retry, doubled each time with jitter, at most ``max_wait``. A ``Retry-After``
        (seconds or a date) that asks for more ends the attempts.
    connect : float
        Seconds of ``timeout`` that connecting may take.
    bucket : TokenBucket or None
        Spaces out data requests; None sends them as they come.

    Raises
    ------
    BadInput
        The address is not ``http(s)://host``, or a number is out of range.
    """
    address = base_url if base_url is not None else os.environ.get(ADDRESS_VARIABLE) or None
    if address is not None:
        require_address(ADDRESS_VARIABLE, address)
    for name, value, low in _ranges(timeout, backoff, max_wait, connect):
        if not low <= value < float("inf"):
            raise BadInput("bad_number", field=name, value=value, accepted="seconds, above zero for timeout")
    if not 0 <= retries <= 10:
        raise BadInput("bad_number", field="retries", value=retries, accepted="0 to 10")
    _temporary_caches()
    return _session_class()(_Settings(address, timeout, retries, backoff, max_wait, connect, bucket))


def _ranges(timeout: float, backoff: float, max_wait: float, connect: float) -> tuple[tuple[str, float, float], ...]:
    return (
        ("timeout", timeout, 0.001),
        ("backoff", backoff, 0.0),
        ("max_wait", max_wait, 0.0),
        ("connect", connect, 0.001),
    )


@cache
def _temporary_caches() -> str:
    """yfinance keeps time zones and cookies in SQLite in the user's home; a stale cookie there breaks later runs."""
    import yfinance

    folder = tempfile.mkdtemp(prefix="lodestar-yfinance-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    yfinance.set_tz_cache_location(folder)
    return folder


@cache
def _session_class() -> Any:
    from curl_cffi import requests

    class YahooSession(requests.Session):  # type: ignore[type-arg]
        """Rewrites, limits and retries; ``limited`` while Yahoo's last word was "too many requests"."""

        def __init__(self, settings: _Settings) -> None:
            super().__init__(impersonate="chrome")
            self.settings = settings
            self.limited = False
            self.silent_until: dict[str, float] = {}

        def request(self, method: Any, url: str, **options: Any) -> Any:  # type: ignore[override]
            host = urlsplit(url).hostname or ""
            data = host.startswith("query")
            limit = self.settings.timeout if data else min(self.settings.timeout, COOKIE_TIMEOUT)
            asked = options.get("timeout")
            total = min(asked, limit) if isinstance(asked, int | float) and asked > 0 else limit
            connect = min(self.settings.connect, total / 2)
            options["timeout"] = (connect, total - connect)
            if time.monotonic() < self.silent_until.get(host, 0.0):
                raise requests.exceptions.ConnectionError(f"{host} did not answer before")
            try:
                response = _with_retries(
                    lambda: self._send(method, url, dict(options)), self.settings, self.settings.retries * data
                )
            except requests.exceptions.RequestException:
                if not data:
                    self.silent_until[host] = time.monotonic() + SILENT_SECONDS
                raise
            if is_rate_limited(response):
                self.limited = True
            elif data and response.status_code < 400:
                self.limited = False
            return response

        def _send(self, method: Any, url: str, options: dict[str, Any]) -> Any:
            """One attempt. On another address, redirects are followed by hand: curl would follow them to Yahoo."""
            base = self.settings.base_url
            if self.settings.bucket is not None and (urlsplit(url).hostname or "").startswith("query"):
                time.sleep(self.settings.bucket.reserve())
            if base is None:
                return super().request(method, url, **options)
            follow = options.pop("allow_redirects", None) is not False
            headers = dict(options.pop("headers", None) or {})
            for _ in range(MAX_REDIRECTS):
                there = headers | {"X-Forwarded-Host": urlsplit(url).netloc}
                response: Any = super().request(
                    method, rewritten(url, base), headers=there, allow_redirects=False, **options
                )
                response.url = url
                target = response.headers.get("location")
                if not (follow and target and 300 <= response.status_code < 400):
                    return response
                url = urljoin(url, target)
                if response.status_code in {301, 302, 303}:
                    method = "GET"
                    options = {name: value for name, value in options.items() if name == "timeout"}
                options.pop("params", None)
            raise requests.exceptions.TooManyRedirects(f"more than {MAX_REDIRECTS} redirects")

    return YahooSession


def is_rate_limited(response: Any) -> bool:
    """Status 429, or its plain text: Yahoo also serves it in the place of a crumb."""
    return response.status_code == 429 or (len(response.content) < 200 and _LIMITED in response.content)


def _with_retries(send: Callable[[], Any], settings: _Settings, retries: int) -> Any:
    from curl_cffi.requests import exceptions

    for attempt in range(retries + 1):
        wait = waiting.backoff(attempt, settings.backoff, settings.max_wait)
        try:
            response = send()
        except exceptions.ConnectionError as error:
            if attempt == retries or isinstance(error, exceptions.DNSError | exceptions.Timeout):
                raise
        else:
            asked = waiting.retry_after(response.headers.get("retry-after"))
            retried = response.status_code in _RETRIED or is_rate_limited(response)
            if attempt == retries or not retried or asked > settings.max_wait:
                return response
            wait = max(wait, asked)
        time.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


def use_in_yfinance(session: Any = None) -> None:
    """Give yfinance's own calls (``Ticker`` and what it reads) this session, with empty caches in memory.

    yfinance keeps one data layer per process, and answers about past dates and time zones are served
    from its memory: call this before each reading. ``yfinance.download`` must be given ``session=`` as
    well; without it a fresh session goes to Yahoo, and stays for the calls after it. None gives
    yfinance a session of its own back, as is due before ``session`` is closed.
    """
    from yfinance.data import SingletonMeta, YfData

    YfData.cache_get.cache_clear()
    with SingletonMeta._lock:
        SingletonMeta._instances.pop(YfData, None)
    YfData(session=session)


@cache
def _data_layer_class() -> Any:
    from yfinance.data import YfData

    class DataLayer(YfData):  # type: ignore[misc]
        """yfinance's handling of cookie, crumb and consent; statuses other than 401 and 403 are ours.

        yfinance answers every status above 399 with a new cookie and a second request, so one unknown
        ticker costs six requests and disturbs requests under way in other threads. Its cookies pass
        through a file; without one it would fetch the cookie again before every request.
        """

        def _make_request(self, url: str, request_method: Callable[..., Any], **options: Any) -> Any:
            return super()._make_request(url, _checked(request_method), **options)

        def _get_cookie_basic(self, timeout: float = 30) -> bool:
            if super()._get_cookie_basic(timeout):
                self._cookie = True
            return self._cookie is not None

        def _load_cookie_curlCffi(self) -> bool:
            return False

        def _save_cookie_curlCffi(self) -> bool:
            return False

    return DataLayer


def _private_data_layer(session: Any) -> Any:
    """A data layer of its own: made past the singleton, so that no other reader can change session or crumb."""
    kind = _data_layer_class()
    layer = object.__new__(kind)
    kind.__init__(layer, session)
    return layer


def _checked(send: Callable[..., Any]) -> Callable[..., Any]:
    def checked(**arguments: Any) -> Any:
        response = send(**arguments)
        if response.status_code not in {401, 403}:
            _raise_for_status(response)
        return response

    return checked


def _raise_for_status(response: Any) -> None:
    status = response.status_code
    if is_rate_limited(response):
        raise RequestFailed(Failure(FailureKind.RATE_LIMITED, f"HTTP {status}"))
    if status >= 500 or status in {401, 403}:
        raise RequestFailed(Failure(FailureKind.UNREACHABLE, f"HTTP {status}"))
    if status >= 400:
        raise RequestFailed(_refusal(response))


def _refusal(response: Any) -> Failure:
    """A 4xx answer: a missing ticker only if Yahoo says so in its own format; a proxy's 404 page does not."""
    status = f"HTTP {response.status_code}"
    try:
        bodies = list(_parsed(response).values())
    except RequestFailed:
        return Failure(FailureKind.MALFORMED, f"{status}, not in Yahoo's format")
    error = next((body["error"] for body in bodies if isinstance(body, dict) and body.get("error")), None)
    return _said(error) if isinstance(error, dict) else Failure(FailureKind.MALFORMED, f"{status} without a reason")


def _said(error: Mapping[str, Any]) -> Failure:
    missing = error.get("code") == "Not Found"
    kind = FailureKind.MISSING_TICKER if missing else FailureKind.MALFORMED
    return Failure(kind, str(error.get("description") or error.get("code"))[:200])


def _parsed(response: Any) -> dict[str, Any]:
    """The body as a JSON object; a page in its place (a portal, a consent form) is no answer."""
    try:
        body = json.loads(response.content)
    except ValueError as error:
        page = response.content.lstrip()[:1] == b"<"
        detail = "a web page instead of JSON" if page else "not readable as JSON"
        raise RequestFailed(Failure(FailureKind.MALFORMED, detail)) from error
    if not isinstance(body, dict):
        raise RequestFailed(Failure(FailureKind.MALFORMED, "JSON, but not an object"))
    return body


class YahooClient:
    """Asks Yahoo's JSON endpoints through one session; safe to share between threads.

    After a rate limit, or ``give_up_after`` requests in a row without an answer, nothing more is sent:
    later requests fail at once with the same kind.

    Parameters
    ----------
    session : from ``open_session``
    deadline : float or None
        ``time.monotonic()`` after which no request is begun.
    """

    def __init__(self, session: Any, *, deadline: float | None = None, give_up_after: int = 3) -> None:
        self._session = session
        self._layer = _private_data_layer(session)
        self._deadline = deadline
        self._give_up_after = give_up_after
        self._in_a_row = 0
        self._stopped: Failure | None = None
        self._lock = threading.Lock()

    def result(self, url: str, params: Mapping[str, str], envelope: str) -> list[Any]:
        """``result`` of an answer ``{envelope: {"result": [...], "error": null}}``.

        Parameters
        ----------
        url : str
            For example ``https://query2.finance.yahoo.com/v8/finance/chart/SPY``; without the crumb.
        envelope : str
            ``quoteSummary``, ``quoteResponse`` or ``chart``.

        Raises
        ------
        RequestFailed
            With the kind of failure; ``missing_ticker`` only on Yahoo's own word.
        """
        try:
            self._require_open()
            result = _result(self._answer(url, params), envelope)
        except RequestFailed as error:
            failure = Failure(error.failure.kind, error.failure.detail, envelope)
            self._count(failure)
            raise RequestFailed(failure) from error
        self._count(None)
        return result

    def _answer(self, url: str, params: Mapping[str, str]) -> dict[str, Any]:
        from curl_cffi.requests import exceptions
        from yfinance.exceptions import YFException, YFRateLimitError

        try:
            response = self._layer.get(url, params=dict(params))
        except YFRateLimitError as error:
            raise RequestFailed(Failure(FailureKind.RATE_LIMITED, "HTTP 429")) from error
        except exceptions.HTTPError as error:
            raise RequestFailed(Failure(FailureKind.MALFORMED, "the answer broke off")) from error
        except exceptions.RequestException as error:
            raise RequestFailed(Failure(FailureKind.UNREACHABLE, type(error).__name__)) from error
        except (YFException, LookupError, TypeError, AttributeError, ValueError) as error:
            # yfinance reads cookie and consent pages without checking what they hold
            detail = f"unknown cookie page ({type(error).__name__})"
            raise RequestFailed(Failure(FailureKind.MALFORMED, detail)) from error
        if response.status_code in {401, 403} and getattr(self._session, "limited", False):
            raise RequestFailed(Failure(FailureKind.RATE_LIMITED, "no crumb: HTTP 429"))
        _raise_for_status(response)
        return _parsed(response)

    def _require_open(self) -> None:
        if self._stopped is not None:
            raise RequestFailed(self._stopped)
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise RequestFailed(Failure(FailureKind.UNREACHABLE, "out of time"))

    def _count(self, failure: Failure | None) -> None:
        with self._lock:
            if failure is None or failure.kind is FailureKind.MISSING_TICKER:
                self._in_a_row = 0
                return
            limited = failure.kind is FailureKind.RATE_LIMITED
            self._in_a_row += failure.kind is FailureKind.UNREACHABLE
            if self._stopped is None and (limited or self._in_a_row >= self._give_up_after):
                self._stopped = Failure(failure.kind, NOT_ASKED + failure.detail, failure.request)


def _result(body: Mapping[str, Any], envelope: str) -> list[Any]:
    inside = body.get(envelope)
    if not isinstance(inside, dict):
        raise RequestFailed(Failure(FailureKind.MALFORMED, f"no '{envelope}' in the answer"))
    error = inside.get("error")
    if isinstance(error, dict):
        raise RequestFailed(_said(error))
    result = inside.get("result")
    if not isinstance(result, list):
        raise RequestFailed(Failure(FailureKind.MALFORMED, f"no result in '{envelope}'"))
    return result
