"""Seconds and size of each report format, for one page and for a document of eight screens; warm. One JSON line a figure."""

from __future__ import annotations

import json
import time

from streamlit.testing.v1 import AppTest

from ui.record import Record
from ui.reports import build, panel
from ui.reports.model import Report, section
from ui.reports.words import quiet

SCREENS = ("overview", "factors", "crises", "universe", "world", "passive", "enhanced", "utility")


def noted(page: str) -> Record:
    """What a page shows at its plain address."""

    def script(page):
        import streamlit as st

        from ui import headless

        st.session_state["made"] = headless.run(page, {"lang": "en"})

    at = AppTest.from_function(script, args=(page,), default_timeout=300).run()
    return at.session_state["made"]


def story(records: dict[str, Record]) -> Report:
    """Eight messages: the first chart and the first table of each page, as a story chooses them."""
    parts = []
    for made in records.values():
        keys = [block.key for blocks in (made.charts(), made.tables()) for block in blocks[:1]]
        parts.append(section(made, keys, made.question))
    return build.story("Eight screens", list(records.values()), parts)


def measure(what: str, report: Report) -> None:
    for form in panel.FORMATS:
        panel.make(report, form, quiet)
        seconds = []
        for _ in range(3):
            began = time.perf_counter()
            size = len(panel.make(report, form, quiet).data)
            seconds.append(time.perf_counter() - began)
        line = {"name": f"reports.{form}.{what}", "seconds_median": round(sorted(seconds)[1], 3), "bytes": size}
        print(json.dumps(line), flush=True)


def main() -> None:
    records = {page: noted(page) for page in SCREENS}
    measure("page_overview", build.page(records["overview"]))
    measure("story_8", story(records))


if __name__ == "__main__":
    main()
