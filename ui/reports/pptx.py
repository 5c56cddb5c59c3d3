"""A report as a slide deck: one slide a message, native charts and tables."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ui.i18n import Translator
from ui.record import Card, Table
from ui.reports import words
from ui.reports.model import Report, Section
from ui.reports.numbers import bare, shown
from ui.reports.palette import readable
from ui.reports.pptx_charts import add, words_of
from ui.reports.slides import (
    BODY_END,
    BODY_TOP,
    BODY_WIDTH,
    LIGHT,
    MARGIN,
    WIDTH,
    Box,
    Cell,
    clean,
    deck,
    fit,
    height,
    page_number,
    rgb,
    spread,
    table,
    text,
    watermark,
    width,
    write,
)
from ui.reports.words import Step, quiet
from ui.specs import ChartSpec

MIME = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

QUIET = "#5B6575"
"""Small print."""

CARD_ROW = 1.42
CARDS_ACROSS = 5
ROWS = 17
MOST_ROWS = 34
MOST_COLUMNS = 9
HEAT_ROWS, SURFACE_ROWS, SURFACE_COLUMNS = 22, 14, 16
LEAST_CHART = 3.1
"""A chart lower than this gets a slide of its own."""


@dataclass(frozen=True)
class Deck:
    """What the slides of one report share while it is made."""

    made: Any
    report: Report
    t: Translator

    def slide(self, title: str, part: Section | None, notes: Sequence[str] = ()) -> Any:
        """A slide with its title, the page it comes from, footer, watermark and notes."""
        slide = self.made.slides.add_slide(self.made.slide_layouts[0])
        holder = slide.shapes.title
        # Bold letters are wider than the estimate.
        words_, size = fit(words.plain(title), Box(0, 0, BODY_WIDTH / 1.12, 0.92), (24, 22, 20, 18, 16, 14))
        write(holder.text_frame, [words_], size, bold=True)
        from pptx.enum.text import MSO_ANCHOR

        holder.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        if part is not None and part.title != title:
            text(
                slide,
                Box(MARGIN, 0.33, BODY_WIDTH, 0.26),
                [part.title],
                12,
                name="Page",
                colour=LIGHT.accent,
                bold=True,
            )
        foot, foot_size = fit(words.footer(self.report, part), Box(0, 0, BODY_WIDTH - 1, 0.2), (10, 9, 8))
        text(slide, Box(MARGIN, 7.06, BODY_WIDTH - 1, 0.24), [foot], foot_size, name="Footer", colour=QUIET)
        page_number(slide, QUIET)
        if self.report.watermark:
            watermark(slide, self.report.watermark)
        told = [*notes, *(_provenance(self.report, part) if part is not None else [])]
        if told:
            slide.notes_slide.notes_text_frame.text = clean("\n".join(told))
        return slide


def build(report: Report, step: Step = quiet) -> bytes:
    """The deck as a PPTX file."""
    made = Deck(deck(), report, Translator(report.language))
    jobs = list(_jobs(made))
    for place, (what, job) in enumerate(jobs):
        step(place, len(jobs) + 1, what)
        job()
    step(len(jobs), len(jobs) + 1, made.t("report.saving"))
    core = made.made.core_properties
    core.title, core.author, core.language = clean(report.title), "Lodestar", report.language
    core.created = core.modified = report.made.replace(tzinfo=None)
    core.subject = f"{made.t('report.snapshot')} {report.snapshot}"
    target = io.BytesIO()
    made.made.save(target)
    return target.getvalue()


def _jobs(made: Deck) -> Iterator[tuple[str, Callable[[], None]]]:
    """Slides to make, in their order, each with its name."""
    yield made.report.title, lambda: _title(made)
    for part in made.report.sections:
        together = _fits_one(part)
        if part.cards or part.words or together or not _question(part):
            yield part.headline, lambda part=part, together=together: _opening(made, part, together)  # type: ignore[misc]
        for spec in part.charts[1 if together else 0 :]:
            yield spec.title, lambda part=part, spec=spec: _chart(made, part, spec)  # type: ignore[misc]
        for one in part.tables:
            yield one.title, lambda part=part, one=one: _table(made, part, one)  # type: ignore[misc]
    yield made.t("report.notice"), lambda: _disclaimers(made)


def _title(made: Deck) -> None:
    """Title, what the file says of itself, pages inside."""
    report, t = made.report, made.t
    slide = made.slide(report.title, None)
    facts = words.facts(report)
    rows = [[Cell(name, colour=QUIET), Cell(value, bold=name == t("report.review"))] for name, value in facts]
    table(slide, Box(MARGIN, BODY_TOP, BODY_WIDTH, 0.36 * len(rows)), rows, [2.4, BODY_WIDTH - 2.4], 14, report.title)
    top = BODY_TOP + 0.36 * len(rows) + 0.35
    messages = [f"{order}. {words.plain(part.headline)}" for order, part in words.numbered(report)]
    size = next((one for one in (15, 13, 11, 9) if height(messages, one, BODY_WIDTH) < BODY_END - top), 8)
    text(slide, Box(MARGIN, top, BODY_WIDTH, BODY_END - top), messages, size, name="Contents")


def _opening_height(part: Section) -> float:
    """How much of the body key figures and sentences take."""
    rows = math.ceil(len(part.cards) / CARDS_ACROSS)
    told = words.paragraphs(part)
    return rows * CARD_ROW + (height(told, 13, BODY_WIDTH) + 0.15 if told else 0.0)


def _fits_one(part: Section) -> bool:
    """Whether the first chart fits on the slide of the message."""
    if not part.charts or part.charts[0].kind in ("heat", "surface"):
        return False
    left = BODY_END - BODY_TOP - _opening_height(part) - 0.9
    if not (part.cards or part.words):
        return not _question(part)
    return left >= LEAST_CHART and len(part.charts[0].traces) <= 8 and _rows_of(part.charts[0]) <= 12


def _question(part: Section) -> str:
    t_en, t_ko = Translator("en"), Translator("ko")
    key = f"{part.page}.question"
    return part.headline if t_en.has(key) and part.headline in (t_en(key), t_ko(key)) else ""


def _rows_of(spec: ChartSpec) -> int:
    return len(list(spec.traces[0].y)) if spec.kind in ("bars", "dots", "dumbbell") and spec.traces else 0


def _opening(made: Deck, part: Section, together: bool) -> None:
    """The message with its key figures and sentences; the first chart below where it fits."""
    told = words.paragraphs(part)
    first = part.charts[0] if together else None
    slide = made.slide(part.headline, part, _told(first) if first else ())
    top = _cards(slide, part.cards, BODY_TOP)
    if told:
        top, rest = _words(slide, told, top, 13 if first else 15)
        while rest:
            following = made.slide(made.t("report.part", title=part.headline, part="…", parts="…"), part)
            _, rest = _words(following, rest, BODY_TOP, 15)
    if first is not None:
        if words.plain(first.title) != words.plain(part.headline):
            line, size = fit(words.plain(first.title), Box(0, 0, BODY_WIDTH, 0.3), (14, 13, 12, 11, 10))
            text(slide, Box(MARGIN, top, BODY_WIDTH, 0.3), [line], size, bold=True, name="Chart title")
            top += 0.34
        _place_chart(made, slide, first, top)


def _cards(slide: Any, cards: Sequence[Card], top: float) -> float:
    """Key figures as rounded boxes; returns where they end."""
    from pptx.enum.shapes import MSO_SHAPE

    rows = math.ceil(len(cards) / CARDS_ACROSS)
    tall = min(CARD_ROW, (BODY_END - top) / max(rows, 1))
    across = min(max(len(cards), 1), CARDS_ACROSS)
    wide = (BODY_WIDTH - 0.15 * (across - 1)) / across
    for place, card in enumerate(cards):
        x = MARGIN + (place % across) * (wide + 0.15)
        y = top + (place // across) * tall
        shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *Box(x, y, wide, tall - 0.12).emu())
        shape.adjustments[0] = 0.06
        shape.fill.solid()
        shape.fill.fore_color.rgb = rgb(LIGHT.panel)
        shape.line.color.rgb = rgb(LIGHT.border)
        shape.shadow.inherit = False
        shape.name = f"Figure {place + 1}"
        told = f"{card.label}: {card.value}. {card.delta}. {card.note}"
        shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(told))
        inside = Box(x + 0.12, y + 0.07, wide - 0.24, tall - 0.26)
        _card(slide, card, inside)
    return top + rows * tall + (0.05 if cards else 0.0)


def _card(slide: Any, card: Card, box: Box) -> None:
    """The lines of a key figure, each in its own place so that none pushes another out."""
    label, label_size = fit(words.plain(card.label), Box(0, 0, box.width, 0.22), (11, 10, 9, 8))
    value, value_size = fit(words.plain(card.value), Box(0, 0, box.width, 0.45), (24, 20, 17, 14, 12))
    text(slide, Box(box.x, box.y, box.width, 0.22), [label], label_size, colour=QUIET)
    text(slide, Box(box.x, box.y + 0.23, box.width, 0.42), [value], value_size, bold=True)
    small = words.plain(" · ".join(one for one in (card.delta, card.note) if one))
    if small:
        room = Box(0, 0, box.width, max(box.height - 0.67, 0.2))
        line, size = fit(small, room, (10, 9, 8))
        text(slide, Box(box.x, box.y + 0.66, box.width, room.height), [line], size, colour=QUIET)


def _words(slide: Any, told: Sequence[str], top: float, size: float) -> tuple[float, list[str]]:
    """Paragraphs as far as the slide holds them; returns where they end and what is left."""
    room, kept = BODY_END - top, 0
    while kept < len(told) and height(told[: kept + 1], size, BODY_WIDTH) <= room:
        kept += 1
    shown_, rest = list(told[:kept]), list(told[kept:])
    if not kept and told:
        cut, _ = fit(told[0], Box(0, 0, BODY_WIDTH, room), (size, 12, 10))
        shown_, rest = [cut], list(told[1:])
    tall = height(shown_, size, BODY_WIDTH)
    text(slide, Box(MARGIN, top, BODY_WIDTH, tall), shown_, size, name="Text")
    return top + tall + 0.15, rest


def _chart(made: Deck, part: Section, spec: ChartSpec) -> None:
    """A chart on slides of its own, under its takeaway."""
    if spec.kind in ("heat", "surface"):
        _grid(made, part, spec)
        return
    _place_chart(made, made.slide(spec.title, part, _told(spec)), spec, BODY_TOP)


def _place_chart(made: Deck, slide: Any, spec: ChartSpec, top: float) -> None:
    box = Box(MARGIN, top, BODY_WIDTH, BODY_END - 0.48 - top)
    drawn = add(slide, spec, box, made.t)
    _source(slide, [*drawn.notes, spec.source])


def _source(slide: Any, told: Sequence[str]) -> None:
    """Small print below a chart: what is shaded or left out, then the source; all of it is in the notes."""
    whole = " ".join(words.plain(one) for one in told if one)
    if whole:
        box = Box(MARGIN, BODY_END - 0.42, BODY_WIDTH, 0.48)
        line, size = fit(whole, box, (10, 9, 8))
        text(slide, box, [line], size, name="Source", colour=QUIET)


def _grid(made: Deck, part: Section, spec: ChartSpec) -> None:
    """A heat map or a surface as tables of coloured cells."""
    names = [trace.name for trace in spec.traces]
    rows = [[bare(y) for y in trace.y] for trace in spec.traces]
    columns = [bare(x) for x in spec.traces[0].x]
    known = [value for row in rows for value in row if value is not None]
    low, high = (-max(map(abs, known)), max(map(abs, known))) if spec.kind == "heat" else (min(known), max(known))
    scale = LIGHT.diverging if spec.kind == "heat" else LIGHT.sequential
    told: list[str] = []
    if spec.kind == "surface":
        down, over = _every(len(rows), SURFACE_ROWS), _every(len(columns), SURFACE_COLUMNS)
        names = [_short(spec.rows[place], spec.y_number) for place in down][::-1]
        if (len(down), len(over)) != (len(rows), len(columns)):
            told.append(
                made.t("report.grid_cut", rows=len(down), columns=len(over), all_rows=len(rows), all_columns=len(columns))
            )  # fmt: skip
        told.append(_axes_of(spec))
        told += [words.plain(spot.label) for spot in spec.spots]
        rows = [[rows[place][column] for column in over] for place in down][::-1]
        columns = [_short(columns[place], spec.x_number) for place in over]
    flat = high - low < 1e-6
    parts = math.ceil(len(rows) / HEAT_ROWS)
    each = math.ceil(len(rows) / parts)
    for order in range(parts):
        title = spec.title if parts == 1 else made.t("report.part", title=spec.title, part=order + 1, parts=parts)
        slide = made.slide(title, part, _told(spec))
        some = range(order * each, min((order + 1) * each, len(rows)))
        size = 10 if len(columns) <= 13 else 8.5
        head = [Cell(""), *(Cell(words.plain(str(one)), bold=True, centre=True) for one in columns)]
        body = [head]
        for place in some:
            cells = [
                _coloured(spec, value, (value - low) / (high - low) if value is not None and not flat else 0.0, scale)
                for value in rows[place]
            ]
            body.append([Cell(words.plain(str(names[place])), bold=True), *cells])
        first = min(3.2, max(width(str(name), size) for name in names) + 0.25)
        rest = min((BODY_WIDTH - first) / len(columns), 1.4)
        tall = min(0.32, (BODY_END - 0.5 - BODY_TOP) / len(body))
        box = Box(MARGIN, BODY_TOP, first + rest * len(columns), tall * len(body))
        table(slide, box, body, [first, *[rest] * len(columns)], size, f"{spec.title}. {spec.alt}")
        _source(slide, [*told, spec.source])


def _coloured(spec: ChartSpec, value: float | None, share: float, scale: tuple[str, ...]) -> Cell:
    if value is None:
        return Cell("", centre=True)
    fill = LIGHT.low_to_high(share, scale)
    return Cell(words_of(spec, value), fill=fill, colour=readable(fill), centre=True)


def _axes_of(spec: ChartSpec) -> str:
    """Names of the two axes of a surface and of its colours."""
    return f"→ {spec.x_title}; ↑ {spec.y_title}" + (f"; {spec.z_title}" if spec.z_title else "") + "."


def _short(value: Any, kind: Any) -> str:
    return words.number(value, kind) if kind else f"{value:.3g}" if isinstance(value, int | float) else str(value)


def _every(count: int, most: int) -> list[int]:
    """At most ``most`` places, evenly, first and last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})


def _table(made: Deck, part: Section, one: Table) -> None:
    """A table on up to two slides, turned on its side where it is wider than long."""
    heads = [str(name) for name in one.rows.columns]
    rows = [[words.plain(shown(cell)) for cell in row] for row in one.rows.astype(object).to_numpy().tolist()]
    if not rows:
        return
    if len(heads) > MOST_COLUMNS and len(rows) < MOST_COLUMNS:
        turned = [list(row) for row in zip(heads, *rows, strict=True)]
        heads, rows = turned[0], turned[1:]
    told = []
    if len(heads) > MOST_COLUMNS:
        told.append(made.t("report.columns_cut", shown=MOST_COLUMNS, total=len(heads)))
        heads, rows = heads[:MOST_COLUMNS], [row[:MOST_COLUMNS] for row in rows]
    if len(rows) > MOST_ROWS:
        told.append(made.t("report.rows_cut", shown=MOST_ROWS, total=len(rows)))
    kept = rows[:MOST_ROWS]
    parts = math.ceil(len(kept) / ROWS)
    each = math.ceil(len(kept) / parts)
    for order in range(parts):
        title = one.title if parts == 1 else made.t("report.part", title=one.title, part=order + 1, parts=parts)
        slide = made.slide(title, part, [one.note] if one.note else [])
        some = kept[order * each : (order + 1) * each]
        _table_body(slide, heads, some, title)
        _source(slide, [*told, one.note])


def _table_body(slide: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], alt: str) -> None:
    room = BODY_END - 0.5 - BODY_TOP
    tall = min(0.34, room / (len(rows) + 1))
    size = min(12.0, tall * 72 / 1.7)
    grid = [list(heads), *map(list, rows)]
    needs = [min(max(1.06 * width(row[place], size) for row in grid) + 0.15, 4.5) for place in range(len(heads))]
    total = min(math.fsum(needs) * 1.05, BODY_WIDTH) if len(heads) > 2 else min(math.fsum(needs) * 1.3, BODY_WIDTH)
    # The first column names the rows: it keeps what it needs.
    first = min(needs[0], 0.4 * total) if len(needs) > 1 else total
    widths = [first, *spread(total - first, needs[1:])]
    right = [all(_numeric(row[place]) for row in rows) for place in range(len(heads))]
    body = [
        [
            Cell(_cut(head, widths[place], size), fill=LIGHT.panel, bold=True, right=right[place])
            for place, head in enumerate(heads)
        ]
    ]
    body += [
        [Cell(_cut(cell, widths[place], size), right=right[place]) for place, cell in enumerate(row)] for row in rows
    ]
    table(slide, Box(MARGIN, BODY_TOP, total, tall * len(body)), body, widths, size, alt)


def _numeric(cell: str) -> bool:
    return not cell or cell[0].isdigit() or cell[0] in "+-−–"


def _cut(cell: str, room: float, size: float) -> str:
    """A cell on one line: rows keep their height."""
    most = cell.replace("\n", " ")
    while most and 1.06 * width(most, size) > room - 0.08:
        most = most[:-1]
    return most if most == cell.replace("\n", " ") else f"{most[:-1].rstrip()}…"


def _disclaimers(made: Deck) -> None:
    """The notices, on as many slides as they need."""
    rest = [words.plain(sentence) for sentence in made.report.disclaimers]
    while rest:
        slide = made.slide(made.t("report.notice"), None)
        _, rest = _words(slide, rest, BODY_TOP, 14)


def _told(spec: ChartSpec) -> list[str]:
    """A chart in the notes: description and full source."""
    bands = [f"{band.label or '–'}: {band.start} – {band.end}" for band in spec.bands]
    return [words.plain(spec.title), words.plain(spec.alt), words.plain(spec.source), *bands]


def _provenance(report: Report, part: Section) -> list[str]:
    t = Translator(report.language)
    return [
        f"{t('report.settings')}: {words.settings(part)}",
        f"{t('report.address')}: {part.address}",
        *(f"{name}: {value}" for name, value in words.facts(report)),
    ]


__all__ = ["MIME", "WIDTH", "build"]
