"""The stories of this session: those that come with Lodestar, changed or not, and the reader's own."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from ui import record, url
from ui.i18n import Translator
from ui.stories import file
from ui.stories.model import Step, Story

_OWN = "_stories"
OPEN = "open"
"""Widget that holds the key of the open story."""
STEP = "_story_step"
"""Key and place of the step that is open for changes."""
_VERSION = "_story_version"
"""Part of the keys of the editor's widgets: another number and they start anew."""
_SAID = "_story_said"

OWN = "own"
"""Key of the story that kept views go to."""


def every() -> dict[str, Story]:
    """All stories by key: the shipped ones first, then the session's own; a changed one stands in its own place."""
    return file.shipped() | own()


def own() -> dict[str, Story]:
    """The session's own and changed stories, by key."""
    found: dict[str, Story] = st.session_state.setdefault(_OWN, {})
    return found


def keep(story: Story) -> None:
    """Keep a story in the session."""
    own()[story.key] = story


def put(story: Story) -> None:
    """Keep a story and open it; in a callback, before the choice of the story is drawn."""
    keep(story)
    st.session_state[OPEN] = story.key


def drop(key: str) -> None:
    """Forget the session's story; a shipped one is as it came again."""
    own().pop(key, None)
    restart()


def restart() -> None:
    """Close the open step and let the editor's widgets start anew, so that none writes its old text back."""
    st.session_state.pop(STEP, None)
    st.session_state[_VERSION] = version() + 1


def version() -> int:
    """How often the editor's widgets have started anew."""
    return int(st.session_state.get(_VERSION, 0))


def opened() -> str:
    """Key of the story last opened."""
    found = str(st.session_state.get(OPEN, ""))
    return found if found in every() else next(iter(every()))


def fresh_key() -> str:
    """A key that no story has."""
    taken, count = every(), 1
    while f"{OWN}-{count}" in taken:
        count += 1
    return f"{OWN}-{count}"


def started(story: Story | None, step: Step) -> Story:
    """The story with one more step; a new one where there is none."""
    if story is None:
        english, korean = Translator("en"), Translator("ko")
        return Story(OWN, english("stories.own_title"), korean("stories.own_title"), (step,))
    return replace(story, steps=(*story.steps, step))


def offer(page: str, t: Translator) -> None:
    """In the popover of a page's link: keep this view as a step of the reader's own story, or present it."""
    st.button(
        t("stories.add_view"), key="story-add-view", icon=":material/add_to_photos:", help=t("stories.add_view_help"),
        on_click=keep_view, args=(page,),
    )  # fmt: skip
    st.button(
        t("stories.present_page"), key="present-page", icon=":material/slideshow:", help=t("stories.present_page_help"),
        on_click=_present,
    )  # fmt: skip
    said = st.session_state.pop(_SAID, None)
    if said:
        st.toast(t("stories.view_kept", steps=said), icon=":material/check:")


def _present() -> None:
    st.query_params["present"] = "1"


def keep_view(page: str) -> None:
    """Add the view on the screen as a step: its page, its address, its first chart, and the page's question."""
    made = record.current()
    charts = [] if made is None else made.charts()
    state = tuple((name, value) for name, value in url.query(()).items() if name not in file.RESERVED)
    said = {code: Translator(code)(f"{page}.question") for code in ("en", "ko")}
    step = Step(page, state, tuple(chart.key for chart in charts[:1]), said["en"], said["ko"])
    story = own().get(OWN)
    if story is None or len(story.steps) < file.MOST_STEPS:
        put(started(story, step))
    st.session_state[_SAID] = len(own()[OWN].steps)
