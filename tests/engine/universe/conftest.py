"""The universe and one answer, made once; a fixed day, so that ages and stale flags do not drift."""

from dataclasses import replace
from datetime import date

import pytest

from engine import universe as room

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def known():
    return room.universe()


@pytest.fixture(scope="session")
def answer(known):
    return room.ranked(known=known, today=TODAY)


def with_funds(known, changes):
    """The universe with some cells replaced: {ticker: {column: value}}."""
    funds = known.funds.copy()
    for ticker, cells in changes.items():
        for column, value in cells.items():
            funds.loc[ticker, column] = value
    return replace(known, funds=funds)
