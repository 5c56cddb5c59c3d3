"""The backtest lab in a browser: sliders, the Run form, saved runs, exports, own prices, the keyboard."""

import csv
import io
import tomllib

import pytest

from engine import lab
from tests.e2e.conftest import settle
from tests.e2e.test_keyboard import walk
from ui.format import ratio

TITLE = "1 put in at"
GOOD = "date,Fund A,Fund B\n" + "\n".join(
    f"{year}-{month:02d},{100 * 1.01 ** (12 * (year - 2019) + month)},{100 + month}"
    for year in (2019, 2020, 2021)
    for month in range(1, 13)
)


def title(page):
    """The takeaway above the growth chart."""
    return page.get_by_text(TITLE).first.inner_text()


def become(page, before):
    """Wait until the takeaway is another one."""
    page.wait_for_function(
        "([start, before]) => [...document.querySelectorAll('p')].some(p => p.innerText.startsWith(start) && p.innerText !== before)",
        arg=[TITLE, before],
    )
    settle(page)


def open_menu(page, name):
    page.get_by_test_id("stPopoverButton").filter(has_text=name).last.click()
    return page.get_by_test_id("stPopoverBody")


def test_a_slider_moves_the_chart_the_address_and_the_link_at_once(visit):
    page = visit("/lab")
    before = title(page)
    slider = page.get_by_role("slider", name="MTUM").first
    slider.focus()
    slider.press("ArrowLeft")
    become(page, before)
    assert "w=MTUM%3A49" in page.url
    config = lab.Config(panel="factor_etfs", strategy=lab.FixedWeights((("MTUM", 0.49), ("USMV", 0.5))))
    assert f"became {ratio(lab.run(config).levels.iloc[-1])}" in title(page)
    body = open_menu(page, "Share")
    link = body.get_by_test_id("stCode").inner_text().strip()
    assert link == page.url
    seen = visit(link)
    assert title(seen) == title(page)


def test_a_slow_rule_waits_for_run(visit):
    page = visit("/lab?strategy=hierarchical")
    before = title(page)
    window = page.get_by_test_id("stForm").get_by_test_id("stNumberInput").locator("input")
    window.fill("504")
    window.press("Tab")
    page.wait_for_timeout(1_500)
    assert title(page) == before, "a number in the form must not run the rule"
    page.get_by_test_id("stForm").get_by_role("button", name="Run").click()
    become(page, before)
    assert "p_window=504" in page.url


def test_a_run_is_saved_compared_and_forgotten(visit):
    page = visit("/lab?w=MTUM%3A100")
    open_menu(page, "Save")
    page.get_by_role("textbox", name="Name").fill("All momentum")
    page.get_by_role("textbox", name="Name").press("Enter")
    page.get_by_role("button", name="Save these settings").click()
    settle(page)
    page.keyboard.press("Escape")
    page.get_by_role("radio", name="Compare", exact=True).click()
    settle(page)
    chart = page.get_by_test_id("stPlotlyChart").first.inner_text()
    assert "All momentum" in chart
    assert "look=compare" in page.url
    page.get_by_test_id("stPopoverButton").filter(has_text="Save").click()
    page.get_by_role("button", name="Delete").click()
    settle(page)
    page.keyboard.press("Escape")
    assert "All momentum" not in page.get_by_test_id("stPlotlyChart").first.inner_text()


def test_settings_and_values_are_handed_out(visit):
    page = visit("/lab?cost=25&w=MTUM%3A60.USMV%3A40")
    open_menu(page, "Export")
    files = {}
    for name in ("Settings (TOML)", "Download CSV", "Download XLSX"):
        with page.expect_download() as waiting:
            page.get_by_test_id("stPopoverBody").get_by_role("button", name=name).click()
        files[name] = waiting.value.path().read_bytes()
    config = lab.from_dict(tomllib.loads(files["Settings (TOML)"].decode()))
    assert config.cost_bps == 25
    assert dict(config.strategy.weights) == {"MTUM": 0.6, "USMV": 0.4}
    rows = list(csv.reader(io.StringIO(files["Download CSV"].decode("utf-8-sig"))))
    levels = lab.run(config).levels
    assert len(rows) - 1 == len(levels)
    assert any(float(cell) == pytest.approx(levels.iloc[-1], rel=1e-9) for cell in rows[-1][1:] if cell)
    assert files["Download XLSX"][:2] == b"PK"


def test_own_prices_are_read_and_broken_ones_named(visit, tmp_path):
    good, bad = tmp_path / "mine.csv", tmp_path / "bad.csv"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text("date,A,B\n2020-01,1,2\n2020-02,-1,2\n2020-03,1,2\n", encoding="utf-8")
    page = visit("/lab")
    page.get_by_text("Your own prices, series or settings").click()
    files = page.locator("input[type=file]").first
    files.set_input_files(bad)
    page.get_by_text("row 3, column A").first.wait_for()
    settle(page)
    assert TITLE in title(page), "the run on the bundled prices is still shown"
    files = page.locator("input[type=file]").first
    files.set_input_files(good)
    page.get_by_text("Read 36 rows of 2 column(s)").wait_for()
    settle(page)
    assert page.get_by_role("slider", name="Fund A").count() == 1
    assert "Fund" not in page.url


def test_the_lab_is_used_by_keyboard(visit):
    """From the top of the page to a slider, to another view, to the menu that saves: no pointer."""
    page = visit("/lab")
    before = title(page)
    here, _ = walk(page, lambda at: at["role"] == "range" and at["inside"])
    assert here["shown"]
    page.keyboard.press("ArrowLeft")
    become(page, before)
    here, _ = walk(page, lambda at: at["role"] == "radio" and at["text"] == "Growth")
    assert here["shown"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.get_by_role("radio", name="All figures", exact=True, checked=True).wait_for()
    settle(page)
    assert "look=figures" in page.url
