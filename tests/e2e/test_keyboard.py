"""Every page by keyboard alone: reach it, see where the focus is, operate its first control."""

from tests.e2e.conftest import path_of, settle
from ui.i18n import Translator
from ui.registry import PAGES

FOCUS = """() => {
    const here = document.activeElement;
    const frame = here.closest('[data-testid=stSelectbox] [data-baseweb], [role=group], label, [data-rac]') || here;
    const around = [here, ...here.parentElement ? [here.parentElement, here.parentElement.parentElement] : [], frame];
    const shown = around.some(part => part && (
        (getComputedStyle(part).outlineStyle !== 'none' && parseFloat(getComputedStyle(part).outlineWidth) > 0)
        || getComputedStyle(part).boxShadow !== 'none' || part.dataset.focusVisible === 'true'));
    return {tag: here.tagName, role: here.getAttribute('role') || here.getAttribute('type') || '',
        href: here.getAttribute('href') || '', text: here.innerText || here.getAttribute('aria-label') || '',
        inside: here.closest('[data-testid=stMainBlockContainer]') !== null, shown};
}"""

MOST_TABS = 60


def walk(page, wanted):
    """Press Tab until the focus is on what is wanted; where the focus is, and how many steps it took."""
    for steps in range(1, MOST_TABS + 1):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUS)
        if here["tag"] != "BODY" and wanted(here):
            return here, steps
    raise AssertionError(f"not reached within {MOST_TABS} steps; the focus is on {here}")


def test_every_page_is_reached_and_its_first_control_operated(visit, subtests):
    """Through the navigation with Tab and Enter; on each page the first choice of one is moved to its neighbour."""
    page = visit("/about")
    for spec in PAGES:
        with subtests.test(spec.key):
            page.get_by_test_id("stSkipToContent").focus()
            here, _ = walk(
                page,
                lambda at, spec=spec: (
                    at["href"].rstrip("/").endswith(path_of(spec).rstrip("/") or page.url.split("/")[2])
                ),
            )
            assert here["shown"], "no sign of the focus on the link"
            page.keyboard.press("Enter")
            page.get_by_role("heading", level=1, name=Translator("en")(f"{spec.key}.title"), exact=True).wait_for()
            settle(page)
            here, _ = walk(page, lambda at: at["inside"] and at["role"] == "radio" and at["text"] in ("USD", "KRW"))
            assert here["shown"], "no sign of the focus on the control"
            other, key = ("KRW", "ArrowRight") if here["text"] == "USD" else ("USD", "ArrowLeft")
            page.keyboard.press(key)
            page.keyboard.press("Space")
            page.get_by_role("radio", name=other, exact=True, checked=True).wait_for()
            settle(page)
            assert ("currency=KRW" in page.url) == (other == "KRW")


def test_the_overview_is_used_by_keyboard(visit):
    """Skip link, a choice from a list, the table behind a chart: no pointer."""
    page = visit("/")
    here, steps = walk(page, lambda at: "skip" in at["text"].lower())
    assert steps == 1
    page.keyboard.press("Enter")
    here, _ = walk(page, lambda at: at["role"] == "combobox")
    assert here["inside"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    settle(page)
    assert "benchmark=" in page.url
    here, _ = walk(page, lambda at: at["tag"] == "SUMMARY")
    assert here["shown"]
    folder = page.locator("summary:focus")
    before = page.locator("details[open]").count()
    folder.press("Enter")
    settle(page)
    assert page.locator("details[open]").count() == before + 1
