"""Every column against plain pandas; scale, order and holes; what is kept and told."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import MissingData
from engine.universe.recompute import bars, parts, recomputed
from engine.universe.recompute.statistics import last_friday
from tests.engine.universe.recompute import plain
from tests.engine.universe.recompute.world import LAST, long, statistics

FUNDS = (
    "SPY", "VOO", "IVV", "VTI", "QQQ", "QQQM", "BND", "BNDX", "BNDW", "DIA", "DDM", "TQQQ", "SPYM", "VEA", "SCHF",
    "VXX", "SVXY", "UVXY", "JEPQ", "VIXY", "EMB", "VWOB", "GLD", "IAU", "SPTM", "ITOT", "SCHB", "VIG", "DGRO", "NOBL",
    "GII", "IGF", "AGG", "SCHZ", "IUSB", "TLT",
)  # fmt: skip
YOUNG = {"QQQM": "2020-10-13", "BNDW": "2018-09-06", "JEPQ": "2022-05-04"}
HOLES = {"SCHB": ["2021-03-03", "2022-08-05"], "EMB": ["2024-06-14"]}
FACTS = statistics()


@pytest.fixture(scope="module")
def table():
    return long(FUNDS, young=YOUNG, holes=HOLES)


@pytest.fixture(scope="module")
def panel(table):
    return bars(table)


@pytest.fixture(scope="module")
def found(panel):
    return recomputed(panel, FACTS)


def digits(name):
    return 4 if name.startswith(("corr", "beta", "zero")) else 3 if name.startswith("tracking") else 2


@pytest.mark.parametrize("name", ["SPY", "VOO", "QQQM", "BNDW", "JEPQ", "SCHB", "EMB", "TLT"])
def test_windows_volatility_return_and_falls_equal_plain_pandas(found, panel, name):
    expected = plain.path(panel.adjusted, name, last_friday(LAST))
    told = found.statistics.loc[name]
    for column, value in expected.items():
        assert told[column] == pytest.approx(value, abs=0.51 * 10.0 ** -digits(column), nan_ok=True), column
    assert told["window_end"] == pd.Timestamp("2026-11-20")
    assert told["as_of"] == LAST


CUTS = {"SPYM": "2020-02-03", "SVXY": "2018-03-01", "VIG": "2021-10-01", "SPTM": "2020-02-03", "UVXY": "2018-03-01"}


@pytest.mark.parametrize(
    "name", ["SPY", "VOO", "SPYM", "DIA", "BNDW", "TQQQ", "SVXY", "UVXY", "VIG", "SPTM", "SCHB", "JEPQ"]
)
def test_tracking_equals_plain_pandas_in_its_own_window(found, panel, name):
    reference = str(FACTS.at[name, "tracking_reference"])
    returns = panel.adjusted.pct_change(fill_method=None)
    other = sum(weight * returns[part] for weight, part in parts(reference))
    start = max(pd.Timestamp("2018-01-01"), *(pd.Timestamp(CUTS.get(key, "2018-01-01")) for key in (name, reference)))
    whole = plain.against(returns[name], other, start, LAST)
    late = plain.against(returns[name], other, max(start, LAST - pd.DateOffset(years=3)), LAST)
    told = found.statistics.loc[name]
    quality, basis = FACTS.at[name, "tracking_quality"], FACTS.at[name, "tracking_basis"]
    pairs = {
        "tracking_days": whole["days"], "tracking_error_weekly_pct": whole["te5"], "tracking_error_pct": whole["te20"],
        "tracking_error_3y_pct": late["te20"], "tracking_error_3y_denoised_pct": late["denoised"],
        "tracking_error_score_pct": max(0.10, late["denoised"]) if quality in "AB" else np.nan,
        "tracking_difference_pct": np.nan if "lever" in basis else whole["difference"],
        "corr_with_reference": whole["corr5"], "corr_with_reference_20d": whole["corr20"],
    }  # fmt: skip
    for column, value in pairs.items():
        assert told[column] == pytest.approx(value, abs=0.51 * 10.0 ** -digits(column), nan_ok=True), column
    assert told["tracking_start"] >= start
    assert told["tracking_end"] == LAST


def test_prices_are_closes_and_volume_is_counted_in_money(found, table):
    voo = table[table["ticker"] == "VOO"].set_index("date")
    assert found.quotes.at["VOO", "price_usd"] == voo["close"].iloc[-1] != voo["adj_close"].iloc[-1]
    assert found.quotes.at["VOO", "price_as_of"] == LAST
    money = voo["close"] * voo["volume"] / 1e6
    told = found.statistics.loc["VOO"]
    assert told["median_dollar_volume_usd_m"] == pytest.approx(money.loc["2024-11-24":].median(), rel=0.006)
    assert found.quotes.at["VOO", "adv_usd_m"] == pytest.approx(money.loc["2026-08-24":].mean())
    assert told["dollar_volume_basis"] == "2y median to 2026-11-24"
    assert told["spread_tick_floor_pct"] == pytest.approx(1.0 / voo["close"].iloc[-1], rel=0.006)
    assert told["spread_score_basis"] == "proxy"
    late = voo["adj_close"].loc["2024-11-24":].pct_change().std() * np.sqrt(252) * 100
    model = np.exp(-5.797) * told["median_dollar_volume_usd_m"] ** -0.421 * late**1.139
    assert told["spread_proxy_pct"] == pytest.approx(np.hypot(told["spread_tick_floor_pct"], model), rel=0.01)


def test_what_has_too_few_weeks_or_nothing_newer_keeps_its_figures():
    short = bars(long(("SPY", "VOO", "QQQM"), young={"QQQM": "2025-06-02"}))
    got = recomputed(short, FACTS, newer_than={"VOO": LAST})
    assert list(got.statistics.index) == ["SPY"]
    assert "weekly returns, 104 needed" in got.kept["QQQM"]
    assert "not newer" in got.kept["VOO"]
    assert got.kept["TLT"] == "no bars"
    assert set(got.kept) | {"SPY"} == set(FACTS.index)


def test_parts_that_cannot_be_computed_are_told():
    table = long(("VOO", "TLT"))
    table.loc[table["ticker"] == "TLT", "volume"] = 0.0
    got = recomputed(bars(table), FACTS)
    assert got.statistics["parts"].to_dict() == {"VOO": "price volume", "TLT": "price"}
    said = " ".join(found.text for found in got.findings)
    assert "tracking stays as on file" in said
    assert "beta and correlation with SPY stay" in said
    assert "volume and spread stay as on file (no volume): TLT" in said


def test_a_quality_that_no_longer_holds_is_told():
    table = long(("SPY", "BNDW", "VEA", "SCHF"))
    assert FACTS.at["VEA", "tracking_quality"] == "B"
    got = recomputed(bars(table), FACTS)
    assert got.statistics.at["VEA", "tracking_error_3y_denoised_pct"] > 1.0
    assert any(item.kind == "quality" and "VEA" in item.text for item in got.findings)


def test_one_window_for_all_where_a_refresh_reached_only_some():
    """The weeks end where nine of ten do; prices and volumes of those that went on are newer all the same."""
    table = long(FUNDS[:10])
    behind = [name for name in FUNDS[:10] if name != "VOO"]
    cut = table[(table["ticker"] == "VOO") | (table["date"] <= "2026-10-14")]
    got = recomputed(bars(cut), FACTS)
    assert got.friday == pd.Timestamp("2026-10-09")
    assert set(got.statistics["window_end"]) == {got.friday}
    assert got.statistics.at["VOO", "as_of"] == got.quotes.at["VOO", "price_as_of"] == LAST == got.last
    assert got.statistics.at[behind[0], "as_of"] == pd.Timestamp("2026-10-14")
    pd.testing.assert_frame_equal(got.joint, recomputed(bars(table), FACTS, friday=got.friday).joint, atol=1e-12)
    one_behind = table[(table["ticker"] != "BND") | (table["date"] <= "2026-10-14")]
    ahead = recomputed(bars(one_behind), FACTS)
    assert ahead.friday == pd.Timestamp("2026-11-20")
    assert ahead.statistics.at["BND", "window_end"] == pd.Timestamp("2026-10-14")


def test_a_reference_with_older_bars_leaves_tracking_on_file():
    table = long(("SPY", "VOO", "IVV"))
    table = table[(table["ticker"] != "VOO") | (table["date"] <= "2026-07-08")]
    got = recomputed(
        bars(table), FACTS, newer_than={name: pd.Timestamp("2026-07-10") for name in ("SPY", "VOO", "IVV")}
    )
    assert got.statistics["parts"].to_dict() == {"SPY": "price market volume", "IVV": "price market volume"}
    assert "VOO" in got.kept


def test_nothing_to_compute_is_an_error():
    with pytest.raises(MissingData) as caught:
        recomputed(bars(long(("SPY",))), FACTS, newer_than={"SPY": LAST})
    assert caught.value.code == "nothing_to_recompute"


def test_a_price_that_does_not_move_is_kept():
    table = long(("SPY", "BIL"))
    table.loc[table["ticker"] == "BIL", ["close", "adj_close"]] = 91.5
    assert recomputed(bars(table), FACTS).kept["BIL"] == "its price does not move"


@settings(max_examples=8)
@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 5))
def test_returns_do_not_know_the_scale_of_prices(scale, seed):
    """A price in other units: same volatility, falls, tracking and links; only money and ticks differ."""
    table = long(FUNDS[:8], start="2014-01-02", seed=seed)
    other = table.assign(adj_close=table["adj_close"] * scale)
    one, two = (recomputed(bars(each), FACTS) for each in (table, other))
    numbers = one.statistics.select_dtypes("number").columns
    pd.testing.assert_frame_equal(one.statistics[numbers], two.statistics[numbers], atol=0.011, rtol=0)
    pd.testing.assert_frame_equal(one.joint, two.joint, atol=1e-9)


@settings(max_examples=8)
@given(order=st.permutations(FUNDS[:9]))
def test_the_order_of_funds_and_rows_does_not_matter(order):
    table = long(FUNDS[:9], start="2014-01-02")
    mixed = pd.concat([table[table["ticker"] == name] for name in order]).sample(frac=1.0, random_state=1)
    one, two = (recomputed(bars(each), FACTS.loc[list(names)]) for each, names in ((table, FUNDS[:9]), (mixed, order)))
    pd.testing.assert_frame_equal(one.statistics, two.statistics.loc[one.statistics.index])
    pd.testing.assert_frame_equal(one.pairwise, two.pairwise.loc[list(FUNDS[:9]), list(FUNDS[:9])])
    pd.testing.assert_frame_equal(one.joint, two.joint.loc[list(FUNDS[:9]), list(FUNDS[:9])], atol=1e-12)


def test_twins_have_no_tracking_error():
    table = long(("SPY", "VOO", "VTI"))
    twin = table[table["ticker"] == "SPY"].assign(ticker="VOO", adj_close=lambda rows: rows["adj_close"] * 0.37)
    got = recomputed(bars(pd.concat([table[table["ticker"] != "VOO"], twin])), FACTS).statistics
    for name in ("SPY", "VOO"):
        assert got.at[name, "tracking_error_weekly_pct"] == got.at[name, "tracking_error_pct"] == 0.0
        assert got.at[name, "tracking_error_3y_denoised_pct"] == got.at[name, "tracking_difference_pct"] == 0.0
        assert got.at[name, "tracking_error_score_pct"] == 0.10
        assert got.at[name, "corr_with_reference"] == 1.0


def test_a_fund_against_its_own_reference_and_back_is_one_number(found):
    for a, b in (("SPY", "VOO"), ("GLD", "IAU")):
        if FACTS.at[a, "tracking_reference"] == b and FACTS.at[b, "tracking_reference"] == a:
            assert found.statistics.at[a, "tracking_error_pct"] == found.statistics.at[b, "tracking_error_pct"]
            assert (
                found.statistics.at[a, "tracking_difference_pct"] == -found.statistics.at[b, "tracking_difference_pct"]
            )


@pytest.mark.parametrize(
    ("day", "friday"), [("2026-11-24", "2026-11-20"), ("2026-11-20", "2026-11-20"), ("2026-11-26", "2026-11-20")]
)
def test_the_last_whole_week(day, friday):
    assert last_friday(pd.Timestamp(day)) == pd.Timestamp(friday)
