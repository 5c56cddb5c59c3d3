"""Revisions between two versions of a table."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from engine.store import compare
from tests.engine.store.conftest import table

CELLS = st.dictionaries(st.integers(0, 15), st.one_of(st.just(np.nan), st.integers(-9, 9).map(float)), max_size=10)


def of(cells):
    return pd.DataFrame({"k": pd.Series(list(cells), dtype="int64"), "x": pd.Series(list(cells.values()), dtype=float)})


def test_rows_that_came_went_and_changed():
    told = compare("t", table(1, 2, 3, 4), table(2, 30, 4, 5, start="2024-01-02"), ["date"])
    assert (told.status, told.added, told.removed, told.changed_rows, told.changed_cells) == ("changed", 1, 1, 1, 1)
    (change,) = told.largest
    assert (change.key, change.column, change.old, change.new, change.relative) == (("2024-01-03",), "value", 3, 30, 9)


def test_the_largest_revisions_come_first():
    told = compare("t", table(1, 1, 1, 1), table(1.1, 2, 0.5, np.nan), ["date"], largest=3)
    assert [change.new for change in told.largest] == [None, 2.0, 0.5]
    assert told.changed_cells == 4
    assert told.to_dict()["largest"][0]["relative"] is None


def test_tables_that_one_side_lacks():
    assert compare("t", None, table(1, 2), ["date"]).to_dict()["status"] == "added"
    gone = compare("t", table(1, 2), None, ["date"])
    assert (gone.status, gone.removed) == ("removed", 2)


def test_columns_and_texts():
    old = pd.DataFrame({"a": ["x", "x"], "b": ["1", "2"], "t": ["u", None], "w": [1.0, 2.0]})
    new = pd.DataFrame({"a": ["x", "x"], "b": ["1", "2"], "t": ["v", None], "n": [True, False]})
    told = compare("t", old, new, ["a", "b"])
    assert (told.columns_added, told.columns_removed, told.changed_cells) == (("n",), ("w",), 1)
    assert told.largest[0].key == ("x", "1")


@given(CELLS, CELLS)
def test_counts_agree_with_a_plain_twin(before, after):
    told = compare("t", of(before), of(after), ["k"], largest=100)
    common = before.keys() & after.keys()
    changed = {k for k in common if not (before[k] == after[k] or (np.isnan(before[k]) and np.isnan(after[k])))}
    assert (told.added, told.removed) == (len(after.keys() - before.keys()), len(before.keys() - after.keys()))
    assert told.changed_rows == told.changed_cells == len(changed)
    assert {change.key[0] for change in told.largest} == {str(k) for k in changed}


@given(CELLS)
def test_a_table_does_not_differ_from_itself(cells):
    assert compare("t", of(cells), of(cells), ["k"]).status == "unchanged"
