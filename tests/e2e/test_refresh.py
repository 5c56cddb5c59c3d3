"""A PM presses Refresh: real server, real client code, sources on this machine; and the ways in which it goes wrong."""

import re
import shutil
import threading
import time

import pytest
from playwright.sync_api import expect

from engine import refresh
from engine.sources.snapshots import bundled_id
from engine.store import Store
from tests.e2e.conftest import PATIENCE_MS, running, settle, shoot
from tests.engine import live_world
from tests.engine.http_server import HTML, LIMITED, Server
from ui.i18n import Translator

EN, KO = Translator("en"), Translator("ko")
TIMEOUT_S = 60
FUNDS, WON, MACRO, PRICE = (
    EN(f"data.set_{name}") for name in ("factor_etfs", "usdkrw_daily", "us_macro_daily", "sp500_total_return")
)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A server of the app whose sources lie here, and whose store begins empty."""
    sources, patch = Server(), pytest.MonkeyPatch()
    live_world.fill(sources)
    sources.use(patch)
    folder = tmp_path_factory.mktemp("live") / "store"
    patch.setenv("LODESTAR_STORE", str(folder))
    patch.setenv("LODESTAR_REFRESH_TIMEOUT", "25")  # well below what a test waits for the end of a hang
    with running() as address:
        yield address, sources, folder
    patch.undo()
    sources.close()


@pytest.fixture(scope="module")
def server(place):
    """The server that ``visit`` opens."""
    return place[0]


@pytest.fixture
def live(place, visit):
    """Sources that answer well, an empty store, and a browser on the data page."""
    _, sources, folder = place
    sources.planned.clear()
    sources.hanging.clear()
    sources.held.clear()
    sources.delay = 0.0
    shutil.rmtree(folder, ignore_errors=True)

    def open_(path="/data", **options):
        return visit(path, **options)

    return open_, sources, Store(str(folder))


def choose(page, *names):
    box = page.get_by_role("combobox", name=EN("data.refresh_choose"))
    for name in names:
        box.click()
        box.fill(name)
        page.get_by_role("option", name=name, exact=True).click()
    page.keyboard.press("Escape")
    settle(page)


def go(page, key):
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=EN(f"{key}.nav"), exact=True).click()
    page.get_by_role("heading", level=1, name=EN(f"{key}.title"), exact=True).wait_for(timeout=PATIENCE_MS)


def start(page):
    page.get_by_role("button", name=EN("data.refresh_start")).click()


def stop_button(page):
    return page.get_by_role("button", name=EN("data.refresh_stop"), exact=True)


def result(page):
    box = page.locator(".st-key-refresh-result")
    box.wait_for(timeout=PATIENCE_MS)
    settle(page)
    return box


def has_state(page, name, state):
    row = page.get_by_role("row").filter(has_text=name).first
    expect(row.get_by_role("cell").nth(1)).to_have_text(EN(f"data.state_{state}"), timeout=PATIENCE_MS)


def test_refresh_moves_the_as_of_date(live):
    open_, sources, store = live
    before = open_("/")
    old = before.locator(".st-key-freshness").inner_text()
    assert bundled_id() in old
    page = open_()
    choose(page, PRICE, FUNDS, WON)
    sources.held["chart/KRW"] = threading.Event()
    start(page)
    stop_button(page).wait_for(timeout=PATIENCE_MS)
    page.get_by_role("progressbar").first.wait_for()
    page.get_by_text(re.compile("Table 3 of 3: Won per dollar")).wait_for(timeout=PATIENCE_MS)
    has_state(page, PRICE, "updated")
    has_state(page, WON, "reading")
    shoot(page, "refresh-running-en-light")
    watching = open_("/data?lang=ko", scheme="dark", locale="ko-KR")
    watching.get_by_text(re.compile("이 서버의 다른 접속에서")).wait_for(timeout=PATIENCE_MS)
    assert watching.get_by_role("button", name=KO("data.refresh_stop"), exact=True).count() == 0
    shoot(watching, "refresh-elsewhere-ko-dark")
    # another page meanwhile; it goes on
    go(page, "glossary")
    sources.held["chart/KRW"].set()
    go(page, "data")
    told = result(page)
    assert "4 updated, 0 unchanged, 0 failed" in told.inner_text()
    assert "31 Mar 2023" in told.inner_text()
    shoot(page, "refresh-result-en-light")
    stored = store.pointer().snapshot
    assert stored in page.locator(".st-key-freshness").inner_text()
    # the first page moves with it, in this session
    go(page, "overview")
    settle(page)
    new = page.locator(".st-key-freshness").inner_text()
    assert stored in new
    assert new.splitlines()[0] != old.splitlines()[0], "the as-of date moved"
    # the other sessions keep their figures and are offered the newer ones
    settle(watching)
    watching.locator(".st-key-newer-data").wait_for(timeout=PATIENCE_MS)
    shoot(watching, "refresh-newer-ko-dark")
    before.get_by_role("radio", name="Linear").press("Space")
    before.locator(".st-key-newer-data").wait_for(timeout=PATIENCE_MS)
    assert bundled_id() in before.locator(".st-key-freshness").inner_text()
    before.get_by_role("button", name=EN("frame.newer_take")).click()
    expect(before.locator(".st-key-newer-data")).to_have_count(0, timeout=PATIENCE_MS)
    settle(before)
    assert before.locator(".st-key-freshness").inner_text() == new


def test_stop_ends_it_and_changes_nothing(live):
    open_, sources, store = live
    page = open_()
    choose(page, FUNDS, MACRO)
    sources.delay = 1.0
    start(page)
    stop_button(page).click()
    began = time.monotonic()
    told = result(page)
    assert time.monotonic() - began < TIMEOUT_S + 20
    assert "Nothing was changed" in told.inner_text()
    shoot(page, "refresh-stopped-en-light")
    assert store.pointer() is None
    assert bundled_id() in page.locator(".st-key-freshness").inner_text()
    assert [attempt.outcome for attempt in refresh.attempts(store)] == ["cancelled"]
    assert store.files.read("lock.json") is None


@pytest.mark.parametrize(
    ("plan", "reason", "code"),
    [
        ((429, LIMITED, {}), "takes no more requests for now", "live_rate_limited"),
        ((200, HTML, {}), "something other than the data asked for", "live_malformed"),
        (None, "did not answer", "live_unreachable"),  # the hang
    ],
    ids=["429", "html", "hang"],
)
def test_what_goes_wrong_is_told_in_time_and_old_figures_stay(live, plan, reason, code):
    open_, sources, store = live
    page = open_()
    old = page.locator(".st-key-freshness").inner_text()
    choose(page, MACRO)
    if plan is None:
        sources.hanging.add("fredgraph")
    else:
        sources.planned["fredgraph"] = [plan]
    began = time.monotonic()
    start(page)
    told = result(page)
    assert time.monotonic() - began < TIMEOUT_S + 30
    assert reason in told.inner_text()
    assert "None of the 1 data sets could be read" in told.inner_text()
    shoot(page, f"refresh-failed-{code}-en-light")
    (attempt,) = refresh.attempts(store)
    assert {row.error.code for row in attempt.datasets} == {code}
    assert attempt.seconds < TIMEOUT_S + 5
    assert page.locator(".st-key-freshness").inner_text() == old
    go(page, "crises")
    settle(page)
    assert bundled_id() in page.locator(".st-key-freshness").inner_text()
