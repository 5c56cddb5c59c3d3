"""A reader's question: only the model's asset classes, forbidden funds added up, unknown words refused."""

import pandas as pd
import pytest

from engine.allocation import answer, foreign_to, funds, question
from engine.errors import BadInput


def test_only_the_models_classes_leaves_out_what_merely_moves_alike():
    free = answer(question(200_000, currency="KRW", model="eq3", universe="curated"))
    kept = answer(question(200_000, currency="KRW", model="eq3", universe="curated", classes="model"))
    assert "VNQI" in free.allocation.basket.index
    assert "SPGM" in kept.allocation.basket.index
    look = funds("curated", ["VOO", "VEA", "VWO"]).lookthrough
    for name in kept.allocation.basket.index:
        assert look.loc[name, ["us_equity", "dev_exus_equity", "em_equity"]].sum() > 0.9
    assert kept.allocation.tracking_error >= free.allocation.tracking_error


def test_foreign_is_what_holds_more_than_a_tenth_elsewhere():
    look = funds("all").lookthrough
    out = foreign_to(look, pd.Series({"us_equity": 0.6, "us_bond": 0.4}))
    assert {"VT", "GLD", "VNQ", "BNDX"} <= set(out)
    assert not {"VTI", "BND", "SPY"} & set(out)


def test_a_forbidden_fund_is_added_to_those_left_out_already():
    asked = question(200_000, currency="KRW", model="eq3", universe="curated", classes="model", forbidden=("SPGM",))
    assert {"SPGM", "VNQI"} <= set(asked.case.options["forbidden"])
    assert "SPGM" not in answer(asked).allocation.basket.index


def test_another_word_for_classes_is_refused():
    with pytest.raises(BadInput) as raised:
        question(1_000.0, classes="some")
    assert (raised.value.field, raised.value.value) == ("classes", "some")
