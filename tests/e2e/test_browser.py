"""What a person sees: real server, real browser."""

import re
import signal
import socket
import subprocess
import sys
import time
import tomllib

import pytest

from engine.overview import headline
from tests.e2e.conftest import free_port, path_of, settle, shoot
from ui.format import day, percent
from ui.i18n import Translator
from ui.registry import PAGES, ROOT

THEME = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]


def pick(page, label, option):
    """Choose an option of a selectbox."""
    box = page.get_by_role("combobox", name=label, exact=True)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option).first.click()
    page.wait_for_timeout(300)
    settle(page)


def lists(page):
    """What the closed lists show."""
    boxes = page.get_by_test_id("stMainBlockContainer").get_by_role("combobox").all()
    return [box.input_value() or box.locator("xpath=..").inner_text() for box in boxes]


def body(page):
    return page.get_by_test_id("stMainBlockContainer").inner_text()


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.key)
def test_a_deep_link_on_a_server_just_started_shows_frame_title_and_disclaimer(browser, fresh_server, spec):
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(fresh_server + path_of(spec))
    page.get_by_role("heading", level=1, name=Translator("en")(f"{spec.key}.title")).wait_for(timeout=30_000)
    settle(page)
    assert page.get_by_role("dialog").count() == 0
    assert Translator("en")("disclaimer.research") in body(page)
    assert page.get_by_test_id("stSidebarNavLink").count() == len(PAGES)
    context.close()


def test_covid_is_picked_read_translated_and_shared(visit):
    page = visit("/crises")
    pick(page, "Crisis", "Covid-19 2020")
    assert "fell −33.9 % in 33 days" in body(page)
    page.get_by_role("radio", name="한국어").click()
    page.get_by_role("heading", level=1, name=Translator("ko")("crises.title")).wait_for()
    settle(page)
    assert "−33.9 %(하락 기간 33일)이며" in body(page)
    assert "crisis=covid-19-2020" in page.url
    assert "lang=ko" in page.url
    before = body(page)
    page.get_by_test_id("stPopoverButton").first.click()
    link = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").inner_text().strip()
    seen = visit(link)
    assert body(seen) == before
    assert lists(seen) == lists(page), "a closed list keeps the label of the other language"
    shoot(seen, "crises-ko-light-1440")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_are_drawn_in_the_palette_of_the_theme(visit, scheme):
    page = visit("/crises?crisis=covid-19-2020&series=sp500_total_return.MTUM.USMV.VLUE", scheme=scheme)
    strokes = page.eval_on_selector_all(
        "[data-testid=stPlotlyChart] .scatterlayer .trace path.js-line",
        "lines => lines.map(l => getComputedStyle(l).stroke)",
    )
    expected = [rgb(colour) for colour in THEME[scheme]["chartCategoricalColors"][:3]]
    for colour in expected:
        assert colour in strokes
    assert page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor") == rgb(
        THEME[scheme]["backgroundColor"]
    )
    shoot(page, f"crises-en-{scheme}-1440")


def rgb(colour):
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


def test_the_theme_can_be_switched_by_hand_and_the_lines_follow(visit):
    page = visit("/crises?crisis=covid-19-2020&series=sp500_total_return.MTUM")
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    page.get_by_test_id("stMainMenuItem-theme-Dark").click()
    page.keyboard.press("Escape")
    settle(page)
    stroke = "getComputedStyle(document.querySelectorAll('.scatterlayer .trace path.js-line')[1]).stroke"
    page.wait_for_function(f"{stroke} === '{rgb(THEME['dark']['chartCategoricalColors'][0])}'", timeout=10_000)


def test_a_bad_range_is_told_in_a_sentence(visit):
    page = visit("/crises?crisis=custom&start=2020-03-23&end=2020-02-19")
    assert "ends before it begins" in body(page)
    assert not re.search("Traceback|Error:", body(page))


def test_an_own_series_is_read_from_a_file(visit, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text("date,value\n2020-01,100\n2020-02,95\n2020-03,60\n2020-04,70\n", encoding="utf-8")
    page = visit("/crises?crisis=covid-19-2020")
    page.get_by_text("Compare your own series").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Read 4 rows").wait_for()
    settle(page)
    assert "−40.0 %" in body(page)


def test_the_table_of_a_chart_downloads_as_csv(visit):
    page = visit("/crises?crisis=covid-19-2020")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").first.click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert "MTUM momentum" in text
    assert "-0.341" in text
    assert "%" not in text.splitlines()[2]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_first_five_seconds_of_the_overview_need_no_scrolling(visit, language):
    page = visit(f"/?lang={language}", width=1440, height=900)
    t, found = Translator(language), headline("ai_etf")
    sentence = page.get_by_test_id("stMarkdown").filter(has_text=percent(found.shown.metrics.cagr)).first
    five = {
        "ahead or behind": f"{abs(found.excess) * 100:.1f}",
        "months beaten": t("overview.say_hit", won=found.hits.last).replace("**", ""),
        "worst fall": percent(found.falls.own.depth),
        "the index's": percent(found.falls.index.depth),
        "as of": day(found.as_of, language),
        "kind": t("overview.kind_walk_forward").replace("**", ""),
    }
    said = sentence.inner_text()
    for what, words in five.items():
        assert words in said, what
    box = sentence.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    cards = page.get_by_test_id("stMetric")
    assert cards.count() == 5
    rows = {round(cards.nth(order).bounding_box()["y"]) for order in range(5)}
    assert len(rows) == 1, "five figures in one row"
    for order in range(5):
        box = cards.nth(order).bounding_box()
        assert box["y"] + box["height"] <= 900
        value = cards.nth(order).get_by_test_id("stMetricValue")
        assert value.evaluate(
            "e => [...e.querySelectorAll('*'), e].every(n => n.scrollWidth <= n.clientWidth + 1 || !n.clientWidth)"
        )


def test_the_heat_map_prints_its_marks(visit):
    page, found = visit("/?lang=en"), headline("ai_etf")
    marks = page.eval_on_selector_all(
        ".heatmaplayer text, .hm text", "found => found.map(e => e.textContent).filter(t => t.includes('●')).length"
    )
    assert marks == sum(found.hits.won)


def test_a_link_of_the_overview_opens_another_page_in_the_same_context(visit):
    page = visit("/?lang=ko&currency=KRW&benchmark=market")
    page.get_by_role("link", name=Translator("ko")("crises.nav")).last.click()
    page.get_by_role("heading", level=1, name=Translator("ko")("crises.title")).wait_for()
    settle(page)
    for part in ("lang=ko", "currency=KRW", "benchmark=market"):
        assert part in page.url


def test_stopping_the_server_script_stops_the_server(tmp_path):
    port = free_port()
    log = tmp_path / "log"
    with log.open("w") as out:
        command = [sys.executable, str(ROOT / "scripts" / "serve.py"), "--port", str(port)]
        process = subprocess.Popen(command, stdout=out, stderr=out)
        for _ in range(240):
            if "is ready" in log.read_text(encoding="utf-8"):
                break
            time.sleep(0.25)
        assert "is ready" in log.read_text(encoding="utf-8")
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_universe_page_ranks_filters_and_hands_out_a_workbook(visit):
    page = visit("/universe?group=gold&fund=GLD")
    assert "SGOL is the cheapest share" in body(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download XLSX").first.click()
    assert waiting.value.path().stat().st_size > 4_000
    page.get_by_role("radio", name="Highest score in each group").click()
    page.get_by_text("groups one fund is first in most draws").wait_for()
    settle(page)
    assert "view=best" in page.url


def test_a_moved_weight_stands_in_the_link(visit):
    page = visit("/universe?group=gold&w_fee=0.85")
    assert "With your weights" in body(page)
    page.get_by_text("Weights and screen").click()
    slider = page.get_by_role("slider", name="Fee").first
    slider.focus()
    slider.press("ArrowRight")
    settle(page)
    assert "w_fee=0.9" in page.url


def test_pictures_of_the_universe(visit):
    for language, scheme in (("en", "light"), ("ko", "dark")):
        page = visit(f"/universe?lang={language}&group=us_sp500&fund=SPY", scheme=scheme)
        shoot(page, f"universe-{language}-{scheme}-1440")


def test_a_clicked_row_of_the_universe_opens_its_detail(visit):
    page = visit("/universe?group=us_sp500")
    assert "Where the five inputs of SPYM come from" in body(page)
    table = page.get_by_test_id("stDataFrame").first
    box = table.bounding_box()
    page.mouse.click(box["x"] + 14, box["y"] + 35 * 4 + 17)
    page.get_by_text("Where the five inputs of SPY come from").wait_for()
    settle(page)
    assert "fund=SPY" in page.url
