"""A story told with the figures of one moment: its slides, made by running each page once without a screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

import streamlit as st

from engine.errors import BadInput
from engine.sources import snapshot_id
from ui import headless
from ui.i18n import Translator
from ui.record import Block, Fact, Record, chosen
from ui.reports import build
from ui.reports.model import Report, Section, section
from ui.stories import file
from ui.stories.model import Claim, Step, Story, bound, number


@dataclass(frozen=True, eq=False)
class Slide:
    """One step with its figures.

    Attributes
    ----------
    step : Step
    title : str
        Name of the page.
    headline : str
        The sentence with its figures; with its placeholders where the step is blocked.
    blocks : tuple of Block
        What is shown; empty where the step is blocked.
    as_of : date, optional
        Date of the oldest input of the page.
    facts : mapping of str
        Every figure that the page named.
    controls : tuple of str
        Parameters of the page's address.
    known : tuple of str
        Keys of all blocks of the page.
    blocked : str
        Why the step is neither presented nor exported; empty where it is.
    section : Section, optional
        The same for a report; None where the step is blocked.
    unknown : BadInput, optional
        What the step asks of its page and the page does not have.
    """

    step: Step
    title: str
    headline: str
    blocks: tuple[Block, ...]
    as_of: date | None
    facts: Mapping[str, Fact]
    controls: tuple[str, ...]
    known: tuple[str, ...]
    blocked: str
    section: Section | None
    unknown: BadInput | None = None


@dataclass(frozen=True, eq=False)
class Deck:
    """A story in one language, with the figures of one snapshot.

    Attributes
    ----------
    slides : tuple of Slide
        All steps in order, the blocked ones too.
    made : datetime
        When it was made, UTC.
    disclaimers : tuple of str
        Sentences of the last screen.
    """

    story: Story
    language: str
    snapshot: str
    made: datetime
    slides: tuple[Slide, ...]
    disclaimers: tuple[str, ...]

    @property
    def shown(self) -> tuple[Slide, ...]:
        """What may be presented and exported."""
        return tuple(slide for slide in self.slides if not slide.blocked)


def make(story: Story, language: str) -> Deck:
    """The deck of a story; kept for every session while snapshot and story stay the same.

    A step that cannot be told is blocked, with its reason; the others stand.
    """
    asked = (story, language, snapshot_id())
    made, lasting = _make(*asked)
    if not lasting:
        _make.clear(*asked)
    return made


@st.cache_resource(max_entries=16, show_spinner=False)
def _make(story: Story, language: str, snapshot: str) -> tuple[Deck, bool]:
    """The deck, and whether no page told an error (which may be gone the next time)."""
    t = Translator(language)
    found: dict[tuple[str, tuple[tuple[str, str], ...]], Record] = {}
    for step in story.steps:  # steps that show the same view share one run
        if (step.page, step.state) not in found:
            found[step.page, step.state] = headless.run(step.page, dict(step.state) | {"lang": language})
    slides = tuple(
        slide(step, found[step.page, step.state], t, f"steps[{at}]") for at, step in enumerate(story.steps, 1)
    )
    pages = [step.page for step in story.steps]
    deck = Deck(story, language, snapshot, datetime.now(UTC), slides, build.disclaimers(pages, t))
    return deck, not any(made.problems for made in found.values())


def known(story: Story, language: str) -> None:
    """Run every page once and see whether it knows what the story asks of it.

    Raises
    ------
    BadInput
        A parameter, a block or a figure that a page does not have.
    """
    for found in make(story, language).slides:
        if found.unknown is not None:
            raise found.unknown


def slide(step: Step, made: Record, t: Translator, field: str = "step") -> Slide:
    """A step as the record of its page has it, or why it may not be shown."""
    unknown = _unknown(step, made, field)
    reason = _reason(step, made, t, unknown)
    headline = step.sentence(t.language) if reason else bound(step.sentence(t.language), made.facts)
    return Slide(
        step, made.title, headline, () if reason else tuple(chosen(made, step.blocks)), made.as_of, made.facts,
        made.controls, tuple(block.key for block in made.blocks), reason,
        None if reason else section(made, step.blocks, headline), unknown,
    )  # fmt: skip


def _unknown(step: Step, made: Record, field: str) -> BadInput | None:
    """What the page does not know; not asked of a page that told an error, which may have hidden it."""
    if made.problems:
        return None
    try:
        file.check(step, made, field)
    except BadInput as error:
        return error
    return None


def _reason(step: Step, made: Record, t: Translator, unknown: BadInput | None) -> str:
    told = refusal(made, t)
    if told:
        return told
    if unknown is not None:
        return t.error(unknown)
    false = [_false(item, made.facts, t) for item in step.claims if not item.holds(made.facts)]
    return " ".join(false)


def refusal(made: Record, t: Translator) -> str:
    """Why what a page shows stays on its screen: members chosen with hindsight, or an error; empty if it may go out."""
    if made.survivors:
        return t("stories.blocked_survivors", reason=made.survivors)
    return t("stories.blocked_problem", problems=" ".join(made.problems)) if made.problems else ""


def _false(item: Claim, facts: Mapping[str, Fact], t: Translator) -> str:
    told = ", ".join(f"{name} = {facts[name].text}" for name in item.names)
    unknown = any(number(facts[name].value) != number(facts[name].value) for name in item.names)
    return t("stories.blocked_unknown" if unknown else "stories.blocked_claim", claim=str(item), figures=told)


def report(deck: Deck) -> Report:
    """The deck as a document; blocked steps are left out, and its last page says how many.

    Raises
    ------
    BadInput
        Every step is blocked.
    """
    t, total = Translator(deck.language), len(deck.slides)
    title = deck.story.title(deck.language)
    if not deck.shown:
        raise BadInput("export_empty", field="export", value=title)
    absent = total - len(deck.shown)
    left_out = [t("stories.left_out", count=absent, total=total)] if absent else []
    sections = [found.section for found in deck.shown if found.section]
    return build.document(title, t, deck.snapshot, sections, (*left_out, *deck.disclaimers), now=deck.made)
