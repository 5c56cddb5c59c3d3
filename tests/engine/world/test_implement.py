"""Blocks to funds: the best rank, ties, what has no fund, and weights that add up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.sources import load
from engine.world.blocks import BLOCKS, block_weights
from engine.world.implement import PEER_GROUP, to_funds
from tests.engine.world.tilts import world

RANKED = pd.DataFrame(
    [
        ("VTI", "us_equity", "us_broad", 0.10, 1),
        ("ITOT", "us_equity", "us_broad", 0.20, 2),
        ("SPY", "us_equity", "us_sp500", 0.00, 1),
        ("VEA", "dev_exus_equity", "dev_exus", 0.30, 1),
        ("IEMG", "em_equity", "emerging", 0.30, 1),
        ("VWO", "em_equity", "emerging", 0.25, 1),
        ("BND", "us_bond", "us_bond", 0.10, 1),
        ("BNDW", "intl_bond", "world_bond", 0.01, 1),
        ("BNDX", "intl_bond", "world_bond", 0.10, 2),
        ("EMB", "em_bond", "em_bond", np.nan, 1),
        ("VNQ", "real_estate", "real_estate", 0.10, 1),
        ("IGF", "infrastructure", "infrastructure", 0.10, np.nan),
        ("IAUM", "gold", "gold", 0.20, 1),
        ("GLDM", "gold", "gold", 0.20, 1),
    ],
    columns=["ticker", "block", "peer_group", "score", "rank"],
)
SOME = pd.Series({"us_equity": 0.4, "intl_bond": 0.3, "em_equity": 0.2, "gold": 0.1})


def test_the_best_rank_of_the_block_s_peer_group_is_held():
    found = to_funds(SOME, RANKED)
    assert found.weights.to_dict() == {"VTI": 0.4, "BNDX": 0.3, "VWO": 0.2, "GLDM": 0.1}
    assert found.cash == 0.0
    assert found.unassigned == ()
    first = found.holdings[0]
    assert (first.ticker, first.code, first.rank, first.score) == ("VTI", "best_ranked", 1.0, 0.10)


def test_equal_ranks_go_by_score_and_then_by_the_alphabet():
    weights = to_funds(SOME, RANKED).weights
    assert "VWO" in weights.index  # the better score
    assert "GLDM" in weights.index  # equal scores


def test_commodities_become_cash_and_are_named():
    found = to_funds(pd.Series({"us_equity": 0.9, "commodities": 0.1}), RANKED)
    assert found.weights.to_dict() == {"VTI": 0.9}
    assert found.cash == pytest.approx(0.1)
    (item,) = found.unassigned
    assert (item.block, item.weight, item.code, item.placed) == ("commodities", 0.1, "no_peer_group", "cash")


def test_commodities_become_gold_where_the_caller_says_so():
    weights = pd.Series({"us_equity": 0.8, "gold": 0.1, "commodities": 0.1})
    found = to_funds(weights, RANKED, commodities="gold")
    assert found.weights["GLDM"] == pytest.approx(0.2)
    assert found.cash == 0.0
    assert [item.placed for item in found.unassigned] == ["gold"]
    assert [item.code for item in found.holdings if item.ticker == "GLDM"] == ["best_ranked", "in_place_of_commodities"]
    no_gold = RANKED.loc[RANKED["block"] != "gold"]
    assert to_funds(weights, no_gold, commodities="gold").cash == pytest.approx(0.2)


def test_a_block_without_a_ranked_fund_becomes_cash_and_is_named():
    found = to_funds(pd.Series({"us_equity": 0.5, "infrastructure": 0.5}), RANKED)
    (item,) = found.unassigned
    assert (item.block, item.code, found.cash) == ("infrastructure", "no_ranked_fund", 0.5)


def test_only_bndw_is_no_fund_of_foreign_bonds():
    only = RANKED.loc[RANKED["ticker"] != "BNDX"]
    assert to_funds(pd.Series({"intl_bond": 1.0}), only).cash == 1.0


def test_a_missing_score_does_not_hide_a_rank():
    found = to_funds(pd.Series({"em_bond": 1.0}), RANKED)
    assert (found.holdings[0].ticker, found.holdings[0].score) == ("EMB", None)


def test_factor_funds_take_their_part_of_us_equity():
    funds = pd.Series({"MTUM": 0.1, "QUAL": 0.0, "VLUE": 0.05})
    found = to_funds(SOME, RANKED, factor_funds=funds)
    assert found.weights["VTI"] == pytest.approx(0.25)
    assert found.weights["MTUM"] == 0.1
    assert "QUAL" not in found.weights.index
    assert {item.code for item in found.holdings if item.block == "us_equity"} == {"factor_fund", "best_ranked"}
    assert found.weights.sum() + found.cash == pytest.approx(1.0)


def test_a_tilted_portfolio_reaches_funds_whole():
    found = world("prediction", strength=0.5, preferences={"gold": 0.05}, bounds=0.06)
    made = to_funds(found.weights, RANKED, factor_funds=found.funds)
    assert made.weights.sum() + made.cash == pytest.approx(1.0, abs=1e-12)
    assert made.cash == pytest.approx(found.weights["infrastructure"] + found.weights["commodities"])
    full = world("prediction", strength=1.0)
    assert (
        "VTI"
        not in to_funds(full.weights.round(12), RANKED, factor_funds=full.funds).weights.round(5).loc[lambda w: w > 0]
    )


@given(st.lists(st.floats(0, 1), min_size=10, max_size=10).filter(lambda raw: sum(raw) > 0.1))
def test_nothing_is_lost_and_nothing_is_spread(raw):
    weights = pd.Series(np.array(raw) / sum(raw), index=list(BLOCKS))
    found = to_funds(weights, RANKED)
    assert found.weights.sum() + found.cash == pytest.approx(1.0)
    for block in BLOCKS:
        lines = [item.weight for item in (*found.holdings, *found.unassigned) if item.block == block]
        assert sum(lines) == pytest.approx(weights[block], abs=1e-11)


def test_every_peer_group_exists_in_the_universe():
    groups = set(load("etf_peer_groups").frame["peer_group"])
    assert {group for group in PEER_GROUP.values() if group} <= groups
    assert set(PEER_GROUP) == set(BLOCKS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weights": SOME * 0.9}, "weights"),
        ({"weights": SOME.rename({"gold": "silver"})}, "weights"),
        ({"weights": pd.Series([1.2, -0.2], index=["gold", "us_bond"])}, "weights.gold"),
        ({"weights": pd.Series([np.nan, 1.0], index=["gold", "us_bond"])}, "weights.gold"),
        ({"weights": pd.Series([0.5, 0.5], index=["gold", "gold"])}, "weights"),
        ({"ranked": RANKED.drop(columns="rank")}, "ranked"),
        ({"ranked": pd.concat([RANKED, RANKED[:1]])}, "ranked.ticker"),
        ({"ranked": RANKED.assign(rank="first")}, "ranked.rank"),
        ({"ranked": RANKED.assign(score=np.inf)}, "ranked.score"),
        ({"commodities": "silver"}, "commodities"),
        ({"factor_funds": pd.Series({"MTUM": 0.5})}, "factor_funds"),
        ({"factor_funds": pd.Series({"MTUM": -0.1})}, "factor_funds.MTUM"),
    ],
)
def test_bad_input_is_refused_by_name(change, field):
    with pytest.raises(BadInput) as raised:
        to_funds(**{"weights": SOME, "ranked": RANKED} | change)
    assert raised.value.field == field


def test_the_result_as_plain_values():
    told = to_funds(block_weights(), RANKED).to_dict()
    assert told.keys() == {"weights", "cash", "holdings", "unassigned"}
    assert told["holdings"][0].keys() == {"ticker", "block", "weight", "code", "peer_group", "rank", "score"}
