"""What is no price of the fund: former tickers, other securities, stray days, distributions counted twice."""

import numpy as np
import pandas as pd
import pytest

from engine.universe.recompute import bars
from tests.engine.universe.recompute.world import long


def kinds(found):
    return [item.kind for item in found.findings]


def test_bars_side_by_side():
    table = long(("SPY", "AGG"), start="2024-01-02", young={"AGG": "2025-01-02"})
    found = bars(table)
    assert list(found.close) == ["AGG", "SPY"]
    assert found.close["AGG"].first_valid_index() == pd.Timestamp("2025-01-02")
    back = found.close["SPY"].to_numpy()
    assert back == pytest.approx(table.loc[table["ticker"] == "SPY", "close"].to_numpy())
    assert found.findings == ()


def test_a_former_ticker_goes_on_under_the_new_one():
    old = long(("SPLG", "VTI"), start="2024-01-02")
    new = old[(old["ticker"] == "SPLG") & (old["date"] >= "2025-10-31")].assign(ticker="SPYM")
    new = new.assign(adj_close=new["adj_close"] * 1.5, close=new["close"] * 1.0)
    found = bars(pd.concat([old, new]))
    assert kinds(found) == ["renamed"]
    moved = found.adjusted["SPYM"].pct_change()
    assert moved.dropna().to_numpy() == pytest.approx(found.adjusted["SPLG"].pct_change().dropna().to_numpy())
    assert found.adjusted.at["2025-10-31", "SPYM"] == pytest.approx(1.5 * found.adjusted.at["2025-10-31", "SPLG"])
    assert bars(old).adjusted["SPYM"].equals(bars(old).adjusted["SPLG"].rename("SPYM"))


def test_a_former_ticker_without_a_common_day_is_not_joined():
    old = long(("SPLG", "VTI"), start="2024-01-02")
    new = old[(old["ticker"] == "SPLG") & (old["date"] >= "2025-10-31")].assign(ticker="SPYM")
    found = bars(pd.concat([old[(old["ticker"] == "VTI") | (old["date"] < "2025-10-31")], new]))
    assert found.adjusted["SPYM"].first_valid_index() == pd.Timestamp("2025-10-31")
    assert "not joined" in found.findings[0].text


def test_bars_before_a_fund_began_are_another_security_s():
    found = bars(long(("SPY", "BNDW"), start="2017-01-02"), {"BNDW": pd.Timestamp("2018-09-04"), "SPY": pd.NaT})
    assert kinds(found) == ["recycled_ticker"]
    assert found.adjusted["BNDW"].first_valid_index() == pd.Timestamp("2018-08-28")


def test_stray_days_and_impossible_prices_are_left_out_and_told():
    table = long(("SPY", "AGG", "VOO", "GLD"), start="2026-01-02")
    stray = table.iloc[[5]].assign(date=pd.Timestamp("2026-07-04"))
    table.loc[table.index[40], "close"] = 0.0
    table.loc[table.index[41], "adj_close"] = -3.0
    found = bars(pd.concat([table, stray]))
    assert pd.Timestamp("2026-07-04") not in found.close.index
    assert sorted(kinds(found)) == ["no_price", "no_session"]
    assert "SPY: 2 bars" in next(item.text for item in found.findings if item.kind == "no_price")
    assert found.close["SPY"].isna().sum() == found.adjusted["SPY"].isna().sum() == 2


@pytest.mark.parametrize("fault", [0.0115, 0.0241, 0.0])
def test_a_distribution_counted_twice_is_taken_out_only_while_it_is_there(fault):
    table = long(("IGF", "SPY"), start="2020-01-02")
    twin = table[table["ticker"] == "IGF"].assign(ticker="GII")
    twin.loc[twin["date"] >= "2021-12-17", "adj_close"] *= 1.0 + fault
    found = bars(pd.concat([table, twin]))
    assert kinds(found) == (["doubled_distribution"] if fault else [])
    gap = np.abs(found.adjusted["GII"].pct_change() - found.adjusted["IGF"].pct_change()).max()
    assert gap < 1e-12
