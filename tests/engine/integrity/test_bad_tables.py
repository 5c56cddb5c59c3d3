"""A table that cannot be read names its field, its value and what would be accepted."""

import numpy as np
import pandas as pd
import pytest

from engine import integrity
from engine.errors import BadInput
from tests.engine.integrity.market import quiet


def without(column):
    return quiet().drop(columns=column)


def with_cell(column, value):
    table = quiet().astype({column: object})
    table.loc[7, column] = value
    return table


CASES = {
    "no dates": (without("Date"), "Date", "price table"),
    "no close": (without("Close"), "Close", "price table"),
    "no volume": (without("Volume"), "Volume", "price table"),
    "text in a price": (with_cell("Close", "n/a?"), "Close", "n/a?"),
    "text in a dividend": (with_cell("Dividends", "none"), "Dividends", "none"),
    "infinite": (with_cell("High", np.inf), "High", "inf"),
    "no date": (with_cell("Date", "yesterday"), "Date", "yesterday"),
    "blank date": (with_cell("Date", None), "Date", ""),
    "numbers as dates": (quiet().assign(Date=range(260)), "Date", "0"),
    "empty": (quiet().head(0), "table", "0"),
    "one row": (quiet().head(1), "table", "1"),
    "some with a zone": (with_cell("Date", "2021-01-13 00:00:00+00:00"), "Date", "2021-01-13 00:00:00+00:00"),
    "two columns of a name": (pd.concat([quiet(), quiet()[["Close"]]], axis=1), "table", "Close"),
    "two spellings": (quiet().assign(close=1.0), "table", "close"),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_tables_are_refused(name):
    table, field, value = CASES[name]
    with pytest.raises(BadInput) as caught:
        integrity.check(table)
    assert caught.value.field == field
    assert value in caught.value.value
    assert "ccepted" in caught.value.message or "Write" in caught.value.message or "Give" in caught.value.message


def test_two_exchanges_under_one_ticker_are_refused_but_summer_time_is_not():
    table = quiet(zone=" 00:00:00-05:00")
    table.loc[100:, "Date"] = table.loc[100:, "Date"].str.replace("-05:00", "-04:00")
    integrity.check(table)
    table.loc[100:, "Date"] = table.loc[100:, "Date"].str.replace("-04:00", "+09:00")
    with pytest.raises(BadInput) as caught:
        integrity.check(table)
    assert caught.value.code == "mixed_zones"


def test_frequency_calendar_and_form_are_checked():
    for arguments, field in (
        ({"frequency": "yearly"}, "frequency"),
        ({"calendar": "NOWHERE"}, "calendar"),
    ):
        with pytest.raises(BadInput) as caught:
            integrity.check(quiet(), **arguments)
        assert (caught.value.field, caught.value.code) == (field, "unknown_choice")
    with pytest.raises(BadInput):
        integrity.check([1, 2, 3])


def test_timestamps_are_taken_as_well_as_text():
    table = quiet()
    for dates in (
        pd.to_datetime(table["Date"]),
        pd.to_datetime(table["Date"]).dt.tz_localize("Europe/London"),
        pd.to_datetime(table["Date"]).dt.date,
    ):
        assert integrity.check(table.assign(Date=dates)).log.empty
