"""Change a story step by step, with the figures of the page beside the sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.errors import BadInput
from pages.stories import tables
from ui import frame, headless, render
from ui.context import Context
from ui.i18n import LANGUAGES, Translator
from ui.present.stage import plain
from ui.record import Record
from ui.stories import deck as decks
from ui.stories import file, shelf
from ui.stories.model import Step, Story


def panel(ctx: Context, story: Story) -> None:
    """Titles, the list of steps, and the step that is open."""
    t = ctx.t
    with frame.guard(t):
        story = _titles(t, story)
    st.subheader(t("stories.steps"), anchor=False)
    slot = st.container()
    place = _chosen(story)
    if place is not None:
        with st.container(border=True), frame.guard(t):
            story = _step(t, story, place)
    with slot:
        for at, step in enumerate(story.steps):
            _line(t, story, at, step)
        st.caption(t("stories.add_hint"))


def _titles(t: Translator, story: Story) -> Story:
    given = {}
    with st.container(horizontal=True):
        for code in LANGUAGES:
            given[code] = st.text_input(
                t(f"stories.title_{code}"),
                story.title(code),
                key=_key(story, "title", code),
                max_chars=file.LONGEST_TITLE,
            )
    said = {code: file.sentence(text, f"title.{code}", file.LONGEST_TITLE) for code, text in given.items()}
    if (said["en"], said["ko"]) != (story.en, story.ko):
        story = replace(story, en=said["en"], ko=said["ko"])
        shelf.keep(story)
    return story


def _chosen(story: Story) -> int | None:
    key, place = st.session_state.get(shelf.STEP, ("", 0))
    return place if key == story.key and place < len(story.steps) else None


def _line(t: Translator, story: Story, at: int, step: Step) -> None:
    """One step of the list with what can be done to it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        said = t("stories.line", step=at + 1, page=t(f"{step.page}.nav"), sentence=plain(step.sentence(t.language)))
        st.markdown(said, width="stretch")
        moves: tuple[tuple[str, str, Callable[[], Story], bool], ...] = (
            ("up", ":material/arrow_upward:", lambda: story.moved(at, -1), at == 0),
            ("down", ":material/arrow_downward:", lambda: story.moved(at, 1), at == len(story.steps) - 1),
            ("double", ":material/content_copy:", lambda: story.doubled(at), len(story.steps) >= file.MOST_STEPS),
            ("remove", ":material/delete:", lambda: story.without(at), len(story.steps) == 1),
        )
        st.button(
            t("stories.edit"), key=f"story-edit-{at}", icon=":material/edit:", on_click=_open, args=(story.key, at),
            help=t("stories.edit_help", step=at + 1),
        )  # fmt: skip
        for name, icon, made, off in moves:
            st.button(
                "", key=f"story-{name}-{at}", icon=icon, on_click=_restructure, args=(made,), disabled=off,
                help=t(f"stories.{name}_help", step=at + 1),
            )  # fmt: skip


def _open(key: str, place: int) -> None:
    st.session_state[shelf.STEP] = (key, place)


def _restructure(made: Callable[[], Story]) -> None:
    """Another order: widgets start anew, and no step stays open that has moved away."""
    shelf.keep(made())
    shelf.restart()


def _step(t: Translator, story: Story, place: int) -> Story:
    """The open step: sentences, blocks, claims; what is valid is kept at once."""
    step = story.steps[place]
    st.markdown(f"**{t('stories.open_step', step=place + 1, page=t(f'{step.page}.title'))}**")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("stories.state", state=", ".join(f"{name}={value}" for name, value in step.state) or "–"))
        frame.to_page(step.page, dict(step.state), t)
    made = headless.run(step.page, dict(step.state) | {"lang": t.language})
    changed = _fields(t, story, place, made)
    if changed != step:
        story = story.with_step(place, changed)
        shelf.keep(story)
    _preview(t, changed, made)
    return story


def _fields(t: Translator, story: Story, place: int, made: Record) -> Step:
    step = story.steps[place]
    said: dict[str, str] = {}
    for code, column in zip(LANGUAGES, st.columns(2), strict=True):
        with column:
            said[code] = st.text_area(
                t(f"stories.sentence_{code}"), step.sentence(code), key=_key(story, "sentence", code, place),
                max_chars=file.LONGEST_SENTENCE, height=110,
            )  # fmt: skip
    names = {block.key: tables.name(t, block) for block in made.blocks}
    known = [key for key in step.blocks if key in names]
    blocks = st.multiselect(
        t("stories.blocks"), list(names), known, key=_key(story, "blocks", "", place), format_func=names.__getitem__,
        max_selections=file.MOST_BLOCKS, help=t("stories.blocks_help"),
    )  # fmt: skip
    claims = st.text_area(
        t("stories.claims"), "\n".join(str(item) for item in step.claims), key=_key(story, "claims", "", place),
        help=t("stories.claims_help"), height=80,
    )  # fmt: skip
    with frame.guard(t):
        texts = {code: file.sentence(text, f"sentence.{code}") for code, text in said.items()}
        rows = [text for text in claims.splitlines() if text.strip()]
        if len(rows) > file.MOST_CLAIMS:
            raise BadInput("story_count", field="claims", value=len(rows), accepted=f"0 to {file.MOST_CLAIMS}")
        told = tuple(file.claim(text) for text in rows)
        return replace(step, en=texts["en"], ko=texts["ko"], blocks=tuple(blocks), claims=told)
    return step


def _preview(t: Translator, step: Step, made: Record) -> None:
    """The sentence with its figures, whether it may be said, and the figures it may name."""
    slide = decks.slide(step, made, t)
    st.markdown(f"**{t('stories.preview')}**")
    st.markdown(plain(slide.headline))
    if slide.blocked:
        st.warning(slide.blocked, icon=":material/block:")
    if file.loose_figures(step.sentence(t.language)):
        st.warning(t("stories.loose", figures=", ".join(file.loose_figures(step.sentence(t.language)))), icon=":material/pin:")  # fmt: skip
    with st.expander(t("stories.figures", count=len(made.facts)), icon=":material/data_object:"):
        st.dataframe(render.frame(tables.facts(t, made.facts)), hide_index=True, alt=t("stories.figures_alt"))


def _key(story: Story, what: str, code: str, place: Any = "") -> str:
    return f"story-{what}-{code}-{story.key}-{place}-{shelf.version()}"
