"""A warm server as ``make run`` starts it, and Debian's Chromium to look at it."""

import os
import shutil
import socket
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from ui.registry import PAGES, ROOT

sys.path.insert(0, str(ROOT / "scripts"))

import serve

ARGUMENTS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MS = 120_000
"""How long a page may take before a test gives up; a slow machine is no finding."""

SHOTS = ROOT / "test-results"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in Path(item.fspath).parents:
            item.add_marker(pytest.mark.e2e)


def path_of(spec):
    """The address of a page below the server's."""
    return "/" if spec == PAGES[0] else f"/{spec.key}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running():
    """A warm server on a free port."""
    port = free_port()
    process = serve.start(port)
    try:
        serve.wait_until_healthy(process, port)
        serve.warm_up(port)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture
def fresh_server():
    """A server of its own for one test."""
    with running() as address:
        yield address


@pytest.fixture(scope="session")
def server():
    with running() as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def visit(browser, server):
    """Open an address in a new browser context; everything it asks for is recorded in ``page.asked``."""
    contexts = []

    def open_(path="/", *, width=1440, height=900, scheme="light", locale="en-US"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path if path.startswith("http") else server + path)
        page.get_by_test_id("stMainBlockContainer").get_by_role("heading", level=1).wait_for(timeout=PATIENCE_MS)
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()


STATE = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
    const drawn = charts.every(chart => chart.querySelector('.js-line, .points, .heatmaplayer .hm, .heatmaplayer image'));
    const ended = app && app.dataset.testScriptState === 'notRunning';
    return ended && drawn ? charts.length + document.querySelector('[data-testid=stMain]').innerText : null;
}"""


def settle(page):
    """Wait until the script has ended, all charts are drawn, and nothing has changed for a second."""
    page.locator(".st-key-disclaimer").wait_for(timeout=PATIENCE_MS)
    before, still = None, 0
    for _ in range(PATIENCE_MS // 250):
        page.wait_for_timeout(250)
        now = page.evaluate(STATE)
        still = still + 1 if now is not None and now == before else 0
        before = now
        if still >= 4:
            return
    raise AssertionError(f"the page did not come to rest within {PATIENCE_MS} ms")


def shoot(page, name):
    """A full-length picture for a person to look at, where the environment asks for it (LODESTAR_SHOTS=1)."""
    if not os.environ.get("LODESTAR_SHOTS"):
        return
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": min(height + 40, 9000)})
    page.wait_for_timeout(800)
    page.screenshot(path=SHOTS / f"{name}.png")
    page.set_viewport_size(size)
