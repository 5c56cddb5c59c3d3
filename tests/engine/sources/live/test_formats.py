"""The formats of FRED, the French library and Yahoo's charts, their traps, and figures out of place."""

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadPayload
from engine.sources.live import Request, fetch, fred, french
from engine.sources.yahoo import bars as yahoo
from tests.engine.http_server import chart, fred_csv, french_csv, walk, zipped
from tests.engine.sources.live.conftest import QUICK

# --- FRED


@pytest.mark.parametrize("header", ["observation_date", "DATE"])
@pytest.mark.parametrize("hole", ["", "."])
def test_both_headers_and_both_holes(header, hole):
    text = fred_csv("DGS10", {"2025-09-30": 4.16, "2025-10-01": None, "2025-10-02": -0.1}, header, hole)
    line = fred.parsed(text.encode(), "DGS10")
    assert line.index.tolist() == list(pd.to_datetime(["2025-09-30", "2025-10-01", "2025-10-02"]))
    assert line.iloc[[0, 2]].tolist() == [4.16, -0.1]
    assert np.isnan(line.iloc[1])


@pytest.mark.parametrize(
    "text",
    [
        "observation_date,DGS2\n2024-01-02,4.0\n",
        "DGS10,observation_date\n4.0,2024-01-02\n",
        "observation_date,DGS10\n4.0,2024-01-02\n",
        "observation_date,DGS10\n2024-01-02,four\n",
        "observation_date,DGS10\n2024-01-02,inf\n",
        "observation_date,DGS10\n2024-02-30,4.0\n",
        "observation_date,DGS10\n2024-01-03,4.0\n2024-01-02,4.0\n",
        "observation_date,DGS10\n2024-01-02,4.0\n2024-01-02,4.1\n",
        "observation_date,DGS10\n2024-01-02,4.0,5.0\n",
        "observation_date,DGS10\n2024-01-02,4.0\n2024-01-03,4.",
        "observation_date,DGS10\n2024-01-02,\n",
        "observation_date,DGS10\n",
        "observation_date;DGS10\n2024-01-02;4.0\n",
    ],
)
def test_what_is_not_the_series(text):
    with pytest.raises(BadPayload):
        fred.parsed(text.encode(), "DGS10")


@given(st.text(max_size=80))
def test_any_text_is_a_series_or_a_clear_refusal(text):
    try:
        line = fred.parsed(("observation_date,X\n" + text).encode("utf-8", "surrogatepass"), "X")
    except BadPayload:
        return
    assert line.index.is_monotonic_increasing
    assert line.notna().any()


def test_holes_are_kept_and_told(server):
    server.series["UNRATE"] = fred_csv("UNRATE", {"2025-09-01": 4.4, "2025-10-01": None, "2025-11-01": 4.5})
    answer = fetch(Request("t", "fred_series", ("UNRATE",)), QUICK)
    assert answer.dataset.table["value"].isna().tolist() == [False, True, False]
    (finding,) = answer.dataset.findings
    assert "1 dates without a value, the last 2025-10-01" in finding.text
    assert answer.known_at == {"UNRATE": "month_end:1"}


def test_a_start_is_passed_on(server):
    server.series["UNRATE"] = fred_csv("UNRATE", {"2025-09-01": 4.4})
    fetch(Request("t", "fred_series", ("UNRATE",), datetime(2025, 1, 1, tzinfo=UTC).date()), QUICK)
    assert len(server.asked("UNRATE")) == 1


# --- French

THREE = ("Mkt-RF", "SMB", "HML", "RF")
FILE = "F-F_Research_Data_Factors"


def library(rows, **options):
    return french_csv(THREE, rows, **options)


@pytest.mark.parametrize("intro", [1, 3, 12])
def test_words_before_the_header_may_be_of_any_length(intro):
    frame = french.parsed(
        library({"200810": (-17.2, 1, 2, 0.08), "202003": (-13.35, 1, -13.83, 0.1)}, intro=intro), FILE, daily=False
    )
    assert frame.index.tolist() == [pd.Timestamp("2008-10-31"), pd.Timestamp("2020-03-31")]
    assert frame["Mkt-RF"].tolist() == pytest.approx([-0.172, -0.1335])
    assert frame["HML"].iloc[1] == pytest.approx(-0.1383)


def test_the_annual_block_is_not_read():
    frame = french.parsed(library({"202011": (1, 1, 1, 1), "202012": (2, 2, 2, 2)}), FILE, daily=False)
    assert len(frame) == 2
    assert frame["RF"].max() == 0.02


def test_codes_for_missing_values_become_holes_and_are_told(server):
    rows = {"202001": (1, 2, 3, 4), "202002": (-99.99, -999, 3, 4), "202003": (1, 2, 3, 4)}
    server.files[FILE] = zipped(library(rows))
    answer = fetch(Request("t", "french_files", (FILE,)), QUICK)
    assert answer.dataset.table[["Mkt-RF", "SMB"]].iloc[1].isna().all()
    assert "Mkt-RF 1, SMB 1" in " ".join(found.text for found in answer.dataset.findings)
    assert answer.facts["vintages"] == {FILE: "202604"}
    assert "202604" in answer.dataset.provenance.retrieved


def test_only_the_first_block_is_read():
    """Portfolio files go on with equal weights, numbers of firms and more."""
    industries = french.COLUMNS["12_Industry_Portfolios"]
    first = french_csv(industries, {"202001": [1.0] * 12, "202002": [2.0] * 12}, annual=False)
    second = "\n  Average Equal Weighted Returns -- Monthly\n," + ",".join(industries) + "\n"
    second += "".join(f"{month}," + ",".join(["9.00"] * 12) + "\n" for month in ("202001", "202002"))
    frame = french.parsed(first + second + "\n", "12_Industry_Portfolios", daily=False)
    assert frame["Money"].tolist() == [0.01, 0.02]


def test_columns_are_found_by_name():
    text = french_csv(("RF", "HML", "SMB", "Mkt-RF"), {"202001": (1, 2, 3, 4), "202002": (1, 2, 3, 4)})
    assert french.parsed(text, FILE, daily=False).iloc[0].tolist() == [0.04, 0.03, 0.02, 0.01]


def test_daily_rows_are_days():
    name = f"{FILE}_daily"
    frame = french.parsed(
        library({"20200316": (-12.0, 0, 0, 0.006), "20200317": (6.0, 0, 0, 0.006)}, annual=False), name, daily=True
    )
    assert frame.index[0] == pd.Timestamp("2020-03-16")


def test_grids_have_the_library_s_names():
    names = french.COLUMNS["25_Portfolios_5x5"]
    assert (len(names), len(set(names))) == (25, 25)
    assert names[:6] == ("SMALL LoBM", "ME1 BM2", "ME1 BM3", "ME1 BM4", "SMALL HiBM", "ME2 BM1")
    assert names[-5:] == ("BIG LoBM", "ME5 BM2", "ME5 BM3", "ME5 BM4", "BIG HiBM")


@pytest.mark.parametrize(
    "text",
    [
        french_csv(("Mkt-RF", "SMB", "HML"), {"202001": (1, 2, 3)}),
        french_csv(("Mkt-RF", "SMB", "HML", "Mom"), {"202001": (1, 2, 3, 4)}),
        library({"20200102": (1, 2, 3, 4)}),
        library({}),
        library({"202002": (1, 2, 3, 4), "202001": (1, 2, 3, 4)}),
        library({"202013": (1, 2, 3, 4)}),
        library({"202001": (1, 2, 3, 4)}).replace("    3.00", " three"),
        library({"202001": (1, 2, 3, 4)}).replace("    3.00", "     nan"),
        library({"202001": (1, 2, 3, 4)}).replace("    3.00,", ""),
        library({"202001": (1, 2, 3, 4)}).split(" Annual")[0].rstrip(),
    ],
)
def test_what_is_not_the_file(text):
    with pytest.raises(BadPayload):
        french.parsed(text, FILE, daily=False)


@pytest.mark.parametrize("content", [b"PK\x03\x04torn", zipped("x")[:-30], zipped("no table", "readme.md"), b""])
def test_archives_that_are_none(content):
    with pytest.raises(BadPayload):
        french.parsed(french.unzipped(content, FILE), FILE, daily=False)


@pytest.mark.parametrize("name", ["F.csv", "F.CSV", "folder/F.txt"])
def test_the_one_table_in_an_archive_is_read(name):
    assert french.unzipped(zipped("words", name), FILE) == "words"


# --- Yahoo charts

DAYS = ["2024-03-07", "2024-03-08", "2024-03-11", "2024-03-12"]
LATER = datetime(2024, 4, 1, tzinfo=UTC)


def read(body, ticker="AAA", moment=LATER):
    return yahoo.bars([json.loads(json.dumps(body))], ticker, moment)


def test_stamps_become_sessions_across_the_change_of_the_clock():
    frame, findings, currency = read(chart("AAA", DAYS, [1.0, 2.0, 3.0, 4.0], adjusted=[0.9, 1.9, 2.9, 3.9]))
    assert frame["date"].tolist() == list(pd.to_datetime(DAYS))
    assert frame["adj_close"].tolist() == [0.9, 1.9, 2.9, 3.9]
    assert (findings, currency) == ((), "USD")
    assert list(frame.columns) == list(yahoo.COLUMNS)


def test_dividends_and_splits_stand_on_their_days():
    stamp = chart("AAA", DAYS, [1.0] * 4)["timestamp"]
    events = {
        "dividends": {str(stamp[1]): {"amount": 0.5, "date": stamp[1]}},
        "splits": {str(stamp[2]): {"date": stamp[2], "numerator": 4, "denominator": 1, "splitRatio": "4:1"}},
        "capitalGains": {str(stamp[3]): {"amount": 0.1, "date": stamp[3]}},
    }
    frame, findings, _ = read(chart("AAA", DAYS, [1.0] * 4, events=events))
    assert frame["dividends"].tolist() == [0, 0.5, 0, 0]
    assert frame["splits"].tolist() == [0, 0, 4, 0]
    assert frame["capital_gains"].tolist() == [0, 0, 0, 0.1]
    assert findings == ()


def test_an_event_without_a_bar_is_told():
    events = {"dividends": {"1": {"amount": 0.5, "date": int(pd.Timestamp("2024-03-09 15:00", tz="UTC").timestamp())}}}
    frame, (finding,), _ = read(chart("AAA", DAYS, [1.0] * 4, events=events))
    assert frame["dividends"].sum() == 0
    assert "2024-03-09" in finding.text


def test_rows_without_a_close_are_left_out_and_told():
    frame, (finding,), _ = read(chart("AAA", DAYS, [1.0, None, 3.0, 4.0]))
    assert len(frame) == 3
    assert finding.kind == "empty_rows"


@pytest.mark.parametrize(("minutes", "rows"), [(-1, 3), (1, 4)])
def test_a_session_that_is_still_open_has_no_bar(minutes, rows):
    body = chart("AAA", DAYS, [1.0, 2.0, 3.0, 4.0])
    close = datetime.fromtimestamp(body["meta"]["currentTradingPeriod"]["regular"]["end"], UTC)
    frame, findings, _ = read(body, moment=close + timedelta(minutes=minutes))
    assert len(frame) == rows
    assert [found.kind for found in findings] == ["open_session"] * (4 - rows)


def test_without_trading_hours_today_s_bar_is_left_out():
    body = chart("AAA", DAYS, [1.0, 2.0, 3.0, 4.0])
    del body["meta"]["currentTradingPeriod"]
    assert len(read(body, moment=datetime(2024, 3, 12, 21, tzinfo=UTC))[0]) == 3
    assert len(read(body, moment=datetime(2024, 3, 13, 21, tzinfo=UTC))[0]) == 4


def test_a_day_that_comes_twice_keeps_its_later_row():
    body = chart("AAA", [*DAYS, DAYS[-1]], [1.0, 2.0, 3.0, 4.0, 5.0])
    frame, (finding,), _ = read(body)
    assert frame["close"].tolist() == [1.0, 2.0, 3.0, 5.0]
    assert finding.kind == "duplicate_rows"


def change(path, value):
    def apply(body):
        inside = body
        for part in path[:-1]:
            inside = inside[part]
        inside[path[-1]] = value

    return apply


@pytest.mark.parametrize(
    "spoil",
    [
        change(("meta", "symbol"), "BBB"),
        change(("meta", "dataGranularity"), "1wk"),
        change(("meta", "exchangeTimezoneName"), "Mars/Olympus"),
        change(("meta",), None),
        change(("timestamp",), []),
        change(("timestamp",), ["x"] * 4),
        change(("indicators", "adjclose"), [{}]),
        change(("indicators", "quote"), [{}]),
        change(("indicators", "quote", 0, "close"), [1.0, 2.0]),
        change(("indicators", "quote", 0, "open"), ["a"] * 4),
        change(("indicators", "quote", 0, "low"), [9.0] * 4),
        change(("indicators", "quote", 0, "close"), [None] * 4),
        change(("events",), {"splits": {"1": {"date": 1709823000, "numerator": 1, "denominator": 0}}}),
        change(("events",), {"dividends": {"1": {"amount": "much", "date": 1709823000}}}),
    ],
)
def test_what_is_not_the_chart(spoil):
    body = chart("AAA", DAYS, [1.0, 2.0, 3.0, 4.0])
    spoil(body)
    with pytest.raises(BadPayload):
        read(body)


def test_highs_and_lows_that_changed_places_are_refused():
    body = chart("AAA", DAYS, [1.0, 2.0, 3.0, 4.0])
    quote = body["indicators"]["quote"][0]
    quote["high"], quote["low"] = quote["low"], quote["high"]
    with pytest.raises(BadPayload, match="changed places"):
        read(body)


def test_bars_agree_with_yfinance_s_own(server):
    """The same answers, read by yfinance."""
    import yfinance

    from engine.sources.yahoo import open_session, use_in_yfinance

    days = pd.bdate_range("2024-01-02", periods=40)
    closes = walk(3, days)
    stamp = chart("AAA", days, closes)["timestamp"][7]
    events = {"dividends": {str(stamp): {"amount": 0.5, "date": stamp}}}
    server.charts["AAA"] = chart("AAA", days, closes, adjusted=[v * 0.97 for v in closes], events=events)
    ours = fetch(Request("t", "yahoo_bars", ("AAA",)), QUICK).dataset.table.set_index("date")
    with open_session(timeout=5.0) as session:
        use_in_yfinance(session)
        theirs = yfinance.Ticker("AAA").history(period="max", auto_adjust=False)
        use_in_yfinance(None)
    theirs.index = theirs.index.tz_localize(None)
    assert ours.index.tolist() == theirs.index.tolist()
    for name, column in {"close": "Close", "adj_close": "Adj Close", "dividends": "Dividends", "open": "Open"}.items():
        np.testing.assert_allclose(ours[name], theirs[column], rtol=1e-12)
