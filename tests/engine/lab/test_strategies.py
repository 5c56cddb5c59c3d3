"""Strategies give the weights that hand calculation, slow twins and registered lines give."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine import lines
from engine.backtest import rebalance_dates, simulate
from engine.errors import BadInput
from engine.factors.artifacts import open_artifact
from engine.factors.features import panel as factor_panel
from engine.factors.rivals import factor_momentum
from engine.factors.sleeves import ETF_OF
from engine.lab import (
    STRATEGIES,
    AIWeights,
    EnhancedPassive,
    EqualWeight,
    FactorMomentum,
    FixedWeights,
    Hierarchical,
    MeanVariance,
    MinimumVariance,
    PricePanel,
    RiskParity,
    Strategy,
    WorldPortfolio,
    panel,
    register,
    strategy,
)
from engine.lab.ai import last_sessions
from engine.months import month_rows
from engine.sources import Basis, Frequency, load
from engine.world.blocks import block_weights
from tests.engine.lab.lookahead import staggered


def simulated(names, periods=80, seed=3, frequency=Frequency.MONTHLY, start="2015-12-31"):
    random = np.random.default_rng(seed)
    steps = random.normal(0.005, np.linspace(0.02, 0.06, len(names)), (periods, len(names)))
    freq = "ME" if frequency == Frequency.MONTHLY else "B"
    index = pd.date_range(start, periods=periods, freq=freq)
    prices = pd.DataFrame(np.exp((steps + random.normal(0, 0.01, (periods, 1))).cumsum(axis=0)), index, list(names))
    return PricePanel("simulated", prices, frequency, Basis.TOTAL_RETURN, "USD", "simulated")


def refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    return caught.value


# --- what all share


@pytest.mark.parametrize("kind", STRATEGIES.values())
def test_parameters_are_fields_with_their_defaults(kind):
    made = kind((("a", 1.0),)) if kind is FixedWeights else kind()
    for parameter in kind.parameters():
        assert getattr(made, parameter.name) == parameter.default
        if parameter.kind == "choice":
            assert parameter.default in parameter.choices
            bad = "no such choice"
        else:
            assert parameter.low <= parameter.default <= parameter.high
            assert parameter.step > 0
            bad = parameter.high + 1
        assert (
            refused(lambda bad=bad, parameter=parameter: replace(made, **{parameter.name: bad})).field == parameter.name
        )


@pytest.mark.parametrize("kind", STRATEGIES.values())
def test_settings_survive_json(kind):
    made = kind((("a", 0.4), ("b", 0.6))) if kind is FixedWeights else kind()
    assert strategy(json.loads(json.dumps(made.to_dict()))) == made
    assert hash(made) == hash(strategy(made.to_dict()))


def test_unknown_names_and_fields_are_refused():
    assert refused(lambda: strategy({"name": "martingale"})).field == "strategy"
    assert refused(lambda: strategy({"name": "risk_parity", "windows": 3})).value == "windows"
    assert refused(lambda: strategy({"name": "risk_parity", "window": "60"})).field == "window"
    assert refused(lambda: strategy({"name": "risk_parity", "window": True})).field == "window"
    assert refused(lambda: strategy({"name": "mean_variance", "risk_aversion": float("nan")})).field == "risk_aversion"


def test_a_name_is_registered_once():
    class Second(EqualWeight):
        name = "equal_weight"

    with pytest.raises(ValueError, match="equal_weight"):
        register(Second)
    assert STRATEGIES["equal_weight"] is EqualWeight


@pytest.mark.parametrize("rule", [EqualWeight(), FactorMomentum(held=1), Hierarchical(window=24)])
def test_dates_without_history_have_no_row(rule):
    whole = simulated("ab")
    weights = rule.targets(whole, whole.dates)
    assert weights.index[0] == rule.first_date(whole)
    assert weights.index.equals(whole.dates[whole.dates >= weights.index[0]])
    short = whole.between(last=whole.dates[5])
    if not isinstance(rule, EqualWeight):
        assert rule.first_date(short) is None
        empty = rule.targets(short, short.dates)
        assert (len(empty), list(empty.columns)) == (0, ["a", "b"])


def test_dates_must_be_of_the_panel_and_in_order():
    whole = panel("sleeves")
    rule: Strategy = EqualWeight()
    assert refused(lambda: rule.targets(whole, pd.DatetimeIndex(["2000-01-15"]))).code == "range_outside"
    assert refused(lambda: rule.targets(whole, whole.dates[[3, 2]])).code == "bad_index"


# --- fixed and equal weights


def test_fixed_weights_stay_in_cash_where_there_is_no_price():
    whole = staggered()
    weights = FixedWeights({"a": 0.5, "d": 0.3}).targets(whole, whole.dates)
    assert weights.loc[whole.dates[0]].tolist() == [0.5, 0, 0, 0, 0]
    assert weights.loc[whole.dates[700]].tolist() == [0.5, 0, 0, 0.3, 0]
    assert len(weights) == len(whole.dates)
    only = FixedWeights((("e", 1.0),))
    assert only.targets(whole, whole.dates).index[-1] == whole.dates[1449]


@pytest.mark.parametrize(
    "weights",
    [
        (),
        (("a", -0.1),),
        (("a", 0.7), ("b", 0.4)),
        (("a", 0.5), ("a", 0.5)),
        (("a",),),
        3,
        (("a", 0.0),),
        (("a", "x"),),
    ],
)
def test_weights_that_are_none_are_refused(weights):
    refused(lambda: FixedWeights(weights))


def test_a_weight_in_an_asset_that_is_not_there_is_refused():
    assert refused(lambda: FixedWeights((("z", 1.0),)).first_date(panel("sleeves"))).value == "z"


@pytest.mark.parametrize(("name", "line_id"), [("sleeves", "equal_weight"), ("factor_etfs", "etf_equal_weight")])
def test_equal_weight_is_the_registered_line(name, line_id):
    whole = panel(name)
    targets = EqualWeight().targets(whole, rebalance_dates(whole.dates, "monthly"))
    value = simulate(whole.prices, targets, cost_bps=10.0).value
    np.testing.assert_allclose(value, lines.line(line_id).levels, rtol=1e-10)


def test_equal_weight_follows_what_is_listed():
    whole = staggered()
    held = (EqualWeight().targets(whole, whole.dates) > 0).sum(axis=1)
    assert [held.iloc[row] for row in (0, 699, 700, 1449, 1450)] == [4, 4, 5, 5, 4]


# --- momentum


def slow_momentum(prices, row, window, held):
    past = {}
    for asset in prices:
        path = prices[asset].iloc[row - window : row + 1]
        if row >= window and path.notna().all():
            past[asset] = path.iloc[-1] / path.iloc[0]
    best = sorted(past, key=lambda asset: (-past[asset], list(prices).index(asset)))[:held]
    return [1 / len(best) if asset in best else 0.0 for asset in prices]


@pytest.mark.parametrize(("name", "months", "held"), [("sleeves", 12, 3), ("factor_etfs", 6, 2), ("staggered", 3, 4)])
def test_momentum_is_its_slow_twin(name, months, held):
    whole = staggered() if name == "staggered" else panel(name)
    rule = FactorMomentum(months, held)
    dates = rebalance_dates(whole.dates, "monthly")
    weights = rule.targets(whole, dates)
    assert len(weights) == (dates >= whole.dates[whole.periods(months)]).sum()
    for date in weights.index[::7]:
        twin = slow_momentum(whole.prices, whole.dates.get_loc(date), whole.periods(months), held)
        np.testing.assert_allclose(weights.loc[date], twin, atol=1e-15)


def test_momentum_on_sleeves_is_the_rival_but_for_compounding():
    rival = factor_momentum(factor_panel("full")).dropna()
    ours = FactorMomentum().targets(panel("sleeves"), rival.index[12:])
    same = np.isclose(ours, rival.loc[ours.index, ours.columns]).all(axis=1)
    assert 0.9 < same.mean() < 1.0  # the rival adds up returns; ours compound
    assert len(ours) > 600


def test_momentum_takes_the_first_of_equals_and_not_more_than_there_are():
    flat = pd.DataFrame(1.0, index=pd.date_range("2020-01-31", periods=15, freq="ME"), columns=list("abc"))
    whole = PricePanel("flat", flat, Frequency.MONTHLY, Basis.TOTAL_RETURN, "USD", "a test")
    assert FactorMomentum(held=2).targets(whole, whole.dates[-1:]).to_numpy().tolist() == [[0.5, 0.5, 0.0]]
    assert refused(lambda: FactorMomentum(held=4).first_date(whole)).field == "held"


# --- fitted on a window: two assets have closed forms


def closed_form(past, kind, gamma=2.0):
    (a, c), (_, b) = np.cov(past, rowvar=False)
    if kind == "risk_parity":
        first = np.sqrt(b) / (np.sqrt(a) + np.sqrt(b))
    elif kind == "hierarchical":
        first = b / (a + b)
    else:
        gap = np.subtract(*past.mean(axis=0)) if kind == "mean_variance" else 0.0
        first = (b - c + gap / (2 * gamma)) / (a + b - 2 * c)
    return np.array([first, 1 - first]).clip(0.0, 1.0)


@pytest.mark.parametrize(
    ("rule", "precise"),
    [
        pytest.param(RiskParity(window=36), 1e-9),
        pytest.param(MinimumVariance(window=36), 1e-9),
        pytest.param(MeanVariance(window=36, risk_aversion=2.0), 1e-9),
        pytest.param(MeanVariance(window=36, risk_aversion=30.0), 1e-9),
        pytest.param(Hierarchical(window=36), 1e-9),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_two_assets_agree_with_the_closed_form_up_to_the_close(rule, precise, seed):
    whole = simulated("ab", seed=seed)
    weights = rule.targets(whole, whole.dates)
    assert weights.index[0] == whole.dates[36]
    for date in weights.index[::9]:
        past = whole.returns.loc[:date].iloc[-36:].to_numpy()
        expected = closed_form(past, rule.name, getattr(rule, "risk_aversion", 2.0))
        np.testing.assert_allclose(weights.loc[date], expected, atol=precise)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(RiskParity(window=60)),
        pytest.param(MinimumVariance(window=60, cap=0.5)),
        Hierarchical(window=60),
    ],
)
def test_an_asset_without_a_full_window_has_no_weight_and_no_influence(rule):
    whole, dates = staggered(), None
    dates = whole.dates[[200, 699, 730, 759, 760, 900, 1449, 1450]]
    weights = rule.targets(whole, dates)
    full = [whole.prices.loc[:date].iloc[-61:].notna().all() for date in dates]
    for date, has in zip(dates, full, strict=True):
        assert (weights.loc[date, ~has] == 0).all()
        alone = rule.targets(whole.of(list(has.index[has])), pd.DatetimeIndex([date])).iloc[0]
        np.testing.assert_allclose(weights.loc[date, has], alone, atol=1e-8)
    assert weights.loc[dates[3], "d"] == 0  # 59 of 60 returns
    if not isinstance(rule, MinimumVariance):
        assert weights.loc[dates[4], "d"] > 0
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-9)


def test_a_cap_is_kept_or_refused():
    whole = simulated("abcd")
    weights = MinimumVariance(window=24, cap=0.3).targets(whole, whole.dates)
    assert weights.to_numpy().max() <= 0.3 + 1e-9
    assert refused(lambda: MinimumVariance(window=24, cap=0.2).first_date(whole)).field == "cap"


def test_a_cap_waits_for_enough_assets():
    whole = staggered()
    assert MinimumVariance(window=60, cap=0.2).first_date(whole) == whole.dates[760]


def test_a_price_that_never_moves_is_refused():
    still = panel("sleeves").prices[["market", "big_value"]].assign(still=1.0)
    whole = PricePanel("still", still, Frequency.MONTHLY, Basis.TOTAL_RETURN, "USD", "a test")
    assert refused(lambda: Hierarchical(window=24).targets(whole, whole.dates[-1:])).field == "returns"


# --- the AI


def test_last_sessions_are_those_of_the_exchange():
    months = month_rows(pd.DatetimeIndex(load("sp500_price").frame.index))
    actual = pd.DatetimeIndex(load("sp500_price").frame.index[months.last[months.ended]])
    assert last_sessions(months.ends[months.ended]).tolist() == actual.tolist()
    assert pd.Timestamp("2021-05-28") in actual  # before Memorial Day
    assert pd.Timestamp("2018-03-29") in actual  # before Good Friday


def test_the_ai_on_factor_etfs_is_the_registered_line():
    whole, rule = panel("factor_etfs"), AIWeights("factor_etf")
    months = month_rows(whole.dates)
    targets = rule.targets(whole, whole.dates[months.last[months.ended]])
    value = simulate(whole.prices, targets, cost_bps=10.0, fill="next_close").value
    np.testing.assert_allclose(value, lines.line("ai_etf").levels, rtol=1e-12)


def test_the_ai_on_sleeves_earns_what_its_artifact_says():
    whole, made = panel("sleeves"), open_artifact("full")
    decided = made.weights["ai"]
    targets = AIWeights("full").targets(whole, whole.dates)
    np.testing.assert_allclose(targets, decided.loc[targets.index, targets.columns], atol=0)
    earned = simulate(whole.prices, targets, cost_bps=10.0).value.pct_change().iloc[1:]
    theirs = made.returns["ai"].loc[earned.index]
    np.testing.assert_allclose(earned, theirs, atol=1e-12)


def test_a_date_inside_a_month_uses_the_month_before():
    whole, decided = panel("factor_etfs"), open_artifact("factor_etf").weights["ai"].rename(columns=ETF_OF)
    weights = AIWeights("factor_etf").targets(whole, whole.dates)
    for day, month in (("2021-05-27", "2021-04"), ("2021-05-28", "2021-05"), ("2021-06-01", "2021-05")):
        expected = decided.loc[month].iloc[0]
        np.testing.assert_array_equal(weights.loc[day, expected.index], expected)


def test_the_ai_needs_its_assets():
    assert refused(lambda: AIWeights("full").first_date(panel("classes"))).field == "universe"
    assert AIWeights.suited(panel("sleeves")) == AIWeights("full")
    assert AIWeights.suited(panel("factor_etfs")) == AIWeights("factor_etf")
    assert AIWeights.suited(panel("classes")) is None


# --- the world


def test_the_world_on_two_classes_keeps_their_sizes():
    whole, day = panel("classes"), pd.Timestamp("2022-12-31")
    held = block_weights(day.date())[["us_equity", "us_bond"]]
    weights = WorldPortfolio().targets(whole, pd.DatetimeIndex([day])).iloc[0]
    np.testing.assert_allclose(weights, held / held.sum(), atol=1e-12)
    assert WorldPortfolio().coverage(whole, pd.DatetimeIndex([day])).iloc[0] == pytest.approx(held.sum(), abs=1e-12)


@pytest.mark.parametrize("scope", ["full", "investable"])
def test_all_blocks_are_the_world(scope):
    names = [name for name, weight in block_weights(scopes=scope).items() if weight > 0]
    whole = simulated([*names, "a stock"])
    dates = whole.dates[[20, 60]]
    weights = WorldPortfolio(scope=scope).targets(whole, dates)
    for date in dates:
        expected = block_weights(date.date(), scopes=scope).reindex(weights.columns, fill_value=0.0)
        np.testing.assert_allclose(weights.loc[date], expected, atol=1e-12)
    np.testing.assert_allclose(WorldPortfolio(scope=scope).coverage(whole, dates), 1.0, atol=1e-12)


def test_vintage_weights_begin_when_all_is_published_and_hold_the_published_sizes():
    whole = panel("classes")
    rule = WorldPortfolio(vintage=True)
    first = rule.first_date(whole)
    assert first == pd.Timestamp("2024-09-30")
    before = whole.dates[whole.dates < first][-1:]
    assert len(rule.targets(whole, before)) == 0
    # No size of 2026 is known in 2024: what was published last is held.
    hindsight, vintage = (r.targets(whole, whole.dates[-18:]) for r in (WorldPortfolio(), rule))
    assert len(vintage) == 18
    assert np.abs(hindsight.iloc[0] - vintage.iloc[0]).max() < 0.1


def test_the_world_needs_a_block():
    assert refused(lambda: WorldPortfolio().first_date(panel("sleeves"))).field == "panel"


def test_no_wishes_are_the_world_and_a_wish_is_met():
    whole = panel("classes")
    dates = whole.dates[-40::13]
    world = WorldPortfolio().targets(whole, dates)
    plain = EnhancedPassive().targets(whole, dates)
    np.testing.assert_allclose(plain, world, atol=1e-9)
    wish = {"type": "preference", "preferences": {"us_equity": 0.07}}
    tilted = EnhancedPassive(wish).targets(whole, dates)
    np.testing.assert_allclose(tilted - world, np.tile([0.07, -0.07], (len(dates), 1)), atol=1e-6)


def test_more_risk_aversion_moves_along_the_frontier_of_the_window():
    whole, gamma = panel("classes"), 4.0
    date = whole.dates[-20:-19]
    made = EnhancedPassive({"type": "risk", "gamma": gamma}, window=60).targets(whole, date).iloc[0]
    market = WorldPortfolio().targets(whole, date).iloc[0].to_numpy()
    (a, c), (_, b) = np.cov(whole.returns.loc[: date[0]].iloc[-60:].to_numpy(), rowvar=False) * 12
    implied = 3.0 * np.array([[a, c], [c, b]]) @ market
    first = (b - c + (implied[0] - implied[1]) / gamma) / (a + b - 2 * c)
    np.testing.assert_allclose(made, [first, 1 - first], atol=1e-6)


@pytest.mark.parametrize(
    "wishes",
    [
        {"type": "prediction"},
        {"holdings": {"us_equity": 1.0}},
        {"preferences": {"moon": 0.1}},
        {"type": "greedy"},
        ["passive"],
    ],
)
def test_wishes_that_cannot_be_constant_are_refused(wishes):
    refused(lambda: EnhancedPassive(wishes))


def test_a_wish_about_a_block_that_is_not_held_is_refused():
    rule = EnhancedPassive({"type": "preference", "preferences": {"em_equity": 0.05}})
    assert refused(lambda: rule.targets(panel("classes"), panel("classes").dates[-1:])).value == "em_equity"
