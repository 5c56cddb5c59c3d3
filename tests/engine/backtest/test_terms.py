"""Terms of trading: against the slow book-keeper, by identities, and by outcomes worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.backtest import simulate
from engine.errors import BadInput
from tests.engine.backtest.book import Stopped, keep_books
from tests.engine.backtest.worlds import FEATURES, worlds


def run(world):
    return simulate(world.prices, world.targets, **world.asked)


def outcome(ask):
    """What came out, or why nothing did."""
    try:
        return ask(), None
    except BadInput as error:
        return None, (error.code, str(error.details["value"]))
    except Stopped as error:
        return None, (error.code, str(error.day.date()))


def agree(world):
    """Kernel and book-keeper give the same books, or stop for the same reason on the same day."""
    ours, why = outcome(lambda: run(world))
    books, reason = outcome(lambda: keep_books(world.prices, world.targets, **world.asked))
    assert why == reason
    if books is None:
        return
    value = books.series("value")
    assert ours.value.index.equals(value.index)
    np.testing.assert_allclose(ours.value, value, rtol=1e-9)
    assert ours.turnover.index.equals(books.series("turnover").index)
    np.testing.assert_allclose(ours.turnover, books.series("turnover"), rtol=1e-8, atol=1e-11)
    assert ours.cost.sum() == pytest.approx(books.series("cost").sum(), rel=1e-8, abs=1e-11)
    units = np.array(list(books.units.values()))
    np.testing.assert_allclose(ours.units, units, rtol=1e-9, atol=1e-11 * (1 + units.max()))


@pytest.mark.parametrize("feature", FEATURES)
@settings(max_examples=25)
@given(data=st.data())
def test_each_term_is_kept_as_the_slow_twin_keeps_it(feature, data):
    agree(data.draw(worlds([feature])))


@settings(max_examples=300)
@given(worlds())
def test_terms_in_any_combination_are_kept_as_the_slow_twin_keeps_them(world):
    agree(world)
