"""A story as data: what is shown, in which order, and what is said about it."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ui.record import Fact
from ui.url import digits

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""A figure in a sentence: the name of a fact that the page's run notes."""

COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
"""What a claim can say of two numbers."""


@dataclass(frozen=True)
class Claim:
    """What a sentence rests on: a fact beside another fact or a number.

    Attributes
    ----------
    left : str
        Name of a fact.
    operator : str
        One of ``COMPARE``.
    right : str or float
        Name of a fact, or a number as the engine counts (decimals, not percent).
    """

    left: str
    operator: str
    right: str | float

    def __str__(self) -> str:
        return f"{self.left} {self.operator} {self.right if isinstance(self.right, str) else digits(self.right)}"

    @property
    def names(self) -> tuple[str, ...]:
        """Facts that it needs."""
        return (self.left, self.right) if isinstance(self.right, str) else (self.left,)

    def holds(self, facts: Mapping[str, Fact]) -> bool:
        """Whether it is true of these facts; what is not known, or no number, makes it false."""
        left = number(facts[self.left].value)
        right = number(facts[self.right].value) if isinstance(self.right, str) else float(self.right)
        return not (math.isnan(left) or math.isnan(right)) and COMPARE[self.operator](left, right)


def number(value: Any) -> float:
    """A fact's value as a number; NaN where it is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan


@dataclass(frozen=True)
class Step:
    """One message.

    Attributes
    ----------
    page : str
        Key of a registered page.
    state : tuple of (str, str)
        Parameters of its address, without the language.
    blocks : tuple of str
        Keys of the blocks that are shown, in order.
    en, ko : str
        The sentence, with ``{fact}`` where a figure stands.
    claims : tuple of Claim
        What must be true for the sentence to be said.
    """

    page: str
    state: tuple[tuple[str, str], ...] = ()
    blocks: tuple[str, ...] = ()
    en: str = ""
    ko: str = ""
    claims: tuple[Claim, ...] = ()

    def sentence(self, language: str) -> str:
        return self.ko if language == "ko" else self.en

    def placeholders(self) -> tuple[str, ...]:
        """Facts that the sentences name, each once."""
        return tuple(dict.fromkeys(PLACEHOLDER.findall(self.en) + PLACEHOLDER.findall(self.ko)))


@dataclass(frozen=True)
class Story:
    """Steps in order, with a title in both languages. ``key`` is its name in an address."""

    key: str
    en: str
    ko: str
    steps: tuple[Step, ...]

    def title(self, language: str) -> str:
        return self.ko if language == "ko" else self.en

    def with_step(self, place: int, step: Step) -> Story:
        """Another step at that place (from 0)."""
        return replace(self, steps=(*self.steps[:place], step, *self.steps[place + 1 :]))

    def without(self, place: int) -> Story:
        """One step less."""
        return replace(self, steps=(*self.steps[:place], *self.steps[place + 1 :]))

    def doubled(self, place: int) -> Story:
        """The step once more, behind itself."""
        return replace(self, steps=(*self.steps[: place + 1], *self.steps[place:]))

    def moved(self, place: int, by: int) -> Story:
        """The step ``by`` places later; at either end it stays."""
        to = min(max(place + by, 0), len(self.steps) - 1)
        rest = [step for at, step in enumerate(self.steps) if at != place]
        return replace(self, steps=(*rest[:to], self.steps[place], *rest[to:]))


def bound(sentence: str, facts: Mapping[str, Fact]) -> str:
    """The sentence with its figures.

    Raises
    ------
    KeyError
        A placeholder names no fact.
    """
    return PLACEHOLDER.sub(lambda found: facts[found[1]].text, sentence)
