"""A report as one HTML file: charts that answer to the pointer, both themes, print; it asks no host for anything."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from html import escape

from ui.i18n import Translator
from ui.record import Card, Table
from ui.render import CONFIG, MOST_LABELS, figure
from ui.reports import words
from ui.reports.model import Report, Section
from ui.reports.numbers import Cell, bare, grid, points, shown
from ui.reports.palette import GREY, Palette, palette
from ui.reports.slides import width
from ui.reports.words import Step, quiet
from ui.specs import ChartSpec, YFormat

MIME = "text/html"

MOST_ROWS = 60
"""A chart with at most this many rows carries them as a table; longer ones stand in the workbook."""

_BOLD = re.compile(r"\*\*(.+?)\*\*")

_STYLE = """
:root { color-scheme: light dark; %(light)s }
@media (prefers-color-scheme: dark) { :root { %(dark)s } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--background); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", "Malgun Gothic", "Apple SD Gothic Neo", "Noto Sans KR", sans-serif;
  overflow-wrap: anywhere; word-break: keep-all; }
h1 { font-size: 1.8rem; margin: 0 0 1rem; } h2 { font-size: 1.35rem; margin: 0 0 .8rem; }
header, section, footer { margin-bottom: 2.5rem; } section { border-top: 1px solid var(--border); padding-top: 1.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0; } dt { opacity: .75; } dd { margin: 0; }
.page { color: var(--accent); font-weight: 600; margin: 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.card { border: 1px solid var(--border); border-radius: .4rem; padding: .7rem .9rem; background: var(--panel); }
.card strong { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.card span, .small, figcaption p { font-size: .85rem; opacity: .85; }
figure { margin: 1.5rem 0; } figcaption b { font-size: 1.05rem; } figcaption p { margin: .3rem 0 0; }
.chart { width: 100%%; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; font-size: .85rem; margin: .5rem 0; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--border); white-space: nowrap; }
td.n { text-align: right; font-variant-numeric: tabular-nums; } caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
.mark { position: fixed; inset: 0; display: grid; place-items: center; pointer-events: none; z-index: 9; }
.mark b { font-size: min(8vw, 5rem); transform: rotate(-24deg); opacity: .09; white-space: nowrap; }
.notice p { margin: .3rem 0; }
@media print { :root { %(light)s } body { max-width: none; padding: 0; font-size: 11px; } figure, .card, tr { break-inside: avoid; }
  h2 { break-after: avoid; } details:not([open]) { display: none; } @page { size: A4; margin: 14mm; } }
"""

_SCRIPT = """
(function () {
  var themes = __THEMES__, charts = __CHARTS__, config = __CONFIG__, dark = matchMedia("(prefers-color-scheme: dark)");
  function draw(theme) {
    var colours = themes[theme];
    charts.forEach(function (chart) {
      var text = JSON.stringify(chart.figure).replace(/#0000[0-9]{2}/g, function (slot) { return colours.slots[slot] || slot; });
      var figure = JSON.parse(text), layout = figure.layout;
      layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
      layout.font = {color: colours.text, family: "system-ui, 'Malgun Gothic', 'Noto Sans KR', sans-serif", size: 13};
      layout.hoverlabel = {bgcolor: colours.panel, bordercolor: colours.border, font: {color: colours.text}};
      layout.autosize = true;
      Object.keys(layout).filter(function (key) { return /^[xy]axis/.test(key); }).forEach(function (key) {
        layout[key] = Object.assign({automargin: true}, layout[key], {gridcolor: colours.border, zerolinecolor: colours.border, linecolor: colours.border});
      });
      Plotly.react(chart.id, figure.data, layout, config);
    });
  }
  function follow() { draw(dark.matches ? "dark" : "light"); }
  dark.addEventListener("change", follow);
  window.addEventListener("beforeprint", function () { draw("light"); });
  window.addEventListener("afterprint", follow);
  follow();
})();
"""


def build(report: Report, step: Step = quiet) -> bytes:
    """The page, UTF-8.

    Its own policy forbids every request: no script, style, font, picture or answer comes from anywhere else.
    """
    t = Translator(report.language)
    charts: list[str] = []
    body = [_opening(report, t)]
    for order, part in words.numbered(report):
        step(order - 1, len(report.sections) + 1, part.headline)
        body.append(_section(part, order, t, charts))
    step(len(report.sections), len(report.sections) + 1, t("report.saving"))
    body.append(_notice(report, t))
    script = _script(charts) if charts else ""
    library = _library() if charts else ""
    style = _STYLE % {"light": _colours(palette("light")), "dark": _colours(palette("dark"))}
    scripts = "".join(f"<script>{one}</script>\n" for one in (library, script) if one)
    mark = f'<div class="mark" aria-hidden="true"><b>{escape(report.watermark)}</b></div>' if report.watermark else ""
    page = (
        f'<!DOCTYPE html>\n<html lang="{report.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy([one for one in (library, script) if one])}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f'<link rel="icon" href="data:,">\n<title>{escape(report.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n'
        f"{mark}\n{''.join(body)}\n{scripts}</body>\n</html>\n"
    )
    return page.encode("utf-8")


@cache
def _library() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def _policy(scripts: Sequence[str]) -> str:
    """Nothing but what stands in the file: our own scripts by their hashes."""
    allowed = " ".join(f"'sha256-{_hash(one)}'" for one in scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )


def _script(charts: Sequence[str]) -> str:
    themes = {
        name: {"slots": one.slots, "text": one.text, "panel": one.panel, "border": one.border}
        for name, one in (("light", palette("light")), ("dark", palette("dark")))
    }
    config = CONFIG | {"responsive": True}
    filled = _SCRIPT.replace("__THEMES__", _safe(json.dumps(themes))).replace("__CONFIG__", _safe(json.dumps(config)))
    return filled.replace("__CHARTS__", f"[{','.join(charts)}]")


def _safe(text: str) -> str:
    """JSON inside a script: no text can end it."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _colours(one: Palette) -> str:
    named = {
        "background": one.background,
        "text": one.text,
        "panel": one.panel,
        "border": one.border,
        "accent": one.accent,
    }
    return " ".join(f"--{name}: {colour};" for name, colour in {**named, "grey": GREY}.items())


def _opening(report: Report, t: Translator) -> str:
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in words.facts(report))
    links = ""
    if len(report.sections) > 1:
        items = "".join(
            f'<li><a href="#s{order}">{escape(words.plain(part.headline))}</a></li>'
            for order, part in words.numbered(report)
        )
        links = f'<nav aria-label="{escape(t("report.contents"))}"><ol>{items}</ol></nav>'
    return f"<header>\n<h1>{escape(report.title)}</h1>\n<dl>{facts}</dl>\n{links}</header>\n<main>\n"


def _notice(report: Report, t: Translator) -> str:
    told = "".join(f"<p>{escape(words.plain(sentence))}</p>" for sentence in report.disclaimers)
    foot = escape(words.footer(report))
    return f'</main>\n<footer class="notice"><h2>{escape(t("report.notice"))}</h2>{told}<p class="small">{foot}</p></footer>\n'


def _section(part: Section, order: int, t: Translator, charts: list[str]) -> str:
    told = "".join(f"<p>{_rich(text)}</p>" for text in _paragraphs(part))
    facts = [(t("report.settings"), words.settings(part)), (t("report.address"), part.address)]
    if part.as_of:
        facts.insert(0, (t("report.as_of"), part.as_of.isoformat()))
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts)
    return (
        f'<section id="s{order}">\n<p class="page">{escape(part.title)}</p>\n<h2>{escape(words.plain(part.headline))}</h2>\n'
        f"{_cards(part.cards)}{told}{''.join(_chart(spec, order, t, charts) for spec in part.charts)}"
        f'{"".join(_table(one) for one in part.tables)}<dl class="small">{listed}</dl>\n</section>\n'
    )


def _paragraphs(part: Section) -> Iterator[str]:
    for text in part.words:
        yield from (one.strip() for one in text.split("\n") if one.strip())


def _rich(text: str) -> str:
    """A sentence: bold stays bold, everything else is plain."""
    pieces = _BOLD.split(text)
    return "".join(
        f"<strong>{escape(words.plain(one))}</strong>" if place % 2 else _spaced(one)
        for place, one in enumerate(pieces)
    )


def _spaced(text: str) -> str:
    """Plain text that keeps the spaces at its ends."""
    bare_ = escape(words.plain(text))
    return f"{' ' * text.startswith(' ')}{bare_}{' ' * (text.endswith(' ') and bool(text.strip()))}"


def _cards(cards: Sequence[Card]) -> str:
    boxes = "".join(
        f'<div class="card">{escape(words.plain(card.label))}<strong>{escape(words.plain(card.value))}</strong>'
        + "".join(f"<span>{escape(words.plain(small))}</span><br>" for small in (card.delta, card.note) if small)
        + "</div>"
        for card in cards
    )
    return f'<div class="cards">{boxes}</div>\n' if cards else ""


def _chart(spec: ChartSpec, order: int, t: Translator, charts: list[str]) -> str:
    """A chart with its takeaway, description, source and, where they are few, its numbers."""
    name = f"c{order}-{len(charts) + 1}"
    charts.append(f'{{"id":"{name}","figure":{_safe(_json(spec))}}}')
    alt = escape(f"{words.plain(spec.title)}. {words.plain(spec.alt)}", quote=True)
    source = f"<p>{escape(words.plain(spec.source))}</p>" if spec.source else ""
    return (
        f"<figure>\n<figcaption><b>{escape(words.plain(spec.title))}</b></figcaption>\n"
        f'<div class="chart" id="{name}" role="img" aria-label="{alt}" style="height:{spec.height}px"></div>\n'
        f"<figcaption>{source}</figcaption>\n{_numbers(spec, t)}</figure>\n"
    )


def _json(spec: ChartSpec) -> str:
    """The figure as Plotly reads it, without Plotly's own template: the colours are ours."""
    made = figure(spec)
    made.layout.template = None
    if spec.kind in ("lines", "underwater") and len(spec.traces) <= MOST_LABELS:
        # Room for the names at the line ends in this file's letters (a point is 4/3 pixels).
        made.update_layout(margin_r=14 + max((width(trace.name, 12) for trace in spec.traces), default=0.0) * 96)
    return str(made.to_json())


def _numbers(spec: ChartSpec, t: Translator) -> str:
    found = grid(spec, t)
    if len(found.rows) > MOST_ROWS or len(found.headings) > 20:
        return f'<p class="small">{escape(t("report.numbers_elsewhere", n=f"{len(points(spec)):,}"))}</p>\n'
    kind: YFormat = "percent" if spec.kind == "heat" else spec.number
    rows = [[shown(row[0]), *(_written(cell, kind) for cell in row[1:])] for row in found.rows]
    inside = _rows(found.headings, rows, words.plain(spec.title))
    return f"<details><summary>{escape(t('report.numbers'))}</summary>{inside}</details>\n"


def _written(cell: Cell, kind: YFormat) -> str:
    number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return words.number(float(cell), kind) if number else shown(cell)  # type: ignore[arg-type]


def _table(one: Table) -> str:
    heads = [str(name) for name in one.rows.columns]
    rows = [[words.plain(shown(bare(cell))) for cell in row] for row in one.rows.astype(object).to_numpy().tolist()]
    note = f'<p class="small">{escape(words.plain(one.note))}</p>' if one.note else ""
    return f"{_rows(heads, rows, one.title)}{note}\n"


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]], caption: str) -> str:
    top = "".join(f'<th scope="col">{escape(words.plain(head))}</th>' for head in heads)
    body = "".join("<tr>" + "".join(_cell(cell) for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption, quote=True)}"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: str) -> str:
    numeric = cell[:1].isdigit() or cell[:1] in ("+", "−", "-")
    style = ' class="n"' if numeric else ""
    return f"<td{style}>{escape(words.plain(cell))}</td>"
