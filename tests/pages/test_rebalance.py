"""Rebalance day on the screen: window, dry run, runs that are kept, gates, and the signature."""

import re
import shutil
from datetime import UTC, date, datetime

import pytest

from engine.rebalance import Override, RunResult, plan, rehearse, run, timeline
from engine.rebalance.gates import REASONS
from pages.rebalance import tables, words
from pages.rebalance.shown import Shown
from tests.pages.test_every_page import words as told
from ui import settings
from ui.i18n import Translator, catalogue

DAY = date(2018, 11, 23)


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """An empty folder of runs; nobody may approve from the page."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("LODESTAR_RUNS", str(folder))
    monkeypatch.delenv("LODESTAR_REBALANCE", raising=False)
    return folder


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "runs"
    return folder, run(plan(["ai_factor", "passive"], DAY, runs=folder), runner="Kim").run_id


@pytest.fixture
def kept(_made, runs):
    """A finished run that waits for a signature; the passive account has no prices of that day and stops."""
    folder, run_id = _made
    shutil.copytree(folder, runs)
    return run_id


def button(at, key):
    return next(one for one in at.button if one.key == key)


def sign(at, name, note=""):
    at.text_input(key="approver").input(name)
    at.text_input(key="approval-note").input(note)
    return button(at, "approve").click().run()


# --- no run


def test_an_empty_folder_shows_window_schedule_and_a_dry_run(open_page, runs):
    at = open_page("rebalance")
    said = told(at)
    assert not at.exception
    assert not at.error
    assert "to the next open" in said or "the window begins" in said
    assert "A dry run in" in said
    assert "No run is kept yet" in said
    assert any("python -m engine rebalance run" in code.value for code in at.code)
    orders = next(table.value for table in at.dataframe if "Shares" in table.value)
    assert len(orders) == 5
    assert (orders["Shares"] > 0).all()
    assert not runs.exists(), "a dry run keeps nothing"


def test_korean_has_no_english_sentence(open_page, runs):
    at = open_page("rebalance", lang="ko")
    assert not at.exception
    assert at.title[0].value == "리밸런싱 데이"
    for table in at.table:
        for cell in table.value.to_numpy().ravel():
            assert "closes adjusted" not in str(cell)
    assert any("조정한 종가" in str(cell) for table in at.table for cell in table.value.to_numpy().ravel())


def test_a_panel_of_survivors_is_marked_and_has_no_download(open_page, runs):
    at = open_page("rebalance", book="ai_momentum", session="2018-11-23")
    assert any("hindsight" in warning.value for warning in at.warning)
    assert at.session_state["_record"].survivors
    assert not [one for one in at.get("download_button") if "orders" in one.proto.id]


def test_a_dry_run_begins_with_what_the_day_before_would_have_left(runs):
    made = rehearse("ai_factor", DAY, runs=runs)
    assert made.before == "dry"
    assert made.since == date(2018, 11, 2)
    assert 0.0 < sum(made.found.books["ai_factor"]["before"].values()) <= 1.0
    assert rehearse("ai_factor", DAY, runs=runs).found.books == made.found.books


def test_a_dry_run_begins_with_the_approved_run_where_one_is_kept(kept, runs):
    from engine.rebalance import approve

    approve(kept, "Lee", runs=runs)
    made = rehearse("ai_factor", date(2018, 12, 21), runs=runs)
    assert (made.before, made.since) == ("run", DAY)


# --- a run that is kept


def test_a_kept_run_is_shown_with_its_steps_and_hashes(open_page, kept):
    at = open_page("rebalance")
    said = told(at)
    assert kept in said
    assert "waits for a signature" in said
    assert "Approval from this page is switched off (LODESTAR_REBALANCE)" in said
    assert any("rebalance approve --run-id" in code.value for code in at.code)
    assert any(re.search(r"^[0-9a-f]{64}  ai_factor-orders.csv$", code.value, re.M) for code in at.code)
    assert not [one for one in at.button if one.key == "approve"]


def test_a_product_that_stopped_says_why_and_what_to_do(open_page, kept):
    at = open_page("rebalance", book="passive")
    warned = " ".join(warning.value for warning in at.warning)
    assert "Fallback at data" in warned
    assert "Stopped at fallback" in warned
    assert "Wait for the data and run again." in warned
    assert "nothing on file was known" in warned
    assert "has no portfolio in this run" in told(at)


def test_the_one_who_ran_it_is_refused(open_page, kept, monkeypatch):
    monkeypatch.setenv("LODESTAR_REBALANCE", "on")
    at = open_page("rebalance")
    for name, reason in (("", "approver"), (" kim ", "started")):
        at = sign(at, name)
        assert at.error, name
        assert reason in at.error[0].value.lower()
    assert "Approved by" not in told(at)


def test_somebody_else_signs_and_the_files_are_written(open_page, kept, runs, monkeypatch):
    monkeypatch.setenv("LODESTAR_REBALANCE", "on")
    at = sign(open_page("rebalance"), "Lee", "seen & checked")
    assert not at.error
    assert any("Approved by Lee" in mark.value and "seen & checked" in mark.value for mark in at.success)
    assert (runs / kept / "files" / "audit.jsonl").is_file()
    assert (runs / kept / "files" / "ai_factor" / "ai_factor-orders.csv").is_file()


def test_files_changed_after_they_were_shown_are_refused(open_page, kept, runs, monkeypatch):
    monkeypatch.setenv("LODESTAR_REBALANCE", "on")
    at = open_page("rebalance")
    ticket = next(runs.glob(f"{kept}/steps/*/out/ai_factor-orders.csv"))
    ticket.write_bytes(ticket.read_bytes().replace(b"buy", b"sell"))
    at = sign(at, "Lee")
    assert at.error
    assert not (runs / kept / "approval.json").exists()


def test_a_signature_is_void_once_a_file_changes(open_page, kept, runs, monkeypatch):
    monkeypatch.setenv("LODESTAR_REBALANCE", "on")
    at = sign(open_page("rebalance"), "Lee")
    ticket = next(runs.glob(f"{kept}/steps/*/out/ai_factor-orders.csv"))
    ticket.write_bytes(ticket.read_bytes() + b"\n")
    at = at.run()
    assert any("is void" in error.value for error in at.error)


def test_no_callback_signs_where_the_server_does_not_allow_it(kept):
    from engine.errors import BadInput
    from ui import answers

    assert not settings.settings().rebalance
    with pytest.raises(BadInput):
        answers.rebalance_approve(kept, "Lee", "", answers.rebalance_signature(kept))


# --- words and tables


@pytest.mark.parametrize("code", REASONS)
def test_reasons_of_gates_have_the_engines_english_and_all_its_figures(code):
    assert catalogue()[f"rebalance.reason_{code}"]["en"] == REASONS[code]


def test_a_fallback_tells_its_cause_in_korean(kept, runs):
    from engine.rebalance import read

    found = read(kept, runs)
    gate = next(one for one in found.gates if one.code == "no_last_good")
    said = words.said(Translator("ko"), gate, found.gates)
    assert "알려져 있던 것이 없습니다" in said
    assert "known on" not in said


def test_an_override_is_told_with_its_note(runs):
    found = run(plan(["ai_factor"], DAY, runs=runs, overrides=[Override("ai_factor", "turnover", "agreed *today*")]))
    assert isinstance(found, RunResult)
    gate = next(one for one in found.gates if one.name == "turnover")
    passed = type(gate)(
        gate.name,
        gate.product,
        "overridden",
        "turnover_high",
        "",
        {"turnover": "61 %", "limit": "60 %"},
        (),
        "agreed *today*",
    )
    assert words.said(Translator("en"), passed, ()).endswith(r"Let pass: agreed \*today\*")


def test_the_timeline_adds_up(kept, runs):
    from engine.rebalance import read

    found = read(kept, runs)
    steps = timeline(found)
    assert [step.name for step in steps] == [step["name"] for step in found.steps][:7]
    assert sum(step.used for step in steps) == pytest.approx(sum(step["seconds"] or 0.0 for step in found.steps))
    assert [step.begins for step in steps] == sorted(step.begins for step in steps)
    assert len(tables.steps(Translator("en"), found, steps)) == 9
    assert not [step for step in steps if step.over]


def test_two_runs_are_told_apart(open_page, kept, runs):
    other = run(plan(["ai_factor"], DAY, exclude=["SIZE"], runs=runs), runner="Kim").run_id
    at = open_page("rebalance")
    at.session_state["runs-diff"] = True
    at = at.run()
    assert not at.exception
    said = told(at)
    assert "The runs part at the step" in said
    assert other in said


def test_the_window_tells_holidays_half_days_and_clocks():
    from engine.rebalance.calendar import current, window

    t = Translator("en")
    thanksgiving = words.window(t, window(date(2026, 11, 25)))
    assert "The exchange is closed on 26 Nov 2026" in thanksgiving
    assert "27 Nov 2026, is a half day and closes at 13:00" in thanksgiving
    assert "13 hours ahead at the close and 14 at the open" in words.window(t, window(date(2026, 10, 30)))
    assert "14 hours ahead at the close and 13 at the open" in words.window(t, window(date(2026, 3, 6)))
    noon = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    assert "The market is open: the window begins with the close in 4 h 0 min" in words.left(t, current(noon), noon)
    night = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    assert words.left(t, current(night), night).startswith("12 h 0 min to the next open, at 21:30 in New York (11:30")


def test_a_run_that_is_not_finished_says_so(open_page, kept, runs):
    shutil.rmtree(next(runs.glob(f"{kept}/steps/06-*")))
    shutil.rmtree(next(runs.glob(f"{kept}/steps/07-*")))
    at = open_page("rebalance")
    assert not at.exception
    assert "the run has not come to its end" in told(at)
    assert "nothing can be signed yet" in told(at)


def test_a_view_without_book_has_no_checks(kept, runs):
    from engine.rebalance import read

    shown = Shown(read(kept, runs), "passive")
    assert tables.checks(Translator("en"), shown) == []
    assert {row["State"] for row in tables.findings(Translator("en"), shown)} >= {"stopped", "fallback"}
