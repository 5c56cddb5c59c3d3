"""A reader's own file: read as it is, or refused with the row and what would be accepted."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.sources import Basis, Frequency, load, read_line
from engine.sources.upload import MAX_BYTES


def read(content, kind="prices", **options):
    data = content if isinstance(content, bytes) else content.encode()
    return read_line(data, kind=kind, basis=Basis.TOTAL_RETURN, **options)


def rows(dates, values, header="date,value"):
    return "\n".join([header, *(f"{day},{value}" for day, value in zip(dates, values, strict=True))]) + "\n"


def months(first, count):
    return [f"{period}" for period in pd.period_range(first, periods=count, freq="M")]


def refused(content, kind="prices", **options):
    with pytest.raises(BadInput) as caught:
        read(content, kind, **options)
    return caught.value


SESSIONS = ["2020-01-02", "2020-01-03", "2020-01-06", "2020-01-07"]


# --- good files


def test_daily_prices_keep_dates_and_values():
    line = read(rows(SESSIONS, [100, 101.5, 99, 102]))
    assert line.frequency == Frequency.DAILY
    assert list(line.levels) == [100, 101.5, 99, 102]
    assert [day.strftime("%Y-%m-%d") for day in line.levels.index] == SESSIONS


@pytest.mark.parametrize("stamp", ["{}", "{}-28"])
def test_monthly_prices_are_stamped_at_month_ends(stamp):
    line = read(rows([stamp.format(month) for month in months("2019-11", 4)], [1, 2, 3, 4]))
    assert line.frequency == Frequency.MONTHLY
    assert line.levels.index.equals(pd.DatetimeIndex(["2019-11-30", "2019-12-31", "2020-01-31", "2020-02-29"]))


@pytest.mark.parametrize(
    ("kind", "values"), [("returns_decimal", [0.10, -0.05, 0.0, 0.02]), ("returns_percent", [10, -5, 0, 2])]
)
def test_returns_become_growth_of_one_with_a_starting_row(kind, values):
    line = read(rows(SESSIONS, values), kind)
    np.testing.assert_allclose(line.levels, [1, 1.1, 1.045, 1.045, 1.0659], rtol=1e-12)
    assert line.first == date(2020, 1, 1)


def test_monthly_returns_start_at_the_month_end_before():
    line = read(rows(months("2020-03", 3), [0.1, 0.1, 0.1]), "returns_decimal")
    assert line.first == date(2020, 2, 29)
    assert line.levels.iloc[-1] == pytest.approx(1.331)


def test_a_daily_start_before_a_monday_is_the_friday():
    line = read(rows(["2020-01-06", "2020-01-07", "2020-01-08"], [0.1, 0.1, 0.1]), "returns_decimal")
    assert line.first == date(2020, 1, 3)


def test_a_line_says_whose_it_is():
    line = read(rows(SESSIONS, [1, 2, 3, 4]), currency="KRW", name="my fund", field="fund.csv")
    assert (line.id, line.kind, line.currency, line.basis) == ("my fund", "own", "KRW", Basis.TOTAL_RETURN)
    assert line.source == "fund.csv"
    assert "4 rows of prices" in line.findings[0].text


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffdate,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3\n",
        "date,value\r\n2020-01-02,1\r\n2020-01-03,2\r\n2020-01-06,3\r\n",
        "date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3",
        '"date","value"\n"2020-01-02","1"\n"2020-01-03","2"\n"2020-01-06","3"\n',
        "Datum,Wert\n 2020-01-02 , 1\n2020-01-03, 2 \n2020-01-06,3\n",
        "date,value\n2020-01-02,1.0e0\n2020-01-03,+2\n2020-01-06,3.\n",
        "날짜,종가\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3\n",
        "date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3\n\n\n",
    ],
    ids=["BOM", "CRLF", "no last newline", "quotes", "spaces", "exponents", "Korean header", "blank lines at the end"],
)
def test_common_ways_of_writing_are_read(content):
    assert list(read(content).levels) == [1, 2, 3]


def test_a_real_index_is_read_back_exactly():
    close = load("sp500_price").frame["SP500"]
    line = read(rows(close.index.strftime("%Y-%m-%d"), close))
    pd.testing.assert_series_equal(line.levels, close, check_names=False, check_index_type=False)
    assert line.frequency == Frequency.DAILY


@pytest.mark.parametrize(("kind", "scale"), [("returns_decimal", 1), ("returns_percent", 100)])
def test_real_monthly_returns_are_read_back(kind, scale):
    market = load("french_portfolios").frame["Market"]
    line = read(rows(market.index.strftime("%Y-%m"), (market * scale).map(repr).str.extract(r"([-\d.e]+)")[0]), kind)
    np.testing.assert_allclose(line.returns, market, atol=1e-14)
    assert line.returns.index.equals(market.index)


# --- refusals


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        ("date,value\n2020-01-02,1\n2020-13-03,2\n2020-01-06,3\n", "upload_date", 3),
        ("date,value\n02/01/2020,1\n2020-01-03,2\n2020-01-06,3\n", "upload_date", 2),
        ("date,value\n2020-01-02,1\n2020-01-03,2\n2020-02-30,3\n", "upload_date", 4),
        ("date,value\n2020-01-02,1\n,2\n2020-01-06,3\n", "upload_date", 3),
        ("date,value\n2020-01-02,1\n2020-01-03 16:00,2\n2020-01-06,3\n", "upload_date", 3),
        ("date,value\n2020-01-02,1\n2020-01-02,2\n2020-01-06,3\n", "upload_order", 3),
        ("date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-01,3\n", "upload_order", 4),
        ("date,value\n2020-01-02,x\n2020-01-03,2\n2020-01-06,3\n", "upload_number", 2),
        ("date,value\n2020-01-02,1\n2020-01-03,\n2020-01-06,3\n", "upload_number", 3),
        ("date,value\n2020-01-02,1\n2020-01-03\n2020-01-06,3\n", "upload_number", 3),
        ("date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,nan\n", "upload_number", 4),
        ("date,value\n2020-01-02,1\n2020-01-03,inf\n2020-01-06,3\n", "upload_number", 3),
        ("date,value\n2020-01-02,1\n2020-01-03,5 %\n2020-01-06,3\n", "upload_number", 3),
        ('date,value\n2020-01-02,"1,000"\n2020-01-03,2\n2020-01-06,3\n', "upload_number", 2),
        ("date,value\n2020-01-02,1\n2020-01-03,0\n2020-01-06,3\n", "upload_sign", 3),
        ("date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,-3\n", "upload_sign", 4),
        ("date,value\n2020-01-02,1\n\n2020-01-03,2\n2020-01-06,3\n", "upload_date", 3),
        ("date,value\n2020-01-02,1\n2020-01-03,2\n2020-01-06,3\n,\n", "upload_date", 5),
    ],
)
def test_the_row_of_a_bad_price_file_is_named(content, code, row):
    error = refused(content)
    assert (error.code, error.params["row"]) == (code, str(row))
    assert f"file, row {row}:" in error.message


@pytest.mark.parametrize(
    ("kind", "value", "accepted"),
    [
        ("returns_decimal", -1, "decimals up to 1"),
        ("returns_decimal", -1.5, "decimals up to 1"),
        ("returns_decimal", 1.5, "decimals up to 1"),
        ("returns_percent", -100, "percent"),
        ("returns_percent", 1001, "percent"),
    ],
)
def test_impossible_returns_are_refused_with_the_unit(kind, value, accepted):
    error = refused(rows(SESSIONS, [0.1, 0.2, value, 0.1]), kind)
    assert (error.code, error.params["row"], error.value) == ("upload_return", "4", str(float(value)))
    assert accepted in error.message


@pytest.mark.parametrize(
    ("kind", "value"),
    [("returns_decimal", 1), ("returns_decimal", -0.999), ("returns_percent", 1000), ("returns_percent", -99.9)],
)
def test_the_limits_themselves_are_accepted(kind, value):
    assert len(read(rows(SESSIONS, [0.1, value, 0.1, 0.1]), kind).levels) == 5


@pytest.mark.parametrize(("value", "row"), [(-0.999, 109), (1.0, 1025)])
def test_a_path_that_reaches_zero_or_leaves_all_bounds_is_refused(value, row):
    days = [date(2000, 1, 1) + timedelta(k) for k in range(1200)]
    error = refused(rows(days, [value] * 1200), "returns_decimal")
    assert (error.code, error.params["row"]) == ("upload_return", str(row))


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("date\n2020-01-02\n2020-01-03\n2020-01-06\n", 1),
        ("date;value\n2020-01-02;1\n2020-01-03;2\n2020-01-06;3\n", 1),
        ("date,a,b\n2020-01-02,1,1\n2020-01-03,2,2\n2020-01-06,3,3\n", 3),
        ("date,a\n2020-01-02,1,1\n2020-01-03,2,2\n2020-01-06,3,3\n", 3),
    ],
)
def test_anything_but_two_columns_is_refused(content, columns):
    error = refused(content)
    assert (error.code, error.value) == ("upload_columns", str(columns))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_rows_are_refused(count):
    error = refused(rows(SESSIONS[:count], [1] * count))
    assert (error.code, error.value, error.params["accepted"]) == ("upload_too_short", str(count), "3")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\x00d",
        b'date,value\n2020-01-02,"1\n',
        "date,value\n2020-01-02,1\n".encode("utf-16"),
    ],
)
def test_what_is_no_text_table_is_refused(content):
    error = refused(content)
    assert error.code == "upload_unreadable"
    assert f"{len(content):,} bytes" in error.message


def test_a_file_beyond_the_limit_is_refused_unread():
    error = refused(b"x" * (MAX_BYTES + 1))
    assert (error.code, error.value) == ("upload_too_large", "2,000,001 bytes")


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["2020-01-03", "2020-01-10", "2020-01-17", "2020-01-24"], "7"),
        (["2020-01-31", "2020-02-29", "2020-04-30", "2020-05-31"], "31"),
        (["2019-12-31", "2020-12-31", "2021-12-31", "2022-12-31"], "365"),
        (["2020-01-06", "2020-01-07", "2020-01-08", "2020-01-31"], "23"),
    ],
    ids=["weekly", "a month is missing", "yearly", "a hole in the days"],
)
def test_dates_that_are_neither_daily_nor_monthly_are_refused(dates, days):
    error = refused(rows(dates, [1, 2, 3, 4]))
    assert (error.code, error.value) == ("upload_frequency", days)


def test_an_unknown_kind_is_refused():
    error = refused(rows(SESSIONS, [1, 2, 3, 4]), "logs")
    assert (error.code, error.field) == ("unknown_choice", "kind")
    assert "returns_percent" in error.message


def test_the_field_is_the_name_the_reader_knows():
    assert refused("date,value\n", field="fund.csv").message.startswith("fund.csv:")


# --- for all files


@given(st.lists(st.floats(-0.5, 0.9), min_size=3, max_size=60), st.booleans())
def test_returns_survive_the_way_through_a_file(returns, monthly):
    first = date(2021, 3, 1)
    days = months("2001-05", len(returns)) if monthly else [first + timedelta(k) for k in range(len(returns))]
    line = read(rows(days, returns), "returns_decimal")
    np.testing.assert_allclose(line.returns, returns, rtol=1e-9, atol=1e-12)
    assert line.frequency == (Frequency.MONTHLY if monthly else Frequency.DAILY)
    percent = read(rows(days, [100 * value for value in returns]), "returns_percent")
    np.testing.assert_allclose(percent.levels, line.levels, rtol=1e-9)


@given(st.lists(st.floats(1e-3, 1e9), min_size=3, max_size=60))
def test_prices_survive_the_way_through_a_file(prices):
    line = read(rows([date(2021, 3, 1) + timedelta(k) for k in range(len(prices))], prices))
    assert list(line.levels) == prices


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_any_bytes_are_read_or_refused_and_never_crash(content):
    try:
        line = read(content)
    except BadInput as error:
        assert error.code.startswith("upload_")  # noqa: PT017
    else:
        assert (line.levels > 0).all()


FIELD = st.one_of(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(str),
    st.floats().map(str),
    st.sampled_from(["", "nan", "2020-01", '"', "'", "-", "\t", "1,2", "\r", "0"]),
)


@given(
    st.lists(st.lists(FIELD, min_size=1, max_size=3), min_size=1, max_size=8),
    st.sampled_from(["prices", "returns_decimal", "returns_percent"]),
)
def test_any_small_table_is_read_or_refused_and_never_crashes(table, kind):
    content = "\n".join([",".join(fields) for fields in [["date", "value"], *table]])
    try:
        line = read(content, kind)
    except BadInput as error:
        assert error.code.startswith("upload_")  # noqa: PT017
    else:
        assert np.isfinite(line.levels).all()
        assert line.levels.index.is_monotonic_increasing


@pytest.mark.parametrize("day", ["01", "15"])
def test_a_monthly_price_from_another_part_of_the_month_is_refused(day):
    error = refused(rows([f"{month}-{day}" for month in months("2019-11", 4)], [1, 2, 3, 4]))
    assert error.code == "upload_month_end"
    assert "row 2" in error.message


def test_a_file_without_a_header_is_refused_so_that_no_row_is_lost():
    error = refused(b"2020-01-31,1\n2020-02-29,2\n2020-03-31,3\n2020-04-30,4\n")
    assert error.code == "upload_header"


def test_a_korean_spreadsheets_code_page_is_read():
    text = "날짜,값\n2020-01-31,1\n2020-02-29,2\n2020-03-31,3\n"
    assert list(read(text.encode("cp949")).levels) == [1, 2, 3]
