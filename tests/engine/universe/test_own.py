"""Own rows: every cell checked by row and column, merged without touching what is shared."""

import pandas as pd
import pytest

from engine.errors import BadInput
from engine.universe import COLUMNS, MAX_BYTES, inputs, ranked, read_funds, universe, with_own
from engine.universe.own import MAX_ROWS
from tests.engine.universe.conftest import TODAY

NEW = (
    "ticker,name,peer_group,fee_pct,tracking_error_pct,spread_pct,top10_pct,turnover_pct,price_usd,assets_usd_m,"
    "dollar_volume_usd_m,inception_date,as_of\n"
    "NEW,New Fund,us_sp500,0.01,0.15,0.01,36,2,20,500,10,2020-01-01,2026-10-31\n"
)


def read(text, **more):
    return read_funds(text if isinstance(text, bytes) else text.encode(), today=TODAY, **more)


def merged(known, text):
    return with_own(known, read(text, field="own.csv"), field="own.csv")


def refused(text, known=None):
    """The error that a file is refused with, while it is read or (given a universe) merged."""
    with pytest.raises(BadInput) as raised:
        merged(known, text) if known is not None else read(text, field="own.csv")
    return raised.value


# ---- reading


def test_cells_are_kept_as_text_by_ticker_with_their_lines():
    own = read(" Ticker ,FEE_PCT,name\n spy ,0.09,\n\nvoo, .03 ,Vanguard\n")
    assert own.rows == {"SPY": {"fee_pct": "0.09"}, "VOO": {"fee_pct": ".03", "name": "Vanguard"}}
    assert own.lines == {"SPY": 2, "VOO": 4}
    assert own.read_on == TODAY


@pytest.mark.parametrize(
    "content",
    [
        "ticker,name\nSPY,한글 이름\n".encode(),
        "ticker,name\nSPY,한글 이름\n".encode("utf-8-sig"),
        "ticker,name\nSPY,한글 이름\n".encode("cp949"),
        "ticker,name\r\nSPY,한글 이름\r\n".encode("cp949"),
        'ticker,name\n"SPY","한글 이름"'.encode(),
    ],
)
def test_utf_8_with_and_without_mark_and_cp949(content):
    assert read(content).rows == {"SPY": {"name": "한글 이름"}}


def test_blank_lines_and_rows_of_blanks_are_no_rows():
    own = read("ticker,fee_pct\n\nSPY,0.09\n , \n,\n\nVOO,0.03\n\n\n")
    assert own.lines == {"SPY": 3, "VOO": 7}


def test_a_short_row_leaves_the_rest_blank():
    assert read("ticker,fee_pct,name\nSPY,0.09\n").rows == {"SPY": {"fee_pct": "0.09"}}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\xff", b'ticker,fee_pct\nSPY,"0.09\n', "ticker,fee_pct\nSPY,0.09\n".encode("utf-16"), b"\n\n"],
)
def test_what_is_no_table_is_refused(content):
    assert refused(content).code in ("upload_no_table", "unknown_choice")
    assert refused(b"").code == "upload_no_table"
    assert "ticker" in refused(b"").message


@pytest.mark.parametrize("rows", ["SPY,0.09,3\nVOO,0.03,4\n", "SPY,0.09\nVOO,0.03,4\n"])
def test_more_cells_than_the_header_are_refused(rows):
    assert refused("ticker,fee_pct\n" + rows).code == "upload_no_table"


@pytest.mark.parametrize(
    ("header", "code", "value"),
    [
        ("ticker,fee", "unknown_choice", "fee"),
        ("ticker;fee_pct", "unknown_choice", "ticker;fee_pct"),
        ("SPY,0.09", "unknown_choice", "spy"),
        ("ticker,", "unknown_choice", ""),
        ("ticker,=cmd()", "unknown_choice", "=cmd()"),
        ("fee_pct,name", "missing_column", "own.csv"),
        ("ticker,fee_pct,fee_pct", "upload_duplicate", "fee_pct"),
        ("ticker,fee_pct,Fee_pct ", "upload_duplicate", "fee_pct"),
    ],
)
def test_the_header(header, code, value):
    error = refused(header + "\n" + "SPY" + ",1" * header.count(",") + "\n")
    assert (error.code, error.value) == (code, value)


def test_every_column_that_is_named_can_be_read():
    cells = {
        "ticker": "SPY", "fee_pct": "0.09", "tracking_error_pct": "0.2", "spread_pct": "0.002", "top10_pct": "40",
        "turnover_pct": "3", "price_usd": "700", "assets_usd_m": "600000", "dollar_volume_usd_m": "30000",
        "dividend_yield_pct": "1.1", "as_of": "2026-11-01", "inception_date": "1993-01-22", "peer_group": "us_sp500",
    } | {name: "FALSE" for name in COLUMNS if name.startswith("is_")}  # fmt: skip
    row = [cells.get(name, "text") for name in COLUMNS]
    own = with_own(universe(), read(",".join(COLUMNS) + "\n" + ",".join(row) + "\n"))
    spy = own.funds.loc["SPY"]
    assert spy[["fee", "tracking_error", "spread", "top10", "turnover", "dividend_yield"]].tolist() == pytest.approx(
        [0.0009, 0.002, 0.00002, 0.40, 0.03, 0.011]
    )
    assert spy[["price", "assets", "dollar_volume"]].tolist() == [700, 600e9, 30e9]
    assert set(own.own["SPY"]) >= {"fee", "tracking_error", "spread", "is_active", "name"}


@pytest.mark.parametrize("rows", [0, MAX_ROWS + 1])
def test_the_number_of_rows(rows):
    error = refused("ticker\n" + "".join(f"T{place}\n" for place in range(rows)))
    assert (error.code, error.value) == ("upload_rows", str(rows))
    assert f"{MAX_ROWS:,}" in error.message


def test_a_file_of_50_mb_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(pd, "read_csv", lambda *_, **__: pytest.fail("parsed"))
    error = refused(b"ticker,name\n" + b"x" * 50_000_000)
    assert error.code == "upload_too_large"
    assert error.value == "50,000,012 bytes"
    assert f"{MAX_BYTES:,}" in error.message


# ---- cells


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("fee_pct", "21"),
        ("fee_pct", "-0.1"),
        ("fee_pct", "300"),
        ("fee_pct", "1,000"),
        ("fee_pct", "0.09%"),
        ("fee_pct", "nan"),
        ("fee_pct", "inf"),
        ("fee_pct", "1e400"),
        ("fee_pct", "=0.09"),
        ("fee_pct", "０.09"),
        ("top10_pct", "101"),
        ("spread_pct", "25"),
        ("tracking_error_pct", "-1"),
        ("turnover_pct", "5001"),
        ("price_usd", "0"),
        ("assets_usd_m", "-5"),
        ("dollar_volume_usd_m", "much"),
        ("dividend_yield_pct", "101"),
        ("is_leveraged", "yes"),
        ("is_active", "1"),
        ("as_of", "2025-13-01"),
        ("as_of", "01.02.2025"),
        ("as_of", "20250102"),
        ("as_of", "2026-11-23"),
        ("inception_date", "2025-02-30"),
        ("inception_date", "1600-01-01"),
        ("peer_group", "US S&P 500"),
        ("name", "=HYPERLINK(1)"),
        ("name", "+1"),
        ("name", "-1"),
        ("name", "@SUM(A1)"),
        ("issuer", "=cmd|' /C calc'!A0"),
        ("index_tracked", "@x"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_by_row_and_column(column, cell):
    error = refused(f'ticker,{column}\nVOO,\nSPY,"{cell}"\n')
    assert error.code == "upload_cell"
    assert error.value == cell
    assert (error.params["row"], error.params["column"]) == ("3", column)
    assert error.message.startswith(f"own.csv, row 3, column {column}: '{cell}'")


@pytest.mark.parametrize("ticker", ["", "=SPY", "+SPY", "@SPY", "-SPY", "S P Y", "ABCDEFGHIJKLM", "SPY;", "스파이"])
def test_a_ticker_that_cannot_be_used(ticker):
    error = refused(f'ticker,fee_pct\n"{ticker}",0.1\n')
    assert error.code == "upload_cell"
    assert (error.params["row"], error.params["column"]) == ("2", "ticker")


def test_a_tab_before_a_formula_does_not_hide_it():
    assert refused('ticker,name\nSPY,"\t=1+1"\n').code == "upload_cell"


def test_a_ticker_that_comes_twice_is_named_with_its_line():
    error = refused("ticker,fee_pct\nSPY,0.09\n\nspy,0.1\n")
    assert (error.code, error.value, error.params["row"]) == ("upload_duplicate", "SPY", "4")


# ---- units


@pytest.mark.parametrize("cell", ["9.45", "0.000945"])
def test_a_fee_in_the_wrong_unit_is_refused(known, cell):
    error = refused(f"ticker,fee_pct\n\nSPY,{cell}\n", known)
    assert (error.code, error.value) == ("upload_cell", cell)
    assert (error.params["row"], error.params["column"]) == ("3", "fee_pct")
    assert "0.0945" in error.message


@pytest.mark.parametrize(("column", "cell"), [("top10_pct", "0.36"), ("spread_pct", "0.16"), ("turnover_pct", "0.03")])
def test_other_fields_in_the_wrong_unit_are_refused(known, column, cell):
    assert refused(f"ticker,{column}\nSPY,{cell}\n", known).params["column"] == column


@pytest.mark.parametrize("cell", ["0.0945", "0.20", "0.01", "0"])
def test_a_fee_near_the_known_one_or_of_nothing_is_taken(known, cell):
    assert with_own(known, read(f"ticker,fee_pct\nSPY,{cell}\n")).funds.at["SPY", "fee"] == float(cell) / 100


# ---- merging


def test_replaced_fields_become_measured_with_their_own_date_and_the_rest_stays(known):
    rows = "ticker,fee_pct,spread_pct,tracking_error_pct,as_of\nSPY,0.08,0.003,0.15,2026-10-31\nQQQ,0.18,,,\n"
    own = with_own(known, read(rows))
    before, after = inputs(known), inputs(own)
    for name, value in (("fee", 0.0008), ("spread", 0.00003), ("tracking", 0.0015)):
        told = after.of("SPY", TODAY)[name]
        assert told["value"] == pytest.approx(value)
        assert (told["kind"], told["method"], told["source"], told["as_of"]) == ("measured", "own", "own", "2026-10-31")
        assert told["error"] > 0
        assert told["log_error"] is None
    assert after.of("QQQ", TODAY)["fee"]["as_of"] == TODAY.isoformat()
    for name in ("top10", "turnover"):
        assert after.of("SPY", TODAY)[name] == before.of("SPY", TODAY)[name]
    others = known.funds.index.difference(["SPY", "QQQ"])
    pd.testing.assert_frame_equal(before.figures.loc[others], after.figures.loc[others])
    pd.testing.assert_frame_equal(before.kinds.loc[others], after.kinds.loc[others])
    assert own.own == {"SPY": ("fee", "spread", "tracking_error"), "QQQ": ("fee",)}


def test_an_own_top_ten_replaces_one_that_says_nothing(known):
    own = inputs(with_own(known, read("ticker,top10_pct\nBNDW,5\nGLD,99\n")))
    assert own.of("BNDW", TODAY)["top10"]["method"] == "own"
    assert own.figures.loc[["BNDW", "GLD"], "top10"].tolist() == [0.05, 0.99]
    assert own.errors.loc[["BNDW", "GLD"], "top10"].tolist() == [0.02, 0.02]


def test_the_universe_that_is_shared_is_not_touched(known):
    funds, groups = known.funds.copy(), known.groups.copy()
    own = with_own(known, read(NEW.replace("us_sp500", "mine") + "SPY,,,0.2,,,,,,,,,\n"))
    pd.testing.assert_frame_equal(known.funds, funds)
    pd.testing.assert_frame_equal(known.groups, groups)
    assert known.own == {}
    assert len(own.funds) == len(funds) + 1
    assert own.funds.dtypes[funds.columns].equals(funds.dtypes)
    assert universe() is known


def test_rows_on_rows_add_up(known):
    once = with_own(known, read("ticker,fee_pct\nSPY,0.08\n"))
    twice = with_own(once, read("ticker,spread_pct,fee_pct\nSPY,0.003,0.07\n"))
    assert twice.own == {"SPY": ("fee", "spread")}
    assert twice.funds.at["SPY", "fee"] == pytest.approx(0.0007)
    assert once.funds.at["SPY", "fee"] == pytest.approx(0.0008)


def test_a_new_fund_is_ranked_in_its_group(known):
    found = ranked(known=with_own(known, read(NEW)), today=TODAY, draws=50)
    told = found.fund("NEW")
    assert (told["group"], told["not_scored"]) == ("us_sp500", None)
    assert {item["kind"] for item in told["inputs"].values()} == {"measured"}
    assert found.ranking.table.at["SPY", "group_size"] == 5
    assert found.ranking.winner("us_sp500") == "NEW"
    assert found.screening.unchecked == {"NEW": ("behaviour",)}


def test_a_new_fund_with_its_fee_alone_passes_unchecked_and_is_not_scored(known):
    found = ranked(
        known=with_own(known, read("ticker,name,peer_group,fee_pct\nNEW,New,mine,0.1\n")), today=TODAY, draws=5
    )
    assert found.fund("NEW")["not_scored"] == "too_few_inputs"
    assert found.screening.unchecked["NEW"] == ("inception_date", "assets", "dollar_volume", "behaviour")
    assert found.known.groups.loc["mine", "kind"] == "own"
    kinds = {name: item["kind"] for name, item in found.fund("NEW")["inputs"].items()}
    assert kinds == {"fee": "measured"} | dict.fromkeys(["tracking", "spread", "top10", "turnover"], "missing")


@pytest.mark.parametrize("left_out", ["name", "peer_group", "fee_pct"])
def test_a_new_fund_needs_its_columns(known, left_out):
    cells = {"ticker": "NEW", "name": "New", "peer_group": "us_sp500", "fee_pct": "0.1"}
    del cells[left_out]
    error = refused(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", known)
    assert (error.code, error.params["column"], error.params["row"]) == ("upload_cell", left_out, "2")


@pytest.mark.parametrize("column", ["is_leveraged", "is_inverse", "is_derivative_based"])
def test_an_own_flag_excludes_and_cannot_free_a_geared_fund(known, column):
    own = with_own(known, read(f"ticker,{column}\nSPY,true\n"))
    assert ranked(known=own, today=TODAY, draws=5).screening.excluded["SPY"]
    rows = "ticker,name,is_leveraged,is_inverse,is_derivative_based\nUPRO,Plain Fund,false,false,false\n"
    freed = ranked(known=with_own(known, read(rows)), today=TODAY, draws=5)
    assert [reason.code for reason in freed.screening.excluded["UPRO"]] == ["behaves_leveraged"]


def test_a_new_fund_with_a_geared_name_is_caught(known):
    rows = "ticker,name,peer_group,fee_pct\nNEW,Daily S&P 500 Bull 3X,us_sp500,0.1\n"
    found = ranked(known=with_own(known, read(rows)), today=TODAY, draws=5)
    assert [reason.code for reason in found.screening.excluded["NEW"]] == ["name_leveraged"]


def test_as_many_new_funds_as_are_taken_are_merged_in_file_order(known):
    rows = "".join(f"N{place},Fund {place},g{place % 30},0.1\n" for place in range(MAX_ROWS))
    own = with_own(known, read("ticker,name,peer_group,fee_pct\n" + rows))
    assert own.funds.index[len(known.funds) :].tolist() == [f"N{place}" for place in range(MAX_ROWS)]
    assert len(own.groups) == len(known.groups) + 30
