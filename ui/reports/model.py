"""A report as data: what every file format is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ui.record import Block, Card, Cards, Chart, Record, Table, Words, chosen
from ui.specs import ChartSpec, panels


@dataclass(frozen=True, eq=False)
class Section:
    """One page, or one message of a story.

    Attributes
    ----------
    page : str
        Key of the page in the registry.
    headline : str
        The message, one sentence; the page's question where it is a whole page.
    title : str
        Name of the page.
    words : tuple of str
        Sentences, Markdown.
    charts : tuple of ChartSpec
        Live funds and simulations already in panels of their own.
    params : mapping of str
        What differs from the page's defaults, as its address writes it.
    as_of : date, optional
        Date of the oldest input.
    """

    page: str
    headline: str
    title: str
    words: tuple[str, ...]
    cards: tuple[Card, ...]
    charts: tuple[ChartSpec, ...]
    tables: tuple[Table, ...]
    params: Mapping[str, str]
    as_of: date | None

    @property
    def empty(self) -> bool:
        """Nothing but words."""
        return not (self.cards or self.charts or self.tables)


@dataclass(frozen=True, eq=False)
class Report:
    """A document.

    Attributes
    ----------
    title : str
        What stands on its first page.
    language : {"en", "ko"}
    snapshot : str
        Id of the data that every number comes from.
    made : datetime
        When it was made, with a time zone.
    disclaimers : tuple of str
        Sentences for the last page.
    review : str
        Reviewer, review number and validity as one line; empty while there is no valid review.
    watermark : str
        Stands across every page while there is no valid review; else empty.
    """

    title: str
    language: str
    snapshot: str
    made: datetime
    sections: tuple[Section, ...]
    disclaimers: tuple[str, ...]
    review: str
    watermark: str


def section(made: Record, keys: Sequence[str] | None = None, headline: str = "") -> Section:
    """A record as a section: all its blocks, or those of these keys in their order."""
    blocks: Sequence[Block] = made.blocks if keys is None else chosen(made, keys)
    return Section(
        page=made.page,
        headline=headline or made.question,
        title=made.title,
        words=tuple(block.text for block in blocks if isinstance(block, Words)),
        cards=tuple(card for block in blocks if isinstance(block, Cards) for card in block.cards),
        charts=tuple(panel for block in blocks if isinstance(block, Chart) for panel in panels(block.spec)),
        tables=tuple(block for block in blocks if isinstance(block, Table)),
        params=dict(made.params),
        as_of=made.as_of,
    )
