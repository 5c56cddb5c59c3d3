"""Claims and sentences."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.record import Fact
from ui.stories.model import COMPARE, Claim, Step, Story, bound

FACTS = {"low": Fact(1.0, "1.0"), "high": Fact(2, "2"), "gone": Fact(None, "–"), "day": Fact(date(2020, 1, 1), "1 Jan")}
NUMBERS = st.floats(-1e6, 1e6)


@given(NUMBERS, NUMBERS, st.sampled_from(sorted(COMPARE)))
def test_a_claim_says_what_its_sign_says(left, right, sign):
    facts = {"a": Fact(left, ""), "b": Fact(right, "")}
    assert Claim("a", sign, "b").holds(facts) == COMPARE[sign](left, right)
    assert Claim("a", sign, right).holds(facts) == COMPARE[sign](left, right)


@pytest.mark.parametrize("sign", sorted(COMPARE))
@pytest.mark.parametrize("name", ["gone", "day"])
def test_what_is_not_known_or_no_number_holds_nothing(sign, name):
    assert not Claim(name, sign, 1.0).holds(FACTS)
    assert not Claim("low", sign, name).holds(FACTS)


def test_a_sentence_gets_the_figures_as_the_page_writes_them():
    assert bound("from {low} to {high}, {low}", FACTS) == "from 1.0 to 2, 1.0"
    with pytest.raises(KeyError):
        bound("{unknown}", FACTS)


STEPS = tuple(Step("about", en=str(number), ko=str(number)) for number in range(4))
STORY = Story("own", "a", "b", STEPS)


@given(st.integers(0, 3), st.integers(-5, 5))
def test_moving_a_step_loses_none(place, by):
    moved = STORY.moved(place, by).steps
    assert sorted(step.en for step in moved) == sorted(step.en for step in STEPS)
    assert moved[min(max(place + by, 0), 3)] == STEPS[place]


def test_doubling_and_removing():
    assert [step.en for step in STORY.doubled(1).steps] == ["0", "1", "1", "2", "3"]
    assert [step.en for step in STORY.without(1).steps] == ["0", "2", "3"]
    assert STORY.doubled(2).without(2) == STORY
