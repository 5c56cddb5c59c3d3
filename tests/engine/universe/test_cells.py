"""Access by label."""

import pandas as pd
import pytest

from engine.universe.cells import cell, row

FRAME = pd.DataFrame({"price": [1.5, 2.5]}, index=["A", "B"])


def test_a_cell_and_a_row_by_label():
    assert cell(FRAME, "B", "price") == 2.5
    assert row(FRAME, "A").to_dict() == {"price": 1.5}


def test_an_unknown_label_is_an_error():
    with pytest.raises(KeyError):
        cell(FRAME, "C", "price")
