"""A run of the app in presentation mode: a story from its deck, or a page from its record."""

from __future__ import annotations

from datetime import date

import streamlit as st
from streamlit.navigation.page import Page

from engine.sources import snapshot_id
from ui import context, frame, record, theme_watch, url
from ui.i18n import LANGUAGES, Translator
from ui.present import screens, stage
from ui.present.stage import SHOWING, STEP, Showing
from ui.registry import PageSpec
from ui.reports import build
from ui.stories import deck as decks
from ui.stories import shelf
from ui.stories.deck import Deck
from ui.stories.model import Story

KEPT = ("present", "story", STEP, "adjust")
"""Parameters of the address that belong to the presentation."""

_DECKS, _SNAPSHOT = "_present_decks", "_present_snapshot"


def show(spec: PageSpec, page: Page) -> None:
    """Draw the screen that the address asks for."""
    key = st.query_params.get("story", "")
    story = shelf.every().get(key)
    if story is None:
        _page(spec, page, missing=key)
    elif st.query_params.get("adjust") == "1":
        _adjusted(spec, page, story)
    else:
        _story(story)
    theme_watch.watch()
    url.finish(KEPT)


def _begun() -> str:
    """The snapshot that this presentation began with."""
    found: str = st.session_state.setdefault(_SNAPSHOT, snapshot_id())
    return found


def _story(story: Story) -> None:
    """A story: its figures are those of the moment it began; the drawer says what was left out."""
    url.begin("present")
    t = Translator(context.language())
    with st.sidebar:
        language = url.choice(
            st.segmented_control, "lang", t("frame.language"), LANGUAGES, "en", required=True,
            initial=t.language, format_func=lambda code: t(f"frame.language_{code}"),
        )  # fmt: skip
        t = Translator(language)
        st.caption(t("present.drawer_story"))
    stage.style(build.watermark(t, date.today()))
    with st.spinner(t("present.making")):
        deck = held(story, language)
    shown = screens.of_deck(deck, t)
    with st.sidebar:
        for at, slide in enumerate(deck.slides, 1):
            if slide.blocked:
                st.warning(t("present.left_out", step=at, reason=slide.blocked), icon=":material/block:")
    st.session_state[SHOWING] = Showing(
        shown, language, deck.snapshot, snapshot_id() != deck.snapshot, build.watermark(t, date.today()), "stories", _lang(language),
        story.key, states=_states(deck),
    )  # fmt: skip
    _draw()


def held(story: Story, language: str) -> Deck:
    """The deck of this presentation: made once, then held until it ends."""
    kept: dict[tuple[Story, str], Deck] = st.session_state.setdefault(_DECKS, {})
    if (story, language) not in kept:
        kept[story, language] = decks.make(story, language)
    return kept[story, language]


def _states(deck: Deck) -> dict[int, tuple[str, dict[str, str], tuple[str, ...]]]:
    """Page, address and controls behind each screen."""
    return {at: (slide.step.page, dict(slide.step.state), slide.controls) for at, slide in enumerate(deck.shown, 1)}


def _page(spec: PageSpec, page: Page, *, missing: str = "") -> None:
    """A page: its controls stand in the drawer, what it notes is shown large."""
    made = _run(spec, page)
    t, begun = made.ctx.t, _begun()
    stage.style(build.watermark(t, date.today()))
    if missing:
        st.warning(t("present.no_story", story=stage.plain(missing[:60])), icon=":material/link_off:")
    shown = screens.of_record(made, build.disclaimers([spec.key], t), t)
    if decks.refusal(made, t):
        st.query_params[STEP] = "1"  # whatever screen the reader was on: the reason comes first
    st.session_state[SHOWING] = Showing(
        shown,
        t.language,
        made.ctx.snapshot,
        begun != made.ctx.snapshot,
        build.watermark(t, date.today()),
        spec.key,
        made.params,
    )
    _draw()


def _adjusted(spec: PageSpec, page: Page, story: Story) -> None:
    """A step of a story on its page: the controls move the slide and its sentence; the deck stays as it was."""
    made = _run(spec, page)
    t = made.ctx.t
    stage.style(build.watermark(t, date.today()))
    deck = held(story, t.language)
    place = stage.step(max(len(deck.shown), 1))
    if not deck.shown or deck.shown[place - 1].step.page != spec.key:
        stage.open_story(story.key, place, t.language)
    slide = decks.slide(deck.shown[place - 1].step, made, t)
    st.session_state[SHOWING] = Showing(
        (screens.of_slide(slide, place, t),), t.language, made.ctx.snapshot, _begun() != made.ctx.snapshot, build.watermark(t, date.today()),
        "stories", _lang(t.language), story.key, adjusted=True, at=place, states=_states(deck),
    )  # fmt: skip
    _draw()


def _run(spec: PageSpec, page: Page) -> record.Record:
    """The page with its controls in the drawer, noted and not drawn."""
    with st.sidebar, st.container(key="present-drawer"):
        made = frame.draw(spec, page)
    context.show_link(frame.link_slot())
    return made


def _draw() -> None:
    stage.listen()
    stage.stage()


def _lang(language: str) -> dict[str, str]:
    return {} if language == "en" else {"lang": language}
