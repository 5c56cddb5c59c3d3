"""From what pages noted to a report: refusals, notices, review."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

from engine.errors import BadInput
from ui.format import day
from ui.i18n import Translator
from ui.record import Record
from ui.registry import DISCLAIMERS, PAGES
from ui.reports.model import Report, Section, section
from ui.settings import settings


def check(made: Record) -> None:
    """Refuse a view that may not leave the room.

    Raises
    ------
    BadInput
        The view rests on members chosen with hindsight, told an error, or shows no figure.
    """
    title = made.title or made.page
    if made.survivors:
        raise BadInput("export_survivors", field="export", value=title, reason=made.survivors.rstrip("."))
    if made.problems:
        raise BadInput("export_problems", field="export", value=title, reason="; ".join(made.problems))
    if section(made).empty:
        raise BadInput("export_empty", field="export", value=title)


def page(made: Record | None, *, now: datetime | None = None) -> Report:
    """The whole of one view.

    Raises
    ------
    BadInput
        As ``check``.
    """
    if made is None:
        raise BadInput("export_empty", field="export", value="–")
    return story(made.title, [made], [section(made)], now=now)


def story(title: str, records: Sequence[Record], sections: Sequence[Section], *, now: datetime | None = None) -> Report:
    """A document of several messages; ``records`` are those that the sections were made of, all of one snapshot.

    Raises
    ------
    BadInput
        As ``check``, for any of the records.
    """
    for made in records:
        check(made)
    ctx = records[0].ctx
    notices = disclaimers({made.page for made in records}, ctx.t)
    return document(title, ctx.t, ctx.snapshot, sections, notices, now=now)


def document(
    title: str,
    t: Translator,
    snapshot: str,
    sections: Sequence[Section],
    notices: Sequence[str],
    *,
    now: datetime | None = None,
) -> Report:
    """Sections as a document with today's review or watermark; ``notices`` stand on its last page."""
    moment = now or datetime.now(UTC)
    return Report(
        title=title,
        language=t.language,
        snapshot=snapshot,
        made=moment,
        sections=tuple(sections),
        disclaimers=tuple(notices),
        review=review(t, moment.date()),
        watermark=watermark(t, moment.date()),
    )


def watermark(t: Translator, today: date) -> str:
    """What stands across every screen and page while no valid review is set; empty while one is."""
    return "" if settings().review_on(today) else t("report.watermark")


def review(t: Translator, today: date) -> str:
    """The review as one line; empty while there is none that holds."""
    found = settings().review_on(today)
    if found is None:
        return ""
    until = day(found.valid_until, t.language)
    return t("report.reviewed", reviewer=found.reviewer, number=found.number, day=until)


def disclaimers(pages: Collection[str], t: Translator) -> tuple[str, ...]:
    """The notices of these pages, each once, in the order of the registry."""
    kinds = [kind for spec in PAGES if spec.key in pages for kind in spec.disclaimers]
    return tuple(t(f"disclaimer.{kind}") for kind in dict.fromkeys([*DISCLAIMERS, *kinds]))
