"""Bars against the exchange's own days."""

import numpy as np
import pandas as pd

from engine import integrity
from engine.integrity.calendars import sessions
from tests.engine.integrity.market import quiet


def on(calendar, zone="", rows=260):
    days = sessions(calendar, np.datetime64("2021-01-04"), np.datetime64("2022-12-30"))[:rows]
    return quiet(rows).assign(Date=[f"{day}{zone}" for day in days])


def kinds(report):
    return set(report.findings["kind"])


def test_holidays_of_the_exchange_are_no_holes():
    assert not kinds(integrity.check(on("XNYS")))
    assert not kinds(integrity.check(on("XTKS", " 00:00:00+09:00")))


def test_a_missing_session_is_dated_and_counted():
    table = on("XNYS").drop(index=[100, 101, 180]).reset_index(drop=True)
    found = integrity.check(table).findings
    assert list(found["kind"]) == ["missing_session"] * 2
    assert list(found["rows"]) == [2, 1]
    assert found.loc[0, "first"] == "2021-05-27"
    assert found.loc[0, "evidence"]["calendar"] == "XNYS"


def test_a_bar_on_a_holiday_is_named():
    table = on("XNYS")
    table.loc[0, "Date"] = "2021-01-01"
    found = integrity.check(table, calendar="XNYS").findings
    assert {"not_a_session", "missing_session"} == set(found["kind"])


def test_an_unknown_calendar_is_said():
    table = quiet(rows=60).assign(Date=pd.date_range("2021-01-02", periods=60, freq="36h").strftime("%Y-%m-%d"))
    assert "calendar_unknown" in kinds(integrity.check(table))


def test_weeks_without_a_bar():
    days = pd.date_range("2019-01-07", periods=120, freq="7D").delete([40, 41])
    table = quiet(118).assign(Date=days.strftime("%Y-%m-%d"))
    found = integrity.check(table, frequency="weekly").findings
    assert "missing_session" in set(found["kind"])
    assert int(found.loc[found["kind"] == "missing_session", "rows"].sum()) == 2
