"""Fault drills: each ends in the gate or the fallback that it should, and touches only the product it concerns."""

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from benchmarks.feeds import control
from engine.rebalance import Override, accounts, approve, models, plan, run
from engine.sources import load
from tests.engine.rebalance.conftest import SESSION

PANELS = {"us_large_caps": {"currency": "USD", "source": "a made-up market", "survivors": ""}}
BOTH = ("ai_momentum", "ai_factor")


def gates(found, product="ai_momentum"):
    return {one.name: one for one in found.gates if one.product == product}


def others_go_on(found):
    """The factor product trades whatever happens to the shares."""
    assert found.books["ai_factor"]["orders"]
    assert not any(one.halts for one in found.gates if one.product == "ai_factor")


def bars(feed: Path) -> Path:
    return next((feed / "us_large_caps").glob("*.parquet"))


def rewritten(feed: Path, change, session=SESSION) -> None:
    """The vendor sends another table, and a control file that goes with it."""
    table = pd.read_parquet(bars(feed))
    change(table).to_parquet(bars(feed), index=False)
    control(feed, session, PANELS)


def last_row(table: pd.DataFrame, ticker: str):
    return table.index[table["ticker"] == ticker][-1]


@pytest.fixture
def earlier(runs):
    """An approved run on the bundled panel a month before."""
    found = run(plan(BOTH, date(2018, 10, 31)), runner="Ann")
    return approve(found.run_id, "Ben")


def test_a_good_feed_trades_with_real_closes_and_volumes(runs, feed):
    found = run(plan(BOTH, SESSION, feed=feed))
    told = gates(found)
    assert told["data"].state == "passed"
    assert told["integrity"].state == "passed"
    assert told["liquidity"].state == "passed"
    assert "hindsight" not in told
    table = pd.read_parquet(bars(feed))
    close = table.loc[table["Date"] == pd.Timestamp(SESSION)].set_index("ticker")["Close"]
    orders = found.books["ai_momentum"]["orders"]
    assert all(order["price"] == close[order["ticker"]] for order in orders)
    assert len(orders) >= 16


class TestLateOrMissing:
    """Last good weights with drift where there are any, else nothing."""

    def broken(self, feed, fault):
        if fault == "missing file":
            bars(feed).unlink()
        elif fault == "half file":
            whole = bars(feed).read_bytes()
            bars(feed).write_bytes(whole[: len(whole) // 2])
        elif fault == "no control file":
            (feed / "control.json").unlink()
        elif fault == "feed of another day":
            control(feed, date(2018, 11, 29), PANELS)
        elif fault == "prices end a day early":
            rewritten(feed, lambda table: table.loc[table["Date"] < pd.Timestamp(SESSION)])
        elif fault == "half the names":
            rewritten(
                feed, lambda table: table.loc[(table["Date"] < pd.Timestamp(SESSION)) | (table["ticker"] < "N0015")]
            )

    FAULTS = ("missing file", "half file", "no control file", "feed of another day", "prices end a day early", "half the names")  # fmt: skip

    @pytest.mark.parametrize("fault", FAULTS)
    def test_falls_back_on_what_is_held(self, earlier, feed, fault):
        self.broken(feed, fault)
        found = run(plan(BOTH, SESSION, feed=feed))
        told = [one for one in found.gates if one.product == "ai_momentum" and one.state == "fallback"]
        assert told
        assert told[-1].code == "last_good"
        assert earlier.run_id in told[-1].reason
        book = found.books["ai_momentum"]
        assert book["orders"] == []
        assert book["holdings"] == earlier.books["ai_momentum"]["holdings"]
        others_go_on(found)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_stops_where_nothing_was_held(self, runs, feed, fault):
        self.broken(feed, fault)
        found = run(plan(BOTH, SESSION, feed=feed))
        assert gates(found)["fallback"].state == "stopped"
        assert "ai_momentum" not in found.books
        others_go_on(found)

    def test_a_file_of_a_later_day_stops(self, runs, feed):
        def shifted(table):
            return table.assign(Date=table["Date"].replace(pd.Timestamp(SESSION), pd.Timestamp("2018-12-03")))

        rewritten(feed, shifted)
        found = run(plan(BOTH, SESSION, feed=feed))
        told = [one for one in found.gates if one.product == "ai_momentum" and one.state == "stopped"]
        assert [one.code for one in told] == ["feed_future"]
        assert "repair" in told[0].remedies
        others_go_on(found)

    def test_a_repaired_file_is_another_run_and_trades(self, runs, feed):
        whole = bars(feed).read_bytes()
        bars(feed).write_bytes(whole[:1000])
        control(feed, SESSION, PANELS)  # the vendor's own control names half a file
        broken = plan(BOTH, SESSION, feed=feed)
        assert "ai_momentum" not in run(broken).books
        bars(feed).write_bytes(whole)
        control(feed, SESSION, PANELS)
        mended = plan(BOTH, SESSION, feed=feed)
        assert mended.run_id != broken.run_id
        assert run(mended).books["ai_momentum"]["orders"]


class TestWrongPrice:
    def times(self, feed, factor, ticker="N0003"):
        def change(table):
            at = last_row(table, ticker)
            table.loc[at, ["Open", "High", "Low", "Close", "Adj Close"]] *= factor
            return table

        rewritten(feed, change)

    def test_a_hundredfold_price_is_repaired_and_told(self, runs, feed):
        clean = run(plan(("ai_momentum",), SESSION, feed=feed))
        self.times(feed, 100.0)
        found = run(plan(BOTH, SESSION, feed=feed))
        assert gates(found)["integrity"].state == "flagged"
        assert "N0003 2018-11-30" in gates(found)["integrity"].reason
        ours = {order["ticker"]: order["shares"] for order in found.books["ai_momentum"]["orders"]}
        wanted = {order["ticker"]: order["shares"] for order in clean.books["ai_momentum"]["orders"]}
        assert ours == wanted
        others_go_on(found)

    def test_one_on_the_bundled_panel_too(self, runs, monkeypatch):
        def wrong(name):
            data = load(name)
            frame = data.frame.copy()
            if name == "us_large_caps":
                frame.loc[pd.Timestamp("2016-06-30"), "AAPL"] *= 100.0
            return replace(data, table=frame)

        clean = run(plan(("ai_momentum",), date(2016, 6, 30)))
        monkeypatch.setattr("engine.rebalance.market.load", wrong)
        found = run(plan(("ai_momentum",), date(2016, 6, 30), runs=runs / "other"))
        assert gates(found)["integrity"].state == "flagged"
        assert [order["shares"] for order in found.orders] == [order["shares"] for order in clean.orders]

    def test_a_move_that_nothing_explains_stops_until_a_person_acts(self, runs, feed):
        self.times(feed, 7.3)
        found = run(plan(BOTH, SESSION, feed=feed))
        told = gates(found)["integrity"]
        assert told.state == "stopped"
        assert set(told.remedies) == {"repair", "exclude", "override"}
        assert "ai_momentum" not in found.books
        others_go_on(found)

        left_out = run(plan(BOTH, SESSION, feed=feed, exclude=("N0003",)))
        assert gates(left_out)["integrity"].state == "passed"
        assert "N0003" not in left_out.books["ai_momentum"]["holdings"]
        assert left_out.books["ai_momentum"]["orders"]

        passed = run(plan(BOTH, SESSION, feed=feed, overrides=(Override("ai_momentum", "integrity", "a takeover"),)))
        assert [one.note for one in passed.gates if one.state == "overridden"] == ["a takeover"]
        assert passed.books["ai_momentum"]["orders"]


class TestMoney:
    def test_no_exchange_rate_stops_the_account_in_won(self, runs, monkeypatch):
        monkeypatch.setattr(models, "rate_on", lambda currency, day: (1.0, day) if currency == "USD" else None)
        won = replace(accounts(("ai_factor",))[0], key="won", currency="KRW", size=5e9)
        found = run(plan((won, "ai_factor"), date(2018, 11, 30)))
        assert gates(found, "won")["fx"].state == "stopped"
        assert gates(found, "won")["fx"].code == "fx_missing"
        assert "won" not in found.books
        others_go_on(found)

    def test_rates_are_those_known_on_the_day(self):
        table = load("usdkrw_monthly").frame
        days = pd.to_datetime(table["last_date"])
        day = days.iloc[20].date()
        assert models.rate_on("KRW", day) == (float(table["krw_per_usd_month_end"].iloc[20]), day)
        before = models.rate_on("KRW", (days.iloc[20] - pd.Timedelta(days=1)).date())
        assert before[1] == days.iloc[19].date()
        assert models.rate_on("KRW", date(1950, 1, 3)) is None

    def test_an_account_in_won_is_its_dollars(self, runs):
        won = replace(accounts(("ai_factor",))[0], key="won", currency="KRW", size=5e9)
        found = run(plan((won,), SESSION))
        rate, _ = models.rate_on("KRW", SESSION)
        assert found.books["won"]["value"] + found.books["won"]["cost"] == pytest.approx(5e9 / rate, rel=1e-12)


class TestLimits:
    def account(self, **changes):
        return replace(accounts(("ai_momentum",))[0], **changes)

    def test_an_order_larger_than_the_market_stops(self, runs, feed):
        found = run(plan((self.account(size=1e12), "ai_factor"), SESSION, feed=feed))
        told = gates(found)["liquidity"]
        assert told.state == "stopped"
        assert "5%" in told.reason
        assert found.orders == [order for order in found.orders if order["product"] == "ai_factor"]

    def test_turnover_and_drift_stop_and_can_be_passed_with_a_note(self, runs):
        first = run(plan(BOTH, date(2015, 6, 30)), runner="Ann")
        approve(first.run_id, "Ben")
        tight = replace(accounts(("ai_factor",))[0], turnover=0.001, drift=0.001)
        found = run(plan((tight,), date(2015, 7, 17)))
        stopped = {one.name for one in found.gates if one.state == "stopped"}
        assert stopped == {"turnover", "drift"}
        assert found.books == {}
        passes = [Override("ai_factor", name, "agreed") for name in sorted(stopped)]
        assert run(plan((tight,), date(2015, 7, 17), overrides=passes)).orders

    def test_restricted_names_are_never_traded(self, runs):
        first = run(plan(("ai_momentum",), date(2015, 6, 30)), runner="Ann")
        approve(first.run_id, "Ben")
        held = sorted(first.books["ai_momentum"]["holdings"])[:2]
        found = run(plan((self.account(restricted=tuple(held)),), date(2015, 7, 17)))
        book = found.books["ai_momentum"]
        assert not {order["ticker"] for order in book["orders"]} & set(held)
        assert all(book["holdings"][name] == first.books["ai_momentum"]["holdings"][name] for name in held)
        assert gates(found)["restricted"].state == "passed"
        assert gates(found)["caps"].code == "caps_untraded"  # one of them has grown to 10.3 %
        assert book["cash"] >= 0.0


class TestClock:
    NEW_YORK = ZoneInfo("America/New_York")

    def test_the_session_at_a_change_of_clocks(self, runs):
        night = datetime(2016, 3, 13, 3, 30, tzinfo=self.NEW_YORK)  # an hour after 1:59
        job = plan(("ai_factor",), now=night)
        assert job.day == date(2016, 3, 11)
        told = run(job).to_dict(night)["window"]
        assert told["seconds"] == 64.5 * 3600
        assert told["remaining_seconds"] == 30 * 3600
        assert told["next_open"]["seoul"] == "2016-03-14T22:30:00+09:00"

    @pytest.mark.parametrize(("asked", "session"), [("2015-07-03", "2015-07-02"), ("2015-05-31", "2015-05-29")])
    def test_a_holiday_or_a_weekend_runs_for_the_session_before(self, runs, asked, session):
        found = run(plan(("ai_factor",), date.fromisoformat(asked)))
        told = [one for one in found.gates if one.name == "calendar"]
        assert [one.code for one in told] == ["session_moved"]
        assert (found.session, session in told[0].reason) == (session, True)
        assert found.orders

    def test_a_half_day_says_when_it_closes(self, runs):
        found = run(plan(("ai_factor",), date(2015, 11, 27)))
        told = [one for one in found.gates if one.code == "half_day"]
        assert "13:00" in told[0].reason
        assert found.orders


def test_splits_between_runs_change_what_is_held(runs, feed, monkeypatch):
    from engine.rebalance.book import holdings_now
    from engine.rebalance.history import Held

    held = Held("r", date(2018, 10, 31), {"A": 101, "B": 10, "C": 7}, 5.0, {}, {})
    splits = [["2018-11-05", "A", 2.0], ["2018-11-06", "C", 0.5], ["2018-10-31", "B", 3.0], ["2018-12-03", "B", 3.0]]
    shares, cash = holdings_now(
        accounts(("ai_factor",))[0], held, SESSION, 1.0, splits, {"A": 4.0, "B": 1.0, "C": 20.0}
    )
    assert shares == {"A": 202, "B": 10, "C": 3}
    assert cash == pytest.approx(5.0 + 0.5 * 20.0)


def test_files_done_side_by_side_give_the_same(tmp_path, monkeypatch):
    from benchmarks.feeds import write_feed
    from engine.rebalance import feed as feeds

    made = feeds.open_feed(write_feed(tmp_path / "a", names=120, first=date(2017, 1, 3), last=SESSION, seed=6))
    one = feeds.read(made, "us_large_caps", SESSION)
    monkeypatch.setattr(feeds, "MANY", 2)
    monkeypatch.setattr(feeds.os, "cpu_count", lambda: 2)
    other = feeds.read(made, "us_large_caps", SESSION)
    assert one.market.names == other.market.names
    assert (one.rows, one.findings, one.repaired) == (other.rows, other.findings, other.repaired)
    assert np.array_equal(one.market.prices, other.market.prices, equal_nan=True)


def test_a_long_feed_is_read_file_by_file(runs, tmp_path):
    """Files by ticker and files by year give the same panel."""
    from benchmarks.feeds import write_feed
    from engine.rebalance.feed import open_feed, read

    by_name = write_feed(tmp_path / "a", names=60, first=date(2015, 1, 2), last=SESSION, seed=5)
    table = pd.concat([pd.read_parquet(path) for path in sorted((by_name / "us_large_caps").iterdir())])
    by_year = tmp_path / "b"
    (by_year / "us_large_caps").mkdir(parents=True)
    for year, part in table.groupby(table["Date"].dt.year):
        part.to_parquet(by_year / "us_large_caps" / f"{year}.parquet", index=False)
    control(by_year, SESSION, PANELS)
    one, other = (read(open_feed(folder), "us_large_caps", SESSION).market for folder in (by_name, by_year))
    assert one.names == other.names
    assert np.array_equal(one.dates, other.dates)
    assert np.array_equal(one.prices, other.prices, equal_nan=True)
    assert np.array_equal(one.close, other.close, equal_nan=True)
    assert json.loads((by_year / "control.json").read_text(encoding="utf-8"))["session"] == "2018-11-30"
