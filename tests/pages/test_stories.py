"""The stories page: choose, change, keep, bring, refuse."""

import pytest

from ui.i18n import Translator
from ui.stories import file
from ui.stories.model import Claim

T = Translator("en")


def open_step(at, place):
    at.get_by_key(f"story-edit-{place}").click().run()
    assert not at.exception
    return at


def field(at, kind, what, code, story="pension", place=0, version=0):
    return getattr(at, kind)(key=f"story-{what}-{code}-{story}-{place}-{version}")


def own(at):
    return at.session_state["_stories"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_shipped_stories_are_listed_with_their_steps(open_page, language):
    at = open_page("stories", lang=language, open="pension")
    assert not at.error
    assert len(at.get_by_key("open").options) == len(file.shipped())
    steps = [m.value for m in at.markdown if m.value.startswith("**1. ")]
    assert len(steps) == 1
    assert "gain" in steps[0]


def test_a_step_shows_its_figures_and_what_it_may_name(open_page):
    at = open_step(open_page("stories", open="pension"), 0)
    assert any(m.value.startswith("US shares held for one day gained in 53.9 %") for m in at.markdown)
    (figures,) = [frame.value for frame in at.dataframe if T("stories.column_name") in frame.value]
    assert "{gain_10y}" in list(figures[T("stories.column_name")])


def test_a_sentence_changes_with_its_preview(open_page):
    at = open_step(open_page("stories", open="pension"), 0)
    field(at, "text_area", "sentence", "en").set_value("One year: {gain_1y}, a typed 99 %.").run()
    assert own(at)["pension"].steps[0].en == "One year: {gain_1y}, a typed 99 %."
    assert any(m.value.startswith("One year: 83.5 %") for m in at.markdown)
    assert any("99" in warning.value for warning in at.warning)
    at.get_by_key("story-drop").click().run()
    assert "pension" not in own(at)


@pytest.mark.parametrize(
    ("text", "said"), [("{gain_1y", "no placeholder"), ("   ", "is missing"), ("{gain_1y:.2%}", "no placeholder")]
)
def test_a_sentence_that_cannot_be_is_told_and_the_old_one_stays(open_page, text, said):
    at = open_step(open_page("stories", open="pension"), 0)
    field(at, "text_area", "sentence", "en").set_value(text).run()
    assert not at.exception
    assert said in at.error[0].value
    assert own(at).get("pension", file.shipped()["pension"]).steps[0] == file.shipped()["pension"].steps[0]


def test_a_false_claim_is_blocked_in_the_preview_and_in_the_check(open_page):
    at = open_step(open_page("stories", open="pension"), 0)
    field(at, "text_area", "claims", "").set_value("gain_1y > 0.99").run()
    assert own(at)["pension"].steps[0].claims == (Claim("gain_1y", ">", 0.99),)
    assert any("“gain_1y > 0.99” with gain_1y = 83.5 %" in warning.value for warning in at.warning)
    at.get_by_key("story-check").set_value(True).run()
    assert any(warning.value.startswith("Step 1 is blocked.") for warning in at.warning)


def test_blocks_are_chosen_among_those_of_the_page(open_page):
    at = open_step(open_page("stories", open="pension"), 0)
    box = field(at, "multiselect", "blocks", "")
    assert box.value == ["holding"]
    box.set_value(["bet", "holding"]).run()
    assert own(at)["pension"].steps[0].blocks == ("bet", "holding")


def test_steps_move_double_and_go(open_page):
    at = open_page("stories", open="pension")
    first, second, *_ = file.shipped()["pension"].steps
    at.get_by_key("story-down-0").click().run()
    assert own(at)["pension"].steps[:2] == (second, first)
    at.get_by_key("story-double-0").click().run()
    assert own(at)["pension"].steps[:3] == (second, second, first)
    at.get_by_key("story-remove-0").click().run()
    assert own(at)["pension"].steps[:2] == (second, first)
    assert at.get_by_key("story-up-0").disabled


def test_titles_change_and_a_copy_is_an_own_story(open_page):
    at = open_page("stories", open="pension")
    at.get_by_key("story-copy").click().run()
    assert at.get_by_key("open").value == "own-1"
    field(at, "text_input", "title", "ko", "own-1", "").set_value("새 제목").run()
    assert own(at)["own-1"].ko == "새 제목"
    assert own(at)["own-1"].steps == file.shipped()["pension"].steps


def test_a_view_is_added_from_its_page(open_page):
    at = open_page("crises", crisis="covid-19-2020")
    at.get_by_key("story-add-view").click().run()
    at.get_by_key("story-add-view").click().run()
    assert not at.exception
    story = own(at)["own"]
    assert [step.page for step in story.steps] == ["crises", "crises"]
    assert dict(story.steps[0].state) == {"crisis": "covid-19-2020"}
    assert story.steps[0].blocks
    at.switch_page("pages/stories/page.py").run()
    assert at.get_by_key("open").value == "own"
    at.get_by_key("story-check").set_value(True).run()
    assert "All 2 steps" in at.success[0].value


def load(at, name, raw):
    at.get_by_key("story-file").upload(name, raw, "application/toml").run()
    at.get_by_key("story-load").click().run()
    assert not at.exception
    return at


def test_a_saved_story_comes_back(open_page):
    story = file.shipped()["pension"]
    at = load(open_page("stories", open="committee"), "mine.toml", file.write(story).encode())
    assert not at.error
    assert "9 steps" in at.success[0].value
    assert own(at)["own-1"].steps == story.steps
    assert at.get_by_key("open").value == "own-1"


GOOD = file.write(file.shipped()["pension"])


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"\x89PNG\r\n\x00\xff", "it is not UTF-8 text"),
        (b"[[steps]", "cannot be read"),
        (GOOD.replace('page = "world"', 'page = "moon"').encode(), "'moon' is not known"),
        (GOOD.replace('crisis = "global', 'colour = "global').encode(), "'colour' is not known. Accepted: benchmark"),
        (GOOD.replace('["fees"]', '["fee"]').encode(), "'fee' is not known. Accepted:"),
        (GOOD.replace("{fee_high}", "{fee_huge}").encode(), "'fee_huge' is not known. Accepted:"),
        (("[title]\nen='a'\nko='b'\n" + '[[steps]]\npage="about"\n' * 3000).encode(), "3,000 entries"),
    ],
)
def test_an_upload_that_cannot_be_used_is_told_and_nothing_is_lost(open_page, raw, said):
    at = open_page("stories", open="pension")
    at.get_by_key("story-down-0").click().run()
    before = dict(own(at))
    load(at, "mine.toml", raw)
    assert said in at.error[0].value
    assert own(at) == before
    assert at.get_by_key("open").value == "pension"


def test_present_opens_the_first_screen(open_page):
    at = open_page("stories", open="pension", lang="ko")
    at.get_by_key("story-present").click().run()
    assert at.query_params["story"] == "pension"
    assert at.query_params["lang"] == "ko"
    assert at.title[0].value.startswith("미국 주식을 보유해")
