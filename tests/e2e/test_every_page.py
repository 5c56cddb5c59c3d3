"""Every page of the register for every reader: two themes, two languages, a phone, a screen reader, no other host."""

from urllib.parse import urlparse

import pytest

from tests.e2e.axe import violations
from tests.e2e.conftest import path_of, settle, shoot
from ui.i18n import Translator
from ui.registry import PAGES

CUT = """() => [...document.querySelectorAll('[data-testid=stMetricValue], [data-testid=stMetricLabel]')]
    .flatMap(box => [box, ...box.querySelectorAll('*')])
    .filter(box => getComputedStyle(box).textOverflow === 'ellipsis' && box.scrollWidth > box.clientWidth + 1)
    .map(box => box.innerText)"""
"""Figures and labels of cards that end in an ellipsis."""

BLIND = """() => [...document.querySelectorAll('[data-testid=stPlotlyChart]')]
    .filter(chart => ![chart, ...chart.querySelectorAll('[aria-label], [role=img], img')]
        .some(part => /[0-9]/.test(part.getAttribute('aria-label') || part.getAttribute('alt') || '')))
    .map(chart => chart.innerText.slice(0, 60))"""
"""Charts that a screen reader would pass over, or read without a figure."""

WIDTHS = "[document.documentElement.scrollWidth, document.querySelector('[data-testid=stMain]').scrollWidth]"


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.key)
def test_a_page_serves_every_reader(visit, server, subtests, spec):
    page = visit(path_of(spec))
    for language, scheme in (("en", "light"), ("en", "dark"), ("ko", "dark"), ("ko", "light")):
        if scheme == "dark" and language == "en":
            page.emulate_media(color_scheme="dark")
        elif scheme == "light" and language == "ko":
            page.emulate_media(color_scheme="light")
        elif language == "ko":
            page.get_by_role("radio", name="English", exact=True).press("ArrowRight")
            page.get_by_role("radio", name="한국어", exact=True).press("Space")
            page.get_by_role("heading", level=1, name=Translator("ko")(f"{spec.key}.title"), exact=True).wait_for()
        settle(page)
        with subtests.test("axe", language=language, scheme=scheme):
            assert page.get_by_role("dialog").count() == 0, "an open dialog hides the page from axe"
            assert violations(page) == []
        with subtests.test("charts and cards", language=language, scheme=scheme):
            assert page.evaluate(BLIND) == []
            assert page.evaluate(CUT) == []
        if (language, scheme) in (("en", "light"), ("ko", "dark")):
            shoot(page, f"{spec.key}-{language}-{scheme}-1440")
            with subtests.test("phone", language=language, scheme=scheme):
                phone(page, f"{spec.key}-{language}-{scheme}-390")
    with subtests.test("hosts"):
        asked = {urlparse(url).netloc for url in page.asked if not url.startswith(("data:", "blob:"))}
        assert asked == {urlparse(server).netloc}


def phone(page, name):
    """At 390 pixels nothing needs a sideways scroll and no figure of a card is cut; back to the desk afterwards."""
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    try:
        assert max(page.evaluate(WIDTHS)) <= 390
        assert page.evaluate(CUT) == []
        shoot(page, name)
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})
        settle(page)
