"""Newer figures behind older ones: joined by growth, compared, refused if they are something else."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadPayload
from engine.sources.live.splice import MIN_OVERLAP, extended_levels, extended_returns, overlap
from tests.engine.http_server import walk

DAYS = pd.bdate_range("2024-01-01", periods=60)


def frame(start, stop, scale=1.0, **changes):
    """Two columns of levels over rows start..stop, in any scale."""
    values = {name: np.array(walk(seed, DAYS)[start:stop]) * scale for seed, name in enumerate("ab")}
    table = pd.DataFrame(values, index=DAYS[start:stop])
    for day, factor in changes.items():
        table.loc[pd.Timestamp(day.replace("d", "2024-").replace("_", "-")), "a"] *= factor
    return table


@given(st.floats(0.001, 1000.0), st.integers(MIN_OVERLAP + 1, 45), st.integers(0, 15))
def test_the_join_keeps_growth_and_history(scale, cut, first):
    old, new = frame(0, cut), frame(min(first, cut - MIN_OVERLAP - 1), 60, scale)
    joined, findings = extended_levels(old, new, "a source")
    pd.testing.assert_frame_equal(joined.iloc[:cut], old, check_names=False, check_freq=False)
    np.testing.assert_allclose(joined.to_numpy(), frame(0, 60).to_numpy(), rtol=1e-9)
    assert findings == ()


def test_a_day_that_differs_is_told_and_does_not_move_the_join():
    joined, (finding,) = extended_levels(frame(0, 50), frame(0, 60, d01_15=1.05), "a source")
    assert finding.kind == "splice_disagreement"
    assert finding.severity == "warning"
    assert "a: 2 of 49" in finding.text
    np.testing.assert_allclose(
        joined["a"].iloc[50:] / joined["a"].iloc[49], frame(0, 60)["a"].iloc[50:] / frame(0, 60)["a"].iloc[49]
    )


@pytest.mark.parametrize(
    "new",
    [
        frame(0, 60)[["a"]],
        frame(0, 60).rename(columns={"a": "b", "b": "a"}),
        frame(35, 60),
        frame(45, 60),
        frame(0, 60) ** 2,
        frame(0, 60).iloc[::-1].set_axis(DAYS),
    ],
)
def test_what_is_not_the_same_thing_is_refused(new):
    with pytest.raises(BadPayload):
        extended_levels(frame(0, 40), new, "a source")


def test_ragged_ends_are_cut_and_told():
    new = frame(0, 60)
    new.loc[DAYS[55] :, "b"] = np.nan
    joined, (finding,) = extended_levels(frame(0, 40), new, "a source")
    assert joined.index[-1] == DAYS[54]
    assert joined.notna().all(axis=None)
    assert "5 newer dates" in finding.text


def test_missing_dates_are_told():
    new = frame(0, 60).drop(DAYS[[10, 20]])
    _, findings = extended_levels(frame(0, 40), new, "a source")
    assert [found.kind for found in findings] == ["missing_dates"]


def test_nothing_newer_leaves_things_as_they_are():
    joined, findings = extended_levels(frame(0, 40), frame(0, 40), "a source")
    assert len(joined) == 40
    assert findings == ()


def test_an_overlap_names_its_largest_difference():
    old = pd.Series(0.01, index=DAYS)
    new = old.copy()
    new.iloc[7] = 0.02
    found = overlap("x", old, new, "a source")
    assert (found.rows, found.disagree, found.on) == (60, 1, DAYS[7])
    assert found.largest == pytest.approx(0.01)


def test_revised_returns_are_counted_and_history_stays():
    old, new = (frame(0, stop).pct_change().iloc[1:] for stop in (40, 60))
    new.iloc[:10, 0] += 0.0005
    joined, (finding,) = extended_returns(old, new, "a library")
    pd.testing.assert_frame_equal(joined.iloc[:39], old, check_names=False, check_freq=False)
    assert finding.kind == "vintage"
    assert "a: 10 of 39 returns were revised" in finding.text
    assert len(joined) == 59


def test_columns_of_returns_that_changed_places_are_refused():
    old, new = (frame(0, stop).pct_change().iloc[1:] for stop in (40, 60))
    with pytest.raises(BadPayload, match="another series"):
        extended_returns(old, new.rename(columns={"a": "b", "b": "a"}), "a library")
