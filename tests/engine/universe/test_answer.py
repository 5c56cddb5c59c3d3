"""Screen, inputs and ranking together: what the universe must show."""

import json
from datetime import date

import pytest

from engine.errors import BadInput
from engine.universe import CRITERIA, ScreenSettings, moved, ranked
from tests.engine.universe.conftest import TODAY


@pytest.fixture(scope="module")
def told(answer):
    return answer.to_dict()


def quick(known, **more):
    return ranked(known=known, today=TODAY, draws=50, **more)


def test_nearly_all_passing_funds_are_scored(answer):
    assert len(answer.screening.passing) == len(answer.ranking.table) == 142
    assert answer.scored_share >= 0.95
    left = answer.ranking.table["reason"].loc[lambda reason: reason != ""]
    assert left.to_dict() == {"SLV": "only_fund"}


def test_about_thirty_groups_of_three_and_more(answer):
    sizes = answer.ranking.table.groupby("group").size()
    assert 20 <= len(sizes) <= 35
    assert sizes.drop("silver").ge(3).all()


def test_spy_is_not_the_best_fund_on_its_index(answer):
    table = answer.ranking.table.query("group == 'us_sp500'")
    assert set(table.index) == {"SPY", "IVV", "VOO", "SPYM"}
    assert table["rank"].idxmax() == "SPY"
    assert answer.ranking.winner("us_sp500") == "SPYM"
    assert table["p_first"].idxmin() == "SPY"


def test_probabilities_sum_in_every_group(answer):
    for _, group in answer.ranking.scored.groupby("group"):
        assert group["p_first"].sum() == pytest.approx(1.0)
        assert group["p_top3"].sum() == pytest.approx(min(3, len(group)))


def test_no_excluded_fund_is_ranked(answer):
    assert not set(answer.ranking.table.index) & set(answer.screening.excluded)


def test_winners_that_rest_on_estimates_are_marked(answer):
    marked = answer.rests_on_estimates
    assert set(marked) == set(answer.groups) - {"silver"}
    for group, criteria in marked.items():
        kinds = answer.inputs.kinds.loc[answer.ranking.winner(group)]
        assert criteria == tuple(name for name in CRITERIA if kinds[name] == "estimated")
    assert any(marked.values())
    assert not all(marked.values())


def test_measured_only_rests_on_no_estimate(known, answer):
    strict = quick(known, measured_only=True)
    assert strict.counts["estimated"] == 0
    assert strict.counts["measured"] == answer.counts["measured"]
    assert not any(strict.rests_on_estimates.values())
    known_inputs = strict.figures.notna().sum(axis=1)
    few = set(known_inputs.index[known_inputs < 3])
    reasons = strict.ranking.table["reason"]
    assert set(reasons.index[reasons == "too_few_inputs"]) == few
    assert few
    assert moved(answer, strict)


def test_the_measure_of_tracking_moves_some_ranks(known, answer):
    rows = moved(answer, quick(known, tracking="difference"))
    assert 10 < len(rows) < 71
    assert all(row.before != row.after for row in rows)
    assert all(answer.ranking.table.at[row.ticker, "rank"] == row.before for row in rows)
    assert all(answer.ranking.table.at[row.ticker, "group"] == row.group for row in rows)


def test_nothing_moves_between_equal_answers(known, answer):
    assert moved(answer, quick(known)) == ()


def test_a_fund_that_leaves_has_no_place_afterwards(known, answer):
    rows = {
        row.ticker: row for row in moved(answer, quick(known, settings=ScreenSettings(allow_currency_hedged=False)))
    }
    assert {"BNDX", "IAGG", "BNDW"} <= set(rows)
    assert rows["BNDW"].after is None
    assert rows["BNDW"].to_dict()["group"] == "world_bond"
    back = moved(quick(known, settings=ScreenSettings(allow_currency_hedged=False)), answer)
    assert next(row for row in back if row.ticker == "BNDW").before is None


def test_a_group_that_shrinks_to_one_is_not_scored(known):
    found = quick(known, settings=ScreenSettings(min_assets=300e9))
    assert set(found.ranking.table["reason"]) <= {"", "only_fund"}
    assert "only_fund" in set(found.ranking.table["reason"])


def test_a_screen_that_lets_nothing_pass_is_told(known):
    with pytest.raises(BadInput) as raised:
        quick(known, settings=ScreenSettings(min_assets=1e15))
    assert (raised.value.code, raised.value.value) == ("no_funds", "0 of 166")


def test_stale_figures_follow_the_day(known):
    fresh = ranked(known=known, today=date(2026, 5, 2), draws=5).fund("SPY")["inputs"]
    old = ranked(known=known, today=date(2027, 12, 1), draws=5).fund("SPY")["inputs"]
    assert not fresh["spread"]["stale"]
    assert all(item["stale"] for item in old.values())


def test_the_size_of_an_order_beside_the_volume(answer):
    assert answer.order_share("SPY", 38.8e6) == pytest.approx(0.001)
    assert answer.order_share("SPGM", 1e6) > answer.order_share("SPY", 1e6)


def test_the_same_question_has_the_same_answer(known):
    assert quick(known).to_dict() == quick(known).to_dict()


# ---- as told


def test_rows_have_the_keys_of_the_contract(told, answer):
    assert {row["ticker"] for row in told["funds"]} == set(answer.screening.passing)
    for row in told["funds"]:
        assert {"ticker", "group", "score", "rank", "p_first", "inputs"} <= set(row)
        assert list(row["inputs"]) == list(CRITERIA)
        for item in row["inputs"].values():
            assert {"value", "kind", "as_of"} <= set(item)
            assert item["kind"] in ("measured", "estimated", "missing")
            assert (item["value"] is None) == (item["kind"] == "missing")
            assert item["kind"] == "missing" or item["as_of"] or item["method"] == "single_asset"
    assert all({"ticker", "reasons"} <= set(row) for row in told["excluded"])
    assert sum(told["inputs_of_each_kind"].values()) == 5 * 142


def test_funds_come_best_first_inside_their_groups(told):
    groups = [row["group"] for row in told["funds"]]
    assert groups == sorted(groups)
    for group in set(groups):
        ranks = [row["rank"] for row in told["funds"] if row["group"] == group and row["rank"] is not None]
        assert ranks == sorted(ranks)
        assert not ranks or ranks[0] == 1


def test_the_first_row_of_a_group_is_its_winner(told, answer):
    for group in answer.groups:
        first = next(row for row in told["funds"] if row["group"] == group)
        assert first["ticker"] == (answer.ranking.winner(group) or "SLV")


def test_one_group_alone(answer):
    only = answer.to_dict("gold")
    assert {row["ticker"] for row in only["funds"]} == {"GLD", "IAU", "GLDM", "IAUM", "SGOL"}
    assert set(only["winners_resting_on_estimates"]) <= {"gold"}
    with pytest.raises(BadInput) as raised:
        answer.to_dict("nope")
    assert (raised.value.code, raised.value.value) == ("unknown_group", "nope")
    assert "gold" in raised.value.message


def test_a_fund_that_is_not_scored_has_nulls_and_a_reason(told):
    silver = next(row for row in told["funds"] if row["ticker"] == "SLV")
    assert silver["not_scored"] == "only_fund"
    assert [silver[key] for key in ("score", "raw_score", "rank", "p_first", "p_top3", "rank_interval")] == [None] * 6


def test_the_answer_is_json(told):
    assert json.loads(json.dumps(told, allow_nan=False)) == told
