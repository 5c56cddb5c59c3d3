"""What every page is asked under: language, currency, benchmark, period, scale, snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.crises import BENCHMARKS, CURRENCIES
from engine.errors import MissingData
from engine.sources import snapshot_id, using
from engine.sources.snapshots import find, newest_id
from ui import url
from ui.format import moment
from ui.i18n import LANGUAGES, Translator

PERIODS = ("all", "1970", "1990", "2000", "2010")
SCALES = ("log", "linear")


@dataclass(frozen=True)
class Context:
    """The context bar's values; equal contexts give equal pages."""

    language: str
    currency: str
    benchmark: str
    period: str
    scale: str
    snapshot: str

    @property
    def t(self) -> Translator:
        return Translator(self.language)

    @property
    def since(self) -> date | None:
        """First day of the period; None for everything there is."""
        return None if self.period == "all" else date(int(self.period), 1, 1)


def language() -> str:
    """The language of this run, before the bar is drawn: URL, then choice, then the browser's."""
    return url.peek("lang", LANGUAGES, _browser_language())


def _browser_language() -> str:
    return "ko" if (st.context.locale or "").lower().startswith("ko") else "en"


def bar(
    *,
    paths: bool = True,
    export: Callable[[Translator], None] | None = None,
    share: Callable[[Translator], None] | None = None,
) -> tuple[Context, DeltaGenerator]:
    """Draw the context bar; returns its values and the slot of the link to this view.

    A page without value paths leaves benchmark, period and scale out; they keep what was chosen.
    ``share`` draws what else can be done with the link, ``export`` what is offered beside it.
    """
    t = Translator(language())
    with st.container(horizontal=True, vertical_alignment="bottom", key="context-bar"):
        benchmark, period, scale = _asked_before()
        if paths:
            benchmark = url.choice(
                st.selectbox, "benchmark", t("frame.benchmark"), BENCHMARKS, "sp500", width=210,
                format_func=lambda code: t(f"frame.benchmark_{code}"), help=t("frame.benchmark_help"),
            )  # fmt: skip
            period = url.choice(
                st.selectbox, "period", t("frame.period"), PERIODS, "all", width=150,
                format_func=lambda code: t("frame.period_all") if code == "all" else t("frame.period_since", year=code),
            )  # fmt: skip
        currency = url.choice(
            st.segmented_control, "currency", t("frame.currency"), CURRENCIES, "USD", required=True,
            help=t("frame.currency_help"),
        )  # fmt: skip
        if paths:
            scale = url.choice(
                st.segmented_control, "scale", t("frame.scale"), SCALES, "log", required=True,
                format_func=lambda code: t(f"frame.scale_{code}"),
            )  # fmt: skip
        chosen = url.choice(
            st.segmented_control, "lang", t("frame.language"), LANGUAGES, "en", required=True,
            initial=_browser_language(), format_func=lambda code: t(f"frame.language_{code}"),
        )  # fmt: skip
        with st.popover(t("frame.share"), icon=":material/link:"):
            st.caption(t("frame.share_help"))
            link = st.empty()
            if share is not None:
                share(t)
        if export is not None:
            with st.popover(t("report.export"), icon=":material/ios_share:"):
                export(t)
    return Context(chosen, currency, benchmark, period, scale, held_snapshot()), link


_SNAPSHOT = "lodestar-snapshot"


def held_snapshot() -> str:
    """The snapshot of this session: the one current at its first run, so that no refresh moves numbers on screen.

    Changed bundled data, or a snapshot that is gone, give the session the current one.
    """
    held = st.session_state.get(_SNAPSHOT)
    try:
        with using(held) as found:
            st.session_state[_SNAPSHOT] = found.id
    except MissingData:
        st.session_state[_SNAPSHOT] = snapshot_id()
    return str(st.session_state[_SNAPSHOT])


def take_snapshot(snapshot: str) -> None:
    """Move this session to a snapshot.

    Raises
    ------
    MissingData
        No such snapshot.
    """
    st.session_state[_SNAPSHOT] = find(snapshot).id


def take_newest_snapshot() -> None:
    """Move this session to the current snapshot, as after its own refresh."""
    take_snapshot(newest_id())


def snapshot_words(snapshot: str, t: Translator) -> str:
    """A snapshot as a person names it: the bundled data, or the second (UTC) it was stored."""
    try:
        manifest = find(snapshot).manifest
    except MissingData:
        return snapshot
    if manifest is None:
        return t("frame.bundled_data")
    stored = datetime.fromisoformat(manifest.created_at)
    return t("frame.stored_at", moment=moment(stored, t.language, seconds=True))


CARRIED = ("lang", "currency", "benchmark", "period", "scale")
"""Parameters of the address that mean the same on every page."""


def carried() -> dict[str, str]:
    """The context bar's part of this run's address."""
    return {key: value for key, value in url.query(()).items() if key in CARRIED}


def _asked_before() -> tuple[str, str, str]:
    return (
        url.peek("benchmark", BENCHMARKS, "sp500"),
        url.peek("period", PERIODS, "all"),
        url.peek("scale", SCALES, "log"),
    )


def show_link(slot: DeltaGenerator) -> None:
    """Write the address of this view, once the page has published its part of it."""
    query = urlencode(url.query())
    base = (st.context.url or "").split("?")[0]
    slot.code(f"{base}?{query}" if query else base, language=None, wrap_lines=True)
