"""Features know what was published by their month end, and nothing later."""

import numpy as np
import pandas as pd
import pytest

from engine.errors import BadInput
from engine.factors import sleeve_returns
from engine.factors.audit import poison
from engine.factors.features import CLIP, MIN_MONTHS, feature_table, panel, raw_features, scale
from engine.factors.sleeves import ETF_OF, UNIVERSES
from engine.sources import load


@pytest.mark.parametrize(
    ("month", "feature", "value"),
    [
        ("2008-10-31", "default_spread", 7.31 - 5.65),
        ("2008-10-31", "default_spread_3m", (7.31 - 5.65) - (7.07 - 5.68)),
        ("2008-10-31", "inflation_12m", 2.409361),
        ("2008-10-31", "short_rate_12m", -2.80),
        ("2008-10-31", "market_12_1", -0.257595),
        ("2008-10-31", "market_1", -0.1715),
        ("2008-10-31", "active_12m_big_value", 0.1241),
        ("2008-10-31", "active_1m_small_value", -0.0454),
        ("1974-09-30", "yield_6m", 1.15),
        ("1974-09-30", "momentum_12m", 0.3056),
        ("1974-09-30", "value_momentum_correlation_36m", 0.125404),
        ("2017-03-31", "market_drawdown_24m", 0.0),
    ],
)
def test_known_values(full, month, feature, value):
    assert full.raw.loc[month, feature] == pytest.approx(value, abs=1e-6)


def test_market_state_by_hand(full):
    market = load("french_portfolios").frame["Market"]
    until = market.loc[:"2008-10"]
    assert full.raw.loc["2008-10-31", "market_12_1"] == pytest.approx(np.log1p(until.iloc[-12:-1]).sum(), abs=1e-12)
    assert full.raw.loc["2008-10-31", "market_volatility_6m"] == pytest.approx(np.std(until.iloc[-6:], ddof=1))
    level = np.log1p(until).cumsum().iloc[-24:]
    assert full.raw.loc["2008-10-31", "market_drawdown_24m"] == pytest.approx(level.iloc[-1] - level.max())


def test_yields_of_a_month_are_known_a_month_later(full):
    published = load("moodys_yields").frame
    spread = published["BAA"] - published["AAA"]
    known = full.raw["default_spread"].dropna()
    before = spread.reindex(known.index - pd.offsets.MonthEnd(1)).to_numpy()
    np.testing.assert_allclose(known.to_numpy(), before, atol=1e-12)
    assert not np.allclose(known.to_numpy(), spread.reindex(known.index).to_numpy())


def test_consumer_prices_of_a_month_are_known_a_month_later(full):
    prices = np.log(load("core_cpi").frame["CPILFESL"])
    known = full.raw["inflation_12m"].dropna()
    describes = prices.diff(12).reindex(known.index - pd.offsets.MonthEnd(1)).to_numpy() * 100
    np.testing.assert_allclose(known.to_numpy(), describes, atol=1e-12)


def test_rates_count_in_their_own_month_and_unemployment_a_month_later(panels):
    published, raw = load("us_macro_monthly").frame, panels["factor_etf"].raw
    slope = published["treasury_10y_pct_avg"] - published["fed_funds_pct"]
    assert raw.loc["2008-10-31", "yield_less_short_rate"] == pytest.approx(slope.loc["2008-10-31"])
    jobless = published["unemployment_pct_sa"]
    change = jobless.loc["2008-09-30"] - jobless.loc["2007-09-30"]
    assert raw.loc["2008-10-31", "unemployment_12m"] == pytest.approx(change)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_the_table_names_the_columns_in_order(panels, universe):
    table = feature_table(universe)
    assert [feature.name for feature in table] == list(panels[universe].features.columns)
    assert all(feature.source and feature.reason and feature.lag_months in (0, 1) for feature in table)


@pytest.mark.parametrize("universe", UNIVERSES)
@pytest.mark.parametrize("cut", ["1985-05-31", "2008-10-31", "2014-01-31"])
def test_data_that_are_cut_off_change_no_earlier_feature(history, panels, universe, cut):
    part = panel(universe, history.until(pd.Timestamp(cut)))
    assert part.features.index[-1] == pd.Timestamp(cut)
    pd.testing.assert_frame_equal(
        part.features, panels[universe].features.loc[:cut], check_exact=True, check_freq=False
    )
    pd.testing.assert_frame_equal(part.returns, panels[universe].returns.loc[:cut], check_exact=True, check_freq=False)


@pytest.mark.parametrize("universe", UNIVERSES)
def test_poisoned_later_data_change_no_earlier_feature_but_every_later_one(history, panels, universe):
    cut = pd.Timestamp("2008-10-31")
    whole, changed = panels[universe].features, panel(universe, poison(history, cut)).features
    pd.testing.assert_frame_equal(changed.loc[:cut], whole.loc[:cut], check_exact=True)
    moved = (changed.loc["2008-11":] - whole.loc["2008-11":]).abs().max()
    assert (moved > 1e-3).all()


@pytest.mark.parametrize(
    ("universe", "counts"),
    [
        ("full", {"inflation_12m": 52, "inflation_6m": 58, "real_short_rate": 52}),
        ("large_cap", {"inflation_12m": 52, "inflation_6m": 58, "real_short_rate": 52}),
        (
            "factor_etf",
            {
                "yield_6m": 53,
                "yield_less_short_rate": 47,
                "slope_6m": 53,
                "short_rate_12m": 23,
                "inflation_12m": 24,
                "inflation_6m": 30,
                "real_short_rate": 24,
                "unemployment_12m": 24,
            },
        ),
    ],
)
def test_unknown_months_count_as_the_mean_and_are_counted(panels, universe, counts):
    data = panels[universe]
    assert {name: count for name, count in data.unknown.items() if count} == counts
    assert np.isfinite(data.features.to_numpy()).all()
    for name, count in counts.items():
        assert (data.features[name].iloc[:count] == 0.0).all()
        assert data.features[name].iloc[count] != 0.0


def test_scaling_by_hand(full):
    for name, row in (("default_spread", 300), ("market_1", 90)):
        raw = full.raw[name]
        month = full.features.index[row]
        past = raw.loc[:month].dropna()
        expected = np.clip((past.iloc[-1] - past.mean()) / past.std(ddof=1), -CLIP, CLIP)
        assert full.features[name].iloc[row] == pytest.approx(expected, abs=1e-10)
    assert full.features.abs().to_numpy().max() <= CLIP


def test_a_feature_is_unknown_until_it_has_five_years():
    raw = pd.DataFrame({"a": np.random.default_rng(0).normal(size=100)})
    assert scale(raw)["a"].isna().sum() == MIN_MONTHS - 1


def test_the_panel_starts_where_the_study_does_and_covers_its_months(panels):
    assert panels["full"].features.shape == (703, 34)
    assert panels["large_cap"].features.shape == (703, 32)
    assert panels["factor_etf"].features.shape == (719, 21)
    for universe, data in panels.items():
        assert list(data.returns.columns) == list(UNIVERSES[universe])
        assert np.isfinite(data.returns.to_numpy()).all()
        assert np.isfinite(data.riskless.to_numpy()).all()
        assert len(data.features.index) == len(
            pd.period_range(data.features.index[0], data.features.index[-1], freq="M")
        )
    pd.testing.assert_series_equal(
        panels["full"].active["big_value"],
        panels["full"].returns["big_value"] - panels["full"].returns["market"],
        check_names=False,
    )


def test_factor_etfs_follow_the_french_portfolios_from_february_2014(panels):
    returns = panels["factor_etf"].returns
    french = sleeve_returns(load("french_portfolios").frame, "factor_etf")
    pd.testing.assert_frame_equal(
        returns.loc[:"2014-01"], french.loc["1963-01":"2014-01"], check_exact=True, check_freq=False, check_names=False
    )
    prices = load("factor_etfs").frame
    closes = prices.groupby(pd.DatetimeIndex(prices.index).to_period("M")).last()
    earned = closes.pct_change().loc["2014-02":"2022-11"]
    for sleeve in ("big_momentum", "big_value", "low_volatility", "mid_core"):
        np.testing.assert_allclose(returns.loc["2014-02":, sleeve], earned[ETF_OF[sleeve]], atol=1e-12)
    assert returns.loc["2014-02-28", "big_momentum"] == pytest.approx(0.067184, abs=1e-6)


def test_the_market_of_the_factor_etfs_is_the_total_return_index(panels):
    level = load("sp500_total_return").frame["sp500_total_return"]
    closes = level.groupby(pd.DatetimeIndex(level.index).to_period("M")).last()
    market = panels["factor_etf"].returns.loc["2014-02":, "market"]
    np.testing.assert_allclose(market, closes.pct_change().loc["2014-02":"2022-11"], atol=1e-12)
    assert market.loc["2014-02-28"] == pytest.approx(0.0457, abs=1e-4)


def test_an_unknown_universe_is_named(history):
    with pytest.raises(BadInput) as raised:
        panel("nope", history)
    assert (raised.value.code, raised.value.field, raised.value.value) == ("unknown_choice", "universe", "nope")


def test_raw_features_are_the_columns_before_scaling(history, full):
    raw = raw_features(history, sleeve_returns(history.french))
    assert list(raw.columns) == list(full.features.columns)
    pd.testing.assert_frame_equal(raw, full.raw)
