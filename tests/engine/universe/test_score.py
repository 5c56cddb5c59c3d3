"""The score: worked examples, invariants, probabilities against closed forms and a slow twin, bad input."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.errors import BadInput
from engine.universe import CRITERIA, DEFAULT_WEIGHTS, describe, normalised, rank
from engine.universe.score import LIMITS, SEED, score_once, tie_steps


def funds(rows, divisor=1.0):
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(CRITERIA)).astype(float) / divisor


FIVE = funds(
    {
        "A": (0.03, 0.04, 0.010, 33, 4),
        "B": (0.09, 0.03, 0.003, 33, 2),
        "C": (0.07, 0.06, 0.020, 27, 8),
        "D": (0.20, 0.10, 0.015, 25, 15),
        "E": (0.07, 0.06, 0.020, 30, 8),
    },
    100,
)
THREE = funds({"X": (11, 19, 16, 6, 8), "Y": (16, 10, 4, 18, 12), "Z": (15, 19, 12, 14, 17)}, 1000)
NEWCOMER = funds({"N": (19, 11, 11, 13, 19)}, 1000)


# ---- worked examples


def test_the_worked_example_of_five_funds():
    table = rank(FIVE, draws=10).table
    assert table["raw_score"].to_dict() == pytest.approx({"A": 2.075, "B": 2.425, "C": 3.175, "D": 4.0, "E": 3.325})
    scores = {"A": 0.26875, "B": 0.35625, "C": 0.54375, "D": 0.75, "E": 0.58125}
    assert table["score"].to_dict() == pytest.approx(scores)
    assert table["rank"].to_dict() == {"A": 1, "B": 2, "C": 3, "D": 5, "E": 4}


def test_a_newcomer_turns_the_order_of_two_others():
    assert rank(THREE, draws=10).table["raw_score"].to_dict() == pytest.approx({"X": 1.775, "Y": 2.0, "Z": 2.225})
    four = rank(pd.concat([THREE, NEWCOMER]), draws=10).table["raw_score"]
    assert four.to_dict() == pytest.approx({"X": 2.225, "Y": 2.15, "Z": 2.825, "N": 2.8})
    assert four.sort_values().index.tolist() == ["Y", "X", "N", "Z"]


def test_default_weights_are_those_of_the_method():
    assert DEFAULT_WEIGHTS == {"fee": 0.30, "tracking": 0.25, "spread": 0.20, "top10": 0.15, "turnover": 0.10}
    assert sum(DEFAULT_WEIGHTS.values()) == pytest.approx(1.0)


# ---- invariants

VALUE = st.sampled_from([None, *(step / 100 for step in range(20))])
ROWS = st.lists(st.tuples(*[VALUE] * 5, st.sampled_from("aab")), min_size=1, max_size=9)
PROBABILITIES = ["p_first", "p_top3", "rank_low", "rank_high"]


FEW = settings(max_examples=15)
"""Each example ranks two tables or more."""


def frame(rows):
    index = [f"T{place:02d}" for place in range(len(rows))]
    made = pd.DataFrame(rows, columns=[*CRITERIA, "group"], index=index)
    return made.astype(dict.fromkeys(CRITERIA, float))


def noise(table, size):
    return pd.DataFrame(size, index=table.index, columns=list(CRITERIA))


@FEW
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows, shuffler):
    table = frame(rows)
    order = list(table.index)
    shuffler.shuffle(order)
    one = rank(table, errors=noise(table, 0.01), log_errors=noise(table, 0.2), draws=40)
    other = rank(table.loc[order], errors=noise(table, 0.01), log_errors=noise(table, 0.2), draws=40)
    pd.testing.assert_frame_equal(one.table, other.table.loc[one.table.index])
    pd.testing.assert_frame_equal(one.positions, other.positions.loc[one.table.index])


def test_the_draws_of_a_fund_are_its_own_whatever_the_order():
    errors = noise(FIVE, 0.01)
    one, other = rank(FIVE, errors=errors, draws=60), rank(FIVE.iloc[::-1], errors=errors, draws=60)
    assert one.table["p_first"].nunique() > 2
    pd.testing.assert_frame_equal(one.table, other.table.loc[one.table.index])


@FEW
@given(ROWS, st.sampled_from(CRITERIA), st.sampled_from([0.5, 0.25, 2.0**-7]))
def test_the_unit_of_a_criterion_does_not_matter(rows, name, unit):
    """A power of two, so that the draws scale exactly."""
    table, errors = frame(rows), noise(frame(rows), 0.01)
    one = rank(table, errors=errors, draws=40)
    scaled, errors_scaled = table.copy(), errors.copy()
    scaled[name] *= unit
    errors_scaled[name] *= unit
    pd.testing.assert_frame_equal(one.table, rank(scaled, errors=errors_scaled, draws=40).table)


@FEW
@given(ROWS, st.floats(0.01, 0.9))
def test_any_unit_leaves_scores_and_ranks(rows, unit):
    table = frame(rows)
    one, other = rank(table, draws=2), rank(table.assign(**{name: table[name] * unit for name in CRITERIA}), draws=2)
    pd.testing.assert_frame_equal(one.table, other.table)


@FEW
@given(ROWS, st.floats(0.001, 1000))
def test_weights_count_by_their_share_only(rows, factor):
    table = frame(rows)
    heavier = {name: weight * factor for name, weight in DEFAULT_WEIGHTS.items()}
    one, other = rank(table, draws=2), rank(table, heavier, draws=2)
    assert other.weights == pytest.approx(one.weights)
    columns = ["score", "raw_score", "rank"]
    pd.testing.assert_frame_equal(one.table[columns], other.table[columns])
    exact = rank(table, {name: weight * 8 for name, weight in DEFAULT_WEIGHTS.items()}, draws=2)
    pd.testing.assert_frame_equal(one.table, exact.table)


@FEW
@given(ROWS, st.tuples(*[st.integers(0, 3)] * 5).filter(any), st.booleans())
def test_scores_lie_between_0_and_1_and_probabilities_sum_to_the_places(rows, weights, noisy):
    table = frame(rows)
    found = rank(
        table, dict(zip(CRITERIA, weights, strict=True)), errors=noise(table, 0.02) if noisy else None, draws=30
    )
    scored = found.scored
    assert scored["score"].between(0, 1).all()
    assert scored[["p_first", "p_top3"]].ge(-1e-12).all(axis=None)
    assert scored[["p_first", "p_top3"]].le(1 + 1e-12).all(axis=None)
    for _, group in scored.groupby("group"):
        assert group["p_first"].sum() == pytest.approx(1.0)
        assert group["p_top3"].sum() == pytest.approx(min(3, len(group)))
        assert group["rank"].min() == 1
        assert (group["rank_low"] <= group["rank_high"]).all()
        assert group["group_size"].eq(len(group)).all()
    for ticker in scored.index:
        assert sum(found.contributions(ticker).values()) == pytest.approx(scored.at[ticker, "score"])
        told = describe(found, ticker)
        assert {name: part["contribution"] for name, part in told.items()} == found.contributions(ticker)
        assert all(part["contribution"] == part["weight"] * part["position"] for part in told.values())
    left = found.table.loc[found.table["reason"] != ""]
    assert left[["score", "raw_score", "rank", *PROBABILITIES]].isna().all(axis=None)


@FEW
@given(ROWS)
def test_score_once_is_the_score_of_rank(rows):
    table = frame(rows).assign(group="all")
    found = rank(table, draws=1)
    scored = sorted(found.scored.index)
    alone = score_once(table.loc[scored, list(CRITERIA)].to_numpy(), found.weights, tie_steps(None))[2]
    assert dict(zip(scored, alone, strict=True)) == found.scored["score"].to_dict()


def test_a_better_value_never_hurts():
    table = FIVE.copy()
    for name in CRITERIA:
        better = table.copy()
        better.loc["E", name] = 0.0
        assert rank(better, draws=1).table.at["E", "score"] <= rank(table, draws=1).table.at["E", "score"]


# ---- ties, missing values, small groups


def test_ties_share_their_average_rank_and_their_place():
    same = funds({"A": (1, 1, 1, 1, 1), "B": (1, 1, 1, 1, 1), "C": (2, 2, 2, 2, 2)}, 100)
    found = rank(same, draws=50)
    assert found.ranks.loc["A"].tolist() == [1.5] * 5
    assert found.table["rank"].to_dict() == {"A": 1, "B": 1, "C": 3}
    assert found.table["p_first"].to_dict() == {"A": 0.5, "B": 0.5, "C": 0.0}


def test_five_equal_funds_share_three_places():
    same = pd.concat([FIVE.loc[["A"]]] * 5).set_axis(list("VWXYZ"))
    found = rank(same, draws=20).table
    assert found["p_top3"].tolist() == pytest.approx([0.6] * 5)
    assert found["p_first"].tolist() == pytest.approx([0.2] * 5)
    assert found["rank_low"].eq(3).all()
    assert found["rank_high"].eq(3).all()


def test_values_within_a_step_tie():
    close = funds({"A": (1, 1, 0.010, 1, 1), "B": (1, 1, 0.011, 1, 1)}, 100)
    assert rank(close, draws=1).ranks["spread"].tolist() == [1.0, 2.0]
    assert rank(close, ties={"spread": 0.00005}, draws=1).ranks["spread"].tolist() == [1.5, 1.5]


def test_a_missing_value_takes_the_median_rank_and_is_counted():
    table = FIVE.copy()
    table.loc["A", "fee"] = np.nan
    found = rank(table, draws=10)
    assert found.ranks.at["A", "fee"] == np.median([1, 2, 3, 4])
    assert found.positions.at["A", "fee"] == 0.5
    assert found.positions["fee"].drop("A").tolist() == pytest.approx([2 / 3, 1 / 6, 1.0, 1 / 6])
    assert found.table["known"].to_dict() == {"A": 4, "B": 5, "C": 5, "D": 5, "E": 5}


def test_a_criterion_nobody_has_moves_no_one():
    found = rank(FIVE.assign(turnover=np.nan), draws=10)
    assert found.positions["turnover"].eq(0.5).all()
    others = {name: weight for name, weight in DEFAULT_WEIGHTS.items() if name != "turnover"}
    assert found.table["rank"].tolist() == rank(FIVE, others, draws=10).table["rank"].tolist()


def test_fewer_than_three_known_are_not_scored_and_change_nothing_for_the_others():
    table = pd.concat([FIVE, funds({"F": (0.0, 0.0, np.nan, np.nan, np.nan)})])
    found = rank(table, draws=10)
    assert found.table.loc["F", ["reason", "known"]].tolist() == ["too_few_inputs", 2]
    assert np.isnan(found.table.at["F", "score"])
    alone = rank(FIVE, draws=10).table
    pd.testing.assert_frame_equal(found.table.drop("F"), alone)
    assert "F" not in found.scored.index


def test_one_fund_alone_is_not_scored():
    found = rank(FIVE.assign(group=["a", "a", "a", "a", "b"]), draws=10)
    assert found.table.at["E", "reason"] == "only_fund"
    assert found.winner("b") is None
    assert found.winner("a") == "A"
    few = rank(pd.concat([FIVE.iloc[:1], funds({"F": (0.1, np.nan, np.nan, np.nan, np.nan)})]), draws=10)
    assert few.table["reason"].tolist() == ["only_fund", "too_few_inputs"]


def test_all_values_missing_scores_no_one():
    found = rank(FIVE * np.nan, draws=10)
    assert found.table["reason"].eq("too_few_inputs").all()
    assert found.scored.empty
    assert found.winner("all") is None


def test_groups_do_not_touch_each_other():
    both = pd.concat([FIVE.assign(group="five"), THREE.assign(group="three")])
    pd.testing.assert_frame_equal(
        rank(both, draws=50).table.query("group == 'five'"), rank(FIVE.assign(group="five"), draws=50).table
    )


def test_of_equal_scores_the_one_more_often_first_wins():
    level = funds({"A": (1, 2, 1, 1, 1), "B": (2, 1, 1, 1, 1)}, 100)
    sure = noise(level, 0.0)
    sure.loc["A", "fee"] = 0.02
    found = rank(level, {"fee": 1, "tracking": 1}, errors=sure, draws=2000)
    assert found.table["rank"].tolist() == [1, 1]
    assert found.table.at["B", "p_first"] > found.table.at["A", "p_first"] + 0.1
    assert found.winner("all") == "B"


# ---- probabilities


def test_a_strict_winner_is_first_when_nothing_is_in_doubt():
    found = rank(FIVE, draws=500, concentration=1e12).table
    assert found["p_first"].to_dict() == {"A": 1, "B": 0, "C": 0, "D": 0, "E": 0}
    assert found["rank_low"].tolist() == found["rank_high"].tolist() == found["rank"].tolist()


@pytest.mark.parametrize("seed", [1, 2])
def test_noise_of_an_input_gives_the_normal_probability(seed):
    pair = funds({"A": (10, 1, 1, 1, 1), "B": (13, 1, 1, 1, 1)}, 10_000)
    errors = noise(pair, 0.0)
    errors["fee"] = [0.0001, 0.0003]
    p = rank(pair, {"fee": 1}, errors=errors, draws=40_000, seed=seed).table.at["A", "p_first"]
    exact = stats.norm.cdf(0.0003 / np.hypot(0.0001, 0.0003))
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))


def test_noise_of_a_logarithm_gives_the_normal_probability():
    pair = funds({"A": (1, 1, 2, 1, 1), "B": (1, 1, 3, 1, 1)}, 1000)
    logs = noise(pair, 0.0)
    logs["spread"] = [0.34, 0.86]
    p = rank(pair, {"spread": 1}, log_errors=logs, draws=40_000).table.at["A", "p_first"]
    exact = stats.norm.cdf(np.log(1.5) / np.hypot(0.34, 0.86))
    assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))


@pytest.mark.parametrize("concentration", [4.0, 20.0, 200.0])
def test_doubt_about_the_weights_is_the_beta_distribution(concentration):
    """Two funds, each best in one of two criteria: the first wins where its weight is above a half."""
    pair = funds({"A": (1, 2, 1, 1, 1), "B": (2, 1, 1, 1, 1)}, 100)
    found = rank(pair, {"fee": 0.6, "tracking": 0.4}, draws=40_000, concentration=concentration).table
    exact = stats.beta.sf(0.5, 0.6 * concentration, 0.4 * concentration)
    assert found.at["A", "p_first"] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))


def slow_twin(table, errors, log_errors, weights, ties, draws):
    """One draw, one criterion, one fund at a time, from the same random numbers."""
    names = sorted(table.index)
    weight = np.random.default_rng(SEED).dirichlet([weights[name] * 20.0 for name in CRITERIA], size=draws)
    normals, stream = {}, np.random.default_rng([SEED, *b"all"])
    for name in CRITERIA:
        for ticker in names:
            if errors.at[ticker, name] > 0 or log_errors.at[ticker, name] > 0:
                normals[ticker, name] = stream.standard_normal(draws)
    first, top3 = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    places = {ticker: [] for ticker in names}
    for draw in range(draws):
        score = dict.fromkeys(names, 0.0)
        for column, name in enumerate(CRITERIA):
            values = {}
            for ticker in names:
                value = table.at[ticker, name]
                if not np.isnan(value):
                    normal = normals[ticker, name][draw] if (ticker, name) in normals else 0.0
                    value = value * np.exp(log_errors.at[ticker, name] * normal) + errors.at[ticker, name] * normal
                    values[ticker] = round(value / ties[name]) if name in ties else value
            ranks = dict(zip(values, stats.rankdata(list(values.values())), strict=True))
            for ticker in names:
                known = ticker in ranks and len(ranks) > 1
                score[ticker] += weight[draw, column] * ((ranks[ticker] - 1) / (len(ranks) - 1) if known else 0.5)
        place = dict(zip(names, stats.rankdata(np.round(list(score.values()), 12)), strict=True))
        for ticker in names:
            level = [other for other in names if place[other] == place[ticker]]
            ahead = sum(place[other] < place[ticker] for other in names)
            first[ticker] += (ahead == 0) / len(level) / draws
            top3[ticker] += max(0, min(len(level), 3 - ahead)) / len(level) / draws
            places[ticker].append(place[ticker])
    return pd.DataFrame(
        {
            "p_first": first,
            "p_top3": top3,
            "rank_low": {ticker: np.percentile(found, 5) for ticker, found in places.items()},
            "rank_high": {ticker: np.percentile(found, 95) for ticker, found in places.items()},
        }
    )


def test_probabilities_are_those_of_a_slow_twin():
    table = pd.concat([FIVE, FIVE.loc[["B"]].set_axis(["G"])])
    table.loc["C", "turnover"] = table.loc["D", "tracking"] = np.nan
    errors, logs = noise(table, 0.0), noise(table, 0.0)
    errors["fee"], errors["top10"], errors["turnover"] = 0.00005, 0.02, 0.01
    errors.loc["A", "fee"] = 0.0
    logs["spread"] = [0.34, 0.86, 0.34, 0.34, 0.86, 0.0]
    ties = {"spread": 0.00005}
    found = rank(table, errors=errors, log_errors=logs, ties=ties, draws=150).table
    twin = slow_twin(table, errors, logs, DEFAULT_WEIGHTS, ties, 150)
    pd.testing.assert_frame_equal(found[PROBABILITIES], twin.loc[table.index])


def test_a_group_drawn_in_blocks_keeps_its_weights_and_its_answer(monkeypatch):
    """Without noise the blocks hold the same draws; with noise they differ by chance only."""
    whole = rank(FIVE, draws=4000)
    noisy = rank(FIVE, errors=noise(FIVE, 0.005), draws=4000)
    monkeypatch.setattr("engine.universe.score.FUND_DRAWS", 5 * 300)
    pd.testing.assert_frame_equal(whole.table, rank(FIVE, draws=4000).table)
    blocks = rank(FIVE, errors=noise(FIVE, 0.005), draws=4000).table
    assert np.abs(blocks["p_first"] - noisy.table["p_first"]).max() < 0.05


def test_the_same_seed_gives_the_same_answer_and_another_seed_nearly_the_same():
    errors = noise(FIVE, 0.01)
    one = rank(FIVE, errors=errors, draws=4000).table
    pd.testing.assert_frame_equal(one, rank(FIVE, errors=errors, draws=4000).table)
    other = rank(FIVE, errors=errors, draws=4000, seed=8).table
    assert 0 < np.abs(one["p_first"] - other["p_first"]).max() < 0.05


# ---- bad input


def changed(name, value):
    table = FIVE.astype(object)
    table.loc["B", name] = value
    return table


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("fee", 3),
        ("fee", 0.0945 * 100),
        ("fee", -0.0001),
        ("fee", np.inf),
        ("fee", -np.inf),
        ("fee", "cheap"),
        ("tracking", -0.001),
        ("tracking", 1.5),
        ("spread", 1.0),
        ("top10", 33),
        ("turnover", 400),
        ("turnover", -1),
    ],
)
def test_a_value_that_is_no_decimal_is_named(name, value):
    with pytest.raises(BadInput) as raised:
        rank(changed(name, value), draws=10)
    assert raised.value.code == "bad_decimal"
    assert raised.value.field == f"{name} of B"
    assert raised.value.value == str(value)
    assert f"{LIMITS[name]:g}" in raised.value.message


@pytest.mark.parametrize("name", CRITERIA)
def test_limits_and_zero_are_taken(name):
    assert rank(changed(name, LIMITS[name]), draws=1).ranks.at["B", name] == 5
    assert rank(changed(name, 0), draws=1).ranks.at["B", name] == 1


def test_a_missing_value_may_be_none():
    assert rank(changed("fee", None), draws=1).table.at["B", "known"] == 4


def test_a_duplicate_ticker_is_named():
    with pytest.raises(BadInput) as raised:
        rank(pd.concat([FIVE, FIVE.loc[["C"]]]), draws=10)
    assert (raised.value.code, raised.value.value) == ("duplicate_ticker", "C")


@pytest.mark.parametrize("name", CRITERIA)
def test_a_missing_column_is_named(name):
    with pytest.raises(BadInput) as raised:
        rank(FIVE.drop(columns=name), draws=10)
    assert (raised.value.code, raised.value.field) == ("missing_column", name)


def test_no_fund_is_refused():
    with pytest.raises(BadInput, match="at least one fund") as raised:
        rank(FIVE.iloc[:0], draws=10)
    assert raised.value.code == "no_funds"


@pytest.mark.parametrize(
    ("weights", "code", "field"),
    [
        (dict.fromkeys(CRITERIA, 0), "weights_zero", "weights"),
        ({}, "weights_zero", "weights"),
        ({"fee": 0.5, "spread": -0.1}, "bad_number", "weights.spread"),
        ({"fee": float("nan")}, "bad_number", "weights.fee"),
        ({"fee": float("inf")}, "bad_number", "weights.fee"),
        ({"fee": 1e308, "spread": 1e308}, "bad_number", "weights.fee"),
        ({"fee": "much"}, "bad_number", "weights.fee"),
        ({"fee": None}, "bad_number", "weights.fee"),
        ({"fee": 1, "price": 1}, "unknown_choice", "weights"),
    ],
)
def test_weights_that_cannot_be_used(weights, code, field):
    for call in (normalised, lambda given_: rank(FIVE, given_, draws=10)):
        with pytest.raises(BadInput) as raised:
            call(weights)
        assert (raised.value.code, raised.value.field) == (code, field)


def test_weights_left_out_weigh_nothing():
    assert normalised({"fee": 3, "spread": np.float32(1)}) == pytest.approx(
        {"fee": 0.75, "tracking": 0, "spread": 0.25, "top10": 0, "turnover": 0}
    )
    only = rank(FIVE, {"fee": 1}, draws=20)
    assert only.table["score"].tolist() == only.positions["fee"].tolist()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("draws", 0),
        ("draws", -1),
        ("draws", 1_000_001),
        ("draws", 10.5),
        ("draws", "many"),
        ("concentration", 0),
        ("concentration", -1.0),
        ("concentration", float("nan")),
        ("concentration", float("inf")),
        ("seed", -1),
    ],
)
def test_settings_of_the_draws_that_cannot_be_used(name, value):
    with pytest.raises(BadInput) as raised:
        rank(FIVE, **{name: value})
    assert (raised.value.code, raised.value.field, raised.value.value) == ("bad_number", name, str(value))


@pytest.mark.parametrize("name", ["errors", "log_errors"])
@pytest.mark.parametrize("value", [-0.01, np.inf])
def test_errors_that_cannot_be_used(name, value):
    with pytest.raises(BadInput) as raised:
        rank(FIVE, draws=10, **{name: noise(FIVE, value)})
    assert (raised.value.code, raised.value.field) == ("bad_number", name)


def test_the_input_is_left_alone():
    before = FIVE.copy()
    rank(FIVE, errors=noise(FIVE, 0.01), draws=10)
    pd.testing.assert_frame_equal(FIVE, before)
