"""The screen: flags, behaviour, names, limits, policy; every exclusion with its reason."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.universe import REASONS, ScreenSettings, against_peers, behaviour, screen
from engine.universe.screen import _NAMES, LEAST_CORRELATION, MOST_INVERSE, MOST_MULTIPLE
from tests.engine.universe.conftest import TODAY, with_funds

FLAGS = ["is_leveraged", "is_inverse", "is_derivative_based"]
PLAIN = {"is_leveraged": False, "is_inverse": False, "is_derivative_based": False, "leverage_factor": 1.0}
NEUTRAL = PLAIN | {"name": "Example Fund", "derivative_kind": "", "is_active": False}
STRUCTURAL = {"leveraged", "inverse", "derivative", "commodity_futures"}
CAUGHT = {"behaves_leveraged", "behaves_inverse"}


@pytest.fixture(scope="module")
def screening(known):
    return screen(known, today=TODAY)


def codes(screening, ticker):
    return [reason.code for reason in screening.excluded.get(ticker, ())]


def flagged(known, *columns):
    return [str(ticker) for ticker in known.funds.index[known.funds[list(columns)].any(axis=1)]]


# ---- flags


def test_every_leveraged_inverse_and_derivative_fund_is_excluded_with_its_reason(known, screening):
    for column, code in (("is_leveraged", "leveraged"), ("is_inverse", "inverse")):
        funds = flagged(known, column)
        assert len(funds) >= 5
        assert all(code in codes(screening, ticker) for ticker in funds)
    derivative = flagged(known, "is_derivative_based")
    assert len(derivative) == 22
    assert all({"derivative", "commodity_futures"} & set(codes(screening, ticker)) for ticker in derivative)
    assert codes(screening, "SQQQ") == ["leveraged", "inverse", "derivative"]
    assert screening.excluded["SQQQ"][0].value == -3.0


def test_the_screen_agrees_with_the_table_which_was_screened_by_hand(known, screening):
    from engine.sources import load

    table = load("etf_universe").frame.set_index("ticker")["screen_result"]
    assert set(screening.passing) == set(table.index[table == "pass"])
    assert len(screening.passing) == 142
    assert set(screening.passing) | set(screening.excluded) == set(known.funds.index)
    assert not set(screening.passing) & set(screening.excluded)


def test_every_exclusion_has_a_known_reason(screening):
    for ticker, reasons in screening.excluded.items():
        assert reasons, ticker
        assert {reason.code for reason in reasons} <= set(REASONS)
    assert codes(screening, "QRFT") == ["delisted", "active", "small", "illiquid"]
    assert codes(screening, "DBC") == ["commodity_futures"]
    small = next(reason for reason in screening.excluded["AMOM"] if reason.code == "small")
    assert small.value < small.limit == 100e6


def test_no_plain_fund_is_caught_by_behaviour_or_name(known, screening):
    caught = {reason.code for reasons in screening.excluded.values() for reason in reasons}
    assert not {code for code in caught if code.startswith(("behaves", "name"))}
    assert screening.contradictions == ()
    assert screening.unchecked == {}
    plain = behaviour(known).loc[list(screening.passing)]
    close = plain["correlation"].abs() >= LEAST_CORRELATION
    assert close.sum() > 120
    assert plain.loc[close, "multiple"].between(MOST_INVERSE, MOST_MULTIPLE).all()
    assert plain["beta"].between(MOST_INVERSE, MOST_MULTIPLE).all()


# ---- flipped flags


def test_a_leveraged_or_inverse_fund_marked_plain_is_caught_from_its_returns_alone(known):
    """Flags plain, the name neutral, active off: none of the 12 escapes, the VIX funds included.

    SVXY (half inverse of VIX futures) is caught as leveraged, because it moves 1.8 times the S&P 500.
    """
    funds = flagged(known, "is_leveraged", "is_inverse")
    assert len(funds) == 12
    found = {}
    for ticker in funds:
        told = screen(with_funds(known, {ticker: NEUTRAL}), today=TODAY)
        found[ticker] = set(codes(told, ticker)) & CAUGHT
        assert {item.found.code for item in told.contradictions if item.ticker == ticker} == found[ticker]
        assert {item.ticker for item in told.contradictions} == {ticker}
        assert all(item.flagged == "plain" for item in told.contradictions)
    assert all(found.values()), found
    inverse = set(flagged(known, "is_inverse")) - {"SVXY"}
    assert {ticker for ticker, reasons in found.items() if "behaves_inverse" in reasons} == inverse | {"UVXY"}
    assert found["SVXY"] == {"behaves_leveraged"}


def test_all_of_them_marked_plain_at_once_are_caught_and_no_plain_fund_with_them(known, screening):
    """An inverse fund that is marked plain does not become the yardstick of the others."""
    funds = flagged(known, *FLAGS)
    told = screen(with_funds(known, dict.fromkeys(funds, NEUTRAL)), today=TODAY)
    geared = set(flagged(known, "is_leveraged", "is_inverse"))
    assert geared <= set(told.excluded)
    assert set(told.excluded) - set(funds) == set(screening.excluded) - set(funds)
    assert {"behaves_leveraged", "behaves_inverse"} == set(codes(told, "SPXU"))
    # Funds that hold options or futures without gearing behave like plain ones; returns cannot tell them.
    assert set(funds) - set(told.excluded) == {
        "BITO", "BUFR", "DBC", "JEPI", "JEPQ", "PDBC", "QYLD", "UNG", "USO",
    }  # fmt: skip


def test_derivative_funds_marked_plain_are_caught_by_their_names_but_for_three_futures_funds(known):
    """DBC, USO and UNG neither say futures nor move like a multiple: their flag alone excludes them."""
    funds = [t for t in flagged(known, "is_derivative_based") if not known.funds.loc[t, FLAGS[:2]].any()]
    escaped = {ticker for ticker in funds if ticker in screen(with_funds(known, {ticker: PLAIN}), today=TODAY).passing}
    assert escaped == {"DBC", "USO", "UNG"}


def test_the_multiple_is_that_of_the_name(known):
    found = behaviour(known)
    for ticker, reference, multiple in (
        ("UPRO", "SPY", 3.0),
        ("SSO", "SPY", 2.0),
        ("TMF", "TLT", 3.0),
        ("SH", "IVV", -1),
    ):
        assert found.at[ticker, "reference"] == reference
        assert found.at[ticker, "multiple"] == pytest.approx(multiple, rel=0.03)
    assert (found["reference"] != found.index).all()


def test_a_plain_fund_flagged_leveraged_is_a_contradiction(known):
    told = screen(with_funds(known, {"SPY": {"is_leveraged": True}, "EFA": {"is_inverse": True}}), today=TODAY)
    assert "leveraged" in codes(told, "SPY")
    found = {item.ticker: (item.flagged, item.found.code) for item in told.contradictions}
    assert found == {"SPY": ("leveraged", "behaves_plain"), "EFA": ("inverse", "behaves_plain")}


def test_without_returns_behaviour_is_told_as_unchecked(known):
    blank = {"beta_to_spy": np.nan, "volatility": np.nan}
    told = screen(with_funds(known, {"SPY": blank, "TQQQ": blank | NEUTRAL}), today=TODAY)
    assert told.unchecked == {"SPY": ("behaviour",), "TQQQ": ("behaviour",)}
    named = screen(with_funds(known, {"TQQQ": blank | PLAIN}), today=TODAY)
    assert codes(named, "TQQQ") == ["name_leveraged"]


def test_a_universe_without_a_plain_fund_has_no_yardstick(known):
    geared = with_funds(known, {ticker: {"is_leveraged": True} for ticker in known.funds.index})
    assert screen(geared, today=TODAY).passing == ()
    assert behaviour(geared)["multiple"].isna().all()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ProShares UltraPro Short QQQ", {"name_leveraged", "name_inverse"}),
        ("ProShares UltraShort S&P500", {"name_leveraged", "name_inverse"}),
        ("ProShares Ultra QQQ", {"name_leveraged"}),
        ("Direxion Daily Semiconductor Bull 3X ETF", {"name_leveraged"}),
        ("Single Stock 1.5x Long ETF", {"name_leveraged"}),
        ("Equity Bear 1X Shares", {"name_inverse"}),
        ("-1x Oil Fund", {"name_inverse"}),
        ("Inverse Bond Fund", {"name_inverse"}),
        ("Nasdaq 100 Covered Call ETF", {"name_derivative"}),
        ("VIX Short-Term Futures ETN", {"name_derivative"}),
        ("Vanguard Ultra-Short Bond ETF", set()),
        ("iShares Ultra Short-Term Bond ETF", set()),
        ("Ultra-Short Income ETF", set()),
        ("Vanguard Short-Term Treasury ETF", set()),
        ("iShares Short Treasury Bond ETF", set()),
        ("Short-Intermediate Bond ETF", set()),
        ("Short Maturity Bond ETF", set()),
        ("Optimum Yield Fund", set()),
        ("Bearing Capital 2000 Fund", set()),
    ],
)
def test_names_that_give_a_structure_away(name, found):
    assert {code for code, pattern in _NAMES.items() if pattern.search(name)} == found


# ---- limits and policy


@pytest.mark.parametrize(
    ("setting", "value", "column", "code"),
    [
        ("min_assets", 5e9, "assets", "small"),
        ("min_dollar_volume", 50e6, "dollar_volume", "illiquid"),
    ],
)
def test_size_and_volume_limits(known, screening, setting, value, column, code):
    told = screen(known, ScreenSettings(**{setting: value}), TODAY)
    assert (known.funds.loc[list(told.passing), column] >= value).all()
    dropped = set(screening.passing) - set(told.passing)
    assert len(dropped) > 10
    for ticker in dropped:
        (reason,) = told.excluded[ticker]
        assert (reason.code, reason.limit) == (code, value)
        assert reason.value == known.funds.at[ticker, column] < value


def test_age_is_counted_on_the_day_asked(known):
    first = known.funds.at["SPGM", "inception_date"].date()
    young = screen(known, ScreenSettings(min_age_years=3.0), date(first.year + 2, first.month, first.day))
    (reason,) = [reason for reason in young.excluded["SPGM"] if reason.code == "young"]
    assert reason.value == pytest.approx(2.0, abs=0.01)
    assert "young" not in codes(screen(known, ScreenSettings(min_age_years=3.0), TODAY), "SPGM")
    assert screen(known, today=date(1990, 1, 1)).passing == ()


def test_limits_of_zero_let_everything_pass_that_the_structure_allows(known, screening):
    free = screen(known, ScreenSettings(0, 0, 0, allow_active=True), TODAY)
    assert set(free.passing) == set(screening.passing) | {"AMOM"}
    assert codes(free, "QRFT") == ["delisted"]


def test_an_unknown_size_passes_and_is_told(known):
    told = screen(with_funds(known, {"SPY": {"assets": np.nan, "inception_date": pd.NaT}}), today=TODAY)
    assert told.unchecked == {"SPY": ("inception_date", "assets")}
    free = screen(with_funds(known, {"SPY": {"assets": np.nan}}), ScreenSettings(min_assets=0), TODAY)
    assert free.unchecked == {}


@pytest.mark.parametrize(
    ("choice", "joins", "leaves"),
    [
        ({"allow_commodity_futures": True}, {"DBC", "USO", "UNG"}, set()),
        ({"allow_commodity_futures": True, "allow_active": True}, {"DBC", "USO", "UNG", "PDBC"}, set()),
        ({"allow_active": True}, set(), set()),
        ({"allow_currency_hedged": False}, set(), {"BNDX", "IAGG", "BNDW"}),
    ],
)
def test_policy_switches(known, screening, choice, joins, leaves):
    told = screen(known, ScreenSettings(**choice), TODAY)
    assert set(told.passing) == (set(screening.passing) | joins) - leaves
    assert all(codes(told, ticker) == ["currency_hedged"] for ticker in leaves)


@pytest.mark.parametrize("policy", [{"allow_active": True}, {"allow_commodity_futures": True}])
def test_no_policy_lets_a_geared_fund_pass(known, policy):
    told = screen(known, ScreenSettings(0, 0, 0, **policy), TODAY)
    geared = flagged(known, "is_leveraged", "is_inverse")
    assert not set(geared) & set(told.passing)
    neutral = screen(with_funds(known, dict.fromkeys(geared, NEUTRAL)), ScreenSettings(0, 0, 0, **policy), TODAY)
    assert not set(geared) & set(neutral.passing)


@pytest.mark.parametrize("name", ["min_age_years", "min_assets", "min_dollar_volume"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_limits_that_cannot_be_used(name, value):
    with pytest.raises(BadInput) as raised:
        ScreenSettings(**{name: value})
    assert (raised.value.code, raised.value.field, raised.value.value) == ("bad_number", name, str(value))


# ---- shown


def test_excluded_funds_beside_the_median_of_their_plain_peers(known, screening):
    rows = {row.ticker: row for row in against_peers(known, screening)}
    assert set(rows) == set(screening.excluded)
    upro = rows["UPRO"]
    peers = [t for t in screening.passing if known.funds.at[t, "peer_group"] == upro.group]
    assert upro.peers == len(peers) > 1
    assert upro.fee_median == pytest.approx(np.median(known.funds.loc[peers, "fee"]))
    assert upro.fee > 5 * upro.fee_median
    geared = [rows[ticker] for ticker in flagged(known, *FLAGS) if rows[ticker].peers]
    assert len(geared) > 5
    assert all(row.fee > row.fee_median for row in geared)
    alone = [row for row in rows.values() if not row.peers]
    assert all(np.isnan(row.fee_median) for row in alone)
    assert set(upro.to_dict()) >= {"ticker", "fee", "fee_median", "tracking", "top10_median"}


def test_the_result_is_json(screening):
    told = json.loads(json.dumps(screening.to_dict(), allow_nan=False))
    assert told["settings"]["min_assets"] == 100e6
    assert {row["ticker"] for row in told["excluded"]} == set(screening.excluded)
    assert all(row["reasons"] == [item["code"] for item in row["details"]] for row in told["excluded"])
