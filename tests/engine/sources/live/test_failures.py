"""Every way in which a source can fail ends in time, in an error of the kind that it is."""

import dataclasses
import json
import time

import pytest

from engine.errors import (
    BadInput,
    BadPayload,
    Cancelled,
    MissingSymbol,
    RateLimited,
    SourceUnavailable,
    Unreachable,
)
from engine.sources.live import Request, fetch
from tests.engine.http_server import HTML, LIMITED, chart, empty_chart, fred_csv, french_csv, walk, zipped
from tests.engine.sources.live.conftest import QUICK

DAYS = ["2024-01-02", "2024-01-03", "2024-01-04"]
FILE = "F-F_Research_Data_Factors"
KINDS = {
    "yahoo": (Request("t", "yahoo_bars", ("AAA",)), "/v8/finance/chart/AAA"),
    "fred": (Request("t", "fred_series", ("DGS10",)), "fredgraph.csv?id=DGS10"),
    "french": (Request("t", "french_files", (FILE,)), f"{FILE}_CSV.zip"),
}


def healthy(server):
    server.charts["AAA"] = chart("AAA", DAYS, [10.0, 11.0, 12.0])
    server.series["DGS10"] = fred_csv("DGS10", dict(zip(DAYS, [4.1, None, 4.2], strict=True)))
    rows = {f"2024{m:02d}": (1.0, -2.0, 3.0, 0.4) for m in range(1, 4)}
    server.files[FILE] = zipped(french_csv(("Mkt-RF", "SMB", "HML", "RF"), rows))


def body(server, kind):
    own = {"yahoo": lambda: json.dumps({"chart": {"result": [server.charts["AAA"]], "error": None}}).encode()}
    own |= {"fred": server.series["DGS10"].encode, "french": lambda: server.files[FILE]}
    return own[kind]()


def told(kind, limits=QUICK, **options):
    """The error of a fetch, and how long it took."""
    began = time.monotonic()
    with pytest.raises(SourceUnavailable) as caught:
        fetch(KINDS[kind][0], limits, **options)
    assert caught.value.exit_code == 3
    return caught.value, time.monotonic() - began


@pytest.mark.parametrize("kind", KINDS)
def test_a_healthy_source_answers(server, kind):
    healthy(server)
    answer = fetch(KINDS[kind][0], QUICK)
    assert len(answer.dataset.table) == 3
    assert not answer.failures
    assert answer.dataset.provenance.name == "t"
    assert answer.known_at
    assert answer.retrieved_at.tzinfo is not None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("plan", "expected", "requests"),
    [
        ([(429, LIMITED, {})], RateLimited, 3),
        ([(429, LIMITED, {"Retry-After": "3600"})], RateLimited, 1),
        ([(429, LIMITED, {"Retry-After": "Wed, 21 Oct 2099 07:28:00 GMT"})], RateLimited, 1),
        ([(500, HTML, {})], Unreachable, 3),
        ([(503, "", {})], Unreachable, 3),
        ([(403, HTML, {})], Unreachable, None),
        ([(200, HTML, {})], BadPayload, 1),
        ([(200, "", {})], BadPayload, 1),
        ([(200, b"\xff\xfe\x00garbage", {})], BadPayload, 1),
    ],
)
def test_refusals_and_wrong_pages(server, kind, plan, expected, requests):
    healthy(server)
    server.planned[KINDS[kind][1]] = plan
    error, _ = told(kind)
    assert type(error) is expected
    if requests is not None:
        assert len(server.asked(KINDS[kind][1])) == requests


@pytest.mark.parametrize("kind", KINDS)
def test_an_item_that_does_not_exist_is_missing(server, kind):
    error, _ = told(kind)
    assert type(error) is MissingSymbol
    assert KINDS[kind][0].items[0] in error.message
    assert len(server.asked(KINDS[kind][1])) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_passing_failure_is_tried_again(server, kind):
    healthy(server)
    good = (200, body(server, kind), {})
    server.planned[KINDS[kind][1]] = [(429, LIMITED, {"Retry-After": "0"}), (502, "", {}), good]
    assert len(fetch(KINDS[kind][0], QUICK).dataset.table) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_short_wait_that_is_asked_for_is_kept(server, kind):
    healthy(server)
    server.planned[KINDS[kind][1]] = [(429, LIMITED, {"Retry-After": "1"}), (200, body(server, kind), {})]
    began = time.monotonic()
    fetch(KINDS[kind][0], dataclasses.replace(QUICK, max_wait=2.0))
    assert time.monotonic() - began >= 1.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("how", ["hanging", "dripping"])
def test_a_silent_or_dripping_server_ends_in_time(server, kind, how):
    healthy(server)
    getattr(server, how).add(KINDS[kind][1])
    limits = dataclasses.replace(QUICK, total=0.5)
    error, seconds = told(kind, limits)
    assert type(error) is Unreachable
    assert seconds < 15.0


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_breaks_off_is_no_answer(server, kind):
    healthy(server)
    whole = body(server, kind)
    server.planned[KINDS[kind][1]] = [(200, whole[: len(whole) // 2], {"Content-Length": str(len(whole))})]
    error, _ = told(kind)
    assert isinstance(error, BadPayload | Unreachable)


@pytest.mark.parametrize("kind", KINDS)
def test_a_shortened_body_is_no_data(server, kind):
    """A proxy may cut an answer and give it a length that fits."""
    healthy(server)
    whole = body(server, kind)
    for size in (len(whole) // 3, len(whole) // 2, len(whole) - 5):
        server.planned[KINDS[kind][1]] = [(200, whole[:size], {})]
        assert type(told(kind)[0]) is BadPayload


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_at_the_address(kind, monkeypatch):
    for name in ("YAHOO", "FRED", "FRENCH"):
        monkeypatch.setenv(f"LODESTAR_{name}_URL", "http://127.0.0.1:9")
    error, seconds = told(kind)
    assert type(error) is Unreachable
    assert seconds < 15.0


@pytest.mark.parametrize("kind", KINDS)
def test_the_caller_can_stop(server, kind):
    healthy(server)
    with pytest.raises(Cancelled) as caught:
        fetch(KINDS[kind][0], QUICK, cancelled=lambda: True)
    assert caught.value.exit_code == 130
    assert server.asked(KINDS[kind][1]) == []


@pytest.mark.parametrize("kind", ["fred", "french"])
def test_a_long_wait_can_be_cut_short(server, kind):
    healthy(server)
    server.planned[KINDS[kind][1]] = [(429, LIMITED, {"Retry-After": "20"})]
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fetch(
            KINDS[kind][0],
            dataclasses.replace(QUICK, max_wait=30.0, time_limit=60.0),
            cancelled=lambda: time.monotonic() > began + 0.3,
        )
    assert time.monotonic() - began < 15.0


@pytest.mark.parametrize("kind", KINDS)
def test_redirects_stay_on_the_address(server, kind):
    healthy(server)
    server.planned[KINDS[kind][1]] = [
        (302, "", {"Location": "https://elsewhere.example/place"}),
        (200, body(server, kind), {}),
    ]
    server.planned["elsewhere.example/place"] = [(200, body(server, kind), {})]
    assert len(fetch(KINDS[kind][0], QUICK).dataset.table) == 3
    assert any("elsewhere.example" in place for place in server.log)


@pytest.mark.parametrize("kind", ["fred", "french"])
def test_redirects_in_a_circle_end(server, kind):
    server.planned[""] = [(302, "", {"Location": "/again"})]
    assert type(told(kind)[0]) is BadPayload


@pytest.mark.parametrize("variable", ["YAHOO", "FRED", "FRENCH"])
def test_an_address_that_is_none_is_bad_input(monkeypatch, variable):
    monkeypatch.setenv(f"LODESTAR_{variable}_URL", "not an address")
    kind = {"YAHOO": "yahoo", "FRED": "fred", "FRENCH": "french"}[variable]
    with pytest.raises(BadInput) as caught:
        fetch(KINDS[kind][0], QUICK)
    assert caught.value.field == f"LODESTAR_{variable}_URL"


# --- several items


def test_what_could_be_read_is_kept_and_the_rest_is_told(server):
    for ticker in ("AAA", "BBB"):
        server.charts[ticker] = chart(ticker, DAYS, walk(1, DAYS))
    server.charts["DDD"] = empty_chart("DDD")
    server.charts["EEE"] = chart("OTHER", DAYS, walk(1, DAYS))
    answer = fetch(Request("t", "yahoo_bars", ("AAA", "CCC", "DDD", "EEE", "BBB")), QUICK)
    assert list(answer.dataset.table["ticker"].unique()) == ["AAA", "BBB"]
    kinds = {ticker: type(error) for ticker, error in answer.failures.items()}
    assert kinds == {"CCC": MissingSymbol, "DDD": BadPayload, "EEE": BadPayload}
    assert "OTHER" in answer.failures["EEE"].message


def test_after_a_rate_limit_nothing_more_is_asked(server):
    series = ("DGS10", "T10Y3M", "VIXCLS", "UNRATE")
    for name in series:
        server.series[name] = fred_csv(name, {"2024-01-01": 1.0})
    server.planned["id=T10Y3M"] = [(429, LIMITED, {})]
    answer = fetch(Request("t", "fred_series", series), QUICK)
    assert set(answer.failures) == {"T10Y3M", "VIXCLS", "UNRATE"}
    assert all(isinstance(error, RateLimited) for error in answer.failures.values())
    assert "not asked after" in answer.failures["UNRATE"].message
    assert server.asked("id=VIXCLS") == []


def test_a_missing_series_does_not_stop_the_others(server):
    server.series["UNRATE"] = fred_csv("UNRATE", {"2024-01-01": 4.0})
    answer = fetch(Request("t", "fred_series", ("VIXCLS", "UNRATE")), QUICK)
    assert list(answer.failures) == ["VIXCLS"]
    assert len(answer.dataset.table) == 1


def test_progress_counts_every_item(server):
    healthy(server)
    seen = []
    fetch(
        Request("t", "fred_series", ("DGS10", "UNRATE")),
        QUICK,
        progress=lambda item, done, total: seen.append((item, done, total)),
    )
    assert seen == [("DGS10", 1, 2), ("UNRATE", 2, 2)]


def test_requests_to_one_host_are_spaced_out(server):
    names = ("DGS10", "DGS3MO", "T10Y3M", "VIXCLS", "BAA10Y")
    for name in names:
        server.series[name] = fred_csv(name, {"2024-01-01": 1.0})
    fetch(Request("t", "fred_series", names), dataclasses.replace(QUICK, rate=20.0, burst=1.0))
    assert server.times[-1] - server.times[0] >= 3.5 / 20.0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "bloomberg", "items": ("A",)}, "unknown_choice"),
        ({"kind": "fred_series", "items": ()}, "empty_choice"),
        ({"kind": "fred_series", "items": ("A", "A")}, "duplicate_ticker"),
    ],
)
def test_requests_that_make_no_sense(fields, code):
    with pytest.raises(BadInput) as caught:
        Request("t", **fields)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "request_",
    [
        Request("t", "yahoo_bars", ("A/B",)),
        Request("t", "fred_series", ("GDP",)),
        Request("t", "french_files", ("Nothing",)),
        Request("t", "french_files", (FILE, f"{FILE}_daily")),
    ],
)
def test_items_that_a_source_does_not_have(request_):
    with pytest.raises(BadInput):
        fetch(request_, QUICK)


@pytest.mark.parametrize("field", ["connect", "total", "rate", "burst", "time_limit"])
def test_limits_must_be_above_zero(field):
    with pytest.raises(BadInput) as caught:
        dataclasses.replace(QUICK, **{field: 0.0})
    assert caught.value.field == field
