"""A report as one long table, a row a number; ``read`` gives the numbers back exactly."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from engine.errors import BadInput
from ui import exports
from ui.i18n import Translator
from ui.reports import words
from ui.reports.model import Report, Section
from ui.reports.numbers import Cell, Point, cells, points
from ui.reports.words import Step, quiet

MIME = "text/csv"

COLUMNS = ("section", "page", "kind", "block", "series", "field", "x_kind", "x", "value", "unit", "text")

TOLD = ("title", "as_of", "source")
"""Fields of the rows that describe a block, before its numbers."""

ABOUT = "about"
"""Kind of the rows that say what the file is."""


@dataclass(frozen=True)
class Block:
    """A chart, a table or the key figures of a section, read back."""

    section: int
    page: str
    kind: str
    key: str
    points: tuple[Point, ...]
    told: dict[str, str]


@dataclass(frozen=True)
class Contents:
    """A file read back: what it says of itself, and its blocks in their order."""

    about: dict[str, str]
    blocks: tuple[Block, ...]


def build(report: Report, step: Step = quiet) -> bytes:
    """UTF-8 with a byte-order mark, so that spreadsheets read Korean; text that looks like a formula is made safe."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for name, text in _about(report):
        writer.writerow(["", "", ABOUT, "", _hide(name), "", "", "", "", "", _hide(text)])
    for order, part in words.numbered(report):
        step(order - 1, len(report.sections), part.title)
        for row in _rows(order, part, Translator(report.language)):
            writer.writerow(row)
    return target.getvalue().encode("utf-8-sig")


def read(data: bytes) -> Contents:
    """The numbers of a file made by ``build``.

    Raises
    ------
    BadInput
        It is no such file.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
        if not rows or tuple(rows[0]) != COLUMNS:
            raise ValueError("other columns")
        return _contents([dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]])
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise BadInput("export_unknown", field="export", value="CSV", reason=str(error)) from None


def _contents(rows: list[dict[str, str]]) -> Contents:
    about: dict[str, str] = {}
    found: dict[tuple[int, str, str, str], tuple[list[Point], dict[str, str]]] = {}
    for row in rows:
        series, text = _bare(row["series"]), _bare(row["text"])
        if row["kind"] == ABOUT:
            about[series] = text
            continue
        block = (int(row["section"]), _bare(row["page"]), row["kind"], _bare(row["block"]))
        numbers, told = found.setdefault(block, ([], {}))
        if row["field"] in TOLD:
            told[row["field"]] = text
        else:
            where = _place(row["x_kind"], row["x"])
            numbers.append(Point(series, row["field"], where, _number(row["value"]), text))
    return Contents(about, tuple(Block(*block, tuple(numbers), told) for block, (numbers, told) in found.items()))


def _about(report: Report) -> Iterator[tuple[str, str]]:
    t = Translator(report.language)
    yield t("report.title"), report.title
    yield from words.facts(report)
    if report.watermark:
        yield t("report.review") + " *", report.watermark
    for order, part in words.numbered(report):
        yield f"{order}. {part.title}: {t('report.settings')}", words.settings(part)
        yield f"{order}. {part.title}: {t('report.address')}", part.address
    for order, sentence in enumerate(report.disclaimers, start=1):
        yield f"{t('report.notice')} {order}", sentence


def _rows(order: int, part: Section, t: Translator) -> Iterator[list[object]]:
    when = part.as_of.isoformat() if part.as_of else ""

    def block(
        kind: str, key: str, title: str, source: str, unit: str, found: Iterable[Point]
    ) -> Iterator[list[object]]:
        start = [order, _hide(part.page), kind, _hide(key)]
        for field, text in zip(TOLD, (title, when, source), strict=True):
            yield [*start, "", field, "", "", "", "", _hide(text)]
        for point in found:
            value = "" if point.value is None else repr(point.value)
            yield [*start, _hide(point.series), point.field, *_spelled(point.x), value, _hide(unit), _hide(point.text)]

    if part.cards:
        yield from block("figures", "figures", t("report.key_figures"), "", "", _figures(part))
    for spec in part.charts:
        yield from block("chart", spec.key, spec.title, spec.source, words.unit(spec, t), points(spec))
    for table in part.tables:
        yield from block("table", table.key, table.title, table.note, "", cells(table.rows))


def _figures(part: Section) -> Iterator[Point]:
    """Key figures as on the screen: each with what it is compared with and its small print."""
    for place, card in enumerate(part.cards, start=1):
        for field, text in (("figure", card.value), ("delta", card.delta), ("note", card.note)):
            if text:
                yield Point(card.label, field, place, None, text)


def _spelled(x: Cell) -> tuple[str, str]:
    if x is None:
        return "", ""
    if isinstance(x, date):
        return "date", x.isoformat()
    if isinstance(x, str):
        return "name", _hide(x)
    return ("day" if isinstance(x, int) else "number"), repr(x)


def _place(kind: str, text: str) -> Cell:
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "name":
        return _bare(text)
    return None if not kind else int(text) if kind == "day" else float(text)


def _number(text: str) -> float | int | None:
    if not text:
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _hide(text: str) -> str:
    """As ``exports.safe``, told apart from text that has an apostrophe of its own."""
    return f"'{text}" if text.startswith("'") else str(exports.safe(text))


def _bare(text: str) -> str:
    return text.removeprefix("'")
