"""A small Yahoo Finance on this machine: cookie, crumb, quote, quoteSummary and chart in Yahoo's format."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

HTML = "<!doctype html><html lang='en'><body>Sign in to this network</body></html>"
LIMITED = "Too Many Requests\r\n"
_numbers = count(1)


def json_error(envelope, code, description):
    return json.dumps({envelope: {"result": None, "error": {"code": code, "description": description}}})


def quote(symbol, **changes):
    """An entry of ``/v7/finance/quote``: percent where Yahoo writes percent, a live session."""
    return {
        "symbol": symbol,
        "quoteType": "ETF",
        "longName": f"{symbol} Index Fund",
        "currency": "USD",
        "marketState": "REGULAR",
        "exchangeTimezoneName": "America/New_York",
        "exchangeDataDelayedBy": 0,
        "regularMarketPrice": 100.0,
        "regularMarketTime": int(time.time()) - 5,
        "bid": 99.99,
        "ask": 100.01,
        "averageDailyVolume3Month": 2_000_000,
        "dividendYield": 1.25,
        "netExpenseRatio": 0.09,
        "netAssets": 5.0e9,
        "marketCap": 1.0e9,
    } | changes


def summary(symbol, **modules):
    """``quoteSummary.result[0]``: fractions, and the figures nobody should read."""
    weights = (0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.02, 0.01)
    market = quote(symbol)
    whole = {
        "price": {name: market[name] for name in ("symbol", "quoteType", "longName", "currency", "marketState")}
        | {name: market[name] for name in ("regularMarketPrice", "regularMarketTime", "averageDailyVolume3Month")},
        "summaryDetail": {
            "currency": "USD",
            "bid": 99.99,
            "ask": 100.01,
            "yield": 0.0125,
            "totalAssets": 5_000_000_000,
            "averageVolume": 2_000_000,
        },
        "fundProfile": {
            "feesExpensesInvestment": {
                "annualReportExpenseRatio": 0.0009,
                "annualHoldingsTurnover": 0.080699995,
                "totalNetAssets": 521778.34,
            },
            "feesExpensesInvestmentCat": {"annualReportExpenseRatio": 0.0093, "annualHoldingsTurnover": 0.48},
        },
        "topHoldings": {
            "holdings": [{"symbol": f"H{i}", "holdingPercent": weight} for i, weight in enumerate(weights)],
            "equityHoldings": {"priceToEarnings": 0.02938},
        },
        "defaultKeyStatistics": {"totalAssets": 5_000_000_000, "yield": 0.0125, "lastSplitFactor": None},
    }
    return {name: whole[name] | modules.get(name, {}) for name in whole}


class FakeYahoo:
    """Serves ``quotes`` and ``summaries``; ``planned`` answers come first.

    ``planned`` maps a part of ``host/path`` to a list of (status, text, headers); the last one stays.
    A path part in ``hanging`` is not answered until the server closes.
    """

    def __init__(self):
        self.quotes, self.summaries, self.charts = {}, {}, {}
        self.planned, self.hanging = {}, set()
        self.log = []
        self.crumb = f"crumb{next(_numbers)}"
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"yahoo": self}))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def add(self, *symbols):
        for symbol in symbols:
            self.quotes[symbol] = quote(symbol)
            self.summaries[symbol] = summary(symbol)

    def close(self):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def asked(self, part):
        return [entry for entry in self.log if part in entry["place"]]

    def answer(self, host, path, query):
        place = host + path
        with self._lock:
            self.log.append({"place": place, "host": host, "query": query})
            for part, answers in self.planned.items():
                if part in place:
                    return answers.pop(0) if len(answers) > 1 else answers[0]
        if any(part in place for part in self.hanging):
            self.closing.wait(30)
        return self._own(host, path, query)

    def _own(self, host, path, query):
        symbol = unquote(path.rsplit("/", 1)[1])
        if host == "fc.yahoo.com":
            return 404, "", {"Set-Cookie": f"A3={self.crumb}; Path=/"}
        if host == "guce.yahoo.com":
            return 200, HTML, {}
        if path == "/v1/test/getcrumb":
            return 200, self.crumb, {}
        if path.startswith("/v8/finance/chart/"):
            return self._chart(symbol)
        if query.get("crumb") != self.crumb:
            return 401, json_error("finance", "Unauthorized", "Invalid Crumb"), {}
        return self._quote(query["symbols"].split(",")) if path == "/v7/finance/quote" else self._summary(symbol)

    def _quote(self, symbols):
        known = [self.quotes[symbol] for symbol in symbols if symbol in self.quotes]
        return 200, json.dumps({"quoteResponse": {"result": known, "error": None}}), {}

    def _summary(self, symbol):
        if symbol not in self.summaries:
            return 404, json_error("quoteSummary", "Not Found", f"Quote not found for symbol: {symbol}"), {}
        return 200, json.dumps({"quoteSummary": {"result": [self.summaries[symbol]], "error": None}}), {}

    def _chart(self, symbol):
        if symbol not in self.charts:
            return 404, json_error("chart", "Not Found", "No data found, symbol may be delisted"), {}
        return 200, json.dumps({"chart": {"result": [self.charts[symbol]], "error": None}}), {}


class _Handler(BaseHTTPRequestHandler):
    yahoo: FakeYahoo
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, text, headers = self.yahoo.answer(self.headers.get("X-Forwarded-Host", "?"), parts.path, query)
        body = text.encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = "Content-Length" in headers

    do_POST = do_GET

    def log_message(self, *_):
        pass


def chart(symbol, closes, start=1_577_975_400):
    """``chart.result[0]`` of daily bars from 2020-01-02, 09:30 in New York."""
    days = [start + 86_400 * day for day in range(len(closes))]
    bars = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [1000] * len(closes)}
    meta = {
        "currency": "USD",
        "symbol": symbol,
        "instrumentType": "ETF",
        "exchangeTimezoneName": "America/New_York",
        "timezone": "EST",
        "gmtoffset": -18_000,
        "regularMarketPrice": closes[-1],
        "priceHint": 2,
        "dataGranularity": "1d",
        "validRanges": ["1d", "max"],
        "currentTradingPeriod": {
            name: {"timezone": "EST", "start": days[-1], "end": days[-1] + 23_400, "gmtoffset": -18_000}
            for name in ("pre", "regular", "post")
        },
    }
    return {"meta": meta, "timestamp": days, "indicators": {"quote": [bars], "adjclose": [{"adjclose": closes}]}}
