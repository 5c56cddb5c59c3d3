"""What goes in comes out, and content has one name."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput, MissingData
from engine.store.tables import content_hash, decoded, encoded, prepared

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)
DAYS = st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01")).map(
    lambda day: pd.Timestamp(day).floor("D")
)


@st.composite
def tables(draw):
    size = draw(st.integers(0, 12))
    keys = draw(st.lists(DAYS, min_size=size, max_size=size, unique=True))
    numbers = draw(st.lists(st.floats(width=64), min_size=size, max_size=size))
    counts = draw(st.lists(st.integers(-(2**53), 2**53), min_size=size, max_size=size))
    words = draw(st.lists(st.none() | TEXT, min_size=size, max_size=size))
    truths = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return pd.DataFrame(
        {
            "date": pd.Series(keys, dtype="datetime64[us]"),
            "number": pd.Series(numbers, dtype=float),
            "count": pd.Series(counts, dtype="int64"),
            "word": pd.Series(words, dtype="str"),
            "truth": pd.Series(truths, dtype=bool),
        }
    )


@given(tables())
def test_a_table_comes_back_as_it_went_in(frame):
    ready = prepared(frame, ["date"])
    back = decoded(encoded(ready))
    pd.testing.assert_frame_equal(back, ready)
    assert content_hash(back) == content_hash(ready)
    assert len(ready) == len(frame)


@given(tables(), st.randoms())
def test_the_name_of_content_does_not_depend_on_order(frame, random):
    order = list(range(len(frame)))
    random.shuffle(order)
    assert content_hash(prepared(frame.iloc[order], ["date"])) == content_hash(prepared(frame, ["date"]))


@given(tables().filter(len), st.data())
def test_another_number_is_other_content(frame, data):
    row = data.draw(st.integers(0, len(frame) - 1))
    changed = frame.copy()
    old = changed.loc[row, "number"]
    changed.loc[row, "number"] = 1.5 if np.isnan(old) or old != 1.5 else 2.5
    assert content_hash(prepared(changed, ["date"])) != content_hash(prepared(frame, ["date"]))


def test_text_cannot_move_between_rows():
    left = pd.DataFrame({"k": [1, 2], "t": ["ab", "c"]})
    right = pd.DataFrame({"k": [1, 2], "t": ["a", "bc"]})
    empty = pd.DataFrame({"k": [1, 2], "t": ["", "abc"]})
    hole = pd.DataFrame({"k": [1, 2], "t": [None, "abc"]})
    names = {content_hash(prepared(frame, ["k"])) for frame in (left, right, empty, hole)}
    assert len(names) == 4


def test_the_name_is_fixed():
    """Another version of a library must not rename what is stored."""
    frame = pd.DataFrame({"date": pd.to_datetime(["2024-01-02", "2024-01-03"]), "x": [1.5, np.nan], "s": ["a", None]})
    assert content_hash(prepared(frame, ["date"])).startswith("1bce59a59831b275")


@pytest.mark.parametrize("dtype", ["datetime64[s]", "datetime64[ms]", "datetime64[ns]"])
def test_the_unit_of_days_does_not_matter(dtype):
    frame = pd.DataFrame({"date": pd.to_datetime(["2024-01-02"]), "x": [1.0]})
    other = frame.astype({"date": dtype})
    assert content_hash(prepared(other, ["date"])) == content_hash(prepared(frame, ["date"]))


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (pd.DataFrame({"a": [1, 1], "x": [1.0, 2.0]}), "store_keys"),
        (pd.DataFrame({"a": [1.0, np.nan], "x": [1.0, 2.0]}), "store_keys"),
        (pd.DataFrame({"b": [1], "x": [1.0]}), "missing_column"),
        (pd.DataFrame({"a": [1], "x": [pd.Timestamp("2024-01-01", tz="UTC")]}), "store_column"),
        (pd.DataFrame({"a": [1], "x": [[1, 2]]}), "store_column"),
    ],
)
def test_what_cannot_be_stored_is_refused(frame, code):
    with pytest.raises(BadInput) as caught:
        prepared(frame, ["a"])
    assert caught.value.code == code


@given(st.binary(max_size=200))
def test_bytes_that_are_no_table_are_a_clear_error(content):
    with pytest.raises(MissingData) as caught:
        decoded(content)
    assert caught.value.code == "store_broken"
