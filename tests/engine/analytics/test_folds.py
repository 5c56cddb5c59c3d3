"""Choices across time against plain loops, and what purge and embargo leave out."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from engine.analytics import metrics, purged, walk_forward
from engine.errors import BadInput
from engine.paths import ROOT


def trials(seed=0, rows=120, count=6, mean=0.005):
    values = np.random.default_rng(seed).normal(mean, 0.04, (rows, count))
    index = pd.date_range("2000-01-31", periods=rows, freq="ME")
    return pd.DataFrame(values, index, [f"trial {i}" for i in range(count)])


def by_metrics(table, rows, figure):
    return np.array([getattr(metrics(table[name].iloc[rows], periods_per_year=12), figure) for name in table])


@pytest.mark.parametrize("figure", ["sharpe", "sortino", "cagr"])
@pytest.mark.parametrize(("expanding", "embargo"), [(True, 1), (False, 0), (False, 3)])
def test_walking_forward_is_the_plain_loop(figure, expanding, embargo):
    table = trials()
    found = walk_forward(
        table, train=36, test=12, periods_per_year=12, figure=figure, expanding=expanding, embargo=embargo
    )
    path, first, row = [], 36 + embargo, 0
    while first < len(table):
        last = min(first + 12, len(table))
        known = slice(0 if expanding else first - embargo - 36, first - embargo)
        inside, outside = by_metrics(table, known, figure), None
        best = int(np.argmax(inside))
        told = found.folds.iloc[row]
        assert told["chosen"] == table.columns[best]
        assert told["in_sample"] == pytest.approx(inside[best], rel=1e-9)
        if last - first > 2:
            outside = by_metrics(table, slice(first, last), figure)
            assert told["out_of_sample"] == pytest.approx(outside[best], rel=1e-9)
            assert told["median"] == pytest.approx(np.median(outside), rel=1e-9)
        dates = table.index[[known.start, known.stop - 1, first, last - 1]]
        assert list(told[["train_first", "train_last", "test_first", "test_last"]]) == list(dates)
        path.append(table.iloc[first:last, best].to_numpy())
        first, row = last, row + 1
    assert len(found.folds) == row
    np.testing.assert_array_equal(found.returns, np.concatenate(path))
    assert found.returns.index.equals(table.index[36 + embargo :])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100), st.integers(40, 119), st.booleans())
def test_what_comes_later_changes_nothing_before(seed, cut, expanding):
    table = trials(seed)
    poisoned = table.copy()
    poisoned.iloc[cut:] = -poisoned.iloc[cut:, ::-1].to_numpy() * 3
    options = {"train": 24, "test": 6, "periods_per_year": 12, "expanding": expanding, "embargo": 1}
    one, two = walk_forward(table, **options), walk_forward(poisoned, **options)
    settled = one.folds["test_first"] <= table.index[cut]  # their choice saw rows before the cut only
    assert one.folds.loc[settled, "chosen"].equals(two.folds.loc[settled, "chosen"])
    assert one.returns.iloc[: cut - 25].equals(two.returns.iloc[: cut - 25])


def test_the_embargo_keeps_the_last_rows_from_the_choice():
    table = trials(1, rows=40)
    table.iloc[29, 3] = 5.0  # a windfall in the last row before the first test
    near = walk_forward(table, train=30, test=10, periods_per_year=12, figure="cagr", embargo=0)
    far = walk_forward(table, train=29, test=10, periods_per_year=12, figure="cagr", embargo=1)
    assert near.folds["chosen"].iloc[0] == "trial 3"
    best = by_metrics(table, slice(0, 29), "cagr").argmax()
    assert far.folds["chosen"].iloc[0] == table.columns[best] != "trial 3"


def test_a_trial_that_is_truly_better_is_chosen_and_stays_ahead():
    table = trials(2)
    table["trial 4"] += 0.05
    found = walk_forward(table, train=24, test=12, periods_per_year=12)
    assert (found.folds["chosen"] == "trial 4").all()
    assert (found.folds["out_of_sample"].dropna() > found.folds["median"].dropna()).all()
    split = purged(table, periods_per_year=12, purge=1, embargo=1, folds=6)
    assert split.below_median == 0.0
    assert (split.splits["rank"] == 1).all()


def plain_rows(count, folds, chosen, purge, embargo):
    """Train and test rows of one split, row by row."""
    size = count // folds
    fold = [min(row // size, folds - 1) for row in range(count)]
    test = [row for row in range(count) if fold[row] in chosen]
    inside = set(test)
    train = [
        row
        for row in range(count)
        if row not in inside
        and not any(row + step in inside for step in range(1, purge + 1))
        and not any(row - step in inside for step in range(1, purge + embargo + 1))
    ]
    return train, test


@pytest.mark.parametrize("figure", ["sharpe", "cagr"])
@pytest.mark.parametrize(("purge", "embargo"), [(0, 0), (2, 0), (0, 3), (2, 3)])
def test_purged_splits_are_the_plain_loop(figure, purge, embargo):
    table = trials(3, rows=123)
    found = purged(table, periods_per_year=12, purge=purge, embargo=embargo, folds=6, figure=figure).splits
    assert len(found) == 15
    assert len(set(found["test_folds"])) == 15
    for _, told in found.iterrows():
        train, test = plain_rows(123, 6, told["test_folds"], purge, embargo)
        assert (told["train"], told["test"]) == (len(train), len(test))
        inside, outside = by_metrics(table, train, figure), by_metrics(table, test, figure)
        best = int(np.argmax(inside))
        assert told["chosen"] == table.columns[best]
        assert told["in_sample"] == pytest.approx(inside[best], rel=1e-9)
        assert told["out_of_sample"] == pytest.approx(outside[best], rel=1e-9)
        assert told["median"] == pytest.approx(np.median(outside), rel=1e-9)
        assert told["rank"] == rankdata(-outside)[best]


def test_the_distribution_and_the_share_below_the_median():
    found = purged(trials(4), periods_per_year=12, purge=1, embargo=0, folds=8, test_folds=3)
    assert len(found.splits) == 56
    expected = np.quantile(found.splits["out_of_sample"], [0.05, 0.5])
    np.testing.assert_allclose(found.quantiles([0.05, 0.5]), expected)
    assert found.below_median == pytest.approx((found.splits["out_of_sample"] < found.splits["median"]).mean())


def test_choosing_among_noise_ends_below_the_median_about_as_often_as_above():
    shares = [
        purged(trials(s, count=20), periods_per_year=12, purge=0, embargo=0, folds=6, test_folds=3).below_median
        for s in range(20)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.15)


def test_a_trial_that_never_varies_has_no_ratio_and_is_not_chosen():
    table = trials(5)
    table["trial 1"] = 0.01
    found = walk_forward(table, train=24, test=12, periods_per_year=12)
    assert "trial 1" not in set(found.folds["chosen"])
    assert found.folds[["in_sample", "median"]].iloc[:-1].notna().all(axis=None)


GOOD = trials()


@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"train": 1}, "bad_number", "train"),
        ({"train": 119}, "bad_number", "train"),
        ({"test": 0}, "bad_number", "test"),
        ({"embargo": -1}, "bad_number", "embargo"),
        ({"figure": "calmar"}, "unknown_choice", "figure"),
        ({"periods_per_year": 0}, "bad_number", "periods_per_year"),
        ({"trials": GOOD.where(GOOD > 0)}, "missing_value", "trials"),
        ({"trials": GOOD.iloc[:, :1]}, "bad_number", "trials"),
        ({"trials": GOOD.iloc[::-1]}, "bad_index", "trials"),
        ({"trials": GOOD * 0}, "bad_number", "trials"),
        ({"trials": GOOD - 1, "figure": "cagr"}, "bad_number", "trials"),
    ],
)
def test_walks_that_cannot_be_made_are_refused(options, code, field):
    asked = {"trials": GOOD, "train": 24, "test": 12, "periods_per_year": 12} | options
    with pytest.raises(BadInput) as caught:
        walk_forward(asked.pop("trials"), **asked)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"folds": 2}, "folds"),
        ({"folds": 100}, "folds"),
        ({"test_folds": 1}, "test_folds"),
        ({"test_folds": 10}, "test_folds"),
        ({"purge": 11}, "purge"),
        ({"purge": 8, "embargo": 3}, "embargo"),
        ({"embargo": -1}, "embargo"),
    ],
)
def test_splits_that_cannot_be_made_are_refused(options, field):
    with pytest.raises(BadInput) as caught:
        purged(GOOD, **({"periods_per_year": 12, "purge": 0, "embargo": 0} | options))
    assert (caught.value.code, caught.value.field) == ("bad_number", field)


def test_walking_forward_loads_no_heavy_library():
    program = "import sys, engine.analytics; print({'numba', 'scipy', 'skfolio', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
