"""axe-core over an open page: what counts, and what of Streamlit's own is left over."""

from axe_playwright_python.sync_playwright import Axe

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

LEFTOVERS = {
    "list": ('[data-testid="stSidebarNavItems"]', "the navigation wraps its groups in a list whose children are headings"),
    "listitem": ('[data-testid="stSidebarNavItems"]', "the same list: its items lie one level too deep"),
}  # fmt: skip
"""Rule to the only place where it may be broken, and why: Streamlit 1.67 draws it so and offers no setting."""

INSIDE = """([target, place]) => {
    const found = document.querySelector(target);
    return found !== null && found.closest(place) !== null;
}"""


def violations(page):
    """Serious and critical findings beyond the leftovers, a line for each element."""
    options = {"runOnly": RULES, "resultTypes": ["violations"]}
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{item['id']} ({item['impact']}): {node['target'][-1]} {node['html'][:200]}"
        + "".join(f"\n    {check['message']}" for check in node["any"][:1])
        for item in found
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"]
        if not _left_over(page, item["id"], node["target"][-1])
    ]


def _left_over(page, rule, target):
    place = LEFTOVERS.get(rule)
    return place is not None and page.evaluate(INSIDE, [target, place[0]])
