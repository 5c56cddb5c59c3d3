"""Presentation mode as a person sees it: by keyboard, in a browser."""

import os
import re
import time
from urllib.parse import urlparse

import pytest

from tests.e2e.conftest import SHOTS, shoot
from tests.ui.stories.test_deck import decks
from ui.i18n import Translator
from ui.stories import file

RESTED = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    const bar = document.querySelector('.st-key-present-bar');
    const charts = [...document.querySelectorAll('[data-testid=stMain] [data-testid=stPlotlyChart]')];
    const drawn = charts.every(chart => chart.querySelector('.main-svg'));
    if (!app || app.dataset.testScriptState !== 'notRunning' || !bar || !drawn) return null;
    return document.querySelector('[data-testid=stMain]').innerText + charts.length;
}"""


def rest(page, patience_s=60):
    before, still = None, 0
    for _ in range(patience_s * 10):
        page.wait_for_timeout(100)
        now = page.evaluate(RESTED)
        still = still + 1 if now is not None and now == before else 0
        before = now
        if still >= 3:
            return
    raise AssertionError("the screen did not come to rest")


@pytest.fixture
def present(browser, server):
    contexts = []

    def open_(path, *, width=1280, height=720, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US")
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(server + path)
        rest(page)
        return page

    yield open_
    for context in contexts:
        context.close()


def headline(page):
    return page.get_by_test_id("stMain").get_by_role("heading", level=1).inner_text()


def place(page):
    return page.locator(".st-key-present-bar").get_by_text(re.compile(r"Screen \d+ of|개 화면 중")).inner_text()


def press(page, key):
    """Press a key; seconds until the next screen's headline and counter stand."""
    before, began = place(page), time.perf_counter()
    page.keyboard.press(key)
    page.wait_for_function(
        "before => !document.querySelector('.st-key-present-bar').innerText.includes(before)",
        arg=before,
        timeout=20_000,
    )
    seconds = time.perf_counter() - began
    rest(page)
    return seconds


def fits(page):
    """Nothing of the screen is cut off: what scrolls is no longer than the window, and no text runs out sideways."""
    return page.evaluate(
        """() => { const main = document.querySelector('[data-testid=stMain]');
        return [main.scrollHeight - main.clientHeight, main.scrollWidth - main.clientWidth]; }"""
    )


CASES = [
    ("pension", "en", "light", 1280, 720),
    ("retail", "ko", "dark", 1280, 720),
    ("committee", "en", "dark", 1920, 1080),
    ("pension", "ko", "light", 1920, 1080),
]


@pytest.mark.parametrize(("key", "language", "scheme", "width", "height"), CASES)
def test_a_story_is_told_to_its_end_by_keyboard_with_the_figures_of_its_deck(
    present, server, key, language, scheme, width, height
):
    found, _ = decks(file.shipped()[key], (language,))
    told = [slide.headline for slide in found[language].slides]
    page = present(f"/?present=1&story={key}&lang={language}", width=width, height=height, scheme=scheme)
    began, seconds = time.perf_counter(), []
    for number, said in enumerate(told, 1):
        assert headline(page) == said
        down, across = fits(page)
        assert (down, across) <= (2, 0), f"screen {number} is cut off by {down} and {across} pixels"
        shoot_screen(page, f"present-{key}-{language}-{scheme}-{width}-{number}")
        seconds.append(press(page, ("ArrowRight", "PageDown", "Space")[number % 3]))
    assert headline(page) == Translator(language)("present.end")
    assert time.perf_counter() - began <= 60
    print(
        {
            "story": key,
            "language": language,
            "walk_s": round(time.perf_counter() - began, 1),
            "key_press_s": [round(x, 2) for x in seconds],
        }
    )
    press(page, "ArrowLeft")
    assert headline(page) == told[-1]
    assert {urlparse(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))} == {
        urlparse(server).netloc
    }
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1, name=Translator(language)("stories.title")).wait_for(timeout=20_000)
    assert "present" not in page.url


def shoot_screen(page, name):
    if os.environ.get("LODESTAR_SHOTS"):
        page.screenshot(timeout=90_000, path=SHOTS / f"{name}.png")


@pytest.mark.parametrize("path", ["/crises?present=1&crisis=covid-19-2020", "/passive?present=1&lang=ko"])
def test_a_page_is_presented_and_left_by_its_buttons(present, path):
    page = present(path)
    assert page.get_by_test_id("stSidebarNav").count() == 0
    first = headline(page)
    back, forward = page.locator(".st-key-present-back button"), page.locator(".st-key-present-next button")
    assert back.is_disabled()
    forward.click()
    rest(page)
    assert headline(page) != first
    size = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMain] p')).fontSize")
    assert float(size.removesuffix("px")) >= 12
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "18px"
    page.locator(".st-key-present-end button").click()
    page.locator(".st-key-disclaimer").wait_for(timeout=30_000)
    assert page.get_by_test_id("stSidebarNav").count() == 1


def test_the_drawer_opens_and_moves_the_screen(present):
    page = present("/passive?present=1&step=5")
    page.get_by_test_id("stExpandSidebarButton").click()
    slider = page.get_by_test_id("stSidebar").get_by_role("slider").first
    before = page.get_by_test_id("stMain").get_by_test_id("stPlotlyChart").first.inner_text() + headline(page)
    slider.focus()
    at = place(page)
    slider.press("ArrowRight")
    rest(page)
    page.wait_for_function("location.search.includes('picks') || location.search.includes('fee')", timeout=10_000)
    rest(page)
    assert place(page) == at, "an arrow in the drawer does not turn the page"
    page.locator(".st-key-present-stage").wait_for()
    assert before
    drawer = page.get_by_test_id("stSidebar").bounding_box()
    back = page.locator(".st-key-present-back button").bounding_box()
    assert back["x"] >= drawer["x"] + drawer["width"], "the drawer does not cover the bar"
    shoot(page, "present-drawer-1280")


def test_a_step_is_adjusted_in_the_drawer_and_comes_back(present):
    page = present("/?present=1&story=pension&step=3")
    frozen = headline(page)
    page.locator(".st-key-present-adjust button").click()
    page.locator(".st-key-present-frozen button").wait_for(timeout=30_000)
    rest(page)
    assert headline(page) == frozen
    if page.get_by_test_id("stExpandSidebarButton").count():
        page.get_by_test_id("stExpandSidebarButton").click()
    box = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Crisis", exact=True)
    box.click()
    box.fill("Covid-19 2020")
    page.get_by_role("option", name="Covid-19 2020").first.click()
    page.wait_for_function(
        "document.querySelector('[data-testid=stMain] h1').innerText.includes('−33.9')", timeout=20_000
    )
    rest(page)
    shoot(page, "present-adjusted-1280")
    page.locator(".st-key-present-frozen button").click()
    page.wait_for_function(
        "document.querySelector('[data-testid=stMain] h1').innerText.includes('−56.8')", timeout=20_000
    )
    rest(page)
    assert headline(page) == frozen
