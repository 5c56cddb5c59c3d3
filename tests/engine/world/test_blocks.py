"""Ten blocks: weights that add up to the classes, and assumptions that are a covariance."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, MissingData
from engine.sources import load
from engine.world.blocks import BLOCKS, assumptions, block_weights, blocks, bond_split, equity_split
from engine.world.sizes import SCOPE_SETS, weights

EQUITY = ["us_equity", "dev_exus_equity", "em_equity"]
BONDS = ["us_bond", "intl_bond", "em_bond"]


@given(st.sampled_from(sorted(SCOPE_SETS)), st.booleans())
def test_blocks_add_up_to_the_classes(scopes, gold):
    made = block_weights(scopes=scopes, gold=gold)
    world = weights(scopes=scopes, include=("gold",) if gold else ())
    assert tuple(made.index) == BLOCKS
    assert made.sum() == pytest.approx(1.0, abs=1e-12)
    assert (made >= 0).all()
    assert made[EQUITY].sum() == pytest.approx(world.weights["equity"])
    assert made[BONDS].sum() == pytest.approx(world.weights["bonds"])
    assert made["real_estate"] == world.weights["real_estate"]
    assert made["infrastructure"] == world.weights["infrastructure"]
    assert (made["gold"] > 0) == gold
    assert made["commodities"] == 0


def test_the_splits_by_hand():
    equity, bonds = equity_split(), bond_split()
    assert equity.shares == pytest.approx(
        {"us_equity": 0.593, "em_equity": 6800 / 60000, "dev_exus_equity": 1 - 0.593 - 6800 / 60000}
    )
    emerging = 8523 / (40315 + 17468 + 2874 + 1774 + 8523 + 9563)
    assert bonds.shares == pytest.approx({"us_bond": 0.393, "em_bond": emerging, "intl_bond": 1 - 0.393 - emerging})
    assert equity.basis["us_equity"]["as_of"] == "2023-03-31"
    assert "article" not in str(equity.basis["us_equity"]["source"])
    assert bonds.basis["us_bond"]["as_of"] == "2023-09-30"
    assert [name for name, told in equity.basis.items() if told["rest"]] == ["dev_exus_equity"]
    assert all(told["source"] for split in (equity, bonds) for told in split.basis.values() if not told["rest"])
    assert block_weights()["us_equity"] == pytest.approx(0.593 * weights().weights["equity"])


def test_a_date_moves_the_classes_and_not_the_splits():
    early, late = blocks("2018-12-31"), blocks()
    assert early.weights["us_equity"] / early.world.weights["equity"] == pytest.approx(
        late.weights["us_equity"] / late.world.weights["equity"]
    )
    assert early.weights["real_estate"] != late.weights["real_estate"]
    json.dumps(late.to_dict(), allow_nan=False)
    with pytest.raises(BadInput, match="date"):
        block_weights("soon")


def test_assumptions_are_those_of_the_table_in_decimals():
    found = assumptions()
    table = load("capital_market_assumptions").frame.set_index("block").loc[list(BLOCKS)]
    np.testing.assert_allclose(found.expected_return, table["arithmetic_return_pct"] / 100)
    np.testing.assert_allclose(found.compound_return, table["expected_return_pct"] / 100)
    np.testing.assert_allclose(found.volatility, table["volatility_pct"] / 100)
    assert found.expected_return["us_equity"] == pytest.approx(0.0794)
    assert (found.cash_return, found.as_of.isoformat()) == (0.031, "2025-09-30")
    assert (found.expected_return > found.compound_return).all()
    lost = found.expected_return - found.compound_return
    np.testing.assert_allclose(lost, found.volatility**2 / 2, atol=0.004)


def test_the_covariance_is_one():
    found = assumptions()
    for frame in (found.correlation, found.covariance):
        assert list(frame.index) == list(frame.columns) == list(BLOCKS)
        np.testing.assert_array_equal(frame, frame.T)
    assert np.linalg.eigvalsh(found.covariance)[0] > 0
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance)), found.volatility)
    pair = found.covariance.loc["us_equity", "us_bond"]
    assert pair == pytest.approx(0.1647 * 0.0476 * 0.30)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_matrix_that_is_no_correlation_is_refused(facts):
    path = facts / "capital_market_correlations.csv"
    table = pd.read_csv(path)
    for change in ({(0, "dev_exus_equity"): 0.1}, {(0, "us_equity"): 0.9}, {(0, "gold"): -1.0, (8, "us_equity"): -1.0}):
        broken = table.copy()
        for (row, column), value in change.items():
            broken.loc[row, column] = value
        broken.to_csv(path, index=False)
        with pytest.raises(MissingData, match="not a correlation matrix"):
            assumptions()


def test_a_lost_block_is_missing_data(facts):
    path = facts / "capital_market_assumptions.csv"
    rows = [row for row in path.read_text(encoding="utf-8").splitlines() if not row.startswith("gold")]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(MissingData, match="no row 'gold'"):
        assumptions()


def test_an_indicator_moves_the_blocks_as_it_moves_the_classes():
    moved = blocks("2022-06-30", indicators={"equity": "sp500_price"})
    world = weights("2022-06-30", indicators={"equity": "sp500_price"})
    assert moved.weights.filter(like="_equity").sum() == pytest.approx(world.weights["equity"])
    assert not moved.weights.equals(block_weights("2022-06-30"))
