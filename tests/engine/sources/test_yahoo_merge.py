"""Live facts merged into the universe table: what changes, what stays, and that it is told."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.sources import load
from engine.sources.schemas import ETF_UNIVERSE
from engine.sources.yahoo import Failure, FailureKind, Outcome, merge_facts
from engine.sources.yahoo.facts import assembled
from engine.sources.yahoo.merge import NUMBERS, RULES, TEXTS
from tests.engine.sources.fake_yahoo import quote, summary

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
TODAY = "2026-11-20"
UNIVERSE = load("etf_universe").frame
FULL = {
    "price_usd": ("price_usd", 100.0, TODAY),
    "fee_pct": ("expense_ratio_pct", 0.09, TODAY),
    "spread_pct": ("avg_spread_pct", 0.02, TODAY),
    "top10_weight_pct": ("top10_weight_pct", 47.0, TODAY),
    "turnover_pct": ("turnover_pct", 8.07, f"latest fiscal year before {TODAY}"),
    "assets_usd_m": ("aum_usd_m", 5000.0, TODAY),
    "dividend_yield_pct": ("dividend_yield_pct", 1.25, TODAY),
    "adv_usd_m": ("adv_usd_m", 200.0, f"3 months to {TODAY}"),
}
RULE = {rule.field: rule for rule in RULES}


def live(ticker="ITOT", *, market=None, **modules):
    """Facts of one fund: those of the fake server, changed."""
    moment = {"regularMarketTime": int(NOW.timestamp()) - 60}
    entries = {ticker: (quote(ticker, **moment | (market or {})), NOW)}
    return assembled([ticker], entries, {ticker: (summary(ticker, **modules), NOW)}, {}, {})


def universe(ticker="ITOT", **cells):
    """One row of the table, near the fake server's figures and older than they are."""
    near = {"price_usd": 90.0, "expense_ratio_pct": 0.1, "avg_spread_pct": 0.03, "top10_weight_pct": 40.0}
    near |= {"turnover_pct": 5.0, "aum_usd_m": 4000.0, "dividend_yield_pct": 1.5, "adv_usd_m": 150.0}
    near |= {"spread_as_of": "2025-12", "spread_source": "S9", "price_as_of": "2026-08-20", "aum_scope": "fund"}
    near |= {"expense_as_of": "2025-07", "expense_basis": "gross", "top10_cash_removed_pct": 0.4}
    near |= {"top10_names_counted": 9.0, "source": "S1;S2", "as_of": "2026-08-20"}
    return UNIVERSE[UNIVERSE["ticker"] == ticker].assign(**near | cells)


def told(findings, column):
    (found,) = [finding for finding in findings if finding.column == column]
    return found


def test_every_figure_comes_with_its_date_and_source():
    before = universe()
    frame, findings = merge_facts(before, live())
    row = frame.iloc[0]
    for field, (column, value, as_of) in FULL.items():
        assert row[column] == pytest.approx(value)
        assert row[RULE[field].as_of] == as_of
        if RULE[field].source:
            assert row[RULE[field].source] == "Yahoo Finance"
        finding = told(findings, column)
        assert (finding.kind, finding.old, finding.new) == (Outcome.CHANGED, before[column].iloc[0], row[column])
    assert (row["as_of"], row["source"]) == (TODAY, "S1;S2;Yahoo Finance")
    ETF_UNIVERSE.validate(frame)


def test_cells_made_from_a_figure_go_with_it():
    frame, findings = merge_facts(universe(), live())
    row = frame.iloc[0]
    assert (row["expense_basis"], row["spread_method"]) == ("net", "one live quote, bid/ask % of middle")
    assert row["one_cent_tick_pct"] == 0.01
    assert row["top10_names_counted"] == 10
    assert np.isnan(row["top10_cash_removed_pct"])
    assert told(findings, "top10_cash_removed_pct").kind is Outcome.CLEARED
    assert (told(findings, "expense_basis").old, told(findings, "expense_basis").new) == ("gross", "net")


def test_nothing_but_the_named_columns_is_touched():
    before = universe()
    copy = before.copy(deep=True)
    frame, _ = merge_facts(before, live())
    pd.testing.assert_frame_equal(before, copy)
    rest = [name for name in before.columns if name not in (*NUMBERS, *TEXTS)]
    pd.testing.assert_frame_equal(frame[rest], before[rest])
    assert frame.dtypes.equals(before.dtypes)


def test_blank_cells_are_filled():
    blank = {column: np.nan for column, *_ in FULL.values()}
    dates = {name: None for rule in RULES for name in (rule.as_of, rule.source) if name}
    frame, findings = merge_facts(universe(**blank, **dates), live())
    for column, value, _ in FULL.values():
        assert frame[column].iloc[0] == pytest.approx(value)
        assert (told(findings, column).kind, told(findings, column).old) == (Outcome.FILLED, None)


def test_columns_that_pandas_read_as_empty_numbers_can_take_texts():
    before = universe(avg_spread_pct=np.nan).assign(spread_as_of=np.nan, spread_source=np.nan, spread_method=np.nan)
    frame, _ = merge_facts(before.assign(turnover_pct=5), live())
    assert frame[["spread_as_of", "spread_source", "turnover_pct"]].iloc[0].tolist() == [TODAY, "Yahoo Finance", 8.07]


def test_an_equal_figure_is_confirmed_and_dated():
    frame, findings = merge_facts(universe(expense_ratio_pct=0.0900001), live())
    assert told(findings, "expense_ratio_pct").kind is Outcome.CONFIRMED
    assert (frame["expense_ratio_pct"].iloc[0], frame["expense_as_of"].iloc[0]) == (0.0900001, TODAY)


def test_a_missing_figure_replaces_nothing_and_says_why():
    before = universe()
    silent = live(
        market={"netExpenseRatio": 0, "marketState": "POST", "dividendYield": None, "netAssets": None},
        fundProfile={"feesExpensesInvestment": {}},
        summaryDetail={"yield": None, "totalAssets": 0},
        defaultKeyStatistics={"yield": None, "totalAssets": None},
        topHoldings={"holdings": []},
    )
    frame, findings = merge_facts(before, silent)
    reasons = {
        "expense_ratio_pct": "zero_means_unknown",
        "avg_spread_pct": "quote_not_live",
        "top10_weight_pct": "not_reported",
        "turnover_pct": "not_reported",
        "aum_usd_m": "zero_means_unknown",
        "dividend_yield_pct": "not_reported",
    }
    for column, reason in reasons.items():
        assert frame[column].iloc[0] == before[column].iloc[0]
        assert (told(findings, column).kind, told(findings, column).reason) == (Outcome.KEPT_MISSING, reason)
    kept = ["expense_basis", "expense_source", "spread_method", "top10_names_counted", "turnover_as_of"]
    pd.testing.assert_frame_equal(frame[kept], before[kept])


@pytest.mark.parametrize(
    ("column", "old", "kind"),
    [
        ("expense_ratio_pct", 0.031, Outcome.CHANGED),
        ("expense_ratio_pct", 0.029, Outcome.REFUSED_JUMP),
        ("expense_ratio_pct", 0.269, Outcome.CHANGED),
        ("expense_ratio_pct", 0.271, Outcome.REFUSED_JUMP),
        ("expense_ratio_pct", 9.0, Outcome.REFUSED_JUMP),
        ("expense_ratio_pct", 0.0, Outcome.REFUSED_JUMP),
        ("price_usd", 51.0, Outcome.CHANGED),
        ("price_usd", 49.0, Outcome.REFUSED_JUMP),
        ("price_usd", 199.0, Outcome.CHANGED),
        ("price_usd", 201.0, Outcome.REFUSED_JUMP),
        ("turnover_pct", 0.0807, Outcome.REFUSED_JUMP),
        ("aum_usd_m", 5.0, Outcome.REFUSED_JUMP),
        ("dividend_yield_pct", 0.0, Outcome.REFUSED_JUMP),
        ("top10_weight_pct", 0.47, Outcome.REFUSED_JUMP),
    ],
)
def test_a_jump_is_refused_and_both_figures_are_named(column, old, kind):
    frame, findings = merge_facts(universe(**{column: old}), live())
    value = next(value for name, value, _ in FULL.values() if name == column)
    found = told(findings, column)
    assert (found.kind, found.old, found.new) == (kind, old, pytest.approx(value))
    assert frame[column].iloc[0] == (pytest.approx(value) if kind is Outcome.CHANGED else old)
    if kind is Outcome.REFUSED_JUMP:
        rule = next(rule for rule in RULES if rule.column == column)
        assert frame[rule.as_of].iloc[0] != TODAY


@pytest.mark.parametrize(
    ("old", "factor", "day", "kind", "reason"),
    [
        (410.0, "4:1", "2026-10-01", Outcome.CHANGED, "split 4"),
        (10.5, "1:10", "2026-10-01", Outcome.CHANGED, "split 0.1"),
        (410.0, "4:1", "2026-08-20", Outcome.REFUSED_JUMP, ""),
        (410.0, "4:1", "2019-01-01", Outcome.REFUSED_JUMP, ""),
        (2000.0, "4:1", "2026-10-01", Outcome.REFUSED_JUMP, ""),
        (120.0, "4:1", "2026-10-01", Outcome.CHANGED, ""),
    ],
)
def test_a_split_since_the_old_date_explains_a_jump(old, factor, day, kind, reason):
    split = {"lastSplitFactor": factor, "lastSplitDate": int(pd.Timestamp(day, tz="UTC").timestamp())}
    _, findings = merge_facts(universe(price_usd=old), live(defaultKeyStatistics=split))
    assert (told(findings, "price_usd").kind, told(findings, "price_usd").reason) == (kind, reason)


def test_a_split_explains_nothing_if_the_old_price_has_no_date():
    split = {"lastSplitFactor": "4:1", "lastSplitDate": int(NOW.timestamp()) - 10**6}
    _, findings = merge_facts(universe(price_usd=400.0, price_as_of=None), live(defaultKeyStatistics=split))
    assert told(findings, "price_usd").kind is Outcome.REFUSED_JUMP


def test_volume_in_dollars_is_as_doubtful_as_the_price_it_is_made_of():
    _, findings = merge_facts(universe(price_usd=400.0), live())
    assert (told(findings, "adv_usd_m").kind, told(findings, "adv_usd_m").reason) == (Outcome.REFUSED_JUMP, "price_usd")


def test_an_older_price_does_not_replace_a_newer_one():
    frame, findings = merge_facts(universe(price_as_of="2026-11-21"), live())
    assert told(findings, "price_usd").kind is Outcome.KEPT_NEWER
    assert frame["price_usd"].iloc[0] == 90.0


def test_a_row_that_is_newer_keeps_its_own_date():
    frame, _ = merge_facts(universe(as_of="2026-12-01"), live())
    assert frame["as_of"].iloc[0] == "2026-12-01"


@pytest.mark.parametrize(
    ("as_of", "source", "kind"),
    [
        ("2026-06", "S9", Outcome.KEPT_AVERAGE),
        ("2026-11-19", "S9", Outcome.KEPT_AVERAGE),
        ("2026-05-20", "S9", Outcome.CHANGED),
        ("2014-12-18", "S15", Outcome.CHANGED),
        (None, "S15", Outcome.CHANGED),
        ("2026-11-19", "Yahoo Finance", Outcome.CHANGED),
    ],
)
def test_one_quote_does_not_replace_a_recent_average_spread(as_of, source, kind):
    frame, findings = merge_facts(universe(spread_as_of=as_of, spread_source=source), live())
    assert told(findings, "avg_spread_pct").kind is kind
    assert frame["avg_spread_pct"].iloc[0] == (0.03 if kind is Outcome.KEPT_AVERAGE else pytest.approx(0.02))


@pytest.mark.parametrize("scope", ["ETF share class", None])
def test_assets_of_all_share_classes_are_not_those_of_one(scope):
    before = universe(aum_scope=scope, aum_usd_m=4000.0, fund_all_classes_usd_m=4500.0)
    frame, findings = merge_facts(before, live())
    assert frame[["aum_usd_m", "fund_all_classes_usd_m"]].iloc[0].tolist() == [4000.0, 5000.0]
    assert frame["aum_as_of"].iloc[0] == before["aum_as_of"].iloc[0]
    assert told(findings, "aum_usd_m").kind is Outcome.KEPT_SCOPE
    assert told(findings, "fund_all_classes_usd_m").kind is Outcome.CHANGED


@pytest.mark.parametrize("kind", ["EQUITY", "CRYPTOCURRENCY"])
def test_a_security_that_is_no_fund_changes_nothing(kind):
    before = universe()
    frame, findings = merge_facts(before, live(market={"quoteType": kind}))
    pd.testing.assert_frame_equal(frame, before)
    assert [(found.column, found.kind, found.reason) for found in findings] == [("", Outcome.REFUSED_NO_FUND, kind)]


def test_a_failed_fund_is_told_and_keeps_its_row():
    before = universe()
    gone = {"ITOT": Failure(FailureKind.MISSING_TICKER, "Quote not found for symbol: ITOT")}
    frame, findings = merge_facts(before, assembled(["ITOT"], {}, {}, {}, gone))
    pd.testing.assert_frame_equal(frame, before)
    assert [(found.kind, found.reason) for found in findings] == [(Outcome.FAILED, "missing_ticker")]


def test_a_half_read_fund_is_told_and_merged():
    moment = {"regularMarketTime": int(NOW.timestamp()) - 60}
    entries = {"ITOT": (quote("ITOT", **moment), NOW)}
    facts = assembled(["ITOT"], entries, {}, {}, {"ITOT": Failure(FailureKind.RATE_LIMITED, "HTTP 429")})
    frame, findings = merge_facts(universe(), facts)
    assert told(findings, "").kind is Outcome.FAILED
    assert (told(findings, "turnover_pct").kind, told(findings, "turnover_pct").reason) == (
        Outcome.KEPT_MISSING,
        "rate_limited",
    )
    assert frame["price_usd"].iloc[0] == 100.0


def test_facts_of_a_fund_outside_the_table_are_told():
    frame, findings = merge_facts(universe(), live("ZZZ"))
    assert [(found.ticker, found.kind) for found in findings] == [("ZZZ", Outcome.UNKNOWN_TICKER)]
    pd.testing.assert_frame_equal(frame, universe())


@pytest.mark.parametrize("column", ["ticker", "aum_scope", "price_as_of", "top10_cash_removed_pct"])
def test_a_table_without_a_column_is_refused(column):
    with pytest.raises(BadInput, match=column):
        merge_facts(universe().drop(columns=column), live())


def test_a_finding_is_json_ready():
    _, findings = merge_facts(universe(), live())
    assert told(findings, "price_usd").to_dict() == {
        "ticker": "ITOT", "column": "price_usd", "kind": "changed", "old": 90.0, "new": 100.0, "reason": "",
    }  # fmt: skip


def test_the_whole_table_stays_whole():
    """All 166 funds with the same live figures: most are refused, and the schema holds."""
    tickers = list(UNIVERSE["ticker"])
    moment = {"regularMarketTime": int(NOW.timestamp()) - 60}
    facts = assembled(
        tickers,
        {ticker: (quote(ticker, **moment), NOW) for ticker in tickers},
        {ticker: (summary(ticker), NOW) for ticker in tickers},
        {},
        {},
    )
    frame, findings = merge_facts(UNIVERSE, facts)
    ETF_UNIVERSE.validate(frame)
    pd.testing.assert_index_equal(frame.index, UNIVERSE.index)
    assert list(frame.columns) == list(UNIVERSE.columns)
    changed = {found.kind for found in findings}
    assert {Outcome.CHANGED, Outcome.FILLED, Outcome.REFUSED_JUMP, Outcome.KEPT_SCOPE, Outcome.CLEARED} <= changed


figures = st.none() | st.floats(1e-4, 1e4) | st.just(0.0) | st.text(max_size=3)


@settings(max_examples=25)
@given(
    st.sampled_from(list(UNIVERSE["ticker"])),
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("regularMarketPrice", "bid", "ask", "netExpenseRatio", "dividendYield"), figures)
    ),
    st.fixed_dictionaries({}, optional={"yield": figures, "totalAssets": figures}),
    st.fixed_dictionaries({}, optional={"annualReportExpenseRatio": figures, "annualHoldingsTurnover": figures}),
)
def test_no_known_figure_is_lost_and_every_difference_is_told(ticker, market, detail, fees):
    before = UNIVERSE[UNIVERSE["ticker"] == ticker]
    facts = live(ticker, market=market, summaryDetail=detail, fundProfile={"feesExpensesInvestment": fees})
    frame, findings = merge_facts(before, facts)
    by_column = {found.column: found for found in findings}
    for name in NUMBERS:
        old, new = before[name].iloc[0], frame[name].iloc[0]
        if pd.isna(new):
            assert pd.isna(old) or by_column[name].kind is Outcome.CLEARED
        elif old != new:
            assert by_column[name].kind in {Outcome.CHANGED, Outcome.FILLED}
            assert by_column[name].new == new
    for rule in RULES[:2]:
        old, new = before[rule.column].iloc[0], frame[rule.column].iloc[0]
        assert rule.low * 0.999 <= new / old <= rule.high * 1.001
    again, findings = merge_facts(frame, facts)
    pd.testing.assert_frame_equal(again, frame)
    assert not [found for found in findings if found.kind in {Outcome.CHANGED, Outcome.FILLED}]
