"""A figure counts from the day it was known, and never earlier."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.sources.dataset import Basis, Dataset, Frequency, Provenance
from engine.sources.known import LATE, SERIES, known_on, rule_of

DAYS = st.lists(st.dates(pd.Timestamp("1960-01-01").date(), pd.Timestamp("2030-12-31").date()), min_size=1, unique=True)
RULES = st.sampled_from(
    ["session_close", "business_day:0", "business_day:1", "business_day:3", "month_end:0", "month_end:2"]
)


@given(DAYS.map(sorted), RULES)
def test_never_before_its_day(days, rule):
    index = pd.DatetimeIndex(pd.to_datetime(days))
    weekdays = index[index.day_of_week < 5]
    known = known_on(weekdays, rule)
    assert (known >= weekdays).all()
    assert known.is_monotonic_increasing


@pytest.mark.parametrize(
    ("day", "rule", "expected"),
    [
        ("2026-07-30", "session_close", "2026-07-30"),
        ("2026-07-30", "business_day:1", "2026-07-31"),
        ("2026-07-31", "business_day:1", "2026-08-03"),
        ("2026-08-01", "month_end:1", "2026-09-30"),
        ("2026-08-31", "month_end:1", "2026-09-30"),
        ("2026-12-15", "month_end:2", "2027-02-28"),
    ],
)
def test_rules(day, rule, expected):
    assert known_on(pd.DatetimeIndex([day]), rule)[0] == pd.Timestamp(expected)


def test_a_late_figure_counts_from_its_own_day():
    """The unemployment rate of 2025-09 came on 2025-11-20, after the month end that the rule gives."""
    known = known_on(pd.DatetimeIndex(["2025-08-31", "2025-09-30"]), "month_end:1", "UNRATE")
    assert list(known) == [pd.Timestamp("2025-09-30"), pd.Timestamp("2025-11-20")]
    assert all(source for _, source in LATE.values())


def test_every_series_has_a_rule_with_a_source():
    for name, known in SERIES.items():
        assert rule_of(name) is known
        assert known.source
        known_on(pd.DatetimeIndex(["2026-01-30"]), known.rule)


def test_a_series_without_a_rule_is_refused():
    with pytest.raises(BadInput):
        rule_of("GDP")


@pytest.mark.parametrize("rule", ["", "monthly", "month_end", "month_end:x", "business_day:-1", "session_close:1"])
def test_rules_that_are_none(rule):
    with pytest.raises(BadInput):
        known_on(pd.DatetimeIndex(["2026-01-30"]), rule)


def test_a_data_set_moves_its_columns_to_when_they_were_known():
    days = pd.DatetimeIndex(["2026-07-30", "2026-07-31"], name="date")
    frame = pd.DataFrame({"DGS10": [4.0, 4.1], "close": [1.0, 2.0]}, index=days)
    origin = Provenance(
        "t", "s", Basis.RATE, Frequency.DAILY, "%", days[-1].date(), "r", known_at={"DGS10": "business_day:1"}
    )
    known = Dataset(frame, origin).as_known()
    assert known.loc["2026-07-31"].tolist() == [4.0, 2.0]
    assert known.loc["2026-08-03", "DGS10"] == 4.1
    assert Dataset(frame, origin).to_dict()["known_at"] == {"DGS10": "business_day:1", "close": "session_close"}
