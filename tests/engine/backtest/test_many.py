"""Many portfolios in one call: point by point what ``simulate`` gives, and failures told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backtest import Terms, rebalance_dates, simulate, simulate_many
from engine.errors import BadInput
from tests.engine.backtest.worlds import worlds

DAYS = pd.bdate_range("2020-01-01", periods=6)
CLOSE = pd.DataFrame({"a": [100.0, 110, 121, 110, 100, 90], "b": [50.0, 50, 40, 45, 60, 60]}, index=DAYS)
MIXES = pd.DataFrame({"a": [1.0, 0.5, 0.0], "b": [0.0, 0.5, 1.0]}, index=["all a", "half", "all b"])


def rows(paths):
    """Values, one row a point."""
    return paths.frame.to_numpy().T


def same(paths, point, result):
    """A row of the paths is this run."""
    assert paths.states[point] == "done"
    assert paths.index.equals(result.value.index)
    np.testing.assert_allclose(rows(paths)[point], result.value, rtol=1e-12)
    assert paths.annual_turnover[point] == pytest.approx(result.annual_turnover, rel=1e-12, abs=1e-14)
    assert paths.cost[point] == pytest.approx(result.cost.sum(), rel=1e-12, abs=1e-15)
    assert paths.fills[point] == len(result.turnover)
    assert paths.ended[point] == result.value.index[-1]


def one_by_one(paths, world, targets, choices):
    """Every point against ``simulate``; a run that is refused there is told here."""
    for point, target in enumerate(targets):
        cost, band, buffer, fixed = (float(choice[point]) for choice in choices)
        terms = replace(world.terms, band=None if np.isnan(band) else band, buffer=buffer, fixed_cost=fixed)
        asked = world.asked | {"cost_bps": cost, "terms": terms}
        if paths.states[point] == "done":
            same(paths, point, simulate(world.prices, target, **asked))
            continue
        with pytest.raises(BadInput) as caught:
            simulate(world.prices, target, **asked)
        assert caught.value.code == {"no_price": "missing_value", "ruined": "ruined"}[paths.states[point]]
        assert caught.value.value == str(paths.ended[point].date())
        assert np.isnan(rows(paths)[point]).all()


def draw_choices(rng, count, capital):
    """Cost, band, buffer and fixed cost of each point."""
    return (
        rng.choice([0.0, 5.0, 80.0], count),
        rng.choice([np.nan, 0.0, 0.03], count),
        rng.choice([0.0, 0.01, 0.1], count),
        capital * rng.choice([0.0, 1e-4, 0.3], count, p=[0.4, 0.4, 0.2]),
    )


@settings(max_examples=50)
@given(worlds(), st.integers(0, 2**32 - 1))
def test_points_with_targets_of_their_own_are_runs_of_their_own(world, seed):
    rng = np.random.default_rng(seed)
    count, (dates, assets) = int(rng.integers(1, 6)), world.targets.shape
    choices = draw_choices(rng, count, world.terms.capital)
    weights = rng.dirichlet(np.ones(assets), (count, dates)) * rng.uniform(0.5, world.terms.leverage, (count, dates, 1))
    weights[rng.random(weights.shape) < 0.2] = 0.0
    targets = [pd.DataFrame(rows, index=world.targets.index, columns=world.prices.columns) for rows in weights]
    paths = simulate_many(
        world.prices, weights, dates=world.targets.index, cost_bps=choices[0], band=choices[1], buffer=choices[2],
        fixed_cost=choices[3], fill=world.fill, opens=world.opens, terms=world.terms,
    )  # fmt: skip
    one_by_one(paths, world, targets, choices)


@settings(max_examples=30)
@given(worlds(without=("flows",)), st.sampled_from(["once", "daily", "monthly"]), st.integers(0, 2**32 - 1))
def test_a_mix_that_is_held_at_every_date_is_the_same_row_of_targets_each_time(world, rule, seed):
    rng = np.random.default_rng(seed)
    names = world.prices.columns[::-1][: int(rng.integers(1, world.prices.shape[1] + 1))]
    mixes = pd.DataFrame(rng.dirichlet(np.ones(len(names)), 3), columns=names, index=["x", "y", "z"])
    choices = draw_choices(rng, 3, world.terms.capital)
    dates = rebalance_dates(world.prices.index, rule)
    targets = [pd.DataFrame([row] * len(dates), index=dates, columns=names) for row in mixes.to_numpy()]
    paths = simulate_many(
        world.prices, mixes, dates=rule, cost_bps=choices[0], band=choices[1], buffer=choices[2],
        fixed_cost=choices[3], fill=world.fill, opens=world.opens, terms=world.terms,
    )  # fmt: skip
    assert list(paths.points) == ["x", "y", "z"]
    one_by_one(paths, world, targets, choices)


def test_what_is_not_said_is_that_of_the_terms():
    terms = Terms(band=0.02, buffer=0.01, fixed_cost=0.001)
    paths = simulate_many(CLOSE, MIXES, dates="once", cost_bps=5, terms=terms)
    for point, (_, row) in enumerate(MIXES.iterrows()):
        target = pd.DataFrame([row.to_numpy()], index=DAYS[:1], columns=MIXES.columns)
        same(paths, point, simulate(CLOSE, target, cost_bps=5, terms=terms))


def test_a_point_that_fails_is_told_and_leaves_the_others_alone():
    prices = CLOSE.copy()
    prices.loc[DAYS[3:], "b"] = np.nan
    paths = simulate_many(prices, MIXES, dates="once", cost_bps=10)
    assert paths.states == ["done", "no_price", "no_price"]
    assert list(paths.ended) == [DAYS[5], DAYS[3], DAYS[3]]
    assert np.isnan(rows(paths)[1:]).all()
    assert paths.final.isna().tolist() == [False, True, True]
    alone = simulate_many(CLOSE, MIXES.iloc[:1], dates="once", cost_bps=10)
    np.testing.assert_array_equal(rows(paths)[0], rows(alone)[0])
    assert np.isnan(paths.levels[1:]).all()
    assert paths.levels[0, 0] == 1.0


def test_ruin_of_a_point_is_told_with_its_day():
    fall = CLOSE.copy()
    fall.loc[DAYS[2] :, "a"] = 60.0
    paths = simulate_many(fall, MIXES * 3, dates="once", terms=Terms(leverage=3))
    assert paths.states == ["ruined", "done", "done"]
    assert list(paths.ended) == [DAYS[2], DAYS[5], DAYS[5]]
    assert np.isnan(rows(paths)[0]).all()
    assert np.isfinite(rows(paths)[1:]).all()


def test_a_path_reads_as_a_frame_and_as_levels():
    paths = simulate_many(CLOSE, MIXES, dates="once", cost_bps=100, fill="next_close")
    assert paths.frame.columns.equals(MIXES.index)
    assert paths.frame.index.equals(DAYS[1:])
    np.testing.assert_array_equal(paths.frame["half"], rows(paths)[1])
    assert (paths.levels[:, 0] == 1.0).all()
    np.testing.assert_array_equal(paths.levels[:, 1:], rows(paths)[:, 1:])
    assert paths.final["all a"] == pytest.approx(90 / 110 / 1.01)
    assert paths.fills.tolist() == [1, 1, 1]


def test_dates_past_the_last_fill_are_left_pending():
    weights = np.full((2, 2, 2), 0.5)
    paths = simulate_many(CLOSE, weights, dates=DAYS[[1, 5]], fill="next_close")
    assert paths.fills.tolist() == [1, 1]
    assert paths.index[0] == DAYS[2]


def test_a_flow_comes_to_every_point():
    terms = Terms(flows=pd.Series([0.5, -0.2], index=DAYS[[1, 4]]))
    paths = simulate_many(CLOSE, MIXES, dates=DAYS[1:2], cost_bps=5, terms=terms)
    for point, (_, row) in enumerate(MIXES.iterrows()):
        target = pd.DataFrame([row.to_numpy()], index=DAYS[1:2], columns=MIXES.columns)
        same(paths, point, simulate(CLOSE, target, cost_bps=5, terms=terms))


def test_the_input_is_left_as_it_was():
    weights = np.full((2, 1, 2), 0.5)
    prices, mixes = CLOSE.copy(), weights.copy()
    simulate_many(CLOSE, weights, dates="daily", cost_bps=np.array([1.0, 2.0]), band=np.array([np.nan, 0.1]))
    pd.testing.assert_frame_equal(CLOSE, prices)
    np.testing.assert_array_equal(weights, mixes)


# --- refusals

LATE = pd.Series([0.1], index=DAYS[:1])


@pytest.mark.parametrize(
    ("weights", "options", "code", "field"),
    [
        (np.full((2, 3), 0.3), {}, "bad_number", "weights"),
        (np.full((2, 5, 2), 0.5), {}, "bad_number", "weights"),
        (np.full(2, 0.5), {}, "bad_number", "weights"),
        (np.full((1, 1, 1, 2), 0.5), {}, "bad_number", "weights"),
        (MIXES.rename(columns={"b": "c"}), {}, "unknown_choice", "target_weights"),
        (MIXES.set_axis(["a", "a"], axis=1), {}, "bad_number", "weights"),
        (MIXES - 0.1, {}, "bad_number", "target_weights"),
        (MIXES * 1.01, {}, "bad_number", "target_weights"),
        (MIXES.replace(0.5, np.nan), {}, "missing_value", "target_weights"),
        (MIXES, {"cost_bps": np.array([0.0, 1.0])}, "bad_number", "cost_bps"),
        (MIXES, {"cost_bps": np.array([0.0, 1.0, -1.0])}, "bad_number", "cost_bps"),
        (MIXES, {"cost_bps": np.array([0.0, 1.0, np.nan])}, "bad_number", "cost_bps"),
        (MIXES, {"cost_bps": 1e4}, "bad_number", "cost_bps"),
        (MIXES, {"band": np.array([0.1])[:0]}, "bad_number", "band"),
        (MIXES, {"band": 10.5}, "bad_number", "band"),
        (MIXES, {"band": np.inf}, "bad_number", "band"),
        (MIXES, {"band": np.array([0.1, -0.1, np.nan])}, "bad_number", "band"),
        (MIXES, {"buffer": -0.1}, "bad_number", "buffer"),
        (MIXES, {"buffer": np.nan}, "bad_number", "buffer"),
        (MIXES, {"fixed_cost": np.inf}, "bad_number", "fixed_cost"),
        (MIXES, {"dates": "weekly"}, "unknown_choice", "rule"),
        (MIXES, {"dates": DAYS[[3, 1]]}, "bad_index", "dates"),
        (MIXES, {"dates": DAYS[[1, 1]]}, "bad_index", "dates"),
        (MIXES, {"dates": DAYS[:0]}, "bad_index", "dates"),
        (MIXES, {"dates": DAYS[:1] + pd.Timedelta(hours=1)}, "range_outside", "target_weights"),
        (MIXES, {"dates": DAYS[5:], "fill": "next_close"}, "bad_number", "dates"),
        (MIXES, {"dates": DAYS[2:3], "terms": Terms(flows=LATE)}, "bad_number", "flows"),
        (MIXES, {"fill": "next_open"}, "no_opens", "opens"),
    ],
)
def test_what_cannot_be_used_is_refused(weights, options, code, field):
    with pytest.raises(BadInput) as caught:
        simulate_many(CLOSE, weights, **options)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_bad_point_is_named():
    with pytest.raises(BadInput, match="point half"):
        simulate_many(CLOSE, MIXES.replace(0.5, 0.51))
    weights = np.full((3, 2, 2), 0.5)
    weights[2, 1] = 0.6
    with pytest.raises(BadInput, match="point 2, date 2"):
        simulate_many(CLOSE, weights, dates=DAYS[:2])
