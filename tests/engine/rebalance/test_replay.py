"""A dry run on a past day: the same twice, blind to what came later, and loud when something later gets in."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine.errors import LookAhead
from engine.momentum import audit
from engine.momentum import factors as library
from engine.momentum import panel as bundled
from engine.rebalance import calendar, dry_run, market, models, plan, run, steps
from engine.rebalance.keep import Payload
from engine.sources import load

TWO = ("ai_momentum", "ai_factor")
MONTH_ENDS = [day.date() for day in pd.date_range("2014-01-31", periods=60, freq="ME")]


@pytest.mark.slow
def test_sixty_month_ends_are_bit_identical_on_a_second_run(runs):
    first = [dry_run(plan(TWO, day)) for day in MONTH_ENDS]
    assert sum(len(found.orders) for found in first) > 60 * 20
    assert not any(gate.state == "stopped" for found in first for gate in found.gates)
    for day, found in zip(MONTH_ENDS, first, strict=True):
        again = dry_run(plan(TWO, day))
        assert again.content == found.content
        assert again.books == found.books


@pytest.mark.parametrize("day", [date(2014, 10, 31), date(2016, 4, 29), date(2018, 12, 31)])
def test_what_came_later_moves_nothing(runs, monkeypatch, day):
    honest = dry_run(plan(TWO, day))
    _, wild = audit.poison(bundled(), library(), pd.Timestamp(day))
    random = np.random.default_rng(1)

    def poisoned(name):
        data = load(name)
        frame = data.frame.copy()
        later = frame.index > pd.Timestamp(day)
        frame.loc[later] *= random.uniform(0.2, 5.0, frame.loc[later].shape)
        return replace(data, table=frame)

    made = models.open_artifact("factor_etf")
    decided = made.weights["ai"].copy()
    decided.loc[decided.index > pd.Timestamp(day)] = 0.2
    monkeypatch.setattr(market, "load", poisoned)
    monkeypatch.setattr(models, "factors", lambda: wild)
    monkeypatch.setattr(models, "open_artifact", lambda _: replace(made, weights={"ai": decided}))
    assert dry_run(plan(TWO, day)).content == honest.content


def test_a_live_run_gives_what_the_dry_run_of_its_day_gives(runs, monkeypatch):
    """Live: the data really end with the session."""
    day = date(2016, 4, 28)
    dry = dry_run(plan(TWO, day))

    def ended(name):
        data = load(name)
        return replace(data, table=data.frame.loc[: pd.Timestamp(day)])

    monkeypatch.setattr(market, "load", ended)
    assert run(plan(TWO, day)).content == dry.content


def test_the_thursday_before_a_closed_friday_is_a_rebalancing_day(runs):
    """From prices that end on Good Friday's eve nothing shows that Friday is closed; the calendar does."""
    eve = date(2016, 3, 24)
    assert calendar.scheduled("four_weeks", eve)
    assert calendar.session_on(date(2016, 3, 25)).day == eve
    found = dry_run(plan(("ai_momentum",), eve))
    assert any("Decided on 2016-03-24" in gate.reason for gate in found.gates)


class TestGuard:
    """Each mistake that lets the future in is planted, and must end the run."""

    DAY = date(2016, 4, 29)

    def test_prices_that_are_not_cut(self, runs, monkeypatch):
        monkeypatch.setattr(market, "until", lambda frame, known, day: frame)
        with pytest.raises(LookAhead, match="us_large_caps"):
            dry_run(plan(("ai_momentum",), self.DAY))

    def test_a_rule_that_calls_prices_known_a_day_early(self, runs, monkeypatch):
        cut = market.until
        monkeypatch.setattr(market, "until", lambda frame, known, day: cut(frame, known - pd.Timedelta(days=1), day))
        with pytest.raises(LookAhead, match="2016-04-29, after 2016-04-28"):
            dry_run(plan(("ai_factor",), date(2016, 4, 28)))

    def test_factors_before_they_are_published(self, runs, monkeypatch):
        class Early:
            def __init__(self, whole):
                self.whole = whole

            def until(self, day):
                return replace(self.whole, table=self.whole.table.loc[:day])

        early = Early(library())
        monkeypatch.setattr(models, "factors", lambda: early)
        with pytest.raises(LookAhead, match="french_factors"):
            dry_run(plan(("ai_momentum",), self.DAY))

    def test_a_row_put_in_behind_the_first_guard(self, runs, monkeypatch):
        def planted(state):
            made = steps.ingest(state)
            arrays = dict(made.arrays)
            arrays["us_large_caps.dates"] = arrays["us_large_caps.dates"].copy()
            arrays["us_large_caps.dates"][-1] += np.timedelta64(3, "D")
            return Payload(made.facts, arrays)

        monkeypatch.setitem(steps.WORK, "ingest", planted)
        with pytest.raises(LookAhead, match="after 2016-04-29"):
            dry_run(plan(("ai_momentum",), self.DAY))

    def test_a_decision_of_a_month_that_is_not_over(self, runs, monkeypatch):
        def planted(state):
            made = steps.ingest(state)
            made.facts["products"]["ai_factor"]["decided"] = "2016-05-31"
            return made

        monkeypatch.setitem(steps.WORK, "ingest", planted)
        with pytest.raises(LookAhead, match="decisions of factor_etf"):
            dry_run(plan(("ai_factor",), self.DAY))
