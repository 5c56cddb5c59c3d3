"""Two copies of the same prices."""

import numpy as np
import pandas as pd
import pytest

from engine import integrity
from engine.errors import BadInput
from tests.engine.integrity.market import PRICES, quiet


def pair(**changes):
    return quiet(seed=4).assign(ticker="AAA"), quiet(seed=4).assign(ticker="AAA").assign(**changes)


def test_other_levels_with_the_same_returns_agree():
    old, new = pair()
    new["Adj Close"] *= 0.83  # dividends paid since
    assert integrity.compare(old, new).empty


def test_the_close_proves_which_adjustment_is_wrong():
    old, new = pair()
    old.loc[:99, "Adj Close"] *= 0.6
    found = integrity.compare(old, new)
    assert list(found["kind"]) == ["vintage_disagrees"]
    assert found.loc[0, "evidence"]["wrong"] == "first"
    assert found.loc[0, "first"] == old.loc[100, "Date"]
    other = integrity.compare(new, old, kind="source")
    assert (other.loc[0, "kind"], other.loc[0, "evidence"]["wrong"]) == ("source_disagrees", "second")


def test_a_revised_close_on_one_day_is_a_disagreement_nobody_can_decide():
    old, new = pair()
    new.loc[120, PRICES] *= 1.05
    found = integrity.compare(old, new)
    assert list(found["first"]) == [old.loc[120, "Date"], old.loc[121, "Date"]]
    assert {row["wrong"] for row in found["evidence"]} == {"unknown"}


def test_two_companies_under_one_ticker():
    old, _ = pair()
    found = integrity.compare(old, quiet(seed=9, price=7).assign(ticker="AAA"))
    assert list(found["kind"]) == ["ticker_reuse"]


def test_a_renamed_ticker_is_recognised_by_its_returns():
    old = pd.concat([quiet(seed=4).assign(ticker="SPLG"), quiet(seed=5).assign(ticker="KEPT")])
    new = pd.concat([quiet(seed=4).assign(ticker="SPYM"), quiet(seed=5).assign(ticker="KEPT")])
    found = integrity.compare(old, new)
    assert list(found["kind"]) == ["ticker_renamed"]
    assert (found.loc[0, "ticker"], found.loc[0, "evidence"]["new_ticker"]) == ("SPLG", "SPYM")


def test_options_are_checked():
    old, new = pair()
    with pytest.raises(BadInput, match="kind"):
        integrity.compare(old, new, kind="guess")
    with pytest.raises(BadInput, match="tolerance"):
        integrity.compare(old, new, tolerance=np.nan)
