"""Levels of the lights: dates against what can be expected, holes, disagreements, rules."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.health import LEVELS, LIGHTS, health
from engine.health.fresh import expected_month, expected_session, fresh
from engine.health.known import point_in_time, unruled, vintages
from engine.health.light import Light, worst
from engine.health.missing import complete, expected_days, market_days, missing
from engine.health.report import consistent
from engine.integrity.sessions import sessions
from engine.sources import BUNDLED, load
from engine.sources.dataset import Basis, Dataset, Finding, Frequency, Provenance

TODAY = date(2026, 11, 28)  # a Saturday


def made(frame, frequency, basis=Basis.RATE, name="x", **extra):
    last = frame.index[-1].date() if isinstance(frame.index, pd.DatetimeIndex) else date(2026, 1, 1)
    return Dataset(frame, Provenance(name, "s", basis, frequency, "u", last, "r", **extra))


def daily(last, **extra):
    return made(pd.DataFrame({"a": 1.0}, pd.bdate_range(end=last, periods=50)), Frequency.DAILY, **extra)


def monthly(last, **extra):
    return made(pd.DataFrame({"a": 1.0}, pd.date_range(end=last, periods=50, freq="ME")), Frequency.MONTHLY, **extra)


def test_what_can_be_expected_by_a_day():
    assert expected_session(TODAY) == date(2026, 11, 27)
    assert expected_session(date(2026, 11, 30)) == date(2026, 11, 27)  # Monday: Friday's
    assert expected_session(date(2026, 11, 24), 1) == date(2026, 11, 20)
    assert expected_month(TODAY) == date(2026, 10, 31)
    assert expected_month(TODAY, 1) == date(2026, 9, 30)
    assert expected_month(date(2026, 1, 1), 2) == date(2025, 10, 31)


@pytest.mark.parametrize(
    ("last", "level"),
    [("2026-11-27", "good"), ("2026-11-20", "good"), ("2026-11-19", "warning"), ("2026-08-28", "warning"), ("2026-08-27", "bad")],
)  # fmt: skip
def test_a_daily_set_is_fresh_within_a_week_and_late_within_a_quarter(last, level):
    assert fresh(daily(last), TODAY).level == level


@pytest.mark.parametrize(("last", "level"), [("2026-09-30", "good"), ("2026-08-31", "warning"), ("2026-06-30", "bad")])
def test_a_monthly_set_may_be_a_month_behind(last, level):
    found = fresh(monthly(last), TODAY)
    assert found.level == level
    assert "2026-10" in found.reason


def test_publication_lags_count():
    assert fresh(monthly("2026-08-31", publication_lag={"a": 1}), TODAY).level == "good"
    assert fresh(monthly("2026-07-31", name="french_factors"), TODAY).level == "good"
    assert fresh(monthly("2026-07-31"), TODAY).level == "warning"


def test_a_record_does_not_age_and_facts_do():
    assert fresh(load("buffett_bet_annual", BUNDLED), TODAY).code == "record"
    assert fresh(load("acwi_imi_country_weights", BUNDLED), TODAY).level == "bad"


def test_days_of_the_bundled_markets_are_those_of_the_exchange():
    """What is expected of market tables is made of their own rows: here held to the exchange's calendar."""
    days = market_days([load(name, BUNDLED) for name in ("sp500_price", "factor_etfs", "us_large_caps")])
    known = sessions("XNYS", np.datetime64("1990-01-02"), np.datetime64("2022-12-28"))
    assert np.array_equal(days.to_numpy("datetime64[D]"), known)


def test_before_its_first_row_nothing_is_missing():
    days = pd.bdate_range("2019-01-01", "2021-12-31")
    frame = pd.DataFrame({"old": 1.0, "young": np.nan}, days)
    frame.loc["2020-07-01":, "young"] = 2.0
    frame.loc["2021-03-01":"2021-03-05", "young"] = np.nan
    data = made(frame, Frequency.DAILY, Basis.TOTAL_RETURN)
    found = missing(data, market_days([data]))
    assert found.periods == ("2019", "2020", "2021")
    assert found.expected.loc["young", "2019"] == 0
    assert np.isnan(found.share.loc["young", "2019"])
    assert found.expected.loc["young", "2020"] == len(days[(days >= "2020-07-01") & (days.year == 2020)])
    assert found.missing.loc["young"].tolist() == [0, 0, 5]
    assert found.longest == {"old": 0, "young": 5}
    assert complete(data, found).params["item"] == "young"


def test_a_day_that_other_markets_had_is_missing():
    one = daily("2026-11-27", basis=Basis.TOTAL_RETURN)
    short = made(one.frame.drop(one.frame.index[10]), Frequency.DAILY, Basis.TOTAL_RETURN)
    found = missing(short, market_days([one, short]))
    assert found.total() == (1, 50)
    assert complete(short, found).level == "warning"  # 2 %


def test_holidays_of_a_rate_are_no_holes():
    days = pd.bdate_range("2024-01-02", "2024-12-31")
    closed = pd.to_datetime(["2024-07-04", "2024-10-14", "2024-11-28", "2024-12-25"])
    data = made(pd.DataFrame({"DGS10": 4.0}, days.drop(closed)), Frequency.DAILY)
    assert not expected_days(data, pd.DatetimeIndex([])).isin(closed).any()
    assert missing(data, pd.DatetimeIndex([])).total()[0] == 0


def test_a_missing_month_is_told_and_long_histories_are_summed_up_in_decades():
    frame = pd.DataFrame({"a": 1.0}, pd.date_range("1980-01-31", "2026-09-30", freq="ME"))
    frame = frame.drop(pd.Timestamp("2025-10-31"))
    data = made(frame, Frequency.MONTHLY)
    found = missing(data, pd.DatetimeIndex([]))
    assert found.periods == ("1980s", "1990s", "2000s", "2010s", "2020s")
    assert found.missing.loc["a"].tolist() == [0, 0, 0, 0, 1]
    light = complete(data, found)
    assert (light.level, light.code) == ("warning", "holes")


@given(st.data())
def test_counts_of_missing_figures_add_up(data):
    count = data.draw(st.integers(30, 300))
    days = pd.bdate_range("2015-01-01", periods=count)
    cells = np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    cells[-1] = True
    frame = pd.DataFrame({"a": np.where(cells, 1.0, np.nan)}, days)
    found = missing(made(frame, Frequency.DAILY, Basis.TOTAL_RETURN), days)
    first = int(np.flatnonzero(cells)[0])
    assert found.total() == (int((~cells[first:]).sum()), count - first)
    assert (found.share.fillna(0.0) <= 1.0).all(axis=None)


def finding(kind="spike", severity="error", applied=False):
    return Finding(kind, severity, "t", "A", "2020-01-01", "2020-01-01", 1, {}, "", applied)


@pytest.mark.parametrize(
    ("found", "level"),
    [
        ([], "good"),
        ([finding(applied=True)], "good"),
        ([finding()], "bad"),
        ([finding("vintage_disagrees", "warning")], "warning"),
        ([finding("missing_session", "warning")], "good"),
        ([finding("vintage_disagrees", "info")], "good"),
        ([finding(applied=True), finding("source_disagrees", "error")], "bad"),
    ],
)
def test_consistency_counts_what_is_left(found, level):
    assert consistent("x", found, [], checks=True).level == level


def test_a_splice_that_disagrees_is_in_doubt_and_what_nobody_looked_at_is_unknown():
    note = Finding("splice_disagreement", "warning", "5 of 300 returns differ")
    assert consistent("x", [], [note], checks=True).level == "warning"
    assert consistent("x", [], [note], checks=False).level == "unknown"


def test_point_in_time():
    prices = daily("2026-11-27", basis=Basis.TOTAL_RETURN)
    assert point_in_time(prices, []).code == "traded"
    assert point_in_time(monthly("2026-09-30"), []).code == "rules_only"
    assert point_in_time(monthly("2026-09-30", known_at={"a": "soon"}), []).level == "bad"
    assert unruled(monthly("2026-09-30", known_at={"a": "soon"})) == ["a"]
    assert point_in_time(prices, [], ["NEW"]).params["names"] == "NEW"
    assert vintages("usdkrw_daily", []) == []


def test_the_gravest_light_counts():
    lights = [Light(level, "traded") for level in LEVELS]
    assert worst(tuple(lights)) == "bad"
    assert worst((Light("good", "traded"), Light("unknown", "traded"))) == "unknown"


def test_the_bundled_snapshot_has_lights_and_findings_without_a_network():
    found = health(BUNDLED, TODAY)
    rows = {row.name: row for row in found.datasets}
    assert set(rows["sp500_price"].lights) == set(LIGHTS)
    assert rows["sp500_price"].lights["fresh"].level == "bad"
    assert rows["sp500_price"].lights["complete"].level == "good"
    assert rows["us_macro_monthly"].lights["complete"].params["missing"] == 2  # October 2025
    assert {row.finding.first for row in found.findings if row.dataset == "us_macro_monthly"} == {"2025-10-31"}
    assert not any(row.finding.applied for row in found.findings)  # bundled tables stay as they are
    assert sum(found.count("fresh", level) for level in LEVELS) == len(found.datasets)
    told = found.to_dict()
    assert {"snapshot", "today", "counts", "datasets", "findings", "sources", "audit"} == set(told)
    assert told["sources"] == []


def test_a_data_set_that_cannot_be_read_is_unknown(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_FACTS", str(tmp_path))
    rows = {row.name: row for row in health(BUNDLED, TODAY).datasets}
    assert rows["etf_universe"].level == "unknown"
    assert "etf_universe.csv" in rows["etf_universe"].lights["fresh"].reason
    assert rows["sp500_price"].lights["complete"].level == "good"


def test_a_stray_row_of_one_table_is_no_session():
    one = daily("2026-11-27", basis=Basis.TOTAL_RETURN)
    other = daily("2026-11-27", basis=Basis.TOTAL_RETURN)
    holiday = pd.Timestamp("2026-11-22")  # a Sunday
    stray = pd.concat([one.frame, pd.DataFrame({"a": [1.0]}, [holiday])]).sort_index()
    odd = made(stray, Frequency.DAILY, Basis.TOTAL_RETURN)
    days = market_days([one, other, odd])
    assert holiday not in days
    assert missing(other, days).total() == (0, 50)
