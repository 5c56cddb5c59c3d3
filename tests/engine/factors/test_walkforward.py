"""Windows learn from the past only, and what cannot be learned from is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.factors.models import Ridge
from engine.factors.walkforward import MIN_TRAIN_MONTHS, check, decide, labels, shrink, walk_forward, windows

INDEX = pd.date_range("1958-09-30", "2017-03-31", freq="ME")


def test_first_and_last_window():
    found = windows(INDEX)
    assert [window.year for window in found] == list(range(1972, 2018))
    assert (INDEX[found[0].decide[0]], INDEX[found[0].decide[-1]]) == (
        pd.Timestamp("1971-12-31"),
        pd.Timestamp("1972-11-30"),
    )
    assert (INDEX[found[-1].decide[0]], INDEX[found[-1].decide[-1]]) == (
        pd.Timestamp("2016-12-31"),
        pd.Timestamp("2017-03-31"),
    )


@given(embargo=st.integers(1, 12), first_year=st.integers(1972, 2015))
def test_the_last_label_lies_an_embargo_before_the_first_decision(embargo, first_year):
    for window in windows(INDEX, first_year, embargo):
        assert window.train + embargo == window.decide[0]  # rows: the last label is row `train`
        assert window.decide[0] > window.train - 1 + 1


def test_every_month_is_decided_once_from_december_to_november():
    found = windows(INDEX)
    rows = np.concatenate([window.decide for window in found])
    assert rows.tolist() == list(range(rows[0], len(INDEX)))
    for window in found[:-1]:
        months = [(INDEX[row].year, INDEX[row].month) for row in window.decide]
        assert months == [(window.year - 1, 12), *((window.year, month) for month in range(1, 12))]


def test_labels_are_the_next_months_active_returns(full):
    found = labels(full, 200)
    assert found.shape == (200, full.returns.shape[1] - 1)
    np.testing.assert_array_equal(found, full.active.to_numpy()[1:201])


def test_labels_of_a_window_end_before_its_first_decision(full, used):
    for window in used:
        last_label = full.returns.index[window.train]
        assert last_label < full.returns.index[window.decide[0]]


@pytest.mark.parametrize("embargo", [0, -1])
def test_an_embargo_below_one_month_is_refused(embargo):
    with pytest.raises(BadInput) as raised:
        windows(INDEX, embargo=embargo)
    assert (raised.value.code, raised.value.field, raised.value.value) == ("bad_number", "embargo", str(embargo))


def test_a_history_too_short_for_one_window_is_refused():
    enough = windows(INDEX, 1969)
    assert enough[0].train >= MIN_TRAIN_MONTHS
    with pytest.raises(BadInput) as raised:
        windows(INDEX, 1968)
    assert raised.value.code == "history_too_short"
    assert "1968" in raised.value.value


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("table", ["returns", "features"])
def test_a_missing_value_is_refused_by_name_and_month(full, table, bad):
    frame = getattr(full, table).copy()
    frame.iloc[100, 2] = bad
    with pytest.raises(BadInput) as raised:
        walk_forward(Ridge(), replace(full, **{table: frame}))
    assert raised.value.code == "missing_value"
    assert raised.value.field == f"{table} '{frame.columns[2]}'"
    assert raised.value.value == str(frame.index[100].date())


def test_a_constant_feature_is_refused_by_name(full):
    with pytest.raises(BadInput) as raised:
        check(replace(full, features=full.features.assign(default_spread=0.5)))
    assert (raised.value.code, raised.value.value) == ("constant_feature", "default_spread")


def test_the_bundled_panels_pass(panels):
    for data in panels.values():
        check(data)


def test_decisions_come_from_the_policy_of_their_window(full, used):
    class Year:
        def __init__(self, year):
            self.year = year

        def weights(self, features):
            return np.full((len(features), full.returns.shape[1]), float(self.year))

    found = decide([Year(window.year) for window in used], full, used)
    earns = found.index + pd.offsets.MonthEnd(1)
    assert (found.iloc[:, 0].to_numpy() == earns.year).all()


@given(st.lists(st.floats(0.01, 1.0), min_size=2, max_size=9), st.floats(0.0, 1.0))
def test_shrinking_keeps_the_sum_and_lifts_the_least(parts, share):
    weights = np.array([parts]) / np.sum(parts)
    found = shrink(weights, share)
    assert found.sum() == pytest.approx(1.0)
    assert found.min() >= share / len(parts) - 1e-12
    np.testing.assert_allclose(shrink(weights, 1.0), 1.0 / len(parts))
    np.testing.assert_allclose(shrink(weights, 0.0), weights)


def test_data_that_end_in_december_decide_at_that_december():
    months = pd.date_range("1958-09-30", "2012-12-31", freq="ME")
    last = windows(months)[-1]
    assert (last.year, months[last.decide].tolist()) == (2013, [pd.Timestamp("2012-12-31")])
