"""From what pages noted to a report: refusals, notices, review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

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
    moment = now or datetime.now(UTC)
    ctx = records[0].ctx
    found = settings().review_on(moment.date())
    review = watermark = ""
    if found is None:
        watermark = ctx.t("report.watermark")
    else:
        until = day(found.valid_until, ctx.language)
        review = ctx.t("report.reviewed", reviewer=found.reviewer, number=found.number, day=until)
    return Report(
        title=title,
        language=ctx.language,
        snapshot=ctx.snapshot,
        made=moment,
        sections=tuple(sections),
        disclaimers=disclaimers({made.page for made in records}, ctx.t),
        review=review,
        watermark=watermark,
    )


def disclaimers(pages: set[str], t: Translator) -> tuple[str, ...]:
    """The notices of these pages, each once, in the order of the registry."""
    kinds = [kind for spec in PAGES if spec.key in pages for kind in spec.disclaimers]
    return tuple(t(f"disclaimer.{kind}") for kind in dict.fromkeys([*DISCLAIMERS, *kinds]))
