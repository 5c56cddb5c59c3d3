"""A story as a file: read what was written, refuse the rest in a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from ui.i18n import Translator
from ui.stories import file
from ui.stories.model import COMPARE, Claim, Step, Story

GOOD = """
[title]
en = "A title"
ko = "제목"

[[steps]]
page = "crises"
blocks = ["pairs"]
claims = ["fall < -0.1"]
[steps.state]
crisis = "covid-19-2020"
[steps.sentence]
en = "It fell {fall}."
ko = "{fall} 떨어졌습니다."
"""

TEXT = st.text(st.characters(exclude_categories=("C", "Z"), exclude_characters="{}"), min_size=1, max_size=40)
NAME = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
SENTENCE = st.tuples(TEXT, NAME).map(lambda parts: f"{parts[0]} {{{parts[1]}}}")
RIGHT = NAME | st.floats(-1e9, 1e9).filter(lambda number: number == 0 or abs(number) > 1e-9)
CLAIM = st.builds(Claim, NAME, st.sampled_from(sorted(COMPARE)), RIGHT)
STATE = st.dictionaries(NAME.filter(lambda name: name not in file.RESERVED), TEXT, max_size=4).map(
    lambda found: tuple(found.items())
)
BLOCKS = st.lists(st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True), max_size=3).map(tuple)
STEP = st.builds(
    Step,
    st.sampled_from(["crises", "about"]),
    STATE,
    BLOCKS,
    SENTENCE,
    SENTENCE,
    st.lists(CLAIM, max_size=3).map(tuple),
)
STORY = st.builds(Story, st.just("own"), TEXT, TEXT, st.lists(STEP, min_size=1, max_size=4).map(tuple))


@given(STORY)
def test_what_is_written_reads_back_the_same(story):
    found = file.read(file.write(story).encode())
    assert [(a.page, a.state, a.blocks, a.en, a.ko) for a in found.steps] == [
        (b.page, b.state, b.blocks, b.en, b.ko) for b in story.steps
    ]
    for ours, theirs in zip(found.steps, story.steps, strict=True):
        for a, b in zip(ours.claims, theirs.claims, strict=True):
            assert (a.left, a.operator) == (b.left, b.operator)
            assert a.right == (b.right if isinstance(b.right, str) else pytest.approx(b.right, rel=1e-14))
    assert (found.en, found.ko) == (story.en, story.ko)
    assert file.write(found) == file.write(file.read(file.write(found).encode()))


def test_the_good_file_is_good():
    story = file.read(GOOD.encode())
    assert story.steps[0].claims == (Claim("fall", "<", -0.1),)
    assert story.steps[0].placeholders() == ("fall",)


@pytest.mark.parametrize("key", sorted(file.shipped()))
def test_shipped_files_read_back_the_same(key):
    story = file.shipped()[key]
    assert file.read(file.write(story).encode(), key=key) == story


BAD = {
    "unknown page": (GOOD.replace('"crises"', '"nowhere"'), "steps[1].page", "'nowhere' is not known"),
    "no page": (GOOD.replace('page = "crises"', ""), "steps[1].page", "is not known"),
    "missing language": (GOOD.replace('ko = "{fall} 떨어졌습니다."', ""), "steps[1].sentence.ko", "is missing"),
    "empty sentence": (GOOD.replace("It fell {fall}.", "  "), "steps[1].sentence.en", "is missing"),
    "no title": (GOOD.replace('[title]\nen = "A title"\nko = "제목"', ""), "title.en", "is missing"),
    "bad placeholder": (GOOD.replace("It fell {fall}", "It fell {fall:.1f}"), "steps[1].sentence.en", "'{fall:.1f}'"),
    "open brace": (GOOD.replace("It fell {fall}", "It fell {fall"), "steps[1].sentence.en", "is no placeholder"),
    "python in braces": (GOOD.replace("{fall}.", "{fall.__class__}."), "steps[1].sentence.en", "is no placeholder"),
    "too long": (GOOD.replace("It fell", "It fell " * 60), "steps[1].sentence.en", "at most 320"),
    "long title": (GOOD.replace("A title", "A title " * 20), "title.en", "at most 80"),
    "two lines": (GOOD.replace("It fell", "It\\nfell"), "steps[1].sentence.en", "one line"),
    "unknown entry": (GOOD.replace("blocks =", "block ="), "steps[1]", "'block' is not known"),
    "bad block": (GOOD.replace('["pairs"]', '["<b>"]'), "steps[1].blocks", "wrong form"),
    "blocks no list": (GOOD.replace('["pairs"]', '"pairs"'), "steps[1].blocks", "wrong form"),
    "many blocks": (GOOD.replace('["pairs"]', '["a","b","c","d","e"]'), "steps[1].blocks", "5 entries"),
    "bad claim": (GOOD.replace("fall < -0.1", "fall is low"), "steps[1].claims", "wrong form"),
    "reserved parameter": (GOOD.replace("crisis = ", "present = "), "steps[1].state", "'present'"),
    "number as state": (GOOD.replace('"covid-19-2020"', "3"), "steps[1].state.crisis", "wrong form"),
    "no steps": ('steps = []\n[title]\nen = "a"\nko = "b"', "steps", "0 entries"),
    "broken": (GOOD + "[[", "story", "cannot be read"),
    "steps no tables": ('steps = [1]\n[title]\nen = "a"\nko = "b"', "steps[1]", "wrong form"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_bad_files_are_refused_in_a_sentence(case):
    text, field, said = BAD[case]
    with pytest.raises(BadInput) as raised:
        file.read(text.encode(), field="mine.toml")
    assert raised.value.params["field"] == field
    assert said in raised.value.message
    assert Translator("ko").error(raised.value)


def test_ten_thousand_steps_are_refused():
    step = GOOD[GOOD.index("[[steps]]") :]
    with pytest.raises(BadInput, match="too large"):
        file.read((GOOD + step * 10_000).encode())
    short = "steps = [" + "{}," * 10_000 + ']\n[title]\nen = "a"\nko = "b"'
    with pytest.raises(BadInput, match="10,000 entries"):
        file.read(short.encode())


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n\x1a\n\x00\xff\xfe", "제목".encode("cp949"), GOOD.encode("utf-16")])
def test_other_encodings_and_binaries_are_refused(raw):
    with pytest.raises(BadInput, match="cannot be read"):
        file.read(raw, field="picture.png")


def assert_sentence(error):
    assert error.message


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_upload_ends_in_anything_but_a_story_or_a_sentence(raw):
    try:
        file.read(raw)
    except BadInput as error:
        assert_sentence(error)


def test_nested_beyond_reason_is_refused():
    with pytest.raises(BadInput):
        file.read(("steps = " + "[" * 50_000).encode())


def test_figures_without_data_behind_them_are_found():
    assert file.loose_figures("It fell 12.5 % in 2020 with {fall}, S&P 500, 2007-09") == ("12.5",)
