"""More tolerance for risk never raises gamma; the mapping and the gamble are what they are said to be."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import BadInput
from engine.world.questionnaire import (
    GAMBLE,
    MOST,
    QUESTIONS,
    equity_share,
    gamma_from_equity_share,
    gamma_from_score,
    mapping,
    risk_aversion,
)

answers = st.fixed_dictionaries(
    {question.code: st.sampled_from([answer.code for answer in question.answers]) for question in QUESTIONS}
)


def test_the_questions_are_few_and_their_answers_ordered():
    assert 5 <= len(QUESTIONS) <= 6
    for question in QUESTIONS:
        assert [answer.points for answer in question.answers] == list(range(len(question.answers)))
        assert len({answer.code for answer in question.answers}) == len(question.answers)
    assert MOST == 18


def test_the_ends_are_ten_and_one():
    careful = risk_aversion({question.code: question.answers[0].code for question in QUESTIONS})
    bold = risk_aversion({question.code: question.answers[-1].code for question in QUESTIONS})
    assert (careful.gamma, careful.score) == (10.0, 0)
    assert (bold.gamma, bold.score) == (pytest.approx(1.0), MOST)


@given(answers, st.sampled_from(QUESTIONS))
def test_a_bolder_answer_lowers_gamma(given_answers, question):
    codes = [answer.code for answer in question.answers]
    gammas = [risk_aversion(given_answers | {question.code: code}).gamma for code in codes]
    assert all(bold < careful for careful, bold in itertools.pairwise(gammas))
    assert all(1 - 1e-12 <= gamma <= 10 for gamma in gammas)


def test_the_whole_mapping_is_shown():
    rows = mapping()
    assert [row["score"] for row in rows] == list(range(MOST + 1))
    factors = [after["gamma"] / before["gamma"] for before, after in itertools.pairwise(rows)]
    assert factors == pytest.approx([factors[0]] * MOST)
    assert rows[9]["gamma"] == pytest.approx(10**0.5)
    assert [row["equity_share"] * row["gamma"] for row in rows] == pytest.approx([0.04 / 0.16**2] * (MOST + 1))


def test_equity_share_and_gamma_are_each_others_inverse():
    assert equity_share(3.0, premium=0.05, volatility=0.18) == pytest.approx(0.05 / (3 * 0.18**2))
    assert gamma_from_equity_share(equity_share(3.7)) == pytest.approx(3.7)


def test_the_gamble_bounds_are_where_one_is_indifferent():
    def worth(gamma, cut):
        return (2 ** (1 - gamma) + (1 - cut) ** (1 - gamma)) / 2 - 1

    assert worth(GAMBLE["risk_a_third"][1], 1 / 3) == pytest.approx(0, abs=1e-12)
    assert worth(GAMBLE["refuse"][0], 1 / 5) == pytest.approx(0, abs=2e-3)
    assert worth(1 - 1e-7, 1 / 2) == pytest.approx(0, abs=1e-12)
    for code, (low, high) in GAMBLE.items():
        found = risk_aversion({question.code: question.answers[1].code for question in QUESTIONS} | {"gamble": code})
        assert (found.gamble_from, found.gamble_to) == (low, high)


@pytest.mark.parametrize(
    ("change", "field"),
    [({"shoe_size": "44"}, "question"), ({"aim": "moon"}, "aim"), ({"aim": None}, "aim")],
)
def test_unknown_answers_are_refused(change, field):
    full = {question.code: question.answers[1].code for question in QUESTIONS}
    with pytest.raises(BadInput) as raised:
        risk_aversion(full | change)
    assert raised.value.field == field


def test_a_question_left_open_is_named():
    with pytest.raises(BadInput) as raised:
        risk_aversion({question.code: question.answers[0].code for question in QUESTIONS[:-1]})
    assert (raised.value.code, raised.value.field) == ("empty_choice", "gamble")


@pytest.mark.parametrize("score", [-1, MOST + 1, 2.5, True])
def test_scores_outside_the_range_are_refused(score):
    with pytest.raises(BadInput):
        gamma_from_score(score)


@pytest.mark.parametrize("bad", [{"gamma": 0}, {"gamma": 2, "premium": 0}, {"gamma": 2, "volatility": -1}])
def test_assumptions_outside_their_range_are_refused(bad):
    with pytest.raises(BadInput):
        equity_share(**bad)
