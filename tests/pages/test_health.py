"""The data health page: its lights and figures are the engine's, findings have their evidence, own files stay here."""

import json

import pandas as pd
import pytest

from engine.health import LEVELS, LIGHTS, REASONS, Light, health
from pages.health import charts, words
from tests.engine import faulty_world
from tests.engine.health.test_own import csv, table
from ui.i18n import LANGUAGES, Translator, catalogue

EN, KO = Translator("en"), Translator("ko")


@pytest.fixture
def faulty(tmp_path, monkeypatch):
    with faulty_world.faulty(tmp_path, monkeypatch) as result:
        yield result


def said(at):
    parts = [*at.subheader, *at.markdown, *at.caption, *at.info, *at.warning, *at.error]
    return "\n".join(str(element.value) for element in parts)


def drawn(at):
    return [json.loads(chart.proto.spec) for chart in at.get("plotly_chart")]


def shown(at, column):
    return next(frame.value for frame in at.dataframe if column in frame.value.columns)


# --- words


def test_every_reason_and_level_has_words_in_both_languages_and_english_is_the_engines():
    for code, sentence in REASONS.items():
        assert catalogue()[f"health.reason_{code}"]["en"] == sentence
    for t in (EN, KO):
        assert len({words.level(t, code) for code in LEVELS}) == len(LEVELS)
    assert len(set(words.ICONS.values())) == len(LEVELS)  # a shape of its own, colour apart
    assert all(f"health.light_{light}" in catalogue() for light in LIGHTS)


def test_kinds_of_the_checks_have_names():
    from benchmarks.faults import FAULTS

    for kind in {kind for fault in FAULTS for kind in fault.kinds}:
        assert f"health.kind_{kind}" in catalogue(), kind
    assert words.kind(EN, "brand_new_kind") == "brand new kind"


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_sentences_with_their_numbers(language):
    light = Light("warning", "late_sessions", {"last": "2026-01-02", "late": 12, "expected": "2026-01-20"})
    told = words.reason(Translator(language), light)
    assert all(part in told for part in ("2026-01-02", "12", "2026-01-20"))


# --- the bundled snapshot


def test_bundled_lights_are_those_of_the_engine(open_page):
    at = open_page("health", lang="en")
    assert not at.exception
    assert not at.error
    found = health()
    rows = shown(at, "Point in time").set_index("Data set")
    assert set(rows.index) == {row.name for row in found.datasets}
    for row in found.datasets:
        assert rows.loc[row.name, "Fresh"] == words.level(EN, row.lights["fresh"].level)
    assert f"of {len(found.datasets)}" in at.metric[0].value
    assert "bundled data" in said(at)
    assert len(drawn(at)) == 2


def test_a_data_set_has_its_reasons_and_its_holes_by_year(open_page):
    at = open_page("health", lang="en", set="us_macro_monthly", gaps="us_macro_monthly")
    told = said(at)
    assert "missing: 2 of" in told
    heat = drawn(at)[0]["data"][0]
    assert set(heat["y"]) >= {"core_cpi_index_sa", "fed_funds_pct"}
    assert heat["x"][-1] == "2020s"


def test_empty_cells_come_before_a_series_begins_and_zeros_are_complete():
    found = health()
    spec = charts.holes(EN, found, "all")
    rows = {trace.name: trace for trace in spec.traces}
    funds = rows["factor_etfs"]
    assert funds.y[list(funds.x).index("1990s")] is None
    assert "not listed yet" in funds.notes[list(funds.x).index("1990s")]
    assert funds.y[list(funds.x).index("2010s")] == 0.0
    moodys = rows["moodys_yields"]
    assert "after the end" in moodys.notes[list(moodys.x).index("2020s")]


def test_findings_filter_and_bundled_ones_are_never_repaired(open_page):
    at = open_page("health", lang="en", of="us_macro_monthly", finding="us_macro_monthly-0")
    rows = shown(at, "As the check tells it")
    assert set(rows["Data set"]) == {"us_macro_monthly"}
    assert set(rows["State"]) == {"left as it is"}
    assert "core_cpi_index_sa" in said(at)
    empty = open_page("health", lang="en", severity="info")
    assert EN("health.findings_none") in [box.value for box in empty.info]
    assert not empty.exception


def test_the_audit_is_shown_with_its_figures_and_age(open_page, monkeypatch):
    from engine.health import audit

    at = open_page("health", lang="en")
    held = audit.stored_audit()
    assert "planted mistakes caught: 6 of 6" in said(at)
    assert EN("health.audit_current") in said(at)
    assert f"{held.result['shuffled_hit_ratio']:.1%}".replace("%", " %") in [card.value for card in at.metric]
    monkeypatch.setattr(audit, "CODE", ("features",))
    assert EN("health.audit_old") in said(open_page("health", lang="en"))


def test_without_an_audit_the_page_says_how_to_make_one(open_page, tmp_path, monkeypatch):
    monkeypatch.setenv("LODESTAR_ARTIFACTS", str(tmp_path))
    assert EN("health.audit_none") in said(open_page("health", lang="en"))


# --- a stored snapshot with faults


def test_a_stored_fault_is_shown_before_and_after(faulty, open_page):
    found = health()
    cents = next(row for row in found.findings if row.finding.kind == "unit_100x" and row.dataset == "factor_etfs")
    at = open_page("health", lang="en", of="factor_etfs", finding=cents.id)
    assert not at.exception
    assert not at.error
    rows = shown(at, "As the check tells it")
    assert "repaired" in set(rows["State"])
    evidence = drawn(at)[1]["data"]
    assert [line["name"] for line in evidence] == ["as sent", "as repaired"]
    title = next(mark.value for mark in at.markdown if "as sent," in mark.value)
    assert "MTUM" in title
    assert cents.finding.first in title
    assert "can be rebuilt exactly" in said(at)
    read = shown(at, "Cells repaired").set_index("Table")
    assert read.loc["factor_etfs", "Cells repaired"] == 5
    korean = open_page("health", lang="ko", of="factor_etfs", finding=cents.id)
    assert "고친 값" in said(korean)


# --- own files


def upload(at, content, name="mine.csv"):
    box = next(item for item in at.file_uploader if item.key == "health-own")
    return box.upload(name, content, "text/csv").run()


def test_an_own_file_is_checked_shown_and_given_back(open_page):
    frame = table()
    frame.loc[200, ["Open", "High", "Low", "Close", "Adj Close"]] *= 100.0
    at = upload(open_page("health", lang="en"), csv(frame))
    assert not at.exception
    assert "1 were repaired in 5 cells" in said(at)
    assert len(drawn(at)) == 3
    assert [line["name"] for line in drawn(at)[2]["data"]] == ["as sent", "as repaired"]
    assert {"Repaired table", "Log of changes"} <= {button.label for button in at.get("download_button")}


def test_an_own_file_without_faults_says_so(open_page):
    at = upload(open_page("health", lang="en"), csv(table(60)))
    assert not at.exception
    assert "of which 0 were repaired" in said(at)


@pytest.mark.parametrize(
    ("content", "words_of_it"),
    [(b"", "cannot be used"), (b"a,b\n1,2\n3,4\n", "Date"), (csv(table().assign(Close="dear")), "Close")],
)
def test_a_bad_file_is_a_sentence(open_page, content, words_of_it):
    at = upload(open_page("health", lang="en"), content)
    assert not at.exception
    assert words_of_it in at.error[0].value
    korean = upload(open_page("health", lang="ko"), content)
    assert korean.error[0].value != at.error[0].value


def test_holes_of_many_series_are_those_with_the_most(monkeypatch):
    found = health()
    monkeypatch.setattr(charts, "MOST_ROWS", 2)
    spec = charts.holes(EN, found, "us_macro_monthly")
    assert {trace.name for trace in spec.traces} == {"core_cpi_index_sa", "unemployment_pct_sa"}
    assert "2 series" in spec.source
    assert pd.Series(spec.traces[0].y).max() > 0
