"""The control on the page: a file of the view on the screen, made on demand, one session beside another."""

import io
import threading

import pytest
import streamlit as st
from openpyxl import load_workbook
from pptx import Presentation
from streamlit.testing.v1 import AppTest

from engine.errors import BadInput
from tests.ui.reports.conftest import NOW, everything
from tests.ui.test_headless import run
from ui.i18n import Translator
from ui.registry import PAGES, ROOT
from ui.reports import build, csv, panel
from ui.reports.model import section
from ui.reports.numbers import points


@pytest.fixture(autouse=True)
def _caches():
    yield
    st.cache_data.clear()
    st.cache_resource.clear()


def app(**address):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def make(at, form):
    at.radio(key="page-report-format").set_value(form).run()
    at.button(key="page-report-build").click().run()
    assert not at.exception, at.exception
    return at.session_state["page-report-file"] if "page-report-file" in at.session_state else None  # noqa: SIM401  (AppTest's state has no get)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("key", [spec.key for spec in PAGES])
def test_every_page_leaves_in_every_format_or_says_why_not(key, language):
    made = run(key, {"lang": language})
    t = Translator(language)
    if section(made).empty:
        with pytest.raises(BadInput) as caught:
            build.page(made)
        assert caught.value.code == "export_empty"
        assert made.title in t.error(caught.value)
        return
    report = build.page(made)
    assert report.disclaimers
    for form in panel.FORMATS:
        steps = []
        found = panel.make(report, form, lambda done, total, what, steps=steps: steps.append(what))
        assert len(found.data) > 1000
        assert found.name.endswith(f".{form}")
        assert f"-{key}-{language}-" in found.name
        assert steps
        if form == "csv":
            blocks = {block.key: block.points for block in csv.read(found.data).blocks if block.kind == "chart"}
            assert blocks == {spec.key: points(spec) for spec in report.sections[0].charts}


def drawn(made):
    return {block.key: points(block.spec) for block in made.charts()}


def read(found):
    return {block.key: block.points for block in csv.read(found.data).blocks if block.kind == "chart"}


def test_two_sessions_open_side_by_side_get_their_own_view():
    first, second = app(lang="en"), app(lang="ko", series="MTUM")
    for name, at in (("en", first), ("ko", second)):
        found = make(at, "csv")
        assert f"-{name}-" in found.name
        assert read(found) == drawn(at.session_state["_record"])


def test_files_made_at_the_same_moment_do_not_mix():
    records = {"en": run("overview", {"lang": "en"}), "ko": run("overview", {"lang": "ko", "series": "MTUM"})}
    start, found = threading.Barrier(2), {}

    def click(name):
        start.wait()
        report = build.page(records[name], now=NOW)
        found[name] = {form: panel.make(report, form, lambda *_: None) for form in ("csv", "pptx", "xlsx")}

    threads = [threading.Thread(target=click, args=(name,)) for name in records]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, made in records.items():
        assert read(found[name]["csv"]) == drawn(made)
        alone = panel.make(build.page(made, now=NOW), "csv", lambda *_: None)
        assert found[name]["csv"] == alone
        deck = Presentation(io.BytesIO(found[name]["pptx"].data))
        assert deck.slides[0].shapes.title.text_frame.text == made.title
        charts = [frame.chart for slide in deck.slides for frame in slide.shapes if frame.has_chart]
        lines = [block.spec for block in made.charts() if block.spec.kind not in ("heat", "surface")]
        wanted = [trace.name for spec in lines for trace in spec.traces]
        assert [series.name for chart in charts for series in chart.plots[0].series] == wanted
        assert made.title in load_workbook(io.BytesIO(found[name]["xlsx"].data)).worksheets[0]["A1"].value


def test_a_file_made_before_is_dropped_when_the_page_changes():
    at = app(lang="en")
    assert make(at, "csv") is not None
    at.query_params["period"] = "2010"
    at.segmented_control(key="scale").set_value("linear").run()
    assert "page-report-file" not in at.session_state


def test_a_view_without_figures_says_so_in_its_place():
    at = app(lang="ko").switch_page("pages/about/page.py").run()
    assert make(at, "pptx") is None
    assert any("내보낼 것이 없습니다" in error.value for error in at.error)


def story():
    import streamlit as st

    from engine.errors import BadInput
    from ui.i18n import Translator
    from ui.reports import panel

    def broken():
        if st.session_state["how"] == "told":
            raise BadInput("export_survivors", field="export", value="Lab", reason="today's members")
        raise ZeroDivisionError

    panel.offer(broken, "story", Translator("en"))


@pytest.mark.parametrize(
    ("how", "told"), [("told", "members chosen with hindsight"), ("other", "The file could not be made.")]
)
def test_an_error_is_a_sentence(how, told):
    at = AppTest.from_function(story)
    at.session_state["how"] = how
    at.run()
    at.button(key="story-report-build").click().run()
    assert not at.exception
    assert [told in error.value for error in at.error] == [True]


def test_file_names_are_plain_letters():
    found = panel.make(build.page(everything("ko"), now=NOW), "csv", lambda *_: None)
    assert found.name == "lodestar-overview-ko-20260302-093000.csv"
    assert found.mime == "text/csv"
