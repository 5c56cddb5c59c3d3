"""The stationary bootstrap: its rows, its block length against arch, and intervals against theory."""

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import optimal_block_length

from engine.analytics import bands, intervals, metrics, optimal_block, resampled_rows, to_monthly
from engine.analytics.bootstrap import BLOCK
from engine.errors import BadInput
from engine.sources import load


def dated(values, first="1990-01-31"):
    return pd.Series(values, index=pd.date_range(first, periods=len(values), freq="ME"), dtype=float)


def moving(seed, count=400, memory=0.0):
    random = np.random.default_rng(seed)
    noise, values = random.normal(0.006, 0.04, count), np.zeros(count)
    for t in range(count):
        values[t] = noise[t] + (memory * values[t - 1] if t else 0.0)
    return dated(values)


def test_resampled_rows_run_on_for_about_a_block():
    rows = resampled_rows(507, draws=200)
    assert rows.shape == (200, 507)
    assert (rows.min(), rows.max()) == (0, 506)
    broken = (np.diff(rows, axis=1) % 507) != 1
    assert 1 / broken.mean() == pytest.approx(BLOCK, rel=0.05)
    counts = np.bincount(rows.ravel(), minlength=507)
    assert counts.min() > 0.5 * counts.mean()
    np.testing.assert_array_equal(rows, resampled_rows(507, draws=200))
    assert not np.array_equal(rows, resampled_rows(507, draws=200, seed=8))


def test_blocks_of_one_period_are_independent_draws():
    rows = resampled_rows(50, draws=400, block=1)
    assert (np.diff(rows, axis=1) % 50 == 1).mean() == pytest.approx(1 / 50, abs=0.005)


@pytest.mark.parametrize("memory", [-0.5, 0.0, 0.3, 0.7, 0.9])
@pytest.mark.parametrize("count", [12, 60, 400, 3000])
def test_the_block_length_is_that_of_arch(memory, count):
    values = moving(count, count, memory)
    with np.errstate(all="ignore"):
        theirs = float(optimal_block_length(values).iloc[0, 0])
    assert optimal_block(values) == pytest.approx(max(theirs, 1.0), rel=1e-9)


def test_the_block_length_of_real_returns_is_that_of_arch():
    for name, column in (("french_portfolios", "Market"), ("french_portfolios", "RF")):
        values = load(name).frame[column]
        assert optimal_block(values) == pytest.approx(float(optimal_block_length(values).iloc[0, 0]), rel=1e-9)


def test_bands_are_the_quantiles_of_growth_path_by_path():
    returns = moving(1, 40)
    levels = (0.1, 0.5, 0.9)
    found = bands(returns, draws=200, block=3, levels=levels, seed=5)
    paths = np.array([np.cumprod(1 + returns.to_numpy()[row]) for row in resampled_rows(40, 200, 3, 5)])
    np.testing.assert_allclose(found, np.quantile(paths, levels, axis=0).T, rtol=1e-12)
    assert found.index.equals(returns.index)
    assert list(found.columns) == list(levels)
    assert (found.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    pd.testing.assert_frame_equal(found, bands(returns, draws=200, block=3, levels=levels, seed=5))
    assert not found.equals(bands(returns, draws=200, block=3, levels=levels, seed=6))


def test_the_middle_band_of_normal_returns_is_their_drift_and_the_width_their_deviation():
    returns = moving(3, 300)
    end = np.log(bands(returns, draws=2000, block=1, levels=(0.1587, 0.5, 0.8413)).iloc[-1].to_numpy())
    logs = np.log1p(returns)
    assert end[1] == pytest.approx(logs.sum(), abs=0.06)
    assert (end[2] - end[0]) / 2 == pytest.approx(logs.std() * np.sqrt(300), rel=0.08)


def test_intervals_are_percentiles_of_the_figures_of_each_history():
    french = load("french_portfolios").frame.iloc[-120:]
    ours, market, bill = french["S5V5"], french["Market"], french["RF"]
    found = intervals(ours, market, risk_free=bill, draws=60, block=4, coverage=0.9, seed=3)
    histories = []
    for row in resampled_rows(120, 60, 4, 3):
        drawn = [pd.Series(one.to_numpy()[row], one.index) for one in (ours, market, bill)]
        histories.append(metrics(drawn[0], drawn[1], periods_per_year=12, risk_free=drawn[2]).to_dict())
    assert list(found) == ["cagr", "volatility", "sharpe", "max_drawdown", "information_ratio", "hit_ratio"]
    for name, edges in found.items():
        assert edges == pytest.approx(np.quantile([one[name] for one in histories], [0.05, 0.95]), rel=1e-9), name


def test_the_interval_of_the_mean_ratio_has_the_width_of_theory():
    low, high = intervals(moving(0, 400), draws=2000, block=1)["sharpe"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(12 / 400), rel=0.1)


def test_the_figure_itself_lies_inside_and_a_wider_coverage_is_wider():
    french = load("french_portfolios").frame
    figures = metrics(french["S5V5"], french["Market"], periods_per_year=12).to_dict()
    wide = intervals(french["S5V5"], french["Market"], coverage=0.99)
    narrow = intervals(french["S5V5"], french["Market"], coverage=0.8)
    for name, (low, high) in wide.items():
        assert low <= narrow[name][0] <= narrow[name][1] <= high
        assert low <= figures[name] <= high, name
    assert wide == intervals(french["S5V5"], french["Market"], coverage=0.99)
    assert set(intervals(french["S5V5"])) == {"cagr", "volatility", "sharpe", "max_drawdown"}


def test_a_ratio_that_is_not_defined_has_no_interval():
    returns = moving(0, 60)
    found = intervals(returns, returns, draws=20, block=2)
    assert np.isnan(found["information_ratio"]).all()
    assert found["hit_ratio"] == (0.0, 0.0)


GOOD = moving(0, 24)
DAYS = pd.Series(0.001, pd.bdate_range("2020-01-01", periods=60))


@pytest.mark.parametrize(
    ("call", "code", "field"),
    [
        (lambda: resampled_rows(0), "bad_number", "periods"),
        (lambda: resampled_rows(10, draws=0), "bad_number", "draws"),
        (lambda: resampled_rows(10, block=0.5), "bad_number", "block"),
        (lambda: resampled_rows(10, block=float("nan")), "bad_number", "block"),
        (lambda: optimal_block(GOOD.iloc[:9]), "bad_number", "returns"),
        (lambda: optimal_block(GOOD * 0), "bad_number", "returns"),
        (lambda: bands(GOOD, levels=(0.5, 1.5)), "bad_number", "levels"),
        (lambda: bands(GOOD.where(GOOD > 0)), "missing_value", "returns"),
        (lambda: intervals(DAYS), "bad_number", "returns"),
        (lambda: intervals(GOOD.iloc[:1]), "bad_number", "returns"),
        (lambda: intervals(GOOD, coverage=1.0), "bad_number", "coverage"),
        (lambda: intervals(GOOD, GOOD.iloc[:-1]), "not_aligned", "benchmark"),
        (lambda: intervals(GOOD, GOOD.where(GOOD > 0)), "missing_value", "benchmark"),
        (lambda: intervals(GOOD, risk_free=-2.0), "bad_number", "risk_free"),
    ],
)
def test_what_cannot_be_used_is_refused(call, code, field):
    with pytest.raises(BadInput) as caught:
        call()
    assert (caught.value.code, caught.value.field) == (code, field)


def test_days_are_compounded_to_months_before():
    days = load("sp500_total_return").frame["sp500_total_return"].pct_change().iloc[1:]
    low, high = intervals(to_monthly(days), draws=200)["volatility"]
    assert low < metrics(to_monthly(days), periods_per_year=12).volatility < high
