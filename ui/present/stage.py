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
from ui.specs import ChartSpec, panels

SHOWING = "_present_showing"
STEP = "step"

KEYS = "present-keys"

USUAL_HEIGHT = 720
"""Height of the window (pixels) until the browser tells it."""

SMALLEST, LARGEST = 260, 1100

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
  let told = 0;
  const onSize = () => {
    const height = Math.round(window.innerHeight / 60) * 60;
    if (height !== told) { told = height; setStateValue("height", height); }
  };
  document.addEventListener("keydown", onKey);
  window.addEventListener("resize", onSize);
  onSize();
  return () => { document.removeEventListener("keydown", onKey); window.removeEventListener("resize", onSize); };
}
"""

_STYLE = """<style>
html { font-size: 18px !important; }
[data-testid="stMainBlockContainer"] { max-width: none; padding: 2.6rem 3rem 4.6rem; }
.st-key-present-stage h1 { font-size: 2rem; line-height: 1.25; padding: 0 6rem 0.4rem 0; }
.st-key-present-stage [data-testid="stMetricValue"] { font-size: 2.4rem; }
.st-key-present-bar { position: fixed; left: 0; right: 0; bottom: 0; z-index: 90; padding: 0.5rem 3rem;
  background: var(--st-background-color); border-top: 1px solid var(--st-border-color); }
.st-key-present-bar [data-testid="stMarkdownContainer"] p { font-variant-numeric: tabular-nums; margin: 0; }
.st-key-present-watermark { position: fixed; top: 0.7rem; right: 5rem; z-index: 91; width: auto; }
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
    _component()(key=KEYS, on_height_change=lambda: None)


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
        st.title(plain(screen.headline), anchor=False)
        for sentence in screen.words:
            st.markdown(sentence)
        _blocks(screen, showing.language, _height(screen))
        st.caption(_small_print(showing, screen, t))
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
            move = {} if showing.adjusted else {"on_click": _go, "args": (to,)}
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
    query = dict(state) | {"present": "1", "story": showing.story, STEP: str(place), "adjust": "1", "lang": showing.language}
    st.switch_page(_file(page), query_params=query)


def leave(showing: Showing) -> None:
    """End the presentation."""
    for name in (SHOWING, "_present_decks", "_present_snapshot"):
        st.session_state.pop(name, None)
    st.switch_page(_file(showing.home), query_params=dict(showing.back))


def _file(key: str) -> Any:
    return next(spec for spec in PAGES if spec.key == key).file


def _height(screen: Screen) -> int:
    """Pixels left for the blocks: the window less headline, small print and bar."""
    window = int((st.session_state.get(KEYS) or {}).get("height") or USUAL_HEIGHT)
    headline = 54 * (1 + len(screen.headline) // 75)
    return min(max(window - headline - 250, SMALLEST), LARGEST)


def _blocks(screen: Screen, language: str, height: int) -> None:
    """The blocks of a screen; charts of equal kind side by side."""
    charts = [panel for block in screen.blocks if isinstance(block, Chart) for panel in panels(block.spec)]
    for block in screen.blocks:
        if not isinstance(block, Chart):
            _block(block, language)
    rest = sum(not isinstance(block, Chart) for block in screen.blocks)
    height = max(height - 150 * rest, SMALLEST)
    if len(charts) == 1:
        _chart(charts[0], height, titled=screen.titled)
    elif charts:
        for column, spec in zip(st.columns(min(len(charts), 2)) * 2, charts, strict=False):
            with column:
                _chart(spec, height if len(charts) <= 2 else max(height // 2 - 40, SMALLEST), titled=True)


def _block(block: Block, language: str) -> None:
    if isinstance(block, Words):
        st.markdown(block.text)
    elif isinstance(block, Cards):
        render.draw_cards(block.cards, language, width=230)
    elif isinstance(block, Table):
        st.markdown(f"**{plain(block.title)}**")
        st.dataframe(block.rows, hide_index=True, alt=block.title, height="auto")
        if block.note:
            st.caption(block.note)


def _chart(spec: ChartSpec, height: int, *, titled: bool) -> None:
    """A chart for the back row: larger letters, no table below."""
    if titled:
        st.markdown(f"**{plain(spec.title)}**")
    made = render.figure(replace(spec, height=height))
    made.update_layout(font_size=16, legend_font_size=16, hoverlabel_font_size=16)
    made.update_xaxes(tickfont_size=15, title_font_size=15)
    made.update_yaxes(tickfont_size=15, title_font_size=15, automargin=True)
    made.update_annotations(font_size=15)
    made.update_traces(textfont_size=15, selector=lambda trace: "textfont" in trace)
    right = made.layout.margin.r or 8
    made.update_layout(margin_r=right + 50 if right > 50 else right)
    st.plotly_chart(made, key=f"present-{spec.key}-{height}{theme_watch.mark()}", config=render.CONFIG, alt=spec.alt)
    if spec.source:
        st.caption(spec.source)


def _small_print(showing: Showing, screen: Screen, t: Translator) -> str:
    """As-of of the inputs, and the data the figures are held to."""
    parts = [t("present.as_of", day=day(screen.as_of, t.language)) if screen.as_of else "", t("present.held", id=showing.snapshot)]
    parts += [t("present.moved")] if showing.moved else []
    parts += [t("present.adjusted")] if showing.adjusted else []
    return " · ".join(part for part in parts if part)
