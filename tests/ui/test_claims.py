"""No text promises or recommends: words that would are refused, unless a sentence denies them or uses them as a term."""

import re
from pathlib import Path

import pytest

from engine.allocation import TEMPLATES
from engine.errors import MESSAGES
from ui import glossary
from ui.i18n import catalogue
from ui.registry import ROOT

REFUSED = re.compile(
    r"\brecommend\w*|\bguarante\w*|\bsafe(?:r|st|ly|ty)?\b|\brisk[- ]free\b|\bbest\b|추천|보장|안전|무위험|최고",
    re.IGNORECASE,
)

ALLOWED = {
    r"\b(?:not|no|nothing|never)\b[^.]*?\brecommend\w*(?: or a solicitation)?": "says that it is no recommendation",
    r"추천(?:하는 것이 아|하지 않|이 아)": "says that it is no recommendation",
    r"\b(?:do|does|can|is|are) not (?:be )?guarante\w*|\bno guarante\w*": "says that nothing is guaranteed",
    r"보장(?:하지 않|되지 않|하는 것이 아|이 아)": "says that nothing is guaranteed",
    r"\bdeposit[- ](?:insurance|guarantee)\w*|예금(?:자)?\s?(?:보호|보장)": "the name of deposit insurance",
    r"\bbest[- ]fit(?:ting)?\b": "a term of statistics",
    r"\b(?:not|never) safe\w*|안전하지 않": "says that it is not safe",
    r"보장은 없": "says that there is no guarantee",
    r"무위험 (?:수익|금리|자산|이자)\w*|무위험으로 한 단위": "the riskless rate of theory, a defined input of a model",
    r"최고 ?(?:값|점|치|종가)": "the highest value of a series so far, a number",
}
"""Patterns that may hold a refused word, and why."""


def claims(text):
    """Refused words that no allowed pattern covers; names of placeholders are no words."""
    plain = re.sub(r"\{[^{}]*\}", "{}", text)
    spans = [found.span() for pattern in ALLOWED for found in re.finditer(pattern, plain, re.IGNORECASE)]
    return [
        found.group()
        for found in REFUSED.finditer(plain)
        if not any(start <= found.start() and found.end() <= end for start, end in spans)
    ]


def texts():
    """Every text that a person reads, with where it stands."""
    for key, entry in catalogue().items():
        yield from ((f"{key} ({language})", text) for language, text in entry.items())
    yield from MESSAGES.items()
    yield from TEMPLATES.items()
    for term in glossary.terms().values():
        yield from ((f"term {term.code}", text) for text in (*term.names.values(), *term.meanings.values()))
    for path in [ROOT / "README.md", *ROOT.glob("pages/*/*.md"), *ROOT.glob("data/stories/**/*.toml")]:
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            yield f"{path.relative_to(ROOT)}:{number}", line


def test_no_text_promises_or_recommends():
    read = list(texts())
    assert len(read) > 1000
    assert {where: found for where, text in read if (found := claims(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "The best fund", "We recommend it.", "Returns are guaranteed", "a safer choice", "risk-free income", "Safest of all",
        "원금을 보장합니다", "이 펀드를 추천합니다", "안전한 투자", "무위험 투자", "최고의 펀드", "No fee. We recommend it.",
    ],
)  # fmt: skip
def test_a_claim_is_refused(text):
    assert claims(text)


@pytest.mark.parametrize(
    "text",
    [
        "It is not a recommendation.", "past results do not guarantee future ones", "수익을 보장하지 않습니다",
        "추천하는 것이 아닙니다", "그때까지의 최고값", "무위험 수익률을 뺀 값", "a best-fitting line", "{best} costs less",
    ],
)  # fmt: skip
def test_a_denial_or_a_term_is_allowed(text):
    assert claims(text) == []


def test_every_exception_has_its_reason():
    assert all(reason for reason in ALLOWED.values())
