"""The data page: refreshing in the background, what it tells, which snapshot a session shows."""

import time

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from engine import refresh
from engine.errors import MissingData
from engine.sources import snapshot_id
from engine.sources.snapshots import bundled_id
from engine.store import Lock, open_store
from tests.engine import live_world
from tests.engine.http_server import HTML, LIMITED, Server
from ui import context, refreshing
from ui.i18n import Translator
from ui.registry import PAGES, ROOT
from ui.settings import variable

EN, KO = Translator("en"), Translator("ko")


@pytest.fixture(scope="module")
def filled():
    server = Server()
    live_world.fill(server)
    server.close()
    return server.charts, server.series, server.files, server.quotes, server.summaries


@pytest.fixture
def server(monkeypatch, filled):
    served = Server()
    served.charts, served.series, served.files, served.quotes, served.summaries = (dict(part) for part in filled)
    served.use(monkeypatch)
    monkeypatch.setattr(refreshing, "_limits", lambda: live_world.FAST)
    yield served
    served.close()
    assert refreshing.wait(30)


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_STORE", str(tmp_path / "store"))
    kept = open_store()
    yield kept
    refreshing._jobs.clear()
    kept.release()
    st.cache_data.clear()
    st.cache_resource.clear()


def opened(key="data", **query):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    for name, value in query.items():
        at.query_params[name] = value
    return at.switch_page(f"pages/{key}/page.py").run() if key != "overview" or query else at


def press(at, *names):
    at.multiselect(key="refresh-only").set_value(list(names))
    return at.button(key="refresh-start").click().run()


def ended(at):
    """The session's next look, once the refresh has ended."""
    assert refreshing.wait(60)
    at.run()
    assert not at.exception, at.exception
    return at


def told(at):
    kinds = ("markdown", "caption", "info", "warning", "error", "success")
    said = [element.value for kind in kinds for element in getattr(at, kind)]
    for table in at.table:
        said += [*map(str, table.value.columns), *(str(cell) for cell in table.value.to_numpy().ravel())]
    return "\n".join(said)


def keys(at):
    return {button.key for button in at.button}


def shown(at):
    """The snapshot in the badge of the header."""
    return next(mark.value for mark in at.markdown if ":material/inventory_2:" in mark.value)


def test_with_bundled_data_only(server):
    at = opened()
    assert not at.exception
    assert "refresh-start" in keys(at)
    assert not keys(at) & {"newer-take", "refresh-stop", "snapshot-take"}
    assert EN("data.snapshots_none") in told(at)
    assert EN("data.log_none") in told(at)
    assert bundled_id() in shown(at)


def test_a_refresh_moves_its_own_session_and_offers_the_data_to_others(server, store):
    other, mine = opened(), opened()
    ended(press(mine, "factor_etfs", "usdkrw_daily"))
    stored = store.pointer().snapshot
    assert stored in shown(mine)
    assert EN("data.result_new", seconds=0, n=3, updated=3, unchanged=0, failed=0).split(":")[1] in told(mine)
    assert "31 Mar 2023" in told(mine)
    assert refresh.attempts()[0].by == "app"
    assert "newer-take" not in keys(mine)
    # back, and forward again
    mine.button(key="refresh-back").click().run()
    assert bundled_id() in shown(mine)
    mine.button(key="newer-take").click().run()
    assert stored in shown(mine)
    # another session keeps its figures until it says so
    assert bundled_id() in shown(other.run())
    assert EN("frame.newer_take") in [button.label for button in other.button]
    assert stored in shown(other.button(key="newer-take").click().run())
    assert "newer-take" not in keys(other)
    assert "refresh-result" not in told(other)


def test_while_it_runs_every_table_says_where_it_is(server, store):
    server.hanging.add("chart/KRW")
    at = press(opened(), "factor_etfs", "usdkrw_daily", "us_macro_daily")
    deadline = time.monotonic() + 60
    while not server.asked("chart/KRW"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    at.run()
    (table,) = [table.value for table in at.table if EN("data.column_items") in table.value.columns]
    states = dict(zip(table[EN("data.column_name")], table[EN("data.column_state")], strict=True))
    assert states[EN("data.set_factor_etfs")] == EN("data.state_updated")
    assert states[EN("data.set_usdkrw_daily")] == EN("data.state_reading")
    assert states[EN("data.set_us_macro_daily")] == EN("data.state_waiting")
    assert "refresh-start" not in keys(at)
    assert bundled_id() in shown(at), "nothing moves before the end"
    # other pages work meanwhile, and it is still there on the way back
    at.switch_page("pages/glossary/page.py").run()
    assert not at.exception
    at.switch_page("pages/data/page.py").run()
    assert "refresh-stop" in keys(at)
    ended(at)
    assert "did not answer" in told(at)


def test_one_source_that_fails_is_named_and_the_rest_is_new(server, store):
    server.planned["fredgraph"] = [(500, HTML, {})]
    at = ended(press(opened(), "usdkrw_daily", "us_macro_daily"))
    assert at.warning[0].value == EN(
        "data.result_new", seconds=refresh_seconds(), n=3, updated=2, unchanged=0, failed=1
    )
    assert "FRED did not answer" in told(at)
    at.session_state["lang"] = "ko"
    assert "FRED에서 응답이 없습니다" in told(at.run())
    reads = refresh.last_read(refresh.attempts())
    assert (reads["us_macro_daily"].failing, reads["usdkrw_daily"].failing) == (True, False)


def refresh_seconds():
    return round(refreshing.latest().result.seconds)


def test_items_that_fail_are_told_in_the_words_of_their_errors(server, store):
    ended(press(opened(), "factor_etfs"))
    server.planned["chart/SIZE"] = [(200, HTML, {})]
    at = ended(press(opened(), "factor_etfs"))
    assert "1 could not be read: SIZE" in told(at)
    assert "something other than the data asked for" in told(at)


def test_nothing_at_all_leaves_the_figures_and_says_why(server, store):
    server.planned[""] = [(429, LIMITED, {})]
    at = ended(press(opened(), "usdkrw_daily"))
    assert at.error[0].value.startswith("None of the 2 data sets could be read")
    assert "takes no more requests" in told(at)
    assert bundled_id() in shown(at)
    assert store.pointer() is None


def test_with_the_network_off_it_ends_soon_and_says_so(store, monkeypatch):
    for name in ("YAHOO", "FRED", "FRENCH"):
        monkeypatch.setenv(f"LODESTAR_{name}_URL", "http://127.0.0.1:9")
    began = time.monotonic()
    at = ended(press(opened(), "usdkrw_daily", "us_macro_daily", "french_factors"))
    assert time.monotonic() - began < 45
    assert "did not answer" in told(at)
    assert bundled_id() in shown(at)
    assert {row.error.code for row in refresh.attempts()[0].datasets} == {"live_unreachable"}


def test_a_second_one_is_refused_politely(server, store):
    second = opened()
    server.hanging.add("chart/KRW")
    first = press(opened(), "usdkrw_daily")
    press(second, "factor_etfs")
    assert "another session of this server has been refreshing since" in told(second)
    assert "refresh-stop" not in keys(second)
    assert "refresh-stop" in keys(first.run())
    (progress,) = second.get("progress")
    assert 0 <= progress.proto.value <= 100
    assert len(refresh.attempts()) == 1
    ended(first)


def test_one_of_another_process_is_named(server, store):
    with Lock(store.files):
        at = ended(press(opened(), "usdkrw_daily"))
        assert "has been refreshing since" in at.info[0].value
        assert "UTC" in at.info[0].value
    assert refresh.attempts()[0].outcome == "busy"


def test_stop_stops_and_changes_nothing(server, store):
    server.delay = 0.2
    at = press(opened(), "factor_etfs", "us_macro_daily")
    at.run()
    stop = at.button(key="refresh-stop").click().run()
    assert EN("data.refresh_stopping", seconds=20) in told(stop) or not refreshing.latest().running
    ended(at)
    assert any("Nothing was changed" in note.value for note in at.info)
    assert store.pointer() is None
    assert refresh.attempts()[0].outcome == "cancelled"
    assert bundled_id() in shown(at)


def test_only_who_began_it_can_stop_it(server, store):
    server.hanging.add("chart/KRW")
    first, second = press(opened(), "usdkrw_daily"), opened()
    assert "refresh-stop" not in keys(second)
    view = refreshing.latest()
    assert view.running
    assert not view.cancelling
    ended(first)


def test_a_server_may_turn_it_off(server, monkeypatch):
    monkeypatch.setenv("LODESTAR_REFRESH", "off")
    at = opened()
    assert "refresh-start" not in keys(at)
    assert at.info[0].value == EN("data.refresh_off", variable=variable("refresh"))


def test_an_older_snapshot_can_be_used_and_compared(server, store):
    at = ended(press(opened(), "us_macro_monthly"))
    first = store.pointer().snapshot
    server.series["UNRATE"] = server.series["UNRATE"].replace("2026-03-01,4.3", "2026-03-01,4.5")
    ended(press(at, "us_macro_monthly"))
    second = store.pointer().snapshot
    assert second in shown(at)
    assert "UNRATE 2026-03-01" in told(at)
    assert "4.65 %" in told(at)
    at.selectbox(key="snapshot-chosen").set_value(first).run()
    at.button(key="snapshot-take").click().run()
    assert first in shown(at)
    assert "newer-take" in keys(at)
    at.selectbox(key="snapshot-chosen").set_value("bundled").run()
    at.button(key="snapshot-take").click().run()
    assert bundled_id() in shown(at)
    assert [manifest.id for manifest in refresh.history()] == [first, second]


def test_a_snapshot_that_is_gone_says_so(server, store, monkeypatch):
    at = ended(press(opened(), "usdkrw_daily"))
    held = shown(at)

    def gone(snapshot):
        raise MissingData("snapshot_unknown", field="snapshot", value=snapshot)

    monkeypatch.setattr(context, "take_snapshot", gone)  # retention removed it while it stood on the screen
    at.button(key="snapshot-take").click().run()
    assert not at.exception
    assert any("is not in the store" in note.value for note in at.warning)
    assert shown(at) == held


def noted(page):
    import streamlit as st

    from ui import headless

    st.session_state["made"] = headless.run(page, {})


def record_of(page):
    at = AppTest.from_function(noted, args=(page,), default_timeout=120).run()
    assert not at.exception, at.exception
    return at.session_state["made"]


def test_presentations_and_exports_show_nothing_of_it(server, store):
    before = [block.key for block in record_of("data").blocks]
    ended(press(opened(), "factor_etfs", "usdkrw_daily"))
    made = record_of("data")
    assert [block.key for block in made.blocks] == before == ["data-sets", "findings"]
    assert made.problems == []


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory, filled):
    """A store with everything refreshed once."""
    patch = pytest.MonkeyPatch()
    served = Server()
    served.charts, served.series, served.files, served.quotes, served.summaries = (dict(part) for part in filled)
    served.use(patch)
    address = str(tmp_path_factory.mktemp("world") / "store")
    patch.setenv("LODESTAR_STORE", address)
    result = refresh.run(limits=live_world.FAST)
    assert result.changed
    served.close()
    patch.undo()
    return address, result.snapshot


@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_every_page_opens_under_a_refreshed_snapshot(key, refreshed, monkeypatch):
    address, stored = refreshed
    monkeypatch.setenv("LODESTAR_STORE", address)
    assert snapshot_id() == stored
    made = record_of(key)
    assert made.problems == []
    assert made.ctx.snapshot == stored
    at = opened(key)
    assert not at.exception, at.exception
    assert not at.error, [error.value for error in at.error]
    assert stored in shown(at)


def test_a_presentation_shows_the_snapshot_of_its_session(refreshed, monkeypatch):
    address, stored = refreshed
    monkeypatch.setenv("LODESTAR_STORE", address)
    at = opened()
    at.selectbox(key="snapshot-chosen").set_value("bundled").run()
    at.button(key="snapshot-take").click().run()
    at.query_params["present"] = "1"
    at.switch_page("pages/crises/page.py").run()
    assert not at.exception
    assert at.session_state["_present_showing"].snapshot == bundled_id() != stored
