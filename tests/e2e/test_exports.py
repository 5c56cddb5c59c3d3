"""A file leaves the page by clicking, and a web page made by it stays by itself."""

import io

from pptx import Presentation

from tests.e2e.conftest import SHOTS


def export(visit, form, label):
    page = visit("/?lang=en")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("radiogroup", name="File format").get_by_text(label, exact=True).click()
    page.get_by_role("button", name="Make the file").click()
    ready = page.get_by_role("button", name=f"Download {form}")
    ready.wait_for(timeout=60_000)
    with page.expect_download() as found:
        ready.click()
    assert page.get_by_test_id("stPlotlyChart").count() >= 2
    path = SHOTS / found.value.suggested_filename
    found.value.save_as(path)
    return path


def test_from_the_overview_to_a_deck_by_clicking(visit):
    path = export(visit, "PPTX", "PowerPoint (PPTX)")
    deck = Presentation(io.BytesIO(path.read_bytes()))
    shown = {frame.chart.chart_type for slide in deck.slides for frame in slide.shapes if frame.has_chart}
    assert len(shown) >= 1
    assert deck.slides[0].shapes.title.text_frame.text == "Overview"


def test_the_web_page_opened_from_disk_asks_for_nothing(visit, browser):
    path = export(visit, "HTML", "Web page (HTML)")
    asked, wrong = [], []
    context = browser.new_context()
    alone = context.new_page()
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("pageerror", lambda error: wrong.append(str(error)))
    alone.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    alone.goto(path.as_uri())
    alone.locator(".js-plotly-plot .scatterlayer .trace").first.wait_for()
    alone.locator(".js-plotly-plot").first.hover()
    titles = alone.locator(".modebar-btn").evaluate_all("found => found.map(one => one.dataset.title)")
    assert not any("cloud" in (title or "").lower() or "share" in (title or "").lower() for title in titles)
    alone.emulate_media(color_scheme="dark")
    alone.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(15, 23, 42)'")
    assert asked == [path.as_uri()]
    assert wrong == []
    assert alone.evaluate("document.documentElement.lang") == "en"
    context.close()
