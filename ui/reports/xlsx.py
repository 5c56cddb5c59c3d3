"""A report as a workbook: contents, a sheet a chart with its numbers and a native chart, a sheet a table, sources."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ui import exports, tokens
from ui.i18n import Translator
from ui.render import machine
from ui.reports import words
from ui.reports.model import Report, Section
from ui.reports.numbers import Cell, Grid, bare, grid, shown
from ui.reports.palette import palette
from ui.reports.words import Step, quiet
from ui.specs import ChartSpec

MIME = exports.XLSX

HEAD = 6
"""Row of the headings of a sheet, counted from 0; above it stands what the numbers are."""

LIGHT = palette("light")

_DASHES = {"dot": "round_dot", "dashdot": "dash_dot", "longdash": "long_dash", "longdashdot": "long_dash_dot"}
_KINDS = {
    "lines": {"type": "line"}, "underwater": {"type": "line"}, "areas": {"type": "area", "subtype": "stacked"},
    "bars": {"type": "bar"}, "slope": {"type": "line"}, "dots": {"type": "line"}, "dumbbell": {"type": "line"},
    "scatter": {"type": "scatter"},
}  # fmt: skip


@dataclass
class Book:
    """The workbook while it is made, with its cell formats."""

    made: Any
    report: Report
    t: Translator
    styles: dict[str, Any] = field(default_factory=dict)

    def style(self, number: str = "", **more: object) -> Any:
        key = repr((number, sorted(more.items())))
        if key not in self.styles:
            self.styles[key] = self.made.add_format({**({"num_format": number} if number else {}), **more})
        return self.styles[key]

    def sheet(self, name: str) -> Any:
        """A sheet that prints on one page across, with footer and, while there is no review, the watermark on top."""
        made = self.made.add_worksheet(name)
        made.hide_gridlines(2)
        made.set_landscape()
        made.fit_to_pages(1, 0)
        made.set_paper(9)
        made.set_footer(f"&L{_printed(words.footer(self.report))}&R&P / &N")
        if self.report.watermark:
            made.set_header(f"&C&20&K9AA3B2{_printed(self.report.watermark)}")
        return made


def build(report: Report, step: Step = quiet) -> bytes:
    """The workbook as an XLSX file; no cell holds a formula."""
    from xlsxwriter import Workbook

    target = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "nan_inf_to_errors": True,
    }
    book = Book(Workbook(target, options), report, Translator(report.language))
    book.made.set_properties(
        {
            "title": report.title,
            "author": "Lodestar",
            "comments": words.footer(report),
            "created": report.made.replace(tzinfo=None),
        }
    )
    contents = book.sheet(book.t("report.contents"))
    made: list[tuple[str, str, str, str]] = []
    for place, (order, part, what, block) in enumerate(jobs := list(_blocks(report))):
        step(place, len(jobs) + 1, getattr(block, "title", what))
        number = 1 + sum(kind == what for kind, *_ in made)
        name = book.t(f"report.sheet_{what}", n=number)
        title, source = _WRITE[what](book, part, block, name)
        made.append((what, f"{order}. {part.title}", name, title))
        _ = source
    step(len(jobs), len(jobs) + 1, book.t("report.saving"))
    _contents(book, contents, made)
    _sources(book)
    book.made.close()
    return target.getvalue()


def _blocks(report: Report) -> Iterator[tuple[int, Section, str, Any]]:
    for order, part in words.numbered(report):
        if part.cards:
            yield order, part, "cards", part
        yield from ((order, part, "chart", spec) for spec in part.charts)
        yield from ((order, part, "table", one) for one in part.tables)


def _contents(book: Book, sheet: Any, made: Sequence[tuple[str, str, str, str]]) -> None:
    """What the file is, what it was asked under, where what stands, and the notices."""
    report, t = book.report, book.t
    bold, wrap = book.style(bold=True), book.style(text_wrap=True, valign="top")
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 26)
    sheet.set_column(2, 2, 100)
    _text(sheet, 0, 0, report.title, book.style(bold=True, font_size=16))
    row = 1
    if report.watermark:
        _text(sheet, row, 0, report.watermark, book.style(bold=True, font_color="#B00020"))
    for name, value in words.facts(report):
        row += 1
        _text(sheet, row, 0, name, bold)
        _text(sheet, row, 1, value)
    row += 2
    for order, part in words.numbered(report):
        _text(sheet, row, 0, f"{order}. {part.title}", bold)
        _text(sheet, row, 1, t("report.settings"))
        _text(sheet, row, 2, words.settings(part), wrap)
        _text(sheet, row + 1, 1, t("report.address"))
        _text(sheet, row + 1, 2, part.address, wrap)
        row += 2
        for sentence in words.paragraphs(part):
            _text(sheet, row, 2, sentence, wrap)
            row += 1
    row += 1
    for column, head in enumerate((t("report.page"), t("report.sheet"), t("report.title"))):
        _text(sheet, row, column, head, bold)
    for _, page, name, title in made:
        row += 1
        _text(sheet, row, 0, page)
        sheet.write_url(row, 1, f"internal:'{name}'!A1", string=name)
        _text(sheet, row, 2, title, wrap)
    row += 2
    _text(sheet, row, 0, t("report.notice"), bold)
    for sentence in report.disclaimers:
        _text(sheet, row, 1, "")
        _text(sheet, row, 2, sentence, wrap)
        row += 1


def _sources(book: Book) -> None:
    """Where every number comes from: a row a chart or table."""
    t = book.t
    sheet = book.sheet(t("report.sources"))
    wrap = book.style(text_wrap=True, valign="top")
    heads = ("page", "title", "source", "as_of", "settings", "snapshot")
    for column, (head, wide) in enumerate(zip(heads, (22, 50, 90, 14, 50, 16), strict=True)):
        sheet.set_column(column, column, wide)
        _text(sheet, 0, column, t(f"report.{head}"), book.style(bold=True))
    for row, (order, part, what, block) in enumerate(_blocks(book.report), start=1):
        title = t("report.key_figures") if what == "cards" else block.title
        source = "" if what == "cards" else block.source if what == "chart" else block.note
        when = part.as_of.isoformat() if part.as_of else ""
        cells = (f"{order}. {part.title}", title, source, when, words.settings(part), book.report.snapshot)
        for column, cell in enumerate(cells):
            _text(sheet, row, column, words.plain(cell), wrap)
    sheet.freeze_panes(1, 0)


def _head(book: Book, part: Section, name: str, title: str, source: str, alt: str) -> Any:
    """A sheet with its title, source, settings and dates above the numbers."""
    sheet = book.sheet(name)
    t, report = book.t, book.report
    when = part.as_of.isoformat() if part.as_of else "–"
    _text(sheet, 0, 0, words.plain(title), book.style(bold=True, font_size=13))
    told = (
        f"{t('report.as_of')} {when} · {t('report.snapshot')} {report.snapshot} · {report.review or report.watermark}"
    )
    _text(sheet, 1, 0, told)
    _text(sheet, 2, 0, f"{part.title} · {t('report.settings')}: {words.settings(part)}")
    _text(sheet, 3, 0, f"{t('report.source')}: {words.plain(source)}" if source else "")
    _text(sheet, 4, 0, f"{t('report.alt')}: {words.plain(alt)}" if alt else "")
    return sheet


def _cards(book: Book, part: Section, _: object, name: str) -> tuple[str, str]:
    title = f"{part.title}: {book.t('report.key_figures')}"
    sheet = _head(book, part, name, title, "", "")
    heads = tuple(book.t(f"report.{key}") for key in ("figure", "value", "compared", "note"))
    rows = [(card.label, card.value, card.delta, card.note) for card in part.cards]
    _grid(book, sheet, Grid(heads, tuple(rows)), "")
    return title, ""


def _table(book: Book, part: Section, one: Any, name: str) -> tuple[str, str]:
    sheet = _head(book, part, name, one.title, one.note, "")
    rows = tuple(tuple(_flat(cell) for cell in row) for row in one.rows.astype(object).to_numpy().tolist())
    _grid(book, sheet, Grid(tuple(str(head) for head in one.rows.columns), rows), "")
    return one.title, one.note


def _flat(cell: object) -> Cell:
    value = bare(cell)
    return value if isinstance(value, bool | int | float | date) or value is None else shown(value)


def _chart(book: Book, part: Section, spec: ChartSpec, name: str) -> tuple[str, str]:
    sheet = _head(book, part, name, spec.title, spec.source, spec.alt)
    found = grid(spec, book.t)
    _grid(book, sheet, found, words.excel(spec.number))
    if spec.kind in ("heat", "surface"):
        _colour(sheet, spec, found)
    else:
        _draw(book, sheet, spec, found, name)
    return spec.title, spec.source


def _grid(book: Book, sheet: Any, found: Grid, number: str) -> None:
    """Headings and cells: numbers as numbers with their format, everything else as text."""
    head = book.style(bold=True, text_wrap=True, valign="top", bottom=1)
    for column, name in enumerate(found.headings):
        _text(sheet, HEAD, column, words.plain(name), head)
    plain = book.style(number) if number else None
    for row, cells in enumerate(found.rows, start=HEAD + 1):
        for column, cell in enumerate(cells):
            if plain is not None and column and type(cell) is float and cell == cell:  # noqa: PLR0124  (most cells, fast)
                sheet.write_number(row, column, cell, plain)
            else:
                _cell(book, sheet, row, column, cell, number if column else "")
    for column, name in enumerate(found.headings):
        widest = max((len(shown(row[column])) for row in found.rows[:60]), default=0)
        sheet.set_column(column, column, max(11, min(max(widest, len(name) // 2) + 2, 42)))
    sheet.freeze_panes(HEAD + 1, 1)


def _cell(book: Book, sheet: Any, row: int, column: int, cell: Cell, number: str) -> None:
    value = bare(machine(cell))
    if value is None or value != value:  # noqa: PLR0124  (not a number)
        return
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, book.style("yyyy-mm-dd"))
    elif isinstance(value, bool) or not isinstance(value, int | float):
        _text(sheet, row, column, shown(value))
    else:
        sheet.write_number(row, column, value, book.style(_format(cell, number)))


def _format(cell: Cell, number: str) -> str:
    """A percentage keeps the digits it has on the screen."""
    if not isinstance(cell, str):
        return number or ("#,##0" if isinstance(cell, int) and abs(cell) >= 10_000 else "General")
    digits = len(cell.split(" ")[0].partition(".")[2])
    return "0%" if not digits else f"0.{'0' * digits}%"


def _text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    sheet.write_string(row, column, str(exports.safe(text)), style)


def _printed(text: str) -> str:
    return text.replace("&", "&&")[:200]


def _colour(sheet: Any, spec: ChartSpec, found: Grid) -> None:
    """A heat map: the cells themselves, coloured by their numbers."""
    area = (HEAD + 1, 1, HEAD + len(found.rows), len(found.headings) - 1)
    if spec.kind == "heat":
        scale = {
            "type": "3_color_scale", "min_color": LIGHT.diverging[1], "mid_color": "#FFFFFF", "max_color": LIGHT.diverging[-2],
            "mid_type": "num", "mid_value": 0,
        }  # fmt: skip
    else:
        scale = {"type": "2_color_scale", "min_color": LIGHT.sequential[0], "max_color": LIGHT.sequential[-3]}
    sheet.conditional_format(*area, scale)


def _draw(book: Book, sheet: Any, spec: ChartSpec, found: Grid, name: str) -> None:
    """The chart beside its numbers, tied to their cells."""
    over_numbers = spec.kind == "lines" and bool(found.rows) and isinstance(found.rows[0][0], int | float)
    kind = {"type": "scatter", "subtype": "straight"} if over_numbers else _KINDS[spec.kind]
    chart = book.made.add_chart(dict(kind))
    last = HEAD + len(found.rows)
    if spec.kind == "scatter":
        chart.add_series(
            {
                "name": spec.y_title or words.plain(spec.title)[:80],
                "categories": [name, HEAD + 1, 2, last, 2],
                "values": [name, HEAD + 1, 3, last, 3],
                "marker": {"type": "circle", "size": 8, "fill": {"color": LIGHT.line(0)}, "border": {"none": True}},
            }
        )
    else:
        for place, (column, trace) in enumerate(_columns(spec)):
            # Every series has the places of the first; kept once beside the chart, they need not be written again.
            again: dict[str, Any] = {"categories_data": []} if place else {}
            chart.add_series(
                {
                    "name": [name, HEAD, column],
                    "categories": [name, HEAD + 1, 0, last, 0],
                    "values": [name, HEAD + 1, column, last, column],
                    **again,
                    **_look(spec, trace),
                }
            )
    _axes(chart, spec, found, over_numbers)
    chart.set_title({"none": True})
    chart.set_legend({"position": "bottom"} if len(spec.traces) > 1 else {"none": True})
    chart.show_blanks_as("span")
    chart.set_size({"width": 860, "height": max(420, min(24 * len(found.rows), 900) if spec.kind == "bars" else 420)})
    where = (HEAD, len(found.headings) + 1)
    sheet.insert_chart(
        *where, chart, {"description": f"{words.plain(spec.title)}. {words.plain(spec.alt)}", "object_position": 2}
    )


def _columns(spec: ChartSpec) -> Iterator[tuple[int, Any]]:
    """Column of each trace's numbers in its sheet."""
    column = 1
    for trace in spec.traces:
        yield column, trace
        column += 1 + bool(len(trace.low)) + bool(len(trace.high))


def _look(spec: ChartSpec, trace: Any) -> dict[str, Any]:
    colour = LIGHT.line(trace.slot)
    if spec.kind in ("areas", "bars"):
        return {"fill": {"color": colour}, "gap": 60}
    if spec.kind in ("dots", "dumbbell"):
        shape = "diamond" if trace.slot is None else "circle"
        return {
            "line": {"none": True},
            "marker": {"type": shape, "size": 8, "fill": {"color": colour}, "border": {"none": True}},
        }
    dash = "dash" if trace.slot is None else _DASHES.get(tokens.dash(trace.slot), "solid")
    mark = {"marker": {"type": "circle", "size": 7, "fill": {"color": colour}}} if spec.kind == "slope" else {}
    return {"line": {"color": colour, "width": 1.5 if trace.slot is None else 2.0, "dash_type": dash}, **mark}


def _axes(chart: Any, spec: ChartSpec, found: Grid, over_numbers: bool) -> None:
    number = "0%" if spec.number.startswith("percent") else "General"
    values: dict[str, Any] = {
        "num_format": number,
        "major_gridlines": {"visible": True, "line": {"color": LIGHT.border}},
    }
    values |= {"name": spec.y_title} if spec.y_title else {}
    places: dict[str, Any] = {"label_position": "low"} | ({"name": spec.x_title} if spec.x_title else {})
    numbers = [cell for row in found.rows for cell in row[1:] if isinstance(cell, int | float)]
    if spec.log and numbers and min(numbers) > 0:
        base = 10 if max(numbers) / min(numbers) > 60 else 2
        values |= {"log_base": base, "crossing": "min"}
    if found.rows and isinstance(found.rows[0][0], date):
        places |= {"date_axis": True, "num_format": "yyyy", "major_unit_type": "years", "major_unit": _years(found)}
    if over_numbers and spec.x_number and spec.x_number.startswith("percent"):
        places |= {"num_format": "0%"}
    if spec.x_log:
        places |= {"log_base": 10}
    if spec.kind == "slope":
        values |= {"reverse": True}
    if spec.kind == "areas":
        values |= {"min": 0, "max": 1}
    if spec.kind == "bars":
        chart.set_x_axis(values | {"name": spec.y_title})
        chart.set_y_axis(places | {"reverse": True, "name": spec.x_title})
        return
    if spec.kind == "scatter":
        places |= {"num_format": "0.00%"}
        values |= {"num_format": "0.00%"}
    chart.set_x_axis(places)
    chart.set_y_axis(values)


def _years(found: Grid) -> int:
    first, last = found.rows[0][0], found.rows[-1][0]
    assert isinstance(first, date)  # noqa: S101  (asked only of dates)
    assert isinstance(last, date)  # noqa: S101
    return max(1, round((last - first).days / 365.25 / 10))


_WRITE = {"cards": _cards, "chart": _chart, "table": _table}
