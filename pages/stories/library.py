"""Choose a story; present it, keep it as a file, bring one from a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from engine.errors import BadInput
from ui import frame, url
from ui.context import Context
from ui.i18n import Translator
from ui.present import stage
from ui.reports import panel as files
from ui.stories import deck as decks
from ui.stories import file, shelf
from ui.stories.model import Story

_SAID = "_stories_said"
"""What a callback has to tell: an error, or key of a sentence and its parts."""


def panel(ctx: Context) -> Story:
    """Draw the choice and what can be done with the whole story; the story chosen."""
    t = ctx.t
    st.session_state.setdefault(shelf.OPEN, shelf.opened())
    stories = shelf.every()
    labels = {
        code: t("stories.named", title=found.title(t.language), origin=_origin(t, code))
        for code, found in stories.items()
    }
    key = url.choice(
        st.selectbox, shelf.OPEN, t("stories.story"), list(stories), next(iter(stories)), width=420,
        format_func=labels.__getitem__,
        help=t("stories.story_help"),
    )  # fmt: skip
    story = stories[key]
    with st.container(horizontal=True):
        if st.button(t("stories.present"), key="story-present", type="primary", icon=":material/slideshow:"):
            stage.open_story(key, 1, t.language)
        st.download_button(
            t("stories.save"), data=lambda: file.write(story).encode(), file_name=f"lodestar-{key}.toml",
            mime="application/toml", on_click="ignore", key="story-save", icon=":material/download:",
        )  # fmt: skip
        with st.popover(t("report.export"), icon=":material/ios_share:"):
            files.offer(lambda: decks.report(decks.make(story, t.language)), "story", t)
        _button(t, "copy", ":material/content_copy:", _copy, story)
        _button(t, "drop", ":material/delete:", _drop, key)
    with st.expander(t("stories.load"), icon=":material/upload:"):
        st.file_uploader(t("stories.load_file"), type=["toml"], key="story-file", help=t("stories.load_help"))
        _button(t, "load", ":material/upload:", _load, t, disabled=st.session_state.get("story-file") is None)
    _tell(t)
    return story


def _origin(t: Translator, key: str) -> str:
    code = "changed" if key in shelf.own() and key in file.shipped() else "own" if key in shelf.own() else "shipped"
    return t(f"stories.origin_{code}")


def _button(t: Translator, name: str, icon: str, then: Any, *what: Any, disabled: bool = False) -> None:
    st.button(
        t(f"stories.{name}"), key=f"story-{name}", icon=icon, on_click=then, args=what, disabled=disabled,
        help=t(f"stories.{name}_help"),
    )  # fmt: skip


def _copy(story: Story) -> None:
    texts = {code: Translator(code)("stories.copy_title", title=story.title(code))[: file.LONGEST_TITLE] for code in ("en", "ko")}  # fmt: skip
    shelf.put(replace(story, key=shelf.fresh_key(), en=texts["en"], ko=texts["ko"]))


def _drop(key: str) -> None:
    shelf.drop(key)


def _load(t: Translator) -> None:
    """Read the uploaded file; nothing of the session changes where it cannot be used."""
    given: Any = st.session_state.get("story-file")
    if given is None:
        return
    try:
        story = file.read(given.getvalue(), key=shelf.fresh_key(), field=given.name)
        # Run once: what its pages do not know refuses the file; a claim that is false only blocks its step.
        decks.known(story, t.language)
    except BadInput as error:
        st.session_state[_SAID] = error
        return
    shelf.put(story)
    st.session_state[_SAID] = story


def _tell(t: Translator) -> None:
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, BadInput):
        st.error(t.error(said), icon=":material/error:")
    elif isinstance(said, Story):
        st.success(t("stories.loaded", title=stage.plain(said.title(t.language)), steps=len(said.steps)), icon=":material/check:")  # fmt: skip


def refusals(ctx: Context, story: Story) -> None:
    """On demand: every step with its figures, or why it may not be shown."""
    t = ctx.t
    if not st.toggle(t("stories.check"), key="story-check", help=t("stories.check_help")):
        return
    with frame.guard(t):
        with st.spinner(t("present.making")):
            deck = decks.make(story, t.language)
        blocked = [(at, slide) for at, slide in enumerate(deck.slides, 1) if slide.blocked]
        if not blocked:
            st.success(t("stories.all_hold", steps=len(deck.slides), id=deck.snapshot), icon=":material/check:")
        for at, slide in blocked:
            st.warning(t("stories.blocked", step=at, reason=slide.blocked), icon=":material/block:")
