"""A run is the strategy on the kernel, with its yardstick, its stress and its evidence."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine import cli
from engine.analytics import metrics, to_monthly
from engine.backtest import Terms, rebalance_dates, simulate
from engine.errors import BadInput
from engine.lab import (
    AIWeights,
    CashOverlay,
    Config,
    EqualWeight,
    FactorMomentum,
    FixedWeights,
    MeanVariance,
    Tilt,
    compare,
    evidence,
    from_csv,
    late,
    overlap,
    panel,
    ratio,
    run,
    surface,
)
from engine.lines import line
from engine.sources import Basis

TWO = FixedWeights((("MTUM", 0.5), ("USMV", 0.5)))


def test_a_run_is_the_kernel_on_the_strategys_targets():
    found = run(Config(strategy=TWO, cost_bps=7.3, start=date(2015, 1, 2)))
    prices = panel("factor_etfs").prices.loc["2015-01-02":]
    dates = rebalance_dates(prices.index, "monthly")
    weights = pd.DataFrame(0.5, index=dates, columns=["MTUM", "USMV"])
    direct = simulate(prices, weights, cost_bps=7.3, fill="next_close")
    np.testing.assert_allclose(found.result.value, direct.value, rtol=1e-13)
    assert found.executable
    assert found.benchmark_id == "sp500_total_return"


def test_a_band_alone_trades_only_when_a_weight_has_left_it():
    found = run(Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3))
    prices = panel("factor_etfs").prices
    first = pd.DataFrame(0.5, index=prices.index[:1], columns=["MTUM", "USMV"])
    direct = simulate(prices, first, cost_bps=7.3, fill="next_close", terms=Terms(band=0.037))
    np.testing.assert_allclose(found.result.value, direct.value, rtol=1e-13)
    drift = (found.result.weights[["MTUM", "USMV"]] - 0.5).abs().max(axis=1)
    traded = found.result.turnover.index[1:]
    before = found.result.value.index.get_indexer(traded) - 1
    assert len(traded) == 3
    assert (drift.iloc[before] > 0.037).all()


def test_figures_are_those_of_the_metrics_room():
    found = run(Config(strategy=TWO))
    index = line("sp500_total_return").levels.loc[found.result.value.index].pct_change().iloc[1:]
    bill = panel("factor_etfs").riskless.loc[found.returns.index]
    assert found.metrics == metrics(found.returns, index, periods_per_year=252, risk_free=bill)
    assert found.sheet.sharpe == pytest.approx(found.metrics.sharpe, abs=1e-12)


def test_the_first_cost_is_in_the_first_return():
    free, dear = (
        run(Config(strategy=TWO, rule="once", cost_bps=0)),
        run(Config(strategy=TWO, rule="once", cost_bps=100)),
    )
    assert dear.levels.iloc[-1] == pytest.approx(free.levels.iloc[-1] / 1.01, rel=1e-12)
    assert dear.metrics.cagr < free.metrics.cagr


def test_cash_earns_the_bill_unless_told_not_to():
    earns = run(Config(strategy=TWO, overlays=(CashOverlay(share=1.0),), cost_bps=0))
    idle = run(Config(strategy=TWO, overlays=(CashOverlay(share=1.0),), cost_bps=0, cash_earns=False))
    bill = panel("factor_etfs").riskless.loc[earns.returns.index]
    np.testing.assert_allclose(earns.returns, bill, atol=1e-15)
    assert (idle.returns == 0).all()


def test_monthly_panels_fill_at_the_month_end_and_say_so():
    found = run(Config(panel="sleeves", strategy=AIWeights("full")))
    assert found.result.fill == "same_close"
    assert not found.executable
    assert found.levels.iloc[-1] > 0
    delayed = late(Config(panel="sleeves", strategy=AIWeights("full")))
    assert delayed.targets.index[0] == found.targets.index[0] + pd.offsets.MonthEnd(1)
    assert delayed.metrics.cagr < found.metrics.cagr


def test_a_month_late_is_21_sessions_late_on_a_daily_panel():
    config = Config(strategy=FactorMomentum(), start=date(2016, 1, 4))
    found, delayed = run(config), late(config)
    dates = panel("factor_etfs").dates
    gap = dates.get_indexer(delayed.targets.index) - dates.get_indexer(found.targets.index[: len(delayed.targets)])
    assert set(gap) == {21}
    np.testing.assert_array_equal(delayed.targets, found.targets.iloc[: len(delayed.targets)])


def test_a_period_only_sees_prices_to_its_end():
    short = run(Config(strategy=FactorMomentum(), end=date(2019, 12, 31)))
    long = run(Config(strategy=FactorMomentum()))
    shared = short.result.value.index[:-25]
    np.testing.assert_allclose(short.result.value.loc[shared], long.result.value.loc[shared], rtol=1e-12)


def test_a_start_keeps_the_history_before_it_for_the_strategy():
    found = run(Config(strategy=FactorMomentum(months=12), start=date(2016, 1, 4)))
    assert found.targets.index[0] == pd.Timestamp("2016-01-04")
    assert found.left_out == 0


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (Config(strategy=MeanVariance(window=2500)), "strategy"),
        (Config(start=date(2022, 12, 27)), "period"),
        (Config(start=date(2020, 1, 2), end=date(2020, 1, 3)), "period"),
        (Config(fill="next_open"), "opens"),
        (Config(benchmark="nope"), "benchmark"),
        (Config(assets=("MTUM", "nope")), "assets"),
        (Config(panel="nope"), "panel"),
        (Config(panel="own"), "file"),
        (Config(benchmark="sp500_price"), "basis"),
    ],
)
def test_what_cannot_be_run_is_told(config, field):
    with pytest.raises(BadInput) as caught:
        run(config)
    assert caught.value.field == field


def test_opens_serve_the_next_open():
    days = pd.bdate_range("2021-01-04", periods=40)

    def csv(offset):
        return ("date,A\n" + "\n".join(f"{d:%Y-%m-%d},{100 + n + offset}" for n, d in enumerate(days))).encode()

    own = from_csv(csv(0), opens=csv(-0.5), basis=Basis.PRICE_INDEX)
    found = run(Config(panel="own", strategy=EqualWeight(), fill="next_open", cost_bps=0), own)
    assert found.result.value.iloc[0] == pytest.approx(101 / 100.5, rel=1e-14)


def test_a_benchmark_that_does_not_cover_the_run_is_told():
    found = run(Config(panel="sleeves", benchmark="equal_weight"))
    assert found.benchmark is not None
    etf = run(Config(benchmark="ai_etf"))
    assert etf.benchmark is None
    assert any("ai_etf covers" in finding.text for finding in etf.findings)
    assert etf.metrics.information_ratio is None


def test_overlap_of_tuning_and_test():
    a, b, c = date(2010, 1, 1), date(2015, 1, 1), date(2020, 1, 1)
    assert overlap((a, b), (b, c)) == 0.0
    assert overlap((a, c), (b, c)) == 1.0
    assert overlap((a, b), (a, c)) == pytest.approx(0.5, abs=0.01)


def test_a_surface_cell_is_the_run_of_its_config():
    config = Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3)
    xs, ys = [0.01, 0.037, 0.1], [0.0, 7.3, 20.0]
    found = surface(config, "band", "cost_bps", xs, ys, figure="information_ratio")
    cells = found.values  # noqa: PD011  (an array, not a frame's)
    for row, cost in enumerate(ys):
        for column, band in enumerate(xs):
            alone = run(replace(config, band=band, cost_bps=cost))
            assert cells[row, column] == pytest.approx(alone.metrics.information_ratio, abs=1e-10)
            np.testing.assert_allclose(found.active.iloc[:, row * 3 + column], alone.active, atol=1e-12)
    assert found.here == (0.037, 7.3)
    assert found.best[0] == 0, "less cost is never worse"
    assert found.plateau[found.best]


def test_cells_with_longer_windows_share_the_period():
    config = Config(strategy=FactorMomentum(held=2))
    found = (
        surface(config, "months", "tilt.strength", [3, 24], [1.0], figure="cagr")
        if config.overlays
        else surface(
            replace(config, overlays=(Tilt(strength=1.0),)), "months", "tilt.strength", [3, 24], [1.0], figure="cagr"
        )
    )
    alone = run(replace(config, strategy=FactorMomentum(months=24, held=2)))
    assert found.first >= alone.first
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize(
    ("x", "y", "figure", "xs"),
    [
        ("nope", "band", "sharpe", [1]),
        ("band", "band", "sharpe", [0.1]),
        ("band", "cost_bps", "nope", [0.1]),
        ("band", "cost_bps", "sharpe", []),
    ],
)
def test_a_surface_that_cannot_be_drawn_is_refused(x, y, figure, xs):
    with pytest.raises(BadInput):
        surface(Config(strategy=TWO), x, y, xs, [1.0], figure=figure)


def test_more_tries_leave_less_evidence():
    found = run(Config(strategy=TWO))
    alone, many = evidence(found), evidence(found, [ratio(found), *np.linspace(-0.2, 0.2, 50)])
    assert (alone.trials, many.trials) == (1, 51)
    assert alone.deflated == pytest.approx(alone.probabilistic)
    assert many.deflated < alone.deflated
    low, high = many.intervals["cagr"]
    assert low < found.metrics.cagr < high
    assert many.bands.index[-1] == found.monthly.index[-1]


def test_runs_and_lines_are_compared_on_shared_dates():
    rows = compare({"two": run(Config(strategy=TWO)), "later": run(Config(start=date(2018, 1, 2)))}, [line("MTUM")])
    assert [row.id for row in rows] == ["two", "later", "MTUM"]
    assert len({(row.first, row.last) for row in rows}) == 1
    assert rows[0].first >= date(2018, 1, 3)
    with pytest.raises(BadInput):
        compare({})


def test_the_command_line_prints_the_contracts_keys(tmp_path, capsys):
    path = tmp_path / "two.toml"
    path.write_text(Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3).to_toml(), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["backtest", "run", "--config", str(path), "--json"])
    assert left.value.code == 0
    told = json.loads(capsys.readouterr().out)
    found = run(Config(strategy=TWO, rule="band", band=0.037, cost_bps=7.3))
    assert told["metrics"] == found.metrics.to_dict()
    assert [value for _, value in told["value"]] == found.result.value.tolist()
    assert told["turnover"] == found.result.annual_turnover
    assert told["cost"] == pytest.approx(found.result.cost.sum())


def test_the_command_line_refuses_with_code_two(tmp_path, capsys):
    path = tmp_path / "bad.toml"
    path.write_text("[cost]\nbps = -1\n", encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(["backtest", "run", "--config", str(path), "--json"])
    assert left.value.code == 2
    assert json.loads(capsys.readouterr().out)["error"]["field"] == "cost_bps"


def test_the_command_line_compares(tmp_path, capsys):
    (tmp_path / "a.toml").write_text(Config(strategy=TWO).to_toml(), encoding="utf-8")
    (tmp_path / "b.toml").write_text(Config().to_toml(), encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        cli.main(
            [
                "backtest",
                "compare",
                "--config",
                str(tmp_path / "a.toml"),
                "--config",
                str(tmp_path / "b.toml"),
                "--lines",
                "sp500_total_return",
                "--json",
            ]
        )
    assert left.value.code == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)["rows"]] == ["a", "b", "sp500_total_return"]


def test_monthly_active_returns_are_the_difference_of_months():
    found = run(Config(strategy=TWO))
    pd.testing.assert_series_equal(
        found.active, to_monthly(found.returns) - to_monthly(found.benchmark_returns), check_names=False
    )
