"""The fitted spread, and when a measured one counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sources import load
from engine.universe.recompute import QUOTED, proxy, score
from tests.engine.universe.recompute.world import statistics

FACTS = statistics()
PRICES = load("etf_universe", "bundled").frame.set_index("ticker")["price_usd"]


# Volatility of daily dividend-adjusted closes, 2024-07-14 to 2026-05-01, % a year: ten weeks short of the window
# that the published figures were computed with.
VOLATILITY = {
    "SPY": 17.36, "IVV": 16.88, "SPYM": 16.87, "QQQ": 21.94, "IWM": 22.37, "USMV": 11.43, "SIZE": 16.83, "VYM": 13.95,
    "VEA": 16.55, "VWO": 17.56, "IEMG": 19.03, "ACWI": 16.09, "BND": 4.53, "BNDX": 3.46, "SHY": 1.51, "TLT": 12.19,
    "TIP": 4.14, "LQD": 6.54, "HYG": 4.96, "EMB": 6.66, "VNQI": 14.24, "GLD": 23.18, "IAU": 23.05, "TQQQ": 65.17,
    "JEPI": 11.73,
}  # fmt: skip


@pytest.mark.parametrize("ticker", list(VOLATILITY))
def test_published_spreads_follow_from_volume_volatility_and_price(ticker):
    made = proxy(FACTS.at[ticker, "median_dollar_volume_usd_m"], VOLATILITY[ticker], PRICES[ticker])
    assert made == pytest.approx(FACTS.at[ticker, "spread_proxy_pct"], rel=0.03)
    assert FACTS.at[ticker, "spread_tick_floor_pct"] == pytest.approx(1.0 / PRICES[ticker], rel=6e-3)


def test_no_published_spread_is_below_its_tick():
    tick = 1.0 / PRICES.reindex(FACTS.index)
    assert (FACTS["spread_proxy_pct"] >= tick * (1 - 6e-3)).all()


def test_published_scores_follow_from_the_measured_ranges():
    for name in FACTS.index:
        row = FACTS.loc[name]
        value, basis = score(name, row["spread_proxy_pct"], row["median_dollar_volume_usd_m"], PRICES[name])
        assert basis == row["spread_score_basis"], name
        assert value == pytest.approx(row["spread_score_pct"], rel=5e-3), name
    assert len(QUOTED) == (FACTS["spread_score_basis"] != "proxy").sum()


@given(
    volume=st.floats(0.1, 1e5),
    volatility=st.floats(0.1, 150.0),
    price=st.floats(1.0, 2000.0),
    more=st.floats(1.01, 10.0),
)
def test_more_volume_narrows_and_more_volatility_widens_never_below_one_tick(volume, volatility, price, more):
    plain = proxy(volume, volatility, price)
    assert plain >= 1.0 / price
    assert proxy(volume * more, volatility, price) <= plain <= proxy(volume, volatility * more, price)


def test_a_measured_range_below_one_tick_is_of_another_price():
    assert score("SLV", 0.03, 700.0, 60.0) == (0.01772, "measured 2026-10-01")
    assert score("SLV", 0.03, 700.0, 30.0) == (0.03, "proxy")


def test_old_measured_spreads_count_for_thin_funds_only():
    assert score("SIZE", 0.02, 0.7, 150.0) == (0.075, "measured 2022-09-29")
    assert score("SIZE", 0.02, 11.0, 150.0) == (0.02, "proxy")
