"""Facts of funds in a stored refresh: what is better replaces what is known, and nothing known is lost."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from engine import refresh
from engine.cli import main
from engine.errors import BadPayload, Cancelled, MissingSymbol, RateLimited, Unreachable
from engine.health import health
from engine.refresh import perform
from engine.sources import BUNDLED, available, load, snapshot_id, using
from engine.sources.live import Request
from engine.sources.snapshots import bundled_id
from engine.sources.yahoo import FIELDS
from engine.universe import ranked, universe
from tests.engine import live_world
from tests.engine.http_server import HTML, LIMITED
from tests.engine.live_world import FAST

FUNDS = ("SPY", "VOO", "BND", "AGG", "GLD")
"""In the order of the universe."""
ONE_AT_A_TIME = replace(FAST, retries=0)


def run(*only, **options):
    return refresh.run(list(only) or ["etf_facts"], limits=options.pop("limits", FAST), **options)


def rows(snapshot=None):
    return load("etf_universe", snapshot).frame.set_index("ticker")


def stored():
    return load("etf_facts").frame.set_index("ticker")


def told(result):
    return {row.name: row for row in result.datasets}


def today():
    return datetime.now(UTC).date().isoformat()


@pytest.fixture
def funds(server, store, monkeypatch):
    """Five funds that are served and one that is not; VOO's fee has risen, and BND, whose spread nobody published, has a live quote of 3 bp."""
    monkeypatch.setitem(refresh.TABLES, "etf_facts", lambda: Request("etf_facts", "yahoo_facts", (*FUNDS, "QQQ")))
    live_world.facts(server, FUNDS)
    live_world.facts(server, ["VOO"], netExpenseRatio=0.04)
    price = server.quotes["BND"]["regularMarketPrice"]
    server.quotes["BND"] |= {"bid": price * (1 - 1.5e-4), "ask": price * (1 + 1.5e-4)}
    return server


def test_facts_reach_the_universe_with_source_and_day(funds):
    before = rows()
    fees = universe().funds["fee"]
    result = run()
    assert list(told(result)) == ["etf_facts"]
    assert told(result)["etf_facts"].status == "updated"
    assert snapshot_id() == result.snapshot
    assert "etf_facts" in available()
    after = rows()
    assert after.at["VOO", "expense_ratio_pct"] == 0.04 != before.at["VOO", "expense_ratio_pct"]
    assert (after.at["VOO", "expense_source"], after.at["VOO", "expense_as_of"]) == ("Yahoo Finance", today())
    assert pd.isna(before.at["BND", "avg_spread_pct"])
    assert after.at["BND", "avg_spread_pct"] == pytest.approx(0.03, rel=1e-4)
    assert (after.at["BND", "spread_source"], after.at["BND", "spread_as_of"]) == ("Yahoo Finance", today())
    assert after.at["AGG", "avg_spread_pct"] == before.at["AGG", "avg_spread_pct"]  # a recent average is better
    # the ranking follows the snapshot
    assert universe().funds.at["VOO", "fee"] == pytest.approx(0.0004) != fees["VOO"]
    fund = ranked(draws=5).fund("VOO")
    assert (fund["inputs"]["fee"]["source"], fund["inputs"]["fee"]["as_of"]) == ("Yahoo Finance", today())
    with using(BUNDLED):
        assert snapshot_id() == bundled_id()
        assert fund["score"] != ranked(draws=5).fund("VOO")["score"]
    # the others, and whoever holds the bundled data, see what was there
    quiet = [name for name in before.index if name not in FUNDS]
    pd.testing.assert_frame_equal(after.loc[quiet], before.loc[quiet])
    pd.testing.assert_frame_equal(rows(BUNDLED), before)
    merged = next(one for one in load("etf_universe").findings if one.kind == "merged")
    assert f"of {len(before)} funds" in merged.text


def test_the_table_has_the_figures_as_read_each_with_its_day(funds):
    run()
    data = load("etf_facts")
    table = stored()
    assert set(table.index) == {*FUNDS}
    assert table.at["VOO", "fee_pct"] == 0.04
    assert table.at["VOO", "turnover_pct"] == pytest.approx(5.0)
    for field in FIELDS:
        assert (table[f"{field}_read"].notna() == table[field].notna()).all(), field
    assert set(table["fee_pct_read"].dt.strftime("%Y-%m-%d")) == {today()}
    assert data.provenance.as_of.isoformat() == today()
    lights = {row.name: row for row in health().datasets}
    assert lights["etf_facts"].stored
    assert lights["etf_universe"].stored
    assert lights["etf_facts"].lights["fresh"].code == "aged"
    assert lights["etf_facts"].lights["consistent"].level in {"good", "warning"}


def test_the_same_again_is_no_news_at_another_hour(funds, monkeypatch):
    first = run()
    table = stored()
    monkeypatch.setattr("engine.sources.yahoo.stored.now", lambda: datetime.now(UTC) + timedelta(days=2))
    _read_at(monkeypatch, datetime.now(UTC) + timedelta(days=2))
    again = run()
    assert told(again)["etf_facts"].status == "unchanged"
    assert again.snapshot == first.snapshot
    pd.testing.assert_frame_equal(stored(), table)


def _read_at(monkeypatch, moment):
    """Answers that came at this moment, of quotes that are as old as ever."""
    from engine.sources.yahoo import stored as module

    real = module.collected

    def collected(*args):
        facts = real(*args)
        table = facts.frame
        at = table["retrieved"].where(table["retrieved"].isna(), pd.Timestamp(moment))
        return replace(facts, table=table.assign(retrieved=at))

    monkeypatch.setattr(module, "collected", collected)


def test_a_closed_market_takes_no_spread_away(funds, monkeypatch):
    run()
    for name in FUNDS:
        funds.quotes[name] |= {"marketState": "CLOSED"}
    live_world.facts(funds, ["AGG"], netExpenseRatio=0.04, marketState="CLOSED")
    _read_at(monkeypatch, datetime.now(UTC) + timedelta(days=2))
    result = run()
    assert told(result)["etf_facts"].status == "updated"
    table = stored()
    assert table.at["BND", "spread_pct"] == pytest.approx(0.03, rel=1e-4)
    assert f"{table.at['BND', 'spread_pct_read']:%Y-%m-%d}" == today()
    assert f"{table.at['BND', 'fee_pct_read']:%Y-%m-%d}" > today()
    after = rows()
    assert (after.at["BND", "spread_as_of"], after.at["AGG", "expense_ratio_pct"]) == (today(), 0.04)
    assert after.at["AGG", "expense_as_of"] > today()
    (entry,) = refresh.history()[-1].entries.values()
    assert any(one["kind"] == "kept" and "BND" in one["text"] for one in entry.findings)


def test_one_fund_that_is_not_known_leaves_the_rest(funds):
    del funds.quotes["GLD"], funds.summaries["GLD"]
    result = run()
    row = told(result)["etf_facts"]
    assert isinstance(row.failed_items["GLD"], MissingSymbol)
    assert result.partial
    assert set(stored().index) == set(FUNDS) - {"GLD"}
    pd.testing.assert_series_equal(rows().loc["GLD"], rows(BUNDLED).loc["GLD"])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((429, LIMITED, {}), RateLimited), ((200, HTML, {}), BadPayload), ((404, HTML, {}), BadPayload)],
)
def test_a_failure_in_the_middle_keeps_older_rows_and_says_so(funds, monkeypatch, answer, kind):
    run()
    older = stored()
    live_world.facts(funds, FUNDS, netExpenseRatio=0.05)
    monkeypatch.setattr("engine.sources.yahoo.stored.WORKERS", 1)
    funds.planned["quoteSummary/AGG"] = [answer]
    result = run(limits=ONE_AT_A_TIME)
    row = told(result)["etf_facts"]
    assert isinstance(row.failed_items["AGG"], kind)
    assert row.status == "updated"
    assert result.partial
    assert stored().at["VOO", "fee_pct"] == 0.05
    assert ("GLD" in row.failed_items) is (kind is RateLimited)  # after a limit nobody is asked any more
    kept = [name for name in FUNDS if name in row.failed_items]
    pd.testing.assert_frame_equal(stored().loc[kept], older.loc[kept])
    assert any(one.kind == "not_read" and "AGG" in one.text for one in load("etf_universe").findings)


def test_when_nothing_comes_everything_stays(funds):
    first = run()
    for answer, kind in (
        ((429, LIMITED, {}), RateLimited),
        ((500, HTML, {}), Unreachable),
        ((200, HTML, {}), BadPayload),
    ):
        funds.planned["finance/quote"] = [answer]
        result = run(limits=ONE_AT_A_TIME)
        assert isinstance(told(result)["etf_facts"].error, kind)
        assert result.unavailable
        assert snapshot_id() == first.snapshot


def test_quotes_that_cannot_be_read_leave_what_the_summaries_say(funds):
    funds.planned["v7/finance/quote"] = [(200, HTML, {})]
    result = run()
    assert "SPY" not in told(result)["etf_facts"].failed_items
    assert stored().at["SPY", "fee_pct"] == pytest.approx(rows(BUNDLED).at["SPY", "expense_ratio_pct"], rel=1e-3)
    (entry,) = refresh.history()[-1].entries.values()
    assert any(one["kind"] == "not_read" and "quotes" in one["text"] for one in entry.findings)


def test_a_percent_in_the_place_of_a_fraction_is_refused_and_told(funds):
    """A fee a hundredfold too high, two readings that disagree, and one a hundredfold too low."""
    fees = funds.summaries["VOO"]["fundProfile"]["feesExpensesInvestment"]
    live_world.facts(funds, ["VOO"], netExpenseRatio=9.45)
    live_world.facts(funds, ["AGG"])
    funds.quotes["AGG"] |= {"netExpenseRatio": 3e-4}  # the summary says 0.03 percent
    live_world.facts(funds, ["BND"], netExpenseRatio=3e-4)
    result = run()
    assert fees["annualReportExpenseRatio"] < 0.01
    assert told(result)["etf_facts"].status == "updated"
    table, after, before = stored(), rows(), rows(BUNDLED)
    assert pd.isna(table.at["VOO", "fee_pct"])
    assert pd.isna(table.at["AGG", "fee_pct"])
    cells = ["expense_ratio_pct", "expense_as_of", "expense_source"]
    for name in ("VOO", "AGG", "BND"):
        pd.testing.assert_series_equal(after.loc[name, cells], before.loc[name, cells])
    (entry,) = refresh.history()[-1].entries.values()
    high = next(one for one in entry.findings if one["kind"] == "percent_for_fraction" and one.get("item") == "VOO")
    assert (high["applied"], high["evidence"]["percent_sent"], high["evidence"]["column"]) == (True, 9.45, "fee_pct")
    assert any(one["kind"] == "percent_for_fraction" and "AGG" in one["text"] for one in entry.findings)
    low = next(one for one in load("etf_universe").findings if one.kind == "fact_refused")
    assert (low.item, low.evidence["column"], low.evidence["sent"]) == ("BND", "expense_ratio_pct", 3e-4)
    assert refresh.unrepaired("etf_facts").set_index("ticker").at["VOO", "fee_pct"] == 9.45
    log = refresh.repairs("etf_facts")
    assert [*zip(log["ticker"], log["column"], log["old"], strict=True)] == [("VOO", "fee_pct", 9.45)]


def test_a_zero_that_stands_for_unknown_replaces_nothing(funds):
    live_world.facts(funds, ["GLD"], netExpenseRatio=0.0)
    run()
    assert pd.isna(stored().at["GLD", "fee_pct"])
    assert rows().at["GLD", "expense_ratio_pct"] == rows(BUNDLED).at["GLD", "expense_ratio_pct"]
    assert any(one.kind == "zero_for_missing" and "GLD" in one.text for one in load("etf_facts").findings)


def test_prices_of_the_bars_lie_over_those_of_the_facts(funds):
    run("etf_prices", "etf_facts")
    table = rows()
    assert table.at["SPY", "price_source"].startswith("computed from Yahoo Finance bars")
    assert table.at["VOO", "price_source"] == "Yahoo Finance"  # no bars were served
    assert table.at["VOO", "expense_ratio_pct"] == 0.04
    kinds = {one.kind for one in load("etf_universe").findings}
    assert {"merged", "computed"} <= kinds
    assert "facts refreshed" in load("etf_universe").provenance.retrieved


def test_a_merge_that_breaks_the_table_leaves_the_bundled_one_and_says_so(funds, monkeypatch):
    def broken(known, frame):
        table, changes = merged(known, frame)
        return table.assign(expense_ratio_pct=-1.0), changes

    from engine.sources.live import universe as module

    merged = module.merged_facts
    monkeypatch.setattr(module, "merged_facts", broken)
    result = run()
    assert isinstance(told(result)["etf_universe"].error, BadPayload)
    assert told(result)["etf_facts"].status == "updated"
    data = load("etf_universe")
    assert any(one.kind == "refresh_unused" for one in data.findings)
    pd.testing.assert_frame_equal(data.frame, load("etf_universe", BUNDLED).frame)


def test_progress_tells_the_funds_and_stopping_changes_nothing(funds):
    steps = []
    run(progress=steps.append)
    assert {step.item for step in steps} >= set(FUNDS)
    held = snapshot_id()
    live_world.facts(funds, FUNDS, netExpenseRatio=0.05)
    asked = iter(range(1000))
    with pytest.raises(Cancelled):
        run(cancelled=lambda: next(asked) >= 4)
    assert snapshot_id() == held


def test_from_the_command_line(funds, capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["data", "refresh", "--only", "etf_facts", "--json"])
    assert leaving.value.code == 0
    shown = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in shown["datasets"]] == ["etf_facts"]


def test_facts_are_asked_last(store):
    assert list(refresh.TABLES)[-1] == "etf_facts"
    (asked,) = refresh.plan(["etf_facts"])
    assert asked.kind == perform.facts.KIND == "yahoo_facts"
    assert list(asked.items) == list(load("etf_universe", BUNDLED).table["ticker"])
    assert refresh.choose(["etf_universe"]) == ["etf_prices", "etf_facts"]
