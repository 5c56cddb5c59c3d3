"""The window: from the close to the next open in New York and Seoul, and every product's next rebalancing day."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from engine.rebalance import accounts, current
from pages.rebalance import tables, words
from ui import frame, record, render
from ui.context import Context

LOOK_S = 30.0
"""Seconds between two looks at the clock."""


def panel(ctx: Context) -> None:
    """When it closed, when it opens, what is left; then the schedule."""
    t = ctx.t
    here = current(datetime.now(UTC))
    st.subheader(t("rebalance.part_window"), anchor=False)
    render.say(words.window(t, here), "window")
    render.cards("window-cards", words.window_cards(t, here), ctx.language, width=220)
    if record.drawing():
        _clock(ctx)
    title = t("rebalance.schedule")
    render.say(f"**{title}**", "schedule-title")
    rows = render.frame(tables.schedule(t, accounts(), here.session.day))
    render.plain(rows, title, key="schedule", note=t("rebalance.schedule_note", day=words.day_of(t, here.session.day)))


def _left(ctx: Context) -> None:
    """What is left now; it stands on the screen alone, since a file is read at another moment."""
    now = datetime.now(UTC)
    st.markdown(f":material/hourglass_top: {words.left(ctx.t, current(now), now)}")


_clock = frame.live(_left, every=LOOK_S)
