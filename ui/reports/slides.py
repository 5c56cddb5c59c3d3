"""The parts of a slide deck: the deck itself, text that fits, tables; lengths in inches, sizes in points."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from ui.reports.palette import palette

WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.55
BODY_TOP, BODY_END = 1.62, 6.88
BODY_WIDTH = WIDTH - 2 * MARGIN
LIGHT = palette("light")
FONT = "Malgun Gothic"
"""Comes with PowerPoint and holds Latin and Korean letters."""

LEADING = 1.25
"""Height of a line over the size of its letters."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"


@dataclass(frozen=True)
class Box:
    """A place on a slide."""

    x: float
    y: float
    width: float
    height: float

    def emu(self) -> tuple[Any, Any, Any, Any]:
        from pptx.util import Inches

        return Inches(self.x), Inches(self.y), Inches(self.width), Inches(self.height)


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its text and how it is drawn."""

    text: str
    fill: str = ""
    colour: str = ""
    bold: bool = False
    right: bool = False
    centre: bool = False


def clean(text: str) -> str:
    """Text without characters that a file in XML cannot hold."""
    return _CONTROL.sub("", text)


def width(text: str, size: float) -> float:
    """How wide a line of text is, estimated: Korean letters are square, Latin ones a little over half."""
    letters = sum(
        1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.32 if letter in " .,:;'|il·()" else 0.58
        for letter in text
    )
    return letters * size / 72.0


def lines(text: str, size: float, room: float) -> int:
    """Lines that a paragraph takes in that width, broken between words."""
    count, used = 1, 0.0
    for word in text.split(" "):
        need = width(word + " ", size)
        if used + need > room and used:
            count, used = count + 1, 0.0
        count += int(need // room) if need > room else 0
        used += need % room if need > room else need
    return count


def height(paragraphs: Sequence[str], size: float, room: float) -> float:
    """How high paragraphs stand, with a third of a line between them."""
    rows = sum(lines(part, size, room) for part in paragraphs) + 0.35 * max(len(paragraphs) - 1, 0)
    return rows * size * LEADING / 72.0


def fit(text: str, box: Box, sizes: Sequence[float]) -> tuple[str, float]:
    """The text and the largest of the sizes at which it fits; at the smallest its end gives way to an ellipsis."""
    for size in sizes:
        if height([text], size, box.width) <= box.height:
            return text, size
    most = text
    while most and height([f"{most}…"], sizes[-1], box.width) > box.height:
        most = most[: -max(1, len(most) // 40)].rstrip()
    return f"{most}…", sizes[-1]


def deck() -> Any:
    """An empty 16:9 presentation with one layout, whose title stands where ours do."""
    from pptx import Presentation
    from pptx.util import Inches, Pt

    made: Any = Presentation()
    made.slide_width, made.slide_height = Inches(WIDTH), Inches(HEIGHT)
    kept = made.slide_layouts.get_by_name("Title Only")
    for layout in list(made.slide_layouts):
        if layout is not kept:
            made.slide_layouts.remove(layout)
    for holder in (made.slide_master, kept):
        for shape in list(holder.placeholders):
            if shape.placeholder_format.type == 1:
                shape.left, shape.top, shape.width, shape.height = Box(MARGIN, 0.62, BODY_WIDTH, 0.92).emu()
                shape.text_frame.paragraphs[0].font.size = Pt(24)
                for style in holder._element.xpath(".//p:titleStyle/a:lvl1pPr"):
                    style.set("algn", "l")
            elif holder is kept:
                shape._element.getparent().remove(shape._element)
            else:
                shape.left, shape.width = Inches(MARGIN), Inches(BODY_WIDTH)
                shape.top = Inches(BODY_TOP if shape.top < Inches(5) else 6.9)
                shape.height = Inches(5.2 if shape.top < Inches(5) else 0.4)
    _fonts(made)
    return made


def _fonts(made: Any) -> None:
    """One typeface for every script in the theme, so that charts and tables use it too."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part = made.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = part.blob.decode("utf-8")
    for script in ("latin", "ea"):
        theme = re.sub(
            rf'(<a:(?:major|minor)Font>.*?<a:{script} typeface=")[^"]*"', rf'\g<1>{FONT}"', theme, flags=re.S
        )
    theme = re.sub(r'(<a:font script="Hang" typeface=")[^"]*"', rf'\g<1>{FONT}"', theme)
    part._blob = theme.encode("utf-8")


def rgb(colour: str) -> Any:
    """A hexadecimal colour as python-pptx takes it."""
    from pptx.dml.color import RGBColor

    return RGBColor(*bytes.fromhex(colour.removeprefix("#")))


def write(
    frame: Any, paragraphs: Sequence[str], size: float, *, bold: bool = False, colour: str = "", align: str = ""
) -> None:
    """Fill a text frame; long text wraps, nothing is resized by the program that opens it."""
    from pptx.enum.text import MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    for place, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text = clean(text)
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = rgb(colour or LIGHT.text)
        paragraph.space_before = Pt(0 if place == 0 else size * 0.35)
        if align:
            paragraph.alignment = {"right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}[align]


def text(slide: Any, box: Box, paragraphs: Sequence[str], size: float, *, name: str = "", **style: Any) -> Any:
    """A text box."""
    shape = slide.shapes.add_textbox(*box.emu())
    if name:
        shape.name = name
    write(shape.text_frame, paragraphs, size, **style)
    return shape


def describe(shape: Any, alt: str) -> None:
    """What a reader who cannot see the shape should know."""
    shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(alt))


def table(slide: Any, box: Box, rows: Sequence[Sequence[Cell]], widths: Sequence[float], size: float, alt: str) -> Any:
    """A native table: first row its heading; every row as high as its share of the box."""
    from lxml import etree
    from pptx.util import Inches

    frame = slide.shapes.add_table(1, 1, *box.emu())
    tall = int(Inches(box.height / len(rows)))
    columns = "".join(f'<a:gridCol w="{int(Inches(one))}"/>' for one in widths)
    body = "".join(f'<a:tr h="{tall}">{"".join(_cell(cell, size) for cell in row)}</a:tr>' for row in rows)
    made = etree.fromstring(
        f'<a:tbl xmlns:a="{_DRAWING}"><a:tblPr firstRow="1"/><a:tblGrid>{columns}</a:tblGrid>{body}</a:tbl>'
    )
    old = frame._element.xpath(".//a:tbl")[0]
    from pptx.oxml import parse_xml

    old.getparent().replace(old, parse_xml(etree.tostring(made)))
    describe(frame, alt)
    return frame


def _cell(cell: Cell, size: float) -> str:
    align = "r" if cell.right else "ctr" if cell.centre else "l"
    colour = (cell.colour or LIGHT.text).removeprefix("#")
    fill = (
        f'<a:solidFill><a:srgbClr val="{cell.fill.removeprefix("#")}"/></a:solidFill>' if cell.fill else "<a:noFill/>"
    )
    rule = f'<a:ln{{side}} w="6350"><a:solidFill><a:srgbClr val="{LIGHT.border.removeprefix("#")}"/></a:solidFill></a:ln{{side}}>'
    rules = "".join(rule.format(side=side) for side in "LRTB") if cell.centre else rule.format(side="B")
    style = f'sz="{round(size * 100)}" b="{int(cell.bold)}"'
    paint = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>'
    run = f"<a:r><a:rPr {style}>{paint}</a:rPr><a:t>{escape(clean(cell.text))}</a:t></a:r>" if cell.text else ""
    end = f"<a:endParaRPr {style}/>"
    return (
        f'<a:tc><a:txBody><a:bodyPr/><a:p><a:pPr algn="{align}"/>{run}{end}</a:p></a:txBody>'
        f'<a:tcPr marL="36000" marR="36000" marT="0" marB="0" anchor="ctr">{rules}{fill}</a:tcPr></a:tc>'
    )


def watermark(slide: Any, words: str) -> None:
    """Words across the slide, behind everything else."""
    from lxml import etree

    shape = text(
        slide,
        Box(0.7, 2.9, WIDTH - 1.4, 1.4),
        [words],
        66,
        name="Watermark",
        bold=True,
        colour="#9AA3B2",
        align="center",
    )
    shape.rotation = -22
    for paint in shape._element.xpath(".//a:rPr/a:solidFill/a:srgbClr"):
        etree.SubElement(paint, f"{{{_DRAWING}}}alpha", val="20000")
    tree = slide.shapes._spTree
    tree.remove(shape._element)
    tree.insert(2, shape._element)


def page_number(slide: Any, colour: str) -> None:
    """The number of the slide as a field, so that it stays right when slides are moved."""
    from pptx.oxml import parse_xml

    shape = text(slide, Box(WIDTH - MARGIN - 0.8, 7.06, 0.8, 0.24), [""], 10, name="Page number", align="right")
    paragraph = shape.text_frame.paragraphs[0]._p
    for run in paragraph.xpath("a:r"):
        paragraph.remove(run)
    fill = f'<a:solidFill><a:srgbClr val="{colour.removeprefix("#")}"/></a:solidFill>'
    paragraph.append(
        parse_xml(
            f'<a:fld xmlns:a="{_DRAWING}" id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
            f'<a:rPr sz="1000">{fill}</a:rPr><a:t>‹#›</a:t></a:fld>'
        )
    )


def spread(total: float, needs: Sequence[float]) -> list[float]:
    """Widths of columns that fill a total in the measure of their needs."""
    whole = math.fsum(needs) or 1.0
    return [total * need / whole for need in needs]
