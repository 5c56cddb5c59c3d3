"""A report as data: what every file format is built from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from ui.context import CARRIED
from ui.record import Block, Card, Cards, Chart, Record, Table, Words, chosen
from ui.registry import PAGES
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
    settings : tuple of (str, str)
        What it was asked under, as a person reads it: the context and then ``params``.
    address : str
        Where the app shows the same view, below its own address.
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
    settings: tuple[tuple[str, str], ...] = ()
    address: str = ""

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
        settings=_settings(made),
        address=f"/{made.page}?{urlencode(made.params | {'lang': made.ctx.language})}",
    )


def _settings(made: Record) -> tuple[tuple[str, str], ...]:
    """The context of the run and what else was chosen, named in its language."""
    ctx, t = made.ctx, made.ctx.t
    told = [(t("frame.currency"), ctx.currency)]
    if any(spec.paths for spec in PAGES if spec.key == made.page):
        since = t("frame.period_all") if ctx.period == "all" else t("frame.period_since", year=ctx.period)
        told += [
            (t("frame.benchmark"), t(f"frame.benchmark_{ctx.benchmark}")),
            (t("frame.period"), since),
            (t("frame.scale"), t(f"frame.scale_{ctx.scale}")),
        ]
    own = {key: value for key, value in made.params.items() if key not in CARRIED}
    told += [(t(f"field.{key}") if t.has(f"field.{key}") else key, value) for key, value in own.items()]
    return tuple(told)
