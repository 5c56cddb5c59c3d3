"""The control that makes a file on demand: format, progress, download. The one part of reports that is drawn on a screen."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import streamlit as st

from engine.errors import LodestarError
from ui.i18n import Translator
from ui.reports.model import Report

FORMATS = ("pptx", "html", "xlsx", "csv")
"""Modules of this package, each with ``build(report, step)`` and ``MIME``."""

LOG = logging.getLogger("lodestar")


@dataclass(frozen=True)
class File:
    """A file made in this session."""

    name: str
    mime: str
    data: bytes
    made: str


def make(report: Report, form: str, step: Callable[[int, int, str], None]) -> File:
    """A report in one of ``FORMATS``; its library is loaded now."""
    module = import_module(f"ui.reports.{form}")
    data: bytes = module.build(report, step)
    page = re.sub(r"[^a-z0-9]+", "-", (report.sections[0].page if len(report.sections) == 1 else "story").lower())
    name = f"lodestar-{page}-{report.language}-{report.made:%Y%m%d-%H%M%S}.{form}"
    return File(name, module.MIME, data, f"{report.made:%H:%M:%S} {report.made.tzname() or ''}".rstrip())


def offer(report_maker: Callable[[], Report], key: str, t: Translator) -> None:
    """Draw the control where the caller stands.

    Parameters
    ----------
    report_maker : callable
        Gives the report at the click, or raises the error that says why there is none.
    key : str
        Tells several controls of a session apart.
    t : Translator

    A click reruns this control alone, not the page around it. A file made before is dropped when the page runs again.
    """
    st.session_state.pop(_slot(key), None)
    _control(report_maker, key, t)


@st.fragment
def _control(report_maker: Callable[[], Report], key: str, t: Translator) -> None:
    st.caption(t("report.help"))
    form = st.radio(
        t("report.format"),
        FORMATS,
        key=f"{key}-report-format",
        format_func=lambda code: t(f"report.format_{code}"),
        captions=[t(f"report.about_{code}") for code in FORMATS],
        persist_state="session",
    )
    if st.button(t("report.build"), key=f"{key}-report-build", icon=":material/description:", type="primary"):
        st.session_state.pop(_slot(key), None)
        _build(report_maker, str(form), key, t)
    made: File | None = st.session_state.get(_slot(key))
    if made is not None and made.name.endswith(f".{form}"):
        st.caption(t("report.ready", size=f"{max(1, len(made.data) // 1000):,}", time=made.made))
        st.download_button(
            t("report.download", name=f".{form}".upper().removeprefix(".")),
            data=made.data,
            file_name=made.name,
            mime=made.mime,
            on_click="ignore",
            key=f"{key}-report-download",
            icon=":material/download:",
        )


def _build(report_maker: Callable[[], Report], form: str, key: str, t: Translator) -> None:
    """Make the file and keep it for this session, or say in its place why there is none."""
    bar = st.progress(0.0)

    def step(done: int, total: int, what: str) -> None:
        told = t("report.building", what=_short(what), done=done + 1, total=total)
        bar.progress(min(done / max(total, 1), 1.0), text=told)

    try:
        st.session_state[_slot(key)] = make(report_maker(), form, step)
    except LodestarError as error:
        st.error(t.error(error), icon=":material/error:")
    except Exception:
        LOG.exception("a report could not be made")
        st.error(t("report.failed"), icon=":material/error:")
    bar.empty()


def _short(what: str) -> str:
    return what if len(what) <= 60 else f"{what[:59].rstrip()}…"


def _slot(key: str) -> str:
    return f"{key}-report-file"
