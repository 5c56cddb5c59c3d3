"""Sentences and numbers as text, shared by the file formats."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime

from ui.format import MINUS, day
from ui.i18n import Translator
from ui.reports.model import Report, Section
from ui.specs import ChartSpec, YFormat

Step = Callable[[int, int, str], None]
"""Told before each part is made: parts done, parts in all, name of the part."""

_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_TINT = re.compile(r":[a-z]+(?:-background|-badge)?\[([^\]]*)\]")
_ICON = re.compile(r":material/\w+:\s?")
_BREAK = re.compile(r"<br\s*/?>")

DIGITS: dict[YFormat, int] = {"percent": 1, "percent_fine": 2, "growth": 2, "plain": 2, "fine": 4}


def quiet(done: int, total: int, what: str) -> None:
    """A ``Step`` for whoever does not watch."""


def plain(text: str) -> str:
    """Markdown as plain text; a link keeps its address in brackets."""
    text = _ICON.sub("", _BREAK.sub(", ", text))
    text = _LINK.sub(lambda found: found[1] if found[1] == found[2] else f"{found[1]} ({found[2]})", text)
    text = _TINT.sub(r"\1", text)
    text = re.sub(r"\*\*(.+?)\*\*", r"\1", text)
    text = re.sub(r"(?<![\w*])[*_](\S(?:.*?\S)?)[*_](?![\w*])", r"\1", text)
    text = re.sub(r"^\s{0,3}#{1,6}\s+", "", text, flags=re.MULTILINE)
    return re.sub(r"\\([$*_~`\[\]])", r"\1", text).replace("`", "").strip()


def paragraphs(section: Section) -> list[str]:
    """The sentences of a section, a paragraph each."""
    return [part.strip() for text in section.words for part in plain(text).split("\n") if part.strip()]


def number(value: float | None, kind: YFormat, *, sign: bool = False) -> str:
    """A number as charts write it; nothing for a missing one."""
    if value is None:
        return ""
    style = f"{'+' if sign else ''},.{DIGITS[kind]}{'%' if kind.startswith('percent') else 'f'}"
    return format(value, style).replace("-", MINUS)


def excel(kind: YFormat) -> str:
    """The same as a number format of a spreadsheet, with a true minus sign."""
    style = f"0.{'0' * DIGITS[kind]}%" if kind.startswith("percent") else f"#,##0.{'0' * DIGITS[kind]}"
    return f'{style};"{MINUS}"{style}'


def unit(spec: ChartSpec, t: Translator) -> str:
    """Unit of the numbers of a chart."""
    if spec.number.startswith("percent"):
        return t("report.unit_share")
    return (spec.z_title if spec.kind == "surface" else spec.y_title) or t("report.unit_number")


def as_of(report: Report) -> date | None:
    """Date of the oldest input of a report."""
    return min((part.as_of for part in report.sections if part.as_of), default=None)


def moment(made: datetime) -> str:
    """A moment to the minute, with its time zone."""
    return f"{made:%Y-%m-%d %H:%M} {made.tzname() or ''}".rstrip()


def facts(report: Report) -> list[tuple[str, str]]:
    """What every file says of itself: as-of, snapshot, made, review."""
    t = Translator(report.language)
    oldest = as_of(report)
    told = [(t("report.as_of"), f"{day(oldest, report.language)} ({t('report.as_of_note')})")] if oldest else []
    return [
        *told,
        (t("report.snapshot"), report.snapshot),
        (t("report.made"), moment(report.made)),
        (t("report.review"), report.review or f"{t('report.no_review')}"),
    ]


def footer(report: Report, section: Section | None = None) -> str:
    """The line below every page of a document."""
    t = Translator(report.language)
    oldest = section.as_of if section else as_of(report)
    told = [f"{t('report.as_of')} {day(oldest, report.language)}"] if oldest else []
    return " · ".join(
        ["Lodestar", *told, f"{t('report.snapshot')} {report.snapshot}", report.review or report.watermark]
    )


def settings(section: Section) -> str:
    """What a section was asked under, on one line."""
    return "; ".join(f"{name}: {value}" for name, value in section.settings)


def numbered(report: Report) -> Iterator[tuple[int, Section]]:
    """Sections with their numbers from 1."""
    return iter(enumerate(report.sections, start=1))
