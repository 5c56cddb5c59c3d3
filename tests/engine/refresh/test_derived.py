"""After a refresh the ETF universe lives on the new bars: statistics, prices, links, ranking, basket, all of one snapshot."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from engine import overview, refresh
from engine.allocation import answer, covariance, funds, question
from engine.allocation.universe import CURATED, measured, rate
from engine.errors import BadPayload, MissingData
from engine.refresh import derived, perform
from engine.sources import BUNDLED, load, snapshot_id, using
from engine.sources.live.universe import COMPUTED, EARLIER, PARTS
from engine.store import Store, open_store
from engine.universe import ranked, substitutes, universe, vintage
from engine.world.implement import ranked_funds
from tests.engine import live_world
from tests.engine.http_server import Server
from tests.engine.live_world import FAST
from tests.engine.universe.recompute import plain
from tests.engine.universe.recompute.world import LAST, long

TABLES = ("etf_prices", "usdkrw_daily")
SERVED = tuple(
    dict.fromkeys((*CURATED, "QQQ", "QQQM", "DIA", "DDM", "IVW", "SPYG", "SCHX", "VV", "SCHB", "GLD", "IAU", "BBCA"))
)
YOUNG = {"QQQM": "2020-10-13", "IAUM": "2021-06-29"}
DEAR = {"VOO": 41.37, "GLDM": 512.5}


def bars_of(tickers=SERVED, last=LAST):
    """Bars whose last closes are a quarter above the bundled prices, but for two that changed places."""
    table = long(tickers, start="2015-06-01", last=last, young=YOUNG)
    known = load("etf_universe", BUNDLED).frame.set_index("ticker")["price_usd"]
    closes = table.groupby("ticker")["close"].transform("last")
    wanted = table["ticker"].map({**(known * 1.25).to_dict(), **DEAR}).fillna(50.0)
    return table.assign(close=table["close"] / closes * wanted)


@pytest.fixture(scope="module")
def served():
    return bars_of()


@pytest.fixture(scope="module")
def world(tmp_path_factory, served):
    """A server with the funds, and the store that one refresh from it made."""
    with pytest.MonkeyPatch.context() as patch:
        server = Server()
        live_world.won(server)
        live_world.funds(server, served)
        server.use(patch)
        patch.setenv("LODESTAR_STORE", str(tmp_path_factory.mktemp("derived") / "store"))
        before = {name: load(name).frame for name in derived.NAMES}
        result = refresh.run(TABLES, limits=FAST)
        yield server, result, before
        open_store().release()
        server.close()


def told(result):
    return {row.name: row for row in result.datasets}


def test_the_tables_lie_in_the_snapshot_of_their_bars(world):
    _, result, _ = world
    rows = told(result)
    assert {rows[name].status for name in derived.NAMES} == {"updated"}
    assert snapshot_id() == result.snapshot
    entries = open_store().manifest(result.snapshot).entries
    made = [entries[table] for table in ("etf_statistics", "etf_quotes", "etf_correlations", "etf_correlations_raw")]
    assert {entry.request["from"] for entry in made} == {entries["etf_prices"].content}
    assert all(
        entry.source == f"computed from Yahoo Finance bars retrieved {entry.retrieved_at[:10]}" for entry in made
    )
    assert {entry.facts["as_of"] for entry in made} == {"2026-11-24", "2026-11-20"}
    again = refresh.run(TABLES, limits=FAST)
    assert again.snapshot == result.snapshot
    assert {told(again)[name].status for name in derived.NAMES} == {"unchanged"}


def test_statistics_are_those_of_the_served_bars(world, served):
    data = load("etf_statistics")
    table = data.frame.set_index("ticker")
    prices = served.pivot_table(index="date", columns="ticker", values="adj_close")
    for name in ("VOO", "AGG", "QQQM"):
        expected = plain.path(prices, name, pd.Timestamp("2026-11-20"))
        for column in ("vol_ann_pct", "ret_ann_pct", "max_drawdown_pct", "beta_to_spy", "drawdown_2022_pct"):
            assert table.at[name, column] == pytest.approx(expected[column], abs=0.0051, nan_ok=True), (name, column)
    other = plain.against(*(prices[name].pct_change() for name in ("SPY", "VOO")), pd.Timestamp("2018-01-01"), LAST)
    assert table.at["SPY", "tracking_error_pct"] == pytest.approx(other["te20"], abs=0.00051)
    assert table.at["SPY", "tracking_end"] == LAST
    assert table.at["SPY", "as_of"] == "2026-11-24"
    assert table.at["SPY", "source"].startswith(COMPUTED)


def test_facts_stay_and_what_was_not_served_keeps_its_bundled_row_and_is_told(world):
    _, result, before = world
    data = load("etf_statistics")
    new, old = (frame.set_index("ticker") for frame in (data.frame, before["etf_statistics"]))
    facts = [name for name in old if name not in {"source", "as_of", *sum(PARTS.values(), ())}]
    pd.testing.assert_frame_equal(new[facts], old[facts])
    kept = [name for name in old.index if name not in SERVED]
    pd.testing.assert_frame_equal(new.loc[kept], old.loc[kept])
    assert "XLE" in kept
    assert any(item.kind == "kept" and "XLE" in item.text for item in data.findings)
    assert any(item.kind == "computed" and "of 166 funds" in item.text for item in data.findings)
    assert "XLE" in told(result)["etf_prices"].failed_items
    # BND's reference was served, EMB's (VWOB) was not: that part alone stays
    assert old.at["EMB", "tracking_reference"] not in SERVED
    assert new.at["EMB", "tracking_error_pct"] == old.at["EMB", "tracking_error_pct"]
    assert new.at["EMB", "vol_ann_pct"] != old.at["EMB", "vol_ann_pct"]
    assert "tracking as on file" in new.at["EMB", "source"]
    assert new.at["EMB", "tracking_end"] == old.at["EMB", "tracking_end"]


def test_prices_are_raw_closes_with_their_day(world, served):
    table = load("etf_universe").frame.set_index("ticker")
    last = served.groupby("ticker").last()
    for name in ("VOO", "SPY", "GLDM", "AGG"):
        assert table.at[name, "price_usd"] == pytest.approx(last.at[name, "close"])
        assert last.at[name, "close"] != pytest.approx(last.at[name, "adj_close"])
        assert table.at[name, "price_as_of"] == "2026-11-24"
        assert table.at[name, "price_source"].startswith(COMPUTED)
        assert table.at[name, "one_cent_tick_pct"] == pytest.approx(1.0 / last.at[name, "close"], abs=5.1e-5)
        assert table.at[name, "adv_as_of"] == "3 months to 2026-11-24"
    assert table.at["XLE", "price_as_of"] == "2026-08-20"


def test_correlations_are_definite_and_carry_their_intensity(world):
    _, _, before = world
    data = load("etf_correlations")
    names = list(data.table["ticker"])
    matrix = data.table.set_index("ticker").loc[names, names].astype(float)
    assert np.linalg.eigvalsh(matrix.to_numpy())[0] > 0.0
    intensity = data.provenance.parameters["shrinkage"]
    assert 0.0 < intensity != load("etf_correlations", BUNDLED).provenance.parameters["shrinkage"] == 0.03175
    assert measured().shrinkage == intensity
    raw = load("etf_correlations_raw").frame.set_index("ticker")
    assert matrix.at["SPY", "VTI"] == pytest.approx((1 - intensity) * raw.at["SPY", "VTI"], abs=1e-4)
    assert measured().correlation.at["SPY", "VTI"] == pytest.approx(raw.at["SPY", "VTI"], abs=1e-4)
    old = before["etf_correlations_raw"].set_index("ticker")
    assert raw.at["XLE", "SPY"] == old.at["XLE", "SPY"]
    assert raw.at["VOO", "SPY"] != old.at["VOO", "SPY"]
    assert np.linalg.eigvalsh(covariance(list(names)).to_numpy())[0] > 0.0
    with using(BUNDLED):
        assert measured().shrinkage == 0.03175


def test_ranking_and_substitutes_follow(world):
    assert snapshot_id() == world[1].snapshot
    now = ranked(draws=100, today=date(2026, 11, 28))
    told_now = now.inputs.of("VOO", date(2026, 11, 28))
    assert told_now["tracking"]["as_of"] == told_now["spread"]["as_of"] == "2026-11-24"
    assert told_now["spread"]["source"].startswith(COMPUTED)
    assert not told_now["spread"]["stale"]
    cheap = substitutes(universe(), "SPY", now.screening.passing)
    assert (cheap.price_as_of, cheap.cheapest) != ("2026-08-20", None)
    with using(BUNDLED):
        then = ranked(draws=100, today=date(2026, 11, 28))
        assert then.inputs.of("VOO", date(2026, 11, 28))["spread"]["as_of"] == "2026-05-01"
        old = substitutes(universe(), "SPY", then.screening.passing)
    assert old.price == 762.6
    assert cheap.price == pytest.approx(1.25 * 762.6)
    assert [item.to_dict() for item in cheap.found] != [item.to_dict() for item in old.found]
    assert ranked_funds().set_index("ticker").at["VTI", "score"] == now.ranking.table.at["VTI", "score"]
    assert not now.ranking.table["score"].equals(then.ranking.table["score"])
    assert vintage().last == date(2026, 11, 24)
    assert "XLE" in vintage().kept
    with using(BUNDLED):
        assert vintage() is None


def test_the_basket_is_bought_at_the_refreshed_price_and_rate(world, served):
    server, _, _ = world
    won, day = rate()
    assert day == "2026-06-12"
    assert won == pytest.approx(server.charts["KRW=X"]["indicators"]["quote"][0]["close"][-1])
    last = served.groupby("ticker")["close"].last()
    offered = funds("curated")
    assert offered.prices["VOO"] == pytest.approx(41.37)
    assert offered.price_dates["VOO"] == LAST
    asked = question(200_000, currency="KRW", model="seed4", universe="curated")
    assert asked.account_usd == pytest.approx(200_000 * (1 - asked.profile.exchange_spread.known) / won)
    got = answer(asked)
    spent = sum(count * last[name] for name, count in got.allocation.basket.items())
    assert asked.account_usd - spent >= 0.0
    assert "VOO" in got.allocation.basket.index
    with using(BUNDLED):
        old = answer(question(200_000, currency="KRW", model="seed4", universe="curated"))
        assert old.question.fx_as_of != day
        assert "VOO" not in old.allocation.basket.index


def test_the_first_page_answers_the_refreshed_snapshot_anew(world):
    _, result, _ = world
    now = overview.today()
    assert now.snapshot == result.snapshot
    assert now.basket.fx_as_of == "2026-06-12"
    assert now.basket.prices_last <= "2026-11-24"
    with using(BUNDLED):
        assert overview.today().snapshot.startswith("bundled-")
        assert overview.today().basket.fx_as_of != "2026-06-12"


def test_bundled_figures_do_not_move(world):
    _, _, before = world
    with using(BUNDLED):
        for name in derived.NAMES:
            pd.testing.assert_frame_equal(load(name).frame, before[name])
    for name in derived.NAMES:
        pd.testing.assert_frame_equal(load(name, BUNDLED).frame, before[name])


# --- later refreshes, on the same store; each leaves the store as it should be


@pytest.mark.parametrize("error", [RuntimeError("killed"), KeyboardInterrupt()])
def test_a_derivation_that_breaks_off_leaves_the_last_snapshot(world, monkeypatch, error):
    _, result, _ = world

    def broken(*_, **__):
        raise error

    monkeypatch.setattr(perform, "derive", broken)
    with pytest.raises(type(error)):
        refresh.run(["usdkrw_daily"], limits=FAST)
    assert snapshot_id() == result.snapshot
    assert load("etf_statistics").frame.set_index("ticker").at["SPY", "as_of"] == "2026-11-24"
    assert open_store().files.read("lock.json") is None


def test_a_kill_between_the_objects_and_the_switch_leaves_the_last_snapshot(world, monkeypatch):
    _, result, _ = world
    monkeypatch.setattr(derived, "VERSION", 99)

    def killed(*_, **__):
        raise SystemExit(137)

    with monkeypatch.context() as patch:
        patch.setattr(Store, "publish", killed)
        with pytest.raises(SystemExit):
            refresh.run(["usdkrw_daily"], limits=FAST)
    assert snapshot_id() == result.snapshot


def test_figures_that_break_the_schema_are_refused_and_the_older_stay(world, monkeypatch):
    plain_answer = derived.recomputed

    def absurd(*args, **options):
        found = plain_answer(*args, **options)
        found.statistics["vol_ann_pct"] = 9e9
        return found

    monkeypatch.setattr(derived, "recomputed", absurd)
    monkeypatch.setattr(derived, "VERSION", 98)
    got = refresh.run(["etf_statistics"], limits=FAST)
    row = told(got)["etf_statistics"]
    assert row.status == "failed"
    assert isinstance(row.error, BadPayload)
    assert "vol_ann_pct" in row.error.message
    assert load("etf_statistics").frame.set_index("ticker")["vol_ann_pct"].max() < 300


def test_the_name_of_a_computed_table_stands_for_its_bars():
    assert refresh.choose(["etf_correlations"]) == ["etf_prices"]
    assert refresh.choose(["etf_universe", "usdkrw_monthly"]) == ["usdkrw_daily", "etf_prices", "etf_facts"]
    (asked,) = refresh.plan(["etf_statistics"])
    assert {"BBCA", "DDM", "SOXX", "SPY"} <= set(asked.items)


def test_a_fund_that_fails_later_goes_on_with_its_earlier_bars_and_says_so(world):
    server = world[0]
    live_world.funds(server, bars_of(last=pd.Timestamp("2026-11-26")))
    del server.charts["VTI"]
    got = refresh.run(["etf_prices"], limits=FAST)
    assert "VTI" in told(got)["etf_prices"].failed_items
    assert told(got)["etf_statistics"].status == "updated"
    table = load("etf_statistics").frame.set_index("ticker")
    assert table.at["VTI", "source"].endswith(EARLIER)
    assert table.at["VTI", "as_of"] == "2026-11-24"
    assert not table.at["VOO", "source"].endswith(EARLIER)
    assert table.at["VOO", "as_of"] == "2026-11-26"
    prices = load("etf_universe").frame.set_index("ticker")["price_as_of"]
    assert (prices["VTI"], prices["VOO"]) == ("2026-11-24", "2026-11-26")


def test_bars_that_are_older_than_the_figures_on_file_change_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "store"))
    server = Server()
    server.use(monkeypatch)
    live_world.funds(server, long(("SPY", "AGG", "GLD"), start="2015-01-02", last=pd.Timestamp("2026-07-10")))
    got = refresh.run(["etf_prices"], limits=FAST)
    server.close()
    rows = told(got)
    assert rows["etf_prices"].status == "updated"
    for name in derived.NAMES:
        assert rows[name].status == "failed"
        assert isinstance(rows[name].error, MissingData)
        pd.testing.assert_frame_equal(load(name).frame, load(name, BUNDLED).frame)
    open_store().release()
