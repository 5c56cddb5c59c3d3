"""The main area of a presentation: headline, blocks, small print, and the bar with Back, Next and End."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import streamlit as st

from ui import render, theme_watch
from ui.format import day
from ui.i18n import Translator
from ui.present.screens import Screen
from ui.record import Block, Cards, Chart, Table, Words
from ui.registry import PAGES
from ui.specs import ChartSpec, Trace, panels

SHOWING = "_present_showing"
STEP = "step"

KEYS = "present-keys"

USUAL = (1280, 720)
"""Width and height of the window (pixels) until the browser tells them."""

SMALLEST, LARGEST = 260, 1100

ROOM_FOR_NUMBERS = 34
"""Pixels between rows below which two bars cannot both carry their number."""

_SCRIPT = """
const NEXT = ["ArrowRight", "PageDown", " "], BACK = ["ArrowLeft", "PageUp"], END = ["Escape"];
const BUSY = '[data-testid="stSidebar"], [role="dialog"], [data-baseweb="popover"], input, textarea, select, [contenteditable], [role="slider"], [role="tab"], canvas';
export default function ({ setStateValue }) {
  const press = (name) => document.querySelector(`.st-key-present-${name} button:not(:disabled)`)?.click();
  const onKey = (event) => {
    const at = event.target instanceof Element ? event.target : document.body;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented || at.closest(BUSY)) return;
    if (event.key === " " && at.closest("button, a, summary")) return;
    const name = NEXT.includes(event.key) ? "next" : BACK.includes(event.key) ? "back" : END.includes(event.key) ? "end" : "";
    if (!name) return;
    event.preventDefault();
    if (!event.repeat) press(name);
  };
  const app = document.querySelector('[data-testid="stApp"]');
  document.documentElement.style.setProperty("--present-ground", getComputedStyle(app).backgroundColor);
  let told = "";
  const onSize = () => {
    const size = [window.innerWidth, window.innerHeight].map((side) => Math.floor(side / 40) * 40).join("x");
    if (size !== told) { told = size; setStateValue("size", size); }
  };
  const main = document.querySelector('[data-testid="stMain"]');
  const beside = new ResizeObserver(() => document.documentElement.style.setProperty("--present-left", `${main.getBoundingClientRect().left}px`));
  beside.observe(main);
  document.addEventListener("keydown", onKey);
  window.addEventListener("resize", onSize);
  onSize();
  return () => { beside.disconnect(); document.removeEventListener("keydown", onKey); window.removeEventListener("resize", onSize); };
}
"""

_STYLE = """<style>
html { font-size: max(18px, 1.4vw) !important; }
[data-testid="stMainBlockContainer"] { max-width: none; padding: 2.4rem 3rem 4rem; }
.st-key-present-stage { gap: 0.5rem; }
.st-key-present-stage h1 { font-size: 1.75rem; line-height: 1.3; padding: 0 0 1rem; word-break: keep-all; }
.st-key-present-alone h1 { font-size: 2.3rem; line-height: 1.4; padding: 16vh 8vw 1rem 0; }
.st-key-present-stage [data-testid="stCaptionContainer"] p { font-size: 0.7rem; line-height: 1.35; }
.st-key-present-stage [data-testid="stMetricValue"] { font-size: 2.4rem; }
.st-key-present-bar { position: fixed; left: var(--present-left, 0); right: 0; width: auto; bottom: 0; z-index: 90; padding: 0.5rem 3rem;
  background: var(--present-ground, Canvas); border-top: 1px solid rgba(128, 140, 158, 0.4); }
.st-key-present-bar [data-testid="stMarkdownContainer"] p { font-variant-numeric: tabular-nums; margin: 0; }
.st-key-present-watermark { position: fixed; top: 0.9rem; right: 4.5rem; z-index: 999991; width: auto; }
.st-key-present-drawer :is([data-testid="stElementContainer"]:has(> [data-testid="stMarkdown"], > [data-testid="stHeading"],
  > [data-testid="stDataFrame"], > [data-testid="stTable"], > [data-testid="stMetric"], > [data-testid="stLatex"],
  > [data-testid="stCaptionContainer"], > [data-testid="stDownloadButton"]), [data-testid="stDataFrame"], [data-testid="stMetric"],
  [data-testid="stTable"], [data-testid="stDownloadButton"]) { display: none; }
%s
</style>"""

_ACROSS = """.st-key-present-stage::after { content: "%s"; position: fixed; inset: 0; display: grid; place-items: center;
  font-size: 5.5rem; font-weight: 700; transform: rotate(-24deg); opacity: 0.07; pointer-events: none; z-index: 80; white-space: nowrap; }"""

_MARKS = re.compile(r"([\\`*_$~\[\]<>|#])|:(?=[a-z])")


@dataclass(frozen=True, eq=False)
class Showing:
    """What this session presents.

    Attributes
    ----------
    screens : tuple of Screen
    language : str
    snapshot : str
        Id of the data that the figures come from.
    moved : bool
        Newer data have arrived since; the figures stay.
    watermark : str
        Stands across every screen; empty while there is a valid review.
    home : str
        Key of the page to which End leads.
    back : mapping of str
        Address of that page.
    story : str
        Key of the story; empty where a page is presented.
    adjusted : bool
        The page was moved: Back and Next lead into the story again.
    states : mapping of int to (str, mapping)
        For each step of a story, page and address that it is adjusted on, with the parameters to forget before.
    """

    screens: tuple[Screen, ...]
    language: str
    snapshot: str
    moved: bool
    watermark: str
    home: str
    back: Mapping[str, str]
    story: str = ""
    adjusted: bool = False
    at: int = 1
    states: Mapping[int, tuple[str, Mapping[str, str], Sequence[str]]] | None = None


@cache
def _component() -> Any:
    return st.components.v2.component("lodestar_present_keys", js=_SCRIPT)


def listen() -> None:
    """Hear the keyboard; once a run, outside the part that reruns with every screen."""
    _component()(key=KEYS, on_size_change=lambda: None)


def style(watermark: str) -> None:
    """Large type, no navigation, the bar at the foot."""
    across = _ACROSS % watermark.replace("\\", "").replace('"', "") if watermark else ""
    st.html(_STYLE % across)


def plain(text: str) -> str:
    """Text as it is, for a place that reads Markdown."""
    return _MARKS.sub(lambda found: f"\\{found[0]}", text)


@st.fragment
def stage() -> None:
    """The screen of this step; the buttons rerun this and nothing else."""
    showing: Showing = st.session_state[SHOWING]
    t = Translator(showing.language)
    place = showing.at if showing.adjusted else step(len(showing.screens))
    screen = showing.screens[0] if showing.adjusted else showing.screens[place - 1]
    if showing.watermark:
        with st.container(key="present-watermark"):
            st.badge(showing.watermark, icon=":material/visibility_off:", color="orange")
    with st.container(key="present-stage"):
        with st.container(key=None if screen.blocks or screen.words else "present-alone"):
            st.title(plain(screen.headline), anchor=False)
        for sentence in screen.words:
            st.markdown(sentence)
        small = _small_print(showing, screen, t)
        _blocks(screen, showing.language, _height(screen, small))
        st.caption(small)
    _bar(showing, place, t)


def step(screens: int) -> int:
    """Number of the screen, from 1; an address that asks for another shows the nearest."""
    asked = str(st.query_params.get(STEP, "1"))
    return min(max(int(asked) if re.fullmatch(r"\d{1,4}", asked) else 1, 1), screens)


def _go(place: int) -> None:
    st.query_params[STEP] = str(place)


def _bar(showing: Showing, place: int, t: Translator) -> None:
    """Back, counter, Next, Adjust, End."""
    count = len(showing.states) + 1 if showing.adjusted and showing.states is not None else len(showing.screens)
    with st.container(horizontal=True, vertical_alignment="center", key="present-bar"):
        moves = (
            ("back", t("present.back"), ":material/arrow_back:", place - 1, place <= 1),
            ("next", t("present.next"), ":material/arrow_forward:", place + 1, place >= count),
        )
        for name, label, icon, to, off in moves:
            if name == "next":
                st.markdown(t("present.counter", place=place, count=count), width="content")
            move: dict[str, Any] = {} if showing.adjusted else {"on_click": _go, "args": (to,)}
            if st.button(label, key=f"present-{name}", icon=icon, disabled=off, **move) and showing.adjusted:
                open_story(showing.story, to, showing.language)
        with st.container(horizontal=True, horizontal_alignment="right"):
            if showing.adjusted:
                if st.button(t("present.frozen"), key="present-frozen", icon=":material/undo:"):
                    open_story(showing.story, place, showing.language)
            elif showing.states and place in showing.states and st.button(t("present.adjust"), key="present-adjust", icon=":material/tune:"):  # fmt: skip
                _adjust(showing, place)
            if st.button(t("present.leave"), key="present-end", icon=":material/close:"):
                leave(showing)


def open_story(key: str, place: int, language: str) -> None:
    """Present that story from that screen on."""
    query = {"present": "1", "story": key, STEP: str(place)} | ({"lang": language} if language != "en" else {})
    st.switch_page(_file("stories"), query_params=query)


def _adjust(showing: Showing, place: int) -> None:
    """The page of this step with its own controls in the drawer; they start as the step has them."""
    from ui import url

    page, state, controls = (showing.states or {})[place]
    url.forget(controls)
    query = dict(state) | {
        "present": "1",
        "story": showing.story,
        STEP: str(place),
        "adjust": "1",
        "lang": showing.language,
    }
    st.switch_page(_file(page), query_params=query)


def leave(showing: Showing) -> None:
    """End the presentation."""
    for name in (SHOWING, "_present_decks", "_present_snapshot"):
        st.session_state.pop(name, None)
    st.switch_page(_file(showing.home), query_params=dict(showing.back))


def _file(key: str) -> Any:
    return next(spec for spec in PAGES if spec.key == key).file


def _window() -> tuple[int, int]:
    """Width and height of the reader's window, pixels."""
    found = re.fullmatch(r"(\d{2,5})x(\d{2,5})", str((st.session_state.get(KEYS) or {}).get("size") or ""))
    return (int(found[1]), int(found[2])) if found else USUAL


def _height(screen: Screen, small: str) -> int:
    """Pixels left for a chart: the window less headline, titles, sources, small print and bar."""
    width, height = _window()
    sources = [panel.source for block in screen.blocks if isinstance(block, Chart) for panel in panels(block.spec)]
    narrow = width / min(max(len(sources), 1), 2)
    # In units of a window 1280 wide, whose letters are the smallest; type grows with the width, so the share does not.
    scale = _scale(width)
    width, narrow = int(width / scale), narrow / scale
    text = lines(screen.headline, width, 32) * 42 + max((lines(text, narrow, 13) for text in sources), default=0) * 17
    title = 34 if screen.titled or len(sources) > 1 else 0
    free = height - scale * (text + title + lines(small, width, 13) * 17 + 222)
    return int(min(max(free, SMALLEST), LARGEST))


def _scale(width: int) -> float:
    """How much larger than at 1280 pixels the letters are: as the style sheet has it."""
    return max(18.0, 0.014 * width) / 18.0


def lines(text: str, width: float, size: int) -> int:
    """About how many lines a text takes; a Hangul letter is as wide as it is high, a Latin one half as wide."""
    long = sum(1.0 if "\u1100" <= sign <= "\uffdc" else 0.52 for sign in text) * size
    return 1 + int(long / max(width - 108, 200))


def _blocks(screen: Screen, language: str, height: int) -> None:
    """The blocks of a screen; charts of equal kind side by side."""
    charts = [panel for block in screen.blocks if isinstance(block, Chart) for panel in panels(block.spec)]
    for block in screen.blocks:
        if not isinstance(block, Chart):
            _block(block, language, height)
    rest = sum(not isinstance(block, Chart) for block in screen.blocks)
    height = max(height - 150 * rest, SMALLEST)
    if len(charts) == 1:
        _chart(charts[0], height, titled=screen.titled)
    elif charts:
        for column, spec in zip(st.columns(min(len(charts), 2)) * 2, charts, strict=False):
            with column:
                _chart(spec, height if len(charts) <= 2 else max(height // 2 - 40, SMALLEST), titled=True)


def _block(block: Block, language: str, height: int) -> None:
    if isinstance(block, Words):
        st.markdown(block.text)
    elif isinstance(block, Cards):
        render.draw_cards(block.cards, language, width=230)
    elif isinstance(block, Table):
        st.markdown(f"**{plain(block.title)}**")
        row = round(34 * _scale(_window()[0]))
        whole = round(row * (len(block.rows) + 1.3)) + 2
        st.dataframe(block.rows, hide_index=True, alt=block.title, row_height=row, height=min(whole, height))
        if block.note:
            st.caption(block.note)


def _chart(spec: ChartSpec, height: int, *, titled: bool) -> None:
    """A chart for the back row: larger letters, no table below."""
    if titled:
        st.markdown(f"**{plain(spec.title)}**")
    spec = replace(spec, height=height, traces=tuple(_one_line(trace) for trace in spec.traces))
    made = render.figure(spec)
    letter = round(15 * _scale(_window()[0]))
    made.update_layout(font_size=letter, legend_font_size=letter, hoverlabel_font_size=letter)
    made.update_xaxes(tickfont_size=letter, title_font_size=letter)
    made.update_yaxes(tickfont_size=letter, title_font_size=letter, automargin=True)
    made.update_annotations(font_size=letter)
    made.update_traces(textfont_size=letter, selector=lambda trace: "textfont" in trace)
    _rows(made, spec, letter)
    right = made.layout.margin.r or 8
    made.update_layout(margin_r=right * letter / 12 if right > 50 else right)
    st.plotly_chart(made, key=f"present-{spec.key}-{height}{theme_watch.mark()}", config=render.CONFIG, alt=spec.alt)
    if spec.source:
        st.caption(spec.source)


def _rows(made: Any, spec: ChartSpec, letter: int) -> None:
    """Names of many rows beside their bars, as large as the rows are apart: a screen is wide, and cannot be scrolled."""
    if spec.kind == "heat" and (spec.height - 60) / len(spec.traces) < letter:
        made.update_traces(texttemplate=None, text=None)  # numbers on top of one another say nothing
    names = {str(name) for trace in spec.traces for name in trace.y}
    if spec.kind not in ("bars", "dots", "dumbbell") or not names:
        return
    apart = (spec.height - 90) / len(names)
    size = int(min(max(apart * 0.7, 9), letter))
    if spec.kind == "dots":
        made.update_traces(textfont_size=min(size, round(letter * 0.8)))
    if len(spec.traces) > 1 and spec.kind == "bars":
        made.layout.annotations = ()
        made.update_layout(bargap=0.25, bargroupgap=0.0)
        if apart < ROOM_FOR_NUMBERS:
            made.update_traces(texttemplate=None)
            made.update_xaxes(showticklabels=True, visible=True)
    made.update_yaxes(showticklabels=True, tickfont_size=size, automargin=True, dtick=1)


def _one_line(trace: Trace) -> Trace:
    """Names of rows without the breaks that a narrow page needs."""
    names: list[Any] = [name.replace("<br>", ", ") if isinstance(name, str) else name for name in trace.y]
    return replace(trace, y=names) if any(isinstance(name, str) for name in names) else trace


def _small_print(showing: Showing, screen: Screen, t: Translator) -> str:
    """As-of of the inputs, and the data the figures are held to."""
    parts = [
        t("present.as_of", day=day(screen.as_of, t.language)) if screen.as_of else "",
        t("present.held", id=showing.snapshot),
    ]
    parts += [t("present.moved")] if showing.moved else []
    parts += [t("present.adjusted")] if showing.adjusted else []
    return " · ".join(part for part in parts if part)
