"""What a presentation shows, screen by screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ui.i18n import Translator
from ui.record import Block, Cards, Chart, Record
from ui.stories.deck import Deck, Slide, refusal


@dataclass(frozen=True, eq=False)
class Screen:
    """One message.

    Attributes
    ----------
    headline : str
        The message, plain text.
    blocks : tuple of Block
    titled : bool
        Charts carry their own titles; False where the headline is the chart's title.
    words : tuple of str
        Sentences below the headline.
    as_of : date, optional
        Date of the oldest input.
    step : int
        Number of the story's step, from 1; 0 outside a story.
    """

    headline: str
    blocks: tuple[Block, ...] = ()
    titled: bool = True
    words: tuple[str, ...] = ()
    as_of: date | None = None
    step: int = 0
    last: bool = False


def of_deck(deck: Deck, t: Translator) -> tuple[Screen, ...]:
    """A story: a screen for each step that is not blocked, then the disclaimer."""
    shown = [_of_slide(slide, at) for at, slide in enumerate(deck.slides, 1) if not slide.blocked]
    return (*shown, end(deck.disclaimers, t))


def of_slide(slide: Slide, step: int, t: Translator) -> Screen:
    """One step whose page was run anew; where it may not be shown, why."""
    if slide.blocked:
        return Screen(t("present.refused"), words=(slide.blocked,), step=step)
    return _of_slide(slide, step)


def _of_slide(slide: Slide, step: int) -> Screen:
    return Screen(slide.headline, slide.blocks, as_of=slide.as_of, step=step)


def of_record(made: Record, disclaimers: Sequence[str], t: Translator) -> tuple[Screen, ...]:
    """A page: its key figures, then its charts one a screen, then the disclaimer."""
    told = refusal(made, t)
    if told:
        return (Screen(t("present.refused"), words=(told, *disclaimers), last=True),)
    screens = [Screen(made.question, (block,), as_of=made.as_of) for block in made.blocks if isinstance(block, Cards)]
    screens += [Screen(block.spec.title, (block,), titled=False, as_of=made.as_of) for block in made.blocks if isinstance(block, Chart)]  # fmt: skip
    return (*(screens or [Screen(made.question, as_of=made.as_of)]), end(disclaimers, t))


def end(disclaimers: Sequence[str], t: Translator) -> Screen:
    """The last screen."""
    return Screen(t("present.end"), words=tuple(disclaimers), last=True)
