"""What would change a winner: each reported change is tried, each reported reversal is ranked again."""

import json

import numpy as np
import pandas as pd
import pytest

from engine.universe import CRITERIA, TIES, rank
from engine.universe.fragility import STEPS, reversals, switches
from engine.universe.funds import FLOORS
from tests.engine.universe.test_score import FIVE, NEWCOMER, THREE, noise


def scores(table, weights):
    return rank(table.assign(group="all"), weights, ties=TIES, draws=1).table["score"]


def dethroned(table, weights, switch, first, value):
    """Whether the winner falls behind (and the fund that improved is level with the best) at a value."""
    tried = table.copy()
    tried.loc[switch.ticker, switch.criterion] = value
    found = scores(tried, weights)
    return found[first] > found.min() and (switch.ticker == first or found[switch.ticker] == found.min())


@pytest.fixture(scope="module")
def told(answer):
    """Switches of each group, asked once."""
    return {group: answer.switches(group) for group in answer.groups}


def members(answer, group):
    table = answer.ranking.table
    return answer.figures.loc[sorted(table.index[(table["group"] == group) & (table["reason"] == "")])]


# ---- switches


def test_each_reported_change_dethrones_the_winner_and_a_smaller_one_does_not(answer, told):
    """Smaller: by the step of the criterion, or by a tenth where that is more; changes below a step are not told."""
    tried = 0
    for group in answer.groups[::3]:
        first, table = answer.ranking.winner(group), None
        for switch in told[group]:
            table = members(answer, group) if table is None else table
            assert table.at[switch.ticker, switch.criterion] == switch.value
            assert dethroned(table, answer.ranking.weights, switch, first, switch.needed), switch
            change = switch.needed - switch.value
            assert (change > 0) == (switch.ticker == first)
            smaller = min(0.9 * abs(change), abs(change) - STEPS[switch.criterion])
            if smaller >= STEPS[switch.criterion]:
                almost = round(switch.value + np.sign(change) * smaller, 10)
                assert not dethroned(table, answer.ranking.weights, switch, first, almost), switch
                tried += 1
    assert tried > 25


def test_the_new_winner_is_named(answer, told):
    for switch in told["us_bond"]:
        table = members(answer, "us_bond")
        table.loc[switch.ticker, switch.criterion] = switch.needed
        found = scores(table, answer.ranking.weights)
        assert found[switch.winner] == found.min()


def test_the_least_sure_come_first_in_standard_deviations(answer, told):
    for found in (told["us_sp500"], told["emerging"], told["us_mid"]):
        sizes = [np.inf if item.deviations is None else item.deviations for item in found]
        assert sizes == sorted(sizes)
        for item in found:
            error = answer.inputs.errors.at[item.ticker, item.criterion]
            log_error = answer.inputs.log_errors.at[item.ticker, item.criterion]
            if log_error:
                assert item.deviations == pytest.approx(abs(np.log(item.needed / item.value)) / log_error)
            elif error:
                assert item.deviations == pytest.approx(abs(item.needed - item.value) / error)
            else:
                assert item.deviations is None


def test_no_change_goes_below_the_noise_floor_of_tracking_or_beyond_the_whole_fund(told):
    found = [item for items in told.values() for item in items]
    assert all(item.needed >= FLOORS["tracking"] for item in found if item.criterion == "tracking")
    assert all(item.needed <= 1.0 for item in found if item.criterion == "top10")
    assert all(item.needed >= 0 for item in found)
    assert {item.criterion for item in found} == set(CRITERIA)


def test_a_winner_far_ahead_is_not_dethroned_by_one_input():
    ahead = pd.DataFrame([[0.0] * 5, [0.1] * 5, [0.15] * 5], index=["A", "B", "C"], columns=list(CRITERIA))
    found = rank(ahead, dict.fromkeys(CRITERIA, 1), draws=1)
    assert switches(ahead, found, "all", errors=noise(ahead, 0), log_errors=noise(ahead, 0)) == ()


def test_a_criterion_that_weighs_nothing_changes_nothing():
    found = rank(FIVE, {"fee": 0.5, "tracking": 0.5}, draws=1)
    told = switches(FIVE, found, "all", errors=noise(FIVE, 0), log_errors=noise(FIVE, 0))
    assert {item.criterion for item in told} == {"fee", "tracking"}
    assert all(item.deviations is None for item in told)


def test_a_group_without_two_scored_funds_has_none(answer):
    assert answer.switches("silver") == ()
    assert answer.reversals("silver") == ()
    alone = FIVE.iloc[:1]
    found = rank(alone, draws=1)
    assert switches(alone, found, "all", errors=noise(alone, 0), log_errors=noise(alone, 0)) == ()


def test_a_known_switch_by_hand():
    """B leads by its fee alone; A needs a fee below B's, or B one above A's (a basis point further: the step)."""
    pair = pd.DataFrame([[0.0020, *[0.1] * 4], [0.0010, *[0.1] * 4]], index=["A", "B"], columns=list(CRITERIA))
    found = switches(pair, rank(pair, draws=1), "all", errors=noise(pair, 0.0005), log_errors=noise(pair, 0))
    fee = {item.ticker: (item.needed, item.deviations, item.winner) for item in found if item.criterion == "fee"}
    assert fee == {
        "A": (pytest.approx(0.0009), pytest.approx(2.2), "A"),
        "B": (pytest.approx(0.0021), pytest.approx(2.2), "A"),
    }


# ---- reversals


def test_the_newcomer_of_the_worked_example_is_reported():
    (found,) = reversals(THREE, rank(THREE, draws=1), "all", NEWCOMER)
    assert (found.ticker, found.joins, found.winner, found.pairs) == ("N", True, "Y", (("X", "Y"),))
    assert json.loads(json.dumps(found.to_dict()))["pairs"] == [["X", "Y"]]


def test_the_newcomer_leaving_is_reported_too():
    four = pd.concat([THREE, NEWCOMER])
    found = {item.ticker: item for item in reversals(four, rank(four, draws=1), "all")}
    assert (found["N"].joins, found["N"].winner, found["N"].pairs) == (False, "X", (("Y", "X"),))


def turned(before, after):
    return {
        (one, other)
        for one in before.index.intersection(after.index)
        for other in before.index.intersection(after.index)
        if before[one] < before[other] and after[one] > after[other]
    }


def test_each_reported_pair_is_really_turned_and_none_is_left_out(answer):
    weights, some = answer.ranking.weights, 0
    for group in ("us_sp500", "us_factor", "emerging", "us_corporate"):
        table, told = members(answer, group), {item.ticker: item for item in answer.reversals(group)}
        before = scores(table, weights)
        assert before.to_dict() == answer.ranking.table.loc[table.index, "score"].to_dict()
        for ticker in table.index:
            after = scores(table.drop(ticker), weights)
            assert turned(before, after) == (set(told[ticker].pairs) if ticker in told else set())
            if ticker in told:
                assert after[told[ticker].winner] == after.min()
                some += 1
        for ticker in set(told) - set(table.index):
            assert told[ticker].joins
            assert ticker in answer.screening.excluded
            after = scores(pd.concat([table, answer.inputs.figures.loc[[ticker]]]), weights)
            assert turned(before, after) == set(told[ticker].pairs)
            some += 1
    assert some >= 7


def test_candidates_with_too_few_inputs_or_already_inside_are_passed_over():
    blank = NEWCOMER.assign(fee=np.nan, tracking=np.nan, spread=np.nan)
    assert reversals(THREE, rank(THREE, draws=1), "all", blank) == ()
    assert reversals(THREE, rank(THREE, draws=1), "all", THREE.loc[["X"]]) == ()
