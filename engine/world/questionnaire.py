"""A short questionnaire that turns answers into a risk aversion: an illustration, not a suitability assessment.

Each answer gives 0 to 3 points for bearing risk. The sum is mapped to gamma on a logarithmic scale, from ten (no points) to
one (all of them): every point divides gamma by the same factor, so it raises the best share of risky assets,
``premium / (gamma variance)`` (Merton 1969), by the same percentage. Ten is the most that Mehra and Prescott (1985) thought
plausible; one is logarithmic utility, below which a long-run investor holds more than the portfolio of fastest growth. The
questions and equal points are a choice, not a finding; answers are not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from engine.errors import BadInput
from engine.world.checks import above_zero, whole

HIGHEST, LOWEST = 10.0, 1.0
"""Gamma without any points, and with all."""

PREMIUM, VOLATILITY = 0.04, 0.16
"""Assumed excess return and volatility of equity a year: round numbers to illustrate a gamma with, not estimates."""


@dataclass(frozen=True)
class Answer:
    """An answer as a code, and its points for bearing risk."""

    code: str
    points: int


@dataclass(frozen=True)
class Question:
    """A question as a code, with its answers from none to all of the points."""

    code: str
    answers: tuple[Answer, ...]

    def to_dict(self) -> dict[str, object]:
        return {"code": self.code, "answers": [asdict(answer) for answer in self.answers]}


def _question(code: str, *answers: str) -> Question:
    return Question(code, tuple(Answer(answer, points) for points, answer in enumerate(answers)))


QUESTIONS = (
    _question("horizon", "under_3_years", "3_to_7_years", "7_to_15_years", "over_15_years"),
    _question("fall_of_a_fifth", "sell_all", "sell_part", "wait", "buy_more"),
    _question("reserve", "none", "under_3_months", "3_to_12_months", "over_12_months"),
    _question("income", "may_stop", "varies", "fairly_steady", "very_steady"),
    _question("aim", "keep_value", "little_growth", "growth", "most_growth"),
    _question("gamble", "refuse", "risk_a_fifth", "risk_a_third", "risk_a_half"),
)
"""``fall_of_a_fifth``: what one would do after a fall of 20 %. ``reserve``: months of spending outside this money.
``gamble``: income for life doubles or falls by the share named, with even chances; the largest fall accepted."""

MOST = sum(question.answers[-1].points for question in QUESTIONS)

GAMBLE: Mapping[str, tuple[float, float | None]] = {
    "refuse": (3.76, None),
    "risk_a_fifth": (2.0, 3.76),
    "risk_a_third": (1.0, 2.0),
    "risk_a_half": (0.0, 1.0),
}
"""Gamma that the gamble alone implies, from and to: the roots of ``(2^(1-g) + (1-x)^(1-g)) / 2 = 1`` (Barsky, Juster,
Kimball and Shapiro 1997, Quarterly Journal of Economics). Shown beside the score; not part of it."""


@dataclass(frozen=True)
class RiskAversion:
    """Gamma from answers, with how it came about.

    Attributes
    ----------
    score : int
        Sum of ``points``, 0 to ``most``.
    gamble_from, gamble_to : float or None
        Gamma that the answer to the gamble alone would imply; None for no upper end.
    equity_share : float
        Share of equity that gamma implies under the assumed ``premium`` and ``volatility``; above one would mean
        borrowing.
    """

    gamma: float
    score: int
    most: int
    points: dict[str, int]
    gamble_from: float
    gamble_to: float | None
    equity_share: float
    premium: float
    volatility: float

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def gamma_from_score(score: int) -> float:
    """``HIGHEST * (LOWEST / HIGHEST) ** (score / MOST)``.

    Raises
    ------
    BadInput
        A score outside 0 to ``MOST``.
    """
    return float(HIGHEST * (LOWEST / HIGHEST) ** (whole("score", score, 0, MOST) / MOST))


def equity_share(gamma: float, premium: float = PREMIUM, volatility: float = VOLATILITY) -> float:
    """Best share of equity for a risk aversion: ``premium / (gamma volatility^2)``, unbounded.

    Raises
    ------
    BadInput
        A number that is not above zero.
    """
    variance = above_zero("volatility", volatility) ** 2
    return above_zero("premium", premium) / (above_zero("gamma", gamma) * variance)


def gamma_from_equity_share(share: float, premium: float = PREMIUM, volatility: float = VOLATILITY) -> float:
    """Risk aversion for which a share of equity is best: ``premium / (share volatility^2)``.

    Raises
    ------
    BadInput
        A number that is not above zero.
    """
    variance = above_zero("volatility", volatility) ** 2
    return above_zero("premium", premium) / (above_zero("equity_share", share) * variance)


def risk_aversion(
    answers: Mapping[str, str], *, premium: float = PREMIUM, volatility: float = VOLATILITY
) -> RiskAversion:
    """Gamma from one answer to each question.

    Parameters
    ----------
    answers : mapping of str to str
        Question code to answer code, as in ``QUESTIONS``.

    Raises
    ------
    BadInput
        A question without an answer, a question or an answer that is not known.
    """
    known = {question.code: question for question in QUESTIONS}
    for code in answers:
        if code not in known:
            raise BadInput("unknown_choice", field="question", value=code, accepted=", ".join(known))
    points = {code: _points(question, answers) for code, question in known.items()}
    score = sum(points.values())
    gamma = gamma_from_score(score)
    share = equity_share(gamma, premium, volatility)
    return RiskAversion(gamma, score, MOST, points, *GAMBLE[answers["gamble"]], share, premium, volatility)


def _points(question: Question, answers: Mapping[str, str]) -> int:
    if question.code not in answers:
        raise BadInput("empty_choice", field=question.code)
    points = {answer.code: answer.points for answer in question.answers}
    given = answers[question.code]
    if given not in points:
        raise BadInput("unknown_choice", field=question.code, value=given, accepted=", ".join(points))
    return points[given]


def mapping(premium: float = PREMIUM, volatility: float = VOLATILITY) -> list[dict[str, float]]:
    """Every score with its gamma and the share of equity it implies: the whole mapping, to be shown."""
    scores = ((score, gamma_from_score(score)) for score in range(MOST + 1))
    return [
        {"score": score, "gamma": gamma, "equity_share": equity_share(gamma, premium, volatility)}
        for score, gamma in scores
    ]
