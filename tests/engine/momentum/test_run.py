"""A run from a panel to figures: rules kept, parts that sum, names that end, refusals, the same answer twice."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine.analytics import to_monthly
from engine.errors import BadInput, Infeasible
from engine.lines import line, specs
from engine.momentum import Config, factors, make, panel, run, signals
from engine.momentum.decide import schedule, targets
from engine.momentum.lines import LINES
from tests.engine.momentum import world

FIGURES = {
    "annual_return", "volatility", "sharpe", "hit_ratio", "information_ratio", "max_drawdown", "turnover",
    "years_10_of_12",
}  # fmt: skip


@pytest.fixture(scope="module")
def bundled():
    return run()


@pytest.fixture(scope="module")
def troubled():
    shares, model = world.troubled()
    return shares, model, run(Config(least_outcomes=12), shares, model)


def test_the_rules_hold_on_every_rebalancing_day(bundled, troubled):
    for found in (bundled, troubled[2]):
        weights = found.weights.to_numpy()
        assert weights.sum(axis=1) == pytest.approx(1.0)
        assert weights.min() >= 0
        assert weights.max() <= 0.10 + 1e-9
        assert np.where(weights > 0.05 + 1e-9, weights, 0).sum(axis=1).max() <= 0.40 + 1e-9
        assert found.concentration.kept
        assert found.concentration.drifted_largest >= found.concentration.largest
        assert ((weights > 0).sum(axis=1) >= 16).all()


def test_the_look_back_is_chosen_anew_at_every_rebalancing_day(bundled):
    rows = bundled.lookback_rows
    assert len(rows) == len(bundled.weights)
    assert {row["months"] for row in rows} <= set(range(3, 37))
    assert len({row["months"] for row in rows}) > 2
    gaps = np.diff(pd.DatetimeIndex(bundled.weights.index).to_numpy()) / np.timedelta64(1, "D")
    assert set(gaps) <= {27.0, 28.0, 29.0}


def test_growth_is_net_of_cost_and_holdings_drift_between(bundled):
    growth = bundled.growth
    assert growth["gross"].iloc[-1] > growth["net"].iloc[-1]
    assert growth["net"].iloc[0] == pytest.approx(1 / 1.001)
    assert bundled.cost.iloc[0] == pytest.approx(1 - 1 / 1.001)
    sessions = len(growth)
    assert sessions > 20 * len(bundled.weights) * 0.9, "a value every session"


def test_an_independent_loop_earns_the_same(bundled):
    """Units bought at the next close, day by day."""
    prices = panel().prices
    weights = bundled.weights
    value, units, cash = 1.0, pd.Series(0.0, weights.columns), 1.0
    path = {}
    due = {prices.index[prices.index.get_loc(day) + 1]: day for day in weights.index}
    for day in bundled.growth.index:
        price = prices.loc[day, weights.columns]
        value = float(units @ price) + cash
        if day in due:
            target = weights.loc[due[day]]
            after = value
            for _ in range(50):
                after = value - 0.001 * float((target * after - units * price).abs().sum())
            units, cash = target * after / price, after * (1 - target.sum())
            value = after
        path[day] = value
    assert bundled.growth["net"].to_numpy() == pytest.approx(np.array(list(path.values())), rel=1e-9)


def test_a_name_that_ends_leaves_at_its_last_price_and_is_never_bought_after_it(troubled):
    shares, _, found = troubled
    ended = shares.delisted.dropna()
    assert len(ended) == 6
    held = 0
    for name, last in ended.items():
        if name not in found.weights:
            continue
        assert (found.weights.loc[found.weights.index > last, name] == 0).all()
        held += int((found.weights.loc[:last, name].iloc[-1] > 0) if len(found.weights.loc[:last]) else 0)
    assert held >= 1, "at least one is held when it ends"
    assert found.growth["net"].notna().all()


def test_what_a_holder_of_an_ending_name_has_is_its_last_price():
    """All names stand still but one, which doubles on its last day: the fund has its share of that and nothing else."""
    shares, model = world.monthly(names=20, months=110)
    found = run(Config(least_outcomes=12, cost_bps=0), make(shares), model)
    day = found.weights.index[8]
    name = found.weights.loc[day].idxmax()
    where = shares.index.get_loc(day)
    moved = shares.copy()
    moved.iloc[where + 1] = moved.iloc[where]
    moved.iloc[where + 1, moved.columns.get_loc(name)] *= 2
    moved.iloc[where + 2 :] *= (shares.iloc[where] / shares.iloc[where + 1]).to_numpy()
    moved.iloc[where + 2 :, moved.columns.get_loc(name)] = np.nan
    other = run(Config(least_outcomes=12, cost_bps=0), make(moved), model)
    assert other.weights.loc[day, name] == found.weights.loc[day, name]
    step = other.growth["net"].loc[shares.index[where + 1]] / other.growth["net"].loc[day]
    cash = 1 + 0.01 * (1 - found.weights.loc[day].sum())
    assert step == pytest.approx(1 + found.weights.loc[day, name], abs=cash - 1 + 1e-9)


def test_names_outside_their_spell_are_not_held(troubled):
    _, _, found = troubled
    leaving = pd.Timestamp(world.troubled()[0].spells["last"].dropna().iloc[0])
    for name in ("N28", "N29"):
        if name in found.weights:
            assert (found.weights.loc[found.weights.index > leaving, name] == 0).all()
    assert (found.left_out["not_member"].loc[leaving:] > 0).all()


def test_names_left_out_are_counted_by_reason(troubled):
    _, _, found = troubled
    table = found.left_out
    parts = table[["ranked", "not_member", "short_history", "missing_months", "constant"]].sum(axis=1)
    assert (table["listed"] == parts).all()
    assert table["missing_months"].max() >= 1
    assert table["short_history"].max() >= 3


def test_a_constant_price_is_listed_and_not_ranked():
    shares, model = world.monthly(names=20, months=110)
    shares.iloc[:, 3] = 25.0
    found = run(Config(least_outcomes=12), make(shares), model)
    assert "N03" not in found.weights
    assert found.left_out["constant"].iloc[-1] == 1


def test_the_fund_starts_when_sixteen_names_can_be_ranked():
    shares, model = world.monthly(names=20, months=150)
    shares.iloc[:30, 10:] = np.nan
    found = signals(make(shares), model, Config(least_outcomes=12))
    first = schedule(make(shares), found, Config(least_outcomes=12)).days[0]
    assert first == shares.index[30 + 72]  # the first price, then 72 returns


@pytest.mark.parametrize("names", [2, 15])
def test_fewer_than_sixteen_names_are_refused(names):
    shares, model = world.monthly(names=names, months=110)
    with pytest.raises(Infeasible) as raised:
        run(Config(), make(shares), model)
    assert (raised.value.code, raised.value.value, raised.value.exit_code) == ("fund_rules_names", str(names), 2)


def test_when_names_end_and_fewer_than_sixteen_are_left_it_says_on_which_day():
    shares, model = world.monthly(names=18, months=130)
    shares.iloc[115:, :4] = np.nan
    with pytest.raises(Infeasible) as raised:
        run(Config(least_outcomes=12), make(shares), model)
    assert f"{shares.index[115].date()}" in raised.value.message


def test_a_panel_without_enough_history_is_refused():
    shares, model = world.monthly(names=20, months=60)
    with pytest.raises(Infeasible) as raised:
        run(Config(), make(shares), model)
    assert raised.value.code == "momentum_history"


def test_a_period_outside_is_refused(bundled):
    with pytest.raises(BadInput) as raised:
        run(Config(start=date(2021, 1, 1)))
    assert raised.value.code == "range_outside"
    part = run(Config(start=date(2005, 1, 1), end=date(2010, 1, 1)))
    assert (part.first >= date(2005, 1, 1), part.weights.index[-1] <= pd.Timestamp("2010-01-01")) == (True, True)
    same = bundled.lookback.loc[part.lookback.index]
    assert part.lookback["months"].equals(same["months"])


@pytest.mark.parametrize(
    "settings",
    [
        {"method": "guess"}, {"signal": "tea leaves"}, {"weighting": "size"}, {"calendar": "daily"}, {"hold": 15},
        {"shortest": 2}, {"longest": 80}, {"fixed": 50}, {"cost_bps": -1.0}, {"cash": 0.9}, {"buffer": 3.0},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused(settings):
    with pytest.raises(BadInput):
        Config(**settings)


def test_market_values_are_needed_for_their_weights():
    with pytest.raises(BadInput) as raised:
        run(Config(weighting="cap"))
    assert raised.value.field == "weighting"
    shares, model = world.monthly(names=20, months=110)
    caps = shares * np.arange(1, 21)
    found = run(Config(weighting="cap", least_outcomes=12), make(shares, caps=caps), model)
    day = found.weights.index[-1]
    held = found.weights.loc[day][found.weights.loc[day] > 0]
    order = caps.loc[day, held.index].sort_values().index
    assert held[order].is_monotonic_increasing
    assert held[order[-1]] == pytest.approx(0.10)


def test_size_buckets_are_used_where_there_are_market_values_and_a_hundred_names():
    shares, model = world.monthly(names=120, months=110)
    caps = shares * np.linspace(1, 100, 120)
    with_caps = run(Config(least_outcomes=12), make(shares, caps=caps), model)
    without = run(Config(least_outcomes=12), make(shares), model)
    assert (with_caps.buckets, without.buckets) == (True, False)
    assert "one_bucket" in {item.kind for item in without.findings}
    assert "one_bucket" not in {item.kind for item in with_caps.findings}
    day = with_caps.weights.index[0]
    held = with_caps.weights.loc[day][with_caps.weights.loc[day] > 0].index
    quintile = caps.loc[day].rank().sub(0.5).div(120).mul(5)[held].astype(int)
    assert quintile.value_counts().to_dict() == dict.fromkeys(range(5), 10)


def test_cash_and_exclusions_are_kept():
    found = run(Config(cash=0.05, exclude=("AAPL", "AMD")))
    assert found.weights.sum(axis=1).to_numpy() == pytest.approx(0.95)
    assert not {"AAPL", "AMD"} & set(found.weights)
    assert found.panel["names"] == 18


@pytest.mark.parametrize("method", ["top", "ic", "blend", "net"])
def test_the_same_run_twice_is_the_same(method):
    shares, model = world.monthly(names=24, months=170)
    first, second = (run(Config(method=method, least_outcomes=12), make(shares), model) for _ in range(2))
    assert first.weights.equals(second.weights)
    assert first.growth.equals(second.growth)
    assert json.dumps(first.lookback_rows) == json.dumps(second.lookback_rows)


def test_momentum_that_is_there_is_found():
    """Residuals that persist for two years: short look-backs lose sight, equal weight earns less."""
    shares, model = world.monthly(names=80, months=200, drift=0.03, seed=4)
    found = run(Config(least_outcomes=12), make(shares), model)
    ours, equal = found.strategies["momentum"], found.strategies["equal_weight"]
    assert ours.annual_return > equal.annual_return + 0.02
    assert found.history.mean().max() > found.history.mean().min()


def test_the_forecast_ranks_by_its_mean_and_shows_its_spread():
    shares, model = world.monthly(names=30, months=170)
    found = run(Config(signal="forecast", least_outcomes=12, weighting="equal"), make(shares), model)
    assert {"mean", "spread"} <= set(found.scores)
    assert found.scores["mean"].is_monotonic_decreasing
    assert (found.scores["spread"] > 0).all()
    assert found.scores["mean"].abs().max() < 0.5
    again = run(Config(signal="forecast", least_outcomes=12, weighting="equal"), make(shares), model)
    assert again.scores.equals(found.scores)


def test_the_buffer_saves_turnover():
    shares, model = world.monthly(names=120, months=150)
    busy, calm = (
        run(Config(least_outcomes=12, buffer=buffer, weighting="equal"), make(shares), model).annual_turnover
        for buffer in (0.0, 1.0)
    )
    assert calm < 0.9 * busy


def test_figures_have_the_contracts_keys_and_are_of_the_same_months(bundled):
    told = bundled.to_dict()
    assert set(told) >= FIGURES
    rivals = {"momentum", "fixed_6_1", "fixed_12_1", "total_return_12_1", "equal_weight", "market"}
    assert set(told["strategies"]) == rivals
    for card in told["strategies"].values():
        assert set(card) >= FIGURES
    text = json.dumps(told["lookback"])
    assert json.loads(text)[0].keys() == {"date", "months"}
    assert sum(told["holdings"].values()) + told["cash"] == pytest.approx(1.0)
    monthly = to_monthly(bundled.growth["net"].pct_change(fill_method=None).iloc[1:])
    years = len(monthly.loc[: factors().last]) / 12
    growth = float((1 + monthly.loc[: factors().last]).prod()) ** (1 / years) - 1
    assert told["annual_return"] == pytest.approx(growth, rel=1e-9)


def test_hindsight_travels_with_the_result_and_its_line(bundled):
    assert bundled.hindsight
    assert bundled.to_dict()["hindsight"] is True
    assert "survivorship" in {item.kind for item in bundled.findings}
    assert "survivorship" in {item.kind for item in bundled.line().findings}
    clean = run(Config(panel="french_portfolios"))
    assert not clean.hindsight
    assert not clean.executable
    assert "not_executable" in {item.kind for item in clean.findings}


@pytest.mark.parametrize("name", ["us_large_caps", "french_portfolios"])
def test_the_registered_line_is_what_a_run_earns(name, bundled):
    found = bundled if name == "us_large_caps" else run(Config(panel=name))
    spec = LINES[0] if name == "us_large_caps" else LINES[1]
    assert specs()[spec.id].survivors == found.hindsight
    registered = line(spec.id)
    assert registered.levels.to_numpy() == pytest.approx(found.growth["net"].to_numpy(), rel=1e-12)
    assert registered.levels.index.equals(found.growth.index)


def test_decisions_end_where_factors_were_published(bundled):
    """The factors end with November 2018: a decision needs those of two months before."""
    assert bundled.weights.index[-1] == pd.Timestamp("2019-02-22")
    assert "factors_end" in {item.kind for item in bundled.findings}
    known = factors()
    later = replace(known, table=known.table.loc[:"2015-06-30"])
    assert run(model=later).weights.index[-1] < pd.Timestamp("2015-09-30")


def test_a_wish_for_fewer_look_backs_is_kept():
    shares, model = world.monthly(names=20, months=120)
    config = Config(shortest=6, longest=18, least_outcomes=12)
    found = run(config, make(shares), model)
    assert set(found.heat.columns) == set(range(6, 19))
    assert found.lookback["months"].between(6, 18).all()
    when = schedule(make(shares), signals(make(shares), model, config), config)
    assert (
        len(when.days)
        == len(found.weights)
        == len(targets(make(shares), make(shares).months, signals(make(shares), model, config).rank, when, config))
    )
