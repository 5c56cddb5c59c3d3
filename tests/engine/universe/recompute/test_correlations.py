"""Pairwise, joint and shrunk matrices: against plain regressions and scikit-learn; always definite."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf

from engine.universe.recompute import WEEKS, bars, carried, intensity, joint, pairwise, weekly
from engine.universe.recompute.correlations import shrunk
from tests.engine.universe.recompute import plain
from tests.engine.universe.recompute.world import long

FRIDAY = pd.Timestamp("2026-11-20")
NAMES = [f"F{place:02d}" for place in range(40)]
YOUNG = {"F03": "2020-10-13", "F11": "2019-01-03", "F30": "2022-05-04"}


@pytest.fixture(scope="module")
def returns():
    return weekly(bars(long(NAMES, young=YOUNG)).adjusted, FRIDAY)


def test_weeks_run_from_friday_to_friday(returns):
    assert len(returns) == WEEKS == 538
    assert returns.index[-1] == FRIDAY
    held = bars(long(NAMES, young=YOUNG)).adjusted
    expected = plain.weekly(held).loc[returns.index[0] : FRIDAY]
    pd.testing.assert_frame_equal(returns, expected, check_freq=False, check_names=False)


def test_a_fund_that_ended_has_no_weeks_after_its_last_bar():
    table = long(("SPY", "OLD"))
    table = table[(table["ticker"] == "SPY") | (table["date"] <= "2024-03-13")]
    ended = weekly(bars(table).adjusted, FRIDAY)["OLD"].dropna()
    assert ended.index[-1] == pd.Timestamp("2024-03-08")


def test_the_intensity_is_scikit_learn_s(returns):
    whole = returns.dropna(axis=1)
    scaled = ((whole - whole.mean()) / whole.std()).to_numpy()
    assert intensity(scaled) == pytest.approx(ledoit_wolf(scaled, assume_centered=True)[1], rel=1e-10)
    assert joint(returns, NAMES)[1] == pytest.approx(intensity(scaled), rel=1e-12)


@settings(max_examples=25)
@given(rows=st.integers(5, 60), columns=st.integers(2, 30), seed=st.integers(0, 99))
def test_the_intensity_of_any_table(rows, columns, seed):
    draws = np.random.default_rng(seed).normal(size=(rows, columns)) @ np.random.default_rng(seed + 1).normal(
        size=(columns, columns)
    )
    assert intensity(draws) == pytest.approx(ledoit_wolf(draws, assume_centered=True)[1], rel=1e-8, abs=1e-12)


def test_the_joint_matrix_equals_plain_regressions(returns):
    expected = plain.joint(returns, NAMES)
    matrix, _ = joint(returns, NAMES)
    pd.testing.assert_frame_equal(matrix, expected.loc[NAMES, NAMES], atol=1e-9, check_names=False)


def test_whole_funds_keep_their_correlation_and_young_ones_lean_on_trusted_funds(returns):
    matrix, _ = joint(returns, NAMES)
    whole = [name for name in NAMES if name not in YOUNG]
    raw = pairwise(returns)
    pd.testing.assert_frame_equal(matrix.loc[whole, whole], raw.loc[whole, whole], atol=1e-12)
    few, none = joint(returns, ["F00", "F07"])
    assert none is None
    assert not few.empty
    assert joint(returns, ["F03"])[0].empty


def test_pairs_with_too_few_weeks_are_unknown():
    table = long(("SPY", "OLD", "NEW"), young={"NEW": "2023-06-01"})
    table = table[(table["ticker"] != "OLD") | (table["date"] <= "2024-06-28")]
    raw = pairwise(weekly(bars(table).adjusted, FRIDAY))
    assert np.isnan(raw.at["OLD", "NEW"])
    assert not np.isnan(raw.at["OLD", "SPY"])


@settings(max_examples=15)
@given(seed=st.integers(0, 99), shrinkage=st.floats(0.005, 0.9))
def test_a_shrunk_matrix_is_definite_with_ones_on_its_diagonal(seed, shrinkage):
    names = NAMES[:12]
    weeks = weekly(bars(long(names, seed=seed, start="2015-01-02", young={"F05": "2021-01-04"})).adjusted, FRIDAY)
    matrix, _ = joint(weeks, names)
    made = shrunk(matrix, shrinkage)
    assert np.linalg.eigvalsh(made.to_numpy())[0] >= shrinkage * (1 - 1e-9)
    assert (np.diag(made) == 1.0).all()
    assert (made.to_numpy() == made.to_numpy().T).all()
    off = made.to_numpy()[~np.eye(12, dtype=bool)]
    assert np.abs(off).max() <= 1.0 - shrinkage + 1e-12


@settings(max_examples=25)
@given(data=st.data(), seed=st.integers(0, 99))
def test_a_partly_fresh_matrix_is_definite_and_fresh_where_it_can_be(data, seed):
    names = NAMES[:10]
    draws = np.random.default_rng(seed)

    def definite(size):
        sample = np.corrcoef(draws.normal(size=(60, size)) @ draws.normal(size=(size, size)), rowvar=False)
        return 0.95 * sample + 0.05 * np.eye(size)

    fresh_names = data.draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    older = pd.DataFrame(definite(10), names, names)
    fresh = pd.DataFrame(definite(len(fresh_names)) if len(fresh_names) > 1 else [[1.0]], fresh_names, fresh_names)
    made = carried(fresh, older)
    assert list(made) == names
    assert np.linalg.eigvalsh(made.to_numpy())[0] > 0.0
    assert np.diag(made) == pytest.approx(1.0)
    pd.testing.assert_frame_equal(made.loc[fresh_names, fresh_names], fresh, atol=1e-9)
    same = carried(older.loc[fresh_names, fresh_names], older)
    pd.testing.assert_frame_equal(same, older, atol=1e-9)
