"""The ETF universe page: what it says equals the engine, and every choice answers."""

import io
import json

import pytest
from openpyxl import load_workbook

from engine import cli
from engine.sources.yahoo import ADDRESS_VARIABLE
from engine.universe import inputs, ranked, universe
from tests.engine.sources.fake_yahoo import FakeYahoo
from ui import exports
from ui.i18n import Translator, catalogue


def text(at):
    parts = [*at.title, *at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error, *at.success]
    return "\n".join(str(element.value) for element in parts)


def table(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


def test_the_table_of_a_group_equals_the_command_line(open_page, capsys):
    at = open_page("universe", group="gold")
    assert not at.exception
    with pytest.raises(SystemExit):
        cli.main(["universe", "rank", "--group", "gold", "--json"])
    told = json.loads(capsys.readouterr().out)["funds"]
    shown = table(at, "Standing")
    assert list(shown["Fund"]) == [row["ticker"] for row in told]
    assert list(shown["Standing"]) == [round(100 * (1 - row["score"]), 1) for row in told]
    assert list(shown["First in"]) == [round(100 * row["p_first"], 1) for row in told]


def test_a_close_race_is_called_one(open_page):
    at = open_page("universe")
    assert "Take them as equals" in text(at)
    assert "SPY " not in table(at, "Standing")["Fund"].iloc[0]


def test_weights_move_the_order_and_show_where_from(open_page):
    plain = open_page("universe", group="gold")
    moved = open_page("universe", group="gold", w_fee="1")
    assert list(table(plain, "Standing")["Standing"]) != list(table(moved, "Standing")["Standing"])
    assert "With your weights" in text(moved)
    assert "With your weights" not in text(plain)


def test_no_weight_at_all_is_a_sentence(open_page):
    at = open_page("universe", w_fee="0", w_tracking="0", w_spread="0", w_top10="0", w_turnover="0")
    assert not at.exception
    assert "at least one weight above zero" in at.error[0].value


def test_a_weight_that_cannot_be_used_is_named(open_page):
    at = open_page("universe", w_fee="7")
    assert any("7" in warning.value for warning in at.warning)


@pytest.mark.parametrize(("ticker", "group", "stand_in"), [("QQQ", "us_growth", "QQQM"), ("GLD", "gold", "SGOL")])
def test_a_dear_share_has_a_cheap_one_beside_it(open_page, ticker, group, stand_in):
    at = open_page("universe", group=group, fund=ticker)
    assert f"**{stand_in}** is the cheapest share" in text(at)


def test_where_nothing_moves_alike_the_page_says_so(open_page):
    at = open_page("universe", group="us_sector", fund="XLK")
    assert "No cheaper share moves like XLK" in text(at)


def test_a_fund_alone_in_its_group_is_not_scored(open_page):
    at = open_page("universe", group="silver")
    assert not at.exception
    assert "cannot be ranked" in text(at)
    assert "SLV is not scored" in text(at)


def test_the_best_of_each_group(open_page):
    at = open_page("universe", view="best")
    rows = table(at, "Next")
    found = ranked()
    assert dict(zip(rows["Fund"], rows["First in"], strict=True)) == {
        row.winner: round(100 * row.p_first, 1) for row in found.best()
    }


def test_filters_leave_what_they_say(open_page):
    at = open_page("universe", view="all", most="50", **{"class": "bond"})
    shown = table(at, "Issuer")
    assert 0 < len(shown) < 33
    assert all(float(price) <= 50 for price in shown["Price, USD"])
    nothing = open_page("universe", view="all", most="1")
    assert "No fund passes these filters" in text(nothing)


def test_a_policy_switch_lets_commodity_futures_in(open_page):
    at = open_page("universe", group="commodity_futures", futures="1")
    assert {"DBC", "USO", "UNG"} <= set(table(at, "Standing")["Fund"])


def test_every_excluded_fund_has_a_reason(open_page):
    at = open_page("universe")
    out = table(at, "Reasons")
    assert len(out) == 24
    assert (out["Reasons"].str.len() > 3).all()
    assert {"TQQQ", "SH", "JEPI", "USO"} <= set(out["Fund"])


def test_a_large_order_is_warned_of(open_page):
    at = open_page("universe", group="us_factor", order="1000000")
    assert any("SIZE" in warning.value for warning in at.warning)


def test_prices_in_won_name_rate_and_day(open_page):
    at = open_page("universe", group="gold", currency="KRW")
    assert "per dollar (2 May 2026)" in text(at)
    assert "Price, KRW" in table(at, "Standing").columns


@pytest.mark.parametrize("view", ["group", "best", "all"])
def test_korean_pages_stand(open_page, view):
    at = open_page("universe", lang="ko", view=view, currency="KRW")
    assert not at.exception
    assert not at.error
    assert Translator("ko")("universe.title") in text(at)


def test_own_rows_take_part_and_bad_ones_are_named(open_page):
    at = open_page("universe", group="us_sp500")
    good = b"ticker,name,peer_group,fee_pct,spread_pct,top10_pct,turnover_pct,price_usd\nNEWF,Mine,us_sp500,0.01,0.005,36,2,20\n"
    at.file_uploader[0].upload("mine.csv", good, "text/csv").run()
    assert "NEWF" in list(table(at, "Standing")["Fund"])
    at.file_uploader[0].upload("mine.csv", b"ticker,name\nSPY,=HYPERLINK(1)\n", "text/csv").run()
    assert "mine.csv, row 2, column name" in at.error[0].value
    assert "NEWF" not in list(table(at, "Standing")["Fund"])


def test_exports_neutralise_formulas_and_keep_numbers():
    import pandas as pd

    rows = pd.DataFrame({"=name": ["=1+1", "@x", "plain"], "n": [0.5, -1.5, None]})
    assert exports.csv(rows).decode("utf-8-sig").splitlines() == ["'=name,n", "'=1+1,0.5", "'@x,-1.5", "plain,"]
    book = load_workbook(io.BytesIO(exports.xlsx(rows, ["=note"])))
    cells = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    assert cells == [["'=name", "n"], ["'=1+1", 0.5], ["'@x", -1.5], ["plain", None]]
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    assert book.worksheets[1]["A1"].value == "'=note"


@pytest.fixture
def yahoo(monkeypatch):
    server = FakeYahoo()
    server.add("GLD", "IAU", "SPYM", "SH")
    monkeypatch.setenv(ADDRESS_VARIABLE, server.url)
    yield server
    server.close()


def test_a_refresh_without_the_network_is_a_sentence_and_changes_nothing(open_page, monkeypatch):
    monkeypatch.setenv(ADDRESS_VARIABLE, "http://127.0.0.1:9")
    at = open_page("universe")
    before = list(table(at, "Standing")["Standing"])
    at.button(key="universe-refresh").click().run()
    assert not at.exception
    assert "Yahoo" in at.error[0].value
    assert list(table(at, "Standing")["Standing"]) == before


def test_a_refresh_lists_what_it_did_and_can_be_undone(open_page, yahoo):
    at = open_page("universe", group="gold")
    before = table(at, "Standing")
    at.button(key="universe-refresh").click().run()
    assert "figures changed or filled" in at.success[0].value
    listed = table(at, "From Yahoo")
    assert {"changed", "refused: too large a jump", "not read"} <= set(listed["Done"])
    at.button(key="universe-forget").click().run()
    assert table(at, "Standing").equals(before)


@pytest.mark.parametrize("tracking", ["error", "difference"])
@pytest.mark.parametrize("measured_only", [False, True])
def test_every_method_of_an_input_has_words(tracking, measured_only):
    codes = set(inputs(universe(), tracking=tracking, measured_only=measured_only).methods.to_numpy().ravel())
    assert {f"universe.method_{code or 'none'}" for code in codes} <= set(catalogue())
