"""Until when data sets should reach, and which do not."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sources import due
from engine.sources.known import known_on
from engine.sources.live.datasets import LIVE

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        ("sp500_price", date(2026, 11, 28), date(2026, 11, 20)),  # a Saturday: five weekdays before Friday
        ("sp500_price", date(2026, 11, 27), date(2026, 11, 20)),
        ("usdkrw_monthly", date(2026, 12, 1), date(2026, 10, 31)),  # November's end may still come
        ("usdkrw_monthly", date(2026, 12, 8), date(2026, 11, 30)),
        ("us_macro_monthly", date(2026, 12, 9), date(2026, 10, 31)),
        ("french_factors", date(2026, 12, 9), date(2026, 9, 30)),
    ],
)
def test_what_a_source_has_published(name, today, expected):
    assert due.due(name, today) == expected


@given(st.sampled_from(sorted(LIVE)), DAYS)
def test_nothing_is_due_before_it_is_known(name, today):
    expected = due.due(name, today)
    rule = due.RULES.get(name)
    known = expected if rule is None else known_on(pd.DatetimeIndex([expected]), rule)[0].date()
    assert known <= today
    assert due.due(name, today + timedelta(days=1)) >= expected


def test_bundled_data_are_behind_and_are_not_on_their_last_day():
    found = {one.name: one for one in due.behind(["sp500_price", "etf_universe", "etf_prices"], date(2026, 11, 27))}
    assert set(found) == {"sp500_price"}  # fact tables cannot be refreshed, and the funds were never read
    assert found["sp500_price"].last == date(2022, 12, 28)
    assert found["sp500_price"].sessions == len(pd.bdate_range("2022-12-29", "2026-11-20"))
    assert due.behind(["sp500_price", "factor_etfs"], date(2022, 12, 31)) == []
