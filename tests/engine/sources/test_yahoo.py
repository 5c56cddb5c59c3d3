"""Live fund facts against a local server that speaks Yahoo's format; nothing leaves this machine."""

import json
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, SourceUnavailable
from engine.paths import ROOT
from engine.sources.yahoo import (
    FIELDS,
    FailureKind,
    Missing,
    RequestFailed,
    YahooClient,
    fund_facts,
    open_session,
    transport,
    use_in_yfinance,
)
from engine.sources.yahoo.fields import read_fund
from tests.engine.sources.fake_yahoo import HTML, LIMITED, FakeYahoo, chart, json_error, quote, summary

NOW = datetime.now(UTC)
SUMMARY = "/v10/finance/quoteSummary/"
QUOTE = "/v7/finance/quote"
CHART = "https://query2.finance.yahoo.com/v8/finance/chart/"


@pytest.fixture(autouse=True)
def addresses(monkeypatch):
    """Every address handed to libcurl in a test; none may lie outside this machine."""
    from curl_cffi import Curl, CurlOpt

    seen = []
    original = Curl.setopt

    def watched(self, option, value):
        if option == CurlOpt.URL:
            seen.append(value.decode() if isinstance(value, bytes) else value)
        if option == CurlOpt.FOLLOWLOCATION:
            assert not value, "curl would follow a redirect by itself"
        return original(self, option, value)

    monkeypatch.setattr(Curl, "setopt", watched)
    yield seen
    assert {urlsplit(url).hostname for url in seen} <= {"127.0.0.1"}


@pytest.fixture
def yahoo(monkeypatch):
    server = FakeYahoo()
    monkeypatch.setenv("LODESTAR_YAHOO_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def session(yahoo):
    with open_session(timeout=5.0, backoff=0.0) as opened:
        yield opened


def a_free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def one(yahoo, session, ticker="AAA"):
    facts = fund_facts([ticker], session=session)
    return facts.table.loc[ticker], facts.missing[ticker], facts.failures.get(ticker)


# --- units


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fee_pct", 0.09),
        ("price_usd", 100.0),
        ("spread_pct", 0.02),
        ("top10_weight_pct", 47.0),
        ("turnover_pct", 8.07),
        ("assets_usd_m", 5000.0),
        ("dividend_yield_pct", 1.25),
        ("average_volume", 2_000_000),
        ("adv_usd_m", 200.0),
        ("top10_names_counted", 10),
    ],
)
def test_every_figure_is_in_the_unit_of_the_universe(yahoo, session, field, value):
    yahoo.add("AAA")
    row, missing, failure = one(yahoo, session)
    assert row[field] == pytest.approx(value, rel=1e-6)
    assert not missing
    assert failure is None


def test_the_figures_that_mislead_are_not_read():
    """Category fees, "total net assets" and market value are off by orders of magnitude."""
    fund = read_fund(quote("A", netAssets=None), summary("A"), NOW)
    assert fund["assets_usd_m"] == 5000.0
    bare = summary("A", fundProfile={"feesExpensesInvestment": {}}, summaryDetail={"totalAssets": None})
    bare["defaultKeyStatistics"].pop("totalAssets")
    fund = read_fund(quote("A", netExpenseRatio=None, netAssets=None), bare, NOW)
    assert [fund[name] for name in ("fee_pct", "turnover_pct", "assets_usd_m")] == [Missing.NOT_REPORTED] * 3


def test_a_summary_alone_gives_every_figure():
    fund = read_fund(None, summary("A"), NOW)
    assert not [name for name in FIELDS if isinstance(fund[name], Missing)]
    assert (fund["fee_pct"], fund["fee_basis"]) == (0.09, "annual report")


def test_a_quote_alone_gives_what_it_can():
    fund = read_fund(quote("A"), None, NOW)
    assert [name for name in FIELDS if isinstance(fund[name], Missing)] == ["top10_weight_pct", "turnover_pct"]
    assert (fund["dividend_yield_pct"], fund["assets_usd_m"], fund["fee_basis"]) == (1.25, 5000.0, "net")


def test_nulls_of_one_answer_hide_no_figure_of_the_other():
    nothing = dict.fromkeys(quote("A"))
    assert read_fund(nothing | {"symbol": "A"}, summary("A"), NOW) == read_fund(None, summary("A"), NOW)


def test_formatted_numbers_are_the_same_numbers():
    plain = quote("A")
    formatted = {
        name: {"raw": value, "fmt": "x"} if isinstance(value, int | float) else value for name, value in plain.items()
    }
    assert read_fund(formatted, None, NOW) == read_fund(plain, None, NOW)


@pytest.mark.parametrize(
    ("net", "report", "expected"),
    [
        (0.2, 0.002, 0.2),
        (0.18, 0.002, 0.18),
        (0.0, 0.002, 0.2),
        (None, 0.002, 0.2),
        (0.2, 0.0, 0.2),
        (0.0, 0.0, Missing.ZERO_MEANS_UNKNOWN),
        (None, None, Missing.NOT_REPORTED),
        (0.2, 0.2, Missing.UNITS_DISAGREE),
        (0.002, 0.002, Missing.UNITS_DISAGREE),
        (None, 0.95, Missing.OUT_OF_RANGE),
        (-0.1, None, Missing.OUT_OF_RANGE),
        ("0.2", None, Missing.NOT_A_NUMBER),
        (True, None, Missing.NOT_A_NUMBER),
        (float("nan"), None, Missing.NOT_A_NUMBER),
        (10**400, None, Missing.NOT_A_NUMBER),
    ],
)
def test_fee_in_percent_and_in_fraction(net, report, expected):
    profile = {"feesExpensesInvestment": {"annualReportExpenseRatio": report}}
    assert read_fund(quote("A", netExpenseRatio=net), summary("A", fundProfile=profile), NOW)["fee_pct"] == expected


@pytest.mark.parametrize(
    ("percent", "fraction", "expected"),
    [
        (0.54, 0.0054, 0.54),
        (0.54, None, 0.54),
        (0.5, 0.0054, 0.54),
        (0.0054, 0.0054, Missing.UNITS_DISAGREE),
        (0, 0, Missing.ZERO_MEANS_UNKNOWN),
        (None, 1.5, Missing.OUT_OF_RANGE),
    ],
)
def test_yield_in_percent_and_in_fraction(percent, fraction, expected):
    of = summary("A", summaryDetail={"yield": fraction}, defaultKeyStatistics={"yield": fraction})
    assert read_fund(quote("A", dividendYield=percent), of, NOW)["dividend_yield_pct"] == expected


@pytest.mark.parametrize(
    ("weights", "expected", "count"),
    [
        ([0.05] * 10, 50.0, 10),
        ([0.05] * 12, 50.0, 10),
        ([0.01, 0.02, *[0.05] * 10], 50.0, 10),
        ([0.07], Missing.FEW_HOLDINGS, 1),
        ([0.6, 0.4], 100.0, 2),
        ([], Missing.NOT_REPORTED, None),
        (None, Missing.NOT_REPORTED, None),
        ([0.0] * 10, Missing.ZERO_MEANS_UNKNOWN, 10),
        ([5.0] * 10, Missing.OUT_OF_RANGE, 10),
        ([-0.1, *[0.05] * 9], Missing.OUT_OF_RANGE, 10),
        ([*[0.05] * 9, "0.05"], Missing.NOT_A_NUMBER, 10),
    ],
)
def test_concentration_needs_ten_names_or_the_whole_fund(weights, expected, count):
    of = summary("A")
    of["topHoldings"]["holdings"] = weights and [{"holdingPercent": weight} for weight in weights]
    fund = read_fund(None, of, NOW)
    assert fund["top10_weight_pct"] == expected
    assert fund["top10_names_counted"] == count


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0.02),
        ({"bid": 95.0, "ask": 99.9}, Missing.QUOTE_NOT_PLAUSIBLE),
        ({"bid": 97.4, "ask": 102.6}, Missing.QUOTE_NOT_PLAUSIBLE),
        ({"bid": 98.0, "ask": 102.0}, 4.0),
        ({"marketState": "CLOSED"}, Missing.QUOTE_NOT_LIVE),
        ({"marketState": "PRE"}, Missing.QUOTE_NOT_LIVE),
        ({"marketState": "POST"}, Missing.QUOTE_NOT_LIVE),
        ({"marketState": None}, Missing.QUOTE_NOT_LIVE),
        ({"exchangeDataDelayedBy": 15}, Missing.QUOTE_NOT_LIVE),
        ({"regularMarketTime": int(NOW.timestamp()) - 3 * 86_400}, Missing.QUOTE_NOT_LIVE),
        ({"bid": 100.01, "ask": 99.99}, Missing.QUOTE_NOT_PLAUSIBLE),
        ({"bid": 100.0, "ask": 100.0}, Missing.QUOTE_NOT_PLAUSIBLE),
        ({"bid": 0, "ask": 100.0}, Missing.ZERO_MEANS_UNKNOWN),
        ({"bid": 40.0, "ask": 40.1}, Missing.QUOTE_NOT_PLAUSIBLE),
        ({"ask": None}, Missing.NOT_REPORTED),
    ],
)
def test_a_spread_is_of_a_live_quote_or_missing(changes, expected):
    found = read_fund(quote("A", **changes), summary("A"), NOW)["spread_pct"]
    assert found == (expected if isinstance(expected, Missing) else pytest.approx(expected, rel=1e-3))


@pytest.mark.parametrize(
    ("currency", "reason"), [("CAD", Missing.NOT_USD), ("GBp", Missing.NOT_USD), (None, Missing.CURRENCY_UNKNOWN)]
)
def test_money_in_another_currency_is_not_read_as_dollars(currency, reason):
    of = summary("A", price={"currency": currency}, summaryDetail={"currency": currency})
    fund = read_fund(quote("A", currency=currency), of, NOW)
    assert [fund[name] for name in ("price_usd", "assets_usd_m", "adv_usd_m")] == [reason] * 3
    assert fund["fee_pct"] == 0.09


@pytest.mark.parametrize(
    ("epoch", "zone", "day"),
    [
        (1_739_566_801, "America/New_York", "2025-02-14"),
        (1_739_583_000, "America/New_York", "2025-02-14"),
        (1_739_583_000, "Asia/Seoul", "2025-02-15"),
        (1_739_583_000, "Nowhere/Else", "2025-02-14"),
        (1_739_583_000, None, "2025-02-14"),
    ],
)
def test_a_price_is_of_the_session_where_it_trades(epoch, zone, day):
    fund = read_fund(quote("A", regularMarketTime=epoch, exchangeTimezoneName=zone), None, NOW)
    assert fund["price_date"].isoformat() == day


@pytest.mark.parametrize("epoch", [None, 0, -5, 1_739_566_801_000, "yesterday"])
def test_a_price_without_a_day_is_no_price(epoch):
    fund = read_fund(quote("A", regularMarketTime=epoch), None, NOW)
    assert (fund["price_usd"], fund["adv_usd_m"]) == (Missing.NOT_DATED, Missing.NOT_DATED)


@pytest.mark.parametrize(
    ("factor", "epoch", "expected"),
    [
        ("4:1", 1_739_566_801, (4.0, "2025-02-14")),
        ("1:10", 1_739_566_801, (0.1, "2025-02-14")),
        ("4:1", None, None),
        ("4:0", 1_739_566_801, None),
        ("", 1_739_566_801, None),
        ("three", 1_739_566_801, None),
        (None, 1_739_566_801, None),
    ],
)
def test_splits_are_new_shares_for_an_old_one(factor, epoch, expected):
    of = summary("A", defaultKeyStatistics={"lastSplitFactor": factor, "lastSplitDate": epoch})
    fund = read_fund(None, of, NOW)
    found = fund["split_date"] and (fund["split_ratio"], fund["split_date"].isoformat())
    assert found == expected


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just({})
junk = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["raw", "x"]), inner)
)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(quote("A"), junk)),
    st.fixed_dictionaries(
        {},
        optional={
            name: st.dictionaries(st.sampled_from([*inner, "holdings"]), junk) | junk
            for name, inner in summary("A").items()
        },
    ),
)
def test_no_payload_breaks_the_reader_or_passes_its_ranges(market, modules):
    fund = read_fund(market, modules, NOW)
    for name in FIELDS:
        assert isinstance(fund[name], Missing) or 0 < fund[name] < float("inf")
    for name, most in (("fee_pct", 20), ("spread_pct", 5), ("top10_weight_pct", 105), ("dividend_yield_pct", 100)):
        assert isinstance(fund[name], Missing) or fund[name] <= most


# --- tables


def test_many_funds_cost_one_summary_each_and_one_quote_for_fifty(yahoo, session):
    tickers = [f"F{number}" for number in range(60)]
    yahoo.add(*tickers)
    done = []
    facts = fund_facts(tickers, session=session, progress=lambda *state: done.append(state))
    assert list(facts.table.index) == tickers
    assert facts.table["price_usd"].eq(100).all()
    assert not facts.failures
    assert (len(yahoo.asked(SUMMARY)), len(yahoo.asked(QUOTE)), len(yahoo.log)) == (60, 2, 64)
    assert done == [(number, 60) for number in range(1, 61)]


def test_the_table_says_when_and_in_which_state_of_the_market(yahoo, session):
    yahoo.add("AAA")
    row, *_ = one(yahoo, session)
    assert row["market_state"] == "REGULAR"
    assert abs(row["retrieved"].to_pydatetime() - datetime.now(UTC)) < timedelta(minutes=5)
    assert (row["assets_scope"], row["fee_basis"], row["currency"]) == ("all share classes", "net", "USD")


def test_the_dictionary_is_json_in_decimals(yahoo, session):
    yahoo.add("AAA")
    found = json.loads(json.dumps(fund_facts(["AAA", "GONE"], session=session).to_dict()))
    fund, gone = found["funds"]
    assert fund["fee"] == pytest.approx(0.0009)
    assert fund["top10_weight"] == pytest.approx(0.47)
    assert (fund["price_usd"], fund["missing"]) == (100.0, {})
    assert datetime.fromisoformat(fund["retrieved"]).tzinfo is not None
    assert (gone["retrieved"], gone["market_state"]) == (None, None)
    assert found["failures"]["GONE"]["kind"] == "missing_ticker"


def test_a_reader_cannot_change_the_facts(yahoo, session):
    yahoo.add("AAA")
    facts = fund_facts(["AAA"], session=session)
    frame = facts.frame
    frame["fee_pct"] = 9.0
    assert facts.table.loc["AAA", "fee_pct"] == 0.09
    with pytest.raises(TypeError):
        facts.missing["AAA"]["fee_pct"] = "x"


def test_null_payloads_are_missing_figures_not_failures(yahoo, session):
    yahoo.quotes["AAA"] = dict.fromkeys(quote("AAA")) | {"symbol": "AAA"}
    yahoo.summaries["AAA"] = dict.fromkeys(summary("AAA"))
    row, missing, failure = one(yahoo, session)
    assert failure is None
    assert row[list(FIELDS)].isna().all()
    assert missing["turnover_pct"] == "not_reported"
    assert missing["price_usd"] == "currency_unknown"


def test_a_fund_without_fundamentals_is_no_missing_ticker(yahoo, session):
    yahoo.quotes["AAA"] = quote("AAA")
    row, missing, failure = one(yahoo, session)
    assert failure is None
    assert row["price_usd"] == 100
    assert missing == {"top10_weight_pct": "not_reported", "turnover_pct": "not_reported"}


def test_tickers_are_upper_cased_and_asked_once(yahoo, session):
    yahoo.add("AAA")
    assert list(fund_facts([" aaa", "AAA"], session=session).table.index) == ["AAA"]
    assert len(yahoo.asked(SUMMARY)) == 1


@pytest.mark.parametrize(
    ("tickers", "options", "code"),
    [
        ([], {}, "empty_choice"),
        (["A/../B"], {}, "unknown_choice"),
        (["A,B"], {}, "unknown_choice"),
        ([""], {}, "unknown_choice"),
        (["X" * 17], {}, "unknown_choice"),
        ([f"X{number}" for number in range(2001)], {}, "bad_number"),
        (["AAA"], {"workers": 0}, "bad_number"),
        (["AAA"], {"workers": 99}, "bad_number"),
    ],
)
def test_bad_questions_are_refused_before_anything_is_sent(yahoo, session, tickers, options, code):
    with pytest.raises(BadInput) as error:
        fund_facts(tickers, session=session, **options)
    assert error.value.code == code
    assert not yahoo.log


def test_what_the_progress_callback_raises_ends_the_reading(yahoo, session):
    yahoo.add(*(f"F{number}" for number in range(30)))

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fund_facts(list(yahoo.quotes), session=session, workers=1, progress=cancel)
    assert len(yahoo.asked(SUMMARY)) < 30


# --- failures of one ticker among others


@pytest.mark.parametrize(
    ("planned", "kind", "words"),
    [
        (
            (404, json_error("quoteSummary", "Not Found", "Quote not found for symbol: BAD"), {}),
            "missing_ticker",
            "BAD",
        ),
        ((404, HTML, {}), "malformed", "404"),
        ((404, "{}", {}), "malformed", "404"),
        ((400, json_error("quoteSummary", "Bad Request", "Invalid modules"), {}), "malformed", "Invalid modules"),
        ((200, HTML, {}), "malformed", "web page"),
        ((200, '{"quoteSummary": {"result": [{"price"', {}), "malformed", "JSON"),
        ((200, "", {}), "malformed", "JSON"),
        ((200, "[1, 2]", {}), "malformed", "object"),
        ((200, '{"chart": {}}', {}), "malformed", "quoteSummary"),
        ((200, '{"quoteSummary": {"result": null, "error": null}}', {}), "malformed", "result"),
        ((200, '{"quoteSummary": {"result": [], "error": null}}', {}), "malformed", "empty"),
        ((200, json_error("quoteSummary", "Internal", "try later"), {}), "malformed", "try later"),
        ((200, '{"quoteSummary": ', {"Content-Length": "999"}), "malformed", "broke off"),
        ((429, LIMITED, {}), "rate_limited", "429"),
        ((429, "Edge: Too Many Requests", {}), "rate_limited", "429"),
        ((200, LIMITED, {}), "rate_limited", "200"),
        ((500, "", {}), "unreachable", "500"),
        ((503, HTML, {}), "unreachable", "503"),
        ((403, HTML, {}), "unreachable", "403"),
    ],
)
def test_each_kind_of_failure_is_told_and_the_others_are_kept(yahoo, session, planned, kind, words):
    yahoo.add("AAA")
    yahoo.planned[f"{SUMMARY}BAD"] = [planned]
    facts = fund_facts(["AAA", "BAD"], session=session, workers=1)
    assert list(facts.failures) == ["BAD"]
    assert facts.failures["BAD"].kind == FailureKind(kind)
    assert words in facts.failures["BAD"].detail
    assert facts.table.loc["AAA", "turnover_pct"] == 8.07
    assert set(facts.missing["BAD"]) == set(FIELDS)
    assert set(facts.missing["BAD"].values()) == {kind}


def test_a_failed_summary_keeps_the_figures_of_the_quote(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned[f"{SUMMARY}AAA"] = [(500, "", {})]
    row, missing, failure = one(yahoo, session)
    assert (failure.kind, failure.request) == (FailureKind.UNREACHABLE, "quoteSummary")
    assert (row["price_usd"], row["fee_pct"]) == (100, 0.09)
    assert missing == {"top10_weight_pct": "unreachable", "turnover_pct": "unreachable"}


def test_a_failed_quote_keeps_the_figures_of_the_summary(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned[QUOTE] = [(200, HTML, {})]
    row, missing, failure = one(yahoo, session)
    assert (failure.kind, failure.request) == (FailureKind.MALFORMED, "quoteResponse")
    assert (row["price_usd"], row["fee_basis"]) == (100, "annual report")
    assert not missing


def test_an_empty_quote_answer_makes_no_ticker_missing(yahoo, session):
    """An outage can look like a delisting: only a second, explicit "not found" makes a ticker missing."""
    yahoo.summaries["AAA"] = summary("AAA")
    row, _, failure = one(yahoo, session)
    assert failure is None
    assert row["price_usd"] == 100


def test_an_answer_about_another_security_is_refused(yahoo, session):
    yahoo.add("NEW", "AAA")
    yahoo.summaries["OLD"] = summary("NEW")
    facts = fund_facts(["OLD", "AAA"], session=session)
    assert facts.failures["OLD"].kind is FailureKind.MALFORMED
    assert "NEW" in facts.failures["OLD"].detail


def test_an_unknown_ticker_costs_one_request_and_no_new_cookie(yahoo, session):
    yahoo.add("AAA")
    fund_facts(["AAA", "NO1", "NO2"], session=session)
    assert len(yahoo.asked(f"{SUMMARY}NO")) == 2
    assert len(yahoo.asked("getcrumb")) == 1
    assert not yahoo.asked("guce")


def test_one_hanging_fund_times_out_and_the_others_are_kept(yahoo):
    yahoo.add("AAA", "SLOW")
    yahoo.summaries.pop("SLOW")
    yahoo.hanging.add(f"{SUMMARY}SLOW")
    with open_session(timeout=0.4) as session:
        facts = fund_facts(["AAA", "SLOW"], session=session)
    assert facts.failures["SLOW"].kind is FailureKind.UNREACHABLE
    assert "Timeout" in facts.failures["SLOW"].detail
    assert len(yahoo.asked(f"{SUMMARY}SLOW")) == 1
    assert facts.table.loc["AAA", "turnover_pct"] == 8.07


# --- nothing read


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((429, LIMITED, {}), "yahoo_rate_limited"),
        ((200, LIMITED, {}), "yahoo_rate_limited"),
        ((500, "", {}), "yahoo_unreachable"),
        ((200, HTML, {}), "yahoo_malformed"),
        ((404, HTML, {}), "yahoo_malformed"),
        ((401, "", {}), "yahoo_unreachable"),
    ],
)
def test_nothing_read_is_an_error_of_its_kind(yahoo, session, answer, code):
    yahoo.planned["yahoo.com"] = [answer]
    with pytest.raises(SourceUnavailable) as error:
        fund_facts(["AAA", "BBB"], session=session)
    assert error.value.code == code
    assert "2 funds" in error.value.message


def test_a_closed_port_is_unreachable(monkeypatch):
    monkeypatch.setenv("LODESTAR_YAHOO_URL", f"http://127.0.0.1:{a_free_port()}")
    with pytest.raises(SourceUnavailable) as error, open_session(backoff=0.0) as session:
        fund_facts(["AAA"], session=session)
    assert error.value.code == "yahoo_unreachable"


def test_a_host_that_hangs_is_unreachable_and_not_asked_for_every_fund(yahoo):
    yahoo.hanging.add("yahoo.com")
    with pytest.raises(SourceUnavailable) as error, open_session(timeout=0.2) as session:
        fund_facts([f"F{number}" for number in range(200)], session=session)
    assert error.value.code == "yahoo_unreachable"
    assert len(yahoo.asked(SUMMARY)) + len(yahoo.asked(QUOTE)) < 10


def test_after_a_rate_limit_nothing_more_is_asked(yahoo, session):
    yahoo.add(*(f"F{number}" for number in range(40)))
    yahoo.planned[SUMMARY] = [(429, LIMITED, {})]
    facts = fund_facts(list(yahoo.quotes), session=session, workers=1)
    assert {failure.kind for failure in facts.failures.values()} == {FailureKind.RATE_LIMITED}
    assert len(yahoo.asked(SUMMARY)) == 3
    assert facts.table["price_usd"].eq(100).all()


def test_only_missing_tickers_are_an_answer(yahoo, session):
    facts = fund_facts(["NO1", "NO2"], session=session)
    assert {failure.kind for failure in facts.failures.values()} == {FailureKind.MISSING_TICKER}


def test_a_spent_time_limit_sends_nothing(yahoo, session):
    with pytest.raises(SourceUnavailable, match="out of time"):
        fund_facts(["AAA"], session=session, time_limit=-1.0)
    assert not yahoo.log


# --- transport


def test_a_refusal_is_tried_again_after_a_growing_wait(yahoo, session, monkeypatch):
    yahoo.add("AAA")
    yahoo.planned[f"{SUMMARY}AAA"] = [
        (429, LIMITED, {}),
        (503, "", {}),
        (200, json.dumps({"quoteSummary": {"result": [yahoo.summaries["AAA"]], "error": None}}), {}),
    ]
    waits = []
    monkeypatch.setattr(transport.time, "sleep", waits.append)
    with open_session(backoff=0.5) as patient:
        row, _, failure = one(yahoo, patient)
    assert failure is None
    assert row["turnover_pct"] == 8.07
    assert [0.5 <= wait / most <= 1.0 for wait, most in zip(waits, (0.5, 1.0), strict=True)] == [True, True]


@pytest.mark.parametrize(
    ("asked", "waits", "requests"),
    [
        ("3", [3.0], 2),
        ("9", [], 1),
        ("Wed, 21 Oct 2020 07:28:00 GMT", [0.5], 2),
        ("Wed, 21 Oct 2099 07:28:00 GMT", [], 1),
        ("soon", [0.5], 2),
    ],
)
def test_retry_after_is_obeyed_or_ends_the_attempts(yahoo, monkeypatch, asked, waits, requests):
    yahoo.add("AAA")
    yahoo.planned[f"{SUMMARY}AAA"] = [(429, LIMITED, {"Retry-After": asked})]
    slept = []
    monkeypatch.setattr(transport.time, "sleep", slept.append)
    with open_session(retries=1, max_wait=5.0) as session:
        _, _, failure = one(yahoo, session)
    assert failure.kind is FailureKind.RATE_LIMITED
    assert len(yahoo.asked(SUMMARY)) == requests
    assert len(slept) == len(waits)
    for wait, most in zip(slept, waits, strict=True):
        assert wait == most or most / 2 <= wait <= most == 0.5


def test_cookie_pages_are_asked_once_and_can_be_done_without(yahoo, session):
    """A chart needs no crumb: neither a broken cookie page nor a broken crumb may cost more than one request each."""
    yahoo.charts["AAA"] = chart("AAA", [10.0, 11.0])
    yahoo.planned["fc.yahoo.com"] = [(502, "", {"Content-Length": "9"})]
    yahoo.planned["guce.yahoo.com"] = [(503, "", {"Content-Length": "9"})]
    client = YahooClient(session)
    for _ in range(3):
        assert client.result(f"{CHART}AAA", {"range": "5d"}, "chart")
    assert len(yahoo.asked("fc.yahoo.com")) == len(yahoo.asked("guce.yahoo.com")) == 1


def test_an_error_page_at_the_cookie_address_is_not_tried_again(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned["fc.yahoo.com"] = [(503, HTML, {})]
    _, _, failure = one(yahoo, session)
    assert failure is None
    assert len(yahoo.asked("fc.yahoo.com")) == 1


@pytest.mark.parametrize(("name", "attempts"), [("ConnectionError", 3), ("DNSError", 1), ("Timeout", 1)])
def test_a_broken_connection_is_tried_again_an_unknown_host_is_not(session, monkeypatch, name, attempts):
    from curl_cffi.requests import exceptions

    sent = []

    def broken(*_):
        sent.append(1)
        raise getattr(exceptions, name)("broken")

    monkeypatch.setattr(session, "_send", broken)
    with pytest.raises(exceptions.RequestException):
        session.get(f"{CHART}AAA")
    assert len(sent) == attempts


def test_redirects_stay_on_the_other_address(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned["fc.yahoo.com"] = [(302, "", {"Location": "https://guce.yahoo.com/copyConsent?x=1"})]
    yahoo.planned[QUOTE] = [
        (307, "", {"Location": f"https://query2.finance.yahoo.com{QUOTE}?symbols=AAA&crumb={yahoo.crumb}"}),
        (200, json.dumps({"quoteResponse": {"result": [quote("AAA")], "error": None}}), {}),
    ]
    _, _, failure = one(yahoo, session)
    assert failure is None
    assert [entry["host"] for entry in yahoo.log][:2] == ["fc.yahoo.com", "guce.yahoo.com"]
    assert yahoo.asked("query2.finance.yahoo.com" + QUOTE)


def test_a_circle_of_redirects_ends(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned[QUOTE] = [(302, "", {"Location": QUOTE})]
    _, _, failure = one(yahoo, session)
    assert (failure.kind, failure.detail) == (FailureKind.UNREACHABLE, "TooManyRedirects")


def test_an_expired_crumb_is_renewed(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned["query1.finance.yahoo.com/v1/test/getcrumb"] = [(200, "stale", {}), (200, yahoo.crumb, {})]
    row, _, failure = one(yahoo, session)
    assert failure is None
    assert row["price_usd"] == 100


def test_a_refused_crumb_is_a_rate_limit(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned["getcrumb"] = [(429, LIMITED, {})]
    with pytest.raises(SourceUnavailable) as error:
        fund_facts(["AAA"], session=session)
    assert error.value.code == "yahoo_rate_limited"


def test_a_consent_page_of_another_form_is_a_failure_not_a_crash(yahoo, session):
    yahoo.add("AAA")
    yahoo.planned["getcrumb"] = [(200, HTML.replace("<html lang='en'>", "<html>"), {})]
    yahoo.planned["guce.yahoo.com"] = [(200, "<input name='csrfToken' value='1'>", {})]
    with pytest.raises(SourceUnavailable) as error:
        fund_facts(["AAA"], session=session)
    assert error.value.code == "yahoo_malformed"


@pytest.mark.parametrize("address", ["127.0.0.1:80", "ftp://x", "http://", "http://x?y=1", "words"])
def test_an_address_that_is_none_is_named(monkeypatch, address):
    monkeypatch.setenv("LODESTAR_YAHOO_URL", address)
    with pytest.raises(BadInput, match="LODESTAR_YAHOO_URL"):
        open_session()


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": float("inf")}, {"retries": 11}, {"backoff": -1}])
def test_limits_that_are_none_are_refused(options):
    with pytest.raises(BadInput):
        open_session("http://127.0.0.1", **options)


def test_without_another_address_requests_go_to_yahoo(monkeypatch):
    """Only the settings are looked at; nothing is sent."""
    monkeypatch.delenv("LODESTAR_YAHOO_URL", raising=False)
    with open_session() as session:
        assert session.settings.base_url is None
    assert transport.rewritten("https://query2.finance.yahoo.com/v8/x?a=1", "http://h:1/p/") == "http://h:1/p/v8/x?a=1"


def test_the_client_reads_charts_with_the_same_failures(yahoo, session):
    yahoo.charts["AAA"] = chart("AAA", [10.0, 11.0])
    client = YahooClient(session)
    (found,) = client.result(f"{CHART}AAA", {"range": "5d"}, "chart")
    assert found["indicators"]["quote"][0]["close"] == [10.0, 11.0]
    with pytest.raises(RequestFailed, match="delisted") as error:
        client.result(f"{CHART}NO", {"range": "5d"}, "chart")
    assert error.value.failure.kind is FailureKind.MISSING_TICKER
    yahoo.planned[f"{CHART[8:]}OUT"] = [(500, HTML, {})]
    with pytest.raises(RequestFailed) as error:
        client.result(f"{CHART}OUT", {"range": "5d"}, "chart")
    assert error.value.failure.kind is FailureKind.UNREACHABLE


def test_two_readings_at_once_do_not_touch_each_other():
    servers = [FakeYahoo(), FakeYahoo()]
    found = {}
    try:
        for number, server in enumerate(servers):
            server.add(*(f"F{i}" for i in range(40)))
            for entry in server.quotes.values():
                entry["regularMarketPrice"] = 100.0 + number

        def read(number):
            with open_session(servers[number].url) as session:
                found[number] = fund_facts(list(servers[number].quotes), session=session, workers=8)

        threads = [threading.Thread(target=read, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, server in enumerate(servers):
            assert found[number].table["price_usd"].eq(100.0 + number).all()
            assert not found[number].failures
            assert {entry["query"].get("crumb", server.crumb) for entry in server.log} == {server.crumb}
            assert len(server.asked(SUMMARY)) == 40
    finally:
        for server in servers:
            server.close()


def test_workers_change_nothing_but_the_order_of_requests(yahoo, session):
    yahoo.add(*(f"F{number}" for number in range(20)))
    asked = [*yahoo.quotes, "NONE"]
    alone, together = (fund_facts(asked, session=session, workers=number) for number in (1, 8))
    pd.testing.assert_frame_equal(alone.table.drop(columns="retrieved"), together.table.drop(columns="retrieved"))
    assert alone.missing == together.missing


@pytest.mark.filterwarnings("ignore:The inplace keyword")
def test_yfinance_itself_uses_the_session_and_keeps_nothing_between_readings(addresses):
    """The same past range from two servers: yfinance's memory would serve the first answer twice."""
    import yfinance as yf
    from yfinance.cache import _CookieDBManager, _TzDBManager

    closes = []
    for price in (10.0, 20.0):
        server = FakeYahoo()
        server.charts["AAA"] = chart("AAA", [price, price + 1])
        with open_session(server.url) as session:
            use_in_yfinance(session)
            span = {"start": "2020-01-02", "end": "2020-01-04", "auto_adjust": False}
            table = yf.download("AAA", session=session, progress=False, threads=False, **span)
            by_ticker = yf.Ticker("AAA").history(**span)
            assert by_ticker["Close"].tolist() == table["Close"]["AAA"].tolist()
            server.close()
            use_in_yfinance()
        closes.append(table["Close"]["AAA"].tolist())
        assert server.asked("/v8/finance/chart/AAA")
    assert closes == [[10.0, 11.0], [20.0, 21.0]]
    folder = Path(_TzDBManager.get_location())
    assert folder.name.startswith("lodestar-yfinance-")
    assert Path(_CookieDBManager.get_location()) == folder


def test_another_use_of_yfinance_does_not_take_the_session_away(yahoo, session):
    from curl_cffi import requests
    from yfinance.data import YfData

    yahoo.add("AAA")
    client = YahooClient(session)
    YfData(session=requests.Session())
    (found,) = client.result(f"https://query2.finance.yahoo.com{SUMMARY}AAA", {"modules": "price"}, "quoteSummary")
    assert found["price"]["symbol"] == "AAA"


def test_importing_the_room_loads_neither_yfinance_nor_curl():
    code = "import sys, engine.sources.yahoo; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"yfinance", "curl_cffi", "bs4", "peewee", "pandera"} & set(done.stdout.split())
