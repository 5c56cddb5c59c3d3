"""A small web server on this machine that speaks as Yahoo, FRED and the French library do, and fails as they do."""

import io
import json
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pandas as pd

HTML = "<!doctype html><html lang='en'><body>Sign in to this network</body></html>"
LIMITED = "Too Many Requests\r\n"
_numbers = count(1)


def fred_csv(series, values, header="observation_date", hole=""):
    """FRED's CSV of values by ISO day; None is a hole."""
    rows = [f"{day},{hole if value is None else value}" for day, value in values.items()]
    return "\n".join([f"{header},{series}", *rows]) + "\n"


def french_csv(columns, rows, vintage="202604", intro=3, annual=True):
    """A file of the library: free text, a header with an empty first cell, percent rows, an annual block, a footer."""
    text = [f"This file was created using the {vintage} CRSP database."] + ["Some words, with a comma."] * (intro - 1)
    header = "," + ",".join(columns)
    body = [f"{key}," + ",".join(f"{value:8.2f}" for value in values) for key, values in rows.items()]
    years = ["", " Annual Factors: January-December ", header, "  2020," + ",".join(["   12.34"] * len(columns))]
    footer = ["", "Copyright 2026 Eugene F. Fama and Kenneth R. French", ""]
    return "\r\n".join([*text, "", header, *body, *(years if annual else []), *footer])


def zipped(text, name="file.csv"):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return sink.getvalue()


def chart(
    symbol, days, closes, *, adjusted=None, volumes=None, currency="USD", zone="America/New_York", events=None, **meta
):
    """``chart.result[0]`` of daily bars on these days, stamped with the session's opening."""
    moments = [pd.Timestamp(day).tz_localize(zone) + pd.Timedelta(hours=9.5) for day in days]
    stamps = [int(moment.timestamp()) for moment in moments]
    quote = {"open": closes, "high": [v and v * 1.01 for v in closes], "low": [v and v * 0.99 for v in closes]}
    quote |= {"close": closes, "volume": volumes or [None if v is None else 1000 for v in closes]}
    end = stamps[-1] + 23_400 if stamps else 0
    regular = {"timezone": "EST", "start": end - 23_400, "end": end, "gmtoffset": -18_000}
    told = {
        "currency": currency,
        "symbol": symbol,
        "instrumentType": "ETF",
        "exchangeTimezoneName": zone,
        "timezone": "EST",
        "gmtoffset": -18_000,
        "regularMarketPrice": closes[-1] if closes else None,
        "priceHint": 2,
        "dataGranularity": "1d",
        "validRanges": ["1d", "max"],
        "currentTradingPeriod": dict.fromkeys(("pre", "regular", "post"), regular),
    } | meta
    adjclose = [{"adjclose": closes if adjusted is None else adjusted}]
    body = {"meta": told, "timestamp": stamps, "indicators": {"quote": [quote], "adjclose": adjclose}}
    return body | ({"events": events} if events else {})


def empty_chart(symbol):
    """An answer without rows, as for a period without trading."""
    return {"meta": {"symbol": symbol, "currency": "USD"}, "indicators": {"quote": [{}], "adjclose": [{}]}}


class Server:
    """Serves ``charts``, ``quotes``, ``summaries`` (by ticker), ``series`` (CSV text by id) and ``files`` (bytes by name without ``_CSV.zip``).

    ``planned`` maps a part of the path to a list of (status, bytes or text, headers); the last one stays.
    ``hanging`` holds parts that are not answered until the server closes; ``dripping`` parts whose body comes
    one byte at a time. ``delay`` are seconds before each answer;
    ``held`` maps a part to an event that its answers wait for.
    """

    def __init__(self):
        self.charts, self.series, self.files = {}, {}, {}
        self.quotes, self.summaries = {}, {}
        self.planned, self.hanging, self.dripping = {}, set(), set()
        self.delay, self.held = 0.0, {}
        self.log, self.times = [], []
        self.crumb = f"crumb{next(_numbers)}"
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"owner": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def use(self, monkeypatch):
        """Send every live source here."""
        for name in ("LODESTAR_YAHOO_URL", "LODESTAR_FRED_URL", "LODESTAR_FRENCH_URL"):
            monkeypatch.setenv(name, self.url)

    def close(self):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def asked(self, part):
        return [place for place in self.log if part in place]

    def answer(self, host, path, query):
        place = f"{host}{path}" + (f"?id={query['id']}" if "id" in query else "")
        with self._lock:
            self.log.append(place)
            self.times.append(time.monotonic())
            for part, answers in self.planned.items():
                if part in place:
                    return place, answers.pop(0) if len(answers) > 1 else answers[0]
        for event in [event for part, event in self.held.items() if part in place]:
            event.wait(90)
        self.closing.wait(30 if any(part in place for part in self.hanging) else self.delay)
        return place, self._own(host, path, query)

    def _own(self, host, path, query):
        if host == "fc.yahoo.com":
            return 404, "", {"Set-Cookie": f"A3={self.crumb}; Path=/"}
        if path == "/v1/test/getcrumb":
            return 200, self.crumb, {}
        if path.startswith("/v8/finance/chart/"):
            return self._chart(unquote(path.rsplit("/", 1)[1]))
        if "symbols" in query or path.startswith("/v10/finance/quoteSummary/"):
            return self._facts(query)
        if path == "/graph/fredgraph.csv":
            text = self.series.get(query.get("id"))
            return (404, HTML, {}) if text is None else (200, text, {})
        name = path.rsplit("/", 1)[1].removesuffix("_CSV.zip")
        return (200, self.files[name], {}) if name in self.files else (404, HTML, {})

    def _chart(self, symbol):
        if symbol not in self.charts:
            error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
            return 404, json.dumps({"chart": {"result": None, "error": error}}), {}
        return 200, json.dumps({"chart": {"result": [self.charts[symbol]], "error": None}}), {}

    def _facts(self, query):
        """Quotes of many symbols, or the summary of one."""
        if "symbols" in query:
            known = [self.quotes[symbol] for symbol in query["symbols"].split(",") if symbol in self.quotes]
            return 200, json.dumps({"quoteResponse": {"result": known, "error": None}}), {}
        symbol = query["symbol"]
        if symbol not in self.summaries:
            error = {"code": "Not Found", "description": f"Quote not found for symbol: {symbol}"}
            return 404, json.dumps({"quoteSummary": {"result": None, "error": error}}), {}
        return 200, json.dumps({"quoteSummary": {"result": [self.summaries[symbol]], "error": None}}), {}


class _Handler(BaseHTTPRequestHandler):
    owner: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        place, (status, text, headers) = self.owner.answer(self.headers.get("X-Forwarded-Host", "?"), parts.path, query)
        body = text if isinstance(text, bytes) else text.encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self._write(place, body)
        except OSError:
            self.close_connection = True
        self.close_connection = self.close_connection or "Content-Length" in headers

    def _write(self, place, body):
        if not any(part in place for part in self.owner.dripping):
            self.wfile.write(body)
            return
        for byte in body:
            if self.owner.closing.wait(0.05):
                return
            self.wfile.write(bytes([byte]))

    do_POST = do_GET

    def log_message(self, *_):
        pass


def walk(seed, days, start=100.0, volatility=0.01):
    """Levels of a random walk, the same for a seed."""
    steps = np.random.default_rng(seed).normal(0.0003, volatility, len(days))
    return list(map(float, start * np.cumprod(1.0 + steps)))
